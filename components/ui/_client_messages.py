"""What a browser may ask of Streamlit's server, and how often (private method of Streamlit's `AppSession`, 1.67).

Streamlit trusts whoever opens its websocket: a stranger's message clears every cache of the process, and with them the
seats, the rooms and the models of all visitors; and every rerun that is asked for is run. Four sockets that ask fifty
times a second took two thirds of everybody's frame rate.

If the method moves, `limit_client_messages` raises on the first page.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

from streamlit.runtime.app_session import AppSession

from components.rate_limit import RateLimit

REFUSED = frozenset({"clear_cache", "load_git_info", "set_run_on_save"})
"""For developers only: they act on the whole process, or tell about the owner's files."""

AT_ONCE = 30
"""Messages of one page that are taken as they come: loading it makes about a dozen."""

PER_SECOND = 12.0
"""And in the long run. The studio's own timers make six a second."""

MAX_WAITING = 60
"""Messages that wait for their turn; the oldest is dropped for a newer one, which holds the newer state."""


class Inbox:
    """One page's messages, in their order, at a bounded rate. Event loop."""

    def __init__(self, handle: Callable[[Any], None], rate: RateLimit | None = None) -> None:
        self._handle = handle
        self._rate = rate or RateLimit(AT_ONCE, PER_SECOND)
        self._waiting: deque[Any] = deque(maxlen=MAX_WAITING)
        self._timer: asyncio.TimerHandle | None = None

    def put(self, message: Any) -> None:
        """Handle the message now or in its turn, or refuse it."""
        if message.WhichOneof("type") in REFUSED:
            return
        if self._timer is None and self._rate.allows():
            self._handle(message)
            return
        self._waiting.append(message)
        if self._timer is None:
            self._wait()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(1 / PER_SECOND, self._next)

    def _next(self) -> None:
        self._timer = None
        while self._waiting and self._rate.allows():
            self._handle(self._waiting.popleft())
        if self._waiting:
            self._wait()


def limit_client_messages() -> None:
    """From now on, for every page of this process; any number of times."""
    original = AppSession.handle_backmsg
    if getattr(original, "limited", False):
        return
    inboxes: weakref.WeakKeyDictionary[AppSession, Inbox] = weakref.WeakKeyDictionary()

    def handle_backmsg(session: AppSession, msg: Any) -> None:
        inbox = inboxes.get(session)
        if inbox is None:
            # Weak: a page that is gone is not kept for what it still wanted.
            gone = weakref.ref(session)
            inbox = inboxes[session] = Inbox(lambda message: _handle(original, gone(), message))
        inbox.put(msg)

    handle_backmsg.limited = True  # type: ignore[attr-defined]
    AppSession.handle_backmsg = handle_backmsg  # type: ignore[method-assign, assignment]


def _handle(original: Callable[[AppSession, Any], None], session: AppSession | None, message: Any) -> None:
    if session is not None:
        original(session, message)
