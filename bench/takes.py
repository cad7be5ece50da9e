"""What the quality bench looks at: its own films, or a folder of pictures with masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from bench.films import FILMS, Film, Shot
from components.video.planes import Plane, even, from_rgb
from components.video.quality import Steps

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
STILL_FRAMES = 4
"""A still picture is shown this often, so that the model can follow; the last time counts."""


@dataclass(frozen=True)
class Take:
    """A film, or a still picture shown a few times, under the name of its kind."""

    kind: str
    name: str
    shots: Sequence[Shot]
    still: bool = False

    @property
    def scored(self) -> range:
        """Which frames count one by one: not the first, where the matte has nothing to remember."""
        return range(len(self.shots) - 1, len(self.shots)) if self.still else range(5, len(self.shots), 4)


Own = tuple[int, str, bool]
"""The number of a film in `FILMS`, its room, and whether it is mirrored: what another process can be told."""


def own(rooms: Sequence[str], only: str) -> list[Own]:
    """Every kind of film with `only` in its name, in every room, in every other one mirrored."""
    return [
        (number, room, index % 2 == 1)
        for number, film in enumerate(FILMS)
        if only in _kind(film)
        for index, room in enumerate(rooms)
    ]


def shoot(film: Own) -> Take:
    """Paint the film."""
    number, room, mirrored = film
    return Take(_kind(FILMS[number]), room, list(FILMS[number].shots(room, mirrored=mirrored)))


def _kind(film: Film) -> str:
    return f"{film.name} {film.size[0]}x{film.size[1]}"


def from_folder(folder: Path) -> Iterator[Take]:
    """`folder` has `image/` and `mask/` or `alpha/` with files of the same names: stills. A folder in it that has them
    is a film, its frames in the order of their names. Raises FileNotFoundError where there is nothing of the kind."""
    pairs = _pairs(folder)
    for image, mask in pairs:
        yield Take(folder.name, image.stem, [_shot(image, mask)] * STILL_FRAMES, still=True)
    films = [each for each in sorted(folder.iterdir()) if each.is_dir() and _pairs(each)]
    for film in films:
        yield Take(folder.name, film.name, [_shot(image, mask) for image, mask in _pairs(film)])
    if not pairs and not films:
        raise FileNotFoundError(f"There is no image/ with mask/ or alpha/ in {folder}.")


def steps_for(take: Take, steps: Steps) -> Steps:
    """For a still, without keeping the matte of a picture that does not change: it would never follow."""
    return replace(steps, reuse=False) if take.still else steps


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    masks = {
        mask.stem: mask
        for name in ("mask", "alpha")
        for mask in sorted((folder / name).glob("*"))
        if mask.suffix.lower() in PICTURES
    }
    images = sorted(each for each in (folder / "image").glob("*") if each.suffix.lower() in PICTURES)
    return [(image, masks[image.stem]) for image in images if image.stem in masks]


def _shot(image: Path, mask: Path) -> Shot:
    pixels, alpha = cv2.imread(str(image), cv2.IMREAD_COLOR), cv2.imread(str(mask), cv2.IMREAD_UNCHANGED)
    if pixels is None or alpha is None:
        raise ValueError(f"{image} or {mask} cannot be read as a picture.")
    if alpha.ndim == 3:
        alpha = alpha[..., 3] if alpha.shape[2] == 4 else alpha[..., 0]
    # Masks of 0 and 1 exist as well as those of 0 and 255.
    levels = alpha * 255 if alpha.max() <= 1 else alpha // 257 if alpha.dtype == np.uint16 else alpha
    truth: Plane = levels.astype(np.uint8)
    width, height = even((pixels.shape[1], pixels.shape[0]))
    if truth.shape != pixels.shape[:2]:
        truth = np.asarray(cv2.resize(truth, (pixels.shape[1], pixels.shape[0])), np.uint8)
    return Shot(from_rgb(np.ascontiguousarray(pixels[..., ::-1])), np.ascontiguousarray(truth[:height, :width]))
