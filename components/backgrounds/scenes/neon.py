"""Neon room: a dark room edged with tubes of light, panels on the wall and a desk that glows."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.brushes import below, blur, cover, full, glow, mirror, shine, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Colour, Light, srgb
from components.backgrounds.scenes.houseplants import draw_plant, draw_pot
from components.backgrounds.scenes.ink import Ink, Points, tint
from components.backgrounds.scenes.noise import fractal
from components.backgrounds.scenes.room import Room

_PAIRS = (("ff2fa0", "22c8ff"), ("b04cff", "28e0d0"), ("ff5a3c", "7a4cff"))
_WALL, _TOP, _FLOOR, _BACK, _NEAR = 1.15, -0.66, 0.60, 2.2, 0.42


def paint(canvas: Canvas) -> Light:
    """The dark shell, the tubes and their light on it, furniture, the floor's reflection, near lamps."""
    side = canvas.side()
    a, b = _PAIRS[int(canvas.rng.integers(len(_PAIRS)))]
    room = Room(canvas.uniform(-0.03, 0.03), 0.46, 0.95 * (0.35 + 0.65 * canvas.fit))
    picture = _shell(canvas, room)
    _wash(canvas, picture, side, srgb(a), srgb(b))
    _furniture(canvas, picture, room, side)
    _tubes(canvas, picture, room, side, (a, b))
    _panels(canvas, picture, room, side, (a, b))
    _sheen(canvas, picture, room)
    picture = blur(picture, 0.0040)
    draw_lamps(canvas, picture, _near(canvas, (a, b)))
    return picture


def _shell(canvas: Canvas, room: Room) -> Light:
    ink, w, z0, z1 = Ink(canvas), _WALL, _NEAR, _BACK
    picture = full(canvas, srgb("2a2a38"))
    for x, code in ((-w, "2a2a3a"), (w, "2a2a3a")):
        ink.shape(room.project((x, _TOP, z0), (x, _TOP, z1), (x, _FLOOR, z1), (x, _FLOOR, z0)), tint(code))
    for y, code in ((_TOP, "22222e"), (_FLOOR, "1c1c26")):
        ink.shape(room.project((-w, y, z0), (w, y, z0), (w, y, z1), (-w, y, z1)), tint(code))
    ink.shape(room.project((-w, _TOP, z1), (w, _TOP, z1), (w, _FLOOR, z1), (-w, _FLOOR, z1)), tint("3a3a4c"))
    for k in range(1, 12):
        x = -w + 2 * w * k / 12
        ink.shape(
            room.project((x, _TOP, z1), (x + 0.010, _TOP, z1), (x + 0.010, _FLOOR, z1), (x, _FLOOR, z1)), tint("26263a")
        )
    ink.lay(picture, 0.002)
    return np.asarray(
        picture * spread(np.clip(1 + 0.10 * fractal(canvas, 3, octaves=5), 0.5, 1.5).astype(np.float32)),
        dtype=np.float32,
    )


def _wash(canvas: Canvas, picture: Light, side: float, a: Colour, b: Colour) -> None:
    """The tubes' light on the room: one colour from each side, meeting behind the person."""
    light = full(canvas, srgb("8a8aa8", 0.5))
    for way, colour in ((side, a), (-side, b)):
        x = way * canvas.edge * 0.72
        shine(light, colour, glow(canvas, x, 0.16, 0.34, 1.1) * np.float32(3.4))
        shine(light, colour, glow(canvas, x, 0.82, 0.30, 1.3) * np.float32(1.7))
    shine(light, (a + b) * np.float32(0.5), spot(canvas, 0, 0.40, 0.34, 0.24) * np.float32(1.2))
    picture *= light


def _tubes(canvas: Canvas, picture: Light, room: Room, side: float, codes: tuple[str, str]) -> None:
    """Strips along the ceiling, up the corners and under the skirting."""
    for way, code in ((side, codes[0]), (-side, codes[1])):
        x = way * (_WALL - 0.02)
        path = room.project((x, _TOP + 0.03, _NEAR), (x, _TOP + 0.03, _BACK), (-x * 0.02, _TOP + 0.03, _BACK))
        _tube(canvas, picture, path, code, 1.0)
        _tube(canvas, picture, room.project((x, _TOP + 0.03, _BACK), (x, _FLOOR - 0.03, _BACK)), code, 0.8)
        _tube(canvas, picture, room.project((x, _FLOOR - 0.04, _NEAR), (x, _FLOOR - 0.04, _BACK)), code, 0.6)


def _tube(canvas: Canvas, picture: Light, path: Points, code: str, gain: float) -> None:
    ink, sheet = Ink(canvas), np.zeros_like(picture)
    ink.limb(path, np.full(len(path), 0.0075), (255, 255, 255))
    core = ink.lay(sheet, 0.0012)
    shine(
        picture,
        srgb(code),
        (blur(core, 0.03) * np.float32(3.0) + blur(core, 0.009) * np.float32(1.1)) * np.float32(gain),
    )
    shine(picture, srgb("ffffff"), core * np.float32(0.62 * gain))


def _panels(canvas: Canvas, picture: Light, room: Room, side: float, codes: tuple[str, str]) -> None:
    """Six-sided light panels on the back wall, beside where the person will be."""
    rng, turn = canvas.rng, np.linspace(0, 2 * np.pi, 7)[:-1]
    x0, y0 = room.project((side * 0.66, -0.20, _BACK))[0]
    size = 0.040
    for q, r in ((0, 0), (1, 0), (0, 1), (1, -1), (-1, 1), (2, -1), (-1, 0)):
        x, y = x0 + side * size * 1.60 * (q + r / 2), y0 + size * 1.38 * r
        ink, sheet = Ink(canvas), np.zeros_like(picture)
        ink.shape(np.stack([x + size * 0.86 * np.sin(turn), y + size * 0.86 * np.cos(turn)], axis=-1), (255, 255, 255))
        face = ink.lay(sheet, 0.003)
        colour = srgb(codes[int(rng.integers(2))]) * np.float32(0.75) + srgb("ffffff", 0.10)
        power = np.float32(rng.uniform(0.45, 1.0))
        shine(picture, colour, face * power + blur(face, 0.03) * power * np.float32(0.5))


def _furniture(canvas: Canvas, picture: Light, room: Room, side: float) -> None:
    ink, rng, z = Ink(canvas), canvas.rng, 1.9

    def board(x0: float, top: float, x1: float, foot: float, depth: float, code: str) -> None:
        ink.shape(room.project((x0, top, depth), (x1, top, depth), (x1, foot, depth), (x0, foot, depth)), tint(code))

    a, b = -side * 0.42, -side * 1.12
    board(a, 0.22, b, 0.26, z, "15151f")
    for x in (a, b):
        board(x - 0.02, 0.26, x + 0.02, _FLOOR, z, "12121a")
    for k, wide in ((0.62, 0.19), (0.98, 0.15)):
        x = -side * k
        board(x - wide, -0.06, x + wide, 0.17, z, "0c0c12")
        board(x - wide + 0.012, -0.048, x + wide - 0.012, 0.158, z, "7f9fd8" if k < 0.8 else "a070d0")
        board(x - 0.02, 0.17, x + 0.02, 0.22, z, "0c0c12")
    left, right = sorted((side * 0.38, side * 1.10))
    for y in (0.10, 0.34):
        x = left + 0.02
        while x < right - 0.06:
            wide, tall = float(rng.uniform(0.03, 0.07)), float(rng.uniform(0.06, 0.17))
            board(
                x, y - tall, x + wide, y, _BACK - 0.05, ("2b2140", "40305c", "1f3a52", "54304c")[int(rng.integers(4))]
            )
            x += wide + float(rng.uniform(0.005, 0.06))
        board(left, y, right, y + 0.025, _BACK - 0.05, "14141e")
    foot = room.project((side * 0.95, 0.42, 1.6))[0]
    draw_plant(ink, (float(foot[0]), float(foot[1])), 0.25 * canvas.fit, rng, -side, 12)
    draw_pot(ink, (float(foot[0]), float(foot[1])), 0.075, 0.08, -side, "3c3a4c")
    ink.lay(picture, 0.003, light=full(canvas, srgb("c8b8e8", 0.8)))


def _sheen(canvas: Canvas, picture: Light, room: Room) -> None:
    edge = float(room.project((0, _FLOOR, _BACK))[0, 1])
    image = blur(mirror(picture, edge), 0.016, 0.075)
    cover(picture, image * np.float32(0.75), below(canvas, edge, 0.006) * np.float32(0.50))


def _near(canvas: Canvas, codes: tuple[str, str]) -> list[Lamp]:
    rng, lamps = canvas.rng, []
    for _ in range(14):
        x = float(rng.choice([-1, 1])) * canvas.edge * float(rng.uniform(0.55, 1.02))
        colour = srgb(codes[int(rng.integers(2))], float(rng.uniform(0.06, 0.20)))
        lamps.append(Lamp(x, float(rng.uniform(0.1, 0.95)), float(rng.uniform(0.03, 0.075)), colour, 0.45))
    return lamps
