"""How each family of image models on Amazon Bedrock is spoken to: a pure pair of functions, request to body and answer
to picture.

Fields and ranges: "Inference parameters for foundation models" in the Bedrock user guide, and aws-samples' experience
with them. Nothing is ever sent that a family does not list, nor a null: either is a ValidationException.

A content filter answers with HTTP 200 in each of them, in three shapes: a reason in `finish_reasons` (Stability), an
`error` (Amazon), a `finishReason` (SDXL). All become `ContentRefused`.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel, Field

from components.backgrounds.generator import MOST_SEED, RATIOS, AspectRatio, ImageRequest
from components.errors import BadAnswer, ContentRefused, PromptRejected

Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class Painted:
    """The bytes that a model calls a picture, not yet verified, and the seed where it tells."""

    data: bytes
    seed: int | None


@dataclass(frozen=True, slots=True)
class Family:
    """Models that take one body. Texts have at most `most_characters`, seeds are 0 to `most_seed`.

    `needs_seed`: without one, the model paints the same picture for the same prompt each time.
    `write` turns a request that fits into a body, `read` an answer's bytes into a picture.
    """

    name: str
    most_characters: int
    most_seed: int
    needs_seed: bool
    write: Callable[[ImageRequest], Body]
    read: Callable[[bytes], Painted]

    def fitted(self, request: ImageRequest) -> ImageRequest:
        """The request with its seed in the family's range. Raises PromptRejected where a text is too long for it."""
        for words, text in (("description", request.prompt), ("list of what to leave out", request.negative_prompt)):
            if len(text) > self.most_characters:
                raise PromptRejected(
                    f"{self.name} takes at most {self.most_characters} characters; "
                    f"the {words} has {len(text)}. Shorten it or choose another model."
                )
        # Not clipped: most of all seeds would then be one, and "Again" would change nothing.
        return request if request.seed is None else replace(request, seed=request.seed % (self.most_seed + 1))


Size = tuple[int, int]


def nearest(wanted: AspectRatio, known: Sequence[Size]) -> Size:
    """Of these widths and heights the one whose ratio is nearest: least is lost when it is cover-cropped."""
    return min(known, key=lambda size: abs(math.log(size[0] / size[1] / RATIOS[wanted])))


# Stability: Core v1:1, Ultra v1:1, SD3.5 Large.

_STABILITY_RATIOS = ((16, 9), (1, 1), (21, 9), (2, 3), (3, 2), (4, 5), (5, 4), (9, 16), (9, 21))


def _write_stability(request: ImageRequest) -> Body:
    # Neither `mode` nor sizes: Core and Ultra refuse them, and nobody needs them.
    body: Body = {"prompt": request.prompt, "output_format": "png"}
    body["aspect_ratio"] = "{}:{}".format(*nearest(request.aspect_ratio, _STABILITY_RATIOS))
    if request.negative_prompt:
        body["negative_prompt"] = request.negative_prompt
    if request.seed is not None:
        body["seed"] = request.seed
    return body


def _read_stability(data: bytes) -> Painted:
    answer = _parsed(_StabilityAnswer, data)
    reason = _first(answer.finish_reasons)
    if reason is not None and reason.startswith("Filter reason"):
        raise ContentRefused(_PICTURE_REFUSED if "output" in reason else _PROMPT_REFUSED)
    if reason is not None:
        raise BadAnswer("The model failed at this picture; try again, or choose another model.")
    return _painted(_first(answer.images), _first(answer.seeds))


# Amazon: Titan Image Generator v1 and v2, Nova Canvas.


def _writer_of_amazon(sizes: Sequence[Size], cfg_scale: float) -> Callable[[ImageRequest], Body]:
    def write(request: ImageRequest) -> Body:
        texts = {"text": request.prompt}
        if request.negative_prompt:
            texts["negativeText"] = request.negative_prompt
        width, height = nearest(request.aspect_ratio, sizes)
        config: Body = {"numberOfImages": 1, "quality": "standard", "cfgScale": cfg_scale}
        config |= {"width": width, "height": height}
        if request.seed is not None:
            config["seed"] = request.seed
        return {"taskType": "TEXT_IMAGE", "textToImageParams": texts, "imageGenerationConfig": config}

    return write


def _read_amazon(data: bytes) -> Painted:
    answer = _parsed(_AmazonAnswer, data)
    if answer.error:  # One picture was asked for, so one was withheld.
        raise ContentRefused(_PROMPT_REFUSED)
    return _painted(_first(answer.images), None)


# Of Titan's fixed table the largest of each shape; Nova takes multiples of 16.
_TITAN_SIZES = ((1280, 768), (1152, 768), (1152, 896), (1024, 1024), (896, 1152), (768, 1152), (768, 1280))
_NOVA_SIZES = ((1280, 720), (1152, 864), (1024, 1024), (864, 1152), (720, 1280))


# Stable Diffusion XL, as in AWS's tutorial on replacing the background (build-on-aws, January 2024).

_SDXL_SIZES = tuple(
    (width, height)
    for one, other in ((1024, 1024), (1152, 896), (1216, 832), (1344, 768), (1536, 640))
    for width, height in ((one, other), (other, one))
)


def _write_sdxl_v0(request: ImageRequest) -> Body:
    texts: list[Body] = [{"text": request.prompt}]
    if request.negative_prompt:
        texts.append({"text": request.negative_prompt, "weight": -1.0})
    body: Body = {"text_prompts": texts, "cfg_scale": 10, "steps": 50}
    if request.seed is not None:
        body["seed"] = request.seed
    return body


def _write_sdxl_v1(request: ImageRequest) -> Body:
    width, height = nearest(request.aspect_ratio, _SDXL_SIZES)
    return _write_sdxl_v0(request) | {"width": width, "height": height}


def _read_sdxl(data: bytes) -> Painted:
    artifact = _first(_parsed(_SdxlAnswer, data).artifacts)
    if artifact is None:
        raise BadAnswer(_NO_PICTURE)
    if artifact.finishReason == "CONTENT_FILTERED":  # With a blurred picture.
        raise ContentRefused(_PICTURE_REFUSED)
    if artifact.finishReason != "SUCCESS":
        raise BadAnswer("The model failed at this picture; try again, or choose another model.")
    return _painted(artifact.base64, artifact.seed)


STABILITY = Family("Stability AI", 10_000, 2**32 - 2, False, _write_stability, _read_stability)
TITAN = Family("Titan Image Generator", 512, 2**31 - 2, True, _writer_of_amazon(_TITAN_SIZES, 8.0), _read_amazon)
NOVA_CANVAS = Family("Nova Canvas", 1024, 858_993_459, True, _writer_of_amazon(_NOVA_SIZES, 6.5), _read_amazon)
SDXL_V0 = Family("Stable Diffusion XL", 2000, MOST_SEED, False, _write_sdxl_v0, _read_sdxl)
SDXL_V1 = Family("Stable Diffusion XL", 2000, MOST_SEED, False, _write_sdxl_v1, _read_sdxl)


class _Answer(BaseModel):
    guardrail: str | None = Field(None, alias="amazon-bedrock-guardrailAction")


class _StabilityAnswer(_Answer):
    images: list[str | None] | None = None
    seeds: list[int | None] | None = None
    finish_reasons: list[str | None] | None = None


class _AmazonAnswer(_Answer):
    images: list[str | None] | None = None
    error: str | None = None


class _Artifact(BaseModel):
    base64: str | None = None
    seed: int | None = None
    finishReason: str | None = None  # noqa: N815 - the service's word


class _SdxlAnswer(_Answer):
    artifacts: list[_Artifact] | None = None


_NO_PICTURE = "The model's answer holds no picture; try again, or choose another model."
_PROMPT_REFUSED = "The description was refused by the model's content filter; say it in other words."
_PICTURE_REFUSED = "The picture was refused by the model's content filter; try again, or say it in other words."
_GUARDED = "The description or the picture was refused by this app's guardrail; say it in other words."

A = TypeVar("A", bound=_Answer)
T = TypeVar("T")


def _parsed(kind: type[A], data: bytes) -> A:
    try:
        answer = kind.model_validate_json(data)
    except ValueError:  # Without its cause: pydantic's text quotes the answer.
        raise BadAnswer("The model's answer could not be read; try again, or choose another model.") from None
    if answer.guardrail == "INTERVENED":
        raise ContentRefused(_GUARDED)
    return answer


def _first(items: Sequence[T] | None) -> T | None:
    return items[0] if items else None


def _painted(encoded: str | None, seed: int | None) -> Painted:
    if not encoded:
        raise BadAnswer(_NO_PICTURE)
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise BadAnswer(_NO_PICTURE) from None
    return Painted(data, seed if seed is not None and 0 <= seed <= MOST_SEED else None)
