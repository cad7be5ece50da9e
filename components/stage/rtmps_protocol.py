"""What the server process says to its RTMP writer, and what that says back.

    to the writer's stdin    kind (1 byte), time (8, µs, signed), length (4), then that many bytes; big endian
                             first an ADDRESS, then KEY_PICTURE, PICTURE and SOUND; the end of the stream means: finish
    from its stdout          one JSON object a line, of numbers and fixed words only

Both ends are ours and of one version, so a message out of shape is a bug, or a writer that was cut off. The writer must
start quickly: nothing but the standard library here.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass, field
from enum import Enum, StrEnum
from typing import BinaryIO

SAMPLE_RATE = 48_000

MOST_BYTES = 8 << 20
"""Of one message: far above an uncompressed 720p picture."""

_HEAD = struct.Struct("!cqI")


class Kind(Enum):
    """What a message holds."""

    ADDRESS = b"A"
    KEY_PICTURE = b"K"
    """An IDR, Annex B, parameter sets in front."""
    PICTURE = b"P"
    SOUND = b"S"
    """s16, stereo, interleaved, 48 kHz."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `micros` is the media clock's time of a picture's or a sound's beginning."""

    kind: Kind
    micros: int
    body: bytes = field(repr=False)

    def pack(self) -> bytes:
        """As it goes through the pipe."""
        return _HEAD.pack(self.kind.value, self.micros, len(self.body)) + self.body


def read_message(stream: BinaryIO) -> Message | None:
    """The next message; None at the end, also in the middle of a message. Blocks. ValueError: it is none."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, micros, length = _HEAD.unpack(head)
    if length > MOST_BYTES:
        raise ValueError("a message longer than any that is sent")
    body = stream.read(length)
    return Message(Kind(kind), micros, body) if len(body) == length else None


@dataclass(frozen=True, slots=True)
class Target:
    """Where to publish, in RTMP's own parts: the key is never part of an address."""

    scheme: str
    host: str
    port: int
    app: str
    key: str
    addresses: tuple[str, ...] = ()
    """The host's IP addresses, looked up and judged: the writer connects to these."""

    @property
    def address(self) -> str:
        """As servers know it, without application and key."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def __repr__(self) -> str:
        return f"Target({self.address})"

    def to_message(self) -> Message:
        """The first thing that a writer is told."""
        return Message(Kind.ADDRESS, 0, json.dumps(asdict(self)).encode())

    @classmethod
    def from_message(cls, message: Message | None) -> Target:
        """What `to_message` made. Raises ValueError for anything else."""
        if message is None or message.kind is not Kind.ADDRESS:
            raise ValueError("no address came first")
        told = json.loads(message.body)
        return cls(**told | {"addresses": tuple(told["addresses"])})


class Failure(StrEnum):
    """Why the writer gave up."""

    NO_HOST = "no-host"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    NO_TLS = "no-tls"
    SILENT = "silent"
    REJECTED = "rejected"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Report:
    """One line of the writer's: it is up and wants media (nothing sent), the stream stands and so many bytes have gone
    out so far, or a failure."""

    sent: int = 0
    failure: Failure | None = None

    def pack(self) -> bytes:
        """As one line."""
        return json.dumps({"sent": self.sent, "failure": self.failure}).encode() + b"\n"

    @classmethod
    def unpack(cls, line: bytes) -> Report:
        """What `pack` made; anything else is a broken writer."""
        try:
            told = json.loads(line)
            failure = told["failure"]
            return cls(int(told["sent"]), None if failure is None else Failure(failure))
        except (ValueError, KeyError, TypeError):
            return cls(failure=Failure.BROKEN)
