import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from components.settings import read_settings
from components.video.models import find_models
from tests.browser.studio_page import WAIT, App, StudioPage, running_app
from tests.fakes import MAGENTA
from tests.material import moving_person, write_y4m

# Playwright gives up after 5 s, which a loaded machine takes for a page.
expect.set_options(timeout=WAIT * 1000)

# Without the background-networking flags Chromium waits for Google's hosts at every start.
FLAGS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The camera: the astronaut, swaying before a room of pure magenta."""
    find_models(read_settings().model_dir)
    path = tmp_path_factory.mktemp("camera") / "astronaut.y4m"
    write_y4m(path, moving_person(640, 480, 60, room=MAGENTA))
    return path


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as it:
        yield it


@pytest.fixture
def launch(playwright: Playwright, clip: Path) -> Iterator[Callable[..., Browser]]:
    """Starts browsers of their own, each with the camera."""
    # None: the one that Playwright brought.
    executable = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    browsers: list[Browser] = []

    def start(*more: str) -> Browser:
        flags = [*FLAGS, f"--use-file-for-fake-video-capture={clip}", *more]
        browsers.append(playwright.chromium.launch(executable_path=executable, args=flags))
        return browsers[-1]

    yield start
    for browser in browsers:
        if browser.is_connected():
            browser.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("app")) as it:
        yield it


@pytest.fixture
def visit(launch: Callable[..., Browser]) -> Callable[..., StudioPage]:
    """Opens the studio, each time in a browser of its own: a page in the background is not painted."""

    def open_page(app: App, path: str = "", *flags: str, **options: Any) -> StudioPage:
        return StudioPage(launch(*flags), app.url + path, **options)

    return open_page
