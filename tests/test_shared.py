"""Threads of one process own a run together, one phase at a time."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from remit.state import lock
from remit.state.errors import RunBusy
from remit.state.shared import Shared
from remit.state.vocabulary import Outcome

WAIT_S = 10


class Book:
    """Writes down who takes hold and who lets go."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def hold(self, run_id: str) -> Generator[None]:
        self.lines.append(f"take {run_id}")
        yield
        self.lines.append(f"free {run_id}")


def test_the_first_in_takes_hold_and_the_last_out_lets_go() -> None:
    book = Book()
    shared = Shared(book.hold)
    with shared.turn("a", "1", "qa"):
        with shared.turn("a", "1", "security"):
            assert book.lines == ["take a"]
        assert book.lines == ["take a"]
    assert book.lines == ["take a", "free a"]


def test_tasks_of_a_phase_run_at_the_same_time() -> None:
    shared, both = Shared(Book().hold), threading.Barrier(2, timeout=WAIT_S)

    def work(task: str) -> None:
        with shared.turn("a", "1", task):
            both.wait()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, ["qa", "security"]))


@pytest.mark.parametrize(("phase", "task"), [("1", "qa"), ("2", "qa"), ("2", "pm")])
def test_the_same_task_and_another_phase_wait(phase: str, task: str) -> None:
    shared, order = Shared(Book().hold), list[str]()

    def second() -> None:
        with shared.turn("a", phase, task):
            order.append("second")

    with ThreadPoolExecutor(1) as threads:
        with shared.turn("a", "1", "qa"):
            waiting = threads.submit(second)
            with shared.turn("b", "9", "qa"):
                order.append("another run")
            threading.Event().wait(0.05)
            order.append("first")
        waiting.result(timeout=WAIT_S)
    assert order == ["another run", "first", "second"]


def test_how_a_run_was_left_is_forgotten_with_the_phase() -> None:
    shared = Shared(Book().hold)
    with shared.turn("a", "1", "qa") as phase:
        phase.stands = (Outcome.FAILED, "the model is away")
        with shared.turn("a", "1", "security") as same:
            assert same.stands == phase.stands
    with shared.turn("a", "2", "cto") as fresh:
        assert fresh.stands is None


def test_a_run_that_somebody_else_owns_is_refused_and_free_afterwards(tmp_path: Path) -> None:
    database = tmp_path / "remit.db"
    shared = Shared(lambda run_id: lock.hold(database, run_id))
    with lock.hold(database, "a"), pytest.raises(RunBusy), shared.turn("a", "1", "qa"):
        pytest.fail("the run is somebody else's")
    with shared.turn("a", "1", "qa"), pytest.raises(RunBusy), lock.hold(database, "a"):
        pytest.fail("the run is ours")
    with lock.hold(database, "a"):
        pass
