"""One camera frame to one composite: matte, backdrop, blend. Pure work, no threads; one thread owns it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import av
from av.video.reformatter import VideoReformatter

from components.video.backdrop import FADE_SECONDS, Backdrop, Blur, CrossFade
from components.video.camera_size import bounded
from components.video.colour import to_bt601
from components.video.compositor import Blending, Compositor
from components.video.edges import Edges
from components.video.light_match import LightMatch
from components.video.matte import Matte
from components.video.planes import I420, Size, even, new_frame, view
from components.video.quality import Override, Quality, Steps
from components.video.segmenter import Probability, Segmenter


@dataclass(frozen=True, slots=True)
class Look:
    """How the streamer wants to be seen: replaced whole, so that a frame never mixes two choices."""

    backdrop: Backdrop
    edges: Edges = field(default_factory=Edges)
    quality: Quality = Quality.AUTO
    override: Override = field(default_factory=Override)


SMALLEST = 360
"""Pixels of the shorter side below which no picture is made smaller to save time."""


class FramePath:
    """Keeps the memory, the buffers and the cross-fade from frame to frame."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._matte = Matte()
        self._fade = CrossFade()
        self._light = LightMatch()
        self._compositor = Compositor()
        self._reformatter = VideoReformatter()
        self._blurred_at = -math.inf
        self.shows_room = False
        """Whether something of the room, blurred, may stand in the last composite."""

    def composite(
        self, frame: av.VideoFrame, segmenter: Segmenter, look: Callable[[], Look], steps: Steps
    ) -> tuple[av.VideoFrame, dict[str, float]]:
        """The person of `frame` in front of the look's backdrop: a new yuv420p frame, and seconds by stage.

        It has the camera's time stamp and size, or `steps.scale` of the size. `look` is asked for the backdrop after
        the segmenter, which may have taken long: what was chosen meanwhile counts. Raises SegmenterError where the
        matte cannot be trusted: then there is no composite at all.
        """
        started = time.perf_counter()
        stamp, taken, size = frame.pts, _taken(frame), scaled((frame.width, frame.height), steps.scale)
        # A picture of odd size is cropped by `view`; scaled, it would be softer.
        same = size == even((frame.width, frame.height))
        camera = view(to_bt601(frame, self._reformatter, None if same else size))
        timed = _Timed(segmenter)
        alpha = self._matte.alpha(camera, timed, look().edges, steps, self._clock(), taken)
        matted, now = time.perf_counter(), self._clock()
        backdrop = look().backdrop
        behind = self._fade.render(backdrop, camera, alpha, now)
        rendered = time.perf_counter()
        # One's own room, blurred, has the right light already.
        own_room = isinstance(backdrop, Blur)
        if own_room:
            self._blurred_at = now
        self.shows_room = now - self._blurred_at <= FADE_SECONDS
        tone = self._light.tone(camera, None if own_room else behind, alpha, steps.light_match, now)
        how = Blending(0.0 if own_room else steps.light_wrap, 0.0 if own_room else steps.spill, tone)
        composite, out = new_frame(camera.size)
        composite.pts = stamp
        self._compositor.composite(camera, behind, alpha, out, how, self._matte.box)
        done = time.perf_counter()
        return composite, {
            "segment": timed.seconds,
            "matte": matted - started - timed.seconds,
            "backdrop": rendered - matted,
            "blend": done - rendered,
        }

    def release(self) -> None:
        """Free what the backdrop holds open."""
        self._fade.release()


def _taken(frame: av.VideoFrame) -> float | None:
    """When the camera took the frame, in seconds of the camera's clock; None where the frame does not say."""
    return None if frame.pts is None or frame.time_base is None else float(frame.pts * frame.time_base)


def scaled(size: Size, scale: float) -> Size:
    """The even size at which a camera picture of `size` is worked on: bounded, and never smaller than `SMALLEST` for
    the sake of `scale`."""
    size = bounded(size)
    scale = min(1.0, max(scale, SMALLEST / min(size)))
    return even((round(size[0] * scale), round(size[1] * scale)))


class _Timed:
    """The segmenter, and the seconds that it took."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self.seconds = 0.0

    def probability(self, picture: I420, *, low_light: bool, wide: bool) -> Probability:
        """See `Segmenter`."""
        started = time.perf_counter()
        try:
            return self._segmenter.probability(picture, low_light=low_light, wide=wide)
        finally:
            self.seconds += time.perf_counter() - started

    def close(self) -> None:
        """See `Segmenter`."""
        self._segmenter.close()
