"""The token goes to the stage's own servers, however an address is dressed up."""

import httpx
import pytest

from components.errors import JoinRefused
from components.stage.token_hosts import address, ivs_hosts, same_origin

IVS = ivs_hosts(httpx.URL("https://global.whip.live-video.net"))
LOCAL = ivs_hosts(httpx.URL("http://127.0.0.1:8080"))


@pytest.mark.parametrize("url", ["https://live-video.net/", "https://a.b.live-video.net:443/x?y"])
def test_ivs_is_live_video_net(url: str) -> None:
    assert IVS(httpx.URL(url))
    assert LOCAL(httpx.URL(url))


@pytest.mark.parametrize(
    "url",
    [
        "http://global.whip.live-video.net",
        "https://live-video.net.evil.example",
        "https://evillive-video.net",
        "https://evil.example/#.live-video.net",
        "https://evil.example?.live-video.net",
        "https://live-video.net@evil.example",
        "https://user@x.live-video.net",
        "https://evil.example",
        "//evil.example/x",
        "ftp://live-video.net",
        "https://127.0.0.1",
        "http://localhost",
    ],
)
def test_nobody_else_is_ivs(url: str) -> None:
    assert not IVS(httpx.URL(url))


def test_this_machine_only_for_who_is_on_it() -> None:
    for url in ("http://127.0.0.1:9", "http://localhost", "https://[::1]:9/x"):
        assert LOCAL(httpx.URL(url))
    assert not LOCAL(httpx.URL("http://10.0.0.1"))
    assert not LOCAL(httpx.URL("https://evil.example"))


def test_any_other_server_is_that_server_only() -> None:
    allowed = same_origin(httpx.URL("https://whip.example/a"))
    assert allowed(httpx.URL("https://whip.example:443/b?c"))
    for url in ("https://whip.example:8443", "http://whip.example", "https://a.whip.example", "https://x@whip.example"):
        assert not allowed(httpx.URL(url))
    assert not same_origin(httpx.URL("http://whip.example"))(httpx.URL("http://whip.example"))


@pytest.mark.parametrize(
    "text", ["", "whip.example", "http://whip.example", "https://", "https://u:p@w.example", "x:y"]
)
def test_addresses_that_cannot_be_used(text: str) -> None:
    with pytest.raises(JoinRefused, match="https://"):
        address(text)
