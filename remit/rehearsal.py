"""A dry run: what the models of a team would be asked and what it can cost, without asking them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType

from remit.agents.agent import Agent, Desk
from remit.agents.behaviour import load
from remit.agents.model.agent import ModelAgent
from remit.agents.model.prompt import prompt
from remit.agents.model.provider import Prompt
from remit.agents.model.who import card_text
from remit.agents.simulated import Simulated
from remit.agents.team import Team
from remit.graph.clerk import MemoryClerk
from remit.graph.fold import begin
from remit.graph.loop import run_loop
from remit.graph.order import Order
from remit.graph.runner import team_for
from remit.graph.session import Session
from remit.state.assignment import Assignment
from remit.state.inert import inert_lines
from remit.state.report import Report
from remit.state.vocabulary import ROLES, Seat


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsed:
    """One call that would be made."""

    key: str
    """`<step>/<seat>`."""
    stage: str
    model: str
    prompt: Prompt
    most_in: int
    """Tokens, one for each byte of the prompt."""
    most_out: int
    most_micros: int


@dataclass(frozen=True, slots=True)
class _Understudy:
    """Notes what a model would be asked, and has the work played."""

    agent: ModelAgent
    played: Simulated
    notes: list[Rehearsed] = field(default_factory=list[Rehearsed])

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        agent = self.agent
        asked = prompt(assignment, desk, agent.card or card_text(assignment.seat))
        tokens, micros = agent.most_of(asked)
        self.notes.append(
            Rehearsed(
                key=assignment.key, stage=str(assignment.stage), model=agent.provider.name,
                prompt=asked, most_in=tokens, most_out=agent.max_tokens, most_micros=micros,
            )
        )  # fmt: skip
        return self.played.perform(assignment, desk)


def rehearse(order: Order) -> list[Rehearsed]:
    """The calls of the straight way, where nothing is returned and nothing is asked.

    Every seat is played, commands and functions too: nobody outside is asked anything.

    Raises:
        InputError: the order could never ship, or a model has no price.
    """
    played, notes = Simulated(load("perfect")), list[Rehearsed]()
    team, manifest = team_for(order), order.manifest()
    agents: dict[Seat, Agent] = {Seat.HUMAN: played}
    for seat in ROLES:
        who = team.agents.get(seat)
        if who is not None:
            agents[seat] = (
                _Understudy(who, played, notes) if isinstance(who, ModelAgent) else played
            )
    session = Session(
        course=begin(manifest, order.subject),
        team=Team(agents=MappingProxyType(agents)),
        brief=order.brief,
        seed=order.seed,
        clerk=MemoryClerk(),
        manifest_json=manifest.to_json(),
    )
    run_loop(session)
    return notes


def told(calls: list[Rehearsed]) -> Iterator[str]:
    """Every prompt, then what the calls can cost at most, line by line."""
    for one in calls:
        yield f"=== {one.key}: {one.stage}, {one.model}"
        for text in one.prompt.texts:
            yield from inert_lines(text).split("\n") if text else ()
    yield ""
    if not calls:
        yield total(calls)
        return
    yield f"{'call':<14}{'model':<32}{'tokens in':>10}{'out':>8}{'at most':>12}"
    for one in calls:
        cost = f"${one.most_micros / 1_000_000:.4f}"
        yield f"{one.key:<14}{one.model[:31]:<32}{one.most_in:>10,}{one.most_out:>8,}{cost:>12}"
    yield f"{total(calls)}, usually far less;"
    yield "the policy's budget holds whatever happens"


def total(calls: list[Rehearsed]) -> str:
    """The most that all calls can cost, in a line."""
    if not calls:
        return "no seat of this team calls a model; nothing would be paid"
    dollars = sum(one.most_micros for one in calls) / 1_000_000
    return f"{len(calls)} calls when nothing is returned: at most ${dollars:.4f}"
