"""Times contenders side by side, so that whatever else the machine does hits them alike."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

Work = Callable[[], object]
Seconds = NDArray[np.float64]


@dataclass(frozen=True)
class Contender:
    """Something to time. `prepare` gets the round's camera frame and gives the work; only the work is timed."""

    name: str
    prepare: Callable[[av.VideoFrame], Work]


def time_rounds(
    contenders: Sequence[Contender],
    frames: Sequence[av.VideoFrame],
    rounds: int,
    warm_up: int = 10,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Seconds]:
    """Every contender once per round, on the round's frame: seconds by name, one for each round after the warm-up.

    The order is shuffled in every round: with a fixed or a merely rotating one, each would always follow the same
    neighbour, and inherit the caches as that one leaves them.
    """
    order = list(contenders)
    shuffled = random.Random(1)
    seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for index in range(warm_up + rounds):
        frame = frames[index % len(frames)]
        shuffled.shuffle(order)
        for contender in order:
            work = contender.prepare(frame)
            started = clock()
            work()
            took = clock() - started
            if index >= warm_up:
                seconds[contender.name].append(took)
    return {name: np.array(times) for name, times in seconds.items()}
