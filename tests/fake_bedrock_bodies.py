"""The bodies that Amazon Bedrock's image models take, as strict as in life, and the answers that they give.

Written from reference/aws.md A.2 and A.3 alone, not from the adapters: each is a check on the other.
"""

from __future__ import annotations

import base64
import hashlib
import io
import random
from typing import Annotated, Any, Literal

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, model_validator

Colour = tuple[int, int, int]


class Strict(BaseModel):
    """Unknown fields, nulls where none may be, and numbers as text are all refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class StabilityBody(Strict):
    prompt: str = Field(min_length=1, max_length=10_000)
    negative_prompt: str = Field("", max_length=10_000)
    aspect_ratio: Literal["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"] = "1:1"
    seed: int = Field(0, ge=0, le=4_294_967_294)
    output_format: Literal["png", "jpeg"] = "png"

    @property
    def size(self) -> tuple[int, int]:
        """About a megapixel, in sides that are multiples of 64."""
        wide, high = (int(side) for side in self.aspect_ratio.split(":"))
        unit = (1024 * 1024 / (wide * high)) ** 0.5
        return round(wide * unit / 64) * 64, round(high * unit / 64) * 64


class TextToImage(Strict):
    text: str = Field(min_length=1, max_length=1024)
    negativeText: str = Field("-", min_length=1, max_length=1024)  # noqa: N815


class TitanText(TextToImage):
    text: str = Field(min_length=1, max_length=512)
    negativeText: str = Field("-", min_length=1, max_length=512)  # noqa: N815


class NovaConfig(Strict):
    numberOfImages: Annotated[int, Field(ge=1, le=5)] = 1  # noqa: N815
    quality: Literal["standard", "premium"] = "standard"
    cfgScale: float = Field(6.5, ge=1.1, le=10)  # noqa: N815
    width: int = Field(1024, ge=320, le=4096, multiple_of=16)
    height: int = Field(1024, ge=320, le=4096, multiple_of=16)
    seed: int = Field(12, ge=0, le=858_993_459)

    @model_validator(mode="after")
    def _in_shape(self) -> NovaConfig:
        if not 0.25 <= self.width / self.height <= 4 or self.width * self.height >= 4_194_304:
            raise ValueError("Value of (width, height) is not valid.")
        return self


class TitanConfig(NovaConfig):
    seed: int = Field(42, ge=0, le=2_147_483_646)

    @model_validator(mode="after")
    def _in_table(self) -> TitanConfig:
        table = {(1024, 1024), (768, 768), (512, 512), (1152, 768), (1280, 768), (1152, 896)}
        if (self.width, self.height) not in table | {(high, wide) for wide, high in table}:
            raise ValueError(f"Value of (width, height) is not valid. Given: ({self.width}, {self.height}).")
        return self


class NovaBody(Strict):
    taskType: Literal["TEXT_IMAGE"]  # noqa: N815
    textToImageParams: TextToImage  # noqa: N815
    imageGenerationConfig: NovaConfig = Field(default_factory=NovaConfig)  # noqa: N815


class TitanBody(NovaBody):
    textToImageParams: TitanText  # noqa: N815
    imageGenerationConfig: TitanConfig = Field(default_factory=TitanConfig)  # noqa: N815


class WeightedText(Strict):
    text: str = Field(max_length=2000)
    weight: float = 1.0


class SdxlV0Body(Strict):
    text_prompts: list[WeightedText] = Field(min_length=1)
    cfg_scale: float = Field(7, ge=0, le=35)
    seed: int = Field(0, ge=0, le=4_294_967_295)
    steps: int = Field(30, ge=10, le=50)


class SdxlV1Body(SdxlV0Body):
    width: int = 1024
    height: int = 1024

    @model_validator(mode="after")
    def _in_table(self) -> SdxlV1Body:
        table = {(1024, 1024), (1152, 896), (1216, 832), (1344, 768), (1536, 640)}
        if (self.width, self.height) not in table | {(high, wide) for wide, high in table}:
            raise ValueError("for stable-diffusion-xl-1024-v1-0 the allowed dimensions are 1024x1024, 1152x896…")
        return self


BODIES: dict[str, type[Strict]] = {
    "stability.stable-image-core-v1:1": StabilityBody,
    "stability.stable-image-ultra-v1:1": StabilityBody,
    "stability.sd3-5-large-v1:0": StabilityBody,
    "amazon.nova-canvas-v1:0": NovaBody,
    "amazon.titan-image-generator-v1": TitanBody,
    "amazon.titan-image-generator-v2:0": TitanBody,
    "stability.stable-diffusion-xl-v0": SdxlV0Body,
    "stability.stable-diffusion-xl-v1": SdxlV1Body,
}


def prompt_of(body: Strict) -> str:
    if isinstance(body, StabilityBody):
        return body.prompt
    return body.textToImageParams.text if isinstance(body, NovaBody) else body.text_prompts[0].text  # type: ignore[attr-defined]


def colour_of(prompt: str, seed: int) -> Colour:
    """What a picture of this prompt and seed is painted with, all over: a test recognises it by that."""
    red, green, blue = hashlib.sha256(f"{seed} {prompt}".encode()).digest()[:3]
    return red, green, blue


def painted(colour: Colour, size: tuple[int, int], form: str = "png") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form)
    return file.getvalue()


def answer(body: Strict, *, filtered: bool = False) -> dict[str, Any]:
    """What the body's model answers with HTTP 200: a picture, or its own shape of a content filter's refusal."""
    prompt = prompt_of(body)
    if isinstance(body, StabilityBody):
        if filtered:
            return {"finish_reasons": ["Filter reason: prompt"]}
        seed = body.seed or random.randrange(1, 2**32 - 1)
        picture = _encoded(painted(colour_of(prompt, seed), body.size, body.output_format))
        return {"seeds": [seed], "finish_reasons": [None], "images": [picture]}
    if isinstance(body, NovaBody):
        if filtered:
            return {"images": [], "error": "All of the generated images have been blocked by our content filters."}
        config = body.imageGenerationConfig
        picture = painted(colour_of(prompt, config.seed), (config.width, config.height))
        return {"images": [_encoded(picture)], "error": None}
    assert isinstance(body, SdxlV0Body)
    seed = body.seed or random.randrange(1, 2**32)
    size = (body.width, body.height) if isinstance(body, SdxlV1Body) else (512, 512)
    picture = _encoded(painted((128, 128, 128) if filtered else colour_of(prompt, seed), size))
    reason = "CONTENT_FILTERED" if filtered else "SUCCESS"
    return {"result": "success", "artifacts": [{"seed": seed, "base64": picture, "finishReason": reason}]}


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
