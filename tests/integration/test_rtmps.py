"""The RTMP leg against nginx: what arrives, what is said when it does not, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trustme

from components.errors import JoinRefused, StageBusy, StageError, StageLost, StageUnreachable
from components.stage import bitrate, rtmps, rtmps_outbox, rtmps_process
from components.stage.rtmps import RtmpDestination
from components.stage.rtmps_confinement import MEMORY_BYTES, PASSED_ON
from components.stage.rtmps_outbox import Outbox
from tests.fakes import GREEN
from tests.painted_media import SIZE, PaintedMedia
from tests.patience import until
from tests.rtmp_recording import Recording
from tests.rtmp_server import PATIENCE_S, RtmpServer, free_port, hanging_up_server, silent_server, tls_in_front_of

KEY = "live_o'dd:k\\e=y%7E"
"""A key with everything that FFmpeg's option lists give a meaning to."""

JITTER = 0.002
"""FLV counts whole milliseconds."""


@pytest.fixture
async def media() -> AsyncIterator[PaintedMedia]:
    media = PaintedMedia(GREEN)
    media.start()
    yield media
    media.stop()
    assert await asyncio.to_thread(media.join)
    assert media.tapped == 0


@pytest.fixture(autouse=True)
async def _nothing_is_left(
    _nginx: RtmpServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> AsyncIterator[None]:
    caplog.set_level(logging.DEBUG)
    before = children()
    yield
    assert len(children()) <= len(before)  # A test may have started nginx anew.
    assert writers() == []
    # The writers' stderr is this process's own: it is in what pytest has captured.
    assert KEY not in caplog.text + "".join(capfd.readouterr())


def writers() -> list[int]:
    """The RTMP writers that run as children of this process."""
    return [pid for pid in children() if b"rtmps_writer" in _told(pid, "cmdline")]


def children() -> set[int]:
    """All children of this process, also dead ones that nobody has buried."""
    lists = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for pids in lists for pid in pids.read_text().split()}


def _told(pid: int, what: str) -> bytes:
    return Path(f"/proc/{pid}/{what}").read_bytes()


async def get(events: Any) -> Any:
    return await asyncio.to_thread(events.get, timeout=PATIENCE_S)


def never(error: StageError) -> None:
    pytest.fail(f"lost: {error}")


async def test_a_server_receives_the_pictures_as_they_were_encoded_and_the_sound(
    nginx: RtmpServer, media: PaintedMedia, caplog: pytest.LogCaptureFixture
) -> None:
    leg = await RtmpDestination(nginx.url, KEY, private=True).open(media, never)
    (writer,) = writers()
    assert KEY.encode() not in _told(writer, "cmdline") + _told(writer, "environ")
    assert nginx.published.get_nowait() == KEY
    await asyncio.sleep(2.5)  # What a stream is can only be seen over time.
    figures = await leg.figures()
    await leg.close()
    await leg.close()
    recording = await asyncio.to_thread(Recording, await get(nginx.recorded))
    assert "ended with status 0" in caplog.text  # It said goodbye, and nobody had to end it.

    assert figures.kbps is not None
    assert 30 < figures.kbps < 3000
    assert recording.facts("video", "codec_name", "profile") == ("h264", "Constrained Baseline")
    assert recording.facts("video", "width", "height", "has_b_frames") == (*SIZE, 0)
    assert recording.facts("video", "color_space", "color_primaries", "color_transfer") == ("smpte170m",) * 3
    assert recording.facts("video", "color_range") == ("tv",)
    assert recording.facts("audio", "codec_name", "profile", "sample_rate", "channels") == ("aac", "LC", "48000", 2)
    pictures, sounds = recording.times("video"), recording.times("audio")
    assert len(pictures) > 60
    assert abs(np.median(np.diff(pictures)) - 1 / 30) < JITTER
    assert recording.times("video", "K")[0] == pictures[0]
    assert np.abs(np.diff(sounds) - 1024 / 48_000).max() < JITTER
    assert abs(pictures[-1] - sounds[-1]) < 0.35
    assert is_part_of(recording.slices(), pictures, media)
    sound = recording.sound()
    assert int(np.abs(np.fft.rfft(sound[24_000:72_000])).argmax()) == 400
    assert 0.3 < np.abs(sound).max() < 0.7


def is_part_of(slices: list[bytes], times: list[float], media: PaintedMedia) -> bool:
    """Whether these are pictures of the encoder's in a row, bit for bit, and at their times."""
    given = [bytes(packet).rsplit(b"\0\0\1", 1)[1] for packet in media.encoded]
    stamps = np.array([float(packet.pts * packet.time_base) for packet in media.encoded])
    return any(
        given[first : first + len(slices)] == slices
        and np.ptp(stamps[first : first + len(slices)] - np.array(times)) < JITTER
        for first in range(len(given) - len(slices) + 1)
    )


async def test_without_sound_there_is_a_silent_track(
    nginx: RtmpServer, media: PaintedMedia, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Outbox, "audio", lambda outbox, frame: None)
    leg = await RtmpDestination(nginx.url, KEY, private=True).open(media, never)
    await leg.close()
    recording = await asyncio.to_thread(Recording, await get(nginx.recorded))
    pictures, sounds = recording.times("video"), recording.times("audio")
    assert "ended with status 0" in caplog.text
    assert pictures[-1] > 0.9
    assert abs(pictures[-1] - sounds[-1]) < 0.5
    assert np.abs(np.diff(sounds) - 1024 / 48_000).max() < JITTER


async def refused_with(destination: RtmpDestination, media: PaintedMedia, others: int = 0) -> StageError:
    with pytest.raises(StageError) as raised:
        await destination.open(media, never)
    assert KEY not in f"{raised.value!r} {raised.value} {destination!r} {destination.__dict__}"
    assert raised.value.__cause__ is None
    assert len(writers()) == others
    return raised.value


async def test_each_refusal_has_its_sentence(nginx: RtmpServer, media: PaintedMedia) -> None:
    leg = await RtmpDestination(nginx.url, KEY, private=True).open(media, never)
    in_use = await refused_with(RtmpDestination(nginx.url, KEY, private=True), media, others=1)
    await leg.close()
    assert isinstance(in_use, JoinRefused)
    nginx.refused.add(KEY)
    error = await refused_with(RtmpDestination(nginx.url, KEY, private=True), media)
    assert isinstance(error, JoinRefused)
    assert str(error) == str(in_use)
    assert str(error).startswith("127.0.0.1 did not take the stream; check the stream key")
    port = free_port()
    error = await refused_with(RtmpDestination(f"rtmp://127.0.0.1:{port}/app", KEY, private=True), media)
    assert isinstance(error, StageUnreachable)
    assert str(error) == f"127.0.0.1 takes no connection on port {port}; check the address."
    error = await refused_with(RtmpDestination("rtmps://no-such-host.invalid/app", KEY), media)
    assert isinstance(error, StageUnreachable)
    assert str(error) == "There is no server called no-such-host.invalid; check the address."


async def test_a_silent_server_freezes_nothing(media: PaintedMedia, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtmps, "OPEN_S", 3.0)
    pauses = []

    async def tick() -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.01)
            pauses.append(loop.time() - before)

    with silent_server() as port:
        ticking = asyncio.create_task(tick())
        error = await refused_with(RtmpDestination(f"rtmp://127.0.0.1:{port}/app", KEY, private=True), media)
        ticking.cancel()
    assert isinstance(error, StageUnreachable)
    assert "answers nothing" in str(error)
    assert sum(pauses) > 2.5
    assert max(pauses) < 1.5  # A frozen server would be so for all three seconds.


@pytest.mark.parametrize("at", ["connect", "createStream", "publish"])
async def test_a_server_that_ends_the_connection_in_good_order_means_the_stream_key(
    media: PaintedMedia, at: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with hanging_up_server(at) as port:
        error = await refused_with(RtmpDestination(f"rtmp://127.0.0.1:{port}/app", KEY, private=True), media)
    assert isinstance(error, JoinRefused)
    assert "check the stream key" in str(error)
    assert "Traceback" not in "".join(capfd.readouterr())


async def test_a_cancelled_opening_leaves_nothing(media: PaintedMedia) -> None:
    with silent_server() as port:
        opening = asyncio.create_task(
            RtmpDestination(f"rtmp://127.0.0.1:{port}/app", KEY, private=True).open(media, never)
        )
        await until(lambda: media.tapped)
        assert len(writers()) == 1
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    assert writers() == []


async def test_a_killed_server_is_a_loss_told_once_and_can_be_come_back_to(
    nginx: RtmpServer, media: PaintedMedia
) -> None:
    destination = RtmpDestination(nginx.url, KEY, private=True)
    losses: asyncio.Queue[StageError] = asyncio.Queue()
    leg = await destination.open(media, losses.put_nowait)
    nginx.kill()
    lost = await asyncio.wait_for(losses.get(), PATIENCE_S)
    assert isinstance(lost, StageLost)
    assert str(lost) == "The connection to 127.0.0.1 is lost."
    assert isinstance(await refused_with(destination, media), StageUnreachable)
    nginx.start()
    nginx.refused.add(KEY)
    assert isinstance(await refused_with(destination, media), StageBusy)  # It has been right before.
    nginx.refused.clear()
    again = await destination.open(media, never)
    await again.close()
    await leg.close()
    assert losses.empty()


async def test_a_stuck_writer_loses_pictures_then_the_stream(
    nginx: RtmpServer, media: PaintedMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rtmps, "STALLED_S", 2.0)
    monkeypatch.setattr(rtmps_outbox, "MOST_WAITING", 20)
    losses: asyncio.Queue[StageError] = asyncio.Queue()
    leg = await RtmpDestination(nginx.url, KEY, private=True).open(media, losses.put_nowait)
    (writer,) = writers()
    asked = media.keyframe_requests
    os.kill(writer, signal.SIGSTOP)
    assert isinstance(await asyncio.wait_for(losses.get(), PATIENCE_S), StageLost)
    assert media.keyframe_requests > asked
    await leg.close()
    assert losses.empty()


async def test_an_upload_that_is_too_slow_gets_a_smaller_picture_and_then_a_larger_again(
    nginx: RtmpServer, media: PaintedMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rtmps_outbox, "MOST_WAITING", 20)
    monkeypatch.setattr(bitrate, "CLIMB_S", 0.1)
    leg = await RtmpDestination(nginx.url, KEY, video_kbps=1000, private=True).open(media, never)
    (writer,) = writers()
    asked = media.keyframe_requests
    os.kill(writer, signal.SIGSTOP)
    await until(lambda: media.keyframe_requests > asked)
    os.kill(writer, signal.SIGCONT)
    await until(lambda: media.aims[-1] == 1000 and len(media.aims) > 1)
    await leg.close()
    assert media.aims[:3] == [1000, 700, 735]


async def test_leaving_does_not_wait_for_a_stuck_writer(
    nginx: RtmpServer, media: PaintedMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 2 * rtmps_process.FINISH_S < 5
    monkeypatch.setattr(rtmps_process, "FINISH_S", 0.5)
    leg = await RtmpDestination(nginx.url, KEY, private=True).open(media, never)
    (writer,) = writers()
    os.kill(writer, signal.SIGSTOP)
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(leg.close(), leg.close())


_PARENT = """
import asyncio, sys
from components.stage.rtmps import RtmpDestination
from tests.fake_media import ToneMedia

async def stream():
    media = ToneMedia()
    media.start()
    await RtmpDestination(sys.argv[1], "orphan", private=True).open(media, print)
    print("live", flush=True)
    await asyncio.Event().wait()

asyncio.run(stream())
"""


async def test_the_writer_ends_with_its_parent(nginx: RtmpServer) -> None:
    command = (sys.executable, "-c", _PARENT, nginx.url)
    parent = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    assert await asyncio.wait_for(parent.stdout.readline(), PATIENCE_S) == b"live\n"
    parent.kill()
    await parent.wait()
    # The server sees the end at once. The recording of an earlier test may come first.
    async with asyncio.timeout(PATIENCE_S):
        while "orphan" not in (await get(nginx.recorded)).name:
            pass


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "our: authority's.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "our: authority's.pem"))
    return authority


@pytest.fixture
def certified() -> Callable[[trustme.CA, str], ssl.SSLContext]:
    def issue(authority: trustme.CA, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(context)
        return context

    return issue


async def test_rtmps_reaches_a_server_that_proves_its_name(
    nginx: RtmpServer,
    media: PaintedMedia,
    authority: trustme.CA,
    certified: Callable[[trustme.CA, str], ssl.SSLContext],
) -> None:
    async with tls_in_front_of(nginx.port, certified(authority, "localhost")) as (port, said):
        leg = await RtmpDestination(f"rtmps://localhost:{port}/app", KEY, private=True).open(media, never)
        await leg.close()
        assert KEY in (await get(nginx.published))
    assert KEY.encode() in b"".join(said)


async def test_rtmps_tells_no_key_to_who_proves_nothing(
    nginx: RtmpServer,
    media: PaintedMedia,
    authority: trustme.CA,
    certified: Callable[[trustme.CA, str], ssl.SSLContext],
) -> None:
    for vouching, name in ((trustme.CA(), "localhost"), (authority, "other.example")):
        async with tls_in_front_of(nginx.port, certified(vouching, name)) as (port, said):
            error = await refused_with(RtmpDestination(f"rtmps://localhost:{port}/app", KEY, private=True), media)
        assert isinstance(error, JoinRefused)
        assert "certificate that cannot be trusted" in str(error)
        assert said == []


async def test_a_name_is_looked_up_once_and_goes_into_tls_and_rtmp(
    nginx: RtmpServer,
    media: PaintedMedia,
    authority: trustme.CA,
    certified: Callable[[trustme.CA, str], ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No resolver of this machine knows the name, and the second answer would lead elsewhere (DNS rebinding)."""
    answers = ["127.0.0.1", "127.0.0.9"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (answers.pop(0), 0))])
    context, asked = certified(authority, "stream.example"), []
    context.sni_callback = lambda connection, name, _: asked.append(name)
    async with tls_in_front_of(nginx.port, context) as (port, said):
        leg = await RtmpDestination(f"rtmps://stream.example:{port}/app", KEY, private=True).open(media, never)
        await leg.close()
    assert answers == ["127.0.0.9"]
    assert asked == ["stream.example"]
    # RTMP cuts messages into chunks, with this byte between them.
    assert f"rtmps://stream.example:{port}/app".encode() in b"".join(said).replace(b"\xc3", b"")


async def test_the_next_address_is_tried_where_the_first_one_takes_no_connection(
    nginx: RtmpServer, media: PaintedMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [(0, 0, 0, "", (address, 0)) for address in ("127.0.0.9", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    leg = await RtmpDestination(f"rtmp://two.example:{nginx.port}/app", KEY, private=True).open(media, never)
    await leg.close()
    assert nginx.published.get_nowait() == KEY


async def test_the_processes_that_meet_strangers_servers_know_no_secrets_and_are_bounded(
    nginx: RtmpServer, media: PaintedMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the owner's")
    leg = await RtmpDestination(nginx.url, KEY, private=True).open(media, never)
    (writer,) = writers()
    (tunnel,) = [int(pid) for pid in _told(writer, f"task/{writer}/children").split()]
    for process in (writer, tunnel):
        names = {pair.split(b"=")[0].decode() for pair in _told(process, "environ").split(b"\0") if pair}
        assert names <= set(PASSED_ON)
        assert b"NoNewPrivs:\t1" in _told(process, "status")
        limits = {line[:26].strip(): line[26:].split()[0] for line in _told(process, "limits").decode().splitlines()}
        assert limits["Max address space"] == str(MEMORY_BYTES)
        assert int(limits["Max cpu time"]) < 60
        assert limits["Max core file size"] == "0"
        assert int(_told(process, "status").split(b"VmPeak:")[1].split()[0]) * 1024 < MEMORY_BYTES / 2
    await leg.close()
    await until(lambda: not Path(f"/proc/{tunnel}").exists())
