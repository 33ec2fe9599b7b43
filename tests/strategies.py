"""Briefs to test with: two written out, and any that hypothesis can think of."""

from typing import get_args

from hypothesis import strategies as st

from remit.state.brief import (
    Brief,
    Constraints,
    Criterion,
    Entity,
    EntityField,
    FieldType,
    Interaction,
    Rule,
    Screen,
    SecurityRequirement,
)
from remit.state.report import Flaw
from remit.state.vocabulary import FlawKind, FlawState, Stage

CLINIC = Brief(
    title="Clinic bookings",
    multi_tenant=True,
    constraints=Constraints(
        security=(
            SecurityRequirement(
                id="SEC-1", text="audit every read of notes", incompatible_with=("latency:diary",)
            ),
        ),
        cost_usd_month=150,
    ),
    entities=(
        Entity(
            name="patient",
            fields=(
                EntityField(name="name"),
                EntityField(name="notes", type="text", required=False, sensitive=True),
                EntityField(name="email", type="email", unique=True),
            ),
        ),
        Entity(
            name="booking",
            fields=(
                EntityField(name="starts_at", type="datetime"),
                EntityField(name="state", type="enum", values=("asked", "booked", "done")),
                EntityField(name="fee", type="money", required=False),
            ),
            belongs_to=("patient",),
            many_to_many=("room",),
        ),
        Entity(name="room", fields=(EntityField(name="number", type="integer"),)),
    ),
    screens=(
        Screen(
            name="diary",
            entity="booking",
            shows=("starts_at", "state", "patient.name"),
            interactions=("list", "read", "create", "update", "delete", "search"),
            latency_ms=200,
        ),
        Screen(name="takings", entity="booking", shows=("fee",), interactions=("report",),
               latency_ms=2_000),
        Screen(name="patients", entity="patient", shows=("name", "email"),
               interactions=("list", "read", "create")),
    ),
    rules=(Rule(id="BR-1", text="A room has one booking at a time.", entity="booking"),),
    criteria=(Criterion(id="AC-1", text="A patient is found by name.", entity="patient"),),
)  # fmt: skip
PROSE = Brief(title="Build a shop!", prose="Sell things.")
GAPPED = CLINIC.model_copy(
    update={
        "allow_gaps": True,
        "screens": (
            Screen(name="diary", entity="booking", shows=("state", "patient.nickname", "hue")),
        ),
    }
)

_NAMES = st.one_of(
    st.sampled_from(
        "order user group tenant report health api_error a a_b a__b status bus box city day id "
        "report_job order_user name select index tenants".split()
    ),
    st.from_regex(r"[a-z][a-z0-9_]{0,11}", fullmatch=True),
    st.sampled_from(["x" * 63, "x" * 62 + "y"]),
)
_TYPES: st.SearchStrategy[FieldType] = st.sampled_from(get_args(FieldType))
_VERBS: st.SearchStrategy[Interaction] = st.sampled_from(get_args(Interaction))


@st.composite
def fields(draw: st.DrawFn) -> EntityField:
    kind = draw(_TYPES)
    values = draw(st.lists(_NAMES, max_size=3)) if kind == "enum" else []
    return EntityField(
        name=draw(_NAMES),
        type=kind,
        required=draw(st.booleans()),
        unique=draw(st.booleans()),
        sensitive=draw(st.booleans()),
        values=tuple(values),
    )


def _name(screen: Screen) -> str:
    return screen.name


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    names = draw(st.lists(_NAMES, max_size=4, unique=True))
    some = st.lists(st.sampled_from(names), max_size=3) if names else st.just([])
    entities = tuple(
        Entity(
            name=name,
            fields=tuple(draw(st.lists(fields(), max_size=3))),
            belongs_to=tuple(draw(some)),
            many_to_many=tuple(draw(some)),
            tenant_scoped=draw(st.booleans()),
        )
        for name in names
    )
    return Brief(
        title=draw(st.text(min_size=1, max_size=30)),
        multi_tenant=draw(st.booleans()),
        tenancy=draw(st.sampled_from([None, "shared_schema", "schema_per_tenant"])),
        entities=entities,
        screens=tuple(draw(st.lists(screens(names), max_size=3, unique_by=_name))) if names else (),
        rules=tuple(Rule(id=f"BR-{n}", text="r") for n in range(draw(st.integers(0, 2)))),
        allow_gaps=True,
    )


@st.composite
def screens(draw: st.DrawFn, names: list[str]) -> Screen:
    shown = st.one_of(_NAMES, st.tuples(st.sampled_from(names), _NAMES).map(".".join))
    return Screen(
        name=draw(_NAMES),
        entity=draw(st.sampled_from(names)),
        shows=tuple(draw(st.lists(shown, max_size=3))),
        interactions=tuple(draw(st.lists(_VERBS, max_size=5))),
        latency_ms=draw(st.integers(1, 3_000)),
    )


def shipped() -> tuple[Brief, ...]:
    """The briefs written out here."""
    return (CLINIC, PROSE, GAPPED)


STAGES = {
    FlawKind.REQUIREMENT_GAP: Stage.REQUIREMENTS,
    FlawKind.CONTRACT_GAP: Stage.CONTRACT,
    FlawKind.SECURITY_FLAW: Stage.BUILD,
    FlawKind.BACKEND_BUG: Stage.BUILD,
    FlawKind.FRONTEND_BUG: Stage.BUILD,
}


def flaw(kind: FlawKind, site: int = 0, made_at: Stage | None = None,
         state: FlawState = FlawState.HIDDEN) -> Flaw:  # fmt: skip
    return Flaw(state=state, made_at=made_at or STAGES[kind], site=site)
