"""The README's picture of the studio: `python -m bench.screenshot [FILE]` writes it (docs/studio.jpg).

A person in an office of our own painting stands on the beach, live on this server's stage, in a real browser.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from bench.films import FPS, Film
from components.video.planes import Size, to_rgb

SIZE: Size = (640, 480)
SETTLED_MS = 20_000
"""Rates need a dozen seconds to settle, and lines behind the figures as many to mean something."""

QUALITY = 85


def main() -> int:
    """Film, join, wait, look."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "studio.jpg"
    # By name: development tools, that the product runs without.
    sync_api = import_module("playwright.sync_api")
    material, flags = import_module("tests.material"), import_module("tests.browser.conftest").FLAGS
    pages = import_module("tests.browser.studio_page")
    with tempfile.TemporaryDirectory() as name, sync_api.sync_playwright() as playwright:
        folder = Path(name)
        clip = folder / "office.y4m"
        film = Film("picture", SIZE, tall=0.9, frames=2 * FPS)  # She sways there and back.
        material.write_y4m(clip, [to_rgb(shot.picture) for shot in film.shots("office")])
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*flags, f"--use-file-for-fake-video-capture={clip}"]
        )
        with pages.running_app(folder, DATA_DIR=str(folder / "data")) as app:
            studio = pages.StudioPage(browser, app.url)
            studio.start()
            studio.page.get_by_role("button", name="Join stage").click()
            studio.page.get_by_text("Live", exact=True).wait_for()
            studio.page.wait_for_timeout(SETTLED_MS)
            studio.page.mouse.move(0, 0)
            studio.page.screenshot(path=file, type="jpeg", quality=QUALITY)
            studio.close()
        browser.close()
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
