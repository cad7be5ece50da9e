"""On what the numbers were taken."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import av
import cv2
import mediapipe
import numpy


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Machine:
    """The machine, and how busy it was over the last 1, 5 and 15 minutes before we began."""

    cpu: str
    cores: int
    load_average: tuple[float, ...]


def this_machine() -> Machine:
    """Take it before the measurement: the load average is that of now."""
    return Machine(_cpu(), cores(), tuple(round(load, 2) for load in os.getloadavg()))


def versions() -> dict[str, str]:
    """Of everything that has a share in the numbers."""
    packages = {"mediapipe": mediapipe, "opencv": cv2, "av": av, "numpy": numpy}
    return {"python": platform.python_version(), **{name: str(each.__version__) for name, each in packages.items()}}


def today() -> str:
    """The moment in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _cpu() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def busy_seconds() -> float | None:
    """Core seconds that everything on this machine has spent working since it started; None where unknown."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return None
    # user nice system idle iowait irq softirq steal: what is stolen by the host is work that we could not do either.
    ticks = [int(field) for field in stat.read_text().split("\n", 1)[0].split()[1:9]]
    return float(sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
