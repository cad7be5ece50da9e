"""The page "Backgrounds" as a whole."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from components.backgrounds.painter import SCENES
from tests.panels import a_session, paint_at_once

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def new_process() -> Iterator[None]:
    """Settings are read and garbage is set aside once a process: not with this test's, nor by it."""
    streamlit.cache_resource.clear()
    yield
    streamlit.cache_resource.clear()
    gc.unfreeze()
    gc.collect()


def test_a_visitor_sees_their_own_pictures_and_the_built_in_scenes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint_at_once(monkeypatch)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    session = a_session()
    app = AppTest.from_file(str(ROOT / "pages" / "backgrounds.py"), default_timeout=20)
    app.session_state["visitor"] = session
    app.run()
    assert not app.exception
    assert "Nothing here yet. What you generate or upload is kept here." in [text.value for text in app.caption]
    assert {f"Use {scene.name}" for scene in SCENES} <= {button.label for button in app.button}
    app.button(key=f"use-{SCENES[-1].key}").click().run()
    assert session.shows("scene", SCENES[-1].key)
