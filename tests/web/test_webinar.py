from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from capture import clock
from capture.accounts.models import AuditEntry
from capture.engagement.models import EngagementEvent, EventKind
from capture.errors import SessionFull
from capture.outbox.models import OutboxMessage
from capture.webinars.models import Registration
from tests.factories import every
from tests.stories import a_fill, a_webinar, submit
from tests.web.studio import Studio


def a_join_link(**changes: Any) -> str:
    receipt = submit(a_webinar(**changes))
    assert receipt.registration
    return f"/join/{receipt.registration}"


def attended() -> list[EventKind]:
    kinds = (EventKind.WEBINAR_ATTENDED, EventKind.WEBINAR_REPLAYED)
    return [event.kind for event in every(EngagementEvent) if event.kind in kinds]


def test_whoever_is_registered_is_told_that_it_does_not_take_place_and_the_page_says_so(
    app: Flask, client: FlaskClient
) -> None:
    studio = Studio(app)
    draft = studio.post("/studio/drafts/new", starter="webinar").rstrip("/")
    assert "Cancel the webinar" not in studio.get(f"{draft}/event")
    page = a_webinar("new-webinar")
    submit(page)
    submit(page, a_fill(email="grace@compiler.example"), form_key="key-2")
    submit(a_webinar("bystander"), form_key="key-3")
    invited = [message for message in every(OutboxMessage) if message.kind == "webinar_mail"]

    asked = studio.get(f"{draft}/event")
    told = studio.get(studio.post(f"{draft}/cancel"))

    assert "2 people are registered" in asked
    assert "Cancel it, and tell 2 people" in asked
    assert "Mails to 2 people are on their way" in told
    mails = [message for message in every(OutboxMessage) if message.kind == "webinar_mail"]
    assert (len(invited), len(mails)) == (3, 5)
    assert "This webinar does not take place" in client.get("/new-webinar").text
    with pytest.raises(SessionFull):  # a page that was open in a browser
        submit(page, a_fill(email="eve@machine.example"), form_key="key-4")
    studio.post(f"{draft}/cancel")
    assert len([message for message in every(OutboxMessage) if message.kind == "webinar_mail"]) == len(mails)
    [noted] = [entry for entry in every(AuditEntry) if entry.action == "webinar.cancelled"]
    assert noted.actor != "cli"


def test_opening_the_join_link_records_nothing(client: FlaskClient) -> None:
    address = a_join_link(starts_at=clock.now())

    assert client.get(address).status_code == 200
    assert attended() == []


def test_its_button_records_attendance_once_and_leads_into_the_room(client: FlaskClient) -> None:
    address = a_join_link(starts_at=clock.now() + timedelta(minutes=10))

    first, again = client.post(address), client.post(address)

    assert first.location == again.location == "https://meet.example/room"
    assert attended() == [EventKind.WEBINAR_ATTENDED]
    assert every(Registration)[0].attended_at == clock.now()


def test_before_the_doors_open_there_is_no_room_to_enter(client: FlaskClient) -> None:
    address = a_join_link(starts_at=clock.now() + timedelta(hours=3))

    assert client.post(address).location == address
    assert attended() == []


def test_after_the_end_it_leads_to_the_recording(client: FlaskClient) -> None:
    address = a_join_link(starts_at=clock.now() - timedelta(hours=3))

    assert client.post(address).location == "https://video.example/replay"
    assert attended() == [EventKind.WEBINAR_REPLAYED]


@pytest.mark.parametrize("token", ["", "a", "x" * 22, "%00", "../../etc"])
def test_what_is_no_link_is_not_found(client: FlaskClient, token: str) -> None:
    assert client.get(f"/join/{token}").status_code == 404


def test_a_post_from_another_site_joins_nobody(client: FlaskClient) -> None:
    address = a_join_link(starts_at=clock.now())

    assert client.post(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert attended() == []
