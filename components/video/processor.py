"""The worker: takes camera frames, gives composites, and decides what may be shown when there are none.

Fail closed: `picture` only ever returns a composite, the bare backdrop, or a slate. A camera frame goes into the
mailbox and never comes out on this side.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass

import av
import cv2

from components.errors import SegmenterError
from components.video.backdrop import FADE_SECONDS, Backdrop, Blur
from components.video.camera_size import SizeChanges, bounded
from components.video.figures import Figures, Meter
from components.video.frame_path import FramePath, Look
from components.video.mailbox import Mailbox
from components.video.pace import Pace, SharedCores, usable_cores
from components.video.planes import I420, Size, view
from components.video.quality import LADDER, START, Quality, described, steps_of
from components.video.segmenter import Segmenter
from components.video.slate import PAUSED, STARTING, slate

logger = logging.getLogger(__name__)

_started: weakref.WeakSet[Processor] = weakref.WeakSet()
"""Every processor that was started and is still referred to: what has to end with the program."""

# One thread for each OpenCV call: sessions side by side then share the cores (streamlit-webrtc.md B4, "Load"). With two
# a frame on "Best" costs 3 % more processor time at 480p and 720p, and is no quicker on a busy machine. MediaPipe lets
# nobody tell XNNPACK how many it may use (mediapipe #6151).
cv2.setNumThreads(1)

CORES = SharedCores(usable_cores())
"""The machine, as all workers of this process share it."""

STALE_SECONDS = 1.0
"""A composite older than this is not repeated any more: the bare backdrop is shown."""

FAILURES_TO_REOPEN = 5
"""Failures in a row after which the segmenter is opened anew: a MediaPipe graph in error never recovers."""

DEFAULT_SIZE: Size = (640, 480)

BLACK = 24
"""Luma, at the most, of a covered lens; 16 is black."""

LOOK_SECONDS = 0.5
"""How often a camera frame is looked at for that, on the event loop; 20 µs."""

EVERY_NTH = 16
"""Samples looked at, in both directions."""


@dataclass(frozen=True, slots=True)
class _Composite:
    """A composite, when it was ready on the clock, and whether a blurred room may stand in it."""

    at: float
    frame: av.VideoFrame
    shows_room: bool


class Processor:
    """One worker thread for one connection: started once, stopped once.

    `make_segmenter` is called in the worker; `look` on every frame, so a change shows on the next one.
    """

    def __init__(
        self,
        make_segmenter: Callable[[], Segmenter],
        look: Callable[[], Look],
        *,
        clock: Callable[[], float] = time.monotonic,
        cores: SharedCores = CORES,
    ) -> None:
        self._make_segmenter = make_segmenter
        self._look = look
        self._clock = clock
        self._mailbox: Mailbox[tuple[float, av.VideoFrame]] = Mailbox()
        self._meter = Meter(clock)
        self._cores = cores
        self._pace = Pace(clock, cores.budget, [rung.dearer for rung in LADDER], START)
        self._thread = threading.Thread(target=self._run, name="studio-worker", daemon=True)
        self._stopped = threading.Event()
        self._notify: Callable[[], None] = lambda: None
        self._size: Size = DEFAULT_SIZE
        self._size_changes = SizeChanges(clock)
        self._first_frame_at: float | None = None
        self._last_frame_at: float | None = None
        self._looked_at = 0.0
        self._black_since: float | None = None
        self._latest: _Composite | None = None
        self._failures_in_a_row = 0
        self._broken: Backdrop | None = None

    def start(self, notify: Callable[[], None]) -> None:
        """Start the worker; `notify` is called in it after each composite and must not block."""
        self._notify = notify
        _started.add(self)
        self._last_frame_at = self._clock()
        self._thread.start()

    def stop(self) -> None:
        """End the worker after the frame in hand. Any thread, any number of times; does not wait.

        A worker that hangs cannot be ended, but nothing it makes later is shown.
        """
        self._stopped.set()
        self._mailbox.close()
        # Here too: a worker that hangs needs no share of the cores.
        self._cores.leave(self)

    def join(self, timeout: float) -> bool:
        """Wait for the worker's end, in seconds; tells whether it came. Never on the event loop."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def submit(self, frame: av.VideoFrame) -> None:
        """Hand in a camera frame. Event loop; must not block. The worker alone may touch the frame from now on.

        A frame is left out if the camera's size changes too often.
        """
        now = self._clock()
        if self._first_frame_at is None:
            self._first_frame_at = now
        self._last_frame_at = now
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._black_since = (self._black_since or now) if _is_black(frame) else None
        self._meter.arrived()
        size = bounded((frame.width, frame.height))
        if not self._size_changes.accepts(size):
            return
        self._size = size
        self._mailbox.put((now, frame))

    def picture(self) -> tuple[I420, av.VideoFrame | None]:
        """What may be shown now, and the frame that holds it if it is a composite. Any thread; a few ms.

        The frame may be shared: nobody converts or changes it (PyAV keeps a scaler inside each frame).
        """
        now = self._clock()
        latest = self._latest
        if latest is not None and now - latest.at <= self._patience(latest):
            return view(latest.frame), latest.frame
        waiting = self._first_frame_at is None or now - self._first_frame_at <= STALE_SECONDS
        if latest is None and waiting:
            return slate(STARTING, self._size), None
        backdrop = self._look().backdrop
        try:
            return backdrop.bare(self._size), None
        except Exception:
            if backdrop is not self._broken:
                logger.exception("The bare backdrop could not be drawn")
            self._broken = backdrop
            return slate(PAUSED, self._size), None

    def _patience(self, latest: _Composite) -> float:
        """For how many seconds a composite may stand for the present."""
        chosen_else = latest.shows_room and not isinstance(self._look().backdrop, Blur)
        return FADE_SECONDS if chosen_else else STALE_SECONDS

    def figures(self) -> Figures:
        """What the worker costs right now. Any thread."""
        look = self._look()
        return self._meter.figures(self._mailbox.replaced, described(look.quality, self._pace.rung, look.override))

    @property
    def has_frames(self) -> bool:
        """Whether a camera frame has ever come. Any thread."""
        return self._first_frame_at is not None

    @property
    def missing_seconds(self) -> float:
        """For how long no camera frame has come, at first since the start; 0 before that. Any thread."""
        last = self._last_frame_at
        return self._clock() - last if last is not None else 0.0

    @property
    def black_seconds(self) -> float:
        """For how long the camera's picture has been black all over. Any thread."""
        since = self._black_since
        return self._clock() - since if since is not None else 0.0

    @property
    def composed_at(self) -> float | None:
        """When the newest composite was ready, on the clock; None before the first. Any thread."""
        latest = self._latest
        return latest.at if latest else None

    @property
    def size(self) -> Size:
        """The camera's size in pixels, made even and no larger than `camera_size.bounded` allows."""
        return self._size

    def _run(self) -> None:
        path = FramePath(self._clock)
        segmenter: Segmenter | None = None
        self._cores.join(self)
        try:
            while (item := self._mailbox.take()) is not None:
                arrived, frame = item
                try:
                    self._prepare(bounded((frame.width, frame.height)))
                    segmenter = segmenter or self._make_segmenter()
                    self._compose(path, segmenter, arrived, frame)
                except Exception as error:  # noqa: BLE001 - whatever it is, the next frame must find a worker
                    segmenter = self._failed(error, segmenter)
        finally:
            self._cores.leave(self)
            path.release()
            _close(segmenter)

    def _prepare(self, size: Size) -> None:
        """Draw here what the event loop may have to show, so that it need not."""
        slate(STARTING, size)
        self._look().backdrop.bare(size)

    def _compose(self, path: FramePath, segmenter: Segmenter, arrived: float, frame: av.VideoFrame) -> None:
        wanted = self._look()
        steps = steps_of(wanted.quality, self._pace.rung, wanted.override)
        composite, stages = path.composite(frame, segmenter, self._look, steps)
        if self._stopped.is_set():
            return
        if self._clock() - arrived > STALE_SECONDS:
            raise SegmenterError("The segmenter takes more than a second for a frame.")
        self._failures_in_a_row = 0
        self._latest = _Composite(self._clock(), composite, path.shows_room)
        self._meter.composed((composite.width, composite.height), self._clock() - arrived, stages)
        if wanted.quality is Quality.AUTO:
            self._pace.spent(sum(stages.values()), self._mailbox.replaced)
        else:
            self._pace.rest()
        self._notify()

    def _failed(self, error: Exception, segmenter: Segmenter | None) -> Segmenter | None:
        self._failures_in_a_row += 1
        foreseen = isinstance(error, SegmenterError)
        self._meter.failed(str(error) if foreseen else f"{type(error).__name__} in a frame")
        if self._failures_in_a_row in (1, FAILURES_TO_REOPEN):
            logger.warning("A frame could not be composed: %s", error, exc_info=None if foreseen else error)
        if self._failures_in_a_row % FAILURES_TO_REOPEN:
            return segmenter
        _close(segmenter)
        return None


def join_all(deadline: float) -> bool:
    """End every worker of this process, and wait until then (`time.monotonic`); tells whether all have ended.

    Never on the event loop.
    """
    processors = list(_started)
    for processor in processors:
        processor.stop()
    ended = [processor.join(max(0.0, deadline - time.monotonic())) for processor in processors]
    return all(ended)


def _is_black(frame: av.VideoFrame) -> bool:
    return frame.format.name == "yuv420p" and int(view(frame).y[::EVERY_NTH, ::EVERY_NTH].max()) <= BLACK


def _close(segmenter: Segmenter | None) -> None:
    try:
        if segmenter is not None:
            segmenter.close()
    except Exception:
        logger.exception("The segmenter could not be closed")
