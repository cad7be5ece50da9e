"""A host on this server's own stage and an audience that comes and goes, on busy cores, with a server that stands still
now and then and a camera that changes its size, in VP8 and in H.264: no displayed picture shows the room."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from components.video.pace import usable_cores
from tests.browser.conftest import FLAGS
from tests.browser.evidence import CAMERA, keep
from tests.browser.studio_page import LARGEST_SHARE_OF_ROOM, App, StudioPage, has_face, running_app, wait_for
from tests.browser.test_stage import choose, plays, press
from tests.fakes import MAGENTA
from tests.material import moving_person, write_y4m
from tests.soak.rough import H264_FIRST, PEERS, busy_cores, shrink_camera, stand_still

VISIT_SECONDS = 45.0
"""How long one host stays."""


def run(until: float, out: Path) -> str:
    """See `tests.soak.scenarios`."""
    chance, shown, worst, rounds = random.Random(1), 0, 0.0, 0
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        clip = Path(folder) / "camera.y4m"
        write_y4m(clip, moving_person(*CAMERA, room=MAGENTA))
        executable = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
        flags = [*FLAGS, f"--use-file-for-fake-video-capture={clip}"]
        # One for each: a page in the background is not drawn.
        browsers = [playwright.chromium.launch(executable_path=executable, args=flags) for _ in range(2)]
        with running_app(Path(folder), DATA_DIR=f"{folder}/data") as app:
            while rounds < 2 or time.monotonic() < until:
                script = PEERS + (H264_FIRST if rounds % 2 else "")
                shares = one_host(app, browsers, script, chance, out / f"round-{rounds}")
                shown, worst, rounds = shown + len(shares), max(worst, *shares), rounds + 1
        for browser in browsers:
            browser.close()
    return f"{shown} displayed pictures of {rounds} hosts, at most {worst:.2%} room"


def one_host(app: App, browsers: list[Browser], script: str, chance: random.Random, out: Path) -> list[float]:
    """One host from the first click to the last, with an audience; returns each displayed picture's share of room."""
    studio = StudioPage(browsers[0], app.url, script, log=app.log)
    pages = [studio]
    try:
        studio.start()
        studio.await_frame(has_face, "the face")
        choose(studio.page, "This server")
        studio.page.get_by_label("Your name").fill("Ada")
        studio.page.get_by_label("Your name").press("Tab")
        press(studio.page, "Join stage")
        code = studio.page.locator("code").first.inner_text()
        audience = StudioPage(browsers[1], f"{app.url}/watch?room={code}", log=app.log)
        pages.append(audience)
        wait_for(lambda: plays(audience.page, "Ada"), "Ada's picture")
        with busy_cores(usable_cores()):
            be_rough(app, studio, chance)
        press(studio.page, "Leave stage")
        audience.page.get_by_role("group", name="Ada").wait_for(state="detached")
        return [share for page in pages for share in checked(page, out)]
    finally:
        for page in pages:
            page.close()


def be_rough(app: App, studio: StudioPage, chance: random.Random) -> None:
    """Pauses and other sizes, until the visit is over."""
    over = time.monotonic() + VISIT_SECONDS
    while time.monotonic() < over:
        if chance.random() < 0.5:
            stand_still(app, chance.uniform(0.3, 3))
        else:
            shrink_camera(studio, chance.choice((1, 4 / 3, 2, 3, 4)))
        studio.page.wait_for_timeout(chance.uniform(500, 4000))


def checked(page: StudioPage, out: Path) -> list[float]:
    """Each picture's share of room. Evidence is kept from half the limit on; AssertionError beyond the limit."""
    shares = [picture["room"] for picture in page.displayed]
    written = keep(page.page, page.log, out.parent, out.name)
    assert shares, "nothing was displayed"
    assert max(shares) < LARGEST_SHARE_OF_ROOM, f"{max(shares):.1%} of a displayed picture is room: {written}"
    return shares
