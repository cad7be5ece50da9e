"""After a loss a refusal may mean that the server still holds the old connection; for a while."""

from components.errors import JoinRefused, StageBusy, StageError
from components.stage.held import Hold

SENTENCE = "The key is wrong."


def refusal(perhaps_held: bool = True) -> StageError:
    error = JoinRefused(SENTENCE)
    error.perhaps_held = perhaps_held
    return error


def test_before_anything_has_stood_a_refusal_is_a_refusal() -> None:
    assert str(Hold().judged(refusal(), "The server")) == SENTENCE


def test_after_a_loss_a_refusal_is_worth_another_try_for_a_while() -> None:
    clock = [0.0]
    hold = Hold(held_seconds=60, clock=lambda: clock[0])
    hold.stands()
    for clock[0] in (1000.0, 1030.0, 1060.0):  # However long it stood.
        assert isinstance(hold.judged(refusal(), "The server"), StageBusy)
    clock[0] = 1061.0
    assert str(hold.judged(refusal(), "The server")) == SENTENCE
    hold.stands()
    assert isinstance(hold.judged(refusal(), "The server"), StageBusy)


def test_what_no_held_stream_explains_stays_as_it_is() -> None:
    hold = Hold()
    hold.stands()
    assert str(hold.judged(refusal(perhaps_held=False), "The server")) == SENTENCE
