"""Library: an aisle between tall shelves, lamp after lamp, in warm light and shallow focus."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.brushes import blur, cover, full, glow, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb
from components.backgrounds.scenes.ink import Ink, blend, tint
from components.backgrounds.scenes.noise import fractal
from components.backgrounds.scenes.room import Room, hang

_LEATHER = (
    "6e2b22",
    "3c2418",
    "27402f",
    "22344f",
    "8a6236",
    "b39a6b",
    "5a1f2b",
    "403a5a",
    "96543c",
    "7d7458",
    "cbb98e",
)
_WOOD, _WOOD_DARK = "5f3c22", "24150c"
_SHELVES = 7
_LENGTH = 3.4
"""Length of the painted run of shelves, in its own heights; each wall of the aisle takes half."""

_WALL, _TOP, _FLOOR, _NEAR, _FAR = 0.56, -0.66, 0.52, 0.42, 2.3


def paint(canvas: Canvas) -> Light:
    """The end of the aisle, floor and ceiling, the two walls of books, the lamps."""
    room = Room(canvas.uniform(-0.05, 0.05), 0.47, 0.92 * (0.35 + 0.65 * canvas.fit))
    picture = full(canvas, srgb("1a100a"))
    shelves = _shelves(canvas)
    middle = shelves.shape[1] // 2
    _end(canvas, picture, room, shelves)
    _floor(canvas, picture, room)
    for side, wall in ((-1.0, shelves[:, :middle]), (1.0, shelves[:, middle:])):
        near, far = (side * _WALL, _NEAR), (side * _WALL, _FAR)
        corners = [(x, y, z) for (x, z), y in ((near, _TOP), (far, _TOP), (far, _FLOOR), (near, _FLOOR))]
        hang(canvas, picture, np.ascontiguousarray(wall * _pools(wall)), room.project(*corners))
    return _lamps(canvas, _focus(canvas, picture), room)


def _shelves(canvas: Canvas) -> Light:
    """One long run of shelves seen flat: (H, W, 3) light, as yet evenly lit."""
    tall = round(canvas.height * 0.9)
    flat = Canvas(round(tall * _LENGTH), tall, canvas.child())
    ink, half = Ink(flat), _LENGTH / 2
    ink.box(-half, 0, half, 1, tint(_WOOD_DARK))
    pitch = 1 / _SHELVES
    for shelf in range(_SHELVES):
        floor = (shelf + 1) * pitch - 0.014
        _row(ink, flat.rng, -half, half, floor, pitch - 0.03)
        ink.box(-half, floor, half, floor + 0.016, tint(_WOOD, flat.rng.uniform(-0.1, 0.25)))
        # The shelf above keeps the lamp's light from the tops of the books.
        ink.box(-half, floor - pitch + 0.030, half, floor - pitch + 0.033, tint(_WOOD_DARK))
    for x in np.arange(-half, half + 0.01, _LENGTH / 8):
        ink.box(x - 0.017, 0, x + 0.017, 1, tint(_WOOD))
        ink.box(x - 0.015, 0, x - 0.007, 1, tint(_WOOD, 0.35))
    picture = full(flat, srgb(_WOOD_DARK))
    ink.lay(picture, 0.001)
    worn = 1 + np.float32(0.14) * fractal(flat, 5, octaves=5, gain=0.7)
    return np.asarray(picture * spread(np.clip(worn, 0.5, 1.6).astype(np.float32)), dtype=np.float32)


def _row(ink: Ink, rng: np.random.Generator, left: float, right: float, floor: float, room: float) -> None:
    """Fill one shelf: runs of volumes of a kind, some leaning, some gaps."""
    x, run = left, 0
    while x < right:
        if run <= 0:
            run, code = int(rng.integers(2, 9)), _LEATHER[int(rng.integers(len(_LEATHER)))]
            tall, wide = rng.uniform(0.66, 0.95), rng.uniform(0.012, 0.026)
            if rng.uniform() < 0.12:
                x += rng.uniform(0.02, 0.06)
        run -= 1
        width = wide * rng.uniform(0.85, 1.2)
        top = floor - room * tall * rng.uniform(0.93, 1.03)
        lean = rng.uniform(0.006, 0.02) if run == 0 and rng.uniform() < 0.3 else 0.0
        _book(ink, x, width * 0.95, top, floor, lean, blend(code, "000000", rng.uniform(0, 0.25)))
        x += width + lean * 0.6


def _book(ink: Ink, x: float, width: float, top: float, floor: float, lean: float, code: str) -> None:
    """A spine: rounded, so lit along its middle, with gilt bands across it."""
    for inset, shift in ((0.0, -0.45), (0.14, 0.0), (0.34, 0.38)):
        a, b = x + width * inset, x + width * (1 - inset)
        ink.shape(np.array([[a + lean, top], [b + lean, top], [b, floor], [a, floor]]), tint(code, shift))
    for at in (0.17, 0.80):
        y, shift = top + (floor - top) * at, lean * (1 - at)
        ink.box(x + shift + width * 0.06, y, x + shift + width * 0.94, y + 0.0035, tint(blend(code, "e8c36a", 0.6)))


def _pools(wall: Light) -> Light:
    """Light of the lamps on a wall: pools that repeat along it, strongest above the middle, warm."""
    height, width = wall.shape[:2]
    along = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    pool = np.float32(0.5) + np.float32(0.5) * np.cos(along * np.float32(2 * np.pi * 3) + np.float32(0.6))
    strength = np.float32(0.30) + np.float32(2.0) * (0.25 + 0.75 * pool) * np.exp(-((down - 0.42) ** 2) / 0.11)
    warm = srgb("ffdca8") * np.float32(1.15)
    return np.asarray(spread(np.ascontiguousarray(strength, dtype=np.float32)) * warm, dtype=np.float32)


def _end(canvas: Canvas, picture: Light, room: Room, shelves: Light) -> None:
    quad = room.project((-_WALL, _TOP, _FAR), (_WALL, _TOP, _FAR), (_WALL, _FLOOR, _FAR), (-_WALL, _FLOOR, _FAR))
    part = shelves[:, shelves.shape[1] // 3 : shelves.shape[1] // 3 + shelves.shape[0]]
    hang(canvas, picture, np.ascontiguousarray(part * np.float32(1.5)), quad)
    shine(picture, srgb("ffcf8a"), spot(canvas, room.vanish_x, 0.40, 0.15, 0.15) * np.float32(0.30))


def _floor(canvas: Canvas, picture: Light, room: Room) -> None:
    ink = Ink(canvas)
    edges = ((_WALL, 0.2), (_WALL, _FAR), (-_WALL, _FAR), (-_WALL, 0.2))
    ink.shape(room.project(*[(x, _FLOOR, z) for x, z in edges]), tint("5a3a22"))
    ink.shape(room.project(*[(x, _TOP, z) for x, z in edges]), tint("2e2017"))
    for k in range(-3, 4):
        x = k * 0.15
        board = ((x, 0.2), (x + 0.012, 0.2), (x + 0.012, _FAR), (x, _FAR))
        ink.shape(room.project(*[(a, _FLOOR, z) for a, z in board]), tint("3d2716"))
    ink.lay(picture, 0.003)
    for y, wide, power in ((0.74, 0.14, 0.35), (0.95, 0.30, 0.17)):
        shine(picture, srgb("ffc27a"), spot(canvas, room.vanish_x, y, wide, 0.105) * np.float32(power))


def _focus(canvas: Canvas, picture: Light) -> Light:
    """Shallow focus, on the person in front: all is soft, and the ends nearest the lens the softest."""
    far, near = blur(picture, 0.0038), blur(picture, 0.0095)
    aside = np.abs(canvas.xs() / np.float32(canvas.edge))
    mask = np.broadcast_to(smooth(0.35, 1.0, np.asarray(aside, dtype=np.float32)), picture.shape[:2])
    cover(far, near, mask)
    return far


def _lamps(canvas: Canvas, picture: Light, room: Room) -> Light:
    lamps = []
    for z in (2.1, 1.55, 1.15, 0.86, 0.66):
        for side in (-1, 1):
            x, y = room.project((side * 0.27, -0.335, z))[0]
            radius = 0.015 / z + 0.006
            lamps.append(Lamp(float(x), float(y), radius, srgb("ffc579", 1.0), 0.25))
            shine(picture, srgb("ffab58"), glow(canvas, float(x), float(y), radius * 2.4, 1.25) * np.float32(0.30))
    draw_lamps(canvas, picture, lamps)
    return picture
