"""A marketer publishes: what is live, what is refused, and that nothing is ever half-published."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from flask import Flask

from capture.accounts.models import AuditEntry
from capture.attribution.arrival import Arrival
from capture.catalogue import documents, editions, parcels, proofpress, proofs
from capture.catalogue.models import Edition, Magnet
from capture.config import Settings
from capture.errors import PublishingStopped
from capture.journey import marketer, visitor
from capture.journey.marketer import Published
from capture.outbox.models import OutboxMessage
from capture.pages import pages
from capture.pages.models import Page, PageVersion
from capture.webinars.models import Registration, WebinarSession
from magnets import bundle
from magnets.imprint import Prepared
from magnets.typeset import Limits
from tests import guides
from tests.factories import every
from tests.magnets.bundles import DEFINITION, a_folder, a_picture

PAGE = """
[page]
promise = "A guide for two teams."
outcomes = ["Agree on one profile"]

[[form.fields]]
key = "email"
kind = "email"
label = "Work e-mail"
required = true
"""


WEBINAR = """
[webinar]
zone = "Europe/Berlin"
starts = 2026-12-10T16:00:00
room_url = "https://meet.example/room"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle with a document."""
    return a_folder(tmp_path / "bundle", more=PAGE)


def a_webinar(folder: Path, *, page: str = PAGE, slug: str = "live", starts: str = "2026-12-10") -> Path:
    """A bundle without a document: nothing is rendered."""
    definition = DEFINITION.replace("ebook", "webinar").replace("one-pipeline", slug)
    return a_folder(folder, definition=definition, more=page + WEBINAR.replace("2026-12-10", starts))


def publish(folder: Path, settings: Settings, at: datetime) -> Published:
    return marketer.publish(folder, settings=settings, at=at)


def test_a_folder_becomes_a_live_page_with_its_document_and_the_true_cover(
    app: Flask, settings: Settings, now: datetime, folder: Path
) -> None:
    a_picture(folder / "share.png", 2400, 1260)
    a_folder(folder, more=PAGE + '[seo]\nimage = "share.png"\n')

    published = publish(folder, settings, now)

    page, store = pages.by_slug("one-pipeline"), documents.store(settings)
    assert published.address == "http://localhost:8000/one-pipeline"
    assert (published.edition, published.is_new_edition, published.version) == (1, True, 1)
    assert page is not None
    assert page.is_open(now)
    edition = editions.newest(page.magnet_id)
    assert edition is not None
    assert edition.document is not None
    assert edition.document_bytes == store.size(edition.document)
    with pikepdf.open(store.path(edition.document)) as document:
        assert len(document.pages) == edition.pages == published.pages
    Prepared.open(store.path(edition.document))
    assert [entry.title for entry in editions.contents(edition)] == ["Start"]
    cover, [shared] = editions.pictures(edition, 1), editions.pictures(edition, editions.SHARED)
    assert [picture.width for picture in cover] == [480, 960]
    assert (shared.width, shared.height) == (1200, 630)
    assert all(store.path(picture.sha).read_bytes()[8:12] == b"WEBP" for picture in cover)
    assert (shared.ending, store.path(shared.sha).read_bytes()[:3]) == ("jpg", b"\xff\xd8\xff")
    assert all(editions.has_picture(picture.sha) for picture in (*cover, shared))
    assert not any(editions.has_picture(sha) for sha in (edition.document, "%", ""))


def test_publishing_the_same_again_changes_nothing_and_makes_a_lost_document_anew(
    app: Flask, settings: Settings, now: datetime, folder: Path
) -> None:
    first = publish(folder, settings, now)
    [edition] = every(Edition)
    document = documents.store(settings).path(edition.document or "")

    again = publish(folder, settings, now + timedelta(days=1))
    document.unlink()
    once_more = publish(folder, settings, now + timedelta(days=2))

    assert document.is_file()
    assert again == once_more == replace(first, is_new_edition=False)
    assert len(every(Edition)) == len(every(PageVersion)) == 1


def test_a_changed_chapter_is_a_new_edition_and_a_renderer_that_is_stopped_changes_nothing(
    app: Flask, settings: Settings, now: datetime, folder: Path
) -> None:
    publish(folder, settings, now)
    before = pages.by_slug("one-pipeline")
    a_folder(folder, "# Start\n\nA better sentence.\n", more=PAGE.replace("two teams", "three teams"))

    with pytest.raises(PublishingStopped, match="page"):
        marketer.publish(folder, settings=settings, at=now, limits=Limits(pages=1))
    assert pages.by_slug("one-pipeline") == before
    assert len(every(Edition)) == len(every(PageVersion)) == 1

    again = publish(folder, settings, now)
    first, second = every(Edition)
    assert (again.edition, again.is_new_edition, again.version) == (2, True, 2)
    assert first.document != second.document
    assert documents.store(settings).exists(first.document or "")
    assert len(every(Magnet)) == len(every(Page)) == 1


def test_nothing_stays_of_a_first_publishing_that_fails(
    app: Flask, settings: Settings, now: datetime, folder: Path
) -> None:
    with pytest.raises(PublishingStopped):
        marketer.publish(folder, settings=settings, at=now, limits=Limits(pages=1))

    assert not [*every(Magnet), *every(Edition), *every(Page)]


def test_a_fault_leaves_the_live_page_as_it_was(app: Flask, settings: Settings, now: datetime, tmp_path: Path) -> None:
    publish(a_webinar(tmp_path), settings, now)
    before = pages.by_slug("live")

    with pytest.raises(PublishingStopped) as stopped:
        publish(a_webinar(tmp_path, page=PAGE.replace('"email"\nlabel', '"colour"\nlabel')), settings, now)

    assert any("magnet.toml:" in fault and "colour" in fault for fault in stopped.value.faults)
    assert pages.by_slug("live") == before
    assert len(every(Edition)) == 1


def test_a_changed_page_is_a_new_version(app: Flask, settings: Settings, now: datetime, tmp_path: Path) -> None:
    publish(a_webinar(tmp_path), settings, now)

    again = publish(a_webinar(tmp_path, page=PAGE.replace("two teams", "three teams")), settings, now)

    page = pages.by_slug("live")
    assert page is not None
    assert (again.version, page.version, page.definition.copy.promise) == (2, 2, "A guide for three teams.")


def test_a_webinar_has_a_session_that_moves_with_its_page(
    app: Flask, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    publish(a_webinar(tmp_path), settings, now)
    publish(a_webinar(tmp_path, page=PAGE.replace("two teams", "three teams")), settings, now)
    assert [session.sequence for session in every(WebinarSession)] == [0]

    publish(a_webinar(tmp_path, starts="2026-12-17"), settings, now)

    [session] = every(WebinarSession)
    assert session.sequence == 1
    assert session.starts_at == datetime(2026, 12, 17, 15, tzinfo=UTC)


def test_everybody_registered_hears_of_a_new_date(
    app: Flask, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    publish(a_webinar(tmp_path), settings, now)
    receipt = visitor.submit_form(
        "live",
        {"email": "ada@company.example"},
        Arrival(None, "/live", "", "", "Mozilla/5.0 Firefox/140.0", "localhost:8000"),
        form_key="k" * 22,
        suspicion=None,
        settings=settings,
        at=now,
    )
    assert receipt.registration is not None

    publish(a_webinar(tmp_path, starts="2026-12-17"), settings, now)

    invitations = [message.idempotency_key for message in every(OutboxMessage) if message.kind == "webinar_mail"]
    [registration] = every(Registration)
    assert invitations == [f"webinar_mail:{registration.id}:0", f"webinar_mail:{registration.id}:1"]


def test_a_folder_without_a_definition_is_refused_with_its_reason(
    app: Flask, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    [finding] = marketer.check(tmp_path, settings=settings, at=now)

    assert finding.code == "no-definition"
    with pytest.raises(PublishingStopped, match=r"magnet\.toml"):
        publish(tmp_path, settings, now)


def test_two_magnets_cannot_have_one_address(app: Flask, settings: Settings, now: datetime, tmp_path: Path) -> None:
    publish(a_webinar(tmp_path / "first"), settings, now)
    other = a_webinar(tmp_path / "other", slug="other", page=PAGE.replace("[page]", '[page]\nslug = "live"'))

    [finding] = [found for found in marketer.check(other, settings=settings, at=now) if found.stops]

    lines = (other / "magnet.toml").read_text("utf-8").splitlines()
    assert (finding.code, finding.path) == ("duplicate-slug", "magnet.toml")
    assert lines[(finding.line or 0) - 1] == 'slug = "live"'


def test_a_magnet_stays_of_its_kind(app: Flask, settings: Settings, now: datetime, tmp_path: Path) -> None:
    publish(a_webinar(tmp_path / "first", slug="one-pipeline"), settings, now)

    found = marketer.check(a_folder(tmp_path / "other", more=PAGE), settings=settings, at=now)

    assert [finding.code for finding in found if finding.stops] == ["kind-changed"]


def test_the_audit_log_says_who_published_what(app: Flask, settings: Settings, now: datetime, tmp_path: Path) -> None:
    publish(a_webinar(tmp_path), settings, now)

    [entry] = every(AuditEntry)
    assert (entry.actor, entry.action, entry.subject) == ("cli", "published", "page:live")


@pytest.mark.parametrize("guide", guides.folders(), ids=lambda guide: guide.name)
def test_a_real_guide_is_refused_as_it_is_and_published_once_cleaned(
    app: Flask, settings: Settings, now: datetime, tmp_path: Path, guide: Path
) -> None:
    messy = guides.as_bundle(guide, tmp_path / "messy")
    stops = [finding for finding in marketer.check(messy, settings=settings, at=now) if finding.stops]
    assert stops
    assert all(finding.path for finding in stops)
    with pytest.raises(PublishingStopped):
        publish(messy, settings, now)

    published = publish(guides.cleaned(guide, tmp_path / "clean"), settings, now)

    page = pages.by_slug(published.slug)
    assert page is not None
    edition = editions.newest(page.magnet_id)
    assert edition is not None
    assert edition.pages == published.pages > 3
    assert edition.document_bytes < 300_000 + 48 * edition.words  # 25,000 words without pictures: under 1.5 MB
    assert len(editions.pictured_pages(edition)) == min(7, edition.pages - 1)


def test_who_looked_at_the_whole_document_publishes_it_without_setting_it_once_more(
    app: Flask, settings: Settings, now: datetime, tmp_path: Path, folder: Path
) -> None:
    alone = replace(settings, data=tmp_path / "data")
    shelf = documents.shelf(alone)
    seen = proofpress.make(alone, parcels.put_folder(alone, bundle.read(folder).files), proofs.WHOLE)
    [key] = [kept.name for kept in (alone.data / documents.SHELF).iterdir()]
    found = shelf.find(key)
    assert found
    said, pdf = found
    shelf.keep(key, {**said, "pages": seen.count - 1}, pdf)

    assert publish(folder, alone, now).pages == seen.count - 1 > 1
