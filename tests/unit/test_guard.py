"""What every page does first."""

import gc
import tomllib
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


def page() -> None:
    from components.ui.guard import guard

    guard()


def test_full_collections_do_not_hold_the_frames_up() -> None:
    # Measured in a browser with the defaults: 60 % of the server's time, 19 of 30 fps at the lowest quality.
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["runner"]["postScriptGC"] is False
    gc.unfreeze()
    held = len(gc.get_objects())
    try:
        assert not AppTest.from_function(page).run().exception
        assert gc.get_freeze_count() >= held
        assert len(gc.get_objects()) < held / 2
    finally:
        gc.unfreeze()
