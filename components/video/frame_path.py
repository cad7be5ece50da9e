"""One camera frame to one composite: segment, matte, backdrop, blend. Pure work, no threads; one thread owns it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import av
from av.video.reformatter import VideoReformatter

from components.video.backdrop import Backdrop, CrossFade
from components.video.compositor import Compositor
from components.video.matte import Edges, Matte, believed
from components.video.planes import new_frame, view
from components.video.segmenter import Segmenter, checked


@dataclass(frozen=True, slots=True)
class Look:
    """How the streamer wants to be seen: replaced whole, so that a frame never mixes two choices."""

    backdrop: Backdrop
    edges: Edges = field(default_factory=Edges)


class FramePath:
    """Keeps the buffers and the cross-fade from frame to frame."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._matte = Matte()
        self._fade = CrossFade()
        self._compositor = Compositor()
        self._reformatter = VideoReformatter()

    def composite(
        self, frame: av.VideoFrame, segmenter: Segmenter, look: Callable[[], Look]
    ) -> tuple[av.VideoFrame, dict[str, float]]:
        """The person of `frame` in front of the look's backdrop: a new yuv420p frame, and seconds by stage.

        `look` is asked after the segmenter, which may have taken long: what was chosen meanwhile counts.
        Raises SegmenterError where the matte cannot be trusted: then there is no composite at all.
        """
        started = time.perf_counter()
        if frame.format.name != "yuv420p":
            frame = self._reformatter.reformat(frame, format="yuv420p", threads=1)
        camera = view(frame)
        probability = checked(segmenter.probability(frame))
        segmented = time.perf_counter()
        chosen = look()
        alpha = believed(self._matte.alpha(probability, camera.size, chosen.edges))
        matted = time.perf_counter()
        backdrop = self._fade.render(chosen.backdrop, camera, alpha, self._clock())
        rendered = time.perf_counter()
        composite, out = new_frame(camera.size)
        self._compositor.composite(camera, backdrop, alpha, out)
        done = time.perf_counter()
        return composite, {
            "segment": segmented - started,
            "matte": matted - segmented,
            "backdrop": rendered - matted,
            "blend": done - rendered,
        }

    def release(self) -> None:
        """Free what the backdrop holds open."""
        self._fade.release()
