"""The studio in German: the language of each account, and no English left on a screen."""

import re
from collections.abc import Mapping

from flask import Flask
from flask.testing import FlaskClient

from capture.accounts.models import Role, Staff
from capture.catalogue.models import Publication, PublicationState
from capture.config import Settings
from capture.db import transaction
from capture.leads.models import Lead
from capture.pages import pages
from capture.worker import Worker
from tests.english import english_in, ours_in
from tests.factories import every
from tests.stories import a_fill, a_page, submit
from tests.web.everything import places
from tests.web.studio import Studio
from tests.web.test_studio_imports import bring, imported
from tests.web.test_studio_inbox import INBOX, hand_over, hidden, press

# Pages of the draft, in its own language, and what the story wrote itself.
NOT_OURS = {"drafts.landing", "drafts.variant_preview", "drafts.embed_preview", "drafts.embed_example"}
WRITTEN = {
    *("Answer", "Answer %(number)s", "Company", "Company size", "Country", "First name", "Job title", "Last name"),
    *("Phone", "Please contact %(person)s", "Send me the guide", "From", "page", "campaign", "Campaign", "Content"),
    *("magnet", "Always", "Never", "Nobody", "What", "When", "rejected", "%(num)s rejected", "Paid social"),
}
# Outcomes and headers as files say them.
IN_FILES = {
    "inbox.report": {
        *("Amount", "Date", "MQL ID", "Currency", "Stage", "Wrong data", "accepted", "lost", "opportunity")
    },
    "reports.costs": {"Currency", "Last day", "Kind", "Source"},
    "destinations.listing": {"%(size)s people", "Order"},
    "branding.show": {"Source"},  # of the name of a typeface
}
# What still speaks English there: the meanings of the API's columns.
NOT_YET = {
    "destinations.columns": {
        *("%(more)s points", "Answer by %(time)s", "Engagement", "Full name", "People", "Telephone number"),
        *("The level reached", "The newest", "empty", "handed over %(time)s", "words"),
    },
}
GERMAN = {"Accept-Language": "de-CH,de;q=0.9,en;q=0.5"}


def test_the_login_page_speaks_the_language_of_the_browser(client: FlaskClient) -> None:
    german = client.get("/studio/login", headers=GERMAN).text
    french = client.get("/studio/login", headers={"Accept-Language": "fr"}).text

    assert '<html lang="de">' in german
    assert "Noch kein Passwort?" in german
    assert english_in(german, studio=True) == []
    assert '<html lang="en">' in french


def test_the_language_of_an_account_goes_before_that_of_the_browser(app: Flask) -> None:
    studio = Studio(app, Role.SALES)
    before = studio.get("/studio/people/me")

    studio.post("/studio/people/me/language", language="de")

    assert '<option value="de" lang="de">Deutsch</option>' in before
    assert [person.language for person in every(Staff)] == ["de"]
    german = studio.get("/studio/people/me?spoken=1")
    assert '<html lang="de">' in german
    assert '<option value="de" lang="de" selected>Deutsch</option>' in german
    assert "Das Studio spricht Ihre Sprache" in german
    studio.post("/studio/people/me/language", 400, language="tlh")
    studio.post("/studio/people/me/language", language="")
    assert '<html lang="en">' in studio.get("/studio/people/me")


def test_the_list_of_leads_is_german_with_its_dates_and_channels(app: Flask) -> None:
    submit(a_page(), a_fill())
    studio = Studio(app)
    studio.post("/studio/people/me/language", language="de")

    listing = studio.get("/studio/leads")

    assert ours_in(listing, studio=True) == []
    assert '<td data-label="Herkunft">Direkt</td>' in listing
    assert "1 Lead</p>" in listing
    assert re.search(r"1\d\. September 2026", listing)


def test_no_screen_of_the_studio_has_an_english_text_of_ours_left(app: Flask) -> None:
    """What people wrote stays as they wrote it: the story of `everything` is in English, and so are its rules."""
    found = {}
    all_places = places(app)
    studio = Studio(app, Role.ADMIN, "mia@northwind.example")
    studio.post("/studio/people/me/language", language="de")
    for place in all_places:
        if "GET" not in place.methods or not place.path.startswith("/studio/"):
            continue
        answer = studio.open("GET", place.path)
        if answer.mimetype != "text/html" or place.endpoint in NOT_OURS:
            continue
        shown = re.sub(r"<(textarea|pre|code|del|ins)\b.*?</\1>", "", answer.text, flags=re.DOTALL)
        left = sorted({*ours_in(shown, studio=True)} - WRITTEN - IN_FILES.get(place.endpoint, set()))
        left = [one for one in left if one not in NOT_YET.get(place.endpoint, set())]
        if left or ('<html lang="de">' not in answer.text and answer.status_code == 200):
            found[place.endpoint] = left

    assert found == {}


def test_what_a_form_may_fill_and_the_facts_of_a_lead_are_called_as_the_reader_speaks(app: Flask) -> None:
    submit(a_page(), a_fill(country="AT"))
    studio = Studio(app)
    studio.post("/studio/people/me/language", language="de")
    draft = studio.start()

    told = studio.get(f"{draft}/form/company")
    story = studio.get(f"/studio/leads/{every(Lead)[0].public_id}")

    labels = ("Vorname", "Nachname", "Voller Name", "Firma", "Position", "Telefon", "Land", "Firmengröße", "Website")
    for label in labels:
        assert f">{label}</option>" in told
    assert "<dd>Österreich</dd>" in story
    assert "Austria" not in story


def test_how_warm_somebody_of_a_list_was_is_said_in_german(app: Flask, settings: Settings) -> None:
    studio = Studio(app, Role.ADMIN)
    studio.post("/studio/people/me/language", language="de")

    preview = studio.get(bring(studio))
    imported(studio, settings)
    grace = next(lead for lead in every(Lead) if lead.email == "grace@compiler.example")

    assert "Heiß: " in preview
    assert "Hot" not in preview
    assert "Köln. Heiß. " in studio.get(f"/studio/leads/{grace.public_id}")


def test_rules_are_told_with_numbers_and_groups_as_the_reader_writes_them(app: Flask) -> None:
    studio = Studio(app)
    english = studio.get("/studio/scoring/")
    studio.post("/studio/people/me/language", language="de")
    german = studio.get("/studio/scoring/")

    assert "“Company size” is 1,000 or more" in english
    assert "„Firmengröße“ ist 1.000 oder mehr" in german
    assert "mit den anderen von „Rang“ höchstens 20 Punkte" in german
    assert "seniority" not in german
    for shown in (english, german):
        assert ">−30</td>" in shown
        assert ">-30</td>" not in shown


def test_what_a_page_says_itself_stays_in_its_own_language_and_has_one_wording(app: Flask) -> None:
    studio = Studio(app)
    studio.post("/studio/people/me/language", language="de")
    draft = studio.start()
    studio.save(f"{draft}/page", **{"page-button": ""})
    studio.save(f"{draft}/settings", **{"magnet-language": "en"})
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")
    studio.post(f"{draft}/experiment")

    told, page, design = (studio.get(f"{draft}/{screen}") for screen in ("experiment", "page", "design"))

    assert "Die Seite sagt: Send me the guide" in told
    assert "etwa „Leitfaden an mich senden“." in page
    assert "Der Besucher spricht: Leitfaden an mich senden, Meinen Platz sichern" in design
    assert "Er sagt, was geschieht: Leitfaden anfordern, Platz reservieren" in design


def test_what_is_wrong_with_an_address_is_said_in_a_whole_german_sentence(app: Flask) -> None:
    studio = Studio(app)
    studio.post("/studio/people/me/language", language="de")
    draft = studio.start()

    studio.save(f"{draft}/design", **{"brand-website": "northwind.example"})

    fault = "„Website“ braucht eine Adresse, die mit https:// beginnt; „northwind.example“ ist das nicht."
    assert fault in studio.get(f"{draft}/check")


def test_refusals_progress_and_what_is_kept_of_a_step_are_german_too(app: Flask) -> None:
    [ada] = hand_over("Ada")
    sam, studio = Studio(app, Role.SALES, "sam@northwind.example"), Studio(app, Role.ADMIN)
    for one in (sam, studio):
        one.post("/studio/people/me/language", language="de")
    draft = studio.post("/studio/drafts/new", starter="assessment").rstrip("/")

    assert "wird noch gebraucht von „When is a new lead called?“ und „Call sooner“" in studio.post(
        f"{draft}/questions/dimensions/speed/remove", 422
    )
    assert ">Eine Zahl</option>" in studio.get(f"{draft}/questions")
    studio.save(f"{draft}/questions/questions/first_call", then="add")
    assert "Hinzugefügt: eine Antwort von „When is a new lead called?“" in studio.get(f"{draft}/versions")
    assert "Schreiben Sie einen Tag" in studio.post("/studio/campaigns/aside", 422, parameter="id", raw="7", after="x")
    assert "Wert: da ist nichts" in studio.post("/studio/campaigns/aside", 422, parameter="x", raw="7")
    seen = hidden(sam.get(f"{INBOX}/{ada.public_id}"))
    press(studio, ada, reason="duplicate")
    assert "inzwischen beantwortet: Abgelehnt." in sam.post(f"{INBOX}/{ada.public_id}", 409, **seen, outcome="accepted")

    progress = studio.post(f"{draft}/publish")
    setting = {"stage": "setting", "state": PublicationState.WORKING, "done": 3, "total": 9}
    assert "Seiten werden gesetzt: 3 von 9" in _with(setting, studio, progress)
    taken = {"state": PublicationState.STOPPED, "faults": [pages.SLUG_TAKEN % {"slug": "prices"}]}
    assert "die Adresse prices gehört einer anderen Seite" in _with(taken, studio, progress)


def _with(facts: Mapping[str, object], studio: Studio, progress: str) -> str:
    """What the screen of a publication says once this is so."""
    with transaction() as writing:
        publication = writing.get_one(Publication, every(Publication)[0].id)
        for name, value in facts.items():
            setattr(publication, name, value)
    return studio.get(progress)
