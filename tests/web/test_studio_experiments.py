"""An experiment in the studio: begun, written, started, its numbers, its winner taken over into the draft."""

import io
import re
import tomllib

from flask import Flask
from PIL import Image

from capture import clock
from capture.accounts.models import AuditEntry
from capture.attribution.models import Exposure
from capture.db import JsonObject
from capture.pages import pages
from capture.pages.models import Experiment, Variant
from capture.worker import Worker
from tests.factories import every
from tests.stories import PERSON, submit
from tests.web.studio import Studio
from tests.web.test_studio_drafts import a_webinar, parcel

WORDS = {
    "A-weight": "1",
    "B-headline": "Prices that hold",
    "B-weight": "3",
    "B-out": "company",
    "B-optional": "name",
    "B-one_step": "1",
}
SECTIONS = {"B-order": ["outcomes", "form", "agenda"], "B-shown": "outcomes"}
NOTHING = {"A-weight": "1", "B-weight": "1", "B-headline": ""}


def test_an_experiment_is_begun_written_started_seen_and_its_variant_taken_over(app: Flask) -> None:
    studio = Studio(app)
    draft = a_webinar(studio)
    for key, step in (("email", "Where to"), ("name", "About you")):
        studio.save(f"{draft}/form/{key}", step=step)
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
    studio.post_seen(variants, on=screen, then="C", **WORDS, **SECTIONS, **{"C-weight": "1"})
    assert [variant.overrides["sections"] for variant in every(Variant)] == [[], ["hero", "outcomes", "form"]]
    studio.post_seen(variants, on=screen, then="start", **WORDS)
    assert "Nobody has been counted yet" in studio.get(f"{draft}/experiment")
    variant, page = studio.get(f"{place}/B"), studio.get(f"{place}/A")
    assert "Prices that hold" in variant
    assert ("data-step" in variant, "data-step" in page) == (False, True)
    asked = [re.findall(r'<input[^>]*id="field-name"[^>]*>', shown)[0] for shown in (variant, page)]
    assert [" required" in control for control in asked] == [False, True]
    assert "One is running: 2 variants" in studio.get(f"{draft}/check")
    assert "an experiment is running" in studio.get("/studio/pages")

    for _ in range(4):
        app.test_client().get("/new-webinar", headers={"User-Agent": PERSON})
    screen = studio.get(f"{draft}/experiment")
    assert "No winner can be named yet" in screen
    assert sum(map(int, re.findall(r'data-label="Visitors">(\d+)', screen))) == 4 == len(every(Exposure))

    assert re.search(r"<summary>End the experiment, and take B over….*?ends for good.*?/take-over", screen, re.DOTALL)

    told = studio.get(studio.post(f"{place}/take-over", variant="B"))
    assert "The experiment has ended, and the draft says what B says." in told
    assert f'<a href="{draft}/versions">Or go back to what it said before</a>' in told
    assert "an experiment is running" not in studio.get("/studio/pages")
    assert studio.fields(f"{draft}/page")["page-headline"] == "Prices that hold"
    assert "company" not in studio.get(f"{draft}/form")
    fields = tomllib.loads(parcel(studio, draft)["magnet.toml"].decode())["form"]["fields"]
    assert [field["key"] for field in fields if "step" in field] == []
    assert [field["key"] for field in fields if field.get("required")] == ["email"]
    ended = studio.get(f"{draft}/experiment")
    assert ("B was taken over" in ended, "It ended without a winner" in ended) == (True, True)
    for waiting in ("No winner can be named yet", "on the next screen", "End the experiment"):
        assert waiting not in ended
    assert "Prices that hold" not in app.test_client().get("/new-webinar").text
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")
    assert "Prices that hold" in app.test_client().get("/new-webinar").text
    studio.post(f"{draft}/experiment")
    studio.post(f"{draft}/experiment")
    studio.post(f"{draft}/experiment/{every(Experiment)[-1].public_id}/discard")
    noted = [entry.action for entry in every(AuditEntry) if entry.action.startswith("experiment.")]
    moves = ("begun", "written", "started", "stopped", "taken_over", "begun", "discarded")
    assert noted == [f"experiment.{move}" for move in moves]


def test_variants_are_saved_while_they_are_written_and_a_weight_that_is_none_is_said(app: Flask) -> None:
    studio = Studio(app)
    draft = a_webinar(studio)
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")
    studio.post(f"{draft}/experiment")
    screen = f"{draft}/experiment"
    variants = f"{screen}/{every(Experiment)[0].public_id}/variants"
    form = {"csrf_token": studio.token, "A-weight": "1", "B-weight": "2", "B-headline": "Prices that hold"}
    [mark] = re.findall(r'name="mark" value="([^"]*)"', studio.get(screen))

    first = studio.script(variants, {**form, "mark": mark})
    assert first.json
    assert [variant.weight for variant in every(Variant)] == [1, 2]
    for weight in ("abc", "0", "101", "1.5", "50 %", ""):
        refused = studio.script(variants, {**form, "mark": first.json["mark"], "B-weight": weight})
        assert (
            refused.status_code,
            "the weight of B has to be a whole number from 1 to 100, without %." in refused.text,
        ) == (422, True)
    told = studio.post_seen(variants, 422, on=screen, **form | {"B-weight": "abc", "B-headline": "Prices for years"})
    assert ('value="abc" aria-invalid="true"' in told, 'value="Prices for years"' in told) == (True, True)
    assert [variant.weight for variant in every(Variant)] == [1, 2]

    assert "Nobody has filled the form in the last four weeks" in studio.get(screen)
    submit(pages.open_by_slug("new-webinar", at=clock.now()))
    assert "that takes more than two years" in studio.get(screen)

    order = re.findall(r'name="B-order" value="(\w+)"', studio.get(screen))
    assert order[:2] == ["form", "outcomes"]
    moved = {"B-order": order, "B-shown": order, "then": "down B form"}
    assert studio.post_seen(variants, on=screen, **form, **moved).endswith("#B-form")
    assert re.findall(r'name="B-order" value="(\w+)"', studio.get(screen))[:2] == ["outcomes", "form"]
    preview = studio.client.get(variants.replace("variants", "B"))
    assert "Prices that hold" in preview.text
    assert preview.headers["X-Frame-Options"] == "SAMEORIGIN"


def a_picture(width: int) -> io.BytesIO:
    """A picture of this width; without one, a file that is none."""
    drawn = io.BytesIO()
    if width:
        Image.new("RGB", (width, 800), "#0b5a6b").save(drawn, "PNG")
    drawn.seek(0)
    return drawn


def covers_of(studio: Studio, place: str, letters: str = "AB") -> list[str]:
    """The covers that these variants show."""
    stages = [studio.get(f"{place}/{letter}").partition('class="stage"')[2] for letter in letters]
    return [re.findall(r"/pictures/([0-9a-f]{64})", stage)[0] for stage in stages]


def told_of(studio: Studio, draft: str) -> JsonObject:
    answer = studio.client.get(f"{draft}/experiment", headers={"Accept": "application/json"}).json
    assert answer
    return answer


def test_an_experiment_starts_by_itself_with_the_last_of_its_covers(app: Flask) -> None:
    studio = Studio(app)
    draft = studio.start()
    studio.save(f"{draft}/page", **{"magnet-summary": "Call back within the hour."})
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")
    studio.post(f"{draft}/experiment")
    place = f"{draft}/experiment/{every(Experiment)[0].public_id}"
    arts = {"A-weight": "1", "B-weight": "1", "B-cover": "weave", "C-weight": "1"}
    studio.post_seen(f"{place}/variants", on=f"{draft}/experiment", then="save", **arts)
    for size, name, reason in (
        (600, "a.svg", "has a picture"),
        (0, "a.png", "be opened"),
        (599, "a.png", "599 pixels"),
    ):
        assert reason in studio.post(f"{place}/C/cover", 422, picture=(a_picture(size), name))
    studio.post(f"{place}/C/cover", picture=(a_picture(600), "front.png"))
    assert "A picture of your own</option>" in studio.get(f"{draft}/experiment")
    arts |= {"C-cover": "picture"}
    studio.post_seen(f"{place}/variants", on=f"{draft}/experiment", then="start", **arts)

    studio.save(f"{draft}/page", **{"magnet-title": "Answer faster"})
    studio.post(f"{draft}/publish")  # another edition, whose covers are others
    Worker(app).do_one("render")
    assert told_of(studio, draft)["said"] == "0 of 2 covers drawn"
    while every(Experiment)[0].started_at is None:
        assert app.test_client().get("/answer-fast").status_code == 200
        assert Worker(app).do_one("proof")

    assert told_of(studio, draft)["finished"]
    assert len({*covers_of(studio, place), *covers_of(studio, place, "C")}) == 3
    [started] = [entry for entry in every(AuditEntry) if entry.action == "experiment.started"]
    assert started.actor == every(Experiment)[0].created_by

    studio.post(f"{place}/take-over", variant="C")
    bundle = parcel(studio, draft)
    [path] = [path for path in bundle if path.startswith("pictures/cover-")]
    assert bundle[path] == a_picture(600).getvalue()
    assert f'cover = "{path}"' in bundle["magnet.toml"].decode()


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
    two = {**words, "C-weight": "1", "C-cover": "arcs"}
    studio.post_seen(variants, on=screen, then="start", **two)
    assert "0 of 2 covers drawn" in studio.get(screen)
    assert told_of(studio, draft) == {"finished": False, "said": "0 of 2 covers drawn", "done": 0, "total": 2}
    assert Worker(app).do_one("proof")
    assert told_of(studio, draft)["done"] == 1
    assert every(Experiment)[0].started_at is None
    studio.post(f"{place}/change")
    assert 'value="weave" selected' in studio.get(screen)
    while Worker(app).do_one("proof"):
        pass
    assert every(Experiment)[0].started_at is None
    changed = words | {"B-cover": "contours"}
    studio.post_seen(variants, on=screen, then="save", **changed)
    [mark] = re.findall(r'name="mark" value="([^"]*)"', studio.get(screen))
    studio.post_seen(variants, on=screen, then="start", **changed)
    studio.post(variants, mark=mark, then="save", **changed)  # in a window that was opened before
    while Worker(app).do_one("proof"):
        pass
    assert every(Experiment)[0].started_at is None  # what was saved after the start is still to be started
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
