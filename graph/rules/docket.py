"""The docket: what can wait on it, where it goes, and the updates that rows share."""

from remit.graph.event import Item
from remit.graph.position import LEFT
from remit.graph.rules.row import Field, Guard, Operand, Set, Term
from remit.state.vocabulary import EventKind, Limit, MatterKind, Stage

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

VERDICTS: dict[Stage, tuple[str, ...]] = {
    Stage.CONTRACT_REVIEW: ("contract",),
    Stage.VERIFICATION: ("backend", "frontend", "contract_asked", "scope_asked"),
}
"""What a judging group can have put on the docket."""
DROP_VERDICTS: tuple[Set, ...] = (
    Set("contract", "=", 0),
    Set("backend", "=", 0),
    Set("frontend", "=", 0),
    Set("contract_asked", "=", 0),
    Set("scope_asked", "=", 0),
    Set("critical", "=", 0),
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
        *((Set("critical", "=", 0),) if item is Item.CONTRACT_CHANGE else ()),
    )


REFUSED: tuple[Set, ...] = (
    Set("again", "|", Field("contract_change")),
    Set("again", "|", Field("scope_change")),
    Set("settled", "|", Field("contract_change")),
    Set("settled", "|", Field("scope_change")),
)
"""Whoever asked for a change in hand goes on without it."""
CLEARED: tuple[Set, ...] = (
    Set("contract_change", "=", 0),
    Set("scope_change", "=", 0),
    Set("critical", "=", 0),
    Set("affected", "=", 0),
)
"""No change is in hand any more."""
SETTLE_ALL = (
    *settle(Item.CONTRACT_CHANGE),
    *settle(Item.SCOPE_CHANGE),
    *REFUSED,
    *CLEARED,
    Set("frozen", "=", 1),
)
"""Change requests are frozen: what is asked or in hand becomes a waiver."""


def drop(item: Item) -> tuple[Set, ...]:
    """Take an item off the docket."""
    if item is Item.QUESTION:
        return (Set("question", "=", 0), Set("stuck", "-", item))
    if item in ASKED:
        return settle(item)
    return (Set(GRADE[item], "=", 0), Set("stuck", "-", item))
