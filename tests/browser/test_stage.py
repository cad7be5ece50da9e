"""From the camera onto a stage: a pasted token, this server's own stage, and a browser that is killed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Error, Page, expect

from tests.browser.stage_process import StageProcess, stage_process
from tests.browser.studio_page import App, StudioPage, assert_no_room, has_face, running_app, wait_for
from tests.fakes import MAGENTA

Visit = Callable[..., StudioPage]

LOUD, SILENT = 0.01, 0.0005
"""RMS of a second with Chromium's beep in it, and of silence as Opus gives it back."""

KILLED_SECONDS = 40

CLOSED_SECONDS = 5
"""A closed tab's websocket drops at once, and no frame comes any more."""


@pytest.fixture(scope="module")
def stage() -> Iterator[StageProcess]:
    with stage_process() as it:
        yield it


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, stage: StageProcess) -> Iterator[App]:
    # The events' address is the token's own; that the configured one is on loopback is what allows it.
    loopback = {"IVS_WHIP_URL": stage.whip_url, "IVS_EVENTS_URL": "ws://127.0.0.1:9"}
    with running_app(tmp_path_factory.mktemp("stage"), **loopback) as it:
        yield it


@pytest.fixture
def studio(app: App, visit: Visit) -> StudioPage:
    studio = visit(app)
    studio.start()
    studio.await_frame(has_face, "the face")
    return studio


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def choose(page: Page, destination: str) -> None:
    page.get_by_role("radio", name=destination, exact=True).click()


def join_with_token(studio: StudioPage, token: str) -> None:
    studio.page.get_by_label("Participant token").fill(token)
    studio.page.get_by_label("Participant token").press("Enter")
    press(studio.page, "Join stage")


def badge(page: Page, words: str) -> Any:
    return page.get_by_text(words, exact=True)


def share_of_room(picture: NDArray[np.uint8]) -> float:
    return float((np.abs(picture.astype(int) - MAGENTA).max(axis=2) < 60).mean())


def test_a_pasted_token_brings_the_composite_and_the_voice_onto_the_stage(
    studio: StudioPage, stage: StageProcess
) -> None:
    press(studio.page, "Join stage")
    expect(studio.page.get_by_text("Please enter a participant token")).to_be_visible()
    join_with_token(studio, stage.token(jti="streamer"))
    expect(badge(studio.page, "Live")).to_be_visible()
    expect(studio.page.get_by_text("Nobody else is on yet.")).to_be_visible()
    wait_for(lambda: stage.picture("streamer") is not None, "a picture on the stage")
    assert share_of_room(shown(stage)) < 0.01
    wait_for(lambda: (stage.on["streamer"]["loudest_of_last_second"] or 0) > LOUD, "the voice")

    press(studio.page, "Mute mic")
    wait_for(lambda: stage.on["streamer"]["loudest_of_last_second"] < SILENT, "silence")
    press(studio.page, "Unmute mic")
    press(studio.page, "Hide camera")
    wait_for(lambda: is_slate(shown(stage)), "the slate")
    press(studio.page, "Show camera")
    wait_for(lambda: not is_slate(shown(stage)), "the picture again")
    assert share_of_room(shown(stage)) < 0.01

    stage.drop()
    wait_for(lambda: "streamer" in stage.on, "the stage again, by itself")
    press(studio.page, "Leave stage")
    expect(badge(studio.page, "Not on a stage")).to_be_visible()
    wait_for(lambda: "streamer" in stage.seen["deleted"], "the DELETE", seconds=5)
    assert studio.connections == 1
    assert_no_room(studio.displayed)
    studio.close()


def shown(stage: StageProcess) -> NDArray[np.uint8]:
    """What the stage shows of the streamer now."""
    picture = stage.picture("streamer")
    assert picture is not None
    return picture


def is_slate(picture: NDArray[np.uint8]) -> bool:
    """Whether it is dark, grey and calm."""
    return bool(picture.mean() < 80 and picture.std() < 30)


def test_a_killed_browser_is_off_the_stage(app: App, visit: Visit, stage: StageProcess) -> None:
    studio = visit(app)
    studio.start()
    studio.await_frame(has_face, "the face")
    join_with_token(studio, stage.token(jti="doomed"))
    wait_for(lambda: "doomed" in stage.on, "the stage")
    with pytest.raises(Error):
        studio.page.context.browser.new_browser_cdp_session().send("Browser.crash")  # type: ignore[union-attr]
    wait_for(lambda: "doomed" in stage.seen["deleted"], "the DELETE", seconds=KILLED_SECONDS)


def test_a_closed_tab_is_off_the_stage_and_its_seat_is_free(tmp_path: Path, visit: Visit, stage: StageProcess) -> None:
    loopback = {"IVS_WHIP_URL": stage.whip_url, "IVS_EVENTS_URL": "ws://127.0.0.1:9"}
    with running_app(tmp_path, MAX_LIVE_SESSIONS="1", **loopback) as one_seat:
        studio = visit(one_seat)
        studio.start()
        studio.await_frame(has_face, "the face")
        join_with_token(studio, stage.token(jti="gone"))
        wait_for(lambda: "gone" in stage.on, "the stage")
        studio.close()
        wait_for(lambda: "gone" in stage.seen["deleted"], "the DELETE", seconds=CLOSED_SECONDS)
        next_one = visit(one_seat)
        expect(next_one.page.get_by_text("The studio is busy")).to_have_count(0)
        next_one.start()
        next_one.await_frame(has_face, "the next visitor's face")


def test_an_audience_sees_the_host_on_this_servers_stage_until_they_leave(
    studio: StudioPage, app: App, visit: Visit
) -> None:
    choose(studio.page, "This server")
    studio.page.get_by_label("Your name").fill("Ada")
    studio.page.get_by_label("Your name").press("Tab")
    press(studio.page, "Join stage")
    code = studio.page.locator("code").first.inner_text()
    audience = visit(app, f"/watch?room={code.upper()}")
    wait_for(lambda: plays(audience.page, "Ada"), "Ada's picture", seconds=60)
    press(studio.page, "Leave stage")
    expect(audience.page.get_by_role("group", name="Ada")).to_have_count(0)
    for page in (studio, audience):
        assert_no_room(page.displayed)


def plays(page: Page, name: str) -> bool:
    """Whether this person's tile shows a moving picture."""
    video = page.get_by_role("group", name=name, exact=True).locator("video")
    return video.count() == 1 and bool(video.evaluate("v => v.videoWidth > 0 && v.currentTime > 0.5 && !v.paused"))
