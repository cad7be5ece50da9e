"""The sidebar's section "Background", as Streamlit runs it."""

import io
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from components.backgrounds import gallery, upload_job
from components.backgrounds.entries import Details, Entry
from components.backgrounds.gallery import OTHERS
from components.backgrounds.stop import Stop, Stopped
from components.backgrounds.workshop import Workshop
from components.errors import LibraryError
from components.ui import uploads
from components.ui.session import Session
from components.ui.timeline import MOST_UPLOADS
from components.video.backdrop import Blur, Strength
from components.video.clip import Clip
from tests.fake_generator import png
from tests.panels import a_session, a_workshop, drawn, paint_at_once


@pytest.fixture(autouse=True)
def quick_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    paint_at_once(monkeypatch)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return a_workshop(tmp_path)


@pytest.fixture
def session() -> Session:
    return a_session()


def backgrounds_panel() -> None:
    import streamlit as st

    from components.ui.backgrounds import draw_backgrounds

    visitor = st.session_state["visitor"]
    st.button("Undo", key="undo", on_click=visitor.undo)
    st.button("Redo", key="redo", on_click=visitor.redo)
    draw_backgrounds(visitor, st.session_state["workshop"].library, "me")


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    """Upload, and draw the page again when the file has been read, as the page does by itself."""
    app.file_uploader[0].set_value((name, data, "application/octet-stream")).run()
    job = app.session_state["visitor"].upload_job
    if job is not None:
        assert job.wait(60)
        app.run()
    return app


def detailed() -> bytes:
    """A picture that each encoding changes."""
    buffer = io.BytesIO()
    noise = np.random.default_rng(7).integers(0, 256, (36, 64, 3), np.uint8)
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


def animation() -> bytes:
    buffer = io.BytesIO()
    first, second = Image.new("RGB", (32, 18), "red"), Image.new("RGB", (32, 18), "blue")
    first.save(buffer, "GIF", save_all=True, append_images=[second], duration=100)
    return buffer.getvalue()


def strength(app: AppTest) -> ButtonGroup[Strength]:
    return next(group for group in app.button_group if group.label == "Blur strength")


def test_undo_and_redo_bring_the_blurs_strength_back_with_the_blur(session: Session, workshop: Workshop) -> None:
    app = drawn(backgrounds_panel, session, workshop)
    app.button(key="use-blur").click().run()
    strength(app).set_value(Strength.STRONG).run()
    app.button(key="undo").click().run()
    assert strength(app).value is Strength.MEDIUM
    app.button(key="use-colour").click().run()
    app.button(key="use-blur").click().run()
    backdrop = session.studio.look.backdrop
    assert isinstance(backdrop, Blur)
    assert backdrop.strength is Strength.MEDIUM


def test_undo_and_redo_bring_the_colour_back(session: Session, workshop: Workshop) -> None:
    app = drawn(backgrounds_panel, session, workshop)
    app.button(key="use-colour").click().run()
    app.color_picker[0].set_value("#ff0000").run()
    app.button(key="undo").click().run()
    assert app.color_picker[0].value == "#2f6f62"
    app.button(key="redo").click().run()
    assert app.color_picker[0].value == "#ff0000"


def test_the_scene_in_use_is_marked_also_where_it_has_no_thumbnail(session: Session, workshop: Workshop) -> None:
    app = drawn(backgrounds_panel, session, workshop)
    keys = [f"use-{scene.key}" for scene in OTHERS[:2]]
    assert [app.button(key=key).proto.icon for key in keys] == ["", ""]
    app.button(key=keys[0]).click().run()
    assert [app.button(key=key).proto.icon for key in keys] == [":material/check_circle:", ""]


def test_more_scenes_are_sketched_when_somebody_looks(session: Session, workshop: Workshop) -> None:
    app = drawn(backgrounds_panel, session, workshop)
    names = {scene.name for scene in OTHERS}
    assert not names & {picture.proto.imgs[0].alt for picture in app.get("image")}
    assert not any(size == gallery.SKETCH for _, size in gallery._paintings)
    app.session_state["more-scenes"] = True
    app.run()
    for scene in OTHERS:
        gallery.picture(scene.key, gallery.SKETCH)
    app.run()
    assert names <= {picture.proto.imgs[0].alt for picture in app.get("image")}


def test_an_uploaded_picture_is_on_screen_and_kept_without_being_encoded_twice(
    session: Session, workshop: Workshop
) -> None:
    leaves = detailed()
    upload(drawn(backgrounds_panel, session, workshop), "leaves.png", leaves)
    (entry,) = workshop.library.find("me").entries
    assert session.shows("kept", entry.id)
    assert entry.name == "leaves.png"
    # The same file as when the picture came straight into the library.
    assert entry.hash == workshop.library.keep("me", leaves, Details.uploaded("straight.png")).hash


def test_a_clip_plays_and_is_not_kept(session: Session, workshop: Workshop) -> None:
    app = upload(drawn(backgrounds_panel, session, workshop), "waves.gif", animation())
    assert isinstance(session.studio.look.backdrop, Clip)
    assert workshop.library.find("me").total == 0
    app.button(key="use-colour").click().run()
    app.button(key="use-upload-0").click().run()
    assert isinstance(session.studio.look.backdrop, Clip)


def test_no_more_clips_are_held_than_the_page_offers(session: Session, workshop: Workshop) -> None:
    app = drawn(backgrounds_panel, session, workshop)
    for _ in range(MOST_UPLOADS + 2):
        upload(app, "waves.gif", animation())
    held = {upload.chosen.name for upload in session.uploads}
    walked = {session.timeline.undo().name for _ in range(2 * MOST_UPLOADS)}
    assert len(held) == MOST_UPLOADS
    assert walked <= held | {"green"}


def test_the_picker_takes_files_of_any_name(session: Session, workshop: Workshop) -> None:
    app = drawn(backgrounds_panel, session, workshop)
    assert list(app.file_uploader[0].proto.type) == []
    for name in ("beach.jfif", "BEACH.JPE", "beach.HEIC", "beach"):
        upload(app, name, detailed())
        assert session.upload_problem is None
    assert session.choices == 4
    for name, data, words in (
        ("scan.tiff", b"II*\0\x08\0\0\0", "TIFF"),
        ("scan.bmp", b"BM\x36\0\0\0", "BMP"),
        ("logo.svg", b"<svg/>", "SVG"),
        ("letter.pdf", b"%PDF-1.7", "PDF"),
    ):
        assert words in upload(app, name, data).error[0].value


class NeverReady:
    """A reader that waits until it is told to stop, as for a long clip."""

    def __init__(self) -> None:
        self.stopped = threading.Event()

    def __call__(self, name: str, data: bytes, stop: Stop) -> Clip:
        while not stop.is_set:
            time.sleep(0.01)
        self.stopped.set()
        raise Stopped


@pytest.fixture
def never_ready(monkeypatch: pytest.MonkeyPatch) -> NeverReady:
    reader = NeverReady()
    monkeypatch.setattr(upload_job, "read_upload", reader)
    monkeypatch.setattr(uploads, "QUICK_SECONDS", 0.0)
    return reader


def test_while_a_clip_is_prepared_the_page_says_so_and_other_backgrounds_can_be_chosen(
    session: Session, workshop: Workshop, never_ready: NeverReady
) -> None:
    app = drawn(backgrounds_panel, session, workshop)
    app.file_uploader[0].set_value(("waves.gif", animation(), "image/gif")).run()
    assert any("Preparing your clip…" in caption.value for caption in app.caption)
    app.button(key="use-colour").click().run()
    assert session.timeline.current.kind == "colour"
    assert any("Preparing your clip…" in caption.value for caption in app.caption)
    job = session.upload_job
    assert job is not None
    app.file_uploader[0].set_value([]).run()  # Taken away.
    assert job.wait(20)
    assert never_ready.stopped.is_set()
    assert session.upload_job is None
    assert not any("Preparing" in caption.value for caption in app.caption)


def test_another_file_takes_the_place_of_one_that_is_being_prepared(
    session: Session, workshop: Workshop, never_ready: NeverReady
) -> None:
    app = drawn(backgrounds_panel, session, workshop)
    app.file_uploader[0].set_value(("waves.gif", animation(), "image/gif")).run()
    first = session.upload_job
    assert first is not None
    app.file_uploader[0].set_value(("other.gif", animation(), "image/gif")).run()
    assert first.cancelled
    assert session.upload_job is not None
    assert session.upload_job.name == "other.gif"
    session.upload_job.cancel()


def test_a_page_that_closes_ends_the_work_and_one_that_comes_back_begins_anew(
    session: Session, workshop: Workshop, never_ready: NeverReady
) -> None:
    app = drawn(backgrounds_panel, session, workshop)
    app.file_uploader[0].set_value(("waves.gif", animation(), "image/gif")).run()
    first = session.upload_job
    assert first is not None
    uploads.cancel_upload(session)  # What Streamlit calls when the websocket is gone.
    assert first.wait(20)
    assert never_ready.stopped.is_set()
    app.run()
    assert session.upload_job is not None
    assert session.upload_job is not first
    session.upload_job.cancel()


def test_what_is_said_of_an_upload_is_over_with_the_next_background(session: Session, workshop: Workshop) -> None:
    app = upload(drawn(backgrounds_panel, session, workshop), "letter.png", b"no picture")
    assert "letter.png" in app.error[0].value
    app.button(key="use-colour").click().run()
    assert not app.error


def test_an_upload_that_cannot_be_kept_says_so_and_is_on_screen(
    session: Session, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Entry:
        raise LibraryError("The disk is full.")

    monkeypatch.setattr(workshop.library, "keep_pixels", full)
    app = upload(drawn(backgrounds_panel, session, workshop), "wall.png", png())
    assert "It is on screen, but it was not kept: The disk is full." in [caption.value for caption in app.caption]
    assert session.timeline.current.kind == "upload"


def test_who_shares_a_library_is_told_so_beside_the_upload(tmp_path: Path, session: Session) -> None:
    sentence = "Everybody who opens this app sees what is uploaded or generated here."
    app = drawn(backgrounds_panel, session, a_workshop(tmp_path, shared=True))
    assert sentence in [caption.value for caption in app.caption]
