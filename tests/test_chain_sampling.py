"""Many runs on arrays come to what as many runs of the plain loop come to."""

from dataclasses import fields, replace
from hashlib import blake2b

import numpy as np
import pytest
from numpy.typing import NDArray

from remit.agents.behaviour import load
from remit.analysis.chain.sampled import STAGES, Sample
from remit.analysis.chain.sampling import sample
from remit.analysis.chain.world import World, world_of
from remit.graph.batch import simulation
from remit.graph.course import Course
from remit.graph.manifest import Manifest
from remit.graph.order import Order
from remit.graph.rules import GRADE, LOOP
from remit.state.brief_text import load as load_brief
from remit.state.errors import InputError
from remit.state.policy import load as load_policy
from remit.state.vocabulary import LOOPS, FlawKind, FlawState, Limit, Mode, Seat, Stage

Values = dict[str, NDArray[np.float64]]
BRIEF = load_brief("invoicing")


def order(policy: str = "balanced", behaviour: str = "typical") -> Order:
    return Order(brief=BRIEF, policy=load_policy(policy), behaviour=load(behaviour))


def world(manifest: Manifest) -> World:
    return world_of(BRIEF, manifest, artifacts=False)


def values_of_course(course: Course) -> dict[str, float]:
    """By figure, what a run came to."""
    ledger, steps = course.ledger, {(one.step, one.stage) for one in course.handoffs if one.to}
    reached = {one.limit for row in course.handoffs for one in row.reached}
    ships = course.position.stage is Stage.SHIPPED
    reworks = (LOOP[item] for item in GRADE)
    found: dict[str, float] = {
        "handoffs": ledger.handoffs, "tokens": ledger.tokens, "cost_micros": ledger.cost_micros,
        "elapsed_s": ledger.elapsed_s, "debts": len(ledger.debts),
        "contracts": len(ledger.contracts), "changes": ledger.used.get(Limit.CHANGE_REQUESTS, 0),
        "rework": sum(ledger.used.get(limit, 0) for limit in reworks),
        "human": sum(stage is Stage.HUMAN for _, stage in steps),
        "cto": sum(stage in (Stage.ARBITRATION, Stage.CHANGE_CONTROL) for _, stage in steps),
    }  # fmt: skip
    found |= {f"ends {stage}": course.position.stage is stage for stage in STAGES}
    found |= {f"ended by {limit}": course.ended_by is limit for limit in Limit}
    found |= {f"visits {stage}": sum(at is stage for _, at in steps) for stage in STAGES}
    found |= {f"reached {limit}": limit in reached for limit in LOOPS}
    for kind in FlawKind:
        flaw = ledger.flaws.get(kind)
        state = flaw.state if flaw else FlawState.ABSENT
        found[f"escaped {kind}"] = ships and state in (FlawState.HIDDEN, FlawState.REPORTED)
        found[f"accepted {kind}"] = state is FlawState.WAIVED
    return found


def looped(order: Order, runs: int) -> Values:
    """What runs of the plain loop come to."""
    many = simulation(order, version="t", engine="loop", artifacts=False)
    rows = list[dict[str, float]]()
    for seed in range(runs):
        session = many.session(seed)
        many.work(session)
        rows.append(values_of_course(session.course))
    return {name: np.array([row[name] for row in rows], np.float64) for name in rows[0]}


def drawn(order: Order, runs: int) -> Values:
    """The same of runs on arrays."""
    manifest = order.manifest()
    return values_of_sample(sample(manifest, order.behaviour, world(manifest), runs=runs, seed=5))


def values_of_sample(found: Sample) -> Values:
    """By figure, its value in each run."""
    names = ("handoffs", "tokens", "cost_micros", "elapsed_s", "debts", "contracts", "changes",
             "rework", "human", "cto")  # fmt: skip
    values = {name: getattr(found, name) for name in names}
    values |= {f"ends {stage}": found.end == place for place, stage in enumerate(STAGES)}
    values |= {f"ended by {limit}": found.ended_by == place for place, limit in enumerate(Limit)}
    values |= {f"visits {stage}": found.visits[place] for place, stage in enumerate(STAGES)}
    values |= {f"reached {limit}": found.reached[place] for place, limit in enumerate(LOOPS)}
    for place, kind in enumerate(FlawKind):
        values[f"escaped {kind}"] = found.escaped >> place & 1
        values[f"accepted {kind}"] = found.accepted >> place & 1
    return {name: value.astype(np.float64) for name, value in values.items()}


def apart(some: NDArray[np.float64], more: NDArray[np.float64]) -> float:
    """How many standard errors two means are apart; the variance is that of both together."""
    variance = float(np.concatenate([some, more]).var())
    error = (variance * (1 / len(some) + 1 / len(more))) ** 0.5
    difference = abs(float(some.mean() - more.mean()))
    # so few cases make no bell curve: half a case is always allowed
    return max(0.0, difference - 1.5 / len(some)) / error if error else difference


GOLDEN = {
    ("balanced", "weak"): "3ad58d64314ead2e",
    ("strict", "typical"): "53c66b1f936c77a1",
    ("unattended", "strong"): "010d85482aaa7c78",
}
"""Of the lives of 300 runs: they only change with what the team does or how its luck is drawn."""


@pytest.mark.parametrize("terms", GOLDEN, ids=" ".join)
def test_the_same_seed_gives_the_same_runs(terms: tuple[str, str]) -> None:
    told, lives = order(*terms), blake2b(digest_size=8)
    manifest = told.manifest()
    found = sample(manifest, told.behaviour, world(manifest), runs=300, seed=3)
    for one in fields(Sample):
        lives.update(np.ascontiguousarray(getattr(found, one.name), "<i8").tobytes())
    assert lives.hexdigest() == GOLDEN[terms]


def test_a_few_runs_agree() -> None:
    """4.5 standard errors: about one false alarm in three thousand times these sixty figures."""
    loop, arrays = looped(order(behaviour="weak"), 120), drawn(order(behaviour="weak"), 8_000)
    assert loop.keys() == arrays.keys()
    assert {name: apart(loop[name], arrays[name]) for name in loop if
            apart(loop[name], arrays[name]) > 4.5} == {}  # fmt: skip


def test_a_run_does_not_depend_on_how_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remit.analysis.chain.sampling.CHUNK", 64)
    monkeypatch.setattr("remit.analysis.chain.sampling.BLOCK", 16)
    told = order(behaviour="weak")
    manifest = told.manifest()
    few, many = (
        sample(manifest, told.behaviour, world(manifest), runs=runs, seed=3) for runs in (50, 150)
    )
    for one in fields(Sample):
        some, more = getattr(few, one.name), getattr(many, one.name)
        assert np.array_equal(some, more[..., :50])
    assert many.runs == 150


def test_the_same_luck_serves_two_policies() -> None:
    """What a stricter policy cannot alter, the plan and the first requirements, costs the same."""
    told = order()
    manifest = told.manifest()
    poor = replace(manifest, budgets=(None, None, 1, None), grants=0)
    rich, stopped = (
        sample(one, told.behaviour, world(manifest), runs=500, seed=9) for one in (manifest, poor)
    )
    assert (stopped.end != STAGES.index(Stage.SHIPPED)).all()
    assert stopped.over_budget.all()
    assert not rich.over_budget.any()
    assert (stopped.tokens <= rich.tokens).all()
    assert len(np.unique(rich.tokens)) > 400


@pytest.mark.parametrize(("place", "limit"), [(0, Limit.HANDOFFS), (2, Limit.TOKENS)])
def test_budgets_end_runs_as_the_ledger_has_it(place: int, limit: Limit) -> None:
    """Against the plain loop under a budget that most runs use up."""
    policy = load_policy("unattended")
    key, value = ("handoffs", 14) if limit is Limit.HANDOFFS else ("tokens", 260_000)
    limits = policy.limits.model_copy(update={key: value})
    told = replace(order("unattended", "weak"), policy=policy.model_copy(update={"limits": limits}))
    assert told.manifest().budgets[place] == value
    loop, arrays = looped(told, 80), drawn(told, 4_000)
    assert arrays[f"ended by {limit}"].mean() > 0.05
    for name in ("handoffs", "tokens", f"ended by {limit}", "ends shipped", "ends stopped"):
        assert apart(loop[name], arrays[name]) < 4.5, name


def test_wrong_orders_are_refused() -> None:
    manifest = order().manifest()
    with pytest.raises(InputError, match="runs"):
        sample(manifest, load("typical"), world(manifest), runs=0)
    alone = replace(order(), roles=(Seat.BACKEND,), mode=Mode.AUDIT).manifest()
    with pytest.raises(InputError, match="alone"):
        sample(alone, load("typical"), world(manifest), runs=10)
