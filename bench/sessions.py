"""How many sessions on Auto run side by side at 30 fps: real workers, fed on a schedule: `python -m bench.sessions`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import av
import numpy as np

from bench.encoder import Publication
from bench.machine import busy_seconds, cores
from bench.material import FPS, camera_film, fresh, models, picture
from components.video.backdrop import Still
from components.video.frame_path import Look
from components.video.planes import Size
from components.video.processor import Processor
from components.video.segmenter import SelfieSegmenter

LEAST_FPS = 29.0
LONGEST_DELAY_MS = 66.0
"""Two frames at 30 fps, kept by 99 frames of 100."""

DISTURBED = 0.2
"""Other processes' share of the machine from which a failure says nothing about us."""

TRIES = 3
MOST_LOADS = 10
"""In one climb, so that it ends in time on a machine that others use too."""

SETTLE_SECONDS = 8.0
"""Not counted: models load, and Auto finds its place, a step every two seconds."""


@dataclass(frozen=True)
class Load:
    """What `count` sessions at once got. Delays in ms from the moment a frame is due to its composite, all sessions
    together; `later_ms` is how much longer the median delay was in the last third than in the first; `cpu_ms` is the
    processor time of one composite, `cores_each` that of one session as a share of a core; `came_to` says where each
    session's quality stood in the end; `others` is the share of the machine that other processes took, 0..1."""

    size: Size
    count: int
    fps: list[float]
    delay_p50: float
    delay_p95: float
    delay_p99: float
    later_ms: float
    cpu_ms: float
    cores_each: float
    came_to: list[str]
    others: float | None
    live: bool = False
    """Whether each session published too, picture and sound encoded."""

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
    size: Size
    live: bool
    processor: Processor = field(init=False)
    publication: Publication | None = field(init=False, default=None)
    done: list[tuple[int, float]] = field(default_factory=list)
    """The number of the frame, and the moment on the monotonic clock."""

    def __post_init__(self) -> None:
        self.processor = Processor(lambda: SelfieSegmenter(models()), lambda: self.look)
        self.processor.start(self._note)
        if self.live:
            self.publication = Publication(self.processor.picture, self.size)

    def stop(self) -> None:
        """End the threads, and wait."""
        if self.publication is not None:
            self.publication.stop()
        self.processor.stop()
        self.processor.join(5)

    def _note(self) -> None:
        # The composite bears the time stamp of the frame that it was made of.
        _, composite = self.processor.picture()
        if composite is not None and composite.pts is not None:
            self.done.append((composite.pts, time.monotonic()))


def schedule(count: int, seconds: float) -> Iterator[tuple[float, int, int]]:
    """Due time in seconds, session and frame number, in order of time: cameras do not click together."""
    for number in range(round(seconds * FPS)):
        for session in range(count):
            yield (number + session / count) / FPS, session, number


def measure(size: Size, count: int, seconds: float, film: Sequence[av.VideoFrame], *, live: bool = False) -> Load:
    """Feed `count` workers for `SETTLE_SECONDS` and then `seconds`; blocks as long. `live`: each publishes besides."""
    sessions = [_Session(Look(Still(picture())), size, live) for _ in range(count)]
    try:
        began = time.monotonic() + 0.1
        cpu, feeding, busy = 0.0, 0.0, None
        counting = False
        for due, index, number in schedule(count, SETTLE_SECONDS + seconds):
            time.sleep(max(0.0, began + due - time.monotonic()))
            if not counting and due >= SETTLE_SECONDS:
                counting = True
                cpu, feeding, busy = time.process_time(), time.thread_time(), busy_seconds()
            frame = fresh(film[(number + 7 * index) % len(film)])
            frame.pts = number
            sessions[index].processor.submit(frame)
        took = time.monotonic() - began - SETTLE_SECONDS
        # What the feeder spends, copying, is not a worker's.
        cpu, feeding = time.process_time() - cpu, time.thread_time() - feeding
        now = busy_seconds()
        others = None if busy is None or now is None else max(0.0, (now - busy - cpu) / (took * cores()))
        counted = [_counted(session, began, index / count) for index, session in enumerate(sessions)]
        came_to = [session.processor.figures().quality for session in sessions]
    finally:
        for session in sessions:
            session.stop()
    p50, p95, p99 = _quantiles(counted, (0.5, 0.95, 0.99))
    composites = max(1, sum(map(len, counted)))
    return Load(
        size=size,
        count=count,
        fps=[len(each) / took for each in counted],
        delay_p50=p50,
        delay_p95=p95,
        delay_p99=p99,
        later_ms=_grew(counted),
        cpu_ms=1000 * (cpu - feeding) / composites,
        cores_each=(cpu - feeding) / (took * count),
        came_to=came_to,
        others=others,
        live=live,
    )


def _grew(delays: Sequence[Sequence[float]]) -> float:
    """How much longer the median delay of the last third is than that of the first, in ms."""
    first, last = ([each[_third(each, n)] for each in delays] for n in (0, 2))
    return (
        _quantiles(last, (0.5,))[0] - _quantiles(first, (0.5,))[0]
        if all(len(each) > 2 for each in delays)
        else float("inf")
    )


def _third(each: Sequence[float], number: int) -> slice:
    return slice(number * len(each) // 3, (number + 1) * len(each) // 3)


def _quantiles(delays: Sequence[Sequence[float]], shares: Sequence[float]) -> list[float]:
    """Of all sessions' delays together, in ms; endless where there is none."""
    every = 1000 * np.concatenate(delays) if any(map(len, delays)) else np.full(1, np.inf)
    return [float(delay) for delay in np.quantile(every, shares)]


def _counted(session: _Session, began: float, phase: float) -> list[float]:
    """The delays, in seconds, of the session's composites that came after the start.

    From the due time, not from the hand-over: a feeder that the load holds up would otherwise hide it.
    """
    return [at - began - (number + phase) / FPS for number, at in list(session.done) if at >= began + SETTLE_SECONDS]


def climb(size: Size, most: int, seconds: float, *, live: bool = False) -> list[Load]:
    """One session, two, … until a number fails twice undisturbed, at most `most`. Failed tries are told too.

    A number that fails while others use the machine is tried again, and then passed over.
    """
    film = camera_film(size)
    loads: list[Load] = []
    for count in range(1, most + 1):
        own_failures = 0
        for _ in range(min(TRIES, MOST_LOADS - len(loads))):
            loads.append(measure(size, count, seconds, film, live=live))
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

    print(load_table([*climb((640, 480), 4, 10), *climb((640, 480), 2, 10, live=True)]))
