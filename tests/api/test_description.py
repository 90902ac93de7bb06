"""The description of the API is true."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from sqlalchemy import text

from capture.db import db, is_sqlite
from tests.api.test_mqls import FEED, bearer
from tests.factories import a_token, an_mql
from tests.stages.test_feed_rows import a_full_lead


def described(client: FlaskClient) -> Mapping[str, dict]:
    return client.get("/api/openapi.json").get_json()


def schema(description: Mapping[str, dict], name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}", "components": description["components"]}


def test_it_is_openapi(client: FlaskClient) -> None:
    validate(described(client))


def test_it_names_every_route_and_method(app: Flask, client: FlaskClient) -> None:
    offered = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    told = {(path, method) for path, methods in described(client)["paths"].items() for method in methods}

    assert told == offered


def test_every_thing_and_every_member_of_it_is_described_in_words(client: FlaskClient) -> None:
    schemas = described(client)["components"]["schemas"]
    told = {name: thing.get("description", "") for name, thing in schemas.items()} | {
        f"{name}.{member}": inner.get("description", "")
        for name, thing in schemas.items()
        for member, inner in thing["properties"].items()
    }

    assert len(told) > 100
    assert [name for name, words in told.items() if not words] == []
    assert [name for name, words in told.items() if not re.match(r"[A-Z1`][\w`]*[ ,:]", words)] == []
    page = client.get("/api/").text
    assert "<td></td>" not in page
    assert "None" not in page
    assert "duplicate; or null" in page


def test_members_are_described_in_the_words_of_the_guide(client: FlaskClient) -> None:
    schemas = described(client)["components"]["schemas"]
    guide = (Path(__file__).parents[2] / "docs/sales-feed.md").read_text()
    of_rows = guide.partition("## Members of a row")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^\| `([^`.]+|person[.][^`]+|consent[.][^`]+)` \| (.+) \|$", of_rows, re.MULTILINE))
    of = {"": "FeedRow", "person": "Person", "consent": "Permissions"}

    for path, words in told.items():
        thing, _, member = path.rpartition(".")
        assert schemas[of[thing]]["properties"][member]["description"] == words, path


def test_what_is_answered_is_what_was_described(client: FlaskClient) -> None:
    an_mql(a_full_lead(), hand_raised=False)
    an_mql()
    description = described(client)

    page = client.get(FEED, headers=bearer(a_token())).get_json()

    Draft202012Validator(schema(description, "FeedPage")).validate(page)
    assert not Draft202012Validator(schema(description, "FeedPage")).is_valid(page | {"surprise": 1})
    assert set(description["components"]["schemas"]["FeedRow"]["properties"]) == set(page["items"][0])


@pytest.mark.parametrize(
    ("query", "authorization", "status"),
    [("", "", 401), ("", "Bearer wrong", 401), ("?limit=0", "good", 422), ("?after=x", "good", 422)],
)
def test_every_refusal_is_described(client: FlaskClient, query: str, authorization: str, status: int) -> None:
    headers = bearer(a_token()) if authorization == "good" else {"Authorization": authorization}
    description = described(client)

    response = client.get(FEED + query, headers=headers)

    told = description["paths"][FEED]["get"]["responses"][str(status)]
    assert response.status_code == status
    assert response.content_type in told["content"]
    assert set(told.get("headers", {})) <= set(response.headers.keys())
    Draft202012Validator(schema(description, "Problem")).validate(response.get_json())


@pytest.fixture
def read_only(app: Flask) -> Iterator[None]:
    """A database that can be read and not written, as one is whose disk has failed."""
    db.session.execute(text("PRAGMA query_only = 1" if is_sqlite() else "SET TRANSACTION READ ONLY"))
    db.session.commit()
    yield
    if is_sqlite():
        db.session.execute(text("PRAGMA query_only = 0"))


@pytest.mark.parametrize("operation_id", ["listMqls", "disposeMql", "keptCursor", "acknowledge"])
def test_that_nothing_can_be_saved_is_described(
    client: FlaskClient, request: pytest.FixtureRequest, operation_id: str
) -> None:
    mql, headers = an_mql().public_id, bearer(a_token("mqls:read mqls:write"))
    description = described(client)
    [(path, method, operation)] = [
        (path, method, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if operation["operationId"] == operation_id
    ]
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    request.getfixturevalue("read_only")

    response = client.open(path.format(mql_id=mql), method=method.upper(), json=sent, headers=headers)

    told = operation["responses"]["503"]
    assert response.status_code == 503
    assert response.content_type in told["content"]
    assert set(told["headers"]) <= set(response.headers.keys())
    Draft202012Validator(schema(description, "Problem")).validate(response.get_json())
