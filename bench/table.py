"""The measurements as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.delay import PLAIN, Delay
from bench.encoder import Encoding
from bench.frame_path import BARE, BLUR, CLIP, DEMO, USUAL, Speed
from bench.lip_sync import LipSync
from bench.memory import Memory
from bench.ratio import Ratio, Spread
from bench.sessions import Load, held
from components.video.planes import Size
from components.video.quality import Quality

TARGETS = {
    ((640, 480), Quality.FASTEST): "≤ 1.3",
    ((1280, 720), Quality.FASTEST): "≤ 1.3",
    ((640, 480), Quality.BALANCED): "≤ 1.8",
    ((1280, 720), Quality.BEST): "≤ 2.5",
}
DEMO_TARGETS = {(1280, 720): "≥ 5"}
MOST_DELAY_MS = 250
ENCODER_TARGET = "≤ 0.25"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is words and whose others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def named(size: Size) -> str:
    """640x480."""
    return f"{size[0]}x{size[1]}"


def speed_table(speeds: Sequence[Speed]) -> str:
    """Milliseconds by level and stage and in all, and the ratios with their targets."""
    levels = list(speeds[0].stages)
    rows = []
    for level in levels:
        for stage in speeds[0].stages[level]:
            rows.append([f"{level}: {stage}", *[_ms(speed.stages[level][stage]) for speed in speeds]])
        rows.append([f"**{level} in all**", *[f"**{_ms(speed.wholes[level])}**" for speed in speeds]])
    rows += [[name, *[_ms(speed.wholes[name]) for speed in speeds]] for name in (BARE, DEMO)]
    rows += [[f"{name} instead of a picture", *[f"{s.extra_ms[name]:+.1f}" for s in speeds]] for name in (BLUR, CLIP)]
    for level in levels:
        targets = [TARGETS.get((s.size, Quality(level))) for s in speeds]
        ratios = [_ratio(s.to_bare[level], target) for s, target in zip(speeds, targets, strict=True)]
        rows.append([f"{level} / bare inference", *ratios])
    rows.append([f"demo's method / {USUAL}", *[_ratio(s.demo_to_ours, DEMO_TARGETS.get(s.size)) for s in speeds]])
    return markdown(["ms per frame: median (p95)", *[named(speed.size) for speed in speeds]], rows)


def encoding_table(encodings: Sequence[Encoding]) -> str:
    """Processor time of one picture with both encoders, their ratio, and a publication's share of a core."""
    head = [
        "H.264, CPU ms per frame: median (p95)",
        "ours",
        "aiortc's own",
        "ours / aiortc's",
        "publishing, share of a core",
    ]
    return markdown(
        head,
        [
            [
                f"{named(each.size)} at {each.kbps} kbit/s",
                _ms(each.ours),
                _ms(each.aiortc),
                _ratio(each.ours_to_aiortc, ENCODER_TARGET),
                f"{each.share:.0%}",
            ]
            for each in encodings
        ],
    )


def lip_sync_line(sync: LipSync | None) -> str:
    """Whether lips and voice agree, in a sentence."""
    if sync is None:
        return "Whether lips and voice agree could not be measured: the machine is too busy."
    return (
        f"Sound leaves {sync.leaving_ms:+.0f} ms after the picture and arrives {sync.arriving_ms:+.0f} ms after it, "
        f"target within ±45 ({sync.claps} claps over loopback WebRTC; "
        f"sound is held back for {sync.sound_held_ms:.0f} ms, "
        f"the picture for {sync.picture_held_ms:.0f}; {sync.gaps} gaps in the sound)."
    )


def delay_table(delays: Sequence[Delay]) -> str:
    """How long pictures take through a browser, and how much of that is ours."""
    if not delays:
        return "Delays in a browser are measured where Chromium is installed."
    plain = next(each.median_ms for each in delays if each.way == PLAIN)
    rows = []
    for each in delays:
        above = "" if each.way == PLAIN else f"{each.median_ms - plain:+.0f} ms, target ≤ +{MOST_DELAY_MS}"
        rows.append([each.way, f"{each.median_ms:.0f}", f"{each.p95_ms:.0f}", f"{each.fps:.1f}", above])
    return markdown(["640x480 through Chromium", "delay p50 ms", "p95", "pictures/s", "above plain loopback"], rows)


def memory_table(memories: Sequence[Memory]) -> str:
    """Megabytes of one process with one session."""
    rows = [[named(m.size), f"{m.peak:.0f}", f"{m.before:.0f}", f"{m.growth:+.1f}", str(m.frames)] for m in memories]
    head = ["memory of one process, MB", "peak", "before the first frame", "growth in the second half", "frames"]
    return markdown(head, rows)


def load_table(loads: Sequence[Load]) -> str:
    """What each number of sessions got."""
    head = ["sessions at 30 fps", "slowest fps", "delay p50 ms", "p95", "p99", "delay grew by"]
    head += ["CPU ms/frame", "cores each", "Auto came to", "other load", "holds"]
    return markdown(head, [_load(load) for load in loads])


def verdict(loads: Sequence[Load], cores: int) -> str:
    """How many sessions hold at the one size of these loads, in a sentence."""
    more = " or more" if loads[-1].holds or loads[-1].disturbed else ""
    return f"{held(loads)}{more} at {named(loads[0].size)} hold 30 fps on {cores} cores."


def _load(load: Load) -> list[str]:
    times = (f"{delay:.0f}" for delay in (load.delay_p50, load.delay_p95, load.delay_p99))
    others = "?" if load.others is None else f"{load.others:.0%}"
    fps = f"{min(load.fps):.1f}"
    holds = "yes" if load.holds else "no: disturbed" if load.disturbed else "no"
    cost = [f"{load.later_ms:+.0f}", f"{load.cpu_ms:.1f}", f"{load.cores_each:.2f}"]
    live = ", live on a stage" if load.live else ""
    return [f"{load.count} at {named(load.size)}{live}", fps, *times, *cost, _counts(load.came_to), others, holds]


def _counts(words: Sequence[str]) -> str:
    """Each once, with how often where it is more than that."""
    return "; ".join(f"{n}x {word}" if (n := words.count(word)) > 1 else word for word in dict.fromkeys(words))


def _ms(spread: Spread) -> str:
    return f"{spread.median_ms:.2f} ({spread.p95_ms:.2f})"


def _ratio(ratio: Ratio, target: str | None) -> str:
    text = f"{ratio.median:.2f} [{ratio.low:.2f}–{ratio.high:.2f}]"
    return f"{text}, target {target}" if target else text
