"""What is wrong with a brief: one line for each problem, with its place and what to do."""

import time
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from remit.agents.artifacts.ddl import ddl
from remit.agents.artifacts.product import product
from remit.state import front_matter
from remit.state.brief import Brief
from remit.state.brief_text import load, parse, shipped, text_of
from remit.state.errors import InputError
from remit.state.front_matter import MAX_BYTES
from tests.brief_texts import SHOP, front, problems, read

WRONG: Mapping[str, str] = {
    "tittle: T": "tittle: is not known here; did you mean 'title'?",
    "title: [T]": ("title: must be a text, not a list or fields; write it on one line, in quotes"),
    "title: ''": "title: write a text that is not empty, not ''",
    'title: "a\\e[2Jb"': "title: holds the control character '\\x1b'; remove it",
    'title: "\\u202Egpj"': "title: holds the control character '\\u202e'; remove it",
    "delivery_mode: mpv": ("delivery_mode: 'mpv' is not one of mvp, scale; did you mean 'mvp'?"),
    "multi_tenant: maybe": "multi_tenant: is 'maybe'; write true or false",
    "tenancy: shared_schema": (
        "tenancy: is set, but the product has no tenants; add multi_tenant: true, or remove it"
    ),
    "stack: {databse: x}": "stack.databse: is not known here; did you mean 'database'?",
    "stack: {}": "stack: is empty; name a component, or remove it",
    "stack: {queue: []}": "stack.queue: is empty; name a component, or remove it",
    "stack: [x]": (
        "stack: must have fields of its own; known: language, framework, database, queue, cache, "
        "auth, infra, client"
    ),
    "constraints: {cost_usd_month: 1.5}": (
        "constraints.cost_usd_month: is '1.5'; write a whole number, with digits only"
    ),
    "constraints: {cost_usd_month: -1}": (
        "constraints.cost_usd_month: write a number of at least 0, not -1"
    ),
    "constraints: {deadline: 2027-02-30}": (
        "constraints.deadline: '2027-02-30' is no day; write YYYY-MM-DD"
    ),
    "constraints: {deadline: 20270228}": (
        "constraints.deadline: '20270228' is no day; write YYYY-MM-DD"
    ),
    "constraints: {architecture: [a, ]}": "",
    "constraints: {architecture: [a, ~]}": (
        "constraints.architecture: has an empty item; remove it"
    ),
    "constraints: {security: {sec1: x}}": (
        "constraints.security.sec1.id: write an id such as SEC-1, not 'sec1'"
    ),
    "constraints: {security: [SEC-1]}": (
        "constraints.security[1]: has no id; write `SEC-1: what must be kept safe`"
    ),
    "constraints: {security: {SEC-1: {text: x, incompatible_with: deadline}}}": (
        "constraints.security.SEC-1.incompatible_with: names the deadline, but none is set; "
        "add constraints.deadline"
    ),
    "constraints: {security: {SEC-1: {text: x, incompatible_with: 'latency:tll'}}}": (
        "constraints.security.SEC-1.incompatible_with: 'latency:tll' is no deadline or latency; "
        "did you mean 'latency:till'?"
    ),
    "criteria: {C1: x}": "criteria.C1.id: write an id such as AC-1, not 'C1'",
    "criteria: [{id: AC-1, text: x}, {id: AC-1, text: y}]": (
        "criteria.AC-1: there are 2 of this id; rename or remove one"
    ),
    "criteria: {AC-1: {text: x, priority: most}}": (
        "criteria.AC-1.priority: 'most' is not one of must, should, could; did you mean 'must'?"
    ),
    "criteria: {AC-1: {text: x, entity: sal}}": (
        "criteria.AC-1.entity: there is no entity 'sal'; did you mean 'sale'?"
    ),
    "criteria: some": "criteria: must be a list; write `AC-1: what must be true`",
    "rules: {BR-1: }": "rules.BR-1.text: missing; add it",
    "rules: {BR-1: {text: x, entity: ghost}}": (
        "rules.BR-1.entity: there is no entity 'ghost'; known: client, sale"
    ),
    "external_actions: {deply: x}": (
        "external_actions.deply.kind: 'deply' is not one of deploy, push, email, payment, "
        "api_call, publish, delete; did you mean 'deploy'?"
    ),
    "assumed: [x]": (
        "assumed: is not known here; known: title, delivery_mode, multi_tenant, tenancy, stack, "
        "constraints, entities, screens, rules, criteria, external_actions, allow_gaps"
    ),
}
"""A line added to `SHOP` and the problem that it makes; `""` where it makes none."""


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_line_is_named_with_what_to_do(line: str) -> None:
    key = line.partition(":")[0]
    kept = SHOP.replace("title: Shop\n", "" if key == "title" else "title: Shop\n")
    if key == "tittle":
        kept = SHOP
    said = WRONG[line]
    text = front(f"{line}\n{kept}")
    if said:
        assert problems(text) == (f"brief.md:2: {said}",)
    else:
        assert parse(text, "brief.md").title == "Shop"


ENTITY: Mapping[str, str] = {
    "order: {fields: [a]}": (
        "entities.order: 'order' is a word of SQL; call it 'app_order' or the like"
    ),
    "Sale Item: {fields: [a]}": (
        "entities.Sale Item.name: write lower-case letters, digits and '_', a letter first, "
        "not 'Sale Item'"
    ),
    "sqlite_x: {fields: [a]}": (
        "entities.sqlite_x: 'sqlite_x' is a word of SQL; call it 'app_sqlite_x' or the like"
    ),
    "it: {fields: {a: mony}}": (
        "entities.it.fields.a: there is no type 'mony'; did you mean 'money'?"
    ),
    "it: {fields: {a: Int}}": (
        "entities.it.fields.a: there is no type 'Int'; did you mean 'integer'?"
    ),
    "it: {fields: {a: text uniqe}}": (
        "entities.it.fields.a: 'uniqe' says nothing here; did you mean 'unique'?"
    ),
    "it: {fields: {a: text optional required}}": (
        "entities.it.fields.a: is both required and optional; keep one"
    ),
    "it: {fields: {a: enum}}": (
        "entities.it.fields.a: an enum has to list its values; write enum(first, second)"
    ),
    "it: {fields: {a: 'enum(x, x)'}}": "entities.it.fields.a: has a value twice; keep one",
    "it: {fields: {a: 'enum(In use)'}}": (
        "entities.it.fields.a.values[1]: write lower-case letters, digits and '_', a letter first, "
        "not 'In use'"
    ),
    "it: {fields: {a: {type: text, values: [x]}}}": (
        "entities.it.fields.a: only an enum has values, this is text; write enum(…), or remove the "
        "values"
    ),
    "it: {fields: {from: date}}": (
        "entities.it.fields.from: 'from' is a word of SQL; call it 'it_from' or the like"
    ),
    "it: {fields: {tenant_id: uuid}}": (
        "entities.it.fields.tenant_id: 'tenant_id' is there by itself in every entity; remove it"
    ),
    "it: {fields: {sale_id: uuid}, belongs_to: sale}": (
        "entities.it.fields.sale_id: 'sale_id' is there by itself because of belongs_to; remove it"
    ),
    "it: {fields: {sale_ids: uuid}, many_to_many: sale}": (
        "entities.it.fields.sale_ids: 'sale_ids' is there by itself because of many_to_many; "
        "remove it"
    ),
    "it: {fields: [{name: a}, {name: a}]}": (
        "entities.it.fields.a: there are 2 of this name; rename or remove one"
    ),
    "it: {fields: {a: {name: b}}}": (
        "entities.it.fields.a: has another name within, 'b'; keep one"
    ),
    "it: {fields: [a], belongs_to: cleint}": (
        "entities.it.belongs_to: there is no entity 'cleint'; did you mean 'client'?"
    ),
    "it: {fields: [a], belongs_to: [sale, sale]}": (
        "entities.it.belongs_to: names 'sale' 2 times; keep one"
    ),
    "it: {fields: [a], many_to_many: {sale: 1}}": (
        "entities.it.many_to_many: must be a list; write [a, b], or one `- …` on each line"
    ),
    "it: a thing": (
        "entities.it: cannot be one line; write `invoice: {fields: {amount: money}}`"
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", ENTITY)
def test_a_wrong_entity_is_named_with_what_to_do(line: str) -> None:
    text = front(SHOP.replace("entities:\n", f"entities:\n  {line}\n"))
    assert problems(text) == (f"brief.md:4: {ENTITY[line]}",)


SCREEN: Mapping[str, str] = {
    "entity: sal": "entity: there is no entity 'sal'; did you mean 'sale'?",
    "shows: amuont, entity: sale": (
        "shows: shows 'amuont', but sale has no field 'amuont'; did you mean 'amount'?; "
        "or write allow_gaps: true"
    ),
    "shows: client.id_card, entity: sale": (
        "shows: shows 'client.id_card', but client has no field 'id_card'; known: created_at, "
        "email, id, name, updated_at; or write allow_gaps: true"
    ),
    "shows: shop.name, entity: sale": (
        "shows: shows 'shop.name', but there is no entity 'shop'; known: client, sale"
    ),
    "shows: tenant_id, entity: sale": (
        "shows: shows 'tenant_id', which never leaves the service; remove it"
    ),
    "shows: 'a b', entity: sale": (
        "shows: shows 'a b', which is no field's name; write `field` or `entity.field`"
    ),
    "interactions: [], entity: sale": ("interactions: is empty; write [list, read], or remove it"),
    "interactions: [lst], entity: sale": (
        "interactions: 'lst' is not one of list, read, create, update, delete, search, report; "
        "did you mean 'list'?"
    ),
    "latency_ms: 0, entity: sale": "latency_ms: write a number of at least 1, not 0",
    "latency_ms: 600001, entity: sale": "latency_ms: write a number of at most 600000, not 600001",
    "latency_ms: 300 ms, entity: sale": (
        "latency_ms: is '300 ms'; write a whole number, with digits only"
    ),
    "latency: 300, entity: sale": "latency: is not known here; did you mean 'latency_ms'?",
    "shows: amount": "entity: missing; add it",
}


@pytest.mark.parametrize("line", SCREEN)
def test_a_wrong_screen_is_named_with_what_to_do(line: str) -> None:
    (problem,) = problems(front(SHOP.replace("screens:\n", f"screens:\n  list: {{{line}}}\n")))
    place, _, said = problem.partition(" screens.list.")
    assert place == "brief.md:10:"
    assert said.replace("[1]", "") == SCREEN[line]


def test_the_tenant_is_there_by_itself_only_where_there_are_tenants() -> None:
    text = "title: T\nentities: {tenant: {fields: [rent]}}"
    assert read(text).entities[0].name == "tenant"
    (problem,) = problems(front(f"multi_tenant: true\n{text}"))
    assert problem.startswith("brief.md:4: entities.tenant: 'tenant' is there by itself")


def test_names_every_problem_at_once_in_the_order_of_the_file() -> None:
    found = problems(
        front(
            "titel: T\ndelivery_mode: slow\nentities:\n  order: {fields: {a: mony}}\n  it:\n"
            "    fields: {id: uuid}\n    belongs_to: nobody\n"
            "screens:\n  s: {entity: it, shows: [b]}\n"
            "criteria: {AC-x: y}\nconstraints: {deadline: soon, cost_usd_month: much}"
        )
    )
    assert [line.split(": ")[:2] for line in found] == [
        ["brief.md:1", "title"],
        ["brief.md:2", "titel"],
        ["brief.md:3", "delivery_mode"],
        ["brief.md:5", "entities.order.fields.a"],
        ["brief.md:5", "entities.order"],
        ["brief.md:7", "entities.it.fields.id"],
        ["brief.md:8", "entities.it.belongs_to"],
        ["brief.md:10", "screens.s.shows"],
        ["brief.md:11", "criteria.AC-x.id"],
        ["brief.md:12", "constraints.cost_usd_month"],
        ["brief.md:12", "constraints.deadline"],
    ]


SPOILT: Mapping[str, str] = {
    "a: &x 1\nb: *x": "brief.md:2: anchors (&name) are refused; write the value out",
    "a: *x": "brief.md:2: aliases (*name) are refused; write the value out",
    "a: !!python/object/apply:os.system [x]": (
        "brief.md:2: tags (!name) are refused; write the value alone"
    ),
    "title: !!str T": "brief.md:2: tags (!name) are refused; write the value alone",
    "- a": "brief.md:2: must be fields, each `name: value` on its line",
    "just words": "brief.md:2: must be fields, each `name: value` on its line",
    "title: T\n? [a]\n: b": "brief.md:3: a name must be a word; write `name: value`",
    "title: T\n~: b": "brief.md:3: a name must be a word; write `name: value`",
    "title: T\ntitle: U": "brief.md:3: title: is written twice (first on line 2); keep one",
    "a: {b: {c: {d: {e: {f: {g: {h: {}}}}}}}}": "brief.md:2: nested deeper than 8; flatten it",
    "title: T\n--- more": "brief.md:3: a second document begins; keep one front matter",
}


@pytest.mark.parametrize("yaml_text", SPOILT)
def test_what_yaml_can_do_beyond_fields_is_refused(yaml_text: str) -> None:
    assert problems(front(yaml_text))[0] == SPOILT[yaml_text]


@pytest.mark.parametrize("yaml_text", ["title: a: b", "title:\n\tT", "title: 'T", "a: [1", "a: }"])
def test_text_that_is_no_yaml_is_refused_with_its_line(yaml_text: str) -> None:
    (problem,) = problems(front(yaml_text))
    assert problem.startswith("brief.md:")
    assert "is not YAML (" in problem


def test_the_fields_need_two_fences() -> None:
    assert problems("---\ntitle: T\n") == (
        "brief.md:1: the front matter has no end; close it with a line ---",
    )
    assert problems("title: T\nentities:\n") == (
        "brief.md:1: fields stand between two lines ---; put one above and one below",
    )
    assert problems(" \n\n") == ("brief.md: is empty; say what to build",)


TOO_MUCH: Mapping[str, str] = {
    "entities: {" + "".join(f"e{n}: , " for n in range(61)) + "}": "entities: there are 61",
    "entities: {e: {fields: [" + "".join(f"f{n}, " for n in range(61)) + "]}}": "there are 61",
    "screens: [" + "".join(f"s{n}, " for n in range(121)) + "]": "screens: there are 121",
    "criteria: {" + "".join(f"AC-{n}: x, " for n in range(201)) + "}": "criteria: there are 201",
    "stack: {queue: [" + "q, " * 61 + "]}": "stack.queue: there are 61",
}


@pytest.mark.parametrize("yaml_text", TOO_MUCH)
def test_too_much_of_anything_is_refused(yaml_text: str) -> None:
    (problem,) = problems(front(f"title: T\n{yaml_text}"))
    assert TOO_MUCH[yaml_text] in problem
    assert problem.endswith("are taken; split the brief")


FLOODS: Mapping[str, str] = {
    "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 40)): "anchors",
    "a: 1\n" * 40_000: "is written twice",
    "entities: {a: {belongs_to: [" + "b," * 80_000 + "]}}": "at most 60",
    "entities: {a: {fields: {x: 'enum(" + "a," * 90_000 + ")'}}}": "at most 60",
    "entities: {a: {fields: {x: 'enum" + "(" * 200_000 + "'}}}": "there is no type",
    "entities: {a: {fields: {x: 'enum" + " " * 200_000 + "('}}}": "says nothing here",
    "title: " + "x" * 200_000: "at most 200 characters",
    "#" * MAX_BYTES: "larger than",
}


@pytest.mark.parametrize("yaml_text", FLOODS, ids=range(len(FLOODS)))
def test_a_flood_is_refused_at_once_in_few_short_lines(yaml_text: str) -> None:
    begun = time.process_time()
    found = problems(front(yaml_text, "# T"))
    assert time.process_time() - begun < 3
    assert FLOODS[yaml_text] in found[0]
    assert len(found) <= 101
    assert all(len(line) < 500 for line in found)


@pytest.mark.parametrize("name", shipped())
def test_the_yaml_reader_written_in_python_says_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where PyYAML was built without its C part."""
    fast = load(name)
    monkeypatch.setattr(front_matter, "_LOADER", yaml.SafeLoader)
    assert parse(text_of(name), f"{name}.md") == fast
    for text, said in SPOILT.items():
        assert problems(front(text))[0] == said


def taken_or_named(text: str) -> Brief | None:
    """The brief; `None` where it is refused in the right form."""
    found: Brief | tuple[str, ...]
    try:
        found = parse(text, "brief.md")
    except InputError as error:
        found = error.problems
    if isinstance(found, Brief):
        return found
    assert found
    assert all(line.startswith("brief.md:") and "\n" not in line for line in found)
    return None


KEYS = st.sampled_from(
    """title delivery_mode multi_tenant tenancy stack constraints entities screens rules criteria
    external_actions allow_gaps name fields type values required belongs_to many_to_many entity
    shows interactions latency_ms id text security deadline architecture incompatible_with kind
    target language database order client AC-1 BR-1 SEC-1""".split()
)
DATA = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), KEYS, st.sampled_from(
        ["money", "enum(a, b)", "text unique", "client.name", "deadline", "2027-01-31", "", "é"]
    )),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(KEYS, DATA, max_size=6))
def test_known_names_in_wrong_places_do_no_more_harm_either(data: dict[str, Any]) -> None:
    brief = taken_or_named(front(yaml.safe_dump(data, allow_unicode=True), "# T"))
    if brief:
        assert ddl(product(brief))
