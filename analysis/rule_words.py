"""A row of the rules in words: when it fires, and what it does.

The words are made from the row's own guards and updates, so that they cannot say anything else than
what is executed. A guard or an update that has no words is a `KeyError`; a test asks for all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from remit.graph.event import Item, seats
from remit.graph.position import LEFT
from remit.graph.rules import ANSWERS, GRADE, Field, Guard, Rule, Set, Term
from remit.graph.rules.docket import (
    CLEARED,
    CLOSE,
    DROP_VERDICTS,
    REFUSED,
    SETTLE_ALL,
    drop,
    end,
    enter,
    settle,
)
from remit.graph.rules.reports import HEAR
from remit.graph.rules.serving import NOTHING_WAITS
from remit.state.vocabulary import ENDS, Limit, MatterKind, Seat, Stage

Part = TypeVar("Part", Guard, Set)
SEAT: Mapping[Seat, str] = {
    Seat.CTO: "the CTO",
    Seat.PM: "PM",
    Seat.UIUX: "UI/UX",
    Seat.BACKEND: "Backend",
    Seat.FRONTEND: "Frontend",
    Seat.SECURITY: "Security",
    Seat.QA: "QA",
    Seat.HUMAN: "the human",
}
ITEM: Mapping[Item, str] = {
    Item.QUESTION: "the question",
    Item.CONTRACT_CHANGE: "the contract change",
    Item.SCOPE_CHANGE: "the scope change",
    Item.REQUIREMENTS: "the requirements",
    Item.CONTRACT: "the draft contract",
    Item.BACKEND: "Backend's build",
    Item.FRONTEND: "Frontend's build",
}
MATTER: Mapping[MatterKind, str] = {
    MatterKind.QUESTION: "a question",
    MatterKind.RULING: "a ruling on change requests",
    MatterKind.LIMIT: "a limit reached",
    MatterKind.NO_PROGRESS: "no progress",
    MatterKind.BUDGET: "a budget used up",
}
_CHANGE = {
    "contract_asked": "a contract change",
    "scope_asked": "a scope change",
    "contract_change": "a contract change",
    "scope_change": "a scope change",
}
_GRADED = {field: item for item, field in GRADE.items()}
_LIMIT = {field: limit for limit, field in LEFT.items()}


def items(several: Item) -> str:
    """What a mask of items leaves undone, in words."""
    return " and ".join(
        f"the findings against {words}" if item in GRADE else words
        for item, words in ITEM.items()
        if item & several
    )


def stages(rule: Rule) -> str:
    """The stages at which a row can fire, by name."""
    return "any work stage" if len(rule.stages) == len(ANSWERS) else ", ".join(rule.stages)


def when(rule: Rule) -> tuple[str, ...]:
    """What must hold for a row to fire, beside its stage; empty where nothing more must."""
    said: list[str] = []
    if rule.event is not None:
        said.append(f"{SEAT[rule.seat] if rule.seat else 'a seat'} says {rule.event}")
    owed = Guard(Field("owed"), "==", 0)
    rest = [guard for guard in rule.guard if guard != owed]
    said += _bundled(rest, ((NOTHING_WAITS, "nothing waits on the docket"),), _guard)
    return tuple(said)


def then(rule: Rule) -> tuple[str, ...]:
    """What a row does: what it spends, gives and waives, then how the position changes."""
    said: list[str] = []
    if rule.at_limit is not None:
        said.append(f"answers the end of {_budget(rule.at_limit, 'a budget')}")
    said += [f"spends one of {limit}" for limit in rule.spend]
    if rule.grants is not None:
        said.append(f"gives one more step of {_budget(rule.grants, 'every budget')}")
    if rule.waives:
        said.append(f"ships as known debt: {items(rule.waives)}")
    said += _opened(rule)
    said += _bundled(rule.sets, _BUNDLES, _update)
    return tuple(dict.fromkeys(said))


def _budget(limit: Limit, budgets: str) -> str:
    """A limit by its name; in the rules, `handoffs` stands for all budgets."""
    return budgets if limit is Limit.HANDOFFS else str(limit)


def _opened(rule: Rule) -> Iterator[str]:
    """The matter that a row opens."""
    values: dict[str, Any] = {one.field: one.value for one in rule.sets}
    kind = values.get("matter", MatterKind.NONE)
    if kind is not MatterKind.NONE:
        about = f", about {ITEM[values['about']]}" if values["about"] else ""
        yield f"opens a matter: {MATTER[kind]}{about}"


def _bundled(
    parts: Sequence[Part],
    bundles: Iterable[tuple[Iterable[Part], str]],
    word: Callable[[Part], str],
) -> Iterator[str]:
    """Words for the parts: for each bundle that is there in full, then for what is left."""
    left = dict.fromkeys(parts)
    said: list[str] = []
    for bundle, words in bundles:
        if left.keys() >= set(bundle):
            left = {part: None for part in left if part not in set(bundle)}
            said.append(words)
    yield from filter(None, map(word, left))
    yield from filter(None, said)


def _guard(guard: Guard) -> str:
    """One guard in words."""
    name, value = guard.left.name, guard.right
    if isinstance(guard.left, Term):
        return _term(name, guard.op, value)
    if name in _LIMIT:
        left = "nothing" if guard.op == "==" else "something"
        return f"{left} is left under {_LIMIT[name]}"
    if name in _GRADED:
        return _grade(ITEM[_GRADED[name]], guard.op, value)
    if name in _CHANGE:
        return _change(name, guard.op, value)
    return _GUARDS[name, guard.op](value)


def _grade(what: str, op: str, value: Any) -> str:
    return {
        ("!=", 0): f"findings against {what} wait",
        (">", 0): f"findings against {what} wait",
        ("==", 1): "none of them is Security's",
        ("<", 3): "none of them is critical",
    }[op, value]


def _change(name: str, op: str, value: Any) -> str:
    waits = "is asked for" if name.endswith("asked") else "waits for its ruling"
    if op == "has":
        return f"{SEAT[seats(value)[0]]} asks for {_CHANGE[name]}"
    return f"{_CHANGE[name] if op == '!=' else _CHANGE[name].replace('a ', 'no ', 1)} {waits}"


def _term(name: str, op: str, value: Any) -> str:
    if name.endswith("_at"):
        return f"at_limit.{name.removesuffix('_at')} is {value}"
    if name.startswith("grantable_"):
        return "whoever mends it is on the team"
    if name == "solo_mode":
        return f"its mode is {'' if op == '==' else 'not '}{value}"
    return _TERMS[name, value]


_TERMS: Mapping[tuple[str, int], str] = {
    ("cto", 0): "there is no CTO on the team",
    ("human", 0): "human.present is false",
    ("human", 1): "human.present is true",
    ("release", 1): "the brief names an external action",
    ("contract_to_human", 1): "authority.contract_change is human",
    ("scope_to_human", 1): "authority.scope_change is human",
    ("limit_to_human", 1): "authority.limit is human",
    ("no_progress_to_human", 1): "authority.no_progress is human",
    ("budget_to_human", 1): "authority.budget is human",
}
_APPROVED = {1: "contract change", 2: "scope change", 3: "contract and scope changes"}
_REOPEN = {1: "to the contract", 2: "to the requirements"}
_GUARDS: Mapping[tuple[str, str], Callable[[Any], str]] = {
    ("about", "=="): lambda item: f"it is about {ITEM[item]}",
    ("again", "!="): lambda who: (
        f"not all of {who.name.removeprefix('group_')} are to report again yet"
        if isinstance(who, Term)
        else "somebody is to be assigned again"
    ),
    ("approved", "=="): lambda which: f"it approves the {_APPROVED[which]}",
    ("budget", "=="): lambda _: "a budget is used up",
    ("critical", "=="): lambda yes: (
        "the contract change mends a critical security flaw"
        if yes
        else "no critical security flaw is at stake"
    ),
    ("frozen", "=="): lambda _: "change requests are still taken",
    ("home", "=="): lambda stage: f"the matter comes from {stage}",
    ("matter", "=="): lambda kind: f"the open matter is {MATTER[kind]}",
    ("question", ">"): lambda _: "a question waits",
    ("question", "=="): lambda _: "the policy gives this question to the human",
    ("reopen", "!="): lambda _: "an approved change is on its way",
    ("reopen", "=="): lambda to: f"an approved change is on its way {_REOPEN[to]}",
    ("seat", "lacks"): lambda _: "no person stands in for the seat",
    ("settled", "lacks"): lambda _: "the seat was not refused a change on this visit",
    ("stuck", "has"): lambda _: "the same came back after it was dealt with",
    ("todo", "!="): lambda _: "a builder's work is not delivered",
}


def _update(one: Set) -> str:
    """One update in words; empty where another part of the row says it."""
    if one.field in _SILENT or (one.field, one.op, one.value) in _SAID:
        return ""
    return _UPDATES[one.field, one.op](one.value)


_SILENT = frozenset({"matter", "about", "affected", *LEFT.values()})
"""Said by the matter that is opened, the change that is heard, or the grant."""
_SAID: frozenset[tuple[str, str, Any]] = frozenset(
    {
        *((field, "=", 0) for field in ("reopen", "stuck", "again", "critical")),
        *(
            (field, "-", 1 << bit)
            for field in ("contract_asked", "scope_asked")
            for bit in range(7)
        ),
        ("owed", "=", 0),
        ("todo", "&", Term("builders")),
    }
)
_UPDATES: Mapping[tuple[str, str], Callable[[Any], str]] = {
    ("again", "="): lambda who: f"all of {who.name.removeprefix('group_')} report again",
    ("again", "|"): lambda _: "the asker goes on once it is answered",
    ("budget", "max"): lambda _: "",
    ("budget", "="): lambda _: "the budget is measured anew",
    ("contract_change", "|"): lambda who: f"the request of {SEAT[seats(who)[0]]} is in hand",
    ("scope_change", "|"): lambda who: f"the request of {SEAT[seats(who)[0]]} is in hand",
    ("owed", "="): lambda who: (
        "they are assigned again"
        if isinstance(who, Field)
        else f"{SEAT[seats(who)[0]]} is assigned"
    ),
    ("question", "="): lambda _: "the question is off the docket",
    ("reopen", "="): lambda to: f"the change goes {_REOPEN[to]} first",
    ("sealed", "="): lambda _: "the contract is frozen",
    ("stuck", "-"): lambda _: "it may be dealt with once more",
    ("todo", "-"): lambda _: "the seat's part is delivered",
    ("todo", "="): lambda _: "all builders build again",
    ("todo", "|"): lambda who: (
        {"affected": "the builders it affects build again",
         "contract_change": "so does a builder who asked"}[who.name]
        if isinstance(who, Field)
        else f"{SEAT[seats(who)[0]]} builds again"
    ),
}  # fmt: skip
_BUNDLES: tuple[tuple[tuple[Set, ...], str], ...] = (
    (HEAR, "what it says waits on the docket"),
    (SETTLE_ALL, "no more change requests are taken: each that is asked or in hand is refused"),
    (REFUSED, "whoever asked goes on without the change"),
    (CLEARED, ""),
    (DROP_VERDICTS, "verdicts not yet acted on are dropped"),
    *((settle(item), "whoever asked goes on without the change")
      for item in (Item.CONTRACT_CHANGE, Item.SCOPE_CHANGE)),
    (drop(Item.QUESTION), "the question is off the docket"),
    *((drop(item), f"the findings against {ITEM[item]} are off the docket") for item in GRADE),
    (CLOSE, "the matter is closed; back to the stage it came from"),
    *((end(stage), f"the run ends: {stage}") for stage in Stage if stage in ENDS),
    *((enter(stage), f"goes to {stage}") for stage in Stage if stage not in ENDS
      and stage not in (Stage.SOLO, Stage.RELEASE)),
    ((Set("stage", "=", Stage.RELEASE),), "goes to release"),
)  # fmt: skip
"""Updates that belong together, and their words; the first that is there in full counts."""
