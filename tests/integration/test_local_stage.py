"""Browsers' part played by aiortc, over real loopback WebRTC, before a stage of this server's own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from pydantic import ValidationError

from components.errors import JoinRefused, StageBusy
from components.stage import local
from components.stage.local import LocalDestination, LocalStage, LocalStages
from components.stage.local_viewer import OFFERS, OFFERS_AT_ONCE, Answer, Offer, Seat
from tests.local_stage_peers import Host, Watcher
from tests.painted_media import PaintedMedia
from tests.patience import until

TEAL, ORANGE = (0, 150, 140), (240, 130, 20)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    host = Host(LocalStages(), None, "Ada", TEAL)
    await host.come()
    yield host
    await host.go()


def id_of(host: Host) -> str:
    return host.leg.participant.id


async def answered(seat: Seat, offers: dict[str, Offer]) -> dict[str, Answer]:
    """Hand the offers in, and wait for an answer to each."""
    await seat.take(offers, [])
    await until(lambda: set(seat.answers) == set(offers))
    return seat.answers


async def connected(seat: Seat, who: str) -> Watcher:
    watcher = Watcher()
    await watcher.take((await answered(seat, {who: await watcher.offer()}))[who])
    return watcher


async def test_a_viewer_sees_and_hears_and_two_get_what_was_encoded_once(host: Host) -> None:
    seats = [Seat(host.leg.stage) for _ in range(2)]
    watchers = [await connected(seat, id_of(host)) for seat in seats]
    for watcher in watchers:
        await watcher.sees(TEAL)
        await watcher.hears()
    # Each picture is encoded once, and both have decoded the same ones to the last bit.
    assert abs(len(host.media.encoded) - host.media.shown) <= 1
    assert host.leg.stage.connections == 2
    first, second = ({picture.tobytes() for picture in watcher.pictures} for watcher in watchers)
    assert len(first & second) >= min(len(first), len(second)) // 2
    kbps = (await host.leg.figures()).kbps
    assert kbps is not None
    assert kbps > 0
    for seat, watcher in zip(seats, watchers, strict=True):
        await seat.release()
        await watcher.cut()
        await watcher.close()
    assert host.leg.stage.connections == 0


async def test_leaving_closes_the_viewers_at_once_and_is_done_once(host: Host) -> None:
    seat = Seat(host.leg.stage)
    watcher = await connected(seat, id_of(host))
    await watcher.sees(TEAL)
    async with asyncio.timeout(5):
        await host.leg.close()
        await host.leg.close()
        await watcher.cut()
    assert host.leg.stage.roster() == ()
    await seat.take({}, [])
    assert seat.answers == {}
    assert host.lost == []
    await watcher.close()
    await seat.release()


async def test_the_end_of_the_camera_is_told_once() -> None:
    host = Host(LocalStages(), None, "Ada", TEAL)
    await host.come()
    host.media.stop()
    await until(lambda: host.lost)
    assert "camera has stopped" in str(host.lost[0])
    await host.go()
    assert len(host.lost) == 1


async def test_who_is_taken_off_by_the_host_is_told_why_and_nobody_sees_them_any_more() -> None:
    stages, lost = LocalStages(), []
    host = LocalDestination(stages, None, "Ada", visit="ada")
    guest = LocalDestination(stages, host.stage.code, "Grace", visit="grace")
    assert host.is_host
    assert not guest.is_host
    media = PaintedMedia(TEAL)
    media.start()
    leg = await guest.open(media, lost.append)
    await asyncio.to_thread(host.stage.remove, leg.participant.id)
    await until(lambda: lost)
    assert isinstance(lost[0], JoinRefused)
    await leg.close()
    assert host.stage.roster() == ()
    with pytest.raises(JoinRefused, match="taken you off"):
        await guest.open(media, lost.append)
    media.stop()


async def test_two_people_on_one_stage_and_a_lost_picture_is_asked_for(host: Host) -> None:
    other = Host(host.destination._stages, host.leg.stage.code.upper().replace("-", " "), "Grace", ORANGE)
    await other.come()
    assert [person.name for person in host.leg.stage.roster()] == ["Ada", "Grace"]
    seat, watchers = Seat(host.leg.stage), {id_of(host): Watcher(), id_of(other): Watcher()}
    offers = {who: await watcher.offer() for who, watcher in watchers.items()}
    answers = await answered(seat, offers)
    for who, watcher in watchers.items():
        await watcher.take(answers[who])
    await watchers[id_of(host)].sees(TEAL)
    await watchers[id_of(other)].sees(ORANGE)
    wanted = host.media.keyframe_requests
    (receiver,) = (r for r in watchers[id_of(host)].peer.getReceivers() if r.track.kind == "video")
    await receiver._send_rtcp_pli(receiver.getSynchronizationSources()[0].source)
    await until(lambda: host.media.keyframe_requests > wanted)
    await seat.release()
    for watcher in watchers.values():
        await watcher.close()
    await other.go()


async def test_a_new_offer_takes_the_place_of_the_old_and_an_old_one_is_never_answered_again(host: Host) -> None:
    seat, who = Seat(host.leg.stage), id_of(host)
    first, second = Watcher(), Watcher()
    offer = await first.offer("1")
    await first.take((await answered(seat, {who: offer}))[who])
    await first.sees(TEAL)
    answers = await answered(seat, {who: await second.offer("2")})
    assert answers[who].offer_id == "2"
    await second.take(answers[who])
    await first.cut()
    await second.sees(TEAL)
    assert host.leg.stage.connections == 1
    await second.close()
    # The browser has gone: the server notices by DTLS, and what was answered is answered no more.
    await until(lambda: not host.leg.stage.connections)
    await seat.take({who: Offer(offer_id="2", sdp=answers[who].sdp)}, [])
    assert seat.answers == {}
    await seat.release()
    await first.close()


async def test_a_browser_without_h264_hears_the_stage_and_reads_where_to_switch_it_on(host: Host) -> None:
    watcher, seat = Watcher(), Seat(host.leg.stage)
    offer = (await watcher.offer()).sdp
    lacking = offer.replace("H264/90000", "H265/90000")
    answer = (await answered(seat, {id_of(host): Offer(offer_id="1", sdp=lacking)}))[id_of(host)]
    assert "about:addons" in answer.problem
    assert not answer.retry
    await watcher.peer.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
    await watcher.hears()
    assert not watcher.pictures
    assert host.leg.stage.connections == 1
    # The answer stands: nothing is tried again.
    assert (await answered(seat, {id_of(host): Offer(offer_id="1", sdp=lacking)}))[id_of(host)] == answer
    await seat.release()
    await watcher.close()
    assert host.leg.stage.connections == 0


@pytest.mark.parametrize("damage", ["no opus", "sendrecv", "garbage", "empty description", "feedback"])
async def test_offers_that_cannot_be_answered_get_a_sentence_and_cost_nothing(host: Host, damage: str) -> None:
    watcher, seat = Watcher(), Seat(host.leg.stage)
    offer = (await watcher.offer()).sdp
    sdp = {
        "no opus": offer.replace("opus/48000/2", "L16/48000/2"),
        "sendrecv": offer.replace("a=recvonly", "a=sendrecv"),
        "garbage": "\x00 no offer",
        "empty description": "v=0\r\n",
        "feedback": offer + "a=rtcp-fb:* nack\r\n" * 500,
    }[damage]
    answer = (await answered(seat, {id_of(host): Offer(offer_id="1", sdp=sdp)}))[id_of(host)]
    assert ("Opus" if damage == "no opus" else "Reload") in answer.problem
    assert not answer.retry
    assert host.leg.stage.connections == 0
    await seat.release()
    await watcher.close()


async def test_a_viewer_who_offers_again_and_again_is_answered_at_a_limited_rate(host: Host) -> None:
    seat, who = Seat(host.leg.stage), id_of(host)
    answered_ids = set()
    for number in range(3 * OFFERS_AT_ONCE):
        await seat.take({who: Offer(offer_id=str(number), sdp="garbage")}, [])
        answered_ids |= {answer.offer_id for answer in seat.answers.values()}
    assert OFFERS_AT_ONCE <= len(answered_ids) < 2 * OFFERS_AT_ONCE
    await seat.release()


async def test_a_connection_that_is_closing_still_counts(host: Host) -> None:
    seat, watcher = Seat(host.leg.stage), Watcher()
    await answered(seat, {id_of(host): await watcher.offer()})
    (viewing,) = host.leg.stage.participant(id_of(host)).connections
    closing = asyncio.ensure_future(viewing.close())
    await asyncio.sleep(0)
    assert host.leg.stage.connections == 1
    await closing
    assert host.leg.stage.connections == 0
    await seat.release()
    await watcher.close()


async def test_there_is_an_end_to_how_many_watch(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the whole process; and who is on a stage comes before who watches one."""
    monkeypatch.setattr(local, "AUDIENCE_CONNECTIONS", 1)
    monkeypatch.setattr(local, "MAX_CONNECTIONS", 2)
    other = Host(host.destination._stages, None, "Grace", ORANGE)
    await other.come()
    stages = [(host, False), (other, False), (other, True), (host, True)]
    seats = [Seat(of.leg.stage, performer=performer) for of, performer in stages]
    watchers = [Watcher() for _ in seats]
    problems = []
    for seat, watcher, (of, _) in zip(seats, watchers, stages, strict=True):
        problems.append((await answered(seat, {id_of(of): await watcher.offer()}))[id_of(of)].problem)
    assert [bool(problem) for problem in problems] == [False, True, False, True]
    assert "watching" in problems[1]
    for seat, watcher in zip(seats, watchers, strict=True):
        await seat.release()
        await watcher.close()
    await other.go()


def test_a_browser_offers_for_no_more_people_than_a_stage_can_have() -> None:
    offers = {f"p{n}": {"offer_id": "1", "sdp": "v=0"} for n in range(local.MAX_PUBLISHERS)}
    assert len(OFFERS.validate_python(offers)) == local.MAX_PUBLISHERS
    one_more = offers | {"p12": offers["p0"]}
    for wrong in (one_more, {"p" * 65: offers["p0"]}):
        with pytest.raises(ValidationError):
            OFFERS.validate_python(wrong)


async def test_twelve_are_on_and_the_thirteenth_waits() -> None:
    stage = LocalStage()
    media = PaintedMedia(TEAL)
    participants = [stage.join(f"P{n}", media) for n in range(local.MAX_PUBLISHERS)]
    with pytest.raises(StageBusy, match="full"):
        stage.join("one more", media)
    await stage.leave(participants[0])
    stage.join("now there is room", media)
    with pytest.raises(JoinRefused):
        LocalDestination(LocalStages(), "0000-0000-0000-0000", "Ada")


async def test_viewers_that_come_and_go_leave_nothing_behind(host: Host) -> None:
    async def visit() -> None:
        seat = Seat(host.leg.stage)
        watcher = await connected(seat, id_of(host))
        await watcher.sees(TEAL)
        await seat.release()
        await watcher.close()

    await visit()
    gc.collect()
    before, tasks, peers = len(gc.get_objects()), len(asyncio.all_tasks()), peer_connections()
    for _ in range(4):
        await visit()
    gc.collect()
    assert len(asyncio.all_tasks()) <= tasks
    assert peer_connections() <= peers
    assert len(gc.get_objects()) - before < 4_000


def peer_connections() -> int:
    """Those of other tests, too, that nobody has collected."""
    return sum(isinstance(each, RTCPeerConnection) for each in gc.get_objects())
