"""Use and control (PUB): each judge sees a planted violation."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import remit
from remit import Record, Run
from remit.agents.agent import Desk
from remit.agents.behaviour import load as behaviour
from remit.agents.team import simulated
from remit.analysis import summary_text
from remit.analysis.summary_text import Place, markdown
from remit.analysis.summary_text import text as plain_text
from remit.graph.clerk import MemoryClerk
from remit.graph.course import Course
from remit.graph.event import seats
from remit.graph.fold import begin, take
from remit.graph.loop import run_loop
from remit.graph.manifest import Manifest, compile_manifest
from remit.graph.session import Session
from remit.state.assignment import Assignment, Input
from remit.state.brief import ExternalAction
from remit.state.errors import AgentFailed, InputError, RemitError
from remit.state.record import Entry
from remit.state.report import ChangeRequest, Finding, Question, Report, Ruling
from remit.state.vocabulary import (
    ROLES,
    AtLimit,
    EventKind,
    MatterKind,
    Mode,
    Seat,
    Severity,
    Stage,
    Target,
)
from tests.console import remit as command
from tests.console import told
from tests.games import Game
from tests.strategies import CLINIC
from tests.tracing import BALANCED, SUBSETS, Rows, course_of, traced, working

CTO, PM, UIUX, BACKEND, FRONTEND, SECURITY, QA, HUMAN = Seat


@pytest.fixture(scope="module")
def record() -> Iterator[Record]:
    with remit.open(":memory:") as opened:
        yield opened


@pytest.fixture(scope="module")
def whole(record: Record) -> Run:
    return traced(record)


def bare(places: Mapping[str, str]) -> set[str]:
    """PUB-1: the places without the notice; a summary has it in its last paragraph."""
    return {
        name
        for name, words in places.items()
        if not re.search(r"learning and experimentation.*\bprofessional\b.*\badvice\b", _at(words))
    }


def _at(words: str) -> str:
    return " ".join(words.split())


def noticed(runs: Iterable[Run], db: Path) -> dict[str, str]:
    places = {
        "README": Path(__file__).parents[1].joinpath("README.md").read_text("utf-8"),
        "run --help": command(db, "run", "--help").stdout,
    }
    for run in runs:
        for form, words in (
            ("text", plain_text(run.summary(), Place(), 80)),
            ("markdown", markdown(run.summary(), Place())),
        ):
            places[f"{run.outcome} {form}"] = words.rstrip().rpartition("\n\n")[2]
    return places


def test_the_notice_is_in_the_readme_in_the_help_and_at_the_foot_of_every_summary(
    record: Record, whole: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PUB-1: taken away anywhere, it is missed there."""
    stopped = remit.run(CLINIC, policy="strict", behaviour="worst", db=record)
    waiting = remit.run(CLINIC, behaviour="worst", human="wait", db=record)
    runs = (whole, stopped, waiting)
    assert len({run.outcome for run in runs}) == 3
    places = noticed(runs, tmp_path / "none.db")
    assert bare(places) == set()
    for name, words in places.items():
        assert bare({**places, name: words.replace("experimentation", "work")}) == {name}
    monkeypatch.setattr(summary_text, "NOTICE", "")
    assert bare(noticed(runs, tmp_path / "none.db")) == set(places) - {"README", "run --help"}


@pytest.mark.parametrize("seat", ROLES)
def test_one_role_does_one_work_item_alone_and_who_is_absent_is_named(
    record: Record, seat: Seat
) -> None:
    """PUB-3."""
    run = remit.run("clinic", roles=[seat], mode="design", behaviour="perfect", db=record)
    assert [row.to for row in run.handoffs] == [seat, None]
    assert run.outcome == "shipped"
    said = " ".join(plain_text(run.summary(), Place(), 120).split())
    absent = ", ".join(one for one in ROLES if one is not seat)
    assert f"{seat}, mode design; nobody as {absent}" in said


def test_two_roles_are_not_one_alone() -> None:
    """PUB-3: a mode is one role's."""
    with pytest.raises(InputError, match="one role works alone"):
        remit.order(CLINIC, roles=[BACKEND, QA], mode="design").manifest()


def misplaced(rows: Rows, team: frozenset[Seat]) -> list[int]:
    """PUB-4: rows that give work to somebody who is not there, or to a wrong stand-in."""
    return [
        row.seq
        for row in rows
        if row.to is not None
        and (row.to not in team | {HUMAN} or (row.seat not in team and row.to is not HUMAN))
    ]


def put_to(manifest: Manifest, stage: Stage, **finding: int) -> tuple[Seat, ...]:
    """Who is asked about a finding whose owner is not there, one after the other."""
    game = Game(manifest=manifest).until(stage)
    group = game.owed
    game.rework(group[0], **finding)
    for seat in group[1:]:
        game.say(seat, EventKind.ACCEPT)
    asked: list[Seat] = []
    while game.at.matter is MatterKind.LIMIT:
        asked += game.owed
        if EventKind.REFER not in game.offers(game.owed[0]):
            break
        game.say(game.owed[0], EventKind.REFER)
    return tuple(asked)


ORPHANS = (
    (PM, Stage.EXPERIENCE, {"requirements": 1}, UIUX),
    (BACKEND, Stage.VERIFICATION, {"backend": 1}, None),
    (FRONTEND, Stage.VERIFICATION, {"frontend": 1}, None),
)
"""Absent owner, where a finding for it is made, the finding, who has to be there to find it."""


def orphaned(team: frozenset[Seat], manifest: Manifest) -> dict[Seat, tuple[Seat, ...]]:
    """PUB-4: absent owner → who is asked about a finding for it in this team."""
    return {
        owner: put_to(manifest, stage, **finding)
        for owner, stage, finding, finder in ORPHANS
        if owner not in team and (finder is None or finder in team)
    }


def test_every_one_of_the_127_teams_ends_and_no_work_for_an_absent_role_is_dropped() -> None:
    """PUB-4: it goes to the CTO and then to the human, or to the human."""
    assert len(SUBSETS) == 127
    for number, team in enumerate(SUBSETS):
        for how in ("typical", "worst") if number % 4 == 0 else ("typical",):
            course = course_of(team, how)
            assert course.ended, team
            assert misplaced(course.handoffs, team) == [], team
        asked = orphaned(team, compile_manifest(BALANCED, CLINIC, team))
        assert set(asked.values()) <= {(CTO, HUMAN) if CTO in team else (HUMAN,)}, team


def test_work_given_to_an_absent_role_or_dropped_is_seen() -> None:
    """PUB-4."""
    team = frozenset({CTO, UIUX, QA})
    rows = course_of(team, "typical").handoffs
    assert misplaced([replace(rows[1], to=BACKEND)], team) == [rows[1].seq]
    assert misplaced([replace(rows[1], seat=SECURITY, to=QA)], team) == [rows[1].seq]
    manifest = compile_manifest(BALANCED, CLINIC, team)
    dropping = replace(
        manifest,
        requirement_rework_at=AtLimit.WAIVE,
        rework_backend_at=AtLimit.WAIVE,
        rework_frontend_at=AtLimit.WAIVE,
    )
    assert orphaned(team, manifest) == dict.fromkeys((PM, BACKEND, FRONTEND), (CTO, HUMAN))
    assert orphaned(team, dropping) == dict.fromkeys((PM, BACKEND, FRONTEND), ())


HIDDEN: Mapping[Seat, frozenset[str]] = {
    PM: frozenset({"contract", "data_model", "security_package", "qa_package", "backend_build"}),
    UIUX: frozenset({"contract", "data_model", "security_package", "backend_build", "verdict"}),
    FRONTEND: frozenset({"data_model", "security_package", "qa_package", "backend_build"}),
    BACKEND: frozenset({"frontend_build"}),
    SECURITY: frozenset({"screens", "qa_package"}),
    QA: frozenset({"security_package"}),
}
"""Artifacts of others that are not routed to a role (its own it always sees)."""


def unrouted(rows: Rows) -> list[tuple[int, str]]:
    """PUB-7: (row, artifact) that its role has no business with."""
    return [
        (row.seq, one.artifact)
        for row in rows
        if row.to is not HUMAN and row.seat is not None
        for one in row.inputs
        if one.owner is not row.seat and one.artifact in HIDDEN.get(row.seat, frozenset())
    ]


def test_the_record_says_what_each_role_was_given_and_nobody_was_given_more(whole: Run) -> None:
    """PUB-7."""
    rows = whole.handoffs
    assert unrouted(rows) == []
    given = {(row.seat, one.artifact) for row in rows for one in row.inputs}
    assert {(FRONTEND, "contract"), (SECURITY, "security_package"), (QA, "qa_package")} <= given
    row = next(row for row in rows if row.seat is SECURITY)
    screens = next(one for other in rows for one in other.inputs if one.artifact == "screens")
    more = replace(row, inputs=(*row.inputs, screens))
    assert unrouted([more]) == [(row.seq, "screens")]


def test_a_role_that_reads_what_was_not_routed_to_it_is_refused(record: Record) -> None:
    """PUB-7: even with the exact name and hash of an artifact that another role whispered."""
    whispered: list[Input] = []

    def whispers(task: Assignment, desk: Desk) -> None:
        whispered.extend(one for one in task.inputs if one.artifact == "screens")

    def listens(task: Assignment, desk: Desk) -> None:
        assert all(desk.read(one) for one in task.inputs)
        desk.read(whispered[0])

    team = {"frontend": working(whispers), "security": working(listens)}
    with pytest.raises(AgentFailed, match="uiux/screens r1 is not among the inputs"):
        remit.run(CLINIC, behaviour="perfect", team=team, db=record, engine="loop", name="nosy")
    assert record.run("nosy").outcome == "failed"
    assert not any(row.seat is SECURITY for row in record.store.journal("nosy"))


def incomplete(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """PUB-8: the numbers at which the record of an ended run lacks a row or what a row must say."""
    wrong: list[int] = []
    for seq, row in enumerate(rows, 1):
        last = seq == len(rows)
        says = all(row[key] for key in ("sender", "stage", "rule", "why", "owner_now"))
        told = row["kind"] == "end" if last else bool(row["to"] and row["mode"] and row["awaits"])
        if row["seq"] != seq or not says or not told:
            wrong.append(seq)
    return wrong


def test_one_command_runs_a_packaged_brief_and_leaves_a_complete_readable_record(
    tmp_path: Path,
) -> None:
    """PUB-8: a row that is missing or says nothing is found."""
    db, out = tmp_path / "runs.db", tmp_path / "bundle"
    assert command(db, "run", "--seed", "3", "--name", "small", "--out", str(out)).exit_code == 0
    rows = told(db, "show", "small", "--handoffs")
    assert len(rows) > 10
    assert incomplete(rows) == []
    assert incomplete([*rows[:4], *rows[5:]])[0] == 5
    assert incomplete(rows[:-1]) == [len(rows) - 1]
    assert incomplete([{**rows[0], "why": ""}, *rows[1:]]) == [1]
    assert command(db, "verify", "small").exit_code == 0
    for name in ("summary.md", "openapi.json", "schema.sql", "handoffs.jsonl"):
        assert (out / name).stat().st_size > 100


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every attempt to reach another machine; none succeeds."""
    attempts: list[str] = []

    def refused(*where: object, **_: object) -> None:
        attempts.append(repr(where))
        raise OSError("there is no network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refused)
    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refused)
    return attempts


def test_nothing_in_a_run_reaches_for_the_network(called: list[str], tmp_path: Path) -> None:
    """PUB-9: run, show, verify and bundle; a role that does reach out is caught."""
    db = tmp_path / "runs.db"
    words = ("run", "clinic", "--behaviour", "worst", "--name", "quiet", "--out")
    assert command(db, *words, str(tmp_path / "bundle")).exit_code in (0, 1)
    assert command(db, "show", "quiet").exit_code == command(db, "verify").exit_code == 0
    assert called == []

    def calls(task: Assignment, desk: Desk) -> None:
        socket.create_connection(("192.0.2.1", 80), timeout=1)

    with pytest.raises(AgentFailed, match="there is no network"):
        remit.run(CLINIC, team={"pm": working(calls)}, db=tmp_path / "other.db")
    assert len(called) == 1


TRACED = """
import contextlib, os, socket, sys, time
attempts = []
def refused(*where, **_):
    attempts.append(where)
    raise OSError("there is no network")
socket.getaddrinfo = socket.create_connection = refused
socket.socket.connect = socket.socket.connect_ex = refused
import remit
from remit.graph import wiring
def run():
    remit.run("a note to keep", behaviour="perfect", db=":memory:")
run()
time.sleep(0.5)
print(len(attempts))
wiring.untraced = contextlib.nullcontext
run()
for _ in range(200):
    if attempts:
        break
    time.sleep(0.1)
print(bool(attempts), flush=True)
os._exit(0)
"""


def test_a_run_is_not_traced_to_a_server_whatever_the_environment_says(tmp_path: Path) -> None:
    """PUB-9: LangGraph would send every step; without the guard it is seen to try."""
    said = subprocess.run(
        [sys.executable, "-c", TRACED],
        env={
            "HOME": str(tmp_path), "LANGSMITH_TRACING": "true", "LANGCHAIN_TRACING_V2": "true",
            "LANGSMITH_API_KEY": "x", "LANGSMITH_ENDPOINT": "http://192.0.2.1:9",
        },
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert said.stdout.split() == ["0", "True"], said.stderr


DEPLOYING = CLINIC.model_copy(
    update={
        "external_actions": (ExternalAction(kind="deploy", target="production", payload="1.0"),)
    }
)


def at_release(manifest: Manifest) -> Course:
    """A run that has got as far as it can without a person."""
    roles = simulated(behaviour("perfect"), human=False, artifacts=False)
    session = Session(
        course=begin(manifest), team=roles, brief=DEPLOYING, seed=0, clerk=MemoryClerk(),
        manifest_json=manifest.to_json(),
    )  # fmt: skip
    run_loop(session)
    return session.course


FINDING = Finding(
    rule="R", severity=Severity.LOW, place="here", evidence="seen", owner=BACKEND, fix="mend it"
)
REQUEST = ChangeRequest(target=Target.CONTRACT, change="let it go", reason="time is short")


def anything(event: EventKind) -> Report:
    """A report that has all that any event must come with."""
    return Report(
        event=event, mode=Mode.RELEASE, summary="ship it", findings=(FINDING,),
        requests=(REQUEST,), questions=(Question(text="may it go?"),),
        ruling=Ruling(text="it is approved", decision="approve"),
    )  # fmt: skip


def shipping(course: Course) -> set[tuple[Seat, EventKind]]:
    """PUB-10: who can say what, so that the run ships at once."""
    found: set[tuple[Seat, EventKind]] = set()
    for seat in Seat:
        for event in EventKind:
            trial = deepcopy(course)
            try:
                take(trial, Entry(step=trial.step, seat=seat, report=anything(event)))
            except RemitError:
                continue
            if trial.position.stage is Stage.SHIPPED:
                found.add((seat, event))
    return found


def test_nothing_but_a_persons_approval_releases() -> None:
    """PUB-10: no role and no CTO; silence denies, even where a policy were to say approve."""
    manifest = compile_manifest(BALANCED, DEPLOYING)
    willing = tuple((kind, EventKind.APPROVE) for kind, _ in manifest.silence)
    for terms in (manifest, replace(manifest, silence=willing)):
        course = at_release(terms)
        assert course.handoffs[-1].stage is Stage.RELEASE
        assert seats(course.position.owed) == (HUMAN,)
        assert shipping(course) == {(HUMAN, EventKind.APPROVE)}
        take(course, Entry(step=course.step, seat=HUMAN, report=anything(EventKind.SILENCE)))
        assert course.position.stage is Stage.STOPPED


def unreleased(rows: Rows) -> bool:
    """PUB-10: whether the run shipped without a person at its release."""
    asked = any(row.to is HUMAN and row.stage is Stage.RELEASE for row in rows)
    return rows[-1].stage is Stage.SHIPPED and not asked


def test_a_run_with_an_external_action_cannot_pass_its_release_by() -> None:
    """PUB-10: a manifest that forgets the release is seen."""
    manifest = compile_manifest(BALANCED, DEPLOYING)
    course = at_release(manifest)
    take(course, Entry(step=course.step, seat=HUMAN, report=anything(EventKind.APPROVE)))
    assert course.position.stage is Stage.SHIPPED
    assert not unreleased(course.handoffs)
    assert unreleased(at_release(replace(manifest, release=0)).handoffs)
