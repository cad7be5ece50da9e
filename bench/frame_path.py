"""One frame's way, stage by stage, against bare inference and the demo's method: `python -m bench.frame_path`."""

from __future__ import annotations

import contextlib
import functools
import itertools
from dataclasses import dataclass

import av
import mediapipe as mp
import numpy as np

from bench.demo_method import DemoMethod
from bench.material import FPS, camera_film, clip, fresh, model_for, models, open_graph, picture
from bench.ratio import Ratio, Spread, paired_ratio, spread
from bench.rounds import Contender, Work, time_rounds
from components.video.backdrop import Backdrop, Blur, Still, Strength
from components.video.clip import Clip
from components.video.frame_path import FramePath, Look
from components.video.planes import Size, cover, view
from components.video.segmenter import SelfieSegmenter

OURS, BLUR, CLIP = "frame path", "blurred room", "clip"
BARE, DEMO = "bare inference", "demo's method"


@dataclass(frozen=True)
class Speed:
    """What one size costs. The stages are those of `FramePath`, with a still picture behind the person."""

    size: Size
    rounds: int
    stages: dict[str, Spread]
    wholes: dict[str, Spread]
    ours_to_bare: Ratio
    demo_to_ours: Ratio
    extra_ms: dict[str, float]


class Ours:
    """The product's frame path with one backdrop, and the stages that it reports."""

    def __init__(self, backdrop: Backdrop, stack: contextlib.ExitStack) -> None:
        ticks = itertools.count()
        # A clock that goes a frame's time per frame: a clip then decodes one picture for each, as it does live.
        self._path = FramePath(lambda: next(ticks) / FPS)
        self._segmenter = SelfieSegmenter(models())
        self._look = Look(backdrop)
        self.stages: list[dict[str, float]] = []
        stack.callback(self._segmenter.close)
        stack.callback(self._path.release)

    def prepare(self, frame: av.VideoFrame) -> Work:
        """See `Contender`."""
        return functools.partial(self.composite, fresh(frame))

    def composite(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The composite; its stages are noted."""
        composite, stages = self._path.composite(frame, self._segmenter, lambda: self._look)
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


def measure(size: Size, rounds: int) -> Speed:
    """Time everything at one size, side by side. Raises RuntimeError where the peers do not do the same work."""
    film = camera_film(size)
    with contextlib.ExitStack() as stack:
        demo = DemoMethod(stack.enter_context(open_graph(model_for(size), category=True)), cover(picture(), size))
        ours = Ours(Still(picture()), stack)
        agreement(ours.composite(fresh(film[0])), demo.composite(fresh(film[0])))
        contenders = [
            Contender(OURS, ours.prepare),
            Contender(BLUR, Ours(Blur(Strength.MEDIUM), stack).prepare),
            Contender(CLIP, Ours(Clip(clip(), picture()), stack).prepare),
            _bare(size, stack),
            Contender(DEMO, lambda frame: functools.partial(demo.composite, fresh(frame))),
        ]
        seconds = time_rounds(contenders, film, rounds)
    stages = ours.stages[-rounds:]
    return Speed(
        size=size,
        rounds=rounds,
        stages={stage: spread(np.array([each[stage] for each in stages])) for stage in stages[0]},
        wholes={name: spread(times) for name, times in seconds.items()},
        ours_to_bare=paired_ratio(seconds[OURS], seconds[BARE]),
        demo_to_ours=paired_ratio(seconds[DEMO], seconds[OURS]),
        extra_ms={name: 1000 * float(np.median(seconds[name] - seconds[OURS])) for name in (BLUR, CLIP)},
    )


def agreement(ours: av.VideoFrame, demo: av.VideoFrame) -> None:
    """Refuse to compare methods whose pictures differ in more than the edge: one of them would not do its work."""
    ours_y, demo_y = (view(frame).y.astype(np.int16) for frame in (ours, demo))
    alike = float((np.abs(ours_y - demo_y) < 24).mean())
    if alike < 0.95:
        raise RuntimeError(f"The two methods agree on {alike:.0%} of the picture only.")


if __name__ == "__main__":
    from bench.table import speed_table

    print(speed_table([measure((640, 480), 50), measure((1280, 720), 50)]))
