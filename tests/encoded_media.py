"""A publication's media without a camera: real H.264 at 30 pictures a second, and a tone."""

from __future__ import annotations

import asyncio
import threading
import time
from fractions import Fraction
from typing import Any

import av
import numpy as np

from components.stage.media import Tap

WIDTH, HEIGHT, FPS = 320, 180, 30


class EncodedMedia:
    """The parts of `Media` that a destination without WebRTC uses. A thread encodes from `start` to `stop`."""

    def __init__(self, sound: bool = True) -> None:
        self.sound = sound
        self.pictures: list[bytes] = []
        self.keyframes_asked = 0
        self.taps: list[Tap] = []
        self.tapped = asyncio.Event()
        self._wants_key = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def request_keyframe(self) -> None:
        self.keyframes_asked += 1
        self._wants_key = True

    def add_tap(self, tap: Tap) -> None:
        self.taps.append(tap)
        self.tapped.set()

    def remove_tap(self, tap: Tap) -> None:
        if tap in self.taps:
            self.taps.remove(tap)

    def _run(self) -> None:
        codec = encoder()
        begun = time.monotonic()
        beat = sounds = 0
        while not self._stopped.wait(max(0.0, begun + beat / FPS - time.monotonic())):
            packet = picture(codec, beat, key=self._wants_key or beat % 58 == 0)
            self._wants_key = False
            self.pictures.append(bytes(packet))
            for tap in tuple(self.taps):
                tap.video(packet)
            beat += 1
            while self.sound and sounds / 50 < beat / FPS:
                for tap in tuple(self.taps):
                    tap.audio(tone(sounds))
                sounds += 1


def encoder() -> av.VideoCodecContext:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.time_base, codec.framerate, codec.bit_rate = Fraction(1, FPS), Fraction(FPS), 600_000
    codec.options = {
        "preset": "superfast",
        "tune": "zerolatency",
        "profile": "baseline",
        "forced-idr": "1",
        "threads": "1",
    }
    return codec


def picture(codec: av.VideoCodecContext, beat: int, key: bool) -> av.Packet[Any]:
    """The next picture of a film in which something moves."""
    planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    planes[:HEIGHT] = (np.arange(WIDTH) * 3 + beat * 5) % 200 + 20
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.pts, frame.time_base = beat, Fraction(1, FPS)
    if key:
        frame.pict_type = av.video.frame.PictureType.I
    (packet,) = codec.encode(frame)
    packet.time_base = Fraction(1, FPS)
    return packet


def tone(number: int) -> av.AudioFrame:
    """The frame `number` of 20 ms, 440 Hz."""
    samples = np.arange(number * 960, number * 960 + 960)
    wave = (8000 * np.sin(samples * 2 * np.pi * 440 / 48_000)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[None], format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, number * 960, Fraction(1, 48_000)
    return frame
