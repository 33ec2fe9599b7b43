"""Reading a card: encodings, front matter, names, defaults, and what a model is told."""

import pickle
from pathlib import Path

import pytest

from remit.agents.card import BOUNDARIES, BUILT_IN, built_in, load, parse, prompt_text
from remit.agents.cards.names import named, role_of
from remit.agents.cards.parts import NEEDED, Origin, Part, part_of
from remit.agents.cards.skeleton import skeleton
from remit.agents.cards.text import MAX_BYTES
from remit.state.errors import InputError
from remit.state.vocabulary import ROLES, Seat
from tests.test_card_shapes import FOLDER, SHAPES, card

TEXT = "---\nname: backend-ü\n---\n# Backend\n\nBuilds the server: ü, 界.\n\n## Rules\n- one\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        b"\xef\xbb\xbf" + TEXT.encode("utf-8"),
        TEXT.encode("utf-16"),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("\n", "\u2028").encode(),
    ],
)
def test_any_encoding_that_says_so_and_any_line_end_read_alike(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "card.md"
    path.write_bytes(data)
    found = load(path)
    assert (found.role, found.warnings) == (Seat.BACKEND, ())
    assert found.text == "# Backend\n\nBuilds the server: ü, 界.\n\n## Rules\n- one"
    assert [(one.part, one.line, one.text_line) for one in found.sections[:2]] == [
        (Part.ROLE, 4, 6),
        (Part.STANDARDS, 8, 9),
    ]


@pytest.mark.parametrize(
    ("names", "role"),
    [
        (["Backend Coder Agent"], "backend"),
        (["", "back-end_engineer"], "backend"),
        (["ui-ux-designer"], "uiux"),
        (["Product/PM"], "pm"),
        (["product"], "pm"),
        (["Quality Assurance Persona", "qa"], "qa"),
        (["chief technology officer"], "cto"),
        (["security-auditor", "Security penetration tester"], "security"),
        (["backend-architect"], "backend"),
        (["Amelia", "Front End"], "frontend"),
        (["backend", "Backend and security"], "backend"),
    ],
)
def test_a_role_is_read_off_the_names(names: list[str], role: str) -> None:
    assert role_of(names, "card.md") == role


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["fullstack"], "no name in it says which role it is for"),
        (["api-designer", "database architect"], "no name in it says"),
        (["frontend and backend"], "may mean backend or frontend; say which with --role"),
        (["security-qa"], "may mean security or qa"),
        (["backend", "Frontend Engineer"], "may mean backend or frontend"),
        (["UX tester"], "may mean uiux or qa"),
    ],
)
def test_a_name_that_leaves_doubt_is_asked_about(names: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        role_of(names, "card.md")


def test_a_product_backend_is_no_product_manager() -> None:
    assert named("backend of the product") == {Seat.BACKEND}


def test_a_role_that_is_given_counts_and_a_name_against_it_is_told() -> None:
    found = load(FOLDER / "opencode.md", Seat.SECURITY)
    assert found.role is Seat.SECURITY
    assert found.warnings == (
        f"{FOLDER / 'opencode.md'}: its names say qa; it is read as security, as asked",
    )
    assert found.of(Part.INPUTS)[0].text == built_in(Seat.SECURITY).of(Part.INPUTS)[0].text


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("Role", "role"),
        ("1. Your Responsibilities", "role"),
        ("Hand-offs", "handoffs"),
        ("Integration with other agents", "handoffs"),
        ("Collaboration Rules", "handoffs"),
        ("Definition of Done", "done"),
        ("Final Rule", "rule"),
        ("🔥 Non-negotiables", "standards"),
        ("You must escalate to CTO when", "escalation"),
        ("Response Format", "output"),
        ("Public-Safe Use", "notes"),
        ("License", "notes"),
        ("License checks", None),
        ("Failure modes", None),
        ("User roles", None),
        ("Workflow", None),
        ("", None),
    ],
)
def test_a_part_is_known_by_its_heading(heading: str, part: str | None) -> None:
    assert part_of(heading) == part


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA rule at the head, and no field.\n\n---\n\n## Role\nx",
        "# Backend\n---\n## Role\nx\n---\n",
        "# Backend\n\n---\nname without a colon\n---\n## Role\nx",
        "# Backend\n\ntext\n\n---\nname: x\n---\n## Role\nx",
        "# Backend\n\n---\nname: x\n\n## Role\nx",
    ],
)
def test_a_rule_is_no_front_matter(text: str) -> None:
    found = parse(text, "card.md", Seat.BACKEND)
    assert found.metadata == ()
    assert "## Role\nx" in found.text


def test_comments_and_empty_headings_say_nothing() -> None:
    found = parse(skeleton(Seat.QA), "qa.md")
    assert found.defaults == NEEDED
    assert found.warnings == (
        "qa.md: says nothing of its own yet; the built-in role stands in for all of it",
    )
    told = prompt_text(parse("# QA\n\n## Role\n<!-- a\nb -->x<!-- c -->\n", "qa.md"))
    assert "## Role\n\nx\n" in told
    assert "<!--" not in told


def test_a_comment_without_an_end_and_one_in_code_are_text() -> None:
    found = parse("# QA\n\n`<!--` a\n\n```\n<!-- b -->\n```\n<!-- c", "qa.md")
    assert found.of(Part.ROLE)[0].text == "`<!--` a\n\n```\n<!-- b -->\n```\n<!-- c"


@pytest.mark.parametrize("name", SHAPES)
def test_boundaries_close_every_prompt_and_come_from_no_card(name: str) -> None:
    """BE-PROMPT-3 and PUB-10: every prompt says that external actions need a person."""
    values = {"your product": "x", "your project": "x", "team name": "x"}
    told = prompt_text(card(name), values)
    assert told.endswith(BOUNDARIES)
    assert "a person approves it or does not" in BOUNDARIES
    assert "You perform no external action" in BOUNDARIES


@pytest.mark.parametrize("role", ROLES)
def test_a_built_in_card_is_a_prompt_by_itself(role: Seat) -> None:
    told = prompt_text(built_in(role))
    assert told.endswith(BOUNDARIES)
    assert "leaves open" not in told
    assert "How to use this card" not in told
    assert load(str(role)) is load(role) is built_in(role)
    assert built_in(role).source == BUILT_IN


def test_what_is_left_open_stands_under_a_heading_of_its_own() -> None:
    told = prompt_text(card("prose.md"))
    own, _, default = told.partition("# Backend: what the card above leaves open")
    assert own.startswith("You are our backend person.")
    assert [line for line in default.split("\n") if line.startswith("## ")] == [
        "## Modes", "## Inputs", "## Escalation", "## Hand-offs", "## Standards", "## Output",
        "## Done", "## Final rule",
    ]  # fmt: skip


def test_a_card_is_a_value() -> None:
    found = card("plain_lists.md")
    assert pickle.loads(pickle.dumps(found)) == found
    assert hash(found) == hash(card("plain_lists.md"))
    assert {one.origin for one in found.sections} == {Origin.CARD, Origin.DEFAULT}


def test_a_card_shows_itself_inertly_and_without_markup_of_its_own() -> None:
    found = parse("# QA <b>\n\n<script>x</script> \u200fy\n", "qa.md")
    lines = str(found).splitlines()
    assert lines[0] == "Card: QA <b>"
    assert all(line.isprintable() and len(line) <= 80 for line in lines)
    assert "role        card        1  <script>x</script> \\u200fy" in str(found)
    assert "<script>" not in found._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert "Warnings" in str(load(FOLDER / "claude_code.md"))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("bakend", "role: there is no 'bakend'; did you mean 'backend'?"),
        ("human", "'human' is not a role"),
        ("none.md", "none.md: there is no such file"),
        ("/", "is a folder"),
    ],
)
def test_what_is_no_card_is_told_in_a_line(source: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load(source)
    assert said in str(caught.value)


def test_the_largest_card_is_read(tmp_path: Path) -> None:
    path = tmp_path / "qa.md"
    path.write_bytes(b"# QA\n" + b"x" * (MAX_BYTES - 5))
    assert load(path).role is Seat.QA
    path.write_bytes(b"# QA\n" + b"x" * (MAX_BYTES - 4))
    with pytest.raises(InputError, match="larger than 262144 bytes"):
        load(path)
