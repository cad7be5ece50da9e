"""What the first visitor of a fresh server meets, and what a browser that lacks something is told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.studio_page import StudioPage, running_app
from tests.browser.test_viewer import PAGE
from tests.browser.viewer_tiles import await_sound, press, tile

WITHOUT_H264 = r"""
(() => {
  const ask = RTCRtpReceiver.getCapabilities.bind(RTCRtpReceiver);
  RTCRtpReceiver.getCapabilities = (kind) => {
    const found = ask(kind);
    found.codecs = found.codecs.filter(({ mimeType }) => mimeType !== 'video/H264');
    return found;
  };
  const add = RTCPeerConnection.prototype.addTransceiver;
  RTCPeerConnection.prototype.addTransceiver = function (kind, options) {
    const transceiver = add.call(this, kind, options);
    if (kind === 'video') transceiver.setCodecPreferences(RTCRtpReceiver.getCapabilities('video').codecs);
    return transceiver;
  };
})();
"""


@pytest.mark.parametrize(
    ("base", "path", "address"),
    [
        ("", "/watch?room=abcd-efgh", "/watch?room=abcd-efgh"),
        ("studio", "/backgrounds", "/backgrounds"),
        ("", "/no-such-page", "/"),
    ],
)
def test_the_first_address_of_a_fresh_server_shows_the_apps_own_navigation(
    tmp_path: Path, visit: Callable[..., StudioPage], base: str, path: str, address: str
) -> None:
    with running_app(tmp_path, base=base, DATA_DIR=str(tmp_path)) as cold:
        page = visit(cold, path).page
        links = page.get_by_test_id("stTopNavLink")
        expect(links).to_have_count(3)
        for link, name in zip(links.all(), ("Studio", "Watch", "Backgrounds"), strict=True):
            expect(link).to_contain_text(name)
        expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
        expect(page).to_have_url(cold.url + address)


def test_a_browser_without_h264_hears_the_stage_reads_what_to_switch_on_and_asks_once(
    tmp_path: Path, idle_browser: Callable[[], Browser]
) -> None:
    with running_app(tmp_path, page=PAGE) as app:
        context = idle_browser().new_context()
        context.add_init_script(WITHOUT_H264)
        page = context.new_page()
        page.goto(app.url)
        press(page, "Ada comes")
        expect(tile(page, "Ada")).to_contain_text("about:addons")
        page.get_by_role("button", name="Unmute").click()
        await_sound(page, "Ada")
        expect(tile(page, "Ada")).to_contain_text("about:addons")
        expect(page.get_by_text("1 connections")).to_be_visible()
        context.close()
