from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from components.errors import BadStageAnswer, StageAccessRefused, StageError, StageUnanswered, StageUnreachable
from components.stage.allowance import Allowance, Counted, Share


class Clock:
    now = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def make(counted: Counted) -> None:
    with counted():
        pass


def fail(counted: Counted) -> None:
    with pytest.raises(StageUnreachable), counted():
        raise StageUnreachable("Nobody there.")


def test_so_many_a_day_over_restarts_and_again_tomorrow(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "data" / "tokens.sqlite"
    for _ in range(2):
        make(Allowance(path, 2, clock=clock).one)
    with pytest.raises(StageAccessRefused, match="All 2 tokens for today"):
        make(Allowance(path, 2, clock=clock).one)
    clock.now += timedelta(hours=2)
    make(Allowance(path, 2, clock=clock).one)


def test_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(StageAccessRefused):
        make(Allowance(tmp_path / "tokens.sqlite", 0).one)


def test_what_cannot_be_counted_is_not_given(tmp_path: Path) -> None:
    path = tmp_path / "tokens.sqlite"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StageAccessRefused, match=r"check the disk and tokens\.sqlite"):
        make(Allowance(path, 5).one)


def test_what_could_not_be_made_is_not_counted(tmp_path: Path) -> None:
    allowance = Allowance(tmp_path / "tokens.sqlite", 1)
    share = Share(allowance, 1)
    for _ in range(3):
        fail(share.one)
    make(share.one)
    with pytest.raises(StageAccessRefused, match="today"):
        make(allowance.one)


@pytest.mark.parametrize("error", [StageUnanswered("Silence."), BadStageAnswer("Half an answer.")])
def test_what_may_have_been_made_stays_counted(tmp_path: Path, error: StageError) -> None:
    share = Share(Allowance(tmp_path / "tokens.sqlite", 1), 1)
    with pytest.raises(type(error)), share.one():
        raise error
    with pytest.raises(StageAccessRefused, match="visit has had its 1 tokens"):
        make(share.one)
    with pytest.raises(StageAccessRefused, match="All 1 tokens for today"):
        make(Allowance(tmp_path / "tokens.sqlite", 1).one)


def test_nobody_uses_up_everybodys_day(tmp_path: Path) -> None:
    allowance = Allowance(tmp_path / "tokens.sqlite", 3)
    greedy = Share(allowance, 2)
    make(greedy.one)
    make(greedy.one)
    with pytest.raises(StageAccessRefused, match="visit has had its 2 tokens"):
        make(greedy.one)
    make(Share(allowance, 2).one)
