"""A number drawn on the person, so that a picture can be told again at the far end: what `bench.delay` measures with.

Each bit is a pair of fields, one light and one dark; which of them is above says 1 or 0. A pair stays readable when
the picture is scaled, relit or compressed, and a number that is half of one picture and half of the next is refused.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.video.planes import Plane, Size

# By name: mypy would follow a plain import into the tests, which are not held to --strict.
_material: Any = import_module("tests.material")

BITS = 8
LEFT, TOP, WIDTH, HEIGHT = 0.39, 0.66, 0.22, 0.12
"""The fields' place in the picture, in shares of its width and height: the astronaut's chest."""

LEAST_CONTRAST = 40.0
"""Between the fields of a pair, in steps of luma; they are drawn 200 apart."""

LIGHT, DARK = 230, 30

MAGENTA = (255, 0, 255)


def film(size: Size) -> Iterator[NDArray[np.uint8]]:
    """The astronaut, all but still, counting from 0 to 255: uint8 HxWx3 RGB."""
    count = 2**BITS
    for number, frame in enumerate(_material.moving_person(*size, count, room=MAGENTA, amplitude=0.01, scale=0.95)):
        for bit, (upper, lower) in enumerate(_fields(size)):
            one = bool(number >> bit & 1)
            frame[upper], frame[lower] = (LIGHT, DARK) if one else (DARK, LIGHT)
        yield frame


def read(luma: Plane) -> int | None:
    """The number in a picture's luma, uint8 HxW of any size; None where there is none."""
    number = 0
    for bit, (upper, lower) in enumerate(_fields((luma.shape[1], luma.shape[0]))):
        difference = _middle(luma[upper]).mean() - _middle(luma[lower]).mean()
        if abs(difference) < LEAST_CONTRAST:
            return None
        number |= int(difference > 0) << bit
    return number


def _fields(size: Size) -> list[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """The upper and the lower field of each bit, as (rows, columns)."""
    across = [round(size[0] * (LEFT + WIDTH * step / BITS)) for step in range(BITS + 1)]
    top, middle, bottom = (round(size[1] * (TOP + HEIGHT * step / 2)) for step in range(3))
    return [
        ((slice(top, middle), slice(left, right)), (slice(middle, bottom), slice(left, right)))
        for left, right in itertools.pairwise(across)
    ]


def _middle(field: Plane) -> Plane:
    """A field without its borders, which bleed."""
    rows, columns = field.shape[0] // 4, field.shape[1] // 4
    return field[rows : field.shape[0] - rows, columns : field.shape[1] - columns]
