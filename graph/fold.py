"""A run is the fold of `classify` and `advance` over its journal.

`Course` holds what the fold knows: the position, the ledger, the open assignments and the rows of
the record. Given the same manifest and the same entries it ends up the same, whatever happened to
the process in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from remit.graph.advance import Step, advance, offered
from remit.graph.event import Event, Item, seats
from remit.graph.ledger import AUTHORITY, CHANGE_ITEM, Ledger, check, classify, routed
from remit.graph.manifest import MODE, Manifest, start
from remit.graph.matters import opened
from remit.graph.position import Position
from remit.graph.rules import GRADE, Rule
from remit.graph.words import awaited, tell
from remit.state.artifact import KINDS
from remit.state.assignment import Assignment, Input, Matter
from remit.state.debt import Debt, Grant
from remit.state.errors import RemitError
from remit.state.handoff import Handoff, Move, Spent
from remit.state.record import ContractVersion, Entry, MatterState
from remit.state.report import ChangeRequest, Fingerprint, Flaw
from remit.state.vocabulary import (
    ENDS,
    EventKind,
    FlawKind,
    FlawState,
    Limit,
    MatterKind,
    Mode,
    Seat,
    Stage,
)


@dataclass(kw_only=True, slots=True)
class Course:
    """The course of one run so far."""

    manifest: Manifest
    position: Position
    ledger: Ledger = field(default_factory=Ledger)
    step: int = 1
    open: dict[Seat, Assignment] = field(default_factory=dict[Seat, Assignment])
    """Assignments that wait for a report, in seat order."""
    matter: Matter | None = None
    """The matter that is put to an authority now."""
    handoffs: list[Handoff] = field(default_factory=list[Handoff])
    matters: dict[str, MatterState] = field(default_factory=dict[str, MatterState])
    answered: str | None = None
    """The matter that the last step answered."""
    ended_by: Limit | None = None
    """The limit that ended a run which is `stopped_by_policy`."""
    _pending: dict[Seat, Entry] = field(default_factory=dict[Seat, Entry])
    _group: list[tuple[Seat, int]] = field(default_factory=list[tuple[Seat, int]])
    """(seat, seconds) of the reports folded in this step."""
    _fired: list[Rule] = field(default_factory=list[Rule])
    _spent: list[Limit] = field(default_factory=list[Limit])
    _flaws_before: dict[FlawKind, Flaw] = field(default_factory=dict[FlawKind, Flaw])

    @property
    def ended(self) -> bool:
        """Whether the run is over."""
        return self.position.stage in ENDS

    def pending(self) -> tuple[Entry, ...]:
        """Reports of the open group that came before those ahead of them in seat order."""
        return tuple(self._pending.values())

    def waiting(self) -> tuple[Assignment, ...]:
        """Open assignments whose report is not in, in seat order."""
        return tuple(one for seat, one in self.open.items() if seat not in self._pending)


def begin(manifest: Manifest, subject: Sequence[Input] = ()) -> Course:
    """A run before its first report: the first assignments are issued.

    Args:
        manifest: the constants of the run.
        subject: artifacts of an earlier run that this one starts from.
    """
    course = Course(manifest=manifest, position=start(manifest))
    course.ledger.artifacts = {(one.owner, one.artifact): one for one in subject}
    for n, name in enumerate(manifest.waived, 1):
        role = name.removeprefix("no_")
        course.ledger.debts.append(
            Debt(n=n, step=0, item=name, by="policy", clause=f"missing.{role}",
                 text=f"nobody judges for the absent role {role!r}")
        )  # fmt: skip
    _issue(course, seats(course.position.owed), Seat.HUMAN, None)
    return course


def take(course: Course, entry: Entry) -> None:
    """Fold one report in; reports of a group that come early wait for those before them.

    Raises:
        EventRefused: the report does not answer its assignment.
        RemitError: the entry belongs to no open assignment.
    """
    assignment = course.open.get(entry.seat)
    if assignment is None or entry.step != course.step or entry.seat in course._pending:
        raise RemitError(
            f"step {entry.step} of {entry.seat}: no such assignment is open at step {course.step}; "
            "the journal is out of order"
        )
    check(assignment, entry.report)
    course._pending[entry.seat] = entry
    while not course.ended:
        owed = seats(course.position.owed)
        if not owed or owed[0] not in course._pending:
            return
        _fold_one(course, course._pending.pop(owed[0]))


def _fold_one(course: Course, entry: Entry) -> None:
    assignment = course.open.pop(entry.seat)
    ledger, manifest = course.ledger, course.manifest
    if not course._group:
        course._flaws_before = dict(ledger.flaws)
    _book(course, assignment, entry)
    event = classify(ledger, manifest, assignment, entry.report)
    _hear(course, assignment, entry)
    step = advance(course.position, event, manifest, entry.seat)
    if _too_many(course, step, event):
        event = event._replace(budget=1)
        step = advance(course.position, event, manifest, entry.seat)
    before = course.position
    course.position = step.position
    course._fired.extend(step.fired)
    course._spent.extend(step.spent)
    if len(step.fired) > 1 or course.ended or assignment.stage in AUTHORITY:
        _settle(course, before, step, assignment, entry)


def _too_many(course: Course, step: Step, event: Event) -> bool:
    """Whether the step would issue more handoffs than are allowed."""
    allowed = course.ledger.budget_allowed(course.manifest)[0]
    return (
        allowed is not None
        and not event.budget
        and step.position.stage is not Stage.RELEASE
        and course.ledger.handoffs + len(step.issued) > allowed
    )


def _book(course: Course, assignment: Assignment, entry: Entry) -> None:
    """Cost, time, artifacts and latent flaws of one report."""
    ledger, report = course.ledger, entry.report
    ledger.cost_micros += report.cost_micros
    ledger.tokens += report.tokens_in + report.tokens_out
    longest = max((seconds for _, seconds in course._group), default=0)
    ledger.elapsed_s += max(0, report.duration_s - longest)
    course._group.append((entry.seat, report.duration_s))
    for ref in entry.artifacts:
        key = (entry.seat, ref.name)
        old = ledger.artifacts.get(key)
        ledger.artifacts[key] = Input(
            owner=entry.seat, artifact=ref.name,
            revision=old.revision + 1 if old else 1, hash=ref.hash,
        )  # fmt: skip
    ledger.flaws.update(report.flaws)
    ledger.found.update(
        kind for kind, flaw in report.flaws.items() if flaw.state is FlawState.REPORTED
    )
    if report.event in (EventKind.DELIVER, EventKind.REWORK):
        ledger.to_mend.pop(assignment.seat, None)


def _hear(course: Course, assignment: Assignment, entry: Entry) -> None:
    """Put what a report says on the ledger's docket, beside the position's."""
    ledger, report, seat = course.ledger, entry.report, entry.seat
    if assignment.stage in AUTHORITY:
        return
    for item, finding in routed(ledger, assignment, report):
        ledger.findings.setdefault(item, []).append((seat, finding))
    if EventKind.CHANGE in assignment.events:
        ledger.requests.extend((seat, request) for request in report.requests)
    else:
        _note_untaken(course, report.requests)
    ledger.questions.extend((seat, question) for question in report.questions)


def _note_untaken(course: Course, requests: tuple[ChangeRequest, ...]) -> None:
    for request in requests:
        if request.fingerprint not in course.ledger.waived:
            _owe(course, CHANGE_ITEM[request.target], "policy", "at_limit.change_requests",
                 f"{request.change} (change requests are not taken here)", (request.fingerprint,))  # fmt: skip


def _settle(course: Course, before: Position, step: Step, was: Assignment, entry: Entry) -> None:
    """A step is complete: book what the rules did, then issue what they ask for."""
    ledger = course.ledger
    for limit in course._spent:
        ledger.used[limit] = ledger.used.get(limit, 0) + 1
    course.answered = None
    decided_by = was.occupant if was.stage in AUTHORITY else None
    if decided_by is not None:
        _ruling(course, before, step, was, entry)
    if any(rule.id.startswith("question.regroup") for rule in step.fired):
        _forget_verdicts(course)
    for rule in course._fired:
        _hand_over(ledger, rule)
    if step.waived:
        _waive(course, step, str(decided_by) if decided_by else "policy", entry)
    _seal(course)
    sender = _sender(course, entry.seat, was)
    course.step += 1
    course._group.clear()
    referred = course.matter if entry.report.event is EventKind.REFER else None
    course.matter = opened(course.manifest, course.position, ledger, referred, course.step)
    if course.position.stage is Stage.STOPPED_BY_POLICY:
        course.ended_by = _limit_reached(course)
    _issue(course, step.issued, sender, entry)
    course._fired.clear()
    course._spent.clear()


def _limit_reached(course: Course) -> Limit | None:
    limit = next((rule.at_limit for rule in reversed(course._fired) if rule.at_limit), None)
    if limit is Limit.HANDOFFS:
        return next(iter(course.ledger.exceeded(course.manifest)), limit)
    return limit


def _ruling(course: Course, before: Position, step: Step, was: Assignment, entry: Entry) -> None:
    """An authority answered: the matter is closed, or goes up unchanged."""
    report, ledger = entry.report, course.ledger
    silent = report.event is EventKind.SILENCE
    kind = was.matter.default if silent and was.matter else report.event
    text = report.ruling.text if report.ruling else ""
    if silent:
        text = text or "no answer before the deadline; the policy's default applies"
    by = "policy (silence)" if silent else str(was.occupant)
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


def next_version(version: str, breaking: bool) -> str:
    """The version after an approved change: `1.0.0` → `2.0.0` when breaking, else `1.1.0`."""
    major, minor, _ = (int(part) for part in version.split("."))
    return f"{major + 1}.0.0" if breaking else f"{major}.{minor + 1}.0"


def _forget_verdicts(course: Course) -> None:
    """The group reports again: what it found in this step is not yet said."""
    ledger = course.ledger
    ledger.findings.clear()
    ledger.requests.clear()
    ledger.flaws = dict(course._flaws_before)


def _hand_over(ledger: Ledger, rule: Rule) -> None:
    """Findings that a row hands to their owner are `ruled`: coming back is no progress."""
    if rule.item in _MENDS and (rule.id in _REWORKS or rule.id.startswith("reopen.join.")):
        found = [finding for _, finding in ledger.findings.get(rule.item, [])]
        ledger.ruled.update(finding.fingerprint for finding in found)
        owner = _MENDS[rule.item]
        ledger.to_mend[owner] = (*ledger.to_mend.get(owner, ()), *found)


_REWORKS = frozenset(f"rework.{name}" for name in GRADE.values())
_MENDS = {
    Item.REQUIREMENTS: Seat.PM,
    Item.CONTRACT: Seat.BACKEND,
    Item.BACKEND: Seat.BACKEND,
    Item.FRONTEND: Seat.FRONTEND,
}


def _waive(course: Course, step: Step, by: str, entry: Entry) -> None:
    """Name what becomes debt, and let the flaws behind it count as accepted."""
    ledger = course.ledger
    rule = next(rule for rule in reversed(step.fired) if rule.waives)
    clause = rule.clause
    for item in Item:
        if not step.waived & item:
            continue
        said, prints = _what_is_waived(ledger, item)
        _owe(course, item, by, clause, said or rule.text, prints)
        _accept_flaws(ledger.flaws, item)


def _what_is_waived(ledger: Ledger, item: Item) -> tuple[str, tuple[Fingerprint, ...]]:
    if item is Item.QUESTION:
        asked = [question for _, question in ledger.questions]
        ledger.ruled.update(question.fingerprint for question in asked)
        ledger.questions.clear()
        return "; ".join(one.text for one in asked), tuple(one.fingerprint for one in asked)
    if item in (Item.CONTRACT_CHANGE, Item.SCOPE_CHANGE):
        mine = [one for _, one in ledger.requests if CHANGE_ITEM[one.target] is item]
        ledger.ruled.update(one.fingerprint for one in mine)
        ledger.requests = [pair for pair in ledger.requests if pair[1] not in mine]
        return "; ".join(one.change for one in mine), tuple(one.fingerprint for one in mine)
    found = [finding for _, finding in ledger.findings.pop(item, [])]
    return (
        "; ".join(f"{one.rule} at {one.place}" for one in found),
        tuple(one.fingerprint for one in found),
    )


def _owe(
    course: Course, item: Item, by: str, clause: str, text: str, prints: tuple[Fingerprint, ...]
) -> None:
    ledger = course.ledger
    ledger.waived.update(prints)
    ledger.debts.append(
        Debt(n=len(ledger.debts) + 1, step=course.step, item=(item.name or "").lower(), by=by,
             clause=clause, text=text, fingerprints=prints)
    )  # fmt: skip


_FLAWS_OF: dict[Item, tuple[tuple[FlawKind, Stage | None], ...]] = {
    Item.REQUIREMENTS: ((FlawKind.REQUIREMENT_GAP, None),),
    Item.SCOPE_CHANGE: ((FlawKind.REQUIREMENT_GAP, None),),
    Item.CONTRACT: ((FlawKind.CONTRACT_GAP, None), (FlawKind.SECURITY_FLAW, Stage.CONTRACT)),
    Item.CONTRACT_CHANGE: ((FlawKind.CONTRACT_GAP, None), (FlawKind.SECURITY_FLAW, Stage.CONTRACT)),
    Item.BACKEND: ((FlawKind.BACKEND_BUG, None), (FlawKind.SECURITY_FLAW, Stage.BUILD)),
    Item.FRONTEND: ((FlawKind.FRONTEND_BUG, None),),
}
"""Which latent flaws a docket item speaks of (with where they were made, when that matters)."""


def _accept_flaws(flaws: dict[FlawKind, Flaw], item: Item) -> None:
    for kind, made_at in _FLAWS_OF.get(item, ()):
        flaw = flaws.get(kind)
        if flaw and flaw.state is FlawState.REPORTED and made_at in (None, flaw.made_at):
            flaws[kind] = flaw.model_copy(update={"state": FlawState.WAIVED})


def _seal(course: Course) -> None:
    """The build starts: the contract is frozen at its version."""
    ledger = course.ledger
    if not any(rule.id == "contract_review.next" for rule in course._fired):
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


def _sender(course: Course, reporter: Seat, was: Assignment) -> Seat:
    """Who decided: an authority, else whoever raised what the last served item is about."""
    if was.stage in AUTHORITY:
        return was.occupant
    ledger = course.ledger
    for rule in reversed(course._fired):
        if rule.item is Item.QUESTION and ledger.questions:
            return course.manifest.occupant(ledger.questions[0][0])
        if rule.item in CHANGE_ITEM.values() and ledger.requests:
            return course.manifest.occupant(ledger.requests[0][0])
        if rule.item and ledger.findings.get(rule.item):
            return course.manifest.occupant(ledger.findings[rule.item][0][0])
    return course.manifest.occupant(reporter)


def _issue(course: Course, issued: tuple[Seat, ...], sender: Seat, entry: Entry | None) -> None:
    """Write a handoff for each seat that is assigned now, or one for the end."""
    for seat in issued:
        assignment = _assignment(course, seat)
        course.open[seat] = assignment
        course.handoffs.append(_handoff(course, assignment, sender, entry))
        course.ledger.handoffs += 1
        course.ledger.turns[seat] = course.ledger.turns.get(seat, 0) + 1
    if course.ended:
        course.handoffs.append(_handoff(course, None, sender, entry))
    matter = course.matter
    if matter and issued:
        course.matters[matter.id] = MatterState(
            matter=matter, step=course.step, authority=course.manifest.occupant(issued[0])
        )
    _clear_served(course)


def _clear_served(course: Course) -> None:
    """Findings that were handed over or dropped leave the docket with their grade."""
    position, ledger = course.position, course.ledger
    for item, name in GRADE.items():
        if not getattr(position, name):
            ledger.findings.pop(item, None)
    asked = position.contract_asked | position.scope_asked
    if not asked | position.contract_change | position.scope_change:
        ledger.requests.clear()
    if not position.question:
        ledger.questions.clear()


def _assignment(course: Course, seat: Seat) -> Assignment:
    position, ledger, manifest = course.position, course.ledger, course.manifest
    stage = position.stage
    occupant = manifest.occupant(seat)
    matter = course.matter if stage in AUTHORITY else None
    events = matter.options if matter else offered(position, seat, manifest)
    if stage is Stage.SOLO:
        judging = manifest.solo_mode is Mode.AUDIT
        wanted = (EventKind.ACCEPT, EventKind.REWORK) if judging else (EventKind.DELIVER,)
        events = tuple(kind for kind in events if kind in wanted or kind is EventKind.QUESTION)
    if occupant is Seat.HUMAN and not matter:
        events = tuple(kind for kind in events if kind is not EventKind.QUESTION)
    changing = stage in (Stage.REQUIREMENTS, Stage.EXPERIENCE, Stage.CONTRACT, Stage.BUILD)
    return Assignment(
        step=course.step,
        seat=seat,
        occupant=occupant,
        stage=stage,
        mode=manifest.solo_mode or MODE[stage] if stage is Stage.SOLO else MODE[stage],
        events=events,
        inputs=_inputs(ledger, seat, occupant),
        findings=ledger.to_mend.get(seat, ()),
        requests=ledger.to_change if changing else (),
        rulings=tuple(words for _, words in ledger.rulings[-8:]),
        contract_version=ledger.contract_version,
        frozen=bool(position.frozen),
        matter=matter,
    )


def _inputs(ledger: Ledger, seat: Seat, occupant: Seat) -> tuple[Input, ...]:
    everything = Seat.HUMAN in (seat, occupant)
    return tuple(
        one
        for (owner, name), one in sorted(ledger.artifacts.items())
        if everything or owner is seat or seat in KINDS[name].seen_by
    )


def _handoff(
    course: Course, assignment: Assignment | None, sender: Seat, entry: Entry | None
) -> Handoff:
    ledger, manifest, stage = course.ledger, course.manifest, course.position.stage
    seat = assignment.seat if assignment else None
    rule = _deciding(course._fired, seat)
    frozen = ledger.contracts[-1].version if ledger.contracts else ""
    matter_id = course.matter.id if course.matter else course.answered
    return Handoff(
        seq=len(course.handoffs) + 1,
        step=course.step,
        sender=sender,
        to=assignment.occupant if assignment else None,
        seat=seat,
        stage=stage,
        mode=assignment.mode if assignment else None,
        kind=Move.END if course.ended else rule.kind if rule else Move.START,
        rule=rule.id if rule else "start",
        fired=tuple(one.id for one in course._fired),
        clause=rule.clause if rule else "",
        why=tell(rule, sender, assignment, ledger),
        spent=tuple(_spent(ledger, manifest, limit) for limit in dict.fromkeys(course._spent)),
        inputs=assignment.inputs if assignment else (),
        matter=matter_id,
        contract_version=frozen,
        cost_micros=ledger.cost_micros,
        tokens=ledger.tokens,
        elapsed_s=ledger.elapsed_s,
        owner_now=str(assignment.occupant) if assignment else "nobody",
        awaits=awaited(assignment),
    )


def _deciding(fired: list[Rule], seat: Seat | None) -> Rule | None:
    """The row that answers "why": about this seat first, then the last with a policy clause."""
    mine = [rule for rule in fired if seat and _MENDS.get(rule.item) is seat and rule.clause]
    claused = [rule for rule in fired if rule.clause]
    for rules in (mine, claused, fired):
        if rules:
            return rules[-1]
    return None


def _spent(ledger: Ledger, manifest: Manifest, limit: Limit) -> Spent:
    return Spent(
        limit=limit, used=ledger.used.get(limit, 0),
        allowed=ledger.allowed(limit, manifest.limit(limit)),
    )  # fmt: skip
