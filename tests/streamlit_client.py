"""A visitor's websocket without a browser: speaks Streamlit's own protocol, as a stranger's program would."""

from __future__ import annotations

import asyncio
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

WAIT = 30.0


class StreamlitClient:
    """One open page. Use as an async context manager."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._socket = await connect(self._url, subprotocols=["streamlit"], max_size=None, close_timeout=1)  # type: ignore[list-item]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    @property
    def socket(self) -> ClientConnection:
        assert self._socket is not None
        return self._socket

    async def send(self, message: BackMsg) -> None:
        await self.socket.send(message.SerializeToString())

    async def rerun(self) -> None:
        """Ask for a run of the page."""
        message = BackMsg()
        message.rerun_script.query_string = ""
        await self.send(message)

    async def text(self, beginning: str) -> str:
        """The next text on the page that begins like this."""
        async with asyncio.timeout(WAIT):
            while True:
                message = ForwardMsg.FromString(await self.socket.recv(decode=False))
                body = message.delta.new_element.text.body
                if body.startswith(beginning):
                    return body
