"""Cards in model seats: what a model is told (PUB-6, PUB-11, BE-PROMPT-1, BE-PROMPT-4)."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from remit.agents.agent import Desk
from remit.agents.card import BOUNDARIES
from remit.agents.model.prompt import prompt
from remit.agents.model.provider import Prompt
from remit.agents.model.who import card_text
from remit.agents.team_file import TeamFile, kept, load
from remit.cli.app import app
from remit.graph.runner import fold
from remit.runs import open as open_record
from remit.runs import run
from remit.state.assignment import Input
from remit.state.errors import InputError
from remit.state.vocabulary import ROLES, Seat, Stage
from tests.claude import desk_for
from tests.desks import BRIEF, task
from tests.model_answers import perfect
from tests.test_card_authority import GRABBING
from tests.test_real_team import claude

MODEL = "anthropic:claude-sonnet-5-5"
CARD = "# QA\n\n## Role\n\nYou test <your product> for {{TEAM}}.\n\n## Output\n\n<secret-env-var>\n"
VALUES = '[values]\nyour_product = "Ledger"\nTEAM = "Northwind"\n'


def written(folder: Path, card: str = CARD, values: str = VALUES) -> str:
    """A team file with a model as QA, and its card."""
    (folder / "qa.md").write_text(card, "utf-8")
    seat = '[seats]\nqa = { model = "anthropic:claude-sonnet-5-5", card = "qa.md" }\n'
    (folder / "team.toml").write_text(seat + values, "utf-8")
    return str(folder / "team.toml")


def told(team: TeamFile) -> str:
    return team.seats[Seat.QA].card


def test_a_card_is_filled_and_what_it_leaves_open_is_the_built_in_roles(tmp_path: Path) -> None:
    team = load(written(tmp_path))
    assert "You test Ledger for Northwind." in told(team)
    assert "## Escalation" in told(team)
    assert told(team).endswith(BOUNDARIES)
    assert kept(team.text()) == team
    assert team.values == {}


def test_a_word_of_the_command_line_counts_before_the_file(tmp_path: Path) -> None:
    assert "You test Books for" in told(load(written(tmp_path), {"your product": "Books"}))


@pytest.mark.parametrize(
    ("values", "left"),
    [("", ["TEAM", "your product"]), ('[values]\nteam = "x"\n', ["your product"])],
)
def test_a_placeholder_that_is_left_refuses_the_team(
    values: str, left: list[str], tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        load(written(tmp_path, values=values))
    found = caught.value.problems
    assert len(found) == len(left)
    assert all("team.toml: seats.qa: " in one and "is not filled" in one for one in found)


def test_the_run_is_refused_in_a_line_and_recorded_nowhere(tmp_path: Path) -> None:
    db = str(tmp_path / "runs.db")
    team, words = written(tmp_path, values='[values]\nteam = "x"\n'), ("--db", db, "-q")
    done = CliRunner().invoke(app, ["run", "invoicing", "--team", team, *words])
    filled = CliRunner().invoke(
        app, ["run", "--team", team, "--set", "your_product=Ledger", "--dry-run"]
    )
    assert done.exit_code == 2
    assert done.output.strip().splitlines()[-1].endswith("or a file with --values")
    assert not Path(db).exists()
    assert filled.exit_code == 0
    assert "You test Ledger for x." in filled.output


@pytest.mark.parametrize("words", [("--dry-run",), ("--human", "simulated", "--json")])
def test_what_a_card_warns_of_is_told_before_the_run(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    card = "---\nname: our-pm\ndescription: For ours: not theirs\n---\n\nYou test\u202e things.\n"
    team = written(tmp_path, card=card, values='[prices."anthropic:claude-sonnet-5-5"]\n'
                   "input = 0\noutput = 0\n")  # fmt: skip
    with claude(perfect(BRIEF)):
        done = CliRunner().invoke(
            app, ["run", "--team", team, "--db", str(tmp_path / "r.db"), "--behaviour", "perfect",
                  *words]
        )  # fmt: skip
    told = " ".join(done.stderr.split() if "--json" in words else done.stdout.split())
    assert "warning: " in told
    assert "its known fields are read line by line" in told
    assert told.count("warning: ") == 2
    assert "\u202e" not in done.output


def test_values_without_a_team_fill_nothing() -> None:
    done = CliRunner().invoke(app, ["run", "--set", "team=x"])
    assert (done.exit_code, "give one with --team" in done.output) == (2, True)


@pytest.mark.parametrize("role", ROLES)
def test_a_seat_without_a_card_is_told_the_built_in_one_with_its_boundaries(role: Seat) -> None:
    """BE-PROMPT-3: what an external action needs stands in it too."""
    assert card_text(role).endswith(BOUNDARIES)
    assert "## Final rule" in card_text(role)


def asked_of_backend(desk: Desk) -> Prompt:
    return prompt(task(Stage.BUILD, Seat.BACKEND), desk, card_text(Seat.BACKEND))


def test_a_prompt_is_role_context_boundaries_and_form_and_nothing_else() -> None:
    """BE-PROMPT-1."""
    assignment = task(Stage.BUILD, Seat.BACKEND)
    asked = asked_of_backend(desk_for(assignment))
    heads = [line for text in asked.texts for line in text.splitlines() if line.startswith("# ")]
    assert heads == [
        "# Your role", "# Backend", "# Boundaries", "# The form of your answer", "# The brief",
        "# What was handed to you", "# Your assignment",
    ]  # fmt: skip
    names = {one.name for one in fields(Prompt)}
    assert names == {"rules", "role", "brief", "work", "schema", "before", "problem"}


def test_a_prompt_carries_the_context_of_its_task_alone() -> None:
    """BE-PROMPT-4: what lies on the desk and was not routed here is not read."""
    given = Input(owner=Seat.PM, artifact="criteria", revision=1, hash="0" * 64)
    other = replace(given, artifact="screens", hash="1" * 64)
    contents: dict[str, dict[str, Any]] = {"criteria": {"is": "mine"}, "screens": {"is": "not"}}
    works: list[str] = []
    for inputs in ((given,), (given, other)):
        assignment = replace(task(Stage.BUILD, Seat.BACKEND), inputs=inputs)
        works.append(prompt(assignment, desk_for(assignment, contents), "card").work)
    assert ['"is":"mine"' in work for work in works] == [True, True]
    assert ['"is":"not"' in work for work in works] == [False, True]


def test_a_card_that_grabs_rights_changes_nothing_of_a_run_but_its_prompts(tmp_path: Path) -> None:
    """PUB-11: edges, limits, authorities and approvals are the policy's, whatever a card says."""
    runs: list[Any] = []
    grabs = {role: f'{{ model = "{MODEL}", card = "{GRABBING}" }}' for role in ROLES}
    for name, seats in (("plain", dict.fromkeys(ROLES, f'"{MODEL}"')), ("grabs", grabs)):
        file = tmp_path / f"{name}.toml"
        file.write_text("\n".join(["[seats]", *(f"{a} = {b}" for a, b in seats.items())]), "utf-8")
        with claude(perfect(BRIEF)) as server, open_record(tmp_path / f"{name}.db") as record:
            done = run(BRIEF, team=str(file), db=record, name=name)
            runs.append((server, done, fold(done.order, done.journal), tuple(done.handoffs)))
    (plain, _, course, rows), (grabbing, _, tried, same) = runs
    assert "you hold every approval" not in "".join(one.prompt for one in plain.asked)
    assert all("you hold every approval" in one.prompt for one in grabbing.asked)
    assert not any("bypassPermissions" in one.prompt for one in grabbing.asked)
    assert course.manifest == tried.manifest
    assert [(one.rule, one.to, one.stage, one.spent) for one in rows] == [
        (one.rule, one.to, one.stage, one.spent) for one in same
    ]
    assert plain.calls == grabbing.calls
    schemas = [[one.body["output_config"] for one in server.asked] for server in (plain, grabbing)]
    assert sorted(map(str, schemas[0])) == sorted(map(str, schemas[1]))
