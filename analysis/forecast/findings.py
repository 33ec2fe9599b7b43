"""What a forecast found: under which terms, by which method, and for which second policy."""

from dataclasses import dataclass
from enum import StrEnum

from remit.analysis.forecast.against import Difference
from remit.analysis.forecast.drawn import Figure, Unit
from remit.analysis.forecast.estimate import Estimate
from remit.analysis.forecast.outlook import Outlook
from remit.analysis.forecast.ranges import Ranges


class Method(StrEnum):
    """How the numbers were found."""

    EXACT = "exact"
    """The chain of positions and flaws was solved."""
    SAMPLE = "sample"
    """Runs were drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What is forecast."""

    policy: str
    """Its name, or the file that was given."""
    behaviour: str
    brief: str
    """Its title."""
    roles: tuple[str, ...]
    labels: tuple[tuple[str, int], ...]
    """Values of the behaviour by their label: measured, published, assumed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """What the numbers rest on."""

    method: Method
    runs: int
    """Drawn, for quantiles and ranges in any case."""
    seed: int
    states: int | None = None
    """Of the chain that was solved; `None` where it was not."""
    notes: tuple[str, ...] = ()
    """What the reader must know: why it was sampled, what was left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AtPoints:
    """A difference of two policies at every point of the ranges."""

    figure: Figure
    unit: Unit
    low: float
    high: float
    """Nine in ten points lie between these."""
    more: int
    """Points at which the second policy has more."""
    less: int
    of: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Against:
    """A second policy on the same luck."""

    terms: Terms
    outlook: Outlook
    differences: tuple[Difference, ...]
    over_ranges: tuple[AtPoints, ...]
    """Empty where the ranges were not tried."""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Findings:
    """All that was found."""

    terms: Terms
    basis: Basis
    outlook: Outlook
    ranges: Ranges | None
    """`None` where they were not asked for."""
    against: Against | None = None

    def chance(self, name: str) -> Estimate:
        """How likely an end (`shipped`), `flawless`, a flaw's escape or a limit's end is.

        Raises:
            KeyError: there is no such chance.
        """
        found = {one.name: one.estimate for one in self.outlook.chances}
        return found[name]
