"""What the API answers: a picture's address, or an error with a status, a word for programs and a sentence for people.

The words are those of components/backgrounds/http_api.py, which knows by them what to tell its user.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from components.errors import (
    AccessRefused,
    BadAnswer,
    ContentRefused,
    GenerationTimeout,
    GeneratorBusy,
    GeneratorUnreachable,
    LibraryError,
    ModelGone,
    PromptRejected,
    StudioError,
)

_ERRORS: Mapping[type[StudioError], tuple[int, str]] = {
    PromptRejected: (400, "prompt_rejected"),
    ContentRefused: (422, "content_refused"),
    AccessRefused: (403, "access_refused"),
    ModelGone: (502, "model_gone"),
    GeneratorBusy: (429, "generator_busy"),
    GeneratorUnreachable: (502, "generator_unreachable"),
    GenerationTimeout: (504, "generation_timeout"),
    BadAnswer: (502, "bad_answer"),
    LibraryError: (500, "library_error"),
}
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `outcome` is the only thing about it that is logged."""

    status: int
    outcome: str
    body: Mapping[str, object]

    def as_event(self) -> dict[str, object]:
        """As Lambda hands it to the HTTP API (payload format 2.0)."""
        headers = {"content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff"}
        if self.status == 429 and self.outcome != "budget_spent":  # That one is for tomorrow.
            headers["retry-after"] = str(RETRY_AFTER_S)
        if self.status == 405:
            headers["allow"] = "POST"
        return {
            "statusCode": self.status,
            "headers": headers,
            "body": json.dumps(self.body),
            "isBase64Encoded": False,
        }


def refusal(status: int, word: str, sentence: str) -> Answer:
    """An error."""
    return Answer(status, word, {"error": word, "message": sentence})


def of_error(error: StudioError) -> Answer:
    """An error of the generator or the library. Its sentence may be shown: components/errors.py promises no secrets."""
    status, word = next((known for kind, known in _ERRORS.items() if isinstance(error, kind)), (500, "internal_error"))
    return refusal(status, word, str(error))
