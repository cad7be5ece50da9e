"""A few threads for what blocks: AWS, and whoever hands out TURN credentials.

Not the event loop's own executor: aiortc's encoders live there, and a slow answer would stall them (design.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_threads = ThreadPoolExecutor(4, thread_name_prefix="stage-blocking")


async def blocking(call: Callable[[], T]) -> T:
    """The call's result, or its error, without blocking the event loop. Cancelled, the call goes on unheard."""
    return await asyncio.get_running_loop().run_in_executor(_threads, call)


def begun(call: Callable[[], T]) -> Future[T]:
    """The call on its way: it is made whatever becomes of who waits for it, also when the event loop ends."""
    try:
        return _threads.submit(call)
    except RuntimeError:  # The interpreter ends, and begins no more threads: here and now, then.
        over: Future[T] = Future()
        over.set_result(call())
        return over
