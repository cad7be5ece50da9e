"""The measurements as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.encoder import Encoding
from bench.frame_path import BARE, BLUR, CLIP, DEMO, OURS, Speed
from bench.lip_sync import LipSync
from bench.memory import Memory
from bench.ratio import Ratio, Spread
from bench.sessions import Load, held
from components.video.planes import Size

TARGETS = {(640, 480): "≤ 1.8", (1280, 720): "≤ 2.2"}
DEMO_TARGETS = {(1280, 720): "≥ 4"}
ENCODER_TARGET = "≤ 0.25"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is words and whose others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def named(size: Size) -> str:
    """640x480."""
    return f"{size[0]}x{size[1]}"


def speed_table(speeds: Sequence[Speed]) -> str:
    """Milliseconds by stage and in all, and the ratios with their targets."""
    rows = [[stage, *[_ms(speed.stages[stage]) for speed in speeds]] for stage in speeds[0].stages]
    rows.append([f"**{OURS} in all**", *[f"**{_ms(speed.wholes[OURS])}**" for speed in speeds]])
    rows += [[name, *[_ms(speed.wholes[name]) for speed in speeds]] for name in (BARE, DEMO)]
    rows += [[f"{name} instead of a picture", *[f"{s.extra_ms[name]:+.1f}" for s in speeds]] for name in (BLUR, CLIP)]
    rows.append(["frame path / bare inference", *[_ratio(s.ours_to_bare, TARGETS.get(s.size)) for s in speeds]])
    rows.append(["demo's method / frame path", *[_ratio(s.demo_to_ours, DEMO_TARGETS.get(s.size)) for s in speeds]])
    return markdown(["ms per frame: median (p95)", *[named(speed.size) for speed in speeds]], rows)


def encoding_table(encodings: Sequence[Encoding]) -> str:
    """Milliseconds of one picture with both encoders, their ratio, and a publication's share of a core."""
    head = [
        "H.264, ms per frame: median (p95)",
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


def memory_table(memories: Sequence[Memory]) -> str:
    """Megabytes of one process with one session."""
    rows = [[named(m.size), f"{m.peak:.0f}", f"{m.imported:.0f}", f"{m.growth:+.1f}", str(m.frames)] for m in memories]
    head = ["memory of one session's process, MB", "peak", "libraries alone", "growth in the second half", "frames"]
    return markdown(head, rows)


def load_table(loads: Sequence[Load]) -> str:
    """What each number of sessions got."""
    head = ["sessions at 30 fps", "slowest fps", "delay p50 ms", "p95", "p99", "CPU ms/frame", "other load", "holds"]
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
    return [f"{load.count} at {named(load.size)}", fps, *times, f"{load.cpu_ms:.1f}", others, holds]


def _ms(spread: Spread) -> str:
    return f"{spread.median_ms:.2f} ({spread.p95_ms:.2f})"


def _ratio(ratio: Ratio, target: str | None) -> str:
    text = f"{ratio.median:.2f} [{ratio.low:.2f}–{ratio.high:.2f}]"
    return f"{text}, target {target}" if target else text
