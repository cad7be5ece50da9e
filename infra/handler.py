"""The background API: an HTTP API's event in, a picture made and kept, its address out.

    POST /image  {"prompt", "width"?, "height"?, "aspect_ratio"?, "negative_prompt"?, "seed"?}, the key in x-api-key
    200  {"image_url", "seed", "model", "cost", "width", "height"}
    4xx, 5xx  {"error": a word of answer.py or request.py, "message": a sentence}

It runs the app's own generator and library. An HTTP API waits 30 s at most, so Bedrock gets 25 of them, and there is no
second try here: a busy model is told at once; the app waits and says so. Prompts, keys and addresses are not logged.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import boto3
from botocore.config import Config

from components.backgrounds.bedrock import BedrockGenerator
from components.backgrounds.bedrock_clients import Boto3Clients
from components.backgrounds.library import Details, Library, bucket_library
from components.errors import GeneratorBusy, LibraryError, StudioError
from infra.answer import Answer, of_error, refusal
from infra.api_key import ApiKey
from infra.request import Refused, read_call, read_request
from infra.usage import Usage

READ_S = 25.0
"""Of the 29 s that template.yaml gives the function; the rest is for checking and keeping the picture."""
OWNER = "background-api"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Studio:
    """What is made once and serves all calls: clients cost most of a second, of a cold start's time."""

    key: ApiKey
    usage: Usage
    model: str
    generator: BedrockGenerator
    library: Library


def handler(event: object, context: object) -> dict[str, object]:
    """Lambda's entry. Never raises: an exception's traceback would be in the answer or the log."""
    started = time.monotonic()
    try:
        answer = _answered(event)
    except Refused as refused:
        answer = refusal(refused.status, refused.word, str(refused))
    except StudioError as error:
        answer = of_error(error)
    except Exception as error:  # noqa: BLE001 - the last line before the audience; what it says may hold anything
        _log.error("unexpected %s", type(error).__name__)
        answer = refusal(500, "internal_error", "The background API has a problem; ask whoever runs it.")
    seconds = round(time.monotonic() - started, 2)
    _log.info("answered", extra={"outcome": answer.outcome, "status": answer.status, "seconds": seconds})
    return answer.as_event()


def _answered(event: object) -> Answer:
    call = read_call(event)
    studio = _studio()
    # The authorizer has asked already; what it said may be minutes old, and this costs nothing.
    key = studio.key.name_of(call.header("x-api-key"))
    if key is None:
        raise Refused(401, "unauthorized", "Send the API's key in the header x-api-key.")
    request = read_request(call, studio.model)
    with studio.usage.one(key):
        image = studio.generator.generate(request, lambda _: None)
    entry = studio.library.keep(OWNER, image.data, Details.generated(request, image))
    link = studio.library.link(entry)
    if link is None:
        raise LibraryError("The picture was kept where no link leads; check CLOUDFRONT_DOMAIN.")
    body = {"image_url": link, "seed": image.seed, "model": image.model, "cost": image.cost}
    return Answer(200, "made", body | {"width": entry.width, "height": entry.height})


@cache
def _studio() -> Studio:
    model = os.environ["BEDROCK_MODEL_ID"]
    clients = Boto3Clients(os.environ["BEDROCK_REGION"], read_s=READ_S)
    clients.runtime()
    quick = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
    return Studio(
        key=ApiKey(boto3.Session().client("secretsmanager", config=quick), os.environ["API_KEY_SECRET"]),
        usage=Usage(
            boto3.Session().client("dynamodb", config=quick),
            os.environ.get("USAGE_TABLE") or None,
            int(os.environ.get("PICTURES_PER_DAY") or 200),
        ),
        model=model,
        generator=BedrockGenerator(os.environ["BEDROCK_REGION"], model, clients=clients, sleep=_busy),
        library=bucket_library(
            Path(tempfile.gettempdir()),
            os.environ["BACKGROUNDS_BUCKET"],
            region=os.environ["AWS_REGION"],
            cloudfront=os.environ["CLOUDFRONT_DOMAIN"],
        ),
    )


def _busy(_: float) -> None:
    """Instead of sleeping between two attempts."""
    raise GeneratorBusy("The model is busy; wait a few seconds and try again.")


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _studio()  # While Lambda starts: the processor is fastest then, and nobody is billed for it by the millisecond.
