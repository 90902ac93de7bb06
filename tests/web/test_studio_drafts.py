"""A marketer writes a draft in the studio and publishes it; the bundle that comes out is the one that went in."""

import html
import io
import re
import tomllib
import zipfile
from pathlib import Path

import pytest
from flask import Flask

from capture import clock
from capture.catalogue.models import Draft, Publication
from capture.config import Settings
from capture.db import JsonObject, db, transaction
from capture.journey import marketer
from capture.outbox.models import OutboxMessage
from capture.worker import Worker
from tests.factories import every
from tests.stories import a_page
from tests.web.studio import TEXT, Studio

LIBRARY = Path(__file__).parent.parent.parent / "magnets" / "library"


def parcel(studio: Studio, draft: str) -> dict[str, bytes]:
    """The downloaded bundle, without the folder around it."""
    db.session.remove()
    answer = studio.client.get(f"{draft}/bundle.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as opened:
        return {name.partition("/")[2]: opened.read(name) for name in opened.namelist()}


def zipped(contents: dict[str, bytes]) -> tuple[io.BytesIO, str]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for name, content in contents.items():
            opened.writestr(name, content)
    packed.seek(0)
    return packed, "bundle.zip"


def library(slug: str) -> dict[str, bytes]:
    root = LIBRARY / slug
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app)


def test_drafts_are_found_by_title_and_address_and_many_come_in_parts(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capture.catalogue.drafts.PAGE_SIZE", 1)
    for title in ("First guide", "Second guide"):
        studio.start(f"# {title}\n\nA text.")

    assert [title in studio.get("/studio/drafts/") for title in ("First guide", "Second guide")] == [False, True]
    assert "First guide" in studio.get("/studio/drafts/?page=2")
    assert "First guide" in studio.get("/studio/drafts/?q=first-g")
    assert "No draft found" in studio.get("/studio/drafts/?q=100%25")


def test_a_pasted_text_is_proposed_as_a_bundle_and_no_word_is_added(studio: Studio) -> None:
    draft = studio.start()

    contents = parcel(studio, draft)
    magnet = tomllib.loads(contents["magnet.toml"].decode())["magnet"]
    assert (magnet["slug"], magnet["kind"], magnet["title"]) == ("answer-fast", "ebook", "Answer fast")
    assert magnet["summary"] == "A visitor who asks a question is curious for about as long as a cup of tea stays hot."
    assert sorted(contents)[:3] == [
        "chapters/01-answer-fast.md",
        "chapters/02-the-first-hour.md",
        "chapters/03-who-calls.md",
    ]
    written = b"\n".join(contents[name] for name in sorted(contents) if name.endswith(".md")).decode()
    assert re.findall(r"\w+", written) == re.findall(r"\w+", TEXT)
    assert "\n## no heading\n" in written


@pytest.mark.parametrize("kind", ["ebook", "checklist", "webinar"])
def test_a_starter_begins_a_draft_of_each_kind(studio: Studio, kind: str) -> None:
    draft = studio.post("/studio/drafts/new", starter=kind).rstrip("/")

    for screen in ("", "page", "form", "design", "settings", "versions", "check"):
        assert f"New {'guide' if kind == 'ebook' else kind}" in studio.get(f"{draft}/{screen}")


def test_two_texts_of_one_title_are_two_drafts(studio: Studio) -> None:
    assert studio.start() != studio.start()
    assert sorted(draft.slug for draft in every(Draft)) == ["answer-fast", "answer-fast-2"]


def test_an_empty_text_is_asked_for_again(studio: Studio) -> None:
    assert "There is no text yet" in studio.post("/studio/drafts/new", 422, text="  \n")


@pytest.mark.parametrize("slug", ["one-pipeline", "handoff-checklist", "pipeline-review-live"])
def test_a_bundle_comes_out_byte_for_byte_as_it_went_in(studio: Studio, slug: str) -> None:
    contents = {f"{slug}/{name}": content for name, content in library(slug).items()}

    draft = studio.post("/studio/drafts/new", file=zipped(contents)).rstrip("/")

    assert parcel(studio, draft) == library(slug)


@pytest.mark.parametrize("screen", ["page", "design", "settings", "event"])
def test_saving_a_screen_without_a_change_changes_no_byte(studio: Studio, screen: str) -> None:
    slug = "pipeline-review-live" if screen == "event" else "one-pipeline"
    draft = studio.post("/studio/drafts/new", file=zipped(library(slug))).rstrip("/")

    studio.save(f"{draft}/{screen}")

    assert parcel(studio, draft) == library(slug)
    assert every(Draft)[0].revision == 1


def test_a_changed_value_changes_its_line_and_nothing_else(studio: Studio) -> None:
    draft = studio.post("/studio/drafts/new", file=zipped(library("one-pipeline"))).rstrip("/")

    studio.save(f"{draft}/page", **{"page-button": "Send it"})

    before = library("one-pipeline")["magnet.toml"].decode()
    after = parcel(studio, draft)["magnet.toml"].decode()
    assert after == before.replace('button = "Send me the guide"', 'button = "Send it"')


@pytest.mark.parametrize("name", ["../evil.md", "/etc/passwd", "a/../../b.md", "C:\\evil.md", "chapters/\x07.md"])
def test_a_parcel_with_a_path_that_leads_out_is_refused(studio: Studio, name: str) -> None:
    contents = {"magnet.toml": library("one-pipeline")["magnet.toml"], name: b"x"}

    assert "cannot be a file of a magnet" in studio.post("/studio/drafts/new", 422, file=zipped(contents))


@pytest.mark.parametrize("content", [b"not a zip", b"PK\x03\x04 broken"])
def test_a_broken_parcel_is_refused(studio: Studio, content: bytes) -> None:
    assert "cannot be opened" in studio.post("/studio/drafts/new", 422, file=(io.BytesIO(content), "a.zip"))


def test_fields_are_added_changed_moved_and_removed(studio: Studio) -> None:
    draft = studio.start()

    place = studio.post(f"{draft}/form", kind="select", label="What is in the way?")
    studio.save(place, options="Time\r\nMoney", required="1")
    studio.post(f"{place}/up")
    studio.post(f"{draft}/form/first_name/remove")

    fields = tomllib.loads(parcel(studio, draft)["magnet.toml"].decode())["form"]["fields"]
    assert [field["key"] for field in fields] == ["email", "what_is_in_the_way", "company"]
    assert (fields[1]["options"], fields[1]["required"]) == (["Time", "Money"], True)


def test_a_field_depends_on_another_answer_and_again_on_none(studio: Studio) -> None:
    draft = studio.start()
    tool = studio.post(f"{draft}/form", kind="select", label="Tool")
    studio.save(tool, options="A CRM\r\nAnother")
    which = studio.post(f"{draft}/form", kind="text", label="Which one?")

    studio.save(which, **{"when-field": "tool", "when-is": "Another"})
    first = tomllib.loads(parcel(studio, draft)["magnet.toml"].decode())["form"]["fields"][-1]
    told = studio.get(f"{draft}/form")
    studio.save(which, **{"when-field": "", "when-is": ""})
    then = tomllib.loads(parcel(studio, draft)["magnet.toml"].decode())["form"]["fields"][-1]

    assert first["when"] == {"field": "tool", "is": ["Another"]}
    assert "depends on another answer" in told
    assert "when" not in then


def test_a_field_whose_condition_was_removed_is_told_at_once_beside_it_in_the_labels_of_the_others(
    studio: Studio,
) -> None:
    draft = studio.start()
    tool = studio.post(f"{draft}/form", kind="select", label="Tool")
    studio.save(tool, options="A CRM\r\nAnother")
    which = studio.post(f"{draft}/form", kind="text", label="Which one?")
    studio.save(which, **{"when-field": "tool", "when-is": "Another"})
    assert "field__error" not in studio.get(f"{draft}/form")

    studio.post(f"{tool}/remove")

    told = "The form has no field “tool”; there are “Work e-mail”, “First name”, “Company”."
    [beside] = re.findall(r'id="(\w+)-error"><span class="unseen">Error:</span> ([^<]*)', studio.get(f"{draft}/form"))
    assert (beside[0], html.unescape(beside[1])) == ("which_one", told)
    for screen in (which, f"{draft}/check"):
        assert told in html.unescape(studio.get(screen))


def test_a_condition_offers_the_answers_by_their_words_and_drops_those_of_another_field(studio: Studio) -> None:
    draft = studio.start()
    tool = studio.post(f"{draft}/form", kind="select", label="Tool")
    studio.save(tool, options="A CRM\r\nAnother")
    studio.post(f"{draft}/form", kind="country", label="Land")
    which = studio.post(f"{draft}/form", kind="text", label="Which one?")
    studio.save(f"{draft}/form/which_one", **{"when-field": "tool", "when-is": "Another"})
    assert re.search(r'value="Another" checked.*?>Another<', studio.get(which))
    assert "Only if “Which one?”" not in studio.get(which), "nor what waits for it"
    assert "Only if “Which one?”" not in studio.get(tool)

    studio.save(which, **{"when-field": "land"})

    assert asked(studio, draft, "which_one")["when"] == {"field": "land"}
    assert 'value="AT"' in studio.get(which)


def test_the_limits_of_an_answer_are_written_on_its_screen_and_tried_out_there(studio: Studio) -> None:
    draft = studio.start()
    code = studio.post(f"{draft}/form", kind="text", label="Postcode")
    limits = {"min_length": "5", "max_length": "5", "pattern": "[0-9]{5}", "pattern_message": "Five digits, please."}
    studio.save(code, **limits)
    written = asked(studio, draft, "postcode")
    assert written == written | limits | {"min_length": 5, "max_length": 5}
    assert "Five digits, please." in studio.get(f"{code}?try=1&try-postcode=1001A").partition("data-tryout-result")[2]
    assert "Kept as:</strong> 10115" in studio.get(f"{code}?try=1&try-postcode=10115")
    studio.save(code, pattern="[0-9")
    assert "“The whole answer has this form” cannot be used" in re.sub("<[^>]+>", "", studio.get(code))

    people = studio.post(f"{draft}/form", kind="number", label="People")
    studio.save(people, min="1", max="5000")
    assert {"min": 1, "max": 5000}.items() <= asked(studio, draft, "people").items()
    assert "at most 5,000" in studio.get(f"{people}?try=1&try-people=9000")
    studio.save(f"{draft}/form/email", work_email="1", blocked_domains="rival.example")
    assert "of that company" in studio.get(f"{draft}/form/email?try=1&try-email=a@rival.example")


def test_fields_are_dragged_and_become_another_kind_without_losing_what_they_are(app: Flask, studio: Studio) -> None:
    draft = studio.start()
    keys = re.findall(r'data-key="(\w+)"', studio.get(f"{draft}/form"))
    wanted = ",".join(reversed(keys))
    held = mark_of(studio, draft)
    studio.post(f"{draft}/order/fields", order=wanted, mark=held)
    assert re.findall(r'data-key="(\w+)"', studio.get(f"{draft}/form")) == keys[::-1]
    other = Studio(app, email="sam@northwind.example")
    assert "Nothing was overwritten" in other.post(f"{draft}/order/fields", 409, order=wanted, mark=held)
    studio.post(f"{draft}/order/fields", 409, order="email", mark=mark_of(studio, draft))

    studio.save(f"{draft}/form/company", required="1", hint="Yours.", max_length="90", pattern="[a-z]+")
    studio.post(f"{draft}/form/company/kind", kind="select")
    became = asked(studio, draft, "company")
    assert became == {
        "key": "company",
        "kind": "select",
        "label": "Company",
        "hint": "Yours.",
        "required": True,
        "fills": "company",
    }
    studio.save(f"{draft}/form/company", options="Acme\r\nOther")
    studio.post(f"{draft}/form/company/kind", kind="consent")
    assert asked(studio, draft, "company").keys() >= {"purpose"}
    assert "options" not in asked(studio, draft, "company")
    studio.post(f"{draft}/form/company/kind", 400, kind="sonnet")


def test_the_preview_of_a_form_shows_what_is_asked_of_whoever_comes_again(studio: Studio) -> None:
    draft = studio.start()
    assert "visit=2" not in studio.get(f"{draft}/form")
    studio.save(f"{draft}/form/first_name", ask="once")
    studio.post(f"{draft}/form", kind="text", label="Goal")
    studio.save(f"{draft}/form/goal", ask="queued")
    studio.save(f"{draft}/settings", **{"page-ask_at_most": "0"})
    assert "visit=2" in studio.get(f"{draft}/form")

    visits = [studio.get(f"{draft}/landing?alive=1&visit={visit}") for visit in (1, 2, 3)]

    seen = [re.findall(r'id="field-(first_name|goal)"', shown) for shown in visits]
    assert seen == [["first_name"], ["goal"], []]


def mark_of(studio: Studio, draft: str) -> str:
    """What the list of the fields says of their order."""
    reorder = studio.get(f"{draft}/form").partition('id="reorder"')[2]
    return re.findall(r'name="mark" value="([^"]*)"', reorder)[0]


def asked(studio: Studio, draft: str, key: str) -> JsonObject:
    """The field of this key as the magnet.toml has it."""
    fields = tomllib.loads(parcel(studio, draft)["magnet.toml"].decode())["form"]["fields"]
    return next(field for field in fields if field["key"] == key)


def test_a_text_that_somebody_else_changed_is_not_overwritten(app: Flask, studio: Studio) -> None:
    path = f"{studio.start()}/text/chapters/03-who-calls.md"
    other = Studio(app, email="sam@northwind.example")
    opened = studio.fields(path)
    other.save(path, text="# Who calls\n\nSam.\n")

    answer = studio.post(path, 409, **{**opened, "text": "# Who calls\n\nMara.\n"})

    assert "Nothing was overwritten" in answer
    assert "Mara." in answer
    assert "Sam." in answer
    assert "Sam." in studio.get(path)


def test_two_people_on_different_screens_do_not_disturb_each_other(app: Flask, studio: Studio) -> None:
    draft = studio.start()
    other = Studio(app, email="sam@northwind.example")
    opened = studio.fields(f"{draft}/page")
    other.save(f"{draft}/design", **{"brand-colour": "#0b5a6b"})

    studio.post(f"{draft}/page", **{**opened, "page-promise": "Call back in an hour."})

    written = parcel(studio, draft)["magnet.toml"].decode()
    assert "#0b5a6b" in written
    assert "Call back in an hour." in written


def test_two_people_on_one_screen_are_told(app: Flask, studio: Studio) -> None:
    draft = studio.start()
    other = Studio(app, email="sam@northwind.example")
    opened = studio.fields(f"{draft}/page")
    other.save(f"{draft}/page", **{"page-promise": "Sam's promise."})

    answer = studio.post(f"{draft}/page", 409, **{**opened, "page-promise": "Mara's promise."})

    assert "Mara&#39;s promise." in answer
    assert "Sam&#39;s promise." in answer


def test_a_script_saves_on_the_page_and_gets_the_next_mark(studio: Studio) -> None:
    path = f"{studio.start()}/text/chapters/03-who-calls.md"
    form = {**studio.fields(path), "text": "# Who calls\n\nMara.\n"}

    first = studio.script(path, form)
    stale = studio.script(path, {**form, "text": "x"})
    assert first.json
    second = studio.script(path, {**form, "mark": first.json["mark"], "text": "# Who calls\n\nMara, or Sam.\n"})

    assert (first.status_code, stale.status_code, second.status_code) == (200, 409, 200)
    assert "Mara, or Sam." in studio.get(path)


def test_an_older_version_comes_back_and_nothing_is_lost(studio: Studio) -> None:
    draft = studio.start()
    before = parcel(studio, draft)
    studio.save(f"{draft}/page", **{"page-promise": "Another promise."})

    studio.post(f"{draft}/versions/1/restore")

    assert parcel(studio, draft) == before
    assert "Back to version 1" in studio.get(f"{draft}/versions")


def test_pictures_are_added_and_removed_and_nothing_else_is_taken(studio: Studio) -> None:
    draft = studio.start()

    studio.post(f"{draft}/files", files=(io.BytesIO(b"\x89PNG"), "tea.png"))
    refusal = studio.post(f"{draft}/files", 422, files=(io.BytesIO(b"x"), "run.exe"))

    assert "neither a picture" in refusal
    assert parcel(studio, draft)["pictures/tea.png"] == b"\x89PNG"
    studio.post(f"{draft}/files/remove", path="pictures/tea.png")
    assert "pictures/tea.png" not in parcel(studio, draft)


def test_what_stands_in_the_way_leads_to_its_place(studio: Studio) -> None:
    draft = studio.start()
    studio.post(f"{draft}/form/email/remove")
    studio.save(f"{draft}/text/chapters/03-who-calls.md", text="# Who calls\n\n![](none.png)\n")
    toml = parcel(studio, draft)["magnet.toml"].decode()
    studio.save(f"{draft}/text/magnet.toml", text=re.sub(r"^(promise|outcomes) = .*\n", "", toml, flags=re.M))

    listed = studio.get(f"{draft}/check")

    assert f'href="{draft}/form#kind"' in listed
    assert f'href="{draft}/text/chapters/03-who-calls.md?line=3"' in listed
    assert "Text, “Who calls”, line 3" in listed
    assert "Say in “Promise” what one gets and for whom." in listed
    assert "[page]" not in listed
    assert ">Publish<" not in listed


def test_a_definition_that_does_not_parse_is_mended_as_text(studio: Studio) -> None:
    draft = studio.start()
    before = parcel(studio, draft)["magnet.toml"].decode()
    studio.save(f"{draft}/text/magnet.toml", text="format = ")

    assert "not valid TOML" in studio.get(f"{draft}/check").replace("&#39;", "'")
    assert studio.client.get(f"{draft}/page").location.endswith("/text/magnet.toml")
    studio.save(f"{draft}/text/magnet.toml", text=before)
    studio.get(f"{draft}/page")


def a_webinar(studio: Studio) -> str:
    """A draft that can be published without rendering."""
    draft = studio.post("/studio/drafts/new", starter="webinar").rstrip("/")
    studio.save(f"{draft}/page", **{"magnet-title": "Pricing live", "magnet-summary": "We price three things."})
    event = {"starts": "2026-12-10T16:00", "zone": "Europe/Berlin", "room_url": "https://meet.northwind.example/1"}
    studio.save(f"{draft}/event", **{f"webinar-{key}": value for key, value in event.items()})
    return draft


def test_the_button_publishes_by_the_worker_and_the_page_says_how_far_it_is(app: Flask, studio: Studio) -> None:
    draft = a_webinar(studio)

    progress = studio.post(f"{draft}/publish")
    assert "Waiting for the press" in studio.get(progress)
    assert 'data-progress="running"' in studio.get(progress)
    [message] = [message for message in every(OutboxMessage) if message.kind == "publish"]
    assert message.lane == "render"
    assert Worker(app).do_one("render")

    assert "The page is live" in studio.get(progress)
    assert "Pricing live" in app.test_client().get("/new-webinar").text
    assert "Nothing has changed since it was published" in studio.get(f"{draft}/check")
    assert 'data-progress=""' in studio.get(progress)


def test_a_draft_with_faults_is_not_published_and_says_why(app: Flask, studio: Studio) -> None:
    draft = a_webinar(studio)
    studio.post(f"{draft}/form/email/remove")

    progress = studio.post(f"{draft}/publish")
    Worker(app).do_one("render")

    page = studio.get(progress)
    assert "It was not published" in page
    assert "needs a field for the address" in page
    assert app.test_client().get("/new-webinar").status_code == 404


def test_pressing_twice_publishes_once(studio: Studio) -> None:
    draft = a_webinar(studio)

    assert studio.post(f"{draft}/publish") == studio.post(f"{draft}/publish")
    assert len(every(Publication)) == 1


def test_a_page_is_taken_off_and_opened_again(app: Flask, studio: Studio) -> None:
    draft = a_webinar(studio)
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")

    mark = re.findall(r'name="mark" value="([^"]*)"', studio.get(f"{draft}/availability"))[1]
    studio.post(f"{draft}/close", farewell="Come to the next one.", to="", mark=mark)
    closed = app.test_client().get("/new-webinar")
    mark = re.findall(r'name="mark" value="([^"]*)"', studio.get(f"{draft}/availability"))[1]
    studio.post(f"{draft}/farewell", farewell="It is over.", mark=mark)  # without the other field, which stays
    assert "It is over." in app.test_client().get("/new-webinar").text
    studio.post(f"{draft}/reopen")

    assert closed.status_code == 410
    assert "See what we offer now" in closed.text
    assert "Come to the next one." in closed.text
    assert "theme--" in closed.text
    assert app.test_client().get("/new-webinar").status_code == 200


def test_another_address_redirects_from_the_old_one(app: Flask, studio: Studio) -> None:
    draft = a_webinar(studio)
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")

    studio.save(f"{draft}/settings", **{"page-slug": "pricing-live"})
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")

    assert app.test_client().get("/new-webinar").location.endswith("/pricing-live")
    mark = re.findall(r'name="mark" value="([^"]*)"', studio.get(f"{draft}/availability"))[2]
    studio.post(f"{draft}/address", slug="pricing-now", mark=mark)
    assert 'href="/pricing-now"' in studio.get("/studio/drafts/")
    assert f'<a href="{draft}/">Draft<' in studio.get("/studio/pages")


def test_the_command_line_publishes_the_downloaded_bundle_as_the_same_page(
    app: Flask, studio: Studio, settings: Settings, tmp_path: Path
) -> None:
    draft = a_webinar(studio)
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")
    for name, content in parcel(studio, draft).items():
        (tmp_path / name).write_bytes(content)

    published = marketer.publish(tmp_path, settings=settings, at=clock.now())

    assert (published.slug, published.edition, published.version) == ("new-webinar", 1, 1)
    assert not published.is_new_edition
    assert len(every(Draft)) == 1


def test_a_folder_that_was_published_can_be_changed_in_the_studio(
    studio: Studio, settings: Settings, tmp_path: Path
) -> None:
    draft = a_webinar(studio)
    contents = parcel(studio, draft)
    text = contents["magnet.toml"].decode().replace("new-webinar", "from-a-folder")
    (tmp_path / "magnet.toml").write_text(text, "utf-8")

    marketer.publish(tmp_path, settings=settings, at=clock.now())

    [kept] = [draft for draft in every(Draft) if draft.slug == "from-a-folder"]
    assert parcel(studio, f"/studio/drafts/{kept.public_id}")["magnet.toml"] == text.encode()


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_markup_in_a_draft_is_text_on_every_screen(studio: Studio, hostile: str) -> None:
    draft = studio.start(f"# {hostile}\n\n{hostile} and more words than forty characters, so that it is a summary.\n")
    studio.save(f"{draft}/page", **{"page-headline": hostile, "page-outcomes": hostile, "page-faq-0-question": hostile})
    place = studio.post(f"{draft}/form", kind="radio", label=hostile)
    studio.save(place, options=hostile, hint=hostile)

    studio.save(f"{draft}/design", **{"brand-name": hostile, "brand-about": hostile})
    studio.save(f"{draft}/page", **{"page-quotes-0-words": hostile, "page-quotes-0-name": hostile})
    screens = ("", "/page", "/form", "/sections", "/design", "/settings", "/versions", "/versions/1", "/check")
    for path in (*screens, "/versions/1?since=1", "/landing"):
        assert hostile not in studio.get(f"{draft}{path or '/'}")
    assert hostile not in studio.get(place)
    assert hostile not in studio.get("/studio/drafts/")
    assert hostile not in studio.get("/studio/drafts/new")


def test_what_other_tools_left_in_a_text_goes_and_its_words_stay(studio: Studio) -> None:
    text = (
        "# Metrics\n\n<aside class='quote'>\n  <img src='/a.png'>\n  Count what helps.\n</aside>\n\n"
        "{% include 'x' %}\n\n![A chart](/assets/chart.png) See [how](../how/) and [us](https://northwind.example).\n\n"
        "```\n<p>code</p>\n```\n"
    )

    written = parcel(studio, studio.start(text))["chapters/01-metrics.md"].decode()

    assert "Count what helps." in written
    assert "See how and [us](https://northwind.example)." in written
    assert "<p>code</p>" in written
    assert "![A chart]()" in written
    assert not re.search(r"aside|img|include|chart\.", written)


def test_a_live_document_is_corrected_or_followed_by_a_new_edition(studio: Studio) -> None:
    a_page(slug="new-ebook")
    draft = studio.post("/studio/drafts/new", starter="ebook").rstrip("/")
    studio.save(f"{draft}/page", **{"magnet-title": "Pricing", "magnet-summary": "We price three things."})
    with transaction():
        [found] = every(Draft)
        found.slug = "new-ebook"

    screen = studio.get(f"{draft}/check")
    for choice in ("correction", "newest", "pinned"):
        studio.post(f"{draft}/publish", **{"as": choice})

    assert 'value="correction">Correct</button>' in screen
    assert "New edition</button>" in screen
    asked = [(one.is_correction, one.keeps_earlier) for one in every(Publication)]
    assert asked == [(True, None), (False, False), (False, True)]


def test_a_first_publishing_can_wait_for_its_time_and_its_page_is_looked_after(app: Flask, studio: Studio) -> None:
    draft = a_webinar(studio)
    assert "still to come" in studio.post(f"{draft}/publish", 422, until="2020-01-01T09:00")

    studio.post(f"{draft}/publish", **{"from": "2026-09-15T15:00", "until": ""})
    Worker(app).do_one("render")
    screen = studio.get(f"{draft}/availability")

    assert app.test_client().get("/new-webinar").status_code == 404
    assert "Opens on Tuesday, 15 September 2026, 15:00 (Europe/Berlin)." in screen
    assert re.search(r'<option value="[^"]+" selected>Mara Lind', screen)
    assert 'aria-invalid="true"' in studio.post_seen(f"{draft}/open", 422, on=f"{draft}/availability", until="soon")
    assert "product itself" in studio.post_seen(f"{draft}/address", 422, on=f"{draft}/availability", slug="studio")
    studio.post_seen(f"{draft}/open", on=f"{draft}/availability")
    studio.post_seen(f"{draft}/address", on=f"{draft}/availability", slug="prices-live")
    assert app.test_client().get("/new-webinar").location == "/prices-live"
    assert studio.fields(f"{draft}/settings")["page-slug"] == "prices-live"
    studio.post(f"{draft}/publish")
    Worker(app).do_one("render")
    assert app.test_client().get("/prices-live").status_code == 200
