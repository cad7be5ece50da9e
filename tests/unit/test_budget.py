"""Money: limits that hold whoever asks at the same time, and pictures given back exactly when nothing was billed."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.backgrounds.budget import LEASE, Budget, Left, Reservation
from components.backgrounds.processes import THIS_PROCESS, has_ended
from components.errors import (
    BadAnswer,
    BudgetSpent,
    ContentRefused,
    GenerationCancelled,
    GenerationTimeout,
    GeneratorBusy,
    GeneratorUnreachable,
    PromptRejected,
)

ROOT = Path(__file__).parents[2]
AFTERNOON = datetime(2026, 11, 5, 17, 0, tzinfo=UTC)


class Clock:
    def __init__(self, now: datetime = AFTERNOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "budget.sqlite3"


def commit(reservation: Reservation) -> None:
    """Its picture was sent, whatever came back."""
    with reservation:
        pass


def spend(budget: Budget, session: str, times: int) -> None:
    for _ in range(times):
        commit(budget.reserve(session))


def test_what_is_left_is_told_before_anything_is_asked(path: Path) -> None:
    assert Budget(path, per_session=20, per_day=200).left("ada") == Left(session=20, today=200)


def test_a_picture_counts_from_its_reservation_and_a_release_gives_it_back(path: Path) -> None:
    budget = Budget(path, per_session=2, per_day=5)
    reservation = budget.reserve("ada")
    assert budget.left("ada") == Left(1, 4)
    assert budget.left("bob") == Left(2, 4)
    reservation.release()
    assert budget.left("ada") == Left(2, 5)


def test_only_the_first_word_about_a_reservation_counts(path: Path) -> None:
    budget = Budget(path, per_session=5, per_day=5)
    spent, given_back = budget.reserve("ada"), budget.reserve("bob")
    for _ in range(3):
        commit(spent)
        spent.release()
        given_back.release()
        commit(given_back)
    assert budget.left("ada") == Left(4, 4)
    assert budget.left("bob") == Left(5, 4)


def test_a_session_has_its_share_and_is_told_when_there_is_more(path: Path) -> None:
    budget = Budget(path, per_session=2, per_day=9, clock=Clock())
    spend(budget, "ada", 2)
    with pytest.raises(BudgetSpent, match=r"your 2 pictures for today.*tomorrow from 00:00 UTC, in about 7 hours"):
        budget.reserve("ada")
    assert budget.left("ada") == Left(0, 7)
    commit(budget.reserve("bob"))


def test_the_day_has_its_share_and_a_refused_picture_takes_none_of_the_sessions(path: Path) -> None:
    budget = Budget(path, per_session=2, per_day=3, clock=Clock())
    spend(budget, "ada", 2)
    spend(budget, "bob", 1)
    with pytest.raises(BudgetSpent, match="All 3 pictures for today"):
        budget.reserve("bob")
    assert budget.left("bob") == Left(1, 0)


def test_a_new_day_in_utc_brings_new_pictures_and_refunds_go_to_the_old_one(path: Path) -> None:
    clock = Clock(datetime(2026, 11, 5, 23, 59, 50, tzinfo=UTC))
    budget = Budget(path, per_session=1, per_day=1, clock=clock)
    late = budget.reserve("ada")
    with pytest.raises(GeneratorBusy):
        budget.reserve("ada")
    clock.now += timedelta(seconds=20)
    assert budget.left("ada") == Left(1, 1)
    late.release()
    assert budget.left("ada") == Left(1, 1)
    clock.now = clock.now.astimezone(timezone(timedelta(hours=-10)))  # The same moment, as Hawaii writes it.
    commit(budget.reserve("ada"))
    clock.now = clock.now.astimezone(UTC)
    assert budget.left("ada") == Left(0, 0)


def test_counts_survive_a_restart(path: Path) -> None:
    spend(Budget(path, per_session=3, per_day=9), "ada", 2)
    assert Budget(path, per_session=3, per_day=9).left("ada") == Left(1, 7)


def test_a_deleted_file_gives_nothing_back_while_the_program_runs(path: Path) -> None:
    budget = Budget(path, per_session=3, per_day=9)
    spend(budget, "ada", 2)
    path.unlink()
    assert budget.left("ada") == Left(1, 7)
    path.unlink()
    spend(budget, "ada", 1)
    with pytest.raises(BudgetSpent):
        budget.reserve("ada")
    assert Budget(path, per_session=3, per_day=9).left("ada") == Left(0, 6)


def test_a_clock_that_jumps_ahead_and_back_brings_no_new_pictures(path: Path) -> None:
    clock = Clock()
    budget = Budget(path, per_session=2, per_day=2, clock=clock)
    spend(budget, "ada", 2)
    for jump in (400, 40, 2):
        clock.now = AFTERNOON + timedelta(days=jump)
        spend(budget, "ada", 1)
    clock.now = AFTERNOON
    assert Budget(path, per_session=2, per_day=2, clock=clock).left("ada") == Left(0, 0)
    with pytest.raises(BudgetSpent):
        budget.reserve("ada")


def test_thirty_days_are_kept_and_no_more(path: Path) -> None:
    clock = Clock()
    budget = Budget(path, clock=clock)
    for _ in range(40):
        spend(budget, "ada", 1)
        clock.now += timedelta(days=1)
    with closing(sqlite3.connect(path)) as db:
        days = [row[0] for row in db.execute("SELECT DISTINCT day FROM spent ORDER BY day")]
    assert len(days) == 30
    assert days[-1] == (AFTERNOON + timedelta(days=39)).date().isoformat()


def test_a_double_click_sends_once(path: Path) -> None:
    budget = Budget(path)
    with budget.reserve("ada"), pytest.raises(GeneratorBusy, match="A picture of yours is still being made"):
        budget.reserve("ada")
    assert budget.left("ada") == Left(19, 199)


def test_a_fifth_at_once_is_told_to_wait_and_not_charged(path: Path) -> None:
    budget = Budget(path, at_once=4)
    under_way = [budget.reserve(f"visitor {n}") for n in range(4)]
    with pytest.raises(GeneratorBusy, match="try again in a few seconds") as busy:
        budget.reserve("fifth")
    assert busy.value.retryable
    assert budget.left("fifth") == Left(20, 196)
    commit(under_way[0])
    budget.reserve("fifth").release()


@pytest.mark.parametrize(
    "error",
    [PromptRejected("x"), GenerationCancelled("x"), GeneratorUnreachable("x"), GeneratorBusy("x"), BudgetSpent("x")],
)
def test_what_was_never_billed_is_given_back_by_itself(path: Path, error: Exception) -> None:
    budget = Budget(path)
    with contextlib.suppress(type(error)), budget.reserve("ada"):
        raise error
    assert budget.left("ada") == Left(20, 200)


@pytest.mark.parametrize(
    "error", [GenerationTimeout("x"), ContentRefused("x"), BadAnswer("x"), KeyboardInterrupt(), ZeroDivisionError()]
)
def test_what_may_have_been_billed_is_spent(path: Path, error: BaseException) -> None:
    budget = Budget(path)
    with contextlib.suppress(type(error)), budget.reserve("ada"):
        raise error
    assert budget.left("ada") == Left(19, 199)
    budget.reserve("ada").release()


@pytest.mark.parametrize("limits", [{"per_session": 0}, {"per_day": 0}])
def test_a_limit_of_nothing_switches_generating_off(path: Path, limits: dict[str, int]) -> None:
    with pytest.raises(BudgetSpent, match="No pictures are generated here"):
        Budget(path, **limits).reserve("ada")


def test_a_crash_leaves_the_picture_counted_and_its_place_free(path: Path) -> None:
    crash = f"""
import os
from pathlib import Path
from components.backgrounds.budget import Budget
Budget(Path({str(path)!r}), at_once=1).reserve("ada")
os._exit(1)
"""
    assert subprocess.run([sys.executable, "-c", crash], cwd=ROOT, check=False).returncode == 1
    budget = Budget(path, at_once=1)
    assert budget.left("ada") == Left(19, 199)
    budget.reserve("ada").release()
    assert budget.left("ada") == Left(19, 199)


def test_a_reservation_on_another_machine_holds_its_place_for_a_while(path: Path) -> None:
    clock = Clock()
    budget = Budget(path, at_once=1, clock=clock)
    lost = budget.reserve("ada")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE under_way SET process = 'elsewhere 1 abc'")
    clock.now += LEASE
    with pytest.raises(GeneratorBusy):
        budget.reserve("bob")
    clock.now += timedelta(seconds=1)
    commit(budget.reserve("bob"))
    lost.release()  # Too late to be believed.
    assert budget.left("ada") == Left(19, 198)


def test_a_process_is_known_to_have_ended_only_when_it_has() -> None:
    machine = THIS_PROCESS.rsplit(" ", 2)[0]
    assert not has_ended(THIS_PROCESS)
    assert has_ended(f"{machine} {os.getpid()} an-earlier-start-in-this-container")
    assert not has_ended(f"{machine} {os.getppid()} a-shell")
    assert not has_ended("another-machine 999999999 abc")


def test_what_cannot_be_counted_is_not_generated(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database " * 500)
    for unusable in (path, tmp_path / "data" / "budget.sqlite3" / "deeper.sqlite3"):
        budget = Budget(unusable)
        with pytest.raises(BudgetSpent, match="cannot be counted"):
            budget.reserve("ada")
        with pytest.raises(BudgetSpent, match="cannot be counted"):
            budget.left("ada")
    assert path.read_bytes().startswith(b"no database")


def test_a_settlement_that_cannot_be_written_is_no_error_and_stays_counted(path: Path) -> None:
    budget = Budget(path)
    reservation = budget.reserve("ada")
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE under_way RENAME TO away")
        reservation.release()
        db.execute("ALTER TABLE away RENAME TO under_way")
    assert budget.left("ada") == Left(19, 199)


def test_who_generated_is_not_written_down(path: Path) -> None:
    spend(Budget(path), "session-of-ada", 1)
    assert b"session-of-ada" not in b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_of_many_who_ask_in_the_same_moment_as_many_as_may_are_served(path: Path) -> None:
    budget, gate = Budget(path, at_once=3), threading.Barrier(8)

    def visit(n: int) -> bool:
        gate.wait(30)
        return is_served(budget, f"visitor {n}")

    with ThreadPoolExecutor(8) as visitors:
        assert sum(visitors.map(visit, range(8))) == 3
    assert budget.left("nobody").today == 197


def test_a_double_click_in_the_same_moment_sends_once(path: Path) -> None:
    budget, gate = Budget(path), threading.Barrier(4)

    def click(_: int) -> bool:
        gate.wait(30)
        return is_served(budget, "ada")

    with ThreadPoolExecutor(4) as clicks:
        assert sum(clicks.map(click, range(4))) == 1
    assert budget.left("ada") == Left(19, 199)


def is_served(budget: Budget, session: str) -> bool:
    try:
        budget.reserve(session)
    except GeneratorBusy:
        return False
    return True


def test_many_threads_never_exceed_a_limit_and_refunds_are_exact(path: Path) -> None:
    budget, spent = Budget(path, per_session=3, per_day=10, at_once=8), Counter[str]()

    def visit(n: int) -> None:
        session = f"visitor {n % 5}"
        reservation = None
        while reservation is None:
            try:
                reservation = budget.reserve(session)
            except GeneratorBusy:
                continue
            except BudgetSpent:
                return
        if n % 3:
            spent[session] += 1  # One at a time for each session, so nobody else counts here.
            commit(reservation)
        else:
            reservation.release()

    with ThreadPoolExecutor(8) as visitors:
        list(visitors.map(visit, range(80)))
    assert sum(spent.values()) == 10
    assert max(spent.values()) <= 3
    assert budget.left("nobody").today == 0
    for session, count in spent.items():
        assert budget.left(session).session == 3 - count


def test_two_processes_share_one_day(path: Path) -> None:
    script = f"""
from pathlib import Path
from components.backgrounds.budget import Budget
from components.errors import BudgetSpent, GeneratorBusy
budget, spent = Budget(Path({str(path)!r}), per_session=100, per_day=25, at_once=2), 0
import os
for n in range(60):
    try:
        reservation = budget.reserve(f"{{os.getpid()}} {{n}}")
    except (BudgetSpent, GeneratorBusy):
        continue
    if n % 2:
        reservation.release()
    else:
        with reservation:
            spent += 1
print(spent)
"""
    runs = [subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    spent = [int(run.communicate(timeout=60)[0]) for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert sum(spent) == 25
    assert Budget(path, per_day=25).left("x").today == 0


ACTIONS = st.lists(st.tuples(st.sampled_from(["reserve", "commit", "release"]), st.integers(0, 2)), max_size=25)


@settings(max_examples=25, deadline=None)
@given(actions=ACTIONS)
def test_any_order_of_events_leaves_the_counts_of_a_plain_model(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int]]
) -> None:
    budget = Budget(tmp_path_factory.mktemp("budget") / "b.sqlite3", per_session=3, per_day=5, at_once=2)
    under_way: dict[int, Reservation] = {}
    spent = Counter[int]()
    for action, who in actions:
        if action == "reserve":
            allowed = who not in under_way and len(under_way) < 2
            counted = spent + Counter(under_way.keys())
            try:
                under_way[who] = budget.reserve(str(who))
                assert allowed
                assert counted[who] < 3
                assert counted.total() < 5
            except GeneratorBusy:
                assert not allowed
            except BudgetSpent:
                assert allowed
                assert counted[who] == 3 or counted.total() == 5
        elif who in under_way:
            reservation = under_way.pop(who)
            if action == "commit":
                commit(reservation)
            else:
                reservation.release()
            spent[who] += action == "commit"
        counted = spent + Counter(under_way.keys())
        assert budget.left(str(who)) == Left(3 - counted[who], 5 - counted.total())
