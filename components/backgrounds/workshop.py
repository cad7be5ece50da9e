"""From a prompt to a kept picture: library, budget, generator, library again, in threads of their own.

aiortc's encoders live in the event loop's default executor, so a generator that blocks for seconds must not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.backgrounds.budget import Budget, Left, Reservation
from components.backgrounds.entries import Details, Entry
from components.backgrounds.generator import GeneratedImage, Generator, ImageRequest, ModelChoice
from components.backgrounds.headers import Kind, kind_of
from components.backgrounds.library import Library
from components.backgrounds.pictures import decode_picture
from components.backgrounds.turns import GENERATED_PATIENCE_SECONDS
from components.errors import BadAnswer, GenerationCancelled, LibraryError, StudioError

logger = logging.getLogger(__name__)

AT_ONCE = 4
MODELS_S = 300.0
"""A list of models is believed for so long; a generator may believe its own for longer (`bedrock_catalogue`)."""

_CANCELLED = "Cancelled: nothing was made, and it cost nothing."


@dataclass(frozen=True)
class Made:
    """A picture for the screen: uint8 HxWx3 RGB. `image` is None when it came from the library, `entry` when it could
    not be kept; `note` is a sentence for the page."""

    pixels: NDArray[np.uint8]
    image: GeneratedImage | None
    entry: Entry | None
    note: str | None


class Job:
    """One generation under way. Any thread may look."""

    def __init__(
        self, request: ImageRequest, clock: Callable[[], float], give_back: Callable[[], None] = lambda: None
    ) -> None:
        """`give_back` is called when it ends by being cancelled at no cost; on the thread that cancels."""
        self.request = request
        self.sentence: str | None = None
        self.made: Made | None = None
        self.error: StudioError | None = None
        self._give_back = give_back
        self._clock = clock
        self._started = clock()
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._sent = False
        self._cancelled = False

    @property
    def seconds(self) -> float:
        """How long it has been under way."""
        return self._clock() - self._started

    @property
    def done(self) -> bool:
        """Whether `made` or `error` is there."""
        return self._done.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._cancelled

    def wait(self, seconds: float) -> bool:
        """Wait for the end; tells whether it came."""
        return self._done.wait(seconds)

    def cancel(self) -> bool:
        """Give up. Tells whether it costs nothing: nothing was sent yet, or the service has turned it away for now."""
        with self._lock:
            self._cancelled = True
            free = not self._sent
        if free:
            # At once: whoever works on it may sleep for seconds before they notice, and the next one need not wait.
            self._give_back()
        return free

    def send(self) -> bool:
        """The last moment before the service is called; False when the job was cancelled before."""
        with self._lock:
            self._sent = not self._cancelled
            return self._sent

    def report(self, sentence: str | None) -> None:
        """What the generator says while it works (`generator.Report`)."""
        with self._lock:
            if sentence is None:
                self._sent = False
                return
            if self._cancelled:
                raise GenerationCancelled(_CANCELLED)
            self._sent, self.sentence = True, sentence

    def finish(self, made: Made | None = None, error: StudioError | None = None) -> None:
        """The end, either way."""
        self.made, self.error = made, error
        self._done.set()


class Workshop:
    """One for the process: at most `AT_ONCE` generations run, and whoever wants another one is told to try again."""

    def __init__(
        self, generator: Generator, budget: Budget, library: Library, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.generator = generator
        self.library = library
        self._budget = budget
        self._clock = clock
        self._executor = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="generator")
        self._models: tuple[ModelChoice, ...] = ()
        self._ask()

    def models(self) -> tuple[ModelChoice, ...]:
        """What the generator offers, the default first; empty while it is asked for the first time.

        It is asked anew every `MODELS_S` seconds, in the workshop's threads, as accounts are given models meanwhile.
        """
        asked = self._asked
        if asked.done():
            if not asked.exception():
                self._models = asked.result()
            if self._clock() >= self._asked_at + MODELS_S:
                self._ask()
        return self._models

    def _ask(self) -> None:
        self._asked_at = self._clock()
        self._asked = self._executor.submit(self.generator.models)

    def left(self, owner: str) -> Left:
        """How many generations are left."""
        return self._budget.left(owner)

    def start(self, owner: str, request: ImageRequest) -> Job:
        """Begin. Quick: what takes time runs in the workshop's threads.

        The same request with an explicit seed comes from the library and costs nothing. Raises BudgetSpent, or
        GeneratorBusy when as many as can be are under way.
        """
        if (entry := self._known(owner, request)) is not None:
            job = Job(request, self._clock)
            self._executor.submit(self._fetch, job, entry)
        else:
            reservation = self._budget.reserve(owner)
            job = Job(request, self._clock, reservation.release)
            self._executor.submit(self._work, job, owner, reservation)
        return job

    def fetch(self, entry: Entry) -> Made:
        """A picture that was kept, for the screen. Blocks on disk or bucket. Raises LibraryError."""
        return Made(_pixels(self.library.read(entry)), None, entry, None)

    def _known(self, owner: str, request: ImageRequest) -> Entry | None:
        try:
            return self.library.served(owner, request)
        except LibraryError as error:
            logger.warning("The library cannot be searched: %s", error)
            return None

    def _fetch(self, job: Job, entry: Entry) -> None:
        try:
            job.finish(self.fetch(entry))
        except StudioError as error:
            job.finish(error=error)
        except Exception:
            logger.exception("A kept picture failed in a way that the library does not know")
            job.finish(error=LibraryError("The picture could not be read; the log of the server says why."))

    def _work(self, job: Job, owner: str, reservation: Reservation) -> None:
        if not job.send():
            reservation.release()
            job.finish(error=GenerationCancelled(_CANCELLED))
            return
        try:
            with reservation:
                image = self.generator.generate(job.request, job.report)
            pixels = _pixels(image.data)
            entry, trouble = self._keep(owner, job.request, image)
        except StudioError as error:
            job.finish(error=error)
        except Exception:
            logger.exception("The generator failed in a way that it does not know")
            job.finish(error=BadAnswer("The picture could not be made; the log of the server says why."))
        else:
            notes = " ".join(note for note in (image.note, trouble) if note)
            job.finish(Made(pixels, image, entry, notes or None))

    def _keep(self, owner: str, request: ImageRequest, image: GeneratedImage) -> tuple[Entry | None, str | None]:
        try:
            entry = self.library.keep(owner, image.data, Details.generated(request, image))
            return entry, self.library.news(owner)
        except LibraryError as error:
            return None, f"It is on screen, but it was not kept: {error}"


def _pixels(data: bytes) -> NDArray[np.uint8]:
    """Whatever the generator has verified (verify.py) must be shown, as it may have been paid for."""
    kind = kind_of(data)
    if kind not in (Kind.PNG, Kind.JPEG):
        raise BadAnswer("The generator answered with something else than a picture.")
    return decode_picture(data, kind, "The picture", patience=GENERATED_PATIENCE_SECONDS)[0]
