"""Sound on a network that loses packets, next to what aiortc's own buffer does with it."""

from collections.abc import Iterable

import pytest
from aiortc import rtcrtpreceiver
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from components.ui._compat import SoundBuffer, mend_buffers
from components.ui._compat_camera import ColourfulPictureBuffer

CHUNK = 960


def held(buffer: JitterBuffer, numbers: Iterable[int]) -> dict[int, int]:
    """For each packet that comes out: how many packets later than itself the one was that released it."""
    out = {}
    for number in numbers:
        packet = RtpPacket(payload_type=96, sequence_number=number & 0xFFFF, timestamp=CHUNK * number)
        packet._data = bytes([number % 256])
        _, frame = buffer.add(packet)
        if frame is not None:
            came = frame.timestamp // CHUNK
            assert frame.data == bytes([came % 256])
            out[came] = number - came
    return out


def test_without_loss_it_does_what_aiortcs_does() -> None:
    numbers = range(65_500, 65_600)  # over the end of the sequence numbers
    assert held(SoundBuffer(16, 4), numbers) == held(JitterBuffer(16, 4), numbers)


def test_a_lost_packet_costs_its_own_sound_and_no_delay() -> None:
    numbers = [number for number in range(100) if number not in (30, 50, 51)]
    ours = held(SoundBuffer(16, 4), numbers)
    assert sorted(ours) == [number for number in numbers if number < 96]
    assert max(ours.values()) <= 6
    assert all(ours[number] == 4 for number in range(60, 96))
    assert held(JitterBuffer(16, 4), numbers)[80] > 10, "aiortc has mended it; SoundBuffer can go"


def test_packets_out_of_order_are_put_right() -> None:
    numbers = list(range(40))
    numbers[20], numbers[22] = 22, 20
    ours = held(SoundBuffer(16, 4), numbers)
    assert list(ours) == list(range(36))


def test_after_a_long_silence_it_goes_on() -> None:
    ours = held(SoundBuffer(16, 4), [*range(20), *range(500, 540)])
    assert set(range(504, 536)) <= set(ours)
    assert all(ours[number] == 4 for number in range(504, 536))


def test_receivers_of_sound_get_it_and_those_of_pictures_get_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtcrtpreceiver, "JitterBuffer", JitterBuffer)
    for _ in range(2):
        mend_buffers()
    assert type(rtcrtpreceiver.JitterBuffer(capacity=16, prefetch=4)) is SoundBuffer
    assert type(rtcrtpreceiver.JitterBuffer(capacity=512, is_video=True)) is ColourfulPictureBuffer
