"""Streamlit's queue of unsent messages, mended."""

from collections.abc import Iterator

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from components.ui._compat import mend_message_queue


@pytest.fixture(autouse=True)
def mended(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    mend_message_queue()
    return


def block(path: list[int], fragment: str) -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path[:] = path
    message.delta.add_block.flex_container.border = False
    message.delta.fragment_id = fragment
    return message


def reference(path: list[int]) -> ForwardMsg:
    message = ForwardMsg(ref_hash="large")
    message.metadata.delta_path[:] = path
    return message


def test_a_fragment_takes_back_what_it_named_by_hash_too() -> None:
    queue = ForwardMsgQueue()
    for message in (block([0, 1], "panel"), reference([0, 1, 5]), block([0, 2], "other"), reference([0, 2, 0])):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["panel"])
    assert [list(message.metadata.delta_path) for message in queue.flush()] == [[0, 2], [0, 2, 0]]
