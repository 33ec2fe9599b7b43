"""The chain written out: solved by others, it comes to what `solve` finds."""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remit.agents.behaviour import Behaviour, load
from remit.agents.draws import BILLION
from remit.analysis.arrays.columns import Mask
from remit.analysis.chain.keys import Keys
from remit.analysis.chain.mind import Words
from remit.analysis.chain.rewards import REWARDS
from remit.analysis.chain.solving import (
    MOST_STATES,
    Exact,
    Mass,
    TooLarge,
    _Pass,  # pyright: ignore[reportPrivateUsage]
    solve,
    unbudgeted,
)
from remit.analysis.chain.world import World, world_of
from remit.analysis.chain.written import (
    DROPPED,
    _Writer,  # pyright: ignore[reportPrivateUsage]
    written,
)
from remit.analysis.prism import Listing, drn, prism
from remit.graph.manifest import Manifest, compile_manifest
from remit.state.errors import InputError
from remit.state.policy import load as load_policy
from remit.state.vocabulary import ENDS, LOOPS, FlawKind, Mode, Seat
from tests.desks import BRIEF
from tests.test_prism import NO_JUDGE

Case = tuple[Manifest, Behaviour, World]


def case(
    behaviour: str = "perfect", chances: dict[str, float] | None = None, **limits: int
) -> Case:
    """The default policy with every loop closed but those given, and a team that was varied."""
    terms: dict[str, Any] = {**dict.fromkeys(LOOPS, 0), **limits}
    policy = load_policy("balanced")
    told = {limit: terms.get(limit, value) for limit, value in policy.limits}
    manifest = compile_manifest(
        policy.model_copy(update={"limits": policy.limits.model_copy(update=told)}), BRIEF
    )
    team = load(behaviour)
    for path, chance in (chances or {}).items():
        team = team.varied(path, int(chance * BILLION))
    return manifest, team, world_of(BRIEF, manifest, artifacts=False)


LOOPING = case(
    chances={
        "make.first.backend_bug": 0.4, "make.again.backend_bug": 0.2, "mend.backend_bug": 0.7,
        "find.verification.qa.backend_bug": 0.5, "find.acceptance.cto.backend_bug": 0.3,
        "question.requirements": 0.3, "repeat_question": 0.5, "human.silence": 0.25,
    },
    rework_backend=2, no_progress=1, escalations=2, human_questions=1,
)  # fmt: skip


@cache
def whole() -> Listing:
    return written(*LOOPING)


@cache
def exact() -> Exact:
    return solve(*LOOPING)


def by_equations(listing: Listing, label: str) -> float:
    """The probability of ending where a label holds, from the linear equations of the chain."""
    holds = listing.labels[label]
    steps = np.zeros((listing.size, listing.size))
    steps[listing.source, listing.target] = listing.probability
    stays = np.diag(steps) == 1
    steps[stays] = 0
    return float(np.linalg.solve(np.eye(listing.size) - steps, holds.astype(float))[0])


def earned(listing: Listing, name: str) -> float:
    """What a run earns on average, from the linear equations."""
    steps = np.zeros((listing.size, listing.size))
    steps[listing.source, listing.target] = listing.probability
    steps[np.diag(steps) == 1] = 0
    return float(np.linalg.solve(np.eye(listing.size) - steps, listing.rewards[name])[0])


def test_every_state_goes_somewhere_for_certain() -> None:
    listing = whole()
    sums = np.bincount(listing.source, listing.probability, listing.size)
    assert sums == pytest.approx(np.ones(listing.size), abs=1e-12)
    assert (np.diff(listing.source) >= 0).all()
    assert not listing.labels[DROPPED].any()


def test_its_linear_equations_give_what_was_solved() -> None:
    listing, solved = whole(), exact()
    for end in ENDS:
        assert by_equations(listing, str(end)) == pytest.approx(solved.ends[end], abs=2e-6)
    assert by_equations(listing, "flawless") == pytest.approx(solved.flawless, abs=2e-6)
    bug = FlawKind.BACKEND_BUG
    assert 0.01 < solved.escaped[bug] < 0.4
    assert by_equations(listing, f"escaped_{bug}") == pytest.approx(solved.escaped[bug], abs=2e-6)
    for name in REWARDS:
        assert earned(listing, name) == pytest.approx(solved.used[name].mean, rel=1e-4), name


def test_what_is_not_followed_is_an_end_of_its_own() -> None:
    part = written(*LOOPING, least=1e-3)
    lost = by_equations(part, DROPPED)
    assert part.size < whole().size
    assert 0 < lost < 0.1
    shipped = by_equations(whole(), "shipped")
    assert shipped - lost <= by_equations(part, "shipped") <= shipped


def test_too_many_states_are_refused() -> None:
    with pytest.raises(TooLarge, match="more than 10 states would be needed"):
        written(*LOOPING, most_states=10)


def test_one_role_alone_is_no_chain() -> None:
    alone = compile_manifest(
        load_policy("balanced"), BRIEF, frozenset({Seat.BACKEND}), solo_mode=Mode.AUDIT
    )
    with pytest.raises(InputError, match="--mode"):
        written(alone, load("perfect"), LOOPING[2])


def judged(listing: Listing, language: Any, folder: Path) -> Any:
    """Asks Storm about a chain."""
    stormpy: Any = pytest.importorskip("stormpy", reason=NO_JUDGE)
    environments: Any = import_module("stormpy.environments")
    file = folder / "chain"
    file.write_text("\n".join(language(listing)) + "\n")
    if language is prism:
        model = stormpy.build_model(stormpy.parse_prism_program(str(file)))
    else:
        model = stormpy.build_model_from_drn(str(file))

    def ask(query: str) -> float:
        asked, environment = stormpy.parse_properties(query)[0], environments.Environment()
        found = stormpy.model_checking(model, asked, environment=environment)
        return float(found.get_value(model.initial_states[0]))

    return ask


def agrees(ask: Any, listing: Listing, solved: Exact, lost: float) -> None:
    """Storm finds the same probabilities and the same means, but for what was dropped."""
    ended = " | ".join(
        f'"{name}"' for name in (*sorted(ENDS), DROPPED) if listing.labels[name].any()
    )
    names = {**{str(end): solved.ends[end] for end in ENDS}, "flawless": solved.flawless}
    names |= {f"escaped_{kind}": chance for kind, chance in solved.escaped.items()}
    for name, chance in names.items():
        there = listing.labels[name].any()
        found = ask(f'P=? [F "{name}"]') if there else 0.0
        assert found == pytest.approx(chance, abs=1e-7 + lost), name
    for name in REWARDS:
        mean, error = solved.used[name].mean, solved.used[name].error
        found = ask(f'R{{"{name}"}}=? [F ({ended})]')
        assert found == pytest.approx(mean, rel=1e-6, abs=error), name
        print(f"{name:<12} Storm {found:>16.6f}  solved {mean:>16.6f}")


@pytest.mark.parametrize("language", [prism, drn])
def test_storm_finds_the_same(language: Any, tmp_path: Path) -> None:
    ask = judged(whole(), language, tmp_path)
    agrees(ask, whole(), exact(), exact().missing)


@pytest.mark.prove
@pytest.mark.parametrize(
    "terms",
    [
        case("typical", escalations=1),
        case("weak", {"find.again": 1.0}, rework_backend=1, contract_review=1),
    ],
    ids=["typical, one escalation", "weak, one rework"],
)
def test_storm_finds_the_same_of_larger_chains(terms: Case, tmp_path: Path) -> None:
    solved = solve(*terms, tolerance=1e-8)
    listing = written(*terms, least=solved.least)
    print(f"{listing.size:,} states, {len(listing.source):,} ways; dropped {solved.missing:.1e}")
    agrees(judged(listing, drn, tmp_path), listing, solved, solved.missing)


ALONE = {
    "a gap in the requirements": ("make.first.requirement_gap", "make.again.requirement_gap"),
    "a gap in the contract": ("make.first.contract_gap", "make.again.contract_gap"),
    "a security flaw": ("make.first.security_flaw", "make.again.security_flaw"),
    "bugs of both builders": (
        "make.first.backend_bug", "make.again.backend_bug",
        "make.first.frontend_bug", "make.again.frontend_bug",
    ),
    "what Backend runs into": ("conditions.",),
    "questions of all roles": ("question.", "agent_failed"),
}  # fmt: skip
"""By what can happen, the values of the typical team that stay as they are; others of making,
asking and running into something are 0."""


def alone(*kept: str) -> Case:
    """The default policy, its limits as they are, and a team that only some things happen to."""
    policy, team = load_policy("balanced"), load("typical")
    for path in team.values:
        happens = path.startswith(("make.", "conditions.", "question.", "agent_failed"))
        if happens and not path.startswith(kept):
            team = team.varied(path, 0)
    manifest = compile_manifest(policy, BRIEF)
    return manifest, team, world_of(BRIEF, manifest, artifacts=False)


@pytest.mark.prove
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kept", ALONE.values(), ids=ALONE)
def test_storm_finds_the_same_of_the_default_policy(kept: tuple[str, ...], tmp_path: Path) -> None:
    """One thing at a time: all together are too many states for anybody (decision 0013).

    Its limits are those that are shipped, and every kind of flaw, condition and question is judged
    once, with all that authorities, deadlines and rework make of it. What only happens where two
    of them meet is judged with small limits above, and by drawn runs against the plain loop.
    """
    terms = alone(*kept)
    solved = solve(*terms, tolerance=1e-7)
    listing = written(*terms, least=solved.least)
    print(f"{listing.size:,} states, {len(listing.source):,} ways; dropped {solved.missing:.1e}")
    agrees(judged(listing, drn, tmp_path), listing, solved, solved.missing)


class _Along(_Pass):
    """A pass that follows the states that a writer followed, however little mass they have."""

    def __init__(self, writer: _Writer) -> None:
        super().__init__(writer.moves, writer.team, 0.0, MOST_STATES)
        pairs = zip(writer.numbers, writer.followed.tolist(), strict=True)
        self._known = {pair for pair, followed in pairs if followed}
        self.lost: Mass = np.zeros(self.ends.shape[1])
        """What travelled to the states that are not followed."""

    def _dropped(self, positions: Keys, minds: Words, mass: Mass) -> Mask:
        pairs = zip(positions.tolist(), minds.tolist(), strict=True)
        found = np.array([pair not in self._known for pair in pairs], np.bool_)
        self.lost += mass[found].sum(0)
        return found


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_storm_finds_the_same_of_the_whole_default_policy_as_far_as_it_is_followed(
    tmp_path: Path,
) -> None:
    """Everything at once: the shipped limits, and every flaw, condition and question typical.

    The whole chain is too large for anybody (decision 0013), so it is cut: 21,579 states that get a
    mass of 3e-5 or more are followed, and each way out of them ends in a state of its own. Of this
    very chain, 97,338 states in all, Storm and the pass of `solve` find each probability, each mean
    and the mass that leaves it (a third) equal to 1e-9.

    It shows that on the default policy the pass does what the chain says: its order of states,
    merging and rewards that travel with the mass. It does not show what the third that is cut off
    comes to, nor that states and chances are right: both sides have them from one writer. `solve`
    itself cuts by the mass at hand when a state is taken, which no set of states can say exactly.
    """
    manifest = compile_manifest(load_policy("balanced"), BRIEF)
    world = world_of(BRIEF, manifest, artifacts=False)
    writer = _Writer(unbudgeted(manifest), load("typical"), world, MOST_STATES)
    listing = writer.write(3e-5)
    along = _Along(writer)
    along.run()
    found, ask = along.told(), judged(listing, drn, tmp_path)
    chances = {str(end): chance for end, chance in found.ends.items()}
    chances |= {"flawless": found.flawless, DROPPED: float(along.lost[0])}
    chances |= {f"escaped_{kind}": chance for kind, chance in found.escaped.items()}
    chances = {name: chance for name, chance in chances.items() if listing.labels[name].any()}
    assert chances.keys() >= {"shipped", "stopped", "stopped_by_policy", DROPPED}
    for name, chance in chances.items():
        assert ask(f'P=? [F "{name}"]') == pytest.approx(chance, abs=1e-9), name
    assert sum(found.ends.values()) + chances[DROPPED] == pytest.approx(1, abs=1e-9)
    ended = " | ".join(f'"{end}"' for end in (*sorted(ENDS), DROPPED) if str(end) in chances)
    for place, name in enumerate(REWARDS, 1 + len(LOOPS)):
        mean = float(along.ends[:, place].sum() + along.lost[place])
        assert ask(f'R{{"{name}"}}=? [F ({ended})]') == pytest.approx(mean, rel=1e-9), name
    print(f"{listing.size:,} states; dropped {chances[DROPPED]:.3f}")
