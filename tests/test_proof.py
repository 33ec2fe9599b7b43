"""What is proved of a policy, in words and as values."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from remit.agents.behaviour import load as load_behaviour
from remit.analysis.certificate import Certificate
from remit.analysis.kept import HANDOFFS, HUMAN, keep
from remit.analysis.measures import Measure, caps_of
from remit.analysis.pathway import shortened, way_of
from remit.analysis.proof import PARTS, Proof, prove
from remit.analysis.proof_against import DEAD, WORST, against_sheet, differences
from remit.analysis.proof_json import proof_json
from remit.analysis.proof_text import NO_RUN, UNPLAYED, proof_sheet, verdict_line
from remit.analysis.safety import rows
from remit.analysis.witness import script
from remit.graph.advance import advance
from remit.graph.bound import bound
from remit.graph.manifest import start
from remit.state.errors import InputError
from remit.state.policy import Policy, load
from remit.state.sheet import plain
from remit.state.vocabulary import ENDS, Mode, Seat, Stage
from tests.desks import BRIEF

FEW = frozenset({Seat.CTO, Seat.BACKEND})


def limited(name: str, **limits: int) -> Policy:
    policy = load(name)
    return policy.model_copy(update={"limits": policy.limits.model_copy(update=limits)})


@cache
def proof(rework: int = 1) -> Proof:
    """Of two roles, nobody to be asked but the CTO."""
    policy = limited("unattended", rework_backend=rework, change_requests=0, escalations=1)
    return prove(policy, BRIEF, FEW, caps=caps_of(load_behaviour("typical")))


def certificate() -> Certificate:
    found = proof().certificate
    assert found is not None
    return found


def test_every_way_is_a_run_of_the_rules_from_start_to_where_it_leads() -> None:
    found = proof()
    assert len(found.ways()) > 12
    for trace in found.ways().values():
        at = start(found.manifest)
        for turn in trace:
            assert turn.before == at
            step = advance(at, turn.event, found.manifest, turn.seat)
            assert step == turn.step
            at = step.position


def test_the_shortest_way_to_each_end_ends_there_and_that_to_a_limit_meets_it() -> None:
    shortest = {one.goal: one.trace for one in proof().shortest}
    for end in ENDS:
        trace = shortest[end.replace("_", " ")]
        assert trace is not None
        assert trace[-1].step.position.stage is end
    met = shortest["rework backend used up"]
    assert met is not None
    assert any(rule.at_limit == "rework_backend" for rule in met[-1].step.fired)
    assert shortest["change requests used up"] is not None, "none is allowed: the first is too many"
    assert shortest["contract review used up"] is None, "nobody reviews"


def test_the_worst_case_is_below_the_bound_and_is_reached() -> None:
    found = certificate()
    assert rows(proof().manifest, found.ways[Measure.HANDOFFS]) == found.worst[Measure.HANDOFFS]
    assert found.worst[Measure.HANDOFFS] <= found.bound


def test_all_properties_are_settled_and_hold() -> None:
    assert [one.holds for one in proof().verdicts] == [True] * 10
    assert verdict_line(proof()) == "all 10 properties hold of every run"


def test_what_is_kept_is_the_whole_certificate() -> None:
    kept = proof().kept()
    assert {HANDOFFS, HUMAN} <= kept.worst.keys() == kept.ways.keys()
    assert kept.caps
    assert kept.fails == ()


def test_a_proof_uses_what_is_on_file_unless_it_is_to_be_fresh(tmp_path: Path) -> None:
    first = proof()
    assert keep(first.kept(), tmp_path)
    for fresh in (False, True):
        again = prove(first.policy, BRIEF, FEW, caps=first.caps, folder=tmp_path, fresh=fresh)
        assert again.kept_parts == (() if fresh else PARTS)
        assert again.kept() == first.kept()
        assert replace(again, certificate=first.certificate, on_file=False) == first
        told = proof_json(again)
        assert (told["on_file"], told["kept"]) == (not fresh, list(again.kept_parts))


def test_a_check_says_what_was_kept_and_how_long_it_took() -> None:
    found = replace(proof(), seconds=2.14)
    looked = "265 positions and 981 moves (whatever remains under the limits) were looked at"
    assert f"{looked}, in 2.1 s." in proof_sheet(found).about
    part = proof_sheet(replace(found, on_file=True)).about
    assert "in 2.1 s; kept and replayed, --fresh proves it anew: shortest ways, proper" in part
    whole = replace(found, on_file=True, certificate=replace(certificate(), on_file=True))
    assert (
        "what was kept was replayed in 2.1 s. --fresh proves it anew." in proof_sheet(whole).about
    )
    assert proof_json(found)["seconds"] == 2.14


def test_other_costs_and_other_clauses_are_proved_anew_beside_what_is_kept(tmp_path: Path) -> None:
    first = proof()
    keep(first.kept(), tmp_path)
    dearer = {one: replace(cap, micros=cap.micros + 1) for one, cap in (first.caps or {}).items()}
    audit = first.policy.audit.model_copy(update={"accept": 99})
    other = first.policy.model_copy(update={"audit": audit})
    for policy, caps, kept in (
        (first.policy, dearer, PARTS[1:]), (other, first.caps, PARTS[:1]),
    ):  # fmt: skip
        assert prove(policy, BRIEF, FEW, caps=caps, folder=tmp_path).kept_parts == kept


def test_every_way_of_a_proof_is_played_by_its_script() -> None:
    found = proof()
    assert found.unplayed == {}
    for trace in found.ways().values():
        assert script(trace, found.manifest, BRIEF)


def test_a_worst_way_that_no_report_amounts_to_is_told_beside_its_figure() -> None:
    found = replace(proof(), unplayed={Measure.HANDOFFS: "report 1: something comes back"})
    text = " ".join(plain(proof_sheet(found)).split())
    assert f"({UNPLAYED})" in text
    assert f"handoffs ({NO_RUN})" in text
    told = {one["measure"]: one for one in proof_json(found)["worst"]}
    assert told["handoffs"]["exact"] is False
    assert told["handoffs"]["not_played"] == "report 1: something comes back"


def test_a_way_that_may_not_be_the_shortest_is_told_as_at_most() -> None:
    first, *others = proof().shortest
    assert first.trace is not None
    loose = replace(proof(), shortest=(replace(first, exact=False), *others))
    said = f"at most {len(first.trace)}"
    assert any(row[1] == said for row in proof_sheet(loose).tables[-2].rows)
    lines = differences(proof(), loose)
    assert [(one.before, one.after) for one in lines if one.differs] == [(said[8:], said)]
    assert proof_json(loose)["shortest"][0]["exact"] is False


def test_the_closed_bound_stands_beside_the_worst_case_with_how_tight_it_is() -> None:
    found, most = certificate(), certificate().most(Measure.HANDOFFS)
    times = f"{found.bound / most:.2f} times as many"
    assert f"the closed bound, which takes no exploring, is {found.bound} ({times})" in plain(
        proof_sheet(proof())
    ).replace("\n", " ")
    told = proof_json(proof())
    assert (told["bound"], told["worst_to_bound"]) == (found.bound, round(most / found.bound, 4))


def test_long_ways_say_what_is_left_out_unless_they_are_told_whole() -> None:
    long = [way for way in proof().ways().values() if len(way_of(way, proof().manifest)) > 60]
    for way in long:
        short = shortened(way, proof().manifest, 60)
        assert "stages left out" in short
        assert short.split(" → ")[0] == "plan"
        assert shortened(way, proof().manifest, 10_000) == way_of(way, proof().manifest)
    assert long


def test_what_was_not_settled_is_told_as_an_upper_bound() -> None:
    known = certificate()
    worst = dict(known.worst)
    del worst[Measure.HANDOFFS]
    little = replace(known, worst=worst, at_most={Measure.HANDOFFS: 40}, ways={
        one: way for one, way in known.ways.items() if one in worst
    }, spent={}, spent_at_most=known.spent)  # fmt: skip
    found = replace(proof(), certificate=little)
    text = plain(proof_sheet(found))
    assert "No run makes more than 40 handoffs (no run is known" in " ".join(text.split())
    assert "at most 1" in text
    assert max(map(len, text.splitlines())) <= 80
    told = {one["measure"]: one for one in proof_json(found)["worst"]}
    assert told["handoffs"] == {
        "measure": "handoffs", "unit": "count", "at_most": 40, "exact": False, "way": None,
        "not_played": None,
    }  # fmt: skip
    assert found.kept().most(HANDOFFS) == 40
    assert HANDOFFS not in found.kept().worst
    changed = {one.what: one.after for one in differences(proof(), found)}
    assert changed["handoffs"] == "at most 40"


def test_the_text_fits_eighty_columns_and_names_every_property_and_measure() -> None:
    text = plain(proof_sheet(proof()))
    words = " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80
    assert all(verdict.text in words for verdict in proof().verdicts)
    assert all(str(one) in words for one in certificate().worst if one != Measure.MICROS)
    assert "dollars $" in words


def failing() -> Proof:
    """A proof with a planted verdict: shipping is called wrong."""
    witness = proof().shortest[0].trace
    broken = replace(proof().verdicts[4], holds=False, shown="planted", witness=witness)
    verdicts = (*proof().verdicts[:4], broken, *proof().verdicts[5:])
    return replace(proof(), verdicts=verdicts)


def test_a_property_that_fails_is_told_first_with_its_witness_in_words() -> None:
    sheet = proof_sheet(failing())
    assert failing().fails == (5,)
    assert sheet.about.startswith("not safe: it does not keep property 5 (nothing ships that")
    (told,) = [one for one in sheet.tables if one.title.startswith("A shortest run that breaks")]
    assert len(told.rows) >= 4
    assert "breaks-property-5" in failing().ways()
    assert proof_json(failing())["holds"] is False


def test_json_has_every_part() -> None:
    found = proof_json(proof())
    assert found["holds"] is True
    assert [one["number"] for one in found["properties"]] == list(range(1, 11))
    assert {one["measure"] for one in found["worst"]} == set(certificate().worst)
    assert found["shortest"][0]["way"][-1] == Stage.SHIPPED
    assert {one["to"] for one in found["map"]} >= {"build", "shipped"}


def test_a_change_of_policy_is_told_line_by_line() -> None:
    lines = differences(proof(1), proof(2))
    changed = {one.what: (one.before, one.after) for one in lines if one.part == WORST}
    assert changed["rework rounds"] == ("1", "2")
    sheet = against_sheet("one", "two", lines)
    assert "differ" in sheet.title
    assert all(one.part != DEAD or one.before in ("dead", "-") for one in lines)
    assert [one for one in differences(proof(), proof()) if one.differs] == []


def test_a_limit_left_open_has_no_worst_case_and_the_closed_bound_is_told() -> None:
    policy = load("balanced")
    limits = policy.limits.model_copy(update={"escalations": None})
    alone = frozenset({Seat.QA})
    found = prove(policy.model_copy(update={"limits": limits}), BRIEF, alone, Mode.AUDIT)
    said = " ".join(plain(proof_sheet(found)).split())
    assert found.certificate is None or found.fails == ()
    assert found.certificate is not None or "a budget alone ends every run" in said
    assert proof_json(found)["bound"] == bound(found.manifest)


@pytest.mark.parametrize(
    ("policy", "roles", "mode", "said"),
    [
        (limited("unattended", escalations=0), FEW, None, "nobody may answer a matter"),
        (limited("strict", human_questions=0), frozenset({Seat.QA}), Mode.AUDIT,
         "nobody may answer a matter"),
        (load("unattended"), frozenset({Seat.BACKEND}), None, "without a CTO"),
        (load("unattended"), frozenset[Seat](), None, "nobody is on the team"),
    ],
)  # fmt: skip
def test_terms_that_nothing_can_be_proved_of_are_refused_in_a_line(
    policy: Policy, roles: frozenset[Seat], mode: Mode | None, said: str
) -> None:
    with pytest.raises(InputError, match=said) as refused:
        prove(policy, BRIEF, roles, mode)
    assert all("\n" not in problem for problem in refused.value.problems)
