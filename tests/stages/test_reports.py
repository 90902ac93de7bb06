"""Figures of days: kept or counted now they are the same; what is known later changes the day that it belongs to."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import event

from capture.attribution import campaigns, vocabulary
from capture.attribution.campaigns import Plan
from capture.attribution.models import WordKind
from capture.attribution.vocabulary import Said
from capture.config import Settings
from capture.db import db, transaction
from capture.errors import NotFound, UploadRefused
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Outcome
from capture.handoff.models import Source as By_
from capture.journey import reporting, sales
from capture.leads.models import ExclusionKind, Lead
from capture.pages.models import Page
from capture.reports import answers, daily, kpis, sheet, spending
from capture.reports.kpis import DEFINITIONS, By, Figures, Report
from capture.reports.models import DailyFigure, MonthlyWay, Spend, SpendKind, WeeklyTotal
from capture.reports.spending import Period, Rates
from tests.factories import NOON, a_good_lead, a_lead, a_page, a_submission, a_touch, an_mql, every

EUR = Rates("EUR", {"USD": Decimal("0.5")})
WEEK = timedelta(days=7)
LATER = NOON + timedelta(days=30)


def seen(settings: Settings, by: By = By.WEEK, *, since: date | None = None, at: datetime = LATER) -> Report:
    first = since or NOON.date() - WEEK
    return kpis.report(first, at.date(), by, zone=settings.zone, rates=EUR, at=at)


def figures(report: Report, key: str) -> Figures:
    return next((line.figures for line in report.lines if line.key == key), Figures())


def a_captured_lead(email: str, *, at: datetime = NOON, **touch: str) -> Lead:
    """A lead who came by a touch and filled a page."""
    page = a_page(at=at)
    lead, came = a_lead(email, at=at), a_touch(at=at, **touch)
    with transaction() as writing:
        writing.get_one(Lead, lead.id).first_touch_id = came.id
        writing.merge(came).page_id = page.id
    filled = a_submission(lead, page, at=at)
    with transaction() as writing:
        writing.merge(filled).touch_id = came.id
    return lead


def decide(mql_id: str, outcome: Outcome, *, at: datetime, reason: str | None = None) -> None:
    sales.decide(mql_id, Decision(outcome, reason), Teller("cli", By_.STUDIO), at=at)


def test_every_figure_counts_what_its_definition_says(app: Flask, settings: Settings) -> None:
    ada = a_captured_lead("ada@analytical.example")
    a_captured_lead("grace@compiler.example", campaign="spring")
    mql = an_mql(ada, at=NOON + timedelta(days=4))
    decide(mql.public_id, Outcome.WON, at=NOON + timedelta(days=5))
    reporting.count_days(settings, at=LATER)

    report = seen(settings)

    whole = report.whole
    assert (whole.visits, whole.fills, whole.leads, whole.ripened) == (2, 2, 2, 1)
    assert (whole.mqls, whole.accepted, whole.sqls, whole.rejected) == (1, 1, 1, 0)
    assert (whole.fill_rate, whole.to_mql, whole.to_sql) == (1.0, 0.5, 1.0)
    assert report.nurture_days == pytest.approx(4.0)
    assert figures(seen(settings, By.CAMPAIGN), "spring").leads == 1
    assert figures(seen(settings, By.CHANNEL), "Paid social").mqls == 1
    assert {line.label for line in seen(settings, By.PAGE).lines} >= {"One pipeline"}


def test_a_week_is_ripe_when_its_leads_have_had_their_time(app: Flask, settings: Settings) -> None:
    monday = NOON.date() - timedelta(days=NOON.weekday())
    a_captured_lead("ada@analytical.example")
    reporting.count_days(settings, at=LATER)

    ripe, told = {}, {}
    for days in (20, 21):
        report = seen(settings, at=datetime.combine(monday + timedelta(days=days), time(12), UTC))
        [place] = [place for place, line in enumerate(report.lines, 1) if line.key == monday.isoformat()]
        ripe[days] = report.lines[place - 1].is_ripe
        heads, *rows = sheet.table(report, "Week", currency="EUR", zone=settings.zone)
        told[days] = heads[-1], rows[place - 1][-1], len(rows[place - 1]) == len(heads)

    assert ripe == {20: False, 21: True}
    assert told == {20: ("Ripe", "no", True), 21: ("Ripe", "yes", True)}
    assert sheet.table(seen(settings, By.PAGE), "Page", currency="EUR", zone=settings.zone)[0][-1] == sheet.NURTURE


@pytest.mark.parametrize(
    ("outcome", "sqls"),
    [
        (Outcome.ACCEPTED, 0),
        (Outcome.RECYCLED, 0),
        *((outcome, 1) for outcome in (Outcome.QUALIFIED, Outcome.OPPORTUNITY, Outcome.WON, Outcome.LOST)),
    ],
)
def test_what_went_further_was_qualified(app: Flask, settings: Settings, outcome: Outcome, sqls: int) -> None:
    mql = an_mql(a_captured_lead("ada@analytical.example"))
    decide(mql.public_id, outcome, at=NOON + timedelta(days=1))
    reporting.count_days(settings, at=LATER)

    assert (seen(settings).whole.mqls, seen(settings).whole.sqls) == (1, sqls)


@pytest.mark.parametrize("by", list(By))
def test_days_that_are_kept_say_what_the_facts_say(app: Flask, settings: Settings, by: By) -> None:
    for number in range(3):
        lead = a_captured_lead(f"p{number}@company.example", at=NOON + timedelta(days=number), campaign=f"c{number}")
        an_mql(lead, at=NOON + timedelta(days=number + 1))
    live = [daily.count(daily.a_day(NOON.date() + timedelta(days=number), settings.zone)) for number in range(5)]
    expected = {measure: sum(row[measure] for day in live for row in day) for measure in daily.MEASURES}

    while reporting.count_days(settings, at=LATER):
        pass

    report = seen(settings, by)
    assert report.uncounted == 0
    assert {measure: getattr(report.whole, measure) for measure in daily.MEASURES} == expected
    assert {m: sum(getattr(line.figures, m) for line in report.lines) for m in daily.MEASURES} == expected
    assert expected["mqls"] == 3


@pytest.mark.parametrize(("by", "field"), [(By.SOURCE, "source"), (By.CAMPAIGN, "campaign")])
@pytest.mark.parametrize("is_closed", [False, True])
def test_values_that_differ_in_capitals_are_one_row_as_most_visits_wrote_it_or_the_team_does(
    app: Flask, settings: Settings, by: By, field: str, is_closed: bool
) -> None:
    for number, written in enumerate(("google", "Google", "Google", "GOOGLE", "other")):
        lead = a_captured_lead(f"p{number}@company.example", at=NOON, **{field: written})
        an_mql(lead, at=NOON + timedelta(days=number))
    loaded(f"day,campaign,amount,source\n2026-09-15,{'gOOgle' if by is By.CAMPAIGN else 'x'},8,google\n".encode())
    reporting.count_days(settings, at=LATER)
    if is_closed:
        reporting.close_months(settings, at=LATER + timedelta(days=30))
    today = a_captured_lead("today@company.example", at=LATER, **{field: "google"})
    an_mql(today, at=LATER + timedelta(minutes=1))

    def rows() -> dict[str, Figures]:
        report = seen(settings, by)
        assert report.has_changed is False
        return {
            line.key: line.figures
            for line in report.lines
            if line.key in ("other", "x") or "google" in line.key.lower()
        }

    told = rows()

    assert next(iter(told)) == "Google"
    row = told["Google"]
    assert (row.visits, row.fills, row.leads, row.mqls, row.spent) == (5, 5, 5, 5, 800)
    assert {key: one.leads for key, one in told.items() if key != "Google"} == {"other": 1}
    [line] = [line for line in seen(settings, by).lines if line.key == "Google"]
    assert line.nurture_days == pytest.approx(1.0)
    with transaction():
        if by is By.SOURCE:
            vocabulary.add(Said(WordKind.SOURCE, "GooGLe"))
        else:
            campaigns.add(Plan("GooGLe", []), at=NOON)
    assert rows()["GooGLe"].leads == 5


def test_the_day_that_goes_on_is_counted_when_somebody_looks(app: Flask, settings: Settings) -> None:
    a_captured_lead("ada@analytical.example", at=LATER)

    while reporting.count_days(settings, at=LATER):
        pass

    assert every(DailyFigure) == []
    assert seen(settings).whole.leads == 1


def test_what_sales_says_later_changes_the_days_that_it_belongs_to(app: Flask, settings: Settings) -> None:
    lead = a_captured_lead("ada@analytical.example")
    reporting.count_days(settings, at=NOON + timedelta(days=2))
    mql = an_mql(lead, at=NOON + timedelta(days=10))
    assert reporting.count_days(settings, at=NOON + timedelta(days=12)) > 0
    decide(mql.public_id, Outcome.REJECTED, reason="no_fit", at=NOON + timedelta(days=20))

    assert reporting.count_days(settings, at=LATER) > 0
    assert reporting.count_days(settings, at=LATER) == 0

    monday = (NOON.date() - timedelta(days=NOON.weekday())).isoformat()
    assert figures(seen(settings), monday).ripened == 1
    assert (seen(settings).whole.mqls, seen(settings).whole.rejected) == (1, 1)


def test_a_long_history_is_counted_call_by_call(app: Flask, settings: Settings) -> None:
    a_captured_lead("ada@analytical.example", at=NOON - timedelta(days=100))

    calls = 0
    while reporting.count_days(settings, at=NOON):
        calls += 1

    assert calls == 4  # 31 days each
    assert seen(settings, since=NOON.date() - timedelta(days=120), at=NOON).whole.leads == 1


def test_a_day_that_brings_nothing_any_more_leaves_its_week_and_its_month(app: Flask, settings: Settings) -> None:
    a_lead("imke@northwind.example")
    reporting.count_days(settings, at=LATER)
    assert sum(one.leads for one in every(WeeklyTotal)) > 0
    assert [one.leads for one in every(MonthlyWay)] == [1]

    sales.never_hand_over(ExclusionKind.STAFF, b"northwind.example", actor="cli", at=LATER)
    reporting.count_days(settings, at=LATER)

    assert [*every(DailyFigure), *every(WeeklyTotal), *every(MonthlyWay)] == []


def test_a_day_is_one_of_the_zone_also_where_the_clock_is_put_back(app: Flask, settings: Settings) -> None:
    day = daily.a_day(date(2026, 10, 25), settings.zone)
    assert day.end.timestamp() - day.begin.timestamp() == 25 * 3600
    a_captured_lead("late@company.example", at=datetime(2026, 10, 24, 22, 30, tzinfo=NOON.tzinfo))

    [row] = [row for row in daily.count(day) if row["leads"]]

    assert row["day"] == date(2026, 10, 25)


def test_midnight_is_the_first_moment_of_one_day_and_no_moment_of_another(app: Flask, settings: Settings) -> None:
    a_captured_lead("eve@elsewhere.example", at=NOON - timedelta(days=3))
    a_captured_lead("ada@analytical.example", at=datetime.combine(NOON.date(), time(), settings.zone).astimezone(UTC))

    while reporting.count_days(settings, at=LATER):
        pass

    days = NOON.date() - timedelta(days=1), NOON.date()
    told = [kpis.report(day, day, By.WEEK, zone=settings.zone, rates=EUR, at=LATER).whole for day in days]
    assert [(one.visits, one.fills, one.leads) for one in told] == [(0, 0, 0), (1, 1, 1)]


def test_how_sales_answered_and_why_it_said_no(app: Flask, settings: Settings) -> None:
    fast, late, _ = (an_mql(a_lead(f"p{n}@company.example")) for n in range(3))
    decide(fast.public_id, Outcome.ACCEPTED, at=NOON + timedelta(hours=2))
    decide(late.public_id, Outcome.REJECTED, reason="no_budget", at=NOON + timedelta(days=9))

    told = answers.between(NOON.date(), NOON.date(), zone=settings.zone, at=NOON + timedelta(days=10))

    assert (told.handed_over, told.answered, told.in_time) == (3, 2, 1)
    assert told.median_hours == pytest.approx((2 + 216) / 2)
    assert list(told.rejections) == [("No budget now", 1, "no_budget")]


def test_for_every_rule_it_is_said_what_sales_accepted_of_its_mqls(app: Flask, settings: Settings) -> None:
    fitting, plain = a_good_lead(), a_lead("p@company.example")
    took, _, no = an_mql(fitting), an_mql(a_lead("q@company.example")), an_mql(plain)
    decide(took.public_id, Outcome.ACCEPTED, at=NOON + timedelta(hours=2))
    decide(no.public_id, Outcome.REJECTED, reason="no_budget", at=NOON + timedelta(hours=3))

    told = answers.between(NOON.date(), NOON.date(), zone=settings.zone, at=NOON + timedelta(days=10))

    shares = {one.because: (one.mqls, one.accepted.part, one.accepted.whole) for one in told.by_rule}
    assert shares["Writes from a work e-mail address"] == (3, 1, 2)
    assert shares["Named the company"] == (1, 1, 1)


GOOGLE = b"""Cost report
"September 1, 2026 - September 30, 2026"
Day,Campaign,Currency code,Cost
2026-09-15,Autumn,USD,"1,200.50"
2026-09-16,nobody came,USD,10
Total: account,,USD,"1,210.50"
"""
LINKEDIN = "Start Date (in UTC)\tCampaign Name\tTotal Spent\tCurrency\n09/15/2026\tautumn\t20.00\tEUR\n".encode(
    "utf-16"
)
BY_HAND = "Day;Campaign;Amount;Source;Kind\n15.09.2026;autumn;1.234,50;linkedin;booth\n".encode("cp1252")


def loaded(data: bytes, *, at: datetime = NOON) -> int | None:
    return reporting.load_costs(data, spending.read(data, currency="EUR"), "costs.csv", actor="cli", at=at)


def test_the_first_and_the_last_day_of_a_span_have_costs_and_those_beside_them_have_none_in_it(app: Flask) -> None:
    loaded(b"day,campaign,amount\n2026-09-14,a,1\n2026-09-15,a,10\n2026-09-16,a,100\n2026-09-17,a,1000\n")

    told = spending.between(date(2026, 9, 15), date(2026, 9, 16), EUR)

    assert sorted(cost.amount for cost in told) == [1_000, 10_000]


def test_costs_are_divided_by_what_they_brought_in_the_currency_of_the_reports(app: Flask, settings: Settings) -> None:
    an_mql(a_captured_lead("ada@analytical.example"), at=NOON)
    reporting.count_days(settings, at=LATER)
    for data in (GOOGLE, LINKEDIN, BY_HAND):
        loaded(data)

    report = seen(settings, By.CAMPAIGN)

    assert report.whole.spent == 60025 + 500 + 2000 + 123450
    assert report.whole.cost_per_lead == report.whole.cost_per_mql == report.whole.spent
    assert report.unmatched == 500
    assert figures(report, "autumn").spent == 60025 + 2000 + 123450
    ways = {By.SOURCE: "linkedin", By.CHANNEL: "Paid social", By.PAGE: str(every(Page)[0].id)}
    for by, row in ways.items():
        told = seen(settings, by)
        assert figures(told, row).spent == 60025 + 2000 + 123450
        assert sum(line.figures.spent or 0 for line in told.lines) == report.whole.spent


def test_costs_without_days_are_spread_over_those_of_the_file(app: Flask, settings: Settings) -> None:
    report = (
        GOOGLE.replace(b"Day,", b"")
        .replace(b"2026-09-15,", b"")
        .replace(b"2026-09-16,", b"")
        .replace(b",,USD", b",USD")
    )
    booth = b"Event,From,To,Price\nfair,2026-09-30,2026-10-02,10.00\n"

    told = spending.read(report, currency="EUR")
    by_row = spending.read(booth.replace(b"Event", b"Campaign").replace(b"Price", b"Cost"), currency="EUR")
    said = spending.Period(NOON.date(), NOON.date() + timedelta(days=2))

    assert told.period == spending.Period(date(2026, 9, 1), date(2026, 9, 30))
    assert (told.lines, len(told.rows), told.totals) == (2, 60, {"USD": 121050})
    assert {row.amount for row in told.rows if row.campaign == "Autumn"} == {4001, 4002}
    assert [(row.day.day, row.amount) for row in by_row.rows] == [(30, 333), (1, 333), (2, 334)]
    assert spending.read(b"campaign,cost\nfair,3\n", currency="EUR", period=said).totals == {"EUR": 300}
    with pytest.raises(UploadRefused, match="No column has the day"):
        spending.read(b"campaign,cost\nfair,3\n", currency="EUR")


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (("03/04/2026", "25/04/2026"), [date(2026, 4, 3), date(2026, 4, 25)]),
        (("03/04/2026", "03/25/2026"), [date(2026, 3, 4), date(2026, 3, 25)]),
        (("03/04/2026", "2026-04-25"), "03/04/2026 may be read in two ways"),
    ],
)
def test_days_with_slashes_are_read_in_the_order_that_the_file_shows(
    days: tuple[str, ...], says: list[date] | str, app: Flask
) -> None:
    told = spending.read(("day,campaign,cost\n" + "".join(f"{day},a,1\n" for day in days)).encode(), currency="EUR")

    linkedin = "start date (in utc)\tcampaign name\ttotal spent\n03/04/2026\ta\t1\n".encode("utf-16")
    assert [row.day for row in spending.read(linkedin, currency="EUR").rows] == [date(2026, 3, 4)]
    if isinstance(says, str):
        assert says in told.faults[0]
    else:
        assert [row.day for row in told.rows] == says


def test_costs_are_counted_by_kind(app: Flask, settings: Settings) -> None:
    a_captured_lead("ada@analytical.example")
    for data in (GOOGLE, BY_HAND):
        loaded(data)

    booth = kpis.report(
        NOON.date(), LATER.date(), By.CAMPAIGN, zone=settings.zone, rates=EUR, at=LATER, kind=SpendKind.BOOTH
    )

    assert (booth.whole.spent, figures(booth, "autumn").spent) == (123450, 123450)
    assert booth.spent_on == seen(settings).spent_on == {"booth": 123450, "ads": 60525}


def test_what_a_campaign_cost_is_shared_by_the_visits_that_it_brought_in_that_month(
    app: Flask, settings: Settings
) -> None:
    guide, list_ = a_page(slug="guide", at=NOON), a_page(slug="list", at=NOON)
    for source, page, at in (("google", guide, NOON), ("google", list_, NOON), ("x", list_, NOON), ("x", guide, LATER)):
        came = a_touch(at=at, source=source, campaign="autumn")
        with transaction() as writing:
            writing.merge(came).page_id = page.id
    loaded(b"Day,Campaign,Cost,Source\n2026-09-15,Autumn,100.01,\n2026-09-16,autumn,10,google\n2026-09-16,fair,7,\n")
    later = LATER + timedelta(days=1)
    while reporting.count_days(settings, at=later):
        pass

    by_page, by_source = (
        {line.key: line.figures.spent for line in seen(settings, by, at=later).lines} for by in (By.PAGE, By.SOURCE)
    )

    assert by_page == {str(guide.id): 3334 + 500, str(list_.id): 6667 + 500, "0": 700}
    assert by_source == {"google": 6667 + 1000, "x": 3334, "": 700}


def test_what_a_campaign_cost_that_nobody_visited_is_shared_by_its_leads(app: Flask, settings: Settings) -> None:
    lead, came = a_lead("ada@analytical.example"), a_touch(campaign="fair", channel="Offline")
    with transaction() as writing:
        writing.get_one(Lead, lead.id).first_touch_id = came.id
    a_submission(lead, a_page())
    a_captured_lead("eve@elsewhere.example")
    loaded(b"day,campaign,cost\n2026-09-15,fair,100\n")
    while reporting.count_days(settings, at=LATER):
        pass

    report = seen(settings, By.CHANNEL)

    assert [figures(report, channel).spent for channel in ("Offline", "Paid social", "")] == [10_000, None, None]


def test_the_nurture_duration_of_a_row_is_that_of_its_mqls(app: Flask, settings: Settings) -> None:
    for number, campaign in enumerate(("spring", "spring", "autumn", "today")):
        lead = a_captured_lead(f"p{number}@company.example", campaign=campaign)
        an_mql(lead, at=LATER if campaign == "today" else NOON + timedelta(days=2 + number))
    before = [line.nurture_days for line in seen(settings, By.CAMPAIGN).lines]
    while reporting.count_days(settings, at=LATER + timedelta(seconds=1)):
        pass

    told = {by: {line.label: line.nurture_days for line in seen(settings, by).lines} for by in By}

    assert before == [pytest.approx(30.0)]  # today's alone: the others are not counted yet
    assert told[By.CAMPAIGN] == pytest.approx({"spring": 2.5, "autumn": 4.0, "today": 30.0})
    assert told[By.CHANNEL] == pytest.approx({"Paid social": 3.5})
    assert told[By.SOURCE] == pytest.approx({"linkedin": 3.5})
    assert [found for found in told[By.WEEK].values() if found] == pytest.approx([30.0, 3.0])


def test_the_same_file_is_never_counted_twice_and_can_be_taken_back(app: Flask, settings: Settings) -> None:
    assert loaded(GOOGLE) == 2
    assert loaded(GOOGLE) is None
    [kept] = spending.imports()

    reporting.take_costs_back(kept.public_id, actor="cli", at=NOON)

    assert every(Spend) == []
    assert loaded(GOOGLE) == 2
    with pytest.raises(NotFound):
        reporting.take_costs_back("nothing", actor="cli", at=NOON)


def test_costs_without_a_rate_are_left_out_and_named(app: Flask, settings: Settings) -> None:
    loaded(b"day,campaign,amount,currency\n2026-09-15,autumn,5,GBP\n")

    assert seen(settings).whole.spent is None
    assert spending.unrated(EUR) == ["GBP"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no row with the headers"),
        (b"Name,Mail\nAda,ada@x.example\n", "no row with the headers"),
        (b"\xff\xfe\x00", "not a text file"),
    ],
)
def test_what_is_no_file_of_costs_is_refused(app: Flask, data: bytes, says: str) -> None:
    with pytest.raises(UploadRefused, match=says):
        spending.read(data, currency="EUR")


@pytest.mark.parametrize(
    "row",
    [
        *("tomorrow,a,1,EUR", "2026-09-15,a,much,EUR", "2026-09-15,a,-1,EUR", "2026-09-15,a,1,EURO"),
        *("2026-09-15,a,(12.00),EUR", "2026-09-15,a,−12,EUR", "2026-09-15,a,1.2E+03,EUR", "2026-09-15,a,1.5.5,EUR"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(app: Flask, row: str) -> None:
    preview = spending.read(f"day,campaign,amount,currency\n2026-09-15,a,1,EUR\n{row}\n".encode(), currency="EUR")

    assert len(preview.rows) == 1
    assert preview.faults[0].startswith("Line 3: ")


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        *(("1,234.50", 123450), ("1.234,50", 123450), ("1234", 123400), ("1,234", 123400), ("€ 0.5", 50)),
        *(("12,5", 1250), ("1,234,567", 123456700), ("1234.567", 123457), ("1,234.567", 123457), ("-0.00", 0)),
    ],
)
def test_amounts_are_read_in_either_way_of_writing(app: Flask, text: str, minor: int) -> None:
    [row] = spending.read(f"day\tcampaign\tcost\n2026-09-15\ta\t{text}\n".encode(), currency="EUR").rows

    assert row.amount == minor


@pytest.mark.parametrize(("days", "rows"), [(400, 400), (401, 0)])
def test_a_row_is_spread_over_400_days_at_most(app: Flask, days: int, rows: int) -> None:
    until = date(2026, 1, 1) + timedelta(days=days - 1)

    preview = spending.read(f"day,until,campaign,cost\n2026-01-01,{until},a,800\n".encode(), currency="EUR")

    assert (len(preview.rows), len(preview.faults)) == (rows, 1 if not rows else 0)


def test_costs_that_a_file_holds_already_are_found_whatever_their_capitals(app: Flask) -> None:
    loaded(b"day,campaign,cost\n2026-09-15,Autumn,5\n2026-09-16,Other,5\n")

    rows = spending.read(b"day,campaign,cost\n2026-09-15,AUTUMN,6\n2026-09-17,other,6\n", currency="EUR").rows

    [known] = spending.twice(rows)
    assert (known.since, known.until) == (date(2026, 9, 15), date(2026, 9, 15))
    assert spending.twice(rows[1:]) == []


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("1.234", "KWD", 1234), ("0.5", "KWD", 500), ("1234", "JPY", 1234), ("1.234", "JPY", 1234), ("1.50", "CHF", 150)],
)
def test_an_amount_is_kept_in_minor_units_of_its_own_currency(app: Flask, text: str, currency: str, minor: int) -> None:
    [row] = spending.read(f"day,campaign,cost,currency\n2026-09-15,a,{text},{currency}\n".encode(), currency="EUR").rows

    assert row.amount == minor


@pytest.mark.parametrize(
    ("own", "spent"), [("EUR", 4_00 + 6_25 + 3), ("JPY", 640 + 1000 + 5), ("KWD", 1_334 + 2_084 + 10)]
)
def test_costs_of_several_currencies_are_exchanged_to_the_minor_unit_of_the_reports(
    app: Flask, settings: Settings, own: str, spent: int
) -> None:
    loaded(b"day,campaign,amount,currency\n2026-09-15,a,4,EUR\n2026-09-15,b,1000,JPY\n2026-09-15,c,0.010,KWD\n")
    rates = {
        "EUR": {"JPY": "0.00625", "KWD": "3"},
        "JPY": {"EUR": "160", "KWD": "480"},
        "KWD": {"EUR": "0.3335", "JPY": "0.002084"},
    }[own]

    told = spending.between(
        date(2026, 9, 15), date(2026, 9, 15), Rates(own, {code: Decimal(rate) for code, rate in rates.items()})
    )

    assert sum(cost.amount for cost in told) == spent


def test_sums_below_the_lines_are_no_costs_in_either_language_and_a_campaign_may_be_called_total(app: Flask) -> None:
    text = (
        "Kampagne,Kosten\nTotal Quality,1\nSummerbreak,2\nGesamt: Kampagnen,3\nTotal - Search,3\nGesamt,3\ntotal:,3\n"
    )
    period = Period(date(2026, 9, 15), date(2026, 9, 15))

    preview = spending.read(text.encode(), currency="EUR", period=period)

    assert ([row.campaign for row in preview.rows], preview.faults) == (["Total Quality", "Summerbreak"], [])


def test_days_that_brought_nothing_have_figures_of_nothing_and_shares_of_none(app: Flask, settings: Settings) -> None:
    a_captured_lead("ada@analytical.example")

    report = kpis.report(date(2026, 4, 1), date(2026, 6, 30), By.WEEK, zone=settings.zone, rates=EUR, at=LATER)

    assert (report.lines, report.whole) == ([], Figures())
    shares = ("fill_rate", "to_mql", "to_sql", "acceptance", "cost_per_lead", "cost_per_mql")
    assert [getattr(report.whole, name) for name in shares] == [None] * 6
    assert Figures(spent=500).cost_per_lead is None


def queries(look: Callable[[], object]) -> int:
    told: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        told.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    look()
    event.remove(db.engine, "before_cursor_execute", note)
    return len(told)


def test_a_report_asks_as_many_questions_for_much_as_for_little(app: Flask, settings: Settings) -> None:
    loaded(GOOGLE)
    a_captured_lead("ada@analytical.example")
    reporting.count_days(settings, at=LATER)
    few = queries(lambda: seen(settings, By.PAGE))
    for number in range(4):
        lead = a_captured_lead(f"p{number}@company.example", at=NOON + timedelta(days=number), campaign=f"c{number}")
        an_mql(lead, at=NOON + timedelta(days=number))
    reporting.count_days(settings, at=LATER)

    assert queries(lambda: seen(settings, By.PAGE)) == few


def test_every_figure_has_its_definition() -> None:
    assert len(DEFINITIONS) == 7
    assert all(definition.words.endswith(".") for definition in DEFINITIONS.values())
