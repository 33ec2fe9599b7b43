"""What a step does to the ledger: costs, rulings, waivers, frozen contracts."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from remit.agents.artifacts.change import next_version
from remit.graph.advance import Step
from remit.graph.course import Course
from remit.graph.event import Item
from remit.graph.ledger import AUTHORITY, CHANGE_ITEM, Ledger, asked_now, grade, routed
from remit.graph.rules import GRADE, Rule
from remit.state.assignment import Assignment, Input, Matter
from remit.state.debt import Debt, Grant
from remit.state.record import ContractVersion, Entry
from remit.state.report import ChangeRequest, Fingerprint, Flaw, Report
from remit.state.vocabulary import (
    EventKind,
    FlawKind,
    FlawState,
    Limit,
    MatterKind,
    Seat,
    Stage,
    Trigger,
)

HEEDED = frozenset({Trigger.NEW_COMPONENT, Trigger.CONTRACT_DRIFT})
"""Conditions that Backend itself ends by doing without: after `reject` they must not come back."""


def book(course: Course, assignment: Assignment, entry: Entry) -> None:
    """Cost, time, artifacts and latent flaws of one report."""
    ledger, report = course.ledger, entry.report
    ledger.cost_micros += report.cost_micros
    ledger.tokens += report.tokens_in + report.tokens_out
    longest = max((seconds for _, seconds in course.group), default=0)
    ledger.elapsed_s += max(0, report.duration_s - longest)
    course.group.append((entry.seat, report.duration_s))
    for ref in entry.artifacts:
        key = (entry.seat, ref.name)
        if course.position.sealed and FREEZES.get(ref.name, assignment.stage) != assignment.stage:
            continue
        old = ledger.artifacts.get(key)
        ledger.artifacts[key] = Input(
            owner=entry.seat, artifact=ref.name,
            revision=old.revision + 1 if old else 1, hash=ref.hash,
        )  # fmt: skip
    ledger.flaws.update(report.flaws)
    ledger.found.update(
        kind for kind, flaw in report.flaws.items() if flaw.state is FlawState.REPORTED
    )
    if report.event is EventKind.DELIVER:
        ledger.to_mend.pop(mended_at(assignment.stage, assignment.seat), None)


FREEZES = {
    "criteria": Stage.REQUIREMENTS,
    "screens": Stage.EXPERIENCE,
    "contract": Stage.CONTRACT,
    "data_model": Stage.CONTRACT,
    "security_package": Stage.CONTRACT,
    "qa_package": Stage.CONTRACT,
}
"""Artifacts that the start of the build freezes, and the stage that an approved change reopens:
another revision from anywhere else is not taken."""


def hear(course: Course, assignment: Assignment, entry: Entry) -> None:
    """Put what a report says on the ledger's docket, beside the position's."""
    ledger, report, seat = course.ledger, entry.report, entry.seat
    if assignment.stage in AUTHORITY:
        return
    for item, finding in routed(ledger, assignment, report):
        known = ledger.findings.setdefault(item, [])
        if (seat, finding) not in known:
            known.append((seat, finding))
    if EventKind.CHANGE in assignment.events:
        ledger.requests.extend((seat, request) for request in report.requests)
    else:
        _note_untaken(course, seat, report.requests)
    ledger.questions.extend((seat, question) for question in asked_now(assignment, report))


def _note_untaken(course: Course, seat: Seat, requests: tuple[ChangeRequest, ...]) -> None:
    for request in requests:
        item = CHANGE_ITEM[request.target]
        if request.fingerprint not in course.ledger.waived:
            text = f"{request.change} (change requests are not taken here)"
            clause = "at_limit.change_requests"
            owe(course, item, "policy", clause, text, {request.fingerprint: 0})
        _accept_flaws(course.ledger.flaws, item, {seat})


def limit_reached(course: Course) -> Limit | None:
    """The limit whose end the last step answered; for a budget, the one that is exceeded."""
    limit = next((rule.at_limit for rule in reversed(course.fired) if rule.at_limit), None)
    if limit is Limit.HANDOFFS:
        return next(iter(course.ledger.exceeded(course.manifest)), limit)
    return limit


def decided_by(was: Assignment, report: Report) -> str:
    """Whose decision a report is: a person's silence is the policy's decision."""
    return "policy (silence)" if report.event is EventKind.SILENCE else str(was.occupant)


def book_ruling(course: Course, step: Step, was: Assignment, entry: Entry) -> None:
    """An authority answered: the matter is closed, or goes up unchanged."""
    report, ledger = entry.report, course.ledger
    silent = report.event is EventKind.SILENCE
    kind = was.matter.default if silent and was.matter else report.event
    text = report.ruling.text if report.ruling else ""
    if silent:
        text = text or "no answer before the deadline; the policy's default applies"
    by = decided_by(was, report)
    if was.matter:
        if kind is not EventKind.REFER:
            course.matters[was.matter.id] = replace(
                course.matters[was.matter.id],
                answer={"event": str(kind), "text": text, "step": course.step},
                answered_by=by,
            )
            course.answered = was.matter.id
        words = f"{was.matter.id} ({was.matter.text}): {by} says {kind}" + (
            f": {text}" if text else ""
        )
        ledger.rulings.append((course.step, words))
    if kind is EventKind.REFER:
        return
    if step.granted and was.matter:
        ledger.granted[step.granted] = ledger.granted.get(step.granted, 0) + 1
        ledger.grants.append(
            Grant(n=len(ledger.grants) + 1, step=course.step, limit=step.granted,
                  by=by, why=text or "granted", matter=was.matter.id)
        )  # fmt: skip
    if was.matter and kind is not EventKind.GRANT:
        ledger.ruled.update(question.fingerprint for question in was.matter.questions)
        ledger.ruled_on.update(question.trigger for question in was.matter.questions)
        if kind is EventKind.REJECT:
            ledger.rejected.update(
                one.fingerprint for one in was.matter.questions if one.trigger in HEEDED
            )
    if was.matter and was.matter.kind is MatterKind.RULING:
        _rule_on_requests(course, step, was.matter)


def _rule_on_requests(course: Course, step: Step, matter: Matter) -> None:
    ledger = course.ledger
    ledger.ruled.update(request.fingerprint for request in matter.requests)
    if any(rule.id.startswith("reopen.") for rule in step.fired) or step.position.reopen:
        approved = tuple(
            request for _, request in ledger.requests
            if not step.waived & CHANGE_ITEM[request.target]
        )  # fmt: skip
        ledger.to_change = approved
        ledger.contract_version = next_version(
            ledger.contract_version, any(request.breaking for request in approved)
        )
    if not step.waived:
        ledger.requests.clear()


def forget_verdicts(course: Course) -> None:
    """The group reports again: what it found in this step is not yet said.

    What became debt beside it is written down, and stays accepted.
    """
    ledger = course.ledger
    ledger.findings.clear()
    ledger.requests.clear()
    accepted = {kind: flaw for kind, flaw in ledger.flaws.items() if flaw.state is FlawState.WAIVED}
    ledger.flaws = {**course.flaws_before, **accepted}


def hand_over(ledger: Ledger, rule: Rule) -> None:
    """Findings that a row hands to their owner are `ruled`: coming back is no progress."""
    if is_handed(rule):
        found = [finding for _, finding in ledger.findings.get(rule.item, [])]
        ledger.ruled.update(finding.fingerprint for finding in found)
        ledger.to_mend[rule.item] = (*ledger.to_mend.get(rule.item, ()), *found)


def is_handed(rule: Rule) -> bool:
    """Whether a row hands the findings of its item to their owner."""
    return rule.item in MENDS and (rule.id in _REWORKS or rule.id.startswith("reopen.join."))


_REWORKS = frozenset(f"rework.{name}" for name in GRADE.values())
MENDS = {
    Item.REQUIREMENTS: Seat.PM,
    Item.CONTRACT: Seat.BACKEND,
    Item.BACKEND: Seat.BACKEND,
    Item.FRONTEND: Seat.FRONTEND,
}


def mended_at(stage: Stage, seat: Seat) -> Item:
    """The docket item whose findings a seat mends at a stage; none where it mends nothing."""
    at = {Stage.REQUIREMENTS: Item.REQUIREMENTS, Stage.CONTRACT: Item.CONTRACT}
    built = {Seat.BACKEND: Item.BACKEND, Seat.FRONTEND: Item.FRONTEND}
    return built.get(seat, Item.NONE) if stage is Stage.BUILD else at.get(stage, Item.NONE)


def waive(course: Course, step: Step, by: str) -> None:
    """Name what becomes debt, and let the flaws behind it count as accepted.

    Args:
        course: the run.
        step: what waived something.
        by: the authority that answered in this step; what silent rows waive, the policy waives.
    """
    left, ledger = step.waived, course.ledger
    for rule in step.fired:
        for item in Item:
            if not left & rule.waives & item:
                continue
            left &= ~item
            said, prints, seats = _what_is_waived(ledger, item)
            who = by if rule.event else "policy"
            owe(course, item, who, rule.clause, said or rule.text, prints)
            _accept_flaws(ledger.flaws, item, seats)


Waived = dict[Fingerprint, int]
"""What is waived, each with the grade that was accepted (0 for questions and requests)."""


class _Dropped(NamedTuple):
    said: str
    prints: Waived
    seats: set[Seat]
    """Who had said it."""


def _what_is_waived(ledger: Ledger, item: Item) -> _Dropped:
    if item is Item.QUESTION:
        asked = [question for _, question in ledger.questions]
        ledger.ruled.update(question.fingerprint for question in asked)
        ledger.questions.clear()
        words = _listed(one.text for one in asked)
        return _Dropped(words, {one.fingerprint: 0 for one in asked}, set())
    if item in (Item.CONTRACT_CHANGE, Item.SCOPE_CHANGE):
        pairs = [pair for pair in ledger.requests if CHANGE_ITEM[pair[1].target] is item]
        mine = [one for _, one in pairs]
        ledger.ruled.update(one.fingerprint for one in mine)
        ledger.requests = [pair for pair in ledger.requests if pair[1] not in mine]
        words, prints = _listed(one.change for one in mine), {one.fingerprint: 0 for one in mine}
        return _Dropped(words, prints, {seat for seat, _ in pairs})
    found, grades = ledger.findings.pop(item, []), Waived()
    for seat, one in found:
        weight = grade(seat, item, one)
        grades[one.fingerprint] = max(weight, grades.get(one.fingerprint, 0))
    words = _listed(f"{one.rule} at {one.place}" for _, one in found)
    return _Dropped(words, grades, {seat for seat, _ in found})


def _listed(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(words))


def owe(course: Course, item: Item, by: str, clause: str, text: str, prints: Waived) -> None:
    """Write down a debt; what it names is waived from now on."""
    ledger = course.ledger
    ledger.waived.update(prints)
    ledger.debts.append(
        Debt(n=len(ledger.debts) + 1, step=course.step, item=(item.name or "").lower(), by=by,
             clause=clause, text=text, fingerprints=tuple(prints))
    )  # fmt: skip


FLAW_OF: dict[Item, FlawKind] = {
    Item.REQUIREMENTS: FlawKind.REQUIREMENT_GAP,
    Item.SCOPE_CHANGE: FlawKind.REQUIREMENT_GAP,
    Item.CONTRACT: FlawKind.CONTRACT_GAP,
    Item.CONTRACT_CHANGE: FlawKind.CONTRACT_GAP,
    Item.BACKEND: FlawKind.BACKEND_BUG,
    Item.FRONTEND: FlawKind.FRONTEND_BUG,
}
"""The latent flaw that a docket item speaks of; what Security says speaks of a security flaw."""


def _accept_flaws(flaws: dict[FlawKind, Flaw], item: Item, seats: set[Seat]) -> None:
    """The flaws behind what is waived count as accepted, wherever they were made."""
    kinds = {FlawKind.SECURITY_FLAW} if Seat.SECURITY in seats else set[FlawKind]()
    if seats - {Seat.SECURITY} and item in FLAW_OF:
        kinds.add(FLAW_OF[item])
    for kind in kinds:
        flaw = flaws.get(kind)
        if flaw and flaw.state is FlawState.REPORTED:
            flaws[kind] = flaw.model_copy(update={"state": FlawState.WAIVED})


def seal(course: Course) -> None:
    """The build starts: the contract is frozen at its version."""
    ledger = course.ledger
    if not any(rule.id == "contract_review.next" for rule in course.fired):
        return
    frozen = ledger.contracts[-1].version if ledger.contracts else ""
    if frozen != ledger.contract_version and course.manifest.group_contract:
        contract = ledger.artifacts.get((Seat.BACKEND, "contract"))
        ledger.contracts.append(
            ContractVersion(
                n=len(ledger.contracts) + 1,
                version=ledger.contract_version,
                artifact=contract.hash if contract else "",
                frozen_step=course.step,
                diff=tuple(line for one in ledger.to_change for line in one.diff or (one.change,)),
            )
        )


def sender_of(course: Course, reporter: Seat, was: Assignment) -> Seat:
    """Who decided: an authority, else whoever raised what the last served item is about."""
    if was.stage in AUTHORITY:
        return was.occupant
    ledger = course.ledger
    for rule in reversed(course.fired):
        if rule.item is Item.QUESTION and ledger.questions:
            return course.manifest.occupant(ledger.questions[0][0])
        if rule.item in CHANGE_ITEM.values() and ledger.requests:
            return course.manifest.occupant(ledger.requests[0][0])
        if rule.item and ledger.findings.get(rule.item):
            return course.manifest.occupant(ledger.findings[rule.item][0][0])
    return course.manifest.occupant(reporter)
