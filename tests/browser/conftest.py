import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from components.settings import read_settings
from components.video.models import find_models
from tests.browser.evidence import CAMERA
from tests.browser.studio_page import WAIT, App, StudioPage, running_app
from tests.fakes import MAGENTA
from tests.material import moving_person, write_y4m

# Playwright gives up after 5 s, and a loaded machine may take as long for a page.
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A loaded machine may take minutes for what a free one does in seconds; each wait has a limit of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="package")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The camera: the astronaut, swaying before a room of pure magenta."""
    find_models(read_settings().model_dir)
    path = tmp_path_factory.mktemp("camera") / "astronaut.y4m"
    write_y4m(path, moving_person(*CAMERA, room=MAGENTA))
    return path


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as it:
        yield it


@pytest.fixture(scope="package")
def idle_browser(playwright: Playwright, clip: Path) -> Iterator[Callable[[], Browser]]:
    """Gives a browser with the camera and without a page: one that is done with, or a new one."""
    # None: the one that Playwright brought.
    executable = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    flags = [*FLAGS, f"--use-file-for-fake-video-capture={clip}"]
    browsers: list[Browser] = []

    def idle() -> Browser:
        for browser in browsers:
            if browser.is_connected() and not browser.contexts:
                return browser
        browsers.append(playwright.chromium.launch(executable_path=executable, args=flags))
        return browsers[-1]

    yield idle
    for browser in browsers:
        if browser.is_connected():
            browser.close()


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app for all who need no settings of their own."""
    folder = tmp_path_factory.mktemp("app")
    with running_app(folder, DATA_DIR=str(folder / "data")) as it:
        yield it


@pytest.fixture
def visit(idle_browser: Callable[[], Browser], request: pytest.FixtureRequest) -> Iterator[Callable[..., StudioPage]]:
    """Opens the studio as a new visitor; of two at once each has a browser: a page in the background is not drawn.

    After a failure, what each of them saw lies in `out/`: the page, and the pictures that showed most of the room.
    """
    opened: list[StudioPage] = []
    failed = request.session.testsfailed

    def open_page(app: App, path: str = "", **options: Any) -> StudioPage:
        opened.append(StudioPage(idle_browser(), app.url + path, log=app.log, **options))
        return opened[-1]

    yield open_page
    for number, studio in enumerate(opened):
        if request.session.testsfailed > failed:
            studio.photograph(f"{request.node.name}-{number}")
            studio.keep_evidence(f"{request.node.name}-{number}")
        studio.close()
