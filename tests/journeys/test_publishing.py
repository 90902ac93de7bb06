"""A marketer publishes: what is live, what is refused, and that nothing is ever half-published."""

from datetime import datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from flask import Flask

from capture.accounts.models import AuditEntry
from capture.catalogue import documents, editions
from capture.catalogue.models import Edition, Magnet
from capture.config import Settings
from capture.errors import PublishingStopped
from capture.journey import marketer
from capture.journey.marketer import Published
from capture.pages import pages
from capture.pages.models import Page, PageVersion
from magnets.imprint import Prepared
from magnets.typeset import Limits
from tests import guides
from tests.factories import every
from tests.magnets.bundles import a_folder, a_picture

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle that can be published."""
    return a_folder(tmp_path / "bundle", more=PAGE)


def publish(folder: Path, settings: Settings, at: datetime) -> Published:
    return marketer.publish(folder, settings=settings, at=at)


def test_a_folder_becomes_a_live_page_with_a_document(
    app: Flask, settings: Settings, now: datetime, folder: Path
) -> None:
    published = publish(folder, settings, now)

    page = pages.by_slug("one-pipeline")
    assert published.address == "http://localhost:8000/one-pipeline"
    assert (published.edition, published.is_new_edition, published.version) == (1, True, 1)
    assert page is not None
    assert page.is_open
    edition = editions.newest(page.magnet_id)
    assert edition is not None
    assert edition.document is not None
    assert edition.document_bytes == documents.store(settings).size(edition.document)
    with pikepdf.open(documents.store(settings).path(edition.document)) as document:
        assert len(document.pages) == edition.pages == published.pages
    assert [entry.title for entry in editions.contents(edition)] == ["Start"]
    Prepared.open(documents.store(settings).path(edition.document))


def test_a_page_shows_the_true_cover_in_two_densities(
    app: Flask, settings: Settings, now: datetime, folder: Path
) -> None:
    publish(folder, settings, now)

    [edition] = every(Edition)
    cover = editions.pictures(edition, 1)
    store = documents.store(settings)
    assert [picture.width for picture in cover] == [480, 960]
    for picture in cover:
        with store.open(picture.sha) as file:
            assert file.read(12).startswith(b"RIFF")
        assert editions.has_picture(picture.sha)
    assert not editions.has_picture(edition.document or "")
    assert not editions.has_picture("%")


def test_the_picture_for_sharing_is_kept(app: Flask, settings: Settings, now: datetime, folder: Path) -> None:
    a_picture(folder / "share.png", 2400, 1260)
    a_folder(folder, more=PAGE + '[seo]\nimage = "share.png"\n')

    publish(folder, settings, now)

    [edition] = every(Edition)
    [shared] = editions.pictures(edition, editions.SHARED)
    assert (shared.width, shared.height) == (1200, 630)


def test_publishing_the_same_again_changes_nothing(app: Flask, settings: Settings, now: datetime, folder: Path) -> None:
    publish(folder, settings, now)

    again = publish(folder, settings, now + timedelta(days=1))

    assert (again.edition, again.is_new_edition, again.version) == (1, False, 1)
    assert len(every(Edition)) == len(every(PageVersion)) == 1


def test_a_changed_chapter_is_a_new_edition_of_the_same_magnet(
    app: Flask, settings: Settings, now: datetime, folder: Path
) -> None:
    publish(folder, settings, now)
    a_folder(folder, "# Start\n\nA better sentence.\n", more=PAGE)

    again = publish(folder, settings, now)

    first, second = every(Edition)
    assert (again.edition, again.is_new_edition, again.version) == (2, True, 1)
    assert first.document != second.document
    assert documents.store(settings).exists(first.document or "")
    assert len(every(Magnet)) == len(every(Page)) == 1


def test_a_fault_leaves_the_live_page_as_it_was(app: Flask, settings: Settings, now: datetime, folder: Path) -> None:
    publish(folder, settings, now)
    before = pages.by_slug("one-pipeline")
    a_folder(folder, more=PAGE.replace('kind = "email"', 'kind = "colour"'))

    with pytest.raises(PublishingStopped) as stopped:
        publish(folder, settings, now)

    assert any("magnet.toml:" in fault and "colour" in fault for fault in stopped.value.faults)
    assert pages.by_slug("one-pipeline") == before
    assert len(every(Edition)) == 1


def test_a_renderer_that_is_stopped_leaves_the_live_page_as_it_was(
    app: Flask, settings: Settings, now: datetime, folder: Path
) -> None:
    publish(folder, settings, now)
    before = pages.by_slug("one-pipeline")
    a_folder(folder, "# Start\n\nA long chapter.\n", more=PAGE.replace("two teams", "three teams"))

    with pytest.raises(PublishingStopped) as stopped:
        marketer.publish(folder, settings=settings, at=now, limits=Limits(pages=1))

    assert "page" in str(stopped.value)
    assert pages.by_slug("one-pipeline") == before
    assert len(every(Edition)) == len(every(PageVersion)) == 1


def test_nothing_stays_of_a_first_publishing_that_fails(
    app: Flask, settings: Settings, now: datetime, folder: Path
) -> None:
    with pytest.raises(PublishingStopped):
        marketer.publish(folder, settings=settings, at=now, limits=Limits(pages=1))

    assert not [*every(Magnet), *every(Edition), *every(Page)]


def test_a_folder_without_a_definition_is_refused_with_its_reason(
    app: Flask, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    [finding] = marketer.check(tmp_path, settings=settings, at=now)

    assert finding.code == "no-definition"
    with pytest.raises(PublishingStopped, match=r"magnet\.toml"):
        publish(tmp_path, settings, now)


def test_two_magnets_cannot_have_one_address(
    app: Flask, settings: Settings, now: datetime, folder: Path, tmp_path: Path
) -> None:
    publish(folder, settings, now)
    other = a_folder(tmp_path / "other", more=PAGE.replace("[page]", '[page]\nslug = "one-pipeline"'))
    definition = (other / "magnet.toml").read_text().replace('slug = "one-pipeline"', 'slug = "other"', 1)
    (other / "magnet.toml").write_text(definition)

    [finding] = [found for found in marketer.check(other, settings=settings, at=now) if found.stops]

    assert (finding.code, finding.path) == ("duplicate-slug", "magnet.toml")
    assert definition.splitlines()[(finding.line or 0) - 1] == 'slug = "one-pipeline"'


def test_a_magnet_stays_of_its_kind(app: Flask, settings: Settings, now: datetime, folder: Path) -> None:
    publish(folder, settings, now)
    text = (folder / "magnet.toml").read_text().replace('"ebook"', '"checklist"')
    (folder / "magnet.toml").write_text(text)

    assert "kind-changed" in [found.code for found in marketer.check(folder, settings=settings, at=now)]


def test_the_audit_log_says_who_published_what(app: Flask, settings: Settings, now: datetime, folder: Path) -> None:
    publish(folder, settings, now)

    [entry] = every(AuditEntry)
    assert (entry.actor, entry.action, entry.subject) == ("cli", "published", "page:one-pipeline")


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
    assert len(editions.pictured_pages(edition)) == min(7, edition.pages - 1)
