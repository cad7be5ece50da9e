"""From "Join stage" to the far end of a real WebRTC connection, and what happens when that breaks."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import astuple
from typing import Any

import httpx
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from components.stage import webrtc_leg
from components.stage.publication import State
from components.stage.webrtc_destinations import WhipEndpoint
from components.video.h264 import MOST_KBPS
from tests.fake_media import ToneMedia
from tests.fake_stage import FakeStage
from tests.fake_stage_media import OFFLINE
from tests.publisher_stand import WAIT, Stand, StunServer


@pytest.fixture
async def stage() -> AsyncIterator[FakeStage]:
    async with FakeStage() as it:
        yield it


@pytest.fixture
async def stand(stage: FakeStage) -> AsyncIterator[Stand]:
    it = Stand(stage)
    yield it
    it.publisher.leave()
    assert await asyncio.get_running_loop().run_in_executor(None, it.publisher.wait, WAIT)
    assert await asyncio.get_running_loop().run_in_executor(None, it.media.join)


async def test_a_lost_peer_that_comes_back_is_joined_again_by_itself(stage: FakeStage, stand: Stand) -> None:
    stand.join()
    first = await stage.publication()
    async with asyncio.timeout(WAIT):
        while not any(level > 0.2 for _, level in first.loudness):
            await stage.happening()
    await stand.until(State.LIVE)
    await stage.stop()
    waiting = await stand.until(State.RECONNECTING, State.RECONNECTING)
    assert waiting.attempt >= 1
    assert waiting.next_try_at is not None
    await stage.start()
    await stand.until(State.LIVE)
    again = await stage.publication(since=1)
    assert again is not first
    assert again.pictures[0].is_idr
    assert stand.media.stops == 0
    await stand.leave()
    assert stage.deleted == [again.participant_id]
    assert stand.media.stops == 1


async def test_a_peer_that_goes_without_a_word_is_missed(
    stage: FakeStage, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webrtc_leg, "SILENCE_S", 3.0)
    stand.join()
    publication = await stage.publication()
    async with asyncio.timeout(WAIT):
        while None in astuple(stand.publisher.snapshot().figures):
            await stage.happening()
    figures = stand.publisher.snapshot().figures
    assert figures.loss is not None
    assert 0 <= figures.loss < 1
    assert figures.kbps is not None
    assert figures.kbps > 20
    await publication.vanish()
    assert "silent" in ((await stand.until(State.LIVE, State.RECONNECTING)).reason or "")
    await stand.until(State.LIVE)


async def test_a_stage_that_is_out_of_order_is_asked_again_and_one_that_means_it_is_not(
    stage: FakeStage, stand: Stand
) -> None:
    stand.join()
    await stage.publication()
    stage.plan += [503, 409, 401]
    await stage.drop()
    failed = await stand.until(State.LIVE, State.RECONNECTING, State.RECONNECTING, State.RECONNECTING, State.FAILED)
    assert "participant token" in (failed.reason or "")
    assert stand.media.stops == 1


async def test_who_leaves_while_the_stage_thinks_is_not_left_on_it(stage: FakeStage, stand: Stand) -> None:
    stage.plan.append("late")
    thinking = asyncio.Event()
    stage.listeners.append(lambda what, _: thinking.set() if what == "answers late" else None)
    stand.join()
    await thinking.wait()
    await stand.leave()
    assert len(stage.deleted) == 1
    assert not stage.publications


async def test_without_udp_the_page_says_what_to_choose(
    stage: FakeStage, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webrtc_leg, "CONNECT_S", 1.0)
    stage.plan.append("deaf")
    stand.join()
    failed = await stand.until(State.FAILED)
    assert "UDP seems blocked" in (failed.reason or "")
    assert len(stage.deleted) == 1


async def test_the_servers_that_a_stage_names_are_used_where_the_first_attempt_fails(
    stage: FakeStage, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webrtc_leg, "CONNECT_S", 3.0)
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(StunServer, local_addr=("127.0.0.1", 0))
    stage.link = f'<stun:127.0.0.1:{transport.get_extra_info("sockname")[1]}>; rel="ice-server"'
    stage.plan.append("deaf")
    stand.join()
    await stand.until(State.LIVE)
    assert server.asked > 0
    assert len(stage.deleted) == 1
    transport.close()


@pytest.mark.parametrize("what", ["junk", "html"])
async def test_an_answer_that_is_none(stage: FakeStage, stand: Stand, what: str) -> None:
    stage.plan.append(what)
    stand.join()
    assert (await stand.until(State.FAILED)).reason


async def test_a_camera_that_stops_takes_the_stream_off_the_stage(stage: FakeStage, stand: Stand) -> None:
    stand.join()
    await stage.publication()
    await stand.until(State.LIVE)
    stand.media.stop()
    assert "camera has stopped" in ((await stand.until(State.IDLE)).reason or "")
    assert len(stage.deleted) == 1


async def test_the_stage_can_show_it_to_others_and_gets_the_key_frame_that_this_takes(
    stage: FakeStage, stand: Stand
) -> None:
    """WHEP, as the official web SDK does it; the fake stage passes packets on as they are."""
    stand.join()
    publication = await stage.publication()
    peer, seen = RTCPeerConnection(OFFLINE), asyncio.get_running_loop().create_future()

    async def see(track: Any) -> None:
        frame = await track.recv()
        if track.kind == "video":
            seen.set_result((frame.width, frame.height))

    tasks: list[Any] = []
    peer.add_listener("track", lambda track: tasks.append(asyncio.ensure_future(see(track))))
    peer.addTransceiver("audio", direction="recvonly")
    peer.addTransceiver("video", direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"{stage.regional_url}/subscribe/{publication.participant_id}",
            content=peer.localDescription.sdp,
            headers={"Authorization": f"Bearer {stage.token()}", "Content-Type": "application/sdp"},
        )
    assert answer.status_code == 201
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    await peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
    assert await asyncio.wait_for(seen, WAIT) == (320, 240)
    await asyncio.gather(*tasks)
    assert stand.media.keyframe_requests > 0
    await peer.close()


async def test_any_other_whip_server(stage: FakeStage, stand: Stand) -> None:
    stand.publisher.join(WhipEndpoint(f"{stage.regional_url}/", stand.token, private=True), stand.media)
    await stage.publication()
    live = await stand.until(State.LIVE)
    assert live.destination == "WHIP endpoint"
    await stand.leave()
    assert len(stage.deleted) == 1


async def test_the_token_is_in_no_log_and_no_answer_of_ours(
    stage: FakeStage, stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stage.plan.append(500)
    stand.join()
    await stand.until(State.FAILED)
    stand.media = ToneMedia()
    stand.join()
    await stage.publication()
    await stand.until(State.LIVE)
    await stand.leave()
    shown = caplog.text + repr(stand.publisher.snapshot()) + repr(vars(stand.publisher))
    assert "aiortc" in caplog.text
    assert not any(part in shown for part in stand.token.split("."))


async def test_a_lossy_line_gets_a_smaller_picture(stage: FakeStage, stand: Stand) -> None:
    stand.join()
    publication = await stage.publication()
    publication.lose_every(4)
    async with asyncio.timeout(WAIT):
        while not stand.media.aims or stand.media.aims[-1] > 0.5 * stand.media.aims[0]:
            await stage.happening()
    assert stand.media.aims[0] == MOST_KBPS
    loss = stand.publisher.snapshot().figures.loss
    assert loss is not None
    assert loss > 0.05
    assert stand.publisher.snapshot().state is State.LIVE


async def test_a_server_that_is_shut_down_leaves_the_stage(stage: FakeStage) -> None:
    """Both ways of having an event loop at once: starting an interpreter is what takes the time."""
    pipe = asyncio.subprocess.PIPE

    async def publish_and_end(where: str) -> int | None:
        command = [sys.executable, "-m", "tests.publishing_process", stage.whip_url, where]
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{stage.token(jti=where)}\n".encode())
            assert await process.stdout.readline() == b"live\n"
            await stage.publication(where)
            process.send_signal(signal.SIGINT)
            return await process.wait()
        finally:
            if process.returncode is None:  # Nothing stays behind that would go on publishing.
                process.kill()

    async with asyncio.timeout(2 * WAIT):
        assert await asyncio.gather(publish_and_end("main"), publish_and_end("thread")) == [0, 0]
    assert sorted(stage.deleted) == ["main", "thread"]
