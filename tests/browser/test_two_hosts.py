"""Two people with a camera each on this server's own stage, and a third who watches."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.studio_page import App, StudioPage, assert_no_room, has_face, wait_for
from tests.browser.test_stage import badge, choose, plays, press


def on_this_servers_stage(studio: StudioPage, name: str, room: str | None = None) -> str:
    """Camera on, joined under this name; returns the room's code."""
    studio.start()
    studio.await_frame(has_face, "the face")
    page = studio.page
    choose(page, "This server")
    fields = {"Your name": name} | ({"Room code": room} if room else {})
    for label, text in fields.items():
        page.get_by_label(label, exact=True).fill(text)
        page.get_by_label(label, exact=True).press("Tab")
    press(page, "Join stage")
    expect(badge(page, "Live")).to_be_visible()
    return page.locator("code").first.inner_text()


def test_two_hosts_see_each_other_and_a_third_sees_both(app: App, visit: Callable[..., StudioPage]) -> None:
    ada, grace = visit(app), visit(app)
    room = on_this_servers_stage(ada, "Ada")
    assert on_this_servers_stage(grace, "Grace", room) == room
    wait_for(lambda: plays(ada.page, "Grace"), "Grace's picture at Ada's")
    wait_for(lambda: plays(grace.page, "Ada"), "Ada's picture at Grace's")
    for studio, own in ((ada, "Ada"), (grace, "Grace")):
        expect(studio.page.get_by_role("group", name=own, exact=True)).to_have_count(0)
    audience = visit(app, f"/watch?room={room}")
    wait_for(lambda: plays(audience.page, "Ada") and plays(audience.page, "Grace"), "both at the audience's")
    press(grace.page, "Leave stage")
    expect(audience.page.get_by_role("group", name="Grace", exact=True)).to_have_count(0)
    wait_for(lambda: plays(audience.page, "Ada"), "Ada, still")
    for page in (ada, grace, audience):
        assert_no_room(page.displayed)
    for studio in (ada, grace):
        assert studio.connections == 1
