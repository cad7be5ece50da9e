"""How many kilobits a second the picture should take, from what the other end reports."""

from __future__ import annotations

from dataclasses import dataclass

from components.video.h264 import LEAST_KBPS, MOST_KBPS

HEAVY_LOSS, SOME_LOSS, LITTLE_LOSS = 0.15, 0.05, 0.02
"""WebRTC's own controller lowers above 10 % and climbs below 2 %; half-way steps keep the picture steadier."""

CLIMB_S = 5.0


@dataclass(frozen=True, slots=True)
class Report:
    """What is known at one moment. kbps all of them; `loss` is 0..1 since the last report, None if there is none."""

    loss: float | None
    sent_kbps: float | None
    estimate_kbps: float | None
    """What the receiver believes the line can carry (REMB), picture and sound together."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What the encoder aims at, since when (seconds of any clock that does not jump)."""

    kbps: int
    since: float


def adjusted(aim: Aim, report: Report, now: float, ceiling: int) -> Aim:
    """The next aim, once a second: down at once with loss, up by 5 % every `CLIMB_S` without, `ceiling` at most.

    The receiver's estimate counts where it is below what is being sent, and that is a good part of the aim. It never
    goes far beyond what comes in, so that of a still picture would hold a moving one down.
    """
    top = min(ceiling, MOST_KBPS)
    if report.loss is not None and report.loss > SOME_LOSS:
        return _moved(aim, aim.kbps * (0.7 if report.loss > HEAVY_LOSS else 0.85), now, top)
    estimate, sent = report.estimate_kbps, report.sent_kbps
    if estimate is not None and sent is not None and estimate < sent and sent > aim.kbps / 2:
        # By steps: estimators take a hiccup of a busy machine for a full line.
        return _moved(aim, min(aim.kbps, max(estimate, aim.kbps * 0.85)), now, top)
    if report.loss is not None and report.loss < LITTLE_LOSS and now - aim.since >= CLIMB_S:
        return _moved(aim, aim.kbps * 1.05, now, top)
    return aim


def _moved(aim: Aim, kbps: float, now: float, top: int) -> Aim:
    return Aim(min(top, max(min(LEAST_KBPS, top), round(kbps))), now)
