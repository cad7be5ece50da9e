"""How the stream does, in numbers with a line behind them, and in words when something is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

import streamlit as st

from components.stage.publication import Snapshot, State
from components.ui.on_stage import OnStage
from components.ui.sparkline import draw_sparkline
from components.video.figures import Figures
from components.video.frame_path import Look
from components.video.quality import FASTEST, Quality, Steps

SLOW = 0.6
"""Below this share of the rate that was asked for, the upload is called slow."""

LOSSY = 0.05
"""Lost packets from which viewers see it."""

SLUGGISH_MS = 400
"""A round trip from which talking to each other is hard."""

FEW_FPS = 15
"""Composites a second below which movement looks broken."""

METRIC_HEIGHT = 132
"""Pixels: a label, a value and a low line behind them."""


def note_figures(on_stage: OnStage, snapshot: Snapshot) -> None:
    """Remember this second's figures."""
    if snapshot.state is not State.LIVE or on_stage.feed is None:
        return
    encoder, figures, trends = on_stage.feed.figures().encoder, snapshot.figures, on_stage.trends
    trends.fps.append(encoder.fps)
    trends.kbps.append(encoder.kbps if figures.kbps is None else figures.kbps)
    if figures.round_trip_ms is not None:
        trends.round_trip_ms.append(figures.round_trip_ms)
    if figures.loss is not None:
        trends.loss.append(100 * figures.loss)


def _draw_standing(on_stage: OnStage, snapshot: Snapshot) -> None:
    since, feed = snapshot.live_since or time.time(), on_stage.feed
    parts = [f"{snapshot.destination} · on stage for {_clock(time.time() - since)}"]
    # In words too: the preview goes on, and a button says only what it would do.
    if feed is not None and feed.hidden:
        parts.append("**camera hidden**")
    if feed is not None and feed.muted:
        parts.append("**mic muted**")
    st.caption(" · ".join(parts))


def draw_stage_figures(
    on_stage: OnStage, snapshot: Snapshot, camera: Figures | None, look: Look, *, large: bool
) -> None:
    """Time on stage, rates and losses; a sentence for each thing that is wrong.

    `camera`: what the live camera's picture costs, None before there is one. `large`: whether a smaller resolution
    could be chosen.
    """
    _draw_standing(on_stage, snapshot)
    trends = on_stage.trends
    left, right = st.columns(2, gap="small")
    with left:
        _draw_metric("Frames", trends.fps, "{:.0f} fps")
        if trends.round_trip_ms:
            _draw_metric("Round trip", trends.round_trip_ms, "{:.0f} ms")
    with right:
        _draw_metric("Bitrate", trends.kbps, "{:.0f} kbps")
        if trends.loss:
            _draw_metric("Loss", trends.loss, "{:.1f} %")
    composed = camera if camera and camera.frames else None
    found = warnings(
        on_stage, snapshot, composed.fps_out if composed else None, camera=composed, look=look, large=large
    )
    for sentence in found:
        st.warning(sentence, icon=":material/warning:")


def warnings(
    on_stage: OnStage,
    snapshot: Snapshot,
    composed_fps: float | None,
    *,
    camera: Figures | None = None,
    look: Look | None = None,
    large: bool = False,
) -> list[str]:
    """What a streamer should know, in words. `composed_fps`: composites a second, None before there are any."""
    if on_stage.feed is None or snapshot.state is not State.LIVE:
        return []
    encoder, figures = on_stage.feed.figures().encoder, snapshot.figures
    found = []
    if encoder.aim_kbps < SLOW * on_stage.kbps:
        found.append("Your upload is slow; quality lowered.")
    if figures.loss is not None and figures.loss > LOSSY:
        found.append(f"{figures.loss:.0%} of what is sent gets lost; viewers may see stutter. Try a wired network.")
    if figures.round_trip_ms is not None and figures.round_trip_ms > SLUGGISH_MS:
        found.append("The way to the stage is long; answers will come late.")
    if composed_fps is not None and composed_fps < FEW_FPS:
        found.append(_few_pictures(camera, look, large))
    return found


def _few_pictures(camera: Figures | None, look: Look | None, large: bool) -> str:
    """Why there are few pictures a second, and the next thing that this person can do about it."""
    if camera is not None and camera.fps_in < FEW_FPS:
        return (
            f"Only {camera.fps_in:.0f} pictures a second come from your camera. More light helps, "
            "and so does closing other programs or a faster way to this server."
        )
    busy = "This server is too busy for a smooth picture"
    if look is not None and look.quality in (Quality.BEST, Quality.BALANCED):
        return f"{busy}. Choose “Fastest” or “Auto” under “Quality”."
    if look is not None and _asks_more(look.override.on(FASTEST)):
        return f"{busy}. Press “Reset steps” under “Advanced”."
    if large:
        return f"{busy}. 480p costs half as much: stop the camera, choose it and start again."
    return f"{busy}, and your settings already ask the least of it. It gets better when somebody else leaves."


def _asks_more(steps: Steps) -> bool:
    """True if these steps cost more than those of "Fastest"."""
    switched_on = any(
        getattr(steps, name) and not getattr(FASTEST, name)
        for name in ("follow", "square", "low_light", "edge_aware", "steady", "flow", "clean")
    )
    stronger = any(getattr(steps, name) > getattr(FASTEST, name) for name in ("light_wrap", "spill", "light_match"))
    return switched_on or stronger or steps.stride < FASTEST.stride or not steps.reuse


def _draw_metric(label: str, values: Iterable[float], form: str) -> None:
    series = list(values)
    with st.container(border=True, height=METRIC_HEIGHT, gap="xsmall"):
        st.metric(label, form.format(series[-1]) if series else "–")
        draw_sparkline(series, key=f"sparkline-{label}")


def _clock(seconds: float) -> str:
    hours, rest = divmod(int(timedelta(seconds=max(0.0, seconds)).total_seconds()), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
