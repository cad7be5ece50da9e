"""A clip of the visitor's own, in a real browser: prepared beside the stream, and ended with the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import FilePayload, expect

from tests.browser.studio_page import App, StudioPage, has_face, shows_colour, wait_for
from tests.films import film, levels, tagged_film

GREEN = (30, 160, 40)


def payload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def clip_children(app: App) -> list[str]:
    """The app's processes that rewrite clips."""
    found = []
    for task in Path(f"/proc/{app.process.pid}/task").iterdir():
        try:
            for pid in (task / "children").read_text().split():
                if "clip_child" in Path(f"/proc/{pid}/cmdline").read_text():
                    found.append(pid)
        except OSError:
            continue  # It has just ended.
    return found


def test_a_clip_is_prepared_beside_the_stream_and_the_work_ends_with_the_page(
    app: App, visit: Callable[..., StudioPage]
) -> None:
    studio = visit(app)
    studio.start()
    studio.await_frame(has_face, "the face")
    upload = studio.page.locator("input[type=file]")
    upload.set_input_files(payload("WAVES.M4V", tagged_film(levels(GREEN, 1, False, 8), matrix=1)))
    studio.await_frame(shows_colour(*GREEN), "the clip")

    # A minute in full HD: under way for many seconds on any machine.
    long = film("mp4", "libx264", size=(1920, 1080), frames=1500, fps=25, options={"preset": "ultrafast"})
    upload.set_input_files(payload("long.mov", long))
    expect(studio.page.get_by_text("Preparing your clip…").first).to_be_visible()
    wait_for(lambda: clip_children(app), "the child")
    at = studio.frames[-1]["at"]
    studio.await_frame(lambda frame: frame["at"] > at + 1, "the stream going on")
    studio.use("Colour")
    studio.await_frame(shows_colour(0x2F, 0x6F, 0x62), "the colour, chosen meanwhile")
    assert clip_children(app)
    studio.close()
    wait_for(lambda: not clip_children(app), "the end of the child")
