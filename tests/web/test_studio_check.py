"""What the check finds is said in the words of the screens, and leads to the very control in which it is mended."""

import html
import io
import re
from urllib.parse import unquote

import pytest
from flask import Flask

from capture import clock
from capture.catalogue import proofs, sentences
from capture.catalogue.models import Draft, Proof
from capture.catalogue.proofs import Result
from capture.db import db, transaction
from capture.languages import of
from capture.worker import Worker
from magnets.sentences import Either, Sentence, counted, packed, sentence, unpacked
from tests.english import ours_in
from tests.factories import every
from tests.web.studio import Studio
from tests.web.test_studio_drafts import library, zipped
from tests.web.test_studio_wrong import wrong
from tests.word import png

CHAPTER = "chapters/03-who-calls.md"

WRECK = """format = 1

[magnet]
slug = "one-pipeline"
kind = "ebook"
title = ""
language = "a language"
summary = "Short."
theme = "gothic"
chapters = ["chapters/01-a.md", "chapters/none.md"]
links = "wherever"

[[magnet.authors]]
role = "Nobody"

[brand]
colour = "green"
website = "company"
logo = "none.png"

[page]
slug = "Not a slug"
button = "far too many words for a button that somebody should press"
delivery = "by pigeon"
embed_on = ["company"]
next_step = { label = "Talk" }
faq = [{ question = "Why?" }, { answer = "Because." }]
quotes = [{ name = "Ada" }]

[[form.fields]]
key = "company"
kind = "text"
label = ""
step = "One"
min_length = 9
max_length = 3

[[form.fields]]
key = "size"
kind = "select"
label = "Size"

[[form.fields]]
key = "yes"
kind = "consent"
required = true
label = "Yes"

[[form.fields]]
key = "why"
kind = "text"
label = "Why"
when = { field = "nothing" }

[seo]
image = "none.png"
"""


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


def remarks(page: str) -> dict[str, tuple[str, str]]:
    """Where each remark is mended, and the address of that, by its words."""
    listed = re.findall(r'<li><a href="([^"]*)">([^<]*)</a><span class="under">([^<]*)</span></li>', page)
    return {html.unescape(words): (html.unescape(place), html.unescape(to)) for to, words, place in listed}


def wreck(studio: Studio) -> str:
    """A draft in which much is wrong; gives its address."""
    draft = studio.post("/studio/drafts/new", file=zipped(library("one-pipeline"))).rstrip("/")
    studio.save(f"{draft}/text/magnet.toml", text=WRECK)
    return draft


def test_what_is_found_leads_to_the_very_control_and_is_called_as_it_is_there(studio: Studio) -> None:
    draft = wreck(studio)

    found = remarks(studio.get(f"{draft}/check"))

    assert len(found) > 25
    assert found["Give “Words” of “Ada” a value."] == ("Page", f"{draft}/page#page-quotes-0-words")
    assert found["Give “Options” of “Size” a list."] == ("Form, “Size”", f"{draft}/form/size#options")
    assert found["Give “Next step: address” a value."] == ("Page", f"{draft}/page#page-next_step-url")
    by_hand = {words for words, (place, _) in found.items() if "magnet.toml" in place}
    assert [words for words in found if "`" in words and words not in by_hand] == []
    for words, (_, to) in found.items():
        path, _, anchor = to.partition("#")
        shown = studio.get(path)
        is_line = "?line=" in to and 'data-line="' in shown
        is_text = "/text/chapters/" in to
        assert is_line or is_text or re.search(rf'<(?:input|select|textarea|fieldset)\b[^>]* id="{anchor}"', shown), (
            words
        )


def test_what_is_wrong_with_a_value_stands_beside_its_control_and_what_is_empty_only_in_the_check(
    studio: Studio,
) -> None:
    draft = wreck(studio)

    found = {to: words for words, (_, to) in remarks(studio.get(f"{draft}/check")).items()}
    beside: dict[str, str] = {}
    for screen in ("page", "design", "settings", "form/company", "form/size", "form/yes", "form/why"):
        page = studio.get(f"{draft}/{screen}")
        beside |= {f"{draft}/{screen}#{name}": words for name, words in errors(page).items()}
        assert wrong(page) == errors(page).keys(), screen

    assert {to: found[to] for to in beside} == beside
    screens = tuple(f"{draft}/{name}" for name in ("page#", "design#", "settings#", "form/"))
    others = {to for to in found if to.startswith(screens)} - beside.keys()
    empty = ("title", "next_step-url", "logo", "label", "options", "purpose", "wording", "outcomes", "promise")
    assert {to for to in others if not to.endswith(empty)} == set()
    assert len(beside) > 15


def test_what_is_wrong_is_said_with_each_save_and_goes_once_it_is_mended(studio: Studio) -> None:
    draft = studio.start()
    studio.save(f"{draft}/settings", **{"page-embed_on": "https://a.example\r\nlocalhost:9206"})
    settings = studio.get(f"{draft}/settings")
    form = studio.fields(f"{draft}/settings")
    told = studio.script(f"{draft}/settings", form).json or {}
    mended = studio.script(f"{draft}/settings", {**form, "page-embed_on": "https://a.example"}).json or {}

    said = "“localhost:9206” is no address of a site: write https:// and its name, such as https://www.company.com."
    assert errors(settings) == {"page-embed_on": said} == told["faults"]
    assert "https://a.example\r\nlocalhost:9206" in form["page-embed_on"]  # nothing that was typed is lost
    assert told["said"].endswith("What is marked cannot be published yet.")
    assert mended["faults"] == {}
    assert errors(studio.get(f"{draft}/settings")) == {}


def test_an_assessment_says_beside_the_answer_what_is_wrong_with_its_points(studio: Studio) -> None:
    draft = studio.post("/studio/drafts/new", file=zipped(library("pipeline-check-up"))).rstrip("/")
    [place, *_] = re.findall(rf'href="({draft}/questions/questions/[^"]+)"', studio.get(f"{draft}/questions"))
    assert errors(studio.get(place)) == {}

    studio.save(place, **{"answers-0-points": "many"})

    assert errors(studio.get(place)).keys() == wrong(studio.get(place)) == {"answers-0-points"}


def errors(page: str) -> dict[str, str]:
    """What is said beside controls, by their ids."""
    said = re.findall(r'<p class="field__error" id="([^"]+)-error"><span class="unseen">Error:</span> (.*?)</p>', page)
    return {name: html.unescape(words) for name, words in said}


def test_a_picture_leads_to_the_line_of_the_chapter_that_shows_it(studio: Studio) -> None:
    draft = studio.start()
    studio.post(f"{draft}/files", files=(io.BytesIO(b"no picture"), "pictures/tea.png"))
    files = every(Draft)[0].files
    path = next(path for path in files if path.endswith("tea.png"))
    studio.save(f"{draft}/text/{CHAPTER}", text=f"# Who calls\n\nMara.\n\n![Tea](../{path})\n")
    studio.post(f"{draft}/files", files=(io.BytesIO(png()), "pictures/left over.png"))

    found = remarks(studio.get(f"{draft}/check"))

    place, to = found["This picture cannot be opened; export it again."]
    assert (place, to) == ("Text, “Who calls”, line 5, tea.png", f"{draft}/text/{CHAPTER}?line=5")
    place, to = next(value for words, value in found.items() if words.startswith("Nothing uses this file"))
    assert place.startswith("Files, ")
    assert f'id="{unquote(to.partition("#")[2])}"' in studio.get(f"{draft}/")


def test_a_sign_that_no_font_has_is_remarked_once_all_is_set_and_leads_to_its_line(app: Flask, studio: Studio) -> None:
    draft = studio.start()
    assert "Set without a fault" in set_as_a_whole(app, studio, draft)
    studio.save(f"{draft}/text/{CHAPTER}", text="# Who calls\n\nMara.\n\nUse \U000132f9 to learn.\n")

    shown = set_as_a_whole(app, studio, draft)

    assert "Set without a fault" not in shown
    said, where = next(value for value in remarks(shown).items() if value[0].startswith("No font here"))
    assert "U+132F9" in said
    assert where == ("Text, “Who calls”, line 5", f"{draft}/text/{CHAPTER}?line=5")


def set_as_a_whole(app: Flask, studio: Studio, draft: str) -> str:
    studio.post(f"{draft}/proofs", part=proofs.WHOLE)
    assert Worker(app).do_one("render")
    db.session.remove()
    return studio.get(f"{draft}/check")


def test_all_that_is_found_is_said_in_german_also_what_the_press_said_in_another_process(studio: Studio) -> None:
    draft = studio.post("/studio/drafts/new", file=zipped(library("one-pipeline"))).rstrip("/")
    studio.post(f"{draft}/proofs", part=proofs.WHOLE)
    with transaction():
        pages = sentence("It has more than %(limit)s pages; split it or shorten it.", limit=1200)
        proofs.finish(every(Proof)[0].id, Result(fault=packed(pages)), at=clock.now())
    db.session.remove()
    studio.post("/studio/people/me/language", language="de")
    assert "Das Dokument kann nicht gesetzt werden. Es hat mehr als 1.200 Seiten" in studio.get(f"{draft}/check")
    studio.save(f"{draft}/text/magnet.toml", text=WRECK)

    listed = studio.get(f"{draft}/check")

    assert [one for one in ours_in(listed, studio=True) if one not in ("magnet", "none")] == []
    assert "Geben Sie „Titel“ einen Wert." in remarks(listed)


def test_a_sentence_passes_whole_from_one_process_to_another_and_in_english_it_stays_what_it_is() -> None:
    within = sentence("make %(what)s smaller", what=counted("%(num)s table", "%(num)s tables", 3))
    whole = sentence("It needs %(size)s MB; %(advice)s. %(kind)s", size=1.25, advice=within, kind=Either(["a", "b"]))

    again = unpacked(packed(whole))

    assert again == whole == "It needs 1.2 MB; make 3 tables smaller. a or b"
    assert isinstance(again, Sentence)
    assert again.values == whole.values
    assert sentences.recalled(packed(whole)).said(of("de")) == "It needs 1,2 MB; make 3 tables smaller. a oder b"
    assert sentences.recalled("As it was kept before.") == "As it was kept before."
