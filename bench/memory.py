"""How much memory a session needs at its peak, in a process of its own: `python -m bench.memory 640 480 300`."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from components.video.planes import Size

STATUS = Path("/proc/self/status")
"""Where Linux tells; elsewhere memory is not measured."""


@dataclass(frozen=True)
class Memory:
    """Resident megabytes (1e6 bytes) of one process.

    `imported` is what Python and the libraries take before the first frame, `growth` what the second half of the
    frames added.
    """

    size: Size
    frames: int
    imported: float
    peak: float
    growth: float


def measure(size: Size, frames: int) -> Memory:
    """Compose `frames` frames in a new process, and read what it took. Raises RuntimeError where it fails."""
    command = [sys.executable, "-m", "bench.memory", *map(str, (*size, frames))]
    patience = 120 + frames / 5
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False)
    if done.returncode:
        raise RuntimeError(f"The memory probe ended with {done.returncode}: {done.stderr[-500:]}")
    fields = json.loads(done.stdout)
    return Memory(**{**fields, "size": size})


def resident(field: str) -> float:
    """`VmRSS` or `VmHWM` of this process in megabytes.

    Not `ru_maxrss`: that one survives exec, and a child starts with its parent's peak.
    """
    found = re.search(rf"^{field}:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"{field} is not known here.")
    return int(found[1]) * 1024 / 1e6


def _probe(size: Size, frames: int) -> Memory:
    import av
    import numpy as np

    from components.settings import read_settings
    from components.video.backdrop import Still
    from components.video.frame_path import FramePath, Look
    from components.video.models import find_models
    from components.video.quality import BEST
    from components.video.segmenter import SelfieSegmenter

    imported = resident("VmRSS")
    # A room and a plain backdrop take the same memory as any others; drawing better ones here would add to it.
    room = np.full((size[1], size[0], 3), 140, np.uint8)
    now = 0.0
    path, segmenter = FramePath(lambda: now), SelfieSegmenter(find_models(read_settings().model_dir))
    look = Look(Still(np.full((720, 1280, 3), 90, np.uint8)))
    half_way = 0.0
    for index in range(frames):
        now = index / 30
        # Something moves: a picture that stands still would not be looked at.
        room[:, :: size[0] // 8] = 60 + 120 * (index % 2)
        camera = av.VideoFrame.from_ndarray(room, format="rgb24").reformat(format="yuv420p")
        path.composite(camera, segmenter, lambda: look, BEST)
        if index == frames // 2:
            half_way = resident("VmRSS")
    end = resident("VmRSS")
    segmenter.close()
    return Memory(size, frames, imported, resident("VmHWM"), end - half_way)


if __name__ == "__main__":
    width, height, count = map(int, sys.argv[1:])
    print(json.dumps(dataclasses.asdict(_probe((width, height), count))))
