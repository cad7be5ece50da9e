"""A generator that does what the test says."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from components.backgrounds.generator import GeneratedImage, ImageRequest, ModelChoice, Report


def png(colour: tuple[int, int, int] = (10, 200, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 36), colour).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass
class Painter:
    """Answers with a picture, or as told."""

    answer: Callable[[], bytes] = png
    calls: int = 0
    name: str = "Test painter"
    expectation: str = "at once"
    requests: list[ImageRequest] = field(default_factory=list)

    def models(self) -> tuple[ModelChoice, ...]:
        return (ModelChoice("m", "M", 0.04),)

    def generate(self, request: ImageRequest, report: Report) -> GeneratedImage:
        self.calls += 1
        self.requests.append(request)
        report("Mixing colours")
        return GeneratedImage(self.answer(), "image/png", 64, 36, 7, "m", self.name, 0.1, 0.04)


def raising(error: Exception) -> Callable[[], bytes]:
    def answer() -> bytes:
        raise error

    return answer
