"""The contract is valid, and keeps the standards that a document can keep."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from remit.agents.artifacts.openapi import contract, openapi
from remit.agents.artifacts.product import product
from remit.agents.artifacts.sites import present
from remit.state.brief import Brief
from remit.state.vocabulary import FlawKind, Stage
from tests.strategies import CLINIC, briefs, flaw, shipped

CLEAN = openapi(product(CLINIC), ())


def errors(document: dict[str, Any]) -> list[str]:
    # through JSON, because the validator must see what a reader of the file sees
    read = json.loads(json.dumps(document))
    return [error.message for error in OpenAPIV31SpecValidator(read).iter_errors()]


def each(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def resolve(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        found: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def body(document: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    content = resolve(document, response)["content"]["application/json"]
    return resolve(document, content["schema"])


@pytest.mark.parametrize("brief", shipped(), ids=lambda brief: brief.title[:12])
def test_is_valid_openapi_for_every_shipped_brief(brief: Brief) -> None:
    assert errors(contract(product(brief), (), "1.0.0")["openapi"]) == []


@settings(max_examples=15)
@given(brief=briefs())
def test_is_valid_openapi_for_any_brief(brief: Brief) -> None:
    document = openapi(product(brief), ())
    assert errors(document) == []
    ids = [operation["operationId"] for _, _, operation in each(document)]
    assert len(ids) == len(set(ids))


def test_the_validator_would_complain() -> None:
    assert errors({**CLEAN, "paths": {"/v1/x/{y}": {"get": {}}}})


def test_names_the_version_that_the_assignment_names() -> None:
    assert contract(product(CLINIC), (), "2.3.0")["openapi"]["info"]["version"] == "2.3.0"
    assert contract(product(CLINIC), (), "2.3.0")["version"] == "2.3.0"


def test_every_path_is_versioned() -> None:
    """BE-API-1."""
    assert all(path.startswith("/v1/") for path in CLEAN["paths"])


def test_every_answer_wears_the_envelope() -> None:
    """BE-API-2, BE-API-4."""
    for _, _, operation in each(CLEAN):
        for response in operation["responses"].values():
            shape = body(CLEAN, response)
            assert sorted(shape["required"]) == ["data", "error", "meta", "success"]


def test_every_list_is_paginated() -> None:
    """BE-API-5."""
    lists = [op for _, _, op in each(CLEAN) if op["x-kind"] in ("list", "search")]
    assert lists
    for operation in lists:
        names = {resolve(CLEAN, one)["name"] for one in operation["parameters"]}
        assert {"limit", "cursor"} <= names
        page = body(CLEAN, operation["responses"]["200"])
        assert "next_cursor" in resolve(CLEAN, page["properties"]["meta"])["required"]


def test_errors_have_code_and_message_and_nothing_internal() -> None:
    """BE-ERR-1, BE-ERR-2, BE-VAL-2."""
    error = CLEAN["components"]["schemas"]["Api_Error"]
    assert {"code", "message", "details"} == set(error["required"]) == set(error["properties"])
    assert error["additionalProperties"] is False


def test_every_operation_but_the_health_check_needs_a_token() -> None:
    """BE-AUTH-1, BE-PERF-4, BE-OBS-3."""
    for path, _, operation in each(CLEAN):
        if path == "/v1/health":
            assert operation["security"] == []
        else:
            assert operation["security"] == [{"bearer": []}]
            assert {"401", "403"} <= set(operation["responses"])
            assert operation["x-permission"]
        assert "429" in operation["responses"]


def test_a_client_never_sends_tenant_or_identity() -> None:
    """BE-VAL-3."""
    schemas = CLEAN["components"]["schemas"]
    sent = [schemas[name] for name in schemas if name.endswith(("_Create", "_Update"))]
    assert sent
    for shape in sent:
        assert not {"id", "tenant_id", "created_at"} & set(shape["properties"])
        assert shape["additionalProperties"] is False


def test_every_creation_takes_an_idempotency_key() -> None:
    """BE-FIN-4."""
    for _, method, operation in each(CLEAN):
        if method == "post":
            names = {resolve(CLEAN, one)["name"] for one in operation["parameters"]}
            assert "Idempotency-Key" in names


def test_a_slow_report_is_a_job() -> None:
    """BE-PERF-3."""
    report = CLEAN["paths"]["/v1/bookings/reports"]["post"]
    assert "202" in report["responses"]
    assert "/v1/bookings/reports/{report_id}" in CLEAN["paths"]


def test_schemas_accept_what_they_describe() -> None:
    shape = CLEAN["components"]["schemas"]["Booking_Create"]
    good = {
        "starts_at": "2030-01-01T10:00:00Z",
        "state": "asked",
        "fee": None,
        "patient_id": "6f1c2c86-6a4b-4c39-9a55-0d0b2f8f0a11",
    }
    validator = OAS31Validator(shape)
    assert not list(validator.iter_errors(good))
    for wrong in ({"state": "lost"}, {"tenant_id": "x"}, {"starts_at": None}):
        assert list(validator.iter_errors({**good, **wrong}))


def test_a_contract_gap_is_a_field_that_is_not_there() -> None:
    whole = product(CLINIC)
    sites = present(whole, {FlawKind.CONTRACT_GAP: flaw(FlawKind.CONTRACT_GAP, 2)})
    spoilt = openapi(whole, sites)
    assert sites[0].place == "contract: booking.patient.name"
    inner = spoilt["components"]["schemas"]["Booking"]["properties"]["patient"]
    right = CLEAN["components"]["schemas"]["Booking"]["properties"]["patient"]
    assert "name" in right["properties"]
    assert "name" not in inner["properties"]
    assert "name" not in inner["required"]
    assert errors(spoilt) == []


def test_a_security_flaw_of_the_contract_is_an_operation_without_security() -> None:
    """BE-AUTH-1."""
    whole = product(CLINIC)
    site = flaw(FlawKind.SECURITY_FLAW, 1, Stage.CONTRACT)
    sites = present(whole, {FlawKind.SECURITY_FLAW: site})
    spoilt = openapi(whole, sites)
    bare = [op["operationId"] for _, _, op in each(spoilt) if "security" not in op]
    assert bare == [sites[0].target[1]]
    assert all("security" in op for _, _, op in each(CLEAN))
    assert errors(spoilt) == []
