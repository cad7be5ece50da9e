"""A background API on loopback that hands out its pictures itself, or whatever else it is told to answer."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from components.backgrounds.generator import GeneratedImage, ImageRequest
from components.backgrounds.http_api import HttpApiGenerator
from tests.fake_bedrock_bodies import painted

PICTURE = painted((12, 34, 56), (320, 180))
PNG = {"content-type": "image/png"}
Reply = tuple[int, dict[str, str], bytes]


class FakeApi(ThreadingHTTPServer):
    """Answers a path with what `replies` has for it; None is silence until the end."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.root = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_port}"
        self.closing = threading.Event()
        self.forget()

    def forget(self) -> None:
        """As if it had just been started."""
        self.replies: dict[str, Reply | None] = {"/picture.png": (200, PNG, PICTURE)}
        self.seen: list[tuple[str, dict[str, str], Any]] = []
        self.answer(image_url=f"{self.root}/picture.png")

    def answer(self, status: int = 200, **said: object) -> None:
        self.replies["/image"] = (status, {"content-type": "application/json"}, json.dumps(said).encode())

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.seen]


class _Exchange(BaseHTTPRequestHandler):
    server: FakeApi

    def do_GET(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"null")
        self.server.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        reply = self.server.replies.get(self.path, (404, {}, b"not here"))
        if reply is None:
            self.server.closing.wait()
            return
        status, headers, data = reply
        self.send_response(status)
        for name, value in ({"content-length": str(len(data))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def served(tls: ssl.SSLContext | None = None) -> Iterator[FakeApi]:
    """A fake API that listens until the end of the `with`."""
    server = FakeApi(tls)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


# Reading the machine's certificates takes a while, and most of these tests encrypt nothing.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def generate(api: FakeApi, *hosts: str, prompt: str = "beach", **options: Any) -> GeneratedImage:
    """A picture by the real generator, which never sleeps."""
    options = {"tls": PLAIN, "sleep": lambda _: None} | options
    return HttpApiGenerator(f"{api.root}/image", hosts, **options).generate(ImageRequest(prompt, seed=7), print)
