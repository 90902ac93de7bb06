"""The studio in German: the language of each account, and no English left on a screen."""

import re

from flask import Flask
from flask.testing import FlaskClient

from capture.accounts.models import Role, Staff
from tests.english import english_in, ours_in
from tests.factories import every
from tests.stories import a_fill, a_page, submit
from tests.web.studio import Studio

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
