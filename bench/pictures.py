"""Before and after, to look at: `python -m bench.pictures [FOLDER]` writes JPEGs into FOLDER (bench/out).

One person in one room at three distances, over three backgrounds: the camera, the tutorial's method, and ours.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.films import FPS, HD, Film, Rgb, Shot
from bench.material import models
from bench.peers import tutorial
from components.backgrounds.painter import paint
from components.video.backdrop import Still
from components.video.edges import Edges
from components.video.frame_path import FramePath, Look
from components.video.planes import cover, to_frame, to_rgb, view
from components.video.quality import BEST, Quality
from components.video.segmenter import SelfieSegmenter

ROOM = "office"
BACKGROUNDS = {"beach": 1.0, "city-night": 0.6, "library": 0.4}
"""And the share of the frame's height that the person has before each."""

FRAMES = 20
CELL = (640, 480)
QUALITY = 85


def row(background: str, tall: float, segmenter: SelfieSegmenter) -> tuple[Rgb, Rgb, Rgb]:
    """The same moment three times: camera, tutorial, ours; uint8 720x1280x3 RGB."""
    pixels = paint(background, *HD)
    shots = list(Film("picture", HD, tall, lambda t: (0.02 * float(np.sin(t)), 0.0), frames=FRAMES).shots(ROOM))
    ticks = itertools.count()
    path = FramePath(lambda: next(ticks) / FPS / 3)
    look = Look(Still(pixels), Edges(), Quality.BEST)
    composites = [to_rgb(view(path.composite(to_frame(s.picture), segmenter, lambda: look, BEST)[0])) for s in shots]
    path.release()
    return to_rgb(shots[-1].picture), _cut_out(shots[-1], pixels, segmenter), composites[-1]


def _cut_out(shot: Shot, background: Rgb, segmenter: SelfieSegmenter) -> Rgb:
    alpha = tutorial(segmenter.probability(shot.picture, low_light=False), shot.picture)
    return np.where(alpha[..., None] > 0, to_rgb(shot.picture), cover(background, shot.picture.size))


def _around(pixels: Rgb, tall: float) -> Rgb:
    """What is around the person, so that she has one size in all rows."""
    height = min(HD[1], round(HD[1] * tall * 1.12) & ~1)
    width = height * CELL[0] // CELL[1]
    left = (HD[0] - width) // 2
    return np.asarray(cv2.resize(pixels[-height:, left : left + width], CELL, interpolation=cv2.INTER_AREA), np.uint8)


def main() -> int:
    """Draw, write, say where."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "out"
    folder.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    segmenter = SelfieSegmenter(models())
    rows: list[NDArray[np.uint8]] = []
    try:
        for background, tall in BACKGROUNDS.items():
            cells = [_around(pixels, tall) for pixels in row(background, tall, segmenter)]
            rows.append(np.hstack(cells))
            _write(folder / f"matte-{background}.jpg", rows[-1])
    finally:
        segmenter.close()
    _write(folder / "matte-all.jpg", np.vstack([cv2.resize(each, None, fx=0.6, fy=0.6) for each in rows]))
    return 0


def _write(path: Path, pixels: NDArray[np.uint8]) -> None:
    cv2.imwrite(str(path), np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
