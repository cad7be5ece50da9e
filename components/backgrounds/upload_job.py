"""An upload that is being read, in a thread of its own: the page and the stream go on meanwhile."""

from __future__ import annotations

import logging
import threading

from components.backgrounds.stop import Stop, Stopped
from components.backgrounds.upload import Clip, Picture, is_clip, read_upload
from components.errors import UploadError

logger = logging.getLogger(__name__)


class UploadJob:
    """Reads one file, from its making on. Any thread may look, wait and cancel."""

    def __init__(self, name: str, data: bytes) -> None:
        """`name` is the file's, as the visitor's browser gave it."""
        self.name = name
        self.is_clip = is_clip(data)
        self.upload: Picture | Clip | None = None
        self.problem: str | None = None
        self._stop = Stop()
        self._done = threading.Event()
        threading.Thread(target=self._read, args=(data,), name="upload", daemon=True).start()

    @property
    def done(self) -> bool:
        """True once `upload` or `problem` is there, or it has been cancelled."""
        return self._done.is_set()

    @property
    def cancelled(self) -> bool:
        """True if nobody waits for it any more."""
        return self._stop.is_set

    def wait(self, seconds: float) -> bool:
        """Wait for the end; True if it came."""
        return self._done.wait(seconds)

    def cancel(self) -> None:
        """Give up: its child process is killed. Does not wait; any number of times."""
        self._stop.set()

    def _read(self, data: bytes) -> None:
        try:
            self.upload = read_upload(self.name, data, self._stop)
        except UploadError as error:
            self.problem = str(error)
        except Stopped:
            logger.debug("An upload was given up")
        except Exception:
            logger.exception("An upload failed in a way that nobody knows")
            self.problem = "The file could not be read; the log of the server says why."
        finally:
            self._done.set()
