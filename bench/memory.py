"""How much memory a session needs at its peak, in a process of its own."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.video.planes import Size

FPS = 30
"""A camera's."""

STATUS = Path("/proc/self/status")
"""Where Linux tells; elsewhere memory is not measured."""


@dataclass(frozen=True)
class Memory:
    """Resident megabytes (1e6 bytes) of one process.

    `before` is what Python, the libraries and the film take before the first frame, `growth` what the second half of
    the frames added.
    """

    size: Size
    frames: int
    before: float
    peak: float
    growth: float


def measure(size: Size, frames: int) -> Memory:
    """Compose `frames` frames in a new process, and read what it took. Raises RuntimeError where it fails."""
    # Not above: the probe shall not load what it does not need.
    from bench.material import camera_film

    patience = 120 + frames / 5
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.npy"
        # Painted here: that takes more memory than what is measured.
        np.save(film, np.stack([frame.to_ndarray() for frame in camera_film(size)]))
        command = [sys.executable, "-m", "bench.memory", str(film), str(frames)]
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


def _probe(film: Path, frames: int) -> Memory:
    import av

    from components.settings import read_settings
    from components.video.backdrop import Still
    from components.video.frame_path import FramePath, Look
    from components.video.models import find_models
    from components.video.quality import BEST
    from components.video.segmenter import SelfieSegmenter

    pictures = np.load(film)
    before = resident("VmRSS")
    now = 0.0
    path, segmenter = FramePath(lambda: now), SelfieSegmenter(find_models(read_settings().model_dir))
    # A plain backdrop takes the same memory as any other; drawing a better one here would add to it.
    look = Look(Still(np.full((720, 1280, 3), 90, np.uint8)))
    half_way = 0.0
    for index in range(frames):
        now = index / FPS
        camera = av.VideoFrame.from_ndarray(pictures[index % len(pictures)], format="yuv420p")
        path.composite(camera, segmenter, lambda: look, BEST)
        if index == frames // 2:
            half_way = resident("VmRSS")
    end = resident("VmRSS")
    segmenter.close()
    size = pictures.shape[2], pictures.shape[1] * 2 // 3
    return Memory(size, frames, before, resident("VmHWM"), end - half_way)


if __name__ == "__main__":
    print(json.dumps(dataclasses.asdict(_probe(Path(sys.argv[1]), int(sys.argv[2])))))
