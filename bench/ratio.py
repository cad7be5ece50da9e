"""How many times one thing is as slow as another, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.rounds import Seconds

BLOCK = 10
"""Rounds drawn together: noise on a shared machine comes in bursts, and single draws would call them independent."""

DRAWS = 2000


@dataclass(frozen=True)
class Ratio:
    """The median of paired ratios, and the ends of its 95 % interval."""

    median: float
    low: float
    high: float


def paired_ratio(numerator: Seconds, denominator: Seconds, seed: int = 1) -> Ratio:
    """The ratio of two contenders timed in the same rounds: seconds, of one length.

    The interval is a circular block bootstrap of the median (Politis and Romano 1992).
    """
    if numerator.shape != denominator.shape or numerator.size == 0:
        raise ValueError(f"pairs are needed, not {numerator.shape} and {denominator.shape}")
    ratios = numerator / denominator
    count = ratios.size
    # Of a short run a quarter at most, or every draw would be the run itself.
    block = min(BLOCK, max(1, count // 4))
    starts = np.random.default_rng(seed).integers(count, size=(DRAWS, -(-count // block)))
    drawn = (starts[..., None] + np.arange(block)).reshape(DRAWS, -1)[:, :count] % count
    low, high = np.quantile(np.median(ratios[drawn], axis=1), (0.025, 0.975))
    return Ratio(float(np.median(ratios)), float(low), float(high))


@dataclass(frozen=True)
class Spread:
    """Milliseconds of one frame: the usual, and what one in twenty exceeds."""

    median_ms: float
    p95_ms: float


def spread(seconds: Seconds) -> Spread:
    """The median and the 95th percentile."""
    median, p95 = np.quantile(seconds, (0.5, 0.95)) * 1000
    return Spread(float(median), float(p95))
