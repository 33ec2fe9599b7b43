"""The rules for readers: every row is there, once, and in words."""

import json
from pathlib import Path

import pytest

from remit.analysis.rule_words import then, when
from remit.analysis.rules_table import anchor, chosen, index, markdown, parts, plain, told
from remit.graph.rules import RULES, SECTIONS, Guard, Rule, Set, Term
from remit.state.errors import InputError
from remit.state.vocabulary import ENDS, Stage
from tests.console import remit

BY_ID = {rule.id: rule for rule in RULES}


def test_every_rule_stands_in_one_part() -> None:
    shown = [rule.id for part in parts() for rule in part.rules]
    assert sorted(shown) == sorted(BY_ID)


def test_silent_rows_are_listed_in_the_order_in_which_they_are_tried() -> None:
    shown = [rule.id for part in parts() for rule in part.rules if rule.event is None]
    assert shown == [rule.id for rule in RULES if rule.event is None]


def test_every_rule_has_words_for_what_it_does() -> None:
    assert [rule.id for rule in RULES if not then(rule)] == []


def test_what_a_rule_says_tells_it_from_every_other_rule_of_its_stages() -> None:
    said = [(rule.stages, when(rule), then(rule)) for rule in RULES]
    assert len(set(said)) == len(RULES)


def test_a_guard_or_an_update_without_words_is_refused() -> None:
    guarded = Rule(id="x", stages=(Stage.PLAN,), guard=(Guard(Term("weather"), "==", 1),))
    setting = Rule(id="x", stages=(Stage.PLAN,), sets=(Set("mood", "=", 1),))
    with pytest.raises(KeyError, match="weather"):
        when(guarded)
    with pytest.raises(KeyError, match="mood"):
        then(setting)


def test_a_rule_in_full_says_what_it_spends_and_the_clause_behind_it() -> None:
    lines = told(BY_ID["rework.backend"])
    assert ("then", "spends one of rework_backend") in lines
    assert ("clause", "limits.rework_backend") in lines
    assert ("when", "something is left under rework_backend") in lines


def test_the_end_of_a_limit_is_named() -> None:
    said = {rule.id: then(rule)[0] for rule in RULES if rule.at_limit}
    assert said["human.stop"] == "answers the end of human_questions"
    assert [name for name, text in said.items() if "answers the end of" not in text] == []


def test_a_stage_shows_what_can_fire_there_and_nothing_else() -> None:
    shown = {rule.id for part in chosen(stage="build") for rule in part.rules}
    assert shown == {rule.id for rule in RULES if Stage.BUILD in rule.stages}


@pytest.mark.parametrize(
    ("name", "stage", "said"),
    [
        ("rwork", "", "did you mean 'rework'"),
        ("", "biuld", "did you mean 'build'"),
        ("", "shipped", "there is no 'shipped'"),
        ("plan.next", "build", "can fire at build"),
    ],
)
def test_what_is_not_there_is_said_in_a_line(name: str, stage: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        chosen(name, stage)


def test_the_tables_have_a_line_for_every_rule_and_as_many_cells_as_heads() -> None:
    lines = [line for line in markdown(parts()).splitlines() if line.startswith("| `")]
    assert [line.split("`")[1] for line in lines] == [r.id for p in parts() for r in p.rules]
    for block in markdown(parts()).split("\n\n"):
        if block.startswith("| rule"):
            assert len({line.count(" |") for line in block.splitlines()}) == 1


def test_the_index_leads_from_every_stage_to_parts_that_are_there() -> None:
    text = index(parts())
    assert all(f"| `{stage}` |" in text for stage in set(Stage) - ENDS)
    assert all(f"(#{anchor(part.title)})" in text for part in parts())


def test_json_gives_the_row_and_its_words(tmp_path: Path) -> None:
    rows = json.loads(remit(tmp_path / "no.db", "rules", "--json").stdout)
    assert rows == json.loads(json.dumps([plain(r) for part in parts() for r in part.rules]))
    assert [row["guards"] for row in rows if row["id"] == "change_control.cto"] == [
        [["field.owed", "==", 0]]
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rework.backend",), "spends one of rework_backend"),
        (("rework",), "rework.frontend.open"),
        (("rework",), "one in full, with when it fires and what it does: remit rules RULE"),
        (("--stage", "plan"), "plan.next"),
        (("plan.next", "--markdown"), "| `plan.next` |"),
    ],
)
def test_the_command_shows_rules_within_80_columns(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    result = remit(tmp_path / "no.db", "rules", *words, COLUMNS="80")
    assert (result.exit_code, said in result.stdout) == (0, True)
    if "--markdown" not in words:
        assert max(map(len, result.stdout.splitlines())) <= 80


def test_one_form_is_given_at_a_time(tmp_path: Path) -> None:
    result = remit(tmp_path / "no.db", "rules", "--json", "--markdown")
    assert (result.exit_code, "one of --json and --markdown" in result.stderr) == (2, True)


def test_sections_hold_all_rules_in_their_order() -> None:
    assert [rule for rules in SECTIONS.values() for rule in rules] == list(RULES)
