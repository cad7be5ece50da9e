"""The sidebar's prompt, as Streamlit runs it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.backgrounds.workshop import Workshop
from components.errors import ContentRefused
from components.ui.session import Session
from components.ui.styles import IDEAS, STYLES
from tests.fake_generator import Painter, raising
from tests.panels import a_session, a_workshop, drawn

WAIT = 10


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
def workshop(tmp_path: Path, painter: Painter) -> Workshop:
    return a_workshop(tmp_path, painter)


@pytest.fixture
def session() -> Session:
    return a_session()


def prompt_panel() -> None:
    import streamlit as st

    from components.ui.prompt import draw_prompt

    if st.sidebar.toggle("Elsewhere"):
        st.write("Another page")
    else:
        draw_prompt(st.session_state["visitor"], st.session_state["workshop"], "me")


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def finish(app: AppTest, session: Session) -> None:
    # What fails at once may have been heard of already, in the run that began it.
    if session.job is not None:
        assert session.job.wait(WAIT)
        app.run()
    assert session.job is None


def test_a_style_is_shown_with_the_words_that_are_sent(session: Session, workshop: Workshop, painter: Painter) -> None:
    app = drawn(prompt_panel, session, workshop)
    app.text_area(key="prompt").set_value("a beach")
    app.button_group(key="style").set_value("Anime").run()
    assert f"Sent as: a beach, {STYLES['Anime']}".replace("-", "\\-") in captions(app)
    app.button(key="generate").click().run()
    finish(app, session)
    assert [request.prompt for request in painter.requests] == [f"a beach, {STYLES['Anime']}"]
    assert [toast.value for toast in app.toast] == ["M · 0.1 s · ≈ $0.04 · seed 7"]


def test_surprise_me_writes_an_idea_into_the_field(session: Session, workshop: Workshop) -> None:
    app = drawn(prompt_panel, session, workshop)
    app.button(key="surprise").click().run()
    assert app.text_area(key="prompt").value in IDEAS


def test_again_sends_the_last_description_and_leaves_the_typed_one_alone(
    session: Session, workshop: Workshop, painter: Painter
) -> None:
    app = drawn(prompt_panel, session, workshop)
    assert app.button(key="again").disabled
    app.text_area(key="prompt").set_value("a beach")
    app.text_input(key="seed").set_value("5").run()
    app.button(key="generate").click().run()
    finish(app, session)
    app.text_area(key="prompt").set_value("a half-typed lak").run()
    app.button(key="again").click().run()
    finish(app, session)
    assert [(request.prompt, request.seed) for request in painter.requests] == [("a beach", 5), ("a beach", None)]
    assert app.text_area(key="prompt").value == "a half-typed lak"
    assert app.text_input(key="seed").value == "5"
    app.button(key="edit").click().run()
    assert app.text_area(key="prompt").value == "a beach"


@pytest.mark.parametrize("seed", ["five", "-1", "4294967296", "9" * 5000])
def test_a_seed_that_is_none_is_a_sentence(session: Session, workshop: Workshop, painter: Painter, seed: str) -> None:
    app = drawn(prompt_panel, session, workshop)
    app.text_area(key="prompt").set_value("a beach")
    app.text_input(key="seed").set_value(seed)
    app.button(key="generate").click().run()
    assert [error.value for error in app.error] == ["The seed must be a whole number from 0 to 4294967295."]
    assert not app.exception
    assert not painter.requests


def test_what_was_typed_is_still_there_after_a_visit_elsewhere(session: Session, workshop: Workshop) -> None:
    app = drawn(prompt_panel, session, workshop)
    app.text_area(key="prompt").set_value("a beach")
    app.button_group(key="style").set_value("Neon")
    app.text_input(key="negative").set_value("people")
    app.text_input(key="seed").set_value("5").run()
    app.toggle[0].set_value(True).run()
    assert not app.text_area
    app.toggle[0].set_value(False).run()
    assert app.text_area(key="prompt").value == "a beach"
    assert app.button_group(key="style").value == "Neon"
    assert [app.text_input(key=key).value for key in ("negative", "seed")] == ["people", "5"]


def test_what_is_left_today_is_the_browsers_and_a_reload_gives_no_more(session: Session, workshop: Workshop) -> None:
    app = drawn(prompt_panel, session, workshop)
    assert "Test painter · 9 left today · ≈ $0.04 each" in captions(app)
    app.text_area(key="prompt").set_value("a beach").run()
    app.button(key="generate").click().run()
    finish(app, session)
    reloaded = drawn(prompt_panel, a_session(), workshop)
    assert "Test painter · 8 left today · ≈ $0.04 each" in captions(reloaded)


def test_a_refusal_is_said_until_another_background_is_chosen(
    session: Session, workshop: Workshop, painter: Painter
) -> None:
    painter.answer = raising(ContentRefused("Refused by the model's content filter."))
    app = drawn(prompt_panel, session, workshop)
    app.text_area(key="prompt").set_value("a beach").run()
    app.button(key="generate").click().run()
    finish(app, session)
    assert [error.value for error in app.error] == ["Refused by the model's content filter."]
    session.use(session.timeline.current)
    app.run()
    assert not app.error


def test_who_shares_a_library_is_told_so_before_anything_is_generated(tmp_path: Path, session: Session) -> None:
    sentence = "Everybody who opens this app sees what is uploaded or generated here."
    assert sentence not in captions(drawn(prompt_panel, session, a_workshop(tmp_path)))
    assert sentence in captions(drawn(prompt_panel, session, a_workshop(tmp_path, shared=True)))
