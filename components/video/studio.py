"""One visitor's studio: how they want to be seen, and the connection that shows it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from components.video.backdrop import Backdrop
from components.video.edges import Edges
from components.video.figures import Figures
from components.video.frame_path import Look
from components.video.microphone import Microphone
from components.video.planes import Size
from components.video.processor import DEFAULT_SIZE, Processor
from components.video.quality import Override, Quality
from components.video.segmenter import Segmenter
from components.video.tracks import CameraSink, StudioTrack

logger = logging.getLogger(__name__)

GRACE_SECONDS = 5.0
"""A publication waits so long for a camera that is lost and of which nothing more is known yet: after a frozen server
the connection's end is noticed before the page's word that it is starting the camera again."""

RESTART_SECONDS = 60.0
"""It waits so long while the page starts the camera again."""


class Seats:
    """How many cameras may be live at once in this process. Any thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken: set[object] = set()
        self._lock = threading.Lock()

    def claim(self, holder: object) -> bool:
        """Take a seat, if one is free."""
        with self._lock:
            if len(self._taken) >= self._limit:
                return False
            self._taken.add(holder)
            return True

    def release(self, holder: object) -> None:
        """Give the seat back; harmless for who has none."""
        with self._lock:
            self._taken.discard(holder)

    @property
    def free(self) -> int:
        """Seats that nobody has."""
        with self._lock:
            return self._limit - len(self._taken)


class Connection:
    """One camera connection from start to end: its own worker, sink and track, never used again.

    A restart makes a new one, so nothing of the old connection, hung worker included, reaches the new picture.
    """

    def __init__(self, studio: Studio, make_segmenter: Callable[[], Segmenter], chosen: Size | None = None) -> None:
        self.processor = Processor(make_segmenter, lambda: studio.look)
        self.track = StudioTrack(self.processor)
        self.microphone = Microphone()
        """The sink for streamlit-webrtc's `sink_audio_track`; a publication takes its sound from here."""
        self.sink = CameraSink(self.processor, self._begin, self._end, self.microphone.sends)
        self.chosen = chosen
        """What the visitor chose, in pixels; what the camera sends may be smaller at first, and for a while."""
        self._studio = studio
        self._lock = threading.Lock()
        self._over = False
        self._followers: list[Callable[[], None]] = []

    @property
    def studio(self) -> Studio:
        """Whose camera it is."""
        return self._studio

    @property
    def over(self) -> bool:
        """True once the camera has gone; this connection then never shows anything again. Any thread."""
        return self._over

    def when_over(self, tell: Callable[[], None]) -> None:
        """Have this called, on the event loop, when the camera has gone; it must not block. Any thread.

        Called at once, here, if the camera has gone already.
        """
        with self._lock:
            if not self._over:
                self._followers.append(tell)
                return
        tell()

    def _begin(self) -> bool:
        admitted = self._studio.seats.claim(self)
        self.track.refuse(not admitted)
        self._studio.refused = not admitted
        if not admitted:
            return False
        loop = asyncio.get_running_loop()
        self.processor.start(lambda: self.track.notify(loop))
        self._studio.live = self
        self._studio.patience = GRACE_SECONDS
        return True

    def _end(self) -> None:
        self.processor.stop()
        self.track.stop()
        self._studio.seats.release(self)
        self._studio.refused = False
        if self._studio.live is self:
            self._studio.live = None
        with self._lock:
            self._over = True
        for tell in self._followers:
            tell()


class Studio:
    """What outlives a connection: the look, and who is live. One for each visitor; shared by nobody."""

    def __init__(self, seats: Seats, look: Look) -> None:
        self.seats = seats
        self.look = look
        self.live: Connection | None = None
        self.refused = False
        """Whether a camera of this visitor waits for a seat."""
        self.patience = GRACE_SECONDS
        """Seconds for which a publication waits for a camera that is lost."""
        self.page: object | None = None
        """The visitor's page, as far as it is open."""

    def connect(self, make_segmenter: Callable[[], Segmenter], chosen: Size | None = None) -> Connection:
        """A connection to hand to streamlit-webrtc. It costs nothing until a camera comes.

        `chosen` is the resolution that the visitor chose, to be published in the camera's shape.
        """
        return Connection(self, make_segmenter, chosen)

    def expect(self) -> None:
        """The page is starting a lost camera again: a publication waits for it. Any thread."""
        self.patience = RESTART_SECONDS

    def dismiss(self) -> None:
        """End the camera, which the visitor has stopped or left behind: a publication ends with it. Any thread."""
        self.patience = 0.0
        if (live := self.live) is not None:
            live.sink.stop()

    def choose(self, backdrop: Backdrop) -> None:
        """Put another backdrop behind the person, from the next frame on. Script thread.

        It is fitted here, to the camera's size, so that neither the worker nor the event loop has to wait for it.
        """
        backdrop.bare(self.size)
        self.look = replace(self.look, backdrop=backdrop)

    def refine(self, edges: Edges) -> None:
        """Move the edge between person and backdrop, from the next frame on."""
        self.look = replace(self.look, edges=edges)

    def aim(self, quality: Quality) -> None:
        """Do more for the picture or less, from the next frame on."""
        self.look = replace(self.look, quality=quality)

    def adjust(self, override: Override) -> None:
        """Set single steps by hand, whatever the level says."""
        self.look = replace(self.look, override=override)

    @property
    def showing(self) -> Connection | None:
        """The live connection, from its first composite on: before, not even the camera's size is known."""
        live = self.live
        return live if live and live.processor.composed_at is not None else None

    @property
    def size(self) -> Size:
        """The live camera's size in pixels, or the one it will most likely have."""
        live = self.live
        return live.processor.size if live else DEFAULT_SIZE

    @property
    def figures(self) -> Figures | None:
        """What the live connection costs; None without one."""
        live = self.live
        return live.processor.figures() if live else None
