"""An answer's text to a report: validated, and signed by code.

Author, mode, versions, hashes, the routing manifest and what it cost come from here, whatever the
answer says about them.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from remit.agents.agent import Desk
from remit.agents.artifacts.change import contract_hash
from remit.agents.artifacts.ruling import ruling as written
from remit.agents.model.shapes import JUDGED, documents, kind_of
from remit.agents.simulated import place
from remit.agents.standards.json_values import mapping
from remit.state.artifact import KINDS
from remit.state.assignment import Assignment
from remit.state.backend_output import Verdict
from remit.state.canonical import canonical
from remit.state.code_files import Code
from remit.state.outputs import Assessment, Seen
from remit.state.report import Artifact, ChangeRequest, Finding, Question, Report, Ruling, Value
from remit.state.secrets import redacted
from remit.state.vocabulary import EventKind, Mode, Seat, Stage

VERDICTS: Mapping[EventKind, Verdict] = {
    EventKind.ACCEPT: "accept",
    EventKind.REWORK: "rework",
}
_KEYS = frozenset(
    {"event", "summary", "documents", "findings", "requests", "questions", "ruling", "files"}
)


class Unfit(Exception):
    """What is wrong with an answer, in words for whoever answered."""


def report_of(text: str, task: Assignment, desk: Desk) -> Report:
    """The report that an answer amounts to.

    Raises:
        Unfit: it is not JSON, or not in its form; the first eight problems are named.
    """
    said = _object(text, "the answer")
    unknown = sorted(set(said) - _KEYS)
    if unknown:
        raise Unfit(f"there is no key {', '.join(unknown[:5])!r} in the form of the answer")
    event = _event(said.get("event"), task)
    try:
        spoken = Report(
            event=event,
            mode=task.mode,
            summary=_one_line(said.get("summary")) or f"{task.seat}: {event}",
            findings=_values(Finding, said.get("findings"), "findings"),
            requests=_values(ChangeRequest, said.get("requests"), "requests"),
            questions=_values(Question, said.get("questions"), "questions"),
            ruling=_ruling(said.get("ruling"), task),
        )
    except ValidationError as error:
        raise Unfit(problems(error)) from None
    report = spoken.model_copy(update={"artifacts": _artifacts(said, spoken, task, desk)})
    _storable(report)
    return report


def _storable(report: Report) -> None:
    """Refuse what no record can hold, such as half a character."""
    try:
        for one in report.artifacts:
            canonical(one.content).encode()
        report.model_dump_json(exclude={"artifacts"}, warnings="error")
    except (ValueError, TypeError, RecursionError) as error:
        raise Unfit(f"the answer cannot be kept: {' '.join(str(error).split())[:300]}") from None


def _event(given: object, task: Assignment) -> EventKind:
    """The event, which must be on offer: no words make another of it."""
    if given not in tuple(task.events):
        offers = ", ".join(task.events)
        raise Unfit(f"event: {str(given)[:80]!r} is not on offer; answer with one of: {offers}")
    return EventKind(str(given))


def _ruling(given: object, task: Assignment) -> Ruling | None:
    """A ruling where there is a matter to rule on; anywhere else it is nobody's to give."""
    if task.matter is None:
        if mapping(given):
            raise Unfit("ruling: nothing is put to you here, so there is nothing to rule on")
        return None
    return Ruling.model_validate({**mapping(given)})


def _values(kind: type[Any], given: object, key: str) -> tuple[Any, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        raise Unfit(f"{key}: give a list")
    try:
        rows: list[object] = given  # pyright: ignore[reportUnknownVariableType]
        return tuple(kind.model_validate(one) for one in rows)
    except ValidationError as error:
        raise Unfit(f"{key}: {problems(error)}") from None


def _artifacts(
    said: Mapping[str, Any], spoken: Report, task: Assignment, desk: Desk
) -> tuple[Artifact, ...]:
    kind = kind_of(place(task), task.matter is not None)
    if task.matter is not None:
        content = written(task, task.matter, spoken.event, spoken.ruling)
        return (Artifact(name="ruling", content=content),)
    texts = _texts(said.get("documents"), task)
    made = {name: _document(name, text, task, desk) for name, text in texts.items()}
    if kind == "judge":
        return _assessed(made.get(JUDGED), spoken, task)
    _fill_hashes(made, task, desk)
    found = [Artifact(name=name, content=content) for name, content in made.items()]
    if said.get("files"):
        found.append(Artifact(name="code", content=_code(said["files"])))
    if task.stage is Stage.EXPERIENCE and spoken.event is EventKind.REWORK:
        found += _assessed(made.get("screens"), spoken, task)
    return tuple(found)


def _code(given: object) -> dict[str, Any]:
    try:
        # without secrets first, which may stand in a path: two must not become the same
        return Code.model_validate({"files": redacted(given)}).model_dump(mode="json")
    except ValidationError as error:
        raise Unfit(problems(error)) from None
    except RecursionError:
        raise Unfit("files: is nested too deeply") from None


def _texts(given: object, task: Assignment) -> dict[str, str]:
    """The documents as they were written; those that are left empty are left out."""
    known = documents(task.seat, place(task), task.matter is not None)
    held = mapping(given)
    unknown = sorted(set(held) - set(known))
    if unknown:
        raise Unfit(
            f"documents: {', '.join(unknown[:5])} is not yours to write here; yours are: "
            f"{', '.join(known) or 'none'}"
        )
    texts = {
        name: json.dumps(value) if isinstance(value, Mapping) else value
        for name, value in held.items()
    }
    wrong = sorted(name for name, value in texts.items() if not isinstance(value, str))
    if wrong:
        raise Unfit(f"documents: {', '.join(wrong)}: write one JSON object as text")
    return {name: text for name, text in texts.items() if text.strip()}


def _document(name: str, text: str, task: Assignment, desk: Desk) -> dict[str, Any]:
    """One document in its shape, with what code knows filled in."""
    shape = documents(task.seat, place(task), task.matter is not None)[name]
    content = {**_object(text, f"documents.{name}")}
    if "mode" in shape.model_fields:
        content["mode"] = str(task.mode)
    if "routing_manifest" in shape.model_fields:
        content["routing_manifest"] = _manifest(task, desk)
    try:
        value: Value = shape.model_validate(content)
        found = value.model_dump(mode="json", by_alias=True)
    except ValidationError as error:
        raise Unfit(f"documents.{name}: {problems(error)}") from None
    except (ValueError, RecursionError):
        raise Unfit(f"documents.{name}: is nested too deeply") from None
    if name == "contract":
        found["version"] = task.contract_version
        info = found["openapi"].get("info")
        found["openapi"]["info"] = {
            **(info if isinstance(info, dict) else {"title": desk.brief.title}),
            "version": task.contract_version,
        }
    return found


def _manifest(task: Assignment, desk: Desk) -> dict[str, Any]:
    """The manifest that the CTO confirms: computed before the run, never written by a model."""
    if task.mode is Mode.PLAN and desk.manifest:
        return dict(desk.manifest)
    return {"not_applicable": "it is confirmed with the plan"}


def _fill_hashes(made: dict[str, dict[str, Any]], task: Assignment, desk: Desk) -> None:
    """The hash of the contract that a design defines, or that a build follows without departing."""
    if "contract" in made and "backend_design" in made:
        contract = made["backend_design"].get("api_contract")
        if isinstance(contract, dict) and "hash" in contract:
            contract["hash"] = _hash(made["contract"]["openapi"])
            contract["version"] = task.contract_version
    build: Any = made.get("backend_build", {}).get("implementation")
    given = next((one for one in task.inputs if one.artifact == "contract"), None)
    if mapping(build) and given is not None and not mapping(build).get("drift"):
        build["contract_hash"] = _hash(desk.read(given).get("openapi"))


def _hash(document: object) -> str | None:
    try:
        return contract_hash({**mapping(document)}) if mapping(document) else None
    except (TypeError, ValueError, RecursionError):
        return None


def _assessed(
    output: dict[str, Any] | None, spoken: Report, task: Assignment
) -> tuple[Artifact, ...]:
    """The verdict and what was seen, written by code around the reviewer's own output."""
    name = "verdict" if task.mode is Mode.AUDIT else "review"
    if task.seat not in KINDS[name].owners:
        return (Artifact(name="work", content=output),) if output else ()
    seen = tuple(
        Seen(owner=one.owner, artifact=one.artifact, revision=one.revision, hash=one.hash)
        for one in task.inputs
    )
    content = Assessment(
        by=task.seat,
        verdict=VERDICTS.get(spoken.event, "escalate"),
        seen=seen,
        findings=spoken.findings,
        requests=spoken.requests,
        questions=spoken.questions,
        output=output or {},
    ).model_dump(mode="json")
    own = {Seat.QA: "test_plan", Seat.SECURITY: "threat_model"}.get(task.seat)
    opinion = Artifact(name=name, content=content)
    return (Artifact(name=own, content=output), opinion) if own and output else (opinion,)


def _object(text: str, what: str) -> Mapping[str, Any]:
    """A JSON object from text, whatever fence a model put around it."""
    plain = text.strip()
    if plain.startswith("```") and plain.endswith("```") and "\n" in plain:
        plain = plain[plain.index("\n") + 1 : -3]
    try:
        value: object = json.loads(plain, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Unfit(f"{what}: is not JSON at character {error.pos}: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise Unfit(f"{what}: is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Unfit(f"{what}: is {type(value).__name__}, not a JSON object")
    return value  # pyright: ignore[reportUnknownVariableType]


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON number")


def _one_line(given: object) -> str:
    return " ".join(given.split())[:2_000] if isinstance(given, str) else ""


def problems(error: ValidationError) -> str:
    """The first eight problems, each with its place."""
    found = error.errors(include_url=False, include_input=False)
    told = [f"{'.'.join(map(str, one['loc'])) or 'it'}: {one['msg']}" for one in found[:8]]
    more = f"; and {len(found) - 8} more" if len(found) > 8 else ""
    return "; ".join(told) + more
