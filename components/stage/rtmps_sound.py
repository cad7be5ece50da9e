"""Sound for a stream that is cut without it (aws.md B.7): AAC without gaps, in step with the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av

from components.stage.rtmps_protocol import SAMPLE_RATE

MOST_BEHIND = SAMPLE_RATE // 4
"""Samples that the sound may lag behind the pictures; then it is missing, and silence takes its place."""
LOOSE = SAMPLE_RATE // 50
"""Samples by which a frame may come early or late (one frame of 20 ms) before its time is believed: clocks jitter."""

_BLOCK = 1024
_BYTES = 4
_TIME_BASE = Fraction(1, SAMPLE_RATE)


class SoundLine:
    """Lays sound end to end from sample 0 on: gaps become silence, what comes twice is left out. One thread.

    Gives `av.AudioFrame`: s16, stereo, 48 kHz, 1024 samples (AAC's block), times without gaps.
    """

    def __init__(self) -> None:
        self._laid = 0
        self._rest = bytearray()

    def lay(self, at: int, pcm: bytes) -> Iterator[av.AudioFrame]:
        """Put these samples (s16, stereo, interleaved) at the time `at`, in samples; it may be before 0."""
        ahead = at - self._laid
        if ahead > LOOSE:
            yield from self._silence(ahead)
        elif ahead < -LOOSE:
            pcm = pcm[-ahead * _BYTES :]
        yield from self._append(pcm)

    def keep_up(self, now: int) -> Iterator[av.AudioFrame]:
        """A picture has come with the time `now`, in samples: fill up with silence if no sound came so long."""
        yield from self._silence(now - MOST_BEHIND - self._laid)

    def _silence(self, samples: int) -> Iterator[av.AudioFrame]:
        for begins in range(0, samples, _BLOCK):
            yield from self._append(bytes(min(_BLOCK, samples - begins) * _BYTES))

    def _append(self, pcm: bytes) -> Iterator[av.AudioFrame]:
        self._laid += len(pcm) // _BYTES
        self._rest += pcm
        while len(self._rest) >= _BLOCK * _BYTES:
            begins = self._laid - len(self._rest) // _BYTES
            block = bytes(self._rest[: _BLOCK * _BYTES])
            del self._rest[: _BLOCK * _BYTES]
            yield _frame(block, begins)


def _frame(pcm: bytes, begins: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="stereo", samples=_BLOCK)
    frame.planes[0].update(pcm)
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, begins, _TIME_BASE
    return frame
