"""A behaviour's numbers, laid out by the place where they are drawn."""

from typing import NamedTuple

from remit.agents.behaviour import Behaviour
from remit.agents.draws import Probability
from remit.agents.flaws import FINDING, MAKING
from remit.agents.quantities import WORK
from remit.state.vocabulary import FlawKind, Mode, Seat, Stage


class Maker(NamedTuple):
    """The chances of one kind of flaw where it is made."""

    kind: FlawKind
    first: Probability
    again: Probability
    mend: Probability
    make_draw: str
    site_draw: str
    mend_draw: str


class Finder(NamedTuple):
    """The chance of one kind of flaw where it is looked for."""

    kind: FlawKind
    chance: Probability
    draw: str


class Cost(NamedTuple):
    """What one assignment costs: mean and spread of each."""

    tokens_in: tuple[int, Probability]
    tokens_out: tuple[int, Probability]
    dollars: tuple[int, Probability]
    seconds: tuple[int, Probability]


def makers(behaviour: Behaviour) -> dict[tuple[Stage, Seat], tuple[Maker, ...]]:
    """What can go wrong in the work of each seat at each stage."""
    found: dict[tuple[Stage, Seat], tuple[Maker, ...]] = {}
    for row in MAKING:
        maker = Maker(
            kind=row.kind,
            first=behaviour.chance(f"make.first.{row.key}"),
            again=behaviour.chance(f"make.again.{row.key}"),
            mend=behaviour.chance(f"mend.{row.kind}"),
            make_draw=f"make.{row.key}",
            site_draw=f"site.{row.key}",
            mend_draw=f"mend.{row.key}",
        )
        found[row.stage, row.seat] = (*found.get((row.stage, row.seat), ()), maker)
    return found


def finders(behaviour: Behaviour) -> dict[tuple[Stage, Seat], tuple[Finder, ...]]:
    """What each seat looks for at each stage."""
    found: dict[tuple[Stage, Seat], tuple[Finder, ...]] = {}
    for stage, seat, kind in FINDING:
        chance = behaviour.chance(f"find.{stage}.{seat}.{kind}")
        finder = Finder(kind=kind, chance=chance, draw=f"find.{kind}")
        found[stage, seat] = (*found.get((stage, seat), ()), finder)
    return found


def costs(behaviour: Behaviour) -> dict[tuple[Seat, Mode], Cost]:
    """By seat and mode; a mode that a role has only when alone costs what its first does."""
    found: dict[tuple[Seat, Mode], Cost] = {}
    for seat, modes in WORK.items():
        for mode in (*_ALONE, *modes):
            path = f"work.{seat}.{mode if mode in modes else modes[0]}"
            values = (behaviour.values[f"{path}.{name}"] for name in Cost._fields)
            found[seat, mode] = Cost(*((one.value, one.share) for one in values))
    return found


_ALONE = (Mode.DESIGN, Mode.BUILD, Mode.REVIEW, Mode.AUDIT)
