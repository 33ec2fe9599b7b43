"""The ten keys and what each mode asks for: every fault of form is named."""

from typing import Any

import pytest

from remit.agents.standards import (
    output_problems,
)
from remit.state.vocabulary import Mode
from tests.plants import (
    fresh,
)


def test_clean_outputs_have_no_problem_of_form() -> None:
    """BE-OUT-1 … BE-OUT-10, BE-MODE-1, BE-MODE-2."""
    whole = fresh()
    assert output_problems(whole["backend_design"], "design") == ()
    assert output_problems(whole["backend_build"], Mode.BUILD) == ()


NOT = {"not_applicable": "no reason given here"}
FORM: tuple[tuple[str, str, str, Any], ...] = (
    ("BE-OUT-1", "build", "mode", "rebuild"),
    ("BE-MODE-0", "build", "mode", "design"),
    ("BE-OUT-2", "build", "summary", "one\n\ntwo"),
    ("BE-OUT-3", "build", "api_contract", {"version": "1.0.0"}),
    ("BE-OUT-3", "build", "api_contract", {"not_applicable": " "}),
    ("BE-OUT-4", "build", "data_model", []),
    ("BE-OUT-5", "build", "implementation", {"files": "all"}),
    ("BE-OUT-6", "build", "tests", {"happy_path": []}),
    ("BE-OUT-7", "build", "observability", None),
    ("BE-OUT-8", "build", "security", {"auth": "yes"}),
    ("BE-OUT-9", "build", "escalations", [{"to": "qa", "question": "Why?"}]),
    ("BE-OUT-10", "build", "done_criteria", [{"criterion": "BE-API-1", "result": "yes"}]),
    ("BE-MODE-1", "design", "data_model", NOT),
    ("BE-MODE-1", "design", "security", NOT),
    ("BE-MODE-1", "design", "implementation", {"files": ["a.py"]}),
    ("BE-MODE-2", "build", "implementation", {"files": []}),
    ("BE-MODE-2", "build", "tests", NOT),
    ("BE-MODE-3", "review", "implementation", {"files": ["a.py"]}),
    ("BE-MODE-3", "review", "implementation", {"score": 90, "verdict": "accept"}),
    ("BE-MODE-4", "audit", "implementation", {"score": 90}),
    ("BE-MODE-4", "audit", "implementation", {"verdict": "accept"}),
    ("BE-MODE-4", "audit", "implementation", {"score": 90, "verdict": "maybe"}),
)


@pytest.mark.parametrize(("requirement", "mode", "key", "value"), FORM)
def test_a_fault_of_form_is_named(requirement: str, mode: str, key: str, value: Any) -> None:
    """BE-OUT-1 … BE-OUT-10, BE-MODE-0 … BE-MODE-4: requirement, place, what is wrong."""
    output = fresh()["backend_design" if mode == "design" else "backend_build"]
    output["mode"] = mode
    output[key] = value
    lines = output_problems(output, mode)
    assert any(line.startswith(f"{requirement}: ") for line in lines), lines


@pytest.mark.parametrize("key", list(fresh()["backend_build"]))
def test_a_missing_key_is_named(key: str) -> None:
    """BE-OUT-1 … BE-OUT-10: never missing, at most not applicable."""
    output = fresh()["backend_build"]
    del output[key]
    assert any(f"{key} is missing" in line for line in output_problems(output, "build"))


def test_an_eleventh_key_is_named() -> None:
    """Exactly ten keys."""
    output = {**fresh()["backend_build"], "vibes": "good"}
    assert any("'vibes'" in line for line in output_problems(output, "build"))


@pytest.mark.parametrize("output", [None, [], "ten keys", 10])
def test_what_is_no_object_has_one_problem(output: object) -> None:
    """BE-FIN-3: checked before anything else looks at it."""
    assert len(output_problems(output, "build")) == 1
