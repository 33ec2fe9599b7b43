"""The summary: what a stranger can say about a run, at every width, piped, whatever is in it."""

import re
from dataclasses import replace
from functools import lru_cache

import pytest
from rich.cells import cell_len

import remit
from remit.analysis.summary import NOTICE, Summary
from remit.analysis.summary_text import Place, markdown, text, wrapped
from remit.analysis.wording import dollars, duration
from remit.runs import Record
from remit.state.inert import cut, inert
from remit.state.store import open_store
from remit.state.vocabulary import LOOPS, Outcome, Seat

TEAMS = [
    (behaviour, policy)
    for behaviour in ("perfect", "typical", "worst")
    for policy in ("balanced", "strict", "unattended")
]


@lru_cache
def summary(behaviour: str, policy: str, seed: int = 1) -> Summary:
    with Record(open_store(":memory:")) as record:
        ran = remit.run(
            "invoicing", behaviour=behaviour, policy=policy, seed=seed, db=record, engine="loop"
        )
        return ran.summary()


def said(one: Summary, width: int = 80) -> str:
    return text(one, Place(), width)


@pytest.mark.parametrize("team", TEAMS)
@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_screen(team: tuple[str, str], width: int) -> None:
    lines = said(summary(*team), width).splitlines()
    assert [line for line in lines if len(line) > width and "remit answer" not in line] == []


@pytest.mark.parametrize("team", TEAMS)
def test_a_stranger_reads_how_it_ended_what_it_used_and_what_to_do_next(
    team: tuple[str, str],
) -> None:
    """PUB-8: a complete record of a run that can be read; PUB-1: with its notice."""
    one = summary(*team)
    words = " ".join(said(one).split())
    head = {Outcome.SHIPPED: "Shipped: ", Outcome.STOPPED_BY_POLICY: "Stopped by the policy: "}
    assert head.get(one.outcome, "Stopped by a decision: ") in words
    for usage in one.limits:
        allowed = "unlimited" if usage.allowed is None else f"{usage.allowed:,}"
        if usage.limit in LOOPS:
            assert f"{usage.limit.replace('_', ' ')} {usage.used} of {allowed}" in words
    for asked in one.asked:
        assert asked.id in words
        assert asked.answer is None or f"{asked.answer}, said {asked.by}" in words
    assert f"remit show {one.id} --why {one.telling}" in words
    assert dollars(one.cost_micros) in words
    assert words.endswith(NOTICE)


def test_every_flaw_has_a_fate_and_what_escaped_is_counted() -> None:
    fates = {fate.fate for team in TEAMS for fate in summary(*team).fates}
    assert {"mended", "debt", "open"} <= fates
    escaped = summary("typical", "balanced", 2)
    assert [one.fate for one in escaped.fates] == ["escaped"]
    assert "1 flaw that nobody saw" in said(escaped)
    assert "ESCAPED: still inside, and nobody saw it" in said(escaped)
    assert "none was made" in said(summary("perfect", "balanced"))


def test_flaws_of_outside_agents_are_not_claimed_to_be_known() -> None:
    assert "only a simulation knows" in said(replace(summary("perfect", "strict"), simulated=False))


def test_a_run_stopped_by_its_policy_says_what_was_left_and_how_to_allow_more() -> None:
    strict = said(summary("worst", "strict"))
    assert "left open" in strict
    assert "raise limits.human_questions" in " ".join(strict.split())
    assert "--policy balanced" in " ".join(said(summary("worst", "unattended")).split())


def test_known_debt_and_grants_name_who_gave_them() -> None:
    one = summary("worst", "strict")
    words = " ".join(said(one).split())
    assert one.debts
    for debt in one.debts:
        assert f"waived by {debt.by}" in words
    granted = next(
        one for seed in range(1, 9) for team in TEAMS if (one := summary(*team, seed)).grants
    )
    assert f"{granted.grants[0].by}  " in said(granted).partition("Grants")[2]


def test_a_verdict_that_a_run_shipped_against_says_that_it_was_waived() -> None:
    """BE-OUT-10: and what code decided is not said to be the team's word."""
    some = [summary(*team, seed) for team in TEAMS for seed in (1, 4, 8)]
    told = [(one, dict(one.built)) for one in some]
    against = [
        (one, built["verdicts"])
        for one, built in told
        if one.outcome is Outcome.SHIPPED and ": rework" in built["verdicts"]
    ]
    assert against
    for one, verdicts in against:
        assert one.debts
        assert verdicts.count("rework") == verdicts.count("rework (what it found was waived")
    stopped = [b.get("verdicts", "") for one, b in told if one.outcome is not Outcome.SHIPPED]
    assert any("rework" in verdicts for verdicts in stopped)
    assert not any("waived" in verdicts for verdicts in stopped)
    assert all(
        "decided by code, not by the team" in built["standards"]
        for _, built in told
        if "standards" in built
    )


def test_what_was_assumed_is_repeated() -> None:
    with Record(open_store(":memory:")) as record:
        ran = remit.run("a list of things to do", behaviour="perfect", db=record, engine="loop")
        one = ran.summary()
    assert one.assumed
    for line in one.assumed:
        assert inert(line)[:40] in " ".join(said(one).split())


def test_hostile_text_says_everything_and_steers_nothing() -> None:
    evil = "a\x1b[31m\x07\u202eb\x9b2J\n[bold]x[/]"
    one = replace(summary("perfect", "balanced"), title=evil, reason=evil, assumed=(evil,))
    for shown in (said(one), markdown(one, Place(bundle=evil))):
        assert not set(shown) & set("\x1b\x07\u202e\x9b")
        assert r"\x1b" in shown.replace("\\\\", "\\")
    assert "[bold]x[/]" in said(one)
    assert r"\[bold\]x" in markdown(one, Place())


def test_markdown_keeps_commands_as_they_are() -> None:
    one = summary("typical", "balanced")
    assert f"`remit show {one.id} --handoffs`" in markdown(one, Place())


def test_numbers_are_written_for_people() -> None:
    assert (dollars(4_999), dollars(5_000), dollars(2_640_543), dollars(25_000_000)) == (
        "$0.00", "$0.01", "$2.64", "$25.00",
    )  # fmt: skip
    assert (duration(59), duration(3_600), duration(93_780)) == (
        "0 min",
        "1 h 00 min",
        "26 h 03 min",
    )
    assert (cut("abcdef", 4), cut("ab\tc", 9), cut("", 3)) == ("abc…", "ab c", "")


def test_only_our_own_commands_are_commands() -> None:
    """Text that looks like one is escaped in Markdown and wrapped on a screen."""
    forged = "remit `<img src=x onerror=alert(1)>` &lt;b&gt; and so on " * 4
    one = replace(summary("perfect", "balanced"), assumed=(forged,))
    lines = markdown(one, Place()).splitlines()
    (line,) = [line for line in lines if "onerror" in line]
    assert re.search(r"(?<!\\)[`<>&]", line) is None
    assert [line for line in lines if line.startswith("- **why**: `remit show ")]
    assert max(len(line) for line in said(one).splitlines()) <= 80


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_label_longer_than_its_column_has_a_line_of_its_own(width: int) -> None:
    told = wrapped("l" * 64, "what it says " * 9, width)
    assert "".join(told[:2]).replace(" ", "")[:36] == "l" * 36
    assert max(map(len, told)) <= width
    assert " ".join("".join(told).replace("l", "", 64).split()) == ("what it says " * 9).strip()


def test_wide_letters_are_wrapped_by_the_cells_they_take() -> None:
    one = replace(summary("perfect", "balanced"), assumed=("請求書の通貨" * 40,))
    assert max(cell_len(line) for line in said(one).splitlines()) <= 80


def test_waits_for_people_are_counted() -> None:
    asked = summary("worst", "balanced")
    assert 0 < asked.waited_s <= asked.elapsed_s
    assert summary("perfect", "balanced").waited_s == 0
    assert [one.path for one in asked.asked if one.id == "m12"] == [(Seat.CTO, Seat.HUMAN)]
