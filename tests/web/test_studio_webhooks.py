"""Webhooks in the studio: add, see the secret once, try, look at what went wrong, send again."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from capture.accounts.models import AuditEntry, Role
from capture.config import Settings
from capture.db import transaction
from capture.handoff.kinds import KINDS
from capture.handoff.webhooks.models import WebhookDelivery, WebhookEndpoint
from capture.journey import privacy
from capture.outbox import queue
from capture.worker import Worker
from tests.factories import NOON, a_lead, an_mql, every
from tests.receiver import Receiver, receiving
from tests.stages.test_feed_rows import counted_queries
from tests.web.studio import Studio

XSS = "<script>alert(1)</script>\"'"


@pytest.fixture(autouse=True)
def _loopback_is_trusted(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "lodestone", replace(settings, webhook_hosts=("127.0.0.1",)))


def do_all(app: Flask) -> None:
    worker = Worker(app)
    for lane in queue.receivers_ready(at=NOON):
        while worker.do_one(lane):
            pass


def test_an_admin_adds_an_endpoint_tries_it_and_reads_what_was_sent_and_answered(app: Flask) -> None:
    studio, receiver = Studio(app, Role.ADMIN), Receiver(answers=[500], says="no table <b>leads</b>")
    with receiving(receiver) as url:
        made = studio.post("/studio/webhooks/", 200, url=f"{url}/hook", name="CRM", kinds="mql.created")
        [secret] = re.findall(r"whsec_[\w+/=]+", made)
        [endpoint] = every(WebhookEndpoint)
        place = f"/studio/webhooks/{endpoint.public_id}"
        assert secret not in studio.get(place)

        shown = studio.post(f"{place}/test")
        assert "Not tried yet" in studio.get(shown)
        do_all(app)

        page = studio.get(shown)
        assert "answered 500" in page
        assert "no table &lt;b&gt;leads" in page
        assert receiver.ids[0] in page
        assert "Waits for the next try" in page
        assert "Next try: " in page
        studio.post(shown)
        do_all(app)
        assert "Delivered" in studio.get(shown)

    assert receiver.ids[0] == receiver.ids[1]
    assert {e.action for e in every(AuditEntry)} >= {"webhook.added", "webhook.tested", "webhook.sent_again"}
    assert secret not in str([entry.detail for entry in every(AuditEntry)])


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("The endpoint was removed.", "Der Endpunkt wurde entfernt."),
        ("The receiver answered 503.", "Der Empfänger antwortete mit 503."),
        ("Given up after 24 tries. The receiver answered 503.", "Nach 24 Versuchen aufgegeben. Der Empfänger antwort"),
        ("Nothing is sent there: there is no port 0.", "Dorthin wird nichts gesendet: es gibt keinen Port 0."),
        (
            "Nothing is sent there: a.example leads to 10.0.0.1, which is not on the public internet.",
            "Dorthin wird nichts gesendet: a.example führt zu 10.0.0.1",
        ),
        ("The mail server said: 451 later", "Der Mailserver sagte: 451 later"),
    ],
)
def test_why_something_was_not_delivered_is_said_in_the_language_of_whoever_reads(
    app: Flask, reason: str, told: str
) -> None:
    studio = Studio(app, Role.ADMIN)
    studio.post("/studio/webhooks/", 200, url="http://127.0.0.1:9/hook", name="CRM", kinds="mql.created")
    place = f"/studio/webhooks/{every(WebhookEndpoint)[0].public_id}"
    shown = studio.post(f"{place}/test")
    with transaction():
        [lane] = queue.receivers_ready(at=NOON)
        held = queue.claim(lane, worker="one", at=NOON)
        assert held
        queue.park(held, reason=reason)
    english = [html.unescape(studio.get(path)) for path in (shown, "/studio/settings/outbox")]
    studio.post("/studio/people/me/language", language="de")

    german = [html.unescape(studio.get(path)) for path in (shown, "/studio/settings/outbox")]

    assert all(reason in page for page in english)
    assert all(told in page for page in german)


def test_a_span_of_days_is_sent_again_from_the_feed(app: Flask) -> None:
    studio, receiver = Studio(app, Role.ADMIN), Receiver()
    an_mql(a_lead("ada@analytical.example"))
    with receiving(receiver) as url:
        studio.post("/studio/webhooks/", 200, url=f"{url}/hook", name="CRM", kinds="mql.created")
        [endpoint] = every(WebhookEndpoint)
        place = f"/studio/webhooks/{endpoint.public_id}"

        assert "before the first" in studio.post(f"{place}/span", 422, since="2026-09-15", until="2026-09-14")
        studio.post(f"{place}/span", since="2026-09-15", until="2026-09-15")
        do_all(app)

    assert b"ada@analytical.example" in receiver.received[0][2]


def test_the_log_says_when_each_event_happened_also_where_many_were_sent_at_once(app: Flask) -> None:
    studio = Studio(app, Role.ADMIN)
    for days in (3, 1):
        an_mql(at=NOON - timedelta(days=days))
    studio.post("/studio/webhooks/", 200, url="http://127.0.0.1:9/hook", name="CRM", kinds="mql.created")
    place = f"/studio/webhooks/{every(WebhookEndpoint)[0].public_id}"
    studio.post(f"{place}/span", since=f"{NOON - timedelta(days=5):%Y-%m-%d}", until=f"{NOON:%Y-%m-%d}")

    told = studio.get(place)

    for days in (3, 1):
        assert f"{NOON - timedelta(days=days):%Y-%m-%dT%H:%M}" in told
    assert told.count("to be sent since") == 2


def test_the_log_leads_to_each_mql_and_the_outbox_names_the_endpoint_in_as_many_queries(app: Flask) -> None:
    studio = Studio(app, Role.ADMIN)
    ada, gone = (a_lead(f"{name.lower()}@analytical.example", name=name) for name in ("Ada", "Gone"))
    with receiving(Receiver(answers=[500] * 9)) as url:
        studio.post("/studio/webhooks/", 200, url=f"{url}/hook", name="CRM <b>", kinds="mql.created")
        [endpoint] = every(WebhookEndpoint)
        place, outbox = f"/studio/webhooks/{endpoint.public_id}", "/studio/settings/outbox"
        mql = an_mql(ada)
        studio.post(f"{place}/test")
        do_all(app)
        with counted_queries() as few:
            studio.get(place)
            studio.get(outbox)

        log, unsaid = studio.get(place), studio.get(outbox)

        test, told = sorted(every(WebhookDelivery), key=lambda one: one.kind)
        assert log.count(f'<a href="/studio/mqls/{mql.public_id}">Ada</a>') == 1
        assert f'<a href="/studio/mqls/{mql.public_id}">MQL of Ada</a>' in studio.get(f"{place}/{told.public_id}")
        assert "/studio/mqls/" not in studio.get(f"{place}/{test.public_id}").partition("<main")[2]
        for sent in (test, told):
            assert f'<a href="{place}/{sent.public_id}">Its tries' in unsaid
        assert unsaid.count(f'<a href="{place}">CRM &lt;b&gt;</a>') == 2
        of_gone = an_mql(gone)
        an_mql(a_lead("bo@analytical.example", name="Bo"))
        do_all(app)
        privacy.erase(gone.email, actor="cli", at=NOON)
        with counted_queries() as many:
            log = studio.get(place)
            assert studio.get(outbox).count("Its tries") == 4
    assert "Bo</a>" in log
    assert of_gone.public_id not in log
    assert len(many) == len(few)


def test_the_list_says_of_each_endpoint_whether_it_is_reached_and_asks_no_more_for_many(app: Flask) -> None:
    studio, late = Studio(app, Role.ADMIN), '<a class="late" href="/studio/webhooks/'

    def seen() -> str:
        return re.sub(r"\s+", " ", html.unescape(studio.get("/studio/webhooks/")))

    with receiving(Receiver(answers=[200])) as good, receiving(Receiver(answers=[500] * 9)) as bad:
        studio.post("/studio/webhooks/", 200, url=f"{bad}/hook", name="CRM", kinds=list(KINDS))
        assert "Nothing sent yet" in seen()
        with counted_queries() as few:
            seen()
        an_mql(a_lead("ada@analytical.example"))
        do_all(app)
        assert f'{late}{every(WebhookEndpoint)[0].public_id}">The last try failed</a>' in seen()
        assert "Nothing has got through yet" in seen()
        an_mql(a_lead("bo@analytical.example"))
        do_all(app)
        assert "The last 2 tries failed</a>" in seen()
        assert "2 events wait" in seen()
        for name in "ABC":
            studio.post("/studio/webhooks/", 200, url=f"{good}/{name}", name=name, kinds=["mql.created"])
        an_mql(a_lead("cy@analytical.example"))
        do_all(app)
        with counted_queries() as many:
            page = seen()

    assert len(many) == len(few)
    assert page.count(late) == 1
    assert page.count("Got through") == 3
    assert [endpoint.failures for endpoint in every(WebhookEndpoint)] == [3, 0, 0, 0]


def test_what_gets_through_ends_the_failures_and_both_stay_to_be_seen(app: Flask) -> None:
    studio = Studio(app, Role.ADMIN)
    with receiving(Receiver(answers=[500, 200, 500])) as url:
        studio.post("/studio/webhooks/", 200, url=f"{url}/hook", name="CRM", kinds=["mql.created"])
        for name in ("ada", "bo"):
            an_mql(a_lead(f"{name}@analytical.example"))
            do_all(app)
        got_through = studio.get("/studio/webhooks/")
        an_mql(a_lead("cy@analytical.example"))
        do_all(app)

    page = studio.get("/studio/webhooks/")

    assert "failed</a>" not in got_through
    assert "Got through" in got_through
    assert "The last try failed" in page
    assert "Got through" in page


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (list(KINDS), "All events"),
        (list(KINDS)[:3], f"3 of {len(KINDS)} events"),
        (["mql.passed_on"], "The MQL has another owner"),
    ],
)
def test_the_list_says_in_few_words_what_an_endpoint_is_told(app: Flask, kinds: list[str], told: str) -> None:
    studio = Studio(app, Role.ADMIN)
    studio.post("/studio/webhooks/", 200, url="https://crm.example/hook", name="CRM", kinds=kinds)

    [cell] = re.findall(r'<td data-label="Is told when">(.*?)</td>', studio.get("/studio/webhooks/"))

    assert cell == told


def test_the_hint_beside_the_address_names_the_hosts_that_are_let_through(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(app, Role.ADMIN)

    let = studio.get("/studio/webhooks/")
    monkeypatch.setitem(app.extensions, "lodestone", replace(settings, webhook_hosts=()))
    plain = studio.get("/studio/webhooks/")

    assert "begins with https://; http:// is let through to 127.0.0.1<" in let
    assert "begins with https://<" in plain


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"url": ""}, "Enter the address"),
        (
            {"url": "http://crm.example/"},
            "has to begin with https://; http:// is for hosts that whoever runs the server",
        ),
        ({"url": "https://10.0.0.1/"}, "10.0.0.1 is not on the public internet; whoever runs the server"),
        ({"url": "https://me:pw@crm.example/"}, "name and password"),
        ({"name": ""}, "Enter a name"),
        ({"kinds": ""}, "Choose at least one event"),
        ({"kinds": "no.such.kind"}, "not a valid choice"),
    ],
)
def test_what_cannot_be_an_endpoint_is_asked_for_again_and_what_was_typed_stays(
    app: Flask, changes: dict[str, str], says: str
) -> None:
    studio = Studio(app, Role.ADMIN)
    typed = {"url": "https://crm.example/hook", "name": "My CRM", "kinds": "mql.created"} | changes

    page = studio.post("/studio/webhooks/", 422, **typed)

    assert says in page
    assert "name" in changes or "My CRM" in page
    assert every(WebhookEndpoint) == []


def test_an_endpoint_is_changed_stopped_started_and_removed(app: Flask) -> None:
    studio = Studio(app, Role.ADMIN)
    studio.post("/studio/webhooks/", 200, url="https://crm.example/hook", name=XSS, kinds="mql.created")
    [endpoint] = every(WebhookEndpoint)
    place = f"/studio/webhooks/{endpoint.public_id}"
    an_mql()

    assert XSS not in studio.get(place)
    assert XSS not in studio.get("/studio/webhooks/")
    studio.post_seen(place, url="https://crm.example/other", name="New name", kinds="mql.created")
    assert "New name" in studio.get(place)
    studio.post(f"{place}/stop")
    assert "Start it again" in studio.get(place)
    studio.post(f"{place}/start")
    assert "whsec_" in studio.post(f"{place}/secret", 200)
    studio.post(f"{place}/remove")
    studio.get(place, 404)


def test_a_form_that_is_sent_again_makes_no_other_endpoint_and_no_other_secret(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN)
    [key] = re.findall(r'name="key"[^>]* value="([^"]+)"', admin.get("/studio/webhooks/"))
    typed = {"url": "https://crm.example/hook", "name": "CRM", "kinds": "mql.created", "key": key}

    made = admin.post("/studio/webhooks/", 200, **typed)
    again = admin.get(admin.post("/studio/webhooks/", **typed))

    place = f"/studio/webhooks/{key}"
    assert [one.public_id for one in every(WebhookEndpoint)] == [key]
    assert "whsec_" in made
    assert "whsec_" not in again
    assert "This form was sent before" in again
    [seen] = re.findall(r'name="mark" value="([^"]+)"', admin.get(place).partition(f'action="{place}/secret"')[2])
    assert "whsec_" in admin.post(f"{place}/secret", 200, mark=seen)
    new = every(WebhookEndpoint)[0].secret
    assert "This form was sent before" in admin.get(admin.post(f"{place}/secret", mark=seen))
    assert every(WebhookEndpoint)[0].secret == new
