"""What can still be read: the fields of a position that matter at each stage.

A field is dead at a stage if, whatever happens, no row asks it before it is written anew. Positions
that differ in dead fields only are one position to every reader of the rules.
"""

from remit.analysis.arrays.columns import PLACE
from remit.analysis.arrays.rows import FIELD, Row, Table
from remit.graph.position import LEFT
from remit.graph.rules import WORK, Field
from remit.state.vocabulary import ENDS, Stage

Live = dict[Stage, frozenset[int]]
"""By stage, the columns of the position that can still be read."""
_STAGE, _HOME, _OWED = PLACE["stage"], PLACE["home"], PLACE["owed"]


def live(table: Table) -> Live:
    """The live fields by stage: the smallest solution, found from no field at all."""
    by_stage: dict[Stage, list[Row]] = {stage: [] for stage in Stage}
    for (stage, _), rows in table.heard.items():
        by_stage[stage] += rows
    for stage, rows in table.silent.items():
        by_stage[stage] += rows
    found: Live = {stage: frozenset({_STAGE}) for stage in Stage}
    while True:
        after = {
            stage: found[stage].union(*(_before(row, stage, found) for row in rows), _kept(stage))
            for stage, rows in by_stage.items()
        }
        if after == found:
            return found
        found = after


def _kept(stage: Stage) -> set[int]:
    """Who owes is always told; the home stage is told beside an open matter."""
    if stage in ENDS:
        return set()
    return {_OWED} if stage in WORK else {_OWED, _HOME}


def _before(row: Row, stage: Stage, found: Live) -> frozenset[int]:
    """What must be known before a row fires, for what is live after it."""
    asked = {
        side.value for test in row.tests for side in (test.left, test.right) if side.where == FIELD
    }
    asked |= set(row.spends)
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
