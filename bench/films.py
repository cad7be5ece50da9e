"""Films of a person with exact truth: the astronaut, cut out, before painted rooms.

Nothing real is this well known: every pixel's alpha is what it was pasted with. The price is that the light of the
room does not fall on her. Each kind of film is hard in one way. The parameters were chosen in the rooms `TUNED_ON`; the
results are taken in others.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

import cv2
import numpy as np
from numpy.typing import NDArray

from components.backgrounds.painter import paint
from components.video.planes import I420, Plane, Size, cover, from_rgb

Rgb = NDArray[np.uint8]
Floats = NDArray[np.float32]

# By name: mypy would follow a plain import into the tests, which are not held to --strict.
_sprite: Callable[[int], Floats] = import_module("tests.material").cutout
_portrait: Callable[[], Rgb] = import_module("skimage.data").astronaut

TUNED_ON = ("library", "beach", "cafe")
HELD_OUT = ("office", "city-night")
FPS = 30


@dataclass(frozen=True)
class Shot:
    """One frame: what the camera saw, and the true alpha, uint8 HxW, 255 = person."""

    picture: I420
    truth: Plane


@dataclass(frozen=True)
class Film:
    """A kind of film at one size. `tall` is the person's height as a share of the frame's; places in pixels."""

    name: str
    size: Size
    tall: float
    path: Callable[[float], tuple[float, float]] = lambda t: (0.03 * np.sin(2 * np.pi * t / 2), 0.0)
    """Seconds to (where she stands, off the middle, as a share of the frame's width; her lean in degrees)."""
    pan: float = 0.0
    """The room's drift, with her, as a share of the frame's width per second."""
    light: float = 1.0
    noise: float = 3.0
    """Standard deviation in levels of 255, new in every frame."""
    posters: float = 0.0
    """The height of two portraits on the wall, as a share of the frame's: people who are none."""
    frames: int = 22

    def shots(self, room: str, *, mirrored: bool = False) -> Iterator[Shot]:
        """The film in one room, the same every time."""
        width = self.size[0]
        wall = _with_posters(_room(room, self.size), self.posters)
        chance = np.random.default_rng(zlib.crc32(f"{self.name} {room}".encode()))
        for index in range(self.frames):
            t = index / FPS
            layer = self._layer(t)
            if mirrored:
                layer = np.ascontiguousarray(layer[:, ::-1])
            behind = np.roll(wall, round(self.pan * width * t), axis=1) if self.pan else wall
            pixels = self.light * (layer[..., :3] + behind * (1 - layer[..., 3:]))
            if self.noise:
                pixels = pixels + chance.standard_normal(pixels.shape, np.float32) * self.noise
            yield Shot(
                from_rgb(np.rint(pixels).clip(0, 255).astype(np.uint8)),
                np.rint(255 * layer[..., 3]).astype(np.uint8),
            )

    def _layer(self, t: float) -> Floats:
        """Float32 HxWx4: the person alone, RGB multiplied by alpha, and alpha in 0..1."""
        width, height = self.size
        sprite = _sprite(max(2, round(height * self.tall)))
        tall, wide = sprite.shape[:2]
        off, lean = self.path(t)
        off += self.pan * t
        turn = cv2.getRotationMatrix2D((wide / 2, tall), lean, 1.0)
        turn[:, 2] += ((width - wide) / 2 + off * width, height - tall)
        return np.asarray(cv2.warpAffine(sprite, turn, self.size, flags=cv2.INTER_LINEAR), np.float32)


@functools.lru_cache(maxsize=8)
def _room(key: str, size: Size) -> Floats:
    return cover(paint(key, 960, 540), size).astype(np.float32)


def _with_posters(wall: Floats, share: float) -> Floats:
    side = round(share * wall.shape[0])
    if not side:
        return wall
    photo = cv2.resize(_portrait(), (side, side), interpolation=cv2.INTER_AREA)
    wall, gap = wall.copy(), wall.shape[0] // 16
    wall[gap : gap + side, gap : gap + side] = photo
    wall[2 * gap : 2 * gap + side, -gap - side : -gap] = photo[:, ::-1]
    return wall


VGA, HD = (640, 480), (1280, 720)


def _still(t: float) -> tuple[float, float]:
    return 0.02, 0.0


def _fast(t: float) -> tuple[float, float]:
    """To and fro in half a second with a lean of 15 degrees: an edge at shoulder height goes 12 % of the width in
    three frames."""
    return 0.12 * float(np.sin(2 * np.pi * t / 0.5)), 15 * float(np.sin(2 * np.pi * t / 0.4))


def _near(t: float) -> tuple[float, float]:
    return 0.05 * float(np.sin(2 * np.pi * t / 2)), 2 * float(np.sin(2 * np.pi * t / 3))


FILMS = (
    *(Film(f"at {share:.0%}", size, share, _near) for size in (VGA, HD) for share in (1.0, 0.6, 0.4, 0.25)),
    Film("posters", VGA, 0.9, _near, posters=0.08),
    Film("panned", VGA, 0.9, _still, pan=0.1),
    Film("dark x.25", VGA, 0.9, _near, light=0.25, noise=10),
    Film("dark x.12", VGA, 0.9, _near, light=0.12, noise=10),
    Film("dark x.06", VGA, 0.9, _near, light=0.06, noise=8),
    Film("dark x.06", HD, 0.9, _near, light=0.06, noise=8),
    Film("still, noisy", VGA, 0.9, _still, noise=8),
    Film("still, noisy", HD, 0.6, _still, noise=8),
    Film("fast", VGA, 0.9, _fast),
    Film("fast", HD, 0.6, _fast),
)
