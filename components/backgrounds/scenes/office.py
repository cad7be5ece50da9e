"""Modern office: a wall of windows on one side, oak and plants on the other, all of it pleasantly out of focus."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.brushes import below, blur, cover, full, glow, mirror, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb
from components.backgrounds.scenes.houseplants import draw_plant, draw_pot
from components.backgrounds.scenes.ink import Ink, tint
from components.backgrounds.scenes.noise import fractal
from components.backgrounds.scenes.room import Corner, Room

_WALL, _TOP, _FLOOR, _BACK, _NEAR = 1.35, -0.72, 0.62, 2.7, 0.45
_SLATS = ("8f6a48", "6d4f36")
_OUTSIDE = {"day": ("fff6e8", 1.30), "golden": ("ffb46a", 1.15), "dawn": ("e6c0cc", 0.85), "night": ("5a74c0", 0.20)}
"""The light that the windows show, and that fills the room, by the hour; a night is left to the lamps."""
_BOOKS = ("c9b79c", "7f8f96", "b5654a", "e3ddd0", "4f6470", "d0a45c", "8a9a7c")


def paint(canvas: Canvas) -> Light:
    """The shell of the room, what the windows show, the furniture, daylight, and the plant close to the lens."""
    sun = canvas.side()
    room = Room(canvas.uniform(-0.04, 0.04), 0.46, 0.98 * (0.35 + 0.65 * canvas.fit))
    picture = full(canvas, srgb("d8d2c8"))
    _shell(canvas, picture, room, sun)
    _windows(canvas, picture, room, sun)
    _back_wall(canvas, picture, room, sun)
    _daylight(canvas, picture, room, sun)
    _furniture(canvas, picture, room, sun)
    _sheen(canvas, picture, room)
    picture = blur(picture, 0.0052)
    _pendants(canvas, picture, room, sun)
    _foreground(canvas, picture, sun)
    shine(
        picture,
        srgb("fff2dc"),
        spot(canvas, sun * canvas.edge, 0.34, 0.55, 0.42) * np.float32(0.0 if canvas.mood.hour == "night" else 0.20),
    )
    return picture


def _slab(ink: Ink, room: Room, corners: tuple[Corner, ...], code: str, shift: float = 0.0) -> None:
    ink.shape(room.project(*corners), tint(code, shift))


def _panel(
    ink: Ink, room: Room, box: tuple[float, float, float, float], z: float, code: str, shift: float = 0.0
) -> None:
    """A flat board that faces the eye: left, top, right, bottom."""
    a, top, b, bottom = box
    _slab(ink, room, ((a, top, z), (b, top, z), (b, bottom, z), (a, bottom, z)), code, shift)


def _strip(ink: Ink, room: Room, x: float, span: tuple[float, float, float, float], code: str) -> None:
    """A flat board along a side wall: nearest and furthest z, top, bottom."""
    near, far, top, bottom = span
    _slab(ink, room, ((x, top, near), (x, top, far), (x, bottom, far), (x, bottom, near)), code)


def _shell(canvas: Canvas, picture: Light, room: Room, sun: float) -> None:
    ink = Ink(canvas)
    w, z0, z1 = _WALL, _NEAR, _BACK
    _slab(ink, room, ((-w, _FLOOR, z0), (w, _FLOOR, z0), (w, _FLOOR, z1), (-w, _FLOOR, z1)), "a58d70")
    _slab(ink, room, ((-w, _TOP, z0), (w, _TOP, z0), (w, _TOP, z1), (-w, _TOP, z1)), "c9c6c0")
    _slab(ink, room, ((-w, _TOP, z1), (w, _TOP, z1), (w, _FLOOR, z1), (-w, _FLOOR, z1)), "b9b2a6")
    x = -sun * w
    _slab(ink, room, ((x, _TOP, z0), (x, _TOP, z1), (x, _FLOOR, z1), (x, _FLOOR, z0)), "a39b90")
    for row in range(7):
        z = 0.5 + 0.36 * row
        _slab(ink, room, ((-w, _FLOOR, z), (w, _FLOOR, z), (w, _FLOOR, z + 0.16), (-w, _FLOOR, z + 0.16)), "9c8467")
    for x in (-0.62, 0.62):
        _slab(ink, room, ((x, _TOP, z0), (x + 0.07, _TOP, z0), (x + 0.07, _TOP, z1), (x, _TOP, z1)), "fffaf0")
    ink.lay(picture, 0.002)


def _windows(canvas: Canvas, picture: Light, room: Room, sun: float) -> None:
    """What lies outside, far brighter than the room, then the frames before it."""
    rng, x = canvas.rng, sun * _WALL
    glass = Ink(canvas)
    low, high = 0.42, _TOP + 0.06
    _strip(glass, room, x, (_NEAR, _BACK, high, low), "dcebf6")
    for z in np.linspace(_NEAR, _BACK, 22):
        top, deep = float(rng.uniform(-0.30, 0.24)), float(rng.uniform(0.06, 0.16))
        _slab(
            glass,
            room,
            ((x, top, z), (x, top, z + deep), (x, low, z + deep), (x, low, z)),
            "b4c6d4",
            float(rng.uniform(-0.12, 0.10)),
        )
    for z in np.linspace(_NEAR, _BACK, 40):
        top = float(rng.uniform(0.20, 0.38))
        _slab(
            glass,
            room,
            ((x, top, z), (x, top + 0.03, z + 0.12), (x, low, z + 0.12), (x, low, z - 0.05)),
            "9db58e",
            float(rng.uniform(-0.15, 0.15)),
        )
    glass.lay(picture, 0.007, light=full(canvas, srgb(*_OUTSIDE[canvas.mood.hour or "day"])))
    frames = Ink(canvas)
    for z in np.arange(0.5, _BACK + 0.1, 0.44):
        _strip(frames, room, x, (z, z + 0.045, _TOP, _FLOOR), "4d4c4a")
    for y, thick in ((_TOP, 0.07), (-0.36, 0.022), (low, 0.05)):
        _strip(frames, room, x, (_NEAR, _BACK, y, y + thick), "55534f")
    _strip(frames, room, x, (_NEAR, _BACK, low + 0.05, _FLOOR), "8c857b")
    frames.lay(picture, 0.0025)


def _back_wall(canvas: Canvas, picture: Light, room: Room, sun: float) -> None:
    """Oak slats behind the person, and to the shaded side of them shelves with books and small plants."""
    ink, rng, z = Ink(canvas), canvas.rng, _BACK
    for k in range(26):
        x = sun * (1.12 - k * 0.046)
        _panel(ink, room, (x, _TOP + 0.12, x + 0.046, _FLOOR), z, _SLATS[1])
        _panel(ink, room, (x, _TOP + 0.12, x + 0.030, _FLOOR), z, _SLATS[0], float(rng.uniform(-0.1, 0.14)))
    for y in (-0.30, -0.02, 0.26):
        left, right = sorted((-sun * 0.24, -sun * 1.2))
        _panel(ink, room, (left, y, right, y + 0.03), z, "6d4f36")
        _fill_shelf(ink, room, rng, (left + 0.03, right - 0.08, y), sun)
    ink.lay(picture, 0.0015)


def _fill_shelf(ink: Ink, room: Room, rng: np.random.Generator, span: tuple[float, float, float], sun: float) -> None:
    x, right, y = span
    while x < right:
        if rng.uniform() < 0.18:
            px, py = (float(value) for value in room.project((x + 0.05, y, _BACK))[0])
            draw_plant(ink, (px, py - 0.012), 0.055, rng, sun, 7)
            draw_pot(ink, (px, py - 0.018), 0.026, 0.018, sun)
            x += 0.14
            continue
        wide, tall = float(rng.uniform(0.02, 0.05)), float(rng.uniform(0.11, 0.2))
        code, shift = _BOOKS[int(rng.integers(len(_BOOKS)))], float(rng.uniform(-0.2, 0.1))
        _panel(ink, room, (x, y - tall, x + wide, y), _BACK, code, shift)
        x += wide + (float(rng.uniform(0.06, 0.2)) if rng.uniform() < 0.2 else 0.0)


def _daylight(canvas: Canvas, picture: Light, room: Room, sun: float) -> None:
    """Daylight fades away from the windows; low sun lays their shapes on the floor."""
    across = np.asarray(canvas.xs() * np.float32(sun / canvas.edge), dtype=np.float32)
    fall = np.float32(0.52) + np.float32(0.60) * smooth(-1.1, 0.9, across)
    uneven = 1 + np.float32(0.06) * fractal(canvas, 1.4, octaves=3)
    picture *= spread(np.asarray(fall * uneven, dtype=np.float32)) * srgb("fffaf2")
    if canvas.mood.hour == "night":
        _lamplight(canvas, picture, sun)
        return
    if canvas.mood.hour in ("golden", "dawn"):
        picture *= srgb("ffd2a4" if canvas.mood.hour == "golden" else "e8cfd8", 0.85)
    patches = Ink(canvas)
    for z in np.arange(0.7, _BACK - 0.2, 0.44):
        a, b = sun * _WALL, sun * 0.25
        patches.shape(
            room.project((a, _FLOOR, z), (a, _FLOOR, z + 0.34), (b, _FLOOR, z + 0.06), (b, _FLOOR, z - 0.28)),
            (255, 255, 255),
        )
    light = np.zeros_like(picture)
    patches.lay(light, 0.009)
    picture *= 1 + light * srgb("ffdca0") * np.float32(1.1)


def _lamplight(canvas: Canvas, picture: Light, sun: float) -> None:
    light = full(canvas, srgb("a8a4c0", 0.16))
    shine(light, srgb("ffc480"), glow(canvas, -sun * 0.42 * canvas.fit, 0.42, 0.34, 1.1) * np.float32(0.85))
    shine(light, srgb("ffd8a0"), glow(canvas, sun * 0.5 * canvas.fit, 0.05, 0.30, 1.2) * np.float32(0.35))
    picture *= light


def _furniture(canvas: Canvas, picture: Light, room: Room, sun: float) -> None:
    """A long table with screens on the shaded side, a low sofa and a tall plant by the windows."""
    ink, rng = Ink(canvas), canvas.rng
    a, b = -sun * 0.62, -sun * 1.28
    for x in (a, b):
        for z in (1.45, 2.25):
            _panel(ink, room, (x, 0.30, x + 0.03, _FLOOR), z, "3f3a36")
    _slab(ink, room, ((a, 0.27, 1.4), (b, 0.27, 1.4), (b, 0.27, 2.3), (a, 0.27, 2.3)), "c3a680")
    _panel(ink, room, (a, 0.27, b, 0.30), 1.4, "8d7350")
    for z in (2.15, 1.65):
        x = -sun * 0.95
        _panel(ink, room, (x - 0.20, -0.02, x + 0.20, 0.22), z, "2c2f33")
        _panel(ink, room, (x - 0.19, -0.01, x + 0.19, 0.20), z, "7e8d94")
        _panel(ink, room, (x - 0.02, 0.22, x + 0.02, 0.28), z, "2c2f33")
    s0, s1 = sorted((sun * 0.55, sun * 1.15))
    for top, bottom, z, code in ((0.27, 0.58, 2.45, "65727a"), (0.42, 0.60, 2.25, "77848b")):
        _panel(ink, room, (s0, top, s1, bottom), z, code)
    foot = room.project((sun * 1.12, 0.44, 2.0))[0]
    draw_plant(ink, (float(foot[0]), float(foot[1])), 0.30, rng, sun, 13)
    draw_pot(ink, (float(foot[0]), float(foot[1])), 0.085, 0.085, sun)
    ink.lay(picture, 0.002)


def _sheen(canvas: Canvas, picture: Light, room: Room) -> None:
    """The polished floor gives back a blurred, dimmer room."""
    line = float(room.project((0, _FLOOR, _BACK))[0, 1])
    image = blur(mirror(picture, line), 0.008, 0.05)
    depth = smooth(line, 1.1, canvas.ys())
    cover(picture, image * np.float32(0.9), below(canvas, line, 0.004) * (np.float32(0.34) - np.float32(0.16) * depth))


def _pendants(canvas: Canvas, picture: Light, room: Room, sun: float) -> None:
    lamps = []
    for z in (2.3, 1.85, 1.45):
        x, y = (float(v) for v in room.project((-sun * 0.88, -0.30, z))[0])
        cord = Ink(canvas)
        cord.box(x - 0.0012, -0.05, x + 0.0012, y, tint("4a4540"))
        cord.lay(picture, 0.003, fade=0.7)
        lamps.append(Lamp(x, y, 0.042 / z, srgb("ffd596", 0.95), 0.15))
        shine(picture, srgb("ffb765"), glow(canvas, x, y, 0.09 / z, 1.4) * np.float32(0.32))
    draw_lamps(canvas, picture, lamps)


def _foreground(canvas: Canvas, picture: Light, sun: float) -> None:
    ink, fit = Ink(canvas), canvas.fit
    root = (-sun * (canvas.edge - 0.01), 1.02)
    draw_plant(ink, root, 0.66 * fit, canvas.rng, sun, 15)
    ink.lay(picture, 0.012)
