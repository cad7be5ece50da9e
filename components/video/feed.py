"""A publication's picture and sound: what the studio shows and what the microphone hears, each encoded once.

Implements `components.stage.media.Media`, whose types this room does not import.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import av

from components.video.beat import Beat
from components.video.delay_line import CHUNK, RATE, DelayLine, Samples
from components.video.encoder import EncoderFigures, Shown, VideoEncoder
from components.video.h264 import FPS
from components.video.letterbox import published_size
from components.video.lip_sync import plan
from components.video.packets import FanOut, PacketTrack
from components.video.slate import slate
from components.video.sound import PATIENCE, SoundEncoder
from components.video.studio import Connection

logger = logging.getLogger(__name__)

AWAY = "The camera will be back in a moment"
"""On the slate that is shown while a lost camera is started again."""

WAIT_SMOOTHING = 0.05
"""Of the time that a composite waits for the encoder: 20 pictures. Camera and encoder beat at nearly the same rate, so
it is anything within a beat, and steady."""


class Tap(Protocol):
    """See `components.stage.media.Tap`."""

    def video(self, packet: av.Packet[Any]) -> None:
        """One picture."""

    def audio(self, frame: av.AudioFrame) -> None:
        """20 ms of sound."""


@dataclass(frozen=True, slots=True)
class FeedFigures:
    """A snapshot: the encoder's, seconds by which sound and picture are held back, and gaps in the sound so far."""

    encoder: EncoderFigures
    sound_delay: float
    picture_delay: float
    sound_gaps: int


class Feed:
    """One publication of one visitor, from `start` to `stop`.

    Its size is the one that the visitor chose, in the camera's shape at the start, and never changes.

    When the camera's connection is lost, a slate and silence are sent until the studio shows the next one; `on_gone` is
    called, in the encoder's thread, when that takes longer than the studio's patience.
    """

    def __init__(
        self, connection: Connection, name: str, kbps: int, on_gone: Callable[[], None] = lambda: None
    ) -> None:
        self.hidden = False
        """Whether a slate with the name is shown in place of the studio. Any thread."""
        self._connection = connection
        self._on_gone = on_gone
        self._away_since: float | None = None
        size = published_size(connection.processor.size, connection.chosen)
        self._away = slate(AWAY, size)
        self._slate = slate(f"{name} is hiding the camera" if name else "The camera is hidden", size)
        self._encoder = VideoEncoder(self._shown, self._video, size, kbps)
        self._sound = SoundEncoder(self._heard, self._audio, self._raw_audio)
        self._videos = FanOut("video", self.request_keyframe)
        self._audios = FanOut("audio")
        self._newest: object | None = None
        self._waited = 0.5 / FPS
        self._taps: tuple[Tap, ...] = ()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to encode. Event loop."""
        origin = time.monotonic()
        self._agree()
        self._encoder.start(Beat(FPS, origin))
        self._sound.start(Beat(RATE / CHUNK, origin, patience=PATIENCE))

    def stop(self) -> None:
        """End, and end every track. Any thread, any number of times; does not wait."""
        self._encoder.stop()
        self._sound.stop()
        self._videos.close()
        self._audios.close()

    def join(self, timeout: float) -> bool:
        """Wait for both threads' ends, in seconds each; tells whether they came. Never on the event loop."""
        return self._encoder.join(timeout) and self._sound.join(timeout)

    def video_track(self) -> PacketTrack:
        """A track of its own for one more receiver; it begins with a key frame. Event loop."""
        return self._videos.track()

    def audio_track(self) -> PacketTrack:
        """The same for the sound. Event loop."""
        return self._audios.track()

    def request_keyframe(self) -> None:
        """Make the next picture an IDR. Any thread."""
        self._encoder.request_keyframe()

    def aim(self, kbps: int) -> None:
        """Aim at this many kilobits a second for the picture, from the next one on. Any thread."""
        self._encoder.aim(kbps)

    @property
    def muted(self) -> bool:
        """Whether silence is sent in place of the microphone. Any thread."""
        return self._sound.muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self._sound.muted = muted

    def add_tap(self, tap: Tap) -> None:
        """Give everything to this one too, from the next picture on. Any thread."""
        with self._lock:
            self._taps = (*self._taps, tap)

    def remove_tap(self, tap: Tap) -> None:
        """No longer. Any thread, any number of times."""
        with self._lock:
            self._taps = tuple(each for each in self._taps if each is not tap)

    def figures(self) -> FeedFigures:
        """A snapshot of now. Any thread."""
        return FeedFigures(self._encoder.figures(), self._line.wanted, self._encoder.lag / FPS, self._line.gaps)

    @property
    def _line(self) -> DelayLine:
        return self._connection.microphone.line

    def _heard(self, now: float) -> Samples:
        return self._line.take(now)

    def _follow(self) -> bool:
        """Change over to the studio's next camera once it has a composite; True if there is a camera to show."""
        current = self._connection.studio.showing
        if current is not None and current is not self._connection:
            self._connection = current
            self._agree()
        if not self._connection.over:
            self._away_since = None
            return True
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
        if now - self._away_since >= self._connection.studio.patience:
            self._on_gone()
        return False

    def _shown(self) -> Shown:
        is_there = self._follow()
        if self.hidden:
            return self._slate, None
        if not is_there:
            return self._away, None
        picture, composite = self._connection.processor.picture()
        ready = self._connection.processor.composed_at
        if composite is not None and composite is not self._newest and ready is not None:
            self._newest = composite
            self._waited += WAIT_SMOOTHING * (time.monotonic() - ready - self._waited)
        return picture, composite

    def _video(self, packet: av.Packet[Any]) -> None:
        self._videos.put(packet)
        self._tell(lambda tap: tap.video(packet))
        if packet.pts is not None and packet.pts % FPS == 0:
            self._agree()

    def _audio(self, packet: av.Packet[Any]) -> None:
        self._audios.put(packet)

    def _raw_audio(self, frame: av.AudioFrame) -> None:
        self._tell(lambda tap: tap.audio(frame))

    def _agree(self) -> None:
        """Let sound and picture leave together, by what they cost at present. Once a second."""
        worker, encoder = self._connection.processor.figures(), self._encoder.figures()
        if not (self._connection.microphone.hasTrack() and worker.fps_in):
            return
        chosen = plan(
            self._encoder.lag,
            camera_fps=worker.fps_in,
            worked=worker.delay_ms / 1000,
            waited=self._waited,
            encoded=encoder.encode_ms / 1000,
            least=self._line.least,
        )
        self._encoder.lag, self._line.wanted = chosen.lag, chosen.delay

    def _tell(self, give: Callable[[Tap], None]) -> None:
        for tap in self._taps:
            try:
                give(tap)
            except Exception:
                logger.exception("A tap has failed and gets nothing any more")
                self.remove_tap(tap)
