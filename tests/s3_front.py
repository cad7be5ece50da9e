"""A server in front of moto's S3 that refuses what MinIO, Cloudflare R2, Backblaze B2 or a strict policy refuse."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import httpx

Headers = Mapping[str, str]


class No(NamedTuple):
    """A refusal."""

    status: int
    code: str
    message: str


Rule = Callable[[str, str, Headers], No | None]
"""Method, path and headers, in lower case, to a refusal."""


def b2(method: str, path: str, headers: Headers) -> No | None:
    """Backblaze B2: no checksums but MD5 (home-assistant/core#143995), no conditional writes, and one region."""
    for name in headers:
        if name.startswith(("x-amz-checksum", "x-amz-sdk-checksum", "x-amz-trailer")):
            return No(400, "InvalidArgument", f"Unsupported header '{name}' received for this API call.")
    if method == "PUT" and {"if-none-match", "if-match"} & headers.keys():
        return No(501, "NotImplemented", "A header you provided is not implemented: If-None-Match")
    return None


def r2(method: str, path: str, headers: Headers) -> No | None:
    """Cloudflare R2: no checksum mode on reading (duolicious#612), no SSE header, one region."""
    if "x-amz-checksum-mode" in headers or "x-amz-checksum-crc32" in headers:
        return No(501, "NotImplemented", "Header 'x-amz-checksum-mode' with value 'ENABLED' not implemented")
    if "x-amz-server-side-encryption" in headers:
        return No(501, "NotImplemented", "Header 'x-amz-server-side-encryption' with value 'AES256' not implemented")
    return None


def minio(method: str, path: str, headers: Headers) -> No | None:
    """MinIO without a key service (minio/minio#6367)."""
    if "x-amz-server-side-encryption" in headers:
        return No(501, "NotImplemented", "Server side encryption specified but KMS is not configured")
    return None


def kms_only(method: str, path: str, headers: Headers) -> No | None:
    """A bucket whose policy takes nothing that is not encrypted by its key."""
    if method == "PUT" and headers.get("x-amz-server-side-encryption") != "aws:kms":
        return No(403, "AccessDenied", "User: arn:aws:iam::1:user/a is not authorized to perform: s3:PutObject on "
                  "resource: x with an explicit deny in a resource-based policy")  # fmt: skip
    return None


def ignores_conditions(method: str, path: str, headers: Headers) -> No | None:
    """A server from before there were conditional writes."""
    return None


@dataclass
class Front:
    """Where the server is, and what headers objects were written with."""

    url: str = ""
    puts: list[Headers] = field(default_factory=list)


@contextmanager
def front(upstream: str, rule: Rule) -> Iterator[Front]:
    """Everything that the rule lets through goes on to `upstream`, one request after the other."""
    seen, writing = Front(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            if self.command == "PUT":
                seen.puts.append(headers)
            no = rule(self.command, self.path, headers)
            if no is not None:
                xml = f"<Error><Code>{no.code}</Code><Message>{no.message}</Message></Error>"
                return self.send(no.status, {}, b"" if self.command == "HEAD" else xml.encode())
            if rule is ignores_conditions:
                headers = {name: value for name, value in headers.items() if not name.startswith("if-")}
            headers.pop("host")
            with writing:
                got = httpx.request(self.command, upstream + self.path, headers=headers, content=body, timeout=60)
            return self.send(got.status_code, dict(got.headers), got.content)

        def send(self, status: int, headers: Headers, body: bytes) -> None:
            self.send_response(status)
            kept = ("etag", "content-type", "last-modified")
            for name in [name for name in headers if name in kept or name.startswith("x-amz")]:
                self.send_header(name, headers[name])
            length = headers.get("content-length", "0") if self.command == "HEAD" else str(len(body))
            self.send_header("content-length", length)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = answer  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    seen.url = f"http://127.0.0.1:{http.server_port}"
    try:
        yield seen
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
