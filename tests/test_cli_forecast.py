"""`remit forecast`: what it prints and writes, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from remit.analysis import prism
from remit.state.policy import load as load_policy
from tests.console import remit, told

QUICK = ("forecast", "strict", "--behaviour", "perfect", "--runs", "1000", "--no-ranges")


def test_prints_how_it_ends_and_records_nothing(tmp_path: Path) -> None:
    ran = remit(tmp_path / "no.db", *QUICK, COLUMNS="80")
    lines = ran.stdout.splitlines()
    assert ran.exit_code == 0
    assert lines[0] == "Forecast: policy strict, behaviour perfect, all seven roles"
    assert lines[1].startswith("Exact, from 12 states; quantiles and ranges from 1,000 runs")
    assert any(line.startswith("shipped without a flaw  100.0 %") for line in lines)
    assert max(map(len, lines)) <= 80
    assert list(tmp_path.iterdir()) == []


def test_json_has_every_number_with_its_interval(tmp_path: Path) -> None:
    found = told(tmp_path / "no.db", *QUICK, "--method", "sample")
    shipped = next(one for one in found["outlook"]["chances"] if one["name"] == "shipped")
    assert shipped["estimate"]["value"] == 1
    assert shipped["estimate"]["low"] == pytest.approx(0.99617, abs=1e-4)
    assert found["basis"]["method"] == "sample"


def test_compares_two_policies_and_draws_both(tmp_path: Path) -> None:
    picture = tmp_path / "two.svg"
    ran = remit(tmp_path / "no.db", *QUICK, "--against", "balanced", "--svg", str(picture))
    assert ran.exit_code == 0
    assert "What cannot be told apart" in ran.stdout
    assert picture.read_text("utf-8").startswith("<svg")
    alone = remit(tmp_path / "no.db", *QUICK, "--svg", "-")
    assert alone.stdout.startswith("<svg")
    assert alone.stdout.rstrip().endswith("</svg>")


def test_policies_from_files_are_called_by_their_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        Path(f"{name}.toml").write_text(load_policy("strict").to_toml(), "utf-8")
    words = ["one.toml" if word == "strict" else word for word in QUICK]
    said = remit(tmp_path / "no.db", *words, "--against", "two.toml", COLUMNS="300").stdout
    assert "two.toml (named strict)" in said
    assert all(f" {name}.toml" in said for name in ("one", "two"))


def test_writes_the_chain_for_other_solvers(tmp_path: Path) -> None:
    file, words = tmp_path / "chain", ("forecast", "--behaviour", "perfect", "--export")
    ran = remit(tmp_path / "no.db", *words, "prism", str(file))
    assert ran.exit_code == 0
    assert "13 states, 13 transitions; budgets are unlimited in it" in " ".join(ran.stdout.split())
    assert file.read_text().startswith("dtmc\n")
    spoken = remit(tmp_path / "no.db", *words, "drn", "-")
    assert spoken.stdout.startswith("@type: DTMC\n")


def test_a_chain_too_large_for_prism_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prism, "MOST_IN_PRISM", 12)
    file = tmp_path / "chain"
    file.write_text("kept", "utf-8")
    words = ("forecast", "--behaviour", "perfect", "--export", "prism", str(file))
    ran = remit(tmp_path / "no.db", *words)
    assert (ran.exit_code, file.read_text("utf-8")) == (2, "kept")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("forecast nosuch", "policy 'nosuch': no such policy or file; known:"),
        ("forecast --behaviour nosuch", "behaviour: there is no 'nosuch'"),
        ("forecast --method guess", "method: there is no 'guess'; known: auto, exact, sample"),
        ("forecast --runs 5", "runs: 5: give 1,000 to 2,000,000"),
        ("forecast --runs 99999999", "runs: 99,999,999: give 1,000 to 2,000,000"),
        ("forecast --tolerance 2", "tolerance: 2: give a number from 1e-10 to 1"),
        ("forecast --against balanced --method exact", "method: two policies are compared"),
        ("forecast unattended --roles backend", "roles: without a CTO a person must plan"),
        ("forecast --export storm x", "--export: there is no 'storm'; known: prism, drn"),
        ("forecast --export drn - --json", "forecast: --export writes the chain alone; leave --j"),
        ("forecast --tolerance 1e-13 --method exact", "tolerance: 1e-13: give a number from 1e-10"),
        (
            "forecast --export drn x --runs 9",
            "forecast: --export writes the chain alone; leave --r",
        ),
        ("forecast --export drn x --tolerance 0", "tolerance: 0: give a number from 1e-10 to 1"),
        ("forecast --svg none/a.svg", "none/a.svg: cannot be written (No such file or directory)"),
        ("forecast --export drn none/a", "none/a: cannot be written (No such file or directory)"),
        ("forecast --svg . --json", ".: cannot be written (Is a directory)"),
        ("forecast --svg - --json", "forecast: standard output takes one of --svg - and --json"),
    ],
)
def test_bad_input_is_one_line(words: str, problem: str, tmp_path: Path) -> None:
    ran = remit(tmp_path / "no.db", *words.split())
    assert ran.exit_code == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith(f"remit: {problem}")
    assert ran.stderr.count("\n") == 1


def test_a_policy_under_which_nobody_may_answer_is_refused(tmp_path: Path) -> None:
    policy = load_policy("balanced")
    none = policy.limits.model_copy(update={"escalations": 0, "human_questions": 0})
    file = tmp_path / "mute.toml"
    file.write_text(policy.model_copy(update={"limits": none}).to_toml(), "utf-8")
    for words in (("check",), ("forecast",), ("forecast", "strict", "--against")):
        ran = remit(tmp_path / "no.db", *words, str(file))
        assert (ran.exit_code, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
        named = f"{file} (named balanced)"
        assert ran.stderr.startswith(f"remit: policy {named}: nobody may answer a matter")


def test_a_chain_too_large_to_be_solved_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.analysis.forecast.making.MOST_STATES", 5)
    ran = remit(tmp_path / "no.db", *QUICK, "--method", "exact")
    assert ran.exit_code == 2
    assert ran.stderr.startswith("remit: method: an exact solution would need more than 5 st")
    assert "use 'sample', or lower limits: " in ran.stderr


def test_a_probability_out_of_bounds_is_named(tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_text(
        'name = "odd"\nextends = "typical"\n[sources]\nx = "y"\n[mend]\n'
        'backend_bug = { value = 1.5, range = [0, 1], label = "assumed", source = "x" }\n'
    )
    ran = remit(tmp_path / "no.db", "forecast", "--behaviour", str(file))
    assert ran.exit_code == 2
    assert "mend.backend_bug: value is '1.5'; write a number from 0 to 1" in ran.stderr


def test_a_run_loads_neither_scipy_nor_matplotlib(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom remit.cli import app\n"
        "try:\n    app(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "import json\n"
        "print(json.dumps(sorted({'scipy', 'matplotlib', 'pandas'} & set(sys.modules))))\n"
    )
    words = ("run", "--behaviour", "perfect", "--quiet", "--db", str(tmp_path / "runs.db"))
    ran = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout.splitlines()[-1]) == []
