"""Who changed what can be seen, and taken back."""

import html
import re
from datetime import timedelta

import pytest
from flask import Flask

from capture import clock
from capture.accounts.models import AuditEntry
from capture.catalogue import drafts, proofs
from capture.catalogue.models import Draft, Proof
from capture.catalogue.proofs import Drawn, Result
from capture.clock import now as moment
from capture.db import db, transaction
from capture.pages import screens
from capture.pages.definition import Section
from capture.worker import Worker
from tests.factories import every
from tests.web.studio import Studio
from tests.web.test_studio_drafts import parcel

CHAPTER = "chapters/03-who-calls.md"


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


def words(page: str) -> str:
    return html.unescape(re.sub(r"</?(?:p|div)\b[^>]*>", "", page))


def test_a_version_shows_the_words_that_went_and_those_that_came(app: Flask, studio: Studio) -> None:
    draft = studio.start()
    sam = Studio(app, email="sam@northwind.example")
    sam.save(f"{draft}/text/{CHAPTER}", text="# Who calls\n\nTwo people, by <name>.\n")
    studio.save(f"{draft}/page", **{"page-promise": "Call back in an hour."})

    listed = studio.get(f"{draft}/versions")
    shown = studio.get(f"{draft}/versions/2")

    assert f'href="{draft}/versions/2"' in listed
    told = "<del>One</del><ins>Two</ins> <del>person</del><ins>people</ins>, by <ins><</ins>name<ins>></ins>."
    assert told in words(shown)
    assert "page-promise" not in shown
    since = studio.get(f"{draft}/versions/2?since=1")
    assert 'promise = "Call back in an hour."' in words(since)
    assert f'aria-label="{CHAPTER}"' in shown
    assert f'aria-label="{CHAPTER}"' not in since


def test_files_that_came_and_went_are_named(studio: Studio) -> None:
    draft = studio.start()
    studio.post(f"{draft}/files/remove", path=CHAPTER)

    shown = studio.get(f"{draft}/versions/2")

    assert re.search(rf"<h3>{CHAPTER} <span class=\"mark\">Removed", shown)
    assert "Added" in studio.get(f"{draft}/versions/1")
    studio.get(f"{draft}/versions/9", 404)


def test_what_is_removed_is_a_version_of_its_own_and_comes_back_alone(studio: Studio) -> None:
    draft = studio.start()
    studio.save(f"{draft}/form/company", label="Your firm")
    studio.save(f"{draft}/form/company", label="Firm")
    studio.post(f"{draft}/form/first_name/remove")
    studio.post(f"{draft}/form/email/down")
    for gone in ("form/company", "sections/outcomes"):
        studio.post(f"{draft}/{gone}/remove")
    for path in (CHAPTER, "chapters/02-the-first-hour.md"):
        studio.post(f"{draft}/files/remove", path=path)

    said = [version.what for version in drafts.versions(every(Draft)[0])]

    assert [what for what in said if not what.startswith("Started")][::-1] == [
        *("Form", "Removed: First name", "Order of the form", "Removed: Firm"),
        f"Removed: {screens.SECTION_WORDS[Section.OUTCOMES][0]}",
        *(f"Removed: {CHAPTER}", "Removed: chapters/02-the-first-hour.md"),
    ]
    noted = [entry.detail["what"] for entry in every(AuditEntry) if entry.action == "draft.saved"]
    assert noted == said[-2::-1], "a line for each version, none for each save"
    before = next(one for one in drafts.versions(every(Draft)[0]) if one.what == "Removed: First name")
    studio.post(f"{draft}/versions/{before.revision}/restore")
    form = studio.get(f"{draft}/form")
    assert "Firm" in form
    assert "First name" not in form
    assert every(AuditEntry)[-1].action == "draft.restored"


def test_a_document_that_cannot_be_set_stands_in_the_way(studio: Studio) -> None:
    draft = studio.start()
    assert "Whether it can be set is not known yet" in studio.get(f"{draft}/check")
    studio.post(f"{draft}/proofs", part=proofs.WHOLE)
    with transaction():
        proofs.finish(every(Proof)[0].id, Result(fault="Its table is too large."), at=moment())
    db.session.remove()

    listed = studio.get(f"{draft}/check")

    assert "The document cannot be set. Its table is too large." in listed
    assert ">Publish<" not in listed
    assert "data-press" not in listed, "nothing is set twice"
    studio.save(f"{draft}/text/{CHAPTER}", text="# Who calls\n\nOne person.\n")
    assert "cannot be set" not in studio.get(f"{draft}/check")


def test_what_came_of_the_whole_document_is_known_for_longer_than_its_pages(app: Flask, studio: Studio) -> None:
    draft, long_ago = studio.start(), clock.now() - timedelta(days=3)
    assert "data-press" in studio.get(f"{draft}/check")
    place = studio.post(f"{draft}/proofs", part=proofs.WHOLE)
    with transaction():
        asked = proofs.by_public_id(place.rpartition("/")[2])
        assert asked
        proofs.finish(asked.id, Result((Drawn("a" * 64, 8, 8, b"RIFF"),), 12), at=long_ago)
        asked.asked_at = long_ago
    db.session.remove()
    studio.post(f"{draft}/proofs", part=CHAPTER)

    kept = studio.get(f"{draft}/check")

    assert "Set without a fault: 12 pages" in " ".join(kept.split())
    assert "data-press" not in kept
    again = studio.post(f"{draft}/proofs", part=proofs.WHOLE, afresh="1")
    assert again not in ("", place)
    studio.post(f"{draft}/publish")
    while Worker(app).do_one("render"):
        pass
    assert "these files are live" in studio.get(f"{draft}/check")
    assert [proof.part for proof in every(Proof)] == [CHAPTER], "on its way to the press it is set once"


def test_a_fault_leads_to_its_line(studio: Studio) -> None:
    draft = studio.start()
    studio.save(f"{draft}/text/{CHAPTER}", text="# Who calls\n\nOne person.\n\n![](none.png)\n")

    assert f'href="{draft}/text/{CHAPTER}?line=5"' in studio.get(f"{draft}/check")
    assert 'data-line="5"' in studio.get(f"{draft}/text/{CHAPTER}?line=5")


def test_the_first_version_has_none_before_it(studio: Studio) -> None:
    studio.start()
    [draft] = drafts.listed()

    assert drafts.version_before(draft, 1) is None
    assert parcel(studio, f"/studio/drafts/{draft.public_id}")
