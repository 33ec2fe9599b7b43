"""Names, numbers, money, time and limits as a person reads them."""

from collections.abc import Iterable

from remit.state.handoff import Spent
from remit.state.vocabulary import Limit, MatterKind, Seat

MATTERS: dict[str, str] = {
    MatterKind.RULING: "change request",
    MatterKind.LIMIT: "limit reached",
    MatterKind.NO_PROGRESS: "no progress",
    MatterKind.BUDGET: "budget used up",
}
"""What a matter is about, where its kind does not say it."""
SEATS: dict[str, str] = {
    Seat.CTO: "CTO", Seat.PM: "PM", Seat.UIUX: "UI/UX", Seat.BACKEND: "Backend",
    Seat.FRONTEND: "Frontend", Seat.SECURITY: "Security", Seat.QA: "QA", Seat.HUMAN: "human",
}  # fmt: skip
"""The seats as headings of columns and lanes."""


def spaced(name: str) -> str:
    """A name of the vocabulary with spaces: `contract review`."""
    return name.replace("_", " ")


def counted(count: int, noun: str) -> str:
    """`1 matter`, `2 matters`."""
    return f"{count} {noun}{'s' * (count != 1)}"


def dollars(micros: int) -> str:
    """Micro-dollars as dollars and cents, half a cent rounded up."""
    return f"${(micros + 5_000) // 10_000 / 100:,.2f}"


def duration(seconds: int) -> str:
    """Seconds as hours and minutes."""
    hours, rest = divmod(seconds, 3600)
    return f"{hours:,} h {rest // 60:02d} min" if hours else f"{rest // 60} min"


def clock(seconds: int) -> str:
    """The run's own time as `h:mm`."""
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}"


def amount(limit: Limit, number: int | None) -> str:
    """A number of the ledger in the words of its limit; `None` is unlimited."""
    if number is None:
        return "unlimited"
    if limit is Limit.DOLLARS:
        return dollars(number)
    return duration(number) if limit is Limit.HOURS else f"{number:,}"


def spent_words(spent: Iterable[Spent]) -> str:
    """What was taken under which limits: `change requests 1/3, escalations 2/∞`."""
    return ", ".join(
        f"{spaced(one.limit)} {one.used}/{'∞' if one.allowed is None else one.allowed}"
        for one in spent
    )


def bracketed(spent: Iterable[Spent]) -> str:
    """The same behind what it belongs to: ` [change requests 1/3]`; empty where nothing was."""
    said = spent_words(spent)
    return f" [{said}]" if said else ""


def begun(words: str) -> str:
    """Words as a sentence begins with them."""
    return words[:1].upper() + words[1:]
