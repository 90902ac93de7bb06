"""Who writes sees the pages as the press sets them, and the landing page by its own template."""

import html
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from PIL import Image

from capture import clock
from capture.accounts.models import Role
from capture.catalogue import proofs
from capture.catalogue.models import Draft, Proof, ProofPage
from capture.catalogue.proofs import Drawn, Result
from capture.db import JsonObject, db, transaction
from capture.worker import Worker
from tests import word
from tests.factories import every
from tests.web.studio import Studio
from tests.web.test_studio_drafts import library, parcel, zipped

CHAPTER = "chapters/03-who-calls.md"


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


def ask(studio: Studio, draft: str, part: str = CHAPTER) -> str:
    return studio.post(f"{draft}/proofs", part=part)


def told(studio: Studio, place: str) -> JsonObject:
    studio.get("/studio/drafts/")
    answer = studio.client.get(place, headers={"Accept": "application/json"}).json
    assert answer
    return answer


def test_a_chapter_is_shown_as_pages_and_only_what_was_changed_is_set_again(app: Flask, studio: Studio) -> None:
    draft = studio.start()
    place = ask(studio, draft)
    assert not told(studio, place)["finished"]

    assert Worker(app).do_one("proof")

    first = told(studio, place)
    assert (first["finished"], first["fault"]) == (True, "")
    [page] = first["pages"]
    picture = studio.client.get(page["url"])
    assert Image.open(io.BytesIO(picture.data)).size == (page["width"], page["height"])
    assert "immutable" in picture.headers["Cache-Control"]
    other = studio.start()
    studio.get(page["url"].replace(draft, other), 404)
    studio.get(place.replace(draft, other), 404)
    Studio(app, Role.SALES, "sam@northwind.example").get(page["url"], 403)
    studio.save(f"{draft}/text/chapters/02-the-first-hour.md", text="# The first hour\n\nAnother text.\n")
    assert ask(studio, draft) == place
    studio.save(f"{draft}/text/{CHAPTER}", text="# Who calls\n\nMara.\n")
    assert ask(studio, draft) != place
    studio.post(f"{draft}/proofs", 404, part="chapters/none.md")


def test_a_proof_that_a_later_one_has_overtaken_is_not_set(app: Flask, studio: Studio) -> None:
    draft = studio.start()
    overtaken = ask(studio, draft)
    studio.save(f"{draft}/text/{CHAPTER}", text="# Who calls\n\nMara.\n")
    ask(studio, draft)

    Worker(app).do_one("proof")

    assert not told(studio, overtaken)["finished"]


def test_a_document_that_does_not_parse_says_why_there_are_no_pages(app: Flask, studio: Studio) -> None:
    draft = studio.start()
    studio.save(f"{draft}/text/magnet.toml", text="format = ")
    place = ask(studio, draft)

    Worker(app).do_one("proof")

    assert "not valid TOML" in str(told(studio, place)["fault"])
    assert "cannot be set" in studio.get(place)
    assert "nothing to show yet" in studio.get(f"{draft}/landing")


def test_proofs_go_after_an_hour(studio: Studio) -> None:
    draft, at = studio.start(), clock.now()
    for part in (CHAPTER, "chapters/02-the-first-hour.md"):
        place = ask(studio, draft, part)
        with transaction():
            [newest] = [proof for proof in every(Proof) if proof.part == part]
            proofs.finish(newest.id, Result((Drawn(part[-9:], 1, 1, b"picture"),), 1), at=at)
            newest.asked_at = at
        at += proofs.KEPT + timedelta(minutes=1)
        db.session.remove()

    assert place.rpartition("/")[2] in {proof.public_id for proof in every(Proof)}
    assert [page.sha for page in every(ProofPage)] == ["t-hour.md"]


@pytest.mark.parametrize("slug", ["one-pipeline", "handoff-checklist", "pipeline-review-live"])
def test_the_landing_page_is_shown_before_it_is_published(studio: Studio, slug: str) -> None:
    draft = studio.post("/studio/drafts/new", file=zipped(library(slug))).rstrip("/")
    studio.save(f"{draft}/page", **{"page-headline": "Seen before it is live"})

    answer = studio.client.get(f"{draft}/landing")

    assert "Seen before it is live" in answer.text
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "0 pages" not in answer.text


def test_other_screens_are_still_framed_by_nobody(studio: Studio) -> None:
    answer = studio.client.get(f"{studio.start()}/page")

    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_picture_comes_into_the_text_with_what_it_shows(studio: Studio) -> None:
    draft = studio.start()
    for _ in range(2):
        place = studio.post(
            f"{draft}/pictures/{CHAPTER}", picture=(io.BytesIO(word.png()), "My tea.PNG"), alt="Tea [hot]"
        )

    contents = parcel(studio, draft)
    assert place.partition("?")[0] == f"{draft}/text/{CHAPTER}"
    assert contents["pictures/my-tea.png"] == contents["pictures/my-tea-2.png"] == word.png()
    assert (
        contents[CHAPTER]
        .decode()
        .endswith("![Tea \\[hot\\]](../pictures/my-tea.png)\n\n![Tea \\[hot\\]](../pictures/my-tea-2.png)\n")
    )


def test_a_script_gets_the_words_that_show_a_picture(studio: Studio) -> None:
    draft = studio.start()

    def send(name: str) -> tuple[int, dict[str, str]]:
        studio.get("/studio/drafts/")
        data = {"csrf_token": studio.token, "picture": (io.BytesIO(word.png()), name), "alt": ""}
        answer = studio.client.post(f"{draft}/pictures/{CHAPTER}", data=data, headers={"Accept": "application/json"})
        return answer.status_code, answer.json or {}

    assert send("line.png") == (200, {"text": "![](../pictures/line.png){.decorative}"})
    assert send("run.exe")[0] == 422
    assert every(Draft)[0].files.keys() >= {"pictures/line.png"}


def test_the_form_can_be_tried_beside_its_screens_and_nothing_of_it_is_sent(studio: Studio) -> None:
    draft = studio.start()
    for screen, at in (("form", "form"), ("form/company", "field-company")):
        [place] = re.findall(r'<iframe[^>]* src="([^"]*)"', studio.get(f"{draft}/{screen}"))

        shown = studio.client.get(html.unescape(place))

        assert f'id="{at}"' in shown.text
        policy = shown.headers["Content-Security-Policy"]
        assert ("connect-src 'none'" in policy, "form-action 'none'" in policy) == (True, True)
        assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "connect-src 'self'" in studio.client.get(f"{draft}/landing").headers["Content-Security-Policy"]
