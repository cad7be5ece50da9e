"""`make bench-quality [DATA=folder]`: how good the mattes are, stage after stage, beside other systems.

All see the same pictures and ask the same models. Writes bench/RESULTS.md and bench/out/quality.json.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from bench import machine
from bench.films import FPS, HELD_OUT, TUNED_ON
from bench.material import models
from bench.peers import PEERS, Floats, Peer, raw
from bench.quality_table import report
from bench.scores import Motion, Score, dtssd, flicker, motion, score
from bench.takes import Own, Take, from_folder, own, shoot, steps_for
from components.errors import SegmenterError
from components.video.edges import Edges
from components.video.matte import Matte
from components.video.planes import Plane
from components.video.quality import BALANCED, BEST, FASTEST, Steps
from components.video.segmenter import SelfieSegmenter

HERE = Path(__file__).parent
RESULTS, OUT = HERE / "RESULTS.md", HERE / "out" / "quality.json"

RAW = "raw confidence"
_NOTHING = dataclasses.replace(
    BEST,
    follow=False,
    square=False,
    low_light=False,
    clean=False,
    steady=False,
    flow=False,
    edge_aware=False,
    reuse=False,
    stride=1,
)


def stages() -> dict[str, Steps]:
    """Ours, one step after the other, and the levels that users choose."""
    names = ("follow", "square", "low_light", "clean", "steady", "flow", "edge_aware", "reuse")
    steps, found = _NOTHING, {"ramp": _NOTHING}
    for name in names:
        steps = dataclasses.replace(steps, **{name: True})
        found[f"+ {name}"] = steps
    return {**found, "level Best": BEST, "level Balanced": BALANCED, "level Fastest": FASTEST}


@dataclasses.dataclass(frozen=True)
class Result:
    """What one contender made of one take."""

    contender: str
    kind: str
    take: str
    scores: list[Score]
    dtssd: float | None
    flicker: float | None


def measure(take: Take, segmenter: SelfieSegmenter, ours: dict[str, Steps]) -> list[Result]:
    """Every contender on one take."""
    plain = [segmenter.probability(shot.picture, low_light=False) for shot in take.shots]
    moved = [] if take.still else motion([shot.truth for shot in take.shots[take.scored[0] :]])
    contenders: dict[str, Peer] = {RAW: raw, **{name: make() for name, make in PEERS.items()}}
    results = [_result(name, take, _peer(peer, take, plain), moved) for name, peer in contenders.items()]
    return results + [_result(name, take, mattes(take, segmenter, steps), moved) for name, steps in ours.items()]


def _peer(peer: Peer, take: Take, plain: list[Floats]) -> list[Plane]:
    return [peer(probability, shot.picture) for probability, shot in zip(plain, take.shots, strict=True)]


def mattes(take: Take, segmenter: SelfieSegmenter, steps: Steps) -> list[Plane]:
    """Our own, at 30 frames a second; a frame that is refused shows nobody."""
    matte, steps, made = Matte(), steps_for(take, steps), []
    for index, shot in enumerate(take.shots):
        try:
            made.append(matte.alpha(shot.picture, segmenter, Edges(), steps, index / FPS).copy())
        except SegmenterError:
            made.append(np.zeros_like(shot.truth))
    return made


def _result(contender: str, take: Take, alphas: list[Plane], moved: Motion) -> Result:
    truths = [shot.truth for shot in take.shots]
    scores = [score(alphas[index], truths[index]) for index in take.scored]
    if take.still:
        return Result(contender, take.kind, take.name, scores, None, None)
    start = take.scored[0]
    steadiness = dtssd(alphas[start:], truths[start:]), flicker(alphas[start:], moved)
    return Result(contender, take.kind, take.name, scores, *steadiness)


def run(take: Take) -> list[Result]:
    """Every contender on one take, with a segmenter of its own; says on stderr that it is done."""
    # As in the worker (see processor.py).
    cv2.setNumThreads(1)
    segmenter = SelfieSegmenter(models())
    try:
        return measure(take, segmenter, stages())
    finally:
        segmenter.close()
        print(f"{take.kind}: {take.name}", file=sys.stderr)


def run_own(film: Own) -> list[Result]:
    """The same for one of our own films, painted where it is measured."""
    return run(shoot(film))


def main() -> int:
    """Parse, measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder with image/ and mask/ or alpha/, or of such folders")
    parser.add_argument("--only", default="", help="only our own films with this in their name")
    parser.add_argument("--tuned", action="store_true", help="in the rooms that the parameters were chosen in")
    parser.add_argument("--jobs", type=int, default=machine.cores(), help="films measured side by side")
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes")
    parser.add_argument("--markdown", type=Path, default=RESULTS, help="where the tables go")
    chosen = parser.parse_args()
    started = time.monotonic()
    date, here, versions = machine.today(), machine.this_machine(), machine.versions()
    if chosen.data:
        results = [result for take in from_folder(chosen.data) for result in run(take)]
    else:
        films = own(TUNED_ON if chosen.tuned else HELD_OUT, chosen.only)
        # Not forked: MediaPipe's threads do not survive it.
        with ProcessPoolExecutor(chosen.jobs, multiprocessing.get_context("spawn")) as pool:
            results = list(itertools.chain.from_iterable(pool.map(run_own, films)))
    where = f"the pictures in {chosen.data.name}" if chosen.data else "its own films"
    head = (
        f"Taken {date} in {time.monotonic() - started:.0f} s on {where}. {here.cpu}, {here.cores} cores; "
        + ", ".join(f"{name} {number}" for name, number in versions.items())
    )
    text = report(results, head, own_films=chosen.data is None)
    print(text)
    for file in (chosen.markdown, chosen.out):
        file.parent.mkdir(parents=True, exist_ok=True)
    chosen.markdown.write_text(text)
    data = {"date": date, "machine": dataclasses.asdict(here), "versions": versions, "results": results}
    chosen.out.write_text(json.dumps(data, default=dataclasses.asdict) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
