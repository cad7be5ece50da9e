"""Amazon IVS Real-Time's control plane on loopback; boto3 reaches it by AWS_ENDPOINT_URL_IVS_REALTIME.

It takes no request that botocore's model of ivs-realtime does not allow (types, ranges, patterns, words), and gives no
answer and no error that is not in it. Requests must be signed for the region and for `ivs`.

    POST /{Operation}   as in life, or an error that is planned
    POST /_plan         a JSON list of error codes for the next calls, one each; null is as usual
    POST /_participants a JSON list of who is on the stage, as ListParticipants gives them

`python -m tests.fake_ivs PORT WHIP_URL EVENTS_URL` runs it for browser tests, with tokens that the fake stage takes.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
import uuid
from collections import deque
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from botocore import xform_name
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.session import get_session
from botocore.validate import ParamValidator

from tests.fake_stage_tokens import ARN, issue

REGION = "us-west-2"
SESSION = "st-AbCdEfGhIjKlM"
STREAM_KEY = "rt_123456789012_us-west-2_AbCdEfGh_aSecretKeyOfSomeLength"
_SIGNATURE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[\w-]+/\d{8}/(?P<region>[a-z0-9-]+)/ivs/aws4_request, "
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+), Signature=[0-9a-f]{64}"
)
_SHARED_ERRORS = {"ThrottlingException": 429, "UnrecognizedClientException": 403, "ExpiredTokenException": 403}
_SHARED_ERRORS |= {"InvalidSignatureException": 403, "InternalServerException": 500, "UnknownOperationException": 404}


@cache
def model() -> ServiceModel:
    """botocore's own."""
    return get_session().get_service_model("ivs-realtime")


class FakeIvs(ThreadingHTTPServer):
    """Listens from the start of a `with` to its end. One stage is there from the beginning (`ARN`)."""

    daemon_threads = False  # Joined at the end, or they hold sockets beyond it.

    def __init__(self, whip_url: str, events_url: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Exchange)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), name="fake IVS")
        self.closing = threading.Event()
        self.forget(whip_url, events_url)

    def forget(self, whip_url: str, events_url: str) -> None:
        """As if it had just been started."""
        self.endpoints = {
            "whip": whip_url,
            "events": events_url,
            "rtmps": "rtmps://x.global-contribute.example:443/app/",
        }
        self.stages: dict[str, dict[str, Any]] = {}
        self.add_stage(ARN, "studio")
        self.participants: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.ingests: dict[str, dict[str, Any]] = {}
        self.plan: deque[str | None] = deque()
        self.seen: list[tuple[str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def add_stage(self, arn: str, name: str) -> dict[str, Any]:
        self.stages[arn] = {"arn": arn, "name": name, "activeSessionId": "", "tags": {}, "endpoints": self.endpoints}
        return self.stages[arn]

    def called(self, operation: str) -> list[dict[str, Any]]:
        """The bodies of the calls to one operation."""
        return [body for name, body in self.seen if name == operation]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Refused(Exception):
    def __init__(self, code: str, message: str = "Refused") -> None:
        super().__init__(message)
        self.code = code


class _Exchange(BaseHTTPRequestHandler):
    server: FakeIvs

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        name = self.path.strip("/")
        if name == "_plan":
            self.server.plan = deque(body)
            self._send(200, {})
        elif name == "_participants":
            self.server.participants = body
            self._send(200, {})
        else:
            self._operate(name, body)

    def _operate(self, name: str, body: dict[str, Any]) -> None:
        self.server.seen.append((name, body))
        planned = self.server.plan.popleft() if self.server.plan else None
        if planned == "silence":
            self.server.closing.wait()
            return
        if planned == "html":
            self._send_bytes(200, b"<html>")
            return
        operation = model().operation_model(name)
        try:
            if planned:
                raise _Refused(planned, f"User: {ARN} is not happy")
            self._check_signature()
            _check_input(operation, body)
            answer = getattr(self, f"_{xform_name(name)}")(body)
        except _Refused as refused:
            self._refuse(operation, refused)
        else:
            _check_output(operation, answer)
            self._send(200, answer)

    def _check_signature(self) -> None:
        found = _SIGNATURE.fullmatch(self.headers.get("authorization", ""))
        if not found or "x-amz-date" not in found["headers"].split(";"):
            raise _Refused("UnrecognizedClientException")
        if found["region"] != REGION:
            raise _Refused("AccessDeniedException")

    def _stage(self, body: dict[str, Any], key: str = "stageArn") -> dict[str, Any]:
        stage = self.server.stages.get(body[key])
        if stage is None:
            raise _Refused("ResourceNotFoundException")
        stage["activeSessionId"] = SESSION if self.server.participants or self.server.events else ""
        return stage

    def _create_stage(self, body: dict[str, Any]) -> dict[str, Any]:
        arn = f"{ARN.rpartition('/')[0]}/{uuid.uuid4().hex[:12]}"
        return {"stage": self.server.add_stage(arn, body.get("name", "")), "participantTokens": []}

    def _get_stage(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"stage": self._stage(body, "arn")}

    def _create_participant_token(self, body: dict[str, Any]) -> dict[str, Any]:
        self._stage(body)
        minutes, allowed = body.get("duration", 720), body.get("capabilities", ["PUBLISH", "SUBSCRIBE"])
        jti, ends = uuid.uuid4().hex[:12], int(time.time()) + 60 * minutes
        token = issue(
            self.server.endpoints["whip"],
            self.server.endpoints["events"],
            jti=jti,
            exp=ends,
            user_id=body.get("userId"),
            attributes=body.get("attributes", {}),
            capabilities={"allow_publish": "PUBLISH" in allowed, "allow_subscribe": "SUBSCRIBE" in allowed},
        )
        made = {"participantId": jti, "token": token, "duration": minutes, "capabilities": allowed}
        made |= {name: body[name] for name in ("userId", "attributes") if name in body}
        return {"participantToken": made | {"expirationTime": datetime.fromtimestamp(ends, UTC).isoformat()}}

    def _list_participants(self, body: dict[str, Any]) -> dict[str, Any]:
        self._stage(body)
        wanted = body.get("filterByPublished")
        found = [one for one in self.server.participants if wanted is None or one.get("published") is wanted]
        return {"participants": found[: body.get("maxResults", 50)]}

    def _list_participant_events(self, body: dict[str, Any]) -> dict[str, Any]:
        self._stage(body)
        return {"events": [event for event in self.server.events if event["participantId"] == body["participantId"]]}

    def _create_ingest_configuration(self, body: dict[str, Any]) -> dict[str, Any]:
        arn = f"arn:aws:ivs:{REGION}:123456789012:ingest-configuration/{uuid.uuid4().hex[:12]}"
        made = {"arn": arn, "streamKey": STREAM_KEY, "participantId": "rtmp-1", "state": "INACTIVE", "name": ""}
        self.server.ingests[arn] = made | {name: body[name] for name in ("ingestProtocol", "stageArn")}
        return {"ingestConfiguration": self.server.ingests[arn]}

    def _delete_ingest_configuration(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.server.ingests.pop(body["arn"], None) is None:
            raise _Refused("ResourceNotFoundException")
        return {}

    def _refuse(self, operation: OperationModel, refused: _Refused) -> None:
        known = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in operation.error_shapes}
        status = (_SHARED_ERRORS | known)[refused.code]  # An error that this operation cannot give fails the test.
        headers = {"x-amzn-ErrorType": f"{refused.code}:http://internal.amazon.com/coral/com.amazon.ivs/"}
        self._send(status, {"message": str(refused)}, headers)

    def _send(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        self._send_bytes(status, json.dumps(body).encode(), headers)

    def _send_bytes(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, text in ({"Content-Type": "application/json"} | (headers or {})).items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _check_input(operation: OperationModel, body: dict[str, Any]) -> None:
    report = ParamValidator().validate(body, operation.input_shape)
    if report.has_errors() or set(body) - set(operation.input_shape.members):
        raise _Refused("ValidationException", report.generate_report())
    for name, value in body.items():
        shape = operation.input_shape.members[name]
        texts = value if shape.type_name == "list" else [value]
        shape = shape.member if shape.type_name == "list" else shape
        if shape.type_name == "string":
            wrong = [t for t in texts if not re.fullmatch(shape.metadata.get("pattern", ".*"), t)]
            wrong += [t for t in texts if shape.enum and t not in shape.enum]
            if wrong:
                raise _Refused("ValidationException", f"{name}: {wrong}")


def _check_output(operation: OperationModel, answer: dict[str, Any]) -> None:
    """What botocore reads must be all that was said."""
    raw = {"status_code": 200, "headers": {}, "body": json.dumps(answer).encode()}
    parsed = create_parser("rest-json").parse(raw, operation.output_shape)
    parsed.pop("ResponseMetadata")
    assert _keys(parsed) == _keys(answer), f"{operation.name} does not answer that: {answer}"


def _keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _keys(inner) for name, inner in value.items()}
    return [_keys(inner) for inner in value] if isinstance(value, list) else None


if __name__ == "__main__":
    _, given_port, whip, events = sys.argv
    with FakeIvs(whip, events, int(given_port)) as fake:
        sys.stdout.write(f"AWS_ENDPOINT_URL_IVS_REALTIME={fake.url}\nIVS_STAGE_ARN={ARN}\n")
        sys.stdout.flush()
        threading.Event().wait()
