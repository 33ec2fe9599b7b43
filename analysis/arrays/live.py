"""What can still be read: the fields of a position that matter at each stage.

A field is dead at a stage if, whatever happens, no row asks it before it is written anew. Positions
that differ in dead fields only are one position to every reader of the rules.
"""

from remit.analysis.arrays.columns import PLACE
from remit.analysis.arrays.rows import FIELD, Row, Table
from remit.graph.event import Item
from remit.graph.position import LEFT
from remit.graph.rules import ASKED, GRADE, WORK, Field
from remit.state.vocabulary import ENDS, Stage

Live = dict[Stage, frozenset[int]]
"""By stage, the columns of the position that can still be read."""
_STAGE, _HOME, _OWED = PLACE["stage"], PLACE["home"], PLACE["owed"]
_MATTER, _CRITICAL = PLACE["matter"], PLACE["critical"]
HELD: tuple[tuple[Item, tuple[int, ...]], ...] = (
    *((item, (PLACE[name],)) for item, name in GRADE.items()),
    *(
        (item, (PLACE[name], PLACE[name.replace("asked", "change")]))
        for item, name in ASKED.items()
    ),
)
"""Items that somebody must mend or refuse, and the columns in which each is held."""


def live(table: Table, *, told: bool = False) -> Live:
    """The live fields by stage: the smallest solution, found from no field at all.

    Args:
        table: the rows.
        told: whoever watches the rows (`facts`) reads too: the open matter, and what rows waive.
    """
    by_stage: dict[Stage, list[Row]] = {stage: [] for stage in Stage}
    for (stage, _), rows in table.heard.items():
        by_stage[stage] += rows
    for stage, rows in table.silent.items():
        by_stage[stage] += rows
    found: Live = {stage: frozenset({_STAGE}) for stage in Stage}
    while True:
        after = {
            stage: found[stage].union(
                *(_before(row, stage, found, told) for row in rows), _kept(stage, told)
            )
            for stage, rows in by_stage.items()
        }
        if after == found:
            return found
        found = after


def _kept(stage: Stage, told: bool) -> set[int]:
    """Who owes is always told; the home stage is told beside an open matter."""
    if stage in ENDS:
        return set()
    kept = {_OWED} if stage in WORK else {_OWED, _HOME}
    return kept | {_MATTER} if told else kept


def _before(row: Row, stage: Stage, found: Live, told: bool) -> frozenset[int]:
    """What must be known before a row fires, for what is live after it."""
    asked = {
        side.value for test in row.tests for side in (test.left, test.right) if side.where == FIELD
    }
    asked |= set(row.spends)
    if told:
        asked |= {place for item, places in HELD if row.rule.waives & item for place in places}
        asked |= {_CRITICAL} if row.rule.waives & Item.CONTRACT_CHANGE else set()
    after = frozenset[int]().union(*(found[there] for there in _targets(row, stage)))
    kept = set(after)
    for write in row.writes:
        if write.op == "=":
            kept.discard(write.place)
    for write in row.writes:
        if write.place in after and write.value.where == FIELD:
            asked.add(write.value.value)
    return frozenset(asked | kept)


def _targets(row: Row, stage: Stage) -> tuple[Stage, ...]:
    """Where a row can lead: back home is any stage of work."""
    for update in row.rule.sets:
        if update.field == "stage":
            if isinstance(update.value, Field):
                return WORK
            assert isinstance(update.value, Stage)
            return (update.value,)
    return (stage,)


COUNTERS: tuple[int, ...] = tuple(PLACE[name] for name in LEFT.values())
"""The columns that hold what remains under the limits, in the order of `LOOPS`."""
