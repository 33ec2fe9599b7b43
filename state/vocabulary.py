"""The words of a run: closed sets that the rules, the policy, the record and the CLI share.

Every set is a `StrEnum`, so a member prints, stores and compares as its own name.
"""

from enum import StrEnum


class Seat(StrEnum):
    """A place at the table: the seven roles in seat order, then the last authority."""

    CTO = "cto"
    PM = "pm"
    UIUX = "uiux"
    BACKEND = "backend"
    FRONTEND = "frontend"
    SECURITY = "security"
    QA = "qa"
    HUMAN = "human"
    """Not a role: the last authority, who may stand in for an absent role."""


ROLES: tuple[Seat, ...] = tuple(seat for seat in Seat if seat is not Seat.HUMAN)
"""The seven roles, in seat order (the order in which a group's reports are folded)."""

BUILDERS: tuple[Seat, ...] = (Seat.BACKEND, Seat.FRONTEND)
"""The roles that write code."""


class Stage(StrEnum):
    """A place in the process. The last three are ends: nothing leaves them."""

    PLAN = "plan"
    REQUIREMENTS = "requirements"
    EXPERIENCE = "experience"
    CONTRACT = "contract"
    CONTRACT_REVIEW = "contract_review"
    BUILD = "build"
    VERIFICATION = "verification"
    ACCEPTANCE = "acceptance"
    SOLO = "solo"
    """One role, one mode, one work item (`--mode`)."""
    CHANGE_CONTROL = "change_control"
    ARBITRATION = "arbitration"
    HUMAN = "human"
    RELEASE = "release"
    SHIPPED = "shipped"
    STOPPED = "stopped"
    """Ended by a decision."""
    STOPPED_BY_POLICY = "stopped_by_policy"
    """Ended because a limit was reached and nobody was left to ask."""


ENDS: frozenset[Stage] = frozenset({Stage.SHIPPED, Stage.STOPPED, Stage.STOPPED_BY_POLICY})


class Mode(StrEnum):
    """How a role works on an assignment."""

    PLAN = "plan"
    DESIGN = "design"
    BUILD = "build"
    REVIEW = "review"
    AUDIT = "audit"
    ARBITRATE = "arbitrate"
    CHANGE_CONTROL = "change_control"
    RELEASE = "release"


class EventKind(StrEnum):
    """What a report says, in one word."""

    DELIVER = "deliver"
    ACCEPT = "accept"
    REWORK = "rework"
    CHANGE = "change"
    QUESTION = "question"
    ANSWER = "answer"
    """An authority's ruling on a question; the asker's group goes on."""
    APPROVE = "approve"
    REJECT = "reject"
    GRANT = "grant"
    WAIVE = "waive"
    FREEZE = "freeze"
    STOP = "stop"
    DENY = "deny"
    REFER = "refer"
    """The CTO puts the matter to the human."""
    SILENCE = "silence"
    """The human did not answer before the deadline; the policy's default applies."""


class Limit(StrEnum):
    """What is counted and limited. The first nine are loops, the last four are budgets."""

    REQUIREMENT_REWORK = "requirement_rework"
    CONTRACT_REVIEW = "contract_review"
    CHANGE_REQUESTS = "change_requests"
    REWORK_BACKEND = "rework_backend"
    REWORK_FRONTEND = "rework_frontend"
    NO_PROGRESS = "no_progress"
    ESCALATIONS = "escalations"
    HUMAN_QUESTIONS = "human_questions"
    GRANTS = "grants"
    INVALID_OUTPUTS = "invalid_outputs"
    """Per assignment."""
    HANDOFFS = "handoffs"
    DOLLARS = "dollars"
    TOKENS = "tokens"
    HOURS = "hours"


LOOPS: tuple[Limit, ...] = tuple(Limit)[:9]
"""The limits that a position carries."""

BUDGETS: tuple[Limit, ...] = (Limit.HANDOFFS, Limit.DOLLARS, Limit.TOKENS, Limit.HOURS)
"""The limits that the ledger carries."""


class AtLimit(StrEnum):
    """What happens when a limit is reached."""

    WAIVE = "waive"
    ESCALATE = "escalate"
    FREEZE = "freeze"
    HUMAN = "human"
    STOP = "stop"


class Trigger(StrEnum):
    """Why a question is asked. The first six are Backend's (BE-ESC-1..6)."""

    NEW_COMPONENT = "new_component"
    """BE-ESC-1: a component outside the approved stack is needed."""
    CONTRACT_DRIFT = "contract_drift"
    """BE-ESC-2: the contract differs from the frozen one after the build started."""
    TENANCY_UNCLEAR = "tenancy_unclear"
    """BE-ESC-3: multi-tenant, and the tenancy model is unset or disputed."""
    SECURITY_CONFLICT = "security_conflict"
    """BE-ESC-4: a security requirement and a deadline or latency requirement exclude each other."""
    OVER_BUDGET = "over_budget"
    """BE-ESC-5: the estimate is strictly over the cost constraint."""
    CONTRACT_LOOP = "contract_loop"
    """BE-ESC-6: change requests are at their limit."""
    MISSING_INPUT = "missing_input"
    """BE-IN-0: something the CTO must supply is absent."""
    ROLE = "role"
    """A role's own question (roles.md)."""
    LIMIT = "limit"
    BUDGET = "budget"
    NO_PROGRESS = "no_progress"
    AGENT_FAILED = "agent_failed"


class Severity(StrEnum):
    """How bad a finding is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Target(StrEnum):
    """What a change request asks to alter."""

    CONTRACT = "contract"
    SCOPE = "scope"


class MatterKind(StrEnum):
    """What is put to an authority."""

    NONE = "none"
    QUESTION = "question"
    RULING = "ruling"
    """Change requests wait for approval or rejection."""
    LIMIT = "limit"
    NO_PROGRESS = "no_progress"
    BUDGET = "budget"
    RELEASE = "release"


class FlawKind(StrEnum):
    """The latent flaws of the simulated team; at most one of each at a time."""

    REQUIREMENT_GAP = "requirement_gap"
    CONTRACT_GAP = "contract_gap"
    SECURITY_FLAW = "security_flaw"
    BACKEND_BUG = "backend_bug"
    FRONTEND_BUG = "frontend_bug"


class FlawState(StrEnum):
    """Where a latent flaw stands."""

    ABSENT = "absent"
    HIDDEN = "hidden"
    REPORTED = "reported"
    """Named in a finding and not mended."""
    WAIVED = "waived"
    """Accepted as debt; the flaw is still there."""


class Outcome(StrEnum):
    """How a run stands. `waiting` and `running` are not ends; `failed` can be resumed."""

    RUNNING = "running"
    WAITING = "waiting"
    SHIPPED = "shipped"
    STOPPED = "stopped"
    STOPPED_BY_POLICY = "stopped_by_policy"
    FAILED = "failed"


ENDED: tuple[Outcome, ...] = (Outcome.SHIPPED, Outcome.STOPPED, Outcome.STOPPED_BY_POLICY)
"""Nothing more can happen in such a run."""
