"""What authorities gave away: known debt, and grants of more room."""

from dataclasses import dataclass

from remit.state.report import Fingerprint
from remit.state.vocabulary import Limit


@dataclass(frozen=True, kw_only=True, slots=True)
class Debt:
    """A waiver: a finding, a request or a whole judgement that the run goes on without."""

    n: int
    """1..n in the run."""
    step: int
    item: str
    """What was waived: the docket item, or `no_qa` and `no_security`."""
    by: str
    """`cto`, `human`, or `policy` with its clause."""
    clause: str
    text: str
    fingerprints: tuple[Fingerprint, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """One more step under one limit, given by an authority."""

    n: int
    step: int
    limit: Limit
    """`handoffs` stands for one step of every budget."""
    by: str
    why: str
    matter: str
