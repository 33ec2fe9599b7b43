"""Whether a record still says what its journal says, and which row is the first that does not.

The journal is folded again, and everything that follows from it is compared. What cannot be told:
the times of the journal, the reason of a run that failed, and a record that was forged as a whole,
hashes included.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remit.graph.compare import Wrong, compare, figures, said, unlike
from remit.graph.course import Course
from remit.graph.fold import begin, take
from remit.graph.order import Order
from remit.graph.runner import order_of
from remit.state import calls
from remit.state.canonical import GENESIS
from remit.state.errors import RemitError, Tampered
from remit.state.record import Entry, RunRow
from remit.state.rows import entry_of_row, run_of
from remit.state.snapshot import Snapshot, run_ids, snapshot
from remit.state.store import Store
from remit.state.vocabulary import Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A row that is missing, added, or says something else than the journal; or a damaged file."""

    table: str
    """Empty when the file itself is damaged."""
    run: str
    row: str
    """The row's number or id in the run; the beginning of an artifact's hash."""
    what: str

    def __str__(self) -> str:
        if not self.table:
            return f"the file: {self.what}"
        return f"run {self.run!r}, {self.table} {self.row}: {self.what}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A run, or with an empty name the file, and the first thing that is wrong with it."""

    run: str
    difference: Difference | None


def verify(store: Store, run_id: str) -> Difference | None:
    """The first row of a run, journal first, that was altered; `None` when the record holds.

    What a killed process journalled and did not come to write out is no difference: the next
    resume adds it. The run may be at work meanwhile.

    Raises:
        InputError: there is no run of exactly that id.
    """
    first = next(_wrong(store, snapshot(store, run_id)), None)
    if first is None:
        return None
    return Difference(table=first.table, run=run_id, row=first.row, what=first.what)


def verify_all(store: Store) -> Iterator[Checked]:
    """The file, then every run, the oldest first; a damaged file ends it."""
    damage = store.damage()
    if damage is not None:
        yield Checked(run="", difference=Difference(table="", run="", row="", what=damage))
        return
    yield Checked(run="", difference=None)
    for run_id in run_ids(store):
        yield Checked(run=run_id, difference=verify(store, run_id))


def _wrong(store: Store, taken: Snapshot) -> Iterator[Wrong]:
    try:
        row = run_of(taken.run)
    except Tampered as error:
        yield Wrong("runs", str(taken.run["id"]), said(error))
        return
    yield from _content(store, row.settings)
    yield from _sealed(store, row)
    for hash_ in (row.brief, row.policy, row.behaviour):
        yield from _content(store, hash_)
    try:
        order = order_of(store, row)
        course = begin(order.manifest(), order.subject)
    except (RemitError, ValueError, KeyError, TypeError) as error:
        yield Wrong("runs", row.id, f"what it began with cannot be read: {said(error)}")
        return
    yield from _listed(row, order)
    yield from _reports(store, taken)
    entries = [entry_of_row(report).entry for report in taken.rows["reports"]]
    yield from _paid(store, row.id, entries)
    if entries or not _not_begun(taken):
        yield from _folded(taken, course, entries)


def _content(store: Store, hash_: str) -> Iterator[Wrong]:
    try:
        store.artifact(hash_)
    except Tampered as error:
        yield Wrong("artifacts", hash_[:12], said(error))


def _sealed(store: Store, row: RunRow) -> Iterator[Wrong]:
    """What was fixed at the start, against the settings, which say it again."""
    begun: dict[str, Any] = store.artifact(row.settings).get("begun", {})
    fixed = {
        "brief": row.brief,
        "policy": row.policy,
        "behaviour": row.behaviour,
        "seed": row.seed,
        "remit_version": row.remit_version,
    }
    yield from _unlike(row, fixed, begun)


def _listed(row: RunRow, order: Order) -> Iterator[Wrong]:
    """What the list of runs shows, against the run's documents."""
    fixed: dict[str, Any] = {
        "title": row.title,
        "policy_name": row.policy_name,
        "behaviour_name": row.behaviour_name,
        "roles": row.roles,
    }
    meant: dict[str, Any] = {
        "title": order.brief.title,
        "policy_name": order.policy.name,
        "behaviour_name": order.behaviour.name,
        "roles": order.roles,
    }
    yield from _unlike(row, fixed, meant)


def _unlike(
    row: RunRow, stored: Mapping[str, object], meant: Mapping[str, object]
) -> Iterator[Wrong]:
    for name, value in stored.items():
        if meant.get(name) != value:
            yield Wrong("runs", row.id, unlike(name, value, meant.get(name)))


def _reports(store: Store, taken: Snapshot) -> Iterator[Wrong]:
    for n, row in enumerate(taken.rows["reports"], 1):
        if row["n"] != n:
            yield Wrong("reports", str(n), "is missing")
            return
        try:
            entry = entry_of_row(row).entry
        except Tampered as error:
            yield Wrong("reports", str(n), said(error))
            return
        for ref in entry.artifacts:
            yield from _content(store, ref.hash)


def _paid(store: Store, run_id: str, entries: Sequence[Entry]) -> Iterator[Wrong]:
    """Whether each report carries at least what its calls have cost."""
    try:
        kept = calls.kept(store, run_id)
    except Tampered as error:
        yield Wrong("calls", run_id, said(error))
        return
    for entry in entries if kept else ():
        key = f"{entry.step}/{entry.seat}"
        cost = sum(one.cost_micros for one in kept.get(key, ()))
        if cost > entry.report.cost_micros:
            yield Wrong("calls", key, f"cost {cost} micro-dollars, and its report says less")


def _not_begun(taken: Snapshot) -> bool:
    """A process died between naming the run and writing its first handoff."""
    run = taken.run
    stands = (run["handoffs"], run["chain_head"], run["outcome"])
    return not any(taken.rows.values()) and stands == (0, GENESIS, Outcome.RUNNING)


def _folded(taken: Snapshot, course: Course, entries: Sequence[Entry]) -> Iterator[Wrong]:
    """Fold the journal and compare.

    The record may stand where the journal stood at any moment since its last step was begun. Where
    it stands at none of them, the difference is told from the one that the run's figures speak of.
    """
    last = entries[-1].step if entries else 0
    since = next((n for n, entry in enumerate(entries) if entry.step == last), 0)
    found: list[tuple[bool, int, Wrong]] = []
    for n in range(len(entries) + 1):
        if n:
            try:
                take(course, entries[n - 1])
            except RemitError as error:
                yield Wrong("reports", str(n), f"does not follow from those before it: {error}")
                return
        if n >= since:
            first = next(compare(taken, course), None)
            if first is None:
                return
            found.append((next(figures(taken, course), None) is None, n, first))
    yield max(found)[2]
