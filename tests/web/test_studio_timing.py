"""A new version of a live page goes to the press at a time, as the draft stood; until then it can be called off."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from capture import clock
from capture.accounts.models import AuditEntry
from capture.catalogue.models import Publication, PublicationState
from capture.db import db, transaction
from capture.journey import marketer
from capture.pages.opening import typed
from capture.worker import Worker
from tests.factories import every
from tests.journeys.test_watching import posted
from tests.web.studio import Studio
from tests.web.test_studio_drafts import parcel
from tests.web.test_studio_versions import CHAPTER


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


def press(app: Flask) -> None:
    while Worker(app).do_one("render"):
        pass
    db.session.remove()


def a_live_page(app: Flask, studio: Studio) -> str:
    draft = studio.start()
    studio.post(f"{draft}/publish")
    press(app)
    return draft


def test_a_new_version_waits_for_its_time_and_has_what_stood_when_it_was_timed(app: Flask, studio: Studio) -> None:
    draft = a_live_page(app, studio)
    settings = app.extensions["lodestone"]
    when = typed(clock.now() + timedelta(days=2), settings.zone)
    studio.save(f"{draft}/page", **{"page-headline": "The headline of Monday"})
    place = studio.post(f"{draft}/publish", at=when, **{"as": "newest"})
    studio.save(f"{draft}/page", **{"page-headline": "Written afterwards"})
    press(app)

    shown = studio.get(place.partition("#")[0])

    assert "A new version waits for its time" in shown
    assert "It does not have what was changed since" in shown
    assert "new version on" in studio.get("/studio/pages")
    assert "new version on" in studio.get("/studio/drafts/")
    assert "headline of Monday" not in studio.client.get("/answer-fast").text
    with transaction():
        [waiting] = [one for one in every(Publication) if one.due_at]
        assert waiting.state is PublicationState.WAITING
    later = typed(clock.now() + timedelta(days=3), settings.zone)
    studio.post(f"{draft}/publish", at=later, **{"as": "newest"})
    assert len([one for one in every(Publication) if one.due_at]) == 1, "another time takes its place"
    assert "It does not have what was changed since" not in studio.get(f"{draft}/check")


def test_at_its_time_it_goes_live_and_what_was_called_off_does_not(
    app: Flask, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = a_live_page(app, studio)
    settings, now = app.extensions["lodestone"], clock.now()
    when = typed(now + timedelta(days=2), settings.zone)
    studio.save(f"{draft}/text/{CHAPTER}", text="# Who calls\n\nMara.\n")
    studio.save(f"{draft}/page", **{"page-headline": "The headline of Monday"})
    studio.post(f"{draft}/publish", at=when, **{"as": "correction"})
    refused = studio.post(f"{draft}/publish", 422, at=typed(now - timedelta(days=1), settings.zone), which="edition")
    assert "still to come" in refused
    waiting = next(one for one in every(Publication) if one.due_at)
    studio.post(f"{draft}/publications/{waiting.public_id}/cancel")
    studio.post(f"{draft}/publications/{waiting.public_id}/cancel")
    assert "waits for its time" not in studio.get(f"{draft}/check")
    studio.post(f"{draft}/publish", at=when, **{"as": "correction"})

    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=2, minutes=1))
    press(app)

    assert "The headline of Monday" in studio.client.get("/answer-fast").text
    assert "Nothing has changed since it was published" in studio.get(f"{draft}/check")
    done = [entry.action for entry in every(AuditEntry)]
    assert [one for one in done if one.startswith("draft.") and "timed" in one] == [
        *("draft.timed", "draft.untimed", "draft.timed"),
    ]
    assert done[-1] == "corrected"


def test_what_is_published_meanwhile_takes_the_place_of_what_waits(
    app: Flask, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = a_live_page(app, studio)
    settings, now = app.extensions["lodestone"], clock.now()
    studio.save(f"{draft}/page", **{"page-headline": "The headline of Monday"})
    studio.post(f"{draft}/publish", at=typed(now + timedelta(days=2), settings.zone), **{"as": "correction"})
    studio.save(f"{draft}/page", **{"page-headline": "Mended at once"})
    assert "What you publish now replaces it" in studio.get(f"{draft}/check")

    studio.post(f"{draft}/publish", **{"as": "correction"})
    press(app)

    assert "A new version waits" not in studio.get(f"{draft}/check")
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=2, minutes=1))
    press(app)
    assert "Mended at once" in studio.client.get("/answer-fast").text
    assert [entry.action for entry in every(AuditEntry) if "timed" in entry.action] == ["draft.timed", "draft.untimed"]


def test_what_is_published_from_a_folder_takes_its_place_too(app: Flask, studio: Studio, tmp_path: Path) -> None:
    draft = a_live_page(app, studio)
    settings, now = app.extensions["lodestone"], clock.now()
    studio.save(f"{draft}/page", **{"page-headline": "The headline of Monday"})
    studio.post(f"{draft}/publish", at=typed(now + timedelta(days=2), settings.zone), **{"as": "correction"})
    studio.save(f"{draft}/page", **{"page-headline": "From a folder"})
    as_a_folder(studio, draft, tmp_path)

    first, again = (marketer.publish(tmp_path, settings=settings, at=now) for _ in range(2))

    assert (first.overtook, again.overtook) == (True, False)
    assert "A new version waits" not in studio.get(f"{draft}/check")
    assert [entry.actor for entry in every(AuditEntry) if entry.action == "draft.untimed"] == ["cli"]


def as_a_folder(studio: Studio, draft: str, folder: Path) -> None:
    for path, content in parcel(studio, draft).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)


def test_what_waits_at_the_press_does_not_undo_what_was_published_from_a_folder_meanwhile(
    app: Flask, studio: Studio, tmp_path: Path
) -> None:
    draft = a_live_page(app, studio)
    studio.save(f"{draft}/page", **{"page-headline": "Asked for first"})
    studio.post(f"{draft}/publish", **{"as": "correction"})
    studio.save(f"{draft}/page", **{"page-headline": "From a folder"})
    as_a_folder(studio, draft, tmp_path)

    marketer.publish(tmp_path, settings=app.extensions["lodestone"], at=clock.now())
    press(app)

    assert "From a folder" in studio.client.get("/answer-fast").text
    _, stopped, live = every(Publication)
    assert (stopped.state, live.state) == (PublicationState.STOPPED, PublicationState.LIVE)
    assert "asked for later is live already" in stopped.faults[0]
    assert "The document cannot be set" not in studio.get(f"{draft}/check")


def test_a_version_goes_on_waiting_where_the_press_stops_the_one_before_and_none_waits_without_a_change(
    app: Flask, studio: Studio
) -> None:
    draft = a_live_page(app, studio)
    settings, now = app.extensions["lodestone"], clock.now()
    when = typed(now + timedelta(days=2), settings.zone)
    told = studio.post(f"{draft}/publish", 422, at=when, which="correction", **{"as": "correction"})
    assert "Nothing has changed since it was published.</p>" in told
    studio.save(f"{draft}/page", **{"page-headline": "The headline of Monday"})
    studio.post(f"{draft}/publish", at=when, **{"as": "correction"})
    studio.save(f"{draft}/text/{CHAPTER}", text="# Who calls\n\n![Tea](../pictures/gone.png)\n")

    studio.post(f"{draft}/publish", **{"as": "correction"})
    press(app)

    assert "A new version waits" in studio.get(f"{draft}/check")
    assert "draft.untimed" not in [entry.action for entry in every(AuditEntry)]


def test_whoever_planned_it_is_told_that_it_went_live_or_what_stopped_it(
    app: Flask, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = a_live_page(app, studio)
    settings, now = app.extensions["lodestone"], clock.now()
    when = typed(now + timedelta(days=2), settings.zone)
    studio.save(f"{draft}/page", **{"page-headline": "The headline of Monday"})
    studio.post(f"{draft}/publish", at=when, **{"as": "correction"})

    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=2, minutes=1))
    press(app)
    [(receiver, subject, text)] = posted(app, settings)

    assert (receiver, subject) == (["mara@northwind.example"], "Published as planned: Answer fast")
    assert "planned for Thursday, 17 September 2026" in text
    assert "http://localhost:8000/answer-fast" in text

    studio.save(f"{draft}/text/{CHAPTER}", text="# Who calls\n\n![Tea](../pictures/gone.png)\n")
    studio.post(f"{draft}/publish", at=typed(now + timedelta(days=4), settings.zone), **{"as": "newest"})
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=4, minutes=1))
    press(app)
    [(receiver, subject, text)] = posted(app, settings)

    assert (receiver, subject) == (["mara@northwind.example"], "Not published: Answer fast")
    assert "gone.png" in text
    assert f"{draft}/check" in text
    assert "The headline of Monday" in studio.client.get("/answer-fast").text
