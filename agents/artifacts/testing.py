"""What QA writes: tests traced to criteria, results, defects, the release verdict."""

from functools import lru_cache
from typing import Any, Literal

from remit.agents.artifacts.product import Product
from remit.agents.artifacts.roles import criteria
from remit.agents.artifacts.said import LATER, Judging, Said, done, escalations, summary
from remit.agents.artifacts.sites import Site, of
from remit.state.outputs import Coverage, PlannedTest, QaOutput, TestResult
from remit.state.vocabulary import FlawKind


def qa(mode: Judging, product: Product, flaws: tuple[Site, ...], said: Said) -> QaOutput:
    """QA's output; an audit has results and a verdict."""
    tests = _planned_tests(product, of(flaws, FlawKind.REQUIREMENT_GAP))
    return QaOutput(
        mode=mode,
        summary=summary("QA", said),
        test_plan=tests,
        results=_results(tests, said) if mode == "audit" else (),
        defects=said.findings,
        criteria_coverage=_coverage(tests),
        verdict=said.verdict if mode == "audit" else LATER,
        escalations=escalations(said.questions),
        done_criteria=done("every criterion has a test that passes", said),
    )


@lru_cache(maxsize=256)
def test_plan(
    product: Product,
    flaws: tuple[Site, ...],
    said: Said,
    mode: Literal["design", "build", "review", "audit"],
) -> dict[str, Any]:
    """The content of `test_plan`; with results when there is something to test."""
    output = qa("audit" if mode in ("build", "audit") else "review", product, flaws, said)
    return output.model_copy(update={"mode": mode}).model_dump(mode="json")


@lru_cache(maxsize=256)
def _planned_tests(product: Product, flaws: tuple[Site, ...]) -> tuple[PlannedTest, ...]:
    """One for every criterion that is written, then one for every screen's five states."""
    traced = tuple(
        PlannedTest(
            id=f"T-{item.id}",
            criterion=item.id,
            target=item.entity or item.rule or "the product",
            steps=f"{item.given}; {item.when}; {item.then}"[:2_000],
        )
        for item in criteria(product, flaws)
    )
    states = tuple(
        PlannedTest(
            id=f"T-{screen.name}",
            criterion=None,
            target=screen.name,
            steps="bring the screen into each of its five states",
        )
        for screen in product.screens
    )
    return traced + states


def _results(tests: tuple[PlannedTest, ...], said: Said) -> tuple[TestResult, ...]:
    """Planned tests pass; what was found failed in a test of its own."""
    passed = tuple(
        TestResult(test=test.id, result="pass", evidence="as the criterion says") for test in tests
    )
    failed = tuple(
        TestResult(test=f"X-{n}", result="fail", evidence=f"{one.rule} {one.place}"[:2_000])
        for n, one in enumerate(said.findings, start=1)
    )
    return passed + failed


def _coverage(tests: tuple[PlannedTest, ...]) -> tuple[Coverage, ...]:
    return tuple(
        Coverage(criterion=test.criterion, tests=(test.id,)) for test in tests if test.criterion
    )
