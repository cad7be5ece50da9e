"""Sound is held back by the wanted time, whatever the microphone's clock and the network do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from fractions import Fraction
from statistics import median

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from components.video.delay_line import CHUNK, LEAST, LEAST_AT_MOST, MOST_HELD, RATE, DelayLine, Samples
from components.video.lip_sync import LATE, MOST_LAG, plan
from components.video.microphone import Microphone

PULSE_EVERY = 12_000


def pulses(first: int, count: int) -> Samples:
    """Samples of a silence with a short pulse four times a second."""
    at = np.arange(first, first + count)
    return np.repeat((20_000 * (at % PULSE_EVERY < 48)).astype(np.int16)[:, None], 2, axis=1)


class Run:
    """Chunks put in at the given times and taken out every 20 ms; keeps what came out."""

    def __init__(self, line: DelayLine, arrivals: Iterable[float], seconds: float) -> None:
        self.line = line
        self.heard: list[float] = []
        self.pushed: list[float] = []
        self.most = 0
        coming, count, last_loud = iter(arrivals), 0, -1.0
        due = next(coming, None)
        for beat in range(round(seconds * RATE / CHUNK)):
            now = beat * CHUNK / RATE + 0.007
            while due is not None and due <= now:
                chunk = pulses(count * CHUNK, CHUNK)
                onset = np.flatnonzero(chunk[:, 0])
                if len(onset) and (not self.pushed or due - self.pushed[-1] > 0.1):
                    self.pushed.append(due + onset[0] / RATE)
                line.put(chunk, due)
                count += 1
                due = next(coming, None)
            out = line.take(now)
            assert out.shape == (CHUNK, 2)
            assert out.dtype == np.int16
            loud = np.flatnonzero(out[:, 0] > 8000)
            if len(loud):
                if now - last_loud > 0.1:
                    self.heard.append(now + loud[0] / RATE)
                last_loud = now
            self.most = max(self.most, len(line._held))

    def delays(self, last: int) -> list[float]:
        """Of the last pulses: from arrival to place."""
        return [min((at - put for put in self.pushed if at >= put), default=9.0) for at in self.heard[-last:]]


def steady(seconds: float, *, drift: float = 0.0, jitter: float = 0.0) -> Iterator[float]:
    """Arrival times of chunks from a clock that runs wrong by `drift`, each late by up to `jitter` seconds."""
    rng = np.random.default_rng(1)
    at = 0.0
    for index in range(round(seconds * RATE / CHUNK)):
        at = max(at, index * CHUNK / RATE * (1 + drift) + rng.uniform(0, jitter))
        yield at


@pytest.mark.parametrize("wanted", [0.03, 0.0455, 0.2])
def test_the_delay_is_the_one_that_is_wanted(wanted: float) -> None:
    line = DelayLine()
    line.wanted = wanted
    run = Run(line, steady(4), 4)
    assert run.delays(10) == pytest.approx([wanted] * 10, abs=0.002)
    assert line.gaps == 0


@pytest.mark.parametrize("drift", [-0.001, 0.001], ids=["fast", "slow"])
def test_a_clock_that_runs_wrong_neither_builds_a_backlog_nor_makes_gaps(drift: float) -> None:
    line = DelayLine()
    line.wanted = 0.06
    run = Run(line, steady(61, drift=drift), 60)
    assert run.delays(10) == pytest.approx([0.06] * 10, abs=0.006)
    assert line.gaps == 0
    assert run.most < 0.15 * RATE


def test_a_new_delay_is_reached_smoothly_if_near_and_at_once_if_far() -> None:
    line = DelayLine()
    line.wanted = 0.08
    Run(line, steady(2), 2)
    line.wanted = 0.05
    near = Run(line, steady(6), 6)
    assert median(near.delays(4)) == pytest.approx(0.05, abs=0.004)
    assert line.gaps == 0


def test_late_arrivals_ask_for_a_longer_delay_before_they_make_gaps() -> None:
    line = DelayLine()
    line.wanted = 0.1
    assert line.least == LEAST
    Run(line, steady(10, jitter=0.06), 10)
    assert line.gaps == 0
    assert 0.04 < line.least <= 0.1


def test_after_a_stall_the_backlog_is_dropped() -> None:
    line = DelayLine()
    line.wanted = 0.06
    stalled = [at if at < 1 or at > 1.4 else 1.4 for at in steady(5)]
    run = Run(line, stalled, 5)
    assert line.gaps == 1
    assert run.delays(6) == pytest.approx([0.06] * 6, abs=0.004)
    assert LEAST < line.least <= LEAST_AT_MOST


def test_without_a_microphone_there_is_silence_and_without_a_taker_no_backlog() -> None:
    line = DelayLine()
    assert not line.take(0.0).any()
    for second in range(100):
        line.put(pulses(0, RATE), float(second))
    assert len(line._held) <= MOST_HELD


class Mic(MediaStreamTrack):
    """Gives what it is told to."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.frames: asyncio.Queue[av.AudioFrame | None] = asyncio.Queue()

    async def recv(self) -> av.AudioFrame:
        if (frame := await self.frames.get()) is None:
            raise MediaStreamError
        return frame


@pytest.mark.parametrize(
    ("layout", "rate", "form"),
    [("stereo", 48_000, "s16"), ("mono", 48_000, "s16"), ("mono", 16_000, "s16"), ("stereo", 44_100, "fltp")],
)
async def test_any_format_becomes_48_khz_stereo(layout: str, rate: int, form: str) -> None:
    microphone, mic = Microphone(), Mic()
    assert not microphone.hasTrack()
    with pytest.raises(RuntimeError):
        microphone.start()
    microphone.addTrack(mic)
    assert microphone.hasTrack()
    microphone.start()
    one = 0.5 if form == "fltp" else 16_384
    for index in range(10):
        sides = 2 if layout == "stereo" else 1
        samples = np.full((sides, rate // 50) if form == "fltp" else (1, sides * rate // 50), one)
        frame = av.AudioFrame.from_ndarray(samples.astype(np.float32 if form == "fltp" else np.int16), form, layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, index * rate // 50, Fraction(1, rate)
        mic.frames.put_nowait(frame)
    mic.frames.put_nowait(None)
    async with asyncio.timeout(10):
        assert microphone._task is not None
        await microphone._task
    held = microphone.line._held
    assert 8 * CHUNK < len(held) <= 10 * CHUNK
    # FFmpeg spreads mono over two sides, each 3 dB down.
    loud = 16_384 if layout == "stereo" else 11_585
    assert np.abs(held[CHUNK:-CHUNK].astype(int) - loud).max() < 400
    microphone.stop()


async def test_a_microphone_that_is_stopped_reads_no_more() -> None:
    microphone, mic = Microphone(), Mic()
    microphone.addTrack(mic)
    microphone.start()
    await asyncio.to_thread(microphone.stop)
    assert microphone._task is not None
    with pytest.raises(asyncio.CancelledError):
        await microphone._task


def test_sound_that_takes_longer_makes_the_picture_wait_and_no_longer_than_needed() -> None:
    slow_sound = plan(0, camera_fps=30, worked=0.01, waited=0.017, encoded=0.008, least=LEAST)
    assert slow_sound.lag == 2
    assert slow_sound.delay >= LEAST
    slow_picture = plan(2, camera_fps=15, worked=0.12, waited=0.017, encoded=0.008, least=LEAST)
    assert slow_picture.lag == 0
    assert slow_picture.delay == pytest.approx(1 / 15 + 0.004 + 0.145 - 0.113)


@pytest.mark.parametrize("lag", range(MOST_LAG))
def test_a_plan_is_kept_where_it_still_does(lag: int) -> None:
    for worked in np.linspace(0, 0.2, 50):
        first = plan(lag, camera_fps=30, worked=worked, waited=0.017, encoded=0.008, least=LEAST)
        # A few milliseconds to either side do not make the picture jump back and forth.
        for other in (worked - 0.004, worked + 0.004):
            again = plan(first.lag, camera_fps=30, worked=other, waited=0.017, encoded=0.008, least=LEAST)
            back = plan(again.lag, camera_fps=30, worked=worked, waited=0.017, encoded=0.008, least=LEAST)
            assert back.lag == again.lag
        assert first.delay >= LEAST
        sound, picture = 0.113 + first.delay, 1 / 30 + 0.004 + worked + 0.025 + first.lag / 30
        assert -1e-9 <= sound - picture <= LATE + 1e-9
