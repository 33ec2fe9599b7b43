"""A study is conducted once: whoever works, however it is stopped, the same rows come of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from remit.analysis.study import conduct
from remit.analysis.study.conduct import Progress, Until, Workers, begin, planned
from remit.analysis.study.engines import Engine, Made, Task, perform
from remit.analysis.study.plan import Study
from remit.analysis.study.reading import parse
from remit.analysis.study.responses import Response
from remit.state import studies
from remit.state.errors import InputError, RemitError
from remit.state.store import Store, open_store
from remit.state.studies import BatchRow
from remit.studying import study as in_python
from tests.records import NOW
from tests.studies import SMALL


@pytest.fixture(scope="module")
def study() -> Study:
    return parse(SMALL, "small.toml")


def conducted(
    store: Store,
    study: Study,
    workers: Workers | None = None,
    until: Until | None = None,
) -> tuple[BatchRow, ...]:
    sitting = begin(store, study, Engine.PLAIN, version="1", now=NOW)
    conduct.conduct(sitting, workers or Workers(), until)
    return studies.batches(store, study.name)


@pytest.fixture(scope="module")
def alone(study: Study) -> tuple[BatchRow, ...]:
    """What one process finds."""
    with open_store(":memory:") as store:
        return conducted(store, study)


def test_every_batch_is_kept_once_in_the_order_of_the_plan(
    study: Study, alone: tuple[BatchRow, ...]
) -> None:
    assert [row.key for row in alone] == [task.key for task in planned(study, Engine.PLAIN)]
    assert [len(row.amounts["cost"]) for row in alone] == [25, 25, 5, 5]


def test_two_processes_find_the_same_byte_for_byte(
    study: Study, alone: tuple[BatchRow, ...]
) -> None:
    with open_store(":memory:") as store:
        assert conducted(store, study, Workers(jobs=2)) == alone


def test_anybodys_executor_can_take_their_place(study: Study, alone: tuple[BatchRow, ...]) -> None:
    with open_store(":memory:") as store, ThreadPoolExecutor(3) as executor:
        assert conducted(store, study, Workers(jobs=3, executor=executor)) == alone


def dies_once(chunk: Sequence[Task]) -> list[Made]:
    """A worker that is killed at its first task, and works when it is asked again."""
    try:
        os.close(os.open(os.environ["DIES_ONCE"], os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return perform(chunk)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def dies_always(chunk: Sequence[Task]) -> list[Made]:
    os.kill(os.getpid(), signal.SIGKILL)
    return perform(chunk)


def test_a_worker_that_dies_costs_only_what_it_was_at(
    study: Study,
    alone: tuple[BatchRow, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DIES_ONCE", str(tmp_path / "died"))
    monkeypatch.setattr(conduct, "perform", dies_once)
    with open_store(":memory:") as store:
        assert conducted(store, study, Workers(jobs=2)) == alone
    assert (tmp_path / "died").exists()


def test_workers_that_keep_dying_end_the_study_with_one_line(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conduct, "perform", dies_always)
    with open_store(":memory:") as store, pytest.raises(RemitError, match="4 batches are missing"):
        conducted(store, study, Workers(jobs=2))


class Breaks(Executor):
    """An executor of somebody else that breaks at its third task."""

    def __init__(self) -> None:
        self.asked = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.asked += 1
        future: Future[Any] = Future()
        if self.asked == 3:
            future.set_exception(BrokenProcessPool("gone"))
        else:
            future.set_result(fn(*args))
        return future


def test_what_a_broken_executor_finished_is_kept_and_the_rest_can_be_resumed(
    study: Study, alone: tuple[BatchRow, ...]
) -> None:
    with open_store(":memory:") as store:
        with pytest.raises(RemitError, match=r"1 batches are missing.*--resume"):
            conducted(store, study, Workers(jobs=4, executor=Breaks()))
        assert len(studies.batches(store, study.name)) == 3
        assert conducted(store, study) == alone


KILLED = """
import sys, remit
from remit.analysis.study import conduct
made = conduct.perform
def slow(chunk):
    found = made(chunk)
    print(chunk[0].key.batch, chunk[0].key.point, flush=True)
    return found
conduct.perform = slow
remit.study(sys.argv[1], engine="plain", db=sys.argv[2])
"""


def test_nothing_is_lost_or_run_twice_after_a_kill(
    study: Study, alone: tuple[BatchRow, ...], tmp_path: Path
) -> None:
    (tmp_path / "small.toml").write_text(SMALL)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "small.toml"), str(tmp_path / "s.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = [process.stdout.readline() for _ in range(2)]
        process.kill()
    before = _batches(tmp_path / "s.db")
    assert 1 <= len(before) <= 3
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    kept = [f"{row.key.batch} {row.key.point}\n" for row in before]
    assert not set(kept) & set(ran.stdout.splitlines(keepends=True))
    assert set(first[:1]) <= set(kept)
    assert _batches(tmp_path / "s.db") == alone


def _batches(path: Path) -> tuple[BatchRow, ...]:
    with open_store(path, create=False) as store:
        return studies.batches(store, "small")


def test_runs_are_added_until_the_interval_is_narrow_or_there_are_enough(study: Study) -> None:
    bounded = replace(study, replicates=20, most=70)
    with open_store(":memory:") as store:
        until = Until(response=Response.COST, half_width=0.000_001)
        rows = conducted(store, bounded, until=until)
        assert [len(row.amounts["cost"]) for row in rows if row.key.point == 0] == [20, 25, 25]
    with open_store(":memory:") as store:
        wide = Until(response=Response.COST, half_width=1e6)
        assert len(conducted(store, bounded, until=wide)) == 2


def test_runs_that_were_added_are_the_same_however_the_study_was_stopped(study: Study) -> None:
    bounded = replace(study, replicates=20, most=60)
    until = Until(response=Response.COST, half_width=0.000_001)
    with open_store(":memory:") as one, open_store(":memory:") as two:
        conducted(two, bounded)
        assert conducted(one, bounded, until=until) == conducted(two, bounded, until=until)


@pytest.mark.parametrize("jobs", [2.0, "2", None, True, 0, -1, 257])
def test_jobs_that_are_no_number_of_processes_are_refused_in_a_line(
    study: Study, jobs: Any
) -> None:
    with pytest.raises(InputError) as error:
        in_python(study, jobs=jobs)
    assert error.value.problems == (f"jobs: '{jobs}': give a whole number from 1 to 256",)


CALLER = """
import sys, time
from datetime import UTC, datetime
from multiprocessing import active_children
from remit.analysis.study.conduct import Workers, begin, conduct
from remit.analysis.study.engines import Engine
from remit.analysis.study.reading import parse
from remit.state.store import open_store

def stay(progress):
    workers = [one.pid for one in active_children()]
    if progress.done and len(workers) == 2:
        print(*workers, flush=True)
        time.sleep(60)

if __name__ == "__main__":
    with open_store(":memory:") as store:
        study = parse(sys.argv[1], "small.toml")
        sitting = begin(store, study, Engine.PLAIN, version="1", now=datetime.now(UTC))
        conduct(sitting, Workers(jobs=2), tell=stay)
"""
"""Conducts with two workers, says who they are, and stays while they wait for their next task."""


def test_workers_end_when_their_caller_is_killed() -> None:
    words = [sys.executable, "-c", CALLER, SMALL]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        workers = [*map(int, one.stdout.readline().split())]
        assert len(workers) == 2
        one.kill()
    patience = time.monotonic() + 20
    while any(map(_is_alive, workers)) and time.monotonic() < patience:
        time.sleep(0.05)
    left = [*filter(_is_alive, workers)]
    for process in left:
        os.kill(process, signal.SIGKILL)
    assert left == []


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def test_another_plan_of_the_same_name_is_refused(study: Study) -> None:
    with open_store(":memory:") as store:
        begin(store, study, Engine.PLAIN, version="1", now=NOW)
        with pytest.raises(InputError, match=r"another plan.*--name"):
            begin(store, replace(study, seed=2), Engine.PLAIN, version="1", now=NOW)


def test_the_other_worlds_move_what_is_assumed_and_nothing_else(study: Study) -> None:
    other = replace(study, worlds=2)
    tasks = [task for task in planned(other, Engine.PLAIN) if task.key.world]
    assert [(task.key.point, task.key.world) for task in tasks] == [(0, 1), (0, 2), (1, 1), (1, 2)]
    base = study.behaviour.values
    for task in tasks:
        moved = {path for path, one in task.order.behaviour.values.items() if one != base[path]}
        assert moved
        assert {base[path].label for path in moved} == {"assumed"}
    assert tasks[0].order.behaviour == tasks[2].order.behaviour


BEHAVIOURS = """
title = "T"
worlds = 3
[factors]
behaviour = ["strong", "typical"]
[factors.review.levels]
none = { behaviour.find.contract_review.qa.contract_gap = 0 }
usual = {}
"""


def test_in_another_world_every_behaviour_stands_at_the_same_place_of_its_own_ranges() -> None:
    study = parse(BEHAVIOURS, "t.toml")
    # QA's chance is published for the typical team, and assumed for the strong one
    gap, again = "find.contract_review.qa.contract_gap", "find.again"
    moved = {
        (task.key.point, task.key.world): task.order.behaviour.values
        for task in planned(study, Engine.PLAIN)
        if task.key.world
    }
    assert len(moved) == 12

    def place(point: int, world: int, path: str) -> float:
        own, value = study.points[point].behaviour.values[path], moved[point, world][path].value
        if value < own.value:
            return (value - own.low) / (own.value - own.low) / 2
        return 0.5 + (value - own.value) / (own.high - own.value) / 2

    for world in (1, 2, 3):
        assert place(0, world, again) == pytest.approx(place(2, world, again), abs=1e-6)
        assert place(1, world, gap) != 0.5 == place(3, world, gap)
        # what a point sets is its own, in every world
        assert moved[0, world][gap].value == moved[2, world][gap].value == 0


def test_progress_counts_to_the_end(study: Study) -> None:
    told: list[Progress] = []
    with open_store(":memory:") as store:
        sitting = begin(store, replace(study, replicates=4), Engine.PLAIN, version="1", now=NOW)
        conduct.conduct(sitting, tell=told.append)
    assert [(one.done, one.of) for one in told] == [(0, 2), (1, 2), (2, 2)]
    assert (told[0].left_s, told[-1].left_s) == (None, 0.0)


def test_an_estimate_grows_with_the_runs_and_shrinks_with_the_workers(study: Study) -> None:
    more = replace(study, replicates=600)
    assert conduct.estimate_s(more, Engine.PLAIN, 1) > conduct.estimate_s(study, Engine.PLAIN, 1)
    assert conduct.estimate_s(more, Engine.PLAIN, 2) < conduct.estimate_s(more, Engine.PLAIN, 1)


def test_a_task_can_be_sent_to_another_machine(study: Study) -> None:
    task = next(iter(planned(replace(study, replicates=3), Engine.PLAIN)))
    began = time.monotonic()
    with ProcessPoolExecutor(1) as executor:
        (there,) = executor.submit(perform, [task]).result(timeout=60)
    assert {name: list(column) for name, column in there.items()} == {
        name: list(column) for name, column in perform([task])[0].items()
    }
    assert time.monotonic() - began < 60
