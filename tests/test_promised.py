"""A run is told what is known of it before it starts, and is refused where that is not safe."""

import re
from pathlib import Path
from typing import Any

import pytest

import remit
from remit.analysis import kept
from remit.analysis.kept import Kept, keep, key
from remit.cli.ending import BROKEN
from remit.graph.bound import bound
from remit.graph.manifest import compile_manifest
from remit.promised import folder
from remit.state.brief_text import load as load_brief
from remit.state.errors import Unsafe
from remit.state.policy import load
from tests.console import remit as cli
from tests.console import told

STRICT = load("strict")
OWN = STRICT.model_copy(
    update={"name": "own", "limits": STRICT.limits.model_copy(update={"rework_backend": 7})}
)
"""No certificate of it is shipped."""


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a record goes, with its certificates beside it."""
    place = tmp_path / "own.db"
    monkeypatch.setenv("REMIT_DB", str(place))
    return place


@pytest.fixture
def own(tmp_path: Path) -> str:
    """The policy as a file."""
    path = tmp_path / "own.toml"
    path.write_text(OWN.to_toml(), "utf-8")
    return str(path)


def know(**changes: Any) -> None:
    """Keep what `remit check` would have found."""
    values: dict[str, Any] = {
        "key": key(compile_manifest(OWN, load_brief("invoicing"))), "fails": (), "positions": 1,
        "moves": 1, "worst": {kept.HANDOFFS: 33, kept.HUMAN: 1},
    }  # fmt: skip
    place = folder()
    assert place is not None
    assert keep(Kept(**values | changes), place)


def test_a_run_says_the_closed_bound_until_its_policy_was_checked(db: Path, own: str) -> None:
    ran = cli(db, "run", "--policy", own)
    most = bound(compile_manifest(OWN, load_brief("invoicing")))
    assert f"ends for certain: at most {most} handoffs\n" in ran.stdout
    know()
    again = cli(db, "run", "--policy", own)
    assert "ends for certain: at most 33 handoffs, 1 human question\n" in again.stdout


@pytest.fixture
def unsafe(db: Path) -> Path:
    know(fails=(5, 10))
    return db


def test_an_unsafe_policy_is_refused_by_the_name_of_what_it_fails(unsafe: Path, own: str) -> None:
    ran = cli(unsafe, "run", "--policy", own)
    assert ran.exit_code == BROKEN
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith(f"remit: policy {own}: `remit check` found")
    assert "property 5 (nothing ships that QA and Security have not accepted" in ran.stderr
    assert "property 10 (" in ran.stderr
    assert "--allow-unsafe" in ran.stderr
    assert cli(unsafe, "runs").stdout == "no runs yet; `remit run` makes one\n"


def test_an_unsafe_policy_that_is_allowed_runs_and_the_record_says_so(
    unsafe: Path, own: str
) -> None:
    cli(unsafe, "run", "--policy", own, "--allow-unsafe", "--name", "bold")
    shown = " ".join(cli(unsafe, "show", "bold").stdout.split())
    assert "unsafe property 5: nothing ships that" in shown
    assert "known not to hold under this policy, and allowed" in shown
    assert [one[:10] for one in told(unsafe, "show", "bold")["unsafe"]] == [
        "property 5", "property 1",
    ]  # fmt: skip
    with remit.open(unsafe) as record:
        assert record.run("bold").order.unsafe == (5, 10)
    assert cli(unsafe, "verify", "bold").exit_code == 0


def test_python_refuses_it_too_unless_it_is_allowed(unsafe: Path) -> None:
    with pytest.raises(Unsafe, match=r"policy 'own': .* property 5"):
        remit.run(policy=OWN, db=unsafe)
    assert remit.run(policy=OWN, db=unsafe, allow_unsafe=True).order.unsafe == (5, 10)


def test_python_refuses_a_file_by_its_name(unsafe: Path, own: str, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(OWN.to_toml(), "utf-8")
    for given, named in ((own, own), (other, f"{other} (named own)")):
        with pytest.raises(Unsafe, match=re.escape(f"policy {named}: ")):
            remit.run(policy=given, db=unsafe)


def test_a_safe_run_records_no_word_of_it(db: Path) -> None:
    """Nor does a permission that was not needed."""
    done = remit.run(policy=OWN, db=db, allow_unsafe=True)
    assert done.order.unsafe == ()
    assert done.summary().unsafe == ()


def test_a_record_in_memory_keeps_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMIT_DB", ":memory:")
    assert folder() is None


def open_policy(tmp_path: Path, **limits: Any) -> str:
    """A policy with other limits, as a file."""
    terms = OWN.model_copy(update={"limits": OWN.limits.model_copy(update=limits)})
    path = tmp_path / "open.toml"
    path.write_text(terms.to_toml(), "utf-8")
    return str(path)


def test_a_loop_without_end_is_refused_in_one_line_that_names_the_limits(
    db: Path, tmp_path: Path
) -> None:
    given = open_policy(tmp_path, escalations=None, rework_backend=None)
    ran = cli(db, "run", "--policy", given)
    assert (ran.exit_code, len(ran.stderr.splitlines())) == (BROKEN, 1)
    for said in (
        "property 1 (every run ends within its bound, and every loop spends a limit)",
        "limits.rework_backend",
        "limits.escalations are unlimited", "only the limit on handoffs", "`remit check`",
        "--allow-unsafe",
    ):  # fmt: skip
        assert said in ran.stderr
    cli(db, "run", "--policy", given, "--allow-unsafe", "--name", "open")
    assert [one[:10] for one in told(db, "show", "open")["unsafe"]] == ["property 1"]


def test_a_loop_without_end_that_was_proved_safe_runs(db: Path, tmp_path: Path) -> None:
    given = open_policy(tmp_path, escalations=None)
    manifest = compile_manifest(load(given), load_brief("invoicing"))
    know(key=key(manifest), worst={})
    assert "--allow-unsafe" not in cli(db, "run", "--policy", given).stderr


def test_what_comes_back_without_end_spends_the_limits_of_the_loops(
    db: Path, tmp_path: Path
) -> None:
    ran = cli(db, "run", "--policy", open_policy(tmp_path, no_progress=None))
    assert ran.exit_code in (0, 1), ran.stderr
