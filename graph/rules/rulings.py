"""What an authority answers, and what follows."""

from collections.abc import Iterable

from remit.graph.event import APPROVED_CONTRACT, APPROVED_SCOPE, BIT, CRITICAL_GRADE, Item
from remit.graph.position import LEFT
from remit.graph.rules.docket import (
    ASKED,
    CLEARED,
    CLOSE,
    GRADE,
    LOOP,
    REFUSED,
    SETTLE_ALL,
    drop,
    end,
    enter,
    left,
    name_of,
)
from remit.graph.rules.row import Field, Guard, Heard, Rule, Set, Term
from remit.state.handoff import Move
from remit.state.vocabulary import EventKind, Limit, MatterKind, Seat, Stage


def rulings() -> Iterable[Rule]:
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
            text="the run is stopped by decision",
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
        "budget.grant", EventKind.GRANT, MatterKind.BUDGET,
        sets=(Set("budget", "=", Heard("budget")),), grants=Limit.HANDOFFS,
        text="grants one more step of every budget",
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
            if matter is MatterKind.NO_PROGRESS and item in LOOP:
                mendable = (*mendable, left(LOOP[item]))
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
                uncritical = (Guard(Field("critical"), "==", 0),) if seat is Seat.CTO else ()
                yield answer(
                    f"{matter}.freeze.{name}", EventKind.FREEZE, matter, about, *uncritical,
                    sets=SETTLE_ALL, waives=Item.CONTRACT_CHANGE | Item.SCOPE_CHANGE,
                    text="freezes: no more change requests are taken",
                )  # fmt: skip


def _rule_on_changes(stage: Stage, seat: Seat) -> Iterable[Rule]:
    ruling = Guard(Field("matter"), "==", MatterKind.RULING)
    heard = Set("budget", "max", Heard("budget"))
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
            sets=(heard, *sets, *CLEARED, *CLOSE),
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
            *REFUSED,
            *CLEARED,
            *CLOSE,
        ),
        kind=Move.CHANGE,
        waives=Item.CONTRACT_CHANGE | Item.SCOPE_CHANGE,
        text=f"{_WHO[seat]} rejects the change; the gap is a waiver and the requester goes on",
    )
