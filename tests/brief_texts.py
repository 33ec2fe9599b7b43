"""Texts of briefs for the tests, and what reading them gives."""

import pytest

from remit.state.brief import Brief
from remit.state.brief_text import parse
from remit.state.errors import InputError

CLIENT = "entities: {client: {fields: {name: string}}}"
SHOP = """\
title: Shop
entities:
  client:
    fields: {name: string, email: email unique sensitive}
  sale:
    fields: {amount: money, state: "enum(open, paid)"}
    belongs_to: client
screens:
  till: {entity: sale, shows: "amount, client.name", interactions: "list, create", latency_ms: 200}
"""


def front(yaml_text: str, prose: str = "") -> str:
    return f"---\n{yaml_text}\n---\n{prose}"


def read(yaml_text: str, prose: str = "") -> Brief:
    return parse(front(yaml_text, prose), "brief.md")


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        parse(text, "brief.md")
    assert all("\n" not in line for line in caught.value.problems)
    return caught.value.problems
