"""How long to hold back sound and picture so that lips and voice leave together.

Both leave this process as RTP, whose sender reports tell the far end which sound belongs to which picture *by the time
at which each was sent*. So they must leave together; what the network and the far end do afterwards is theirs.

A moment before the camera is on its way for

- picture: aiortc's receiver gives a frame out when the next one's first packet comes (one frame; jitterbuffer.py), then
  our worker, then half a beat of waiting for the encoder, then the encoder;
- sound: a packet is 20 ms long before it can be sent, aiortc's receiver holds four more (`prefetch=4`), and Opus looks
  ahead by 6.5 ms, in the browser and again in our encoder.

The second is often the longer one. Then the picture waits a beat or two, and the sound the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.video.h264 import FPS

SOUND_HELD = 0.113
"""Seconds: five Opus packets, and twice Opus's look-ahead of 312 samples."""

DECODED = 0.004
"""Seconds that a camera frame takes from the receiver to the worker's mailbox."""

LATE = 0.015
"""Seconds that sound may come after the picture: a beat more would cost a live picture more than it mends."""

MOST_LAG = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """Beats by which pictures are held back, and seconds by which sound is."""

    lag: int
    delay: float


def plan(lag: int, *, camera_fps: float, worked: float, waited: float, encoded: float, least: float) -> Plan:
    """What to do from now on. `lag` is that of now: it is kept where it still does, so that pictures do not jump.

    `camera_fps` as it comes in; `worked`, `waited` and `encoded` are the seconds that a picture is with the worker,
    waits for the encoder's beat, and is with the encoder; `least` is the shortest delay that the sound can keep.
    """
    picture = 1 / min(60.0, max(10.0, camera_fps)) + DECODED + worked + waited + encoded
    ahead = picture - SOUND_HELD
    while ahead + lag / FPS < least - LATE and lag < MOST_LAG:
        lag += 1
    while lag and ahead + (lag - 1) / FPS >= least:
        lag -= 1
    return Plan(lag, max(least, ahead + lag / FPS))
