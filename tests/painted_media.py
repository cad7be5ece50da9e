"""A publication without a camera: one colour and one tone, through the encoders that a studio uses."""

from __future__ import annotations

import time
from typing import Any

import av
import numpy as np

from components.stage.media import Tap
from components.video.encoder import Shown, VideoEncoder
from components.video.packets import FanOut, PacketTrack
from components.video.planes import from_rgb
from components.video.sound import SoundEncoder

SIZE = (320, 180)
RATE, CHUNK = 48_000, 960


class PaintedMedia:
    """A `components.stage.media.Media`. A grey bar moves along the lower edge, so that no two pictures are the same."""

    def __init__(self, colour: tuple[int, int, int], tone: int = 440) -> None:
        self.muted = False
        self.hidden = False
        self.encoded: list[av.Packet[Any]] = []
        self.keyframes_wanted = 0
        self._colour = colour
        self._steps = 2 * np.pi * tone * np.arange(CHUNK) / RATE
        self._pictures = 0
        self._taps: list[Tap] = []
        self.encoder = VideoEncoder(self._shown, self._video, SIZE, 300)
        self._sound = SoundEncoder(self._tone, self._audio, lambda _: None)
        self._videos = FanOut("video", self.request_keyframe)
        self._audios = FanOut("audio")

    def start(self) -> None:
        origin = time.monotonic()
        self.encoder.start(origin)
        self._sound.start(origin)

    def stop(self) -> None:
        self.encoder.stop()
        self._sound.stop()
        self._videos.close()
        self._audios.close()

    def join(self, timeout: float) -> bool:
        return self.encoder.join(timeout) and self._sound.join(timeout)

    def video_track(self) -> PacketTrack:
        return self._videos.track()

    def audio_track(self) -> PacketTrack:
        return self._audios.track()

    def request_keyframe(self) -> None:
        self.keyframes_wanted += 1
        self.encoder.request_keyframe()

    def aim(self, kbps: int) -> None:
        self.encoder.aim(kbps)

    def add_tap(self, tap: Tap) -> None:
        self._taps.append(tap)

    def remove_tap(self, tap: Tap) -> None:
        if tap in self._taps:
            self._taps.remove(tap)

    def _shown(self) -> Shown:
        pixels = np.full((SIZE[1], SIZE[0], 3), self._colour, np.uint8)
        at = 4 * self._pictures % (SIZE[0] - 20)
        pixels[-20:, at : at + 20] = 128
        self._pictures += 1
        return from_rgb(pixels), None

    def _tone(self, _: float) -> Any:
        # 20 ms hold a whole number of periods of any multiple of 50 Hz; others click, which does no harm.
        tone = (8_000 * np.sin(self._steps)).astype(np.int16)
        return np.repeat(tone[:, None], 2, axis=1)

    def _video(self, packet: av.Packet[Any]) -> None:
        self.encoded.append(packet)
        self._videos.put(packet)
        for tap in self._taps:
            tap.video(packet)

    def _audio(self, packet: av.Packet[Any]) -> None:
        self._audios.put(packet)
