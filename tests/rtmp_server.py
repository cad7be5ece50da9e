"""A real RTMP server for the tests: nginx with its RTMP module, which records, and asks us about every stream key."""

from __future__ import annotations

import asyncio
import http.server
import os
import pwd
import queue
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import urllib.parse
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path

PATIENCE_S = 30

_CONFIGURATION = """
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
user {user};
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log info;
events {{ worker_connections 64; }}
rtmp {{ access_log off; server {{ listen 127.0.0.1:{port}; application app {{
    live on; record all; record_path {folder}; record_unique on;
    on_publish http://127.0.0.1:{hooks}/publish;
    on_record_done http://127.0.0.1:{hooks}/recorded;
}} }} }}
"""


class RtmpServer:
    """nginx on a loopback port. `refused` are the keys it says no to."""

    def __init__(self, folder: Path) -> None:
        self.refused: set[str] = set()
        self.published: queue.Queue[str] = queue.Queue()
        self.recorded: queue.Queue[Path] = queue.Queue()
        self.port = free_port()
        self._folder = folder
        self._user = pwd.getpwuid(os.getuid()).pw_name
        self._hooks = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._hook_class())
        self._listening = threading.Thread(target=self._hooks.serve_forever, args=(0.05,))
        self._nginx: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/app"

    def start(self) -> None:
        """Start nginx, again after `kill`, and wait until it listens."""
        if not self._listening.is_alive():
            self._listening.start()
        settings = _CONFIGURATION.format(
            user=self._user,
            folder=self._folder,
            port=self.port,
            hooks=self._hooks.server_port,
        )
        (self._folder / "nginx.conf").write_text(settings)
        nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin") or "nginx"
        command = [nginx, "-p", str(self._folder), "-c", "nginx.conf", "-e", "error.log"]
        self._nginx = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        pause = threading.Event()
        for _ in range(PATIENCE_S * 20):
            with suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            if self._nginx.poll() is not None:
                break
            pause.wait(0.05)
        raise RuntimeError((self._folder / "error.log").read_text())

    def kill(self) -> None:
        """End nginx as a power cut would."""
        if self._nginx is not None:
            self._nginx.kill()
            self._nginx.wait()

    def close(self) -> None:
        self.kill()
        self._hooks.shutdown()
        self._listening.join()
        self._hooks.server_close()

    def _hook_class(self) -> type[http.server.BaseHTTPRequestHandler]:
        server = self

        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                told = dict(urllib.parse.parse_qsl(body))
                if self.path == "/recorded":
                    server.recorded.put(Path(told["path"]))
                refused = self.path == "/publish" and told["name"] in server.refused
                self.send_response(403 if refused else 200)
                self.end_headers()
                if self.path == "/publish":
                    server.published.put(told["name"])

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Hook


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def silent_server() -> Iterator[int]:
    """A server that takes connections and says nothing; its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        yield silent.getsockname()[1]


@asynccontextmanager
async def tls_in_front_of(port: int, context: ssl.SSLContext) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A TLS server that hands everything on to this port; its own port, and what clients have said so far."""
    said: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.TaskGroup() as both:
            both.create_task(_pump(reader, inner_writer, said))
            both.create_task(_pump(inner_reader, writer, []))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], said


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, seen: list[bytes]) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            seen.append(data)
            sink.write(data)
            await sink.drain()
    sink.close()
    with suppress(OSError):
        await sink.wait_closed()


@contextmanager
def hanging_up_server(at: str) -> Iterator[int]:
    """A server that speaks RTMP until it is sent this command, and then ends the connection in good order; its port. At
    "publish" it says yes first, as node-media-server does to a wrong key."""

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            _read(connection, 1 + 1536)
            connection.sendall(b"\3" + bytes(2 * 1536))
            _read(connection, 1536)
            for command in ("connect", "createStream", "publish"):
                transaction = _hear(connection, command)
                if command == at != "publish":
                    break
                connection.sendall(_STARTED if command == "publish" else _result(transaction))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass

    def listen() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=listen, daemon=True).start()
        yield listener.getsockname()[1]
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise OSError("the client has gone")
        data += piece
    return data


def _hear(connection: socket.socket, command: str) -> bytes:
    """Wait for a command (an AMF0 string), and return its transaction's number as it stands there."""
    name, heard = b"\2" + struct.pack("!H", len(command)) + command.encode() + b"\0", b""
    while name not in heard:
        heard += _read(connection, 1)
    return _read(connection, 8)


def _result(transaction: bytes) -> bytes:
    return _command(b"\2\0\7_result\0" + transaction + b"\5\0" + struct.pack("!d", 1.0))


def _command(body: bytes) -> bytes:
    """A command in one chunk: its name, its number, nothing, and what it says."""
    return b"\3\0\0\0" + len(body).to_bytes(3, "big") + b"\x14\0\0\0\0" + body


_STARTED = _command(b"\2\0\x08onStatus\0" + bytes(8) + b"\5\3\0\4code\2\0\x17NetStream.Publish.Start\0\0\x09")
