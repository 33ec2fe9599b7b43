"""The thirty standards: clean work passes, and each planted violation fails exactly its own."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.agents.artifacts import finding_for, sites
from remit.agents.standards import (
    STANDARD,
    STANDARDS,
    Verdict,
    done,
    done_criteria,
    findings,
    judge,
    recommend,
    score,
    work_from,
)
from remit.state.brief import Brief, Entity
from remit.state.report import Flaw
from remit.state.vocabulary import FlawKind, FlawState, Seat, Severity, Stage
from tests.plants import (
    ALONE,
    APART,
    BRIEF,
    PLANTS,
    PROSE,
    Plant,
    clean,
    failed,
    fresh,
    in_row,
    in_table,
    made,
    planted,
    row,
    verdicts,
)
from tests.strategies import briefs


def test_there_are_thirty_standards_in_the_order_of_the_requirements() -> None:
    """BE-API-1 … BE-SEC-4 of requirements.md §6."""
    families = dict.fromkeys(one.id.rsplit("-", 1)[0] for one in STANDARDS)
    sizes = [sum(one.id.startswith(family) for one in STANDARDS) for family in families]
    assert list(families) == [f"BE-{name}" for name in "API VAL ERR AUTH DB PERF OBS SEC".split()]
    assert sizes == [5, 3, 3, 4, 4, 4, 3, 4]
    assert len(STANDARD) == len(STANDARDS) == 30


def test_every_standard_has_a_planted_violation() -> None:
    """BE-API-1 … BE-SEC-4: the table of plants leaves none out."""
    assert {standard for standard, _, _ in PLANTS} == set(STANDARD)


@pytest.mark.parametrize("brief", [BRIEF, ALONE, APART, PROSE], ids=lambda one: one.title)
def test_clean_work_fails_nothing(brief: Brief) -> None:
    """BE-OUT-10: what does not pass is stated as not applicable or unknown, with the reason."""
    found = verdicts(fresh(brief), brief)
    assert {one.result for one in found.values()} <= {"pass", "not_applicable"}
    assert all(one.evidence for one in found.values())


@settings(max_examples=40)
@given(brief=briefs())
def test_clean_work_of_any_brief_is_fully_decided(brief: Brief) -> None:
    """BE-OUT-10: what the simulated Backend makes without a flaw has no fault and no blank."""
    found = judge(work_from(brief, made(brief, {})))
    assert {one.result for one in found} <= {"pass", "not_applicable"}
    assert not findings(found)


def test_clean_work_of_a_full_brief_passes_everything() -> None:
    """A planted violation is told from a pass, not from an unknown."""
    assert {one.result for one in verdicts(fresh()).values()} == {"pass"}


@pytest.mark.parametrize(
    ("standard", "label", "plant"), PLANTS, ids=[f"{one}-{label}" for one, label, _ in PLANTS]
)
def test_a_planted_violation_fails_exactly_its_standard(
    standard: str, label: str, plant: Plant
) -> None:
    """Each of the 30 standards fails on its own violation and no other does."""
    spoilt = fresh()
    plant(spoilt)
    assert spoilt != clean(BRIEF.model_dump_json()), label
    assert failed(spoilt) == {standard}, label


def test_an_undocumented_operation_in_the_code_is_found() -> None:
    """BE-API-4: code that the contract does not know."""
    spoilt = fresh()
    spoilt["backend_build"]["implementation"]["operations"].append(
        {**row(spoilt, "read_invoice"), "operation_id": "export_everything"}
    )
    assert "BE-API-4" in failed(spoilt)


def test_a_table_without_its_mark_of_deletion_is_found() -> None:
    """BE-DB-3: rows that are deleted need a column that says so."""
    spoilt = fresh()
    in_table("invoice", '  "deleted_at" TIMESTAMPTZ,\n', "")(spoilt)
    found = verdicts(spoilt)["BE-DB-3"]
    assert (found.result, found.place) == ("fail", "data_model: invoice")


def test_a_table_without_tenant_is_found() -> None:
    """BE-AUTH-2: no `tenant_id` at all, whatever the output claims."""
    spoilt = fresh()
    spoilt["data_model"]["ddl"] = 'CREATE TABLE "invoice" ("id" UUID NOT NULL PRIMARY KEY);'
    assert verdicts(spoilt)["BE-AUTH-2"].result == "fail"


def test_the_brief_decides_what_belongs_to_a_tenant() -> None:
    """BE-AUTH-2, BE-AUTH-3: an entity declared free of tenants by the work stays scoped."""
    spoilt = fresh()
    for one in spoilt["data_model"]["entities"]:
        one["tenant_scoped"] = False
    in_row("read_invoice", tenant_filter="not tenant-scoped")(spoilt)
    assert failed(spoilt) == {"BE-AUTH-3"}


@pytest.mark.parametrize("kind", [FlawKind.SECURITY_FLAW, FlawKind.BACKEND_BUG])
@pytest.mark.parametrize("stage", [Stage.CONTRACT, Stage.BUILD])
def test_each_kind_of_simulated_flaw_is_found_where_it_is(kind: FlawKind, stage: Stage) -> None:
    """The standards find what the simulated Backend gets wrong, and name the same place."""
    placed = [one for one in sites(kind, BRIEF) if one.made_at is stage]
    first = {(one.rule, one.target[0]): index for index, one in reversed([*enumerate(placed)])}
    for (rule, _), index in first.items():
        if rule not in STANDARD:
            continue
        flaw = Flaw(state=FlawState.HIDDEN, made_at=stage, site=index)
        told = finding_for(BRIEF, kind, flaw)
        found = findings(judge(work_from(BRIEF, made(BRIEF, {kind: flaw}))))
        assert told.fingerprint in {one.fingerprint for one in found}, told


@pytest.mark.parametrize(
    ("standard", "brief"), [("BE-AUTH-2", BRIEF), ("BE-DB-3", BRIEF)], ids=["AUTH-2", "DB-3"]
)
def test_a_waiver_covers_what_the_card_leaves_to_the_cto(standard: str, brief: Brief) -> None:
    """BE-AUTH-2 †, BE-DB-3 †: waived, not passed; the evidence stays."""
    spoilt = planted(standard)
    found = judge(work_from(brief, spoilt), waivers=frozenset({standard}))
    waived = next(one for one in found if one.standard == standard)
    assert waived.result == "not_applicable"
    assert waived.evidence.startswith("waived: ")
    assert not findings(found)


@pytest.mark.parametrize("standard", [one.id for one in STANDARDS if not one.waivable])
def test_no_waiver_covers_any_other_standard(standard: str) -> None:
    """BE-FIN-5: BE-AUTH-3 cannot be waived, nor can anything without a †."""
    spoilt = planted(standard)
    found = judge(work_from(BRIEF, spoilt), waivers=frozenset(STANDARD))
    assert [one.standard for one in found if one.result == "fail"] == [standard]


def test_only_two_standards_can_be_waived() -> None:
    """† in requirements.md §6."""
    assert {one.id for one in STANDARDS if one.waivable} == {"BE-AUTH-2", "BE-DB-3"}


def test_the_checklist_and_the_findings_say_what_the_verdicts_say() -> None:
    """BE-OUT-10: any fail is not done."""
    spoilt = fresh()
    in_row("delete_invoice", removal="hard")(spoilt)
    found = judge(work_from(BRIEF, spoilt))
    lines = done_criteria(found)
    assert [one.criterion for one in lines if one.result == "fail"] == ["BE-DB-3"]
    assert not done(found)
    assert done(judge(work_from(BRIEF, fresh())))
    (one,) = findings(found)
    assert (one.rule, one.owner, one.place) == ("BE-DB-3", Seat.BACKEND, "build: delete_invoice")
    assert one.fix


@pytest.mark.parametrize("standard", ["BE-AUTH-1", "BE-AUTH-3"])
def test_a_leak_is_critical_where_tenants_share_or_data_is_sensitive(standard: str) -> None:
    """Severity follows the brief."""
    spoilt = planted(standard)
    assert verdicts(spoilt)[standard].severity is Severity.CRITICAL
    harmless = Brief(title="Notes", entities=(Entity(name="note"),))
    assert verdicts(fresh(harmless), harmless)[standard].severity is Severity.HIGH


def test_the_score_counts_what_was_decided() -> None:
    """BE-MODE-4: hard standards weigh two, soft ones one; unknown and not applicable nothing."""
    assert score(judge(work_from(BRIEF, fresh()))) == 100
    spoilt = fresh()
    in_row("delete_invoice", removal="hard")(spoilt)
    weights = sum(2 if one.grade == "hard" else 1 for one in STANDARDS)
    assert score(judge(work_from(BRIEF, spoilt))) == 100 * (weights - 2) // weights
    half = [
        Verdict(standard="BE-API-1", result="pass", evidence="seen", place="contract"),
        Verdict(standard="BE-API-2", result="fail", evidence="seen", place="contract"),
        Verdict(standard="BE-API-4", result="unknown", evidence="not seen", place="contract"),
    ]
    assert score(half) == 50
    assert score([]) == 0


def all_with(result: Any, severity: Severity = Severity.MEDIUM) -> list[Verdict]:
    """Twenty-nine passes and one other verdict."""
    passed = [
        Verdict(standard=one.id, result="pass", evidence="seen", place="build")
        for one in STANDARDS[1:]
    ]
    first = Verdict(
        standard=STANDARDS[0].id, result=result, evidence="seen", place="build", severity=severity
    )
    return [first, *passed]


@pytest.mark.parametrize(
    ("points", "found", "expected"),
    [
        (100, all_with("pass"), "accept"),
        (80, all_with("fail"), "accept"),
        (79, all_with("fail"), "rework"),
        (50, all_with("fail"), "rework"),
        (49, all_with("fail"), "escalate"),
        (100, all_with("fail", Severity.CRITICAL), "rework"),
        (0, all_with("fail", Severity.CRITICAL), "escalate"),
        (100, all_with("unknown", Severity.CRITICAL), "accept"),
    ],
)
def test_the_advice_follows_score_and_critical_failures(
    points: int, found: list[Verdict], expected: str
) -> None:
    """BE-MODE-4: exactly one verdict; a critical failure is never accepted."""
    assert recommend(points, found, accept_at=80, rework_at=50) == expected


@given(points=st.integers(0, 100), accept=st.integers(0, 100), rework=st.integers(0, 100))
def test_a_critical_failure_is_never_accepted(points: int, accept: int, rework: int) -> None:
    """BE-MODE-4: whatever the thresholds are."""
    assert recommend(points, all_with("fail", Severity.CRITICAL), accept, rework) != "accept"
