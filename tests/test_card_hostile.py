"""Cards from strangers: each is read, or refused in a line, and at once; no word of it acts."""

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.agents.card import Card, fill, load, parse, prompt_text, unfilled
from remit.state.errors import InputError
from remit.state.vocabulary import Seat
from tests.console import remit
from tests.test_card_shapes import FOLDER, SHAPES

SECONDS = 3
"""Of processor time, for the largest card."""


def refused(text: str) -> str:
    begun = time.process_time()
    with pytest.raises(InputError) as caught:
        parse(text, "card.md", Seat.BACKEND)
    assert time.process_time() - begun < SECONDS
    assert all(line.isprintable() and len(line) < 1_000 for line in caught.value.problems)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("a: &a [x, x]\nb: [*a, *a]", "card.md:2: anchors"),
        ("name: x\nb: *a", "card.md:3: aliases"),
        ("name: !!python/object/apply:os.system [ls]", "card.md:2: tags"),
        ("name: " + "[" * 60_000, "nested deeper"),
        ("name: " + "{a: " * 20_000, "nested deeper"),
        ("name: x\n? " + "? " * 50_000, "nested deeper"),
    ],
)
def test_front_matter_with_a_trap_is_refused(front: str, said: str) -> None:
    assert said in refused(f"---\n{front}\n---\n# Backend\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\ufeff \n\t\n", "is empty"),
        ("a\x00b", "card.md:1: holds a NUL"),
        ("---\nname: x\n", "card.md:1: the front matter has no end"),
        ("x" * 262_145, "larger than"),
        ("a \udc80 b", "half a character"),
    ],
)
def test_text_that_is_no_card_is_refused(text: str, said: str) -> None:
    assert said in refused(text)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\xff", "is not UTF-8 text"),
        (b"\xff\xfea", "is not UTF-16 text"),
        ("# Backend".encode("utf-16-le"), "holds a NUL"),
        ("# Backend".encode("utf-32"), "holds a NUL"),
        ("# Bäckend".encode("latin-1"), "is not UTF-8 text"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "card.md"
    path.write_bytes(data)
    with pytest.raises(InputError, match=said):
        load(path)


@pytest.mark.parametrize(
    "hidden", ["\x1b[31m", "\u202e", "\u200b", "\U000e0041", "\x7f", "\x9b", "\u2066", "\ufeff"]
)
def test_what_nobody_sees_is_left_out_and_told(hidden: str) -> None:
    found = parse(f"# Backend\n\nDo {hidden}good.", "card.md")
    assert hidden[0] not in found.text + prompt_text(found)
    assert found.warnings == ("card.md:3: a character that nobody sees is left out",)


def test_what_scripts_and_emoji_need_stays() -> None:
    text = "# QA\n\n👩\u200d💻 \u0645\u06cc\u200c\u062e ✔\ufe0f e\u0301"
    assert parse(text, "card.md").text == text
    assert parse(text, "card.md").warnings == ()


REPEATED = (
    "#", "# ", "## Role\n", "**", "**a:** ", "`", "``` ", "```\n", "~~~\n", "<", "<a", "<a>\n",
    "<role>\n", "</role>", "<!--", "<!-- -->", "{{", "{{a}}", "[your ", "[your a]", "-\n",
    "a\n--\n", "---\n", "\n", " ", ":", "a:\n", "Role: x\n", "You must escalate to:\n", "\t", "=\n",
    "`a``b", "<your product>", "İ", "\u200b", "\u2028", "> ", "| ", "_", "* ", "x: *y\n",
)  # fmt: skip
"""Pieces that something begins or ends with: repeated, they find what looks too far."""
HEADS = ("", "# Backend\n", "---\nname: qa\n---\n", "---\nname: a: b\n")


def seconds(head: str, piece: str, size: int) -> float:
    """Processor time to read and fill a card of one piece, or to refuse it."""
    text = head + piece * ((size - len(head)) // len(piece))
    begun = time.process_time()
    with suppress(InputError):
        found = parse(text, "card.md", Seat.BACKEND)
        unfilled(fill(found, {"your product": "x", "a": "y"}))
    return time.process_time() - begun


@pytest.mark.parametrize("piece", REPEATED)
def test_no_text_makes_reading_slow(piece: str) -> None:
    """A sixteenth of the largest card: what grows with the square takes far longer than this."""
    assert seconds(HEADS[len(piece) % len(HEADS)], piece, 16_384) < 1.5


@pytest.mark.prove
@pytest.mark.parametrize("piece", REPEATED)
def test_the_largest_card_is_read_in_seconds(piece: str) -> None:
    taken = [seconds(head, piece, 262_144) for head in HEADS]
    print(f"{piece!r}: at most {max(taken):.2f} s for 256 KiB")
    assert max(taken) < 10


PIECES = st.sampled_from(
    [
        "---", "...", "# ", "## ", "Role", "Output", "Escalation", "```", "~~~", "`", "<", ">", "/",
        "<!--", "-->", "{{", "}}", "[your ", "]", "your product", "**", ":", ": ", "\n", "\n\n",
        " ", "name", "tools", "- ", "*a", "&a", "!x", "|", "'", '"', "\t", "\r", "\x1b", "\u202e",
        "é", "===", "<role>", "</role>", "<output>", "</output>", "Return:", "secret", "backend",
    ]
)  # fmt: skip


def told_plainly(error: InputError) -> None:
    assert all(line.isprintable() and len(line) < 1_000 for line in error.problems)


def read(text: str) -> Card | None:
    """The card, every promise about any card kept; `None` where it is refused in a line."""
    try:
        found = parse(text, "card.md", Seat.QA)
    except InputError as error:
        told_plainly(error)
        return None
    for section in found.sections:
        if section.origin == "card":
            assert 1 <= section.line <= section.text_line <= len(text) + 2
    whole = fill(found, {one.name: "value" for one in unfilled(found)})
    assert unfilled(whole) == ()
    assert "\x1b" not in prompt_text(whole)
    return found


@given(st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join))
def test_any_text_is_a_card_or_refused_in_a_line(text: str) -> None:
    read(text)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_card_or_refused_in_a_line(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.md"
    path.write_bytes(data)
    try:
        load(path, Seat.QA)
    except InputError as error:
        told_plainly(error)


@pytest.mark.prove
@settings(max_examples=20_000)
@given(st.lists(PIECES | st.text(max_size=30), max_size=400).map("".join))
def test_any_long_text_is_a_card_or_refused_in_a_line(text: str) -> None:
    read(text)


@pytest.mark.prove
@settings(max_examples=5_000)
@given(
    st.sampled_from(sorted(SHAPES)), st.integers(0), st.integers(0), st.lists(PIECES, max_size=9)
)
def test_a_card_with_a_piece_of_it_replaced_is_read_or_refused(
    name: str, start: int, size: int, pieces: list[str]
) -> None:
    text = (FOLDER / name).read_text("utf-8")
    at = start % len(text)
    read(text[:at] + "".join(pieces) + text[at + size % 40 :])


@pytest.mark.parametrize(
    "words",
    [("show", "{}"), ("show", "{}", "--prompt"), ("check", "{}"), ("check", "{}", "--json")],
)
def test_no_card_reaches_a_terminal_as_it_is(words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "\x1b[2Jbackend.md"
    path.write_text(
        '---\nname: "backend \\e[31m"\n"to\\e[2Jols": "\\u202e"\n---\n# Backend \x1b[2J\u202e\n\n'
        "## \x1b]0;title\x07Role\nx \x1b[31m \u2066 \u0085 y\n\n## Other\u200f \u00ad\n{{a}}\n"
    )
    ran = remit(
        tmp_path / "runs.db", "card", *(word.format(path) for word in words), "--set", "a=b"
    )
    assert ran.exit_code == 0, ran.output
    assert all(line.isprintable() for line in ran.output.splitlines())


def test_a_refusal_names_the_file_inertly(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[2Jx.md"
    path.write_text("hello")
    ran = remit(tmp_path / "runs.db", "card", "check", str(path))
    assert (ran.exit_code, ran.stderr.count("\n")) == (2, 1)
    assert ran.stderr.strip().isprintable()
