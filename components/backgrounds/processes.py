"""Which process wrote something down, and whether it is still there."""

from __future__ import annotations

import os
import socket
import uuid

THIS_PROCESS = f"{socket.gethostname()} {os.getpid()} {uuid.uuid4().hex}"
"""Machine, number and birth mark of this process."""


def has_ended(process: str) -> bool:
    """Whether a process of this machine, by its `THIS_PROCESS`, is known to be no more."""
    machine, pid, birth = process.rsplit(" ", 2)
    here, own_pid, own_birth = THIS_PROCESS.rsplit(" ", 2)
    if machine != here:
        return False
    if pid == own_pid:  # In a container every start has the same number.
        return birth != own_birth
    if os.name != "posix":
        return False  # On Windows the question below would end the process.
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
