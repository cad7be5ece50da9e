"""`secrets.toml` as a page finds it."""

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.settings import read_settings


def page() -> None:
    from components.ui.secrets import export_secrets

    export_secrets()


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIBRARY_SHARED", "STAGE_DESTINATIONS"):
        monkeypatch.setenv(name, "")  # Put back as it was, whatever the page writes.


def test_a_boolean_and_a_list_are_settings_too() -> None:
    app = AppTest.from_function(page)
    app.secrets["LIBRARY_SHARED"] = True
    app.secrets["STAGE_DESTINATIONS"] = ["server", "ivs"]
    app.secrets["section"] = {"LIBRARY_SHARED": False}
    assert not app.run().exception
    settings = read_settings()
    assert settings.library_shared
    assert settings.destinations == ("ivs", "server")


def test_without_secrets_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    before = dict(os.environ)
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert not app.error
    assert dict(os.environ) == before
