"""The standards find in the simulated Backend's work what is there, and nothing else."""

import pytest
from hypothesis import given, settings

from remit.agents.artifacts import draft, flaw_site, sites
from remit.agents.standards import Verdict, judge, work_from
from remit.state.assignment import Assignment, Input
from remit.state.brief import Brief
from remit.state.report import Flaw
from remit.state.vocabulary import EventKind, FlawKind, Mode, Seat, Stage
from tests.strategies import briefs, flaw, shipped


def nothing(one: Input) -> dict[str, object]:
    raise AssertionError(one)


def verdicts(brief: Brief, flaws: dict[FlawKind, Flaw], *modes: Mode) -> tuple[Verdict, ...]:
    found = [
        artifact
        for mode in modes
        for artifact in draft(
            Assignment(
                step=1,
                seat=Seat.BACKEND,
                occupant=Seat.BACKEND,
                stage=Stage(mode) if mode is Mode.BUILD else Stage.CONTRACT,
                mode=mode,
                events=(EventKind.DELIVER,),
            ),
            brief,
            flaws,
            read=nothing,
            manifest={},
        )
    ]
    return judge(work_from(brief, {one.name: one.content for one in found}))


def broken(brief: Brief, flaws: dict[FlawKind, Flaw]) -> set[str]:
    judged = verdicts(brief, flaws, Mode.DESIGN, Mode.BUILD)
    return {one.standard for one in judged if one.result == "fail"}


@pytest.mark.parametrize("brief", shipped(), ids=lambda brief: brief.title[:12])
@pytest.mark.parametrize("modes", [(Mode.DESIGN,), (Mode.DESIGN, Mode.BUILD)])
def test_work_without_flaws_meets_every_standard(brief: Brief, modes: tuple[Mode, ...]) -> None:
    judged = verdicts(brief, {}, *modes)
    assert len(judged) == 30
    assert {one.result for one in judged} <= {"pass", "not_applicable"}


@settings(max_examples=10)
@given(brief=briefs())
def test_work_without_flaws_meets_every_standard_for_any_brief(brief: Brief) -> None:
    assert broken(brief, {}) == set()


@pytest.mark.parametrize("brief", shipped(), ids=lambda brief: brief.title[:12])
@pytest.mark.parametrize(
    ("kind", "made_at"),
    [
        (FlawKind.SECURITY_FLAW, Stage.CONTRACT),
        (FlawKind.SECURITY_FLAW, Stage.BUILD),
        (FlawKind.BACKEND_BUG, Stage.BUILD),
    ],
)
def test_a_flaw_breaks_the_standard_that_its_finding_names(
    brief: Brief, kind: FlawKind, made_at: Stage
) -> None:
    tried: set[str] = set()
    for number in range(len(sites(kind, brief))):
        site = flaw_site(brief, kind, flaw(kind, number, made_at))
        if site.target[0] in tried:
            continue
        tried.add(site.target[0])
        # a missing test is no standard of its own: BE-OUT-6 is a rule of the output
        wanted = set[str]() if site.rule == "BE-OUT-6" else {site.rule}
        assert broken(brief, {kind: flaw(kind, number, made_at)}) == wanted, site
