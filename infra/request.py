"""An event of the HTTP API (payload format 2.0) to the picture that it asks for.

Everything in it was written by somebody else: whatever it is, it becomes a `Refused` or a request.
"""

from __future__ import annotations

import base64
import binascii
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.backgrounds.generator import AspectRatio, ImageRequest, nearest_ratio

MOST_BYTES = 16_384
"""Of a body: two texts of 1,000 characters, four bytes each, and their names fit in half of it."""


class Refused(Exception):
    """The event asks for no picture: the answer's status, its word for programs, and a sentence for people."""

    def __init__(self, status: int, word: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.word = word


class _Http(BaseModel):
    method: str


class _Context(BaseModel):
    http: _Http


class Call(BaseModel):
    """What matters of an event. Header names are in lower case here, as API Gateway writes them."""

    model_config = ConfigDict(strict=True)

    version: Literal["2.0"]
    context: _Context = Field(alias="requestContext")
    headers: dict[str, str] = Field(default_factory=dict)
    body: str | None = None
    encoded: bool = Field(False, alias="isBase64Encoded")

    def header(self, name: str) -> str:
        """A header's value, whatever the case of its name; empty if there is none."""
        return next((value for known, value in self.headers.items() if known.lower() == name), "")


class _Wanted(BaseModel):
    # Not lenient: a "negativePrompt" that is quietly passed over is a picture paid for and thrown away.
    model_config = ConfigDict(strict=True, extra="forbid")

    prompt: str
    negative_prompt: str | None = None
    width: int | None = Field(None, ge=1, le=10_000)
    height: int | None = Field(None, ge=1, le=10_000)
    aspect_ratio: AspectRatio | None = None
    seed: int | None = None


def read_call(event: object) -> Call:
    """The event's parts. Raises Refused for what API Gateway would never send."""
    try:
        return Call.model_validate(event)
    except ValidationError:
        raise Refused(400, "bad_event", "This is no request of an HTTP API with payload format 2.0.") from None


def read_request(call: Call, model: str) -> ImageRequest:
    """The picture that is asked for, of that model. Raises Refused, and PromptRejected for what its rules forbid."""
    if call.context.http.method != "POST":
        raise Refused(405, "method_not_allowed", "Send a POST.")
    if call.header("content-type").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "unsupported_media_type", "Send the request as application/json.")
    wanted = _read_body(_body(call))
    return ImageRequest(
        prompt=wanted.prompt,
        negative_prompt=wanted.negative_prompt or "",
        aspect_ratio=_ratio(wanted),
        seed=wanted.seed,
        model=model,
    )


def _body(call: Call) -> bytes:
    text = call.body or ""
    # Base64 takes four characters for three bytes, so neither form of a body that fits is longer than this.
    if len(text) > MOST_BYTES * 4 // 3 + 4:
        raise _too_large()
    try:
        data = base64.b64decode(text, validate=True) if call.encoded else text.encode()
    except (binascii.Error, ValueError):  # UnicodeEncodeError, for half of a surrogate pair, is a ValueError.
        raise Refused(400, "bad_request", "The body is not what it says to be: its encoding is broken.") from None
    if len(data) > MOST_BYTES:
        raise _too_large()
    return data


def _read_body(data: bytes) -> _Wanted:
    try:
        return _Wanted.model_validate_json(data)
    except ValidationError as error:
        # Only the names of our own fields, never what was in them, nor names that the sender made up.
        places = (str(problem["loc"][0]) for problem in error.errors(include_input=False) if problem["loc"])
        wrong = sorted({place for place in places if place in _Wanted.model_fields})
        sentence = "Send a JSON object with prompt and, if you like, width, height, aspect_ratio, negative_prompt, seed"
        raise Refused(400, "bad_request", f"{sentence}{': check ' + ', '.join(wrong) if wrong else ''}.") from None


def _ratio(wanted: _Wanted) -> AspectRatio:
    """The ratio that is named, or the nearest to the size that is; the models know ratios only."""
    if wanted.aspect_ratio is not None:
        return wanted.aspect_ratio
    if wanted.width is None or wanted.height is None:
        return "16:9"
    return nearest_ratio(wanted.width, wanted.height)


def _too_large() -> Refused:
    return Refused(413, "too_large", f"The request is larger than {MOST_BYTES} bytes.")
