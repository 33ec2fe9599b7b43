"""Policies: what ships, what a file may say, and what is refused with every problem at once."""

import pickle
import time
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.graph.bound import bound
from remit.graph.manifest import compile_manifest, straight_handoffs
from remit.state.brief import Brief
from remit.state.errors import InputError
from remit.state.policy import (
    MAX_BYTES,
    STRAIGHT_HANDOFFS,
    Policy,
    called,
    load,
    parse,
    shipped,
    text_of,
)
from remit.state.vocabulary import AtLimit, EventKind, Limit, MatterKind, Seat, Trigger

BALANCED = text_of("balanced")


def altered(*changes: tuple[str, str]) -> str:
    """The file of `balanced` with some of its lines changed; each must be there once."""
    text = BALANCED
    for old, new in changes:
        assert text.count(f"\n{old}\n") == 1, old
        text = text.replace(f"\n{old}\n", f"\n{new}\n")
    return text


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        parse(text, "policy.toml")
    assert all("\n" not in line for line in caught.value.problems)
    return caught.value.problems


def test_a_policy_is_called_by_what_was_given() -> None:
    policy = load("balanced")
    assert called("balanced", policy) == called(policy, policy) == "balanced"
    assert called("here/balanced.toml", policy) == "here/balanced.toml"
    assert called(Path("mine.toml"), policy) == "mine.toml (named balanced)"


def test_balanced_has_the_numbers_of_the_design() -> None:
    limits = load("balanced").limits
    values = {limit: limits.value(limit) for limit in Limit}
    assert values == {
        Limit.REQUIREMENT_REWORK: 1, Limit.CONTRACT_REVIEW: 2, Limit.CHANGE_REQUESTS: 3,
        Limit.REWORK_BACKEND: 2, Limit.REWORK_FRONTEND: 2, Limit.NO_PROGRESS: 1,
        Limit.ESCALATIONS: 3, Limit.HUMAN_QUESTIONS: 2, Limit.GRANTS: 1,
        Limit.INVALID_OUTPUTS: 2, Limit.HANDOFFS: 120, Limit.DOLLARS: 25_000_000,
        Limit.TOKENS: 2_000_000, Limit.HOURS: 72 * 3600,
    }  # fmt: skip


def test_a_grant_adds_a_step_in_the_units_of_the_ledger() -> None:
    step = load("balanced").grant_step
    assert step.budget(Limit.HANDOFFS) == 30
    assert step.budget(Limit.DOLLARS) == step.dollars_micros == 10_000_000
    assert step.budget(Limit.TOKENS) == 500_000
    assert step.budget(Limit.HOURS) == step.seconds == 24 * 3600


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_policy_ends_every_run_and_can_ship(name: str) -> None:
    manifest = compile_manifest(load(name), Brief(title="x"))
    assert straight_handoffs(manifest) == STRAIGHT_HANDOFFS
    assert STRAIGHT_HANDOFFS < bound(manifest) < 200


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_policy_says_its_own_name_and_explains_its_numbers(name: str) -> None:
    text = text_of(name)
    assert tomllib.loads(text)["name"] == load(name).name == name
    assert text.count("\n#") > 10


@pytest.mark.parametrize("name", shipped())
def test_a_policy_survives_json_toml_and_pickling(name: str) -> None:
    policy = load(name)
    copies = [
        Policy.model_validate(policy.model_dump(mode="json")),
        parse(policy.to_toml(), "copy"),
        pickle.loads(pickle.dumps(policy)),
    ]
    assert copies == [policy] * 3
    assert len({hash(one) for one in (policy, *copies)}) == 1


def test_strict_waives_nothing_by_a_clause_and_allows_no_more_rework_than_balanced() -> None:
    strict, balanced = load("strict"), load("balanced")
    assert AtLimit.WAIVE not in strict.at_limit.model_dump().values()
    assert EventKind.WAIVE not in {strict.human.silence.event(kind) for kind in ASKED}
    loops = [limit for limit in tuple(Limit)[:6]]
    pairs = [(strict.limits.value(one), balanced.limits.value(one)) for one in loops]
    assert all(ours is not None and theirs is not None and ours <= theirs for ours, theirs in pairs)
    asked = [list(one.authority.model_dump().values()).count("human") for one in (strict, balanced)]
    assert asked[0] > asked[1]


ASKED = tuple(kind for kind in MatterKind if kind is not MatterKind.NONE)


def test_unattended_asks_nobody_and_no_limit_of_it_waits_for_an_authority() -> None:
    policy = load("unattended")
    assert not policy.human.present
    assert policy.limits.human_questions == 0
    at_limit = set(policy.at_limit.model_dump().values())
    assert at_limit <= {AtLimit.WAIVE, AtLimit.FREEZE, AtLimit.STOP}
    assert {policy.missing.qa, policy.missing.security} == {"waive"}


@pytest.mark.parametrize("name", shipped())
def test_silence_never_approves_and_never_grants(name: str) -> None:
    """PUB-10: the default of an external action is deny."""
    silence = load(name).human.silence
    said = {kind: silence.event(kind) for kind in ASKED}
    assert said[MatterKind.RELEASE] is EventKind.DENY
    assert not {EventKind.APPROVE, EventKind.GRANT, EventKind.ANSWER} & set(said.values())


def test_every_question_has_an_authority() -> None:
    """BE-ESC-6 is the limit on change requests, so it has no key of its own."""
    keys = set(load("balanced").authority.model_dump())
    assert keys == {str(one) for one in Trigger if one is not Trigger.CONTRACT_LOOP} | {
        "contract_change",
        "scope_change",
    }
    assert load("balanced").authority.scope_change is Seat.HUMAN


def test_unlimited_must_be_written_out() -> None:
    policy = parse(altered(("rework_backend = 2", 'rework_backend = "unlimited"')), "x")
    assert policy.limits.rework_backend is None
    assert policy.limits.value(Limit.REWORK_BACKEND) is None
    assert policy.model_dump(mode="json")["limits"]["rework_backend"] == "unlimited"
    assert parse(policy.to_toml(), "copy") == policy


@pytest.mark.parametrize("key", ["handoffs = 120", "invalid_outputs = 2", "grants = 1"])
def test_what_would_never_end_cannot_be_unlimited(key: str) -> None:
    (problem,) = problems(altered((key, f'{key.split(" ")[0]} = "unlimited"')))
    assert "can never be unlimited" in problem


@pytest.mark.parametrize(
    ("written", "micros"),
    [("0", 0), ("25.5", 25_500_000), ("0.000001", 1), ("1e2", 100_000_000), ('"unlimited"', None)],
)
def test_money_is_kept_exactly(written: str, micros: int | None) -> None:
    policy = parse(altered(("dollars = 25", f"dollars = {written}")), "x")
    assert policy.limits.dollars_micros == micros == policy.limits.budget(Limit.DOLLARS)
    assert Policy.model_validate(policy.model_dump(mode="json")) == policy


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rework_backend = 2", "rework_backend = -1", "whole number"),
        ("rework_backend = 2", "rework_backend = true", "not true"),
        ("rework_backend = 2", "rework_backend = 2.0", "whole number"),
        ("rework_backend = 2", 'rework_backend = "2"', "whole number"),
        ("rework_backend = 2", 'rework_backend = "Unlimited"', '"unlimited"'),
        ("rework_backend = 2", "rework_backend = 1000001", "1000000"),
        ("rework_backend = 2", f"rework_backend = 0x{'f' * 5000}", "beyond all bounds"),
        ("handoffs = 120", "handoffs = 11", "from 12"),
        ("dollars = 25", "dollars = 0.0000001", "6 decimal places"),
        ("dollars = 25", "dollars = nan", "dollars"),
        ("dollars = 25", "dollars = -1", "dollars"),
        ("dollars = 10", 'dollars = "unlimited"', "grant_step.dollars"),
        ("no_progress = 1", "no_progress = 1979-05-27", "whole number"),
        ('requirement_rework = "waive"', 'requirement_rework = "freeze"', "waive, escalate, stop"),
        ('change_requests = "escalate"', 'change_requests = "waive"', "escalate, freeze, stop"),
        ('escalations = "human"', 'escalations = "humna"', "did you mean 'human'?"),
        ('scope_change = "human"', 'scope_change = "pm"', "cto, human"),
        ("present = true", "present = 1", "true or false"),
        ("deadline_hours = 24", "deadline_hours = 0", "from 1"),
        ('release = "deny"', 'release = "approve"', "deny"),
        ('limit = "waive"', 'limit = "grant"', "waive, freeze, stop"),
        ("accept = 85", "accept = 101", "from 0 to 100"),
        ("accept = 85", "accept = 59", "lower it"),
        ('name = "balanced"', 'name = ""', "not empty"),
        ('name = "balanced"', 'name = "a\\nb"', "one line"),
        ('name = "balanced"', 'name = "\\u001b[2J"', "one line"),
        ('name = "balanced"', "name = 7", "write a text"),
    ],
)
def test_refuses_a_wrong_value_and_says_what_to_write(old: str, new: str, said: str) -> None:
    (problem,) = problems(altered((old, new)))
    line = altered((old, new)).split("\n").index(new) + 1
    if "lower it" not in said:
        assert problem.startswith(f"policy.toml:{line}: ")
    assert said in problem


def test_names_every_problem_at_once_in_the_order_of_the_file() -> None:
    found = problems(
        altered(
            ("rework_backend = 2", "rework_backnd = 2"),
            ("hours = 72", "hours = true"),
            ('qa = "human"', 'qa = "nobody"'),
            ("accept = 85", "accept = 50"),
        )
    )
    assert len(found) == 5
    assert "limits.rework_backend: missing" in found[0]
    assert found[1].endswith("limits.rework_backnd: unknown key; did you mean 'rework_backend'?")
    assert [word in line for word, line in zip(("hours", "qa", "audit"), found[2:], strict=True)]


def test_every_key_must_be_there() -> None:
    found = problems('name = "x"')
    tables = ["text", *(key for key in Policy.model_fields if key not in ("name", "text"))]
    assert [line.split(": ")[1] for line in found] == tables


@pytest.mark.parametrize("role", ["qa", "security"])
def test_refuses_a_person_who_judges_where_no_person_is(role: str) -> None:
    other = "security" if role == "qa" else "qa"
    text = altered(
        ("present = true", "present = false"),
        ("human_questions = 2", "human_questions = 0"),
        (f'{other} = "human"', f'{other} = "waive"'),
    )
    (problem,) = problems(text)
    assert f"missing.{role}: a person must judge" in problem


@pytest.mark.parametrize("number", ["2", '"unlimited"'])
def test_refuses_questions_to_nobody(number: str) -> None:
    found = problems(
        altered(
            ("present = true", "present = false"),
            ("human_questions = 2", f"human_questions = {number}"),
            ('qa = "human"', 'qa = "waive"'),
            ('security = "human"', 'security = "waive"'),
        )
    )
    assert [line.partition(": ")[2] for line in found] == [
        "limits.human_questions: nobody is there to ask, because human.present is false; write 0"
    ]


def test_refuses_grants_that_add_nothing() -> None:
    steps = ("handoffs = 30", "dollars = 10", "tokens = 500000", "hours = 24")
    nothing = tuple((step, f"{step.split(' ')[0]} = 0") for step in steps)
    (problem,) = problems(altered(*nothing))
    assert "grant_step: a grant would add nothing" in problem
    assert parse(altered(*nothing, ("grants = 1", "grants = 0")), "x").limits.grants == 0


def test_a_policy_made_in_python_cannot_contradict_itself_either() -> None:
    table: dict[str, Any] = load("balanced").model_dump(mode="json")
    table["human"]["present"] = False
    with pytest.raises(ValueError, match="a person must judge"):
        Policy.model_validate(table)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("strct", "did you mean 'strict'?"),
        ("zzz", "known: balanced, strict, unattended"),
        ("", "no such policy or file"),
        ("nowhere/policy.toml", "there is no such file"),
        ("a\nb/c", "there is no such file"),
        ("a\x00b", "no such policy or file"),
        ("x" * 5000, "no such policy or file"),
    ],
)
def test_an_unknown_policy_is_named_with_the_nearest(name: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load(name)
    assert "\n" not in str(caught.value)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 300


def test_loads_a_file_with_a_byte_order_mark_and_dos_lines(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + BALANCED.replace("\n", "\r\n").encode())
    assert load(path) == load(str(path)) == load("balanced")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not UTF-8 text"),
        (b"name = 'a\x00b'", "control character"),
        (b"name = '\x1b[2J'", "control character"),
        ("name = 'x'".encode("utf-16"), "is not UTF-8 text"),
        (b"#" * (MAX_BYTES + 1), "larger than 65536 bytes"),
        (b"a = " + b"[" * 60_000, "nested deeper"),
        (b"a = " + b"{ b = " * 9_000, "nested deeper"),
        (b'a = ["""x"""", ' + b"[" * 60_000, "nested deeper"),
        (b".".join([b"a"] * 30_000) + b" = 1", "nested deeper"),
        (b"[" + b".".join([b"a"] * 30_000) + b"]", "nested deeper"),
        (b'"\\' * 30_000, "is not TOML"),
        (b'a = """' * 9_000, "is not TOML"),
        (b"a = 1" + b"0" * 60_000, "is not TOML"),
        (b"a" * 65_000, "is not TOML"),
        (b"a = 1\na = 2", "is not TOML"),
        (b"a" + b" " * 60_000 + b"b", "is not TOML"),
    ],
)
def test_hostile_files_are_refused_in_one_line_and_at_once(
    tmp_path: Path, data: bytes, said: str
) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(data)
    begun = time.perf_counter()
    with pytest.raises(InputError) as caught:
        load(path)
    assert time.perf_counter() - begun < 2
    assert said in caught.value.problems[0]
    assert all(len(line) < 400 for line in caught.value.problems)


def test_thousands_of_unknown_keys_are_counted_and_not_listed() -> None:
    begun = time.perf_counter()
    found = problems("\n".join(f"k{n} = 1" for n in range(6_000)))
    assert time.perf_counter() - begun < 2
    assert len(found) == 101
    assert "more problems" in found[-1]


def test_a_folder_is_no_policy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        load(tmp_path)


@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode("latin-1"))))
def test_no_text_does_more_harm_than_an_input_error(text: str) -> None:
    with pytest.raises(InputError):
        parse(text, "policy.toml")


VALUES = st.sampled_from(
    ["0", "7", "-1", "true", '"unlimited"', '"stop"', '"waive"', "[]", "{}", "1.5", "inf", "[[1]]",
     "1979-05-27", '"""\n\n"""', "0xffffffffffffffffffff", "'\\u0000'"]
)  # fmt: skip
LINES = [line for line in BALANCED.splitlines() if " = " in line and not line.startswith("#")]


@given(st.dictionaries(st.sampled_from(LINES), VALUES, max_size=5))
def test_any_value_anywhere_is_taken_or_named(changed: dict[str, str]) -> None:
    lines = [
        f"{line.split(' = ')[0]} = {changed[line]}" if line in changed else line
        for line in BALANCED.splitlines()
    ]
    found: Policy | tuple[str, ...]
    try:
        found = parse("\n".join(lines), "policy.toml")
    except InputError as error:
        found = error.problems
    if isinstance(found, Policy):
        assert Policy.model_validate(found.model_dump(mode="json")) == found
    else:
        assert all(line.startswith("policy.toml:") for line in found)


@given(st.decimals(min_value=0, max_value=1_000_000, places=6))
def test_every_amount_of_money_survives_the_record(amount: Decimal) -> None:
    policy = parse(altered(("dollars = 25", f"dollars = {amount:f}")), "x")
    assert policy.limits.dollars_micros == int(amount.scaleb(6))
    assert Policy.model_validate(policy.model_dump(mode="json")) == policy


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85"])
def test_every_line_end_counts_as_one_line(end: str) -> None:
    text = altered(("hours = 72", "hours = -1"))
    (problem,) = problems(text.replace("\n", end))
    assert problem.startswith(f"policy.toml:{text.split(chr(10)).index('hours = -1') + 1}: ")
