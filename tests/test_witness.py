"""A run that shows something can be read, and played again by a script."""

import random
from dataclasses import replace

import pytest

import remit
from remit.agents.script import parse
from remit.agents.team import parse_roles
from remit.analysis.ground import Run
from remit.analysis.proof import prove
from remit.analysis.properties import judge
from remit.analysis.retelling import realisable
from remit.analysis.safety import Trace, Turn
from remit.analysis.shortest import shortest_runs
from remit.analysis.witness import WIDTH, script, visited, words
from remit.graph.advance import Router
from remit.graph.event import Event, Item, seats
from remit.graph.manifest import Manifest, compile_manifest, start
from remit.state.errors import InputError
from remit.state.policy import load
from remit.state.vocabulary import ENDS, EventKind, Seat
from tests.desks import BRIEF
from tests.runs import Setting, scripted
from tests.test_properties import SMALL
from tests.walks import random_event


def manifest(policy: str) -> Manifest:
    return compile_manifest(load(policy), BRIEF)


def play(trace: Trace, policy: str) -> None:
    """The script of a trace, run by the plain loop, goes through the same stages."""
    terms = manifest(policy)
    course = scripted(parse(script(trace, terms, BRIEF), "s"), Setting(policy=load(policy)))
    stages = [
        stage for _, stage in sorted({row.step: row.stage for row in course.handoffs}.items())
    ]
    wanted = list(visited(trace, terms))
    assert stages[: len(wanted)] == wanted
    assert not trace or trace[-1].step.position.stage not in ENDS or len(stages) == len(wanted)


@pytest.mark.prove
@pytest.mark.parametrize("policy", ["unattended", "strict", "balanced"])
def test_the_shortest_run_to_every_stage_end_and_limit_is_played_by_its_script(policy: str) -> None:
    runs = [one.trace for _, one in shortest_runs(manifest(policy)) if isinstance(one, Run)]
    assert len(runs) >= 20
    for trace in runs:
        play(trace, policy)


def real_walk(terms: Manifest, rng: random.Random) -> Trace:
    """A random run that the ledger can make: what was never ruled on does not come back."""
    table, at, trace = Router(terms), start(terms), list[Turn]()
    liking = {kind: rng.choice([0.1, 0.5, 3]) for kind in EventKind}
    while at.stage not in ENDS and len(trace) < 50:
        seat = seats(at.owed)[0]
        kinds = table.offered(at, seat)
        kind = rng.choices(kinds, [liking[one] for one in kinds])[0]
        event = random_event(rng, at, seat, kind)._replace(budget=int(rng.random() < 0.03))
        for one in (event, event._replace(repeat=0), event._replace(repeat=0, budget=0)):
            step = table.advance(at, one, seat)
            turn = Turn(before=at, seat=seat, event=one, step=step)
            if realisable((*trace, turn), terms):
                trace.append(turn)
                at = step.position
                break
        else:
            return tuple(trace)
    return tuple(trace)


@pytest.mark.parametrize(
    ("roles", "every"),
    [("uiux", 9), *(pytest.param(one, 1, marks=pytest.mark.prove)
                    for one in ("uiux", "security", "backend,qa", "pm", "cto,qa"))],
)  # fmt: skip
def test_a_run_plays_the_ways_of_a_team_in_which_a_person_stands_in(roles: str, every: int) -> None:
    proof = prove(load("balanced"), BRIEF, frozenset(parse_roles(roles)))
    with remit.open(":memory:") as record:
        for name, trace in [*proof.ways().items()][::every]:
            text = script(trace, proof.manifest, BRIEF)
            run = remit.run(BRIEF, db=record, roles=roles, script=text, engine="loop")
            steps = sorted({row.step: row.stage for row in run.handoffs}.items())
            wanted = list(visited(trace, proof.manifest))
            assert [stage for _, stage in steps][: len(wanted)] == wanted, name


@pytest.mark.parametrize("policy", ["balanced", "strict", "unattended"])
@pytest.mark.parametrize("seeds", [6, pytest.param(70, marks=[pytest.mark.prove])])
def test_random_runs_are_played_by_their_scripts(policy: str, seeds: int) -> None:
    traces = [real_walk(manifest(policy), random.Random(seed)) for seed in range(seeds)]
    # a walk whose first report nobody could give has none
    assert sum(map(bool, traces)) > seeds * 0.9
    for trace in traces:
        play(trace, policy)


def test_what_breaks_a_property_reads_as_one_line_for_each_report() -> None:
    terms = manifest("balanced")
    for seed in range(4):
        trace = real_walk(terms, random.Random(seed))
        lines = words(trace, terms)
        assert len(lines) == len(trace)
        assert all(len(line) <= WIDTH and line.isprintable() for line in lines)
        for line, turn in zip(lines, trace, strict=True):
            if turn.step.issued or turn.step.position.stage in ENDS:
                assert line.endswith(f"-> {turn.step.position.stage}")


def test_something_new_that_repeats_cannot_be_told_and_says_which() -> None:
    terms = manifest("strict")
    at = start(terms)
    event = random_event(random.Random(1), at, Seat.CTO, EventKind.QUESTION)
    event = event._replace(repeat=int(Item.QUESTION), budget=0)
    step = Router(terms).advance(at, event, Seat.CTO)
    trace = (Turn(before=at, seat=Seat.CTO, event=event, step=step),)
    assert not realisable(trace, terms)
    with pytest.raises(InputError, match="report 1: cto at plan"):
        script(trace, terms, BRIEF)


def test_a_call_that_is_not_made_is_played_and_the_same_seat_is_asked_again() -> None:
    terms = manifest("balanced")
    at, table, trace = start(terms), Router(terms), list[Turn]()
    said = [
        (Seat.CTO, Event(EventKind.QUESTION, budget=1)),
        (Seat.HUMAN, Event(EventKind.GRANT)),
        (Seat.CTO, Event(EventKind.DELIVER)),
    ]
    for seat, event in said:
        step = table.advance(at, event, seat)
        trace.append(Turn(before=at, seat=seat, event=event, step=step))
        at = step.position
    assert "cto: {stage: plan, event: too_dear}" in script(tuple(trace), terms, BRIEF)
    play(tuple(trace), "balanced")
    assert "the call does not fit what is left of the budget" in words(trace, terms, None)[0]
    free = replace(terms, budgets=(120, None, None, None))
    with pytest.raises(InputError, match="neither dollars nor tokens are limited"):
        script(tuple(trace), free, BRIEF)


def test_a_brief_that_makes_backend_ask_is_named() -> None:
    """Code asks where the inputs are missing, whatever a script says."""
    terms = manifest("balanced")
    undecided = BRIEF.model_copy(update={"delivery_mode": "scale", "tenancy": None})
    with pytest.raises(InputError, match="with this brief the run goes another way"):
        script(_smooth(terms), terms, undecided)


SMOOTH = (EventKind.DELIVER, EventKind.ACCEPT)


def _smooth(terms: Manifest) -> Trace:
    table, at, trace = Router(terms), start(terms), list[Turn]()
    while at.stage not in ENDS:
        seat = seats(at.owed)[0]
        kind = next(one for one in table.offered(at, seat) if one in SMOOTH)
        event = random_event(random.Random(0), at, seat, kind)._replace(budget=0)
        step = table.advance(at, event, seat)
        trace.append(Turn(before=at, seat=seat, event=event, step=step))
        at = step.position
    return tuple(trace)


def test_the_witness_of_an_endless_circle_is_no_secret() -> None:
    terms = replace(SMALL, rework_backend=-1)
    verdict = judge(terms)[0]
    assert verdict.witness is not None
    assert len(words(verdict.witness, terms)) == len(verdict.witness)
