"""What programs tell: dispositions, once under a key; and the cursor that they keep here."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from capture.accounts.models import ApiToken, AuditEntry
from capture.config import Settings
from capture.handoff.models import Disposition, Mql, Source
from capture.journey import merging
from capture.leads.models import Lead
from tests.api.test_description import described, schema
from tests.api.test_mqls import FEED, assert_is_problem, bearer, fetched
from tests.factories import NOON, a_lead, a_token, an_mql, every

CURSOR = "/api/v1/cursor"


@pytest.fixture
def token(client: FlaskClient) -> str:
    """A token of a CRM that reads and answers."""
    return a_token("mqls:read mqls:write")


def told(client: FlaskClient, mql: Mql, token: str, key: str = "", **decision: object) -> TestResponse:
    headers = bearer(token) | ({"Idempotency-Key": key} if key else {})
    return client.post(f"{FEED}/{mql.public_id}/disposition", json=decision, headers=headers)


def test_a_disposition_is_recorded_with_the_token_that_told_it(client: FlaskClient, token: str) -> None:
    mql = an_mql()

    answer = told(client, mql, token, outcome="won", value=1_250_000, currency="EUR", crm_id="006-17")

    assert answer.status_code == 200
    Draft202012Validator(schema(described(client), "Decided")).validate(answer.get_json())
    assert answer.get_json()["mql_id"] == mql.public_id
    [row] = every(Disposition)
    assert (row.source, row.actor[:6], row.value, row.crm_id) == (Source.API, "token:", 1_250_000, "006-17")


def test_what_a_program_tells_stands_in_the_feed_for_all_others_and_the_same_again_is_no_news(
    client: FlaskClient, token: str
) -> None:
    mql = an_mql(at=NOON - timedelta(hours=1))
    told(client, mql, token, key="k-1", outcome="accepted")
    told(client, mql, token, key="k-1", outcome="accepted")
    told(client, mql, token, key="k-2", outcome="accepted")
    for key in ("k-3", "k-4"):
        told(client, mql, token, key=key, outcome="won", value=1_250_000, currency="EUR")
    told(client, mql, token, outcome="qualified", decided_at=mql.qualified_at.isoformat())

    rows = fetched(client, "", a_token()).get_json()["items"]
    assert [row["event"] for row in rows] == ["mql.created", "mql.answered", "mql.answered"]
    assert (rows[-1]["mql_id"], rows[-1]["outcome"], rows[-1]["outcome_value"]) == (mql.public_id, "won", 1_250_000)


def test_the_same_key_answers_as_the_first_time_and_records_nothing_more(client: FlaskClient, token: str) -> None:
    mql = an_mql()

    first, again = (told(client, mql, token, key="k-1", outcome="accepted") for _ in range(2))
    other = told(client, mql, token, key="k-1", outcome="lost")

    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert_is_problem(other, 409)
    [row] = every(Disposition)
    noted = [
        (entry.actor, entry.subject, entry.detail) for entry in every(AuditEntry) if entry.action == "mql.answered"
    ]
    assert noted == [(row.actor, f"mql:{mql.public_id}", {"outcome": "accepted"})]


def test_the_same_key_answers_as_the_first_time_where_the_mql_goes_on_in_another_since(
    client: FlaskClient, token: str, settings: Settings
) -> None:
    mql, further = an_mql(a_lead()), an_mql(a_lead())
    first = told(client, mql, token, key="k-1", outcome="accepted")
    told(client, further, token, outcome="qualified")
    goes, stays = every(Lead)
    merging.merge(stays.public_id, goes.public_id, note="", settings=settings, actor="cli", at=NOON)

    again = told(client, mql, token, key="k-1", outcome="accepted")
    new = told(client, mql, token, key="k-2", outcome="lost")

    assert (again.status_code, again.data) == (200, first.data)
    assert new.get_json()["mql_id"] == further.public_id


def test_a_key_is_its_tokens_own(client: FlaskClient, token: str) -> None:
    mql, another = an_mql(), a_token("mqls:write")

    answers = [told(client, mql, own, key="k-1", outcome="accepted").get_json() for own in (token, another)]

    assert answers[0]["disposition_id"] != answers[1]["disposition_id"]


def test_a_program_says_which_data_are_wrong(client: FlaskClient, token: str) -> None:
    answer = told(client, an_mql(), token, key="k-1", outcome="rejected", reason="wrong_data", wrong="job_title")

    assert (answer.status_code, answer.get_json()["wrong"]) == (200, "job_title")
    assert [row.wrong for row in every(Disposition)] == ["job_title"]


def test_what_was_given_back_is_not_taken_up_again_once_the_person_came_again(client: FlaskClient, token: str) -> None:
    lead, bystander = a_lead(), an_mql()
    first = an_mql(lead, at=NOON - timedelta(days=2))
    told(client, first, token, key="k-1", outcome="rejected", reason="wrong_data")
    before = told(client, first, token, key="k-2", outcome="accepted").status_code
    told(client, first, token, key="k-3", outcome="rejected", reason="wrong_data")
    again = an_mql(lead)

    refusal = told(client, first, token, key="k-4", outcome="accepted")

    assert_is_problem(refusal, 409)
    assert again.public_id in refusal.get_json()["detail"]
    assert (before, told(client, first, token, key="k-2", outcome="accepted").status_code) == (200, 200)
    for mql, outcome, status in ((first, "lost", 200), (again, "accepted", 200), (bystander, "accepted", 200)):
        assert told(client, mql, token, outcome=outcome).status_code == status
    rows = {row["mql_id"]: row for row in fetched(client, "", token).get_json()["items"]}
    assert [(rows[mql.public_id]["outcome"], rows[mql.public_id]["continues_as"]) for mql in (first, again)] == [
        ("lost", None),
        ("accepted", None),
    ]


@pytest.mark.parametrize("key", ["k" * 256, "a\tb"])
def test_a_key_that_is_too_long_or_no_text_is_refused_and_nothing_is_recorded(
    client: FlaskClient, token: str, key: str
) -> None:
    answer = told(client, an_mql(), token, key=key, outcome="accepted")

    assert_is_problem(answer, 422)
    assert answer.get_json()["parameter"] == "Idempotency-Key"
    assert every(Disposition) == []


@pytest.mark.parametrize(
    ("decision", "parameter"),
    [
        ({}, "outcome"),
        ({"outcome": "sold"}, "outcome"),
        ({"outcome": ["won"]}, "outcome"),
        ({"outcome": "rejected"}, "reason"),
        ({"outcome": "rejected", "reason": "no_fit", "wrong": "phone"}, "wrong"),
        ({"outcome": "rejected", "reason": "wrong_data", "wrong": "shoe size"}, "wrong"),
        ({"outcome": "accepted", "wrong": "phone"}, "wrong"),
        ({"outcome": "won", "value": 1.5, "currency": "EUR"}, "value"),
        ({"outcome": "won", "value": True, "currency": "EUR"}, "value"),
        ({"outcome": "won", "value": 10**30, "currency": "EUR"}, "value"),
        ({"outcome": "won", "value": 1, "currency": "XXQ"}, "currency"),
        ({"outcome": "won", "value": 1, "currency": "XXX"}, "currency"),
        ({"outcome": "accepted", "crm_id": "a\x00b"}, "crm_id"),
        ({"outcome": "accepted", "decided_at": "2026-09-15T12:00:00"}, "decided_at"),
        ({"outcome": "accepted", "decided_at": "9999-12-31T23:59:59+00:00"}, "decided_at"),
        ({"outcome": "accepted", "score": 100}, "score"),
    ],
)
def test_a_decision_that_does_not_hold_together_is_refused_by_name(
    client: FlaskClient, token: str, decision: dict[str, object], parameter: str
) -> None:
    path = f"{FEED}/{an_mql().public_id}/disposition"

    answer = client.post(path, json=decision, headers=bearer(token))

    assert_is_problem(answer, 422)
    assert answer.get_json()["parameter"] == parameter
    assert every(Disposition) == []


@pytest.mark.parametrize(("currency", "says"), [("XQQ", "XQQ is no currency"), ("euro", "three capital letters")])
def test_what_is_no_currency_is_told_apart_from_what_is_written_wrongly(
    client: FlaskClient, token: str, currency: str, says: str
) -> None:
    answer = told(client, an_mql(), token, outcome="won", value=1, currency=currency)

    assert_is_problem(answer, 422)
    assert says in answer.get_json()["detail"]


def test_a_decision_before_the_mql_is_refused_with_the_earliest_time_and_a_clock_a_little_behind_is_forgiven(
    client: FlaskClient, token: str
) -> None:
    mql, bystander = an_mql(at=NOON), an_mql(at=NOON + timedelta(hours=1))

    def sent(decided_at: str) -> TestResponse:
        decision = {"outcome": "accepted", "decided_at": decided_at}
        path = f"{FEED}/{mql.public_id}/disposition"
        return client.post(path, json=decision, headers=bearer(token) | {"Idempotency-Key": decided_at})

    early, behind, exact = (sent(f"2026-09-15T{at}") for at in ("11:54:59Z", "11:55:00Z", "14:00:00+02:00"))

    assert_is_problem(early, 422)
    told = early.get_json()
    assert (told["parameter"], told["detail"]) == (
        "decided_at",
        "Give a time from 2026-09-15T12:00:00Z on, when the MQL was handed over, or none.",
    )
    assert [datetime.fromisoformat(answer.get_json()["decided_at"]) for answer in (behind, exact)] == [NOON, NOON]
    assert [(row.mql_id, row.at) for row in every(Disposition)] == [(mql.id, NOON)] * 2
    assert every(Mql)[1].outcome_at is bystander.outcome_at is None


@pytest.mark.parametrize("mql_id", ["nothing", "%00", "%ed%a0%80", "x" * 400])
def test_of_an_mql_that_is_none_nothing_is_recorded(client: FlaskClient, token: str, mql_id: str) -> None:
    answer = client.post(f"{FEED}/{mql_id}/disposition", json={"outcome": "accepted"}, headers=bearer(token))

    assert_is_problem(answer, 404)


def test_a_token_that_only_writes_is_seen_to_be_alive(client: FlaskClient, token: str, now: datetime) -> None:
    client.post(f"{FEED}/{an_mql().public_id}/disposition", json={"outcome": "accepted"}, headers=bearer(token))

    assert [known.last_used_at for known in every(ApiToken)] == [now]


def test_reading_is_not_writing(client: FlaskClient) -> None:
    mql = an_mql()

    assert_is_problem(told(client, mql, a_token("mqls:read"), outcome="accepted"), 403)
    assert_is_problem(client.get(FEED, headers=bearer(a_token("mqls:write"))), 403)


def test_a_program_may_keep_its_cursor_here(client: FlaskClient, token: str) -> None:
    for _ in range(3):
        an_mql()
    page = fetched(client, "?limit=2&after=kept", token).get_json()

    kept = client.put(CURSOR, json={"cursor": page["next"]}, headers=bearer(token))

    assert kept.get_json() == {"cursor": page["next"]} == client.get(CURSOR, headers=bearer(token)).get_json()
    assert len(fetched(client, "?after=kept", token).get_json()["items"]) == 1
    assert len(fetched(client, "?after=kept").get_json()["items"]) == 3
    another = a_token("mqls:read")
    client.put(CURSOR, json={"cursor": fetched(client, "?limit=1").get_json()["next"]}, headers=bearer(another))
    assert [len(fetched(client, "?after=kept", own).get_json()["items"]) for own in (token, another)] == [1, 2]
    client.put(CURSOR, json={"cursor": ""}, headers=bearer(token))
    assert len(fetched(client, "?after=kept", token).get_json()["items"]) == 3


@pytest.mark.parametrize("cursor", ["MTo5", "nonsense", 7, None])
def test_a_cursor_that_was_never_given_out_is_not_kept(client: FlaskClient, token: str, cursor: object) -> None:
    answer = client.put(CURSOR, json={"cursor": cursor}, headers=bearer(token))

    assert_is_problem(answer, 422)
    assert answer.get_json()["parameter"] == "cursor"
    assert "oldest" not in answer.get_json()["detail"]


def test_the_page_for_people_tells_of_every_operation(client: FlaskClient) -> None:
    page = client.get("/api/").text

    for path, methods in described(client)["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in page
    assert "Keep the cursor here" in page
