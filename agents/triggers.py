"""Backend's triggers, decided by code before its report is journalled (BE-ESC-1..6, BE-IN-0..5).

A condition that holds and that Backend did not raise becomes that question anyway. What is looked
at is the brief, the CTO's plan, the ledger's facts and the documents in the report; never what the
report says about itself. A question already answered is not raised again: the ruling stands.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from remit.agents.artifacts.change import contract_hash
from remit.agents.artifacts.product import plain
from remit.agents.standards.json_values import EMPTY, mapping, sequence, text
from remit.agents.standards.verdict import clean
from remit.agents.standards.work import parsed
from remit.state.backend_output import Conflict
from remit.state.brief import Brief
from remit.state.report import Fingerprint, Question, Report
from remit.state.vocabulary import EventKind, Mode, Target, Trigger

GUARDED_KINDS = ("database", "queue", "cache", "auth", "infra")
"""The kinds of component that need the CTO's approval (BE-ESC-1)."""
QUESTIONS_MAX = 8
"""Questions that one report can carry; a condition that finds no room is met again next time."""
ROUTED = frozenset({Trigger.CONTRACT_LOOP})
"""Triggers that the routing table acts on by itself: here they are told, not added."""
OUTPUTS = ("backend_build", "backend_design", "work")
LISTED_MAX = 200
"""Components, conflicts and lines of drift that are looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the guards need to know beside brief and report."""

    plan: Mapping[str, Any] | None = None
    """Content of the artifact `plan`; `None` where no CTO made one: the brief speaks then."""
    frozen_contract: Mapping[str, Any] | None = None
    """Content of the frozen artifact `contract`; `None` before the freeze."""
    implementation_started: bool = False
    change_requests_left: int | None = None
    """`None` is unlimited."""
    answered: frozenset[Fingerprint] = frozenset()
    """Questions that were answered in this run."""
    tenancy_ruled: bool = False
    """Somebody decided the tenancy model outside plan and brief."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """All that one guard sees."""

    brief: Brief
    facts: Facts
    report: Report
    output: Mapping[str, Any]
    constraints: Mapping[str, Any]
    """The plan's constraints; empty where it has none."""

    @property
    def made(self) -> Mapping[str, Any]:
        """The key `implementation` of the output."""
        return mapping(self.output.get("implementation"))


Guard = Callable[[_Case], Iterator[str]]
"""The words of each question that a condition asks for; none when it does not hold."""


def raised(brief: Brief, facts: Facts, report: Report) -> tuple[Question, ...]:
    """The questions that this report makes necessary, answered ones left out.

    Only Backend's own work is guarded: the caller leaves other seats and rulings alone.
    """
    constraints = mapping(mapping(facts.plan).get("constraints"))
    output = _output(report)
    case = _Case(brief=brief, facts=facts, report=report, output=output, constraints=constraints)
    asked = (
        Question(trigger=trigger, text=clean(words))
        for trigger, guard in GUARDS.items()
        for words in guard(case)
    )
    new = {one.fingerprint: one for one in asked if one.fingerprint not in facts.answered}
    return tuple(new.values())


def guarded(brief: Brief, facts: Facts, report: Report) -> Report:
    """The report as it must be journalled.

    Each condition that holds is added as a question, and the event becomes `question`. Where the
    role raised it in words of its own, both stand in the one matter, and one answer settles both.
    Nothing that the role said or made is taken away.
    """
    known = {question.fingerprint for question in report.questions}
    found = (one for one in raised(brief, facts, report) if one.trigger not in ROUTED)
    added = [one for one in found if one.fingerprint not in known]
    added = added[: max(0, QUESTIONS_MAX - len(report.questions))]
    if not added:
        return report
    return report.model_copy(
        update={"event": EventKind.QUESTION, "questions": (*report.questions, *added)}
    )


def _output(report: Report) -> Mapping[str, Any]:
    named = {artifact.name: artifact.content for artifact in report.artifacts}
    return next((mapping(named[name]) for name in OUTPUTS if name in named), EMPTY)


def _new_component(case: _Case) -> Iterator[str]:
    """BE-ESC-1."""
    approved = _approved(case)
    if approved is None:
        return
    for part in sequence(case.made.get("components"))[:LISTED_MAX]:
        kind, name = text(mapping(part).get("kind")), text(mapping(part).get("name"))
        if kind in GUARDED_KINDS and (kind, plain(name)) not in approved:
            yield f"{kind} {name!r} is not in the approved stack: approve it, or say what to use"


def _approved(case: _Case) -> set[tuple[str, str]] | None:
    """(kind, name) of every approved component; `None` where nobody approved a stack."""
    planned = case.constraints.get("stack")
    if isinstance(planned, list | tuple):
        return {
            (text(mapping(part).get("kind")), plain(text(mapping(part).get("name"))))
            for part in sequence(planned)  # pyright: ignore[reportUnknownArgumentType]
        }
    if case.brief.stack is None:
        return None
    return {(kind, plain(name)) for kind, names in case.brief.stack.items() for name in names}


def _contract_drift(case: _Case) -> Iterator[str]:
    """BE-ESC-2.

    While the contract is redrawn (design) a difference is what was asked for, and a change request
    is itself the way to the CTO.
    """
    frozen = _hash(case.facts.frozen_contract)
    asks = any(request.target is Target.CONTRACT for request in case.report.requests)
    started = case.facts.implementation_started and case.report.mode is Mode.BUILD
    if not started or frozen is None or asks:
        return
    lines = [text(line) for line in sequence(case.made.get("drift"))[:LISTED_MAX]]
    built = case.made.get("contract_hash")
    shown = [_hash(one.content) for one in case.report.artifacts if one.name == "contract"]
    if lines:
        yield f"the code departs from the frozen contract: {'; '.join(sorted(lines))}"
    elif isinstance(built, str) and built != frozen:
        yield f"the code follows contract {built[:16]}, frozen is {frozen[:16]}: which one stands?"
    elif any(one != frozen for one in shown):
        yield f"the build comes with another contract than the frozen {frozen[:16]}"


def _hash(contract: object) -> str | None:
    """`contract_hash` of an artifact `contract`; `None` where it holds no document."""
    document = mapping(mapping(contract).get("openapi"))
    try:
        return contract_hash(document) if document else None
    except (TypeError, ValueError, RecursionError):
        return None


def _tenancy_unclear(case: _Case) -> Iterator[str]:
    """BE-ESC-3. An MVP whose tenancy is unset shares the schema (BE-AUTH-2)."""
    if not case.brief.multi_tenant or case.facts.tenancy_ruled:
        return
    default = "shared_schema" if case.brief.delivery_mode == "mvp" else ""
    chosen = text(case.constraints.get("tenancy")) or case.brief.tenancy or default
    stated = mapping(case.output.get("data_model"))
    drawn = stated.get("tenancy")
    if not chosen:
        yield "the product has many tenants and nobody decided how they are kept apart"
    elif "tenancy" in stated and drawn is None:
        yield f"Backend leaves the tenancy model open; {chosen} was chosen: does that stand?"
    elif isinstance(drawn, str) and drawn != chosen:
        yield f"the data model keeps tenants apart by {drawn}; {chosen} was chosen: which stands?"


def _security_conflict(case: _Case) -> Iterator[str]:
    """BE-ESC-4: marked in the brief, or found on the way and still open."""
    pairs = dict.fromkeys((*_marked(case), *_met(case)))
    for requirement, other in pairs:
        yield f"security requirement {requirement} cannot be met together with {other}"


def _marked(case: _Case) -> Iterator[tuple[str, str]]:
    screens = {f"latency:{screen.name}" for screen in case.brief.screens}
    deadline = case.brief.constraints.deadline or case.constraints.get("deadline")
    for requirement in case.brief.constraints.security:
        for other in requirement.incompatible_with:
            if other in screens or (other == "deadline" and deadline):
                yield requirement.id, other


def _met(case: _Case) -> Iterator[tuple[str, str]]:
    for row in sequence(case.made.get("conflicts"))[:LISTED_MAX]:
        conflict = parsed(row, Conflict)
        if conflict and conflict.open:
            yield conflict.requirement, conflict.incompatible_with


def _over_budget(case: _Case) -> Iterator[str]:
    """BE-ESC-5: strictly over the ceiling."""
    ceiling = _ceiling(case)
    estimate = case.made.get("estimate_usd_month")
    if ceiling is None or not isinstance(estimate, int | float) or isinstance(estimate, bool):
        return
    if estimate > ceiling:
        yield f"the estimate is {estimate} US dollars a month, the ceiling is {ceiling}"


def _ceiling(case: _Case) -> int | float | None:
    stated = case.constraints.get("cost_usd_month")
    if isinstance(stated, int | float) and not isinstance(stated, bool):
        return stated
    return case.brief.constraints.cost_usd_month


def _contract_loop(case: _Case) -> Iterator[str]:
    """BE-ESC-6: one more change is requested and none is left."""
    left = case.facts.change_requests_left
    if left is not None and left <= 0:
        for request in case.report.requests:
            if request.target is Target.CONTRACT:
                yield f"no change request is left for the contract; asked is: {request.change}"


def _missing_input(case: _Case) -> Iterator[str]:
    """BE-IN-0: all that is missing, in one question."""
    missing = [what for what, there in _inputs(case) if not there]
    if missing:
        yield f"missing before Backend can start: {', '.join(missing)}"


def _inputs(case: _Case) -> Iterator[tuple[str, bool]]:
    """BE-IN-1..5 and whether they are there.

    The brief supplies what the plan leaves out. Where nobody planned, it also sets the boundaries
    and the delivery mode, and the run has the manifest.
    """
    plan, limits, stated = case.facts.plan, case.constraints, case.brief.constraints
    manifest = mapping(mapping(plan).get("routing_manifest"))
    mode = text(limits.get("delivery_mode")) in ("mvp", "scale")
    cost = _ceiling(case) is not None
    yield "approved stack (BE-IN-1)", bool(_approved(case))
    yield "project boundaries (BE-IN-1)", plan is None or bool(sequence(limits.get("boundaries")))
    yield "delivery mode (BE-IN-2)", plan is None or mode
    yield (
        "routing manifest (BE-IN-3)",
        plan is None or bool(manifest and "not_applicable" not in manifest),
    )
    yield (
        "architecture constraints (BE-IN-4)",
        bool(sequence(limits.get("architecture")) or stated.architecture),
    )
    yield (
        "security constraints (BE-IN-5)",
        bool(sequence(limits.get("security")) or stated.security),
    )
    yield "cost constraint (BE-IN-5)", cost


GUARDS: Mapping[Trigger, Guard] = {
    Trigger.MISSING_INPUT: _missing_input,
    Trigger.NEW_COMPONENT: _new_component,
    Trigger.CONTRACT_DRIFT: _contract_drift,
    Trigger.TENANCY_UNCLEAR: _tenancy_unclear,
    Trigger.SECURITY_CONFLICT: _security_conflict,
    Trigger.OVER_BUDGET: _over_budget,
    Trigger.CONTRACT_LOOP: _contract_loop,
}
"""Every trigger that code decides, and its guard."""
