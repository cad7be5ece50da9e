"""The end of the program: what is open is closed while the event loop still runs."""

import asyncio
import logging
from typing import Any

import pytest

from components.ui.shutdown import stay_until_the_end
from components.video.processor import Processor


class Model:
    """Finds nobody."""

    def probability(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError

    def close(self) -> None:
        pass


def test_a_connection_that_is_closing_at_the_programs_end_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    steps: list[str] = []
    kept: list[asyncio.Task[None]] = []

    async def close() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        steps.append("closed")

    async def connected() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("told")
            kept.append(asyncio.ensure_future(close()))  # As aiortc does: nobody waits for it.

    async def program() -> None:
        kept.extend(asyncio.ensure_future(work) for work in (stay_until_the_end(5), connected()))
        await asyncio.sleep(0)

    with caplog.at_level(logging.ERROR, "asyncio"):
        asyncio.run(program())
    assert steps == ["told", "closed"]
    assert not caplog.records


def test_the_cameras_workers_end_with_the_program() -> None:
    processor = Processor(Model, lambda: None)  # type: ignore[arg-type, return-value]

    async def program() -> None:
        kept = asyncio.ensure_future(stay_until_the_end(5))
        processor.start(lambda: None)
        await asyncio.sleep(0)
        assert not kept.done()

    asyncio.run(program())
    assert processor.join(0)


def test_what_hangs_does_not_hold_the_end_for_ever() -> None:
    async def stubborn() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if stop:
                    raise

    stop: list[bool] = []

    async def program() -> None:
        hanging = asyncio.ensure_future(stubborn())
        keeper = asyncio.ensure_future(stay_until_the_end(0.05))
        await asyncio.sleep(0)
        keeper.cancel()
        await asyncio.wait({keeper})
        assert not hanging.done()
        stop.append(True)

    asyncio.run(program())
