"""A process that goes on a stage and says so, for tests of how it ends.

`python -m tests.publishing_process {WHIP URL} {where}`, the token on stdin. The event loop is the main thread's, as
Streamlit's is ("main"), or another thread's ("thread"). It ends with SIGINT.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading

from components.stage.publication import Snapshot, State
from components.stage.publisher import Publisher
from components.stage.token_source import PastedTokens
from components.stage.webrtc_destinations import IvsStage
from tests.fake_media import ToneMedia


def _say(snapshot: Snapshot) -> None:
    if snapshot.state is State.LIVE:
        sys.stdout.write("live\n")
        sys.stdout.flush()


def _join(loop: asyncio.AbstractEventLoop, url: str) -> None:
    tokens = PastedTokens(sys.stdin.readline())
    Publisher(loop, on_change=_say).join(IvsStage(tokens, url), ToneMedia())


async def _main(url: str) -> None:
    _join(asyncio.get_running_loop(), url)
    await asyncio.Event().wait()


if __name__ == "__main__":
    _, whip_url, where = sys.argv
    # A shell's background jobs, and what they start, ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        if where == "main":
            asyncio.run(_main(whip_url))
        else:
            other = asyncio.new_event_loop()
            threading.Thread(target=other.run_forever, daemon=True).start()
            _join(other, whip_url)
            threading.Event().wait()
