"""The ten safety properties of a policy, proved over all runs or refuted by a shortest one.

The agents are adversaries: whatever the rules allow may be said, anything may repeat, a budget may
be used up at any time and a person may be silent. The open positions leave out no run, so what
holds of them is proved; what fails there is searched for among real runs, and each run that is
shown is replayed by `advance` and reported by `safety.violations`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from remit.analysis.arrays import facts
from remit.analysis.arrays.columns import ENDING, PLACE, Index, Mask, code, stage_of
from remit.analysis.arrays.control import SERVED
from remit.analysis.arrays.ways import Goal, Monitor
from remit.analysis.endless import Endless, ends
from remit.analysis.ground import Ground, NoRun, Run, Unknown, entering, ground, run_to
from remit.analysis.monitors import accepted, frozen, overspent
from remit.analysis.safety import (
    AUTHORITIES,
    OWN_STAGES,
    PROPERTIES,
    Trace,
    kept_stages,
    present,
    violations,
)
from remit.analysis.wording import SEATS, spaced
from remit.graph.event import BIT, CRITICAL_GRADE, Event, Item, mask, seats
from remit.graph.manifest import Manifest, start
from remit.graph.matters import default
from remit.graph.position import LEFT, Position
from remit.graph.rules import ASKED, GRADE, RULES, Field, Guard, Rule
from remit.state.errors import EventRefused
from remit.state.vocabulary import LOOPS, EventKind, Limit, MatterKind, Seat, Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether a property holds of every run, and how that was shown."""

    number: int
    text: str
    """The property, in words."""
    holds: bool | None
    """`None`: it could not be decided."""
    shown: str
    """How it was shown, in one line."""
    witness: Trace | None = None
    """A shortest run that breaks the property; it is empty if the first report does.

    Where a stage cannot be reached there is no run to show.
    """
    exact: bool = True
    """Whether no run that breaks it is shorter than the witness; else one may be."""
    circle: int = 0
    """Property 1: the last so many turns of the witness are two rounds of a circle."""
    cut: tuple[Seat, Event] | None = None
    """Property 7: the report after which no row applies; it comes after the witness."""


def judge(manifest: Manifest, rules: tuple[Rule, ...] = RULES) -> tuple[Verdict, ...]:
    """The verdict on each property, in their order.

    Args:
        manifest: the constants of the runs.
        rules: the rules to judge; the team's own unless a fault is planted.
    """
    on = ground(manifest, rules)
    judges = (
        _bounded, _limited, _frozen, _quiet, _accepted, _released, _owned, _separate, _reachable,
        _critical,
    )  # fmt: skip
    return tuple(judge(on) for judge in judges)


def _verdict(
    number: int,
    holds: bool | None,
    shown: str,
    witness: Trace | None = None,
    *,
    exact: bool = True,
) -> Verdict:
    return Verdict(
        number=number, text=PROPERTIES[number], holds=holds, shown=shown, witness=witness,
        exact=exact,
    )  # fmt: skip


def _never(
    on: Ground, number: int, bad: Mask, shown: str, monitor: Monitor | None = None
) -> Verdict:
    """The verdict where the property is that some edges are never taken."""

    def fits(trace: Trace) -> bool:
        return any(one.number == number for one in violations(on.manifest, trace))

    if not bad.any():
        return _verdict(number, True, shown)
    found = run_to(on, Goal(edges=bad, monitor=monitor), fits)
    if isinstance(found, NoRun):
        return _verdict(number, True, shown)
    if isinstance(found, Unknown):
        return _verdict(number, None, f"not decided: {found.why}")
    first = next(one for one in violations(on.manifest, found.trace) if one.number == number)
    said = f"a run of {len(found.trace)} reports breaks it: {first.text}"
    return _verdict(number, False, said, found.trace, exact=found.exact)


def _bounded(on: Ground) -> Verdict:
    found = ends(on)
    if not isinstance(found, Endless):
        return _verdict(1, found.holds, found.shown)
    return Verdict(
        number=1, text=PROPERTIES[1], holds=False if found.witness else None, shown=found.shown,
        witness=found.witness, circle=found.turns,
    )  # fmt: skip


_BY_ROWS = "every row that spends a unit asks first; every grant takes one of the grants"


def _limited(on: Ground) -> Verdict:
    """Row by row: then no run needs to be looked at."""
    wrong = [rule for rule in on.rules if not _counts_rightly(rule)]
    if not wrong:
        return _verdict(2, True, _BY_ROWS)
    for limit in LOOPS:
        if on.manifest.limit(limit) >= 0 and any(_touches(rule, limit) for rule in wrong):
            change = on.spent[LOOPS.index(limit)]
            monitor = overspent(on.graph, on.manifest, limit, change)
            verdict = _never(on, 2, np.ones(len(change), np.bool_), "", monitor)
            if not verdict.holds:
                return verdict
    return _verdict(2, True, "no run passes a limit, though a row does not ask whether it may")


def _counts_rightly(rule: Rule) -> bool:
    """Whether a row spends only what is there, and adds to a limit only what it grants."""
    asks = all(Guard(Field(LEFT[limit]), "!=", 0) in rule.guard for limit in rule.spend)
    once = len(set(rule.spend)) == len(rule.spend)
    adds = [one for one in rule.sets if one.field in LEFT.values()]
    given = LEFT.get(rule.grants) if rule.grants else None
    grants = all((one.field, one.op, one.value) == (given, "+", 1) for one in adds)
    return asks and once and grants and len(adds) <= 1 and _takes_a_grant(rule)


def _takes_a_grant(rule: Rule) -> bool:
    return rule.grants is None or Limit.GRANTS in rule.spend


def _touches(rule: Rule, limit: Limit) -> bool:
    return limit in rule.spend or any(one.field == LEFT[limit] for one in rule.sets)


def _frozen(on: Ground) -> Verdict:
    bad = np.ones(len(on.graph.source), np.bool_)
    shown = "what is sealed is entered again only after its authority approved, on every way"
    return _never(on, 3, bad, shown, frozen(on.graph, on.manifest))


def _quiet(on: Ground) -> Verdict:
    stage, owed = _target(on, "stage"), _target(on, "owed")
    open_ = _target(on, "matter") != code(MatterKind.NONE)
    deciding = np.isin(stage, [code(one) for one in AUTHORITIES])
    others = (owed & ~mask(Seat.CTO, Seat.HUMAN)) != 0
    bad = _issued(on) & open_ & (~deciding | others)
    return _never(on, 4, bad, "no move assigns anybody but an authority while a matter is open")


def _accepted(on: Ground) -> Verdict:
    if on.manifest.group_solo:
        return _verdict(5, True, "one role alone has nobody to judge it, and waives nothing")
    bad = entering(on, Stage.SHIPPED)
    return _never(on, 5, bad, _judged_words(on.manifest), accepted(on.graph, on.manifest))


def _judged_words(manifest: Manifest) -> str:
    """Who spoke last on every way to shipping; whoever is absent is waived from the start."""
    judges = seats(manifest.group_verification)
    absent = [SEATS[seat] for seat in (Seat.SECURITY, Seat.QA) if seat not in judges]
    spoke = [_judge(manifest, seat) for seat in judges]
    said = f"on every way to shipping {' and '.join(spoke)} spoke last and " if spoke else ""
    waived = f"{' and '.join(absent)}: absent, a waiver from the start says so; " if absent else ""
    dropped = "nothing open was dropped" + ("" if spoke else " on any way to shipping")
    return f"{waived}{said}{dropped}"


def _judge(manifest: Manifest, seat: Seat) -> str:
    stands_in = manifest.occupant(seat) is not seat
    return f"a person for {SEATS[seat]}" if stands_in else SEATS[seat]


def _released(on: Ground) -> Verdict:
    if not on.manifest.release:
        return _verdict(6, True, "the brief names no external action")
    bad, graph = entering(on, Stage.SHIPPED), on.graph
    yes = np.array(
        [
            *(
                one.stage is Stage.RELEASE
                and one.seat is Seat.HUMAN
                and one.event.kind is EventKind.APPROVE
                for one in graph.sayings
            ),
            False,
        ]
    )
    shown = "every move to shipping is a human's approval; silence denies"
    return _never(on, 6, bad & ~yes[graph.said], shown)


def _owned(on: Ground) -> Verdict:
    if len(on.graph.stuck):
        return _stuck(on)
    stages, owed = on.graph.nodes[PLACE["stage"]], on.graph.nodes[PLACE["owed"]]
    absent = np.zeros(len(stages), np.bool_)
    for number in np.unique(stages[~ENDING[stages]]).tolist():
        there = present(on.manifest, stage_of(number))
        absent |= (stages == number) & ((owed & ~there) != 0)
    shown = "a row applies wherever nobody owes a report, and whoever owes one is there"
    return _never(on, 7, absent[on.graph.target], shown)


def _stuck(on: Ground) -> Verdict:
    """Somewhere no row applies: the run before the report that leads there."""
    nodes = np.zeros(on.graph.nodes.shape[1], np.bool_)
    nodes[on.graph.stuck] = True
    last = on.graph.source[nodes[on.graph.target]]
    found = run_to(on, Goal(edges=np.isin(on.graph.target, last)), lambda one: _cut(on, one))
    trace: Trace | None = found.trace if isinstance(found, Run) else None
    if (last == 0).any() and _cut(on, ()):
        trace = ()
    if trace is None:
        return _verdict(7, None, "not decided: no run was found to where no row applies")
    return Verdict(
        number=7, text=PROPERTIES[7], holds=False, witness=trace, cut=_breakdown(on, trace),
        shown=f"after {len(trace)} reports and one more no row applies",
    )  # fmt: skip


def _cut(on: Ground, trace: Trace) -> bool:
    return _breakdown(on, trace) is not None


def _breakdown(on: Ground, trace: Trace) -> tuple[Seat, Event] | None:
    """A report after a run at which the rules break down."""
    at = trace[-1].step.position if trace else start(on.manifest)
    for said in on.graph.sayings:
        if said.stage is at.stage and at.owed & BIT[said.seat]:
            for event in said.event.events():
                try:
                    on.reader.table.advance(at, event, said.seat)
                except EventRefused:
                    break
                except RuntimeError:
                    return said.seat, event
    return None


def _separate(on: Ground) -> Verdict:
    stage, owed, home = (_target(on, name) for name in ("stage", "owed", "home"))
    bad = np.zeros(len(stage), np.bool_)
    for judged, who in OWN_STAGES.items():
        bad |= (stage == code(judged)) & ((owed & mask(*who)) != 0)
    ruling = np.isin(stage, [code(Stage.ARBITRATION), code(Stage.CHANGE_CONTROL)])
    own = np.isin(home, [code(Stage.PLAN), code(Stage.ACCEPTANCE)])
    bad |= ruling & own & ((owed & BIT[Seat.CTO]) != 0)
    return _never(on, 8, bad & _issued(on), "no move assigns a role to its own work or matter")


def _reachable(on: Ground) -> Verdict:
    lost, unknown = list[Stage](), list[Stage]()
    kept = kept_stages(on.manifest) - {start(on.manifest).stage}
    for stage in (one for one in Stage if one in kept):
        found = run_to(on, Goal(edges=entering(on, stage)))
        if isinstance(found, NoRun):
            lost.append(stage)
        elif isinstance(found, Unknown):
            unknown.append(stage)
    if lost:
        return _verdict(9, False, f"no run reaches: {', '.join(lost)}")
    if unknown:
        return _verdict(9, None, f"not decided for: {', '.join(unknown)}")
    return _verdict(9, True, f"a run reaches each of {len(kept) + 1} stages, the end included")


def _critical(on: Ground) -> Verdict:
    bad = (on.graph.told & facts.CRITICAL) != 0
    waived = next(_waived_by_silence(on.manifest), None)
    if waived is not None:
        return _verdict(10, False, f"silence would waive what is critical: {waived}")
    shown = "no row but the human's own ruling waives what may be critical"
    silent = "; silence stops the run instead" if on.manifest.human else ""
    return _never(on, 10, bad, shown + silent)


_REFUSALS = (EventKind.WAIVE, EventKind.FREEZE, EventKind.REJECT, EventKind.APPROVE)
_DROPPING = (MatterKind.LIMIT, MatterKind.NO_PROGRESS, MatterKind.RULING)
"""Matters of which an answer can drop something."""
_AT_STAKE: Mapping[Item, tuple[str, int]] = {
    **{item: (name, CRITICAL_GRADE) for item, name in GRADE.items()},
    **dict.fromkeys(ASKED, ("critical", 1)),
}
"""By item, the field that says that it is critical, and what it says then."""


def _waived_by_silence(manifest: Manifest) -> Iterator[str]:
    """What critical things silence would drop; routing hears it as the human's own answer."""
    at = start(manifest)._asdict()
    for kind in (kind for kind, _ in manifest.silence if kind in _DROPPING):
        for item, (name, value) in _AT_STAKE.items():
            fields: dict[str, Any] = {**at, "about": int(item), name: value}
            position = Position(**fields)
            if default(manifest, position, kind, _REFUSALS) in _REFUSALS:
                yield spaced((item.name or "").lower())


def _target(on: Ground, name: str) -> Index:
    found: Index = on.graph.nodes[PLACE[name]][on.graph.target].astype(np.intp)
    return found


def _issued(on: Ground) -> Mask:
    """Edges that assign somebody."""
    found: Mask = (on.graph.said == SERVED) & (_target(on, "owed") != 0)
    return found
