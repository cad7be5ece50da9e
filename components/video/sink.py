"""The end of a browser's track on this side: read on the event loop until it ends or is let go."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

from aiortc import MediaStreamTrack

from components.loops import call_on


class Sink(ABC):
    """Has the methods that streamlit-webrtc asks of a sink, which is why they are named as they are."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._track: MediaStreamTrack | None = None
        self._task: asyncio.Task[None] | None = None

    def addTrack(self, track: MediaStreamTrack) -> None:  # noqa: N802 - streamlit-webrtc's name
        """Take this track."""
        self._track = track

    def hasTrack(self) -> bool:  # noqa: N802 - streamlit-webrtc's name
        """Whether a track has been given."""
        return self._track is not None

    def start(self) -> None:
        """Begin to read; on the event loop."""
        if self._track is None:
            raise RuntimeError(f"The {self._name} has no track yet.")
        self._task = asyncio.get_running_loop().create_task(self._read(self._track), name=self._name)

    def stop(self) -> None:
        """Stop reading. Any thread: streamlit-webrtc calls this from a script's or a watcher's."""
        if self._task is not None:
            call_on(self._task.get_loop(), self._task.cancel)

    @abstractmethod
    async def _read(self, track: MediaStreamTrack) -> None:
        """Take frames until the track ends."""
