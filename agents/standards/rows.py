"""What the standards share: places, and how far a look at contract and code can go."""

from collections.abc import Iterator, Sequence

from remit.agents.standards.openapi import Operation
from remit.agents.standards.verdict import Fault, Verdict, decided, unknown
from remit.agents.standards.work import BackendWork

NAMED = 3
"""Operations named in a reason; the rest is counted."""


def in_contract(op: Operation, what: str) -> Fault:
    """A fault of the contract."""
    return Fault(place=f"contract: {op.place}", what=what)


def in_build(operation: str, what: str) -> Fault:
    """A fault of the code of one operation."""
    return Fault(place=f"build: {operation}", what=what)


def by_contract(work: BackendWork, standard: str, faults: Sequence[Fault], seen: str) -> Verdict:
    """Decided by the contract; without one, or without operations in it, nothing is."""
    if not faults and not work.operations:
        return unknown(standard, no_contract(work), "contract")
    return decided(standard, faults, f"{len(work.operations)} operations: {seen}", "contract")


def by_rows(work: BackendWork, standard: str, faults: Sequence[Fault], seen: str) -> Verdict:
    """Decided by what the output says about the code of every operation of the contract."""
    if not faults and (reason := unseen(work)):
        return unknown(standard, reason, "build")
    return decided(standard, faults, f"{len(work.rows)} operations: {seen}", "build")


def unseen(work: BackendWork) -> str:
    """Why the rows cannot stand for all the code; empty when they can."""
    if not work.rows:
        return (
            work.problem("implementation") if not work.made else "implementation has no operations"
        )
    if not work.operations:
        return no_contract(work)
    if work.unrowed:
        shown = ", ".join(work.unrowed[:NAMED])
        more = f" and {len(work.unrowed) - NAMED} more" if len(work.unrowed) > NAMED else ""
        return f"nothing is said about the code of {shown}{more}"
    return ""


def no_contract(work: BackendWork) -> str:
    """Why there is nothing to look at."""
    return "there is no contract" if work.contract is None else "the contract has no operations"


def statuses_differ(work: BackendWork) -> Iterator[Fault]:
    """Where the code answers with other statuses than the contract documents."""
    for row in work.rows:
        op = work.operation_of.get(row.operation_id)
        if op is None:
            continue
        documented = set(op.statuses)
        classes = {status[0] for status in documented if status.upper().endswith("XX")}
        extra = [
            str(status)
            for status in row.statuses
            if str(status) not in documented and str(status)[0] not in classes
        ]
        if extra and "default" not in documented:
            yield in_build(row.operation_id, f"answers {', '.join(extra)}, not in the contract")
        yield from _unanswered(row.operation_id, documented, {str(one) for one in row.statuses})


def _unanswered(operation: str, documented: set[str], answered: set[str]) -> Iterator[Fault]:
    exact = {status for status in documented if status.isdigit()}
    if missing := sorted(exact - answered):
        yield in_build(operation, f"never answers {', '.join(missing)}, which is in the contract")
