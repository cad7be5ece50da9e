"""The page of an audience, as Streamlit runs it: the way in by hand, and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from components.ui import _compat
from components.ui.viewer import local_stages
from tests.fake_stage_tokens import issue
from tests.loopback import Loop

VIEWER = {"capabilities": {"allow_publish": False, "allow_subscribe": True}}


@pytest.fixture
def app() -> AppTest:
    def script() -> None:
        from components.settings import Settings
        from components.ui.watch import draw_watch

        draw_watch(Settings(ice_servers="none"))

    return AppTest.from_function(script, default_timeout=30).run()


def a_token(**claims: object) -> str:
    return issue("https://stage.example", "wss://events.example", **(VIEWER | claims))


def test_with_both_fields_blank_the_page_says_what_to_enter(app: AppTest) -> None:
    app.button(key="watch").click().run()
    assert [error.value for error in app.error] == ["Enter a room code or a viewer token."]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("watch-code", "0000-0000-0000-0000", "There is no stage with this code"),
        ("watch-token-field", "no token", "This is no participant token"),
        ("watch-token-field", a_token(exp=1), "This viewer token expired"),
        ("watch-token-field", a_token(capabilities={"allow_publish": True}), "does not allow viewing"),
    ],
)
def test_what_cannot_be_watched_is_said_beside_the_field_that_stays(
    app: AppTest, field: str, typed: str, words: str
) -> None:
    app.text_input(key=field).set_value(typed)
    app.button(key="watch").click().run()
    [error] = app.error
    assert words in error.value
    assert app.text_input(key=field).value == typed


def test_a_token_opens_its_stage_and_one_may_turn_back(app: AppTest) -> None:
    app.text_input(key="watch-token-field").set_value(a_token())
    app.button(key="watch").click().run()
    assert not app.exception
    assert not app.text_input
    app.button(key="watch-other").click().run()
    assert app.text_input(key="watch-token-field")


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Streamlit's, on which viewers are answered."""
    it = Loop()
    monkeypatch.setattr(_compat, "get_global_event_loop", lambda: it.loop)
    yield
    it.close()


@pytest.mark.usefixtures("loop")
def test_a_room_opens_by_its_code_and_one_may_turn_back(app: AppTest) -> None:
    code = local_stages().create().code
    app.text_input(key="watch-code").set_value(code)
    app.button(key="watch").click().run()
    assert not app.text_input
    assert app.query_params["room"] == code
    app.button(key="watch-other").click().run()
    assert app.text_input(key="watch-code")
    assert "room" not in app.query_params


def test_a_link_to_a_room_that_is_gone_says_so_and_leads_on(app: AppTest) -> None:
    app.query_params["room"] = "0000-0000-0000-0000"
    app.run()
    assert "There is no stage with this code" in app.warning[0].value
    app.button(key="watch-other").click().run()
    assert app.text_input(key="watch-code")
