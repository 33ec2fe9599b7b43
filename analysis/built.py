"""What a run made, one line for each thing, as far as its artifact tells how much of it there is.

Artifacts of outside agents may hold anything, so nothing here relies on their shape.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeGuard

from remit.agents.standards import STANDARD
from remit.graph.course import Course
from remit.graph.order import Order
from remit.state.assignment import Input
from remit.state.vocabulary import EventKind, Seat, Stage

Read = Callable[[Input], Mapping[str, Any]]
"""The content of an artifact."""
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options", "trace"})
Line = tuple[str, str]
"""(what, how much of it)."""


def built(course: Course, order: Order, read: Read) -> tuple[Line, ...]:
    """What the run made itself; what it started from is only counted."""
    given = set(order.subject)
    made = {key: one for key, one in course.ledger.artifacts.items() if one not in given}
    lines = [
        (label, tell(course, read(made[key])))
        for key, (label, tell) in _TOLD.items()
        if key in made
    ]
    lines += [
        (f"{owner} build", f"delivered, revision {one.revision}")
        for (owner, name), one in made.items()
        if name == f"{owner}_build"
    ]
    lines += [
        (f"{owner} work", _work(read(one))) for (owner, name), one in made.items() if name == "work"
    ]
    lines += _in_all(course, made, len(given), read)
    return tuple(lines)


def _in_all(
    course: Course, made: Mapping[tuple[Seat, str], Input], given: int, read: Read
) -> Iterator[Line]:
    verdicts = [
        f"{owner}: {_verdict(course, read(one))}"
        for (owner, name), one in made.items()
        if name == "verdict"
    ]
    if verdicts:
        yield "verdicts", ", ".join(verdicts)
    yield "artifacts", f"{len(made)}, each in its latest revision" if made else "none yet"
    if given:
        yield "started from", f"{given} artifacts of an earlier run"


def _verdict(course: Course, content: Mapping[str, Any]) -> str:
    """A verdict; a run that shipped against one has waived what it found."""
    verdict = str(content.get("verdict"))
    shipped = course.position.stage is Stage.SHIPPED
    against = shipped and verdict != EventKind.ACCEPT and bool(course.ledger.debts)
    return f"{verdict} (what it found was waived: known debt, below)" if against else verdict


def verdict_alone(course: Course, order: Order, read: Read) -> str:
    """The verdict of one role that judged alone; empty where none did."""
    if course.manifest.solo_mode is None:
        return ""
    made = [one for one in course.ledger.artifacts.values() if one not in order.subject]
    verdicts = (_judged(read(one)).get("verdict") for one in made)
    return next((verdict for verdict in verdicts if verdict and isinstance(verdict, str)), "")


def _requirements(course: Course, content: Mapping[str, Any]) -> str:
    rules, wanted = _count(content.get("rules")), _count(content.get("acceptance_criteria"))
    return f"{wanted} acceptance criteria, {rules} business rules"


def _screens(course: Course, content: Mapping[str, Any]) -> str:
    return _named(content.get("screens"), "screen", "screens")


def _model(course: Course, content: Mapping[str, Any]) -> str:
    tables = str(content.get("ddl", "")).upper().count("CREATE TABLE")
    entities = _named(content.get("entities"), "entity", "entities")
    return f"{tables} table{'s' * (tables != 1)}; {entities}"


def _tests(course: Course, content: Mapping[str, Any]) -> str:
    results = content.get("results")
    if not _is_list(results) or not results:
        return f"{_count(content.get('test_plan'))} planned, not run"
    failed = sum(not _is_table(one) or one.get("result") != "pass" for one in results)
    planned = _count(content.get("test_plan"))
    return f"{planned} planned; {len(results)} results, {failed} not passed"


def _contract(course: Course, contract: Mapping[str, Any]) -> str:
    frozen = course.ledger.contracts
    document = contract.get("openapi")
    paths = document.get("paths") if _is_table(document) else None
    count = sum(len(_METHODS & set(path)) for path in paths.values()) if _is_table(paths) else 0
    version = f"version {frozen[-1].version}, frozen" if frozen else "a draft, not frozen"
    if len(frozen) > 1:
        version += f" (after {', '.join(one.version for one in frozen[:-1])})"
    return f"{version}; {count} operations"


def _standards(course: Course, build: Mapping[str, Any]) -> str:
    """What code decided about the build (BE-OUT-10), whether or not a reviewer saw it."""
    rows = build.get("done_criteria")
    decided = {
        str(row.get("criterion")): row
        for row in (rows if _is_list(rows) else [])
        if _is_table(row) and row.get("criterion") in STANDARD
    }
    held = Counter(str(row.get("result")).replace("_", " ") for row in decided.values())
    said = ", ".join(f"{count} {result}" for result, count in sorted(held.items(), reverse=True))
    failed = [
        f"{name} ({row.get('evidence')})"
        for name, row in decided.items()
        if row.get("result") == "fail"
    ]
    return f"{len(decided)} decided by code, not by the team: {said}" + "".join(
        f"; fails {one}" for one in failed
    )


def _work(content: Mapping[str, Any]) -> str:
    """What one role alone made, with its score and verdict where it judged."""
    judged = _judged(content)
    said = [str(content["summary"]).rstrip(".")] if content.get("summary") else ["made"]
    if judged.get("score") is not None:
        said.append(f"score {judged['score']} of 100")
    if judged.get("verdict") and isinstance(judged["verdict"], str):
        said.append(f"verdict {judged['verdict']}")
    if _is_list(judged.get("findings")):
        said.append(f"{len(judged['findings'])} findings")
    return "; ".join(said)


def _judged(content: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = content.get("implementation")
    return {**content, **inner} if _is_table(inner) else content


def _named(items: object, one: str, more: str) -> str:
    """`2 screens: patients, visits`."""
    if not _is_list(items):
        return "made"
    names = [str(item.get("name", "?")) if _is_table(item) else str(item) for item in items]
    return f"{len(names)} {one if len(names) == 1 else more}: {', '.join(names)}"


def _count(items: object) -> int:
    return len(items) if _is_list(items) else 0


def _is_table(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list | tuple)


_TOLD: Mapping[tuple[Seat, str], tuple[str, Callable[[Course, Mapping[str, Any]], str]]] = {
    (Seat.PM, "criteria"): ("requirements", _requirements),
    (Seat.UIUX, "screens"): ("screens", _screens),
    (Seat.BACKEND, "contract"): ("API contract", _contract),
    (Seat.BACKEND, "data_model"): ("data model", _model),
    (Seat.BACKEND, "backend_build"): ("standards", _standards),
    (Seat.QA, "test_plan"): ("tests", _tests),
}
