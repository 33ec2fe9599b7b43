"""The record of a run: why the work went there, who owns it now, and what each role saw."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from remit.graph.course import Course
from remit.graph.rules import RULES
from remit.state.artifact import KINDS
from remit.state.handoff import Handoff, Move
from remit.state.policy import load
from remit.state.vocabulary import ENDS, LOOPS, ROLES, Limit, Seat, Stage
from tests.runs import Entries, Setting, played, policy, scripted

IDS = {rule.id: rule for rule in RULES}
CONTRACT, PACKAGE = "contract", "security_package"


@pytest.fixture(scope="module")
def courses() -> list[Course]:
    """Runs of every kind of team under every policy."""
    return [
        played(behaviour, Setting(policy=load(name), seed=seed))
        for name in ("balanced", "strict", "unattended")
        for behaviour in ("perfect", "typical", "weak", "worst")
        for seed in (3, 4)
    ]


def steps(course: Course) -> Iterator[list[Handoff]]:
    """The rows of each step."""
    for step in dict.fromkeys(row.step for row in course.handoffs):
        yield [row for row in course.handoffs if row.step == step]


def test_rows_are_numbered_without_gaps_and_steps_follow_each_other(courses: list[Course]) -> None:
    for course in courses:
        assert [row.seq for row in course.handoffs] == [*range(1, len(course.handoffs) + 1)]
        found = list(dict.fromkeys(row.step for row in course.handoffs))
        assert found == [*range(1, len(found) + 1)]


def test_every_row_says_why_and_who_owns_it_now(courses: list[Course]) -> None:
    """Safety property 7, on records: every state that is not an end names its owner."""
    for row in (row for course in courses for row in course.handoffs):
        assert row.why.strip()
        assert "\n" not in row.why
        if row.to is None:
            assert row.stage in ENDS
            assert (row.kind, row.owner_now, row.awaits) == (Move.END, "nobody", "nothing")
            continue
        assert row.owner_now == str(row.to)
        assert row.awaits not in ("", "nothing")
        assert row.stage not in ENDS


def test_the_row_of_the_rules_that_is_named_really_fired(courses: list[Course]) -> None:
    for row in (row for course in courses for row in course.handoffs):
        if row.kind is Move.START:
            assert (row.rule, row.fired) == ("start", ())
            continue
        assert row.rule in row.fired
        assert row.clause == IDS[row.rule].clause
        assert IDS[row.rule].text in row.why


def test_what_was_spent_adds_up(courses: list[Course]) -> None:
    """Each unit is spent once, by a row that says so, and never more than is allowed."""
    for course in courses:
        used = Counter[Limit]()
        for rows in steps(course):
            spent = Counter(limit for rule in rows[0].fired for limit in IDS[rule].spend)
            used.update(spent)
            assert {one.limit for one in rows[0].spent} == set(spent)
            for one in rows[0].spent:
                assert one.used == used[one.limit]
                assert one.allowed is None or one.used <= one.allowed
            assert all(row.spent == rows[0].spent for row in rows)
        left = {limit: course.position.left(limit) for limit in LOOPS}
        for limit in LOOPS:
            allowed = course.ledger.allowed(limit, course.manifest.limit(limit))
            assert allowed is None or used[limit] == allowed - left[limit]


def test_cost_only_grows_and_ends_at_the_ledgers(courses: list[Course]) -> None:
    for course in courses:
        costs = [(row.cost_micros, row.tokens, row.elapsed_s) for row in course.handoffs]
        for before, after in pairwise(costs):
            assert all(old <= new for old, new in zip(before, after, strict=True))
        ledger = course.ledger
        assert costs[-1] == (ledger.cost_micros, ledger.tokens, ledger.elapsed_s)


def test_every_matter_was_put_to_the_authority_that_owns_the_row(courses: list[Course]) -> None:
    for course in courses:
        for name, state in course.matters.items():
            rows = [row for row in course.handoffs if row.matter == name and row.to]
            assert any(row.to is state.authority for row in rows)
            assert state.matter.default in state.matter.options
            assert str(state.matter.default) not in ("approve", "grant")


def test_a_role_sees_only_what_is_routed_to_it(courses: list[Course]) -> None:
    """PUB-7, BE-PROMPT-4: the record shows what each role saw, and it is no more than its share."""
    for row in (row for course in courses for row in course.handoffs):
        for one in row.inputs:
            assert row.seat is not None
            if Seat.HUMAN not in (row.seat, row.to):
                assert one.owner is row.seat or row.seat in KINDS[one.artifact].seen_by


def test_artifacts_are_versioned_and_their_revisions_only_grow(courses: list[Course]) -> None:
    """BE-FIN-2: no hand-off without a versioned artifact."""
    for course in courses:
        latest: dict[tuple[Seat, str], tuple[int, str]] = {}
        for one in (one for row in course.handoffs for one in row.inputs):
            key = (one.owner, one.artifact)
            before = latest.get(key, (1, one.hash))
            assert one.revision >= before[0]
            assert one.revision > before[0] or one.hash == before[1]
            latest[key] = (one.revision, one.hash)


def seen(course: Course, stage: Stage, seat: Seat) -> set[tuple[Seat, str]]:
    """What a seat saw when it was first assigned at a stage."""
    row = next(row for row in course.handoffs if (row.stage, row.seat) == (stage, seat))
    return {(one.owner, one.artifact) for one in row.inputs}


@pytest.fixture(scope="module")
def clean() -> Course:
    """The shortest way."""
    return played("perfect", Setting())


@pytest.mark.parametrize(
    ("stage", "seat", "gives"),
    [
        pytest.param(Stage.CONTRACT, Seat.BACKEND, (Seat.PM, "criteria"), id="BE-COL-1"),
        pytest.param(Stage.CONTRACT, Seat.BACKEND, (Seat.UIUX, "screens"), id="BE-COL-2"),
        pytest.param(Stage.CONTRACT, Seat.BACKEND, (Seat.CTO, "plan"), id="BE-IN-1"),
        pytest.param(Stage.CONTRACT_REVIEW, Seat.FRONTEND, (Seat.BACKEND, CONTRACT), id="BE-COL-3"),
        pytest.param(Stage.BUILD, Seat.FRONTEND, (Seat.BACKEND, CONTRACT), id="BE-COL-3-build"),
        pytest.param(Stage.CONTRACT_REVIEW, Seat.SECURITY, (Seat.BACKEND, PACKAGE), id="BE-COL-4"),
        pytest.param(Stage.VERIFICATION, Seat.SECURITY, (Seat.BACKEND, PACKAGE),
                     id="BE-COL-4-audit"),
        pytest.param(Stage.VERIFICATION, Seat.QA, (Seat.BACKEND, "qa_package"), id="BE-COL-5"),
    ],
)  # fmt: skip
def test_what_one_role_owes_another_is_among_its_inputs(
    clean: Course, stage: Stage, seat: Seat, gives: tuple[Seat, str]
) -> None:
    """BE-COL-1..5 on the inputs of the handoff rows."""
    assert gives in seen(clean, stage, seat)


def test_backend_does_not_see_what_is_not_meant_for_it(clean: Course) -> None:
    """PUB-7: the counterpart, so that the table above cannot hold by showing everything."""
    assert (Seat.FRONTEND, "frontend_build") not in {
        (one.owner, one.artifact)
        for row in clean.handoffs
        if row.seat is Seat.BACKEND
        for one in row.inputs
    }
    assert (Seat.BACKEND, PACKAGE) not in seen(clean, Stage.VERIFICATION, Seat.QA)


def test_the_sender_of_rework_is_whoever_found_it() -> None:
    course = scripted(
        [{"security": "auto"}, {"security": {"event": "rework", "stage": "verification"}}],
        Setting(),
    )
    (row,) = [row for row in course.handoffs if row.rule == "rework.backend"]
    assert (row.sender, row.to, row.kind) == (Seat.SECURITY, Seat.BACKEND, Move.REWORK)
    assert "SCRIPT at verification" in row.why
    assert [(one.limit, one.used, one.allowed) for one in row.spent] == [
        (Limit.REWORK_BACKEND, 1, 2)
    ]
    assert row.clause == "limits.rework_backend"


def test_a_change_of_the_contract_reaches_backend_from_its_authority_alone() -> None:
    """BE-COL-3a: no row goes from Frontend to Backend."""
    entries: Entries = [
        {"frontend": "auto"},
        {"frontend": {"event": "change", "stage": "build"}},
        {"cto": "auto"},
        {"cto": {"event": "approve", "stage": "change_control"}},
    ]
    course = scripted(entries, Setting())
    rows = [row for row in course.handoffs if row.to is Seat.BACKEND and row.step > 6]
    assert rows[0].stage is Stage.CONTRACT
    assert rows[0].sender is Seat.CTO
    assert not [row for row in rows if row.sender is Seat.FRONTEND and row.kind is Move.CHANGE]
    assert [version.version for version in course.ledger.contracts] == ["1.0.0", "1.1.0"]
    assert course.handoffs[-1].contract_version == "1.1.0"


def test_findings_that_waited_reach_their_owner_at_the_next_build_and_not_before() -> None:
    entries: Entries = [
        {"qa": "auto"},
        {"qa": {"event": "change", "stage": "verification", "findings": ["backend"]}},
        {"cto": "auto"},
        {"cto": {"event": "approve", "stage": "change_control"}},
    ]
    course = scripted(entries, Setting())
    joined = [row for row in course.handoffs if "reopen.join.backend" in row.fired]
    assert [row.stage for row in joined] == [Stage.CONTRACT]
    (build,) = [row for row in course.handoffs if row.stage is Stage.BUILD and row.step > 6
                and row.seat is Seat.BACKEND]  # fmt: skip
    assert "SCRIPT at verification" in build.why
    assert "SCRIPT" not in joined[0].why


def test_each_debt_names_the_clause_that_waived_it() -> None:
    entries: Entries = [
        {"qa": "auto"},
        {"qa": {"event": "rework", "findings": ["backend", "frontend"]}},
    ]
    course = scripted(
        entries, Setting(policy=policy(limits={"rework_backend": 0, "rework_frontend": 0}))
    )
    assert [(debt.item, debt.by, debt.clause) for debt in course.ledger.debts] == [
        ("backend", "policy", "at_limit.rework_backend"),
        ("frontend", "policy", "at_limit.rework_frontend"),
    ]


def test_what_the_policy_waives_after_a_ruling_is_not_the_authoritys_doing() -> None:
    entries: Entries = [
        {"security": "auto"},
        {"security": {"event": "rework", "stage": "verification"}},
        {"qa": "auto"},
        {"qa": {"event": "rework", "findings": ["frontend"]}},
        {"cto": "auto"},
        {"cto": {"event": "waive", "stage": "arbitration"}},
    ]
    course = scripted(
        entries, Setting(policy=policy(limits={"rework_backend": 0, "rework_frontend": 0}))
    )
    assert [(debt.item, debt.by) for debt in course.ledger.debts] == [
        ("backend", "cto"),
        ("frontend", "policy"),
    ]


def test_nothing_frozen_is_delivered_again_from_the_build() -> None:
    """Safety property 3, BE-ESC-2: another contract raises the question and is not taken."""
    other = {"openapi": {"openapi": "3.1.0", "info": {"title": "x", "version": "1.0.0"},
                         "paths": {}}}  # fmt: skip
    entries: Entries = [
        {"backend": "auto"},
        {"backend": {"event": "deliver", "stage": "build", "artifacts": {"contract": other}}},
        {"cto": "auto"},
        {"cto": {"event": "reject", "stage": "arbitration"}},
    ]
    course = scripted(entries, Setting())
    (state,) = course.matters.values()
    assert [question.trigger for question in state.matter.questions] == ["contract_drift"]
    frozen = course.ledger.contracts[-1].artifact
    assert course.ledger.artifacts[Seat.BACKEND, "contract"].hash == frozen
    assert course.ledger.artifacts[Seat.BACKEND, "contract"].revision == 1


def test_absent_roles_are_never_handed_anything() -> None:
    """PUB-4: edges to absent roles go to the CTO, then the human, and are never dropped."""
    roles = tuple(role for role in ROLES if role not in (Seat.CTO, Seat.QA, Seat.FRONTEND))
    for seed in range(3):
        course = played("worst", Setting(roles=roles, seed=seed))
        assert course.ended
        given = {row.to for row in course.handoffs if row.to}
        assert given <= {*roles, Seat.HUMAN}
        assert Seat.HUMAN in given


def test_a_run_starts_with_the_plan_and_nothing_to_see(clean: Course) -> None:
    first = clean.handoffs[0]
    assert (first.sender, first.to, first.stage) == (Seat.HUMAN, Seat.CTO, Stage.PLAN)
    assert first.inputs == ()
