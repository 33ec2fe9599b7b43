"""What Backend starts from, is given, hands on and promises, on recorded runs: with violations."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

import remit
from remit import Record, Run
from remit.agents.agent import Desk
from remit.agents.behaviour import load as behaviour
from remit.agents.function import FunctionAgent
from remit.agents.simulated import Simulated
from remit.agents.standards import filled, output_problems
from remit.graph.course import Course
from remit.graph.fold import begin, take
from remit.graph.ledger import check
from remit.graph.manifest import compile_manifest
from remit.graph.perform import perform
from remit.graph.runner import execute
from remit.state.artifact import PARTS
from remit.state.assignment import Assignment, Input
from remit.state.canonical import canonical, digest
from remit.state.errors import AgentFailed, EventRefused, RemitError
from remit.state.handoff import Move
from remit.state.record import Entry
from remit.state.report import Artifact, Report
from remit.state.store import open_store
from remit.state.vocabulary import (
    EventKind,
    MatterKind,
    Mode,
    Seat,
    Stage,
    Trigger,
)
from tests.desks import desk, put, task
from tests.plants import BRIEF, failed, fresh, in_row
from tests.plants import planted as work_with_fault
from tests.strategies import CLINIC
from tests.tracing import BALANCED, SUBSETS, Rows, course_of, traced, without, working
from tests.workshop import again, begun, fill_journal, order

CTO, PM, UIUX, BACKEND, FRONTEND, SECURITY, QA, HUMAN = Seat


@pytest.fixture(scope="module")
def record() -> Iterator[Record]:
    with remit.open(":memory:") as opened:
        yield opened


@pytest.fixture(scope="module")
def whole(record: Record) -> Run:
    return traced(record)


# --- the role -------------------------------------------------------------------------------------


def too_early(rows: Rows) -> list[int]:
    """BE-ROLE-1: rows that give Backend work before the CTO's plan, or without it."""
    planned = {row.seq for row in rows if row.stage is Stage.PLAN and row.seat is CTO}
    return [
        row.seq
        for row in rows
        if row.seat is BACKEND
        and not (
            any(seq < row.seq for seq in planned)
            and (not row.inputs or any(one.artifact == "plan" for one in row.inputs))
        )
    ]


def test_backend_starts_nothing_before_the_plan_is_there(whole: Run) -> None:
    """BE-ROLE-1: whoever is on the team; Backend that comes forward by itself is refused."""
    for team in SUBSETS[::4]:
        assert too_early(course_of(team, "typical").handoffs) == []
    rows = whole.handoffs
    mine = [row for row in rows if row.seat is BACKEND]
    assert too_early(rows) == []
    assert too_early(rows[1:]) == [row.seq for row in mine]
    assert too_early([rows[0], without(mine[0], "plan")]) == [mine[0].seq]
    course = begin(compile_manifest(BALANCED, CLINIC))
    eager = Report(event=EventKind.DELIVER, mode=Mode.DESIGN, summary="a contract, unasked")
    with pytest.raises(RemitError, match="no such assignment is open"):
        take(course, Entry(step=1, seat=BACKEND, report=eager))


@pytest.mark.parametrize("key", ["tests", "security", "observability", "done_criteria"])
def test_an_output_without_one_of_the_four_duties_is_refused_its_form(key: str) -> None:
    """BE-ROLE-2."""
    output = fresh()["backend_build"]
    assert output_problems(output, "build") == ()
    del output[key]
    assert any(key in line for line in output_problems(output, "build"))


@pytest.mark.parametrize("standard", ["BE-OBS-1", "BE-SEC-1", "BE-AUTH-3"])
def test_what_backend_says_of_its_own_work_decides_nothing(standard: str) -> None:
    """BE-ROLE-2: the four duties are checked on the work; a boast is overruled."""
    work = work_with_fault(standard)
    boast = [{"criterion": standard, "result": "pass", "evidence": "trust me"}]
    output = {**work["backend_build"], "done_criteria": boast}
    report = Report(
        event=EventKind.DELIVER, mode=Mode.BUILD, summary="done",
        artifacts=(Artifact(name="backend_build", content=output),),
    )  # fmt: skip
    content = filled(BRIEF, report, work).artifacts[0].content
    results = [row["result"] for row in content["done_criteria"] if row["criterion"] == standard]
    assert results == ["fail"]


def test_a_boast_in_a_run_is_overruled_before_it_is_journalled(record: Record) -> None:
    """BE-ROLE-2, BE-OUT-10."""

    def boasts(task: Assignment, desk: Desk) -> Report | None:
        if task.mode is not Mode.BUILD:
            return None
        report = Simulated(behaviour("perfect")).perform(task, desk)
        (made,) = report.artifacts
        logs = {**made.content["observability"], "logs": ["Something has happened"]}
        content: dict[str, Any] = {**made.content, "observability": logs, "done_criteria": []}
        return report.model_copy(update={"artifacts": (Artifact(name=made.name, content=content),)})

    run = remit.run(
        CLINIC, behaviour="perfect", team={"backend": working(boasts)}, db=record, name="boast"
    )
    output = run.artifact("backend_build")
    assert output is not None
    results = {row["criterion"]: row["result"] for row in output["done_criteria"]}
    assert len(results) == 30
    assert results["BE-OBS-1"] == "fail"


# --- collaboration --------------------------------------------------------------------------------

GIVEN: Mapping[str, tuple[Seat, Seat, str, tuple[Stage, ...]]] = {
    "BE-COL-1": (PM, BACKEND, "criteria", (Stage.CONTRACT, Stage.BUILD)),
    "BE-COL-2": (UIUX, BACKEND, "screens", (Stage.CONTRACT, Stage.BUILD)),
    "BE-COL-3": (BACKEND, FRONTEND, "contract", (Stage.CONTRACT_REVIEW, Stage.BUILD)),
    "BE-COL-4": (
        BACKEND, SECURITY, "security_package", (Stage.CONTRACT_REVIEW, Stage.VERIFICATION),
    ),
    "BE-COL-5": (BACKEND, QA, "qa_package", (Stage.CONTRACT_REVIEW, Stage.VERIFICATION)),
}  # fmt: skip
"""Giver, taker, artifact, and the stages at which it has to be there."""


def unfed(rows: Rows, edge: str) -> list[int]:
    """Rows whose role was not given what the edge says."""
    owner, taker, artifact, stages = GIVEN[edge]
    return [
        row.seq
        for row in rows
        if row.seat is taker
        and row.stage in stages
        and not any((one.owner, one.artifact) == (owner, artifact) for one in row.inputs)
    ]


@pytest.mark.parametrize("edge", sorted(GIVEN))
def test_each_handoff_carries_what_the_edge_says(whole: Run, edge: str) -> None:
    """BE-COL-1..5, on the inputs of the handoff rows."""
    rows = whole.handoffs
    _, taker, artifact, stages = GIVEN[edge]
    carrying = [row for row in rows if row.seat is taker and row.stage in stages]
    assert len(carrying) >= 2
    assert unfed(rows, edge) == []
    for row in carrying:
        assert unfed([without(row, artifact)], edge) == [row.seq]


def uncited(criteria: Mapping[str, Any], plan: Mapping[str, Any]) -> set[str]:
    """BE-COL-1: ids of criteria that no test cites, and `""` for one without an id."""
    ids = [one["id"] for one in criteria["acceptance_criteria"]]
    cited = {one["criterion"] for one in plan["criteria_coverage"] if one["tests"]}
    return (set(ids) - cited) | ({""} if not all(ids) or len(ids) != len(set(ids)) else set())


def test_every_criterion_has_an_id_that_a_test_cites(whole: Run) -> None:
    """BE-COL-1."""
    criteria, plan = whole.artifact("criteria"), whole.artifact("test_plan")
    assert criteria is not None
    assert plan is not None
    assert uncited(criteria, plan) == set()
    first, *rest = plan["criteria_coverage"]
    assert uncited(criteria, {"criteria_coverage": rest}) == {first["criterion"]}
    assert uncited(criteria, {"criteria_coverage": [{**first, "tests": []}, *rest]})
    twice = criteria["acceptance_criteria"] * 2
    assert uncited({"acceptance_criteria": twice}, plan) == {""}


def test_the_latency_of_a_screen_reaches_the_performance_checks() -> None:
    """BE-COL-2: an operation slower than its screen allows fails BE-PERF-3."""
    work = fresh()
    in_row("list_invoices", expected_ms=801, needs_result=True)(work)
    assert failed(work) == {"BE-PERF-3"}
    in_row("list_invoices", expected_ms=800)(work)
    assert failed(work) == set()


def test_frontend_builds_on_a_version_and_cannot_deliver_a_contract(whole: Run) -> None:
    """BE-COL-3: the versioned contract is Backend's, and nobody else's report may carry it."""
    builds = [r for r in whole.handoffs if r.seat is FRONTEND and r.stage is Stage.BUILD]
    assert all(row.contract_version for row in builds)
    forged = Report(
        event=EventKind.DELIVER, mode=Mode.BUILD, summary="mine now",
        artifacts=(Artifact(name="contract", content={"version": "9.0.0", "openapi": {}}),),
    )  # fmt: skip
    with pytest.raises(EventRefused, match="delivers contract, which is not its own"):
        check(task(Stage.BUILD, FRONTEND), forged)
    check(task(Stage.BUILD, BACKEND), forged)


def straight(rows: Rows) -> list[int]:
    """BE-COL-3a: contracts redrawn after the freeze that no authority sent for."""
    frozen = False
    wrong: list[int] = []
    for row in rows:
        frozen |= row.stage is Stage.BUILD
        if frozen and row.seat is BACKEND and row.stage is Stage.CONTRACT:
            if row.kind is Move.CHANGE and row.sender not in (CTO, HUMAN):
                wrong.append(row.seq)
    return wrong


def test_a_contract_change_comes_from_an_authority_and_never_from_frontend(whole: Run) -> None:
    """BE-COL-3a."""
    rows = list(whole.handoffs)
    assert straight(rows) == []
    ruled = [r for r in rows if r.stage is Stage.CONTRACT and r.kind is Move.CHANGE]
    assert ruled
    forged = [replace(row, sender=FRONTEND) if row in ruled else row for row in rows]
    assert straight(forged) == [row.seq for row in ruled]


def absent_parts(run: Run, rows: Rows) -> set[tuple[int, str]]:
    """BE-COL-4, BE-COL-5: (row, part) of a package that was handed over without it."""
    return {
        (row.seq, part)
        for row in rows
        for one in row.inputs
        for part in PARTS.get(one.artifact, ())
        if not run.content(one).get(part)
    }


def thin(report: Report, part: str) -> Report:
    """The report as if a part of a package had been left out."""
    kept = tuple(
        Artifact(name=one.name, content={k: v for k, v in one.content.items() if k != part})
        for one in report.artifacts
    )
    return report.model_copy(update={"artifacts": kept})


def test_there_are_four_parts_in_each_package() -> None:
    """BE-COL-4, BE-COL-5."""
    assert {name: len(parts) for name, parts in PARTS.items()} == {
        "security_package": 4, "qa_package": 4,
    }  # fmt: skip


@pytest.mark.parametrize(("package", "part"), [(n, part) for n in PARTS for part in PARTS[n]])
def test_a_package_without_one_of_its_parts_is_refused(package: str, part: str) -> None:
    """BE-COL-4, BE-COL-5: with a reason why it does not apply it is taken."""
    design = task(Stage.CONTRACT, BACKEND)
    report = Simulated(behaviour("perfect")).perform(design, desk())
    check(design, report)
    with pytest.raises(EventRefused, match=f"{package} comes without {part}; add each"):
        check(design, thin(report, part))
    without = thin(report, part).artifacts
    reason = {part: {"not_applicable": "nothing is kept"}}
    stated = tuple(
        Artifact(name=one.name, content=one.content | reason) if one.name == package else one
        for one in without
    )
    check(design, report.model_copy(update={"artifacts": stated}))


def test_no_package_is_handed_over_without_one_of_its_parts(record: Record, whole: Run) -> None:
    """BE-COL-4, BE-COL-5: Backend that leaves one out gets no further than a question."""
    assert absent_parts(whole, whole.handoffs) == set()
    lazy = working(
        lambda task, desk: thin(
            Simulated(behaviour("perfect")).perform(task, desk), "audit_requirements"
        )
    )
    run = remit.run(BRIEF, behaviour="perfect", team={"backend": lazy}, db=record, human="wait")
    assert not any(row.stage is Stage.CONTRACT_REVIEW for row in run.handoffs)
    asked = run.matters[0].state.matter.questions[0]
    assert asked.trigger is Trigger.AGENT_FAILED
    assert "security_package comes without audit_requirements" in asked.text


# --- final rules and prompt -----------------------------------------------------------------------


def loose(run: Run, rows: Rows) -> list[tuple[int, str]]:
    """BE-FIN-2: inputs without a revision, or whose hash is not that of their content."""
    return [
        (row.seq, one.artifact)
        for row in rows
        for one in row.inputs
        if one.revision < 1 or not sealed(run, one)
    ]


def sealed(run: Run, one: Input) -> bool:
    try:
        return digest(canonical(run.content(one))) == one.hash
    except RemitError:
        return False


def jumps(rows: Rows) -> set[tuple[Seat, str]]:
    """BE-FIN-2: artifacts whose revisions do not follow one another by one."""
    seen: dict[tuple[Seat, str], list[int]] = {}
    for row in rows:
        for one in row.inputs:
            seen.setdefault((one.owner, one.artifact), []).append(one.revision)
    return {
        key
        for key, numbers in seen.items()
        if numbers != sorted(numbers) or set(numbers) != set(range(1, max(numbers) + 1))
    }


def test_nothing_is_handed_over_without_its_revision_and_its_hash(whole: Run) -> None:
    """BE-FIN-2: an input without either is found, and a revision that was left out."""
    rows = whole.handoffs
    assert loose(whole, rows) == []
    assert jumps(rows) == set()
    contract = (BACKEND, "contract")
    row = next(row for row in rows if row.seat is FRONTEND)
    given = next(one for one in row.inputs if (one.owner, one.artifact) == contract)
    for forged in (replace(given, hash=""), replace(given, hash="0" * 64),
                   replace(given, revision=0)):  # fmt: skip
        assert loose(whole, [replace(row, inputs=(forged,))]) == [(row.seq, "contract")]
    assert jumps([row, replace(row, inputs=(replace(given, revision=3),))]) == {contract}


def counting(keys: list[str]) -> FunctionAgent:
    def counts(task: Assignment, desk: Desk) -> None:
        keys.append(task.key)

    return working(counts)


@pytest.mark.parametrize("step", [5, 7, 8])
def test_a_run_that_is_resumed_asks_nobody_again(step: int) -> None:
    """BE-FIN-4: what is journalled is not done twice; a lost row would be, and is seen."""
    done: list[str] = []
    workers = {seat: counting(done) for seat in (BACKEND, QA)}

    def dies(course: Course, folded: object) -> None:
        if course.step >= step:
            raise OSError("the power is gone")

    with open_store(":memory:") as store, open_store(":memory:") as other:
        run = begun(store, order("perfect"), functions=workers, progress=dies)
        with pytest.raises(OSError, match="power"):
            execute(run, "loop")
        rows = store.journal_rows(run.id)
        lost = max(n for n, row in enumerate(rows) if row.entry.seat in workers)
        execute(again(store, run.id, functions=workers), "loop")
        assert len(done) == len(set(done)) == 5
        forgetful = begun(other, order("perfect"), functions=workers)
        fill_journal(other, store, forgetful.id, rows[:lost])
        execute(again(other, forgetful.id, functions=workers), "loop")
        assert done.count(f"{rows[lost].entry.step}/{rows[lost].entry.seat}") == 2


class Stubborn:
    """Answers wrongly a number of times, then as it should."""

    def __init__(self, wrong: int, right: Report) -> None:
        self.wrong, self.right, self.asked = wrong, right, 0

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        self.asked += 1
        wrong = Report(event=EventKind.GRANT, mode=assignment.mode, summary="?")
        said = wrong if self.asked <= self.wrong else self.right
        cost = {"tokens_in": 5, "tokens_out": 7, "cost_micros": 11, "duration_s": 13}
        return said.model_copy(update=cost)


TERMS = compile_manifest(BALANCED, CLINIC)
BUILT = Report(
    event=EventKind.DELIVER,
    mode=Mode.BUILD,
    summary="built",
    artifacts=(Artifact(name="backend_build", content={}),),
)


@pytest.mark.parametrize("allowed", [1, 2, 4])
def test_a_wrong_answer_is_asked_for_again_so_often_and_then_is_a_question(allowed: int) -> None:
    """BE-PROMPT-2: each attempt is paid for."""
    terms = replace(TERMS, invalid_outputs=allowed)
    for wrong in range(allowed + 3):
        agent = Stubborn(wrong, BUILT)
        report = perform(agent, task(Stage.BUILD, BACKEND), desk(), terms)
        right = wrong <= allowed
        assert agent.asked == min(wrong, allowed) + 1
        assert report.event is (EventKind.DELIVER if right else EventKind.QUESTION)
        assert [q.trigger for q in report.questions] == ([] if right else [Trigger.AGENT_FAILED])
        assert (report.tokens_in, report.tokens_out, report.cost_micros, report.duration_s) == (
            5 * agent.asked, 7 * agent.asked, 11 * agent.asked, 13 * agent.asked
        )  # fmt: skip


def test_a_delivery_without_its_artifact_is_no_answer() -> None:
    """BE-FIN-2: a hand-off without a versioned artifact is asked for again, then put to the CTO."""
    bare = BUILT.model_copy(update={"artifacts": ()})
    report = perform(Stubborn(0, bare), task(Stage.BUILD, BACKEND), desk(), TERMS)
    assert report.event is EventKind.QUESTION
    assert "'backend_build'" in report.questions[0].text


def test_a_cto_that_cannot_decide_refers_and_behind_the_human_there_is_nobody() -> None:
    """BE-PROMPT-2."""
    options = (EventKind.ANSWER, EventKind.REFER)
    report = perform(Stubborn(99, BUILT), put(MatterKind.QUESTION, options), desk(), TERMS)
    assert report.event is EventKind.REFER
    last = put(MatterKind.QUESTION, (EventKind.ANSWER, EventKind.STOP), seat=HUMAN)
    with pytest.raises(AgentFailed, match="nobody is left to put this to"):
        perform(Stubborn(99, BUILT), last, desk(), TERMS)


def test_an_agent_that_never_answers_rightly_ends_at_an_authority(record: Record) -> None:
    """BE-PROMPT-2: in a run its failure is put to the CTO, and told; nobody else's is."""

    def stubborn(task: Assignment, desk: Desk) -> str:
        return "grant"

    for given, asked in (({"qa": stubborn}, True), ({}, False)):
        run = remit.run(
            BRIEF, behaviour="perfect", team=given, db=record, engine="loop", human="simulated"
        )
        questions = [one for matter in run.matters for one in matter.state.matter.questions]
        assert run.handoffs[-1].kind is Move.END
        assert any(one.trigger is Trigger.AGENT_FAILED for one in questions) is asked
        assert all("'grant' is not offered" in one.text for one in questions)
