"""Pictures that showed the room, kept where a test failed: what was displayed, what the camera saw then, and when."""

from __future__ import annotations

import base64
import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Error, Page

from components.video.planes import I420, to_rgb
from tests.fakes import MAGENTA
from tests.material import moving_cutout

CAMERA = (640, 480, 60)
"""Width, height and frames of the film that every test's camera plays."""

LINES = 40
"""Of the app's log, its end."""

# The planes in one piece, for base64: `String.fromCharCode` takes so many at once.
KEPT = """() => (window.__evidence ?? []).map(({ planes, ...rest }) => {
  let text = '';
  for (let at = 0; at < planes.length; at += 32768) text += String.fromCharCode(...planes.subarray(at, at + 32768));
  return { ...rest, planes: btoa(text) };
})"""


def keep(page: Page, log: Path | None, out: Path, name: str) -> list[Path]:
    """Write the page's worst pictures as PNG, the camera's beside them, and a line of JSON for each; returns the PNGs.

    Nothing is written where no picture showed more than watcher.js keeps.
    """
    written: list[Path] = []
    lines = []
    for frame in page.frames:
        for number, kept in enumerate(_kept(frame)):
            shown = _pixels(kept)
            index, camera = nearest_camera_frame(shown)
            path = out / f"{name}-room-{kept['at']:.3f}-{number}.png"
            out.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.hstack([shown, camera])).save(path)
            written.append(path)
            facts = {key: value for key, value in kept.items() if key != "planes"}
            lines.append({"file": path.name, **facts, "where": frame.url, "camera_frame": index, **_state(page, log)})
    if lines:
        with (out / f"{name}-room.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    return written


def _kept(frame: Any) -> list[dict[str, Any]]:
    try:
        return list(frame.evaluate(KEPT))
    except Error:
        # It has gone since it was listed.
        return []


def _pixels(kept: dict[str, Any]) -> NDArray[np.uint8]:
    """The displayed picture, uint8 HxWx3 RGB, of even size."""
    planes = np.frombuffer(base64.b64decode(kept["planes"]), np.uint8)
    width, height = kept["width"], kept["height"]
    y, u, v = np.split(planes, [width * height, width * height * 5 // 4])
    half = (height // 2, width // 2)
    return to_rgb(I420(y.reshape(height, width), u.reshape(half), v.reshape(half)))


def nearest_camera_frame(shown: NDArray[np.uint8]) -> tuple[int, NDArray[np.uint8]]:
    """Which frame of the camera's film a composite belongs to, by the person's place: its number, and the frame at the
    composite's size."""
    size = (shown.shape[1], shown.shape[0])
    small = cv2.resize(shown, CAMERA[:2], interpolation=cv2.INTER_AREA).astype(np.float32)[::4, ::4]
    misses = [float(np.abs(small * a[..., None] - p).sum() / a.sum()) for p, a in _film()]
    index = int(np.argmin(misses))
    person, alpha = list(moving_cutout(*CAMERA))[index]
    camera = np.rint(person + np.float32(MAGENTA) * (1 - alpha[..., None])).clip(0, 255).astype(np.uint8)
    return index, np.asarray(cv2.resize(camera, size, interpolation=cv2.INTER_AREA), np.uint8)


@cache
def _film() -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Every fourth pixel of the person alone, times alpha, and of alpha."""
    return [(person[::4, ::4], alpha[::4, ::4]) for person, alpha in moving_cutout(*CAMERA)]


def _state(page: Page, log: Path | None) -> dict[str, Any]:
    """What the page says of the level and its cost, and the end of the app's log."""
    try:
        words = page.locator("text=/ms per frame/").all_inner_texts()
    except Error:
        words = []
    tail = log.read_bytes()[-20_000:].decode(errors="replace").splitlines()[-LINES:] if log and log.exists() else []
    return {"page_says": words, "written_at": time.time(), "log": tail}
