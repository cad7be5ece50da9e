"""The viewer in a real browser: this server's own stage, and an IVS stage through the official SDK itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from urllib.parse import quote

import pytest
from aiohttp import web
from playwright.sync_api import Browser, BrowserContext, Page, expect

from components.stage.token_source import PastedTokens
from components.stage.webrtc_destinations import IvsStage
from components.stage.webrtc_leg import WebRtcLeg
from tests.browser.studio_page import WAIT, App, running_app, wait_for
from tests.browser.viewer_tiles import LOOK, await_picture, await_sound, press, tile
from tests.browser.web_sdk import web_sdk
from tests.fake_events import FakeEventsStage
from tests.loopback import Loop
from tests.painted_media import PaintedMedia

PAGE = "tests/browser/viewer_page.py"
TEAL, ORANGE = (0, 150, 140), (240, 130, 20)
GRACE = "<b>Grace</b>"


class IvsStageOnLoopback:
    """The fake stage in a loop of its own, with the SDK beside it, and somebody who publishes."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.stage = FakeEventsStage()
        script = web_sdk().read_text(encoding="utf-8")

        async def sdk(_: web.Request) -> web.Response:
            return web.Response(text=script, content_type="text/javascript", charset="utf-8")

        self.stage.regional.router.add_get("/sdk.js", sdk)
        self.loop.run(self.stage.start())
        self.media: list[PaintedMedia] = []
        self.legs: list[WebRtcLeg] = []

    @cached_property
    def settings(self) -> dict[str, str]:
        """For the app: where the SDK is, and viewer tokens."""
        claims = {"user_id": "viewer", "capabilities": {"allow_publish": False, "allow_subscribe": True}}
        return {
            "IVS_WEB_SDK_URL": f"{self.stage.regional_url}/sdk.js",
            "TOKEN_GOOD": self.stage.token(**claims),
            "TOKEN_EXPIRED": self.stage.token(**claims, exp=1),
        }

    def publish(self, name: str, colour: tuple[int, int, int]) -> WebRtcLeg:
        self.media.append(PaintedMedia(colour))
        token = self.stage.token(jti=name.lower(), user_id=f"user-{name.lower()}", attributes={"name": name})
        stage = IvsStage(PastedTokens(token), self.stage.whip_url)

        async def come() -> WebRtcLeg:
            self.media[-1].start()
            return await stage.open(self.media[-1], lambda _: None)

        self.legs.append(self.loop.run(come()))
        return self.legs[-1]

    def close(self) -> None:
        for leg in self.legs:
            self.loop.run(leg.close())
        for media in self.media:
            media.stop()
            assert media.join()
        self.loop.run(self.stage.stop())
        self.loop.close()


@pytest.fixture(scope="module")
def amazon() -> Iterator[IvsStageOnLoopback]:
    it = IvsStageOnLoopback()
    yield it
    it.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, amazon: IvsStageOnLoopback) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("viewer"), page=PAGE, **amazon.settings) as app:
        yield app


@pytest.fixture
def look_at(idle_browser: Callable[[], Browser]) -> Iterator[Callable[[str], Page]]:
    """Opens a page in a browser of its own: one in the background is not drawn."""
    opened: list[BrowserContext] = []

    def open_page(url: str) -> Page:
        opened.append(idle_browser().new_context(viewport={"width": 1200, "height": 900}))
        page = opened[-1].new_page()
        page.set_default_timeout(1000 * WAIT)
        page.goto(url)
        return page

    yield open_page
    for context in opened:
        context.close()


def test_people_come_are_seen_are_heard_and_go(app: App, look_at: Callable[[str], Page]) -> None:
    page = look_at(app.url)
    expect(page.get_by_text("Waiting for somebody to come on…")).to_be_visible()
    expect(page.get_by_role("button", name="Unmute")).to_be_hidden()

    press(page, "Ada comes")
    assert await_picture(page, "Ada", TEAL)["muted"]
    expect(page.get_by_text("Waiting for somebody to come on…")).to_be_hidden()

    press(page, f"{GRACE} comes")
    await_picture(page, GRACE, ORANGE)
    expect(page.get_by_text(GRACE, exact=True)).to_be_visible()  # as text: names are no markup
    page.get_by_role("button", name="Unmute").click()
    for name in ("Ada", GRACE):
        assert not tile(page, name).locator("video").evaluate(LOOK)["muted"]
        await_sound(page, name)
    page.get_by_role("button", name="Mute", exact=True).click()
    assert tile(page, "Ada").locator("video").evaluate(LOOK)["muted"]

    press(page, "Full screen")
    press(page, "Leave full screen")
    expect(page.get_by_role("button", name="Full screen", exact=True)).to_be_visible()

    expect(page.get_by_text("2 connections")).to_be_visible()
    press(page, f"{GRACE} goes")
    expect(tile(page, GRACE)).to_have_count(0)
    press(page, "Ada hides")
    await_picture(page, "Ada, microphone off, camera hidden", TEAL)
    press(page, "Ada goes")
    expect(page.get_by_text("Waiting for somebody to come on…")).to_be_visible()
    expect(page.get_by_text("0 connections")).to_be_visible()


def test_a_lost_connection_comes_back_and_a_closed_page_leaves_none(app: App, look_at: Callable[[str], Page]) -> None:
    page = look_at(app.url)
    press(page, "Ada comes")
    await_picture(page, "Ada", TEAL)
    press(page, "Cut all connections")
    await_picture(page, "Ada", TEAL, frames=30)
    expect(tile(page, "Ada").get_by_text("Reconnecting…")).to_be_hidden()

    other = look_at(app.url)
    await_picture(other, "Ada", TEAL)
    expect(page.get_by_text("2 connections")).to_be_visible()
    other.context.close()
    expect(page.get_by_text("1 connections")).to_be_visible()

    page.get_by_text("Show", exact=True).click()  # off: the component is taken from the page
    expect(page.get_by_role("group")).to_have_count(0)
    page.get_by_text("Show", exact=True).click()
    await_picture(page, "Ada", TEAL)
    expect(page.get_by_text("1 connections")).to_be_visible()
    press(page, "Ada goes")
    expect(page.get_by_text("0 connections")).to_be_visible()


def test_one_does_not_see_oneself(app: App, look_at: Callable[[str], Page]) -> None:
    page = look_at(f"{app.url}?without=Ada")
    press(page, "Ada comes")
    press(page, f"{GRACE} comes")
    await_picture(page, GRACE, ORANGE)
    expect(tile(page, "Ada")).to_have_count(0)
    press(page, "Ada goes")
    press(page, f"{GRACE} goes")
    expect(page.get_by_text("0 connections")).to_be_visible()


def test_the_official_sdk_joins_and_shows_who_publishes(
    app: App, amazon: IvsStageOnLoopback, look_at: Callable[[str], Page]
) -> None:
    ada = amazon.publish("Ada", TEAL)
    amazon.publish("Me", ORANGE)
    page = look_at(f"{app.url}?ivs=good")
    assert await_picture(page, "Ada", TEAL)["muted"]
    expect(tile(page, "Me")).to_have_count(0)
    page.get_by_role("button", name="Unmute").click()
    await_sound(page, "Ada")
    # Many reruns later it is still the one join of the beginning.
    await_picture(page, "Ada", TEAL, frames=60)
    assert len(amazon.stage.asked) == 1

    amazon.publish("Grace", ORANGE)
    await_picture(page, "Grace", ORANGE)
    amazon.loop.run(ada.close())
    expect(tile(page, "Ada")).to_have_count(0)

    # The same token once more, in an invitation: the stage lets the later one in and tells the earlier one.
    other = look_at(f"{app.url}?ivs=invited#token={quote(amazon.settings['TOKEN_GOOD'])}")
    await_picture(other, "Grace", ORANGE)
    expect(page.get_by_role("alert").filter(has_text="has taken over")).to_be_visible()
    expect(page.get_by_role("group")).to_have_count(0)
    other.get_by_text("Show", exact=True).click()
    wait_for(lambda: not amazon.stage.sockets, "the viewer to leave")


@pytest.mark.parametrize(
    ("which", "sentence"),
    [("expired", "has expired"), ("damaged", "is damaged"), ("nowhere", "player could not be loaded")],
)
def test_what_keeps_one_from_watching_is_told_in_words(
    app: App, look_at: Callable[[str], Page], which: str, sentence: str
) -> None:
    page = look_at(f"{app.url}?ivs={which}")
    expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    expect(page.get_by_text("Waiting for somebody")).to_be_hidden()
