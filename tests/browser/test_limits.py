"""What the page says and does when something is missing, taken, or gone."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect

from tests.browser.studio_page import App, StudioPage, assert_no_room, has_face, running_app, shows_scene, wait_for

GONE_SECONDS = 40.0
"""A killed browser is noticed when ICE consent expires: aioice asks six times, five seconds apart."""

NO_WAY_THROUGH = r"""
(() => {
  const prototype = RTCPeerConnection.prototype, listen = prototype.addEventListener;
  prototype.addEventListener = function (type, ...rest) {
    if (type !== 'icecandidate') listen.call(this, type, ...rest);
  };
  const set = prototype.setRemoteDescription;
  prototype.setRemoteDescription = function ({ type, sdp }) {
    return set.call(this, { type, sdp: sdp.replace(/a=candidate.*\r\n/g, '') });
  };
})();
"""
"""Neither end learns an address of the other."""

Visit = Callable[..., StudioPage]


@pytest.fixture(scope="module")
def one_seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("one-seat"), MAX_LIVE_SESSIONS="1") as it:
        yield it


def test_the_next_visitor_reads_that_the_studio_is_busy_and_is_let_in_later(one_seat: App, visit: Visit) -> None:
    first = visit(one_seat)
    first.start()
    first.await_frame(has_face, "the face")
    second = visit(one_seat)
    expect(second.page.get_by_text("The studio is busy")).to_be_visible()
    assert first.connections == 1
    first.stop()
    second.start()
    second.await_frame(has_face, "the second visitor's face")


def idle_threads(app: App, seconds: float = 5) -> int:
    """Threads of a server without a camera: the least for a while, as each run of a page has one for a moment."""
    counts, deadline = [app.threads], time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.05)
        counts.append(app.threads)
    return min(counts)


def test_a_killed_browser_leaves_no_worker_and_its_seat_is_free(one_seat: App, visit: Visit) -> None:
    warm = visit(one_seat)
    # Once for the pools, whose threads stay.
    warm.start()
    warm.await_frame(has_face, "the face")
    warm.stop()
    idle = idle_threads(one_seat)
    warm.start()
    warm.await_frame(has_face, "the face again")
    assert idle_threads(one_seat, 1) > idle
    killed = warm.context.browser
    assert killed is not None
    try:
        killed.new_browser_cdp_session().send("Browser.crash")
    except Error:
        assert not killed.is_connected()
    wait_for(lambda: one_seat.threads <= idle, "the worker's end", GONE_SECONDS)
    next_one = visit(one_seat)
    next_one.start()
    next_one.await_frame(has_face, "the next visitor's face")


def test_a_connection_that_does_not_get_through_says_what_to_try(app: App, visit: Visit) -> None:
    studio = visit(app, script=NO_WAY_THROUGH)
    studio.start()
    expect(studio.page.get_by_text("does not get through")).to_be_visible(timeout=20_000)


def test_without_a_model_the_page_says_which_file_goes_where_and_the_camera_cannot_start(
    tmp_path: Path, visit: Visit
) -> None:
    blocked = tmp_path / "not-a-folder"
    blocked.write_text("in the way")
    with running_app(tmp_path, MODEL_DIR=str(blocked)) as app:
        studio = visit(app)
        alert = studio.page.get_by_role("alert").filter(has_text="selfie_segmentation.tflite")
        expect(alert).to_be_visible()
        expect(alert).to_contain_text(str(blocked))
        expect(studio.page.locator("iframe[src*='streamlit_webrtc']")).to_have_count(0)
        blocked.unlink()
        studio.page.get_by_role("button", name="Try again").click()
        studio.start()
        studio.await_frame(has_face, "the face")


def test_a_setting_that_cannot_be_used_stops_the_start_with_its_name(tmp_path: Path, visit: Visit) -> None:
    with running_app(tmp_path, MAX_LIVE_SESSIONS="none") as app:
        studio = visit(app)
        expect(studio.page.get_by_role("alert")).to_contain_text("MAX_LIVE_SESSIONS")


def test_a_deep_link_to_a_cold_server_with_default_servers_and_no_internet_starts_the_camera(
    tmp_path: Path, visit: Visit
) -> None:
    with running_app(tmp_path, ICE_SERVERS="auto") as cold:
        studio = visit(cold, "/studio")
        studio.start()
        studio.await_frame(shows_scene("beach"), "the beach")
        studio.await_frame(has_face, "the face")
        assert_no_room(studio.frames)


def test_720p_and_a_phones_screen(app: App, visit: Visit) -> None:
    studio = visit(app, viewport={"width": 390, "height": 844})
    studio.page.get_by_text("720p", exact=True).click()
    studio.start()
    studio.await_frame(has_face, "the face")
    assert_no_room(studio.frames)
    expect(studio.page.get_by_text("ms per frame")).to_be_visible()
    assert studio.page.evaluate("document.documentElement.scrollWidth") <= 390
    # The sidebar is closed there, and with it all backgrounds.
    expect(studio.page.get_by_text("Change your background")).to_be_visible()


def test_the_stage_stands_beside_the_preview_where_there_is_room_for_both(app: App, visit: Visit) -> None:
    studio = visit(app, viewport={"width": 1110, "height": 800})
    page = studio.page
    studio.start()
    studio.await_frame(has_face, "the face")
    stage, preview = page.get_by_role("heading", name="Stage"), page.locator("iframe[src*='streamlit_webrtc']")

    def beside() -> bool:
        # None: between two layouts.
        one, other = stage.bounding_box(), preview.bounding_box()
        return bool(one and other and one["x"] > other["x"] + other["width"])

    def below() -> bool:
        one, other = stage.bounding_box(), preview.bounding_box()
        return bool(one and other and one["y"] > other["y"] + other["height"])

    wait_for(below, "the stage below the preview")
    page.get_by_test_id("stSidebarHeader").hover()
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    wait_for(beside, "the stage beside the preview")
    page.set_viewport_size({"width": 700, "height": 800})
    wait_for(below, "the stage below it again")
    assert studio.connections == 1
