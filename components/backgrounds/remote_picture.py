"""A picture from an address that somebody else chose, fetched so that nothing else can be reached by it.

Only from origins on a list, at the first address and after every redirect. A name is resolved once, what it resolves
to is checked, and the connection is made to that very address: a name that resolves to something else a moment later
(DNS rebinding) changes nothing. Proxies are not used, as they would resolve anew.

No httpx client takes part, only its transport: a client logs addresses at info level, and these may be pre-signed.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from components import lookup
from components.addresses import IPAddress, is_public
from components.backgrounds.verify import MOST_BYTES
from components.errors import BadAnswer, GenerationTimeout
from components.http_errors import HTTP_ERRORS

MOST_REDIRECTS = 3
MOST_S = 120.0
"""For the whole way, redirects included."""
_TIMES = {"connect": 10.0, "read": 30.0, "write": 10.0, "pool": 10.0}
_MEDIA_TYPES = ("image/png", "image/jpeg")

Origin = tuple[str, int]
"""A host's name in lower case, and a port."""
Resolve = Callable[[str, int], Sequence[str]]
"""A name and a port to IP addresses, as text. Raises OSError."""


def resolve(host: str, port: int) -> Sequence[str]:
    """What this machine's resolver says, in bounded time."""
    return lookup.resolve(host)


@dataclass(frozen=True, slots=True)
class PictureHosts:
    """Where pictures may come from, by https. `loopback` allows this machine too, also by http: for tests, at home."""

    origins: frozenset[Origin]
    tls: ssl.SSLContext
    loopback: bool = False
    resolve: Resolve = resolve

    def fetch(self, address: str) -> bytes:
        """The picture's bytes, at most `MOST_BYTES`, not yet verified. Blocks. Raises BadAnswer, GenerationTimeout."""
        deadline = time.monotonic() + MOST_S
        url = _parsed(address)
        try:
            for _ in range(MOST_REDIRECTS + 1):
                with self._get(url) as response:
                    if not response.has_redirect_location:
                        return _read(response, deadline)
                    url = _parsed(response.headers["location"], url)
        except httpx.TimeoutException:
            raise GenerationTimeout(_TOO_SLOW) from None
        except HTTP_ERRORS:
            raise BadAnswer("The picture was made, but could not be fetched from its host; try again.") from None
        raise BadAnswer("The background API's picture is behind too many redirects; ask whoever runs the API.")

    def _get(self, url: httpx.URL) -> _Exchange:
        host, port = self._allowed(url)
        last: httpx.HTTPError | None = None
        for found in self._addresses(host, port, encrypted=url.scheme == "https"):
            exchange = _Exchange(url, found, self.tls)
            try:
                exchange.begin()
            except httpx.ConnectError as error:  # Its next address may answer: IPv6 without a route, for example.
                last = error
            else:
                return exchange
        raise last or httpx.ConnectError("no address")

    def _allowed(self, url: httpx.URL) -> Origin:
        origin = (url.host, url.port or (443 if url.scheme == "https" else 80))
        if url.scheme != "https" and not (self.loopback and url.scheme == "http"):
            raise BadAnswer("The background API's picture is not at an https address; ask whoever runs the API.")
        if origin not in self.origins or url.userinfo:
            raise BadAnswer(
                "The background API's picture is at a host that is not allowed; name it in BACKGROUND_API_IMAGE_HOSTS "
                "if it is the right one."
            )
        return origin

    def _addresses(self, host: str, port: int, *, encrypted: bool) -> Sequence[str]:
        def allowed(address: IPAddress) -> bool:
            return (self.loopback and address.is_loopback) or (encrypted and is_public(address))

        try:
            return lookup.judged(self.resolve(host, port), allowed)
        except lookup.LeadsInside:
            raise BadAnswer("The background API's picture is in a private network; ask whoever runs the API.") from None
        except (OSError, UnicodeError):
            raise BadAnswer("The picture was made, but its host's name is unknown; try again.") from None


class _Exchange:
    """One GET to one address of a host, under the host's name: in the Host header, in TLS and its certificate."""

    def __init__(self, url: httpx.URL, address: str, tls: ssl.SSLContext) -> None:
        self._transport = httpx.HTTPTransport(verify=tls, trust_env=False)
        self._request = httpx.Request(
            "GET",
            url.copy_with(host=address),
            # Not compressed: a few bytes could unpack to gigabytes.
            headers={
                "Host": url.netloc.decode("ascii"),
                "Accept": ", ".join(_MEDIA_TYPES),
                "Accept-Encoding": "identity",
            },
            extensions={"sni_hostname": url.host, "timeout": dict(_TIMES)},
        )
        self._response: httpx.Response | None = None

    def begin(self) -> None:
        try:
            self._response = self._transport.handle_request(self._request)
        except BaseException:
            self._transport.close()
            raise

    def __enter__(self) -> httpx.Response:
        assert self._response is not None
        return self._response

    def __exit__(self, *_: object) -> None:
        if self._response is not None:
            self._response.close()
        self._transport.close()


_TOO_SLOW = "The picture was made, and may have been billed, but came too slowly; try again when you like to."


def _parsed(address: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        return base.join(address) if base is not None else httpx.URL(address)
    except (httpx.InvalidURL, ValueError):
        raise BadAnswer("The background API's picture has no proper address; ask whoever runs the API.") from None


def _read(response: httpx.Response, deadline: float) -> bytes:
    if response.status_code != 200:
        raise BadAnswer("The picture was made, but its host does not hand it out; ask whoever runs the API.")
    if response.headers.get("content-type", "").split(";")[0].strip().lower() not in _MEDIA_TYPES:
        raise BadAnswer("The background API's picture is no PNG or JPEG file; ask whoever runs the API.")
    data = bytearray()
    for piece in response.iter_raw():
        data += piece
        if len(data) > MOST_BYTES:
            raise BadAnswer(f"The background API's picture has more than {MOST_BYTES // 1_000_000} MB.")
        if time.monotonic() > deadline:
            raise GenerationTimeout(_TOO_SLOW)
    return bytes(data)
