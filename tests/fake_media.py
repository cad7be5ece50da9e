"""A publication's media without a studio: one colour and a tone, really encoded, by the studio's own encoders."""

from __future__ import annotations

import time
from typing import Any

import av
import numpy as np

from components.video.beat import Beat
from components.video.delay_line import CHUNK, RATE, Samples
from components.video.encoder import VideoEncoder
from components.video.h264 import FPS
from components.video.packets import FanOut, PacketTrack
from components.video.planes import I420, view
from components.video.sound import PATIENCE, SoundEncoder
from tests.fakes import GREEN


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (320, 240)) -> I420:
    """A picture of one colour."""
    pixels = np.full((size[1], size[0], 3), colour, np.uint8)
    return view(av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p"))


class ToneMedia:
    """Implements `Media`: a plain picture at 30 fps, and 400 Hz at half of full scale."""

    def __init__(self, colour: tuple[int, int, int] = GREEN) -> None:
        picture = plain(colour)
        self.starts = self.stops = self.keyframe_requests = 0
        self.aims: list[int] = []
        self._taps: list[Any] = []
        self._videos, self._audios = FanOut("video", self._key), FanOut("audio")
        self._encoder = VideoEncoder(lambda: (picture, None), self._picture, (320, 240), 500)
        self._sound = SoundEncoder(_tone, self._audios.put, self._raw_sound)

    def start(self) -> None:
        self.starts += 1
        origin = time.monotonic()
        self._encoder.start(Beat(FPS, origin))
        self._sound.start(Beat(RATE / CHUNK, origin, patience=PATIENCE))

    def stop(self) -> None:
        self.stops += 1
        self._encoder.stop()
        self._sound.stop()
        self._videos.close()
        self._audios.close()

    def join(self) -> bool:
        return self._encoder.join(20) and self._sound.join(20)

    def video_track(self) -> PacketTrack:
        return self._videos.track()

    def audio_track(self) -> PacketTrack:
        return self._audios.track()

    def request_keyframe(self) -> None:
        self.keyframe_requests += 1
        self._encoder.request_keyframe()

    def aim(self, kbps: int) -> None:
        self.aims.append(kbps)
        self._encoder.aim(kbps)

    def add_tap(self, tap: Any) -> None:
        self._taps.append(tap)

    def remove_tap(self, tap: Any) -> None:
        self._taps = [each for each in self._taps if each is not tap]

    @property
    def tapped(self) -> int:
        """How many take everything that is encoded."""
        return len(self._taps)

    def _picture(self, packet: av.Packet[Any]) -> None:
        self._videos.put(packet)
        for tap in self._taps:
            tap.video(packet)

    def _raw_sound(self, frame: av.AudioFrame) -> None:
        for tap in self._taps:
            tap.audio(frame)

    def _key(self) -> None:
        self._encoder.request_keyframe()


def _tone(_: float) -> Samples:
    at = np.arange(CHUNK) / RATE
    wave = (16_000 * np.sin(2 * np.pi * 400 * at)).astype(np.int16)
    return np.stack([wave, wave], axis=1)
