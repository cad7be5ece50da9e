"""The bench's arithmetic and wording. What it measures is never asserted."""

import dataclasses
import json
from types import SimpleNamespace

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from bench import frame_path, machine, memory, sessions, table
from bench.demo_method import DemoMethod
from bench.encoder import Encoding
from bench.frame_path import BARE, BLUR, CLIP, DEMO, Speed
from bench.lip_sync import LipSync
from bench.memory import Memory
from bench.ratio import Ratio, Spread, paired_ratio, spread
from bench.rounds import Contender, time_rounds
from bench.sessions import Load
from components.video.planes import to_rgb, view
from components.video.quality import LEVELS

RED, BLUE = (200, 40, 40), (30, 60, 190)


def picture(colour: tuple[int, int, int], width: int = 32, height: int = 16) -> NDArray[np.uint8]:
    return np.full((height, width, 3), colour, np.uint8)


def frame(colour: tuple[int, int, int]) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(picture(colour), format="rgb24").reformat(format="yuv420p")


class LeftHalfIsPerson:
    """Answers as MediaPipe does with a category mask: HxWx1, 0 for the person and 255 for the rest."""

    def __init__(self) -> None:
        self.stamps: list[int] = []

    def segment_for_video(self, image: object, timestamp_ms: int) -> object:
        self.stamps.append(timestamp_ms)
        mask = np.full((16, 32, 1), 255, np.uint8)
        mask[:, :16] = 0
        return SimpleNamespace(category_mask=SimpleNamespace(numpy_view=lambda: mask))


def test_the_demos_method_puts_the_person_before_the_background() -> None:
    segmenter = LeftHalfIsPerson()
    demo = DemoMethod(segmenter, picture(BLUE))  # type: ignore[arg-type]
    composites = [demo.composite(frame(RED)) for _ in range(2)]
    assert composites[-1].format.name == "yuv420p"
    pixels = to_rgb(view(composites[-1])).astype(int)
    # The seam is left out: chroma is shared by two columns.
    assert np.abs(pixels[:, :14] - RED).max() < 8
    assert np.abs(pixels[:, 18:] - BLUE).max() < 8
    assert segmenter.stamps == [1, 2]


def test_methods_that_disagree_are_not_compared() -> None:
    frame_path.agreement(frame(RED), frame(RED))
    with pytest.raises(RuntimeError, match="agree on 0%"):
        frame_path.agreement(frame((255, 255, 255)), frame((0, 0, 0)))


def test_a_ratio_survives_noise_that_hits_both_alike() -> None:
    rng = np.random.default_rng(7)
    # Bursts of 20 rounds in which the machine is up to four times as slow.
    machine_noise = np.repeat(rng.uniform(1, 4, 12), 20)
    one = 0.010 * machine_noise * rng.normal(1, 0.02, 240)
    other = 0.005 * machine_noise * rng.normal(1, 0.02, 240)
    ratio = paired_ratio(one, other)
    assert ratio.low <= ratio.median <= ratio.high
    assert ratio.median == pytest.approx(2, rel=0.01)
    assert ratio.high - ratio.low < 0.05


def test_the_interval_is_wider_where_rounds_come_in_bursts() -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(2, 0.3, 24)
    ones = np.ones(240)
    bursts = paired_ratio(np.repeat(values, 10), ones)
    shuffled = paired_ratio(rng.permutation(np.repeat(values, 10)), ones)
    assert bursts.high - bursts.low > 1.5 * (shuffled.high - shuffled.low)


def test_a_ratio_needs_pairs() -> None:
    assert paired_ratio(np.array([0.3]), np.array([0.1])).median == pytest.approx(3)
    for pair in ((np.ones(3), np.ones(2)), (np.ones(0), np.ones(0))):
        with pytest.raises(ValueError, match="pairs"):
            paired_ratio(*pair)


def test_a_spread_is_in_milliseconds() -> None:
    assert spread(np.linspace(0, 0.1, 101)) == Spread(pytest.approx(50), pytest.approx(95))


def test_rounds_time_the_work_alone_and_shuffle_the_order() -> None:
    now = 0.0
    orders: list[str] = []

    def contender(name: str, cost: float) -> Contender:
        def work() -> None:
            nonlocal now
            now += cost
            orders.append(name)

        def prepare(camera: av.VideoFrame) -> object:
            nonlocal now
            now += 5
            return work

        return Contender(name, prepare)  # type: ignore[arg-type]

    contenders = [contender("a", 1), contender("b", 2), contender("c", 3)]
    seconds = time_rounds(contenders, [frame(RED)], rounds=60, warm_up=4, clock=lambda: now)
    assert {name: set(times) for name, times in seconds.items()} == {"a": {1.0}, "b": {2.0}, "c": {3.0}}
    assert all(times.size == 60 for times in seconds.values())
    assert len({tuple(orders[i : i + 3]) for i in range(0, len(orders), 3)}) == 6


def test_cameras_do_not_click_together() -> None:
    times = list(sessions.schedule(3, 1.0))
    assert len(times) == 90
    due = [at for at, _, _ in times]
    assert due == sorted(due)
    assert np.diff(due) == pytest.approx(1 / 90)
    assert [number for _, session, number in times if session == 1] == list(range(30))


GOOD = Load(
    size=(640, 480),
    count=2,
    fps=[30.0, 29.5],
    delay_p50=12,
    delay_p95=21,
    delay_p99=38,
    later_ms=0.4,
    cpu_ms=10.7,
    cores_each=0.32,
    came_to=["Auto: Best, every frame"] * 2,
    others=0.05,
)


@pytest.mark.parametrize("worse", [{"fps": [30.0, 28.9]}, {"delay_p99": 66.0}])
def test_a_load_holds_only_if_every_session_does(worse: dict[str, object]) -> None:
    bad = dataclasses.replace(GOOD, count=3, **worse)  # type: ignore[arg-type]
    assert GOOD.holds
    assert not bad.holds
    assert sessions.held([GOOD, bad]) == 2
    assert sessions.held([bad]) == 0
    assert table.verdict([GOOD], 2) == "2 or more at 640x480 hold 30 fps on 2 cores."
    assert table.verdict([GOOD, bad], 2) == "2 at 640x480 hold 30 fps on 2 cores."
    disturbed = dataclasses.replace(bad, others=0.6)
    assert table.verdict([GOOD, disturbed], 2) == "2 or more at 640x480 hold 30 fps on 2 cores."
    assert "| 60% | no: disturbed |" in table.load_table([disturbed])


CALM, BUSY = 0.05, 0.6


@pytest.mark.parametrize(
    ("failures", "counts", "held"),
    [
        ({}, [1, 2, 3, 4, 5, 6], 6),
        ({2: [CALM], 4: [CALM, CALM]}, [1, 2, 2, 3, 4, 4], 3),
        ({1: [BUSY, BUSY, BUSY], 3: [CALM, CALM]}, [1, 1, 1, 2, 3, 3], 2),
        ({1: [BUSY, CALM, CALM]}, [1, 1, 1], 0),
        ({count: [BUSY] * 3 for count in range(1, 7)}, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4], 0),
    ],
    ids=["none", "too many", "others work", "both", "others never stop"],
)
def test_the_climb_ends_where_we_fail_and_not_where_others_work(
    monkeypatch: pytest.MonkeyPatch, failures: dict[int, list[float]], counts: list[int], held: int
) -> None:
    to_come = {count: list(others) for count, others in failures.items()}

    def measure(size: object, count: int, seconds: object, film: object, **_: object) -> Load:
        if to_come.get(count):
            return dataclasses.replace(GOOD, count=count, fps=[1.0] * count, others=to_come[count].pop(0))
        return dataclasses.replace(GOOD, count=count)

    monkeypatch.setattr(sessions, "measure", measure)
    monkeypatch.setattr(sessions, "camera_film", lambda size: [])
    loads = sessions.climb((640, 480), 6, 1)
    assert [load.count for load in loads] == counts
    assert sessions.held(loads) == held


def speed(size: tuple[int, int]) -> Speed:
    return Speed(
        size=size,
        rounds=200,
        stages={level: {"segment": Spread(6.2, 7.4), "blend": Spread(1.28, 1.55)} for level in LEVELS},
        wholes={name: Spread(8.4, 9.8) for name in (*LEVELS, BLUR, CLIP, BARE, DEMO)},
        to_bare={level: Ratio(1.73, 1.67, 1.77) for level in LEVELS},
        demo_to_ours=Ratio(5.11, 4.94, 5.38),
        extra_ms={BLUR: 1.4, CLIP: -0.2},
    )


ENCODING = Encoding((1280, 720), 2000, 240, Spread(7.5, 9.1), Spread(41, 52), Ratio(0.18, 0.175, 0.19), 0.26)

LIPS = LipSync(30, 11.6, -3.2, 45.1, 66.7, 0)


def test_lips_and_voice_are_told_in_a_sentence() -> None:
    line = table.lip_sync_line(LIPS)
    assert line.startswith(
        "Sound leaves +12 ms after the picture and arrives -3 ms after it, target within ±45 (30 claps"
    )


def test_tables_are_markdown_with_targets_beside_the_numbers() -> None:
    tables = {
        "speed": table.speed_table([speed((640, 480)), speed((1280, 720))]),
        "encoding": table.encoding_table([ENCODING]),
        "memory": table.memory_table([Memory((640, 480), 300, 141.9, 216.6, 0.3)]),
        "load": table.load_table([GOOD, dataclasses.replace(GOOD, others=None)]),
    }
    for text in tables.values():
        assert len({line.count("|") for line in text.splitlines()}) == 1
        assert text.splitlines()[1].startswith("| --- | ---: |")
    assert "| Best: segment | 6.20 (7.40) | 6.20 (7.40) |" in tables["speed"]
    assert "| Best / bare inference | 1.73 [1.67–1.77] | 1.73 [1.67–1.77], target ≤ 2.5 |" in tables["speed"]
    assert "| Balanced / bare inference | 1.73 [1.67–1.77], target ≤ 1.8 | 1.73 [1.67–1.77] |" in tables["speed"]
    assert "| 5.11 [4.94–5.38] | 5.11 [4.94–5.38], target ≥ 5 |" in tables["speed"]
    assert "| clip instead of a picture | -0.2 | -0.2 |" in tables["speed"]
    assert "| 7.50 (9.10) | 41.00 (52.00) | 0.18 [0.17–0.19], target ≤ 0.25 | 26% |" in tables["encoding"]
    assert "| 640x480 | 217 | 142 | +0.3 | 300 |" in tables["memory"]
    assert "| 29.5 | 12 | 21 | 38 | +0 | 10.7 | 0.32 | 2x Auto: Best, every frame | 5% | yes |" in tables["load"]


def test_what_goes_into_the_file_can_go_there() -> None:
    things = [
        speed((640, 480)),
        Memory((640, 480), 300, 141.9, 216.6, 0.3),
        GOOD,
        ENCODING,
        LIPS,
        machine.this_machine(),
    ]
    assert json.loads(json.dumps([dataclasses.asdict(thing) for thing in things]))[0]["size"] == [640, 480]
    assert set(machine.versions()) == {"python", "mediapipe", "opencv", "av", "numpy"}


def test_this_process_takes_some_memory() -> None:
    assert 0 < memory.resident("VmRSS") <= memory.resident("VmHWM")
    with pytest.raises(RuntimeError, match="VmNothing"):
        memory.resident("VmNothing")


def test_a_delay_that_grows_is_seen() -> None:
    steady, growing = [0.02] * 90, [0.02 + 0.001 * n for n in range(90)]
    assert sessions._grew([steady, steady]) == pytest.approx(0)
    assert sessions._grew([growing]) == pytest.approx(60, abs=2)
    assert sessions._grew([steady, []]) == np.inf


def test_levels_are_compared_over_whole_cycles_of_their_work() -> None:
    every_third = np.array([0.001, 0.001, 0.009] * (4 * frame_path.TOGETHER // 3) + [0.5])
    assert frame_path._together(every_third) == pytest.approx([0.011 * frame_path.TOGETHER / 3] * 4)
