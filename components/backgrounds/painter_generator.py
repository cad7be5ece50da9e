"""The built-in painter as a generator: prompts become painted scenes, without any model, network or cost."""

from __future__ import annotations

import io
import secrets
import time

from PIL import Image

from components.backgrounds.generator import (
    MOST_SEED,
    AspectRatio,
    GeneratedImage,
    ImageRequest,
    ModelChoice,
    Report,
)
from components.backgrounds.painter import SCENES, paint
from components.backgrounds.scenes.understanding import Understanding, understand

SIZES: dict[AspectRatio, tuple[int, int]] = {
    "16:9": (1280, 720),
    "4:3": (1280, 960),
    "1:1": (1024, 1024),
    "3:4": (960, 1280),
    "9:16": (720, 1280),
}
"""Width and height in pixels for each ratio."""

_QUALITY = 92
_NOTE = "Painted here, no AI; add AWS credentials for generated pictures."
_NAMES = {scene.key: scene.name for scene in SCENES}


class PainterGenerator:
    """A `Generator` that paints one of the built-in scenes in the mood that the prompt's words ask for.

    It understands English words only, and only those of its vocabulary (see `understand`); the note says when no
    word named a scene. Keeps no state: any thread, and several at once.
    """

    name = "Built-in painter"
    expectation = "about a second"

    def models(self) -> tuple[ModelChoice, ...]:
        """The painter itself, which is free."""
        return (ModelChoice("painter", "Built-in painter", 0.0),)

    def generate(self, request: ImageRequest, report: Report) -> GeneratedImage:
        """Paint the picture. Raises nothing: every prompt that a request accepts gets a picture."""
        started = time.monotonic()
        wish = understand(request.prompt, request.negative_prompt)
        report(f"Painting “{_NAMES[wish.scene_key]}”")
        seed = secrets.randbelow(MOST_SEED + 1) if request.seed is None else request.seed
        width, height = SIZES[request.aspect_ratio]
        pixels = paint(wish.scene_key, width, height, seed, wish.mood)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=_QUALITY)
        return GeneratedImage(
            data=file.getvalue(),
            media_type="image/jpeg",
            width=width,
            height=height,
            seed=seed,
            model="painter",
            generator=self.name,
            seconds=time.monotonic() - started,
            cost=0.0,
            note=_note(wish),
        )


def _note(wish: Understanding) -> str:
    if wish.exact:
        return _NOTE
    return f"{_NOTE} No scene here fits these words; this is the nearest: {_NAMES[wish.scene_key]}."
