"""`remit diff`, `remit replay` and `remit show --why`, as a user and a program read them."""

from pathlib import Path

import pytest

import remit as library
from remit.state.policy import text_of
from tests.console import remit, told


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs: the default one, one of other luck, and one that a weak team made."""
    path = tmp_path_factory.mktemp("compared") / "runs.db"
    for name, *words in (("one",), ("luck", "--seed", "5"), ("weak", "--behaviour", "weak")):
        assert remit(path, "run", "-q", "--name", name, *words).exit_code == 0
    return path


@pytest.mark.parametrize("other", ["luck", "weak", "one"])
def test_a_comparison_fits_eighty_columns_and_says_why(db: Path, other: str) -> None:
    found = remit(db, "diff", "one", other, COLUMNS="80")
    assert (found.exit_code, found.stderr) == (0, "")
    assert max(map(len, found.stdout.splitlines())) <= 80
    assert found.stdout.startswith(f"one and {other} ")
    values = told(db, "diff", "one", other)
    assert values["parted"] is (other != "one")
    assert [cause["kind"] for cause in values["causes"]] == {
        "luck": ["seed"], "weak": ["behaviour"], "one": []
    }[other]  # fmt: skip


def test_the_ways_on_record_are_those_that_are_told(db: Path) -> None:
    values = told(db, "diff", "one", "luck")
    rows = {run: told(db, "show", run, "--handoffs") for run in ("one", "luck")}
    at = values["seq"] - 1
    ways = [[(row["stage"], row["seat"]) for row in rows[run]] for run in ("one", "luck")]
    assert ways[0][:at] == ways[1][:at]
    assert ways[0][at] != ways[1][at]
    assert values["first"]["handoffs"][0]["seq"] == values["seq"]


@pytest.mark.parametrize("policy", ["balanced", "strict", "unattended"])
def test_a_replay_fits_eighty_columns_and_ends_well(db: Path, policy: str) -> None:
    found = remit(db, "replay", "one", "--policy", policy, COLUMNS="80")
    assert (found.exit_code, found.stderr) == (0, "")
    assert max(map(len, found.stdout.splitlines())) <= 80
    assert told(db, "replay", "one", "--policy", policy)["same"] is (policy != "unattended")


def test_a_replay_takes_a_policy_of_your_own(db: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text_of("balanced").replace("rework_backend = 2", "rework_backend = 0"))
    said = remit(db, "replay", "one", "--policy", str(own)).stdout
    assert "it parts at handoff" in said
    assert "at_limit.rework_backend" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("diff", "one", "nobody"), "nobody"),
        (("diff", "one"), "Missing argument 'OTHER'"),
        (("replay", "one"), "Missing option '--policy'"),
        (("replay", "one", "--policy", "stricct"), "did you mean 'strict'"),
        (("replay", "nobody", "--policy", "strict"), "nobody"),
    ],
)
def test_bad_input_is_one_line(db: Path, words: tuple[str, ...], said: str) -> None:
    found = remit(db, *words)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert found.stderr.count("\n") == 1
    assert said in found.stderr


def test_why_gives_a_program_the_explanation_as_values(db: Path) -> None:
    rows = told(db, "show", "one", "--handoffs")
    seq = next(row["seq"] for row in rows if row["spent"])
    told_ = told(db, "show", "one", "--why", str(seq))
    assert told_["seq"] == seq
    assert told_["explanation"]["limits"] == told_["spent"]
    text = remit(db, "show", "one", "--why", str(seq), COLUMNS="80").stdout
    assert text.rstrip("\n") == told_["text"]


def test_a_notebook_reads_the_same_from_the_library(db: Path) -> None:
    with library.open(db) as record:
        one, luck = record.run("one"), record.run("luck")
        explained, found, replayed = one.explain(2), one.diff(luck), one.replay("unattended")
    for value in (explained, found, replayed):
        assert str(value) == value.text(80)
        assert value.html().startswith("<table")
        assert getattr(value, "_repr_html_")() == value.html()  # noqa: B009 - a notebook calls it
    assert explained.seq == 2
    assert found.causes[0].kind == "seed"
    assert replayed.instead is not None
