"""The H.264 that goes to a stage: its shape, its key frames, its rate; read back with a decoder and bit by bit."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import PictureType
from av.video.reformatter import ColorRange

from components.video.beat import Beat
from components.video.encoder import KEY_GAP, Shown, VideoEncoder
from components.video.h264 import FPS, H264, KEY_EVERY, MOST_KBPS
from components.video.planes import I420, Size, to_rgb, view
from components.video.slate import PAUSED, slate
from tests.fakes import our_threads

SIZE = (320, 240)
WAIT = 60
SPS, PPS, IDR, NOT_IDR = 7, 8, 5, 1


def plain(size: Size, luma: int) -> I420:
    half = (size[1] // 2, size[0] // 2)
    return I420(np.full(size[::-1], luma, np.uint8), np.full(half, 100, np.uint8), np.full(half, 160, np.uint8))


def noisy(size: Size, seed: int) -> I420:
    """Hard to encode: noise that moves."""
    y = np.random.default_rng(seed).integers(60, 180, (size[1] // 2, size[0] // 2), np.uint8)
    return I420(np.kron(y, np.ones((2, 2), np.uint8)), y // 2 + 80, 200 - y // 2)


class Beats(Beat):
    """Beats without waiting for them."""

    def __init__(self, beats: Iterable[int], before: Callable[[int], object] = lambda beat: None) -> None:
        super().__init__(FPS, 0.0)
        self._beats = iter(beats)
        self._before = before

    def wait(self, stopped: threading.Event) -> int | None:
        beat = next(self._beats, None)
        if beat is not None:
            self._before(beat)
        return None if stopped.is_set() else beat


def encoded(
    picture: Callable[[], Shown],
    beats: Iterable[int],
    *,
    kbps: int = 1000,
    before: Callable[[int, VideoEncoder], object] = lambda beat, encoder: None,
) -> tuple[list[av.Packet[Any]], VideoEncoder]:
    packets: list[av.Packet[Any]] = []
    encoder = VideoEncoder(picture, packets.append, SIZE, kbps)
    encoder.start(Beats(beats, lambda beat: before(beat, encoder)))
    assert encoder.join(WAIT)
    return packets, encoder


def nals(packet: av.Packet[Any]) -> list[bytes]:
    return [nal for nal in re.split(b"\0\0\0?\1", bytes(packet)) if nal]


def kinds(packet: av.Packet[Any]) -> list[int]:
    return [nal[0] & 31 for nal in nals(packet)]


def decoded(packets: Sequence[av.Packet[Any]]) -> list[av.VideoFrame]:
    decoder = av.CodecContext.create("h264", "r")
    return [frame for packet in packets for frame in decoder.decode(packet)]  # type: ignore[attr-defined]


def key_beats(packets: Sequence[av.Packet[Any]]) -> list[int]:
    return [packet.pts or 0 for packet in packets if packet.is_keyframe]


def moving() -> Callable[[], Shown]:
    pictures = [noisy(SIZE, seed) for seed in range(7)]
    count = iter(range(10_000))
    return lambda: (pictures[next(count) % 7], object())


def test_constrained_baseline_without_b_frames_in_one_slice() -> None:
    packets, _ = encoded(moving(), range(70))
    sps = nals(packets[0])[0]
    profile, constraints, level = sps[1], sps[2], sps[3]
    assert (profile, constraints >> 6, level) == (66, 0b11, 31)
    for packet in packets:
        slices = [kind for kind in kinds(packet) if kind in (IDR, NOT_IDR)]
        assert slices == [IDR if packet.is_keyframe else NOT_IDR]
        assert (SPS in kinds(packet) and PPS in kinds(packet)) == packet.is_keyframe
    frames = decoded(packets)
    assert len(frames) == len(packets)
    assert {frame.pict_type for frame in frames} == {PictureType.I, PictureType.P}
    assert [packet.pts for packet in packets] == [packet.dts for packet in packets] == list(range(70))


def test_the_stream_says_that_its_colours_are_bt601_limited_range() -> None:
    packets, _ = encoded(lambda: (plain(SIZE, 120), object()), range(2))
    frame = decoded(packets)[0]
    smpte170m = 6  # H.273: matrix, primaries and transfer characteristics alike
    assert (frame.colorspace, frame.color_primaries, frame.color_trc) == (smpte170m,) * 3
    assert frame.color_range == ColorRange.MPEG


def test_what_comes_out_is_what_went_in() -> None:
    pictures = [slate(sentence, SIZE) for sentence in ["One", "two", "three", "four", "five", "six", "seven"]]
    waiting = iter(pictures)
    packets, _ = encoded(lambda: (next(waiting), object()), range(7), kbps=MOST_KBPS)
    for frame, picture in zip(decoded(packets), pictures, strict=True):
        assert np.abs(to_rgb(view(frame)).astype(int) - to_rgb(picture)).mean() < 3


@pytest.mark.parametrize("skip", [1, 3], ids=["30 fps", "10 fps"])
def test_key_frames_are_never_more_than_two_seconds_apart(skip: int) -> None:
    packets, _ = encoded(moving(), range(0, 5 * FPS, skip))
    keys = key_beats(packets)
    assert keys[0] == 0
    assert len(keys) == 3
    assert np.diff(keys).max() <= 2 * FPS


def test_a_request_makes_a_key_frame_and_a_storm_of_them_few() -> None:
    packets, _ = encoded(moving(), range(40), before=lambda beat, it: it.request_keyframe() if beat == 20 else None)
    assert key_beats(packets) == [0, 20]
    packets, _ = encoded(moving(), range(40), before=lambda beat, it: it.request_keyframe() if beat else None)
    assert key_beats(packets) == list(range(0, 40, KEY_GAP))
    assert KEY_GAP / FPS < 0.5


def test_the_rate_follows_the_aim_and_stays_below_the_limit() -> None:
    aims = {0: 10_000, 3 * FPS: 400, 6 * FPS: 1500}

    def steer(beat: int, encoder: VideoEncoder) -> None:
        if beat in aims:
            encoder.aim(aims[beat])

    packets, encoder = encoded(moving(), range(9 * FPS), before=steer)
    kbits = [packet.size * 8 / 1000 for packet in packets]
    for first, aim in ((1, MOST_KBPS), (4, 400), (7, 1500)):
        # The second after a change is the encoder's to settle in.
        rate = sum(kbits[first * FPS : (first + 2) * FPS]) / 2
        assert rate == pytest.approx(aim, rel=0.2)
    assert max(sum(kbits[at : at + 2 * FPS]) / 2 for at in range(7 * FPS)) < 2550
    assert max(kbits) < MOST_KBPS / 4
    assert np.diff(key_beats(packets)).min() == KEY_EVERY, "a new aim costs no key frame"
    assert encoder.figures().aim_kbps == 1500


def test_the_published_size_stays_when_the_cameras_changes() -> None:
    sizes = [SIZE, (240, 320), (1280, 720), (64, 48)]
    frames = decoded(encoded(lambda: (plain(sizes.pop(0), 180), None), range(4))[0])
    assert {(frame.width, frame.height) for frame in frames} == {SIZE}
    centre = [int(view(frame).y[120, 160]) for frame in frames]
    assert centre == pytest.approx([180] * 4, abs=4)
    upright, wide = view(frames[1]).y, view(frames[2]).y
    assert max(upright[120, 10], upright[120, 310], wide[5, 160], wide[235, 160]) < 25
    assert min(upright[5, 160], wide[120, 5], view(frames[3]).y[5, 5]) > 170


def test_an_old_picture_is_encoded_again() -> None:
    slow = (plain(SIZE, 120), object())
    packets, encoder = encoded(lambda: slow, range(60))
    assert len(packets) == 60
    assert (encoder.figures().pictures, encoder.figures().repeated) == (60, 59)


def test_without_a_picture_a_slate_is_shown_and_the_thread_goes_on() -> None:
    answers: list[I420 | None] = [plain(SIZE, 200), None, None, plain(SIZE, 200)]

    def picture() -> Shown:
        if (answer := answers.pop(0)) is None:
            raise RuntimeError("no picture")
        return answer, object()

    frames = decoded(encoded(picture, range(4), kbps=MOST_KBPS)[0])
    dark = slate(PAUSED, SIZE).y.astype(int)
    assert [np.abs(view(frame).y - dark).mean() < 6 for frame in frames] == [False, True, True, False]


def test_a_picture_can_be_held_back() -> None:
    lumas = iter(range(60, 240, 30))
    frames = decoded(
        encoded(
            lambda: (plain(SIZE, next(lumas)), object()),
            range(6),
            before=lambda beat, encoder: setattr(encoder, "lag", {0: 0, 2: 2, 5: 0}.get(beat, encoder.lag)),
        )[0]
    )
    assert [round(int(view(frame).y.mean()) / 30) for frame in frames] == [2, 3, 3, 3, 4, 7]


def test_who_hides_is_hidden_with_the_next_picture_however_long_pictures_are_held_back() -> None:
    shown = iter([*((plain(SIZE, 60 + 30 * n), object()) for n in range(4)), *[(plain(SIZE, 230), None)] * 2])
    frames = decoded(encoded(lambda: next(shown), range(6), before=lambda _, encoder: setattr(encoder, "lag", 3))[0])
    assert [round(int(view(frame).y.mean()) / 10) for frame in frames] == [6, 6, 6, 6, 23, 23]


def test_the_threads_end_comes_soon_and_stopping_twice_is_harmless() -> None:
    packets: list[av.Packet[Any]] = []
    fresh = threading.Event()
    encoder = VideoEncoder(moving(), lambda packet: (packets.append(packet), fresh.set())[0], SIZE, 1000)
    before = our_threads()
    encoder.stop()
    assert encoder.join(0)
    encoder = VideoEncoder(moving(), lambda packet: fresh.set(), SIZE, 1000)
    encoder.start(Beat(FPS, 0.0))
    assert fresh.wait(WAIT)
    encoder.stop()
    encoder.stop()
    assert encoder.join(WAIT)
    assert our_threads() <= before


def test_a_pace_leaves_out_what_it_cannot_make_up() -> None:
    now = [0.0]
    going = threading.Event()
    pace = Beat(10, 0.0, patience=2, clock=lambda: now[0])
    assert pace.wait(going) == 0
    for now[0], beat in ((0.31, 1), (0.32, 2), (0.33, 3), (1.0, 10)):
        assert pace.wait(going) == beat
    going.set()
    assert pace.wait(going) is None


def test_one_frame_serves_all_pictures() -> None:
    """x264 has copied a picture by the time that `encode` returns: writing over the frame changes nothing."""
    one, other = H264(SIZE, 1000), H264(SIZE, 1000)
    first = [bytes(one.encode(noisy(SIZE, seed), seed, False)) for seed in range(5)]
    other_packets = []
    for seed in range(5):
        other_packets.append(other.encode(noisy(SIZE, seed), seed, False))
        other._frame.planes[0].update(bytes(other._frame.planes[0].buffer_size))
    assert first == [bytes(packet) for packet in other_packets]
