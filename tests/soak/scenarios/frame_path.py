"""The frame path alone, without a browser: a person before magenta, coded as a browser codes a camera, at sizes and
rates that change in mid-stream, with bursts, gaps and pauses, on every level. Seeded: a failure names its seed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray
from PIL import Image

from components.backgrounds.gallery import picture
from components.errors import SegmenterError
from components.settings import read_settings
from components.video.backdrop import Still
from components.video.frame_path import FramePath, Look
from components.video.models import find_models
from components.video.planes import Size, to_rgb, view
from components.video.quality import LADDER, LEVELS, Steps
from components.video.segmenter import SelfieSegmenter
from tests.fakes import MAGENTA
from tests.material import moving_person

SIZES: tuple[Size, ...] = (
    *((1280, 720), (960, 540), (640, 480), (640, 360), (480, 360), (320, 240)),
    *((320, 180), (240, 180), (212, 160), (160, 120)),
)
FPS, LENGTH = 30, 60
LIMIT = 0.01
"""Share of a composite that may have the room's colour."""

BITS_PER_PIXEL = {"libvpx": (0.01, 0.03, 0.1), "libx264": (0.1, 0.3)}
"""x264 has no lowest quality at which it leaves pictures out, as browsers' encoders do: below .1 it tears them."""

STEPS: tuple[Steps, ...] = (*(rung.steps for rung in LADDER), *LEVELS.values())


@dataclass(frozen=True)
class Shot:
    """One camera frame as it arrives, its time by our clock, and how it came about."""

    frame: av.VideoFrame
    now: float
    story: str


def run(until: float, out: Path) -> str:
    """See `tests.soak.scenarios`."""
    seed = frames = 0
    worst = (0.0, "")
    with closing(SelfieSegmenter(find_models(read_settings().model_dir))) as segmenter:
        while time.monotonic() < until:
            for share, story, pair in stream(seed, segmenter):
                frames += 1
                if share >= LIMIT:
                    Image.fromarray(np.hstack(pair)).save(out / f"seed-{seed}-frame-{frames}.png")
                    raise AssertionError(f"{share:.1%} of a composite is room: seed {seed}, {story}")
                worst = max(worst, (share, f"seed {seed}, {story}"))
                if time.monotonic() >= until:
                    break
            seed += 1
    return f"{frames} composites of {seed} streams, at most {worst[0]:.2%} room ({worst[1]})"


def stream(seed: int, segmenter: SelfieSegmenter) -> Iterator[tuple[float, str, list[NDArray[np.uint8]]]]:
    """The composites of one stream: their share of room, how they came about, and camera and composite side by side."""
    chance, now = random.Random(seed), 0.0
    path, look = FramePath(lambda: now), Look(Still(picture("beach")))
    for shot in shots(chance):
        now = shot.now
        steps = chance.choice(STEPS) if chance.random() < 0.05 or not shot.story else STEPS[seed % len(STEPS)]
        try:
            composite, _ = path.composite(shot.frame, segmenter, lambda: look, steps)
        except SegmenterError:
            continue
        seen = to_rgb(view(composite))
        camera = cv2.resize(to_rgb(view(shot.frame)), seen.shape[1::-1], interpolation=cv2.INTER_AREA)
        yield room(seen), f"{shot.story}, {steps}", [np.asarray(camera, np.uint8), seen]
    path.release()


def room(pixels: NDArray[np.uint8]) -> float:
    """The share of the picture that is more magenta than anything on the beach (as in tests/browser/watcher.js)."""
    red, green, blue = np.moveaxis(pixels.astype(int), 2, 0)
    return float(((red > 150) & (blue > 150) & (green < 110)).mean())


def shots(chance: random.Random, pieces: int = 6) -> Iterator[Shot]:
    """A camera whose size, coding and regularity change from piece to piece."""
    taken, now = chance.randrange(LENGTH), 0.0
    for _ in range(pieces):
        size, kind = chance.choice(SIZES), chance.choice(("plain", *BITS_PER_PIXEL))
        rate = chance.choice(BITS_PER_PIXEL.get(kind, (0.0,)))
        way = chance.choice(("even", "gaps", "burst", "pauses"))
        coders = None if kind == "plain" else coded(kind, size, rate)
        for _ in range(chance.randint(10, 40)):
            gap, waited = step(way, chance)
            taken, now = taken + gap, now + waited
            frame = av.VideoFrame.from_ndarray(film(size)[taken % LENGTH], format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = taken, Fraction(1, FPS)
            arrived = frame if coders is None else through(frame, *coders)
            if arrived is not None:
                arrived.pts, arrived.time_base = taken, Fraction(1, FPS)
                yield Shot(arrived, now, f"{size} {kind} {rate} {way} +{gap} frames +{waited:.3f} s")


def step(way: str, chance: random.Random) -> tuple[int, float]:
    """Frames of the camera to the next that arrives, and seconds by our clock."""
    if way == "gaps":
        gap = chance.choice((1, 1, 2, 3, 5, 9))
    elif way == "burst":
        return chance.choice((1, 1, 2, 4, 6, 9, 12)), chance.choice((0.005, 0.01, 0.02, 0.033))
    else:
        gap = chance.choice((9, 20, 50)) if way == "pauses" and chance.random() < 0.15 else 1
    return gap, gap / FPS


@lru_cache(maxsize=4)
def film(size: Size) -> list[NDArray[np.uint8]]:
    """The person, swaying before the room."""
    return list(moving_person(*size, LENGTH, room=MAGENTA))


def coded(name: str, size: Size, rate: float) -> tuple[VideoCodecContext, VideoCodecContext]:
    """An encoder as in a browser, at so many bits a pixel, and its decoder."""
    encoder = av.CodecContext.create(name, "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.framerate, encoder.time_base = "yuv420p", Fraction(FPS), Fraction(1, FPS)
    encoder.bit_rate = round(rate * size[0] * size[1] * FPS)
    encoder.gop_size = 3000
    if name == "libvpx":
        encoder.options = {"deadline": "realtime", "cpu-used": "-6", "lag-in-frames": "0", "qmin": "2", "qmax": "56"}
    else:
        encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}
    return encoder, av.CodecContext.create({"libvpx": "vp8", "libx264": "h264"}[name], "r")


def through(frame: av.VideoFrame, encoder: VideoCodecContext, decoder: VideoCodecContext) -> av.VideoFrame | None:
    """The frame as it comes out at the other end; None while a decoder holds it."""
    arrived = [each for packet in encoder.encode(frame) for each in decoder.decode(packet)]
    return arrived[-1] if arrived else None
