from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from capture.config import Settings
from capture.db import db
from capture.outbox.models import OutboxMessage
from tests.factories import every


@pytest.fixture
def broken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that fails as a database does: with what somebody typed in its message."""

    def fail() -> str:
        raise RuntimeError("duplicate key: ada@analytical.example")

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "landing.index", fail)


def test_a_missing_page_says_what_to_do(client: FlaskClient) -> None:
    answer = client.get("/there/is/nothing")

    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.get_data(as_text=True)
    assert "See what we offer" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/%00", "/guide%00", "/thanks/%00", "/%ff%fe", "/" + "x" * 5000, "/%E2%80%AE", "/a%0d%0ab"]
)
def test_an_address_of_odd_characters_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_broken_link_is_told_from_a_missing_page(client: FlaskClient) -> None:
    answer = client.get("/thanks/abc.def")

    assert answer.status_code == 404
    assert "This link is not complete" in answer.get_data(as_text=True)


def test_the_wrong_method_keeps_the_header_that_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.post("/about/privacy")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.usefixtures("broken")
def test_a_fault_shows_a_page_and_logs_its_place_but_nothing_that_was_typed(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = client.get("/")

    logged = "".join(capfd.readouterr())
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.get_data(as_text=True)
    assert "RuntimeError" in logged
    assert "fail:" in logged
    assert "ada@" not in logged + answer.get_data(as_text=True)


def test_programs_get_problem_documents(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nothing")

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert answer.json
    assert answer.json["status"] == 404
    assert answer.json["title"] == "Not Found"
    assert answer.json["detail"] == "There is no such address in the API. /api/ lists those that there are."
    assert "takes no such method" in client.post("/api/openapi.json").get_json()["detail"]


@pytest.mark.real_commits
def test_readiness_is_a_write_that_can_be_committed(client: FlaskClient) -> None:
    ready = client.get("/readyz")

    assert ready.status_code == 200
    assert every(OutboxMessage) == []


@pytest.mark.real_commits
def test_a_database_that_cannot_be_written_is_not_ready(app: Flask, client: FlaskClient) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE outbox_message RENAME TO elsewhere"))
    try:
        ready, alive = client.get("/readyz"), client.get("/healthz")
    finally:
        with db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO outbox_message"))

    assert (ready.status_code, alive.status_code) == (503, 200)


def test_metrics_are_for_who_has_the_token(
    app: Flask, client: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "lodestone", replace(settings, metrics_token="secret"))
    client.get("/about/privacy")

    given = client.get("/metrics", headers={"Authorization": "Bearer secret"}).get_data(as_text=True)
    refused = client.get("/metrics", headers={"Authorization": "Bearer guess"})

    assert 'lodestone_http_answers_total{method="GET",route="/about/privacy",status="200"}' in given
    assert refused.status_code == 404


def test_without_a_token_there_are_no_metrics(client: FlaskClient) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
