"""Whether an output has the ten keys of the card, and what its mode asks for.

One line for each problem: requirement id, place, what to do. This looks at the form; what the
content is worth, the standards say.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from remit.agents.standards.json_values import mapping, sequence, text
from remit.agents.standards.verdict import clean
from remit.agents.standards.work import parsed
from remit.state.backend_output import (
    ApiContract,
    DataModel,
    Done,
    Escalation,
    Implementation,
    NotApplicable,
    Observability,
    Paragraph,
    SecurityNotes,
    Tests,
)
from remit.state.vocabulary import Mode

MODES = ("design", "build", "review", "audit")
PROBLEMS_MAX = 50
KEYS: Mapping[str, str] = {
    "mode": "BE-OUT-1",
    "summary": "BE-OUT-2",
    "api_contract": "BE-OUT-3",
    "data_model": "BE-OUT-4",
    "implementation": "BE-OUT-5",
    "tests": "BE-OUT-6",
    "observability": "BE-OUT-7",
    "security": "BE-OUT-8",
    "escalations": "BE-OUT-9",
    "done_criteria": "BE-OUT-10",
}
"""The ten keys and their requirements, in the card's order."""
_SECTIONS: Mapping[str, type[BaseModel]] = {
    "api_contract": ApiContract,
    "data_model": DataModel,
    "implementation": Implementation,
    "tests": Tests,
    "observability": Observability,
    "security": SecurityNotes,
}
_PLAIN: Mapping[str, TypeAdapter[Any]] = {
    "summary": TypeAdapter(Paragraph),
    "escalations": TypeAdapter(tuple[Escalation, ...]),
    "done_criteria": TypeAdapter(tuple[Done, ...]),
}


def output_problems(output: object, mode: Mode | str) -> tuple[str, ...]:
    """What is wrong with the form of an output asked for in `mode`; empty when nothing is."""
    if not isinstance(output, Mapping):
        return ("BE-OUT: the output is no object; return the ten keys",)
    value = mapping(output)  # pyright: ignore[reportUnknownArgumentType]
    found = [*_keys(value), *_mode(value, str(mode)), *_shapes(value), *_by_mode(value, str(mode))]
    if len(found) > PROBLEMS_MAX:
        found = [*found[:PROBLEMS_MAX], f"and {len(found) - PROBLEMS_MAX} more problems"]
    return tuple(clean(line) for line in found)


def _keys(output: Mapping[str, Any]) -> Iterator[str]:
    for key, requirement in KEYS.items():
        if key not in output:
            yield f"{requirement}: {key} is missing; add it"
    for key in output:
        if key not in KEYS:
            yield f"BE-OUT: {str(key)[:60]!r} is not one of the ten keys; leave it out"


def _mode(output: Mapping[str, Any], mode: str) -> Iterator[str]:
    stated = output.get("mode")
    if "mode" in output and stated not in MODES:
        yield f"BE-OUT-1: mode must be one of {', '.join(MODES)}"
    elif "mode" in output and stated != mode:
        yield f"BE-MODE-0: mode is {stated!r}, the work was given as {mode!r}; keep that one"


def _shapes(output: Mapping[str, Any]) -> Iterator[str]:
    for key, requirement in KEYS.items():
        if key in output and key != "mode":
            for place, problem in _shape(key, output[key]):
                yield f"{requirement}: {place}: {problem}"


def _shape(key: str, value: object) -> Iterator[tuple[str, str]]:
    section = _SECTIONS.get(key)
    if section is not None and "not_applicable" in mapping(value):
        section = NotApplicable
        if not text(mapping(value).get("not_applicable")).strip():
            yield key, "not_applicable needs its reason"
    try:
        _PLAIN[key].validate_python(value) if section is None else section.model_validate(value)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False, include_input=False):
            yield ".".join([key, *map(str, one["loc"])])[:200], one["msg"]


def _by_mode(output: Mapping[str, Any], mode: str) -> Iterator[str]:
    made = parsed(output.get("implementation"), Implementation)
    if mode == "design":
        yield from _design(output, made)
    elif mode == "build":
        yield from _build(output, made)
    elif mode in ("review", "audit"):
        yield from _looked(mode, made)


def _absent(output: Mapping[str, Any], *keys: str) -> Iterator[str]:
    return (key for key in keys if "not_applicable" in mapping(output.get(key)))


def _design(output: Mapping[str, Any], made: Implementation | None) -> Iterator[str]:
    for key in _absent(output, "api_contract", "data_model", "security"):
        yield f"BE-MODE-1: a design holds {key}; not_applicable does not do"
    if made and not made.lifecycle:
        yield "BE-MODE-1: implementation.lifecycle is empty; state how data begins, stays and ends"
    if made and not made.boundaries:
        yield "BE-MODE-1: implementation.boundaries is empty; state the service boundaries"
    if made is None and "not_applicable" in mapping(output.get("implementation")):
        yield "BE-MODE-1: a design plans its files, data lifecycle and service boundaries"


def _build(output: Mapping[str, Any], made: Implementation | None) -> Iterator[str]:
    for key in _absent(output, "implementation", "tests", "observability"):
        yield f"BE-MODE-2: a build holds {key}; not_applicable does not do"
    if made and not made.files:
        yield "BE-MODE-2: implementation.files is empty; list the files changed"
    if made and not made.operations:
        yield "BE-MODE-2: implementation.operations is empty; one row for each operation"
    tests = mapping(output.get("tests"))
    for group in ("happy_path", "edge_cases", "auth", "performance"):
        if group in tests and not sequence(tests[group]):
            yield f"BE-OUT-6: tests.{group} is empty; name its tests"


def _looked(mode: str, made: Implementation | None) -> Iterator[str]:
    if made and made.files:
        yield f"BE-MODE-3: {mode} changes nothing; implementation.files must be empty"
    if mode == "audit" and (made is None or made.score is None):
        yield "BE-MODE-4: an audit states implementation.score, 0 to 100"
    if mode == "audit" and (made is None or made.verdict is None):
        yield "BE-MODE-4: an audit ends in one verdict: accept, rework or escalate"
    if made and mode == "review" and (made.score is not None or made.verdict is not None):
        yield "BE-MODE-3: a review lists findings; score and verdict belong to an audit"
