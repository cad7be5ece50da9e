"""Amazon Bedrock on loopback, as far as pictures need it; boto3 reaches it by AWS_ENDPOINT_URL_BEDROCK_RUNTIME and
AWS_ENDPOINT_URL_BEDROCK.

    POST /model/{id}/invoke      as in life: signed, in the model's region, with the model's body, or an error
    GET  /foundation-models      what the region has
    POST /_plan                  a JSON list of behaviours (`BEHAVIOURS`) for the next calls, one each; null is as usual
    GET  /_seen                  the bodies that came to invoke, as [{"model": …, "body": …}]

Without a plan, a behaviour's name in square brackets in the prompt calls for it, such as "beach [throttle]".
`python -m tests.fake_bedrock PORT` runs it for browser tests.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import ValidationError

from tests.fake_bedrock_bodies import BODIES, Strict, answer, prompt_of
from tests.fake_bedrock_refusals import BEHAVIOURS, REFUSALS, Refusal

ACTIVE = {"us-west-2": [model for model in BODIES if model.startswith(("stability.stable-image", "stability.sd3"))]}
_SIGNATURE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[\w-]+/\d{8}/(?P<region>[a-z0-9-]+)/bedrock/aws4_request, "
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+), Signature=[0-9a-f]{64}"
)


@dataclass
class Seen:
    """What came to `invoke`: the model's id, the body as it was, and the request's headers in lower case."""

    model: str
    body: Any
    headers: dict[str, str] = field(repr=False)


class FakeBedrock(ThreadingHTTPServer):
    """Listens from the start of a `with` to its end. `still` are retired models that this account still has."""

    daemon_threads = True

    def __init__(
        self, port: int = 0, still: Iterable[str] = (), slow_s: float = 3.0, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(("127.0.0.1", port), _Exchange)
        self._scheme = "https" if tls else "http"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.slow_s = slow_s
        self.go_on = threading.Event()  # Slow answers wait no longer.
        self.forget(still)

    def forget(self, still: Iterable[str] = ()) -> None:
        """As if it had just been started."""
        self.go_on.clear()
        self.still = list(still)
        self.plan: deque[str | None] = deque()
        self.seen: list[Seen] = []
        self.listings = 0

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.server_port}"

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Nobody listens meanwhile."""
        self._leave()
        try:
            yield
        finally:
            self.socket = socket.create_server(self.server_address[:2])
            self._serve()

    def __enter__(self) -> Self:
        self._serve()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go_on.set()
        self._leave()

    def _serve(self) -> None:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), name="fake Bedrock")
        self._thread.start()

    def _leave(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Exchange(BaseHTTPRequestHandler):
    server: FakeBedrock

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if path.path == "/_seen":
            self._send(200, [{"model": seen.model, "body": seen.body} for seen in self.server.seen])
        elif path.path == "/foundation-models":
            self.server.listings += 1
            region = self._region()
            if region is not None:
                self._list(region, {key: values[0] for key, values in parse_qs(path.query).items()})
        else:
            self._send(404, {"message": "no such path"})

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/_plan":
            self.server.plan = deque(json.loads(data))
            self._send(200, {})
            return
        found = re.fullmatch(r"/model/([^/]+)/invoke", urlsplit(self.path).path)
        region = self._region()
        if found is None:
            self._send(404, {"message": "no such path"})
        elif region is not None:
            self._invoke(unquote(found[1]), region, data)

    def _invoke(self, model: str, region: str, data: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append(Seen(model, _json(data), headers))
        planned = self.server.plan.popleft() if self.server.plan else None
        model = model.rsplit("/", 1)[-1].removeprefix("us.")
        if planned in REFUSALS:
            self._refuse(REFUSALS[planned])
        elif model not in ACTIVE.get(region, []) + self.server.still:
            self._refuse(REFUSALS["eol" if model in BODIES and model not in ACTIVE["us-west-2"] else "wrong-region"])
        elif headers.get("content-type") != "application/json" or headers.get("accept") != "application/json":
            self._refuse(Refusal(400, "ValidationException", "The content type is not supported."))
        else:
            try:
                self._paint(BODIES[model].model_validate_json(data), planned)
            except ValidationError as error:
                self._refuse(Refusal(400, "ValidationException", json.dumps({"detail": str(error)})))

    def _paint(self, body: Strict, behaviour: str | None) -> None:
        prompt = prompt_of(body)
        if behaviour is None:
            words = re.findall(r"\[([a-z-]+)\]", prompt)
            behaviour = next((word for word in words if word in BEHAVIOURS), None)
        earlier = sum(prompt in json.dumps(seen.body, ensure_ascii=False) for seen in self.server.seen)
        if behaviour == "busy":
            behaviour = "throttle" if earlier == 1 else None
        if behaviour in REFUSALS:
            self._refuse(REFUSALS[behaviour])
        elif behaviour == "hang":
            self.server.go_on.wait()
        elif behaviour == "half":
            whole = json.dumps(answer(body)).encode()
            self._send_bytes(200, whole[: len(whole) // 2], length=len(whole))
        elif behaviour != "drop":
            if behaviour == "slow":
                self.server.go_on.wait(self.server.slow_s)
            self._send_bytes(200, _answer(body, behaviour))

    def _list(self, region: str, wanted: dict[str, str]) -> None:
        here = [(model, ["TEXT"]) for model in ACTIVE.get(region, []) + self.server.still]
        here += [("stability.stable-image-remove-background-v1:0", ["IMAGE"]), ("luma.still-unknown-v1:0", ["TEXT"])]
        assert wanted == {"byOutputModality": "IMAGE", "byInferenceType": "ON_DEMAND"}, wanted
        summaries = [
            {
                "modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model}",
                "modelId": model,
                "inputModalities": modalities,
                "outputModalities": ["IMAGE"],
                "modelLifecycle": {"status": "LEGACY" if model in self.server.still else "ACTIVE"},
            }
            for model, modalities in reversed(here)
        ]
        self._send(200, {"modelSummaries": summaries})

    def _region(self) -> str | None:
        """Where the request is signed for; None where it was refused for its signature."""
        given = self.headers.get("authorization", "")
        if re.fullmatch(r"Bearer [\w=-]+", given):
            return "us-west-2"
        found = _SIGNATURE.fullmatch(given)
        if found and {"host", "x-amz-date"} <= set(found["headers"].split(";")) and self.headers.get("x-amz-date"):
            return found["region"]
        code = "IncompleteSignatureException" if given else "MissingAuthenticationTokenException"
        self._refuse(Refusal(403, code, f"Authorization={given}"))
        return None

    def _refuse(self, refusal: Refusal) -> None:
        if refusal.code:
            self._send(refusal.status, {"message": refusal.message}, kind=refusal.code)
        else:
            self._send_bytes(refusal.status, refusal.message.encode())

    def _send(self, status: int, body: object, kind: str = "") -> None:
        self._send_bytes(status, json.dumps(body).encode(), kind=kind)

    def _send_bytes(self, status: int, data: bytes, *, kind: str = "", length: int | None = None) -> None:
        self.send_response(status)
        if kind:
            self.send_header("x-amzn-ErrorType", f"{kind}:http://internal.amazon.com/coral/com.amazon.bedrock/")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _answer(body: Strict, behaviour: str | None) -> bytes:
    if behaviour == "no-json":
        return b"\xff<html>"
    said = answer(body, filtered=behaviour == "refused")
    if behaviour == "guarded":
        said = {"amazon-bedrock-guardrailAction": "INTERVENED"} | said
    if behaviour in ("no-picture", "no-such-file"):
        nothing = "" if behaviour == "no-picture" else "R0lGODlhAQABAAAAACwAAAAAAQABAAAC"  # The beginning of a GIF.
        said = json.loads(re.sub(r'"[A-Za-z0-9+/=]{100,}"', f'"{nothing}"', json.dumps(said)))
    return json.dumps(said).encode()


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")


if __name__ == "__main__":
    with FakeBedrock(int(sys.argv[1])) as fake:
        sys.stdout.write(f"AWS_ENDPOINT_URL_BEDROCK_RUNTIME={fake.url}\nAWS_ENDPOINT_URL_BEDROCK={fake.url}\n")
        sys.stdout.flush()
        threading.Event().wait()
