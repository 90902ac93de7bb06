"""A closed month keeps its figures, and what becomes known later is shown as a difference."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, current_app
from markupsafe import escape
from sqlalchemy import delete, update

from capture import clock
from capture.accounts.models import AuditEntry
from capture.attribution.campaigns import Plan
from capture.config import Settings
from capture.db import transaction
from capture.handoff.models import Mql, Outcome
from capture.journey import campaigning, reporting, sales
from capture.leads.models import ExclusionKind, Lead
from capture.reports import answers, kpis
from capture.reports import closed as closed_months
from capture.reports.answers import Answers
from capture.reports.kpis import By, Report
from capture.reports.models import ClosedFigure, ClosedMonth, ClosedNurture, ClosedResponse
from capture.reports.simulation import Share
from tests.factories import NOON, a_good_lead, an_mql, every
from tests.stages.test_reports import EUR, a_captured_lead, decide, loaded
from tests.web.studio import Studio

SEPTEMBER = (date(2026, 9, 1), date(2026, 9, 30))
TOO_SOON, CLOSES = (datetime(2026, 10, day, 12, tzinfo=UTC) for day in (14, 15))
LATER = datetime(2026, 11, 20, 12, tzinfo=UTC)


def work(settings: Settings, at: datetime) -> int:
    """What the worker does by the clock; gives how many months it closed."""
    while reporting.count_days(settings, at=at):
        at += timedelta(seconds=1)
    return reporting.close_months(settings, at=at)


def seen(settings: Settings, by: By = By.CAMPAIGN, at: datetime = LATER) -> Report:
    return kpis.report(*SEPTEMBER, by, zone=settings.zone, rates=EUR, at=at)


@pytest.fixture
def ada(app: Flask, settings: Settings) -> Lead:
    """One lead of September with the costs of its campaign, and one of August."""
    lead = a_captured_lead("ada@analytical.example")
    a_captured_lead("eve@elsewhere.example", at=NOON - timedelta(days=30))
    loaded(b"Day,Campaign,Cost\n2026-09-15,Autumn,600.25\n")
    return lead


def test_a_month_is_closed_once_when_its_leads_have_had_their_time(ada: Lead, settings: Settings) -> None:
    assert work(settings, TOO_SOON) == 1  # August
    assert work(settings, CLOSES) == 1
    assert work(settings, CLOSES) == 0

    assert [row.month for row in every(ClosedMonth)] == [date(2026, 8, 1), date(2026, 9, 1)]
    assert sum(row.leads for row in every(ClosedFigure)) == 2


@pytest.mark.parametrize("by", list(By))
def test_what_becomes_known_later_stands_beside_what_was_closed(ada: Lead, settings: Settings, by: By) -> None:
    work(settings, CLOSES)
    closed = seen(settings, by)
    assert (closed.now, closed.has_changed) == (None, False)

    decide(an_mql(ada, at=datetime(2026, 10, 20, tzinfo=UTC)).public_id, Outcome.ACCEPTED, at=LATER)
    loaded(b"Day,Campaign,Cost\n2026-09-20,autumn,10.00\n")
    work(settings, LATER)

    report = seen(settings, by)
    assert report.whole == closed.whole
    assert {line.key: line.figures for line in report.lines} == {line.key: line.figures for line in closed.lines}
    assert report.now == replace(closed.whole, ripened=1, spent=(closed.whole.spent or 0) + 1000)
    assert sum(line.now.ripened - line.figures.ripened for line in report.lines if line.now) == 1


def test_a_campaign_regrouped_later_and_a_domain_that_proves_ours_are_differences(
    ada: Lead, settings: Settings
) -> None:
    work(settings, CLOSES)
    campaigning.add(Plan("Autumn launch", ["autumn"]), actor="cli", at=LATER)
    a_captured_lead("late@company.example", at=LATER)

    told = {line.key: (line.figures.leads, line.now and line.now.leads) for line in seen(settings).lines}
    assert told["autumn"] == (1, 0)
    assert told["Autumn launch"] == (0, 1)

    sales.never_hand_over(ExclusionKind.STAFF, b"analytical.example", actor="cli", at=LATER)
    work(settings, LATER)

    report = seen(settings)
    assert (report.whole.leads, report.now and report.now.leads) == (1, 0)


def test_closed_costs_stay_with_the_campaign_that_took_them_then(ada: Lead, settings: Settings) -> None:
    push = campaigning.add(Plan("Push", ["autumn"]), actor="cli", at=NOON)
    work(settings, CLOSES)
    campaigning.remove(push, actor="cli", at=LATER)

    told = {line.key: (line.figures.spent, line.now and line.now.spent) for line in seen(settings).lines}

    assert told == {"Push": (60025, None), "autumn": (None, 60025)}


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 60025), ("JPY", 600), ("KWD", 600250)])
def test_the_number_of_closed_costs_stays_whatever_the_currency_of_reports_is_later(
    ada: Lead, settings: Settings, currency: str, minor: int
) -> None:
    work(settings, CLOSES)

    kept = closed_months.costs(date(2026, 9, 1), date(2026, 9, 30), currency=currency)

    assert sum(cost.amount for cost in kept) == minor


def test_the_nurture_duration_of_a_closed_month_stays(ada: Lead, settings: Settings) -> None:
    an_mql(ada, at=NOON + timedelta(days=4))
    work(settings, CLOSES)
    sales.never_hand_over(ExclusionKind.STAFF, b"analytical.example", actor="cli", at=LATER)

    report = seen(settings)

    assert report.nurture_days == pytest.approx(4.0)
    assert (report.nurture_now, report.has_changed) == (None, True)


@pytest.mark.parametrize("by", list(By))
def test_in_each_row_too_and_in_a_span_with_open_days(ada: Lead, settings: Settings, by: By) -> None:
    an_mql(ada, at=NOON + timedelta(days=4))
    work(settings, CLOSES)
    [closed] = [line for line in seen(settings, by).lines if line.nurture_days]
    an_mql(a_captured_lead("open@company.example", at=LATER - timedelta(days=9)), at=LATER - timedelta(days=1))
    campaigning.add(Plan("Autumn launch", ["autumn"]), actor="cli", at=LATER)
    sales.never_hand_over(ExclusionKind.STAFF, b"analytical.example", actor="cli", at=LATER)
    work(settings, LATER)

    report = kpis.report(SEPTEMBER[0], LATER.date(), by, zone=settings.zone, rates=EUR, at=LATER)

    told = {line.key: (line.nurture_days, line.nurture_now) for line in report.lines}
    assert closed.nurture_days == pytest.approx(4.0)
    assert report.nurture_days == pytest.approx(6.0)  # 4 of September and 8 of November
    assert report.nurture_now == pytest.approx(8.0)
    assert report.has_changed
    if by in (By.WEEK, By.CAMPAIGN, By.PAGE):
        assert told[closed.key][0] == pytest.approx(4.0)
        assert told[closed.key][1] is None
    else:
        assert list(told[closed.key]) == pytest.approx([6.0, 8.0])


def test_of_a_month_closed_before_rows_were_kept_the_month_stays_and_its_rows_are_told_as_now(
    ada: Lead, settings: Settings
) -> None:
    an_mql(ada, at=NOON + timedelta(days=4))
    work(settings, CLOSES)
    with transaction() as writing:  # as it was closed by an earlier version
        writing.execute(delete(ClosedNurture))
        writing.execute(update(ClosedMonth).values(keeps_nurtures=False))
    sales.never_hand_over(ExclusionKind.STAFF, b"analytical.example", actor="cli", at=LATER)
    work(settings, LATER)

    report = seen(settings)

    assert report.nurture_days == pytest.approx(4.0)
    assert report.nurture_now is None
    assert {(line.nurture_days, line.nurture_now) for line in report.lines} == {(None, None)}


def test_a_span_over_closed_and_open_days_is_both_together(ada: Lead, settings: Settings) -> None:
    work(settings, CLOSES)
    a_captured_lead("october@company.example", at=LATER - timedelta(days=30))
    sales.never_hand_over(ExclusionKind.STAFF, b"analytical.example", actor="cli", at=LATER)
    work(settings, LATER)

    report = kpis.report(date(2026, 9, 10), LATER.date(), By.WEEK, zone=settings.zone, rates=EUR, at=LATER)

    assert (report.whole.leads, report.now and report.now.leads) == (2, 1)


def test_the_studio_and_its_files_show_the_closed_figures_and_the_differences(app: Flask, settings: Settings) -> None:
    july = NOON - timedelta(days=60)
    a_captured_lead("ada@analytical.example", at=july, campaign="=autumn")
    a_captured_lead("eve@elsewhere.example", at=july)
    work(settings, NOON)
    sales.never_hand_over(ExclusionKind.STAFF, b"analytical.example", actor="cli", at=NOON + timedelta(hours=1))
    work(settings, NOON + timedelta(hours=2))
    studio = Studio(app)
    span = "since=2026-07-01&until=2026-07-31&by=campaign"

    page = studio.get(f"/studio/reports/?{span}")
    rows = list(csv.DictReader(io.StringIO(studio.get(f"/studio/reports/figures.csv?{span}").removeprefix("\ufeff"))))
    book = studio.open("GET", f"/studio/reports/figures.xlsx?{span}").data

    assert "July 2026 is closed: its figures stay as they were on 15 September 2026." in page
    assert "−1 since" in page
    told = {row["Campaign"]: (row["Leads captured"], row["Leads captured: different since closing by"]) for row in rows}
    assert {key: told[key] for key in ("'=autumn", "autumn", "All")} == {
        "'=autumn": ("1", "-1"),
        "autumn": ("1", "0"),
        "All": ("2", "-1"),
    }
    with ZipFile(io.BytesIO(book)) as parts:
        sheet, words = (parts.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "sharedStrings"))
    assert '<c r="E4"><v>2</v></c>' in sheet  # all leads, below both campaigns
    assert "<f>" not in sheet
    assert "July 2026 is closed" in words


def test_a_closed_month_is_none_of_the_span_that_begins_on_the_day_after_it(ada: Lead, settings: Settings) -> None:
    work(settings, CLOSES)

    spans = ((date(2026, 10, 1), date(2026, 10, 31)), (date(2026, 9, 30), date(2026, 10, 31)))
    reports = [kpis.report(*span, By.WEEK, zone=settings.zone, rates=EUR, at=LATER) for span in spans]

    assert [[one.month for one in report.closed] for report in reports] == [[], [date(2026, 9, 1)]]


def test_costs_that_are_loaded_after_a_month_was_closed_are_a_difference_with_its_amount(
    app: Flask, settings: Settings
) -> None:
    a_captured_lead("ada@analytical.example", at=NOON - timedelta(days=60))
    work(settings, NOON)
    loaded(b"Day,Campaign,Cost\n2026-07-17,Autumn,600.25\n")
    span = "since=2026-07-01&until=2026-07-31&by=campaign"

    studio = Studio(app)
    page = studio.get(f"/studio/reports/?{span}")
    autumn, whole, _ = csv.DictReader(io.StringIO(studio.get(f"/studio/reports/figures.csv?{span}")))

    for row in (autumn, whole):
        assert (row["Spent, EUR"], row["Spent, EUR: different since closing by"]) == ("", "600.25")
    assert "now 600.25 EUR, and unknown then" in page


def test_a_marketer_closes_a_month_before_its_time_and_it_stands_in_the_audit_log(
    ada: Lead, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(settings, TOO_SOON)
    monkeypatch.setattr(clock, "now", lambda: TOO_SOON)
    studio, months = Studio(current_app._get_current_object()), "/studio/reports/months"  # type: ignore[attr-defined]

    assert "September 2026 is still open" in studio.get(months)
    assert "closes by itself on 15 October 2026" in studio.get(months)
    for wrong in ("2026-10", "2026-08", "September", ""):
        assert studio.open("POST", months, month=wrong).status_code == 409
    assert "September 2026 is closed" in studio.get(studio.post(months, month="2026-09"))
    assert studio.open("POST", months, month="2026-09").status_code == 409

    assert [row.month for row in every(ClosedMonth)][-1] == date(2026, 9, 1)
    assert [entry.subject for entry in every(AuditEntry) if entry.action == "month.closed"] == ["month:2026-09"]
    assert "No month waits" in studio.get(months)
    assert work(settings, CLOSES) == 0


def answered(since: date = SEPTEMBER[0], until: date = SEPTEMBER[1]) -> Answers:
    return answers.between(since, until, zone=ZoneInfo("UTC"), at=LATER)


@pytest.fixture
def rejected(app: Flask, settings: Settings) -> Mql:
    """Sales answered after six hours that it does not fit, in September, which is closed."""
    mql = an_mql(a_good_lead("ada@analytical.example"), at=NOON)
    decide(mql.public_id, Outcome.REJECTED, reason="no_fit", at=NOON + timedelta(hours=6))
    an_mql(a_good_lead("bo@company.example"), at=NOON)
    work(settings, CLOSES)
    return mql


def test_how_sales_answered_in_a_closed_month_stays_and_is_told_beside_it_where_it_differs(
    rejected: Mql, settings: Settings
) -> None:
    closed = answered()
    assert (closed.now, closed.handed_over) == (None, 2)
    assert closed.median_hours == pytest.approx(6)
    assert closed.handed_over == seen(settings).whole.mqls

    decide(rejected.public_id, Outcome.ACCEPTED, at=LATER)
    decide(every(Mql)[1].public_id, Outcome.REJECTED, reason="no_budget", at=LATER)
    for _ in range(2):  # before the worker has counted it and after
        told, now = answered(), answered().now
        assert now is not None
        assert (told.handed_over, told.answered, told.in_time, told.median_hours) == (2, 1, 1, closed.median_hours)
        assert told.rejections == [("Does not fit", 1, "no_fit"), ("No budget now", 0, "no_budget")]
        assert (now.answered, now.in_time, now.rejected("no_fit"), now.rejected("no_budget")) == (2, 1, 0, 1)
        [rule, *_] = told.by_rule
        assert (rule.accepted, now.of_rule(rule.key).accepted) == (Share(0, 1), Share(1, 2))
        work(settings, LATER)


def test_people_who_prove_ours_leave_no_closed_number_of_what_sales_answered(rejected: Mql, settings: Settings) -> None:
    sales.never_hand_over(ExclusionKind.STAFF, b"analytical.example", actor="cli", at=LATER)
    work(settings, LATER)

    told = answered()

    assert (told.handed_over, told.answered, told.now and (told.now.handed_over, told.now.answered)) == (2, 1, (1, 0))
    report = seen(settings)
    assert (told.handed_over, told.now and told.now.handed_over) == (report.whole.mqls, report.now and report.now.mqls)


def test_a_span_of_closed_and_open_days_adds_up_both_answers(rejected: Mql, settings: Settings) -> None:
    late = an_mql(a_good_lead("cy@company.example"), at=LATER - timedelta(days=2))
    decide(late.public_id, Outcome.REJECTED, reason="no_fit", at=LATER - timedelta(days=1))
    decide(rejected.public_id, Outcome.ACCEPTED, at=LATER)

    told = answered(until=LATER.date())

    assert (told.handed_over, told.rejected("no_fit")) == (3, 2)
    assert told.median_hours == pytest.approx(15)
    assert told.now is not None
    assert (told.now.handed_over, told.now.rejected("no_fit")) == (3, 1)


def test_of_a_month_closed_before_answers_were_kept_they_are_told_as_now_and_the_screen_says_so(
    rejected: Mql, settings: Settings, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as writing:  # as it was closed by an earlier version
        writing.execute(delete(ClosedResponse))
        writing.execute(update(ClosedMonth).values(keeps_answers=False))
    decide(rejected.public_id, Outcome.ACCEPTED, at=LATER)

    told = answered()

    assert (told.now, told.lacks, told.rejected("no_fit")) == (None, True, 0)
    assert "told as they are known now" in screen(app, monkeypatch)


def screen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return Studio(app).get("/studio/reports/?since=2026-09-01&until=2026-09-30")


def test_the_screen_shows_what_sales_has_answered_since_and_how_each_number_is_counted(
    rejected: Mql, settings: Settings, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Nothing is different by now." in screen(app, monkeypatch)
    decide(rejected.public_id, Outcome.ACCEPTED, at=LATER)

    page = screen(app, monkeypatch)

    assert "What is different by now stands beside them." in page
    no_fit = page.split("Does not fit</dt>")[1].split("</div>")[0]
    assert re.sub("<[^>]*>", " ", no_fit).split()[:3] == ["1", "−1", "since"]
    assert "told as they are known now" not in page
    for key, definition in answers.DEFINITIONS.items():
        below = page.split(f'id="how-{key}"')[1].split("</details>")[0]
        for words in (definition.words, definition.numerator, definition.denominator, definition.people):
            assert escape(words) in below
        assert "Days and weeks are those of" in below
