"""Files for other systems in the studio: look at what would be refused, take the file, change the columns."""

import csv
import html
import io
import re
from dataclasses import replace
from zipfile import ZipFile

import pytest
from flask import Flask

from capture.accounts.models import AuditEntry, Role
from capture.db import transaction
from capture.handoff import columns, reps
from capture.handoff.destinations import tables
from capture.handoff.destinations.tables import Column
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Outcome, Source
from capture.handoff.reps import Work
from capture.journey import exporting, sales
from capture.leads import consents
from capture.leads.consents import Agreement
from capture.leads.models import Lead
from capture.pages.fields import Field, FieldKind
from tests import stories
from tests.factories import NOON, a_lead, a_salesperson, an_mql, every
from tests.web.studio import Studio

SENT: dict[str, dict[str, str]] = {"some": {}, "all": {"over": "1"}}


def agreed(lead: Lead) -> Lead:
    with transaction():
        told = [Agreement(consents.MARKETING_EMAIL, "Yes.")]
        consents.give(lead.id, told, page_version_id=None, submission_id=None, at=NOON)
    return lead


def test_a_marketer_sees_what_would_be_refused_and_takes_the_file(app: Flask) -> None:
    an_mql(a_lead("ada@analytical.example", name="<b>Ada</b> Byron", company="=1+1"))
    studio = Studio(app)

    assert "Salesforce, Data Loader" in studio.get("/studio/destinations/")
    page = studio.get("/studio/destinations/google-ads")
    assert "0 of 1 MQLs" in page
    assert "there is no Google Click ID" in page
    assert "&lt;b&gt;Ada" in page
    raw = studio.open("POST", "/studio/destinations/generic", form="csv")
    people = studio.open("POST", "/studio/destinations/generic", form="people")
    book = studio.open("POST", "/studio/destinations/generic", form="xlsx")

    assert ",=1+1," in raw.text
    assert ",'=1+1," in people.text
    assert book.data.startswith(b"PK")
    assert raw.headers["Content-Disposition"] == "attachment; filename=generic.csv"
    noted = [entry.detail for entry in every(AuditEntry) if entry.action == "mqls.exported"]
    assert noted == [{"form": form, "rows": 1} for form in ("csv", "people", "xlsx")]


def test_owners_whose_id_nobody_entered_are_one_sentence_with_the_way_to_the_team(app: Flask) -> None:
    ann, bob = (a_salesperson(name) for name in ("Ann", "Bob"))
    owners = [ann, ann, bob]
    for number in range(3):
        mql = an_mql(a_lead(f"p{number}@company.example", name=f"Person {number}"))
        sales.pass_on(mql.public_id, owners[number].public_id, sla_hours=24, actor="cli", at=NOON)
    marketer, admin = Studio(app), Studio(app, Role.ADMIN, "boss@northwind.example")
    path = "/studio/destinations/salesforce-loader"

    page, of_admin = marketer.get(path), admin.get(path)

    assert "3 rows have no owner there" in page
    assert "takes every row as it is" in page
    assert "Team has no id there of these colleagues: Ann (2), Bob (1). An admin enters them on Team." in page
    assert '<a href="/studio/mqls/team">Enter the ids on Team</a>' in of_admin
    below = page.partition("<summary>The rows</summary>")[2].partition("</details>")[0]
    assert below.count("OwnerId: Team has no id of") == 3
    assert page.count("Team has no id of") == 3
    with transaction():
        reps.keep(ann.id, Work(crm_ids="Salesforce = 005A"))
    assert "1 row has no owner there" in marketer.get(path)


def test_a_file_for_people_is_parted_as_their_spreadsheets_expect_and_one_for_a_system_never_is(app: Flask) -> None:
    mql = an_mql(a_lead("ada@analytical.example", name="Ada; Byron", company="=1+1"))
    sales.decide(
        mql.public_id, Decision(Outcome.WON, value=12550, currency="EUR"), Teller("cli", Source.STUDIO), at=NOON
    )
    studio = Studio(app)
    studio.post("/studio/people/me/language", language="de")
    with_value = [Column("Wert", "won_value"), Column("Wer", "name"), Column("Firma", "company")]
    exporting.set_columns("generic", with_value, actor="cli", at=NOON)

    def taken(form: str) -> str:
        return studio.open("POST", "/studio/destinations/generic", form=form).text.splitlines()[1]

    assert taken("people") == '125,50;"Ada; Byron";\'=1+1'
    assert taken("csv") == "125.50,Ada; Byron,=1+1"
    assert studio.open("POST", "/studio/leads.csv").text.count(";") > 5
    assert studio.open("GET", "/studio/reports/figures.csv").text.startswith("\ufeffWeek;")
    page = "/studio/destinations/generic?over=1"
    assert "Kommas verwenden" in studio.get(page)
    assert studio.post("/studio/separator", separator=",", back=page) == page
    assert taken("people") == "125.50,Ada; Byron,'=1+1"
    assert "Semikolons verwenden" in studio.get(page)
    assert studio.post("/studio/separator", separator="|", back="https://evil.example/studio/") == "/studio/"
    assert taken("people").startswith("125.50,")


def test_what_was_done_to_every_row_comes_as_a_file_alone_or_beside_the_file(app: Flask) -> None:
    for number in range(3):
        an_mql(a_lead(f"p{number}@company.example", name="=1+1"))
    studio = Studio(app)

    alone = studio.open("POST", "/studio/destinations/google-ads/report.csv").text
    archive = studio.open("POST", "/studio/destinations/google-ads", form="csv", report="1").data

    rows = list(csv.reader(io.StringIO(alone.removeprefix("\ufeff"))))
    assert [row[2:] for row in rows[1:-1]] == [
        ["'=1+1", f"p{number}@company.example", "no", "Left out: there is no Google Click ID"] for number in range(3)
    ]
    assert rows[-1][-1] == "3 read, 0 in the file, 3 left out, 0 changed"
    with ZipFile(io.BytesIO(archive)) as parts:
        assert parts.namelist() == ["google-ads.csv", "google-ads-report.csv"]
        beside = parts.read("google-ads-report.csv").decode()
    assert beside == alone
    assert [entry.detail for entry in every(AuditEntry) if entry.action == "mqls.exported"][-1]["rows"] == 0
    assert "before the first" in studio.post(
        "/studio/destinations/generic/report.csv", 422, since="2020-01-02", until="2020-01-01"
    )


def test_what_is_done_to_each_row_is_a_screen_with_how_often_each_reason_comes(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capture.handoff.destinations.files.MOST_SHOWN", 4)
    for number in range(5):
        name = "<b>Ada</b> " + "A" * 90 if number == 3 else "Bo Bean"
        an_mql(agreed(a_lead(f"p{number}@{'x' * 80 if number == 4 else 'company'}.example", name=name)))
    studio, place = Studio(app), "/studio/destinations/salesforce"
    page = studio.get(place)
    address = re.search(f'href="({place}/report[^"]*)"', page)
    assert address

    shown = studio.get(html.unescape(address[1]))
    words = " ".join(re.sub(r"<[^>]+>", " ", shown).split())

    assert "The file is about 5 MQLs Of the newest 4, looked at here, 3 are in it. 1 left out, 1 changed." in words
    assert "What is done Rows Taken as it is 2 Left out: Email is longer than 80 characters 1" in words
    assert "Last Name: cut to 80 characters 1 Counted in these 4; the file has all rows." in words
    order = ("No Left out: Email is longer", "Yes Last Name: cut to 80 characters", "p2@company.example Yes Taken")
    assert sorted(order, key=words.index) == [*order]
    assert "p0@company.example" not in shown
    assert "&lt;b&gt;Ada" in shown
    assert f'action="{place}/report.csv"' in shown
    assert studio.open("POST", f"{place}/report.csv").text.count("@") == 5


def test_how_many_in_a_file_may_not_be_mailed_is_said_beside_it_and_of_each_row(app: Flask) -> None:
    an_mql(agreed(a_lead("yes@company.example")))
    for number in range(2):
        an_mql(a_lead(f"no{number}@company.example"))
    studio = Studio(app)

    assert "One may not mail 2 people in it, and no column says so." in studio.get("/studio/destinations/hubspot")
    assert "One may not mail 2 people in it, as “May Be Mailed” says." in studio.get("/studio/destinations/generic")
    rows = studio.get("/studio/destinations/hubspot/report")
    assert "One may not mail this person, and no column says so. No, never agreed" in rows
    for never_mails in ("google-ads", "outreach"):
        assert "One may not mail" not in studio.get(f"/studio/destinations/{never_mails}")


def test_the_screen_of_rows_is_of_the_days_and_of_what_was_asked_for(app: Flask) -> None:
    mql = an_mql(a_lead("p@company.example"))
    decision = Decision(Outcome.REJECTED, reason="no_fit")
    sales.decide(mql.public_id, decision, Teller("cli", Source.STUDIO), at=NOON)
    studio, place = Studio(app), "/studio/destinations/generic"
    days = "since=2020-01-01&until=2099-01-01"

    left_out, taken = studio.get(f"{place}/report?{days}"), studio.get(f"{place}/report?{days}&over=1")

    assert "Left out: sales rejected it" in left_out
    assert "1 of 1 MQLs are in the file" in taken
    for name, value in (("since", "2020-01-01"), ("until", "2099-01-01"), ("over", "1")):
        assert f'name="{name}" value="{value}"' in taken
    assert "over=1" in studio.get(f"{place}?{days}&over=1").partition("report?")[2][:80]
    assert f"{place}/report?" in studio.get(f"{place}?{days}")
    assert "Nobody was handed over" in studio.get(f"{place}/report?since=2020-01-01&until=2020-01-02")
    assert "before the first" in studio.get(f"{place}/report?since=2020-01-02&until=2020-01-01", 422)


def test_days_without_mqls_say_so_and_days_that_cannot_be_are_asked_for_again(app: Flask) -> None:
    an_mql()
    studio = Studio(app)

    assert "Nobody was handed over" in studio.get("/studio/destinations/generic?since=2020-01-01&until=2020-01-02")
    assert "before the first" in studio.get("/studio/destinations/generic?since=2020-01-02&until=2020-01-01", 422)
    studio.get("/studio/destinations/fax", 404)


def test_a_file_without_rows_is_said_to_be_empty_and_is_not_offered(app: Flask) -> None:
    an_mql()
    studio, place = Studio(app), "/studio/destinations/google-ads"

    empty, some = studio.get(place), studio.get("/studio/destinations/generic")

    assert "The file is empty: there is nothing to take." in empty
    assert "Take the CSV" not in empty
    assert f'href="{place}/report"' in empty
    assert "The file is empty" not in some
    assert "Take the CSV" in some


def test_what_sales_rejected_or_lost_is_left_out_unless_it_is_asked_for(app: Flask) -> None:
    said = (Outcome.REJECTED, Outcome.LOST, Outcome.ACCEPTED, Outcome.RECYCLED, None)
    for number, outcome in enumerate(said):
        mql = an_mql(a_lead(f"p{number}@company.example"))
        if outcome:
            decision = Decision(outcome, reason="no_fit" if outcome is Outcome.REJECTED else None)
            sales.decide(mql.public_id, decision, Teller("cli", Source.STUDIO), at=NOON)
    studio, place = Studio(app), "/studio/destinations/generic"
    days = "since=2020-01-01&until=2099-01-01"

    page, whole = studio.get(f"{place}?{days}"), studio.get(f"{place}?over=1&{days}")

    rows = studio.get(f"{place}/report?{days}")
    for told in (page, rows):
        assert "3 of 5 MQLs are in the file" in told
        assert "2 left out." in told
        assert "Sales rejected or lost 2 of them." in told
    assert f'href="{place}?over=1&amp;since=2020' in page
    assert f'href="{place}/report?over=1&amp;since=2020' in rows
    assert "5 of 5 MQLs are in the file" in whole
    assert 'name="over" value="1"' in whole
    taken = {sent: studio.open("POST", place, form="csv", **sent_as).text for sent, sent_as in SENT.items()}
    assert [taken["some"].count(f"p{number}@") for number in range(5)] == [0, 0, 1, 1, 1]
    assert [taken["all"].count(f"p{number}@") for number in range(5)] == [1] * 5
    told = studio.open("POST", f"{place}/report.csv").text
    assert "Left out: sales rejected it" in told
    assert "Left out: the deal was lost" in told
    assert "5 read, 3 in the file, 2 left out" in told
    assert "rejected or lost" not in studio.get("/studio/destinations/google-ads")


def test_of_very_many_mqls_the_newest_are_looked_at(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        an_mql(a_lead(f"p{number}@company.example"))
    monkeypatch.setattr("capture.handoff.destinations.files.MOST_LOOKED_AT", 2)

    page = Studio(app).get("/studio/destinations/google-ads")

    assert "The file is about 3 MQLs" in page
    assert "Take the CSV" in page
    assert "Of the newest 2, looked at here, 0 are in it." in page
    assert "p2@company.example" in page
    assert "p0@company.example" not in page


def test_a_file_in_parts_comes_as_an_archive(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        an_mql(a_lead(f"p{number}@company.example"))
    small = {**tables.DESTINATIONS, "generic": replace(tables.DESTINATIONS["generic"], most_rows=2)}
    monkeypatch.setattr("capture.handoff.destinations.editing.DESTINATIONS", small)

    answer = Studio(app).open("POST", "/studio/destinations/generic", form="csv")

    with ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.namelist() == ["generic-1.csv", "generic-2.csv"]


def test_columns_are_put_in_another_order_filled_otherwise_and_set_back(app: Flask) -> None:
    an_mql(a_lead("ada@analytical.example", company="Analytical"))
    studio = Studio(app)
    place = "/studio/destinations/generic/columns"
    typed = {"header-1": "Firm", "source-1": "company", "place-1": "2", "header-2": "Mail", "source-2": "email"}
    typed |= {"place-2": "1", "header-3": "Team", "source-3": "=", "text-3": "North", "most-2": "x"}

    assert "stands twice" in studio.post_seen(place, 422, **(typed | {"header-3": "Firm"}))
    studio.post_seen(place, **typed)

    taken = studio.open("POST", "/studio/destinations/generic", form="csv").text
    assert taken == "Mail,Firm,Team\r\nada@analytical.example,Analytical,North\r\n"
    studio.post(f"{place}/reset")
    assert studio.open("POST", "/studio/destinations/generic", form="csv").text.startswith("Email,First Name")


def test_a_column_can_be_filled_with_the_answer_to_a_question_of_a_form(app: Flask) -> None:
    """Chosen by the question; an answer that no form asks for any more stays, and is named by its key."""
    hurdle = Field("hurdle", FieldKind.TEXT, "What holds you up?")
    stories.a_page(fields=(*stories.a_definition().fields, hurdle))
    lead = stories.a_lead("ada@analytical.example", hurdle="Time")
    an_mql(lead)
    studio = Studio(app)
    place = "/studio/destinations/generic/columns"

    shown = studio.get(place)
    typed = {"header-1": "Hurdle", "source-1": "answer:hurdle", "header-2": "Fax", "source-2": "answer:fax"}
    studio.post_seen(place, **typed)

    assert '<option value="answer:hurdle">Answer to “What holds you up?”</option>' in shown
    assert '<option value="answer:company">' not in shown
    assert studio.open("POST", "/studio/destinations/generic", form="csv").text == "Hurdle,Fax\r\nTime,\r\n"
    assert '<option value="answer:fax" selected>Answer to “fax”, for which no form asks now</option>' in studio.get(
        place
    )


def test_what_fills_a_column_is_told_in_german_while_the_api_stays_english(app: Flask) -> None:
    studio = Studio(app)
    studio.post("/studio/people/me/language", language="de")

    page = studio.get("/studio/destinations/generic/columns")
    api = studio.open("GET", "/api/openapi.json").text

    assert "Der neueste Selbsttest, 0 bis 100" in page
    assert "Erste Herkunft: UTM-Quelle" in page
    assert "Fit, der nötig war" in page
    assert "Whether one may" not in page
    assert "Selbsttest" not in api
    assert not [one.name for one in columns.COLUMNS if one.meaning.replace("`", "") in page and one.name != "company"]
