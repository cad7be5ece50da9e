"""A mailbox with one slot: newest wins, so load makes the frame rate fall and never the delay grow."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Hands items from one thread to another, keeping only the newest."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self.replaced = 0
        """Items that a newer one pushed out before they were taken."""

    def put(self, item: T) -> None:
        """Leave an item, pushing out the one still waiting. Any thread; never blocks for long."""
        with self._ready:
            if self._closed:
                return
            self.replaced += self._item is not None
            self._item = item
            self._ready.notify()

    def take(self) -> T | None:
        """Wait for the newest item; None once the mailbox is closed. One consumer."""
        with self._ready:
            self._ready.wait_for(lambda: self._closed or self._item is not None)
            item, self._item = self._item, None
            return None if self._closed else item

    def close(self) -> None:
        """Wake the consumer for good and drop what is waiting. Any thread, any number of times."""
        with self._ready:
            self._closed = True
            self._item = None
            self._ready.notify_all()
