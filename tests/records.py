"""Runs, reports and handoffs to store: written out, and any that hypothesis can think of."""

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st

from remit.state.assignment import Input, Matter
from remit.state.debt import Debt, Grant
from remit.state.handoff import Handoff, Move, Spent
from remit.state.record import (
    ContractVersion,
    MatterState,
    NewRun,
    Projection,
    RunUpdate,
    document,
)
from remit.state.report import (
    Artifact,
    ChangeRequest,
    Finding,
    Flaw,
    Question,
    Report,
    Ruling,
)
from remit.state.store import Store, open_store
from remit.state.vocabulary import (
    ROLES,
    EventKind,
    FlawKind,
    FlawState,
    Limit,
    MatterKind,
    Mode,
    Outcome,
    Seat,
    Severity,
    Stage,
    Target,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
RUNNING = RunUpdate(outcome=Outcome.RUNNING)
REPORT = Report(
    event=EventKind.DELIVER,
    mode=Mode.DESIGN,
    summary="The contract of the clinic",
    artifacts=(Artifact(name="contract", content={"openapi": "3.1.0", "paths": {"/v1/a": {}}}),),
    cost_micros=12_000,
)


def new_run(name: str | None = None, **changes: Any) -> NewRun:
    """A run that is about to begin."""
    values: dict[str, Any] = {
        "title": "Clinic bookings",
        "policy_name": "balanced",
        "behaviour_name": "typical",
        "seed": 7,
        "roles": ROLES,
        "brief": document({"title": "Clinic bookings"}),
        "policy": document({"limits": {"grants": 1}}),
        "behaviour": document({}),
        "settings": document({"human": "simulated"}),
        "remit_version": "0.1.0",
        "name": name,
    }
    return NewRun(**values | changes)


def handoff(seq: int, **changes: Any) -> Handoff:
    """The handoff of that number."""
    values: dict[str, Any] = {
        "seq": seq,
        "step": seq,
        "sender": Seat.CTO,
        "to": Seat.BACKEND,
        "seat": Seat.BACKEND,
        "stage": Stage.BUILD,
        "mode": Mode.BUILD,
        "kind": Move.NORMAL,
        "rule": "contract_review.next",
        "fired": ("contract_review.accept", "contract_review.next"),
        "clause": "",
        "why": "the contract is accepted",
        "reached": (),
        "spent": (Spent(limit=Limit.CONTRACT_REVIEW, used=1, allowed=None),),
        "inputs": (Input(owner=Seat.PM, artifact="criteria", revision=1, hash="a" * 64),),
        "matter": None,
        "contract_version": "1.0.0",
        "cost_micros": 10 * seq,
        "tokens": 5,
        "elapsed_s": 60,
        "owner_now": "backend",
        "awaits": "a delivery",
    }
    return Handoff(**values | changes)


def handoffs(count: int) -> list[Handoff]:
    return [handoff(seq) for seq in range(1, count + 1)]


def matter(authority: Seat = Seat.CTO, **changes: Any) -> MatterState:
    """A question that waits for its answer."""
    by_human = authority is Seat.HUMAN
    asked = Matter(
        id="m3",
        kind=MatterKind.QUESTION,
        home=Stage.BUILD,
        raised_by=(Seat.BACKEND,),
        limit=None,
        options=(EventKind.ANSWER, EventKind.STOP if by_human else EventKind.REFER),
        default=EventKind.STOP if by_human else EventKind.REFER,
        contract_version="1.0.0",
        questions=(Question(text="Which tenancy?"),),
        text="Which tenancy?",
    )
    values: dict[str, Any] = {"matter": asked, "step": 4 if by_human else 3}
    return MatterState(authority=authority, **values | changes)


ANSWER: dict[str, Any] = {
    "answer": {"event": "answer", "text": "shared schema", "step": 4},
    "answered_by": "cto",
}
EVERYTHING = Projection(
    run=RunUpdate(outcome=Outcome.WAITING, reason="a question", handoffs=3, cost_micros=30),
    handoffs=handoffs(3),
    matters=[matter()],
    contracts=[
        ContractVersion(n=1, version="1.0.0", artifact="b" * 64, frozen_step=2),
        ContractVersion(n=2, version="1.1.0", artifact="c" * 64, frozen_step=3, diff=("+ a",)),
    ],
    debts=[Debt(n=1, step=0, item="no_qa", by="policy", clause="missing.qa", text="no QA")],
    grants=[Grant(n=1, step=2, limit=Limit.ESCALATIONS, by="human", why="once", matter="m2")],
)
"""A projection with a row of every kind."""


_TOKEN = count()


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        place = Path(folder, "remit.db")
        open_store(place).close()
        return place.read_bytes()


def fresh(path: Path) -> Store:
    """An empty record at the path; quicker than having it migrated for every test."""
    path.write_bytes(_empty())
    return open_store(path, durable=False)


def begun(store: Store, **changes: Any) -> str:
    """The id of a run that has just begun."""
    return store.create_run(new_run(**changes), now=NOW, token=next(_TOKEN))


def fill(store: Store) -> None:
    """`run1`, with rows of every kind."""
    run = begun(store, name="run1")
    store.append(run, 1, Seat.CTO, REPORT, NOW)
    store.append(run, 2, Seat.CTO, REPORT, NOW)
    store.project(run, EVERYTHING, NOW)


def tamper(path: Path, *statements: str) -> None:
    """Change a database behind the store's back, as one who drops the triggers first can."""
    connection = sqlite3.connect(path, isolation_level=None)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def dump(path: Path) -> list[str]:
    """Everything that the database holds, as text."""
    connection = sqlite3.connect(path)
    lines = list(connection.iterdump())
    connection.close()
    return lines


def processes(count: int, code: str, arguments: Sequence[object]) -> list[str]:
    """What `count` Python processes print that run the same code at the same time.

    The code calls `ready()` before what is to happen at once; standard error must stay empty.
    """
    prologue = "import sys\ndef ready():\n    print(flush=True)\n    sys.stdin.readline()\n"
    command = [sys.executable, "-c", prologue + code, *map(str, arguments)]
    pipes = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    for process in pipes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in pipes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=120) for process in pipes]
    assert not any(error for _, error in answers), answers
    return [out.strip() for out, _ in answers]


# Any report and any handoff

_TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
_COUNT = st.integers(0, 10**9)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_ARTIFACT = st.builds(
    Artifact,
    name=st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
    content=st.dictionaries(_TEXT, _JSON, max_size=3),
)
_SEATS = st.sampled_from(Seat)
_FINDING = st.builds(
    Finding,
    rule=_TEXT,
    severity=st.sampled_from(Severity),
    place=_TEXT,
    evidence=_TEXT,
    owner=_SEATS,
    fix=_TEXT,
)
_REQUEST = st.builds(
    ChangeRequest,
    target=st.sampled_from(Target),
    change=_TEXT,
    reason=_TEXT,
    diff=st.lists(_TEXT, max_size=2).map(tuple),
    breaking=st.booleans(),
    affected=st.lists(_SEATS, max_size=2).map(tuple),
)
_FLAW = st.builds(
    Flaw,
    state=st.sampled_from(FlawState),
    made_at=st.sampled_from(Stage),
    site=st.integers(0, 2**31 - 1),
)
_RULING = st.builds(
    Ruling,
    text=_TEXT,
    decision=st.sampled_from(["", "approve", "amend", "reject", "answer"]),
    approved=st.lists(st.sampled_from(Target), max_size=2).map(tuple),
)
any_report = st.builds(
    Report,
    event=st.sampled_from(EventKind),
    mode=st.sampled_from(Mode),
    summary=_TEXT,
    artifacts=st.lists(_ARTIFACT, max_size=3).map(tuple),
    findings=st.lists(_FINDING, max_size=3).map(tuple),
    requests=st.lists(_REQUEST, max_size=2).map(tuple),
    questions=st.lists(st.builds(Question, text=_TEXT), max_size=2).map(tuple),
    ruling=st.none() | _RULING,
    tokens_in=_COUNT,
    tokens_out=_COUNT,
    cost_micros=_COUNT,
    duration_s=_COUNT,
    flaws=st.dictionaries(st.sampled_from(FlawKind), _FLAW, max_size=3),
)
any_handoff = st.builds(
    Handoff,
    seq=st.integers(1, 500),
    step=_COUNT,
    sender=_SEATS,
    to=st.none() | _SEATS,
    seat=st.none() | _SEATS,
    stage=st.sampled_from(Stage),
    mode=st.none() | st.sampled_from(Mode),
    kind=st.sampled_from(Move),
    rule=_TEXT,
    fired=st.lists(_TEXT, max_size=3).map(tuple),
    clause=_TEXT,
    why=_TEXT,
    spent=st.lists(
        st.builds(Spent, limit=st.sampled_from(Limit), used=_COUNT, allowed=st.none() | _COUNT),
        max_size=2,
    ).map(tuple),
    inputs=st.lists(
        st.builds(Input, owner=_SEATS, artifact=_TEXT, revision=_COUNT, hash=_TEXT), max_size=2
    ).map(tuple),
    matter=st.none() | _TEXT,
    contract_version=_TEXT,
    cost_micros=_COUNT,
    tokens=_COUNT,
    elapsed_s=_COUNT,
    owner_now=_TEXT,
    awaits=_TEXT,
)
