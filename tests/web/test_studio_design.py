"""A page says its parts in the order that somebody chose, under the brand's logo."""

import io
import re
import tomllib

import pytest
from flask import Flask

from capture.catalogue.models import Draft
from capture.config import Settings
from capture.delivery.links import Purpose
from capture.pages import pages
from capture.worker import Worker
from tests import stories, word
from tests.factories import every
from tests.web import everything
from tests.web.studio import Studio
from tests.web.test_studio_drafts import a_webinar, library, parcel, zipped

PARTS = ("What you will be able to do", "Who it is for", "What is inside", "Questions people ask", "Who wrote it")


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


@pytest.fixture
def draft(studio: Studio) -> str:
    return studio.post("/studio/drafts/new", file=zipped(library("one-pipeline"))).rstrip("/")


def order(studio: Studio, draft: str) -> list[str]:
    """The headings of the landing page, of those that are sections."""
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", studio.get(f"{draft}/landing"))
    return [heading for heading in headings if heading in PARTS or heading in ("Get your copy",)]


def written(studio: Studio, draft: str) -> list[str] | None:
    table = tomllib.loads(parcel(studio, draft)["magnet.toml"].decode())
    found = table["page"].get("sections")
    return list(found) if found else None


def test_sections_are_moved_taken_out_and_put_back(studio: Studio, draft: str) -> None:
    assert written(studio, draft) is None

    studio.post(f"{draft}/sections/faq/remove")
    studio.post(f"{draft}/sections/audience/up")

    assert order(studio, draft)[:3] == ["Get your copy", "Who it is for", "What you will be able to do"]
    assert "Questions people ask" not in order(studio, draft)
    studio.post(f"{draft}/sections/faq/add")
    assert order(studio, draft)[-1] == "Questions people ask"


def test_the_form_stays_on_the_page_and_the_opening_first(studio: Studio, draft: str) -> None:
    for move in ("form/remove", "hero/down", "hero/remove", "form/up"):
        studio.post(f"{draft}/sections/{move}")

    assert written(studio, draft) is None
    studio.post(f"{draft}/sections/nonsense/up", 404)


def test_a_form_further_down_gets_a_band_and_a_button_that_leads_to_it(studio: Studio, draft: str) -> None:
    studio.post(f"{draft}/sections/form/down")

    shown = studio.get(f"{draft}/landing")

    assert order(studio, draft)[:2] == ["What you will be able to do", "Get your copy"]
    assert shown.count('href="#form"') == 2
    assert shown.count('id="form"') == 1


def test_an_order_that_somebody_else_has_changed_is_not_overwritten(app: Flask, studio: Studio, draft: str) -> None:
    mark = re.search(r'name="mark" value="(\w+)"', studio.get(f"{draft}/sections"))
    assert mark
    dragged = "hero,form,faq,outcomes,audience,inside,look,quotes,authors"

    Studio(app, email="sam@northwind.example").post(f"{draft}/sections/audience/up")
    refused = studio.post(f"{draft}/sections", 409, order=dragged, mark=mark[1])
    again = re.search(r'name="mark" value="(\w+)"', refused)
    assert again
    studio.post(f"{draft}/sections", order=dragged, mark=again[1])

    assert "Nothing was overwritten" in refused
    assert ",".join(written(studio, draft) or ()) == dragged


def test_sections_that_do_not_exist_are_found(studio: Studio, draft: str) -> None:
    text = parcel(studio, draft)["magnet.toml"].decode().replace("[page]\n", '[page]\nsections = ["faq", "faq", "x"]\n')
    studio.save(f"{draft}/text/magnet.toml", text=text)

    listed = studio.get(f"{draft}/check")

    assert "There is no section" in listed
    assert "listed twice" in listed
    assert f'href="{draft}/sections"' in listed


def test_quotes_stand_on_the_page(studio: Studio, draft: str) -> None:
    said = {"page-quotes-0-words": "We call back <now>.", "page-quotes-0-name": "Grace", "page-quotes-0-role": "Navy"}
    studio.save(f"{draft}/page", **said)

    assert "<p>We call back &lt;now&gt;.</p>" in studio.get(f"{draft}/landing")


def test_a_logo_is_shown_in_the_preview_and_on_the_published_page(app: Flask, studio: Studio) -> None:
    draft = a_webinar(studio)
    studio.post(f"{draft}/logo", logo=(io.BytesIO(word.png()), "Logo.png"))
    assert f'src="{draft}/pictures/pictures/logo.png"' in studio.get(f"{draft}/landing")
    studio.client.get(f"{draft}/pictures/pictures/logo.png")

    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")

    page = app.test_client().get("/new-webinar").text
    [address] = re.findall(r'wordmark--logo" href="/"><img src="([^"]+)"', page)
    assert app.test_client().get(address).mimetype == "image/webp"
    live = pages.by_slug("new-webinar")
    assert live
    given = everything.link(Purpose.THANKS, stories.submit(live).grant)
    assert f'src="{address}"' in app.test_client().get(f"/thanks/{given}").text
    studio.post(f"{draft}/logo")
    assert "wordmark--logo" not in studio.get(f"{draft}/landing")


def test_a_drawing_is_no_logo_and_is_never_shown_by_itself(studio: Studio, draft: str) -> None:
    refused = studio.post(f"{draft}/logo", 422, logo=(io.BytesIO(b"<svg/>"), "logo.svg"))
    assert 'id="logo-error"' in refused
    assert f'action="{draft}/design" data-autosave' in refused
    studio.post(f"{draft}/files", files=(io.BytesIO(b"<svg onload='alert(1)'/>"), "a.svg"))
    studio.get(f"{draft}/pictures/pictures/a.svg", 404)


def test_the_voice_of_the_buttons_and_the_lettering_are_chosen(studio: Studio, draft: str) -> None:
    studio.save(f"{draft}/page", **{"page-button": ""})
    studio.save(f"{draft}/design", **{"brand-voice": "direct", "brand-lettering": "sans", "magnet-theme": "atlas"})

    shown = studio.get(f"{draft}/landing")

    assert "Get the guide" in shown
    assert 'class="theme--atlas lettering--sans"' in shown


def test_a_colour_is_judged_while_it_is_picked(studio: Studio, settings: Settings) -> None:
    studio.get("/studio/drafts/")

    assert studio.client.get("/studio/drafts/colour/0f5c4d").json == {
        "ratio": 7.8,
        "said": "White text reads well on it, and it reads well on white. As it is used: text on buttons 7.8:1, "
        "words on the page 6.9:1; on dark screens 6.0:1 and 8.6:1.",
    }
    studio.get("/studio/drafts/colour/red", 404)
    assert every(Draft) == []
