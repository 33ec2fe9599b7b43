"""Kill a process at any instant and resume: nothing is lost, doubled, or other than recorded."""

import random
import shutil
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from remit.graph.verify import verify
from remit.state.store import open_store
from remit.state.vocabulary import EventKind
from tests.kill_harness import (
    Nursery,
    Tally,
    Watch,
    at_every_write,
    through_cli,
    under_fire,
    whole,
)
from tests.kill_worker import BUSY, REFUSED, Task, note
from tests.records import tamper

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
KILLED = -signal.SIGKILL
DAY_S = 86_400
WRITES = [(method, nth, when) for method in ("append", "project") for nth in (1, 2, 4)
          for when in ("before", "after")]  # fmt: skip


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as ready:
        yield ready


@pytest.fixture
def db(tmp_path: Path) -> Path:
    open_store(tmp_path / "remit.db").close()
    return tmp_path / "remit.db"


def test_killed_at_random_moments_a_run_loses_and_doubles_nothing(
    nursery: Nursery, db: Path
) -> None:
    """Agents answer differently when asked again, clocks jump by days, two processes resume."""
    tally = under_fire(nursery, db, "shot", random.Random(5), 0.05, 8)
    assert tally.clean, str(tally)
    assert tally.kills >= 4


def test_killed_right_before_and_after_its_writes_a_run_loses_nothing(
    nursery: Nursery, db: Path
) -> None:
    points = [("create_run", 1, "before"), ("create_run", 1, "after"), *WRITES[:6]]
    tally = at_every_write(nursery, db, "struck", random.Random(2), points)
    assert tally.clean, str(tally)
    assert tally.kills == len(points)


def test_the_command_line_goes_on_to_the_same_chain_after_a_kill(db: Path) -> None:
    tally = through_cli(db, "cut", 3, random.Random(1), 2)
    assert tally.clean, str(tally)
    assert tally.kills == 2
    head = whole(db, "whole", 3)
    with open_store(db) as store:
        assert store.find("cut").chain_head == head


# A person's answer


def waits(nursery: Nursery, db: Path, tmp_path: Path) -> Task:
    """The task of a run that has come to wait for a person."""
    for attempt in range(20):
        run = f"asks{attempt}"
        task = {"db": str(db), "run": run, "team": "worst", "pace_s": 0,
                "side": str(tmp_path / "side"), "human": "wait", "offset_s": 0}  # fmt: skip
        assert nursery.run(task) == 0
        with open_store(db) as store:
            if store.find(run).outcome == "waiting":
                return task
    raise AssertionError("no run came to wait")


def reply(task: Task, text: str, **changes: Any) -> Task:
    return {**task, "action": "reply", "event": "stop", "text": text, **changes}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("method", "nth"), [("append", 1), ("project", 2)])
def test_an_answer_counts_exactly_once_when_its_process_is_killed(
    nursery: Nursery, db: Path, tmp_path: Path, method: str, nth: int, when: str
) -> None:
    """`project` is called once when the run is opened, and once with the answer."""
    task = waits(nursery, db, tmp_path)
    with open_store(db) as store:
        before = store.journal(task["run"])
    assert nursery.run(reply(task, "first", die=(method, nth, when))) == KILLED
    kept = (method, when) != ("append", "before")
    with open_store(db) as store:
        assert len(store.journal(task["run"])) == len(before) + kept
        assert verify(store, task["run"]) is None
    second = nursery.run(reply(task, "second"))
    assert second == (REFUSED if kept else 0)
    assert nursery.run(task) == 0
    with open_store(db) as store:
        (matter,) = [one for one in store.matters(task["run"]) if one.state.answered_by == "human"]
        journal = store.journal(task["run"])
        assert store.find(task["run"]).outcome == "stopped"
        assert verify(store, task["run"]) is None
    assert matter.state.answer is not None
    assert matter.state.answer["text"] == ("first" if kept else "second")
    assert len(journal) == len(before) + 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_silence_is_journalled_once_when_the_resuming_process_is_killed(
    nursery: Nursery, db: Path, tmp_path: Path, when: str
) -> None:
    task = waits(nursery, db, tmp_path)
    late = {**task, "offset_s": 30 * DAY_S}
    with open_store(db) as store:
        step = store.journal(task["run"])[-1].step + 1
    assert nursery.run({**late, "die": ("append", 1, when)}) == KILLED
    # The clock is set back: the deadline lies ahead again, and what is journalled stands.
    answered = nursery.run(reply(task, "late"))
    assert answered == (REFUSED if when == "after" else 0)
    assert nursery.run(task) == 0
    with open_store(db) as store:
        here = [one for one in store.journal(task["run"]) if one.step == step]
        assert verify(store, task["run"]) is None
    assert [one.report.event for one in here] == [
        EventKind.SILENCE if when == "after" else EventKind.STOP
    ]


def test_of_two_processes_on_one_run_one_is_turned_away(nursery: Nursery, db: Path) -> None:
    side = str(db.with_name("side"))
    task = {"db": str(db), "run": "two", "team": "typical", "pace_s": 0.02, "side": side}
    pids = [nursery.spawn(task), nursery.spawn(task)]
    assert sorted(nursery.wait(pid) for pid in pids) == [0, BUSY]
    assert Watch(db, "two").finish(Path(side)).clean


# What the figures are worth: each fault is counted


@pytest.fixture(scope="module")
def sound(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sound")
    db, side = place / "remit.db", place / "side"
    task = {"db": str(db), "run": "x", "team": "worst", "pace_s": 0, "side": str(side)}
    assert nursery.run(task) == 0
    return place


@pytest.fixture
def watch(sound: Path, tmp_path: Path) -> Watch:
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    return Watch(tmp_path / "remit.db", "x")


def test_an_untouched_run_counts_no_faults(watch: Watch) -> None:
    watch.killed()
    tally = watch.finish(watch.db.with_name("side"))
    assert tally.clean, str(tally)
    assert (tally.kills, tally.inside) == (1, 0)
    assert tally.asks == tally.reports > 10


def test_a_lost_row_is_counted(watch: Watch) -> None:
    watch.killed()
    tamper(watch.db, "DELETE FROM reports WHERE n = (SELECT max(n) FROM reports)")
    assert watch.finish(watch.db.with_name("side")).lost == 1


def test_a_report_that_was_asked_for_again_is_counted(watch: Watch) -> None:
    note(watch.db.with_name("side"), kind="ask", key="1/cto", token="00000000")
    assert watch.finish(watch.db.with_name("side")).doubled == 1


def test_a_record_that_says_other_than_what_was_acted_on_is_counted(watch: Watch) -> None:
    note(watch.db.with_name("side"), kind="act", seq=2, digest="0" * 64)
    assert watch.finish(watch.db.with_name("side")).diverged == 1


def test_a_record_that_is_not_the_fold_of_its_journal_is_counted(watch: Watch) -> None:
    tamper(watch.db, "UPDATE runs SET cost_micros = cost_micros + 1")
    assert watch.finish(watch.db.with_name("side")).diverged == 1


# The long versions: `make prove`


def shown(title: str, tally: Tally) -> None:
    print(f"\n{title}: {tally}")


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_hundreds_of_kills_lose_and_double_nothing(nursery: Nursery, db: Path) -> None:
    total, rng = Tally(), random.Random()
    while total.kills < 300:
        total.add(under_fire(nursery, db, f"run{total.runs}", rng, 0.1, 14))
    shown("random moments", total)
    assert total.clean, str(total)
    assert total.inside >= 0.9 * total.kills


@pytest.mark.prove
def test_a_kill_at_each_kind_of_write_loses_nothing(nursery: Nursery, db: Path) -> None:
    total, rng = Tally(), random.Random()
    while total.kills < 60:
        points = rng.sample(WRITES, len(WRITES))
        total.add(at_every_write(nursery, db, f"write{total.runs}", rng, points))
    shown("at writes", total)
    assert total.clean, str(total)


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_a_hundred_kills_through_the_command_line_lose_nothing(db: Path) -> None:
    def one(seed: int) -> Tally:
        return through_cli(db, f"cut{seed}", seed, random.Random(), 9)

    total, seeds = Tally(), iter(range(1000))
    with ThreadPoolExecutor(2) as pool:
        while total.kills < 100:
            for tally in pool.map(one, [next(seeds), next(seeds)]):
                total.add(tally)
    shown("command line", total)
    assert total.clean, str(total)
    assert total.inside >= 0.9 * total.kills
    for seed in range(total.runs):
        head = whole(db, f"whole{seed}", seed)
        with open_store(db) as store:
            assert store.find(f"cut{seed}").chain_head == head
