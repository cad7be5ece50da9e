"""The RTMP writer's way to the server: a process that connects by number, speaks TLS, and hands on what it is sent.

    python -m components.stage.rtmps_tunnel    (rtmps_writer.py starts it)
    stdin    one line, a Route as JSON
    stdout   one line, {"port": …} to which the writer connects, or {"failure": …}

FFmpeg looks a name up by itself, and could be led elsewhere by then (DNS rebinding). Given a number, it sends no name
in TLS, which servers with several certificates need. So Python connects, to addresses that were judged, and checks the
name. A process of its own, because PyAV holds the writer's GIL while FFmpeg connects and closes. It ends with the
writer's connection. Nothing but the standard library here: it must start quickly.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import sys
from dataclasses import asdict, dataclass

from components.stage.rtmps_confinement import confine
from components.stage.rtmps_protocol import Failure, Target

CONNECT_SECONDS = 2.0
"""For each address, and for TLS."""

ACCEPT_SECONDS = 10.0
"""The writer connects at once."""

SEND_BUFFER = 1 << 18
"""A second of stream: what the kernel hides from us when the network is gone. Linux doubles it."""

LOCAL_BUFFER = 1 << 15
"""The same between the writer and this process, where it would only add to the delay before a stall is noticed."""


class Blocked(Exception):
    """There is no way to the server; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Route:
    """Where to connect, and whom to find there. `certificates` is a PEM file; None for no TLS."""

    addresses: tuple[str, ...]
    port: int
    host: str
    certificates: str | None


class Tunnel:
    """The process, as the writer holds it. Blocks."""

    def __init__(self, target: Target, certificates: str) -> None:
        """Start it, and wait until it has connected. Raises Blocked."""
        tls = certificates if target.scheme == "rtmps" else None
        route = Route(target.addresses, target.port, target.host, tls)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "components.stage.rtmps_tunnel"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._process.stdin as stdin, self._process.stdout as stdout:
            stdin.write(json.dumps(asdict(route)).encode() + b"\n")
            stdin.flush()
            told = json.loads(stdout.readline() or b'{"failure": "broken"}')
        if "port" not in told:
            self.wait()
            raise Blocked(Failure(told["failure"]))
        self.port = int(told["port"])

    def wait(self, seconds: float = 1.0) -> None:
        """Wait until it has sent the rest and ended."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connected(route: Route) -> Stream:
    """A connection to the first address that takes one. Raises Blocked."""
    failure = Failure.UNREACHABLE
    for address in route.addresses:
        try:
            connection = await _reached(address, route.port)
        except ConnectionRefusedError:
            failure = Failure.REFUSED
        except OSError:  # TimeoutError is one
            failure = failure if failure is Failure.REFUSED else Failure.UNREACHABLE
        else:
            return await _proved(connection, route)
    raise Blocked(failure)


async def _reached(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        async with asyncio.timeout(CONNECT_SECONDS):
            await asyncio.get_running_loop().sock_connect(connection, (address, port))
    except BaseException:
        connection.close()
        raise
    return connection


async def _proved(connection: socket.socket, route: Route) -> Stream:
    if route.certificates is None:
        return await asyncio.open_connection(sock=connection)
    try:
        context = ssl.create_default_context(cafile=route.certificates)
    except OSError:  # Without that file nobody is trusted.
        raise Blocked(Failure.UNTRUSTED) from None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await asyncio.open_connection(sock=connection, ssl=context, server_hostname=route.host)
    except ssl.SSLCertVerificationError:
        raise Blocked(Failure.UNTRUSTED) from None
    except TimeoutError:
        raise Blocked(Failure.SILENT) from None
    except (OSError, ValueError):  # SSLError is an OSError. ValueError: a name that no certificate can have.
        raise Blocked(Failure.NO_TLS) from None


async def carry(far: Stream) -> None:
    """Tell the writer a port, and hand everything on between its connection and the server's until both have ended."""
    near: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if near.done():
            writer.close()
        else:
            near.set_result((reader, writer))

    listener = socket.create_server(("127.0.0.1", 0), backlog=1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LOCAL_BUFFER)
    async with await asyncio.start_server(accept, sock=listener):
        _tell({"port": listener.getsockname()[1]})
        async with asyncio.timeout(ACCEPT_SECONDS):
            reader, writer = await near
    await asyncio.gather(_pump(reader, far[1]), _pump(far[0], writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(LOCAL_BUFFER):
            sink.write(data)
            await sink.drain()
    except OSError:
        pass  # Either end has broken: the other one learns it by its connection's end.
    sink.close()


def _tell(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def _main(line: str) -> None:
    told = json.loads(line)
    try:
        far = await connected(Route(**told))
    except Blocked as blocked:
        _tell({"failure": blocked.failure.value})
        return
    await carry(far)


if __name__ == "__main__":
    confine()
    asyncio.run(_main(sys.stdin.readline()))
