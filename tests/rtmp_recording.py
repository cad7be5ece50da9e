"""What an RTMP server recorded, as ffprobe and a decoder read it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray


class Recording:
    """One FLV file. Blocks while ffprobe reads it. Times in seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        command = ["ffprobe", "-v", "error", "-show_streams", "-show_packets", "-of", "json", str(path)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        self._streams: dict[str, dict[str, Any]] = {stream["codec_type"]: stream for stream in told["streams"]}
        self._packets: list[dict[str, Any]] = told["packets"]

    def facts(self, kind: str, *names: str) -> tuple[Any, ...]:
        """What ffprobe calls by these names of the stream of this kind ("video", "audio")."""
        return tuple(self._streams[kind][name] for name in names)

    def times(self, kind: str, flag: str = "") -> list[float]:
        """When its packets are shown."""
        packets = [packet for packet in self._packets if packet["codec_type"] == kind and flag in packet["flags"]]
        return [float(packet["pts_time"]) for packet in packets]

    def slices(self) -> list[bytes]:
        """The last NAL unit of each picture."""
        with av.open(str(self._path)) as flv:
            return [_last_unit(bytes(packet)) for packet in flv.demux(video=0) if packet.size]

    def sound(self) -> NDArray[np.float32]:
        """The left channel, decoded."""
        with av.open(str(self._path)) as flv:
            return np.concatenate([frame.to_ndarray()[0] for frame in flv.decode(audio=0)])


def _last_unit(avcc: bytes) -> bytes:
    """Lengths of four bytes stand between the units (ISO/IEC 14496-15)."""
    at = 0
    while (after := at + 4 + int.from_bytes(avcc[at : at + 4], "big")) < len(avcc):
        at = after
    return avcc[at + 4 :]
