"""A run as it is kept on file, a few words a turn, and the run again from them.

`qa rework backend=2` is a turn: who said it, what kind of report, and what is not 0 in it. Nothing
else is kept: `advance` says what came of it, and refuses what could not be said.
"""

from collections.abc import Iterable, Mapping

from remit.analysis.safety import Trace, Turn
from remit.graph.advance import router
from remit.graph.event import CRITICAL_GRADE, SECURITY_GRADE, Event, Item
from remit.graph.manifest import Manifest, start
from remit.state.vocabulary import EventKind, Seat

MOST: Mapping[str, int] = {
    "requirements": 1, "contract": SECURITY_GRADE, "backend": CRITICAL_GRADE,
    "frontend": CRITICAL_GRADE, "contract_asked": 255, "scope_asked": 255, "critical": 1,
    "affected": 255, "question": 2, "repeat": sum(Item), "budget": 1, "approved": 3,
}  # fmt: skip
"""The most that each number of a report can be."""


def track(trace: Trace) -> tuple[str, ...]:
    """The turns of a run, each in a few words."""
    return tuple(written(turn.seat, turn.event) for turn in trace)


def written(seat: Seat, event: Event) -> str:
    """One report in a few words."""
    said = [f"{name}={value}" for name, value in event._asdict().items() if name in MOST and value]
    return " ".join([seat, event.kind, *said])


def retraced(words: Iterable[str], manifest: Manifest) -> Trace:
    """The run again, replayed by `advance` from the start.

    Raises:
        ValueError: a turn that is none, or that a report cannot say.
        EventRefused: what was said was not offered there.
    """
    table, at, turns = router(manifest), start(manifest), list[Turn]()
    for line in words:
        seat, event = read(line)
        step = table.advance(at, event, seat)
        turns.append(Turn(before=at, seat=seat, event=event, step=step))
        at = step.position
    return tuple(turns)


def read(line: str) -> tuple[Seat, Event]:
    """The report that a few words say.

    Raises:
        ValueError: they say none.
    """
    seat, kind, *numbers = line.split(" ")
    said = dict[str, int]()
    for one in numbers:
        name, _, value = one.partition("=")
        if not 0 < int(value) <= MOST.get(name, 0):
            raise ValueError(f"no report says {one!r}")
        said[name] = int(value)
    return Seat(seat), Event(EventKind(kind), **said)
