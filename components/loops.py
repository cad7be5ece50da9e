"""From any thread to an event loop, which may be closed already."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)


def call_on(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *arguments: object) -> bool:
    """Call it on the loop, soon. Any thread, the loop's own too. False where the loop is closed: at the program's end,
    when what ran on it has been cancelled and nobody is left to see, hear or wait."""
    try:
        loop.call_soon_threadsafe(function, *arguments)
    except RuntimeError:
        logger.debug("The event loop is closed; %s is not called", getattr(function, "__qualname__", function))
        return False
    return True
