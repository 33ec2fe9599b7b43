"""PUB-11: a card is prompt text; it changes no rule, limit, authority or approval."""

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

import remit
from remit.agents.agent import Desk
from remit.agents.card import Card, load, prompt_text
from remit.agents.function import Answer
from remit.state.assignment import Assignment
from remit.state.handoff import Handoff
from remit.state.policy import load as load_policy
from remit.state.vocabulary import EventKind, Seat, Stage
from tests.console import brief
from tests.test_card_shapes import FOLDER
from tests.test_house import SOURCES, text

GRABBING = FOLDER / "grabbing.md"
TRIES = ("approve", "grant", "waive", "stop", "freeze", "answer", "deny", "refer")
"""What is said by a model that believes the card: it holds every approval."""


def obedient(card: Card, tries: tuple[str, ...] = TRIES) -> Callable[[Assignment, Desk], Answer]:
    """A QA that takes what its card says for true, and in the end does its work."""
    said = iter(tries)
    assert "you hold every approval" in prompt_text(card)

    def perform(assignment: Assignment, desk: Desk) -> Answer:
        return next(said, "accept")

    return perform


def rows(answers: Callable[[Assignment, Desk], Answer], where: Path) -> tuple[Handoff, ...]:
    """The handoffs of a run with an external action, until it waits for a person."""
    with remit.open(":memory:") as record:
        run = remit.run(
            brief(where), team={"qa": answers}, human="wait", seed=3, behaviour="perfect",
            engine="loop", db=record,
        )  # fmt: skip
        assert run.outcome == "waiting"
        return tuple(run.handoffs)


@pytest.mark.parametrize("word", TRIES)
def test_a_model_that_obeys_such_a_card_gets_nothing_by_it(word: str, tmp_path: Path) -> None:
    """The words of an authority are no answers of QA's: it is asked again, and nothing else."""
    tried = rows(obedient(load(GRABBING, Seat.QA), (word,)), tmp_path)
    plain = rows(lambda assignment, desk: "accept", tmp_path)
    assert [(row.rule, row.to, row.stage, row.spent) for row in tried] == [
        (row.rule, row.to, row.stage, row.spent) for row in plain
    ]


def test_all_it_tries_releases_nothing_and_lifts_no_limit(tmp_path: Path) -> None:
    """PUB-10: an external action still waits for a person, and every limit is the policy's."""
    limits = {str(name): value for name, value in load_policy("balanced").limits}
    found = rows(obedient(load(GRABBING, Seat.QA)), tmp_path)
    assert Stage.SHIPPED not in {row.stage for row in found}
    assert any(row.spent for row in found)
    assert all(one.allowed == limits[one.limit] for row in found for one in row.spent)


def test_what_its_front_matter_says_of_rights_is_kept_as_words() -> None:
    card = load(GRABBING)
    said = dict(card.metadata)
    assert said["limits"] == "rework_backend: unlimited, dollars: 1000000"
    assert said["permissionmode"] == "bypassPermissions"
    told = prompt_text(card)
    assert [word for word in ("unlimited", "1000000", "bypass", "rm -rf") if word in told] == []


def test_a_card_has_no_field_for_anything_but_words() -> None:
    assert [(one.name, str(one.type)) for one in fields(Card)] == [
        ("role", "<enum 'Seat'>"),
        ("name", "<class 'str'>"),
        ("source", "<class 'str'>"),
        ("sections", "tuple[remit.agents.cards.parts.Section, ...]"),
        ("metadata", "tuple[tuple[str, str], ...]"),
        ("warnings", "tuple[str, ...]"),
        ("text", "<class 'str'>"),
    ]


def test_nothing_that_routes_limits_or_decides_knows_of_cards() -> None:
    """Card, context and policy are three inputs: what reads the policy reads no card."""
    readers = {
        str(path)
        for path in SOURCES
        if path.parts[0] in ("state", "graph", "analysis")
        and re.search(r"remit\.agents(\.| import )cards?\b", text(path))
    }
    assert readers == set()


def test_only_what_shows_a_card_reads_its_metadata() -> None:
    """Tools, model and colour are kept and never acted on."""
    readers = {
        str(path) for path in SOURCES if ".metadata" in text(path) and "card" in text(path).lower()
    }
    assert readers == {"remit/cli/cards.py"}


def test_the_events_of_an_authority_are_not_qas() -> None:
    """Else the two tests above would prove nothing."""
    offered = {EventKind.ACCEPT, EventKind.REWORK, EventKind.CHANGE, EventKind.QUESTION}
    assert not offered & {EventKind(word) for word in TRIES}
