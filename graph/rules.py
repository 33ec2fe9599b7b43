"""The routing table: every rule of the team, as guarded updates of a position.

A row with an event fires when that report comes in. A silent row (no event) fires when nobody owes
a report: silent rows are tried in order, again and again, until none applies or somebody is
assigned. All right-hand sides read the position as it was before the row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from remit.graph.event import (
    APPROVED_CONTRACT,
    APPROVED_SCOPE,
    BIT,
    CRITICAL_GRADE,
    Item,
)
from remit.graph.position import LEFT
from remit.state.handoff import Move
from remit.state.vocabulary import AtLimit, EventKind, Limit, MatterKind, Seat, Stage


class Field(NamedTuple):
    """A field of the position."""

    name: str


class Heard(NamedTuple):
    """A field of the event; `seat` is the bit of whoever reports."""

    name: str


class Term(NamedTuple):
    """A field of the routing manifest: constant during a run."""

    name: str


Constant = int | Stage | MatterKind | AtLimit
Operand = Field | Heard | Term | Constant


class Guard(NamedTuple):
    """`left op right`; op is one of == != < > has lacks (the last two on bit sets)."""

    left: Field | Heard | Term
    op: str
    right: Operand


class Set(NamedTuple):
    """An update of one field; op is one of = | - & + max (`|` adds bits, `-` takes bits away)."""

    field: str
    op: str
    value: Operand


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One row of the table."""

    id: str
    stages: tuple[Stage, ...]
    event: EventKind | None = None
    """`None` for a silent row."""
    seat: Seat | None = None
    """Who must be reporting; `None` for whoever owes."""
    guard: tuple[Guard, ...] = ()
    spend: tuple[Limit, ...] = ()
    sets: tuple[Set, ...] = ()
    goto: Stage | None = None
    """The stage that the row enters, where it is a fixed one (already among `sets`)."""
    at_limit: Limit | None = None
    """The limit whose end this row answers."""
    kind: Move = Move.NORMAL
    item: Item = Item.NONE
    """The docket item that the row serves."""
    waives: Item = Item.NONE
    """What becomes named debt."""
    grants: Limit | None = None
    """The limit that gets one more step (`handoffs` stands for all budgets)."""
    clause: str = ""
    """The key of the policy behind the row."""
    text: str = ""
    """What happens, in words."""


PATH: tuple[Stage, ...] = (
    Stage.PLAN,
    Stage.REQUIREMENTS,
    Stage.EXPERIENCE,
    Stage.CONTRACT,
    Stage.CONTRACT_REVIEW,
    Stage.BUILD,
    Stage.VERIFICATION,
    Stage.ACCEPTANCE,
)
"""The straight way, from the brief to the release."""
WORK: tuple[Stage, ...] = (*PATH, Stage.SOLO)
JUDGING: tuple[Stage, ...] = (Stage.CONTRACT_REVIEW, Stage.VERIFICATION)
"""Groups that report again as a whole when one of them asks a question."""
FINAL: tuple[Stage, ...] = (Stage.VERIFICATION, Stage.ACCEPTANCE, Stage.SOLO)
"""Where the builders' work is judged."""
CHANGING: tuple[Stage, ...] = (Stage.BUILD, Stage.VERIFICATION, Stage.ACCEPTANCE)
"""Where something frozen may be asked to change."""

_D, _A, _R, _C, _Q = (
    EventKind.DELIVER,
    EventKind.ACCEPT,
    EventKind.REWORK,
    EventKind.CHANGE,
    EventKind.QUESTION,
)
ANSWERS: dict[Stage, tuple[EventKind, ...]] = {
    Stage.PLAN: (_D, _Q),
    Stage.REQUIREMENTS: (_D, _Q),
    Stage.EXPERIENCE: (_D, _R, _Q),
    Stage.CONTRACT: (_D, _Q),
    Stage.CONTRACT_REVIEW: (_A, _R, _Q),
    Stage.BUILD: (_D, _C, _Q),
    Stage.VERIFICATION: (_A, _R, _C, _Q),
    Stage.ACCEPTANCE: (_A, _R, _C, _Q),
    Stage.SOLO: (_D, _A, _R, _Q),
}
"""What a report from a work stage may say."""

GRADE: dict[Item, str] = {
    Item.REQUIREMENTS: "requirements",
    Item.CONTRACT: "contract",
    Item.BACKEND: "backend",
    Item.FRONTEND: "frontend",
}
"""The docket field that holds the grade of an item to rework."""
ASKED: dict[Item, str] = {
    Item.CONTRACT_CHANGE: "contract_asked",
    Item.SCOPE_CHANGE: "scope_asked",
}
"""The docket field that holds who asks for a change."""
LOOP: dict[Item, Limit] = {
    Item.REQUIREMENTS: Limit.REQUIREMENT_REWORK,
    Item.CONTRACT: Limit.CONTRACT_REVIEW,
    Item.BACKEND: Limit.REWORK_BACKEND,
    Item.FRONTEND: Limit.REWORK_FRONTEND,
    Item.CONTRACT_CHANGE: Limit.CHANGE_REQUESTS,
    Item.SCOPE_CHANGE: Limit.CHANGE_REQUESTS,
}
"""The loop that serving an item spends."""
REWORK_AT: dict[Item, tuple[Stage, ...]] = {
    Item.REQUIREMENTS: (Stage.EXPERIENCE,),
    Item.CONTRACT: (Stage.CONTRACT_REVIEW,),
    Item.BACKEND: FINAL,
    Item.FRONTEND: FINAL,
}

NOBODY_OWES = Guard(Field("owed"), "==", 0)


def name_of(item: Item) -> str:
    """The item's name in rule ids."""
    return (item.name or "").lower()


def left(limit: Limit, op: str = "!=") -> Guard:
    """Something (`!=`) or nothing (`==`) remains under a limit."""
    return Guard(Field(LEFT[limit]), op, 0)


def enter(stage: Stage) -> tuple[Set, ...]:
    """Go to a stage and assign whoever works there."""
    if stage in WORK:
        owed: Operand = Field("todo") if stage is Stage.BUILD else Term(f"group_{stage}")
        return (
            Set("stage", "=", stage),
            Set("home", "=", stage),
            Set("owed", "=", owed),
            Set("again", "=", 0),
            Set("settled", "=", 0),
        )
    return (Set("stage", "=", stage), Set("owed", "=", 0))


def end(stage: Stage) -> tuple[Set, ...]:
    """End the run: nobody owes anything, nothing waits."""
    return (Set("stage", "=", stage), Set("owed", "=", 0), Set("again", "=", 0))


def put(kind: MatterKind, about: Item) -> tuple[Set, ...]:
    """Open a matter; the silent rows of its stage choose the authority."""
    stage = Stage.CHANGE_CONTROL if kind is MatterKind.RULING else Stage.ARBITRATION
    return (Set("matter", "=", kind), Set("about", "=", about), *enter(stage))


CLOSE: tuple[Set, ...] = (
    Set("matter", "=", MatterKind.NONE),
    Set("about", "=", 0),
    Set("stage", "=", Field("home")),
    Set("owed", "=", 0),
)
"""A matter is answered: back to where it came from, and serve the docket."""

DROP_VERDICTS: tuple[Set, ...] = (
    Set("contract", "=", 0),
    Set("backend", "=", 0),
    Set("frontend", "=", 0),
    Set("contract_asked", "=", 0),
    Set("scope_asked", "=", 0),
    Set("affected", "=", 0),
    Set("stuck", "&", Item.QUESTION),
)


def settle(item: Item) -> tuple[Set, ...]:
    """A change request is not taken: whoever asked goes on without it."""
    asked = ASKED[item]
    return (
        Set("again", "|", Field(asked)),
        Set("settled", "|", Field(asked)),
        Set(asked, "=", 0),
        Set("stuck", "-", item),
    )


SETTLE_ALL = (*settle(Item.CONTRACT_CHANGE), *settle(Item.SCOPE_CHANGE), Set("frozen", "=", 1))


def drop(item: Item) -> tuple[Set, ...]:
    """Take an item off the docket."""
    if item is Item.QUESTION:
        return (Set("question", "=", 0), Set("stuck", "-", item))
    if item in ASKED:
        return settle(item)
    return (Set(GRADE[item], "=", 0), Set("stuck", "-", item))


HEAR: tuple[Set, ...] = (
    Set("owed", "-", Heard("seat")),
    Set("requirements", "max", Heard("requirements")),
    Set("contract", "max", Heard("contract")),
    Set("backend", "max", Heard("backend")),
    Set("frontend", "max", Heard("frontend")),
    Set("contract_asked", "|", Heard("contract_asked")),
    Set("scope_asked", "|", Heard("scope_asked")),
    Set("affected", "|", Heard("affected")),
    Set("question", "max", Heard("question")),
    Set("stuck", "|", Heard("repeat")),
    Set("budget", "max", Heard("budget")),
)
"""A report is taken: nothing in it is dropped, it waits on the docket."""


def _reports() -> Iterable[Rule]:
    """A report comes in from a work stage."""
    for stage, kinds in ANSWERS.items():
        for kind in kinds:
            extra: tuple[Set, ...] = ()
            guard: tuple[Guard, ...] = ()
            if stage is Stage.BUILD and kind is _D:
                extra = (Set("todo", "-", Heard("seat")),)
            if kind is _Q:
                extra = (Set("again", "|", Heard("seat")),)
            if kind is _C:
                guard = (
                    Guard(Field("frozen"), "==", 0),
                    Guard(Field("settled"), "lacks", Heard("seat")),
                )
            yield Rule(
                id=f"{stage}.{kind}",
                stages=(stage,),
                event=kind,
                guard=guard,
                sets=(*HEAR, *extra),
                kind=_KIND_OF.get(kind, Move.NORMAL),
                text=_REPORT_TEXT[kind],
            )


_KIND_OF = {_R: Move.REWORK, _C: Move.CHANGE, _Q: Move.QUESTION}
_REPORT_TEXT = {
    _D: "the work is delivered",
    _A: "the work is accepted",
    _R: "the work needs rework; the findings wait on the docket",
    _C: "something frozen should change; the request waits on the docket",
    _Q: "a decision is needed before the work can go on",
}

NOTHING_WAITS: tuple[Guard, ...] = tuple(
    Guard(Field(name), "==", 0)
    for name in (
        "question", "contract_asked", "scope_asked", "contract_change", "scope_change",
        "reopen", "again", "requirements", "contract", "backend", "frontend", "todo",
    )
)  # fmt: skip


def _finish() -> Iterable[Rule]:
    """Accepted, and nothing waits: no budget can stop what is already done."""
    yield Rule(
        id="acceptance.release",
        stages=(Stage.ACCEPTANCE,),
        guard=(*NOTHING_WAITS, Guard(Term("release"), "==", 1)),
        sets=(*enter(Stage.RELEASE), Set("owed", "=", BIT[Seat.HUMAN])),
        goto=Stage.RELEASE,
        kind=Move.RELEASE,
        text="accepted; the external actions wait for a person's approval",
    )
    yield Rule(
        id="acceptance.ship",
        stages=(Stage.ACCEPTANCE,),
        guard=NOTHING_WAITS,
        sets=end(Stage.SHIPPED),
        goto=Stage.SHIPPED,
        kind=Move.END,
        text="accepted; shipped",
    )
    yield Rule(
        id="solo.ship",
        stages=(Stage.SOLO,),
        guard=NOTHING_WAITS,
        sets=end(Stage.SHIPPED),
        goto=Stage.SHIPPED,
        kind=Move.END,
        text="the one work item is done",
    )


def _budget() -> Iterable[Rule]:
    waiting = (Guard(Field("budget"), "==", 1),)
    yield Rule(
        id="budget.stop",
        stages=WORK,
        guard=(*waiting, Guard(Term("budget_at"), "==", AtLimit.STOP)),
        sets=end(Stage.STOPPED_BY_POLICY),
        goto=Stage.STOPPED_BY_POLICY,
        at_limit=Limit.HANDOFFS,
        kind=Move.END,
        clause="at_limit.budget",
        text="a budget is used up; the policy stops the run",
    )
    yield Rule(
        id="budget.open",
        stages=WORK,
        guard=waiting,
        sets=put(MatterKind.BUDGET, Item.NONE),
        goto=Stage.ARBITRATION,
        at_limit=Limit.HANDOFFS,
        kind=Move.QUESTION,
        clause="at_limit.budget",
        text="a budget is used up; an authority decides",
    )


def _reopen() -> Iterable[Rule]:
    """An approved change: findings that waited join the owner's next build."""
    for item in (Item.BACKEND, Item.FRONTEND):
        field = GRADE[item]
        yield Rule(
            id=f"reopen.join.{field}",
            stages=CHANGING,
            guard=(Guard(Field("reopen"), "!=", 0), Guard(Field(field), ">", 0)),
            sets=(Set("todo", "|", BIT[Seat(field)]), *drop(item)),
            item=item,
            kind=Move.CHANGE,
            text=f"findings that waited join the next build of {field}",
        )
    for value, stage in ((1, Stage.CONTRACT), (2, Stage.REQUIREMENTS)):
        yield Rule(
            id=f"reopen.{stage}",
            stages=CHANGING,
            guard=(Guard(Field("reopen"), "==", value),),
            sets=(*enter(stage), Set("reopen", "=", 0), Set("stuck", "=", 0)),
            goto=stage,
            kind=Move.CHANGE,
            text=f"the approved change goes back to {stage} and forward again",
        )


def _no_progress(item: Item, stages: tuple[Stage, ...], waiting: Guard) -> Iterable[Rule]:
    """The same thing comes back: it spends its own limit first."""
    stuck = (waiting, Guard(Field("stuck"), "has", item))
    empty = left(Limit.NO_PROGRESS, "==")
    name = name_of(item)
    yield Rule(
        id=f"no_progress.{name}.spend",
        stages=stages,
        guard=(*stuck, left(Limit.NO_PROGRESS)),
        spend=(Limit.NO_PROGRESS,),
        sets=(Set("stuck", "-", item),),
        item=item,
        kind=Move.REWORK,
        clause="limits.no_progress",
        text="the same thing came back: one step without progress is spent",
    )
    yield Rule(
        id=f"no_progress.{name}.stop",
        stages=stages,
        guard=(*stuck, empty, Guard(Term("no_progress_at"), "==", AtLimit.STOP)),
        sets=end(Stage.STOPPED_BY_POLICY),
        goto=Stage.STOPPED_BY_POLICY,
        at_limit=Limit.NO_PROGRESS,
        item=item,
        kind=Move.END,
        clause="at_limit.no_progress",
        text="no progress; the policy stops the run",
    )
    if item is not Item.QUESTION:
        mild = (Guard(Field(GRADE[item]), "==", 1),) if item in GRADE else ()
        yield Rule(
            id=f"no_progress.{name}.waive",
            stages=stages,
            guard=(*stuck, empty, Guard(Term("no_progress_at"), "==", AtLimit.WAIVE), *mild),
            sets=drop(item),
            at_limit=Limit.NO_PROGRESS,
            item=item,
            waives=item,
            clause="at_limit.no_progress",
            text="no progress; waived as named debt",
        )
    yield Rule(
        id=f"no_progress.{name}.open",
        stages=stages,
        guard=(*stuck, empty),
        sets=put(MatterKind.NO_PROGRESS, item),
        goto=Stage.ARBITRATION,
        at_limit=Limit.NO_PROGRESS,
        item=item,
        kind=Move.QUESTION,
        clause="at_limit.no_progress",
        text="no progress; an authority decides",
    )


def _questions() -> Iterable[Rule]:
    asked = Guard(Field("question"), ">", 0)
    for stage in JUDGING:
        yield Rule(
            id=f"question.regroup.{stage}",
            stages=(stage,),
            guard=(asked, Guard(Field("again"), "!=", Term(f"group_{stage}"))),
            sets=(Set("again", "=", Term(f"group_{stage}")), *DROP_VERDICTS),
            kind=Move.QUESTION,
            text="a verdict given before the ruling may be stale: the whole group reports again",
        )
    yield from _no_progress(Item.QUESTION, WORK, asked)
    yield Rule(
        id="question.open",
        stages=WORK,
        guard=(asked,),
        sets=put(MatterKind.QUESTION, Item.QUESTION),
        item=Item.QUESTION,
        goto=Stage.ARBITRATION,
        kind=Move.QUESTION,
        text="the group's questions are put to an authority as one matter",
    )


def _changes() -> Iterable[Rule]:
    for item, asked in ASKED.items():
        name = name_of(item)
        waiting = Guard(Field(asked), "!=", 0)
        yield from _no_progress(item, CHANGING, waiting)
        change = asked.replace("asked", "change")
        for seat in (Seat.CTO, Seat.BACKEND, Seat.FRONTEND, Seat.SECURITY, Seat.QA):
            yield Rule(
                id=f"change.admit.{name}.{seat}",
                stages=CHANGING,
                guard=(Guard(Field(asked), "has", BIT[seat]), left(Limit.CHANGE_REQUESTS)),
                spend=(Limit.CHANGE_REQUESTS,),
                sets=(Set(asked, "-", BIT[seat]), Set(change, "|", BIT[seat])),
                item=item,
                kind=Move.CHANGE,
                clause="limits.change_requests",
                text=f"the change request of {seat} is admitted",
            )
        used_up = (waiting, left(Limit.CHANGE_REQUESTS, "=="))
        at = Term("change_requests_at")
        yield Rule(
            id=f"change.limit.{name}.freeze",
            stages=CHANGING,
            guard=(*used_up, Guard(at, "==", AtLimit.FREEZE)),
            sets=SETTLE_ALL,
            at_limit=Limit.CHANGE_REQUESTS,
            item=item,
            kind=Move.CHANGE,
            waives=Item.CONTRACT_CHANGE | Item.SCOPE_CHANGE,
            clause="at_limit.change_requests",
            text="change requests are used up; the policy freezes what is frozen for good",
        )
        yield Rule(
            id=f"change.limit.{name}.stop",
            stages=CHANGING,
            guard=(*used_up, Guard(at, "==", AtLimit.STOP)),
            sets=end(Stage.STOPPED_BY_POLICY),
            goto=Stage.STOPPED_BY_POLICY,
            at_limit=Limit.CHANGE_REQUESTS,
            item=item,
            kind=Move.END,
            clause="at_limit.change_requests",
            text="change requests are used up; the policy stops the run",
        )
        yield Rule(
            id=f"change.limit.{name}.open",
            stages=CHANGING,
            guard=used_up,
            sets=put(MatterKind.LIMIT, item),
            goto=Stage.ARBITRATION,
            at_limit=Limit.CHANGE_REQUESTS,
            item=item,
            kind=Move.QUESTION,
            clause="at_limit.change_requests",
            text="change requests are used up (BE-ESC-6); an authority decides",
        )
    for field, item in (
        ("scope_change", Item.SCOPE_CHANGE),
        ("contract_change", Item.CONTRACT_CHANGE),
    ):
        yield Rule(
            id=f"change.open.{name_of(item)}",
            stages=CHANGING,
            guard=(Guard(Field(field), "!=", 0),),
            sets=put(MatterKind.RULING, item),
            item=item,
            goto=Stage.CHANGE_CONTROL,
            kind=Move.CHANGE,
            text="the group's change requests go to their authority in one ruling",
        )


def _again() -> Rule:
    return Rule(
        id="docket.again",
        stages=WORK,
        guard=(Guard(Field("again"), "!=", 0),),
        sets=(Set("owed", "=", Field("again")), Set("again", "=", 0)),
        kind=Move.ANSWER,
        text="whoever waited for the answer goes on",
    )


def _rework() -> Iterable[Rule]:
    back = {Item.REQUIREMENTS: Stage.REQUIREMENTS, Item.CONTRACT: Stage.CONTRACT}
    for item, field in GRADE.items():
        stages, limit = REWORK_AT[item], LOOP[item]
        found = Guard(Field(field), ">", 0)
        at = Term(f"{limit}_at")
        yield from _no_progress(item, stages, found)
        stage = back.get(item)
        onward = enter(stage) if stage else (Set("todo", "|", BIT[Seat(field)]),)
        yield Rule(
            id=f"rework.{field}",
            stages=stages,
            guard=(found, left(limit)),
            spend=(limit,),
            sets=(*drop(item), *onward),
            item=item,
            goto=stage,
            kind=Move.REWORK,
            clause=f"limits.{limit}",
            text=f"rework: {_OWNER[item]} mends what was found",
        )
        used_up = (found, left(limit, "=="))
        yield Rule(
            id=f"rework.{field}.stop",
            stages=stages,
            guard=(*used_up, Guard(at, "==", AtLimit.STOP)),
            sets=end(Stage.STOPPED_BY_POLICY),
            goto=Stage.STOPPED_BY_POLICY,
            at_limit=limit,
            item=item,
            kind=Move.END,
            clause=f"at_limit.{limit}",
            text="rework is used up; the policy stops the run",
        )
        yield Rule(
            id=f"rework.{field}.waive",
            stages=stages,
            guard=(*used_up, Guard(at, "==", AtLimit.WAIVE), Guard(Field(field), "==", 1)),
            sets=drop(item),
            at_limit=limit,
            item=item,
            waives=item,
            clause=f"at_limit.{limit}",
            text="rework is used up; what is left ships as named debt",
        )
        yield Rule(
            id=f"rework.{field}.open",
            stages=stages,
            guard=used_up,
            sets=put(MatterKind.LIMIT, item),
            goto=Stage.ARBITRATION,
            at_limit=limit,
            item=item,
            kind=Move.QUESTION,
            clause=f"at_limit.{limit}",
            text="rework is used up; an authority decides",
        )


_OWNER = {
    Item.REQUIREMENTS: "PM",
    Item.CONTRACT: "Backend (the contract)",
    Item.BACKEND: "Backend",
    Item.FRONTEND: "Frontend",
}


def _onward() -> Iterable[Rule]:
    yield Rule(
        id="rework.build",
        stages=(Stage.VERIFICATION, Stage.ACCEPTANCE),
        guard=(Guard(Field("todo"), "!=", 0),),
        sets=enter(Stage.BUILD),
        goto=Stage.BUILD,
        kind=Move.REWORK,
        text="the owners build again",
    )
    for here, there in zip(PATH, PATH[1:], strict=False):
        sealing = (Set("sealed", "=", 1),) if there is Stage.BUILD else ()
        yield Rule(
            id=f"{here}.next",
            stages=(here,),
            sets=(*enter(there), *sealing),
            goto=there,
            text="the contract is frozen and the build starts" if sealing else f"on to {there}",
        )


def _to_authority() -> Iterable[Rule]:
    """An open matter finds its authority."""
    arbitration, control = (Stage.ARBITRATION,), (Stage.CHANGE_CONTROL,)
    human = enter(Stage.HUMAN)

    def to_human(name: str, stages: tuple[Stage, ...], *guard: Guard, text: str) -> Rule:
        return Rule(
            id=f"{stages[0]}.to_human.{name}", stages=stages, guard=guard, sets=human,
            goto=Stage.HUMAN, kind=Move.QUESTION, text=text,
        )  # fmt: skip

    for stages in (arbitration, control):
        yield to_human(
            "no_cto", stages, Guard(Term("cto"), "==", 0), text="there is no CTO: the human decides"
        )
        for own in (Stage.PLAN, Stage.ACCEPTANCE) if stages is arbitration else (Stage.ACCEPTANCE,):
            yield to_human(
                f"own_{own}",
                stages,
                Guard(Field("home"), "==", own),
                text="nobody rules on a matter of their own: the human decides",
            )
    yield to_human(
        "question",
        arbitration,
        Guard(Field("matter"), "==", MatterKind.QUESTION),
        Guard(Field("question"), "==", 2),
        text="the policy names the human for this question",
    )
    for kind in (MatterKind.LIMIT, MatterKind.NO_PROGRESS, MatterKind.BUDGET):
        yield to_human(
            kind,
            arbitration,
            Guard(Field("matter"), "==", kind),
            Guard(Term(f"{kind}_to_human"), "==", 1),
            text="the policy names the human for this matter",
        )
    for target in ("contract", "scope"):
        yield to_human(
            target,
            control,
            Guard(Field(f"{target}_change"), "!=", 0),
            Guard(Term(f"{target}_to_human"), "==", 1),
            text=f"the human decides about a change of {target}",
        )
    yield Rule(
        id="arbitration.cto",
        stages=arbitration,
        guard=(left(Limit.ESCALATIONS),),
        spend=(Limit.ESCALATIONS,),
        sets=(Set("owed", "=", BIT[Seat.CTO]),),
        kind=Move.QUESTION,
        clause="limits.escalations",
        text="the matter is put to the CTO",
    )
    yield Rule(
        id="arbitration.stop",
        stages=arbitration,
        guard=(Guard(Term("escalations_at"), "==", AtLimit.STOP),),
        sets=end(Stage.STOPPED_BY_POLICY),
        goto=Stage.STOPPED_BY_POLICY,
        at_limit=Limit.ESCALATIONS,
        kind=Move.END,
        clause="at_limit.escalations",
        text="escalations are used up; the policy stops the run",
    )
    yield Rule(
        id="arbitration.to_human.limit_escalations",
        stages=arbitration,
        sets=human,
        goto=Stage.HUMAN,
        at_limit=Limit.ESCALATIONS,
        kind=Move.QUESTION,
        clause="at_limit.escalations",
        text="escalations are used up: the human decides",
    )
    yield Rule(
        id="change_control.cto",
        stages=control,
        sets=(Set("owed", "=", BIT[Seat.CTO]),),
        kind=Move.CHANGE,
        clause="authority.contract_change",
        text="the CTO rules on the change",
    )
    yield Rule(
        id="human.ask",
        stages=(Stage.HUMAN,),
        guard=(Guard(Term("human"), "==", 1), left(Limit.HUMAN_QUESTIONS)),
        spend=(Limit.HUMAN_QUESTIONS,),
        sets=(Set("owed", "=", BIT[Seat.HUMAN]),),
        kind=Move.QUESTION,
        clause="limits.human_questions",
        text="the matter is put to the human",
    )
    yield Rule(
        id="human.stop",
        stages=(Stage.HUMAN,),
        sets=end(Stage.STOPPED_BY_POLICY),
        goto=Stage.STOPPED_BY_POLICY,
        at_limit=Limit.HUMAN_QUESTIONS,
        kind=Move.END,
        clause="limits.human_questions",
        text="a person would have to decide and may not be asked any more",
    )


def _rulings() -> Iterable[Rule]:
    """What an authority answers."""
    for stage, seat in ((Stage.ARBITRATION, Seat.CTO), (Stage.HUMAN, Seat.HUMAN)):
        yield from _arbitrate(stage, seat)
    for stage, seat in ((Stage.CHANGE_CONTROL, Seat.CTO), (Stage.HUMAN, Seat.HUMAN)):
        yield from _rule_on_changes(stage, seat)
    for stage in (Stage.ARBITRATION, Stage.CHANGE_CONTROL):
        yield Rule(
            id=f"{stage}.refer",
            stages=(stage,),
            event=EventKind.REFER,
            seat=Seat.CTO,
            sets=(Set("budget", "max", Heard("budget")), *enter(Stage.HUMAN)),
            goto=Stage.HUMAN,
            kind=Move.QUESTION,
            text="the CTO puts the matter to the human",
        )
    for stage, seat in ((Stage.ARBITRATION, Seat.CTO), (Stage.HUMAN, Seat.HUMAN)):
        yield Rule(
            id=f"{stage}.stop_by_decision",
            stages=(stage,),
            event=EventKind.STOP,
            seat=seat,
            sets=end(Stage.STOPPED),
            goto=Stage.STOPPED,
            kind=Move.END,
            text=f"{_WHO[seat]} stops the run",
        )
    yield Rule(
        id="release.approve",
        stages=(Stage.RELEASE,),
        event=EventKind.APPROVE,
        seat=Seat.HUMAN,
        sets=end(Stage.SHIPPED),
        goto=Stage.SHIPPED,
        kind=Move.END,
        text="the human approves the external actions; shipped",
    )
    yield Rule(
        id="release.deny",
        stages=(Stage.RELEASE,),
        event=EventKind.DENY,
        seat=Seat.HUMAN,
        sets=end(Stage.STOPPED),
        goto=Stage.STOPPED,
        kind=Move.END,
        text="the human denies the external actions",
    )


_WHO = {Seat.CTO: "the CTO", Seat.HUMAN: "the human"}


def _arbitrate(stage: Stage, seat: Seat) -> Iterable[Rule]:
    heard = Set("budget", "max", Heard("budget"))

    def answer(
        name: str,
        event: EventKind,
        matter: MatterKind,
        *guard: Guard,
        sets: tuple[Set, ...],
        text: str,
        grants: Limit | None = None,
        waives: Item = Item.NONE,
    ) -> Rule:
        spend: tuple[Limit, ...] = (Limit.GRANTS,) if grants else ()
        return Rule(
            id=f"{stage}.{name}",
            stages=(stage,),
            event=event,
            seat=seat,
            guard=(
                Guard(Field("matter"), "==", matter),
                *guard,
                *((left(Limit.GRANTS),) if grants else ()),
            ),
            spend=spend,
            sets=(*sets, *CLOSE) if matter is MatterKind.BUDGET else (heard, *sets, *CLOSE),
            kind=Move.ANSWER,
            grants=grants,
            waives=waives,
            clause="limits.grants" if grants else "",
            text=f"{_WHO[seat]} {text}",
        )

    for event in (EventKind.ANSWER, EventKind.APPROVE, EventKind.REJECT):
        yield answer(
            f"question.{event}", event, MatterKind.QUESTION, sets=drop(Item.QUESTION),
            text=f"answers ({event}); the asker's group goes on",
        )  # fmt: skip
    yield answer(
        "budget.grant", EventKind.GRANT, MatterKind.BUDGET, sets=(Set("budget", "=", 0),),
        grants=Limit.HANDOFFS, text="grants one more step of every budget",
    )  # fmt: skip
    for matter in (MatterKind.LIMIT, MatterKind.NO_PROGRESS):
        for item in Item:
            if item is Item.NONE or (matter is MatterKind.LIMIT and item is Item.QUESTION):
                continue
            about = Guard(Field("about"), "==", item)
            name = name_of(item)
            limit = Limit.NO_PROGRESS if matter is MatterKind.NO_PROGRESS else LOOP[item]
            mendable: tuple[Guard, ...] = (
                (Guard(Term(f"grantable_{GRADE[item]}"), "==", 1),) if item in GRADE else ()
            )
            yield answer(
                f"{matter}.grant.{name}", EventKind.GRANT, matter, about, *mendable,
                sets=(Set(LEFT[limit], "+", 1),), grants=limit,
                text=f"grants one more step under {limit}",
            )  # fmt: skip
            critical: tuple[Guard, ...] = (
                (Guard(Field(GRADE[item]), "<", CRITICAL_GRADE),)
                if item in GRADE and seat is Seat.CTO
                else ()
            )
            yield answer(
                f"{matter}.waive.{name}", EventKind.WAIVE, matter, about, *critical,
                sets=drop(item), waives=item, text="waives it: it ships as named debt",
            )  # fmt: skip
            if item in ASKED:
                yield answer(
                    f"{matter}.freeze.{name}", EventKind.FREEZE, matter, about,
                    sets=SETTLE_ALL, waives=Item.CONTRACT_CHANGE | Item.SCOPE_CHANGE,
                    text="freezes: no more change requests are taken",
                )  # fmt: skip


def _rule_on_changes(stage: Stage, seat: Seat) -> Iterable[Rule]:
    ruling = Guard(Field("matter"), "==", MatterKind.RULING)
    heard = Set("budget", "max", Heard("budget"))
    clear = (
        Set("contract_change", "=", 0),
        Set("scope_change", "=", 0),
        Set("affected", "=", 0),
    )
    contract = (
        Set("reopen", "=", 1),
        Set("todo", "|", Field("affected")),
        Set("todo", "|", Field("contract_change")),
        Set("todo", "|", BIT[Seat.BACKEND]),
        Set("todo", "&", Term("builders")),
    )
    scope = (Set("reopen", "=", 2), Set("todo", "=", Term("builders")))
    both = APPROVED_CONTRACT | APPROVED_SCOPE
    cases: tuple[tuple[str, int, tuple[tuple[str, str], ...], tuple[Set, ...], Item], ...] = (
        ("both", both, (("contract_change", "!="), ("scope_change", "!=")), scope, Item.NONE),
        ("scope", APPROVED_SCOPE, (("contract_change", "=="), ("scope_change", "!=")), scope,
         Item.NONE),
        ("scope_only", APPROVED_SCOPE, (("contract_change", "!="), ("scope_change", "!=")), scope,
         Item.CONTRACT_CHANGE),
        ("contract", APPROVED_CONTRACT, (("contract_change", "!="), ("scope_change", "==")),
         contract, Item.NONE),
        ("contract_only", APPROVED_CONTRACT, (("contract_change", "!="), ("scope_change", "!=")),
         contract, Item.SCOPE_CHANGE),
    )  # fmt: skip
    for name, approved, asked, sets, waives in cases:
        yield Rule(
            id=f"{stage}.approve.{name}",
            stages=(stage,),
            event=EventKind.APPROVE,
            seat=seat,
            guard=(
                ruling,
                *(Guard(Field(field), op, 0) for field, op in asked),
                Guard(Heard("approved"), "==", approved),
            ),
            sets=(heard, *sets, *clear, *CLOSE),
            kind=Move.CHANGE,
            waives=waives,
            text=f"{_WHO[seat]} approves the change of {name.replace('_', ' ')}",
        )
    yield Rule(
        id=f"{stage}.reject",
        stages=(stage,),
        event=EventKind.REJECT,
        seat=seat,
        guard=(ruling,),
        sets=(
            heard,
            Set("again", "|", Field("contract_change")),
            Set("again", "|", Field("scope_change")),
            Set("settled", "|", Field("contract_change")),
            Set("settled", "|", Field("scope_change")),
            *clear,
            *CLOSE,
        ),
        kind=Move.CHANGE,
        waives=Item.CONTRACT_CHANGE | Item.SCOPE_CHANGE,
        text=f"{_WHO[seat]} rejects the change; the gap is a waiver and the requester goes on",
    )


def _silent(rules: Iterable[Rule]) -> Iterable[Rule]:
    """Silent rows fire only when nobody owes a report."""
    for rule in rules:
        fields = {name: getattr(rule, name) for name in rule.__slots__}
        yield Rule(**{**fields, "guard": (NOBODY_OWES, *rule.guard)})


RULES: tuple[Rule, ...] = (
    *_reports(),
    *_rulings(),
    *_silent(
        (
            *_finish(),
            *_budget(),
            *_reopen(),
            *_questions(),
            *_changes(),
            _again(),
            *_rework(),
            *_onward(),
            *_to_authority(),
        )
    ),
)
"""Every rule of the team. Order matters among silent rows only."""
