"""Which image models the picker offers: what the account's region has, or else what is known."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from components.backgrounds.bedrock_clients import Clients
from components.backgrounds.generator import ModelChoice
from components.backgrounds.known_models import KNOWN_MODELS

logger = logging.getLogger(__name__)

KEPT_S = 3600.0
_KEPT_WITHOUT_ANSWER_S = 300.0
"""The account may have been given rights meanwhile, or the network be back."""


class Catalogue:
    """The choices, asked for once an hour. Any thread; the first call blocks, for some seconds at most.

    `first` is the configured model: offered first, also where it is retired or not in the account's list.
    """

    def __init__(
        self, clients: Clients, first: ModelChoice | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clients = clients
        self._first = first
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[ModelChoice, ...] = ()
        self._until = -1.0

    def choices(self) -> tuple[ModelChoice, ...]:
        """The models that can be asked for, the default first, retired ones last. Never empty, raises nothing."""
        with self._lock:
            if not self._kept or self._clock() >= self._until:
                listed = self._listed()
                self._kept = self._merged(listed)
                self._until = self._clock() + (_KEPT_WITHOUT_ANSWER_S if listed is None else KEPT_S)
            return self._kept

    def _listed(self) -> Mapping[str, bool] | None:
        """Ids of models that paint from text alone, and whether each is retired; None where AWS does not say."""
        try:
            answer: Mapping[str, Any] = self._clients.catalogue().list_foundation_models(
                byOutputModality="IMAGE", byInferenceType="ON_DEMAND"
            )
            return {
                summary["modelId"]: summary.get("modelLifecycle", {}).get("status") == "LEGACY"
                for summary in answer.get("modelSummaries", [])
                if "TEXT" in summary.get("inputModalities", [])
            }
        except Exception as error:  # Whatever it is, there is a table to fall back to.
            logger.info("The account's image models could not be listed: %s", type(error).__name__)
            logger.debug("ListFoundationModels failed", exc_info=error)
            return None

    def _merged(self, listed: Mapping[str, bool] | None) -> tuple[ModelChoice, ...]:
        offered = [model for model in KNOWN_MODELS if not model.retired]
        if listed is not None:
            here = [
                replace(model, retired=model.retired or listed[model.id])
                for model in KNOWN_MODELS
                if model.id in listed
            ]
            # Nothing of ours in this region: what is known is offered, and an attempt explains about the region.
            offered = sorted(here, key=lambda model: model.retired) or offered
        choices = [model.choice for model in offered]
        if self._first is None:
            return tuple(choices)
        return (self._first, *(choice for choice in choices if choice.id != self._first.id))
