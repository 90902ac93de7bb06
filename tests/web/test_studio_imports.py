"""Lists of people from elsewhere: looked at, described, imported, let go to sales, and taken back."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from capture.accounts.models import AuditEntry, Role
from capture.attribution.models import Touch
from capture.config import Settings
from capture.db import db, transaction
from capture.engagement.models import EngagementEvent, EventKind
from capture.handoff import feed, gate, mail, permissions, rows
from capture.handoff.models import FeedEntry, HeldBack, Mql
from capture.journey import importing, merging, reporting, rules
from capture.leads import consents, imports, values
from capture.leads.models import Consent, Lead, LeadImport, LeadImportRow, LeadValue, Submission
from capture.outbox.models import OutboxMessage
from capture.reports import kpis
from capture.reports.kpis import DEFINITIONS, By, Report
from capture.reports.spending import Rates
from capture.scoring import scores
from tests import stories
from tests.factories import NOON, a_lead, a_page, a_salesperson, a_submission, a_touch, an_event, an_mql, every
from tests.stages.test_feed_rows import counted_queries
from tests.stories import the_zone
from tests.web.studio import Studio

DAY = timedelta(days=1)
XSS = "<script>alert(1)</script>"
LIST = f"""Mail;Vorname;Nachname;Firma;Land;Rating;Notes
grace@compiler.example;Grace;Möller;Compilers;Deutschland;hot;Wants a call {XSS}
ada@analytical.example;Ada;Byron;Other;GB;warm;
no-address;Nobody;;;;;
GRACE@compiler.example;Grace;;;;;
;Empty;;;;;
"""
SAID = {"campaign": "Fair of Köln", "met_on": "2026-09-10", "basis": "mail", "wording": "You may write to me."}


def bring(studio: Studio, text: bytes = LIST.encode()) -> str:
    return studio.post("/studio/imports/", file=(io.BytesIO(text), "booth.csv"))


def described(studio: Studio, place: str, **changes: str) -> dict[str, str]:
    """What the form of a list would send, with what a person says of it."""
    columns = {}
    for part in studio.get(place).split('<select id="')[1:]:
        columns[part.split('"')[0]] = part.split('" selected')[0].rpartition('value="')[2]
    return {**columns, **SAID, **changes}


def imported(studio: Studio, settings: Settings, text: bytes = LIST.encode(), **changes: str) -> LeadImport:
    place = bring(studio, text)
    studio.post_seen(place, begin="1", **described(studio, place, **changes))
    importing.run(settings, {"import_id": place.rpartition("/")[2]})
    return every(LeadImport)[-1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_list_shows_what_would_happen_and_makes_nobody_a_lead(app: Flask, encoding: str) -> None:
    a_lead("ada@analytical.example")
    studio = Studio(app)

    place = bring(studio, LIST.encode(encoding))
    page = studio.get(place)

    assert "Grace · Möller · Compilers · DE" in page
    assert page.count("New lead<") == 1
    assert "Known already" in page
    assert "This is no e-mail address." in page
    assert "The same address stands in line 2." in page
    assert "There is no address in this row." in page
    assert "<strong>1 lead would be new</strong>, 1 known already, " in page
    assert "3 refused" in page
    assert "Import 2 rows" in page
    assert XSS not in page
    assert [lead.email for lead in every(Lead)] == ["ada@analytical.example"]


@pytest.mark.parametrize(("typed_at", "proven"), [(NOON, False), (NOON - 60 * DAY, True)])
def test_what_is_said_to_be_known_then_is_what_is_known_then(
    app: Flask, settings: Settings, typed_at: datetime, proven: bool
) -> None:
    ada, grace, before = a_lead("ada@analytical.example"), a_lead("grace@compiler.example"), NOON - 60 * DAY
    with transaction() as writing:
        for lead, company, at, is_proven in ((ada, "Analytical", typed_at, proven), (grace, "Old", before, False)):
            known = writing.get_one(Lead, lead.id)
            values.learn(known, {"company": company}, submission_id=None, verified=is_proven, at=at)
    studio = Studio(app)
    place = bring(studio)

    studio.post_seen(place, **described(studio, place))
    cells = re.findall(r'data-label="What is known then">(.*?)</td>', studio.get(place), re.DOTALL)
    studio.post_seen(place, begin="1", **described(studio, place))
    importing.run(settings, {"import_id": place.rpartition("/")[2]})

    then = {text.partition("<")[0] for text in cells}
    told = ["first_name", "last_name", "company", "country"]
    assert then - {"–"} == {" · ".join(getattr(lead, key) for key in told) for lead in every(Lead)}
    assert "Ada · Byron · Analytical · GB" in then
    assert [re.findall(r"known: ([^<]+)", text) for text in cells if text.startswith("Ada")] == [["Company"]]
    assert not any("known:" in text for text in cells if text.startswith("Grace"))


def test_a_preview_asks_as_often_for_one_known_lead_as_for_many(app: Flask, settings: Settings) -> None:
    several = [a_lead(f"known{number}@fair.example") for number in range(9)]
    studio, asked = Studio(app), []
    for some in (several[:1], several):
        bring(studio, "\n".join(["Mail,Company", *(f"{lead.email},Alder" for lead in some)]).encode())
        with counted_queries() as queries:
            importing.foreseen(every(LeadImport)[-1], settings, at=NOON)
        asked.append(len(queries))

    assert asked[0] == asked[1]


NUMBERS = """Mail,Phone,Land
berlin@fair.example,030 / 90 18-20,Deutschland
abroad@fair.example,+43 (0)1 4000,
nowhere@fair.example,030 901821,
door@fair.example,030 901822 ext. 12,DE
odd@fair.example,ask at the desk,DE
"""


@pytest.mark.parametrize(("region", "nowhere"), [("", "030 901821"), ("DE", "+4930901821")])
def test_a_telephone_number_is_kept_as_a_form_keeps_it_and_what_stays_as_written_is_named(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch, region: str, nowhere: str
) -> None:
    settings = replace(settings, phone_region=region)
    monkeypatch.setitem(app.extensions, "lodestone", settings)
    studio = Studio(app)

    page = studio.get(bring(studio, NUMBERS.encode()))
    made = imported(studio, settings, NUMBERS.encode())

    odd = 2 if region else 3
    assert f"{odd} telephone numbers cannot be read" in page
    assert page.count("The telephone number stays as it is written") == odd
    assert page.index("odd@fair") < page.index("berlin@fair"), "what stays as written is among the first"
    assert {lead.email.split("@")[0]: lead.phone for lead in every(Lead)} == {
        "berlin": "+4930901820",
        "abroad": "+4314000",
        "nowhere": nowhere,
        "door": "030 901822 ext. 12",
        "odd": "ask at the desk",
    }
    done = " ".join(studio.get(f"/studio/imports/{made.public_id}").split())
    assert f"<dt>Telephone numbers kept as written</dt><dd>{odd}</dd>" in done


def test_what_is_refused_is_seen_before_however_far_down_it_stands_and_nothing_of_a_row_is_lost(app: Flask) -> None:
    rows = [f"lead{number}@fair.example;Atlantis;hot;beyond;further" for number in range(30)]
    studio = Studio(app)

    page = studio.get(bring(studio, "\n".join(["Mail;Land;Rating", *rows, "nobody;DE;"]).encode()))

    assert "<strong>30 leads would be new</strong>, 0 known already, " in page
    assert "This is no e-mail address." in page
    assert "Below are the first of those that are refused" in page
    assert page.count("@fair.example") == imports.SHOWN
    assert "Hot: Atlantis · beyond · further" in page


@pytest.mark.parametrize(
    ("file", "line"),
    [("Mail\n\n\nnobody\nada@alder.example\n", 4), ("ada@alder.example\n\nnobody\n", 3), ("\nMail\nnobody\n", 3)],
)
def test_a_row_is_named_by_its_line_in_the_file_as_other_files_are(app: Flask, file: str, line: int) -> None:
    studio = Studio(app)

    page = studio.get(bring(studio, file.encode()))

    assert re.search(rf'data-label="Line" class="figure">{line}</td>\s*<th scope="row">nobody', page)


def test_the_new_leads_of_a_list_lead_to_them(app: Flask, settings: Settings) -> None:
    a_lead("ada@analytical.example"), a_lead("bystander@elsewhere.example")
    studio = Studio(app)
    made = imported(studio, settings)
    other = imported(studio, settings, b"Mail\nother@compiler.example\n")

    page = studio.get(f"/studio/imports/{made.public_id}")
    [link] = re.findall(r'<dt>New leads</dt><dd><a href="([^"]+)">1</a>', page)
    told = studio.get(link)

    assert "New by the list “booth.csv”. 1 lead" in told
    assert "grace@compiler.example" in told
    assert not [one for one in ("ada@", "bystander@", "other@") if one in told]
    studio.post(f"/studio/imports/{other.public_id}/undo")
    importing.undo(settings, {"import_id": other.public_id})
    assert "leads?list=" not in studio.get(f"/studio/imports/{other.public_id}")


def test_what_a_list_said_of_a_lead_that_was_merged_since_is_taken_back_from_the_person(
    app: Flask, settings: Settings
) -> None:
    known = a_lead("grace@navy.example")
    studio = Studio(app)
    made = imported(studio, settings)
    grace = next(lead for lead in every(Lead) if lead.email == "grace@compiler.example")
    merging.merge(known.public_id, grace.public_id, note="", settings=settings, actor="cli", at=NOON)
    assert next(lead for lead in every(Lead) if lead.id == known.id).company == "Compilers"

    studio.post(f"/studio/imports/{made.public_id}/undo")
    importing.undo(settings, {"import_id": made.public_id})

    left = {lead.email: lead.company for lead in every(Lead)}
    assert left == {"grace@navy.example": "", "grace@compiler.example": "Compilers"}
    assert every(LeadValue) == []
    assert every(LeadImportRow) == []
    assert not [row for row in every(Consent) if row.import_id]
    assert {act.verdict.value for act in every(EngagementEvent) if act.lead_id == grace.id} == {"unproven"}


def test_a_list_makes_leads_mails_nobody_and_overwrites_nothing_that_was_proven(app: Flask, settings: Settings) -> None:
    ada = a_lead("ada@analytical.example")
    with transaction() as writing:
        lead = writing.get_one(Lead, ada.id)
        values.learn(lead, {"company": "Analytical"}, submission_id=None, verified=True, at=NOON - timedelta(days=30))
        consents.withdraw(ada.id, wording="No more.", at=NOON)
    studio = Studio(app)

    made = imported(studio, settings)
    importing.run(settings, {"import_id": made.public_id})

    assert (made.made, made.known, made.refused) == (1, 1, 3)
    known, grace = every(Lead)
    assert (known.company, known.first_name) == ("Analytical", "Ada")
    assert (grace.last_name, grace.country) == ("Möller", "DE")
    given = [(row.lead_id, row.wording) for row in every(Consent) if row.action.value == "given"]
    assert given == [(grace.id, "You may write to me.")]
    assert {message.kind for message in every(OutboxMessage)} == {importing.RUN}
    assert every(Mql) == []
    assert "Fair of Köln. Hot. Wants a call &lt;script&gt;" in studio.get(f"/studio/leads/{grace.public_id}")
    back = studio.open("POST", f"/studio/imports/{made.public_id}/refused.csv").text
    assert "no-address,Nobody,,,,,,This is no e-mail address." in back
    again = described(studio, bring(studio))
    assert (again["column-1"], again["column-7"]) == ("email", "note")
    assert "leads.imported" in {entry.action for entry in every(AuditEntry)}


def test_an_older_consent_from_a_list_takes_the_place_of_none_that_was_given_in_a_form_later(
    app: Flask, settings: Settings
) -> None:
    kept = stories.a_lead("grace@compiler.example", news=True)
    other = stories.a_lead("ada@analytical.example", news=True, talk=True)
    studio = Studio(app)

    imported(studio, settings)

    may = f"Yes, agreed on 15 September 2026: “{stories.MARKETING}”"
    assert {one.mail for one in permissions.of([kept.id, other.id], zone=the_zone()).values()} == {may}
    assert may in studio.get(f"/studio/leads/{kept.public_id}")
    assert studio.get(f"/studio/leads/{kept.public_id}/merge/{other.public_id}").count(may) == 2
    handed_over, added_to = rows.build(every(FeedEntry), zone=the_zone())
    assert (handed_over.event, added_to.event) == ("mql.created", "lead.corrected")
    assert (handed_over.consent.mail, added_to.consent.mail) == (may, may)
    page = studio.get(f"/studio/leads/{kept.public_id}")
    wordings = page.partition("Exact wording and time")[2]
    assert 0 < wordings.index(stories.MARKETING) < wordings.index("You may write to me.")


PLAIN = "E-mail,First name,Last name,Firm,Job,Remark,Hotness\nbo@birch.example,Bo,Birch,Birch,Buyer,Call,"


def test_plain_headers_are_understood_and_what_is_left_out_is_said_above_the_button(app: Flask) -> None:
    studio = Studio(app)

    place = bring(studio, f"{PLAIN}hot\n".encode())
    page, told = studio.get(place), described(studio, place)
    meanings = [told[f"column-{number}"] for number in range(1, 8)]
    assert meanings == ["email", "first_name", "last_name", "company", "job_title", "note", "warmth"]
    assert "Left out:" not in page

    studio.post_seen(place, **described(studio, place, **{"column-4": "", "column-6": ""}))
    page = studio.get(place)
    assert 0 < page.index('Left out: Firm, Remark. <a href="#columns-head">') < page.index('name="begin"')
    assert "Left out: Hotness." in studio.get(bring(studio, f"{PLAIN}4 of 5\n".encode().replace(b"Job", b"Beruf")))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"met_on": ""}, "on which day"),
        ({"met_on": "2027-01-01"}, "still to come"),
        ({"basis": ""}, "what these people agreed to"),
        ({"wording": " "}, "exactly"),
        ({"column-1": ""}, "which one column holds the address"),
        ({"column-3": "company"}, "two columns"),
    ],
)
def test_what_is_missing_is_said(app: Flask, change: dict[str, str], said: str) -> None:
    studio = Studio(app)
    place = bring(studio)

    assert said in studio.post_seen(place, 422, begin="1", **described(studio, place, **change))


def test_all_that_is_missing_is_said_at_once_and_what_was_typed_stands_there_again(app: Flask) -> None:
    studio = Studio(app)
    place = bring(studio)

    first = studio.post_seen(place, 422, begin="1", **described(studio, place, met_on="", wording=" "))
    later = studio.post_seen(place, 422, begin="1", **described(studio, place, met_on="2027-01-01", wording=" "))

    assert 'href="#met_on">Met on: say on which day' in first
    assert 'href="#met_on">Met on: that day is still to come' in later
    for told in (first, later):
        assert 'href="#wording">Wording: write the words' in told
        assert 'value="Fair of Köln"' in told


@pytest.mark.parametrize(
    ("file", "said"), [(b"", "Choose"), (b"\n \n", "nothing in this file"), (b"E-mail\n", "nobody")]
)
def test_a_file_without_people_is_refused(app: Flask, file: bytes, said: str) -> None:
    assert said in Studio(app).post("/studio/imports/", 422, file=(io.BytesIO(file), "booth.csv"))


def test_who_qualifies_goes_to_sales_only_when_a_person_lets_the_list_go(app: Flask, settings: Settings) -> None:
    studio = Studio(app)
    made = imported(studio, settings)
    grace = every(Lead)[0]
    place = f"/studio/imports/{made.public_id}"
    assert "Choose who" in studio.post(f"{place}/release", 422, choice="x")
    with transaction() as writing:
        lead = writing.get_one(Lead, grace.id)
        lead.company, lead.job_title, lead.company_size, lead.country = "Alder", "Head of Marketing", "50-249", "IE"
    for _ in range(3):
        page = a_page()
        for kind in (EventKind.FORM_SUBMITTED, EventKind.WEBINAR_REGISTERED):
            an_event(kind, grace, page, at=NOON)
    with transaction():
        assert scores.after(grace.id, at=NOON).qualifies
    told = studio.get(place)
    assert "1 lead of this list is over both thresholds now" in told
    assert "1 goes over at once." in told
    assert "1 goes over; at 20 a day that takes 1 day." in told
    assert 'name="choice" value="all" required>' in told
    assert "Others go over by turns" not in told
    other = a_lead("other@fair.example")
    with transaction() as writing:
        writing.add(HeldBack(lead_id=other.id, rule_version=1, release_at=NOON + DAY))
    assert "Others go over by turns already, 1 a day" in studio.get(place)
    with transaction():
        gate.forget([other.id])
    more = studio.post(f"{place}/release", 409, choice="tranches", daily="5", seen="0")
    assert "1 would go over now; it was 0 when you looked" in more
    studio.post(f"{place}/release", choice="none", seen="0")
    assert gate.blocks(grace.id)
    assert "1 goes over at once." in studio.get(place)
    studio.post(f"{place}/release", choice="tranches", daily="5", seen="1")

    assert [(row.lead_id, row.release_at) for row in every(HeldBack)] == [(grace.id, NOON)]
    rules.release(settings, {})
    [mql] = every(Mql)
    assert mql.lead_id == grace.id
    assert mql.qualified_at == NOON
    assert "already" in studio.post(f"{place}/release", 422, choice="all")


def test_a_list_is_taken_back_exactly_and_who_did_something_since_stays(app: Flask, settings: Settings) -> None:
    ada = a_lead("ada@analytical.example", company="Analytical")
    studio = Studio(app)
    made = imported(studio, settings, LIST.encode() + b"bo@company.example;Bo;Enter;Entering;;;\ncy@home.example;Cy\n")
    *_, bo, cy = every(Lead)
    merge = merging.merge(bo.public_id, cy.public_id, note="", settings=settings, actor="cli", at=NOON)
    merging.part(merge.merge_id, actor="cli", at=NOON)
    an_event(EventKind.FORM_SUBMITTED, bo, a_page(), at=NOON)

    studio.post(f"/studio/imports/{made.public_id}/undo")
    importing.undo(settings, {"import_id": made.public_id})

    assert [(lead.email, lead.first_name, lead.company) for lead in every(Lead)] == [
        (ada.email, "", "Analytical"),
        ("bo@company.example", "", ""),
        ("cy@home.example", "", ""),
    ]
    assert (every(LeadValue), every(Consent), every(LeadImportRow)) == ([], [], [])
    counting = [row.kind for row in every(EngagementEvent) if row.verdict.value == "human"]
    assert counting == [EventKind.FORM_SUBMITTED]
    page = studio.get(f"/studio/imports/{made.public_id}")
    assert "Taken back" in page
    assert every(LeadImport)[-1].kept == 2
    assert "import.taken_back" in {entry.action for entry in every(AuditEntry)}


def test_sales_is_told_what_it_knew_by_a_list_alone_once_that_is_taken_back(app: Flask, settings: Settings) -> None:
    studio = Studio(app)
    made = imported(studio, settings)
    grace = next(lead for lead in every(Lead) if lead.email == "grace@compiler.example")
    ann = a_salesperson("Ann")
    mql, bystander = an_mql(grace), an_mql()
    assert permissions.of([grace.id], zone=the_zone())[grace.id].may_mail

    studio.post(f"/studio/imports/{made.public_id}/undo")
    importing.undo(settings, {"import_id": made.public_id})

    [told] = [entry for entry in every(FeedEntry) if entry.kind == "lead.corrected"]
    assert (told.mql_id, bystander.id) != (bystander.id, mql.id)
    [row] = feed.rows(told.position - 1, 9, zone=the_zone())
    assert (row.mql_id, row.person.name, row.company.name, row.consent.may_mail) == (mql.public_id, "", "", False)
    [message] = [one for one in every(OutboxMessage) if one.kind == "lead_corrected"]
    letter = mail.lead_corrected(settings, message.payload | {"key": message.idempotency_key})
    assert letter
    assert (letter.to, letter.subject) == (ann.email, "Something else is known of 1 lead of yours")
    assert "- grace@compiler.example. May one write? No, never agreed" in letter.text
    page = studio.get(f"/studio/imports/{made.public_id}")
    assert "Kept: with sales, or known by more than this list" in page
    assert "did something" not in page


def test_sales_is_told_what_a_list_adds_to_somebody_whom_it_has_and_nothing_where_it_adds_nothing(
    app: Flask, settings: Settings
) -> None:
    ada = an_mql(a_lead("ada@analytical.example"))
    an_mql(a_lead("grace@compiler.example", first_name="Grace", company="Compilers"))
    everything_known = LIST.replace("Möller", "").replace("Deutschland", "")

    imported(Studio(app), settings, everything_known.encode(), basis="none")

    assert [entry.mql_id for entry in every(FeedEntry) if entry.kind == "lead.corrected"] == [ada.id]


@pytest.mark.parametrize(("told", "code"), [("UK", "GB"), ("U.S.", "US"), ("Holland", "NL"), ("Atlantis", "")])
def test_a_country_of_a_list_is_known_by_what_people_call_it_and_else_stands_in_the_note(
    app: Flask, settings: Settings, told: str, code: str
) -> None:
    studio = Studio(app)

    imported(studio, settings, f"Mail;Land\nada@analytical.example;{told}\n".encode())

    [ada] = every(Lead)
    assert ada.country == code
    [met] = [one for one in every(EngagementEvent) if one.kind is EventKind.MET_IN_PERSON]
    assert met.detail.get("note", "") == ("" if code else told)


def came(all_touches: Sequence[Touch]) -> dict[str, tuple[str, str]]:
    """By address: the campaigns of first and last touch."""
    named = {touch.id: touch.campaign for touch in all_touches}
    return {one.email: (named[one.first_touch_id or 0], named[one.last_touch_id or 0]) for one in every(Lead)}


def leads_by_campaign(settings: Settings) -> dict[str, int]:
    """As the report says, once the worker has counted what changed."""
    while reporting.count_days(settings, at=NOON + timedelta(minutes=1)):
        pass
    since = NOON.date() - timedelta(days=40)
    told = kpis.report(since, NOON.date(), By.CAMPAIGN, zone=settings.zone, rates=Rates("EUR", {}), at=NOON)
    return {line.label: line.figures.leads for line in told.lines if line.figures.leads}


def test_a_list_is_how_its_people_came_unless_they_came_before_and_is_so_no_more_when_it_is_taken_back(
    app: Flask, settings: Settings
) -> None:
    fair = NOON - timedelta(days=5)  # 10 September
    early, late = a_touch(at=fair - timedelta(days=9), campaign="spring"), a_touch(at=fair + DAY, campaign="autumn")
    for email, touch in (("ada@analytical.example", early), ("bo@company.example", late)):
        known = a_lead(email, at=touch.at)
        fill = a_submission(known, a_page(), at=touch.at)
        with transaction() as writing:
            lead = writing.get_one(Lead, known.id)
            lead.first_touch_id = lead.last_touch_id = writing.get_one(Submission, fill.id).touch_id = touch.id
    while reporting.count_days(settings, at=NOON):
        pass
    studio = Studio(app)

    made = imported(studio, settings, LIST.encode() + b"bo@company.example;Bo;Enter;Entering;;;\n")

    assert came(every(Touch)) == {
        "ada@analytical.example": ("spring", "Fair of Köln"),
        "bo@company.example": ("Fair of Köln", "autumn"),
        "grace@compiler.example": ("Fair of Köln", "Fair of Köln"),
    }
    [met] = [touch for touch in every(Touch) if touch.campaign == "Fair of Köln"]
    assert (met.channel, met.source, met.medium, met.at.date()) == ("Offline", "event", "event", fair.date())
    assert "Offline · event · Fair of Köln" in studio.get(f"/studio/leads/{every(Lead)[-1].public_id}")
    assert leads_by_campaign(settings) == {"spring": 1, "Fair of Köln": 2}

    studio.post(f"/studio/imports/{made.public_id}/undo")
    importing.undo(settings, {"import_id": made.public_id})

    assert came(every(Touch)) == {
        "ada@analytical.example": ("spring", "spring"),
        "bo@company.example": ("autumn", "autumn"),
    }
    assert len(every(Touch)) == 2
    assert leads_by_campaign(settings) == {"spring": 1, "autumn": 1}


def test_whom_a_list_brought_is_captured_on_the_day_of_its_import_and_nurtured_from_then_on_as_the_reports_say(
    app: Flask, settings: Settings
) -> None:
    imported(Studio(app), settings, LIST.encode())
    handed_over = NOON + timedelta(days=9)
    for lead in every(Lead):
        an_mql(lead, at=handed_over)
    while reporting.count_days(settings, at=handed_over + timedelta(days=1)):
        pass

    def told(day: date) -> Report:
        at = handed_over + timedelta(days=2)
        return kpis.report(day, day, By.WEEK, zone=settings.zone, rates=Rates("EUR", {}), at=at)

    fair = NOON.date() - timedelta(days=5)
    assert [told(day).whole.leads for day in (fair, NOON.date())] == [0, len(every(Lead))]
    assert told(handed_over.date()).nurture_days == pytest.approx(9, abs=0.01)
    for definition in (DEFINITIONS["leads"].words, DEFINITIONS["leads"].day, DEFINITIONS["nurture_days"].words):
        assert "the import of" in definition


def test_a_part_of_a_list_takes_as_many_statements_however_long_it_is(app: Flask, settings: Settings) -> None:
    studio = Studio(app)

    def statements(rows: int) -> int:
        people = "".join(f"p{rows}-{number}@company.example;P;{number};C;DE;hot;Note\n" for number in range(rows))
        place = bring(studio, LIST.partition("\n")[0].encode() + b"\n" + people.encode())
        studio.post_seen(place, begin="1", **described(studio, place))
        seen: list[str] = []

        def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        importing.run(settings, {"import_id": place.rpartition("/")[2]})
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    statements(2)  # the first one of all establishes the rules
    assert statements(3) == statements(60)


def test_where_nobody_is_over_the_thresholds_that_is_said_once_and_the_choice_is_for_later(
    app: Flask, settings: Settings
) -> None:
    studio = Studio(app)
    place = f"/studio/imports/{imported(studio, settings).public_id}"
    page = studio.get(place)

    assert page.count("over both thresholds now") == 1
    assert "Nobody goes to sales today" in page
    assert [part.split('"')[0] for part in page.split('name="choice" value="')[1:]] == ["evidence", "none"]
    assert 'name="daily"' not in page
    studio.post(f"{place}/release", choice="evidence", seen="0")
    assert "Released to sales on" in studio.get(place)


def test_sales_reaches_no_list(app: Flask) -> None:
    place = bring(Studio(app))
    seller = Studio(app, Role.SALES, "sam@northwind.example")

    for path in ("/studio/imports/", place):
        seller.get(path, 403)
    for path in ("/studio/imports/", place, f"{place}/release", f"{place}/undo", f"{place}/refused.csv"):
        assert seller.open("POST", path).status_code == 403
