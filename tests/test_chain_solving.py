"""The chain solved: by hand where that can be done, and against its own samples."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log10
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from remit.agents.behaviour import Behaviour, load
from remit.agents.draws import BILLION
from remit.analysis.chain import solving
from remit.analysis.chain.rewards import REWARDS
from remit.analysis.chain.sampled import STAGES
from remit.analysis.chain.sampling import sample
from remit.analysis.chain.solving import Exact, TooLarge, solve
from remit.analysis.chain.world import World, world_of
from remit.graph.manifest import Manifest, compile_manifest
from remit.state.errors import InputError
from remit.state.policy import load as load_policy
from remit.state.vocabulary import LOOPS, FlawKind, Limit, Mode, Seat, Stage
from tests.desks import BRIEF

K, L, S = FlawKind, Limit, Stage
HALF = BILLION // 2


def manifest(**limits: int) -> Manifest:
    """The default policy with every loop closed but those given."""
    whole = compile_manifest(load_policy("balanced"), BRIEF)
    terms: dict[str, Any] = {**dict.fromkeys(LOOPS, 0), **limits}
    return replace(whole, **terms)


WORLD = world_of(BRIEF, manifest(), artifacts=False)


def perfect(**changes: int) -> Behaviour:
    """A perfect team but for these probabilities, in parts of a billion."""
    behaviour = load("perfect")
    for path, value in changes.items():
        behaviour = behaviour.varied(path.replace("__", "."), value)
    return behaviour


def solved(behaviour: Behaviour, world: World = WORLD, **limits: int) -> Exact:
    return solve(manifest(**limits), behaviour, world)


def test_a_flaw_that_nobody_looks_for_ships_as_often_as_it_is_made() -> None:
    """Made in half the runs, never looked for: the straight way, and half of them flawed."""
    blind = perfect(
        make__first__backend_bug=HALF,
        find__verification__qa__backend_bug=0,
        find__acceptance__cto__backend_bug=0,
    )
    found = solved(blind)
    assert found.ends[S.SHIPPED] == pytest.approx(1)
    assert found.flawless == pytest.approx(0.5)
    assert found.escaped[K.BACKEND_BUG] == pytest.approx(0.5)
    assert (found.used["handoffs"].mean, found.used["handoffs"].sd) == (12, 0)


def test_a_question_that_nobody_may_answer_ends_the_run() -> None:
    """PM asks in half the runs.

    Escalations and human questions are 0, so these end after CTO and PM: (12 + 2) / 2 handoffs on
    average, and each run is 5 away from that.
    """
    found = solved(perfect(question__requirements=HALF))
    assert found.ends[S.STOPPED_BY_POLICY] == pytest.approx(0.5)
    assert found.reached[L.ESCALATIONS] == pytest.approx(0.5)
    assert found.reached[L.HUMAN_QUESTIONS] == pytest.approx(0.5)
    assert found.used["handoffs"].mean == pytest.approx(7)
    assert found.used["handoffs"].sd == pytest.approx(5)
    assert found.visits[S.EXPERIENCE] == pytest.approx(0.5)


def test_one_round_of_rework_mends_half_of_what_it_meets() -> None:
    """A bug in half the runs, always found.

    One rework round (1 builder, 2 verifiers more) mends half of them; the rest comes back, spends
    the one step without progress, and is waived: a quarter.
    """
    found = solved(
        perfect(make__first__backend_bug=HALF, mend__backend_bug=HALF),
        rework_backend=1, no_progress=1,
    )  # fmt: skip
    assert found.accepted[K.BACKEND_BUG] == pytest.approx(0.25)
    assert found.flawless == pytest.approx(0.75)
    assert found.reached[L.REWORK_BACKEND] == pytest.approx(0.25)
    assert found.used["rework"].mean == pytest.approx(0.5)
    assert found.used["rework"].sd == pytest.approx(0.5)
    assert found.used["handoffs"].mean == pytest.approx(12 + 0.5 * 3)


def test_the_time_of_a_group_is_that_of_its_slowest() -> None:
    """Nothing varies but who is slow, so the straight way takes the sum of the slowest."""
    flat = load("perfect")
    for path, quantity in flat.values.items():
        if path.startswith("work."):
            flat = flat.varied(path, quantity.value)
    flat = flat.model_copy(
        update={
            "values": {
                path: one.model_copy(update={"spread": 0}) for path, one in flat.values.items()
            }
        }
    )
    time = {path: one.value for path, one in flat.values.items() if path.endswith("seconds")}
    groups = (
        ("cto.plan",), ("pm.design",), ("uiux.design",), ("backend.design",),
        ("frontend.review", "security.review", "qa.review"),
        ("backend.build", "frontend.build"), ("security.audit", "qa.audit"), ("cto.audit",),
    )  # fmt: skip
    straight = sum(max(time[f"work.{one}.seconds"] for one in group) for group in groups)
    used = solved(flat).used["elapsed_s"]
    assert used.mean == pytest.approx(straight)
    assert used.sd == pytest.approx(0, abs=1e-3)


LIMITS = {"contract_review": 1, "no_progress": 1}


@pytest.mark.prove
def test_samples_agree_with_the_solution() -> None:
    """Every probability and mean within five standard errors of a sample's."""
    terms, team, runs = manifest(**LIMITS), load("typical"), 20_000
    exact = solve(terms, team, WORLD, tolerance=1e-5)
    drawn = sample(terms, team, WORLD, runs=runs, seed=11)
    pairs: list[tuple[NDArray[Any], float]]
    pairs = [(drawn.end == STAGES.index(end), share) for end, share in exact.ends.items()]
    pairs += [(drawn.escaped >> place & 1, exact.escaped[kind]) for place, kind in enumerate(K)]
    pairs += [(drawn.accepted >> place & 1, exact.accepted[kind]) for place, kind in enumerate(K)]
    pairs += [(drawn.reached[place], exact.reached[limit]) for place, limit in enumerate(LOOPS)]
    pairs += [(drawn.visits[place], exact.visits[stage]) for place, stage in enumerate(STAGES)]
    pairs += [(getattr(drawn, name), exact.used[name].mean) for name in REWARDS]
    for values, expected in pairs:
        error = 5 * float(np.std(values)) / runs**0.5 + 5 * (expected / runs) ** 0.5 / runs**0.5
        assert float(np.mean(values)) == pytest.approx(expected, abs=error + 1e-4)
    for name in REWARDS:
        sd = float(np.std(getattr(drawn, name)))
        assert sd == pytest.approx(exact.used[name].sd, rel=0.03, abs=1e-9)
    assert sum(exact.ends.values()) == pytest.approx(1, abs=exact.missing)


@pytest.mark.prove
def test_what_is_dropped_is_told_and_stays_under_the_tolerance() -> None:
    fine, rough = (
        solve(manifest(**LIMITS), load("typical"), WORLD, tolerance=t) for t in (1e-6, 1e-3)
    )
    assert fine.missing <= 1e-6 < rough.missing <= 1e-3
    assert rough.states < fine.states
    for end, share in rough.ends.items():
        assert -1e-9 <= fine.ends[end] - share <= rough.missing
    for name in REWARDS:
        assert abs(fine.used[name].mean - rough.used[name].mean) <= rough.used[name].error


def test_too_large_a_chain_is_refused_with_its_size() -> None:
    whole = compile_manifest(load_policy("balanced"), BRIEF)
    with pytest.raises(TooLarge, match="sample instead") as refused:
        solve(whole, load("typical"), WORLD, tolerance=1e-3, most_states=3_000)
    assert refused.value.states > refused.value.most == 3_000
    assert pickle.loads(pickle.dumps(refused.value)).states == refused.value.states


def test_a_refusal_names_a_tolerance_that_fits() -> None:
    small = manifest(**{str(limit): 0 for limit in LOOPS})
    with pytest.raises(TooLarge) as refused:
        solve(small, load("strong"), WORLD, tolerance=1e-6, most_states=500)
    fits = refused.value.tolerance
    assert fits is not None
    assert f"allow a tolerance of {fits:g}" in str(refused.value)
    assert solve(small, load("strong"), WORLD, tolerance=fits, most_states=500).missing <= fits


@dataclass
class Remembered:
    """A pass as it once was: by decade of the least mass from 0.01 on, what was missed and taken.

    Measured of the default brief and the typical team.
    """

    least: float
    decades: Sequence[tuple[float, int]]

    @property
    def missing(self) -> float:
        return self._between(0)

    @property
    def states(self) -> int:
        return round(self._between(1))

    def _between(self, which: int) -> float:
        known = [log10(one[which]) for one in self.decades]
        return float(10 ** np.interp(-log10(self.least) - 2, range(len(known)), known))

    def run(self) -> "Remembered":
        return self

    def told(self) -> "Remembered":
        return self


ONES = ((0.8, 140), (0.57, 1_116), (0.33, 7_515), (0.15, 38_689), (0.051, 153_608),
        (0.014, 480_701), (0.003, 1_221_858))  # fmt: skip
"""Every loop limited to 1, without grants: what the first passes show looks hopeless and is not."""
BALANCED = ((0.796, 139), (0.598, 1_125))
"""The default policy; no third pass is known, so none may be asked for."""


def remember(monkeypatch: pytest.MonkeyPatch, decades: Sequence[tuple[float, int]]) -> None:
    def remembered(_moves: object, _team: object, least: float, _most: int) -> Remembered:
        assert least >= 10.0 ** -(len(decades) + 1), "a pass that was not needed"
        return Remembered(least, decades)

    monkeypatch.setattr(solving, "_Pass", remembered)


def test_what_fits_is_not_refused_by_what_the_first_passes_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remember(monkeypatch, ONES)
    found = solve(manifest(), load("typical"), WORLD, tolerance=0.01)
    assert found.missing <= 0.01
    assert found.states < solving.MOST_STATES


def test_what_is_hopeless_is_refused_after_the_first_two_passes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remember(monkeypatch, BALANCED)
    with pytest.raises(TooLarge, match=r"far more than 2,000,000 states .* sample instead, or"):
        solve(manifest(), load("typical"), WORLD)


def test_one_role_alone_is_no_chain() -> None:
    alone = compile_manifest(load_policy("balanced"), BRIEF, frozenset({Seat.BACKEND}), Mode.AUDIT)
    with pytest.raises(InputError, match="alone"):
        solve(alone, load("typical"), WORLD)
