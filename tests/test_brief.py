"""Briefs: what a product manager may write, what is filled in and said, and what is refused."""

import textwrap
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given

from remit.agents.artifacts.ddl import ddl
from remit.agents.artifacts.product import product
from remit.agents.behaviour import load as load_behaviour
from remit.agents.team import simulated
from remit.graph.clerk import MemoryClerk, standing
from remit.graph.course import Course
from remit.graph.fold import begin
from remit.graph.loop import run_loop
from remit.graph.order import Order
from remit.graph.session import Session
from remit.state import brief_text
from remit.state.brief import Brief, Constraints, Criterion, Entity, EntityField, Screen
from remit.state.brief_text import load, parse, shipped, text_of
from remit.state.errors import InputError
from remit.state.policy import load as load_policy
from remit.state.silence import identifier, title_of
from remit.state.vocabulary import Outcome, Seat, Stage
from tests import strategies
from tests.brief_texts import CLIENT, SHOP, front, problems, read


def written(brief: Brief) -> str:
    """A brief in the long form, prose below."""
    data = brief.model_dump(mode="json", exclude={"prose", "assumed"}, exclude_none=True)
    return front(yaml.safe_dump(data, allow_unicode=True), brief.prose)


def run(brief: Brief, behaviour: str, seed: int = 0) -> Course:
    team = load_behaviour(behaviour)
    order = Order(brief=brief, policy=load_policy("balanced"), behaviour=team, seed=seed)
    manifest = order.manifest()
    course = begin(manifest)
    run_loop(
        Session(
            course=course, team=simulated(team), brief=brief, seed=seed, clerk=MemoryClerk(),
            manifest_json=manifest.to_json(),
        )
    )  # fmt: skip
    return course


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_brief_leaves_nothing_to_be_assumed(name: str) -> None:
    """BE-IN-1, BE-IN-2, BE-IN-4, BE-IN-5: stack, mode, architecture, security, cost are there."""
    brief = load(name)
    assert brief.assumed == ()
    assert 3 <= len(brief.entities) <= 12
    assert brief.stack is not None
    assert {"language", "database", "auth", "infra"} <= brief.stack.keys()
    limits = brief.constraints
    assert limits.security
    assert limits.architecture
    assert limits.cost_usd_month
    assert "latency_ms" in text_of(name)
    assert all("latency_ms" in screen.model_fields_set for screen in brief.screens)
    assert {screen.entity for screen in brief.screens} <= {one.name for one in brief.entities}
    assert len(brief.prose.split()) > 150


def test_the_shipped_briefs_differ_where_runs_differ() -> None:
    """The default can ship unattended; the two others end at a person who approves (PUB-10)."""
    invoicing, clinic, publishing = (load(name) for name in shipped())
    assert invoicing.multi_tenant
    assert not invoicing.external_actions
    assert not clinic.multi_tenant
    assert any(field.sensitive for one in clinic.entities for field in one.fields)
    assert [action.kind for action in clinic.external_actions] == ["email"]
    assert (publishing.delivery_mode, publishing.tenancy) == ("scale", "schema_per_tenant")
    assert [action.kind for action in publishing.external_actions] == ["deploy"]


@pytest.mark.parametrize("name", shipped())
def test_a_perfect_team_ships_a_shipped_brief_without_a_question(name: str) -> None:
    """PUB-8, BE-IN-0: no input is missing, so nobody has to ask; PUB-10: only the release waits."""
    brief = load(name)
    course = run(brief, "perfect")
    release = bool(brief.external_actions)
    assert standing(course)[0] is Outcome.SHIPPED
    assert len(course.handoffs) == 13 + release
    asked = [row.to for row in course.handoffs if row.stage in (Stage.ARBITRATION, Stage.HUMAN)]
    assert asked == []
    assert [row.to for row in course.handoffs].count(Seat.HUMAN) == release


@pytest.mark.parametrize("behaviour", ["typical", "worst"])
@pytest.mark.parametrize("name", shipped())
def test_every_team_comes_to_an_end_with_a_shipped_brief(name: str, behaviour: str) -> None:
    assert all(run(load(name), behaviour, seed).ended for seed in range(2))


@pytest.mark.parametrize("name", shipped())
def test_the_long_form_says_the_same_as_the_short_one(name: str) -> None:
    brief = load(name)
    assert parse(written(brief), "long.md") == brief


def test_a_brief_is_written_in_short_forms() -> None:
    brief = read(SHOP, "Sell things.")
    assert brief.entities == (
        Entity(
            name="client",
            fields=(
                EntityField(name="name"),
                EntityField(name="email", type="email", unique=True, sensitive=True),
            ),
        ),
        Entity(
            name="sale",
            fields=(
                EntityField(name="amount", type="money"),
                EntityField(name="state", type="enum", values=("open", "paid")),
            ),
            belongs_to=("client",),
        ),
    )
    assert brief.screens == (
        Screen(
            name="till", entity="sale", shows=("amount", "client.name"),
            interactions=("list", "create"), latency_ms=200,
        ),
    )  # fmt: skip
    assert brief.prose == "Sell things."


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("fields: {a: text optional}", "fields: [{name: a, type: text, required: false}]"),
        ("fields: {a: text optional}", "fields: {a: {type: text, required: no}}"),
        ("fields: {a: }", "fields: [a]"),
        ("fields: {a: string}", "fields: [a: string]"),
        (
            "fields: {a: 'enum(x,y) unique'}",
            "fields: {a: {type: enum, values: [x, y], unique: yes}}",
        ),
        ("fields: {a: date required}", "fields: {a: {type: date, required: 'true'}}"),
        ("belongs_to: one, fields: [a]", "belongs_to: [one], fields: [a]"),
        ("many_to_many: 'one, it', fields: [a]", "many_to_many: [one, it], fields: [a]"),
    ],
)
def test_an_entity_may_be_written_either_way(short: str, long: str) -> None:
    texts = [
        f"title: T\nentities: {{one: {{fields: [b]}}, it: {{{form}}}}}" for form in (short, long)
    ]
    assert read(texts[0]) == read(texts[1])


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("criteria: {AC-1: It works.}", "criteria: [{id: AC-1, text: It works.}]"),
        ("criteria: [AC-1: It works.]", "criteria: {AC-1: {text: It works., priority: must}}"),
        ("rules: {BR-7: So it is.}", "rules:\n- id: BR-7\n  text: >\n    So it\n    is."),
        ("stack: {database: SQLite 3}", "stack: {database: [SQLite 3]}"),
        ("external_actions: {deploy: there}", "external_actions: [{kind: deploy, target: there}]"),
        ("constraints: {security: {SEC-1: x}}", "constraints: {security: [{id: SEC-1, text: x}]}"),
        ("constraints: {architecture: one, two}", 'constraints: {architecture: ["one", two]}'),
        ("constraints: {deadline: 2027-01-31}", "constraints: {deadline: '2027-01-31'}"),
        ("multi_tenant: on\ntenancy: shared_schema", "multi_tenant: TRUE\ntenancy: shared_schema"),
        ("delivery_mode: scale\nstack:", "delivery_mode: 'scale'"),
    ],
)
def test_everything_else_may_be_written_either_way(short: str, long: str) -> None:
    if "architecture" in short:
        short = short.replace("one, two", "[one, two]")
    assert read(f"title: T\n{short}\n{CLIENT}") == read(f"title: T\n{long}\n{CLIENT}")


def test_the_example_of_the_documentation_is_a_brief() -> None:
    """Every field of the model is in it but those that the reader fills in."""
    example = (brief_text.__doc__ or "").split("\n\n")[1]
    brief = parse(textwrap.dedent(example), "example.md")
    assert brief.model_fields_set == set(Brief.model_fields)
    assert brief.assumed == ()
    assert (brief.prose, len(brief.entities)) == ("Everything below is prose.", 2)


def test_words_that_other_yaml_readers_turn_into_something_else_stay_text() -> None:
    brief = read(f"title: 1:30\nrules: {{BR-1: no, BR-2: 2027-01-01, BR-3: 0x10}}\n{CLIENT}")
    assert brief.title == "1:30"
    assert [rule.text for rule in brief.rules] == ["no", "2027-01-01", "0x10"]


@pytest.mark.parametrize(
    ("prose", "title"),
    [
        ("build a clinic booking app", "build a clinic booking app"),
        ("# **Clinic** _bookings_\n\nMore.", "Clinic bookings"),
        ("\n\n> 1. A `diary` for [us](http://example.org)\n", "1. A diary for us"),
        ("---------\nSecond line", "Second line"),
        ("- Réservations médicales", "Réservations médicales"),
        ("x" * 100, "x" * 79 + "…"),
        ("***", ""),
    ],
)
def test_the_first_line_of_prose_is_the_title_without_its_marks(prose: str, title: str) -> None:
    assert title_of(prose) == title


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("build a clinic booking app", "clinic_booking"),
        ("Order", "order_item"),
        ("Tenant", "tenant_item"),
        ("Réservations médicales", "reservations_medicales"),
        ("予約", "item"),
        ("42", "item"),
        ("the app", "item"),
        ("sqlite_browser for all my old files", "sqlite_browser_all_item"),
    ],
)
def test_an_entity_is_named_after_the_title(title: str, name: str) -> None:
    assert identifier(title) == name


def test_prose_alone_stands_in_one_entity_and_says_so() -> None:
    brief = load("build a clinic booking app")
    assert brief.title == brief.prose == "build a clinic booking app"
    (entity,), (screen,), (criterion,) = brief.entities, brief.screens, brief.criteria
    assert entity.name == screen.entity == criterion.entity == "clinic_booking"
    assert screen.interactions == ("list", "read", "create", "update")
    assert brief.constraints == Constraints()
    assert brief.stack is None
    said = [line.partition(":")[0] for line in brief.assumed]
    assert said == ["delivery mode", "stack", "entities", "screens", "criteria"]
    assert "clinic_booking" in brief.assumed[2]


def test_a_title_alone_is_a_brief_and_a_heading_is_a_title() -> None:
    assert read("title: Diary").title == "Diary"
    assert read("delivery_mode: mvp", "# The diary\n\nText").title == "The diary"
    assert problems(front("delivery_mode: mvp", "Text without a heading")) == (
        "brief.md:1: title: missing; add `title: …`, or a first heading `# …`",
    )


def test_what_is_filled_in_is_said() -> None:
    brief = read("title: T\nentities: {a: {belongs_to: b}, b: {belongs_to: a}}")
    assert brief.screens == ()
    said = [line.partition(":")[0] for line in brief.assumed]
    assert said == ["delivery mode", "stack", "screens", "fields", "entities"]
    assert "circle" in brief.assumed[4]
    assert brief.entities[0].fields == (EntityField(name="name"),)


def test_a_circle_of_references_and_one_to_itself_can_be_built() -> None:
    brief = read(
        "title: T\n"
        "entities: {a: {fields: [x], belongs_to: [a, b]}, b: {fields: [y], belongs_to: a}}"
    )
    assert ddl(product(brief)).count("CREATE TABLE") == 2


@pytest.mark.parametrize(
    ("mode", "written_out", "tenancy"),
    [
        ("mvp", "", "shared_schema"),
        ("mvp", "tenancy: database_per_tenant", "database_per_tenant"),
        ("scale", "tenancy: schema_per_tenant", "schema_per_tenant"),
        ("scale", "", None),
    ],
)
def test_an_mvp_with_tenants_shares_the_schema_unless_told_otherwise(
    mode: str, written_out: str, tenancy: str | None
) -> None:
    """BE-AUTH-2; at scale an unset tenancy stays unset, for BE-ESC-3 to raise."""
    brief = read(f"title: T\ndelivery_mode: {mode}\nmulti_tenant: true\n{written_out}\n{CLIENT}")
    assert brief.tenancy == tenancy
    assert any("BE-AUTH-2" in line for line in brief.assumed) == (mode == "mvp" and not written_out)


def test_a_screen_may_show_what_every_row_has_and_what_it_refers_to() -> None:
    shown = ("id", "created_at", "updated_at", "client_id", "client.id")
    (screen,) = read(SHOP.replace("amount, client.name", ", ".join(shown))).screens
    assert screen.shows == shown


def test_a_field_that_no_entity_has_is_a_gap_where_gaps_are_allowed() -> None:
    text = SHOP.replace("amount, client.name", "amount, hue, client.nickname")
    assert len(problems(front(text))) == 2
    brief = read(f"allow_gaps: true\n{text}")
    assert product(brief).gaps == (("sale", "hue"), ("client", "nickname"))
    assert len(problems(front(f"allow_gaps: true\n{text.replace('client.n', 'shop.n')}"))) == 1


@pytest.mark.parametrize("prose", ["[" * 240_000, "*" * 240_000, "a_" * 120_000, "[a](" * 60_000])
def test_a_title_is_found_at_once_in_any_prose(prose: str) -> None:
    begun = time.process_time()
    assert len(title_of(prose)) <= 80
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("invoicng", "brief: there is no 'invoicng'; did you mean 'invoicing'?; or name a file"),
        ("zzz", "brief: there is no 'zzz'; known: invoicing, clinic, publishing; or name a file"),
        ("  ", "brief: is empty; say what to build, or name a file"),
        ("shop.md", "shop.md: there is no such file"),
        ("my shop.MD", "my shop.MD: there is no such file"),
        ("notes/shop", "notes/shop: there is no such file"),
        ("/nowhere/my shop", "/nowhere/my shop: there is no such file"),
        ("../shop", "../shop: there is no such file"),
        ("a\0b", "brief: there is no 'a\\x00b'"),
        ("build\0 a thing", "brief:1: holds the control character"),
        ("x" * 5_000, "brief: there is no 'xxx"),
        ("build \udcff it", "brief: character 6 is half a character"),
    ],
)
def test_what_is_neither_a_brief_nor_a_file_is_said_in_one_line(source: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load(source)
    (problem,) = caught.value.problems
    assert problem.startswith(said)
    assert len(problem) < 300


@pytest.mark.parametrize(
    "words", ["build an A/B test tool", "a shop", "# Shop\n\nSell.", "two words"]
)
def test_several_words_are_prose(words: str) -> None:
    assert load(words).prose == words


def test_a_brief_is_read_from_a_file_whatever_its_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "my shop"
    path.write_bytes(b"\xef\xbb\xbf" + front(SHOP, "Two\nlines").replace("\n", "\r\n").encode())
    assert load(path) == load(str(path)) == read(SHOP, "Two\nlines")


def test_a_folder_is_no_brief(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        load(str(tmp_path))


def test_only_shipped_briefs_have_a_shipped_text() -> None:
    with pytest.raises(InputError, match="did you mean 'clinic'"):
        text_of("../clinic")


@given(strategies.briefs())
def test_a_brief_that_is_taken_is_taken_whole(brief: Brief) -> None:
    """Whatever is accepted, in the long form, is what was written, and can be built."""
    try:
        again = parse(written(brief), "brief.md")
    except InputError:
        return
    kept = {"title": " ".join(brief.title.split()), "multi_tenant": brief.multi_tenant}
    assert again.model_dump(include=set(kept)) == kept
    if brief.entities:
        assert [one.name for one in again.entities] == [one.name for one in brief.entities]
        fields = [one.fields or (EntityField(name="name"),) for one in brief.entities]
        assert [one.fields for one in again.entities] == fields
        assert again.screens == brief.screens
    assert ddl(product(again))


def test_criteria_keep_their_ids() -> None:
    """BE-COL-1: tests cite criteria by id."""
    brief = read(f"title: T\ncriteria: {{AC-3: three, AC-1: one}}\n{CLIENT}")
    assert brief.criteria == (Criterion(id="AC-3", text="three"), Criterion(id="AC-1", text="one"))
