"""One frame's way at each level of quality, stage by stage, against bare inference and the demo's method:
`python -m bench.frame_path`."""

from __future__ import annotations

import contextlib
import functools
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

import av
import mediapipe as mp
import numpy as np

from bench.demo_method import DemoMethod
from bench.material import FPS, camera_film, clip, fresh, model_for, models, open_graph, picture
from bench.ratio import Ratio, Spread, paired_ratio, spread
from bench.rounds import Contender, Seconds, Work, time_rounds
from components.video.backdrop import Backdrop, Blur, Still, Strength
from components.video.clip import Clip
from components.video.frame_path import FramePath, Look
from components.video.planes import Size, cover, view
from components.video.quality import LEVELS, Quality, Steps
from components.video.segmenter import SelfieSegmenter

BLUR, CLIP = "blurred room", "clip"
BARE, DEMO = "bare inference", "demo's method"
USUAL = Quality.BALANCED
"""The level that the demo's method and other backdrops are compared with."""

TOGETHER = 15
"""Rounds added up before ratios are taken: on "Fastest" the model sees every third frame, and on every level one frame
in 14 costs a second look, at everything."""


@dataclass(frozen=True)
class Speed:
    """What one size costs. Stages by level are those of `FramePath`, with a still picture behind the person."""

    size: Size
    rounds: int
    stages: dict[str, dict[str, Spread]]
    wholes: dict[str, Spread]
    to_bare: dict[str, Ratio]
    demo_to_ours: Ratio
    extra_ms: dict[str, float]


class Ours:
    """The product's frame path with one backdrop and one level, and the stages that it reports."""

    def __init__(self, backdrop: Backdrop, steps: Steps, stack: contextlib.ExitStack) -> None:
        # A clock that goes a frame's time per frame: a clip then decodes one picture for each, as it does live.
        self._now = 0.0
        self._path = FramePath(lambda: self._now)
        self._segmenter = SelfieSegmenter(models())
        self._look = Look(backdrop)
        self._steps = steps
        self.stages: list[dict[str, float]] = []
        stack.callback(self._segmenter.close)
        stack.callback(self._path.release)

    def prepare(self, frame: av.VideoFrame) -> Work:
        """See `Contender`."""
        return functools.partial(self.composite, fresh(frame))

    def composite(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The composite; its stages are noted."""
        self._now += 1 / FPS
        composite, stages = self._path.composite(frame, self._segmenter, lambda: self._look, self._steps)
        self.stages.append(stages)
        return composite


def _bare(size: Size, stack: contextlib.ExitStack) -> Contender:
    """The model alone, on a ready picture of its own size that lies in MediaPipe's own type."""
    model = model_for(size)
    graph = stack.enter_context(open_graph(model))
    stamps = itertools.count(1)

    def prepare(frame: av.VideoFrame) -> Work:
        pixels = fresh(frame).reformat(model.width, model.height, "rgb24").to_ndarray()
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=pixels)
        return lambda: graph.segment_for_video(image, next(stamps))

    return Contender(BARE, prepare)


def measure(size: Size, rounds: int, clock: Callable[[], float] = time.perf_counter) -> Speed:
    """Time everything at one size, side by side. Raises RuntimeError where the peers do not do the same work.

    With `time.process_time` for a clock it is processor time that is compared; the stages stay on the wall's.
    """
    film = camera_film(size)
    with contextlib.ExitStack() as stack:
        demo = DemoMethod(stack.enter_context(open_graph(model_for(size), category=True)), cover(picture(), size))
        ours = {level.value: Ours(Still(picture()), steps, stack) for level, steps in LEVELS.items()}
        agreement(ours[USUAL].composite(fresh(film[0])), demo.composite(fresh(film[0])))
        others: dict[str, Backdrop] = {BLUR: Blur(Strength.MEDIUM), CLIP: Clip(clip(), picture())}
        contenders = [
            *(Contender(name, each.prepare) for name, each in ours.items()),
            *(Contender(name, Ours(backdrop, LEVELS[USUAL], stack).prepare) for name, backdrop in others.items()),
            _bare(size, stack),
            Contender(DEMO, lambda frame: functools.partial(demo.composite, fresh(frame))),
        ]
        seconds = time_rounds(contenders, film, rounds, clock=clock)
    added = {name: _together(times) for name, times in seconds.items()}
    return Speed(
        size=size,
        rounds=rounds,
        stages={name: _stages(each.stages[-rounds:]) for name, each in ours.items()},
        wholes={name: spread(times) for name, times in seconds.items()},
        to_bare={name: paired_ratio(added[name], added[BARE]) for name in ours},
        demo_to_ours=paired_ratio(added[DEMO], added[USUAL]),
        extra_ms={name: 1000 * float(np.median(seconds[name] - seconds[USUAL])) for name in others},
    )


def _together(seconds: Seconds) -> Seconds:
    """Sums of `TOGETHER` rounds that follow each other."""
    usable = seconds[: seconds.size // TOGETHER * TOGETHER]
    return np.asarray(usable.reshape(-1, TOGETHER).sum(axis=1))


def _stages(stages: list[dict[str, float]]) -> dict[str, Spread]:
    """Of the mean frame of `TOGETHER` rounds."""
    return {name: spread(_together(np.array([each[name] for each in stages])) / TOGETHER) for name in stages[0]}


def agreement(ours: av.VideoFrame, demo: av.VideoFrame) -> None:
    """Refuse to compare methods whose pictures differ in more than the edge: one of them would not do its work.

    The person may be a little brighter or darker: light match is on.
    """
    ours_y, demo_y = (view(frame).y.astype(np.int16) for frame in (ours, demo))
    alike = float((np.abs(ours_y - demo_y) < 24).mean())
    if alike < 0.95:
        raise RuntimeError(f"The two methods agree on {alike:.0%} of the picture only.")


if __name__ == "__main__":
    from bench.table import speed_table

    print(speed_table([measure((640, 480), 50), measure((1280, 720), 50)]))
