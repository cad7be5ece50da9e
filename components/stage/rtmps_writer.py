"""The RTMP writer: a process that puts H.264 and sound from its stdin into FLV and publishes it.

    python -m components.stage.rtmps_writer    (rtmps_process.py starts it; rtmps_protocol.py: what it reads and says)

A process of its own, because PyAV connects, shakes hands and closes with the GIL held: in the server one silent peer
would freeze every session (aws.md B.7). It ends with its stdin, so it never outlives the server.

FFmpeg's "fifo" muxer stands around the FLV muxer for its options: PyAV opens an output's address without any. It also
opens the connection in a thread of its own. That connection leads to rtmps_tunnel.py, which speaks TLS to the server.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction
from typing import Any, BinaryIO

import av
import certifi
from av.audio.stream import AudioStream
from av.codec.context import Flags

from components.stage.rtmps_confinement import allow_processor_time, confine
from components.stage.rtmps_protocol import SAMPLE_RATE, Failure, Kind, Message, Report, Target, read_message
from components.stage.rtmps_sound import SoundLine
from components.stage.rtmps_tunnel import LOCAL_BUFFER, Blocked, Tunnel

STANDS_AFTER_S = 1.0
"""So much media must have gone out before the stream is said to stand: servers hang up on a wrong key a little late."""
REPORT_EVERY_S = 0.5
ANSWER_S = 8
"""How long the server may keep one read or write waiting."""
ALARM_S = 14
"""How long one message may take. Then the kernel ends this process, whoever holds the GIL."""

FFMPEG_ERRORS: tuple[type[Exception], ...] = (av.FFmpegError, OSError, ValueError)
"""What PyAV raises. Some FFmpegErrors are OSErrors or ValueErrors as well, but EOFError (the server has hung up),
UnknownError, ExternalError and the HTTP errors are neither."""

_SOUND_BPS = 128_000
"""IVS takes 160 kbit/s at most."""
_MICROS = Fraction(1, 1_000_000)


class Publication:
    """One stream to one server: connects with its second packet. One thread. Everything raises `FFMPEG_ERRORS`, whose
    texts are not to be shown."""

    def __init__(self, target: Target, first: Message) -> None:
        """`first` is the key picture that the stream begins with; size and parameter sets are taken from it. Raises
        Blocked if the server cannot be reached."""
        self._tunnel = Tunnel(target, certificates())
        self.sent = 0
        self.seconds = 0.0
        self._origin = first.micros
        self._newest = -1
        self._line = SoundLine()
        self._out = av.open(
            f"rtmp://127.0.0.1:{self._tunnel.port}",
            "w",
            format="fifo",
            # With a queue of one, whatever the server does not take makes `put` wait.
            options={"fifo_format": "flv", "queue_size": "1", "format_opts": _options(target)},
        )
        with av.open(io.BytesIO(first.body), format="h264") as elementary:
            self._pictures = self._out.add_stream_from_template(elementary.streams.video[0], opaque=True)
        self._pictures.time_base = _MICROS
        self._sound: AudioStream = self._out.add_stream("aac", rate=SAMPLE_RATE, bit_rate=_SOUND_BPS, layout="stereo")
        # FLV wants the AAC header apart; "fifo" does not know that it stands for FLV.
        self._sound.codec_context.flags |= Flags.global_header

    def put(self, message: Message) -> None:
        """Send one picture or sound. Waits for the server."""
        micros = message.micros - self._origin
        if message.kind is Kind.SOUND:
            self._put_sound(self._line.lay(_samples(micros), message.body))
        elif micros > self._newest:
            self._newest = micros
            self.seconds = micros / 1e6
            # A copy in FFmpeg's memory: a packet around our bytes is freed with the GIL, by fifo's thread, for which
            # `finish` waits with the GIL held.
            packet: av.Packet[Any] = av.Packet(len(message.body))
            packet.update(message.body)
            packet.pts = packet.dts = micros
            packet.time_base = _MICROS
            packet.is_keyframe = message.kind is Kind.KEY_PICTURE
            packet.stream = self._pictures
            self._mux([packet])
            self._put_sound(self._line.keep_up(_samples(micros)))

    def finish(self) -> None:
        """Send what is left, say goodbye and close."""
        self._mux(self._sound.encode(None))
        self._out.close()
        self._tunnel.wait()

    def abandon(self) -> None:
        """Close after an error."""
        with suppress(*FFMPEG_ERRORS):
            self._out.close()
        self._tunnel.wait()

    def _put_sound(self, frames: Iterable[av.AudioFrame]) -> None:
        for frame in frames:
            self._mux(self._sound.encode(frame))

    def _mux(self, packets: Iterable[av.Packet[Any]]) -> None:
        for packet in packets:
            self.sent += packet.size
            self._out.mux(packet)


def _samples(micros: int) -> int:
    return round(micros * SAMPLE_RATE / 1_000_000)


def certificates() -> str:
    """The file of those who may vouch for a server: SSL_CERT_FILE, as in every OpenSSL program, or Mozilla's list."""
    return os.environ.get("SSL_CERT_FILE") or certifi.where()


def _options(target: Target) -> str:
    options = {
        "rtmp_app": target.app,
        "rtmp_playpath": target.key,
        "rtmp_tcurl": f"{target.address}/{target.app}",
        "rw_timeout": str(ANSWER_S * 1_000_000),
        "send_buffer_size": str(LOCAL_BUFFER),
        "flvflags": "no_duration_filesize",
    }
    return ":".join(f"{name}={_escaped(value)}" for name, value in options.items())


def _escaped(value: str) -> str:
    """For FFmpeg's lists of options (ffmpeg-utils, "Quoting and escaping")."""
    return "".join(f"\\{letter}" if letter in "\\':" else letter for letter in value)


def publish(messages: BinaryIO, reports: BinaryIO) -> Failure | None:
    """Send everything from `messages` until its end, and tell `reports` how it goes; the reason if it goes no more."""
    target = Target.from_message(read_message(messages))
    _tell(reports, Report())
    publication: Publication | None = None
    stands = False
    reported = 0.0
    try:
        while (message := read_message(messages)) is not None:
            _alarm(ALARM_S)
            if publication is None:
                if message.kind is not Kind.KEY_PICTURE:
                    continue
                publication = Publication(target, message)
            publication.put(message)
            stands = publication.seconds >= STANDS_AFTER_S
            if stands and time.monotonic() - reported >= REPORT_EVERY_S:
                reported = time.monotonic()
                _tell(reports, Report(publication.sent))
                allow_processor_time()
            _alarm(0)
        _alarm(ALARM_S)
        if publication is not None:
            publication.finish()
    except Blocked as blocked:
        return blocked.failure
    except FFMPEG_ERRORS as error:  # Their texts are not for others.
        if publication is not None:
            publication.abandon()
        if stands:
            return Failure.BROKEN
        # The server was reached, and has proved its name: what it did not like is the stream.
        return Failure.SILENT if isinstance(error, TimeoutError) else Failure.REJECTED
    return None


def _tell(reports: BinaryIO, report: Report) -> None:
    reports.write(report.pack())
    reports.flush()


def _alarm(seconds: int) -> None:
    if hasattr(signal, "alarm"):  # Not on Windows, where only the parent's patience ends us.
        signal.alarm(seconds)


if __name__ == "__main__":
    confine()
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with suppress(BrokenPipeError):  # Nobody is left to be told.
        why = publish(sys.stdin.buffer, sys.stdout.buffer)
        if why is not None:
            _tell(sys.stdout.buffer, Report(failure=why))
