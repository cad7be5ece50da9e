"""Trying again while a service is busy, and saying so.

Not botocore's retries: its modes repeat a call after a read timeout, when the picture may be made and billed already,
and they cannot tell anybody that they wait. So every client here makes single attempts, and this is the only loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from components.backgrounds.generator import Report
from components.errors import GeneratorBusy

ATTEMPTS = 5
"""As many as the AWS SDKs make for a model that is not ready; with the pauses, 15 to 20 seconds of patience."""

Sleep = Callable[[float], None]
T = TypeVar("T")


def patiently(attempt: Callable[[], T], report: Report, sleep: Sleep = time.sleep) -> T:
    """The attempt's result. While it raises GeneratorBusy it is made anew, after 1, 2, 4 and 8 s and up to 1 s more.

    Every other error, timeouts above all, goes through at once, and so does GenerationCancelled from `report`.
    """

    def say_wait(state: RetryCallState) -> None:
        report(f"Busy, trying again in {state.upcoming_sleep:.0f} s")
        report(None)

    def say_again(state: RetryCallState) -> None:
        if state.attempt_number > 1:
            report("Trying again")

    return Retrying(
        retry=retry_if_exception_type(GeneratorBusy),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(initial=1, max=10, jitter=1),
        before=say_again,
        before_sleep=say_wait,
        sleep=sleep,
        reraise=True,
    )(attempt)
