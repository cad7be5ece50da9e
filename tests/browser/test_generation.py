"""From a prompt to the picture behind the person, mid-stream, through a Bedrock on loopback."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.studio_page import (
    App,
    StudioPage,
    assert_no_room,
    has_face,
    nearer_to,
    running_app,
    shows_colour,
    shows_scene,
)
from tests.fake_bedrock import FakeBedrock
from tests.fake_bedrock_bodies import colour_of

Visit = Callable[..., StudioPage]
Colour = tuple[int, int, int]

RED, GREEN = 11, 12
"""Seeds; the fake paints a colour that follows prompt and seed."""


ENOUGH_CLICKS = 5
"""An odd number: the median is a click that was."""


@pytest.fixture(scope="module")
def fake_bedrock() -> Iterator[FakeBedrock]:
    with FakeBedrock(slow_s=60) as it:
        yield it


@pytest.fixture(scope="module")
def aws_app(tmp_path_factory: pytest.TempPathFactory, fake_bedrock: FakeBedrock) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("aws")
    with running_app(
        folder,
        DATA_DIR=str(folder / "data"),
        AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
        AWS_SECRET_ACCESS_KEY="not-a-secret",
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME=fake_bedrock.url,
        AWS_ENDPOINT_URL_BEDROCK=fake_bedrock.url,
    ) as it:
        yield it


@pytest.fixture
def bedrock(fake_bedrock: FakeBedrock) -> FakeBedrock:
    fake_bedrock.forget()
    return fake_bedrock


@pytest.fixture(scope="module")
def painting_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Without AWS, and one picture for each visitor."""
    folder = tmp_path_factory.mktemp("painting")
    settings = {"AWS_EC2_METADATA_DISABLED": "true", "GENERATIONS_PER_SESSION": "1"}
    with running_app(folder, DATA_DIR=str(folder / "data"), **settings) as it:
        yield it


def on_air(studio: StudioPage) -> StudioPage:
    studio.start()
    studio.await_frame(has_face, "the face")
    return studio


def assert_never_left(studio: StudioPage) -> None:
    assert_no_room(studio.frames)
    assert studio.connections == 1


def describe(studio: StudioPage, prompt: str, seed: int) -> None:
    studio.page.get_by_label("Describe your background").fill(prompt)
    more = studio.page.get_by_text("More", exact=True)
    field = studio.page.get_by_role("textbox", name="Seed")
    if not field.is_visible():
        more.click()
    field.fill(str(seed))
    field.press("Tab")


def generate(studio: StudioPage) -> None:
    studio.settle()
    studio.page.get_by_role("button", name="Generate background").click()


def test_a_prompt_becomes_the_background_and_history_brings_it_back(
    aws_app: App, bedrock: FakeBedrock, visit: Visit
) -> None:
    studio = on_air(visit(aws_app))
    walls = {seed: colour_of("a plain wall", seed) for seed in (RED, GREEN)}
    for seed, wall in walls.items():
        describe(studio, "a plain wall", seed)
        generate(studio)
        studio.await_frame(shows_colour(*wall), "the generated wall")
        toast = studio.page.get_by_test_id("stToast").filter(has_text=f"≈ $0.04 · seed {seed}")
        expect(toast.first).to_be_visible()
    waits = [
        seconds_to_another(studio, place, walls[seed], walls[other])
        for place, seed, other in ([(1, RED, GREEN), (0, GREEN, RED)] * ENOUGH_CLICKS)[:ENOUGH_CLICKS]
    ]
    # The page, the camera and this test's reading of every frame share two cores: noise hits single clicks.
    assert min(waits) < 0.5, f"clicks took {waits}"
    studio.settle()
    studio.page.keyboard.press("F8")
    studio.await_frame(shows_colour(*walls[GREEN]), "the second wall, by undo")
    studio.settle()
    studio.page.keyboard.press("F9")
    studio.await_frame(shows_colour(*walls[RED]), "the first wall, by redo")
    library = studio.page.get_by_role("dialog")
    for _ in ("the second wall", "what is in use already"):
        studio.settle()
        studio.page.get_by_role("button", name="Open library").click()
        library.get_by_role("button", name="Use", exact=True).first.click()
        expect(library).to_have_count(0)
    studio.await_frame(shows_colour(*walls[GREEN]), "the second wall, from the library")
    studio.use("Use Beach")
    studio.await_frame(shows_scene("beach"), "the beach")
    describe(studio, "a plain wall", GREEN)
    studio.settle()
    studio.page.get_by_label("Describe your background").press("Control+Enter")
    studio.await_frame(shows_colour(*walls[GREEN]), "the second wall, once more from the library")
    assert len(bedrock.seen) == 2
    assert_never_left(studio)


def seconds_to_another(studio: StudioPage, place: int, new: Colour, old: Colour) -> float:
    """Click the wall at this place of the history; seconds until a picture shows more of it than of the old one."""
    studio.settle()
    studio.page.get_by_role("button", name="Use a plain wall").nth(place).click()
    studio.await_frame(shows_colour(*new), "the other wall")
    clicked = studio.clicked
    predominates = nearer_to(new, old)
    return next(frame["at"] for frame in studio.frames if frame["at"] > clicked and predominates(frame)) - clicked


def test_what_fails_says_why_and_the_old_background_stays(aws_app: App, bedrock: FakeBedrock, visit: Visit) -> None:
    studio = on_air(visit(aws_app))
    alert = studio.page.get_by_role("alert")
    for prompt, sentence in [("[refused] walls", "content filter"), ("[denied] walls", "access")]:
        describe(studio, prompt, RED)
        generate(studio)
        expect(alert.filter(has_text=sentence)).to_be_visible()
    studio.page.get_by_label("Describe your background").fill("   ")
    generate(studio)
    expect(alert.filter(has_text="Describe the background first")).to_be_visible()
    describe(studio, "[busy] wall", RED)
    generate(studio)
    expect(studio.page.get_by_text("Busy, trying again")).to_be_visible()
    wall = shows_colour(*colour_of("[busy] wall", RED))
    studio.await_frame(wall, "the wall, after a retry")
    with bedrock.unreachable():
        describe(studio, "unreachable wall", RED)
        generate(studio)
        expect(alert.filter(has_text="Amazon Bedrock")).to_be_visible(timeout=60_000)
    assert wall(studio.frames[-1])
    assert_never_left(studio)


def test_cancel_leaves_the_page_usable_and_a_double_click_sends_once(
    aws_app: App, bedrock: FakeBedrock, visit: Visit
) -> None:
    studio = on_air(visit(aws_app))
    describe(studio, "[slow] wall", RED)
    studio.page.get_by_role("button", name="Generate background").dblclick()
    studio.settle()  # The second click has been heard by then; after "Cancel" it would be another wish.
    studio.page.get_by_role("button", name="Cancel").click()
    expect(studio.page.get_by_text("Cancelled.")).to_be_visible()
    bedrock.go_on.set()
    studio.use("Use Mountain lake")
    studio.await_frame(shows_scene("mountain-lake"), "the lake")
    assert_never_left(studio)
    # The picture that was sent for comes into the history, and not onto the screen.
    studio.page.get_by_role("link", name="Backgrounds").click()
    studio.page.get_by_role("link", name="Studio").click()
    expect(studio.page.get_by_role("button", name="Use [slow] wall")).to_be_visible()
    expect(studio.page.get_by_role("img", name="Mountain lake, in use").first).to_be_visible()
    assert len(bedrock.seen) == 1


def test_the_budget_is_shown_and_kept(painting_app: App, visit: Visit) -> None:
    studio = visit(painting_app)
    expect(studio.page.get_by_text("1 left today")).to_be_visible()
    describe(studio, "a calm lake", RED)
    generate(studio)
    expect(studio.page.get_by_text("0 left today")).to_be_visible()
    expect(studio.page.get_by_role("button", name="Use a calm lake")).to_be_visible()
    describe(studio, "a busy city", GREEN)
    generate(studio)
    expect(studio.page.get_by_role("alert").filter(has_text="You have generated your 1 pictures")).to_be_visible()
    expect(studio.page.get_by_role("button", name="Use a busy city")).to_have_count(0)


def test_without_aws_the_painter_paints_and_the_library_keeps(painting_app: App, visit: Visit) -> None:
    studio = on_air(visit(painting_app))
    describe(studio, "a quiet library", RED)
    generate(studio)
    expect(studio.page.get_by_text("Painted here, no AI")).to_be_visible()
    studio.await_frame(lambda frame: not shows_scene("beach")(frame), "another background")
    studio.use("Use Beach")
    studio.await_frame(shows_scene("beach"), "the beach")
    studio.page.get_by_role("button", name="Open library").click()
    library = studio.page.get_by_role("dialog")
    library.get_by_role("button", name="Use", exact=True).click()
    expect(library).to_have_count(0)
    expect(studio.page.get_by_role("img", name="a quiet library, in use")).to_be_visible()
    studio.await_frame(lambda frame: not shows_scene("beach")(frame), "the library's picture")
    assert_never_left(studio)
    studio.page.get_by_role("link", name="Backgrounds").click()
    expect(studio.page.get_by_role("heading", name="Backgrounds")).to_be_visible()
    expect(studio.page.get_by_role("button", name="Use", exact=True)).to_be_visible()
    studio.page.get_by_role("button", name="Delete", exact=True).click()
    expect(studio.page.get_by_text("Deleted: a quiet library")).to_be_visible()
    studio.page.get_by_role("button", name="Undo delete").click()
    expect(studio.page.get_by_text("Deleted: a quiet library")).to_have_count(0)
    with studio.page.expect_download() as download:
        studio.page.get_by_role("button", name="Download").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\xff\xd8")
    studio.page.get_by_role("button", name="Use", exact=True).click()
    studio.page.get_by_role("link", name="Studio").click()
    expect(studio.page.get_by_role("img", name="a quiet library, in use")).to_be_visible()
