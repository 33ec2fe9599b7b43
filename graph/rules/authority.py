"""Matters find their authority."""

from collections.abc import Iterable

from remit.graph.event import BIT, Item
from remit.graph.rules.docket import end, enter, left
from remit.graph.rules.row import Field, Guard, Rule, Set, Term
from remit.state.handoff import Move
from remit.state.vocabulary import AtLimit, Limit, MatterKind, Seat, Stage

ARBITRATION, CONTROL = (Stage.ARBITRATION,), (Stage.CHANGE_CONTROL,)


def to_authority() -> Iterable[Rule]:
    """An open matter finds its authority: the human where it must be, else the CTO."""
    yield from _past_the_cto()
    yield from _at_the_cto()
    yield from _at_the_human()


def _to_human(
    name: str, stages: tuple[Stage, ...], *guard: Guard, text: str, clause: str = ""
) -> Rule:
    return Rule(
        id=f"{stages[0]}.to_human.{name}", stages=stages, guard=guard, sets=enter(Stage.HUMAN),
        goto=Stage.HUMAN, kind=Move.QUESTION, text=text, clause=clause,
    )  # fmt: skip


def _past_the_cto() -> Iterable[Rule]:
    for stages in (ARBITRATION, CONTROL):
        yield _to_human(
            "no_cto", stages, Guard(Term("cto"), "==", 0), text="there is no CTO: the human decides"
        )
        for own in (Stage.PLAN, Stage.ACCEPTANCE) if stages is ARBITRATION else (Stage.ACCEPTANCE,):
            yield _to_human(
                f"own_{own}",
                stages,
                Guard(Field("home"), "==", own),
                text="nobody rules on a matter of their own: the human decides",
            )
    critical = Guard(Field("critical"), "==", 1)
    for stages, waiting in (
        (ARBITRATION, Guard(Field("about"), "==", Item.CONTRACT_CHANGE)),
        (CONTROL, Guard(Field("contract_change"), "!=", 0)),
    ):
        yield _to_human(
            "critical",
            stages,
            critical,
            waiting,
            text="a critical security flaw is at stake: only the human may refuse the change",
        )
    yield _to_human(
        "question",
        ARBITRATION,
        Guard(Field("matter"), "==", MatterKind.QUESTION),
        Guard(Field("question"), "==", 2),
        text="the policy names the human for this question",
        clause="authority",
    )
    for kind in (MatterKind.LIMIT, MatterKind.NO_PROGRESS, MatterKind.BUDGET):
        yield _to_human(
            kind,
            ARBITRATION,
            Guard(Field("matter"), "==", kind),
            Guard(Term(f"{kind}_to_human"), "==", 1),
            text="the policy names the human for this matter",
            clause=f"authority.{kind}",
        )
    for target in ("contract", "scope"):
        yield _to_human(
            target,
            CONTROL,
            Guard(Field(f"{target}_change"), "!=", 0),
            Guard(Term(f"{target}_to_human"), "==", 1),
            text=f"the human decides about a change of {target}",
            clause=f"authority.{target}_change",
        )


def _at_the_cto() -> Iterable[Rule]:
    yield Rule(
        id="arbitration.cto",
        stages=ARBITRATION,
        guard=(left(Limit.ESCALATIONS),),
        spend=(Limit.ESCALATIONS,),
        sets=(Set("owed", "=", BIT[Seat.CTO]),),
        kind=Move.QUESTION,
        clause="limits.escalations",
        text="the matter is put to the CTO",
    )
    yield Rule(
        id="arbitration.stop",
        stages=ARBITRATION,
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
        stages=ARBITRATION,
        sets=enter(Stage.HUMAN),
        goto=Stage.HUMAN,
        at_limit=Limit.ESCALATIONS,
        kind=Move.QUESTION,
        clause="at_limit.escalations",
        text="escalations are used up: the human decides",
    )
    yield Rule(
        id="change_control.cto",
        stages=CONTROL,
        sets=(Set("owed", "=", BIT[Seat.CTO]),),
        kind=Move.CHANGE,
        clause="authority.contract_change",
        text="the CTO rules on the change",
    )


def _at_the_human() -> Iterable[Rule]:
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
        id="human.absent",
        stages=(Stage.HUMAN,),
        guard=(Guard(Term("human"), "==", 0),),
        sets=end(Stage.STOPPED_BY_POLICY),
        goto=Stage.STOPPED_BY_POLICY,
        at_limit=Limit.HUMAN_QUESTIONS,
        kind=Move.END,
        clause="human.present",
        text="a person would have to decide, and the policy asks none",
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
