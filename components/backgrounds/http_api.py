"""Pictures by an HTTP API such as infra/'s: POST a request, get the address of a picture, fetch the picture.

    POST {"prompt", "width", "height", "aspect_ratio", "negative_prompt"?, "seed"?}, the key in the header x-api-key
    200  {"image_url", "seed"?, "model"?, "cost"?}
    4xx, 5xx  {"error"?}, one of the words in `_WORDS`; any other answer is judged by its status

`width` and `height` are pixels that would suit; the picture may have others.
"""

from __future__ import annotations

import ipaddress
import json
import re
import ssl
import time
from collections.abc import Mapping, Sequence

import httpx
from pydantic import BaseModel, Field

from components.backgrounds.generator import (
    MOST_SEED,
    AspectRatio,
    GeneratedImage,
    ImageRequest,
    ModelChoice,
    Report,
)
from components.backgrounds.patience import Sleep, patiently
from components.backgrounds.remote_picture import Origin, PictureHosts, Resolve, resolve
from components.backgrounds.verify import verified
from components.errors import (
    AccessRefused,
    BadAnswer,
    BudgetSpent,
    ContentRefused,
    GenerationTimeout,
    GeneratorBusy,
    GeneratorUnreachable,
    ModelGone,
    PromptRejected,
    SettingsError,
    StudioError,
)
from components.http_errors import HTTP_ERRORS

CONNECT_S = 10.0
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    ValueError,
    ImportError,
)
"""Raised before anything is sent. ValueError: a name that cannot be looked up, or a proxy that httpx does not know."""
READ_S = 120.0
_MOST_ANSWER_BYTES = 100_000

SIZES: Mapping[AspectRatio, tuple[int, int]] = {
    "16:9": (1280, 720),
    "4:3": (1152, 864),
    "1:1": (1024, 1024),
    "3:4": (864, 1152),
    "9:16": (720, 1280),
}


class HttpApiGenerator:
    """Makes pictures with the API at `url`. Any thread, several at once.

    Pictures may come from the API's own host and from `image_hosts` ("d111.cloudfront.net", "pictures.example:8443").
    `api_key` goes into the header x-api-key. `tls` and `resolve` are for tests and certificates of one's own.
    Raises SettingsError for an address that cannot be used: it must be https, or http on this machine.
    """

    name = "Background API"
    expectation = "usually 5–15 s"

    def __init__(
        self,
        url: str,
        image_hosts: Sequence[str] = (),
        api_key: str | None = None,
        *,
        read_s: float = READ_S,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._url = _checked(url)
        if api_key and not (api_key.isascii() and api_key.isprintable()):
            raise SettingsError("BACKGROUND_API_KEY: it has characters that no key has; copy it anew.")
        # Not compressed: a few bytes could unpack to gigabytes.
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        self._headers |= {"x-api-key": api_key} if api_key else {}
        self._timeout = httpx.Timeout(CONNECT_S, read=read_s)
        self._tls = tls or httpx.create_ssl_context()
        self._sleep = sleep
        origins = {_origin(self._url), *(_origin(_host(entry)) for entry in image_hosts)}
        self._hosts = PictureHosts(frozenset(origins), self._tls, _is_loopback(self._url.host), resolve)

    def models(self) -> tuple[ModelChoice, ...]:
        """The API alone decides which model it asks."""
        return (ModelChoice("background-api", "Background API", None),)

    def generate(self, request: ImageRequest, report: Report) -> GeneratedImage:
        """Make one picture; an error says why there is none. Blocks, for minutes in the worst case.

        Raises GenerationError, and BudgetSpent where the API says so.
        """
        started = time.monotonic()
        answer = patiently(lambda: self._posted(_body(request)), report, self._sleep)
        picture = verified(self._hosts.fetch(answer.image_url))
        return GeneratedImage(
            data=picture.data,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            seed=request.seed if answer.seed is None else answer.seed,
            model=answer.model or "background-api",
            generator=self.name,
            seconds=time.monotonic() - started,
            cost=answer.cost,
        )

    def _posted(self, body: Mapping[str, object]) -> _Answer:
        try:
            with (
                httpx.Client(timeout=self._timeout, verify=self._tls) as client,
                client.stream("POST", self._url, json=body, headers=self._headers) as response,
            ):
                return _understood(response.status_code, _read(response))
        except _NOT_SENT:
            raise GeneratorUnreachable(
                "The background API cannot be reached; check BACKGROUND_API_URL and the network, then try again."
            ) from None
        except httpx.TimeoutException:
            raise GenerationTimeout(_TOO_LATE) from None
        except HTTP_ERRORS:
            raise GenerationTimeout(f"The connection to the background API broke. {_BILLED}") from None


class _Answer(BaseModel):
    image_url: str = Field(max_length=8192)
    seed: int | None = Field(None, ge=0, le=MOST_SEED)
    model: str | None = Field(None, max_length=200, pattern=r"^[\w.:/ -]*$")
    cost: float | None = Field(None, ge=0, allow_inf_nan=False)


_BILLED = "The picture may have been made and billed, so nothing was tried again; try again when you like to."
_TOO_LATE = f"The background API did not answer in time. {_BILLED}"
_NO_KEY = (AccessRefused, "The background API refused access; check BACKGROUND_API_KEY.")
_BUSY = (GeneratorBusy, "The background API is busy; wait a minute and try again.")
_UNREADABLE = "The background API's answer could not be read; check BACKGROUND_API_URL."
# Not busy, though 503 says so: it is also what AWS's HTTP API says when its function takes more than 30 s.
_BROKEN = (BadAnswer, f"The background API has a problem; ask whoever runs it. {_BILLED}")
_REFUSED = (PromptRejected, "The background API did not accept the request; say it in other words.")

_WORDS: Mapping[str, tuple[type[StudioError], str]] = {
    "prompt_rejected": _REFUSED,
    "content_refused": (
        ContentRefused,
        "The description was refused by the model's content filter; say it in other words.",
    ),
    "access_refused": (AccessRefused, "The background API has no access to its model; ask whoever runs the API."),
    "model_gone": (ModelGone, "The background API's model is retired; ask whoever runs the API for another one."),
    "generator_busy": _BUSY,
    "generation_timeout": (GenerationTimeout, _TOO_LATE),
    "budget_spent": (BudgetSpent, "The background API makes no more pictures for now; try again later."),
}
_STATUSES: Mapping[int, tuple[type[StudioError], str]] = {
    400: _REFUSED,
    401: _NO_KEY,
    403: _NO_KEY,
    404: (BadAnswer, "There is no background API at this address; check BACKGROUND_API_URL."),
    408: (GenerationTimeout, _TOO_LATE),
    413: _REFUSED,
    422: _REFUSED,
    429: _BUSY,
    504: (GenerationTimeout, _TOO_LATE),
}


def _understood(status: int, data: bytes) -> _Answer:
    if status == 200:
        try:
            return _Answer.model_validate_json(data)
        except ValueError:
            raise BadAnswer(_UNREADABLE) from None
    kind, sentence = _STATUSES.get(status, _BROKEN if status >= 500 else (BadAnswer, _UNREADABLE))
    kind, sentence = _WORDS.get(_word(data), (kind, sentence))
    raise kind(sentence)


def _word(data: bytes) -> str:
    try:
        word = json.loads(data)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return word if isinstance(word, str) else ""


def _read(response: httpx.Response) -> bytes:
    deadline = time.monotonic() + READ_S
    data = bytearray()
    for piece in response.iter_raw():
        data += piece
        if len(data) > _MOST_ANSWER_BYTES:
            raise BadAnswer(_UNREADABLE)
        if time.monotonic() > deadline:
            raise GenerationTimeout(_TOO_LATE)
    return bytes(data)


def _body(request: ImageRequest) -> dict[str, object]:
    width, height = SIZES[request.aspect_ratio]
    body: dict[str, object] = {"prompt": request.prompt, "width": width, "height": height}
    body["aspect_ratio"] = request.aspect_ratio
    if request.negative_prompt:
        body["negative_prompt"] = request.negative_prompt
    if request.seed is not None:
        body["seed"] = request.seed
    return body


def _checked(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL("")
    safe = url.scheme == "https" or (url.scheme == "http" and _is_loopback(url.host))
    if not safe or not url.host:
        raise SettingsError("BACKGROUND_API_URL: it must be an https address, such as https://example.com/image.")
    if url.userinfo or url.query:  # httpx logs addresses.
        raise SettingsError("BACKGROUND_API_URL: it must have no key in it; that goes into BACKGROUND_API_KEY.")
    return url


def _host(entry: str) -> httpx.URL:
    try:
        url = httpx.URL(f"https://{entry.strip()}")
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL("")
    if not url.host or url.userinfo or url.path not in ("", "/") or url.query or not re.fullmatch(r"[^*%]+", url.host):
        raise SettingsError("BACKGROUND_API_IMAGE_HOSTS: it must be names of hosts, such as d111.cloudfront.net.")
    return url


def _origin(url: httpx.URL) -> Origin:
    return url.host, url.port or (443 if url.scheme == "https" else 80)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
