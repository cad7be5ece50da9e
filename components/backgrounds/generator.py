"""What turns a prompt into a picture, whoever paints it: the request, the result, and the protocol between."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from components.errors import PromptRejected

AspectRatio = Literal["16:9", "4:3", "1:1", "3:4", "9:16"]
"""Of the camera. A generator asks for the nearest that its model knows; the backdrop is cover-cropped anyway."""

RATIOS: Mapping[AspectRatio, float] = {"16:9": 16 / 9, "4:3": 4 / 3, "1:1": 1.0, "3:4": 3 / 4, "9:16": 9 / 16}
"""Width by height."""

MOST_CHARACTERS = 1000
MOST_SEED = 2**32 - 1

Report = Callable[[str | None], None]
"""Gets short sentences for the page while a generator works, such as "Busy, trying again in 2 s"; on its thread. None
says that the service has turned the request away for now, so that nothing is out. A sentence where nobody waits any
more raises GenerationCancelled, which goes through: nothing else is sent."""


def nearest_ratio(width: int, height: int) -> AspectRatio:
    """The ratio that loses least when it is cropped to this one."""
    return min(RATIOS, key=lambda name: abs(math.log(width / height / RATIOS[name])))


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A picture that somebody wants. `model` is an id of `Generator.models`; `seed` None means any.

    Raises PromptRejected: for a blank or too long prompt, or one with control characters, no call is ever made.
    """

    prompt: str
    negative_prompt: str = ""
    aspect_ratio: AspectRatio = "16:9"
    seed: int | None = None
    model: str | None = None

    def __post_init__(self) -> None:
        if not self.prompt.strip():
            raise PromptRejected("Describe the background first: a few words are enough.")
        for words, text in (("The description", self.prompt), ("What to leave out", self.negative_prompt)):
            if len(text) > MOST_CHARACTERS:
                raise PromptRejected(f"{words} has {len(text)} characters; {MOST_CHARACTERS} is the most.")
            # Line ends and tabs are what people type; any other control character is not.
            if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t" for c in text):
                raise PromptRejected(f"{words} has characters that cannot be printed; please type it anew.")
        if self.seed is not None and not 0 <= self.seed <= MOST_SEED:
            raise PromptRejected(f"The seed must be a whole number from 0 to {MOST_SEED}.")


@dataclass(frozen=True, slots=True)
class GeneratedImage:
    """A picture that was made, verified to be one.

    `data` is a PNG or JPEG file (`media_type` says which) of `width` x `height` pixels; `seed` the one used, where the
    generator tells; `seconds` how long it took; `cost` an estimate in US dollars, None where nobody knows, 0 for free;
    `note` a sentence for the page, such as "There is no scene like this; the nearest is Beach."
    """

    data: bytes
    media_type: Literal["image/png", "image/jpeg"]
    width: int
    height: int
    seed: int | None
    model: str
    generator: str
    seconds: float
    cost: float | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that a generator offers: its id, its name for people, its estimated cost in US dollars, and whether it is
    retired (usable only where an account still has it, and not offered by default)."""

    id: str
    name: str
    cost: float | None
    retired: bool = False


class Generator(Protocol):
    """Makes pictures. Any thread; blocks for seconds: never on the event loop, nor in its default executor."""

    name: str
    """For people: "Amazon Bedrock"."""

    expectation: str
    """How long it usually takes, for people: "usually 3–10 s"."""

    def models(self) -> tuple[ModelChoice, ...]:
        """What can be asked for, the default first. May ask the service once, and falls back to a known table."""

    def generate(self, request: ImageRequest, report: Report) -> GeneratedImage:
        """Make one picture. Raises GenerationError; every one has a sentence for the page."""
