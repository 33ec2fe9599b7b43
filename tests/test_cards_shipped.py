"""The seven cards that come with Remit: they say what the protocol says, and fit each other."""

import re
from collections.abc import Iterator

import pytest

from remit.agents.card import built_in, built_in_text, parse, unfilled
from remit.agents.cards.parts import NEEDED, Part
from remit.agents.standards import STANDARDS
from remit.state.artifact import KINDS, PARTS
from remit.state.backend_output import BackendOutput
from remit.state.outputs import (
    CtoOutput,
    FrontendOutput,
    PmOutput,
    QaOutput,
    SecurityOutput,
    UiuxOutput,
)
from remit.state.report import Value
from remit.state.vocabulary import ROLES, Mode, Seat
from tests.desks import WORK
from tests.test_requirements_trace import IDS

OUTPUTS: dict[Seat, type[Value]] = {
    Seat.CTO: CtoOutput,
    Seat.PM: PmOutput,
    Seat.UIUX: UiuxOutput,
    Seat.BACKEND: BackendOutput,
    Seat.FRONTEND: FrontendOutput,
    Seat.SECURITY: SecurityOutput,
    Seat.QA: QaOutput,
}
OF_THE_PROMPT = {id for id in IDS if id.startswith(("PUB", "BE-PROMPT"))}
"""Ids that are about how a card is used and what stands around it."""
ASKED = {
    Seat.CTO: "external budget scope legal disputed limit critical",
    Seat.PM: "component money contradict grows test priorities human",
    Seat.UIUX: "data latency dependency accessibility limit",
    Seat.BACKEND: "queue contract tenants security ceiling limit",
    Seat.FRONTEND: "change dependency limits security contract heavy",
    Seat.SECURITY: "critical speed sign-in sensitive tenants secret",
    Seat.QA: "defect criterion dispute environment flaky waiver",
}
"""Words of what makes each role stop and ask."""


def said(role: Seat, part: Part) -> str:
    return " ".join(one.text for one in built_in(role).of(part))


def words(text: str) -> set[str]:
    """What stands in backticks."""
    return set(re.findall(r"`([^`]+)`", text))


def expanded(text: str) -> set[str]:
    """The ids in a text; `BE-IN-1 to BE-IN-5` names those between them too."""
    found = set(re.findall(r"BE-[A-Z]+-\d+a?", text))
    for family, first, last in re.findall(r"(BE-[A-Z]+)-(\d+) to \1-(\d+)", text):
        found |= {f"{family}-{number}" for number in range(int(first), int(last) + 1)}
    return found


@pytest.mark.parametrize("role", ROLES)
def test_a_card_says_every_part_once_and_asks_for_nothing(role: Seat) -> None:
    card = parse(built_in_text(role), f"{role}.md")
    assert (card.role, card.defaults, card.warnings, unfilled(card)) == (role, (), (), ())
    assert [len(card.of(part)) for part in NEEDED] == [1] * len(NEEDED)
    assert [one.text for one in card.of(Part.OTHER)] == [""]
    assert "For learning and experiments only." in card.of(Part.NOTES)[0].text


def test_the_backend_card_honours_every_requirement() -> None:
    card = expanded(built_in_text(Seat.BACKEND))
    assert sorted(IDS - OF_THE_PROMPT - card) == []
    assert sorted(card - IDS) == []


def test_every_standard_of_backend_stands_under_its_standards() -> None:
    found = re.findall(r"(?m)^- (BE-[A-Z]+-\d+): \S", said(Seat.BACKEND, Part.STANDARDS))
    assert sorted(found) == sorted(one.id for one in STANDARDS)


@pytest.mark.parametrize("role", ROLES)
def test_a_card_names_every_key_of_its_roles_output(role: Seat) -> None:
    model = OUTPUTS[role]
    keys = {field.serialization_alias or name for name, field in model.model_fields.items()}
    assert sorted(keys - words(said(role, Part.OUTPUT))) == []


@pytest.mark.parametrize("role", ROLES)
def test_a_card_names_the_modes_in_which_its_role_works(role: Seat) -> None:
    modes = {str(mode) for _, seat, mode, _ in WORK if seat is role}
    modes |= {str(Mode.ARBITRATE), str(Mode.CHANGE_CONTROL)} if role is Seat.CTO else set[str]()
    assert modes <= words(said(role, Part.MODES)) <= {*map(str, Mode), "mvp", "scale"}


def edges() -> Iterator[tuple[str, Seat, Seat]]:
    """Each artifact with who makes and who else may see it."""
    for name, kind in KINDS.items():
        for owner in kind.owners & set(ROLES):
            yield from ((name, owner, reader) for reader in kind.seen_by - {owner})


@pytest.mark.parametrize(
    ("artifact", "owner", "reader"), sorted(edge for edge in edges() if edge[0] != "work")
)
def test_what_one_card_gives_the_other_expects(artifact: str, owner: Seat, reader: Seat) -> None:
    """The cards interlock as the artifacts are routed (roles.md)."""
    assert artifact in words(said(reader, Part.INPUTS))
    assert artifact in words(said(owner, Part.OUTPUT) + said(owner, Part.HANDOFFS))


@pytest.mark.parametrize("role", ROLES)
def test_no_card_expects_what_is_not_routed_to_its_role(role: Seat) -> None:
    expected = words(said(role, Part.INPUTS)) & set(KINDS)
    assert sorted(name for name in expected if role not in KINDS[name].seen_by) == []


@pytest.mark.parametrize("role", ROLES)
def test_a_card_says_when_its_role_stops_and_asks(role: Seat) -> None:
    text = said(role, Part.ESCALATION)
    assert [word for word in ASKED[role].split() if word not in text] == []
    assert "human" in text if role is Seat.CTO else "CTO" in text


@pytest.mark.parametrize(
    ("package", "parts"),
    [
        ("security_package", "auth model, permission matrix, classes of data, audited"),
        ("qa_package", "specification, edge cases, state transitions, mocks"),
    ],
)
def test_the_packages_of_backend_hold_their_parts(package: str, parts: str) -> None:
    """BE-COL-4 and BE-COL-5, part by part."""
    line = said(Seat.BACKEND, Part.HANDOFFS).partition(f"`{package}`")[2].partition("\n- ")[0]
    assert len(parts.split(", ")) == len(PARTS[package])
    assert [part for part in parts.split(", ") if part not in " ".join(line.split())] == []


def test_no_card_claims_what_only_policy_and_people_have() -> None:
    """Separation of duties: nobody verifies itself, and only a person releases."""
    assert "only a person approves one" in said(Seat.CTO, Part.ESCALATION)
    assert "You never rule on your own work" in said(Seat.CTO, Part.STANDARDS)
    assert "Who made a fix does not verify it." in said(Seat.QA, Part.STANDARDS)
    assert "Only a person lifts a critical finding." in said(Seat.SECURITY, Part.STANDARDS)
