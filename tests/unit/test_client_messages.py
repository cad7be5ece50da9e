"""What a stranger's websocket may ask of the server, and how often."""

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.app_session import AppSession

from components.rate_limit import RateLimit
from components.ui._client_messages import MAX_WAITING, Inbox, limit_client_messages


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def rerun(page: str) -> BackMsg:
    message = BackMsg()
    message.rerun_script.page_name = page
    return message


def taken_in_turn(inbox: Inbox, clock: Clock) -> None:
    """Let time pass until nothing waits."""
    while inbox._waiting:
        clock.now += 1
        inbox._next()


async def test_messages_that_come_too_fast_wait_for_their_turn_in_their_order() -> None:
    clock, handled = Clock(), []
    inbox = Inbox(lambda message: handled.append(message.rerun_script.page_name), RateLimit(3, 1, clock))
    for number in range(6):
        inbox.put(rerun(str(number)))
    assert handled == ["0", "1", "2"]
    clock.now += 2
    inbox.put(rerun("last"))
    assert handled == ["0", "1", "2"]
    taken_in_turn(inbox, clock)
    assert handled == ["0", "1", "2", "3", "4", "5", "last"]


async def test_a_flood_is_not_kept_and_its_newest_message_is() -> None:
    clock, handled = Clock(), []
    inbox = Inbox(lambda message: handled.append(message.rerun_script.page_name), RateLimit(1, 1, clock))
    for number in range(5000):
        inbox.put(rerun(str(number)))
    assert len(inbox._waiting) == MAX_WAITING
    taken_in_turn(inbox, clock)
    assert handled[-1] == "4999"


@pytest.mark.parametrize("kind", ["clear_cache", "load_git_info", "set_run_on_save"])
async def test_nobody_clears_everybodys_caches_or_asks_for_the_owners_files(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    handled: list[str | None] = []
    monkeypatch.setattr(AppSession, "handle_backmsg", lambda _, message: handled.append(message.WhichOneof("type")))
    limit_client_messages()
    session = object.__new__(AppSession)
    monkeypatch.setattr(AppSession, "__del__", lambda _: None, raising=False)
    message = BackMsg()
    setattr(message, kind, True)
    session.handle_backmsg(message)
    session.handle_backmsg(rerun("studio"))
    assert handled == ["rerun_script"]
