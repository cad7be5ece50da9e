"""The families' bodies are what the models take, and their answers become a picture or one of our errors."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.backgrounds.families import NOVA_CANVAS, SDXL_V0, SDXL_V1, STABILITY, TITAN, Family, nearest
from components.backgrounds.generator import MOST_SEED, AspectRatio, ImageRequest
from components.backgrounds.known_models import KNOWN_MODELS, known_model
from components.errors import BadAnswer, ContentRefused, GenerationError, ModelGone, PromptRejected
from tests.fake_bedrock_bodies import BODIES, answer

FAMILIES = {
    "stability.stable-image-core-v1:1": STABILITY,
    "stability.stable-image-ultra-v1:1": STABILITY,
    "stability.sd3-5-large-v1:0": STABILITY,
    "amazon.nova-canvas-v1:0": NOVA_CANVAS,
    "amazon.titan-image-generator-v1": TITAN,
    "amazon.titan-image-generator-v2:0": TITAN,
    "stability.stable-diffusion-xl-v0": SDXL_V0,
    "stability.stable-diffusion-xl-v1": SDXL_V1,
}
every_family = pytest.mark.parametrize("family", [STABILITY, NOVA_CANVAS, TITAN, SDXL_V0, SDXL_V1])
requests = st.builds(
    ImageRequest,
    prompt=st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=500).filter(str.strip),
    negative_prompt=st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=500),
    aspect_ratio=st.sampled_from(get_args(AspectRatio)),
    seed=st.none() | st.integers(0, MOST_SEED),
)


@pytest.mark.parametrize("model", BODIES)
@settings(max_examples=50, deadline=None)
@given(request=requests)
@example(request=ImageRequest("beach", seed=MOST_SEED))
@example(request=ImageRequest("beach", "people", "4:3", 0))
def test_the_strict_service_takes_every_body(model: str, request: ImageRequest) -> None:
    family = known_model(model).family
    assert family is FAMILIES[model]
    body = family.write(family.fitted(request))
    BODIES[model].model_validate_json(json.dumps(body))


def test_a_stability_body_has_only_what_was_asked_for() -> None:
    assert STABILITY.write(ImageRequest("beach")) == {"prompt": "beach", "aspect_ratio": "16:9", "output_format": "png"}
    assert STABILITY.write(ImageRequest("beach", "people", "9:16", 7)) == {
        "prompt": "beach",
        "aspect_ratio": "9:16",
        "output_format": "png",
        "negative_prompt": "people",
        "seed": 7,
    }


def test_an_sdxl_v0_body_is_the_tutorials() -> None:
    assert SDXL_V0.write(ImageRequest("beach", seed=7)) == {
        "text_prompts": [{"text": "beach"}],
        "cfg_scale": 10,
        "seed": 7,
        "steps": 50,
    }
    texts = SDXL_V0.write(ImageRequest("beach", "people"))["text_prompts"]
    assert texts == [{"text": "beach"}, {"text": "people", "weight": -1.0}]


def test_each_family_gets_the_ratio_that_is_nearest() -> None:
    assert STABILITY.write(ImageRequest("x", aspect_ratio="4:3"))["aspect_ratio"] == "5:4"
    assert STABILITY.write(ImageRequest("x", aspect_ratio="3:4"))["aspect_ratio"] == "4:5"
    sizes = {
        name: (config["width"], config["height"])
        for name, config in (
            ("sdxl", SDXL_V1.write(ImageRequest("x"))),
            ("nova", NOVA_CANVAS.write(ImageRequest("x"))["imageGenerationConfig"]),
            ("titan", TITAN.write(ImageRequest("x"))["imageGenerationConfig"]),
        )
    }
    assert sizes == {"sdxl": (1344, 768), "nova": (1280, 720), "titan": (1280, 768)}


def test_near_is_meant_both_ways() -> None:
    """3:4 is as far from 1:1 as 4:3 is."""
    assert nearest("4:3", [(1, 1), (2, 1)]) == (1, 1)
    assert nearest("3:4", [(1, 1), (1, 2)]) == (1, 1)


@pytest.mark.parametrize(("family", "most"), [(TITAN, 512), (NOVA_CANVAS, 1024), (SDXL_V1, 2000), (STABILITY, 10_000)])
def test_a_text_is_too_long_from_the_familys_limit_on(family: Family, most: int) -> None:
    assert family.most_characters == most
    short = replace(family, most_characters=100)  # No request has more than 1000 characters, whatever the family.
    short.fitted(ImageRequest("x" * 100, "y" * 100))
    with pytest.raises(PromptRejected, match="at most 100 characters; the description has 101"):
        short.fitted(ImageRequest("x" * 101))
    with pytest.raises(PromptRejected, match="at most 100 characters; the list of what to leave out has 101"):
        short.fitted(ImageRequest("x", "y" * 101))


def test_seeds_beyond_a_familys_range_stay_apart() -> None:
    fitted = [
        NOVA_CANVAS.fitted(ImageRequest("x", seed=seed)).seed for seed in (5, 858_993_459, 858_993_460, MOST_SEED)
    ]
    assert fitted == [5, 858_993_459, 0, MOST_SEED % 858_993_460]
    assert STABILITY.fitted(ImageRequest("x")).seed is None


@pytest.mark.parametrize("model", BODIES)
def test_an_answer_becomes_the_picture_and_its_seed(model: str) -> None:
    family = known_model(model).family
    body = BODIES[model].model_validate(family.write(ImageRequest("beach", seed=7)))
    painted = family.read(json.dumps(answer(body)).encode())
    assert painted.data.startswith(b"\x89PNG")
    assert painted.seed == (None if family in (TITAN, NOVA_CANVAS) else 7)


@pytest.mark.parametrize("model", BODIES)
def test_all_shapes_of_a_content_filter_are_one_error(model: str) -> None:
    family = known_model(model).family
    body = BODIES[model].model_validate(family.write(ImageRequest("beach", seed=7)))
    with pytest.raises(ContentRefused, match="refused by the model's content filter"):
        family.read(json.dumps(answer(body, filtered=True)).encode())


@every_family
def test_a_guardrail_is_named(family: Family) -> None:
    with pytest.raises(ContentRefused, match="guardrail"):
        family.read(b'{"amazon-bedrock-guardrailAction": "INTERVENED"}')


def test_the_picture_may_be_refused_where_the_prompt_was_not() -> None:
    refused = b'{"seeds": [1], "finish_reasons": ["Filter reason: output image"], "images": ["aGk="]}'
    with pytest.raises(ContentRefused, match="The picture was refused by the model's content filter"):
        STABILITY.read(refused)


@pytest.mark.parametrize(
    ("family", "said"),
    [
        (STABILITY, {"finish_reasons": ["Inference error"], "images": ["aGk="]}),
        (SDXL_V1, {"artifacts": [{"finishReason": "ERROR", "base64": "aGk="}]}),
        (SDXL_V1, {"artifacts": [{"base64": "aGk="}]}),
        (SDXL_V1, {"artifacts": []}),
        (NOVA_CANVAS, {"images": [None]}),
        (NOVA_CANVAS, {"images": ["aG!k="]}),
        (STABILITY, {"images": [""], "finish_reasons": [None]}),
        (STABILITY, {}),
        (STABILITY, []),
    ],
)
def test_what_is_no_picture_is_a_bad_answer(family: Family, said: object) -> None:
    with pytest.raises(BadAnswer):
        family.read(json.dumps(said).encode())


keys = st.sampled_from(
    [
        *("images", "seeds", "finish_reasons", "error", "artifacts", "base64", "seed", "finishReason"),
        "amazon-bedrock-guardrailAction",
    ]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("aGVsbG8=") | st.just("SUCCESS")
said = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4))


@every_family
@settings(deadline=None)
@given(data=st.binary() | said.map(lambda value: json.dumps(value).encode()))
@example(data=b"[" * 200_000)
@example(data=b'{"seeds": [' + b"9" * 5000 + b'], "images": ["aGk="]}')
@example(data=b'{"seeds": [99999999999], "images": ["aGk="], "artifacts": [{"base64": "aGk=", "seed": -1}]}')
@example(data='{"images": ["\u00e9\u00e9\u00e9\u00e9"], "error": ""}'.encode())
def test_no_answer_raises_anything_but_our_errors(family: Family, data: bytes) -> None:
    try:
        painted = family.read(data)
    except GenerationError as error:
        assert str(error).endswith(".")  # noqa: PT017 - it need not be raised
        assert error.__cause__ is None  # noqa: PT017
    else:
        assert painted.data
        assert painted.seed is None or 0 <= painted.seed <= MOST_SEED


def test_what_the_model_painted_is_handed_over_as_it_is() -> None:
    data = bytes(range(256))
    said = {"images": [base64.b64encode(data).decode()], "seeds": [3], "finish_reasons": [None]}
    assert STABILITY.read(json.dumps(said).encode()).data == data


def test_the_living_models_come_first() -> None:
    retired = [model.retired for model in KNOWN_MODELS]
    assert retired == sorted(retired)
    assert [model.id for model in KNOWN_MODELS if not model.retired] == [
        "stability.stable-image-core-v1:1",
        "stability.sd3-5-large-v1:0",
        "stability.stable-image-ultra-v1:1",
    ]


@pytest.mark.parametrize(
    ("wanted", "bare"),
    [
        ("us.stability.stable-image-core-v1:1", "us.stability.stable-image-core-v1:1"),
        ("arn:aws:bedrock:us-west-2::foundation-model/stability.sd3-5-large-v1:0", "stability.sd3-5-large-v1:0"),
        ("arn:aws:bedrock:us-east-1:123456789012:x/us.amazon.nova-canvas-v1:0", "us.amazon.nova-canvas-v1:0"),
        ("stability.stable-image-core-v9:0", "stability.stable-image-core-v9:0"),
    ],
)
def test_models_are_known_by_profile_arn_and_next_version(wanted: str, bare: str) -> None:
    assert known_model(wanted).id == bare


@pytest.mark.parametrize("wanted", ["", "meta.llama3", "us.stability.stable-outpaint-v1:0", "arn:aws:bedrock:x:1:a/b"])
def test_a_model_that_does_not_paint_from_text_is_refused_with_those_that_do(wanted: str) -> None:
    with pytest.raises(ModelGone, match=r"stability\.stable-image-core-v1:1.*us-west-2"):
        known_model(wanted)
