"""The sound's thread: 20 ms of the microphone, or of silence, fifty times a second, as Opus."""

from __future__ import annotations

import logging
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from components.video.beat import Beat, OnBeat
from components.video.delay_line import CHUNK, RATE, Samples

logger = logging.getLogger(__name__)

TIME_BASE = Fraction(1, RATE)

PATIENCE = 10
"""Chunks, a fifth of a second, that are made up after a hold-up; after a longer one there is a gap."""

BITS_PER_SECOND = 96_000
"""Within IVS's 160 kbit/s (aws.md B.3); transparent for speech, good for music."""


class Opus:
    """One encoder: 48 kHz, stereo, 20 ms. One thread; 0.3 ms a chunk."""

    def __init__(self) -> None:
        self._codec: AudioCodecContext = av.CodecContext.create("libopus", "w")
        self._codec.format, self._codec.layout, self._codec.sample_rate = "s16", "stereo", RATE
        self._codec.bit_rate = BITS_PER_SECOND
        self._codec.time_base = TIME_BASE
        self._codec.options = {"application": "audio", "frame_duration": "20"}

    def encode(self, frame: av.AudioFrame) -> av.Packet[Any]:
        """A frame of `CHUNK` samples as one packet with the frame's time stamp."""
        (packet,) = self._codec.encode(frame)
        # libopus counts its look-ahead backwards from the first sample; RTP and RTMP count from there.
        packet.pts = packet.dts = frame.pts
        packet.time_base = TIME_BASE
        return packet


class SoundEncoder(OnBeat):
    """Takes a chunk from `sound` on every beat; gives the frame to `out_raw` and the packet to `out`, all in its own
    thread."""

    def __init__(
        self,
        sound: Callable[[float], Samples],
        out: Callable[[av.Packet[Any]], None],
        out_raw: Callable[[av.AudioFrame], None],
    ) -> None:
        super().__init__("stage-sound")
        self.muted = False
        """Whether silence is given in place of `sound`. Any thread."""
        self._sound = sound
        self._out = out
        self._out_raw = out_raw
        self._volume = 1.0
        self._broken = False

    def _run(self, pace: Beat) -> None:
        opus: Opus | None = None
        while (beat := pace.wait(self._stopped)) is not None:
            try:
                opus = opus or Opus()
                frame = _frame(self._chunk(pace.due(beat)), CHUNK * beat)
                self._out_raw(frame)
                self._out(opus.encode(frame))
            except Exception:  # noqa: BLE001 - whatever it is, the next beat finds a new encoder
                opus = None
                self._tell_once("The sound could not be encoded; trying again")

    def _chunk(self, now: float) -> Samples:
        """The next chunk, faded where it is muted or no longer, so that it does not click."""
        try:
            samples = self._sound(now)
        except Exception:  # noqa: BLE001 - told below; a publication without sound is better than none
            self._tell_once("There is no sound to publish; sending silence")
            samples = np.zeros((CHUNK, 2), np.int16)
        before, self._volume = self._volume, 0.0 if self.muted else 1.0
        if before == self._volume == 1.0:
            return samples
        return (samples * np.linspace(before, self._volume, CHUNK)[:, None]).astype(np.int16)

    def _tell_once(self, what: str) -> None:
        if not self._broken:
            logger.exception(what)
        self._broken = True


def _frame(samples: Samples, pts: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, pts, TIME_BASE
    return frame
