"""Requests of every shape that the description allows, and many that it does not: never a fault, never a surprise."""

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from capture.db import db
from tests.api.test_mqls import FEED, assert_is_problem, bearer
from tests.factories import a_token, an_mql

EXAMPLES = 25
OPERATIONS = ["listMqls", "disposeMql", "keptCursor", "acknowledge", "describe", "read"]
BOTH = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NO_JSON = [b"", b"{", b"[" * 1000, b'{"outcome":' * 10_000, b"[" * 5000 + b"]" * 5000, b"9" * 5000, b"NaN", b"\xff"]


@pytest.mark.parametrize("body", NO_JSON, ids=lambda body: repr(body[:12]))
def test_a_body_that_cannot_be_read_is_refused_in_words(app: Flask, body: bytes) -> None:
    client, path = app.test_client(), f"{FEED}/{an_mql().public_id}/disposition"
    headers = bearer(a_token("mqls:read mqls:write"))

    told = client.post(path, data=body, headers=headers, content_type="application/json")
    kept = client.put("/api/v1/cursor", data=body, headers=headers, content_type="application/json")

    for answer in (told, kept):
        assert_is_problem(answer, 422)
        assert answer.get_json()["detail"] == "body: send a JSON object, with Content-Type: application/json"


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_no_request_meets_a_fault_or_an_answer_that_is_not_described(app: Flask, operation_id: str) -> None:
    mql, token = an_mql().public_id, a_token("mqls:read mqls:write")
    one = _described(app, operation_id)

    @settings(max_examples=EXAMPLES, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from(BOTH))
        case = data.draw(one.as_strategy(generation_mode=mode))
        if "mql_id" in case.path_parameters and data.draw(st.booleans()):
            case.path_parameters["mql_id"] = mql
        _hold(case, token)

    holds()


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_no_bound_of_what_is_described_meets_a_fault_or_an_answer_that_is_not(app: Flask, operation_id: str) -> None:
    """Each bound and each way of breaking it, one by one: what a draw by lot may miss."""
    mql, token = an_mql().public_id, a_token("mqls:read mqls:write")
    one = _described(app, operation_id)

    cases = list(one.schema.iter_coverage_cases(one, generation_modes=BOTH, generation_config=GenerationConfig()))

    offered = [case for case in cases if case.method == one.method.upper()]  # another method is none that is described
    assert offered
    for case in offered:
        if "mql_id" in case.path_parameters:
            case.path_parameters["mql_id"] = mql
        _hold(case, token)


def _described(app: Flask, operation_id: str) -> APIOperation:
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    described.location = None  # else it leaves out the operation that it was read from
    found = [operation.ok() for operation in described.get_all_operations() if isinstance(operation, Ok)]
    [one] = [each for each in found if each.definition.raw["operationId"] == operation_id]
    return one


def _hold(case: Case, token: str) -> None:
    """The answer to it is one that is described."""
    case.headers["Authorization"] = bearer(token)["Authorization"]
    db.session.remove()
    case.validate_response(case.call(), checks=CHECKS)
