"""A stranger's uploads against the real server: bounded in number and bytes, and gone with the page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.studio_page import App, running_app
from tests.streamlit_client import StreamlitClient

FILE = b"x" * 1_000_000


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("uploads"), page="tests/hostile/uploading_page.py") as it:
        yield it


async def session_id(page: StreamlitClient) -> str:
    await page.rerun()
    while True:
        message = ForwardMsg.FromString(await page.socket.recv(decode=False))
        if message.HasField("new_session"):
            return message.new_session.initialize.session_id


async def held(page: StreamlitClient) -> tuple[int, int]:
    """Files and bytes that the server holds, as the page says."""
    await page.rerun()
    _, files, size = (await page.text("held")).split()
    return int(files), int(size)


async def until_nothing_is_held(visitor: StreamlitClient) -> None:
    async with asyncio.timeout(30):
        while await held(visitor) != (0, 0):  # noqa: ASYNC110 - the server's own moment, announced to nobody
            await asyncio.sleep(0.1)


async def allow(app: App, client: httpx.AsyncClient) -> None:
    """Take the token against forged requests, as any page is given one."""
    for path in ("/_stcore/health", "/_stcore/host-config", "/"):
        await client.get(app.url + path)
    client.headers["X-Xsrftoken"] = client.cookies["_streamlit_xsrf"]


async def put(app: App, client: httpx.AsyncClient, session: str, name: str, data: bytes = FILE) -> int:
    answer = await client.put(f"{app.url}/_stcore/upload_file/{session}/{name}", files={"file": (name, data)})
    return answer.status_code


async def test_a_page_has_its_last_files_and_no_more_and_none_when_it_is_closed(app: App) -> None:
    async with StreamlitClient(app.url) as visitor, httpx.AsyncClient(timeout=60) as client:
        await allow(app, client)
        await held(visitor)
        async with StreamlitClient(app.url) as stranger:
            mine = await session_id(stranger)
            for number in range(6):
                assert await put(app, client, mine, f"file-{number}") == 204
            assert await held(visitor) == (2, 2 * len(FILE))
        await until_nothing_is_held(visitor)
        assert await put(app, client, mine, "late") == 400


async def test_all_pages_together_have_a_limit_and_others_can_go_on(app: App) -> None:
    async with StreamlitClient(app.url) as visitor, httpx.AsyncClient(timeout=60) as client:
        await allow(app, client)
        await held(visitor)
        strangers = [StreamlitClient(app.url) for _ in range(4)]
        codes = []
        for stranger in strangers:
            await stranger.__aenter__()
            mine = await session_id(stranger)
            codes += [await put(app, client, mine, f"file-{number}") for number in range(2)]
        assert codes.count(204) == 5  # Of five megabytes that this page allows.
        assert set(codes) == {204, 503}
        assert await held(visitor) == (5, 5 * len(FILE))
        for stranger in strangers:
            await stranger.__aexit__()
        await until_nothing_is_held(visitor)


async def test_many_parts_or_many_requests_at_once_are_refused(app: App) -> None:
    async with StreamlitClient(app.url) as page, httpx.AsyncClient(timeout=60) as client:
        await allow(app, client)
        mine = await session_id(page)
        url = f"{app.url}/_stcore/upload_file/{mine}/many"
        assert (await client.put(url, files=[("file", (str(n), b"x")) for n in range(50)])).status_code == 400
        assert (await client.put(url, data={str(n): "x" for n in range(50)})).status_code == 400
        slow = [asyncio.create_task(stalled(app, client, mine, str(n))) for n in range(2)]
        async with asyncio.timeout(30):
            while (code := await put(app, client, mine, "third", b"x")) != 429:
                assert code == 204
                await asyncio.sleep(0.05)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        async with asyncio.timeout(30):
            while await put(app, client, mine, "third", b"x") != 204:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)


async def stalled(app: App, client: httpx.AsyncClient, session: str, name: str) -> None:
    """Begin to send a file, and never end."""
    host, port = app.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"PUT /_stcore/upload_file/{session}/{name} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000\r\n"
        f"X-Xsrftoken: {client.headers['X-Xsrftoken']}\r\n"
        f"Cookie: _streamlit_xsrf={client.cookies['_streamlit_xsrf']}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"
    )
    writer.write(head.encode())
    try:
        await asyncio.Event().wait()
    finally:
        writer.close()


async def test_a_message_larger_than_the_page_needs_ends_the_strangers_page_alone(app: App) -> None:
    async with StreamlitClient(app.url) as visitor, StreamlitClient(app.url) as stranger:
        await held(stranger)
        message = BackMsg()
        message.rerun_script.query_string = "x" * 1_500_000
        await stranger.send(message)
        await asyncio.wait_for(stranger.socket.wait_closed(), 30)
        assert (await held(visitor))[0] == 0
