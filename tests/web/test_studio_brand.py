"""The brand of the installation: set once, and new drafts begin with it."""

import io
import tomllib
from collections.abc import Callable

import pytest
from flask import Flask

from capture.accounts.models import AuditEntry, Role
from capture.catalogue.models import Proof
from capture.worker import Worker
from tests import word
from tests.factories import every
from tests.magnets.documents import a_document
from tests.web.studio import TEXT, Studio
from tests.web.test_studio_drafts import library, parcel, zipped

BRAND = "/studio/settings/brand"
SAID = {"brand-colour": "#7a1f5c", "brand-name": "Halden Tools", "magnet-theme": "signal", "brand-voice": "direct"}
TAKEN = {"colour": "#7a1f5c", "name": "Halden Tools", "voice": "direct", "logo": "pictures/logo.png"}

Begin = Callable[[Studio], str]


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


def set_brand(studio: Studio) -> None:
    studio.save(BRAND, **SAID)
    set_logo(studio)


def set_logo(studio: Studio, status: int = 303, name: str = "Logo.png", content: bytes | None = None) -> str:
    logo = (io.BytesIO(word.png() if content is None else content), name)
    return studio.post_seen(f"{BRAND}/logo", status, on=BRAND, logo=logo)


def definition(studio: Studio, draft: str) -> dict[str, dict[str, object]]:
    return tomllib.loads(parcel(studio, draft)["magnet.toml"].decode())


def new(studio: Studio, **data: object) -> str:
    return studio.post("/studio/drafts/new", **data).partition("?")[0].rstrip("/")


def from_word(studio: Studio) -> str:
    given = word.document(word.paragraph("Answer fast", "Title"), word.paragraph("Call back within the hour."))
    return new(studio, file=(io.BytesIO(given), "Guide.docx"))


def from_pdf(studio: Studio) -> str:
    document = (io.BytesIO(a_document("<p>Prices.</p>")), "prices.pdf")
    return studio.post("/studio/drafts/pdf", file=document).removesuffix("/page")


def audited() -> list[object]:
    return [entry.detail["what"] for entry in every(AuditEntry) if entry.action == "brand.changed"]


@pytest.mark.parametrize(
    "begin",
    [
        lambda studio: new(studio, starter="ebook"),
        lambda studio: new(studio, starter="checklist"),
        lambda studio: new(studio, starter="assessment"),
        lambda studio: new(studio, starter="webinar"),
        lambda studio: new(studio, text=TEXT),
        lambda studio: new(studio, file=(io.BytesIO(b"<h1>Answer fast</h1><p>Call back.</p>"), "guide.html")),
        from_word,
        from_pdf,
    ],
    ids=["ebook", "checklist", "assessment", "webinar", "text", "web", "word", "pdf"],
)
def test_a_new_draft_begins_with_the_brand(studio: Studio, begin: Begin) -> None:
    set_brand(studio)

    draft = begin(studio)

    said = definition(studio, draft)
    assert (said["magnet"]["theme"], said["brand"]) == ("signal", TAKEN)
    assert parcel(studio, draft)["pictures/logo.png"] == word.png()
    assert "This draft has the" in studio.get(f"{draft}/design")


def test_without_a_brand_a_starter_begins_as_it_is_shipped(studio: Studio) -> None:
    draft = new(studio, starter="checklist")

    said = definition(studio, draft)

    assert (said["magnet"]["theme"], "brand" in said) == ("signal", False)
    assert "Take the brand" not in studio.get(f"{draft}/design")


def test_what_the_brand_leaves_empty_is_as_each_kind_of_page_begins(studio: Studio) -> None:
    studio.save(BRAND, **{"brand-colour": "#7a1f5c"})

    said = definition(studio, new(studio, starter="checklist"))

    assert (said["magnet"]["theme"], said["brand"]) == ("signal", {"colour": "#7a1f5c"})


def test_a_bundle_and_a_copy_keep_the_brand_that_they_bring(studio: Studio) -> None:
    bundle = new(studio, file=zipped(library("one-pipeline")))
    set_brand(studio)

    copy = new(studio, copy=bundle.rpartition("/")[2])
    again = new(studio, file=zipped(library("one-pipeline")))

    assert definition(studio, copy)["brand"]["colour"] == "#0b5a6b"
    assert parcel(studio, again) == library("one-pipeline")


def test_a_draft_takes_the_brand_by_a_button_and_goes_back(studio: Studio) -> None:
    draft = new(studio, file=zipped(library("one-pipeline")))
    set_brand(studio)
    assert parcel(studio, draft) == library("one-pipeline")

    studio.post(f"{draft}/brand")

    taken = definition(studio, draft)
    assert taken["brand"]["colour"] == "#7a1f5c"
    assert taken["brand"]["website"] == "https://northwind.example"
    assert "Brand of the installation" in studio.get(f"{draft}/versions")
    studio.post(f"{draft}/versions/1/restore")
    assert parcel(studio, draft) == library("one-pipeline")


def test_a_brand_that_a_draft_has_is_not_taken_twice(studio: Studio) -> None:
    set_brand(studio)
    draft = new(studio, starter="ebook")
    before = parcel(studio, draft)

    studio.post(f"{draft}/brand")

    assert parcel(studio, draft) == before
    assert "Brand of the installation" not in studio.get(f"{draft}/versions")


def test_a_logo_never_takes_the_place_of_a_picture_of_the_draft(studio: Studio) -> None:
    set_brand(studio)
    draft = new(studio, file=zipped(library("one-pipeline")))
    studio.post(f"{draft}/files", files=(io.BytesIO(b"another"), "logo.png"))

    studio.post(f"{draft}/brand")

    files = parcel(studio, draft)
    assert definition(studio, draft)["brand"]["logo"] == "pictures/logo-2.png"
    assert (files["pictures/logo.png"], files["pictures/logo-2.png"]) == (b"another", word.png())


def test_there_is_nothing_to_take_before_somebody_sets_a_brand(studio: Studio) -> None:
    studio.post(f"{new(studio, starter='ebook')}/brand", 404)


def test_the_brand_is_seen_on_a_page_and_in_a_document_that_nobody_keeps(app: Flask, studio: Studio) -> None:
    set_brand(studio)
    screen, specimen = studio.get(BRAND), "/studio/drafts/brand"
    assert f'src="{specimen}/landing"' in screen
    assert "pixels print sharply up to 1 mm" in screen
    landing = studio.get(f"{specimen}/landing")
    assert "/brand/7a1f5c.css" in landing
    assert f'src="{specimen}/pictures/pictures/logo.png"' in landing

    place = studio.post(f"{specimen}/proofs", part="front")
    Worker(app).do_one("proof")

    studio._as_if_alone()
    told = studio.client.get(place, headers={"Accept": "application/json"}).json
    assert told
    assert told["fault"] == ""
    assert studio.client.get(told["pages"][0]["url"]).mimetype == "image/webp"
    assert studio.post(f"{specimen}/proofs", part="front") == place
    assert len(every(Proof)) == 1
    studio.get(place, 303)
    for screen in ("design", "text/magnet.toml", "check", "bundle.zip"):
        studio.get(f"{specimen}/{screen}", 404)
    assert "brand" not in studio.get("/studio/drafts/").partition("<main")[2]


def test_two_people_do_not_overwrite_each_other(app: Flask, studio: Studio) -> None:
    seen = studio.fields(BRAND)
    logo_seen = studio.get(BRAND).rpartition('name="mark" value="')[2].partition('"')[0]
    other = Studio(app, email="sam@northwind.example")
    set_brand(other)

    clash = studio.post(BRAND, 409, **{**seen, "brand-colour": "#0b5a6b"})
    late = studio.post(f"{BRAND}/logo", 409, mark=logo_seen, logo=(io.BytesIO(word.png()), "other.png"))

    assert "Nothing was overwritten" in clash
    assert "#7a1f5c" in clash
    assert 'value="#0b5a6b"' in clash
    assert "Nothing was overwritten" in late
    assert studio.fields(BRAND)["brand-colour"] == "#7a1f5c"


def test_a_script_saves_at_every_pause_with_the_mark_that_it_got(studio: Studio) -> None:
    told = studio.script(BRAND, {**studio.fields(BRAND), "brand-name": "Hal"}).json
    assert told

    again = studio.script(BRAND, {**studio.fields(BRAND), "brand-name": "Halden", "mark": told["mark"]})

    assert again.status_code == 200
    assert studio.fields(BRAND)["brand-name"] == "Halden"
    assert audited() == ["Brand name"]


def test_the_audit_log_has_each_value_and_no_sales_person_gets_in(app: Flask, studio: Studio) -> None:
    set_brand(studio)
    assert sorted(map(str, audited())) == [
        "Brand colour",
        "Brand name",
        "Logo",
        "Theme of document and page",
        "Voice of the buttons",
    ]
    sales = Studio(app, Role.SALES, "wim@northwind.example")
    for path in (BRAND, "/studio/drafts/brand/landing"):
        sales.get(path, 403)
    sales.post(BRAND, 403)
    sales.post(f"{BRAND}/logo", 403)
    assert "Brand of the installation changed" in Studio(app, Role.ADMIN, "ada@northwind.example").get(
        "/studio/people/audit"
    )
