"""What it costs to publish: our H.264 beside aiortc's own, and one publication's share of a core:
`python -m bench.encoder`."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

import av
import numpy as np
from aiortc.codecs.h264 import H264Encoder

from bench.material import FPS, camera_film, fresh
from bench.ratio import Ratio, Spread, paired_ratio, spread
from bench.rounds import Contender, Work, time_rounds
from components.video.beat import Beat
from components.video.delay_line import CHUNK, RATE, Samples
from components.video.encoder import Shown, VideoEncoder
from components.video.h264 import H264, TIME_BASE
from components.video.planes import Size, view
from components.video.sound import SoundEncoder

SIZE: Size = (1280, 720)
KBPS = 2000

OURS, AIORTC = "our encoder", "aiortc's own"


@dataclass(frozen=True)
class Encoding:
    """What one size costs at one rate, in processor time: aiortc's own encoder takes two cores at once, which the clock
    on the wall does not show. `share` is that of a core which a publication takes, picture and sound."""

    size: Size
    kbps: int
    rounds: int
    ours: Spread
    aiortc: Spread
    ours_to_aiortc: Ratio
    share: float


def _ours(size: Size, kbps: int) -> Contender:
    """Encoding in our thread, and the packing that aiortc's sender does with a ready packet."""
    codec, packer, beats = H264(size, kbps), H264Encoder(), itertools.count()

    def prepare(frame: av.VideoFrame) -> Work:
        return lambda: packer.pack(codec.encode(view(frame), next(beats), False))

    return Contender(OURS, prepare)


def _aiortcs(kbps: int) -> Contender:
    codec, beats = H264Encoder(), itertools.count()
    codec.target_bitrate = 1000 * kbps

    def prepare(frame: av.VideoFrame) -> Work:
        mine = fresh(frame)
        mine.pts, mine.time_base = next(beats), TIME_BASE
        return lambda: codec.encode(mine)

    return Contender(AIORTC, prepare)


def measure(rounds: int, seconds: float, size: Size = SIZE, kbps: int = KBPS) -> Encoding:
    """Time both side by side, then run one publication; blocks for `seconds` and the rounds."""
    film = camera_film(size)
    # Sixty pictures before it counts: x264's rate control has then seen two key frames.
    times = time_rounds([_ours(size, kbps), _aiortcs(kbps)], film, rounds, warm_up=60, clock=time.process_time)
    return Encoding(
        size=size,
        kbps=kbps,
        rounds=rounds,
        ours=spread(times[OURS]),
        aiortc=spread(times[AIORTC]),
        ours_to_aiortc=paired_ratio(times[OURS], times[AIORTC]),
        share=_share(film, size, kbps, seconds),
    )


class Publication:
    """Picture and sound encoded at their pace, with noise to speak, from now until `stop`; nobody receives."""

    def __init__(self, shown: Callable[[], Shown], size: Size, kbps: int = KBPS) -> None:
        noise = np.random.default_rng(1).normal(0, 2000, (50, CHUNK, 2)).astype(np.int16)
        chunks = itertools.cycle(noise)

        def heard(now: float) -> Samples:
            return np.asarray(next(chunks), np.int16)

        self._picture = VideoEncoder(shown, _nowhere, size, kbps)
        self._sound = SoundEncoder(heard, _nowhere, _nowhere)
        origin = time.monotonic()
        self._picture.start(Beat(FPS, origin))
        self._sound.start(Beat(RATE / CHUNK, origin))

    def stop(self) -> None:
        """End both threads, and wait."""
        for each in (self._picture, self._sound):
            each.stop()
        for each in (self._picture, self._sound):
            each.join(5)


def _share(film: list[av.VideoFrame], size: Size, kbps: int, seconds: float) -> float:
    """Core seconds per second of the encoders' threads."""
    pictures = itertools.cycle(film)

    def shown() -> Shown:
        frame = next(pictures)
        return view(frame), frame

    publication = Publication(shown, size, kbps)
    try:
        time.sleep(min(1.0, seconds))
        began, cpu = time.monotonic(), time.process_time()
        time.sleep(seconds)
        return (time.process_time() - cpu) / (time.monotonic() - began)
    finally:
        publication.stop()


def _nowhere(packet: object) -> None:
    """Nobody receives."""


if __name__ == "__main__":
    from bench.table import encoding_table

    print(encoding_table([measure(60, 3)]))
