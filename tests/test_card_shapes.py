"""Cards in the shapes that people have: `tests/cards`, each in words of our own."""

from pathlib import Path

import pytest

from remit.agents.card import Card, load, prompt_text, unfilled
from remit.agents.cards.parts import NEEDED, Origin, Part
from remit.state.errors import InputError
from remit.state.vocabulary import Seat

FOLDER = Path(__file__).parent / "cards"
ASKED = {"crew.txt": Seat.BACKEND, "prose.md": Seat.BACKEND, "tags.md": Seat.SECURITY}
"""Cards whose names name no role."""
SHAPES = {
    "after_title.md": ("frontend", "role standards"),
    "bold_headings.md": ("security", "role inputs standards output"),
    "claude_code.md": ("backend", "role handoffs"),
    "claude_examples.md": ("qa", "role output"),
    "copilot.agent.md": ("pm", "role escalation"),
    "crew.txt": ("backend", "role output"),
    "cursor.mdc": ("frontend", "role"),
    "emoji_headings.md": ("uiux", "role handoffs standards output done"),
    "grabbing.md": ("backend", "role escalation standards"),
    "opencode.md": ("qa", "role"),
    "plain_lists.md": ("backend", "role inputs escalation standards output"),
    "prose.md": ("backend", "role"),
    "ruled.md": ("qa", "role standards done"),
    "tags.md": ("security", "role escalation standards output"),
    "underlined.md": ("cto", "role escalation rule"),
    "yaml_in_fence.md": ("pm", "role handoffs"),
}
"""File → its role, and the parts that it speaks of, in the order of `Part`."""
VALUES = {"your product": "Ledger", "your project": "Ledger", "team name": "the night shift"}


def card(name: str) -> Card:
    return load(FOLDER / name, ASKED.get(name))


def own(card: Card) -> list[str]:
    """The parts that a card speaks of itself."""
    said = {one.part for one in card.sections if one.origin is Origin.CARD and one.text}
    return [str(part) for part in NEEDED if part in said]


@pytest.mark.parametrize("name", SHAPES)
def test_a_card_is_read_whatever_its_shape(name: str) -> None:
    """PUB-2: no field of any one tool is needed."""
    role, parts = SHAPES[name]
    found = card(name)
    assert (found.role, own(found)) == (role, parts.split())


def test_every_fixture_is_in_the_table() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_what_a_card_leaves_out_is_the_built_in_roles_and_says_so(name: str) -> None:
    """PUB-5: one card alone is enough."""
    found = card(name)
    missing = [part for part in NEEDED if str(part) not in own(found)]
    assert list(found.defaults) == missing
    default = load(found.role)
    for part in missing:
        assert [one.text for one in found.of(part) if one.text] == [
            one.text for one in default.of(part)
        ]


@pytest.mark.parametrize("name", SHAPES)
def test_the_cards_words_stay_its_own_and_in_their_order(name: str) -> None:
    """Below the front matter nothing is lost but notes, comments and blanks that are filled."""
    found = card(name)
    told = prompt_text(found, VALUES)
    notes = {line for one in found.of(Part.NOTES) for line in one.text.split("\n")}
    at = 0
    for line in found.text.split("\n"):
        if not line.strip() or line in notes or "<your product>" in line or "{{" in line:
            continue
        if (
            line.startswith("<!--")
            or "YOUR_PROJECT" in line
            or line.startswith("## Before")
            or "Starter" in line
        ):
            continue
        place = told.find(line.rstrip(), at)
        assert place >= at, line
        at = place


@pytest.mark.parametrize(
    ("name", "metadata"),
    [
        (
            "claude_code.md",
            {"tools": "Read, Write, Edit, Bash", "model": "sonnet", "color": "blue"},
        ),
        ("claude_examples.md", {"name": "qa-runner", "model": "inherit", "tools": "Read, Bash"}),
        ("after_title.md", {"name": "webby", "tools": "Read, Edit", "model": "haiku"}),
        ("opencode.md", {"mode": "subagent", "tools": "write: false, edit: false"}),
        ("cursor.mdc", {"globs": "*.tsx, **/*.css", "alwaysapply": "false"}),
        ("copilot.agent.md", {"model": "Big Model (copilot)", "tools": "read, search, github/*"}),
    ],
)
def test_what_is_meant_for_a_tool_is_kept(name: str, metadata: dict[str, str]) -> None:
    assert dict(card(name).metadata).items() >= metadata.items()


@pytest.mark.parametrize(
    ("name", "line"), [("claude_code.md", 3), ("claude_examples.md", 3), ("cursor.mdc", 3)]
)
def test_front_matter_that_is_no_yaml_is_read_line_by_line(name: str, line: int) -> None:
    found = card(name)
    (warning,) = found.warnings
    assert warning.startswith(f"{FOLDER / name}:{line}: is not YAML (")
    assert warning.endswith("its known fields are read line by line")
    described = dict(found.metadata).get("description", "")
    assert name == "cursor.mdc" or ": " in described


def test_only_the_first_block_between_rules_is_front_matter() -> None:
    found = card("after_title.md")
    assert "name: this is no front matter" in found.text
    assert dict(found.metadata)["name"] == "webby"
    assert card("ruled.md").metadata == ()


@pytest.mark.parametrize("name", ASKED)
def test_a_role_that_no_name_tells_is_asked_for(name: str) -> None:
    with pytest.raises(InputError, match="no name in it says which role it is for; give --role"):
        load(FOLDER / name)


def test_headings_inside_a_template_are_no_parts() -> None:
    template = card("emoji_headings.md").of(Part.OUTPUT)[0].text
    assert "## Role\nThis heading belongs to the template." in template
    assert card("tags.md").of(Part.OUTPUT)[0].text.endswith("## Role\n</output_format>")


def test_placeholders_of_all_shapes_are_found() -> None:
    found = {name: [one.name for one in unfilled(card(name))] for name in SHAPES}
    assert {name: blanks for name, blanks in found.items() if blanks} == {
        "crew.txt": ["team name"],
        "cursor.mdc": ["your project"],
        "plain_lists.md": ["your product"],
    }
