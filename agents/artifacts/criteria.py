"""PM's acceptance criteria: those of the brief, then one for every rule and every interaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from remit.agents.artifacts.product import Product
from remit.state.brief import Criterion, Interaction, Rule, Screen

Priority = Literal["must", "should", "could"]
_ORACLES: dict[Interaction, str] = {
    "list": "the page shows the rows that the store holds, no other, newest first",
    "read": "every field shown equals the stored one",
    "create": "the row is in the store once, also when the request is sent twice",
    "update": "the changed fields differ in the store, the others do not",
    "delete": "the row is gone from every list and its deleted_at is set",
    "search": "every row shown matches the term, and every matching row is found",
    "report": "the totals equal a count over the stored rows",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """One acceptance criterion."""

    id: str
    given: str
    when: str
    then: str
    oracle: str
    priority: Priority
    entity: str | None
    rule: str | None
    given_by_brief: bool


@lru_cache(maxsize=256)
def planned(product: Product) -> tuple[Planned, ...]:
    """Every criterion of a product, the brief's own first; ids are unique and go on counting."""
    brief = product.brief
    stated = {item.id: _stated(product, item) for item in brief.criteria}
    number = max((int(name.removeprefix("AC-")) for name in stated), default=0)
    drafts = [*_for_rules(product), *_for_screens(product), *_for_the_rest(product)]
    return (
        *stated.values(),
        *(_numbered(draft, number + n) for n, draft in enumerate(drafts, start=1)),
    )


def _stated(product: Product, item: Criterion) -> Planned:
    known = {entity.name for entity in product.entities}
    return Planned(
        id=item.id,
        given="the product as described",
        when="the criterion is tried",
        then=item.text,
        oracle=f"a person who reads {item.id} and the screen agrees, and a test repeats it",
        priority=item.priority,
        entity=item.entity if item.entity in known else None,
        rule=None,
        given_by_brief=True,
    )


def _numbered(draft: Planned, number: int) -> Planned:
    return Planned(
        id=f"AC-{number}",
        given=draft.given,
        when=draft.when,
        then=draft.then,
        oracle=draft.oracle,
        priority=draft.priority,
        entity=draft.entity,
        rule=draft.rule,
        given_by_brief=False,
    )


def _for_rules(product: Product) -> Iterator[Planned]:
    for rule in {rule.id: rule for rule in product.brief.rules}.values():
        yield _for_rule(rule)


def _for_rule(rule: Rule) -> Planned:
    return Planned(
        id="",
        given=f"the rule {rule.id}",
        when="somebody tries to break it",
        then=rule.text,
        oracle=f"the attempt is refused with a code that names {rule.id}; the store is as before",
        priority="must",
        entity=None,
        rule=rule.id,
        given_by_brief=False,
    )


def _for_screens(product: Product) -> Iterator[Planned]:
    for screen in product.screens:
        for interaction in screen.interactions:
            yield _for_interaction(screen, interaction)


def _for_interaction(screen: Screen, interaction: Interaction) -> Planned:
    return Planned(
        id="",
        given=f"a signed-in person on the screen {screen.name}",
        when=f"they {interaction} {screen.entity}",
        then=f"the screen answers within {screen.latency_ms} ms",
        oracle=_ORACLES[interaction],
        priority="must" if interaction in ("list", "read", "create") else "should",
        entity=screen.entity,
        rule=None,
        given_by_brief=False,
    )


def _for_the_rest(product: Product) -> Iterator[Planned]:
    """Entities that no screen is about."""
    seen = {screen.entity for screen in product.screens}
    for entity in product.entities:
        if entity.name not in seen:
            yield Planned(
                id="",
                given="a signed-in person with the right to read",
                when=f"they ask for {entity.name}",
                then="they get what is stored",
                oracle=_ORACLES["read"],
                priority="should",
                entity=entity.name,
                rule=None,
                given_by_brief=False,
            )
