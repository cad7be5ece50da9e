"""What goes to the RTMP writer: addresses, messages, the queue in between, and sound without gaps."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import TokenRejected
from components.stage.rtmps import RtmpDestination
from components.stage.rtmps_address import parse
from components.stage.rtmps_outbox import MOST_WAITING, Outbox
from components.stage.rtmps_protocol import Failure, Kind, Message, Report, Target, read_message
from components.stage.rtmps_sound import LOOSE, MOST_BEHIND, SoundLine

messages = st.builds(Message, st.sampled_from(Kind), st.integers(-(2**63), 2**63 - 1), st.binary(max_size=100))


@settings(deadline=None)
@given(st.lists(messages, max_size=5), st.data())
def test_messages_come_out_as_they_went_in_and_a_cut_one_is_the_end(sent: list[Message], data: st.DataObject) -> None:
    packed = b"".join(message.pack() for message in sent)
    cut = data.draw(st.integers(0, len(packed)))
    pipe = io.BytesIO(packed[:cut])
    came = []
    while (message := read_message(pipe)) is not None:
        came.append(message)
    assert came == sent[: len(came)]
    assert len(came) == len(sent) if cut == len(packed) else len(came) < len(sent)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_what_is_no_message_is_refused(noise: bytes) -> None:
    pipe = io.BytesIO(noise)
    try:
        while read_message(pipe) is not None:
            pass
    except ValueError:
        pass
    else:
        assert pipe.tell() == len(noise)


@settings(deadline=None)
@given(st.builds(Report, st.integers(0, 2**60), st.none() | st.sampled_from(Failure)))
def test_reports_come_out_as_they_went_in(report: Report) -> None:
    assert report.pack().count(b"\n") == 1
    assert Report.unpack(report.pack()) == report


@settings(deadline=None)
@given(st.binary(max_size=60) | st.sampled_from([b"[]", b"null", b'{"sent": []}', b'{"sent": 1, "failure": "x"}']))
def test_any_other_line_is_a_broken_writer(line: bytes) -> None:
    assert Report.unpack(line) == Report(failure=Failure.BROKEN)


@pytest.mark.parametrize(
    ("server", "address", "app"),
    [
        ("rtmps://x.example:443/app/", "rtmps://x.example:443", "app"),
        ("rtmps://x.example/app", "rtmps://x.example:443", "app"),
        (" RTMP://X.Example/live/two \n", "rtmp://x.example:1935", "live/two"),
        ("rtmp://127.0.0.1:19350/app?a=b", "rtmp://127.0.0.1:19350", "app?a=b"),
        ("rtmp://[::1]:19350/app", "rtmp://[::1]:19350", "app"),
        ("rtmps://bücher.example/app", "rtmps://xn--bcher-kva.example:443", "app"),
    ],
)
def test_an_address_is_taken_apart(server: str, address: str, app: str) -> None:
    target = parse(server, " a key\n".replace(" key", "-key"))
    assert (target.address, target.app, target.key) == (address, app, "a-key")
    assert Target.from_message(target.to_message()) == target


@pytest.mark.parametrize(
    ("server", "key", "words"),
    [
        ("", "k", "Please enter the server's address"),
        ("rtmps://host/app", "  ", "Please enter a stream key"),
        ("rtmps://host/app", "two words", "characters that no key has"),
        ("rtmps://host/app", "a\0b", "characters that no key has"),
        ("rtmps://host/app", "k" * 513, "characters that no key has"),
        ("https://host/app", "k", "must begin with rtmps:// or rtmp://"),
        ("host/app", "k", "must begin with rtmps:// or rtmp://"),
        ("rtmps:///app", "k", "names no proper host"),
        ("rtmps://-x/app", "k", "names no proper host"),
        ("rtmps://a b/app", "k", "names no proper host"),
        ("rtmps://host:/app", "k", "names no proper host"),
        ("rtmps://[::1/app", "k", "no proper address"),
        ("rtmps://host:99999/app", "k", "no proper address"),
        ("rtmps://host:0/app", "k", "no proper address"),
        ("rtmps://host/app#x", "k", "no proper address"),
        ("rtmps://me:secret@host/app", "k", "Leave name and password out"),
        ("rtmps://host", "k", "must end with the application's name"),
        ("rtmps://host/?a=b", "k", "must end with the application's name"),
        ("rtmps://" + 2000 * ":" + "x/app", "k", "longer than any address"),
        ("rtmps://host/an app", "k", "must end with the application's name"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence(server: str, key: str, words: str) -> None:
    with pytest.raises(TokenRejected, match=words) as raised:
        parse(server, key)
    assert "secret" not in str(raised.value)


parts = st.text(max_size=12) | st.sampled_from(["host", "[::1]", ":443", "@", "a b", "\0", "../..", "?x=y", "#"])


@settings(deadline=None)
@given(st.sampled_from(["rtmp://", "rtmps://", "", "http://"]), st.lists(parts, max_size=4), st.text(max_size=40))
def test_nothing_pasted_breaks_out_or_is_repeated(scheme: str, pieces: list[str], key: str) -> None:
    key = f"key:{key}"
    server = scheme + "/".join(pieces)
    try:
        destination = RtmpDestination(server, key)
        target = parse(server, key)
    except TokenRejected as error:
        said = f"{error!r}{error.__cause__}"
    else:
        said = f"{destination!r}{target!r}{target.address}"
        assert target.key == key.strip()
        assert "/" not in target.address.removeprefix(f"{target.scheme}://")
        assert target.app
        assert Target.from_message(target.to_message()) == target
    assert key.strip() not in said


def _picture(beat: int, key: bool = False) -> av.Packet[Any]:
    packet: av.Packet[Any] = av.Packet(b"picture")
    packet.pts, packet.time_base, packet.is_keyframe = beat, Fraction(1, 30), key
    return packet


def _sound(number: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.full((1, 1920), number, np.int16), format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, number * 960, Fraction(1, 48_000)
    return frame


def test_the_queue_begins_with_a_key_frame_and_goes_on_with_one() -> None:
    asked: list[None] = []
    outbox = Outbox(lambda: asked.append(None))
    outbox.video(_picture(0))
    outbox.audio(_sound(0))
    outbox.video(_picture(1, key=True))
    outbox.audio(_sound(7))
    assert outbox.take() == Message(Kind.KEY_PICTURE, 33_333, b"picture")
    assert outbox.take() == Message(Kind.SOUND, 140_000, b"\7\0" * 1920)
    for beat in range(MOST_WAITING):
        outbox.video(_picture(beat))
    assert asked == []
    outbox.video(_picture(200))
    assert len(asked) == 1
    outbox.video(_picture(201))
    outbox.video(_picture(202, key=True))
    outbox.video(_picture(203))
    assert [outbox.take(), outbox.take()] == [
        Message(Kind.KEY_PICTURE, 6_733_333, b"picture"),
        Message(Kind.PICTURE, 6_766_667, b"picture"),
    ]
    outbox.video(_picture(204))
    outbox.close()
    outbox.video(_picture(205))
    assert outbox.take() is None


pieces = st.lists(
    st.tuples(st.booleans(), st.integers(-5000, 5000), st.integers(0, 2000)),
    max_size=12,
)


@settings(deadline=None)
@given(pieces)
def test_sound_is_laid_without_gaps_and_near_its_time(events: list[tuple[bool, int, int]]) -> None:
    line = SoundLine()
    laid: list[av.AudioFrame] = []
    clock = 0
    for is_sound, offset, samples in events:
        clock += 960
        if is_sound:
            laid += line.lay(clock + offset, b"\1\0\1\0" * samples)
        else:
            laid += line.keep_up(clock)
            assert 1024 * len(laid) > clock - MOST_BEHIND - 1024
    assert [frame.pts for frame in laid] == [1024 * index for index in range(len(laid))]
    assert {frame.samples for frame in laid} <= {1024}


def test_a_gap_is_silence_and_what_comes_twice_is_left_out() -> None:
    line = SoundLine()
    ones = b"\1\0" * 2 * 4096
    laid = [*line.lay(-4096, ones), *line.lay(0, ones), *line.lay(2048, ones), *line.lay(6144 + 2048, ones)]
    heard = np.concatenate([frame.to_ndarray()[0, ::2] for frame in laid])
    assert heard.tolist() == [1] * 6144 + [0] * 2048 + [1] * 4096


def test_a_little_late_is_not_late() -> None:
    line = SoundLine()
    laid = []
    for number in range(40):
        laid += line.lay(number * 960 + (LOOSE if number % 2 else 0), b"\1\0\1\0" * 960)
    assert all((frame.to_ndarray() == 1).all() for frame in laid)
    assert len(laid) == 40 * 960 // 1024
