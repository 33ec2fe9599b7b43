"""Briefs from strangers: each is taken, or refused in one line for each problem, and at once."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.state.brief import Brief
from remit.state.brief_text import load, parse, shipped, text_of
from remit.state.errors import InputError


def front(fields: str) -> str:
    return f"---\n{fields}\n---\nProse.\n"


def problems(text: str) -> tuple[str, ...]:
    begun = time.process_time()
    with pytest.raises(InputError) as caught:
        parse(text, "brief.md")
    assert time.process_time() - begun < 3
    assert all("\n" not in line and len(line) < 1_000 for line in caught.value.problems)
    assert all(line.isprintable() for line in caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("a: &a [x, x]\nb: &b [*a, *a]\ntitle: x", "brief.md:2: anchors"),
        ("title: x\nb: *a", "brief.md:3: aliases"),
        ("title: !!python/object/apply:os.system [ls]", "brief.md:2: tags"),
        ("title: " + "[" * 100_000, "nested deeper"),
        ("title: " + "{a: " * 20_000, "nested deeper"),
        ("\n".join(" " * n + "a:" for n in range(500)), "nested deeper"),
        ("? " * 50_000, "nested deeper"),
        ("- " * 50_000, "nested deeper"),
        ("title: x\n<<: {multi_tenant: true}", "<<"),
        ('title: "\\ud800"', "is not YAML"),
        ('title: "a\\0b"', "control character"),
        ('title: "a\\e[2Jb"', "control character"),
        ('title: x\n"\\e[2J": 1', "brief.md:3"),
        ("title: x\n" + "x" * 200_000 + ": 1", "brief.md"),
        ("title: x\ntitle: y", "brief.md:3: title"),
        ("title: x\nconstraints: {cost_usd_month: " + "9" * 5_000 + "}", "cost_usd_month"),
        ("title: x\nconstraints: {cost_usd_month: 0x10}", "cost_usd_month"),
        ("title: x\n%YAML 1.2", "brief.md"),
        ("- title: x", "brief.md:2"),
        ("title: [x]", "brief.md:2: title"),
    ],
)
def test_front_matter_with_a_trap_is_refused(fields: str, said: str) -> None:
    assert said in problems(front(fields))[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\ufeff \n\t\n", "is empty"),
        ("---\ntitle: x\n", "has no end"),
        ("a\x00b", "control character"),
        ("red \x1b[31m text", "brief.md:1"),
        ("x" * 262_145, "larger than"),
        ("---\ntitle: x\n---\n" + "é" * 131_073, "larger than"),
        ("\udc80 half a character", "half a character"),
    ],
)
def test_text_that_is_no_brief_is_refused(text: str, said: str) -> None:
    assert said in problems(text)[0]


@pytest.mark.parametrize(
    "fields",
    [
        "\n".join(f"k{n}: 1" for n in range(20_000)),
        "entities:\n" + "\n".join(f"  e{n}: {{}}" for n in range(9_000)),
        "entities:\n  e:\n    fields:\n" + "\n".join(f"      f{n}: mony" for n in range(9_000)),
        "entities: {e: {}}\nscreens: {s: {entity: e, shows: ["
        + ",".join(f"f{n}" for n in range(20_000))
        + "]}}",
        "entities:\n  e: {belongs_to: [" + ",".join(f"f{n}" for n in range(20_000)) + "]}",
    ],
)
def test_too_much_of_anything_ends_the_reading(fields: str) -> None:
    assert len(problems(front(f"title: x\n{fields}"))) <= 101


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "UTF-8"),
        (b"GIF89a\x01\x00\x01\x00", "control character"),
        ("---\ntitle: x\n---\n".encode("utf-16"), "UTF-8"),
        (b"x" * 300_000, "larger than"),
    ],
)
def test_a_binary_file_is_no_brief(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "brief.md"
    path.write_bytes(data)
    with pytest.raises(InputError, match=said):
        load(str(path))


def test_fields_without_a_value_count_as_not_written() -> None:
    keys = "entities:\nscreens: ~\nstack: null\nconstraints:\nrules:\ntenancy:"
    assert parse(front(f"title: x\n{keys}"), "b") == parse(front("title: x"), "b")


def test_sixty_entities_without_fields_are_still_assumed_in_one_line() -> None:
    names = [f"{'e' * 58}_{n:02}" for n in range(60)]
    ring = zip(names, [*names[1:], names[0]], strict=True)
    rows = "\n".join(f"  {name}: {{belongs_to: {other}}}" for name, other in ring)
    brief = parse(front(f"title: x\nentities:\n{rows}"), "b")
    assert len(brief.entities) == 60
    assert any("and 52 more" in line for line in brief.assumed)
    assert max(map(len, brief.assumed)) < 1_000


@pytest.mark.parametrize(
    "title",
    ["Запись в клинику", "select table", "order", "!!!", "2048", "tenant", "a" * 500, "🦉 owls"],
)
def test_any_title_gives_a_team_something_to_build(title: str) -> None:
    brief = parse(front(f"title: {title[:200]!r}"), "b")
    (entity,), (screen,) = brief.entities, brief.screens
    assert screen.entity == entity.name
    assert set(screen.shows) <= {field.name for field in entity.fields}
    assert any(entity.name in line for line in brief.assumed)


@given(st.one_of(st.text(), st.text(alphabet="---\n: {}[]&*!#'\"tile\t").map(front)))
def test_no_text_does_more_harm_than_an_input_error(text: str) -> None:
    found: Brief | InputError
    try:
        found = parse(text, "brief.md")
    except InputError as error:
        found = error
    if isinstance(found, Brief):
        assert Brief.model_validate(found.model_dump(mode="json")) == found
    else:
        assert all(line.startswith("brief.md") for line in found.problems)


LINES = {name: text_of(name).split("\n---\n")[0].splitlines()[1:] for name in shipped()}
DAMAGE = st.sampled_from(["", "x", "- x", "  ", ": :", "[", "{}", "~", "title: y", "true", "-1"])


@given(
    st.sampled_from(shipped()).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.dictionaries(st.integers(0, len(LINES[name]) - 1), DAMAGE, min_size=1, max_size=3),
            st.booleans(),
        )
    )
)
def test_a_damaged_brief_is_taken_or_every_problem_names_its_line(
    case: tuple[str, dict[int, str], bool],
) -> None:
    name, damage, keep_key = case
    lines = list(LINES[name])
    for number, what in damage.items():
        key, colon, _ = lines[number].partition(":")
        lines[number] = f"{key}{colon} {what}" if keep_key else what
    found: Brief | InputError
    try:
        found = parse(front("\n".join(lines)), "brief.md")
    except InputError as error:
        found = error
    if isinstance(found, InputError):
        assert all(
            line.startswith("brief.md:") and "assumed" not in line for line in found.problems
        )
        assert all(line.split(":")[1].isdecimal() for line in found.problems)
