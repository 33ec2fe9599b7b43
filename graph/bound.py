"""A closed upper bound on the rows of a run, read off the manifest alone."""

from remit.graph.manifest import SEATED, Manifest
from remit.graph.rules import CHANGING, PATH
from remit.state.errors import InputError
from remit.state.vocabulary import Limit, Stage


def bound(manifest: Manifest) -> int:
    """The most handoff rows that any run under this manifest can write, its end included.

    The smaller of two sums. *Loops*: the straight way once, plus for each unit of each limit what
    that unit can cause at most (docs/decisions/0003). *Handoffs*: their limit with every grant,
    plus the matters that reaching it can put.

    Raises:
        InputError: neither sum is finite.
    """
    finite = [most for most in (by_loops(manifest), _by_handoffs(manifest)) if most is not None]
    if not finite:
        raise InputError(
            "limits.grants: 'unlimited' grants would let a run go on for ever; write a number"
        )
    return min(finite)


def _visit(manifest: Manifest, *stages: Stage) -> int:
    """Assignments that one visit of the stages can take.

    Where something frozen may be asked to change, each seat can be sent back once to deliver
    without the change.
    """
    return sum(
        manifest.group(stage).bit_count() * (2 if stage in CHANGING else 1) for stage in stages
    )


def charges(manifest: Manifest) -> dict[Limit, int]:
    """The most rows that one unit of each loop's limit can cause; a grant, what the dearest can."""
    judged = _visit(manifest, Stage.VERIFICATION, Stage.ACCEPTANCE)
    group = max([manifest.group(stage).bit_count() for stage in SEATED] + [1])
    dear = {
        Limit.REQUIREMENT_REWORK: _visit(manifest, Stage.REQUIREMENTS, Stage.EXPERIENCE),
        Limit.CONTRACT_REVIEW: _visit(manifest, Stage.CONTRACT, Stage.CONTRACT_REVIEW),
        Limit.CHANGE_REQUESTS: 1 + _visit(manifest, *PATH[1:]),
        Limit.REWORK_BACKEND: 2 + judged,
        Limit.REWORK_FRONTEND: 2 + judged,
        Limit.NO_PROGRESS: 0,
        Limit.ESCALATIONS: 1 + group,
        Limit.HUMAN_QUESTIONS: 1 + group,
    }
    return dear | {Limit.GRANTS: max(dear.values())}


def once(manifest: Manifest) -> int:
    """The most rows of a run that spends nothing, its end included."""
    return _visit(manifest, *PATH) + manifest.group_solo.bit_count() + manifest.release + 1


def open_loops(manifest: Manifest) -> tuple[Limit, ...]:
    """The unlimited loops that can cause rows: nothing that they count ends a run."""
    return tuple(
        limit for limit, rows in charges(manifest).items() if manifest.limit(limit) < 0 and rows
    )


def by_loops(manifest: Manifest) -> int | None:
    """The sum over the loops; `None` where an unlimited one can cause rows."""
    if open_loops(manifest):
        return None
    dear = charges(manifest)
    counts = {limit: manifest.limit(limit) for limit in dear}
    return once(manifest) + sum(counts[limit] * rows for limit, rows in dear.items())


def _by_handoffs(manifest: Manifest) -> int | None:
    allowed, grants = manifest.budgets[0], manifest.grants
    if allowed is None or grants < 0:
        return None
    # Each budget matter may go to the CTO and on to the human, and ends in a grant or the end.
    matters = 2 * (grants + 1)
    referred, end = 1, 1
    return allowed + grants * manifest.grant_step[0] + matters + referred + manifest.release + end
