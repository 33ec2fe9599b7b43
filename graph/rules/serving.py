"""Nobody owes a report: the docket is served, first things first."""

from collections.abc import Iterable
from itertools import pairwise

from remit.graph.event import BIT, Item
from remit.graph.rules.docket import (
    CHANGING,
    DROP_VERDICTS,
    GRADE,
    JUDGING,
    LOOP,
    PATH,
    REWORK_AT,
    VERDICTS,
    WORK,
    drop,
    end,
    enter,
    left,
    name_of,
    put,
)
from remit.graph.rules.row import Field, Guard, Rule, Set, Term
from remit.state.handoff import Move
from remit.state.vocabulary import AtLimit, Limit, MatterKind, Seat, Stage

NOTHING_WAITS: tuple[Guard, ...] = tuple(
    Guard(Field(name), "==", 0)
    for name in (
        "question", "contract_asked", "scope_asked", "contract_change", "scope_change",
        "reopen", "again", "requirements", "contract", "backend", "frontend", "todo",
    )
)  # fmt: skip


def finish() -> Iterable[Rule]:
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


def budget() -> Iterable[Rule]:
    """A budget is used up."""
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


def reopen() -> Iterable[Rule]:
    """An approved change: findings that waited join the owner's next build.

    Findings for a builder who is not on the team wait on, until its rework goes to an authority.
    """
    for item in (Item.BACKEND, Item.FRONTEND):
        field = GRADE[item]
        yield Rule(
            id=f"reopen.join.{field}",
            stages=CHANGING,
            guard=(
                Guard(Term(f"grantable_{field}"), "==", 1),
                Guard(Field("reopen"), "!=", 0),
                Guard(Field(field), ">", 0),
            ),
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


_NOT_CRITICAL = Guard(Field("critical"), "==", 0)


def no_progress(item: Item, stages: tuple[Stage, ...], waiting: Guard) -> Iterable[Rule]:
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
        mild = Guard(Field(GRADE[item]), "==", 1) if item in GRADE else _NOT_CRITICAL
        yield Rule(
            id=f"no_progress.{name}.waive",
            stages=stages,
            guard=(*stuck, empty, Guard(Term("no_progress_at"), "==", AtLimit.WAIVE), mild),
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


def questions() -> Iterable[Rule]:
    """A group's questions go in one matter."""
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
        for verdict in VERDICTS[stage]:
            yield Rule(
                id=f"question.regroup.{stage}.{verdict}",
                stages=(stage,),
                guard=(asked, Guard(Field(verdict), "!=", 0)),
                sets=DROP_VERDICTS,
                kind=Move.QUESTION,
                text="what the askers said beside their question they will say again",
            )
    yield from no_progress(Item.QUESTION, WORK, asked)
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


def again() -> Iterable[Rule]:
    """Whoever was held up goes on."""
    yield Rule(
        id="docket.again",
        stages=WORK,
        guard=(Guard(Field("again"), "!=", 0),),
        sets=(Set("owed", "=", Field("again")), Set("again", "=", 0)),
        kind=Move.ANSWER,
        text="whoever waited for the answer goes on",
    )


def rework() -> Iterable[Rule]:
    """Findings go to their owner, or what the policy says at the limit."""
    back = {Item.REQUIREMENTS: Stage.REQUIREMENTS, Item.CONTRACT: Stage.CONTRACT}
    for item, field in GRADE.items():
        stages, limit = REWORK_AT[item], LOOP[item]
        found = Guard(Field(field), ">", 0)
        at = Term(f"{limit}_at")
        yield from no_progress(item, stages, found)
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


def onward() -> Iterable[Rule]:
    """Nothing waits: the owners build again, or the next stage begins."""
    yield Rule(
        id="rework.build",
        stages=(Stage.VERIFICATION, Stage.ACCEPTANCE),
        guard=(Guard(Field("todo"), "!=", 0),),
        sets=enter(Stage.BUILD),
        goto=Stage.BUILD,
        kind=Move.REWORK,
        text="the owners build again",
    )
    for here, there in pairwise(PATH):
        sealing = (Set("sealed", "=", 1),) if there is Stage.BUILD else ()
        yield Rule(
            id=f"{here}.next",
            stages=(here,),
            sets=(*enter(there), *sealing),
            goto=there,
            text="the contract is frozen and the build starts" if sealing else f"on to {there}",
        )
