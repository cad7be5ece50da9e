"""What visitors may make in the owner's account, as the form offers it and Streamlit runs it."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.errors import StageAccessRefused
from components.settings import Settings
from components.stage.ivs import Stage
from components.ui import ivs_access
from components.ui.on_stage import OnStage

ARN = "arn:aws:ivs:us-west-2:123456789012:stage/made"


class Account:
    """As much of `IvsRealTime` as a form needs."""

    def __init__(self, *_: object) -> None:
        self.made: list[str] = []

    def create_stage(self, name: str) -> Stage:
        self.made.append(name)
        return Stage(f"{ARN}{len(self.made)}", name, "https://w.example", "wss://e.example")


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ivs_access, "credentials_available", lambda: True)
    monkeypatch.setattr(ivs_access, "IvsRealTime", Account)
    yield
    ivs_access.ivs_access.clear()


def settings(folder: Path, **values: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **values)  # type: ignore[arg-type, call-arg]


def form(settings: Settings) -> AppTest:
    def script() -> None:
        import streamlit as st

        from components.ui.ivs_access import ivs_access
        from components.ui.stage_form import draw_form

        st.session_state["visitor"].on_stage.hear()
        draw_form(st.session_state["visitor"], st.session_state["settings"])
        st.session_state["access"] = ivs_access(st.session_state["settings"])
        st.session_state["counted"] = st.session_state["access"].counted

    publisher: Any = None
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["settings"] = settings
    app.session_state["visitor"] = SimpleNamespace(on_stage=OnStage(publisher))
    app.run()
    assert not app.exception
    return app


def buttons(app: AppTest) -> list[str]:
    return [str(button.label) for button in app.button]


def test_credentials_alone_let_nobody_make_a_stage(tmp_path: Path) -> None:
    assert buttons(form(settings(tmp_path))) == []


def test_where_it_is_allowed_one_stage_is_made_for_all_and_its_arn_is_not_shown(tmp_path: Path) -> None:
    given = settings(tmp_path, ivs_create_stage=True)
    visitors = [form(given) for _ in range(2)]
    for app in visitors:
        assert buttons(app) == ["Create a stage"]
        app.button(key="create-stage").click().run()
        assert not app.exception
        on_stage = app.session_state["visitor"].on_stage
        while on_stage.asking:  # Each run waits for a moment.
            app.run()
        assert on_stage.stage_arn == f"{ARN}1"
        assert "123456789012" not in "".join(str(toast.value) for toast in app.toast)
    assert visitors[0].toast
    access: Any = visitors[0].session_state["access"]
    assert len(access.api.made) == 1


def test_each_visit_has_a_part_of_the_days_tokens(tmp_path: Path) -> None:
    given = settings(tmp_path, stage_tokens_per_session=1, stage_tokens_per_day=2)
    one, other, third = form(given), form(given), form(given)
    for app in (one, other):
        with app.session_state["counted"]():
            pass
    one.run()
    for app, words in ((one, "visit has had its 1 tokens"), (third, "for today")):
        with pytest.raises(StageAccessRefused, match=words), app.session_state["counted"]():
            pass
