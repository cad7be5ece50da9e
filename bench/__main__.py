"""`make bench`: what the frame path costs on this machine, as a Markdown table and as bench/out/frame_path.json.

Nothing here passes or fails: the numbers stand beside their targets, and both beside the load that the machine was
under. A ratio is taken within one run, side by side, so that it means something on a busy machine too.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from bench import delay, encoder, frame_path, lip_sync, machine, memory, sessions, table
from bench.material import FPS
from components.video.planes import Size

SIZES: tuple[Size, ...] = ((640, 480), (1280, 720))
OUT = Path(__file__).parent / "out" / "frame_path.json"


@dataclasses.dataclass(frozen=True)
class Effort:
    """How long to look."""

    rounds: int
    frames: int
    seconds: float
    claps: int
    most: dict[Size, int]
    clock: Callable[[], float] = time.perf_counter


FULL = Effort(rounds=240, frames=300, seconds=10.0, claps=30, most={(640, 480): 4, (1280, 720): 2})
QUICK = Effort(rounds=20, frames=40, seconds=1.0, claps=6, most={(640, 480): 1, (1280, 720): 1})


def run(effort: Effort) -> tuple[str, dict[str, object]]:
    """Measure; gives the report and what goes into the file."""
    started = time.monotonic()
    date, here, versions = machine.today(), machine.this_machine(), machine.versions()
    # One thread for each OpenCV call, as in the worker (see processor.py).
    cv2.setNumThreads(1)
    loads = {size: sessions.climb(size, effort.most[size], effort.seconds) for size in SIZES}
    publishing = sessions.climb(SIZES[0], min(2, effort.most[SIZES[0]]), effort.seconds, live=True)
    speeds = [frame_path.measure(size, effort.rounds, effort.clock) for size in SIZES]
    memories = [memory.measure(size, effort.frames) for size in SIZES] if memory.STATUS.exists() else []
    encodings = [encoder.measure(effort.rounds, effort.seconds)]
    lips = lip_sync.measure(effort.claps)
    delays = delay.measure(2 * effort.seconds)
    took = time.monotonic() - started
    every_load = [*(load for size in SIZES for load in loads[size]), *publishing]
    clock = "Processor time" if effort.clock is time.process_time else "Time"
    report = [
        f"Taken {date} in {took:.0f} s, {effort.rounds} rounds for each size; {clock.lower()}; "
        "brackets are 95 % intervals.",
        f"{here.cpu}, {here.cores} cores, load average before {', '.join(map(str, here.load_average))}; "
        + ", ".join(f"{name} {number}" for name, number in versions.items()),
        table.speed_table(speeds),
        table.encoding_table(encodings),
        table.lip_sync_line(lips),
        table.delay_table(delays),
        table.memory_table(memories) if memories else "Memory is measured on Linux only.",
        table.load_table(every_load),
        " ".join(table.verdict(loads[size], machine.cores()) for size in SIZES)
        + " These are workers only, where nothing else is said: decoding, and encoding the preview, come on top.",
    ]
    data = {
        "date": date,
        "machine": dataclasses.asdict(here),
        "versions": versions,
        "seconds": round(took, 1),
        "clock": clock,
        "speed": [dataclasses.asdict(speed) for speed in speeds],
        "encoding": [dataclasses.asdict(each) for each in encodings],
        "lip_sync": dataclasses.asdict(lips) if lips else None,
        "delays": [dataclasses.asdict(each) for each in delays],
        "memory": [dataclasses.asdict(each) for each in memories],
        "sessions": [{**dataclasses.asdict(load), "holds": load.holds} for load in every_load],
        "sessions_held": {table.named(size): sessions.held(loads[size]) for size in SIZES},
    }
    return "\n\n".join(report), data


def main() -> int:
    """Parse, measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a look of seconds: too short for numbers to quote")
    parser.add_argument("--cpu", action="store_true", help="compare processor time: where others use the machine too")
    parser.add_argument("--minutes", type=float, help="memory after as many frames as a camera gives in so long")
    parser.add_argument("--markdown", type=Path, help="where the report goes, too")
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes")
    chosen = parser.parse_args()
    effort = QUICK if chosen.quick else FULL
    if chosen.cpu:
        effort = dataclasses.replace(effort, clock=time.process_time)
    if chosen.minutes:
        effort = dataclasses.replace(effort, frames=round(60 * FPS * chosen.minutes))
    report, data = run(effort)
    print(report)
    if chosen.markdown:
        chosen.markdown.parent.mkdir(parents=True, exist_ok=True)
        chosen.markdown.write_text(
            f"# Speed\n\nWritten by `python -m bench --markdown {chosen.markdown}`.\n\n{report}\n"
        )
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(data, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
