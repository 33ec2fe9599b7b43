"""Placeholders: which blanks of a card its user has to fill, and how they are filled."""

from pathlib import Path

import pytest

from remit.agents.card import fill, parse, prompt_text, unfilled
from remit.agents.cards.values import values
from remit.state.errors import InputError
from tests.test_card_shapes import FOLDER, card


def blanks(text: str) -> list[str]:
    return [one.name for one in unfilled(parse(f"# Backend\n\n{text}\n", "card.md"))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("You work for <your product>.", ["your product"]),
        ("For <your-product> and <YOUR_NAME>.", ["your product", "your name"]),
        ("<company>, <recipient>, <private context>", ["company", "recipient", "private context"]),
        ("For <target audience>.", ["target audience"]),
        ("{{PRODUCT_NAME}} and {{ team }}", ["product name", "team"]),
        ("[YOUR_COMPANY] and [INSERT STACK]", ["your company", "stack"]),
        ("## Rules of <your product>\n\n- one", ["your product"]),
        ("<your product>, again <Your Product>", ["your product"]),
    ],
)
def test_a_blank_is_found_however_it_is_written(text: str, names: list[str]) -> None:
    assert blanks(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Replace placeholders like `<your name>`, `<your product>` and `<company>`.",
        "No <secret-env-var> in logs, and no <redacted value>.",
        "[paste only the task-relevant local context here]",
        "```text\nFor <your product>: {{context}}\n```",
        "~~~\n<your product>\n~~~",
        "``a `<your product>` b``",
        "<example>one</example> <br> <details open> <T>",
        "<https://example.com> <me@example.com> <!-- <your product> -->",
        "[your docs](https://example.com), [your docs][1], [your docs]: x",
        "a < b and c > d, List<int>, x <- y -> z, {single} {{}} < > <>",
        "commit as <type>: see docs/<ticket-id>.md",
        "## Output\n\n- <one line summary>\n- <file path>",
        "## How to use this card\n\nPut your <company> in.",
        "<project>\n<name>x</name>\n</project>",
    ],
)
def test_what_only_looks_like_a_blank_is_left_alone(text: str) -> None:
    """PUB-6a: instructions, a sanitiser's mark and the starter prompt ask for nothing."""
    assert blanks(text) == []


def test_the_traps_of_a_sanitised_card_are_passed_and_its_blank_is_found() -> None:
    """PUB-6a, on a card with all three: one line is a blank, eight are not."""
    found = card("plain_lists.md")
    assert [(one.name, one.line) for one in unfilled(found)] == [("your product", 7)]
    assert "<secret-env-var>" in prompt_text(found, {"your product": "Ledger"})


def test_a_blank_stops_a_prompt_and_names_what_to_do() -> None:
    """PUB-6: nothing is sent to a model with a blank in it."""
    with pytest.raises(InputError) as caught:
        prompt_text(card("plain_lists.md"))
    assert caught.value.problems == (
        f"{FOLDER / 'plain_lists.md'}:7: placeholder 'your product' is not filled; "
        "give --set your_product=…, or a file with --values",
    )


def test_a_blank_is_filled_everywhere_but_in_code() -> None:
    text = "# Backend of <your product>\n\n{{your_product}}: `<your product>`\n\n## Notes\n"
    found = fill(parse(f"{text}[Your Product]", "card.md"), {"Your-Product": "Ledger"})
    assert found.name == "Backend of Ledger"
    assert unfilled(found) == ()
    told = prompt_text(found)
    assert told.startswith(
        "# Backend of Ledger\n\nLedger: `<your product>`\n\n## Notes\n\nLedger\n"
    )


def test_a_value_that_is_a_blank_itself_is_still_to_be_filled() -> None:
    found = fill(parse("# Backend\n\n<your product>", "c.md"), {"your product": "<company>"})
    assert [one.name for one in unfilled(found)] == ["company"]


def test_values_come_from_a_file_and_words_count_before_it(tmp_path: Path) -> None:
    """PUB-6: the values stay in a local file."""
    path = tmp_path / "values.toml"
    path.write_text('your_product = "Ledger"\n"private context" = """two\nlines"""\n')
    assert values(path, ["Your Product=Books"]) == {
        "your product": "Books",
        "private context": "two\nlines",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("your product = 'x'", "is not TOML"),
        ("a = 1", "values.toml:1: 'a': write a text in quotes"),
        ("a = ''", "write a text in quotes"),
        ("[a]\nb = 'x'", "values.toml:1: 'a': write a text in quotes"),
        ("a_b = 'x'\na-b = 'y'", "values.toml:2: 'a-b': is there already"),
        ("a = '\x1b[2J'", "control character"),
        ('a = "\\u0000"', "NUL"),
    ],
)
def test_a_file_of_values_that_is_wrong_is_told_in_a_line(
    text: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "values.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        values(path)
    assert said in str(caught.value)
    assert all(line.isprintable() for line in caught.value.problems)


@pytest.mark.parametrize("word", ["x", "=x", "x=", "x= ", " =x"])
def test_a_word_that_sets_nothing_is_refused(word: str) -> None:
    with pytest.raises(InputError, match="write NAME=VALUE"):
        values(None, [word])
