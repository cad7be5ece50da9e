"""Names are looked up once, in bounded time, and by few threads; what comes of it is judged as a whole."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from components import lookup
from components.addresses import is_public
from components.lookup import LeadsInside, NameUnknown, Visit, judged, resolve, resolved
from tests.patience import until


class Resolver:
    """The system's, which answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, host: str, *_: Any, **__: Any) -> list[Any]:
        self.asked.append(host)
        self.gate.wait()
        if host == "nowhere.example":
            raise socket.gaierror(socket.EAI_NONAME, "none")
        return [(0, 0, 0, "", (address, 0)) for address in ("93.184.216.34", "93.184.216.34", "2606:2800:220:1::1")]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    it = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", it)
    yield it
    it.gate.set()
    for thread in [t for t in threading.enumerate() if t.name == "look-up"]:
        thread.join(20)


async def test_a_name_becomes_its_addresses_each_once(resolver: Resolver) -> None:
    assert await resolved("x.example") == resolve("x.example") == ["93.184.216.34", "2606:2800:220:1::1"]
    assert resolver.asked == ["x.example"] * 2


async def test_a_number_is_not_looked_up(resolver: Resolver) -> None:
    assert await resolved("127.0.0.1") == ["127.0.0.1"]
    assert resolver.asked == []


async def test_nobody_waits_for_a_resolver_that_hangs_and_a_visit_has_one_look_up_at_a_time(resolver: Resolver) -> None:
    resolver.gate.clear()
    mine = Visit()
    with pytest.raises(NameUnknown, match="in time"):
        await resolved("slow.example", mine, seconds=0.05)
    with pytest.raises(NameUnknown, match="in time"):
        await asyncio.to_thread(resolve, "slow.example", None, 0.05)
    with pytest.raises(NameUnknown, match="still being"):
        await resolved("other.example", mine)
    resolver.gate.set()
    assert await resolved("x.example", Visit())
    for thread in [t for t in threading.enumerate() if t.name == "look-up"]:
        await asyncio.to_thread(thread.join)
    assert await resolved("x.example", mine)


async def test_there_are_never_more_threads_than_so_many(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_threads", threading.BoundedSemaphore(2))
    resolver.gate.clear()
    waiting = [asyncio.ensure_future(resolved("slow.example", seconds=20)) for _ in range(2)]
    await until(lambda: len(resolver.asked) == 2)
    with pytest.raises(NameUnknown, match="too many"):
        await resolved("x.example")
    resolver.gate.set()
    await asyncio.gather(*waiting)
    assert await resolved("x.example")


async def test_a_name_that_nobody_knows(resolver: Resolver) -> None:
    with pytest.raises(NameUnknown):
        await resolved("nowhere.example")


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example"])
async def test_a_name_that_no_host_may_have(host: str) -> None:
    with pytest.raises(NameUnknown):
        await resolved(host)


def test_one_address_inside_makes_the_whole_name_lead_inside() -> None:
    assert judged(["93.184.216.34"], is_public) == ["93.184.216.34"]
    with pytest.raises(LeadsInside):
        judged(["93.184.216.34", "10.0.0.1"], is_public)
    for nothing in ([], ["no address"]):
        with pytest.raises(NameUnknown):
            judged(nothing, is_public)
