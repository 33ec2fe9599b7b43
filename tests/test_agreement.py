"""Forecasts against thousands of real runs: every figure, in one table, Holm-corrected."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from remit.analysis.chain.rewards import REWARDS
from remit.analysis.chain.sampled import STAGES
from remit.analysis.chain.sampling import sample
from remit.analysis.chain.solving import solve
from remit.analysis.chain.world import world_of
from remit.graph.batch import simulation
from remit.graph.order import Order
from remit.graph.runner import Engine
from remit.state.vocabulary import ENDS, LOOPS, Limit
from tests.test_chain_sampling import BRIEF, order, values_of_course, values_of_sample

Values = dict[str, NDArray[np.float64]]
TERMS = tuple(product(("balanced", "strict", "unattended"), ("typical", "weak", "strong")))
LEVEL = 0.001
"""Chance that any of all the figures is called different though none is."""


def holm(p_values: list[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given."""
    places: list[int] = np.argsort(p_values).tolist()
    adjusted, most = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(places):
        most = max(most, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = most
    return adjusted


def p_value(some: NDArray[np.float64], more: NDArray[np.float64]) -> float:
    """That the two come from one law: Fisher's exact test of shares, Welch's t test of means."""
    if {*np.unique(some), *np.unique(more)} <= {0.0, 1.0}:
        yes, also = int(some.sum()), int(more.sum())
        table = np.array([[yes, len(some) - yes], [also, len(more) - also]])
        return float(stats.fisher_exact(table).pvalue)
    if some.var() == more.var() == 0:
        return float(some.mean() == more.mean())
    return float(stats.ttest_ind(some, more, equal_var=False).pvalue)


def lived(terms: Order, runs: int, engine: Engine, *, artifacts: bool) -> Values:
    """What real runs come to."""
    many = simulation(terms, version="t", engine=engine, artifacts=artifacts)
    rows = list[dict[str, float]]()
    for seed in range(runs):
        session = many.session(seed)
        many.work(session)
        rows.append(values_of_course(session.course))
    return {name: np.array([row[name] for row in rows], np.float64) for name in rows[0]}


def forecast(terms: Order, runs: int, *, artifacts: bool) -> Values:
    manifest = terms.manifest()
    world = world_of(BRIEF, manifest, artifacts=artifacts)
    return values_of_sample(sample(manifest, terms.behaviour, world, runs=runs, seed=5))


def agree(pairs: dict[str, tuple[Values, Values]]) -> None:
    """Prints the figures that are furthest apart, and asserts that none differs."""
    rows = [
        (f"{where}: {name}", some[name], more[name])
        for where, (some, more) in pairs.items()
        for name in some
    ]
    found = [p_value(some, more) for _, some, more in rows]
    adjusted = holm(found)
    print(f"\n{len(rows)} figures; the twenty furthest apart, with p before and after Holm:")
    furthest: list[int] = np.argsort(found, kind="stable").tolist()
    for place in furthest[:20]:
        name, some, more = rows[place]
        both = f"{some.mean():>14.4f} {more.mean():>14.4f}"
        print(f"  {name:<48} {both}  p {found[place]:.2g} {adjusted[place]:.2g}")
    assert [rows[place][0] for place, p in enumerate(adjusted) if p < LEVEL] == []


def test_holm_corrects_as_its_author_did() -> None:
    """Four hypotheses at 0.01, 0.04, 0.03, 0.005: 4 x 0.005, then 3 x 0.01, 2 x 0.03, carried."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_laws_that_differ_are_seen() -> None:
    drawn = np.random.default_rng(1)
    some, more = drawn.normal(0, 1, 2_000), drawn.normal(0.3, 1, 2_000)
    with pytest.raises(AssertionError, match="shifted"):
        agree({"one": ({"shifted": some}, {"shifted": more})})


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_five_thousand_runs_of_the_loop_are_as_forecast() -> None:
    """Three policies and three behaviours, about sixty figures each."""
    pairs = dict[str, tuple[Values, Values]]()
    for policy, behaviour in TERMS:
        terms = order(policy, behaviour)
        loop = lived(terms, 5_000, "loop", artifacts=False)
        pairs[f"{policy} {behaviour}"] = loop, forecast(terms, 200_000, artifacts=False)
    agree(pairs)


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_five_hundred_runs_of_the_graph_are_as_forecast() -> None:
    """With artifacts: what Backend runs into is asked by the guards that read its work."""
    pairs = dict[str, tuple[Values, Values]]()
    for policy, behaviour in TERMS:
        terms = order(policy, behaviour)
        graph = lived(terms, 500, "graph", artifacts=True)
        pairs[f"{policy} {behaviour}"] = graph, forecast(terms, 200_000, artifacts=True)
    agree(pairs)


CLOSED = dict.fromkeys(LOOPS, 0)
ONCE = dict.fromkeys(LOOPS, 1)
REWORKED = CLOSED | {Limit.REWORK_BACKEND: 1, Limit.REWORK_FRONTEND: 1, Limit.NO_PROGRESS: 1}
RULED = CLOSED | {Limit.ESCALATIONS: 1, Limit.HUMAN_QUESTIONS: 1}
SOLVED: tuple[tuple[str, str, dict[Limit, int], float], ...] = (
    *((*terms, CLOSED, 1e-6) for terms in TERMS),
    *((*terms, REWORKED, 1e-4) for terms in TERMS if terms[0] == "balanced"),
    # a weak team asks so often that one ruling is already too much to be solved
    *(("balanced", behaviour, RULED, 1e-4) for behaviour in ("typical", "strong")),
    *((*terms, ONCE, 1e-3) for terms in TERMS if terms[1] == "strong"),
)
"""Policy, behaviour, most that is left of each limit, and what may be missing of the solution."""


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("policy", "behaviour", "most", "tolerance"), SOLVED)
def test_a_million_drawn_runs_are_as_solved(
    policy: str, behaviour: str, most: dict[Limit, int], tolerance: float
) -> None:
    """Budgets open; 99.9 % for all figures together (Bonferroni), beside what is certified."""
    terms = order(policy, behaviour)
    plain = terms.manifest()
    left = {str(limit): min(plain.limit(limit), most[limit]) for limit in LOOPS}
    manifest = replace(plain, budgets=(None,) * 4, **left)  # type: ignore[arg-type]
    world = world_of(BRIEF, manifest)
    exact = solve(manifest, terms.behaviour, world, tolerance=tolerance)
    found = sample(manifest, terms.behaviour, world, runs=1_000_000, seed=8)
    known = {
        f"ends {end}": (exact.ends[end], exact.missing, found.end == STAGES.index(end))
        for end in ENDS
    }
    for name in REWARDS:
        known[name] = exact.used[name].mean, exact.used[name].error, getattr(found, name)
    apart = float(stats.norm.isf(LEVEL / 2 / len(known)))
    print(f"\n{exact.states:,} states; {exact.missing:.1e} missing; errors: {apart:.2f} at most")
    for name, (value, missing, drawn) in known.items():
        error, more = float(drawn.std()) / len(drawn) ** 0.5, float(drawn.mean()) - value
        print(f"  {name:<24} {value:>16.6f} {drawn.mean():>16.6f}  {more / (error or 1):.2f}")
        assert -apart * error - 1e-9 * abs(value) <= more <= apart * error + missing, name
