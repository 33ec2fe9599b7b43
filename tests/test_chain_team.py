"""The team on arrays decides as the simulated agents do, report by report."""

from collections.abc import Iterator

import numpy as np
import pytest

from remit.agents.behaviour import Behaviour, load
from remit.agents.draws import BILLION
from remit.analysis.arrays.columns import encode
from remit.analysis.chain import mind
from remit.analysis.chain.luck import Cast, Followed
from remit.analysis.chain.moves import Moves
from remit.analysis.chain.rewards import Rewards
from remit.analysis.chain.settling import settled
from remit.analysis.chain.team import Team
from remit.analysis.chain.world import world_of
from remit.graph.batch import simulation
from remit.graph.fold import take
from remit.graph.order import Order
from remit.graph.session import Session
from remit.state.brief import Brief
from remit.state.brief_text import load as load_brief
from remit.state.policy import load as load_policy
from remit.state.vocabulary import Stage
from tests.minds import mind_of

State = tuple[int, int]


def restless() -> Behaviour:
    """A weak team that asks, runs into conditions and repeats itself all the time."""
    behaviour = load("weak")
    for stage in ("contract", "contract_review", "build", "verification", "acceptance"):
        behaviour = behaviour.varied(f"question.{stage}", BILLION // 4)
    for trigger in ("new_component", "contract_drift"):
        behaviour = behaviour.varied(f"conditions.{trigger}", BILLION // 3)
    return behaviour.varied("repeat_question", BILLION // 2)


class _Chain:
    def __init__(self, order: Order) -> None:
        manifest = order.manifest()
        self.moves = Moves(manifest)
        world = world_of(order.brief, manifest, artifacts=False)
        self.team = Team(manifest, order.behaviour, world)
        self.late = Rewards(self.team).late

    def state(self, session: Session, brief: Brief) -> State:
        number = int(self.moves.number(encode([session.course.position]))[0])
        return self._seen(number, mind_of(session.course, brief))

    def _seen(self, number: int, word: int) -> State:
        """What counts: of a run that is over, which flaws are there and which are accepted."""
        if int(self.moves.known("post", np.array([number]))[0]) >= 0:
            return number, word
        digits = [word >> shift & mind.DIGITS - 1 for shift in mind.SHIFT.values()]
        stands = [one if one in (mind.ABSENT, mind.WAIVED) else mind.HIDDEN for one in digits]
        return number, sum(
            one << shift for one, shift in zip(stands, mind.SHIFT.values(), strict=True)
        )

    def outcomes(self, state: State) -> dict[State, float]:
        """Every state that the next report can lead to, with its probability."""
        cast = Cast.of(np.array([state[0]]), np.array([state[1]]))
        luck = Followed(np.ones(1), self.late)
        post = self.moves.posts[int(self.moves.known("post", cast.positions)[0])]
        self.team.decide(self.moves, cast, post, luck)
        move = self.moves.take(cast.positions, cast.words)
        target = self.moves.told("target", move)
        minds = settled(self.moves, move, target, cast.minds)
        found = dict[State, float]()
        for *pair, weight in zip(target.tolist(), minds.tolist(), luck.weights, strict=True):
            key = self._seen(pair[0], pair[1])
            found[key] = found.get(key, 0.0) + float(weight)
        return found


def _reports(session: Session) -> Iterator[None]:
    """Fold the reports of a run one at a time; yields after each."""
    while waiting := session.course.waiting():
        for one in waiting:
            session.work(one)
        for one in waiting:
            if not session.course.ended:
                take(session.course, session._said.pop(one.key))  # pyright: ignore[reportPrivateUsage]
                yield


def follow(policy: str, behaviour: Behaviour, brief: str, seeds: range) -> int:
    """Check every report of some runs; returns how many there were."""
    order = Order(brief=load_brief(brief), policy=load_policy(policy), behaviour=behaviour)
    many = simulation(order, version="t", engine="loop", artifacts=False)
    chain, count = _Chain(order), 0
    for seed in seeds:
        session = many.session(seed)
        before = chain.state(session, order.brief)
        assert before == (0, 0)
        for _ in _reports(session):
            found = chain.outcomes(before)
            assert sum(found.values()) == pytest.approx(1, abs=1e-12)
            before = chain.state(session, order.brief)
            assert before in found, (seed, session.course.step, session.course.position)
            count += 1
        assert session.course.position.stage in (
            Stage.SHIPPED, Stage.STOPPED, Stage.STOPPED_BY_POLICY,
        )  # fmt: skip
    return count


@pytest.mark.parametrize("policy", ["balanced", "strict", "unattended"])
def test_every_report_of_a_run_is_among_the_outcomes_of_the_chain(policy: str) -> None:
    brief = "clinic" if policy == "strict" else "invoicing"
    assert follow(policy, restless(), brief, range(12)) > 150


@pytest.mark.prove
@pytest.mark.parametrize("policy", ["balanced", "strict", "unattended"])
@pytest.mark.parametrize("behaviour", ["weak", "worst", "restless"])
def test_every_report_of_many_runs_is_among_the_outcomes(policy: str, behaviour: str) -> None:
    team = restless() if behaviour == "restless" else load(behaviour)
    brief = "clinic" if policy == "strict" else "invoicing"
    count = follow(policy, team, brief, range(300))
    print(f"{policy} {behaviour}: {count} reports")
