"""The main job, as a streamer does it: a real browser, a real camera picture, every displayed frame read."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from components.backgrounds.gallery import FEATURED
from components.ui.quality import TOGGLES
from components.video.edges import Edges
from components.video.quality import LADDER, LEVELS, Quality
from tests.browser.studio_page import (
    App,
    StudioPage,
    assert_no_room,
    has_face,
    running_app,
    shows,
    shows_colour,
    shows_scene,
    wait_for,
)


def test_from_the_first_frame_to_the_last_the_room_is_never_shown(app: App, visit: Callable[..., StudioPage]) -> None:
    studio = visit(app)
    studio.start()
    studio.await_frame(shows_scene("beach"), "the beach, chosen by default")
    studio.await_frame(has_face, "the face")

    # A new process paints its scenes first, and the camera shares the cores with that.
    studio.page.get_by_role("button", name=f"Use {FEATURED[-1].name}").wait_for()
    waits = []
    for name, key in [("City at night", "city-night"), ("Aurora over snow", "aurora"), ("Library", "library")]:
        clicked = studio.use(f"Use {name}")
        # All but the last of the cross-fade.
        waits.append(studio.await_frame(shows_scene(key, 30), name) - clicked)
        studio.await_frame(shows_scene(key), f"{name} alone")
    # The quickest: browser, server and the reading of every frame share two cores, and a pause may hit any one.
    assert min(waits) < 1.0

    studio.use("Colour")
    studio.await_frame(shows_colour(0x2F, 0x6F, 0x62), "the colour")

    red = io.BytesIO()
    Image.fromarray(np.full((90, 160, 3), (200, 30, 20), np.uint8)).save(red, "PNG")
    studio.page.locator("input[type=file]").set_input_files(
        {"name": "red.png", "mimeType": "image/png", "buffer": red.getvalue()}
    )
    studio.await_frame(shows_colour(200, 30, 20), "the uploaded picture")
    studio.use("Use Beach")
    studio.await_frame(shows_scene("beach"), "the beach again")
    studio.use("Use red.png")
    studio.await_frame(shows_colour(200, 30, 20), "the uploaded picture again")
    assert studio.connections == 1

    studio.stop()
    studio.start()
    studio.await_frame(has_face, "the face after a restart")
    studio.photograph("studio")
    assert_no_room(studio.frames)
    assert sum(map(has_face, studio.frames)) > len(studio.frames) / 2


def test_blur_is_the_one_backdrop_that_shows_the_room(app: App, visit: Callable[..., StudioPage]) -> None:
    studio = visit(app)
    studio.start()
    studio.await_frame(has_face, "the face")
    assert_no_room(studio.frames)
    studio.use("Blur")
    studio.await_frame(shows(np.full((8, 8, 3), (255, 0, 255), np.uint8), 25), "the room, blurred")
    studio.page.get_by_role("radio", name="Strong").or_(studio.page.get_by_role("button", name="Strong")).click()
    clicked = studio.use("Use Mountain lake")
    studio.await_frame(shows_scene("mountain-lake"), "the lake")
    studio.await_frame(lambda frame: frame["at"] > clicked + 2, "a second more")
    assert_no_room([frame for frame in studio.frames if frame["at"] > clicked + 1])


def test_a_bad_upload_says_why_and_the_background_stays(app: App, visit: Callable[..., StudioPage]) -> None:
    studio = visit(app)
    studio.start()
    studio.await_frame(shows_scene("beach"), "the beach")
    studio.page.locator("input[type=file]").set_input_files(
        {"name": "holiday.png", "mimeType": "image/png", "buffer": b"this is no picture"}
    )
    expect(studio.page.get_by_role("alert").filter(has_text="holiday.png")).to_be_visible()
    assert shows_scene("beach")(studio.frames[-1])
    assert studio.connections == 1


def test_figures_and_edges_are_live(app: App, visit: Callable[..., StudioPage]) -> None:
    studio = visit(app)
    studio.start()
    studio.await_frame(has_face, "the face")
    expect(studio.page.get_by_text("ms per frame · 640 × 480")).to_be_visible()
    studio.page.get_by_text("Edges", exact=True).click()
    slider = studio.page.get_by_role("slider", name="Edge position")
    expect(slider).to_have_value(str(Edges().position))
    expect(studio.page.get_by_role("slider", name="Edge softness")).to_have_value(str(Edges().softness))
    slider.focus()
    slider.press("ArrowRight")
    studio.page.get_by_role("button", name="Reset edges").click()
    expect(slider).to_have_value(str(Edges().position))
    assert_no_room(studio.frames)
    assert studio.connections == 1


def test_each_level_does_what_it_says_and_shows_no_room(app: App, visit: Callable[..., StudioPage]) -> None:
    studio = visit(app)
    page = studio.page
    studio.start()
    studio.await_frame(has_face, "the face")
    page.get_by_text("Advanced", exact=True).click()
    # One right after the other: what the browser still reports of one level's steps is no wish for the next.
    for level in ["Fastest", "Best", "Balanced", "Fastest", "Best", "Auto", "Fastest", "Balanced", "Best", "Auto"]:
        page.get_by_role("radio", name=level, exact=True).click()
        # Auto's own words go on: what it came to.
        expect(page.get_by_text(re.compile(rf"\d\s·\s{level}\b"))).to_be_visible()
        steps = LEVELS.get(Quality(level), LADDER[0].steps)
        for name, (label, _) in TOGGLES.items():
            switch = page.get_by_role("switch", name=label, exact=True)
            expect(switch).to_be_checked(checked=getattr(steps, name))
        expect(page.get_by_role("slider", name="Frames per outline")).to_have_value(str(steps.stride))
    assert_no_room(studio.frames)
    assert studio.connections == 1


def test_everything_is_reached_by_keyboard(app: App, visit: Callable[..., StudioPage]) -> None:
    studio = visit(app)
    button = studio.page.get_by_role("button", name="Use Library", exact=True)
    button.focus()
    button.press("Enter")
    expect(studio.page.get_by_role("img", name="Library, in use")).to_be_visible()
    studio.streamer.get_by_role("button", name="Start camera").press("Enter")
    studio.await_frame(shows_scene("library"), "the library")


def test_two_visitors_never_see_or_change_each_others_anything(app: App, visit: Callable[..., StudioPage]) -> None:
    one, other = visit(app), visit(app)
    for studio in (one, other):
        studio.start()
        studio.await_frame(shows_scene("beach"), "the beach")
    one.use("Use Modern office")
    one.await_frame(shows_scene("office"), "the office")
    seen = len(other.frames)
    wait_for(lambda: len(other.frames) > seen + 10, "ten more frames")
    assert all(map(shows_scene("beach"), other.frames[seen:]))
    expect(other.page.get_by_role("img", name="Beach, in use")).to_be_visible()
    for studio in (one, other):
        assert_no_room(studio.frames)


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[App, Path]]:
    """An app whose segmenter fails, and the file that says how."""
    how = tmp_path_factory.mktemp("failing") / "how"
    launcher = Path(__file__).parent / "with_failing_segmenter.py"
    with running_app(how.parent, script=(str(launcher), str(how)), may_trace=True) as app:
        yield app, how


@pytest.mark.parametrize("how", ["raise", "hang"])
def test_with_a_segmenter_that_fails_no_room_is_shown_either(
    how: str, failing: tuple[App, Path], visit: Callable[..., StudioPage]
) -> None:
    app, file = failing
    file.write_text(how)
    studio = visit(app)
    studio.start()
    studio.await_frame(shows_scene("beach"), "the bare beach")
    studio.use("Use Library")
    studio.await_frame(shows_scene("library"), "the bare library")
    if how != "hang":
        expect(studio.page.get_by_role("alert").filter(has_text="only the background is shown")).to_be_visible()
    assert_no_room(studio.frames)
