"""Why a run went where it did: one handoff, in words, with its limits."""

from collections.abc import Sequence

from remit.state.errors import InputError
from remit.state.handoff import Handoff, Spent


def explain(handoffs: Sequence[Handoff], seq: int) -> str:
    """What happened before, the row that fired, the limit and what is left, and who owns it now.

    Raises:
        InputError: there is no such handoff.
    """
    if not 1 <= seq <= len(handoffs):
        raise InputError(f"handoff {seq}: there is none; the run has 1 to {len(handoffs)}")
    row = handoffs[seq - 1]
    lines = [f"handoff {seq}: {headline(row)}", f"why     {row.why}", f"rule    {row.rule}"]
    if len(row.fired) > 1:
        lines.append(f"after   {' → '.join(row.fired)}")
    lines.append(f"clause  {row.clause or 'none: the protocol itself'}")
    lines += [f"limit   {spelled(one)}" for one in row.spent]
    lines += [f"reached {spelled(one)}" for one in row.reached]
    lines += [] if row.spent or row.reached else ["limit   none spent"]
    if row.matter:
        lines.append(f"matter  {row.matter}")
    earlier = [one for one in handoffs[: seq - 1] if one.step < row.step]
    before = [one for one in earlier if one.step == earlier[-1].step] if earlier else []
    lines += [f"before  handoff {one.seq}: {headline(one)}" for one in before]
    seen = ", ".join(f"{one.owner}/{one.artifact} r{one.revision}" for one in row.inputs)
    lines.append(f"sees    {seen or 'the brief only'}" if row.to else "sees    -")
    lines.append(f"owner   {row.owner_now} now owns it; awaited: {row.awaits}")
    return "\n".join(lines)


def headline(row: Handoff) -> str:
    """Who handed what to whom, in a line."""
    if row.to is None:
        return f"{row.sender} → end: {row.stage}"
    as_seat = f" (for {row.seat})" if row.seat and row.seat is not row.to else ""
    return f"{row.sender} → {row.to}{as_seat}: {row.stage}, mode {row.mode}"


def spelled(one: Spent) -> str:
    """A limit in words: used, allowed, left."""
    if one.allowed is None:
        return f"{one.limit}: {one.used} used, unlimited"
    return f"{one.limit}: {one.used} of {one.allowed} used, {max(0, one.allowed - one.used)} left"
