"""Files for other systems: what each would refuse is mended or left out, and said."""

import csv
import tracemalloc
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from capture.attribution.models import Touch
from capture.db import transaction
from capture.errors import NotFound, ParameterRefused
from capture.handoff import feed, reps
from capture.handoff.destinations import editing, files, sources
from capture.handoff.destinations.files import Form, Report, Span
from capture.handoff.destinations.judging import Judge
from capture.handoff.destinations.tables import CONSTANT, DESTINATIONS, Column, Rule
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Mql, Outcome, Source
from capture.handoff.reps import Work
from capture.journey import exporting, sales
from capture.leads import consents
from capture.leads.consents import Agreement
from capture.leads.models import Lead
from tests.factories import NOON, a_lead, a_page, a_salesperson, a_submission, a_touch, an_mql
from tests.stories import the_zone

BERLIN = ZoneInfo("Europe/Berlin")
PHONES = {"ada": "", "twin": "+49302", "gone": "+49303", "erased": "+49304"}
MANY = 20_000


def agrees(lead: Lead, purpose: str = consents.MARKETING_EMAIL) -> Lead:
    with transaction():
        consents.give(lead.id, [Agreement(purpose, "Yes.")], page_version_id=None, submission_id=None, at=NOON)
    return lead


def came_by(lead: Lead, **click_ids: str) -> Lead:
    touch = a_touch()
    with transaction() as writing:
        touch = writing.merge(touch)
        touch.click_ids = dict(click_ids)
        writing.get_one(Lead, lead.id).last_touch_id = touch.id
    return lead


def made(path: Path, key: str, form: Form = Form.CSV, span: Span | None = None, days: int = 0) -> Report:
    at = NOON + timedelta(days=days)
    return files.write(path, editing.in_force(key), form, span or Span(), zone=BERLIN, at=at)


def lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def remarks(report: Report) -> Sequence[str]:
    return [remark for _, remark in report.remarks]


def test_salesforce_gets_a_last_name_and_a_company_for_everybody(app: Flask, tmp_path: Path) -> None:
    an_mql(a_lead("ada@analytical.example", name="Ada King Byron", company="Analytical", phone="+4930123456"))
    an_mql(a_lead("info@nameless.example"))
    an_mql(a_lead("eve@rivers.example", first_name="Eve"))

    report = made(tmp_path / "leads.csv", "salesforce")

    header, *rows = lines(tmp_path / "leads.csv")
    ada, nameless, eve = (dict(zip(header, row, strict=True)) for row in rows)
    assert header[:3] == ["First Name", "Last Name", "Company"]
    assert (ada["First Name"], ada["Last Name"], ada["Company"]) == ("Ada King", "Byron", "Analytical")
    assert (nameless["Last Name"], nameless["Company"]) == ("Unknown", "nameless.example")
    assert (eve["First Name"], eve["Last Name"]) == ("Eve", "Unknown")
    assert ada["Phone"] == "+4930123456"
    assert (report.read, report.written, report.left_out) == (3, 3, 0)


def test_what_is_too_long_is_cut_and_said(app: Flask, tmp_path: Path) -> None:
    an_mql(a_lead("ada@analytical.example", first_name="A" * 60, last_name="Byron"))

    report = made(tmp_path / "leads.csv", "salesforce")

    assert lines(tmp_path / "leads.csv")[1][0] == "A" * 40
    assert remarks(report) == ["First Name: cut to 40 characters"]
    assert report.changed == 1


def test_half_an_address_is_another_address_so_none_is_written(app: Flask, tmp_path: Path) -> None:
    an_mql(a_lead(f"{'a' * 60}@{'b' * 30}.example", last_name="Byron"))
    an_mql(a_lead("bo@analytical.example", last_name="Bo", phone="+49" + "1" * 40))

    report = made(tmp_path / "leads.csv", "salesforce")

    header, *rows = lines(tmp_path / "leads.csv")
    assert [(row[header.index("Email")], row[header.index("Phone")]) for row in rows] == [("bo@analytical.example", "")]
    assert remarks(report) == ["Left out: Email is longer than 80 characters", "Phone is longer than 40 characters"]


def test_systems_that_write_to_people_get_only_those_who_may_be_mailed(app: Flask, tmp_path: Path) -> None:
    an_mql(agrees(a_lead("yes@analytical.example")), hand_raised=True)
    an_mql(a_lead("no@analytical.example"), hand_raised=True)

    for key, destination in DESTINATIONS.items():
        if Rule.MAY_BE_MAILED in destination.rules:
            report = made(tmp_path / f"{key}.csv", key)
            text = (tmp_path / f"{key}.csv").read_text(encoding="utf-8")
            assert "yes@" in text
            assert "no@" not in text
            assert "one may not mail this person" in remarks(report)[0]


def test_a_customer_who_was_handed_over_again_is_no_new_lead_for_another_system(app: Flask, tmp_path: Path) -> None:
    ada, bystander = a_lead("ada@analytical.example"), a_lead("bo@alder.example")
    won = an_mql(ada)
    sales.decide(won.public_id, Decision(Outcome.WON), Teller("cli", Source.REPORT), at=NOON)
    an_mql(ada, at=NOON + timedelta(hours=1))
    an_mql(bystander)

    reports = [made(tmp_path / f"{key}.csv", key, days=1) for key in ("salesforce", "generic")]

    left_out = "Left out: it is a customer by now, and no new lead"
    assert [remarks(report) for report in reports] == [[left_out, left_out], []]
    assert [report.written for report in reports] == [1, 3]


@pytest.mark.parametrize(
    ("key", "header", "cells"),
    [
        ("salesforce", "Email Opt Out", ["0", "1", "1"]),
        ("salesforce-loader", "HasOptedOutOfEmail", ["0", "1", "1"]),
        ("generic", "May Be Mailed", ["true", "false", "false"]),
        ("hubspot", "", []),
    ],
)
def test_a_file_says_whom_one_may_not_mail_and_where_it_cannot_the_report_does(
    app: Flask, tmp_path: Path, key: str, header: str, cells: list[str]
) -> None:
    an_mql(agrees(a_lead("yes@analytical.example")))
    an_mql(a_lead("never@analytical.example"))
    gone = agrees(a_lead("gone@analytical.example"))
    an_mql(gone)
    with transaction():
        consents.withdraw(gone.id, wording="No more.", at=NOON)

    report = files.write(
        tmp_path / "leads.csv",
        DESTINATIONS[key],
        Form.CSV,
        Span(),
        zone=BERLIN,
        at=NOON,
        remarks=tmp_path / "report.csv",
    )

    headers, *rows = lines(tmp_path / "leads.csv")
    assert [row[headers.index(header)] for row in rows if header] == cells
    assert (report.written, report.changed, report.barred) == (3, 0, 2)
    done = [row[-1] for row in lines(tmp_path / "report.csv")[1:-1]]
    how = f"as “{header}” says" if header else "and no column says so"
    assert done == [
        "Taken as it is",
        f"One may not mail this person, {how}. No, never agreed",
        f"One may not mail this person, {how}. No, withdrawn on 15 September 2026",
    ]


def test_google_gets_clicks_of_ninety_days_in_the_zone_of_the_house_and_nothing_of_a_person(
    app: Flask, tmp_path: Path
) -> None:
    ada = an_mql(came_by(a_lead("ada@analytical.example", name="Ada Byron"), gclid="CjABC"))
    an_mql(came_by(a_lead("li@analytical.example"), li_fat_id="x"))

    report = made(tmp_path / "clicks.csv", "google-ads")
    late = made(tmp_path / "late.csv", "google-ads", days=91)

    text = (tmp_path / "clicks.csv").read_text(encoding="utf-8")
    assert text.splitlines() == [
        "Parameters:TimeZone=Europe/Berlin",
        "Google Click ID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency,Order ID",
        f"CjABC,MQL,2026-09-15 14:00:00,,,{ada.public_id}",
    ]
    assert remarks(report) == ["Left out: there is no Google Click ID"]
    assert remarks(late) == ["Left out: older than 90 days"] * 2


def test_a_conversion_is_told_by_the_first_click_id_that_is_known_in_the_file_for_it(
    app: Flask, tmp_path: Path
) -> None:
    clicks: Sequence[dict[str, str]] = (
        {"gclid": "g", "wbraid": "w"},
        {"gbraid": "gb", "wbraid": "w"},
        {"wbraid": "w"},
        {},
    )
    for number, click_ids in enumerate(clicks):
        an_mql(came_by(a_lead(f"p{number}@analytical.example"), **click_ids))

    keys = ("google-ads", "google-ads-gbraid", "google-ads-wbraid")
    reports = {key: made(tmp_path / f"{key}.csv", key) for key in keys}

    told = {key: lines(tmp_path / f"{key}.csv")[1:] for key in keys}
    assert {key: (rows[0][0], [row[0] for row in rows[1:]]) for key, rows in told.items()} == {
        "google-ads": ("Google Click ID", ["g"]),
        "google-ads-gbraid": ("GBRAID", ["gb"]),
        "google-ads-wbraid": ("WBRAID", ["w"]),
    }
    assert "Left out: the file for gbraid tells of this conversion" in remarks(reports["google-ads-wbraid"])
    assert "Left out: older than 90 days" in remarks(made(tmp_path / "late.csv", "google-ads-gbraid", days=91))


def test_of_two_clicks_the_last_one_is_told(app: Flask, tmp_path: Path) -> None:
    lead = came_by(a_lead("ada@analytical.example"), gclid="last")
    first = a_touch(at=NOON - timedelta(days=1))
    with transaction() as writing:
        writing.merge(first).click_ids = {"gclid": "first", "wbraid": "app"}
        writing.get_one(Lead, lead.id).first_touch_id = first.id
    an_mql(lead)

    made(tmp_path / "clicks.csv", "google-ads")

    assert lines(tmp_path / "clicks.csv")[2][0] == "last"


def test_the_owner_stands_in_a_file_by_his_id_in_that_system(app: Flask, tmp_path: Path) -> None:
    ann = a_salesperson("ann@northwind.example")
    an_mql(a_lead("ada@analytical.example"))
    without = made(tmp_path / "without.csv", "salesforce-loader")
    with transaction():
        reps.keep(ann.id, Work(crm_ids="Salesforce = 005A\noutreach = 17"))

    made(tmp_path / "loader.csv", "salesforce-loader")
    made(tmp_path / "wizard.csv", "salesforce")

    assert remarks(without) == [f"OwnerId: Team has no id of {ann.name} there"]
    assert [row[-1] for row in lines(tmp_path / "loader.csv")] == ["OwnerId", "005A"]
    assert [row[-1] for row in lines(tmp_path / "wizard.csv")] == ["Record Owner", "005A"]


def test_a_click_is_as_old_as_its_own_touch_and_a_sheet_says_the_zone_of_its_times(app: Flask, tmp_path: Path) -> None:
    old, new = (came_by(a_lead(f"{name}@analytical.example"), gclid=f"Cj{name}") for name in ("old", "new"))
    clicked, later = a_touch(at=NOON - timedelta(days=120)), a_touch()
    with transaction() as writing:
        first = writing.merge(clicked)
        first.click_ids = {"gclid": "Cjold"}
        last = writing.merge(later)
        last.click_ids = {"li_fat_id": "x"}
        lead = writing.get_one(Lead, old.id)
        lead.first_touch_id, lead.last_touch_id = first.id, last.id
    an_mql(old)
    kept = an_mql(new)

    report = made(tmp_path / "clicks.xlsx", "google-ads", Form.XLSX)

    assert remarks(report) == ["Left out: older than 90 days"]
    with ZipFile(tmp_path / "clicks.xlsx") as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml").decode())
    rows = [[text.text for text in row.iter() if text.text] for row in sheet.iter() if row.tag.endswith("}row")]
    assert rows[0] == ["Parameters:TimeZone=Europe/Berlin"]
    assert [row[0] for row in rows[1:]] == ["Google Click ID", "Cjnew"]
    assert kept.public_id in rows[2]


def test_google_is_told_of_the_conversions_that_sales_rejected(app: Flask, tmp_path: Path) -> None:
    rejected, accepted, without_click, _ = (
        an_mql(came_by(a_lead(f"{name}@analytical.example"), **clicks))
        for name, clicks in (("ada", {"gclid": "a"}), ("bob", {"gclid": "b"}), ("cy", {}), ("dee", {"gclid": "d"}))
    )
    for mql, decision in (
        (rejected, Decision(Outcome.REJECTED, reason="no_fit")),
        (accepted, Decision(Outcome.REJECTED, reason="no_need")),
        (accepted, Decision(Outcome.ACCEPTED)),
        (without_click, Decision(Outcome.REJECTED, reason="no_fit")),
    ):
        sales.decide(mql.public_id, decision, Teller("cli", Source.REPORT), at=NOON + timedelta(days=3, hours=1))

    report = made(tmp_path / "back.csv", "google-ads-adjustments", days=3)
    earlier = made(
        tmp_path / "earlier.csv", "google-ads-adjustments", days=3, span=Span(until=NOON + timedelta(days=3))
    )

    assert (tmp_path / "back.csv").read_text(encoding="utf-8").splitlines() == [
        "Parameters:TimeZone=Europe/Berlin",
        "Order ID,Conversion Name,Adjustment Time,Adjustment Type,Adjusted Value,Adjusted Value Currency",
        f"{rejected.public_id},MQL,2026-09-18 15:00:00,RETRACT,,",
    ]
    assert remarks(report) == ["Left out: this person did not come by a Google click, so no conversion was told"]
    assert (earlier.read, earlier.written) == (0, 0)


def test_linkedin_gets_who_agreed_to_tracking_with_an_at_only_in_the_address(app: Flask, tmp_path: Path) -> None:
    an_mql(agrees(a_lead("ada@analytical.example", company="Ada @ Work", country="GB"), consents.TRACKING))
    an_mql(a_lead("eve@analytical.example"))

    report = made(tmp_path / "conversions.csv", "linkedin")

    [_, row] = lines(tmp_path / "conversions.csv")
    assert row[0] == "ada@analytical.example"
    assert row[3] == "Ada  at  Work"
    assert row[6] == str(round(NOON.timestamp() * 1000))
    assert "employeecompany: @ was written as “at”" in remarks(report)
    assert "Left out: this person did not agree to tracking" in remarks(report)


def test_linkedin_is_told_what_was_won_and_nothing_where_nothing_was(app: Flask, tmp_path: Path) -> None:
    won = an_mql(agrees(a_lead("ada@analytical.example"), consents.TRACKING))
    open_deal = an_mql(agrees(a_lead("bo@analytical.example"), consents.TRACKING))
    plain = an_mql(agrees(a_lead("cy@analytical.example"), consents.TRACKING))
    for mql, told in (
        (won, Decision(Outcome.WON, value=1_250_050, currency="CHF")),
        (open_deal, Decision(Outcome.OPPORTUNITY, value=99, currency="EUR")),
        (plain, Decision(Outcome.WON)),
    ):
        sales.decide(mql.public_id, told, Teller("cli", Source.API), at=NOON)

    made(tmp_path / "conversions.csv", "linkedin")

    _, *rows = lines(tmp_path / "conversions.csv")
    assert [row[-2:] for row in rows] == [["12500.50", "CHF"], ["", ""], ["", ""]]


def test_both_files_for_salesforce_say_the_country(app: Flask, tmp_path: Path) -> None:
    an_mql(a_lead("ada@analytical.example", country="GB"))

    for key in ("salesforce", "salesforce-loader"):
        made(tmp_path / "leads.csv", key)
        header, row = lines(tmp_path / "leads.csv")
        assert row[header.index("Country")] == "GB"


def test_an_address_stands_once_in_a_file_that_refuses_it_twice(app: Flask, tmp_path: Path) -> None:
    an_mql(a_lead("ada@analytical.example"))
    twin = a_lead("twin@analytical.example")
    with transaction() as writing:
        writing.get_one(Lead, twin.id).email = "Ada@analytical.example"
    an_mql(twin)

    report = made(tmp_path / "contacts.csv", "hubspot")

    assert len(lines(tmp_path / "contacts.csv")) == 2
    assert remarks(report) == ["Left out: this address stands in the file already"]


def test_hubspot_reads_how_far_each_came_and_what_sales_said(app: Flask, tmp_path: Path) -> None:
    an_mql(a_lead("new@analytical.example"))
    for outcome in Outcome:
        mql = an_mql(a_lead(f"{outcome.value}@analytical.example"))
        decision = Decision(outcome, reason="no_fit" if outcome is Outcome.REJECTED else None)
        sales.decide(mql.public_id, decision, Teller("cli", Source.STUDIO), at=NOON)

    files.write(
        tmp_path / "contacts.csv",
        editing.in_force("hubspot"),
        Form.CSV,
        Span(),
        zone=BERLIN,
        at=NOON,
        with_over=True,
    )

    header, *rows = lines(tmp_path / "contacts.csv")
    told = (dict(zip(header, row, strict=True)) for row in rows)
    assert {(row["Email"].partition("@")[0], row["Lifecycle stage"], row["Lead status"]) for row in told} == {
        ("new", "Marketing Qualified Lead", ""),
        ("accepted", "Marketing Qualified Lead", "In Progress"),
        ("qualified", "Sales Qualified Lead", "Connected"),
        ("opportunity", "Opportunity", "Open Deal"),
        ("won", "Customer", ""),
        ("lost", "Opportunity", "Unqualified"),
        ("rejected", "Marketing Qualified Lead", "Unqualified"),
        ("recycled", "Marketing Qualified Lead", "Bad Timing"),
    }


def test_a_row_that_is_left_out_takes_the_place_of_no_other(app: Flask, tmp_path: Path) -> None:
    _, twin, *gone = (an_mql(a_lead(f"{name}@analytical.example", phone=phone)) for name, phone in PHONES.items())
    with transaction() as writing:
        writing.get_one(Lead, twin.lead_id).email = "ADA@analytical.example"
        for mql in gone:
            writing.get_one(Lead, mql.lead_id).email = ""
    exporting.set_columns(
        "hubspot", [Column("Email", "email"), Column("Phone", "phone", required=True)], actor="cli", at=NOON
    )

    report = made(tmp_path / "contacts.csv", "hubspot")

    assert lines(tmp_path / "contacts.csv")[1:] == [
        ["ADA@analytical.example", "+49302"],
        ["", "+49303"],
        ["", "+49304"],
    ]
    assert remarks(report) == ["Left out: there is no Phone"]


def test_a_file_takes_no_more_memory_for_many_addresses(app: Flask) -> None:
    an_mql(a_lead("ada@analytical.example"))
    [row] = feed.rows(0, 1, zone=the_zone())
    people = (replace(row.person, email=f"p{number % MANY}@company.example") for number in range(MANY + 1))
    written = 0

    with closing(Judge(DESTINATIONS["hubspot"], zone=BERLIN, at=NOON)) as judge:
        tracemalloc.start()
        for judged in judge.rows((replace(row, person=person) for person in people), tracked=set()):
            written += judged.cells is not None
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert written == MANY
    assert most < MANY * 10  # bytes: a set of their hashes takes ten times as many


def test_a_file_is_split_where_the_system_takes_no_more(app: Flask, tmp_path: Path) -> None:
    for number in range(5):
        an_mql(a_lead(f"p{number}@company.example"))
    small = replace(DESTINATIONS["generic"], most_rows=2)
    tiny = replace(DESTINATIONS["generic"], most_bytes=400)

    by_rows = files.write(tmp_path / "a.csv", small, Form.CSV, Span(), zone=BERLIN, at=NOON)
    by_bytes = files.write(tmp_path / "b.csv", tiny, Form.CSV, Span(), zone=BERLIN, at=NOON)
    sheets = files.write(
        tmp_path / "c.xlsx", replace(small, most_rows=None, most_bytes=3000), Form.XLSX, Span(), zone=BERLIN, at=NOON
    )

    assert [path.name for path in by_rows.paths] == ["a-1.csv", "a-2.csv", "a-3.csv"]
    assert [len(lines(path)) for path in by_rows.paths] == [3, 3, 2]
    assert len(by_bytes.paths) > 1
    assert all(path.stat().st_size <= 400 for path in by_bytes.paths)
    assert sum(len(lines(path)) - 1 for path in by_bytes.paths) == 5
    assert [path.name for path in sheets.paths] == ["c-1.xlsx", "c-2.xlsx", "c-3.xlsx"]
    assert sheets.written == 5


def test_formulas_are_text_for_people_raw_for_machines_and_text_in_a_workbook(app: Flask, tmp_path: Path) -> None:
    formula = '=HYPERLINK("https://evil.example")'
    an_mql(a_lead("ada@analytical.example", company=formula, phone="+4930123456"))

    made(tmp_path / "raw.csv", "generic")
    made(tmp_path / "people.csv", "generic", Form.PEOPLE)
    made(tmp_path / "book.xlsx", "generic", Form.XLSX)

    assert formula in lines(tmp_path / "raw.csv")[1]
    assert "'" + formula in lines(tmp_path / "people.csv")[1]
    with ZipFile(tmp_path / "book.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "+4930123456" in [element.text for element in ElementTree.fromstring(sheet).iter() if element.text]


def test_days_and_times_of_a_workbook_are_dates_on_the_clock_here_and_exact_text_for_advertisers(
    app: Flask, tmp_path: Path
) -> None:
    an_mql(a_lead("ada@analytical.example"))
    generic = DESTINATIONS["generic"]
    asked = replace(generic, columns=(*generic.columns, Column("When", "qualified_at"), Column("Said", "due_at", 4)))

    files.write(tmp_path / "book.xlsx", asked, Form.XLSX, Span(), zone=BERLIN, at=NOON)
    exact = replace(asked, rules=frozenset({Rule.CONVERTS}))
    files.write(tmp_path / "exact.xlsx", exact, Form.XLSX, Span(), zone=BERLIN, at=NOON)

    with ZipFile(tmp_path / "book.xlsx") as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        styles = book.read("xl/styles.xml").decode()
    numbers = [float(value.text or "") for value in sheet.iter() if value.tag.endswith("}v")]
    local = NOON.astimezone(BERLIN).replace(tzinfo=None)
    day = (local.date() - date(1899, 12, 30)).days
    assert numbers == [day, pytest.approx(day + (local - datetime.combine(local, time())) / timedelta(days=1))]
    assert "yyyy-mm-dd hh:mm:ss" in styles
    with ZipFile(tmp_path / "exact.xlsx") as book:
        written = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>" not in written
    assert f">{local.date()}<" in written


@pytest.mark.parametrize(("letter", "number"), [("x", 32_767), ("😀", 16_383)])
def test_a_cell_of_a_workbook_holds_as_much_as_spreadsheets_take(
    app: Flask, tmp_path: Path, letter: str, number: int
) -> None:
    an_mql(a_lead("ada@analytical.example", company=letter * 40_000))

    made(tmp_path / "rows.xlsx", "generic", Form.XLSX)

    with ZipFile(tmp_path / "rows.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count(letter * number) == 1
    assert letter * (number + 1) not in sheet


def test_a_span_of_time_takes_those_who_were_handed_over_in_it(app: Flask, tmp_path: Path) -> None:
    for days in range(3):
        an_mql(a_lead(f"day{days}@company.example"), at=NOON + timedelta(days=days))

    report = made(tmp_path / "one.csv", "generic", span=Span(NOON + timedelta(days=1), NOON + timedelta(days=2)))

    assert (report.read, lines(tmp_path / "one.csv")[1][0]) == (1, "day1@company.example")


def test_columns_are_changed_and_put_back(app: Flask, tmp_path: Path) -> None:
    an_mql(a_lead("ada@analytical.example", company="Analytical"))
    changed = [Column("Mail", "email", required=True), Column("At", "company", 3), Column("Owner", CONSTANT + "Team")]

    exporting.set_columns("generic", changed, actor="cli", at=NOON)
    made(tmp_path / "changed.csv", "generic")
    exporting.reset_columns("generic", actor="cli", at=NOON)

    assert lines(tmp_path / "changed.csv") == [["Mail", "At", "Owner"], ["ada@analytical.example", "Ana", "Team"]]
    assert editing.in_force("generic") == DESTINATIONS["generic"]


def test_a_column_takes_what_was_answered_last_to_a_question_of_a_form(app: Flask, tmp_path: Path) -> None:
    ada, bo = a_lead("ada@analytical.example"), a_lead("bo@works.example")
    for lead in (ada, bo):
        an_mql(lead)
    a_submission(ada, a_page(), city="York", state="Yorkshire", tools=["CRM", "Sheets"])
    a_submission(ada, a_page(), city="Leeds", at=NOON + timedelta(hours=1))
    columns = (Column("Email", "email"), Column("Where", "answer:city", 4), Column("Tools", "answer:tools"))
    exporting.set_columns("salesloft", columns, actor="cli", at=NOON)
    for one in (ada, bo):
        agrees(one)

    report = made(tmp_path / "people.csv", "salesloft")
    made(tmp_path / "contacts.csv", "hubspot")

    header, *rows = lines(tmp_path / "people.csv")
    assert header == ["Email", "Where", "Tools"]
    assert rows == [["ada@analytical.example", "Leed", "CRM, Sheets"], ["bo@works.example", "", ""]]
    assert remarks(report) == ["Where: cut to 4 characters"]
    header, *rows = lines(tmp_path / "contacts.csv")
    assert [row[header.index("City") : header.index("City") + 2] for row in rows] == [["Leeds", "Yorkshire"], ["", ""]]


@pytest.mark.parametrize(
    ("key", "columns"),
    [
        ("generic", []),
        ("generic", [Column("A", "answer:")]),
        ("google-ads", [Column("City", "answer:city")]),
        ("generic", [Column("", "email")]),
        ("generic", [Column("A", "email"), Column("A", "name")]),
        ("generic", [Column("A", "no_such_thing")]),
        ("google-ads", [Column("Email", "email")]),
    ],
)
def test_columns_that_cannot_be_are_refused_and_nothing_changes(app: Flask, key: str, columns: list[Column]) -> None:
    with pytest.raises(ParameterRefused):
        exporting.set_columns(key, columns, actor="cli", at=NOON)
    with pytest.raises(NotFound):
        exporting.set_columns("fax", [Column("A", "email")], actor="cli", at=NOON)

    assert editing.in_force(key) == DESTINATIONS[key]


def test_every_shipped_column_has_a_source_and_no_header_twice() -> None:
    for destination in DESTINATIONS.values():
        headers = [column.header for column in destination.columns]
        assert len(set(headers)) == len(headers)
        for column in destination.columns:
            assert column.source.startswith(CONSTANT) or sources.of(column.source), (destination.key, column)


HEADERS = {  # as the systems' own pages have them
    "salesforce": (
        "First Name,Last Name,Company,Title,Email,Email Opt Out,Phone,City,State/Province,Country,Lead Source,"
        "Lead Status,Description,Record Owner"
    ),
    "salesforce-loader": (
        "LastName,Company,FirstName,Email,HasOptedOutOfEmail,Title,Phone,Website,City,State,Country,LeadSource,Status,"
        "Description,OwnerId"
    ),
    "hubspot": (
        "First name,Last name,Email,Phone number,Job title,Company name,Website URL,City,State/Region,Country/Region,"
        "Lifecycle stage,Lead status,Contact owner"
    ),
    "outreach": "Email,First Name,Last Name,Title,Company,Phone,Source,Custom 1,Custom 2,Owner",
    "salesloft": "email_address,first_name,last_name,title,phone,company_name,company_website",
    "apollo": "First Name,Last Name,Contact Email,Title,Company Name,Company Website,Phone",
    "mailshake": "email,first,last,company,title,why",
    "generic": (
        "Email,First Name,Last Name,Title,May Be Mailed,Company,Company Website,Phone,City,State,Country,"
        "Lead Source,MQL Reason,MQL Score,MQL Date,Lead ID"
    ),
    "google-ads": "Google Click ID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency,Order ID",
    "google-ads-gbraid": "GBRAID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency,Order ID",
    "google-ads-wbraid": "WBRAID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency,Order ID",
    "google-ads-adjustments": (
        "Order ID,Conversion Name,Adjustment Time,Adjustment Type,Adjusted Value,Adjusted Value Currency"
    ),
    "linkedin": "email,firstname,lastname,employeecompany,title,country,timestamp,eventtype,amount,currency",
}
LIMITS = {
    "salesforce": (50_000, None),
    "hubspot": (249_999, 150_000_000),
    "outreach": (100_000, None),
    "apollo": (10_000, None),
    "linkedin": (300_000, 20_000_000),
}


def test_each_system_gets_the_headers_and_the_limits_that_it_has() -> None:
    assert {key: ",".join(column.header for column in one.columns) for key, one in DESTINATIONS.items()} == HEADERS
    limited = {key: (one.most_rows, one.most_bytes) for key, one in DESTINATIONS.items()}
    assert {key: limits for key, limits in limited.items() if any(limits)} == LIMITS


def test_each_system_gets_names_sites_and_permissions_as_it_takes_them(app: Flask, tmp_path: Path) -> None:
    website = "https://www.analytical.example/en"
    ada = agrees(a_lead("ada@mail.example", first_name="A" * 40, last_name="B" * 40, website=website))
    an_mql(agrees(ada, consents.TRACKING))
    bo = a_lead("bo@alder.example", company="Alder")
    an_mql(agrees(bo, consents.TRACKING))

    def cells(key: str, header: str, *, days: int = 0) -> list[str]:
        made(tmp_path / f"{key}.csv", key, days=days)
        headers, *rows = lines(tmp_path / f"{key}.csv")
        return [row[headers.index(header)] for row in rows]

    assert cells("apollo", "Company Website")[0] == "analytical.example"
    assert cells("salesloft", "company_website")[0] == website
    assert cells("salesforce", "Email Opt Out") == ["0", "1"]
    assert [len(cells("linkedin", name)[0]) for name in ("firstname", "lastname")] == [35, 35]
    assert cells("linkedin", "email", days=90) == ["ada@mail.example", "bo@alder.example"]
    assert cells("linkedin", "email", days=91) == []


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("WWW.Analytical.example/en?next=https://other.example", "analytical.example"),
        ("https://me@analytical.example:8443#top", "analytical.example"),
        ("analytical.example", "analytical.example"),
        ("none", "rivers.example"),
        ("https://[", "rivers.example"),
        ("", "rivers.example"),
    ],
)
def test_the_domain_of_a_company_is_found_in_its_site_however_that_was_written(
    app: Flask, tmp_path: Path, website: str, domain: str
) -> None:
    an_mql(agrees(a_lead("ada@rivers.example", website=website)))

    made(tmp_path / "apollo.csv", "apollo")

    header, row = lines(tmp_path / "apollo.csv")
    assert row[header.index("Company Website")] == domain


def test_what_goes_on_in_another_mql_of_the_same_person_is_left_out(app: Flask, tmp_path: Path) -> None:
    first, second = an_mql(a_lead("ada@analytical.example")), an_mql(a_lead("ada@home.example"))
    with transaction() as writing:
        writing.get_one(Mql, first.id).continues_id = second.id

    report = made(tmp_path / "contacts.csv", "generic")

    assert remarks(report) == ["Left out: it goes on in another MQL of the same person"]
    assert [row[0] for row in lines(tmp_path / "contacts.csv")[1:]] == ["ada@home.example"]


def won(mql: Mql, value: int | None, currency: str | None = "EUR", *, day: int) -> None:
    decision = Decision(Outcome.WON, value=value, currency=currency if value is not None else None)
    sales.decide(mql.public_id, decision, Teller("cli", Source.REPORT), at=NOON + timedelta(days=day))


def given(folder: Path, key: str, *, day: int, span: Span | None = None) -> list[list[str]]:
    """The rows of a file that is made and taken on that day."""
    path = folder / f"{key}.csv"
    report = made(path, key, days=day, span=span)
    exporting.note_file(editing.in_force(key), Form.CSV, report, actor="cli", at=NOON + timedelta(days=day))
    return lines(path)[2:]


def test_google_is_told_once_of_each_other_value_of_a_conversion_that_a_file_told(app: Flask, tmp_path: Path) -> None:
    names = ("changed", "same", "late", "untold")
    changed, same, late, untold = (an_mql(came_by(a_lead(f"{n}@analytical.example"), gclid=n)) for n in names)
    with transaction() as writing:  # it came by another way when the conversions were told
        touch = writing.get_one(Touch, writing.get_one(Lead, untold.lead_id).last_touch_id)
        touch.click_ids = {}
    won(same, 149_50, day=1)

    conversions = given(tmp_path, "google-ads", day=2)
    with transaction() as writing:
        writing.get_one(Touch, touch.id).click_ids = {"gclid": "untold"}
    won(untold, 100, day=3)
    won(same, 149_50, day=3)
    won(changed, 1_250_050, day=3)
    first = given(tmp_path, "google-ads-adjustments", day=4)
    nothing = given(tmp_path, "google-ads-adjustments", day=5)
    won(changed, 1_250_050, "CHF", day=6)
    won(late, 900, "JPY", day=6)
    won(late, None, day=7)
    won(late, 800, "JPY", day=8)
    second = given(tmp_path, "google-ads-adjustments", day=9)
    given(tmp_path, "google-ads", day=9)  # made once more, and counted once
    since = Span(since=NOON + timedelta(days=5))

    assert [row[3:] for row in conversions] == [
        ["", "", changed.public_id],
        ["149.50", "EUR", same.public_id],
        ["", "", late.public_id],
    ]
    assert first == [[changed.public_id, "MQL", "2026-09-18 14:00:00", "RESTATE", "12500.50", "EUR"]]
    assert nothing == []
    assert second == [
        [changed.public_id, "MQL", "2026-09-21 14:00:00", "RESTATE", "12500.50", "CHF"],
        [late.public_id, "MQL", "2026-09-23 14:00:00", "RESTATE", "800", "JPY"],
    ]
    assert given(tmp_path, "google-ads-adjustments", day=9, span=since) == second  # its file was lost
    assert given(tmp_path, "google-ads-adjustments", day=9) == []


def test_a_conversion_that_is_loaded_once_more_counts_by_what_it_was_first_so_that_its_value_is_still_to_be_told(
    app: Flask, tmp_path: Path
) -> None:
    mql = an_mql(came_by(a_lead("ada@analytical.example"), gclid="a"))
    given(tmp_path, "google-ads", day=1)
    won(mql, 500, day=2)
    given(tmp_path, "google-ads", day=3)

    assert given(tmp_path, "google-ads-adjustments", day=4) == [
        [mql.public_id, "MQL", "2026-09-17 14:00:00", "RESTATE", "5.00", "EUR"]
    ]


def test_an_advertiser_hears_of_both_hand_overs_of_a_person_of_which_one_goes_on(app: Flask, tmp_path: Path) -> None:
    told = [an_mql(came_by(a_lead(f"ada@{name}.example"), gclid=name)).public_id for name in ("work", "home")]
    with transaction() as writing:
        first, second = writing.scalars(select(Mql).order_by(Mql.id))
        first.continues_id = second.id

    assert [row[-1] for row in given(tmp_path, "google-ads", day=1)] == told


def test_what_was_taken_back_is_told_once_and_no_value_of_it_ever_after(app: Flask, tmp_path: Path) -> None:
    back, early = (an_mql(came_by(a_lead(f"{name}@analytical.example"), gclid=name)) for name in ("back", "early"))
    no = Decision(Outcome.REJECTED, reason="no_fit")
    sales.decide(early.public_id, no, Teller("cli", Source.REPORT), at=NOON)
    before = given(tmp_path, "google-ads-adjustments", day=1)
    given(tmp_path, "google-ads", day=1)
    sales.decide(back.public_id, no, Teller("cli", Source.REPORT), at=NOON + timedelta(days=2))

    after = given(tmp_path, "google-ads-adjustments", day=2)
    won(back, 500, day=3)
    span = Span(since=NOON + timedelta(days=3))

    assert [row[0] for row in before] == [early.public_id]
    assert [(row[0], *row[3:]) for row in after] == [
        (early.public_id, "RETRACT", "", ""),  # its conversion was told after it had been taken back
        (back.public_id, "RETRACT", "", ""),
    ]
    assert given(tmp_path, "google-ads-adjustments", day=4) == []
    assert given(tmp_path, "google-ads-adjustments", day=4, span=span) == []


def test_columns_that_do_not_say_restate_hold_none(app: Flask, tmp_path: Path) -> None:
    mql = an_mql(came_by(a_lead("ada@analytical.example"), gclid="a"))
    given(tmp_path, "google-ads", day=1)
    won(mql, 500, day=2)
    columns = [Column("Order ID", "mql_id"), Column("Adjustment Type", CONSTANT + "RETRACT")]
    exporting.set_columns("google-ads-adjustments", columns, actor="cli", at=NOON)

    report = made(tmp_path / "old.csv", "google-ads-adjustments", days=3)

    assert report.written == 0
    assert remarks(report) == ["Left out: the columns do not say that it is a RESTATE, and for which value"]


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        (None, "Open - Not Contacted"),
        (Decision(Outcome.RECYCLED), "Open - Not Contacted"),
        (Decision(Outcome.ACCEPTED), "Working - Contacted"),
        (Decision(Outcome.QUALIFIED), "Working - Contacted"),
        (Decision(Outcome.OPPORTUNITY), "Left out: it is an open deal by now, and no new lead"),
        (Decision(Outcome.WON), "Left out: it is a customer by now, and no new lead"),
    ],
    ids=lambda one: one.outcome.value if isinstance(one, Decision) else "",
)
def test_what_sales_said_is_the_status_in_salesforce_and_who_is_no_new_lead_any_more_is_left_out(
    app: Flask, tmp_path: Path, decision: Decision | None, status: str
) -> None:
    mql = an_mql(a_lead("ada@analytical.example"))
    if decision:
        sales.decide(mql.public_id, decision, Teller("cli", Source.REPORT), at=NOON)

    reports = [made(tmp_path / f"{key}.csv", key, days=1) for key in ("salesforce", "salesforce-loader", "hubspot")]

    if status.startswith("Left out"):
        assert [remarks(report) for report in reports] == [[status], [status], []]
        assert [report.written for report in reports] == [0, 0, 1]
    else:
        assert status in lines(tmp_path / "salesforce.csv")[1]
        assert status in lines(tmp_path / "salesforce-loader.csv")[1]
