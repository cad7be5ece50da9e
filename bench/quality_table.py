"""The quality bench's numbers as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.scores import Score
from bench.table import markdown

DRAWS = 2000


class Result(Protocol):
    """See `bench.quality.Result`."""

    @property
    def contender(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def take(self) -> str: ...
    @property
    def scores(self) -> list[Score]: ...
    @property
    def dtssd(self) -> float | None: ...
    @property
    def flicker(self) -> float | None: ...


RAW, OURS = "raw confidence", "level Best"


def report(results: Sequence[Result], head: str, *, own_films: bool) -> str:
    """The whole of RESULTS.md."""
    parts = ["# Quality of the mattes", head, LEGEND, "## All takes", _overall(results), "## IoU by kind of take"]
    parts += [_by_kind(results, "iou"), "## Flicker by kind of take", _by_kind(results, "flicker")]
    if own_films:
        parts += ["## Targets", targets(results)]
    return "\n\n".join(parts) + "\n"


LEGEND = """\
Written by `python -m bench.quality`. IoU at a half; BF: F measure of the outlines within .008 of the diagonal; MAD, MSE
and flicker (frame to frame, along the truth's motion) in thousandths of the picture; gradient error after Rhemann 2009,
in thousandths; dtSSD in hundredths; rim: the room that is shown, in thousandths. Brackets: 95 % bootstrap interval,
whole takes drawn. All rows ask the same models; a row with + adds one step to the row before. The rooms of the films
are not those that the parameters were chosen in; the person is one and the same, pasted: read differences, not heights.
Flicker of a still person with reuse counts frames whose matte was kept; the rows before it are without."""


def _overall(results: Sequence[Result]) -> str:
    rows = []
    for name in _names(results):
        mine = [each for each in results if each.contender == name]
        ious = np.array([_value(each, "iou") for each in mine])
        low, high = interval(ious)
        cells = [f"{ious.mean():.4f} [{low:.3f}–{high:.3f}]"]
        cells += [f"{np.mean([_value(e, key) for e in mine]):.3f}" for key in ("boundary",)]
        cells += [f"{np.mean([_value(e, key) for e in mine]):.2f}" for key in ("mad", "mse", "gradient", "rim")]
        films = [each for each in mine if each.flicker is not None]
        cells += [f"{np.mean([_value(e, key) for e in films]):.2f}" if films else "–" for key in ("dtssd", "flicker")]
        rows.append([name, *cells])
    return markdown(["", "IoU", "BF", "MAD", "MSE", "gradient", "rim", "dtSSD", "flicker"], rows)


def _by_kind(results: Sequence[Result], key: str) -> str:
    kinds = list(dict.fromkeys(each.kind for each in results))
    names = _names(results)
    rows = []
    for kind in kinds:
        mine = [[r for r in results if r.kind == kind and r.contender == name] for name in names]
        rows.append([kind, *[_mean(each, key) for each in mine]])
    return markdown(["", *names], rows)


def _mean(results: Sequence[Result], key: str) -> str:
    values = [_value(each, key) for each in results if getattr(each, key, 0.0) is not None]
    digits = 3 if key == "iou" else 2
    return f"{np.mean(values):.{digits}f}" if values else "–"


def targets(results: Sequence[Result]) -> str:
    """What was promised against raw confidence, beside what came out."""

    def pair(part: str, key: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        ours, theirs = (
            {(r.kind, r.take): _value(r, key) for r in results if r.contender == name and part in r.kind}
            for name in (OURS, RAW)
        )
        return np.array([ours[k] for k in theirs]), np.array(list(theirs.values()))

    rows = []
    for part, sizes, most in (("at 40%", ("640", "1280"), 0.5), ("dark x.06", ("640", "1280"), 0.2)):
        for size in sizes:
            ours, theirs = pair(f"{part} {size}", "iou")
            if len(ours):
                low, high = ratio_interval(1 - ours, 1 - theirs)
                share = (1 - ours).mean() / (1 - theirs).mean()
                cell = f"{share:.2f} [{low:.2f}–{high:.2f}] ({theirs.mean():.3f} → {ours.mean():.3f})"
                rows.append([f"IoU error, {part} {size}", f"≤ {most} of raw", cell, _verdict(share <= most)])
    for size in ("640", "1280"):
        ours, theirs = pair(f"still, noisy {size}", "flicker")
        better, before = pair(f"still, noisy {size}", "iou")
        if len(ours):
            share, gain = ours.mean() / theirs.mean(), (better - before).mean()
            rows.append([f"flicker, still, noisy {size}", "≤ 0.6 of raw", f"{share:.2f}", _verdict(share <= 0.6)])
            rows.append([f"IoU gain, still, noisy {size}", "≥ 0", f"{gain:+.4f}", _verdict(gain >= 0)])
        ours, theirs = pair(f"fast {size}", "iou")
        if len(ours):
            gain = (ours - theirs).mean()
            rows.append([f"IoU gain, fast {size}", "≥ 0", f"{gain:+.4f}", _verdict(gain >= 0)])
    return markdown(["level Best against raw confidence", "target", "measured", ""], rows)


def _verdict(met: bool) -> str:
    return "met" if met else "missed"


def interval(values: NDArray[np.float64], seed: int = 1) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean of `values`, one for each take."""
    drawn = np.random.default_rng(seed).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def ratio_interval(above: NDArray[np.float64], below: NDArray[np.float64], seed: int = 1) -> tuple[float, float]:
    """The same of the ratio of two means, pairs drawn together."""
    drawn = np.random.default_rng(seed).integers(len(above), size=(DRAWS, len(above)))
    low, high = np.quantile(above[drawn].mean(axis=1) / below[drawn].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def _names(results: Sequence[Result]) -> list[str]:
    return list(dict.fromkeys(each.contender for each in results))


def _value(result: Result, key: str) -> float:
    if key in ("dtssd", "flicker"):
        value = getattr(result, key)
        return float("nan") if value is None else float(value)
    return float(np.mean([getattr(each, key) for each in result.scores]))
