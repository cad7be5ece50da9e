from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from components.errors import StageAccessRefused
from components.stage.allowance import Allowance


class Clock:
    now = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_so_many_a_day_over_restarts_and_again_tomorrow(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "data" / "tokens.sqlite"
    for _ in range(2):
        Allowance(path, 2, clock=clock).take()
    with pytest.raises(StageAccessRefused, match="All 2 tokens for today"):
        Allowance(path, 2, clock=clock).take()
    clock.now += timedelta(hours=2)
    Allowance(path, 2, clock=clock).take()


def test_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(StageAccessRefused):
        Allowance(tmp_path / "tokens.sqlite", 0).take()


def test_what_cannot_be_counted_is_not_given(tmp_path: Path) -> None:
    path = tmp_path / "tokens.sqlite"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StageAccessRefused, match=r"check the disk and tokens\.sqlite"):
        Allowance(path, 5).take()
