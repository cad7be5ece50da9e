"""The studio as a visitor sees it: a real app in a process of its own, and a real browser with a clip for a camera."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Browser, Frame, Page

from components.backgrounds.gallery import picture
from components.video.planes import cover
from tests.browser.evidence import keep

ROOT = Path(__file__).parents[2]
OUT = Path(__file__).parent / "out"
WATCHER = (Path(__file__).parent / "watcher.js").read_text()
WAIT = 60.0
"""Seconds; a loaded machine takes this long for what a free one does in three."""


def wait_for(condition: Callable[[], Any], what: str, seconds: float = WAIT) -> Any:
    """Poll until the condition holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


@dataclass
class App:
    """A running app."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def threads(self) -> int:
        """Threads of the server's process."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))


@contextmanager
def running_app(
    folder: Path,
    *,
    script: Sequence[str] = ("-m", "streamlit"),
    page: str = "app.py",
    may_trace: bool = False,
    base: str = "",
    **settings: str,
) -> Iterator[App]:
    """The app on a free port, with these settings; a traceback in its log fails the test, unless it may.

    `base`: its `baseUrlPath`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / f"app-{port}.log"
    command = [sys.executable, *script, "run", page, "--server.headless=true", f"--server.port={port}"]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*command, "--server.fileWatcherType=none", f"--server.baseUrlPath={base}"],
            cwd=ROOT,
            env=os.environ | {"ICE_SERVERS": "none", "PYTHONPATH": str(ROOT)} | settings,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        app = App(f"http://localhost:{port}/{base}".rstrip("/"), process, log)
        wait_for(lambda: _healthy(app), "the app's start")
        yield app
    finally:
        lived = log.stat().st_size
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    # Up to the signal: what a page that was cut off in mid-run says is no fault of it.
    written = log.read_bytes()[:lived].decode(errors="replace")
    # Ours only: uvicorn traces a websocket that closes while it opens.
    ours = [
        line for line in written.splitlines() if f'File "{ROOT}/components' in line or f'File "{ROOT}/pages' in line
    ]
    assert may_trace or not ours, written[-4000:]


def _healthy(app: App) -> bool:
    try:
        return httpx.get(f"{app.url}/_stcore/health", timeout=2).text == "ok"
    except httpx.HTTPError:
        return False


class StudioPage:
    """One visitor."""

    def __init__(
        self, browser: Browser, url: str, script: str = "", *, log: Path | None = None, **options: Any
    ) -> None:
        self.browser = browser
        self.log = log
        self.context = browser.new_context(**({"viewport": {"width": 1440, "height": 900}} | options))
        self.context.add_init_script(WATCHER + script)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WAIT * 1000)
        self.page.goto(url)

    @property
    def streamer(self) -> Frame:
        """The streamer's own frame."""
        # A rerun may take the element away between the two questions.
        return wait_for(lambda: self._streamer(), "the streamer")

    def _streamer(self) -> Frame | None:
        element = self.page.query_selector("iframe[src*='streamlit_webrtc']")
        return element.content_frame() if element else None

    def start(self) -> None:
        self.streamer.get_by_role("button", name="Start camera").click()

    def stop(self) -> None:
        self.streamer.get_by_role("button", name="Stop camera").click()
        self.streamer.get_by_role("button", name="Start camera").wait_for()

    def settle(self) -> None:
        """Wait until no script runs: while one does, Streamlit shows what has moved at its old place too."""
        self.page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")

    def use(self, name: str) -> float:
        """Click the button; returns the moment of the click in the frames' time."""
        self.settle()
        self.page.get_by_role("button", name=name, exact=True).click()
        return self.clicked

    @property
    def clicked(self) -> float:
        """The moment of the last click in the frames' time, as the page felt it."""
        return float(self.page.evaluate("window.__clicked"))

    @property
    def frames(self) -> list[dict[str, Any]]:
        """Every picture that the streamer has displayed so far."""
        return self.streamer.evaluate("window.__frames")

    @property
    def displayed(self) -> list[dict[str, Any]]:
        """Every picture that any video of the page has displayed so far: the streamer's, and other people's tiles."""
        return [picture for frame in self.page.frames for picture in frame.evaluate("window.__frames ?? []")]

    @property
    def connections(self) -> int:
        return self.streamer.evaluate("window.__connections")

    def await_frame(self, condition: Callable[[dict[str, Any]], bool], what: str, seconds: float = WAIT) -> float:
        """Wait for a displayed picture like this; returns when it was displayed."""
        streamer = self.streamer
        seen = max(0, streamer.evaluate("window.__frames.length") - 1)
        latest: list[dict[str, Any]] = []

        def found() -> float | None:
            nonlocal seen
            new = streamer.evaluate("seen => window.__frames.slice(seen)", seen)
            seen += len(new)
            latest[:] = new[-1:] or latest
            return next((frame["at"] for frame in new if condition(frame)), None)

        try:
            return float(wait_for(found, what, seconds))
        except AssertionError as error:
            raise AssertionError(f"{error}; {seen} frames, the last: {latest}") from None

    def photograph(self, name: str) -> None:
        """Keep what the page shows, if it is still there."""
        if self.context in self.browser.contexts:
            OUT.mkdir(exist_ok=True)
            self.page.screenshot(path=OUT / f"{name}.png")

    def keep_evidence(self, name: str) -> list[Path]:
        """Keep the pictures that showed most of the room, if the page is still there: see evidence.py."""
        return keep(self.page, self.log, OUT, name) if self.context in self.browser.contexts else []

    def close(self) -> None:
        """Leave; harmless for who has left."""
        if self.context in self.browser.contexts:
            self.context.close()


def shows(expected: np.ndarray, tolerance: float = 14) -> Callable[[dict[str, Any]], bool]:
    """Whether the top of a picture, beside the person, is this backdrop (uint8 HxWx3 RGB)."""

    def condition(frame: dict[str, Any]) -> bool:
        fitted = cover(expected, (frame["width"], frame["height"]))[: frame["height"] // 8]
        fields = np.array([field.reshape(-1, 3).mean(0) for field in np.array_split(fitted, 8, axis=1)])
        return bool(np.abs(np.array(frame["top"]) - fields).mean() < tolerance)

    return condition


def shows_scene(key: str, tolerance: float = 14) -> Callable[[dict[str, Any]], bool]:
    """Whether the backdrop is this built-in scene."""
    return shows(picture(key), tolerance)


def shows_colour(red: int, green: int, blue: int) -> Callable[[dict[str, Any]], bool]:
    """Whether the backdrop is this colour."""
    return shows(np.full((8, 8, 3), (red, green, blue), np.uint8))


def nearer_to(new: tuple[int, int, int], old: tuple[int, int, int]) -> Callable[[dict[str, Any]], bool]:
    """Whether a picture's backdrop has more of one colour than of another."""

    def condition(frame: dict[str, Any]) -> bool:
        seen = np.mean(frame["top"], axis=0)
        return bool(np.linalg.norm(seen - new) < np.linalg.norm(seen - old))

    return condition


LARGEST_SHARE_OF_ROOM = 0.01


def assert_no_room(pictures: list[dict[str, Any]]) -> None:
    """Of these displayed pictures, of which there must be some, none shows the room."""
    worst = max(pictures, key=lambda picture: picture["room"])
    facts = {key: worst[key] for key in ("at", "width", "height")}
    number = pictures.index(worst)
    assert worst["room"] < LARGEST_SHARE_OF_ROOM, f"{worst['room']:.1%} of picture {number} is room: {facts}"


def has_face(frame: dict[str, Any]) -> bool:
    """Whether about as much skin shows as the astronaut's face has."""
    return bool(frame["skin"] > 0.01)
