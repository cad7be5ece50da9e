"""What a publication sends: the types that the destinations see of the video room's feed."""

from __future__ import annotations

from typing import Any, Protocol

import av
from aiortc import MediaStreamTrack


class Tap(Protocol):
    """Takes everything that is encoded, for a destination without WebRTC. Called in the encoders' threads: must not
    block."""

    def video(self, packet: av.Packet[Any]) -> None:
        """One H.264 picture, Annex B, parameter sets before every IDR; `is_keyframe`, pts and time base are set."""

    def audio(self, frame: av.AudioFrame) -> None:
        """20 ms of sound: s16, stereo, 48 kHz, on the same clock as the pictures; silence while muted."""


class Media(Protocol):
    """One publication's picture and sound, each encoded once however many take it.

    Runs from `start` to `stop`, through every reconnection. The tracks are aiortc's, live on the event loop, and give
    `av.Packet`: H.264 constrained baseline (packetization-mode 1), and Opus (48 kHz stereo, 20 ms).
    """

    def start(self) -> None:
        """Begin to encode. Event loop."""

    def stop(self) -> None:
        """End, and end every track. Any thread, any number of times; does not wait."""

    def video_track(self) -> MediaStreamTrack:
        """A track of its own for one more receiver; it begins with a key frame. Event loop."""

    def audio_track(self) -> MediaStreamTrack:
        """The same for the sound. Event loop."""

    def request_keyframe(self) -> None:
        """Make the next picture an IDR: somebody has lost the thread (PLI, FIR). Any thread."""

    def aim(self, kbps: int) -> None:
        """Aim at this many kilobits a second for the picture, from the next one on. Any thread."""

    def add_tap(self, tap: Tap) -> None:
        """Give everything to this one too. Any thread."""

    def remove_tap(self, tap: Tap) -> None:
        """No longer. Any thread, any number of times."""
