"""A page in a second language: copied, translated, published, and linked with the first one."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from capture import clock
from capture.catalogue import parcels
from capture.catalogue.models import Draft
from capture.config import Settings
from capture.errors import PublishingStopped
from capture.journey import marketer, opening
from tests.factories import every
from tests.journeys.test_publishing import PAGE, a_webinar
from tests.magnets.bundles import a_folder
from tests.web.studio import Studio
from tests.web.test_studio_drafts import parcel, zipped

GERMAN = {
    "magnet-title": "Eine Pipeline",
    "magnet-summary": "Was Marketing an den Vertrieb übergibt und wann.",
    "page-promise": "Ein Leitfaden für zwei Teams.",
    "page-outcomes": "Ein Profil vereinbaren",
}


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


def publish(folder: Path, settings: Settings) -> None:
    marketer.publish(folder, settings=settings, at=clock.now())


def publish_draft(slug: str, settings: Settings) -> None:
    [draft] = [draft for draft in every(Draft) if draft.slug == slug]
    with parcels.laid_out(settings, draft.files) as folder:
        publish(folder, settings)


def address_of(slug: str) -> str:
    return next(f"/studio/drafts/{draft.public_id}" for draft in every(Draft) if draft.slug == slug)


def translate(studio: Studio, draft: str, path: str, text: str) -> None:
    [sha] = [row.files[path] for row in every(Draft) if row.public_id == draft.rpartition("/")[2]]
    studio.post(f"{draft}/text/{path}", text=text, mark=sha)


def alternates(page: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="http://localhost:8000([^"]+)">', page))


SITEMAP, XHTML = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.w3.org/1999/xhtml}"
HERE = "http://localhost:8000"


def sitemap(client: FlaskClient) -> dict[str, dict[str, str]]:
    """By path: its versions, by language; held to what sitemaps.org and the search engines ask of a sitemap."""
    answer = client.get("/sitemap.xml")
    root = ElementTree.fromstring(answer.data)
    assert (root.tag, answer.mimetype) == (f"{SITEMAP}urlset", "application/xml")
    found: dict[str, dict[str, str]] = {}
    for url in root:
        names = [part.tag.removeprefix(SITEMAP) for part in url if part.tag != f"{XHTML}link"]
        assert (url.tag, names) in ((f"{SITEMAP}url", ["loc"]), (f"{SITEMAP}url", ["loc", "lastmod"]))
        address = url.findtext(f"{SITEMAP}loc", "")
        assert address.startswith(f"{HERE}/")
        assert len(address) < 2048
        assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", url.findtext(f"{SITEMAP}lastmod", ""))
        links = [link.attrib for link in url.iter(f"{XHTML}link")]
        assert all(link.keys() == {"rel", "hreflang", "href"} and link["rel"] == "alternate" for link in links)
        versions = {link["hreflang"]: link["href"].removeprefix(HERE) for link in links}
        assert len(versions) == len(links)
        found[address.removeprefix(HERE)] = versions
    for path, versions in found.items():  # each names itself and all others, and they name it back
        assert not versions or path in versions.values()
        assert all(found[other] == versions for other in versions.values())
    return found


def in_words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_a_page_is_copied_into_a_language_translated_and_linked(
    studio: Studio, client: FlaskClient, settings: Settings, tmp_path: Path
) -> None:
    publish(a_webinar(tmp_path), settings)
    assert alternates(client.get("/live").text) == {}

    copied = studio.post(f"{address_of('live')}/languages", language="de")
    magnet = tomllib.loads(parcel(studio, copied.removesuffix("/languages"))["magnet.toml"].decode())["magnet"]
    assert (magnet["slug"], magnet["language"], magnet["translation_of"]) == ("live-de", "de", "live")

    left = in_words(studio.get(copied))
    assert "6 texts not translated yet" in left
    assert "Title One pipeline" in left
    assert "What one can do afterwards, 1 Agree on one profile" in left
    assert "Form, email: label Work e-mail" in left
    assert "not translated yet" not in studio.get(f"{address_of('live')}/languages")
    draft = copied.removesuffix("/languages")
    assert "6 texts are not translated yet." in studio.get(f"{draft}/check")
    studio.save(f"{draft}/page", **GERMAN)
    studio.save(f"{draft}/form/email", label="E-Mail")
    assert "1 text not translated yet" in in_words(studio.get(copied))
    translate(studio, draft, "chapters/01-one.md", "# Anfang\n\nEin erster Satz.")
    assert "Everything is translated" in studio.get(copied)

    publish_draft("live-de", settings)
    english, german = client.get("/live").text, client.get("/live-de").text
    both = {"en": "/live", "x-default": "/live", "de": "/live-de"}
    assert alternates(english) == alternates(german) == both
    assert '<a href="/live-de" hreflang="de">Deutsch</a>' in english
    assert '<li lang="de"><span aria-current="true">Deutsch</span></li>' in german
    assert "Meinen Platz sichern" in german
    assert "/live-de" not in re.findall(r'<h2><a href="([^"]+)"', client.get("/").text)
    assert sitemap(client) == {"/": {}, "/live": both, "/live-de": both}

    opening.close("live-de", actor="cli", at=clock.now())
    assert alternates(client.get("/live").text) == {}
    assert sitemap(client) == {"/": {}, "/live": {}}


def test_chapters_are_compared_by_paragraphs(studio: Studio) -> None:
    draft = studio.start()
    copied = studio.post(f"{draft}/languages", code="fr")
    chapter = "chapters/03-who-calls.md"
    before = studio.get(copied)

    translate(studio, copied.removesuffix("/languages"), chapter, "# Qui appelle\n\nUne personne.")

    assert f'{chapter}</a></th><td data-label="It says">2 of 2 paragraphs' in before
    assert chapter not in in_words(studio.get(copied))


def test_there_is_one_version_in_each_language(studio: Studio, settings: Settings, tmp_path: Path) -> None:
    publish(a_webinar(tmp_path / "one"), settings)
    first = address_of("live")

    copied = studio.post(f"{first}/languages", language="de")

    assert "There is a version in Deutsch already." in studio.post(f"{copied}", 422, language="de")
    assert "Choose a language by its code" in studio.post(f"{first}/languages", 422, code="German!")
    publish_draft("live-de", settings)
    another = a_webinar(tmp_path / "two", slug="live-auf-deutsch")
    definition = (another / "magnet.toml").read_text()
    linked = definition.replace("[magnet]\n", '[magnet]\nlanguage = "de"\ntranslation_of = "live"\n')
    (another / "magnet.toml").write_text(linked)
    with pytest.raises(PublishingStopped, match="/live-de is the version in Deutsch"):
        publish(another, settings)


def test_a_bundle_takes_language_and_link_along(studio: Studio, settings: Settings, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, more=PAGE)
    definition = (folder / "magnet.toml").read_text()
    linked = definition.replace("[magnet]\n", '[magnet]\nlanguage = "de"\ntranslation_of = "pipeline"\n')

    contents = {"magnet.toml": linked.encode(), "chapters/01-one.md": b"# Anfang\n\nEin Satz.\n"}
    draft = studio.start("", file=zipped(contents))

    assert every(Draft)[0].translation_of == "pipeline"
    assert parcel(studio, draft) == contents
    plain_copy = studio.post("/studio/drafts/new", copy=every(Draft)[0].public_id)
    assert b"translation_of" not in parcel(studio, plain_copy.rstrip("/"))["magnet.toml"]
