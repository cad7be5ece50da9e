"""Where the address in a background API's answer may lead, and what may come from there."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator

import pytest
import trustme

from components.addresses import is_public
from components.backgrounds import remote_picture
from components.backgrounds.generator import GeneratedImage
from components.errors import BadAnswer, GenerationTimeout
from tests.fake_api import PICTURE, PLAIN, PNG, FakeApi, Reply, generate, served


@pytest.fixture(scope="module")
def _api() -> Iterator[FakeApi]:
    with served() as server:
        yield server


@pytest.fixture
def api(_api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    _api.forget()
    return _api


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://pictures.example/x.png", "host that is not allowed"),
        ("https://pictures.example/x.png", "host that is not allowed"),
        ("ftp://127.0.0.1/x.png", "not at an https address"),
        ("file:///etc/passwd", "not at an https address"),
        ("data:image/png;base64,aGk=", "not at an https address"),
        ("http://169.254.169.254/latest/meta-data", "host that is not allowed"),
        ("http://localhost:{port}/picture.png", "host that is not allowed"),
        ("http://127.0.0.1:22/picture.png", "host that is not allowed"),
        ("http://alice:secret@127.0.0.1:{port}/picture.png", "host that is not allowed"),
        ("http://127.0.0.1:{port}@pictures.example/", "host that is not allowed"),
        ("https://[::1", "no proper address"),
    ],
)
def test_pictures_come_only_from_hosts_on_the_list(address: str, words: str, api: FakeApi) -> None:
    address = address.format(port=api.server_port)
    api.answer(image_url=address)
    with pytest.raises(BadAnswer, match=words):
        generate(api)
    assert api.paths == ["/image"]
    api.answer(image_url=f"{api.root}/redirect")
    api.replies["/redirect"] = (302, {"location": address}, b"")
    with pytest.raises(BadAnswer, match=words):
        generate(api)
    assert api.paths == ["/image", "/image", "/redirect"]


def test_an_api_elsewhere_cannot_lead_to_this_machine(api: FakeApi) -> None:
    """What a real API's answer may lead to is decided by its own address, not by the picture's."""
    for host, address in (("127.0.0.1", api.root), ("cdn.example", f"http://cdn.example:{api.server_port}")):
        hosts = remote_picture.PictureHosts(frozenset({(host, api.server_port)}), PLAIN)
        with pytest.raises(BadAnswer, match="not at an https address"):
            hosts.fetch(f"{address}/picture.png")
    assert api.seen == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:4136:e378::1"),
    ],
)
def test_a_name_must_not_lead_into_a_private_network(address: str) -> None:
    hosts = remote_picture.PictureHosts(
        frozenset({("cdn.example", 443)}), PLAIN, resolve=lambda *_: ["93.184.216.34", address]
    )
    with pytest.raises(BadAnswer, match="private network"):
        hosts.fetch("https://cdn.example/x.png")


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_the_loopback_that_is_allowed_is_no_private_network(api: FakeApi) -> None:
    with pytest.raises(BadAnswer, match="private network"):
        _named(api, "10.0.0.1")
    assert api.paths == ["/image"]


def test_without_encryption_only_this_machine_is_asked(api: FakeApi) -> None:
    with pytest.raises(BadAnswer, match="private network"):
        _named(api, "93.184.216.34")


def _named(api: FakeApi, *addresses: str, asked: list[str] | None = None) -> GeneratedImage:
    """A picture at a name that no resolver of this machine knows."""
    left = list(addresses)

    def resolve(host: str, port: int) -> list[str]:
        if asked is not None:
            asked.append(host)
        return [left.pop(0)]

    api.answer(image_url=f"http://pictures.test:{api.server_port}/picture.png")
    return generate(api, f"pictures.test:{api.server_port}", resolve=resolve)


def test_a_name_is_resolved_once_and_that_address_is_used(api: FakeApi) -> None:
    """A second answer of the resolver (rebinding) is never asked for, nor is the machine's own resolver."""
    asked: list[str] = []
    assert _named(api, "127.0.0.1", "10.0.0.1", asked=asked).data == PICTURE
    assert asked == ["pictures.test"]
    assert api.seen[1][1]["host"] == f"pictures.test:{api.server_port}"


def test_the_next_address_is_tried_where_nobody_listens(api: FakeApi) -> None:
    api.answer(image_url=f"http://pictures.test:{api.server_port}/picture.png")
    hosts = [f"pictures.test:{api.server_port}"]
    assert generate(api, *hosts, resolve=lambda *_: ["127.0.0.9", "127.0.0.1"]).data == PICTURE


def test_an_unknown_name_is_a_sentence(api: FakeApi) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    api.answer(image_url=f"http://pictures.test:{api.server_port}/picture.png")
    with pytest.raises(BadAnswer, match="name is unknown"):
        generate(api, f"pictures.test:{api.server_port}", resolve=resolve)


def test_encryption_is_with_the_name_though_the_connection_is_with_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    authority = trustme.CA()
    server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("pictures.test", "127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    with served(server) as api:
        for name in ("pictures.test", "others.test"):
            api.answer(image_url=f"https://{name}:{api.server_port}/picture.png")

            def attempt(name: str = name, api: FakeApi = api) -> GeneratedImage:
                return generate(api, f"{name}:{api.server_port}", tls=client, resolve=lambda *_: ["127.0.0.1"])

            if name == "pictures.test":
                assert attempt().data == PICTURE
            else:
                with pytest.raises(BadAnswer, match="could not be fetched"):
                    attempt()
        assert api.paths == ["/image", "/picture.png", "/image"]


def test_redirects_are_followed_on_the_list_and_not_for_ever(api: FakeApi) -> None:
    api.replies["/picture.png"] = (302, {"location": "/1"}, b"")
    api.replies["/1"] = (307, {"location": f"{api.root}/2"}, b"")
    api.replies["/2"] = (301, {"location": "3"}, b"")
    api.replies["/3"] = (200, PNG, PICTURE)
    assert generate(api).data == PICTURE
    api.replies["/3"] = (303, {"location": "/4"}, b"")
    api.replies["/4"] = (200, PNG, PICTURE)
    with pytest.raises(BadAnswer, match="too many redirects"):
        generate(api)
    assert "/4" not in api.paths


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((404, PNG, PICTURE), "does not hand it out"),
        ((403, PNG, b"<Error>"), "does not hand it out"),
        ((200, {"content-type": "text/html"}, PICTURE), "no PNG or JPEG file"),
        ((200, {}, PICTURE), "no PNG or JPEG file"),
        ((200, PNG, b"<html>"), "no PNG or JPEG picture"),
        ((200, PNG, PICTURE[:-40]), "damaged"),
        ((200, PNG | {"content-length": "100000"}, PICTURE), "could not be fetched"),
        ((302, {"location": "https://[::1"}, b""), "no proper address"),
    ],
)
def test_what_is_no_picture_is_refused(reply: Reply, words: str, api: FakeApi) -> None:
    api.replies["/picture.png"] = reply
    with pytest.raises(BadAnswer, match=words):
        generate(api)


def test_the_type_may_have_parameters(api: FakeApi) -> None:
    api.replies["/picture.png"] = (200, {"content-type": "Image/PNG; x=y"}, PICTURE)
    assert generate(api).data == PICTURE


def test_a_picture_without_end_is_given_up(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_picture, "MOST_BYTES", 100)
    with pytest.raises(BadAnswer, match="more than"):
        generate(api)


def test_a_picture_that_hangs_or_trickles_is_given_up(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_picture, "MOST_S", -1.0)
    with pytest.raises(GenerationTimeout, match="too slowly"):
        generate(api)
    monkeypatch.setitem(remote_picture._TIMES, "read", 0.2)
    api.replies["/picture.png"] = None
    with pytest.raises(GenerationTimeout, match="too slowly"):
        generate(api)
