"""The viewer's tiles as a test sees and hears them."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

from tests.browser.studio_page import wait_for

# What a tile shows: colour of a pixel at its centre, frames so far, whether it is muted.
LOOK = """video => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d');
  if (video.videoWidth) context.drawImage(video, video.videoWidth / 2, video.videoHeight / 3, 1, 1, 0, 0, 1, 1);
  return {
    width: video.videoWidth, paused: video.paused, muted: video.muted,
    colour: Array.from(context.getImageData(0, 0, 1, 1).data.slice(0, 3)),
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
  };
}"""

# How loud a tile's stream is, RMS from 0 to 1: the loudest of ten looks within a second. Only after a click: before
# one, a browser lets no page listen.
LISTEN = """async video => {
  const context = new AudioContext();
  await context.resume();
  const listener = context.createAnalyser();
  context.createMediaStreamSource(video.srcObject).connect(listener);
  const samples = new Float32Array(listener.fftSize);
  let loudest = 0;
  for (let look = 0; look < 10; look += 1) {
    await new Promise(resolve => setTimeout(resolve, 100));
    listener.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, Math.hypot(...samples) / Math.sqrt(samples.length));
  }
  await context.close();
  return loudest;
}"""

LOUD = 0.1
"""Everybody's tone has 0.35."""


NEAR = 5
"""Levels of red, green and blue. A browser that takes the pictures for BT.709 is 15 off for teal, 11 for orange."""


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name, exact=True)


def await_picture(page: Page, name: str, colour: tuple[int, int, int], frames: int = 5) -> dict[str, Any]:
    """Wait until the tile shows this colour and that many pictures more than at first."""
    video = tile(page, name).locator("video")
    first: list[int] = []

    def shown() -> dict[str, Any] | None:
        look = video.evaluate(LOOK)
        right = look["width"] and max(abs(a - b) for a, b in zip(look["colour"], colour, strict=True)) <= NEAR
        if right and not first:
            first.append(look["frames"])
        return look if first and look["frames"] >= first[0] + frames and not look["paused"] else None

    return wait_for(shown, f"{name}'s picture")


def await_sound(page: Page, name: str) -> None:
    """Wait until this person's tone comes through."""
    wait_for(lambda: tile(page, name).locator("video").evaluate(LISTEN) > LOUD, f"{name}'s tone")
