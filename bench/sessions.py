"""How many sessions run side by side at 30 fps: real workers, fed on a schedule: `python -m bench.sessions`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import av
import numpy as np

from bench.machine import busy_seconds, cores
from bench.material import FPS, camera_film, fresh, models, picture
from components.video.backdrop import Still
from components.video.frame_path import Look
from components.video.planes import Size
from components.video.processor import Processor
from components.video.segmenter import Probability, SelfieSegmenter

LEAST_FPS = 29.0
LONGEST_DELAY_MS = 66.0
"""Two frames at 30 fps, kept by 99 frames of 100."""

DISTURBED = 0.2
"""Other processes' share of the machine from which a failure says nothing about us."""

TRIES = 3
MOST_LOADS = 10
"""In one climb, so that it ends in time on a machine that others use too."""

START = 1.5
"""Seconds that are not counted: models load and caches fill."""


@dataclass(frozen=True)
class Load:
    """What `count` sessions at once got. Delays in ms from the moment a frame is due to its composite, all sessions
    together; `cpu_ms` is the processor time of one composite; `others` the share of the machine that other processes
    took meanwhile, 0..1."""

    size: Size
    count: int
    fps: list[float]
    delay_p50: float
    delay_p95: float
    delay_p99: float
    cpu_ms: float
    others: float | None

    @property
    def holds(self) -> bool:
        """Whether every session had its 30 fps, in time."""
        return min(self.fps) >= LEAST_FPS and self.delay_p99 < LONGEST_DELAY_MS

    @property
    def disturbed(self) -> bool:
        """Whether others used so much of the machine that a failure may be theirs."""
        return self.others is not None and self.others > DISTURBED


@dataclass
class _Session:
    """One worker, and when each of its composites came. The worker thread alone writes."""

    look: Look
    processor: Processor = field(init=False)
    done: list[tuple[int, float]] = field(default_factory=list)
    """The number of the frame, and the moment on the monotonic clock."""
    in_hand: int = -1

    def __post_init__(self) -> None:
        self.processor = Processor(lambda: _Telling(self), lambda: self.look)
        self.processor.start(lambda: self.done.append((self.in_hand, time.monotonic())))


class _Telling:
    """The real segmenter, telling its session which frame it sees: `Processor.start`'s callback does not say."""

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._inner = SelfieSegmenter(models())

    def probability(self, frame: av.VideoFrame) -> Probability:
        self._session.in_hand = frame.pts or 0
        return self._inner.probability(frame)

    def close(self) -> None:
        self._inner.close()


def schedule(count: int, seconds: float) -> Iterator[tuple[float, int, int]]:
    """Due time in seconds, session and frame number, in order of time: cameras do not click together."""
    for number in range(round(seconds * FPS)):
        for session in range(count):
            yield (number + session / count) / FPS, session, number


def measure(size: Size, count: int, seconds: float, film: Sequence[av.VideoFrame]) -> Load:
    """Feed `count` workers for `START` and then `seconds`; blocks as long."""
    sessions = [_Session(Look(Still(picture()))) for _ in range(count)]
    try:
        began = time.monotonic() + 0.1
        cpu, feeding, busy = 0.0, 0.0, None
        counting = False
        for due, index, number in schedule(count, START + seconds):
            time.sleep(max(0.0, began + due - time.monotonic()))
            if not counting and due >= START:
                counting = True
                cpu, feeding, busy = time.process_time(), time.thread_time(), busy_seconds()
            frame = fresh(film[(number + 7 * index) % len(film)])
            frame.pts = number
            sessions[index].processor.submit(frame)
        took = time.monotonic() - began - START
        # What the feeder spends, copying, is not a worker's.
        cpu, feeding = time.process_time() - cpu, time.thread_time() - feeding
        now = busy_seconds()
        others = None if busy is None or now is None else max(0.0, (now - busy - cpu) / (took * cores()))
        counted = [_counted(session, began, index / count) for index, session in enumerate(sessions)]
    finally:
        for session in sessions:
            session.processor.stop()
        for session in sessions:
            session.processor.join(5)
    delays = 1000 * np.concatenate(counted) if any(map(len, counted)) else np.full(1, np.inf)
    p50, p95, p99 = (float(delay) for delay in np.quantile(delays, (0.5, 0.95, 0.99)))
    per_frame = 1000 * (cpu - feeding) / max(1, sum(map(len, counted)))
    return Load(size, count, [len(each) / took for each in counted], p50, p95, p99, per_frame, others)


def _counted(session: _Session, began: float, phase: float) -> list[float]:
    """The delays, in seconds, of the session's composites that came after the start.

    From the due time, not from the hand-over: a feeder that the load holds up would otherwise hide it.
    """
    return [at - began - (number + phase) / FPS for number, at in list(session.done) if at >= began + START]


def climb(size: Size, most: int, seconds: float) -> list[Load]:
    """One session, two, … until a number fails twice undisturbed, at most `most`. Failed tries are told too.

    A number that fails while others use the machine is tried again, and then passed over.
    """
    film = camera_film(size)
    loads: list[Load] = []
    for count in range(1, most + 1):
        own_failures = 0
        for _ in range(min(TRIES, MOST_LOADS - len(loads))):
            loads.append(measure(size, count, seconds, film))
            own_failures += not (loads[-1].holds or loads[-1].disturbed)
            if loads[-1].holds or own_failures == 2:
                break
        if own_failures == 2:
            break
    return loads


def held(loads: Sequence[Load]) -> int:
    """The most sessions that held."""
    return max((load.count for load in loads if load.holds), default=0)


if __name__ == "__main__":
    from bench.table import load_table

    print(load_table(climb((640, 480), 2, 3)))
