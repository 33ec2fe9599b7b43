"""The routing manifest: what brief, policy and team settle before a run starts.

Routing reads nothing else about them, so a manifest is all that `advance` needs beside a position.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

from remit.graph.event import BIT, mask, seats
from remit.graph.position import LEFT, UNLIMITED, Position
from remit.graph.rules import PATH
from remit.state.brief import Brief
from remit.state.errors import InputError
from remit.state.policy import Policy
from remit.state.vocabulary import (
    BUILDERS,
    LOOPS,
    ROLES,
    AtLimit,
    EventKind,
    Limit,
    MatterKind,
    Mode,
    Seat,
    Stage,
    Trigger,
)

SEATED: Mapping[Stage, tuple[Seat, ...]] = {
    Stage.PLAN: (Seat.CTO,),
    Stage.REQUIREMENTS: (Seat.PM,),
    Stage.EXPERIENCE: (Seat.UIUX,),
    Stage.CONTRACT: (Seat.BACKEND,),
    Stage.CONTRACT_REVIEW: (Seat.FRONTEND, Seat.SECURITY, Seat.QA),
    Stage.BUILD: BUILDERS,
    Stage.VERIFICATION: (Seat.SECURITY, Seat.QA),
    Stage.ACCEPTANCE: (Seat.CTO,),
}
"""Who works at each stage when the team is whole."""

MODE: Mapping[Stage, Mode] = {
    Stage.PLAN: Mode.PLAN,
    Stage.REQUIREMENTS: Mode.DESIGN,
    Stage.EXPERIENCE: Mode.DESIGN,
    Stage.CONTRACT: Mode.DESIGN,
    Stage.CONTRACT_REVIEW: Mode.REVIEW,
    Stage.BUILD: Mode.BUILD,
    Stage.VERIFICATION: Mode.AUDIT,
    Stage.ACCEPTANCE: Mode.AUDIT,
    Stage.CHANGE_CONTROL: Mode.CHANGE_CONTROL,
    Stage.ARBITRATION: Mode.ARBITRATE,
    Stage.HUMAN: Mode.ARBITRATE,
    Stage.RELEASE: Mode.RELEASE,
}
"""How a role works at each stage; `solo` takes its mode from the command."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The constants of one run. Masks are sets of seats; limits are counts, -1 for unlimited."""

    group_plan: int = 0
    group_requirements: int = 0
    group_experience: int = 0
    group_contract: int = 0
    group_contract_review: int = 0
    group_build: int = 0
    group_verification: int = 0
    group_acceptance: int = 0
    group_solo: int = 0
    builders: int = 0
    standins: int = 0
    """Seats in which the human stands in."""
    waived: tuple[str, ...] = ()
    """Waivers recorded at the start: `no_qa`, `no_security`."""
    solo_mode: Mode | None = None
    cto: int
    """1 when the CTO's seat is taken by the CTO."""
    human: int
    """1 when a person may be asked."""
    release: int
    """1 when the brief names an external action."""
    contract_to_human: int
    scope_to_human: int
    limit_to_human: int
    no_progress_to_human: int
    budget_to_human: int
    questions_to_human: frozenset[Trigger]
    grantable_requirements: int
    grantable_contract: int
    grantable_backend: int
    grantable_frontend: int
    requirement_rework: int
    contract_review: int
    change_requests: int
    rework_backend: int
    rework_frontend: int
    no_progress: int
    escalations: int
    human_questions: int
    grants: int
    requirement_rework_at: AtLimit
    contract_review_at: AtLimit
    change_requests_at: AtLimit
    rework_backend_at: AtLimit
    rework_frontend_at: AtLimit
    no_progress_at: AtLimit
    escalations_at: AtLimit
    budget_at: AtLimit
    invalid_outputs: int
    """Invalid answers taken for one assignment before it becomes a question."""
    budgets: tuple[int | None, ...]
    """Handoffs, micro-dollars, tokens, seconds; `None` is unlimited."""
    grant_step: tuple[int, ...]
    """What one grant adds to each budget."""
    silence: tuple[tuple[MatterKind, EventKind], ...]
    """What a person's silence means for each kind of matter."""
    deadline_s: int
    """How long a person has to answer, seconds."""

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, field.name) for field in fields(self)))

    def __hash__(self) -> int:
        return self._hash

    def group(self, stage: Stage) -> int:
        """The seats that work at a stage."""
        value: int = getattr(self, f"group_{stage}")
        return value

    def limit(self, limit: Limit) -> int:
        """A loop's limit; -1 is unlimited."""
        value: int = getattr(self, limit)
        return value

    def grantable(self, name: str) -> bool:
        """Whether whoever mends an item (`requirements`, `contract`, …) is on the team."""
        return bool(getattr(self, f"grantable_{name}"))

    def occupant(self, seat: Seat) -> Seat:
        """Who sits in a seat: the role, or the human who stands in."""
        return Seat.HUMAN if self.standins & BIT[seat] else seat

    def to_json(self) -> dict[str, Any]:
        """The manifest as the CTO confirms it: JSON values, readable by a person."""
        plain = asdict(self)
        for name in list(plain):
            if name.startswith("group_") or name in ("builders", "standins"):
                plain[name] = [str(seat) for seat in seats(plain[name])]
        plain["questions_to_human"] = sorted(plain["questions_to_human"])
        plain["waived"] = list(self.waived)
        plain["silence"] = {str(kind): str(event) for kind, event in self.silence}
        plain["budgets"], plain["grant_step"] = list(self.budgets), list(self.grant_step)
        return plain


def start(manifest: Manifest) -> Position:
    """Where a run begins: the whole team plans, one role alone does its one work item."""
    counters: dict[str, Any] = {LEFT[limit]: manifest.limit(limit) for limit in LOOPS}
    if manifest.group_solo:
        return Position(Stage.SOLO, Stage.SOLO, owed=manifest.group_solo, **counters)
    return Position(
        Stage.PLAN, Stage.PLAN, owed=manifest.group_plan, todo=manifest.builders, **counters
    )


def straight_handoffs(manifest: Manifest) -> int:
    """Assignments on the shortest way to shipping."""
    if manifest.group_solo:
        return 1
    return sum(manifest.group(stage).bit_count() for stage in PATH) + manifest.release


def compile_manifest(
    policy: Policy,
    brief: Brief,
    roles: frozenset[Seat] = frozenset(ROLES),
    solo_mode: Mode | None = None,
) -> Manifest:
    """The manifest of a run.

    Raises:
        InputError: the run could never ship (nobody decides, nobody judges, too few handoffs).
    """
    present = frozenset(roles)
    solo = solo_mode is not None
    problems = _impossible(policy, brief, present, solo)
    if problems:
        raise InputError(problems)
    judged = {
        role: role in present or (not solo and _stands_in(policy, role))
        for role in (Seat.QA, Seat.SECURITY)
    }
    seated = present | {role for role, yes in judged.items() if yes} | {Seat.CTO}
    groups: dict[str, Any] = {
        f"group_{stage}": 0 if solo else mask(*(seat for seat in who if seat in seated))
        for stage, who in SEATED.items()
    }
    if Seat.BACKEND not in present:
        groups["group_contract_review"] = 0
    release = int(bool(brief.external_actions) and not solo)
    manifest = Manifest(
        **groups,
        group_solo=mask(*present) if solo else 0,
        builders=0 if solo else mask(*(seat for seat in BUILDERS if seat in present)),
        standins=mask(*(seated - present)),
        waived=() if solo else tuple(f"no_{role}" for role, yes in judged.items() if not yes),
        solo_mode=solo_mode,
        cto=int(Seat.CTO in present and not solo),
        human=int(policy.human.present),
        release=release,
        **_authorities(policy),
        **_loops(policy, present, solo),
        budgets=tuple(policy.limits.budget(limit) for limit in _BUDGETS),
        grant_step=tuple(policy.grant_step.budget(limit) for limit in _BUDGETS),
        silence=tuple((kind, policy.human.silence.event(kind)) for kind in _ASKED),
        deadline_s=policy.human.deadline_s,
    )
    shortest, allowed = straight_handoffs(manifest), manifest.budgets[0]
    if allowed is not None and allowed < shortest:
        raise InputError(
            f"limits.handoffs: {allowed} are too few: this team needs {shortest} to ship; raise it"
        )
    return manifest


def refuse_unanswerable(manifest: Manifest, named: str) -> None:
    """Refuse terms under which every matter ends the run, because nobody may answer one.

    Args:
        manifest: compiled from the policy.
        named: what its user calls the policy.

    Raises:
        InputError: neither the CTO nor a person may ever be asked.
    """
    cto = manifest.cto and manifest.escalations
    if cto or (manifest.human and manifest.human_questions):
        return
    raise InputError(
        f"policy {named}: nobody may answer a matter (limits.escalations and "
        "limits.human_questions leave none to the CTO or a person of this team); raise one of them"
    )


_BUDGETS = (Limit.HANDOFFS, Limit.DOLLARS, Limit.TOKENS, Limit.HOURS)
_ASKED = tuple(kind for kind in MatterKind if kind is not MatterKind.NONE)


def _stands_in(policy: Policy, role: Seat) -> bool:
    return str(getattr(policy.missing, role)) == "human"


def _impossible(
    policy: Policy, brief: Brief, present: frozenset[Seat], solo: bool
) -> tuple[str, ...]:
    problems: list[str] = []
    if not present:
        problems.append("roles: nobody is on the team; name at least one role")
    if Seat.HUMAN in present:
        problems.append("roles: 'human' is not a role; a person answers as the last authority")
    if solo and len(present) > 1:
        problems.append("--mode: one role works alone; name exactly one with --roles")
    if policy.human.present or solo:
        return tuple(problems)
    if brief.external_actions:
        problems.append(
            f"external_actions: policy {policy.name!r} asks no person, so nothing can be approved; "
            "remove them from the brief or use a policy with human.present = true"
        )
    if Seat.CTO not in present:
        problems.append(
            f"roles: without a CTO a person must plan and accept, and policy {policy.name!r} asks "
            "none; add 'cto' or use a policy with human.present = true"
        )
    for role in (Seat.QA, Seat.SECURITY):
        if role not in present and _stands_in(policy, role):
            problems.append(
                f"missing.{role}: a person must judge for the absent role, and policy "
                f"{policy.name!r} asks none; add {str(role)!r} or set it to 'waive'"
            )
    return tuple(problems)


def _authorities(policy: Policy) -> dict[str, Any]:
    human = {name: str(value) == "human" for name, value in policy.authority.model_dump().items()}
    triggers = frozenset(trigger for trigger in Trigger if human.get(str(trigger), False))
    return {
        "contract_to_human": int(human["contract_change"]),
        "scope_to_human": int(human["scope_change"]),
        "limit_to_human": int(human["limit"]),
        "no_progress_to_human": int(human["no_progress"]),
        "budget_to_human": int(human["budget"]),
        "questions_to_human": triggers,
    }


_OWNER = {
    Limit.REQUIREMENT_REWORK: Seat.PM,
    Limit.CONTRACT_REVIEW: Seat.BACKEND,
    Limit.REWORK_BACKEND: Seat.BACKEND,
    Limit.REWORK_FRONTEND: Seat.FRONTEND,
}


def _loops(policy: Policy, present: frozenset[Seat], solo: bool) -> dict[str, Any]:
    """Limits and at-limit actions; work of an absent role cannot be reworked, so it escalates."""
    terms: dict[str, Any] = {}
    for limit in LOOPS:
        allowed = policy.limits.value(limit)
        terms[limit] = UNLIMITED if allowed is None else allowed
    for name, value in policy.at_limit.model_dump().items():
        terms[f"{name}_at"] = AtLimit(value)
    for limit, owner in _OWNER.items():
        able = owner in present and not solo
        field = {
            Limit.REQUIREMENT_REWORK: "requirements",
            Limit.CONTRACT_REVIEW: "contract",
        }.get(limit, str(owner))
        terms[f"grantable_{field}"] = int(able)
        if not able:
            terms[limit] = 0
            terms[f"{limit}_at"] = AtLimit.ESCALATE
    terms["invalid_outputs"] = policy.limits.value(Limit.INVALID_OUTPUTS)
    return terms
