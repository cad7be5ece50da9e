"""Names become addresses here, once: looked up in bounded time, judged, and then connected to by number.

A name that is looked up a second time, by whoever connects, may lead elsewhere by then (DNS rebinding). So whoever gets
addresses from here connects to these and keeps the name for TLS and the Host header alone.

The system's resolver cannot be interrupted, and may take half a minute. Each look-up has a thread of its own, and is
given up after `LOOK_UP_SECONDS`; its thread ends when the resolver does.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from components.addresses import IPAddress

LOOK_UP_SECONDS = 3.0

MOST_AT_ONCE = 32
"""Threads in the whole process, those included that nobody waits for any more."""

MOST_ADDRESSES = 16
"""Of one name. Each may be tried in turn."""

Allowed = Callable[[IPAddress], bool]


class NameUnknown(OSError):
    """There is no such host, or nobody has said so in time."""


class LeadsInside(OSError):
    """One of the host's addresses is one that the server must not connect to."""


class Visit:
    """One visitor's right to have names looked up: one at a time, so that nobody takes all the threads. Any thread."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


_threads = threading.BoundedSemaphore(MOST_AT_ONCE)


def resolve(host: str, visit: Visit | None = None, seconds: float = LOOK_UP_SECONDS) -> list[str]:
    """The host's IP addresses, as text. Blocks. Raises NameUnknown, also while the visit's last look-up still runs."""
    try:
        return _begun(host, visit).result(seconds)
    except TimeoutError:
        raise NameUnknown("the name was not found in time") from None


async def resolved(host: str, visit: Visit | None = None, seconds: float = LOOK_UP_SECONDS) -> list[str]:
    """The same, for the event loop."""
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.wrap_future(_begun(host, visit))
    except TimeoutError:
        raise NameUnknown("the name was not found in time") from None


def judged(found: Sequence[str], allowed: Allowed) -> list[str]:
    """The addresses, if every one of them is allowed. Raises LeadsInside, and NameUnknown for none at all."""
    try:
        addresses = [ipaddress.ip_address(address) for address in found]
    except ValueError:
        raise NameUnknown("no addresses") from None
    if not addresses:
        raise NameUnknown("no addresses")
    if not all(map(allowed, addresses)):
        raise LeadsInside("an address that is not allowed")
    return [str(address) for address in addresses][:MOST_ADDRESSES]


def _begun(host: str, visit: Visit | None) -> Future[list[str]]:
    future: Future[list[str]] = Future()
    if (found := _as_number(host)) is not None:
        future.set_result([found])
        return future
    if not _threads.acquire(blocking=False):
        raise NameUnknown("too many names are being looked up")
    if visit is not None and not visit.lock.acquire(blocking=False):
        _threads.release()
        raise NameUnknown("this visit's last name is still being looked up")

    def look() -> None:
        try:
            answer = _asked(host)
        except OSError as error:
            outcome: list[str] | Exception = NameUnknown(type(error).__name__)
        else:
            outcome = answer
        finally:
            _threads.release()
            if visit is not None:
                visit.lock.release()
        if not future.set_running_or_notify_cancel():
            return
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

    # A daemon: a resolver that hangs must not keep the program from ending.
    threading.Thread(target=look, name="look-up", daemon=True).start()
    return future


def _as_number(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def _asked(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError:  # Labels that no name may have.
        raise socket.gaierror(socket.EAI_NONAME, "no name") from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))
