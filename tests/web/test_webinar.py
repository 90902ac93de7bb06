from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from capture import clock
from capture.engagement.models import EngagementEvent, EventKind
from capture.webinars.models import Registration
from tests.factories import every
from tests.stories import a_webinar, submit


def a_join_link(**changes: Any) -> str:
    receipt = submit(a_webinar(**changes))
    assert receipt.registration
    return f"/join/{receipt.registration}"


def attended() -> list[EventKind]:
    kinds = (EventKind.WEBINAR_ATTENDED, EventKind.WEBINAR_REPLAYED)
    return [event.kind for event in every(EngagementEvent) if event.kind in kinds]


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
