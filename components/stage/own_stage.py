"""The one stage on Amazon IVS that this process may make in its owner's account."""

from __future__ import annotations

import logging
import secrets
import threading

from components.stage.allowance import Counted
from components.stage.ivs import IvsRealTime, Stage

logger = logging.getLogger(__name__)


class OwnStage:
    """Made for whoever asks first, and the same for everybody after: nothing deletes a stage. Any thread; blocks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stage: Stage | None = None

    def get(self, api: IvsRealTime, counted: Counted) -> Stage:
        """The stage. Raises StageError."""
        with self._lock:
            if self._stage is None:
                with counted():
                    self._stage = api.create_stage(f"backdrop-studio-{secrets.token_hex(4)}")
                # For the owner alone: an ARN holds the account's number.
                logger.info("A stage was made; set IVS_STAGE_ARN to %s to use it every time", self._stage.arn)
            return self._stage
