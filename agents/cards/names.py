"""Which of the seven roles a card is for, by the names that it gives itself. Never a guess."""

import re
from collections.abc import Iterable, Mapping

from remit.state.errors import InputError
from remit.state.suggest import advice, quoted
from remit.state.vocabulary import ROLES, Seat

TITLES: Mapping[Seat, str] = {
    Seat.CTO: "CTO",
    Seat.PM: "Product manager",
    Seat.UIUX: "UI/UX",
    Seat.BACKEND: "Backend",
    Seat.FRONTEND: "Frontend",
    Seat.SECURITY: "Security",
    Seat.QA: "QA",
}
"""How a role is called in a sentence."""
_NAMES: Mapping[Seat, tuple[str, ...]] = {
    Seat.CTO: (
        "cto", "chief technology officer", "chief architect", "software architect",
        "solution architect", "solutions architect", "system architect", "tech lead",
        "technical lead", "technology lead", "head of engineering", "vp engineering",
        "vp of engineering",
    ),
    Seat.PM: (
        "pm", "product manager", "product management", "product owner", "product lead",
        "business analyst", "requirements analyst",
    ),
    Seat.UIUX: (
        "ui", "ux", "uiux", "ui ux", "ux ui", "ui designer", "ux designer", "product designer",
        "interface designer", "interaction designer", "experience designer", "visual designer",
        "user experience", "user interface",
    ),
    Seat.BACKEND: ("backend", "back end", "server side"),
    Seat.FRONTEND: ("frontend", "front end", "client side"),
    Seat.SECURITY: (
        "security", "appsec", "infosec", "devsecops", "penetration tester", "pentester",
        "security tester", "threat modeler", "threat modeller",
    ),
    Seat.QA: (
        "qa", "quality assurance", "quality engineer", "tester", "test engineer", "test automator",
        "test automation", "test lead", "test writer", "sdet",
    ),
}  # fmt: skip
_BY_PHRASE = {tuple(phrase.split()): role for role, phrases in _NAMES.items() for phrase in phrases}
_ALONE = {("product",): Seat.PM, ("designer",): Seat.UIUX, ("architect",): Seat.CTO}
"""Words that mean a role only where nothing else stands beside them."""
_LONGEST = max(map(len, _BY_PHRASE))
_WORD = re.compile(r"[^\W_]+")


def named(text: str) -> frozenset[Seat]:
    """The roles that a name speaks of: the longest phrases count, and each word once."""
    words = [word.casefold() for word in _WORD.findall(text[:500])]
    if tuple(words) in _ALONE:
        return frozenset({_ALONE[tuple(words)]})
    found: set[Seat] = set()
    at = 0
    while at < len(words):
        size = next(
            (n for n in range(_LONGEST, 0, -1) if tuple(words[at : at + n]) in _BY_PHRASE), 0
        )
        if size:
            found.add(_BY_PHRASE[tuple(words[at : at + size])])
        at += size or 1
    return frozenset(found)


def role_of(names: Iterable[str], where: str) -> Seat:
    """The one role that the names of a card agree on.

    Raises:
        InputError: they name none, or more than one.
    """
    said = [roles for roles in map(named, names) if roles]
    if not said:
        known = ", ".join(ROLES)
        raise InputError(
            f"{where}: no name in it says which role it is for; give --role, one of {known}"
        )
    agreed = [role for role in ROLES if all(role in roles for roles in said)]
    if len(agreed) == 1 and any(len(roles) == 1 for roles in said):
        return agreed[0]
    may_be = " or ".join(role for role in ROLES if any(role in roles for roles in said))
    raise InputError(f"{where}: its names may mean {may_be}; say which with --role")


def parse_role(word: str) -> Seat:
    """The role of that name.

    Raises:
        InputError: there is none.
    """
    asked = word.strip().casefold()
    if asked in ROLES:
        return Seat(asked)
    if asked == Seat.HUMAN:
        raise InputError("role: 'human' is not a role; a person needs no card")
    raise InputError(f"role: there is no {quoted(word)}; {advice(word, map(str, ROLES))}")
