"""JSON Schemas for programs in a seat: what is sent fits them, and so does what is taken."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from remit.agents.command import request
from remit.schemas import schemas
from remit.state.vocabulary import ROLES, Seat
from tests.claude import desk_for
from tests.console import remit
from tests.desks import BRIEF, WORK, task
from tests.model_answers import wire


def validator(schema: Any) -> Any:
    return Draft202012Validator(schema)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_sent_and_what_is_taken_fit(role: Seat) -> None:
    found = schemas(role)
    for stage, seat, _, _ in WORK:
        if seat is not role:
            continue
        one = task(stage, seat)
        validator(found["request"]).validate(request(one, desk_for(one)))
        answer = wire(one, BRIEF)
        check = validator(found["answers"][str(stage)])
        check.validate(answer)
        objects = {name: json.loads(text) for name, text in answer["documents"].items()}
        check.validate({**answer, "documents": objects, "cost_micros": 3})
        assert list(check.iter_errors({**answer, "event": "fly"}))
        assert list(check.iter_errors({**answer, "author": "human"}))


def test_the_command_prints_them(tmp_path: Path) -> None:
    found = json.loads(remit(tmp_path / "x.db", "schema", "qa").stdout)
    assert set(found["answers"]) == {"contract_review", "verification"}


@pytest.mark.parametrize(("role", "words"), [("qq", "no 'qq'"), ("qa,pm", "name one role")])
def test_a_word_that_is_no_role_is_refused(role: str, words: str, tmp_path: Path) -> None:
    done = remit(tmp_path / "x.db", "schema", role)
    assert done.exit_code == 2
    assert words in done.stderr
