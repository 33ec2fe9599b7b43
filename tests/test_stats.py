"""Statistics of many runs: the formulas, the sums, and what a person reads."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from math import sqrt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.agents.behaviour import load as load_behaviour
from remit.analysis.figures import spread, wilson
from remit.analysis.stats import Counted
from remit.analysis.stats import stats as stats_of
from remit.analysis.stats_text import between, percent
from remit.graph.batch import record_many, simulation
from remit.graph.order import Order
from remit.many import statistics
from remit.runs import open as open_record
from remit.state.brief_text import load as load_brief
from remit.state.errors import InputError
from remit.state.listing import Selection
from remit.state.policy import load as load_policy
from remit.state.record import NewRun, Projection, document
from remit.state.store import Store, open_store
from remit.state.tally import By, Figures, Reason
from remit.state.vocabulary import ENDED, LOOPS, ROLES, Limit, Outcome, Seat
from tests.console import remit, told
from tests.records import NOW, RUNNING, fresh, new_run, tamper

RUNS_EACH = 8
TERMS = (("balanced", "weak"), ("balanced", "worst"), ("strict", "typical"))


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of simulated runs under two policies and three behaviours."""
    path = tmp_path_factory.mktemp("stats") / "remit.db"
    with fresh(path) as store:
        for token, (policy, behaviour) in enumerate(TERMS):
            order = Order(brief=load_brief("invoicing"), policy=load_policy(policy),
                          behaviour=load_behaviour(behaviour))  # fmt: skip
            many = simulation(order, version="0.1.0", engine="loop", artifacts=False)
            list(record_many(store, many, range(RUNS_EACH), clock=lambda: NOW, token=token))
    return path


@given(count=st.integers(0, 300), more=st.integers(0, 300))
def test_the_interval_is_the_shares_that_a_score_test_would_not_refuse(
    count: int, more: int
) -> None:
    """Wilson's definition: at both ends the score statistic is z; the share lies between."""
    of, z = count + more, 1.959963984540054
    found = wilson(count, of)
    assert 0 <= found.low <= found.high <= 1
    if of == 0:
        assert (found.low, found.high) == (0, 1)
        return
    assert found.low <= found.share == count / of <= found.high
    for end in (found.low, found.high):
        if 0 < end < 1:
            score = abs(found.share - end) / sqrt(end * (1 - end) / of)
            assert score == pytest.approx(z, rel=1e-9)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_intervals_are_those_of_the_literature(
    count: int, of: int, low: float, high: float
) -> None:
    """81 of 263 is R. G. Newcombe's example (Statistics in Medicine 17, 1998, table I)."""
    found = wilson(count, of)
    assert [found.low, found.high] == pytest.approx([low, high], abs=1e-4)


@given(values=st.lists(st.integers(0, 10**12), min_size=1, max_size=60))
def test_quantiles_are_those_of_pandas(values: list[int]) -> None:
    found, wanted = spread(values), pd.Series(values)
    assert found is not None
    assert found.median == pytest.approx(wanted.median())
    assert found.p90 == pytest.approx(wanted.quantile(0.9))
    assert (found.least, found.most) == (min(values), max(values))
    assert found.mean == pytest.approx(wanted.mean())


def test_of_no_values_there_is_no_spread() -> None:
    assert spread([]) is None


def test_the_database_counts_what_the_runs_say(db: Path) -> None:
    """Every sum is made once more in Python, from the handoffs of each run."""
    with open_store(db) as store:
        runs = store.runs(policy="balanced")
        (found,) = [one for one in statistics(store, by=By.POLICY).groups if one.name == "balanced"]
        used: dict[str, list[int]] = {str(limit): [] for limit in LOOPS}
        reached = dict.fromkeys(used, 0)
        for run in runs:
            rows = [row.handoff for row in store.handoffs(run.id)]
            for limit in LOOPS:
                spent = [one.used for row in rows for one in row.spent if one.limit is limit]
                used[limit].append(max(spent, default=0))
                reached[limit] += any(one.limit is limit for row in rows for one in row.reached)
    assert found.runs == len(runs) == 2 * RUNS_EACH
    assert found.ended == sum(run.outcome in ENDED for run in runs)
    assert found.loops is not None
    assert sum(one.reached.count for one in found.loops) > 0
    assert {one.limit: one.reached.count for one in found.loops} == reached
    assert {one.limit: one.most for one in found.loops} == {k: max(v) for k, v in used.items()}
    for one in found.loops:
        assert one.mean == pytest.approx(sum(used[one.limit]) / len(runs))
        assert one.spent == sum(value > 0 for value in used[one.limit])
        assert one.allowed == (load_policy("balanced").limits.value(Limit(one.limit)),)
    for outcome, share in found.outcomes:
        assert share.count == sum(run.outcome == outcome for run in runs)
    assert found.cost_micros == spread([run.cost_micros for run in runs if run.outcome in ENDED])
    assert found.handoffs == spread([run.issued for run in runs if run.outcome in ENDED])
    assert sum(one.runs for one in found.reasons) == len(runs)


def test_groups_add_up_to_the_whole(db: Path) -> None:
    with open_store(db) as store:
        whole = statistics(store).groups[0]
        for by in By:
            parts = statistics(store, by=by).groups
            assert sum(one.runs for one in parts) == whole.runs
            assert sum(dict(one.outcomes)["shipped"].count for one in parts) == (
                dict(whole.outcomes)["shipped"].count
            )
            spent = [loop.spent for one in parts for loop in one.loops or ()]
            assert sum(spent) == sum(loop.spent for loop in whole.loops or ())


def run_of(store: Store, name: str, outcome: Outcome, reason: str, **changes: Any) -> None:
    new: NewRun = new_run(name, **changes)
    store.create_run(new, now=NOW, token=0)
    stands = replace(RUNNING, outcome=outcome, reason=reason, handoffs=3, cost_micros=10**6)
    store.project(name, Projection(run=stands), NOW + timedelta(hours=1))


def test_policies_of_one_name_and_another_text_are_not_mixed(store: Store) -> None:
    other = document({"limits": {"grants": None}})
    run_of(store, "a", Outcome.SHIPPED, "accepted; shipped")
    run_of(store, "b", Outcome.STOPPED, "the run is stopped by decision: m3", policy=other)
    found = statistics(store, by=By.POLICY)
    assert {one.name for one in found.groups} == {
        f"balanced ({one.key[:8]})" for one in found.groups
    }
    for one in found.groups:
        for name in (one.name, one.key[:8], one.key):
            assert statistics(store, Selection(policies=(name,))).runs == one.runs == 1
    assert statistics(store, Selection(policies=(f"strict ({found.groups[0].key[:8]})",))).runs == 0
    allowed = [loop.allowed for one in found.groups for loop in one.loops or ()]
    assert sorted(allowed, key=str) == [(1,), (None,)]
    (whole,) = statistics(store).groups
    assert [one.allowed for one in whole.loops or ()] == [(1, None)]


def test_only_runs_at_an_end_say_what_runs_take(store: Store) -> None:
    run_of(store, "a", Outcome.SHIPPED, "accepted")
    run_of(store, "b", Outcome.WAITING, "a question")
    run_of(store, "c", Outcome.FAILED, "no answer")
    (found,) = statistics(store).groups
    assert (found.runs, found.ended) == (3, 1)
    assert found.handoffs == spread([2])
    assert [name for name, _ in found.outcomes] == ["shipped", "waiting", "failed"]


def test_no_runs_are_no_groups(path: Path, store: Store) -> None:
    assert statistics(store).groups == ()
    assert remit(path, "stats").stdout == "no runs yet; `remit run` makes one\n"
    assert told(path, "stats") == {"by": None, "runs": 0, "groups": []}
    assert told(path.with_name("none.db"), "stats")["runs"] == 0
    assert remit(path, "stats", "--outcome", "failed").stdout.startswith("no run fits")


def test_many_runs_are_counted_without_their_handoffs(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.many.LOOPS_UP_TO", 10)
    said = remit(db, "stats", "--policy", "balanced").stdout
    assert "Limits" not in said
    assert said.endswith("what was used of each limit: remit stats --policy balanced --loops\n")
    assert "Limits" in remit(db, "stats", "--policy", "balanced", "--loops").stdout


@pytest.mark.parametrize("columns", [40, 60, 80])
@pytest.mark.parametrize("words", [(), ("--by", "policy"), ("--by", "team"), ("--by", "brief")])
def test_figures_fit_the_screen(db: Path, words: tuple[str, ...], columns: int) -> None:
    ran = remit(db, "stats", *words, COLUMNS=str(columns))
    lines = ran.stdout.splitlines()
    assert ran.exit_code == 0
    assert max(map(len, lines)) <= columns
    assert ran.stdout.isprintable() or all(line.isprintable() for line in lines)
    assert "shipped" in ran.stdout


def test_no_figure_is_cut_where_there_is_little_room(db: Path) -> None:
    wide = remit(db, "stats", COLUMNS="120").stdout.partition("What they took")[2]
    narrow = remit(db, "stats", COLUMNS="40").stdout.partition("What they took")[2]
    tokens = next(line.split() for line in wide.splitlines() if line.startswith("tokens"))
    shown = next(line.split() for line in narrow.splitlines() if line.startswith("tokens"))
    assert shown == tokens[: len(shown)]
    assert "no room for: least, most" in narrow


def test_a_reason_says_how_it_most_often_goes_on(store: Store) -> None:
    said = ["limit human_questions: qa asks in step 3", "limit human_questions: qa asks in step 19",
            "limit human_questions: pm asks", "limit human_questions: pm mails",
            "limit human_questions: zz"]  # fmt: skip
    for number, reason in enumerate([*said, "accepted; shipped"]):
        outcome = Outcome.SHIPPED if number == len(said) else Outcome.STOPPED_BY_POLICY
        run_of(store, f"r{number}", outcome, reason)
    stopped, shipped = statistics(store).groups[0].reasons
    assert (stopped.reason, stopped.runs) == ("limit human_questions", 5)
    assert stopped.often == (("qa asks", 2), ("pm asks", 1), ("pm mails", 1))
    assert (shipped.reason, shipped.often) == ("accepted; shipped", ())
    shown = str(statistics(store))
    assert "2 x: qa asks" in shown
    assert "balanced: what ended them" in str(statistics(store, by=By.POLICY))


def test_a_team_is_named_in_words(store: Store) -> None:
    for name, roles in (
        ("a", tuple(ROLES)), ("b", (Seat.BACKEND, Seat.QA)), ("c", tuple(ROLES)[:-1])
    ):  # fmt: skip
        run_of(store, name, Outcome.SHIPPED, "accepted", roles=roles)
    names = {one.name for one in statistics(store, by=By.TEAM).groups}
    assert names == {"all 7 roles", "backend, qa", f"all but {tuple(ROLES)[-1]}"}


def test_twenty_thousand_groups_take_no_longer_than_their_runs() -> None:
    """Counted in keys that are compared, for a clock would depend on the machine."""
    compared = Counter[str]()

    class Key(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            compared["keys"] += 1
            return str.__eq__(self, other)

    names = [Key(f"{number:08}") for number in range(2_000)]
    figures = [Figures(name, "shipped", 1, 1, 1, 1) for name in names]
    reasons = [Reason(name, "shipped", "accepted", 1, ()) for name in names]
    counted = Counted(names=dict(zip(names, names, strict=True)), figures=figures, reasons=reasons)
    found = stats_of(counted, By.BRIEF)
    assert compared["keys"] <= 10 * len(names)
    assert all(one.reasons[0].runs == 1 for one in found.groups)
    shown = str(found)
    assert "1,980 smaller groups are left out" in shown
    assert len(shown.splitlines()) < 200


def test_statistics_and_lists_show_themselves(db: Path) -> None:
    with open_record(db) as record:
        for value in (record.stats(), record.stats(by="policy"), record.runs()):
            lines = repr(value).splitlines()
            assert max(map(len, lines)) <= 80
            assert str(getattr(value, "_repr_html_")()).count("<table") >= 1  # noqa: B009 - protected
        assert "GroupStats(" not in repr(record.stats())
        assert repr(record.runs()).startswith(f"{3 * RUNS_EACH} runs\n")
        assert "03-01 12:00" in repr(record.runs())
        assert "03-01 12:00" in str(record)


def test_programs_get_every_figure(db: Path) -> None:
    found = told(db, "stats", "--by", "behaviour")
    assert {one["name"] for one in found["groups"]} == {"weak", "worst", "typical"}
    worst = next(one for one in found["groups"] if one["name"] == "worst")
    assert worst["runs"] == RUNS_EACH
    assert worst["cost_micros"]["median"] > 0
    assert {one["limit"] for one in worst["loops"]} == set(map(str, LOOPS))
    assert told(db, "stats", "--no-loops")["groups"][0]["loops"] is None


def test_hostile_names_and_reasons_steer_nothing(path: Path) -> None:
    nasty = "x\x1b[2J\u202e\n= " * 20
    with fresh(path) as store:
        for number, by in enumerate(("policy_name", "behaviour_name", "title")):
            run_of(store, f"r{number}", Outcome.FAILED, nasty, **{by: nasty})
    for words in ((), ("--by", "policy"), ("--by", "behaviour"), ("--by", "brief")):
        lines = remit(path, "stats", *words, COLUMNS="80").stdout.splitlines()
        assert all(line.isprintable() for line in lines)
        assert max(map(len, lines)) <= 80
    assert remit(path, "stats", "--json").stdout.isascii()


def test_altered_rows_end_as_one_line_or_count_as_they_stand(path: Path, db: Path) -> None:
    path.write_bytes(db.read_bytes())
    odd = """'[{"limit":["x"],"used":"y"},{}]'"""
    tamper(path, f"UPDATE handoffs SET body = json_set(body, '$.spent', json({odd})) WHERE seq = 7")
    assert remit(path, "stats").exit_code == 0
    tamper(path, "UPDATE artifacts SET content = '{\"limits\":3}' WHERE hash IN "
           "(SELECT policy FROM runs)")  # fmt: skip
    ran = remit(path, "stats")
    assert (ran.exit_code, ran.stdout) == (5, "")
    assert "its content does not fit its hash" in ran.stderr
    assert remit(path, "stats", "--no-loops").exit_code == 0


def test_an_unknown_grouping_is_one_line(db: Path) -> None:
    ran = remit(db, "stats", "--by", "polcy")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr == "remit: by: there is no 'polcy'; did you mean 'policy'?\n"
    with open_record(db) as record, pytest.raises(InputError, match="outcome"):
        record.stats(outcome="shiped")


def test_a_notebook_gets_a_frame(db: Path) -> None:
    with open_record(db) as record:
        frame = record.stats(by="behaviour", policy="balanced").to_frame()
    assert sorted(frame["name"]) == ["weak", "worst"]
    assert (frame["runs"] == RUNS_EACH).all()
    assert {"shipped_low", "cost_micros_p90", "escalations_reached"} <= set(frame.columns)


def test_a_share_that_is_not_all_never_looks_like_all() -> None:
    assert [percent(one) for one in (0, 0.001, 0.5, 0.999, 1)] == [
        "0 %", "< 1 %", "50 %", "> 99 %", "100 %",
    ]  # fmt: skip
    assert between(wilson(50, 100)) == "40-60 %"
    assert between(wilson(50_000, 100_000)) == "49.7-50.3 %"
