"""The simulated team: the same answers everywhere, nothing invented, nothing outside the offer."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.agents.artifacts import finding_for
from remit.agents.authority import EVENTS
from remit.agents.behaviour import load, shipped
from remit.agents.draws import BILLION
from remit.agents.quantities import CONDITIONS, RULINGS
from remit.agents.simulated import Simulated
from remit.agents.triggers import Facts, guarded
from remit.state.assignment import Assignment, Input
from remit.state.canonical import digest
from remit.state.report import Flaw, Question, Report
from remit.state.vocabulary import (
    EventKind,
    FlawKind,
    FlawState,
    MatterKind,
    Mode,
    Seat,
    Stage,
    Target,
    Trigger,
)
from tests.desks import MADE_AT, WORK, all_flaws, desk, put, task

K, E = FlawKind, EventKind
PLACES = [(stage, seat) for stage, seat, _, _ in WORK]
TEAMS = {name: Simulated(load(name), artifacts=False) for name in shipped()}
FLAWS = st.fixed_dictionaries(
    {},
    optional={
        kind: st.builds(
            Flaw,
            state=st.sampled_from(FlawState),
            made_at=st.sampled_from(stages),
            site=st.integers(0, 2**31 - 1),
        )
        for kind, stages in MADE_AT.items()
    },
)


def team(**changes: float) -> Simulated:
    """A perfect team, but for these chances (`__` stands for a dot)."""
    behaviour = load("perfect")
    for path, chance in changes.items():
        behaviour = behaviour.varied(path.replace("__", "."), round(chance * BILLION))
    return Simulated(behaviour, artifacts=False)


def within(hits: int, trials: int, percent: int) -> bool:
    """Within five standard deviations of the binomial mean."""
    return (hits * 100 - trials * percent) ** 2 <= 25 * trials * percent * (100 - percent)


@given(
    st.sampled_from(shipped()),
    st.sampled_from(PLACES),
    FLAWS,
    st.integers(0, 2**63),
    st.integers(1, 500),
    st.sets(st.sampled_from([E.CHANGE, E.QUESTION, E.REWORK])),
    st.booleans(),
)
def test_an_answer_is_always_on_offer_and_valid(
    name: str,
    place: tuple[Stage, Seat],
    flaws: dict[FlawKind, Flaw],
    seed: int,
    step: int,
    without: set[EventKind],
    human: bool,
) -> None:
    one = task(*place, step=step, without=tuple(without), occupant=Seat.HUMAN if human else None)
    report = TEAMS[name].perform(one, desk(flaws, seed=seed))
    assert report.event in one.events
    assert Report.model_validate(report.model_dump()) == report
    assert report == TEAMS[name].perform(one, desk(flaws, seed=seed))
    if report.event is E.REWORK:
        assert report.findings
    if report.event is E.CHANGE:
        assert report.requests
    if report.event is E.QUESTION:
        assert report.questions


@given(st.sampled_from(shipped()), st.sampled_from(PLACES), FLAWS, st.integers(0, 2**63))
def test_nobody_invents_a_flaw(
    name: str, place: tuple[Stage, Seat], flaws: dict[FlawKind, Flaw], seed: int
) -> None:
    """Every finding and request is of a flaw that is there and that nobody has accepted."""
    one = task(*place)
    report = TEAMS[name].perform(one, desk(flaws, seed=seed))
    named = {kind for kind, flaw in report.flaws.items() if flaw.state is FlawState.REPORTED}
    assert len(report.findings) + len(report.requests) == len(named)
    for kind in named:
        assert flaws[kind].state in (FlawState.HIDDEN, FlawState.REPORTED)
    there = {finding_for(desk().brief, kind, flaws[kind]).fingerprint for kind in named}
    assert {finding.fingerprint for finding in report.findings} <= there


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("state", [FlawState.ABSENT, FlawState.WAIVED])
def test_what_is_gone_or_accepted_is_not_found_by_anybody(
    place: tuple[Stage, Seat], state: FlawState
) -> None:
    report = TEAMS["perfect"].perform(task(*place), desk(all_flaws(state)))
    assert (report.findings, report.requests) == ((), ())
    assert report.event in (E.DELIVER, E.ACCEPT)


@pytest.mark.parametrize("place", PLACES)
def test_a_perfect_team_takes_the_shortest_path(place: tuple[Stage, Seat]) -> None:
    for seed in range(50):
        report = TEAMS["perfect"].perform(task(*place), desk(seed=seed))
        assert report.event in (E.DELIVER, E.ACCEPT)
        assert not report.flaws


@pytest.mark.parametrize(
    ("place", "kind", "event", "owner"),
    [
        ((Stage.EXPERIENCE, Seat.UIUX), K.REQUIREMENT_GAP, E.REWORK, Seat.PM),
        ((Stage.CONTRACT_REVIEW, Seat.FRONTEND), K.CONTRACT_GAP, E.REWORK, Seat.BACKEND),
        ((Stage.CONTRACT_REVIEW, Seat.QA), K.CONTRACT_GAP, E.REWORK, Seat.BACKEND),
        ((Stage.CONTRACT_REVIEW, Seat.SECURITY), K.SECURITY_FLAW, E.REWORK, Seat.BACKEND),
        ((Stage.VERIFICATION, Seat.QA), K.BACKEND_BUG, E.REWORK, Seat.BACKEND),
        ((Stage.VERIFICATION, Seat.QA), K.FRONTEND_BUG, E.REWORK, Seat.FRONTEND),
        ((Stage.ACCEPTANCE, Seat.CTO), K.BACKEND_BUG, E.REWORK, Seat.BACKEND),
        ((Stage.BUILD, Seat.FRONTEND), K.CONTRACT_GAP, E.CHANGE, Target.CONTRACT),
        ((Stage.VERIFICATION, Seat.QA), K.CONTRACT_GAP, E.CHANGE, Target.CONTRACT),
        ((Stage.VERIFICATION, Seat.QA), K.REQUIREMENT_GAP, E.CHANGE, Target.SCOPE),
        ((Stage.VERIFICATION, Seat.SECURITY), K.SECURITY_FLAW, E.CHANGE, Target.CONTRACT),
        ((Stage.ACCEPTANCE, Seat.CTO), K.REQUIREMENT_GAP, E.CHANGE, Target.SCOPE),
    ],
)
def test_a_flaw_is_named_as_the_table_says(
    place: tuple[Stage, Seat], kind: FlawKind, event: EventKind, owner: Seat | Target
) -> None:
    report = TEAMS["perfect"].perform(task(*place), desk({kind: all_flaws(FlawState.HIDDEN)[kind]}))
    assert report.event is event
    assert report.flaws[kind].state is FlawState.REPORTED
    assert [
        *(one.owner for one in report.findings),
        *(one.target for one in report.requests),
    ] == [owner]


def test_findings_and_requests_travel_in_one_report() -> None:
    """Question > change > rework; nothing of lower precedence is dropped."""
    one, eager = task(Stage.VERIFICATION, Seat.QA), team(question__verification=1)
    report = eager.perform(one, desk(all_flaws(FlawState.HIDDEN)))
    assert report.event is E.QUESTION
    assert len(report.findings) == 2
    assert {request.target for request in report.requests} == {Target.CONTRACT, Target.SCOPE}


def test_a_gap_that_nobody_may_ask_for_is_noted_and_holds_nothing_up() -> None:
    """Frozen or settled: the event follows the rest of the report."""
    one = task(Stage.VERIFICATION, Seat.QA, without=(E.CHANGE,))
    flaws = all_flaws(FlawState.HIDDEN)
    gaps = {kind: flaws[kind] for kind in (K.CONTRACT_GAP, K.REQUIREMENT_GAP)}
    report = TEAMS["perfect"].perform(one, desk(gaps))
    assert report.event is E.ACCEPT
    assert len(report.requests) == 2
    assert TEAMS["perfect"].perform(one, desk(flaws)).event is E.REWORK


def test_a_security_flaw_is_never_merely_noted() -> None:
    """Safety property 10: only the human may let it pass, so it stays a finding."""
    one = task(Stage.VERIFICATION, Seat.SECURITY, without=(E.CHANGE,))
    report = TEAMS["perfect"].perform(one, desk(all_flaws(FlawState.HIDDEN)))
    assert report.event is E.REWORK
    assert report.findings
    assert not report.requests


def test_making_is_honest_about_its_probability() -> None:
    maker, trials = team(make__first__backend_bug=0.3), 4_000
    one = task(Stage.BUILD, Seat.BACKEND)
    made = [maker.perform(one, desk(seed=seed)).flaws for seed in range(trials)]
    assert within(sum(K.BACKEND_BUG in flaws for flaws in made), trials, 30)
    assert all(set(flaws) <= {K.BACKEND_BUG} for flaws in made)


def test_finding_is_honest_about_its_probability() -> None:
    finder, trials = team(find__verification__qa__backend_bug=0.4), 4_000
    one = task(Stage.VERIFICATION, Seat.QA)
    hidden = {K.BACKEND_BUG: all_flaws(FlawState.HIDDEN)[K.BACKEND_BUG]}
    found = sum(bool(finder.perform(one, desk(hidden, seed=s)).findings) for s in range(trials))
    assert within(found, trials, 40)


def test_what_is_known_is_found_again_with_its_own_probability() -> None:
    finder, trials = team(find__again=0.7, find__verification__qa__backend_bug=0), 4_000
    one = task(Stage.VERIFICATION, Seat.QA)
    known = {K.BACKEND_BUG: all_flaws(FlawState.REPORTED)[K.BACKEND_BUG]}
    found = sum(bool(finder.perform(one, desk(known, seed=s)).findings) for s in range(trials))
    assert within(found, trials, 70)


def test_mending_is_honest_about_its_probability_and_keeps_the_rest() -> None:
    mender, trials = team(mend__backend_bug=0.6), 4_000
    one = task(Stage.BUILD, Seat.BACKEND)
    flaws = {
        **all_flaws(FlawState.HIDDEN),
        K.BACKEND_BUG: all_flaws(FlawState.REPORTED)[K.BACKEND_BUG],
    }
    after = [mender.perform(one, desk(flaws, seed=seed)).flaws for seed in range(trials)]
    assert within(sum(K.BACKEND_BUG in one for one in after), trials, 60)
    assert all(one[K.BACKEND_BUG].state is FlawState.ABSENT for one in after if one)
    assert all(set(one) <= {K.BACKEND_BUG} for one in after)


def test_rework_has_its_own_chance_of_a_new_flaw() -> None:
    maker = team(make__again__backend_bug=1, make__first__backend_bug=0)
    one = task(Stage.BUILD, Seat.BACKEND)
    built = Flaw(state=FlawState.REPORTED, made_at=Stage.BUILD, site=4)
    assert K.BACKEND_BUG not in maker.perform(one, desk()).flaws
    assert K.BACKEND_BUG in maker.perform(one, desk({K.SECURITY_FLAW: built})).flaws


def test_a_role_that_asks_delivers_nothing() -> None:
    asker = team(question__build=1, make__first__backend_bug=1, make__first__frontend_bug=1)
    for seat in (Seat.BACKEND, Seat.FRONTEND):
        report = asker.perform(task(Stage.BUILD, seat), desk())
        assert report.event is E.QUESTION
        assert not report.flaws


def test_a_builder_who_asks_for_a_change_has_not_built() -> None:
    maker = team(make__first__frontend_bug=1)
    gap = {K.CONTRACT_GAP: all_flaws(FlawState.HIDDEN)[K.CONTRACT_GAP]}
    report = maker.perform(task(Stage.BUILD, Seat.FRONTEND), desk(gap))
    assert report.event is E.CHANGE
    assert set(report.flaws) == {K.CONTRACT_GAP}


def test_only_what_was_answered_just_now_is_asked_once_more() -> None:
    """BE-ESC-7: the same question again is no progress."""
    new, same = team(question__build=1), team(question__build=1, repeat_question=1)
    first = same.perform(task(Stage.BUILD, Seat.BACKEND, step=1), desk()).questions
    for asker, answered, repeats in (
        (same, first, True), (new, first, False), (same, (), False),
        (same, (Question(text="frontend needs a decision at build in step 1"),), False),
        (same, (first[0].model_copy(update={"trigger": Trigger.AGENT_FAILED}),), False),
    ):  # fmt: skip
        one = task(Stage.BUILD, Seat.BACKEND, step=3)
        asked = asker.perform(one, desk(answered=answered)).questions
        assert (asked == first) is repeats


def test_invalid_output_becomes_the_machines_question() -> None:
    report = team(agent_failed=1).perform(task(Stage.BUILD, Seat.BACKEND), desk())
    assert report.event is E.QUESTION
    assert report.questions[0].trigger is Trigger.AGENT_FAILED


@pytest.mark.parametrize("trigger", CONDITIONS)
def test_a_condition_stands_in_the_artifacts_and_the_guards_ask(trigger: Trigger) -> None:
    """BE-ESC-1, 2, 4, 5: conditions, never labels; and the same question without artifacts."""
    changes = {f"conditions__{trigger}": 1.0, "make__first__backend_bug": 1.0}
    bare = team(**changes)
    full = Simulated(bare.behaviour)
    drafted = full.perform(task(Stage.CONTRACT, Seat.BACKEND), desk()).artifacts
    contract = next(one.content for one in drafted if one.name == "contract")
    facts = Facts(frozen_contract=contract, implementation_started=True)
    for stage in CONDITIONS[trigger]:
        one = task(stage, Seat.BACKEND)
        report = full.perform(one, desk())
        assert report.event is E.DELIVER
        assert not report.questions
        asked = [q for q in guarded(desk().brief, facts, report).questions if q.trigger is trigger]
        assert len(asked) == 1
        alone = bare.perform(one, desk())
        assert alone.event is E.QUESTION
        assert [question.trigger for question in alone.questions] == [trigger]
        assert report.flaws == alone.flaws == {}


@pytest.mark.parametrize("trigger", CONDITIONS)
def test_a_condition_that_was_ruled_on_is_worked_with(trigger: Trigger) -> None:
    worker = team(**{f"conditions__{trigger}": 1.0, "make__first__backend_bug": 1.0})
    place = desk(ruled_on=frozenset({trigger}))
    report = worker.perform(task(Stage.BUILD, Seat.BACKEND), place)
    assert report.event is E.DELIVER
    assert K.BACKEND_BUG in report.flaws


@given(st.sampled_from(shipped()), st.sampled_from(PLACES), FLAWS, st.integers(0, 10**6))
def test_drafting_changes_nothing_but_the_artifacts(
    name: str, place: tuple[Stage, Seat], flaws: dict[FlawKind, Flaw], seed: int
) -> None:
    """Runs without artifacts have the rows of runs with them; conditions are the guards' affair."""
    one, settled = task(*place), frozenset(CONDITIONS)
    bare = TEAMS[name].perform(one, desk(flaws, seed=seed, ruled_on=settled))
    full = Simulated(load(name)).perform(one, desk(flaws, seed=seed, ruled_on=settled))
    assert full.artifacts or full.event is E.QUESTION
    assert full.model_copy(update={"artifacts": ()}) == bare


_EVENTS = tuple(dict.fromkeys(EVENTS.values()))


@given(
    st.sampled_from(shipped()),
    st.sampled_from((Seat.CTO, Seat.HUMAN)),
    st.sampled_from([kind for kind in MatterKind if kind is not MatterKind.NONE]),
    st.sets(st.sampled_from(_EVENTS), min_size=1),
    st.integers(0, 2**63),
)
def test_an_authority_answers_what_the_matter_offers(
    name: str, seat: Seat, kind: MatterKind, options: set[EventKind], seed: int
) -> None:
    offered = tuple(event for event in _EVENTS if event in options)
    report = TEAMS[name].perform(put(kind, offered, seat=seat), desk(seed=seed))
    silent = seat is Seat.HUMAN and report.event is E.SILENCE
    assert report.event in offered or silent
    assert report.ruling is not None
    assert Report.model_validate(report.model_dump()) == report


def test_weights_are_shared_out_among_what_is_on_offer() -> None:
    one = put(MatterKind.LIMIT, (E.GRANT, E.WAIVE, E.STOP))
    trials = 4_000
    said = [TEAMS["typical"].perform(one, desk(seed=seed)).event for seed in range(trials)]
    assert set(said) == {E.GRANT, E.WAIVE}
    assert within(said.count(E.GRANT), trials, 53)


@pytest.mark.parametrize(("word", "event"), [("approve", E.APPROVE), ("amend", E.ANSWER)])
def test_a_question_is_approved_amended_or_rejected(word: str, event: EventKind) -> None:
    """BE-ESC-7: the answer says which of them it is."""
    behaviour = load("perfect")
    for other in RULINGS[Seat.CTO]["question"]:
        behaviour = behaviour.varied(f"cto.question.{other}", int(other == word))
    one = put(MatterKind.QUESTION, (E.ANSWER, E.APPROVE, E.REJECT, E.REFER))
    report = Simulated(behaviour).perform(one, desk())
    assert report.event is event
    assert report.ruling
    assert report.ruling.decision == word


def test_an_approval_names_every_target_that_was_asked() -> None:
    both = (Target.CONTRACT, Target.SCOPE)
    one = put(MatterKind.RULING, (E.APPROVE, E.REJECT), targets=both)
    report = TEAMS["perfect"].perform(one, desk())
    assert report.ruling
    assert report.ruling.approved == both


def test_a_silent_human_takes_the_whole_deadline() -> None:
    silent = team(human__silence=1)
    one = put(MatterKind.QUESTION, (E.ANSWER, E.APPROVE), seat=Seat.HUMAN)
    report = silent.perform(one, desk(manifest={"deadline_s": 7_200}))
    assert (report.event, report.duration_s) == (E.SILENCE, 7_200)
    assert report.cost_micros == 0


def test_a_human_who_is_too_late_has_not_answered() -> None:
    one = put(MatterKind.QUESTION, (E.ANSWER, E.APPROVE), seat=Seat.HUMAN)
    late = TEAMS["perfect"].perform(one, desk(manifest={"deadline_s": 60}))
    assert (late.event, late.duration_s) == (E.SILENCE, 60)
    assert TEAMS["perfect"].perform(one, desk()).event is E.APPROVE


def test_the_human_who_stands_in_works_like_the_role_but_slower_and_unpaid() -> None:
    flaws = {K.BACKEND_BUG: all_flaws(FlawState.HIDDEN)[K.BACKEND_BUG]}
    role = TEAMS["perfect"].perform(task(Stage.VERIFICATION, Seat.QA), desk(flaws))
    person = TEAMS["perfect"].perform(
        task(Stage.VERIFICATION, Seat.QA, occupant=Seat.HUMAN), desk(flaws)
    )
    assert (person.event, person.findings) == (role.event, role.findings)
    assert person.tokens_in == person.tokens_out == person.cost_micros == 0
    assert role.cost_micros > 0
    assert person.duration_s > role.duration_s


def solo(mode: Mode, inputs: tuple[Input, ...] = (), rulings: tuple[str, ...] = ()) -> Assignment:
    one = task(Stage.BUILD, Seat.BACKEND, rulings=rulings)
    events = (
        (E.DELIVER, E.QUESTION)
        if mode in (Mode.DESIGN, Mode.BUILD)
        else (E.ACCEPT, E.REWORK, E.QUESTION)
    )
    return replace(one, stage=Stage.SOLO, mode=mode, inputs=inputs, events=events)


@pytest.mark.parametrize("flawed", [False, True])
def test_backend_alone_audits_a_subject_by_the_standards(flawed: bool) -> None:
    """BE-MODE-4: an audit of real work ends in one verdict, from what the documents say."""
    flaws = all_flaws(FlawState.HIDDEN) if flawed else {}
    maker = Simulated(load("perfect"))
    made = maker.perform(task(Stage.CONTRACT, Seat.BACKEND), desk(flaws)).artifacts
    made += maker.perform(task(Stage.BUILD, Seat.BACKEND), desk(flaws)).artifacts
    contents = {one.name: one.content for one in made}
    inputs = tuple(
        Input(owner=Seat.BACKEND, artifact=name, revision=1, hash=digest(name)) for name in contents
    )

    def read(one: Input) -> dict[str, Any]:
        return contents[one.artifact]

    place = replace(desk(), read=read)
    report = maker.perform(solo(Mode.AUDIT, inputs), place)
    assert report.event is (E.REWORK if flawed else E.ACCEPT)
    assert bool(report.findings) is flawed


def test_an_audit_of_nothing_is_a_question_and_only_once() -> None:
    """BE-IN-0: what is missing is asked for, not assumed."""
    report = TEAMS["perfect"].perform(solo(Mode.AUDIT), desk())
    assert report.event is E.QUESTION
    assert report.questions[0].trigger is Trigger.MISSING_INPUT
    ruled = (f"m2 ({report.questions[0].text}): human says approve",)
    assert TEAMS["perfect"].perform(solo(Mode.AUDIT, rulings=ruled), desk()).event is E.ACCEPT


@pytest.mark.parametrize("hash_seed", ["0", "77"])
def test_another_process_reports_the_same(hash_seed: str) -> None:
    code = "from tests.test_simulated import fingerprint; print(fingerprint())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == fingerprint()


def fingerprint() -> str:
    """One hash over many reports, artifacts and all."""
    texts = [
        Simulated(load(name))
        .perform(task(*place, step=step), desk(all_flaws(state)))
        .model_dump_json()
        for name in shipped()
        for step, place in enumerate(PLACES, 1)
        for state in (FlawState.HIDDEN, FlawState.REPORTED)
    ]
    return digest("\n".join(texts))


def test_golden_numbers_of_a_typical_build() -> None:
    """Common luck across versions: a change here changes every recorded seed."""
    report = TEAMS["typical"].perform(task(Stage.BUILD, Seat.BACKEND, step=6), desk(seed=7))
    spent = (report.tokens_in, report.tokens_out, report.cost_micros, report.duration_s)
    assert spent == (15930, 13033, 243297, 1231)
