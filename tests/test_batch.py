"""Many simulated runs: the rows of single durable runs, stored in batches, lost and made again."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from remit.agents.behaviour import load as load_behaviour
from remit.graph.batch import Hashes, Simulation, record_many, simulation
from remit.graph.order import HumanMode, Order
from remit.graph.runner import Engine, execute, start
from remit.graph.wiring import runner_of
from remit.state.brief_text import load as load_brief
from remit.state.chain import verify
from remit.state.errors import InputError
from remit.state.policy import load as load_policy
from remit.state.record import content_hash
from remit.state.store import Store, open_store

NOW = datetime(2025, 1, 1, tzinfo=UTC)
SEEDS = range(6)


def order(policy: str = "balanced", behaviour: str = "worst", name: str | None = None) -> Order:
    return Order(
        brief=load_brief("invoicing"),
        policy=load_policy(policy),
        behaviour=load_behaviour(behaviour),
        name=name,
    )


def many(
    policy: str = "balanced",
    behaviour: str = "worst",
    name: str | None = None,
    engine: Engine = "loop",
    artifacts: bool = False,
) -> Simulation:
    wanted = order(policy, behaviour, name)
    return simulation(wanted, version="0", engine=engine, artifacts=artifacts)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "record.db") as opened:
        yield opened


def stored(store: Store, wanted: Simulation, seeds: range = SEEDS, size: int = 100) -> list[str]:
    return list(record_many(store, wanted, seeds, clock=lambda: NOW, token=0, size=size))


def durable(store: Store, seed: int, policy: str, behaviour: str) -> str:
    wanted = replace(order(policy, behaviour), seed=seed)
    run = start(store, wanted, version="0", clock=lambda: NOW, token=seed)
    execute(run, "loop")
    return run.id


def rows(store: Store, run_id: str) -> tuple[object, ...]:
    matters = [one.state for one in store.matters(run_id)]
    return (
        [(one.body, one.hash) for one in store.handoffs(run_id)],
        store.journal_rows(run_id),
        [(put.matter, put.answer, put.answered_by) for put in matters],
        store.contracts(run_id),
        store.debts(run_id),
        store.grants(run_id),
    )


@pytest.mark.parametrize(("policy", "behaviour"), [("balanced", "typical"), ("strict", "worst")])
def test_batched_runs_have_the_rows_of_single_durable_ones(
    store: Store, policy: str, behaviour: str
) -> None:
    batched = stored(store, many(policy, behaviour, artifacts=True), range(3))
    for seed, run_id in enumerate(batched):
        single = durable(store, seed, policy, behaviour)
        assert rows(store, run_id) == rows(store, single)
        one, other = store.find(run_id), store.find(single)
        assert one.settings == other.settings
        assert (one.chain_head, one.outcome, one.reason) == (
            other.chain_head, other.outcome, other.reason,
        )  # fmt: skip
        verify(store.handoffs(run_id))


@pytest.mark.parametrize("behaviour", ["perfect", "typical", "worst"])
@pytest.mark.parametrize("policy", ["balanced", "strict", "unattended"])
def test_graph_and_loop_make_equal_runs(policy: str, behaviour: str) -> None:
    graph, loop = many(policy, behaviour, engine="graph"), many(policy, behaviour)
    for seed in SEEDS:
        assert graph.run(seed) == loop.run(seed)


def test_a_group_of_simulated_roles_works_in_one_thread() -> None:
    """Threads would cost more than the work; the result is the same."""
    started: list[str] = []
    wanted = many(behaviour="perfect")
    session = wanted.session(0)
    before = threading.Thread.start

    def counted(thread: threading.Thread) -> None:
        started.append(thread.name)
        before(thread)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", counted)
        runner_of(wanted.manifest)(session)
    assert session.course.ended
    assert started == []


def test_a_batch_that_was_lost_is_made_again(store: Store) -> None:
    """The killed process had stored one batch of two runs and was at work on the next."""
    killed = record_many(
        store, many(name="study"), SEEDS, clock=lambda: NOW, token=0, size=2
    )  # fmt: skip
    assert list(islice(killed, 2)) == ["study-0", "study-1"]
    del killed
    rest = stored(store, many(name="study"), size=2)
    assert rest == [f"study-{seed}" for seed in SEEDS[2:]]
    assert stored(store, many(name="study")) == []
    fresh = stored(store, many())
    assert [store.find(f"study-{seed}").chain_head for seed in SEEDS] == [
        store.find(one).chain_head for one in fresh
    ]


def test_runs_of_that_name_under_other_terms_are_refused_and_nothing_is_stored(
    store: Store,
) -> None:
    stored(store, many(name="taken"), range(3, 4))
    other = many(name="taken", behaviour="typical")
    with pytest.raises(InputError, match="other terms"):
        stored(store, other)
    assert len(store.runs()) == 1


def test_rendering_or_not_is_a_term_of_the_run(store: Store) -> None:
    stored(store, many(name="plain"))
    with pytest.raises(InputError, match="other terms"):
        stored(store, many(name="plain", artifacts=True))


def test_a_batch_takes_no_seat_that_is_not_simulated() -> None:
    asked = Order(
        brief=load_brief("invoicing"), policy=load_policy("balanced"),
        behaviour=load_behaviour("typical"), human=HumanMode.WAIT, script="x",
    )  # fmt: skip
    with pytest.raises(InputError, match="a script, a person cannot take part"):
        simulation(asked, version="0")


def test_shared_contents_are_hashed_once_and_rightly() -> None:
    hashes = Hashes(most=2)
    contents = [{"n": n} for n in range(5)]
    for _ in range(2):
        assert [hashes(one) for one in contents] == [content_hash(one) for one in contents]
