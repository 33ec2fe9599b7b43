"""Behaviour files: complete, labelled, refused with every problem at once."""

from pathlib import Path

import pytest

from remit.agents.behaviour import MAX_BYTES, Behaviour, load, parse, shipped
from remit.agents.quantities import PATHS
from remit.state.errors import InputError

SOURCE = '[sources]\nme = "my own guess"\n'
FINE = 'value = 0.5, range = [0.1, 0.9], label = "assumed", source = "me"'


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        parse(text, "mine.toml")
    return caught.value.problems


@pytest.mark.parametrize("name", shipped())
def test_shipped_behaviours_are_complete_and_labelled(name: str) -> None:
    behaviour = load(name)
    assert behaviour.name == name
    assert set(behaviour.values) == set(PATHS)
    for path, one in behaviour.values.items():
        assert one.low <= one.value <= one.high, path
        assert one.source, path


@pytest.mark.parametrize("name", shipped())
def test_a_behaviour_survives_storage(name: str) -> None:
    behaviour = load(name)
    assert Behaviour.model_validate_json(behaviour.model_dump_json()) == behaviour


def test_decimals_are_kept_exactly() -> None:
    assert load("typical").chance("make.first.backend_bug") == 213_000_000
    assert load("typical").amount("human.delay") == 6 * 3600
    assert load("typical").amount("work.backend.build.dollars") == 336_000


def test_what_nobody_measured_is_not_called_measured() -> None:
    """No public trace tells about rulings, contract changes, security verdicts, silence."""
    values = load("typical").values
    for path, one in values.items():
        if path.startswith(("cto.", "human.", "conditions.", "make.first.security")):
            assert one.label == "assumed", path
    assert values["make.first.backend_bug"].label == "measured"
    assert values["find.verification.qa.backend_bug"].label == "published"


def test_extending_gives_only_what_differs() -> None:
    mine = parse(f'extends = "typical"\n{SOURCE}[mend]\nbackend_bug = {{ {FINE} }}\n', "mine.toml")
    base = load("typical")
    assert mine.name == "mine"
    assert mine.chance("mend.backend_bug") == 500_000_000
    assert mine.values["mend.backend_bug"].source == "my own guess"
    differing = {path for path in PATHS if mine.values[path] != base.values[path]}
    assert differing == {"mend.backend_bug"}


def test_without_a_base_everything_must_be_given() -> None:
    found = problems(f"{SOURCE}[mend]\nbackend_bug = {{ {FINE} }}\n")
    assert len(found) == len(PATHS) - 1
    assert "make.first.requirement_gap is missing" in found[0]


def test_all_problems_are_named_at_once() -> None:
    found = problems(
        f"""extends = "typicl"
{SOURCE}
[make.frist]
backend_bug = {{ {FINE} }}
[mend]
backend_bug = {{ value = 1.5, range = [0, 1], label = "assumed", source = "me" }}
frontend_bug = {{ value = 0.5, range = [0.6, 1], label = "sure", source = "you" }}
contract_gap = 0.5
security_flaw = {{ value = 0.5, spread = 0.1, label = "assumed", source = "me" }}
[human]
delay = {{ value = nan, spread = 2, range = [0], label = "assumed", source = "me" }}
"""
    )
    expected = (
        "did you mean 'typical'?",
        "there is no 'make.frist'; did you mean 'make.first'?",
        "mend.backend_bug: value is '1.5'; write a number from 0 to 1",
        "mend.frontend_bug: label must be measured, published or assumed",
        "mend.frontend_bug: source: there is no 'you'",
        "mend.contract_gap is not a table",
        "mend.security_flaw: there is no 'spread'",
        "mend.security_flaw: range is missing",
        "human.delay: value is 'NaN'",
        "human.delay: spread is '2'",
        "human.delay: range must be [lowest, highest]",
    )
    for words in expected:
        assert any(words in line for line in found), (words, found)
    assert all("\n" not in line for line in found)


def test_a_value_outside_its_own_range_is_refused() -> None:
    leaf = '{ value = 0.5, range = [0.6, 1], label = "assumed", source = "me" }'
    found = problems(f'extends = "typical"\n{SOURCE}[mend]\nbackend_bug = {leaf}\n')
    assert found == (
        "mine.toml: mend.backend_bug: value lies outside its own range; widen the range",
    )


def test_an_authority_that_can_say_nothing_is_refused() -> None:
    nothing = 'value = 0, range = [0, 1], label = "assumed", source = "me"'
    rows = "\n".join(f"{word} = {{ {nothing} }}" for word in ("approve", "reject", "refer"))
    found = problems(f'extends = "typical"\n{SOURCE}[cto.ruling]\n{rows}\n')
    assert found == ("mine.toml: cto.ruling: all weights are 0; give one of them a weight",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = " + "[" * 5_000 + "]" * 5_000, "nested deeper"),
        ("a = " + "{b=" * 500 + "1" + "}" * 500, "nested deeper"),
        ("= 1", "is not TOML"),
        ("a = 1\na = 2", "is not TOML"),
        ("name = 3", "must be a text"),
        ("sources = 3", "must be a table"),
        ("[" + ".".join(["a"] * 3_000) + "]", "nested deeper"),
    ],
)
def test_hostile_text_is_refused_in_one_line(text: str, words: str) -> None:
    found = problems(text)
    assert any(words in line for line in found)
    assert all(len(line) < 1_000 for line in found)


def test_brackets_in_texts_do_not_count_as_depth() -> None:
    about = "[" * 50
    mine = parse(f'extends = "typical"\nabout = "{about}" # {about}\n', "mine.toml")
    assert mine.about == about


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"\xff\xfe\x00", "not UTF-8"), (b"#" * (MAX_BYTES + 1), "larger than")],
)
def test_bad_files_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "b.toml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=words):
        load(path)


def test_an_unknown_name_gets_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'typical'"):
        load("typcial")
    with pytest.raises(InputError, match="is a folder"):
        load(tmp_path)
    with pytest.raises(InputError):
        load("nul\0byte")


def test_a_file_needs_no_suffix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine").write_text('extends = "weak"\n', encoding="utf-8")
    assert load("mine").values == load("weak").values


def test_one_value_can_be_varied() -> None:
    varied = load("typical").varied("mend.backend_bug", 10**9)
    assert varied.chance("mend.backend_bug") == 10**9
    assert varied.values["mend.backend_bug"].label == "assumed"
    with pytest.raises(InputError, match=r"did you mean 'mend\.backend_bug'"):
        varied.varied("mend.backend_bugs", 1)
    with pytest.raises(InputError, match="out of bounds"):
        varied.varied("mend.backend_bug", 10**9 + 1)
