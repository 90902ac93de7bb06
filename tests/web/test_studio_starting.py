"""A page begins with what somebody has: a Word document, rich text, a saved web page, another page."""

import io
import tomllib

import pytest
from flask import Flask

from capture.catalogue.models import Draft
from capture.catalogue.richtext import markdown_of
from magnets.prose.markdown import parse, parser, plain
from tests import word
from tests.factories import every
from tests.web.studio import Studio
from tests.web.test_studio_drafts import library, parcel, zipped

SENTENCE = "A sentence of forty characters and more is the summary of its text."
FROM_GOOGLE = (
    '<b style="font-weight:normal"><h2><span style="font-weight:700">First</span></h2>'
    '<p>Be <span style="font-weight:700">quick</span>, <span style="font-style:italic">please</span>.</p></b>'
)
FROM_WORD = (
    "<html><head><style>p{color:red}</style></head><body><!--StartFragment--><p class=MsoTitle>Title<o:p></o:p></p>"
    "<p style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·<span> </span></span>"
    "<![endif]>One</p><p style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>o</span>Deeper</p>"
    "<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>Two</p><p>After</p>"
    "<p style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.</span>Numbered</p></body></html>"
)
SELF_TOLD = """# Answer fast

By Mara Lind, Head of Revenue

A visitor who asks a question is curious for about as long as a cup of tea stays hot.

## What you will learn

- Call back within the hour
- Name **one** owner

## Who this is for

- People who sell

## The first hour

Call.

## Questions people ask

### Why so fast?

Because tea cools.
"""


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


def magnet(contents: dict[str, bytes]) -> dict[str, dict[str, object]]:
    return tomllib.loads(contents["magnet.toml"].decode())


def test_a_word_document_comes_with_its_chapters_pictures_and_notes(studio: Studio) -> None:
    given = word.document(
        word.paragraph("Answer fast", "Title"),
        word.paragraph("The first hour", "heading 1"),
        word.paragraph(f"<w:r><w:t>Call back.</w:t></w:r>{word.note(1)}"),
        word.picture("rId1", "A cup of tea"),
        word.paragraph("Who calls", "heading 1"),
        word.picture("rId1"),
        word.picture("rId2"),
        notes=("Within the hour.",),
    )

    place = studio.post("/studio/drafts/new", file=(io.BytesIO(given), "Guide.docx"))

    contents = parcel(studio, place.partition("?")[0].rstrip("/"))
    assert magnet(contents)["magnet"]["title"] == "Answer fast"
    first = contents["chapters/01-the-first-hour.md"].decode()
    assert first == (
        "# The first hour\n\nCall back.^[Within the hour.]\n\n![A cup of tea](../pictures/picture-01.png)\n"
    )
    assert contents["pictures/picture-01.png"] == word.png()
    assert "1 picture could not be taken along" in studio.get(place)
    assert "picture-02.png" in studio.get(f"{place.partition('?')[0]}check")  # it has no description yet


@pytest.mark.parametrize("content", [b"no document", word.document()[:200], b"PK\x05\x06" + bytes(18)])
def test_what_is_no_word_document_is_refused_with_what_to_do(studio: Studio, content: bytes) -> None:
    assert "docx" in studio.post("/studio/drafts/new", 422, file=(io.BytesIO(content), "guide.docx"))


def test_rich_text_is_taken_over_by_its_meaning() -> None:
    assert markdown_of(FROM_GOOGLE).text == "## First\n\nBe **quick**, *please*.\n"
    assert markdown_of(FROM_WORD).text == "# Title\n\n- One\n  - Deeper\n- Two\n\nAfter\n\n1. Numbered\n"


@pytest.mark.parametrize(
    "words", ["2*3*4", "# no heading", "1. no list", "[no](link)", "a <b> c", "snake_case_name", "-"]
)
def test_words_that_look_like_markdown_stay_words(studio: Studio, words: str) -> None:
    escaped = words.replace("&", "&amp;").replace("<", "&lt;")
    answer = studio.open("POST", "/studio/drafts/markdown", html=f"<h1>Signs</h1><p>{SENTENCE}</p><p>{escaped}</p>")

    draft = studio.start(answer.json["text"])  # type: ignore[index]

    assert "Nothing stands in the way" in studio.get(f"{draft}/check")
    written = parcel(studio, draft)["chapters/01-signs.md"].decode()
    opening, inline, closing = parse(parser("en"), written).tokens[-3:]
    assert (opening.type, closing.type) == ("paragraph_open", "paragraph_close")
    assert plain(inline.children or []) == words


def test_scripts_and_pictures_from_elsewhere_stay_behind(studio: Studio) -> None:
    html = (
        '<p>Hello <a href="javascript:alert(1)">you</a></p><script>alert(1)</script><img src="data:image/png;base64,x">'
    )

    told = studio.open("POST", "/studio/drafts/markdown", html=html).json

    assert told == {"text": "Hello you\n\n![]()\n", "left_out": 1}


def test_a_picture_that_did_not_come_along_keeps_its_place_and_is_named_until_it_is_added(studio: Studio) -> None:
    text = (
        "# Maps\n\nA picture is useful:\n\n![Cartography README](/assets/map.png)\n\n"
        "<img\n  src='x.png'\n  alt='A\n  hill'\n/>\n\n```html\n<img\n  src='y.png'>\n```\n"
    )

    there = studio.post("/studio/drafts/new", text=text)

    assert "2 pictures could not be taken along" in studio.get(there)
    draft = there.partition("?")[0].rstrip("/")
    [chapter] = [path for path in parcel(studio, draft) if path.startswith("chapters/")]
    kept = parcel(studio, draft)[chapter].decode()
    assert "![Cartography README]()\n\n![A hill]()\n\n```html\n<img\n  src='y.png'>\n```" in kept
    checked = studio.get(f"{draft}/check")
    assert "The picture “Cartography README” stayed behind." in checked
    assert f"{chapter}?line=" in checked


def test_a_saved_web_page_becomes_a_draft(studio: Studio) -> None:
    page = b"<h1>Answer fast</h1><h2>One</h2><p>Call.</p><h2>Two</h2><p>Ask.</p>"

    draft = studio.post("/studio/drafts/new", file=(io.BytesIO(page), "page.html")).rstrip("/")

    assert sorted(parcel(studio, draft)) == ["chapters/01-one.md", "chapters/02-two.md", "magnet.toml"]


def test_what_a_text_says_of_itself_is_proposed_for_its_page(studio: Studio) -> None:
    proposed = magnet(parcel(studio, studio.start(SELF_TOLD)))

    assert proposed["magnet"]["authors"] == [{"name": "Mara Lind", "role": "Head of Revenue"}]
    assert proposed["page"] == {
        "outcomes": ["Call back within the hour", "Name one owner"],
        "audience": ["People who sell"],
        "faq": [{"question": "Why so fast?", "answer": "Because tea cools."}],
    }


LONG_ITEM = "Ask for feedback from people who know the work, and say what you want to know of them. " * 3


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("## Go where your audience is\n\n- Find forums\n", []),
        (f"## Who this is for\n\n- {LONG_ITEM}\n", []),
        ("This guide is for informational purposes only.\n", []),
        ("## Who is this guide for?\n\n- People who sell\n", ["People who sell"]),
        ("## Target audience\n\n- People who sell\n", ["People who sell"]),
        ("## Für wen dieses Buch ist\n\n- Menschen im Vertrieb\n", ["Menschen im Vertrieb"]),
        ("Hello. This guide is for people who *sell*. Enjoy it.\n", ["This guide is for people who sell."]),
        ("Dieser Leitfaden richtet sich an den Vertrieb.\n", ["Dieser Leitfaden richtet sich an den Vertrieb."]),
    ],
)
def test_whom_a_text_is_for_is_proposed_only_where_it_says_so(studio: Studio, text: str, audience: list[str]) -> None:
    proposed = magnet(parcel(studio, studio.start(f"# A guide\n\n{text}")))

    assert proposed.get("page", {}).get("audience", []) == audience


PLAIN = """How to run a weekly lead meeting

Half an hour in which both teams look at one list.

Before the meeting

Write down who came:

1. Ada

During the meeting

Ask two questions
and no third one.
"""


def test_a_text_without_marks_has_its_title_once_and_chapters_where_lines_stand_alone(studio: Studio) -> None:
    files = parcel(studio, studio.start(PLAIN))

    assert magnet(files)["magnet"]["title"] == "How to run a weekly lead meeting"
    chapters = [text.decode().splitlines() for name, text in sorted(files.items()) if name.startswith("chapters/")]
    assert [lines[0] for lines in chapters] == [
        "# How to run a weekly lead meeting",
        "# Before the meeting",
        "# During the meeting",
    ]
    assert chapters[2][2:] == ["Ask two questions", "and no third one."]


def test_a_german_text_gets_a_german_form(studio: Studio) -> None:
    proposed = magnet(
        parcel(studio, studio.start("# Schnell sein\n\nDas ist nicht für den, der auf die Frage wartet.\n"))
    )

    assert proposed["magnet"]["language"] == "de"
    assert proposed["form"]["fields"][0]["label"] == "Geschäftliche E-Mail"  # type: ignore[index]


def test_a_copy_has_all_of_a_page_but_its_name_and_address(studio: Studio) -> None:
    contents = library("one-pipeline")
    contents["magnet.toml"] = contents["magnet.toml"].replace(b"[page]\n", b'[page]\nslug = "pipeline"\n')
    draft = studio.post("/studio/drafts/new", file=zipped(contents)).rstrip("/")
    assert f'name="copy" value="{draft.rpartition("/")[2]}"' in studio.get(f"{draft}/check")

    copied = studio.post("/studio/drafts/new", copy=draft.rpartition("/")[2]).rstrip("/")

    before, after = parcel(studio, draft), parcel(studio, copied)
    assert {name: after[name] for name in after if name != "magnet.toml"} == {
        name: before[name] for name in before if name != "magnet.toml"
    }
    assert "slug" not in magnet(after)["page"]
    assert sorted(draft.slug for draft in every(Draft)) == ["one-pipeline", "one-pipeline-2"]
    assert magnet(after)["magnet"]["title"] == f"{magnet(before)['magnet']['title']} (copy)"
