"""Whatever is typed has a limit, which Streamlit holds on the server too."""

import ast
import tomllib
import unicodedata
from pathlib import Path

import pytest

from components.backgrounds import index
from tests.library_material import opened, png, prompted

ROOT = Path(__file__).parents[2]
PAGES = [*(ROOT / "components" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"]
FIELDS = ("text_input", "text_area", "chat_input")


def fields(path: Path) -> list[ast.Call]:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in FIELDS]


def test_every_text_field_has_a_limit() -> None:
    found = [(path.name, call) for path in PAGES for call in fields(path)]
    assert len(found) >= 6
    without = [
        (name, call.lineno) for name, call in found if "max_chars" not in {keyword.arg for keyword in call.keywords}
    ]
    assert without == []


def test_a_message_of_a_browser_is_as_small_as_the_page_needs() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["maxWidgetStateSize"] <= 1
    assert config["server"]["maxMessageSize"] <= 5


def test_a_search_is_cut_before_its_letters_are_normalised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One U+FDFA becomes eighteen letters."""
    library = opened(tmp_path)
    library.keep("ada", png(1), prompted("beach " + "\ufdfa" * 900))
    seen: list[int] = []
    normalise = unicodedata.normalize

    def noting(form: str, text: str) -> str:
        seen.append(len(text))
        return normalise(form, text)  # type: ignore[arg-type]

    monkeypatch.setattr("components.backgrounds.index.unicodedata.normalize", noting)
    assert library.find("ada", "\ufdfa" * 4_000_000).total == 1
    assert max(seen) <= index.MAX_SEARCH_CHARACTERS * 18
    assert library.find("ada", "beach").total == 1
