"""The image models of Amazon Bedrock that this app can speak to, living and retired."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from components.backgrounds.families import NOVA_CANVAS, SDXL_V0, SDXL_V1, STABILITY, TITAN, Family
from components.backgrounds.generator import ModelChoice
from components.errors import ModelGone


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model: its id, its name for people, its family, a picture's cost in US dollars, and whether it is retired."""

    id: str
    name: str
    family: Family
    cost: float | None
    retired: bool = False

    @property
    def choice(self) -> ModelChoice:
        """As the picker shows it."""
        return ModelChoice(self.id, self.name, self.cost, self.retired)


# States: the model cards, and the lifecycle page's copy of October 2026, in which no Stability model has an end date.
# Costs: secondary sources of 2026; Ultra is said to cost 0.14 or 0.08, and an estimate should not be too low.
KNOWN_MODELS: tuple[KnownModel, ...] = (
    KnownModel("stability.stable-image-core-v1:1", "Stable Image Core", STABILITY, 0.04),
    KnownModel("stability.sd3-5-large-v1:0", "Stable Diffusion 3.5 Large", STABILITY, 0.08),
    KnownModel("stability.stable-image-ultra-v1:1", "Stable Image Ultra", STABILITY, 0.14),
    # End of life 2026-09-30 (lifecycle page, "Models that have reached EOL").
    KnownModel("amazon.nova-canvas-v1:0", "Nova Canvas", NOVA_CANVAS, 0.04, True),
    # End of life 2026-06-30 (awslabs/startups#304).
    KnownModel("amazon.titan-image-generator-v2:0", "Titan Image Generator v2", TITAN, 0.01, True),
    # Gone with Titan v2's arrival (awslabs/mcp#2722).
    KnownModel("amazon.titan-image-generator-v1", "Titan Image Generator v1", TITAN, 0.01, True),
    # Gone late in 2025 (epam/ai-dial-adapter-bedrock#322).
    KnownModel("stability.stable-image-core-v1:0", "Stable Image Core 1.0", STABILITY, 0.04, True),
    KnownModel("stability.stable-image-ultra-v1:0", "Stable Image Ultra 1.0", STABILITY, 0.14, True),
    KnownModel("stability.sd3-large-v1:0", "Stable Diffusion 3 Large", STABILITY, 0.08, True),
    # Not operational from 2025-05-20 (aws-samples/document-translation#110), and gone by July 2024.
    KnownModel("stability.stable-diffusion-xl-v1", "Stable Diffusion XL 1.0", SDXL_V1, 0.04, True),
    KnownModel("stability.stable-diffusion-xl-v0", "Stable Diffusion XL 0.8", SDXL_V0, 0.02, True),
)

_BY_ID = {model.id: model for model in KNOWN_MODELS}

# For versions that are younger than this file. The Image Services need a picture to begin with, and are none of these.
_STEMS: tuple[tuple[str, Family], ...] = (
    ("stability.stable-image-core-", STABILITY),
    ("stability.stable-image-ultra-", STABILITY),
    ("stability.sd3-", STABILITY),
    ("amazon.nova-canvas-", NOVA_CANVAS),
    ("amazon.titan-image-generator-", TITAN),
    ("stability.stable-diffusion-xl-", SDXL_V1),
)

WHAT_TO_USE = "use {}, {} or {} in us-west-2".format(*(m.id for m in KNOWN_MODELS if not m.retired))
"""A clause for errors about a model that cannot be used."""


def bare_id(wanted: str) -> str:
    """An id as it is; of an ARN its last part, which has no account in it."""
    return wanted.rsplit("/", 1)[-1]


def known_model(wanted: str) -> KnownModel:
    """The model of an id, an inference profile's id ("us.stability.…") or an ARN that ends in one of these.

    Its `id` is the bare one. Raises ModelGone for a model that this app cannot speak to.
    """
    bare = bare_id(wanted)
    plain = re.sub(r"^[a-z-]{2,8}\.(?=stability\.|amazon\.)", "", bare)
    if plain in _BY_ID:
        return replace(_BY_ID[plain], id=bare)
    for stem, family in _STEMS:
        if plain.startswith(stem):
            return KnownModel(bare, plain, family, None)
    raise ModelGone(f"The chosen model is none that this app can speak to; {WHAT_TO_USE}.")
