"""Runs one job on a stranger's bytes in a child process, so that nothing it does harms the server.

The child gets the bytes on its stdin and answers on its stdout: a line of JSON, then raw bytes. It limits its own
memory and processor time (limits.py); from here come the limits on wall-clock time and on the length of the answer. It
inherits nothing of the environment but PATH and LANG, so there are no secrets in it.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from components.backgrounds.stop import Stop

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).parents[2]
_MAX_HEAD_BYTES = 10_000


class ChildFailed(Exception):
    """The child answered nothing that can be used: it ran into a limit, crashed, or was killed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the child said: the values of its first line, and the bytes after it."""

    head: dict[str, Any]
    body: bytes


def run_limited(
    module: str, arguments: list[str], data: bytes, *, seconds: float, most_bytes: int, stop: Stop | None = None
) -> Answer:
    """Run `python -m module arguments` on `data`. Blocks for at most `seconds`; the child is gone afterwards.

    Raises ChildFailed, and Stopped if `stop` was set meanwhile.
    """
    stop = stop or Stop()
    stop.check()
    # Not multiprocessing: "spawn" runs the main module again, which in Streamlit is a page.
    process = subprocess.Popen(  # noqa: S603 - Our own module and words; the bytes come by stdin.
        [sys.executable, "-m", module, str(os.getpid()), *arguments],
        cwd=_ROOT,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # It may repeat what the file says.
        start_new_session=True,  # Ctrl-C is for the server.
    )
    assert process.stdin is not None
    assert process.stdout is not None
    late = threading.Timer(seconds, process.kill)
    late.daemon = True
    late.start()
    feeder = threading.Thread(target=_feed, args=(process.stdin, data), name="child-feed", daemon=True)
    feeder.start()
    try:
        with stop.holding(process):
            answer = process.stdout.read(most_bytes + _MAX_HEAD_BYTES + 1)
    finally:
        process.kill()
        late.cancel()
        process.wait()
        feeder.join()
        process.stdout.close()
    stop.check()
    return _parsed(answer, most_bytes)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    # One arena and one thread: each takes address space, which is what the child limits.
    return kept | {"MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _feed(stdin: IO[bytes], data: bytes) -> None:
    try:
        with stdin:
            stdin.write(data)
    except OSError:
        logger.debug("The child takes nothing more")


def _parsed(answer: bytes, most_bytes: int) -> Answer:
    line, _, body = answer.partition(b"\n")
    if not line or len(line) > _MAX_HEAD_BYTES or len(body) > most_bytes:
        raise ChildFailed
    try:
        head = json.loads(line)
    except ValueError:
        raise ChildFailed from None
    if not isinstance(head, dict):
        raise ChildFailed
    return Answer(head, body)


def write_answer(head: dict[str, Any], *body: bytes) -> None:
    """In the child: answer. Call it once, at the end."""
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    for part in body:
        out.write(part)
    out.flush()
