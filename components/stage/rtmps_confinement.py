"""What the RTMP writer and its tunnel may do: they parse what strangers' servers send.

They get no environment but what they need, may not gain privileges, and have limits on memory and processor time.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from contextlib import suppress

PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")
"""The owner's keys and tokens stay where they are. SYSTEMROOT: without it Windows opens no sockets."""

MEMORY_BYTES = 1 << 30
"""Of address space, most of which is never touched: the writer maps 0.3 GB while a stream runs (VmPeak)."""

PROCESSOR_SECONDS, PROCESSOR_SHARE = 30, 0.5
"""Seconds of processor time at first, and so many for each second since. A stream takes 0.02 to 0.05."""

_PR_SET_NO_NEW_PRIVS = 38
_started = time.monotonic()


def environment() -> dict[str, str]:
    """For the child."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}


def confine() -> None:
    """In the child, first of all. Where the system has no such limit there is none."""
    if sys.platform == "win32":
        return
    import resource

    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for limit, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CORE, 0)):
        with suppress(OSError, ValueError):
            resource.setrlimit(limit, (most, most))
    allow_processor_time()


def allow_processor_time() -> None:
    """Let the limit grow with the time that has passed. Call it while all goes well."""
    if sys.platform == "win32":
        return
    import resource

    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        soft = int(PROCESSOR_SECONDS + PROCESSOR_SHARE * (time.monotonic() - _started))
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
