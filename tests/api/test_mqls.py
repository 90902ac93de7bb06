import csv
import io
import json
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from capture import clock
from capture.accounts import tokens
from capture.accounts.models import ApiToken
from capture.db import transaction
from capture.handoff import feed
from capture.web.security import limiter
from tests.factories import NOON, a_lead, a_token, an_mql, every

FEED = "/api/v1/mqls"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def fetched(client: FlaskClient, query: str = "", token: str = "", **headers: str) -> TestResponse:
    return client.get(f"{FEED}{query}", headers=bearer(token or a_token()) | headers)


def assert_is_problem(response: TestResponse, status: int) -> None:
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.get_json()["status"] == status
    assert response.get_json()["detail"]


def test_a_reader_gets_every_mql_once_oldest_first_while_new_ones_arrive(client: FlaskClient) -> None:
    made, token = [an_mql().public_id for _ in range(5)], a_token()

    read, cursor = [], ""
    for turn in range(4):
        page = fetched(client, f"?limit=2&after={cursor}", token).get_json()
        read += [row["mql_id"] for row in page["items"]]
        cursor = page["next"]
        if turn == 1:
            made.append(an_mql().public_id)

    assert read == made
    assert page["items"] == []
    assert (page["more"], page["next"]) == (False, cursor)
    assert fetched(client, f"?after={cursor}", token).get_json()["items"] == []


def test_the_same_cursor_gives_the_same_rows(client: FlaskClient) -> None:
    for _ in range(3):
        an_mql()

    pages = [fetched(client, "?limit=2").get_json() for _ in range(2)]

    assert pages[0] == pages[1]
    assert pages[0]["more"]


def test_the_next_page_stands_in_the_link_header_with_the_public_address(client: FlaskClient) -> None:
    for _ in range(3):
        an_mql()

    first = fetched(client, "?limit=2&format=ndjson", Host="evil.example")
    last = fetched(client, "?limit=2&after=MToy")

    assert first.headers["Link"] == ('<http://localhost:8000/api/v1/mqls?after=MToy&limit=2&format=ndjson>; rel="next"')
    assert "Link" not in last.headers
    assert last.headers["Lodestone-Next"] == "MToz"


@pytest.mark.parametrize(
    ("query", "accept", "media"),
    [
        ("", "*/*", "application/json"),
        ("", "text/html", "application/json"),
        ("", "application/x-ndjson", "application/x-ndjson; charset=utf-8"),
        ("?format=ndjson", "text/csv", "application/x-ndjson; charset=utf-8"),
        ("", "text/csv", "text/csv; charset=utf-8"),
        ("?format=csv", "*/*", "text/csv; charset=utf-8"),
    ],
)
def test_the_form_is_chosen_by_parameter_or_accept_header(
    client: FlaskClient, query: str, accept: str, media: str
) -> None:
    assert fetched(client, query, Accept=accept).content_type == media


def test_all_three_forms_tell_the_same(client: FlaskClient) -> None:
    for _ in range(3):
        an_mql(a_lead(name="Zoë “Zed” Ångström, Dr"))
    token = a_token()

    as_json = fetched(client, "", token).get_json()["items"]
    as_lines = [json.loads(line) for line in fetched(client, "?format=ndjson", token).text.splitlines()]
    as_csv = list(csv.DictReader(io.StringIO(fetched(client, "?format=csv", token).text, newline="")))

    assert as_json == as_lines
    assert [row["name"] for row in as_csv] == [row["person"]["name"] for row in as_json]
    assert [row["cursor"] for row in as_csv] == [row["cursor"] for row in as_json]


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_the_whole_feed_comes_as_a_stream_whose_last_line_says_how_many_rows_there_were(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(feed, "_WINDOW", 2)
    first, *others = [an_mql().public_id for _ in range(6)]
    token = a_token()
    behind = fetched(client, "?limit=1", token).headers["Lodestone-Next"]

    answer = fetched(client, f"?limit=all&format={form}&after={behind}", token)

    assert answer.is_streamed
    lines = answer.text.splitlines()
    rows = [json.loads(line) for line in lines] if form == "ndjson" else list(csv.DictReader(lines))
    assert [row["mql_id"] for row in rows[:-1]] == others
    assert first not in answer.text
    assert (answer.headers["Lodestone-Rows"], rows[-1]["event"]) == ("5", "feed.end")
    assert rows[-1]["cursor"] == answer.headers["Lodestone-Next"] == rows[-2]["cursor"]
    assert (rows[-1]["rows"] if form == "ndjson" else rows[-1]["what"]) == (5 if form == "ndjson" else "5 rows")


def test_a_csv_for_people_is_safe_and_one_for_machines_raw(client: FlaskClient) -> None:
    an_mql(a_lead(name="=1+1", phone="+4930123"))

    people = fetched(client, "?format=csv&for=people")
    machines = fetched(client, "?format=csv")

    assert people.text.startswith("\ufeff")
    assert "'=1+1" in people.text
    assert people.headers["Content-Disposition"] == 'attachment; filename="mqls.csv"'
    assert ",=1+1," in machines.text
    assert ",+4930123," in machines.text


def test_without_a_token_there_is_a_challenge(client: FlaskClient) -> None:
    response = client.get(FEED)

    assert_is_problem(response, 401)
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="lodestone"'


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic YTpi", "bearer \x7f\xff", "Bearer " + "x" * 9000])
def test_a_token_that_is_none_opens_nothing(client: FlaskClient, header: str) -> None:
    a_token()

    assert_is_problem(client.get(FEED, headers={"Authorization": header}), 401)


def test_a_revoked_token_opens_nothing_from_that_moment(client: FlaskClient) -> None:
    token = a_token()
    assert fetched(client, "", token).status_code == 200

    with transaction():
        tokens.revoke(every(ApiToken)[0].public_id, at=NOON)

    response = fetched(client, "", token)
    assert_is_problem(response, 401)
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_a_token_without_the_scope_is_told_so(client: FlaskClient) -> None:
    token = a_token()
    with transaction() as writing:
        writing.get_one(ApiToken, every(ApiToken)[0].id).scope = "reports:read"

    response = fetched(client, "", token)

    assert_is_problem(response, 403)
    assert 'error="insufficient_scope", scope="mqls:read"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?after=nonsense", "after"),
        ("?after=MTo5", "after"),
        ("?after=%00%ff", "after"),
        ("?limit=0", "limit"),
        ("?limit=1001", "limit"),
        ("?limit=-1", "limit"),
        ("?limit=ten", "limit"),
        ("?limit=all", "limit"),
        ("?limit=%D9%A3", "limit"),
        ("?format=xml", "format"),
        ("?for=dogs", "for"),
        ("?for=people", "for"),
        ("?afterr=MTo2NQ&limit=1", "afterr"),
        ("?After=MTox", "After"),
        (f"?{'x' * 200}=1", "x" * 100),
    ],
)
def test_a_parameter_that_means_nothing_is_named(client: FlaskClient, query: str, parameter: str) -> None:
    response = fetched(client, query)

    assert_is_problem(response, 422)
    assert response.get_json()["parameter"] == parameter


def test_a_misspelt_parameter_is_answered_with_those_that_there_are(client: FlaskClient) -> None:
    detail = fetched(client, "?afterr=MTo2NQ").get_json()["detail"]

    assert detail == "afterr: is no parameter of this address; those known are after, limit, format, for"


@pytest.mark.parametrize("path", ["/api/v1/cursor?after=MTox", "/api/openapi.json?after=MTox"])
def test_what_has_no_parameters_refuses_every_one(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers=bearer(a_token()))

    assert_is_problem(response, 422)
    assert response.get_json()["detail"] == "after: is no parameter of this address; there are none here"


def test_an_empty_feed_gives_a_cursor_to_come_back_with(client: FlaskClient) -> None:
    page = fetched(client).get_json()

    assert page["items"] == []
    assert fetched(client, f"?after={page['next']}").status_code == 200


def test_too_many_requests_are_told_when_to_come_back(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    token, other = a_token(), a_token()

    statuses = [fetched(client, "?limit=0", token).status_code for _ in range(120)]  # a refused one counts as well
    response = fetched(client, "", token)

    assert set(statuses) == {422}
    assert_is_problem(response, 429)
    assert int(response.headers["Retry-After"]) >= 1
    assert fetched(client, "", other).status_code == 200
    limiter.reset()


def test_the_last_use_of_a_token_is_kept_once_a_minute(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    token = a_token()

    def used_at(at: datetime) -> datetime | None:
        monkeypatch.setattr(clock, "now", lambda: at)
        fetched(client, "", token)
        return every(ApiToken)[0].last_used_at

    assert used_at(NOON) == NOON
    assert used_at(NOON + timedelta(seconds=59)) == NOON
    assert used_at(NOON + timedelta(seconds=60)) == NOON + timedelta(seconds=60)


def test_answers_are_never_kept_by_caches(client: FlaskClient) -> None:
    assert fetched(client).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/api/v2", "/api/v2/mqls", "/api/v1/mqls/1"])
def test_an_unknown_address_is_a_problem_document_too(client: FlaskClient, path: str) -> None:
    assert_is_problem(client.get(path), 404)


def test_a_method_that_is_not_offered_is_a_problem_document_too(client: FlaskClient) -> None:
    assert_is_problem(client.post(FEED), 405)
