"""The end of the process: cameras, stages and viewers are closed while the event loop still runs."""

from __future__ import annotations

import asyncio
import logging
import time

import streamlit as st

from components.loops import call_on
from components.ui._compat import event_loop, join_session_threads
from components.video.processor import join_all

logger = logging.getLogger(__name__)

END_SECONDS = 3.0
"""The end takes no longer than this, whatever hangs: a service manager kills after some seconds more."""


@st.cache_resource(show_spinner=False)
def end_in_order() -> list[asyncio.Task[None]]:
    """Once for the process: wait for its end, and close what is open then. Script threads.

    What it gives is kept, as a loop alone keeps no task alive.
    """
    kept: list[asyncio.Task[None]] = []
    call_on(event_loop(), lambda: kept.append(asyncio.ensure_future(stay_until_the_end())))
    return kept


async def stay_until_the_end(seconds: float = END_SECONDS) -> None:
    """Wait until the loop's tasks are cancelled at the end of the program; then keep it running until all have ended.

    Without it MediaPipe is closed after its executor, with a traceback for each camera, and connections that are
    closing are given up in mid-step ("Task was destroyed but it is pending").
    """
    try:
        await asyncio.Event().wait()
    finally:
        await _end(time.monotonic() + seconds)


async def _end(deadline: float) -> None:
    # The sessions have been told to end: their threads close the cameras' connections on this loop.
    await asyncio.to_thread(join_session_threads, deadline)
    if not await asyncio.to_thread(join_all, deadline):
        logger.warning("A camera's worker did not end in time")
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        left = deadline - time.monotonic()
        if left <= 0:
            logger.info("%d tasks did not end in time", len(others))
            return
        await asyncio.wait(others, timeout=left, return_when=asyncio.FIRST_COMPLETED)
