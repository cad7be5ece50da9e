"""What a folder's disk can do: whether it locks files, and how much room is left.

SQLite needs file locks, and network disks (NFS, SMB) often have none. SQLite itself takes the refusal for a lock that
somebody else holds, waits for as long as it may, and reports "busy". So the disk is asked here first, which takes
microseconds, and the answer is remembered.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, whose file locks are not POSIX's.
    fcntl = None  # type: ignore[assignment]

NO_LOCKS = (
    "the disk of the data folder has no file locks, as some network disks; put DATA_DIR on a local disk, and use "
    "BACKGROUNDS_BUCKET for pictures that must outlast this machine"
)
"""The end of a sentence."""

ASK_AGAIN_SECONDS = 60.0
"""How long a disk without locks is taken for one: somebody may mount it anew."""

_PENDING_BYTE = 0x40000000
"""The byte that SQLite locks first (os_unix.c)."""
_HELD = (errno.EAGAIN, errno.EACCES)

_asked: dict[Path, float] = {}
"""When a folder was last found to have no locks; infinity for one that has them."""
_guard = threading.Lock()


class NoFileLocks(OSError):
    """The folder's disk does not lock files."""

    def __init__(self) -> None:
        super().__init__(errno.ENOLCK, NO_LOCKS)


def require_locks(folder: Path, *, again: bool = False) -> None:
    """Raise NoFileLocks where files in this folder cannot be locked.

    `again`: something went wrong that may be the locks, so that an earlier good answer does not count.
    """
    with _guard:
        asked_at = _asked.get(folder)
    if asked_at is not None and time.monotonic() - asked_at < ASK_AGAIN_SECONDS:
        if asked_at != float("inf"):
            raise NoFileLocks
        if not again:
            return
    can = _can_lock(folder)
    if can is False:
        remember_no_locks(folder)
        raise NoFileLocks
    if can:
        with _guard:
            _asked[folder] = float("inf")


def remember_no_locks(folder: Path) -> None:
    """SQLite has found out by itself."""
    with _guard:
        _asked[folder] = time.monotonic()


def _can_lock(folder: Path) -> bool | None:
    """Whether a new file there can be locked; None where none can be made, so that nobody knows."""
    if fcntl is None:
        return None
    try:
        # Not the database itself: closing it here would take this process's other locks on it away.
        file = tempfile.TemporaryFile(dir=folder, prefix=".locks-")  # noqa: SIM115 - closed below
    except OSError:
        return None
    with file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _PENDING_BYTE, os.SEEK_SET)
        except OSError as error:
            return error.errno in _HELD
    return True


def free_and_total(folder: Path) -> tuple[int, int]:
    """Bytes that are free on the disk of this folder, or of the nearest one above it that exists, and all that it has.
    Raises OSError."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total


def is_full(error: BaseException) -> bool:
    """Whether this says that the disk has no room left, or the visitor's part of it."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def reason(error: OSError) -> str:
    """What went wrong with a file, as the end of a sentence."""
    if isinstance(error, NoFileLocks):
        return NO_LOCKS
    if is_full(error):
        return "the disk is full; delete something"
    if isinstance(error, FileNotFoundError):
        return "the file is no longer there"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return "the data folder cannot be written to or read"
    if error.errno in (errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN):
        return "the disk of the data folder does not answer; check the network, or put DATA_DIR on a local disk"
    return f"the disk answered with an error ({errno.errorcode.get(error.errno or 0, 'unknown')})"
