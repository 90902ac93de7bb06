"""A finished PDF becomes a page in the studio: uploaded, looked into, published, handed out by name."""

import io

import pikepdf
import pytest
from flask import Flask
from pikepdf import Name

from capture.catalogue import editions, parcels, proofpress, proofs
from capture.catalogue.models import Draft, Edition, MagnetKind, Publication
from capture.config import Settings
from capture.delivery.models import Grant
from capture.pages import pages
from capture.web import security
from capture.worker import Worker
from magnets import bundle
from magnets.definition import Deliver, Mark
from tests import stories
from tests.factories import every
from tests.magnets.documents import a_document
from tests.web.studio import Studio

BODY = '<h1>First part</h1><p>Words. <a href="https://a.example/">a link</a></p><h1>Second part</h1><p>More.</p>'


@pytest.fixture(scope="module")
def pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(a_document(BODY, heading=""))) as document:
        document.docinfo[Name.Subject] = "What it costs, and why."
        document.save(out)
    return out.getvalue()


def upload(studio: Studio, content: bytes, status: int = 303, name: str = "price_list-2026.pdf") -> str:
    return studio.post("/studio/drafts/pdf", status, file=(io.BytesIO(content), name))


def test_a_finished_pdf_is_uploaded_published_and_handed_out_by_name(
    app: Flask, settings: Settings, pdf: bytes
) -> None:
    studio = Studio(app)
    place = upload(studio, pdf)
    draft = place.rpartition("/page")[0]

    assert "A guide" in studio.get(place)  # the title that the file has
    for screen in ("/", "/form", "/sections", "/design", "/settings", "/versions", "/landing"):
        studio.get(draft + screen)
    assert 'name="magnet-theme"' in studio.get(f"{draft}/design")  # of the page; the document is what it is
    assert 'name="magnet-page_size"' not in studio.get(f"{draft}/design")
    [begun] = every(Draft)
    shown = proofpress.make(settings, begun.files, proofs.WHOLE)
    assert (shown.fault, shown.count, len(shown.pages)) == ("", 2, 2)
    check = studio.get(f"{draft}/check")
    assert "Nothing stands in the way" in check
    studio.post(f"{draft}/publish")
    assert Worker(app).do_one("render")

    assert [one.faults for one in every(Publication)] == [[]]
    [edition] = every(Edition)
    [kept] = every(Draft)
    assert (kept.kind, edition.pages) == (MagnetKind.FILE, 2)
    assert {one["page"] for one in edition.pictures} == {editions.SHARED, 1}  # its own cover, and not the slip
    assert [line["title"] for line in edition.contents] == ["First part", "Second part"]
    page = pages.by_slug(kept.slug)
    assert page is not None
    assert "First part" in app.test_client().get(f"/{kept.slug}").text
    stories.submit(page, stories.a_fill(company="Analytical"))
    [grant] = every(Grant)
    assert grant.edition_id == edition.id


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"hello", "prices.pdf", "no PDF that can be opened"),
        (b"%PDF-1.7", "prices.docx", "Choose a PDF file"),
        (b"", "", "Choose a PDF file"),
    ],
)
def test_what_is_no_pdf_is_refused_with_a_sentence(app: Flask, content: bytes, name: str, says: str) -> None:
    assert says in upload(Studio(app), content, 422, name)
    assert every(Draft) == []


def test_another_pdf_takes_its_place_and_what_is_none_does_not(app: Flask, pdf: bytes) -> None:
    studio = Studio(app)
    draft = upload(studio, pdf).rpartition("/page")[0]
    [before] = [dict(one.files) for one in every(Draft)]
    longer = a_document(f"{BODY}<h1>Third part</h1>", heading="")

    studio.post(f"{draft}/pdf", 303, file=(io.BytesIO(longer), "prices-final-2.pdf"))
    assert "no PDF that can be opened" in studio.post(f"{draft}/pdf", 422, file=(io.BytesIO(b"hello"), "a.pdf"))

    [kept] = every(Draft)
    assert kept.files.keys() == before.keys()
    assert [name for name in before if kept.files[name] != before[name]] == ["a-guide.pdf"]


def test_a_smaller_file_and_the_place_of_the_name_are_chosen_among_the_settings(
    app: Flask, settings: Settings, pdf: bytes
) -> None:
    studio = Studio(app)
    place = f"{upload(studio, pdf).rpartition('/page')[0]}/settings"

    studio.save(place, **{"file-mark": "every-page", "file-deliver": "smaller"})

    assert studio.fields(place)["file-deliver"] == "smaller"
    [draft] = every(Draft)
    with parcels.laid_out(settings, draft.files) as folder:
        chosen = bundle.read(folder).magnet.file
    assert (chosen.mark, chosen.deliver) == (Mark.EVERY_PAGE, Deliver.SMALLER)


def test_only_this_upload_may_be_large() -> None:
    assert security.body_limit("/studio/drafts/pdf") > 200_000_000
    assert security.body_limit(f"/studio/drafts/{'a' * 22}/pdf") > 200_000_000
    assert security.body_limit("/studio/drafts/new") == security.STUDIO_BODY
