"""A stranger's websocket against the real server, beside an honest visitor's."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from components.ui._client_messages import AT_ONCE, PER_SECOND
from tests.browser.studio_page import App, running_app
from tests.streamlit_client import StreamlitClient

STRANGERS = 4


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("hostile"), page="tests/hostile/counting_page.py") as it:
        yield it


async def object_and_runs(page: StreamlitClient) -> tuple[int, int]:
    await page.rerun()
    _, kept, _, runs = (await page.text("object")).split()
    return int(kept), int(runs)


async def test_a_stranger_cannot_clear_what_the_process_keeps_for_everybody(app: App) -> None:
    async with StreamlitClient(app.url) as visitor, StreamlitClient(app.url) as stranger:
        kept, runs = await object_and_runs(visitor)
        await object_and_runs(stranger)
        message = BackMsg(clear_cache=True)
        await stranger.send(message)
        await object_and_runs(stranger)
        again, more_runs = await object_and_runs(visitor)
        assert again == kept
        assert more_runs == runs + 3


async def test_pages_are_run_at_a_bounded_rate_however_often_strangers_ask(app: App) -> None:
    async with StreamlitClient(app.url) as visitor:
        _, before = await object_and_runs(visitor)
        began = time.monotonic()
        strangers = [StreamlitClient(app.url) for _ in range(STRANGERS)]
        for stranger in strangers:
            await stranger.__aenter__()
        for _ in range(100):
            await asyncio.gather(*(stranger.rerun() for stranger in strangers))
            await asyncio.sleep(0.02)
        _, after = await object_and_runs(visitor)
        allowed = STRANGERS * (AT_ONCE + PER_SECOND * (time.monotonic() - began)) + 2
        for stranger in strangers:
            await stranger.__aexit__()
    assert after - before <= allowed
