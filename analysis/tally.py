"""What one run comes to by each measure, counted on its trace.

The same that `measures` lays on the steps of the open positions, counted anew by other means: who
was assigned, what was spent, which rows fired.
"""

from collections.abc import Mapping

from remit.analysis.measures import AT_CTO, CALLS, REWORK, Caps, Measure, capped
from remit.analysis.safety import Trace, rows
from remit.graph.event import seats
from remit.graph.manifest import Manifest, start
from remit.graph.rules import PATH
from remit.state.vocabulary import Limit, Seat, Stage

_BEFORE = frozenset(PATH[: PATH.index(Stage.BUILD)])


def tally(manifest: Manifest, trace: Trace, caps: Caps | None = None) -> Mapping[Measure, int]:
    """What a run comes to by each measure; costs only where there are caps."""
    issued = assignments(manifest, trace)
    spent = [limit for turn in trace for limit in turn.step.spent]
    held = [manifest.occupant(seat) for _, seat in issued]
    found = {measure: held.count(seat) for seat, measure in CALLS.items()}
    found |= {
        Measure.HANDOFFS: rows(manifest, trace) if trace else len(issued),
        Measure.CTO: sum(stage in AT_CTO for stage, _ in issued),
        Measure.HUMAN: sum(stage is Stage.HUMAN for stage, _ in issued),
        Measure.REWORK: sum(limit in REWORK for limit in spent),
        Measure.CHANGES: spent.count(Limit.CHANGE_REQUESTS),
        Measure.CONTRACTS: _frozen(manifest, trace),
    }
    if caps is not None:
        tokens, micros = capped(manifest, caps, "tokens"), capped(manifest, caps, "micros")
        found[Measure.TOKENS] = sum(tokens(stage, seat) for stage, seat in issued)
        found[Measure.MICROS] = sum(micros(stage, seat) for stage, seat in issued)
    return found


def assignments(manifest: Manifest, trace: Trace) -> list[tuple[Stage, Seat]]:
    """Every assignment of a run, the first ones included."""
    first = start(manifest)
    later = [(turn.step.position.stage, seat) for turn in trace for seat in turn.step.issued]
    return [(first.stage, seat) for seat in seats(first.owed)] + later


def _frozen(manifest: Manifest, trace: Trace) -> int:
    """The build begins after an earlier stage: by then the contract is a new version."""
    if not manifest.group_contract:
        return 0
    return sum(
        any(
            rule.goto is Stage.BUILD and _BEFORE.issuperset(rule.stages) for rule in turn.step.fired
        )
        for turn in trace
    )
