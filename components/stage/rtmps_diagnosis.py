"""Why a stream did not begin. FFmpeg says "Input/output error" to an unknown host, a bad certificate, a wrong key."""

from __future__ import annotations

import socket
import ssl

from components.stage.public_addresses import is_public, resolved
from components.stage.rtmps_protocol import Failure, Target

PATIENCE_S = 2.0
"""For each step; the name's look-up has the resolver's own."""


def diagnose(target: Target, certificates: str, error: Exception) -> Failure:
    """Go the way once more, step by step, without a word of RTMP. Blocks, mostly for no more than two `PATIENCE_S`.

    `certificates` is a PEM file, `error` what FFmpeg raised.
    """
    try:
        addresses = resolved(target.host)
        if not (target.private or all(map(is_public, addresses))):
            return Failure.INSIDE  # A name may have changed its mind since the server asked for it.
        connection = socket.create_connection((addresses[0], target.port), PATIENCE_S)
    except socket.gaierror:
        return Failure.NO_HOST
    except ConnectionRefusedError:
        return Failure.REFUSED
    except OSError:
        return Failure.UNREACHABLE
    with connection:
        failure = _shake_hands(connection, target.host, certificates) if target.scheme == "rtmps" else None
    if failure is not None:
        return failure
    return Failure.SILENT if isinstance(error, TimeoutError) else Failure.REJECTED


def _shake_hands(connection: socket.socket, host: str, certificates: str) -> Failure | None:
    try:
        context = ssl.create_default_context(cafile=certificates)
        context.wrap_socket(connection, server_hostname=host).close()
    except (ssl.SSLCertVerificationError, FileNotFoundError):  # Without that file nobody is trusted.
        return Failure.UNTRUSTED
    except TimeoutError:
        return Failure.SILENT
    except OSError:  # SSLError is one
        return Failure.NO_TLS
    return None
