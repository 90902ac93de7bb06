"""An experiment in the studio: begun, written, started, its numbers, its winner taken over into the draft."""

import re

from flask import Flask

from capture.accounts.models import AuditEntry
from capture.attribution.models import Exposure
from capture.pages.models import Experiment, Variant
from capture.worker import Worker
from tests.factories import every
from tests.stories import PERSON
from tests.web.studio import Studio
from tests.web.test_studio_drafts import a_webinar

WORDS = {"A-weight": "1", "B-headline": "Prices that hold", "B-weight": "3", "B-out": "company"}
PLACES = {"B-place-form": "2", "B-place-outcomes": "1", "B-place-agenda": ""}
NOTHING = {"A-weight": "1", "B-weight": "1", "B-headline": ""}


def test_an_experiment_is_begun_written_started_seen_and_its_variant_taken_over(app: Flask) -> None:
    studio = Studio(app)
    draft = a_webinar(studio)
    studio.get(f"{draft}/experiment", 404)  # nobody sees it yet
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")
    assert "Let visitors decide" in studio.get(f"{draft}/experiment")

    studio.post(f"{draft}/experiment")
    [experiment] = every(Experiment)
    place, screen = f"{draft}/experiment/{experiment.public_id}", f"{draft}/experiment"
    variants = f"{place}/variants"
    assert "says the same as A" in studio.post_seen(variants, 422, on=screen, then="start", **NOTHING)
    studio.post_seen(variants, on=screen, then="add", **WORDS)
    assert 'name="C-headline"' in studio.get(f"{draft}/experiment")
    studio.post_seen(variants, on=screen, then="C", **WORDS, **PLACES, **{"C-weight": "1"})
    assert [variant.overrides["sections"] for variant in every(Variant)] == [[], ["hero", "outcomes", "form"]]
    studio.post_seen(variants, on=screen, then="start", **WORDS)
    assert "Nobody has been counted yet" in studio.get(f"{draft}/experiment")
    assert "Prices that hold" in studio.get(f"{place}/B")
    assert "One is running: 2 variants" in studio.get(f"{draft}/check")

    for _ in range(4):
        app.test_client().get("/new-webinar", headers={"User-Agent": PERSON})
    screen = studio.get(f"{draft}/experiment")
    assert "No winner can be named yet" in screen
    assert sum(map(int, re.findall(r'data-label="Visitors">(\d+)', screen))) == 4 == len(every(Exposure))

    assert studio.post(f"{place}/take-over", variant="B") == f"{draft}/check?saved=1"
    assert studio.fields(f"{draft}/page")["page-headline"] == "Prices that hold"
    assert "company" not in studio.get(f"{draft}/form")
    assert "B was taken over" in studio.get(f"{draft}/experiment")
    assert "Prices that hold" not in app.test_client().get("/new-webinar").text
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")
    assert "Prices that hold" in app.test_client().get("/new-webinar").text
    studio.post(f"{draft}/experiment")
    studio.post(f"{draft}/experiment")
    studio.post(f"{draft}/experiment/{every(Experiment)[-1].public_id}/discard")
    noted = [entry.action for entry in every(AuditEntry) if entry.action.startswith("experiment.")]
    moves = ("begun", *("written",) * 3, "started", "stopped", "taken_over", "begun", "discarded")
    assert noted == [f"experiment.{move}" for move in moves]


def covers_of(studio: Studio, place: str) -> list[str]:
    """The cover that A shows, and that of B."""
    stages = [studio.get(f"{place}/{letter}").partition('class="stage"')[2] for letter in "AB"]
    return [re.findall(r"/pictures/([0-9a-f]{64})", stage)[0] for stage in stages]


def test_a_cover_is_drawn_for_its_variant_and_again_for_a_correction(app: Flask) -> None:
    studio = Studio(app)
    draft = studio.start()
    studio.save(f"{draft}/page", **{"magnet-summary": "Call back within the hour."})
    studio.save(f"{draft}/design", **{"magnet-cover_art": "grid"})
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")
    studio.post(f"{draft}/experiment")
    place = f"{draft}/experiment/{every(Experiment)[0].public_id}"
    words = {"A-weight": "1", "B-weight": "1", "B-cover": "weave"}

    variants, screen = f"{place}/variants", f"{draft}/experiment"
    assert "still being drawn" in studio.post_seen(variants, 422, on=screen, then="start", **words)
    while Worker(app).do_one("proof"):
        pass
    studio.post_seen(variants, on=screen, then="start", **words)
    first, second = covers_of(studio, place)
    assert first != second

    studio.save(f"{draft}/page", **{"magnet-title": "Answer faster"})
    studio.post(f"{draft}/publish", **{"as": "correction"})
    Worker(app).do_one("render")
    assert covers_of(studio, place)[1] == second
    while Worker(app).do_one("proof"):
        pass
    corrected = covers_of(studio, place)
    assert len({first, second, *corrected}) == 4

    studio.post(f"{place}/take-over", variant="B")
    assert studio.fields(f"{draft}/design")["magnet-cover_art"] == "weave"
