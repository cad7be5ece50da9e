"""Every private or fragile thing that we touch in Streamlit, streamlit-webrtc and aiortc, in one file.

Each entry says what it reaches into, why, and what happens when it is gone.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from itertools import islice
from typing import Any

import streamlit as st
from aioice import ice, stun
from aiortc import MediaStreamTrack, rtcrtpreceiver
from aiortc.codecs import vpx
from aiortc.contrib.media import MediaRelay, RelayStreamTrack
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from streamlit.runtime import Runtime
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit_webrtc import component, credentials, relay
from streamlit_webrtc.eventloop import get_global_event_loop
from streamlit_webrtc.session_info import get_this_session_info
from streamlit_webrtc.webrtc import WebRtcWorker

from components.loops import call_on
from components.stage._aiortc import guard_parsing
from components.ui._compat_camera import ColourfulPictureBuffer

logger = logging.getLogger(__name__)


class NewestFrameRelay(MediaRelay):
    """Gives a slow viewer the newest picture. aiortc's default keeps every frame in an endless queue instead, so the
    delay grows for as long as an encoder or a network is slower than the camera (aiortc #1192).

    `loop` is the one on which its tracks live.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop

    def subscribe(self, track: MediaStreamTrack, buffered: bool | None = None) -> MediaStreamTrack:
        """As in aiortc; pictures are not buffered unless asked for, sound is."""
        return super().subscribe(track, buffered=track.kind == "audio" if buffered is None else buffered)

    def _stop(self, proxy: RelayStreamTrack) -> None:
        """Also wake whoever waits for the stopped proxy's next frame: in aiortc 1.16 they wait for ever, and each
        connection leaves a task behind. Called from any thread, as streamlit-webrtc does."""
        super()._stop(proxy)
        call_on(self._loop, _end, proxy)


def _end(proxy: RelayStreamTrack) -> None:
    proxy._frame = None
    if proxy._queue is not None:
        proxy._queue.put_nowait(None)
    if proxy._new_frame_event is not None:
        proxy._new_frame_event.set()


def event_loop() -> asyncio.AbstractEventLoop:
    """The loop on which aiortc lives: Streamlit's own (private function of streamlit-webrtc, 0.79). Script threads.

    If the function moves, the import fails on the first page.
    """
    loop: asyncio.AbstractEventLoop = get_global_event_loop()
    return loop


def relay_newest_frames() -> None:
    """Make streamlit-webrtc use that relay (private attribute of its `relay` module, 0.79).

    If the attribute moves, this raises on the first page, and so in every browser test.
    """
    runtime, name = Runtime.instance(), relay._SERVER_GLOBAL_RELAY_ATTR_NAME_
    if not hasattr(runtime, name):
        setattr(runtime, name, NewestFrameRelay(get_global_event_loop()))


STREAMER = "camera"
"""The streamer's key."""

_LEFT = -2
"""As the number of a run: so long ago that the next one begins anew."""


def keep_stream() -> None:
    """The visitor never left this page: call it right before the streamer is drawn.

    streamlit-webrtc ends a stream when a run has passed without its streamer, as the visitor was elsewhere then. But it
    counts a run when the event loop sends its end: on a busy server that is after the next run has begun, two ends come
    at once, and a click ends the stream of a visitor who was here all along (component.py, `_get_or_create_context`,
    0.79). If the private attribute is gone, this has no effect, and streams end so again.
    """
    streamer, info = st.session_state.get(STREAMER), get_this_session_info()
    if streamer is not None and info is not None and streamer._last_rendered_run_count != _LEFT:
        streamer._last_rendered_run_count = info.script_run_count


_ANSWERED = "camera-answered"
"""Under this key: the browser's offer that was answered last."""


def answer_newest_offer() -> None:
    """Let a camera that was stopped and started within one run be answered: call it before the streamer is drawn.

    streamlit-webrtc answers an offer only where it has seen the stop before. After a hold-up the page's messages come
    together, the newest counts, and a restarted camera is given the old connection's answer, with which it never
    connects (component.py, `_handle_worker_lifecycle`, 0.79). If the private names are gone, it is so again.
    """
    streamer = st.session_state.get(STREAMER)
    value = st.session_state.get(component.generate_frontend_component_key(STREAMER))
    offer = (value or {}).get("sdpOffer")
    if streamer is None or not offer:
        return
    newest = offer.get("sdp")
    if st.session_state.get(_ANSWERED) != newest and (streamer._get_worker() or streamer._sdp_answer_json):
        state = streamer.state
        component._reset_context(streamer)
        streamer._set_state(state)
    st.session_state[_ANSWERED] = newest


def leave_stream() -> None:
    """This page has no streamer: the next one that is drawn begins anew."""
    streamer = st.session_state.get(STREAMER)
    if streamer is not None:
        streamer._last_rendered_run_count = _LEFT


def join_session_threads(deadline: float) -> None:
    """Wait, until then (`time.monotonic`), for the threads that end the connections of sessions that are over.

    streamlit-webrtc (0.79) has one for each camera; it looks once a second. If their name changes, this does not wait,
    and at the end of the program connections are given up while they close. Never on the event loop.
    """
    for thread in threading.enumerate():
        if thread.name.startswith("ShutdownPolling_"):
            thread.join(max(0.0, deadline - time.monotonic()))


def hurry_turn_vendors(seconds: float) -> None:
    """Wait no longer for Cloudflare and Hugging Face (module constant of streamlit-webrtc, 0.79: 10 s).

    If the constant is gone, a vendor that does not answer holds a page's run as long as the library likes.
    """
    credentials.CRED_REQUEST_TIMEOUT = seconds  # type: ignore[assignment]


def raise_preview_bitrate() -> None:
    """Let the preview look as good as the network allows: aiortc's VP8 stops at 1.5 Mbit/s (module constants, 1.16).

    If the constants are gone, the preview is softer. The bitrate follows what the browser says it can receive.
    """
    vpx.DEFAULT_BITRATE = 1_500_000
    vpx.MAX_BITRATE = 4_000_000


class SoundBuffer(JitterBuffer):
    """A jitter buffer for sound that gives a lost packet up when the ones after it are due.

    aiortc's (1.16) waits for it until the buffer is full, 300 ms of silence, and from then on holds 14 packets instead
    of 4, so that voices come 200 ms after lips for the rest of the connection. Nobody asks for lost sound again (there
    is no NACK for it), so waiting is for packets that come out of order only. Each packet is a frame.
    """

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        if sum(packet is not None for packet in self._packets) <= self._prefetch:
            return None
        assert self._origin is not None
        while (packet := self._packets[self._origin % self._capacity]) is None:
            self.remove(1)
        # The receiver has noted the payload there.
        frame = JitterFrame(packet._data, packet.timestamp)  # type: ignore[attr-defined]
        self.remove(1)
        return frame


def mend_buffers() -> None:
    """Let every receiver that is made from now on use that buffer for sound, and `ColourfulPictureBuffer` for pictures
    (private name in aiortc's `rtcrtpreceiver`).

    If the name moves, lost sound is as bad as aiortc makes it, and pictures after a loss are not held back:
    `tests/unit/test_picture_buffer.py` fails then.
    """
    module, name = rtcrtpreceiver, "JitterBuffer"
    if getattr(module, name, None) is JitterBuffer:
        setattr(module, name, _buffer)


def _buffer(capacity: int, prefetch: int = 0, is_video: bool = False) -> JitterBuffer:
    return (ColourfulPictureBuffer if is_video else SoundBuffer)(capacity, prefetch, is_video)


CONSENT_SECONDS = 30.0
"""A peer that has answered nothing for so long is gone (RFC 7675)."""

CONSENT_INTERVAL = 5.0
CONSENT_TRIES = 3
"""Requests in each interval; answers are waited for for half a second, one and two: 3.5 s in all."""


def mend_consent() -> None:
    """Give a peer time to answer whether it still consents (`aioice.ice.Connection.query_consent`, 0.13).

    aioice sends one request each 5 s and waits for half a second. Where answers take longer, over a satellite or queued
    behind the pictures of a busy server's camera (measured: up to .6 s), it gives a living connection up after 30 s. If
    the name moves, it does so again.
    """
    setattr(ice.Connection, "query_consent", _query_consent)  # noqa: B010 - mypy takes it for another's method


async def _query_consent(connection: ice.Connection) -> None:
    clock = asyncio.get_running_loop().time
    password = (connection.remote_password or "").encode()
    answered = clock()
    while clock() - answered < CONSENT_SECONDS:
        asked = clock()
        for pair in connection._nominated.values():
            request = connection.build_request(pair, nominate=False)
            try:
                await pair.protocol.request(
                    request, pair.remote_addr, integrity_key=password, retransmissions=CONSENT_TRIES - 1
                )
                answered = clock()
            except stun.TransactionError:
                logger.debug("A peer has not answered in time")
        # At random, so that many connections do not ask together.
        await asyncio.sleep(max(0.0, asked + CONSENT_INTERVAL * random.uniform(0.8, 1.2) - clock()))  # noqa: S311
    logger.info("A peer has not answered for half a minute: its connection ends")
    connection._query_consent_task = None
    await connection.close()


MAX_CANDIDATES, MAX_CANDIDATE_LENGTH = 64, 512
"""Of one camera's connection, and characters of each."""


def bound_signalling() -> None:
    """Take no larger offer and no more candidates from a camera than any has (streamlit-webrtc's `WebRtcWorker`, 0.79).

    The offer is parsed by aiortc, which refuses a large one (`stage/_aiortc.py`). Candidates come apart from it, and
    are counted here. If the method moves, this raises on the first page.
    """
    guard_parsing()
    original = WebRtcWorker.set_ice_candidates_from_offerer
    if getattr(original, "bounded", False):
        return

    def bounded(worker: WebRtcWorker[Any, Any], candidates: Any) -> None:
        if isinstance(candidates, dict):
            # The browser sends all it has so far each time.
            known = worker._added_ice_candidate_ids
            new = ((name, said) for name, said in candidates.items() if name not in known and _is_candidate(said))
            original(worker, dict(islice(new, max(0, MAX_CANDIDATES - len(known)))))

    bounded.bounded = True  # type: ignore[attr-defined]
    WebRtcWorker.set_ice_candidates_from_offerer = bounded  # type: ignore[method-assign, assignment]


def _is_candidate(said: object) -> bool:
    text = said.get("candidate") if isinstance(said, dict) else None
    return isinstance(text, str) and len(text) <= MAX_CANDIDATE_LENGTH


def is_discovered_page() -> bool:
    """True if Streamlit runs this page because it lies in `pages/`, without app.py. It will not do so again.

    Until a process has called `st.navigation`, Streamlit (1.67, `PagesManager.uses_pages_directory`) takes the folder
    for the app's pages, with the main script as the first of them. If a private name moves, this raises on each page.
    """
    context = get_script_run_ctx()
    if context is None:
        return False
    manager = context.pages_manager
    pages = manager.get_pages().values()
    # The list of the run, not the process's flag: another visitor may have cleared that meanwhile. A script without
    # navigation, as in a test, is listed alone.
    if len(pages) < 2 or all(page["script_path"] != manager.main_script_path for page in pages):
        return False
    PagesManager.uses_pages_directory = False
    return True


def page_address() -> tuple[str | None, str | None]:
    """The address in the browser, and the name that the page which runs now has in it ("" for the first page).

    `st.context.url` (1.67) is not used where there is a run: it cuts "watch" from the end of any address, also where
    that is the app's base path. None: not known. If a private name moves, this raises where an invitation is drawn.
    """
    context = get_script_run_ctx()
    if context is None or context.context_info is None:
        return st.context.url, None
    manager = context.pages_manager
    page = manager.get_pages().get(manager.current_page_script_hash)
    return context.context_info.url, None if page is None else page.get("url_pathname", "")


def mend_message_queue() -> None:
    """Let a fragment's rerun take back all that it has queued before (private class of Streamlit, 1.67).

    `ForwardMsgQueue.clear` drops the fragment's unsent messages, but keeps those that name a cached message by its
    hash, as these do not say whose they are. Sent without the containers they belong into, they end the page: "Bad
    delta path index". A large component in a fragment, the stage's viewer, on a busy server meets that within a minute.
    If the class moves, pages may end so again.
    """
    original = ForwardMsgQueue.clear
    if getattr(original, "mended", False):
        return

    def clear(
        queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
    ) -> None:
        dropped = {
            tuple(message.metadata.delta_path)
            for message in queue._queue
            if message.HasField("delta") and message.delta.fragment_id in (fragment_ids_this_run or ())
        }
        original(queue, retain_lifecycle_msgs, fragment_ids_this_run)
        queue._queue = [message for message in queue._queue if not _is_orphan(message, dropped)]

    clear.mended = True  # type: ignore[attr-defined]
    ForwardMsgQueue.clear = clear  # type: ignore[method-assign, assignment]


def _is_orphan(message: Any, dropped: set[tuple[int, ...]]) -> bool:
    path = tuple(message.metadata.delta_path)
    return message.HasField("ref_hash") and any(path[:length] in dropped for length in range(1, len(path) + 1))
