"""HTTP to addresses that were looked up and judged before: no name is looked up again on the way (DNS rebinding)."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

import httpx

CONNECT_SECONDS = 3.0
"""For one address, if there is another one to try: IPv6 without a route, for example."""


class PinnedTransport(httpx.AsyncBaseTransport):
    """Connects to `addresses` in turn, whatever the request's host. The host's name stays in the Host header, in TLS
    and its certificate. Proxies are not used, as they would look the name up."""

    def __init__(self, addresses: Sequence[str], tls: ssl.SSLContext) -> None:
        self._addresses = addresses
        self._transport = httpx.AsyncHTTPTransport(verify=tls, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it. Raises httpx's errors."""
        failure: httpx.TransportError = httpx.ConnectError("no address")
        for address in self._addresses:
            try:
                return await self._transport.handle_async_request(self._to(address, request))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    def _to(self, address: str, request: httpx.Request) -> httpx.Request:
        times = dict(request.extensions.get("timeout", {}))
        if len(self._addresses) > 1:
            times["connect"] = CONNECT_SECONDS
        return httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,  # With the name in Host.
            stream=request.stream,
            extensions=dict(request.extensions)
            | {"sni_hostname": request.url.raw_host.decode("ascii"), "timeout": times},
        )
