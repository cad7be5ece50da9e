"""What a child process that decodes a stranger's file may use. It sets its own limits, after its imports.

Linux and macOS; elsewhere only the parent's time limit holds (limited_process.py).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import resource

_NICER = 10
"""Live streams come first on a busy machine."""
_OPEN_FILES = 32
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38  # linux/prctl.h


def give_up_rights(parent: int) -> None:
    """No new privileges, no files written, few opened, no core dump, last in the queue; ends with its parent.

    `parent` is the process id that the parent gave: if it is not the parent any more, this process ends at once.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if sys.platform != "win32":
        if os.getppid() != parent:
            os._exit(1)
        with suppress(OSError):
            os.nice(_NICER)
        for what, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_NOFILE, _OPEN_FILES),
        ):
            with suppress(ValueError, OSError):
                resource.setrlimit(what, (most, most))


def limit_memory(more: int) -> None:
    """Let the address space grow by `more` bytes from now on. An allocation beyond fails."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = pages * resource.getpagesize() + more
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))


def limit_step(seconds: float) -> None:
    """End this process if it uses so many more seconds of processor before the next call, whoever holds the GIL."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)
