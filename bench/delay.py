"""How long a picture takes from the camera to the eye, in a real browser: `python -m bench.delay`.

A number is drawn on the person in the camera's film and read back: where the camera gives it, where the preview
displays it, and where a stage on loopback has decoded it. All three read the same machine's clock.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from bench import counter
from bench.material import FPS
from components.video.planes import Size

SIZE: Size = (640, 480)
SETTLE_SECONDS = 12.0
"""Bandwidth estimates and Auto need about as long."""

TURN_SECONDS = 2**counter.BITS / FPS

READER = (Path(__file__).parent / "counter.js").read_text()
PLAIN, TO_PREVIEW, TO_PREVIEW_LIVE, TO_STAGE = (
    "plain loopback",
    "camera to preview",
    "camera to preview, live on a stage",
    "camera to stage",
)

Sighting = tuple[int, float]


@dataclass(frozen=True)
class Delay:
    """From the camera on, in milliseconds, for one way; how many new pictures a second were read at its end."""

    way: str
    median_ms: float
    p95_ms: float
    fps: float


def measure(seconds: float) -> list[Delay]:
    """Watch each way as long, after it has settled. Empty where there is no Chromium."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if chromium is None:
        return []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "counting.y4m"
        _material().write_y4m(clip, counter.film(SIZE))
        with _browser(chromium, clip) as browser:
            return [_plain(browser, folder, seconds), *_product(browser, folder, seconds)]


def _material() -> Any:
    return import_module("tests.material")


def _plain(browser: Any, folder: Path, seconds: float) -> Delay:
    with _app(folder, page="bench/plain_app.py") as app, _visit(browser, app.url) as page:
        streamer = _streamer(page)
        streamer.get_by_role("button", name="START").click()
        displayed = _watched(streamer, seconds)
        return delay_of(PLAIN, *displayed)


def _product(browser: Any, folder: Path, seconds: float) -> Iterator[Delay]:
    with (
        _Stage() as stage,
        _app(
            folder, DATA_DIR=str(folder / "data"), IVS_WHIP_URL=stage.whip_url, IVS_EVENTS_URL="ws://127.0.0.1:9"
        ) as app,
        _visit(browser, app.url) as page,
    ):
        streamer = _streamer(page)
        streamer.get_by_role("button", name="Start camera").click()
        yield delay_of(TO_PREVIEW, *_watched(streamer, seconds))
        field = page.get_by_label("Participant token")
        field.fill(stage.token)
        field.press("Enter")
        page.get_by_role("button", name="Join stage", exact=True).click()
        page.get_by_text("Live", exact=True).wait_for()
        captured, displayed = _watched(streamer, seconds)
        yield delay_of(TO_PREVIEW_LIVE, captured, displayed)
        yield delay_of(TO_STAGE, captured, [each for each in stage.seen if each[1] >= captured[0][1]])
        page.get_by_role("button", name="Leave stage", exact=True).click()


def _watched(streamer: Any, seconds: float) -> tuple[list[Sighting], list[Sighting]]:
    """What the camera gave and what was displayed in these seconds."""
    streamer.wait_for_function("window.__displayed.length > 0")
    streamer.page.wait_for_timeout(1000 * SETTLE_SECONDS)
    streamer.evaluate("window.__captured.length = window.__displayed.length = 0")
    streamer.page.wait_for_timeout(1000 * seconds)
    captured, displayed = streamer.evaluate("[window.__captured, window.__displayed]")
    return captured, displayed


def delay_of(way: str, captured: Sequence[Sighting], seen: Sequence[Sighting]) -> Delay:
    """From each number's last capture to when it was first seen; one that is repeated is no new picture."""
    fresh = [one for before, one in itertools.pairwise(seen) if one[0] != before[0]]
    delays = []
    for number, at in fresh:
        # Numbers come again with every turn of the film.
        given = [when for each, when in captured if each == number and 0 <= at - when < TURN_SECONDS / 2]
        delays += [1000 * (at - when) for when in given[-1:]]
    fps = (len(fresh) - 1) / (fresh[-1][1] - fresh[0][1])
    return Delay(way, statistics.median(delays), float(np.percentile(delays, 95)), fps)


@contextmanager
def _browser(chromium: str, clip: Path) -> Iterator[Any]:
    # By name: a development tool, that the product runs without.
    sync_api = import_module("playwright.sync_api")
    flags = import_module("tests.browser.conftest").FLAGS
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*flags, f"--use-file-for-fake-video-capture={clip}"]
        )
        yield browser
        browser.close()


def _app(folder: Path, **options: Any) -> Any:
    return import_module("tests.browser.studio_page").running_app(folder, **options)


@contextmanager
def _visit(browser: Any, url: str) -> Iterator[Any]:
    names = ("bits", "left", "top", "width", "height", "contrast")
    values = (counter.BITS, counter.LEFT, counter.TOP, counter.WIDTH, counter.HEIGHT, counter.LEAST_CONTRAST)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(READER.replace("GEOMETRY", json.dumps(dict(zip(names, values, strict=True)))))
    page = context.new_page()
    page.goto(url)
    yield page
    context.close()


def _streamer(page: Any) -> Any:
    element = page.wait_for_selector("iframe[src*='streamlit_webrtc']", timeout=60_000)
    return element.content_frame()


class _Stage:
    """A stage on loopback, in a thread of its own, that notes every number it decodes."""

    def __init__(self) -> None:
        self.seen: list[Sighting] = []
        self._stage: Any = import_module("tests.fake_events").FakeEventsStage()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._reading: Any = None

    def __enter__(self) -> _Stage:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._stage.start(), self._loop).result(10)
        self._reading = asyncio.run_coroutine_threadsafe(self._read(), self._loop)
        return self

    def __exit__(self, *_: object) -> None:
        self._reading.cancel()
        asyncio.run_coroutine_threadsafe(self._stage.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def whip_url(self) -> str:
        return str(self._stage.whip_url)

    @property
    def token(self) -> str:
        return str(self._stage.token(jti="bench"))

    async def _read(self) -> None:
        while True:
            await self._stage.happening()
            at = time.time()
            for publication in self._stage.publications.values():
                while publication.frames:
                    frame = publication.frames.popleft()
                    plane = frame.planes[0]
                    luma = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : frame.width]
                    number = counter.read(luma)
                    if number is not None:
                        self.seen.append((number, at))


if __name__ == "__main__":
    from bench.table import delay_table

    print(delay_table(measure(20.0)))
