"""`remit check` and `remit.check`."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import remit
from remit import checking
from remit.analysis import proof_text
from remit.analysis.proof import Proof, prove
from remit.cli.ending import BROKEN, USAGE
from remit.state.brief import Brief
from remit.state.policy import Policy
from remit.state.policy import load as load_policy
from remit.state.vocabulary import ENDS, Stage
from tests.console import remit as cli
from tests.console import told

ALONE = ("--roles", "qa", "--mode", "audit")
"""One role alone: proved in a moment."""


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


Real = Callable[..., Proof]
_PROVED: dict[tuple[object, ...], Proof] = {}


@pytest.fixture(autouse=True)
def proved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was proved for one test stands for the next: it takes a second each."""
    real: Real = prove

    def once(policy: Policy, brief: Brief, *team: object, **named: object) -> Proof:
        key = (policy.to_toml(), brief.title, named["named"], *team)
        if key not in _PROVED:
            _PROVED[key] = real(policy, brief, *team, **named)
        return _PROVED[key]

    monkeypatch.setattr(checking, "prove", once)


def test_a_policy_is_proved_and_told_at_eighty_columns(db: Path) -> None:
    ran = cli(db, "check", "balanced", *ALONE, COLUMNS="80")
    assert (ran.exit_code, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("policy balanced: ")
    assert lines[1].startswith("all 10 properties hold of every run.")
    assert max(map(len, lines)) <= 80
    assert re.search(r"were\s+looked\s+at,\s+in\s+\d+\.\d\s+s\.", ran.stdout)
    headings = ("Properties", "At worst, in the whole run", "The shortest way to each end")
    assert all(any(line.startswith(head) for line in lines) for head in headings)


def test_what_was_checked_is_said_of_the_next_run(db: Path) -> None:
    before = cli(db, "run", *ALONE)
    assert "human question" not in before.stdout.splitlines()[2]
    most = {one["measure"]: one["at_most"] for one in told(db, "check", *ALONE)["worst"]}
    after = cli(db, "run", *ALONE)
    assert (
        f"ends for certain: at most {most['handoffs']} handoffs, 2 human questions" in after.stdout
    )


def test_the_map_is_written_and_printed(db: Path, tmp_path: Path) -> None:
    picture = tmp_path / "map.svg"
    ran = cli(db, "check", *ALONE, "--svg", str(picture))
    assert ran.stdout.startswith(f"wrote {picture}\n")
    assert "Properties" in ran.stdout
    assert ET.parse(picture).getroot().tag.endswith("svg")
    assert ET.fromstring(cli(db, "check", *ALONE, "--svg", "-").stdout).tag.endswith("svg")
    assert "puts it to" in cli(db, "check", *ALONE, "--map").stdout


def test_every_script_replays_into_the_very_same_end(db: Path, tmp_path: Path) -> None:
    found = remit.check("balanced", roles="qa", mode="audit")
    ran = cli(db, "check", "balanced", *ALONE, "--scripts", str(tmp_path / "ways"))
    files = {path.name: path for path in (tmp_path / "ways").iterdir()}
    assert ran.stdout.startswith(f"wrote {len(files)} scripts to ")
    scripts = found.scripts()
    assert set(files) == set(scripts.files)
    assert scripts.left_out == {}
    for name, trace in found.proof.ways().items():
        text = files[f"{name}.yaml"].read_text("utf-8")
        done = remit.run(policy="balanced", roles="qa", mode="audit", db=":memory:", script=text)
        end = trace[-1].step.position.stage if trace else Stage.SOLO
        assert end not in ENDS or str(done.outcome) == end


def test_another_policy_is_told_line_by_line(db: Path) -> None:
    ran = cli(db, "check", "balanced", *ALONE, "--against", "strict")
    assert ran.exit_code == 0
    assert "differ" in ran.stdout.splitlines()[0]
    lines = told(db, "check", "balanced", *ALONE, "--against", "strict")["lines"]
    assert {"part", "what", "before", "after"} == lines[0].keys()


def test_a_policy_from_a_file_is_called_by_the_file(db: Path, tmp_path: Path) -> None:
    files = [tmp_path / "mine.toml", tmp_path / "yours.toml"]
    for path in files:
        path.write_text(load_policy("balanced").to_toml(), "utf-8")
    ran = cli(db, "check", str(files[0]), *ALONE, "--against", str(files[1]))
    said = "".join(ran.stdout.split())
    assert all(f"policy{path}(namedbalanced):" in said for path in files)


def test_ways_are_told_whole_where_that_is_asked_for(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_text, "WAY", 30)
    assert "stages left out" in cli(db, "check", *ALONE).stdout
    assert "stages left out" not in cli(db, "check", *ALONE, "--ways").stdout
    shown = remit.check(roles="qa", mode="audit")
    assert "stages left out" not in f"{shown}{shown._repr_html_()}"  # pyright: ignore[reportPrivateUsage]


def test_what_breaks_property_one_is_played_by_a_run(db: Path, tmp_path: Path) -> None:
    """No other property fails of a policy: the rules keep them, and tests plant faults in rows."""
    text = load_policy("unattended").to_toml()
    text = text.replace("escalations = 4", 'escalations = "unlimited"')
    (tmp_path / "open.toml").write_text(text, "utf-8")
    team = ("--roles", "cto,backend")
    where, ways = str(tmp_path / "open.toml"), tmp_path / "ways"
    ran = cli(db, "check", where, *team, "--scripts", str(ways))
    assert ran.exit_code == BROKEN
    assert "left out" not in ran.stdout
    assert "limits.escalations is unlimited, so that" in " ".join(ran.stdout.split())
    script = ("--script", str(ways / "breaks-property-1.yaml"), "--name", "round")
    refused = cli(db, "run", "--policy", where, *team, *script)
    assert (refused.exit_code, "property 1" in refused.stderr) == (BROKEN, True)
    played = cli(db, "run", "--policy", where, *team, *script, "--allow-unsafe")
    assert played.exit_code in (0, 1)
    assert played.stdout.count("  arbitration  ") >= 2


@pytest.fixture
def broken(proved_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is proved, property 5 is said to fail."""
    real: Real = prove

    def wrong(*given: object, **named: object) -> Proof:
        proof = real(*given, **named)
        bad = replace(proof.verdicts[4], holds=False, shown="planted", witness=())
        return replace(proof, verdicts=(*proof.verdicts[:4], bad, *proof.verdicts[5:]))

    monkeypatch.setattr(checking, "prove", wrong)


@pytest.mark.usefixtures("broken")
def test_a_property_that_fails_ends_with_five_and_stops_the_next_run(db: Path) -> None:
    ran = cli(db, "check", *ALONE)
    assert ran.exit_code == BROKEN
    assert ran.stdout.splitlines()[1].startswith("not safe: it does not keep property 5")
    assert told(db, "check", *ALONE)["holds"] is False
    refused = cli(db, "run", *ALONE)
    assert refused.exit_code == BROKEN
    assert "property 5" in refused.stderr
    assert cli(db, "run", *ALONE, "--allow-unsafe").exit_code in (0, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "policy 'nobody': no such policy or file"),
        (("--against", "nobody", *ALONE), "policy 'nobody': no such policy or file"),
        (("--roles", "qa", "--mode", "dance"), "mode: there is no 'dance'"),
        (("--roles", "dancer"), "dancer"),
        (("--brief", "no.md"), "no.md"),
        (("--behaviour", "none"), "none"),
        (("unattended", "--roles", "backend"), "without a CTO a person must plan"),
        (("unattended", "--brief", "clinic"), "external_actions"),
        (("--map", "--json"), "check: "),
        (("--ways", "--json"), "check: give one of --json and --ways"),
        (("--scripts", "-"), "name a folder in place of -"),
        (("--against", "strict", "--svg", "map.svg"), "--svg tells of one policy"),
        (("--against", "strict", "--svg", "a", "--scripts", "b"), "--svg and --scripts tell of"),
        (("--svg", "-", "--json"), "standard output takes one"),
    ],
)
def test_bad_input_is_one_line_each(words: tuple[str, ...], said: str, db: Path) -> None:
    ran = cli(db, "check", *words)
    assert ran.exit_code == USAGE
    assert said in ran.stderr
    assert all(line.startswith("remit: ") for line in ran.stderr.splitlines())
    assert ran.stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--svg", "none/a.svg"), "none/a.svg: cannot be written (No such file or directory)"),
        (("--scripts", __file__), "cannot be made (File exists); name another folder"),
        (("--scripts", f"{__file__}/a/b"), "cannot be made (Not a directory); name another folder"),
    ],
)
def test_a_place_where_nothing_can_be_written_is_refused_before_the_proof(
    words: tuple[str, ...], said: str, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def proof(*_given: object, **_named: object) -> None:
        pytest.fail("the proof was begun")

    monkeypatch.setattr(checking, "prove", proof)
    ran = cli(db, "check", *ALONE, *words)
    assert (ran.exit_code, ran.stdout, ran.stderr.count("\n")) == (USAGE, "", 1)
    assert said in ran.stderr


def test_checking_needs_neither_langgraph_nor_a_model_library() -> None:
    code = (
        "import sys, remit; remit.check(roles='qa', mode='audit')\n"
        "print(sorted({'langgraph', 'langchain_core', 'anthropic'} & sys.modules.keys()))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_in_a_notebook_a_check_shows_tables_and_the_map() -> None:
    found = remit.check(roles="qa", mode="audit")
    shown = found._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert "<table" in shown
    assert "<svg" in shown
    assert found.holds
    frame = found.to_frame().set_index("measure")
    assert found.worst["handoffs"] == frame.at_most["handoffs"]
    assert (frame.unit["handoffs"], frame.unit["micro-dollars"]) == ("count", "micro-dollars")
    assert found.dollars == found.worst["micro-dollars"] / 1_000_000
    assert "0 lines differ" in str(found.against(found))
    assert json.dumps(found.to_json())
