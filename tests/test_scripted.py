"""Scripts: read strictly, followed in order, silent where nothing is said."""

from dataclasses import replace
from pathlib import Path

import pytest

from remit.agents.agent import CallTooDear
from remit.agents.purse import Left, Purse
from remit.agents.script import MAX_BYTES, Script, load, parse, script
from remit.agents.scripted import Scripted
from remit.state.assignment import Assignment
from remit.state.errors import AgentFailed, InputError
from remit.state.report import Report
from remit.state.vocabulary import (
    EventKind,
    FlawKind,
    FlawState,
    Limit,
    MatterKind,
    Seat,
    Severity,
    Stage,
    Target,
    Trigger,
)
from tests.desks import all_flaws, desk, put, task

E = EventKind
BUILD = task(Stage.BUILD, Seat.BACKEND, step=6)
AUDIT = task(Stage.VERIFICATION, Seat.QA, step=7)


def play(text: str, *, turn: int = 0, one: Assignment = BUILD) -> Report:
    return Scripted(parse(text, "s.yaml")).perform(one, desk(turn=turn))


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        parse(text, "s.yaml")
    return caught.value.problems


def test_entries_answer_the_assignments_of_a_seat_in_order() -> None:
    """A script keeps no place of its own: a resumed run asks by turn and gets the same."""
    text = "- qa: accept\n- backend: question\n- backend: deliver\n- backend: change\n"
    said = [play(text, turn=turn).event for turn in (2, 0, 1, 0)]
    assert said == [E.CHANGE, E.QUESTION, E.DELIVER, E.QUESTION]


def test_past_the_script_and_at_auto_a_role_is_perfect() -> None:
    report = play("- backend: auto\n", turn=0)
    assert report.event is E.DELIVER
    assert report == play("- qa: accept\n", turn=3)
    assert [one.name for one in report.artifacts] == ["backend_build"]


def test_an_entry_outside_the_offer_names_its_line() -> None:
    with pytest.raises(InputError, match=r"s\.yaml:2: backend: 'accept' is not offered at build"):
        play("- qa: accept\n- backend: accept\n")


def test_an_entry_meant_for_another_place_names_its_line() -> None:
    with pytest.raises(InputError, match=r"s\.yaml:1: backend: meant for contract"):
        play("- backend: {event: deliver, stage: contract}\n")
    with pytest.raises(InputError, match="step 9"):
        play("- backend: {event: auto, step: 9}\n")
    assert play("- backend: {event: deliver, stage: build, step: 6}\n").event is E.DELIVER


def test_short_forms_are_written_out() -> None:
    report = play(
        "- qa: {event: change, findings: [frontend], requests: [scope], questions: ['why?']}\n",
        one=AUDIT,
    )
    assert report.event is E.CHANGE
    assert report.findings[0].owner is Seat.FRONTEND
    assert report.requests[0].target is Target.SCOPE
    assert report.questions[0].text == "why?"


@pytest.mark.parametrize(
    ("one", "said", "held"),
    [
        (AUDIT, "rework", "findings"),
        (AUDIT, "change", "requests"),
        (AUDIT, "question", "questions"),
        (task(Stage.EXPERIENCE, Seat.UIUX), "rework", "findings"),
    ],
)
def test_a_bare_event_gets_what_it_cannot_do_without(one: Assignment, said: str, held: str) -> None:
    report = play(f"- {one.seat}: {said}\n", one=one)
    assert getattr(report, held)
    assert Report.model_validate(report.model_dump()) == report


def test_a_finding_given_in_part_is_completed() -> None:
    text = "- qa: {event: rework, findings: [{owner: backend, severity: critical, place: api}]}\n"
    finding = play(text, one=AUDIT).findings[0]
    assert (finding.severity, finding.place) == (Severity.CRITICAL, "api")


def test_what_is_given_literally_is_reported_literally() -> None:
    text = """
- backend:
    event: deliver
    summary: as told
    cost_micros: 12
    duration_s: 34
    artifacts: {work: {note: mine}}
    flaws: {backend_bug: {state: hidden, made_at: build, site: 2}}
"""
    report = play(text)
    assert (report.summary, report.cost_micros, report.duration_s) == ("as told", 12, 34)
    assert {one.name for one in report.artifacts} == {"backend_build", "work"}
    assert report.flaws[FlawKind.BACKEND_BUG].state is FlawState.HIDDEN


def test_conditions_stand_in_the_artifacts_whether_or_not_the_role_asks() -> None:
    """BE-ESC-1: the guards see what the role keeps quiet about."""
    quiet, plain = (
        play(f"- backend: {{event: deliver, conditions: [{words}]}}\n")
        for words in (Trigger.NEW_COMPONENT, "")
    )
    components = [
        {part["kind"] for part in one.artifacts[0].content["implementation"]["components"]}
        for one in (quiet, plain)
    ]
    assert components[0] - components[1] == {"queue"}
    assert not quiet.questions


def test_a_scripted_reviewer_names_only_what_the_script_names() -> None:
    one = Scripted(parse("- qa: accept\n", "s.yaml"))
    report = one.perform(AUDIT, desk(all_flaws(FlawState.HIDDEN)))
    assert report.event is E.ACCEPT
    assert not report.findings
    assert not report.flaws


def test_an_authority_rules_by_script() -> None:
    both = (Target.CONTRACT, Target.SCOPE)
    ruling = put(MatterKind.RULING, (E.APPROVE, E.REJECT), targets=both)
    whole = play("- cto: approve\n", one=ruling)
    assert whole.ruling
    assert whole.ruling.approved == both
    part = play("- cto: {event: approve, approved: [scope], text: yes please}\n", one=ruling)
    assert part.ruling
    assert part.ruling.approved == (Target.SCOPE,)
    assert part.ruling.text == "yes please"
    question = put(MatterKind.QUESTION, (E.ANSWER, E.REJECT))
    no = play("- cto: reject\n", one=question)
    assert no.ruling
    assert no.ruling.decision == "reject"


def test_only_a_person_with_a_matter_can_be_silent() -> None:
    one = put(MatterKind.QUESTION, (E.ANSWER,), seat=Seat.HUMAN)
    assert play("- human: silence\n", one=one).event is E.SILENCE
    with pytest.raises(InputError, match="not offered"):
        play("- cto: silence\n", one=put(MatterKind.QUESTION, (E.ANSWER,)))


def test_a_script_can_break_its_agent() -> None:
    with pytest.raises(AgentFailed, match=r"backend: out of ideas \(s\.yaml:1\)"):
        play("- backend: {event: fail, text: out of ideas}\n")


def test_a_call_can_be_too_dear_where_a_budget_is_limited() -> None:
    read = Scripted(parse("- backend: too_dear\n", "s.yaml"))
    poor = replace(desk(), purse=Purse(left=lambda: Left(1_000_000, None)))
    with pytest.raises(
        CallTooDear, match="the next call does not fit the budget for dollars"
    ) as told:
        read.perform(BUILD, poor)
    assert told.value.calls[-1].short == (Limit.DOLLARS,)
    with pytest.raises(InputError, match=r"s\.yaml:1: backend: no call is too dear"):
        read.perform(BUILD, desk())


def test_what_was_not_reached_is_reported() -> None:
    read = parse("- qa: accept\n- backend: deliver\n- backend: question\n", "s.yaml")
    assert read.leftover({Seat.BACKEND: 1, Seat.QA: 2}) == (
        "s.yaml:3: backend was never asked this (question)",
    )
    assert read.leftover({Seat.BACKEND: 2, Seat.QA: 1}) == ()


def test_all_problems_are_named_with_their_lines() -> None:
    found = problems(
        """- cto: deliver
- backed: accept
- qa: acept
- backend: {event: deliver, finding: [pm]}
- backend: {event: deliver, cost_micros: lots}
- frontend: 3
- qa: accept
  pm: deliver
- security: {event: rework, findings: [nobody]}
"""
    )
    expected = [
        "s.yaml:2: there is no seat 'backed'; did you mean 'backend'?",
        "s.yaml:3: there is no event 'acept'; did you mean 'accept'?",
        "s.yaml:4: there is no key 'finding'; did you mean 'findings'?",
        "s.yaml:5: cost_micros: ",
        "s.yaml:6: frontend says neither an event nor a table with one",
        "s.yaml:7: write one seat and what it says, like `- qa: accept`",
        "s.yaml:9: findings.0.owner: ",
    ]
    assert len(found) == len(expected)
    for line, words in zip(found, expected, strict=True):
        assert line.startswith(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cto: deliver", "is not a list"),
        ("", "is not a list"),
        ("- cto: [", "is not YAML"),
        ("- &a {cto: deliver}\n- *a", "aliases are refused"),
        ("- cto: {text: !!python/object/apply:os.getcwd []}", "is not YAML"),
        ("- cto: " + "[" * 5_000, "nested deeper"),
        ("- cto: \0", "control character"),
    ],
)
def test_hostile_text_is_refused_in_one_line(text: str, words: str) -> None:
    found = problems(text)
    assert len(found) == 1
    assert words in found[0]
    assert "\n" not in found[0]


def test_bad_files_are_refused(tmp_path: Path) -> None:
    for data, words in ((b"\xff\xfe", "not UTF-8"), (b"#" * (MAX_BYTES + 1), "larger than")):
        (tmp_path / "s.yaml").write_bytes(data)
        with pytest.raises(InputError, match=words):
            load(tmp_path / "s.yaml")
    for missing in (tmp_path, tmp_path / "none", "nul\0byte"):
        with pytest.raises(InputError):
            load(missing)


def test_a_script_can_be_written_in_python() -> None:
    made = script([{"cto": "deliver"}, {"qa": {"event": "rework", "findings": ["backend"]}}])
    assert isinstance(made, Script)
    assert [entry.where for entry in made.entries] == ["script:1", "script:2"]
    read = parse("- cto: deliver\n- qa: {event: rework, findings: [backend]}\n", "script")
    assert [entry.said for entry in made.entries] == [entry.said for entry in read.entries]
