"""Requests to change what is frozen: admitted, counted, put to their authority."""

from collections.abc import Iterable

from remit.graph.event import BIT, Item
from remit.graph.rules.docket import (
    ASKED,
    CHANGING,
    SETTLE_ALL,
    end,
    left,
    name_of,
    put,
)
from remit.graph.rules.row import Field, Guard, Rule, Set, Term
from remit.graph.rules.serving import no_progress
from remit.state.handoff import Move
from remit.state.vocabulary import AtLimit, Limit, MatterKind, Seat, Stage


def changes() -> Iterable[Rule]:
    """Change requests: no progress first, then their limit, then one ruling for the group."""
    for item, asked in ASKED.items():
        yield from no_progress(item, CHANGING, Guard(Field(asked), "!=", 0))
        yield from _admitted(item, asked)
        yield from _used_up(item, asked)
    yield from _put()


def _admitted(item: Item, asked: str) -> Iterable[Rule]:
    name = name_of(item)
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


def _used_up(item: Item, asked: str) -> Iterable[Rule]:
    name = name_of(item)
    used_up = (Guard(Field(asked), "!=", 0), left(Limit.CHANGE_REQUESTS, "=="))
    at = Term("change_requests_at")
    yield Rule(
        id=f"change.limit.{name}.freeze",
        stages=CHANGING,
        guard=(*used_up, Guard(at, "==", AtLimit.FREEZE), Guard(Field("critical"), "==", 0)),
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


def _put() -> Iterable[Rule]:
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
