"""A stage like Amazon IVS's in a process of its own, and what a test may ask of it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.browser.studio_page import ROOT


@dataclass(frozen=True)
class StageProcess:
    """A running one."""

    whip_url: str
    process: subprocess.Popen[str]

    def token(self, **claims: Any) -> str:
        """A participant token, with these claims changed."""
        return str(self._do(token=claims)["token"])

    def drop(self) -> None:
        """Put everybody off."""
        self._do(drop=True)

    @property
    def seen(self) -> dict[str, Any]:
        """Who is on, who has left, what was deleted and asked."""
        return dict(httpx.get(f"{self.whip_url}_seen", timeout=10).json())

    @property
    def on(self) -> dict[str, dict[str, Any]]:
        """Who publishes now, by participant id."""
        return dict(self.seen["on"])

    def picture(self, participant: str) -> NDArray[np.uint8] | None:
        """The newest picture, uint8 HxWx3 RGB."""
        answer = httpx.get(f"{self.whip_url}_frame/{participant}.png", timeout=10)
        return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")) if answer.is_success else None

    def _do(self, **what: Any) -> dict[str, Any]:
        return dict(httpx.post(f"{self.whip_url}_do", json=what, timeout=10).raise_for_status().json())


@contextmanager
def stage_process() -> Iterator[StageProcess]:
    """Started, and ended with the test."""
    process = subprocess.Popen([sys.executable, "-m", "tests.fake_events"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield StageProcess(ready["whip_url"], process)
    finally:
        process.kill()
        process.communicate()
