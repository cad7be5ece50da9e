"""How the stream does, in numbers with a line behind them, and in words when something is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

import streamlit as st

from components.stage.publication import Snapshot, State
from components.ui.on_stage import OnStage

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


def draw_stage_figures(on_stage: OnStage, snapshot: Snapshot, composed_fps: float | None) -> None:
    """Time on stage, rates and losses; a sentence for each thing that is wrong."""
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
    for sentence in warnings(on_stage, snapshot, composed_fps):
        st.warning(sentence, icon=":material/warning:")


def warnings(on_stage: OnStage, snapshot: Snapshot, composed_fps: float | None) -> list[str]:
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
        found.append("This server is too busy for a smooth picture; choose 480p or fewer effects.")
    return found


def _draw_metric(label: str, values: Iterable[float], form: str) -> None:
    series = list(values)
    latest = form.format(series[-1]) if series else "–"
    st.metric(
        label,
        latest,
        chart_data=series if len(series) > 1 else None,
        chart_type="area",
        border=True,
        height=METRIC_HEIGHT,
    )


def _clock(seconds: float) -> str:
    hours, rest = divmod(int(timedelta(seconds=max(0.0, seconds)).total_seconds()), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
