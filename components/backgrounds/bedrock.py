"""Pictures by Amazon Bedrock: one `InvokeModel` for each, through the adapter of the model's family."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import replace
from typing import Any

from components.backgrounds.bedrock_catalogue import Catalogue
from components.backgrounds.bedrock_clients import READ_S, Boto3Clients, Clients, credentials_available
from components.backgrounds.bedrock_errors import translated
from components.backgrounds.bedrock_refusals import NegativePromptRefused
from components.backgrounds.families import Painted
from components.backgrounds.generator import GeneratedImage, ImageRequest, ModelChoice, Report
from components.backgrounds.known_models import KnownModel, bare_id, known_model
from components.backgrounds.patience import Sleep, patiently
from components.backgrounds.verify import MOST_BYTES, verified
from components.errors import BadAnswer, GenerationTimeout, ModelGone

__all__ = ["BedrockGenerator", "credentials_available"]

_PIECE = 1 << 18


class BedrockGenerator:
    """Makes pictures with the account that boto3 finds. Any thread, several at once.

    `model_id` is the default, also an inference profile's id or an ARN; `guardrail_id` screens prompt and picture, in
    its `guardrail_version` (a number, or "DRAFT", the default). Building one calls nothing.
    """

    name = "Amazon Bedrock"
    expectation = "usually 3–10 s"

    def __init__(
        self,
        region: str,
        model_id: str | None = None,
        guardrail_id: str | None = None,
        guardrail_version: str | None = None,
        *,
        clients: Clients | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._region = region
        self._guardrail = (
            {"guardrailIdentifier": guardrail_id, "guardrailVersion": guardrail_version or "DRAFT"}
            if guardrail_id
            else {}
        )
        self._clients = clients or Boto3Clients(region)
        self._sleep = sleep
        self._address = model_id
        self._first = _choice(model_id) if model_id else None
        self._catalogue = Catalogue(self._clients, self._first)

    def models(self) -> tuple[ModelChoice, ...]:
        """What this account's region offers, asked for once an hour; the known models where it does not say."""
        return self._catalogue.choices()

    def generate(self, request: ImageRequest, report: Report) -> GeneratedImage:
        """Make one picture; a GenerationError says why there is none. Blocks, for two minutes in the worst case.

        Busy answers are waited out (`patience`); nothing that may have been billed is ever asked for again.
        """
        started = time.monotonic()
        model = known_model(request.model or self.models()[0].id)
        asked = model.family.fitted(_with_seed(request, model))
        note = None
        try:
            painted = self._painted(model, asked, report)
        except NegativePromptRefused:
            if not asked.negative_prompt:
                raise
            # Documentation and experience disagree about Core and Ultra. A refused request is not billed.
            report("Trying again")
            asked, note = replace(asked, negative_prompt=""), "This model does not know what to leave out."
            painted = self._painted(model, asked, report)
        picture = verified(painted.data)
        return GeneratedImage(
            data=picture.data,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            seed=asked.seed if painted.seed is None else painted.seed,
            model=model.id,
            generator=self.name,
            seconds=time.monotonic() - started,
            cost=model.cost,
            note=note,
        )

    def _painted(self, model: KnownModel, request: ImageRequest, report: Report) -> Painted:
        body = json.dumps(model.family.write(request))
        return model.family.read(patiently(lambda: self._invoked(model, body), report, self._sleep))

    def _invoked(self, model: KnownModel, body: str) -> bytes:
        """A single attempt: the answer's bytes."""
        # The configured model may go by an ARN, which is not for the page; everywhere else it goes by its id.
        address = self._address if self._first is not None and model.id == self._first.id else model.id
        try:
            answer = self._clients.runtime().invoke_model(
                modelId=address, body=body, contentType="application/json", accept="application/json", **self._guardrail
            )
        except Exception as error:  # noqa: BLE001 - of broken answers urllib3 and botocore raise more than they list
            raise translated(error, self._region) from None
        try:
            return _read(answer["body"])
        except Exception as error:  # noqa: BLE001 - as above; from here on the picture is made, and billed
            raise translated(error, self._region, answering=True) from None


def _choice(model_id: str) -> ModelChoice:
    """The configured model; one that nobody knows is offered as well, and an attempt says what to use instead."""
    try:
        return known_model(model_id).choice
    except ModelGone:
        return ModelChoice(bare_id(model_id), bare_id(model_id), None)


def _with_seed(request: ImageRequest, model: KnownModel) -> ImageRequest:
    if request.seed is None and model.family.needs_seed:
        return replace(request, seed=secrets.randbelow(model.family.most_seed + 1))
    return request


def _read(stream: Any) -> bytes:
    """All of an answer, if it comes in time and is no larger than AWS lets one be."""
    deadline = time.monotonic() + READ_S
    data = bytearray()
    while piece := stream.read(_PIECE):
        data += piece
        if len(data) > MOST_BYTES:
            raise BadAnswer("The model's answer is larger than AWS allows; choose another model.")
        if time.monotonic() > deadline:
            raise GenerationTimeout("The picture came too slowly and may have been billed; try again when you like to.")
    return bytes(data)
