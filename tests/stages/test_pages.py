"""Pages and editions as they are published and found."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from capture.catalogue import editions, magnets
from capture.catalogue.editions import Draft
from capture.catalogue.models import LinkPolicy, MagnetKind
from capture.db import journey
from capture.errors import PublishingStopped
from capture.pages import pages
from capture.pages.definition import Copy, Definition
from capture.pages.fields import Field, FieldKind
from capture.pages.pages import LivePage
from magnets.bundle import Brand, Theme

EMAIL = Field("email", FieldKind.EMAIL, "Work e-mail", required=True, fills="email")
DEFINITION = Definition("en", Theme.FOLIO, Brand(), Copy("One pipeline"), (EMAIL,))
DRAFT = Draft("d" * 64, "One pipeline", "", "", (), "en", True, LinkPolicy.NEWEST)


@journey
def published(
    at: datetime, *, magnet: str = "one-pipeline", slug: str = "one-pipeline", definition: Definition = DEFINITION
) -> LivePage:
    return pages.publish(magnets.find_or_create(magnet, MagnetKind.EBOOK, at=at).id, slug, definition, at=at)


def test_a_published_page_is_found_by_its_slug(app: Flask, now: datetime) -> None:
    page = published(now)
    published(now, magnet="bystander", slug="bystander")

    assert pages.by_slug("one-pipeline") == page
    assert page.definition == DEFINITION
    assert page.version == 1
    assert pages.by_slug("one-pipelin") is None
    assert {live.slug for live in pages.all_live(at=now)} == {"one-pipeline", "bystander"}


def test_publishing_the_same_again_makes_no_new_version(app: Flask, now: datetime) -> None:
    first = published(now)

    assert published(now + timedelta(days=1)) == first


def test_a_changed_page_is_a_new_version_and_the_old_one_stays(app: Flask, now: datetime) -> None:
    first = published(now)
    changed = published(now, definition=replace(DEFINITION, copy=Copy("Two pipelines")))

    assert (changed.version, changed.page_id) == (2, first.page_id)
    assert changed.digest != first.digest
    old = pages.definition_of(first.version_id)
    assert old is not None
    assert old.copy.headline == "One pipeline"


def test_a_former_slug_leads_to_the_page(app: Flask, now: datetime) -> None:
    published(now)
    published(now, slug="pipeline")

    found = pages.by_slug("one-pipeline")

    assert found is not None
    assert found.slug == "pipeline"


def test_a_page_may_take_its_former_slug_back(app: Flask, now: datetime) -> None:
    for slug in ("one", "two", "one"):
        published(now, slug=slug)

    there, back = pages.by_slug("one"), pages.by_slug("two")

    assert there is not None
    assert there == back
    assert there.slug == "one"


@pytest.mark.parametrize("wanted", ["one-pipeline", "pipeline"])
def test_a_slug_that_another_page_has_or_had_is_refused(app: Flask, now: datetime, wanted: str) -> None:
    published(now)
    published(now, slug="pipeline")
    published(now, magnet="other", slug="other")

    assert pages.is_taken(wanted, magnet_slug="other")
    assert not pages.is_taken(wanted, magnet_slug="one-pipeline")
    with pytest.raises(PublishingStopped):
        published(now, magnet="other", slug=wanted)
    with pytest.raises(PublishingStopped):
        published(now, magnet="new", slug=wanted)


@journey
def an_edition(at: datetime, draft: Draft = DRAFT) -> int:
    return editions.publish(magnets.find_or_create("one-pipeline", MagnetKind.EBOOK, at=at).id, draft, at=at).id


def test_an_edition_is_made_once_for_each_content(app: Flask, now: datetime) -> None:
    first = an_edition(now)
    same = an_edition(now)
    second = an_edition(now, replace(DRAFT, bundle_digest="e" * 64, title="Second"))

    newest, old = editions.by_id(second), editions.by_id(first)
    assert same == first
    assert newest is not None
    assert old is not None
    assert (newest.number, old.number) == (2, 1)
    assert editions.newest(newest.magnet_id) == newest
