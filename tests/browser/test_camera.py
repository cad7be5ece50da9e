"""The camera's life on the page: refused, silent, chosen anew, lost and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from components.ui.camera_watch import WORDS
from components.ui.camera_words import CAMERA, MICROPHONE
from tests.browser.firefox_page import firefox, frozen_server_comes_back
from tests.browser.studio_page import App, StudioPage, has_face, wait_for

Visit = Callable[..., StudioPage]

# Keeps each connection, and what the streamer asks the browser for.
SPY = """(() => {
  window.__pcs = [];
  window.__asked = [];
  const Original = window.RTCPeerConnection;
  if (Original) window.RTCPeerConnection = class extends Original {
    constructor(...args) { super(...args); window.__pcs.push(this); }
  };
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const native = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (constraints) => { window.__asked.push(constraints); return native(constraints); };
})();"""

TRACK = "window.__pcs.at(-1).getSenders().find((sender) => sender.track?.kind === '%s').track"

REFUSALS = {
    ("NotAllowedError", "Permission denied"): "blocked",
    ("NotAllowedError", "Permission dismissed"): "dismissed",
    ("NotAllowedError", "Permission denied by system"): "system",
    ("NotFoundError", "Requested device not found"): "none",
    ("NotReadableError", "Could not start video source"): "used",
    ("OverconstrainedError", ""): "unsuitable",
    ("SecurityError", "The operation is insecure."): "forbidden",
    ("InvalidStateError", "The document is not fully active."): "other",
}


def test_a_camera_that_the_browser_refuses_is_a_sentence_at_the_first_click(app: App, visit: Visit) -> None:
    studio = visit(app)
    alert = studio.streamer.get_by_role("alert")
    for (name, message), words in REFUSALS.items():
        refusal = f"async () => {{ throw new DOMException({message!r}, {name!r}); }}"
        studio.streamer.evaluate(f"void (navigator.mediaDevices.getUserMedia = {refusal})")
        studio.start()
        expect(alert).to_have_text(WORDS[words])
    studio.streamer.get_by_role("button", name="Choose camera").click()
    expect(alert).to_have_text(WORDS["other"])
    assert "InvalidStateError" not in studio.streamer.locator("body").inner_text()


def test_a_page_without_https_and_a_browser_without_webrtc_are_told_so(app: App, visit: Visit) -> None:
    studio = visit(app)
    alert = studio.streamer.get_by_role("alert")
    studio.streamer.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    studio.start()
    expect(alert).to_have_text(WORDS["insecure"])
    studio.streamer.evaluate("delete window.RTCPeerConnection")
    studio.start()
    expect(alert).to_have_text(WORDS["no_webrtc"])


@pytest.fixture
def studio(app: App, visit: Visit) -> StudioPage:
    studio = visit(app, script=SPY)
    studio.page.get_by_text("720p", exact=True).click()
    studio.settle()
    studio.start()
    studio.await_frame(has_face, "the face")
    return studio


def ask(studio: StudioPage, expression: str) -> Any:
    return studio.streamer.evaluate(expression)


def test_each_request_for_the_camera_names_its_size(studio: StudioPage) -> None:
    before = len(ask(studio, "window.__asked"))
    studio.streamer.get_by_role("button", name="Choose camera").click()
    studio.streamer.locator("select[name=video-input]").wait_for()
    wait_for(lambda: len(ask(studio, "window.__asked")) >= before + 2, "the list's question and its little picture")
    for asked in ask(studio, "window.__asked"):
        assert (asked["video"]["width"], asked["video"]["height"]) == ({"ideal": 1280}, {"ideal": 720})


def test_a_silent_camera_or_microphone_is_told_until_it_is_back(studio: StudioPage) -> None:
    said = studio.page.get_by_role("alert")
    for kind, words in (("video", CAMERA), ("audio", MICROPHONE)):
        ask(studio, f"void {TRACK % kind}.dispatchEvent(new Event('mute'))")
        expect(said.filter(has_text=words["muted"])).to_be_visible()
        ask(studio, f"void {TRACK % kind}.dispatchEvent(new Event('unmute'))")
        expect(said).to_have_count(0)
    ask(studio, f"void ({TRACK % 'audio'}.enabled = false)")
    expect(said.filter(has_text=MICROPHONE["silent"])).to_be_visible()
    ask(studio, f"{TRACK % 'audio'}.stop()")
    expect(said.filter(has_text=MICROPHONE["ended"])).to_be_visible()
    ask(studio, f"{TRACK % 'video'}.stop()")
    expect(said.filter(has_text=CAMERA["ended"])).to_be_visible()
    studio.stop()
    expect(said).to_have_count(0)


def test_a_lost_connection_comes_back_on_the_same_stage_and_a_stopped_camera_stays_stopped(studio: StudioPage) -> None:
    page = studio.page
    page.get_by_role("radio", name="This server", exact=True).click()
    page.get_by_role("button", name="Join stage", exact=True).click()
    code = page.locator("code").first.inner_text()
    ask(studio, "window.__pcs.at(-1).close()")
    wait_for(lambda: studio.connections == 2, "another connection, by itself")
    studio.await_frame(has_face, "the face again")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    assert page.locator("code").first.inner_text() == code
    assert ask(studio, "window.__asked.at(-1).video.width.ideal") == 1280

    studio.stop()
    expect(page.get_by_text("The camera has stopped, and with it the stream.")).to_be_visible()
    expect(page.get_by_label("Room code")).to_have_value(code)
    studio.start()
    studio.await_frame(has_face, "the face after the visitor's own restart")
    assert studio.connections == 3
    page.get_by_role("button", name="Join stage", exact=True).click()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    assert page.locator("code").first.inner_text() == code
    assert all(frame["room"] < 0.01 for frame in studio.frames)


def test_firefox_and_its_stage_come_back_after_the_server_stood_still(app: App) -> None:
    with firefox() as page:
        frozen_server_comes_back(page, app)
