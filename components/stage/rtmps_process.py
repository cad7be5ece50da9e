"""The RTMP writer's process, as its parent holds it: one thread fills its stdin, one hears its stdout and buries it."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from components.loops import call_on
from components.stage.rtmps_confinement import environment
from components.stage.rtmps_outbox import Outbox
from components.stage.rtmps_protocol import Message, Report, Target

logger = logging.getLogger(__name__)

FINISH_S = 2.0
"""For sending the end of the stream, then again for obeying SIGTERM."""
_ROOT = Path(__file__).parents[2]


class WriterProcess:
    """Runs from its making to `finish` or `kill`, or until it ends by itself. Event loop, but for its own threads."""

    def __init__(self, target: Target, outbox: Outbox, on_report: Callable[[Report], None]) -> None:
        """Start it. `on_report` is called on the event loop, never after `ended` is set."""
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._outbox = outbox
        self._on_report = on_report
        # Not multiprocessing: "spawn" runs the main module again, which in Streamlit is a page.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "components.stage.rtmps_writer"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for the server, which then ends its streams in order.
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        feeder = threading.Thread(target=self._feed, args=(self._process.stdin, target), name="rtmp-feed", daemon=True)
        keeper = threading.Thread(target=self._keep, args=(self._process.stdout,), name="rtmp-keep", daemon=True)
        feeder.start()
        keeper.start()

    async def finish(self) -> None:
        """Let it end the stream, and see to it that it is gone, within twice `FINISH_S`."""
        self._outbox.close()
        for harder in (self._process.terminate, self._process.kill):
            try:
                async with asyncio.timeout(FINISH_S):
                    await self.ended.wait()
                    return
            except TimeoutError:
                harder()
        await self.ended.wait()

    def kill(self) -> None:
        """End it at once; `ended` tells when. Any number of times."""
        self._outbox.close()
        self._process.kill()

    def _feed(self, stdin: IO[bytes], target: Target) -> None:
        try:
            with stdin:  # Its end is the writer's sign to finish.
                message: Message | None = target.to_message()
                while message is not None:
                    stdin.write(message.pack())
                    stdin.flush()
                    message = self._outbox.take()
        except OSError:
            logger.debug("The RTMP writer takes nothing more")

    def _keep(self, stdout: IO[bytes]) -> None:
        with stdout:
            for line in stdout:
                call_on(self._loop, self._on_report, Report.unpack(line))
        status = self._process.wait()
        logger.debug("The RTMP writer has ended with status %s", status)
        self._outbox.close()
        call_on(self._loop, self.ended.set)
