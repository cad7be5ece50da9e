"""From a prompt to the picture behind the person, mid-stream, through a Bedrock on loopback."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.studio_page import StudioPage, has_face, running_app, shows_colour, shows_scene
from tests.fake_bedrock import FakeBedrock
from tests.fake_bedrock_bodies import colour_of

Visit = Callable[..., StudioPage]

RED, GREEN = 11, 12
"""Seeds; the fake paints a colour that follows prompt and seed."""


@contextmanager
def studio_with_bedrock(folder: Path, visit: Visit, **settings: str) -> Iterator[tuple[StudioPage, FakeBedrock]]:
    with (
        FakeBedrock(slow_s=60) as bedrock,
        running_app(
            folder,
            DATA_DIR=str(folder / "data"),
            AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
            AWS_SECRET_ACCESS_KEY="not-a-secret",
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME=bedrock.url,
            AWS_ENDPOINT_URL_BEDROCK=bedrock.url,
            **settings,
        ) as app,
    ):
        studio = visit(app)
        studio.start()
        studio.await_frame(has_face, "the face")
        yield studio, bedrock
        assert all(frame["room"] < 0.01 for frame in studio.frames)
        studio.close()


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


def test_a_prompt_becomes_the_background_and_history_brings_it_back(tmp_path: Path, visit: Visit) -> None:
    with studio_with_bedrock(tmp_path, visit) as (studio, bedrock):
        for seed in (RED, GREEN):
            describe(studio, "a plain wall", seed)
            generate(studio)
            studio.await_frame(shows_colour(*colour_of("a plain wall", seed)), "the generated wall")
        expect(studio.page.get_by_text("From Stability").or_(studio.page.get_by_text("≈ $0.04")).first).to_be_visible()
        studio.settle()
        first = studio.page.get_by_role("button", name="Use a plain wall").nth(1)
        first.click()
        clicked = studio.page.evaluate("Date.now() / 1000")
        shown = studio.await_frame(shows_colour(*colour_of("a plain wall", RED)), "the first wall again")
        # The page, the camera and this test's reading of every frame share two cores here.
        assert shown - clicked < 3.0
        studio.page.get_by_role("button", name="Undo").click()
        studio.await_frame(shows_colour(*colour_of("a plain wall", GREEN)), "the second wall, by undo")
        studio.page.get_by_role("button", name="Redo").click()
        studio.await_frame(shows_colour(*colour_of("a plain wall", RED)), "the first wall, by redo")
        describe(studio, "a plain wall", GREEN)
        generate(studio)
        studio.await_frame(shows_colour(*colour_of("a plain wall", GREEN)), "the second wall, from the library")
        assert len(bedrock.seen) == 2
        assert studio.connections == 1


def test_what_fails_says_why_and_the_old_background_stays(tmp_path: Path, visit: Visit) -> None:
    with studio_with_bedrock(tmp_path, visit) as (studio, bedrock):
        alert = studio.page.get_by_role("alert")
        for prompt, sentence in [("[refused] walls", "content filter"), ("[denied] walls", "access")]:
            describe(studio, prompt, RED)
            generate(studio)
            expect(alert.filter(has_text=sentence)).to_be_visible(timeout=30_000)
        studio.page.get_by_label("Describe your background").fill("   ")
        generate(studio)
        expect(alert.filter(has_text="Describe the background first")).to_be_visible()
        describe(studio, "[busy] wall", RED)
        generate(studio)
        expect(studio.page.get_by_text("Busy, trying again")).to_be_visible(timeout=30_000)
        studio.await_frame(shows_colour(*colour_of("[busy] wall", RED)), "the wall, after a retry")
        bedrock.shutdown()
        bedrock.server_close()
        describe(studio, "unreachable wall", RED)
        generate(studio)
        expect(alert.filter(has_text="Amazon Bedrock")).to_be_visible(timeout=60_000)
        assert shows_colour(*colour_of("[busy] wall", RED))(studio.frames[-1])
        assert studio.connections == 1


def test_cancel_leaves_the_page_usable_and_a_double_click_sends_once(tmp_path: Path, visit: Visit) -> None:
    with studio_with_bedrock(tmp_path, visit) as (studio, bedrock):
        describe(studio, "[slow] wall", RED)
        studio.page.get_by_role("button", name="Generate background").dblclick()
        studio.page.get_by_role("button", name="Cancel").click()
        expect(studio.page.get_by_text("Cancelled.")).to_be_visible()
        bedrock.go_on.set()
        studio.use("Use Mountain lake")
        studio.await_frame(shows_scene("mountain-lake"), "the lake")
        # The picture that was sent for comes into the history, and not onto the screen.
        studio.page.get_by_role("link", name="Backgrounds").click()
        studio.page.get_by_role("link", name="Studio").click()
        expect(studio.page.get_by_role("button", name="Use [slow] wall")).to_be_visible(timeout=20_000)
        expect(studio.page.get_by_role("img", name="Mountain lake, in use").first).to_be_visible()
        assert len(bedrock.seen) == 1


def test_the_budget_is_shown_and_kept(tmp_path: Path, visit: Visit) -> None:
    with studio_with_bedrock(tmp_path, visit, GENERATIONS_PER_SESSION="1") as (studio, bedrock):
        expect(studio.page.get_by_text("1 left today")).to_be_visible()
        describe(studio, "wall", RED)
        generate(studio)
        studio.await_frame(shows_colour(*colour_of("wall", RED)), "the wall")
        expect(studio.page.get_by_text("0 left today")).to_be_visible()
        describe(studio, "wall", GREEN)
        generate(studio)
        expect(studio.page.get_by_role("alert").filter(has_text="You have generated your 1 pictures")).to_be_visible()
        assert len(bedrock.seen) == 1


def test_without_aws_the_painter_paints_and_the_library_keeps(tmp_path: Path, visit: Visit) -> None:
    with running_app(tmp_path, DATA_DIR=str(tmp_path / "data"), AWS_EC2_METADATA_DISABLED="true") as app:
        studio = visit(app)
        studio.start()
        studio.await_frame(has_face, "the face")
        describe(studio, "a quiet library", RED)
        generate(studio)
        expect(studio.page.get_by_text("Painted here, no AI")).to_be_visible(timeout=30_000)
        studio.await_frame(lambda frame: not shows_scene("beach")(frame), "another background")
        assert max(frame["room"] for frame in studio.frames) < 0.01
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
        studio.close()
