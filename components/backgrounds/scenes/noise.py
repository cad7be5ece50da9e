"""Noise with a fixed lattice: the same hills at every size of picture.

Each octave is a lattice of normal numbers joined by cubic B-splines. B-splines are separable, so a caller may bend
the y axis (waves that crowd towards a horizon) at no cost. Noise is made at half the canvas's size and enlarged:
nothing in a backdrop is sharp enough to show it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes.canvas import Canvas, Mask

_SPREAD = 0.479
"""Mean over a cell of the summed squares of the cubic B-spline's weights: what the lattice's variance shrinks by."""

_NYQUIST = 0.4
"""Cycles per pixel above which an octave is only aliasing."""

_TALLEST = 400
"""Lattice rows above which an octave costs more than anyone would see in a picture that is out of focus."""


def _spline(at: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(n,) non-negative lattice coordinates -> first knot (n,) and the weights (4, n) of a uniform cubic B-spline."""
    cell = np.floor(at).astype(np.int64)
    t = (at - cell).astype(np.float32)
    taps = [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]
    return cell, (np.stack(taps) / 6).astype(np.float32)


def lattice(rng: np.random.Generator, xs: NDArray[np.float32], ys: NDArray[np.float32]) -> Mask:
    """One octave: xs (W,) and ys (H,) in cells, each >= 0 -> (H, W) float32 with mean 0 and deviation 1."""
    (column, across), (row, down) = _spline(xs), _spline(ys)
    # Columns are drawn one after another, so a wider picture's extra ones do not move those it shares; rows are
    # rounded up, so that a last row that only one of two sizes reaches does not either.
    rows = int(row.max()) + 4
    knots = rng.standard_normal((int(column.max()) + 4, 1 << (rows - 1).bit_length()), dtype=np.float32)[:, :rows]
    # Four taps rather than a matrix product: BLAS would wake threads that the live video needs.
    strips = sum(knots.T[:, column + tap] * across[tap] for tap in range(4))
    octave = sum(strips[row + tap] * down[tap][:, None] for tap in range(4))
    return np.asarray(octave / np.float32(_SPREAD), dtype=np.float32)


def fractal(
    canvas: Canvas,
    across: float,
    down: float | None = None,
    octaves: int = 5,
    gain: float = 0.5,
    *,
    bend: NDArray[np.float32] | None = None,
    ridged: bool = False,
    fine: bool = False,
) -> Mask:
    """Fractal noise: (H, W) float32, mean 0 and deviation about 1.

    `across` and `down` are cells per picture height of the first octave; each further octave is twice as fine and
    `gain` as strong. `bend` is an (H,) replacement for y. `ridged` folds each octave into sharp
    crests. `fine` makes it at the canvas's full size, at four times the cost, for what must keep its edges.
    """
    rng = canvas.child()
    shrink = 1 if fine else 2
    height, width = -(-canvas.height // shrink), -(-canvas.width // shrink)
    ys = (np.arange(height, dtype=np.float32) + np.float32(0.5)) / np.float32(height)
    xs = (np.arange(width, dtype=np.float32) + np.float32(0.5)) / np.float32(width) * np.float32(canvas.aspect)
    if bend is not None:
        ys = np.interp(ys, canvas.ys()[:, 0], bend - bend.min()).astype(np.float32)
    reach = 1.0 if bend is None else float(np.ptp(ys))
    total: Mask = np.zeros((height, width), dtype=np.float32)
    power, scale, amplitude = 0.0, 1.0, 1.0
    for _ in range(octaves):
        stream = np.random.default_rng(int(rng.integers(1 << 62)))
        fx, fy = across * scale, (across if down is None else down) * scale
        if fx < height * _NYQUIST and fy * reach < (height * _NYQUIST if bend is None else _TALLEST):
            octave = lattice(stream, xs * np.float32(fx) + np.float32(0.37), ys * np.float32(fy) + np.float32(0.61))
            total += np.float32(amplitude) * (np.float32(1.0) - np.float32(1.6) * np.abs(octave) if ridged else octave)
        power += amplitude**2
        scale, amplitude = scale * 2, amplitude * gain
    whole = cv2.resize(total / np.float32(power**0.5), (canvas.width, canvas.height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(whole, dtype=np.float32)


def line(canvas: Canvas, cells: float, octaves: int = 6, gain: float = 0.5) -> NDArray[np.float32]:
    """A skyline: (W,) float32 fractal noise along x, mean 0 and deviation about 1."""
    rng = canvas.child()
    xs = (canvas.xs()[0] + canvas.edge).astype(np.float32)
    total = np.zeros(canvas.width, dtype=np.float32)
    power, scale, amplitude = 0.0, 1.0, 1.0
    for _ in range(octaves):
        stream = np.random.default_rng(int(rng.integers(1 << 62)))
        if cells * scale < canvas.height * _NYQUIST:
            cell, weights = _spline(xs * np.float32(cells * scale) + np.float32(0.37))
            knots = stream.standard_normal(int(cell.max()) + 4, dtype=np.float32)
            total += np.float32(amplitude / _SPREAD**0.5) * (knots[cell + np.arange(4)[:, None]] * weights).sum(axis=0)
        power += amplitude**2
        scale, amplitude = scale * 2, amplitude * gain
    return np.asarray(total / np.float32(power**0.5), dtype=np.float32)
