"""What links that were given serve after a correction and after a new edition."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from capture import clock
from capture.accounts.models import AuditEntry
from capture.catalogue import documents, editions
from capture.catalogue.editions import AS_PROMISED, CORRECTION, Draft, Succession
from capture.catalogue.models import Edition, LinkPolicy
from capture.config import Settings
from capture.db import transaction
from capture.delivery import grants, looks
from capture.delivery.models import Download
from capture.engagement.models import EngagementEvent, EventKind
from capture.journey import marketer
from capture.outbox.models import OutboxMessage
from capture.pages.pages import LivePage
from capture.web import visitor
from tests import stories
from tests.factories import every
from tests.journeys.test_publishing import PAGE
from tests.magnets.bundles import a_folder
from tests.stories import a_document, a_fill, a_page, submit
from tests.web.test_delivery import a_token

MOVE_ON, STAY = Succession(keeps_earlier=False), Succession(keeps_earlier=True)


def an_edition(page: LivePage, succession: Succession, pages: int = 2) -> int:
    """The next edition of the page's magnet; gives its number."""
    last = stories.newest_edition(page)
    pdf = a_document(pages)
    draft = Draft(
        bundle_digest=f"{last.number + 1:064d}",
        title=last.title,
        subtitle="",
        summary="",
        authors=(),
        language="en",
        personalised=True,
        link_policy=last.link_policy,
        document=documents.store(stories.settings()).put(pdf),
        document_bytes=len(pdf),
        pages=pages,
    )
    with transaction():
        return editions.publish(page.magnet_id, draft, succession=succession, at=clock.now()).number


def served(receipt_grant: str) -> int:
    """The number of the edition that a link serves, asked in both ways."""
    grant, look = grants.by_public_id(receipt_grant), looks.of(receipt_grant, None)
    assert grant is not None
    assert look is not None
    assert grants.served_edition(grant).number == look.number
    return look.number


@pytest.mark.parametrize(
    ("policy", "steps", "expected"),
    [
        (LinkPolicy.NEWEST, [AS_PROMISED], 2),
        (LinkPolicy.PINNED, [AS_PROMISED], 1),
        (LinkPolicy.NEWEST, [STAY], 1),
        (LinkPolicy.PINNED, [MOVE_ON], 2),
        (LinkPolicy.PINNED, [CORRECTION], 2),
        (LinkPolicy.PINNED, [CORRECTION, CORRECTION, AS_PROMISED], 3),
        (LinkPolicy.NEWEST, [CORRECTION, STAY, CORRECTION], 2),
        (LinkPolicy.NEWEST, [STAY, MOVE_ON], 1),
        (LinkPolicy.NEWEST, [MOVE_ON, STAY, AS_PROMISED], 2),
        (LinkPolicy.PINNED, [MOVE_ON, CORRECTION, AS_PROMISED], 3),
    ],
)
def test_a_link_given_before_serves_what_the_marketer_chose(
    app: Flask, policy: LinkPolicy, steps: list[Succession], expected: int
) -> None:
    page = a_page(policy=policy)
    an_edition(a_page(slug="bystander"), AS_PROMISED)
    receipt = submit(page)

    for step in steps:
        an_edition(page, step)

    assert served(receipt.grant) == expected
    late = submit(page, a_fill(email="late@company.example"), form_key="key-late")
    assert served(late.grant) == 1 + len(steps)


def test_a_corrected_copy_is_another_file_and_the_download_is_not_counted_again(client: FlaskClient) -> None:
    page = a_page(policy=LinkPolicy.PINNED)
    receipt = submit(page)
    assert receipt.new_cookie
    client.set_cookie(visitor.COOKIE, receipt.new_cookie)
    address = f"/get/{a_token(receipt.grant)}"
    before = client.get(address)
    assert before.data
    said = len(every(OutboxMessage))

    an_edition(page, CORRECTION, pages=3)
    after = client.get(address)

    assert after.data.startswith(b"%PDF")
    assert after.headers["ETag"] != before.headers["ETag"]
    assert client.get(address, headers={"If-Range": before.headers["ETag"], "Range": "bytes=9-"}).status_code == 200
    assert len(every(Download)) == 2
    assert len([event for event in every(EngagementEvent) if event.kind is EventKind.MAGNET_DOWNLOADED]) == 1
    assert len(every(OutboxMessage)) == said


def test_links_inside_a_copy_that_was_corrected_lead_where_they_led(client: FlaskClient) -> None:
    page = a_page()
    receipt = submit(page)
    grant = grants.by_public_id(receipt.grant)
    assert grant is not None
    an_edition(page, CORRECTION, pages=3)

    assert client.get(f"/l/{grant.token}/1-1").location == "https://northwind.example/1"
    assert client.get(f"/l/{grant.token}/1-2").status_code == 404
    assert client.get(f"/l/{grant.token}/2-2").location == "https://northwind.example/2"


def test_the_log_says_that_it_was_a_correction_and_what_was_live_stays_as_it_was(
    app: Flask, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    marketer.publish(a_folder(tmp_path, more=PAGE), settings=settings, at=now)
    [first] = every(Edition)
    kept = (first.document, first.bundle_digest, first.published_at)
    a_folder(tmp_path, "# Start\n\nA mended sentence.\n", more=PAGE)

    published = marketer.publish(tmp_path, settings=settings, at=now, succession=CORRECTION)
    again = marketer.publish(tmp_path, settings=settings, at=now, succession=CORRECTION)

    first, second = every(Edition)
    assert (first.document, first.bundle_digest, first.published_at) == kept
    assert documents.store(settings).is_intact(first.document or "")
    assert (second.number, second.corrects) == (2, 1)
    assert again == replace(published, is_new_edition=False)
    assert [entry.action for entry in every(AuditEntry)] == ["published", "corrected", "published"]
    assert every(OutboxMessage) == []
