"""The RTMP leg against nginx: what arrives, what is said when it does not, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pwd
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import trustme

from components.errors import JoinRefused, StageBusy, StageError, StageLost, StageUnreachable
from components.stage import rtmps, rtmps_outbox, rtmps_process
from components.stage.rtmps import RtmpDestination
from tests.encoded_media import HEIGHT, WIDTH, EncodedMedia
from tests.rtmp_server import PATIENCE_S, RtmpServer, free_port, silent_server, tls_in_front_of

KEY = "live_o'dd:k\\e=y%7E"
"""A key with everything that FFmpeg's option lists give a meaning to."""


@pytest.fixture(scope="module")
def _nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtmpServer]:
    server = RtmpServer(tmp_path_factory.mktemp("nginx"), pwd.getpwuid(os.getuid()).pw_name)
    server.start()
    yield server
    server.close()


@pytest.fixture
def nginx(_nginx: RtmpServer) -> RtmpServer:
    _nginx.refused.clear()
    for events in (_nginx.published, _nginx.recorded):
        while not events.empty():
            events.get()
    return _nginx


@pytest.fixture
async def media() -> AsyncIterator[EncodedMedia]:
    media = EncodedMedia()
    media.start()
    yield media
    media.stop()
    assert media.taps == []


@pytest.fixture(autouse=True)
async def _nothing_is_left(_nginx: RtmpServer, caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    caplog.set_level(logging.DEBUG)
    before = children()
    yield
    assert len(children()) <= len(before)  # A test may have started nginx anew.
    assert writers() == []
    assert KEY not in caplog.text


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


def probe(recording: Path) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_packets", "-of", "json", str(recording)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))


def never(error: StageError) -> None:
    pytest.fail(f"lost: {error}")


async def test_a_server_receives_the_pictures_as_they_were_encoded_and_the_sound(
    nginx: RtmpServer, media: EncodedMedia, caplog: pytest.LogCaptureFixture
) -> None:
    leg = await RtmpDestination(nginx.url, KEY).open(media, never)
    (writer,) = writers()
    assert KEY.encode() not in _told(writer, "cmdline") + _told(writer, "environ")
    assert nginx.published.get_nowait() == KEY
    await asyncio.sleep(2.5)  # What a stream is can only be seen over time.
    figures = await leg.figures()
    await leg.close()
    await leg.close()
    recording = await get(nginx.recorded)
    assert "ended with status 0" in caplog.text  # It said goodbye, and nobody had to end it.

    assert figures.kbps is not None
    assert 30 < figures.kbps < 3000
    told = await asyncio.to_thread(probe, recording)
    video, audio = sorted(told["streams"], key=lambda stream: stream["codec_type"], reverse=True)
    assert (video["codec_name"], video["profile"]) == ("h264", "Constrained Baseline")
    assert (video["width"], video["height"], video["has_b_frames"]) == (WIDTH, HEIGHT, 0)
    assert (audio["codec_name"], audio["profile"], audio["sample_rate"], audio["channels"]) == ("aac", "LC", "48000", 2)
    pictures, sounds = (_times(told, kind) for kind in ("video", "audio"))
    assert len(pictures) > 60
    assert np.abs(np.diff(pictures) - 1 / 30).max() < 0.002  # FLV counts whole milliseconds.
    assert np.abs(np.diff(sounds) - 1024 / 48_000).max() < 0.002
    assert abs(pictures[-1] - sounds[-1]) < 0.35
    keys = [float(p["pts_time"]) for p in told["packets"] if p["codec_type"] == "video" and "K" in p["flags"]]
    assert keys[0] == pictures[0]
    assert np.diff(keys).max() <= 2
    _compare(recording, media)


def _times(told: dict[str, Any], kind: str) -> list[float]:
    return [float(packet["pts_time"]) for packet in told["packets"] if packet["codec_type"] == kind]


def _compare(recording: Path, media: EncodedMedia) -> None:
    """The pictures are the encoder's, bit for bit; the sound is the tone."""
    given = {picture.rsplit(b"\0\0\1", 1)[1] for picture in media.pictures}
    with av.open(str(recording)) as flv:
        slices = {_last_slice(bytes(packet)) for packet in flv.demux(video=0) if packet.size}
    assert slices <= given
    with av.open(str(recording)) as flv:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in flv.decode(audio=0)])
    spectrum = np.abs(np.fft.rfft(sound[24_000:72_000]))
    assert int(spectrum.argmax()) == 440
    assert np.abs(sound).max() > 0.15


def _last_slice(avcc: bytes) -> bytes:
    at = 0
    while True:
        length = int.from_bytes(avcc[at : at + 4], "big")
        if at + 4 + length >= len(avcc):
            return avcc[at + 4 :]
        at += 4 + length


async def test_without_sound_there_is_a_silent_track(
    nginx: RtmpServer, media: EncodedMedia, caplog: pytest.LogCaptureFixture
) -> None:
    media.sound = False
    leg = await RtmpDestination(nginx.url, KEY).open(media, never)
    await leg.close()
    told = await asyncio.to_thread(probe, await get(nginx.recorded))
    pictures, sounds = (_times(told, kind) for kind in ("video", "audio"))
    assert "ended with status 0" in caplog.text
    assert pictures[-1] > 0.9
    assert abs(pictures[-1] - sounds[-1]) < 0.5
    assert np.abs(np.diff(sounds) - 1024 / 48_000).max() < 0.002


async def refused_with(destination: RtmpDestination, media: EncodedMedia) -> StageError:
    with pytest.raises(StageError) as raised:
        await destination.open(media, never)
    assert KEY not in f"{raised.value!r} {raised.value} {destination!r} {destination.__dict__}"
    assert raised.value.__cause__ is None
    assert writers() == []
    return raised.value


async def test_each_refusal_has_its_sentence(nginx: RtmpServer, media: EncodedMedia) -> None:
    nginx.refused.add(KEY)
    error = await refused_with(RtmpDestination(nginx.url, KEY), media)
    assert isinstance(error, JoinRefused)
    assert str(error).startswith("127.0.0.1 did not take the stream; check the stream key")
    port = free_port()
    error = await refused_with(RtmpDestination(f"rtmp://127.0.0.1:{port}/app", KEY), media)
    assert isinstance(error, StageUnreachable)
    assert str(error) == f"127.0.0.1 takes no connection on port {port}; check the address."
    error = await refused_with(RtmpDestination("rtmps://no-such-host.invalid/app", KEY), media)
    assert isinstance(error, StageUnreachable)
    assert str(error) == "There is no server called no-such-host.invalid; check the address."


async def test_a_silent_server_freezes_nothing(media: EncodedMedia, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtmps, "OPEN_S", 2.0)
    pauses = []

    async def tick() -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.01)
            pauses.append(loop.time() - before)

    with silent_server() as port:
        ticking = asyncio.create_task(tick())
        error = await refused_with(RtmpDestination(f"rtmp://127.0.0.1:{port}/app", KEY), media)
        ticking.cancel()
    assert isinstance(error, StageUnreachable)
    assert "answers nothing" in str(error)
    assert 2 < sum(pauses) < 6
    assert max(pauses) < 0.5


async def test_a_cancelled_opening_leaves_nothing(media: EncodedMedia) -> None:
    with silent_server() as port:
        opening = asyncio.create_task(RtmpDestination(f"rtmp://127.0.0.1:{port}/app", KEY).open(media, never))
        await asyncio.wait_for(media.tapped.wait(), PATIENCE_S)
        assert len(writers()) == 1
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    assert writers() == []


async def test_a_killed_server_is_a_loss_told_once_and_can_be_come_back_to(
    nginx: RtmpServer, media: EncodedMedia
) -> None:
    destination = RtmpDestination(nginx.url, KEY)
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
    nginx: RtmpServer, media: EncodedMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rtmps, "STALLED_S", 2.0)
    monkeypatch.setattr(rtmps_outbox, "MOST_WAITING", 20)
    losses: asyncio.Queue[StageError] = asyncio.Queue()
    leg = await RtmpDestination(nginx.url, KEY).open(media, losses.put_nowait)
    (writer,) = writers()
    asked = media.keyframes_asked
    os.kill(writer, signal.SIGSTOP)
    assert isinstance(await asyncio.wait_for(losses.get(), PATIENCE_S), StageLost)
    assert media.keyframes_asked > asked
    await leg.close()
    assert losses.empty()


async def test_leaving_does_not_wait_for_a_stuck_writer(
    nginx: RtmpServer, media: EncodedMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 2 * rtmps_process.FINISH_S < 5
    monkeypatch.setattr(rtmps_process, "FINISH_S", 0.5)
    leg = await RtmpDestination(nginx.url, KEY).open(media, never)
    (writer,) = writers()
    os.kill(writer, signal.SIGSTOP)
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(leg.close(), leg.close())


_PARENT = """
import asyncio, sys
from components.stage.rtmps import RtmpDestination
from tests.encoded_media import EncodedMedia

async def stream():
    media = EncodedMedia()
    media.start()
    await RtmpDestination(sys.argv[1], "orphan").open(media, print)
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
    assert "orphan" in (await get(nginx.recorded)).name  # The server sees the end at once.


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
    media: EncodedMedia,
    authority: trustme.CA,
    certified: Callable[[trustme.CA, str], ssl.SSLContext],
) -> None:
    async with tls_in_front_of(nginx.port, certified(authority, "localhost")) as (port, said):
        leg = await RtmpDestination(f"rtmps://localhost:{port}/app", KEY).open(media, never)
        await leg.close()
        assert KEY in (await get(nginx.published))
    assert KEY.encode() in b"".join(said)


async def test_rtmps_tells_no_key_to_who_proves_nothing(
    nginx: RtmpServer,
    media: EncodedMedia,
    authority: trustme.CA,
    certified: Callable[[trustme.CA, str], ssl.SSLContext],
) -> None:
    for vouching, name in ((trustme.CA(), "localhost"), (authority, "other.example")):
        async with tls_in_front_of(nginx.port, certified(vouching, name)) as (port, said):
            error = await refused_with(RtmpDestination(f"rtmps://localhost:{port}/app", KEY), media)
        assert isinstance(error, JoinRefused)
        assert "certificate that cannot be trusted" in str(error)
        assert said == []
