"""Reports in the studio: the seven figures with their definitions, and the files of costs."""

import html
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask

from capture.accounts.models import Role
from capture.attribution.models import Campaign
from capture.config import Settings
from capture.db import transaction
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Mql, Outcome, Source
from capture.journey import sales
from capture.reports import answers
from capture.reports.kpis import DEFINITIONS, By
from capture.reports.models import ClosedMonth, Spend, SpendKind
from tests.factories import NOON, a_lead, a_page, a_salesperson, a_submission, a_touch, an_mql, every
from tests.stages.test_feed_rows import counted_queries
from tests.web.studio import Studio

COSTS = b"Day,Campaign,Cost\n2026-09-15,<b>autumn</b>,12.50\n"


@pytest.mark.parametrize("by", list(By))
@pytest.mark.parametrize("role", list(Role))
def test_both_teams_see_the_seven_figures_each_with_its_definition(app: Flask, by: By, role: Role) -> None:
    lead = a_lead("ada@analytical.example")
    a_touch(campaign="<b>autumn</b>")
    a_submission(lead, a_page())
    an_mql(lead)

    page = Studio(app, role).get(f"/studio/reports/?since=2026-09-01&until=2026-09-30&by={by.value}")

    for key, definition in DEFINITIONS.items():
        assert definition.title in page
        how = page.split(f'id="how-{key}"')[1].split("</details>")[0]
        parts = (definition.numerator, definition.denominator, definition.day, definition.touch, definition.people)
        for words in (definition.words, *parts):
            assert html.escape(words, quote=False) in html.unescape(how)
    assert {key for key in DEFINITIONS if f'href="#how-{key}"' in page} == {*DEFINITIONS}
    assert page.count("not ripe yet") == (by is By.WEEK)
    assert "<b>autumn" not in page


def test_a_figure_leads_marketers_to_the_leads_behind_it_and_nobody_else(app: Flask) -> None:
    for _ in range(2):
        a_submission(a_lead(), a_page(slug="guide"))
    a_lead("bystander@company.example", at=NOON - timedelta(days=60))
    span = "since=2026-09-01&until=2026-09-30&by=page"
    studio = Studio(app)

    links = re.findall(r'href="(/studio/leads[?][^"]+)">2<', studio.get(f"/studio/reports/?{span}"))

    shown = [studio.get(html.unescape(link)) for link in links]
    assert [re.findall(r"(Leads captured|Fills): (\d+), of (\d+) leads", page) for page in shown] == [
        [("Leads captured", "2", "2")],
        [("Fills", "2", "2")],
        [("Leads captured", "2", "2")],
    ]
    assert not any("bystander" in page for page in shown)
    assert '<option value="guide" selected>' in shown[-1]
    assert "/studio/leads?" not in Studio(app, Role.SALES, "sam@northwind.example").get(f"/studio/reports/?{span}")


def test_days_that_cannot_be_are_asked_for_again_and_nothing_shows_as_nothing(app: Flask) -> None:
    studio = Studio(app)

    assert "Nothing happened in these days" in studio.get("/studio/reports/")
    assert "before the first" in studio.get("/studio/reports/?since=2026-09-30&until=2026-09-01", 422)
    studio.get("/studio/reports/?since=x&until=y&by=z", 422)


def test_a_file_of_costs_is_looked_at_loaded_and_taken_back(app: Flask) -> None:
    studio = Studio(app)

    def post(status: int, data: bytes = COSTS, **more: str) -> str:
        return studio.post("/studio/reports/costs", status, file=(io.BytesIO(data), "costs.csv"), kind="ads", **more)

    looked = post(200)
    assert "12.50 EUR" in looked
    assert "&lt;b&gt;autumn" in looked
    assert "have no rate" in post(200, COSTS.replace(b"Cost\n", b"Cost,Currency\n").replace(b"12.50", b"12.50,SEK"))
    assert every(Spend) == []
    assert "is not a day" in post(422, COSTS + b"never,a,1\n", load="1")
    assert "no row with the headers" in post(422, b"hello", load="1")
    post(303, load="1")
    assert "loaded before" in post(422, load="1")
    again = post(200)
    assert "This very file is loaded already" in again
    assert "counted twice" not in again
    assert 'name="load"' not in again
    page = studio.get("/studio/reports/costs")
    assert "costs.csv" in page
    assert "12.50 EUR" in page
    assert "loaded before" in post(422, COSTS.replace(b",", b";"), load="1")
    back = page.split('action="/studio/reports/costs/')[1].split('"')[0]
    studio.post(f"/studio/reports/costs/{back}")
    assert every(Spend) == []


@pytest.mark.parametrize(("day", "is_told"), [("2026-08-31", False), ("2026-09-30", True), ("2026-10-01", False)])
def test_costs_of_a_month_that_is_closed_are_told_to_be_differences_before_they_count(
    app: Flask, day: str, is_told: bool
) -> None:
    with transaction() as writing:
        writing.add(ClosedMonth(month=date(2026, 9, 1), closed_at=NOON, nurture_days=None, keeps_nurtures=True))
    costs = f"Day,Campaign,Cost\n2026-07-03,autumn,5\n{day},autumn,5\n2026-11-03,autumn,5\n".encode()

    looked = Studio(app).post("/studio/reports/costs", 200, file=(io.BytesIO(costs), "a.csv"), kind="ads")

    assert ("September 2026 is closed: its figures stay as they were" in looked) == is_told
    assert "October 2026 is closed" not in looked


def test_costs_without_a_rate_are_told_apart_from_those_that_count(app: Flask) -> None:
    studio = Studio(app)
    costs = b"Day,Campaign,Cost,Currency\n2026-09-15,autumn,5,EUR\n2026-09-15,autumn,7,SEK\n2026-09-16,autumn,8,SEK\n"

    def post(status: int, **more: str) -> str:
        return studio.post("/studio/reports/costs", status, file=(io.BytesIO(costs), "a.csv"), kind="ads", **more)

    looked = " ".join(re.sub(r"<[^>]+>", " ", post(200)).split())
    loaded = studio.get(post(303, load="1"))

    assert looked.count("Adds up to") == 1
    assert "Adds up to 5.00 EUR 15.00 SEK 2 rows, not counted" in looked
    assert "3 rows were loaded; 2 of them count only when their currency has a rate" in loaded
    assert "costs in SEK have no rate" in studio.get("/studio/reports/")


def test_yen_have_no_part_behind_the_mark_in_costs_budgets_and_figures(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "lodestone", replace(settings, currency="JPY", rates=(("EUR", Decimal(160)),)))
    studio, span = Studio(app), "since=2026-09-01&until=2026-09-30"
    a_submission(a_lead(), a_page())
    costs = b"Day,Campaign,Cost,Currency\n2026-09-15,autumn,5000,\n2026-09-15,autumn,2.50,EUR\n"
    file = {"kind": "ads", "file": (io.BytesIO(costs), "costs.csv")}

    looked = studio.post("/studio/reports/costs", 200, **file)
    assert re.findall(r">([\d,.]+ (?:JPY|EUR))<", looked) == ["5,000 JPY", "2.50 EUR", "5,000 JPY", "2.50 EUR"]
    studio.post("/studio/reports/costs", load="1", **file | {"file": (io.BytesIO(costs), "costs.csv")})
    studio.post("/studio/campaigns/", name="Autumn", aliases="autumn", budget="20000")

    assert "5,400 JPY" in studio.get(f"/studio/reports/?{span}&by=campaign")
    assert "20,000 JPY" in studio.get("/studio/campaigns/")
    assert re.search(r"\b5400\b", studio.get(f"/studio/reports/figures.csv?{span}&by=campaign"))
    assert {row.currency: row.amount for row in every(Spend)} == {"JPY": 5000, "EUR": 250}
    [autumn] = every(Campaign)
    assert autumn.budget == 20000
    assert 'value="20000"' in studio.get(f"/studio/campaigns/{autumn.public_id}")


def test_costs_that_another_file_has_already_are_named_before_they_are_counted_twice(app: Flask) -> None:
    studio = Studio(app)
    head, rows = b"Day,Campaign,Cost,Source\n", [b"2026-09-%02d,Autumn,10,google\n" % day for day in range(1, 8)]

    def post(name: str, status: int, data: bytes, **more: str) -> str:
        told = studio.post("/studio/reports/costs", status, file=(io.BytesIO(head + data), name), kind="ads", **more)
        return html.unescape(told)

    post("early.csv", 303, b"".join(rows[:4]), load="1")
    post("booth.csv", 303, b"2026-09-04,fair,10,\n", load="1")

    apart = post("late.csv", 200, b"".join(rows[4:]) + rows[0].replace(b"google", b"bing"))
    whole = post("month.csv", 200, b"".join(rows[2:]).replace(b"Autumn", b"autumn"))

    assert "counted twice" not in apart
    assert whole.count("counted twice") == 1
    assert "“early.csv” has costs of the same campaigns already, for 3 to 4 September 2026." in whole
    post("month.csv", 303, b"".join(rows[2:]), load="1")
    assert "for 4 September 2026." in post("fair.csv", 200, b"2026-09-04,Fair,12,\n")


def test_what_sales_answered_leads_marketers_to_the_leads_behind_it(app: Flask) -> None:
    mql = an_mql(a_lead("ada@analytical.example", company="Analytical"))
    an_mql(a_lead("bystander@company.example"))
    sales.decide(mql.public_id, Decision(Outcome.REJECTED, "no_budget"), Teller("cli", Source.STUDIO), at=NOON)
    studio, span = Studio(app), "since=2026-09-01&until=2026-09-30"

    page = studio.get(f"/studio/reports/?{span}")

    answers = page.split('id="answered"')[1]
    links = [html.unescape(link) for link in re.findall(r'href="(/studio/leads[?][^"]+)"', answers)]
    [by_reason] = [link for link in links if "reason=" in link]
    listed = studio.get(by_reason)
    assert "MQLs that sales rejected, with the reason “No budget now”: 1, of 1 lead" in listed
    assert "ada@analytical.example" in listed
    assert "bystander" not in listed
    assert [re.findall(r"counted=(\w+)", link) for link in links[:4]] == [
        ["mqls"],
        ["answered"],
        ["in_time"],
        ["answered"],
    ]
    [by_rule] = [link for link in links if "rule=company_known" in link]
    assert "with points of the rule “Named the company”: 1, of 1 lead" in studio.get(by_rule)
    assert "/studio/leads?" not in Studio(app, Role.SALES, "sam@northwind.example").get(f"/studio/reports/?{span}")


def test_how_fast_each_owner_answered_stands_apart_and_leads_to_the_leads(app: Flask) -> None:
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    taken = {ann: (1, 2, 30, None), bob: (4, 8)}
    for owner, hours in taken.items():
        for number, after in enumerate(hours):
            mql = an_mql(a_lead(f"{owner.name.lower()}{number}@company.example"))
            with transaction() as writing:
                writing.get_one(Mql, mql.id).owner_id = owner.id
            if after:
                at = NOON + timedelta(hours=after)
                sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.REPORT), at=at)
    nobodys = an_mql(a_lead("nobodys@company.example"))
    with transaction() as writing:
        writing.get_one(Mql, nobodys.id).owner_id = None
    studio, span = Studio(app), "since=2026-09-01&until=2026-09-30"

    page = studio.get(f"/studio/reports/?{span}").split('id="by-owner"')[1].split("</section>")[0]

    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in page.split("<tr>")[2:]]
    rows = [row.replace(" : the leads behind it", "").replace(": the leads behind it", "") for row in rows]
    assert rows == [
        "Ann 4 3 2 50.0 % of all 2.0 hours",
        "Bob 2 2 2 100.0 % of all 6.0 hours",
        "Nobody 1 0 0 0.0 % of all –",
    ]
    links = [html.unescape(link) for link in re.findall(r'href="(/studio/leads[?][^"]+)"', page)]
    assert [re.findall(r"counted=(\w+)", link)[0] for link in links] == [
        *(["mqls", "answered", "in_time", "answered"] * 2),
        "mqls",
    ]
    in_time = studio.get(links[2])
    assert "MQLs that sales answered in time" in in_time
    assert "that Ann has now: 2, of 2 leads" in in_time
    assert "ann0@" in in_time
    assert not [one for one in ("ann2@", "ann3@", "bob0@", "nobodys@") if one in in_time]
    assert "that nobody has now: 1, of 1 lead" in studio.get(links[8])


def test_owners_take_no_more_queries_however_many_they_are(app: Flask, settings: Settings) -> None:
    def queries() -> int:
        with counted_queries() as counted:
            answers.between(NOON.date(), NOON.date(), zone=settings.zone, at=NOON)
        return len(counted)

    def mqls_of(number: int) -> None:
        for _ in range(number):
            mql, owner = an_mql(a_lead()), a_salesperson()
            with transaction() as writing:
                writing.get_one(Mql, mql.id).owner_id = owner.id

    mqls_of(2)
    few = queries()
    mqls_of(6)

    assert queries() == few


@pytest.mark.parametrize(
    ("nurtured", "answered", "told"),
    [
        (timedelta(seconds=20), timedelta(seconds=20), ["less than a minute", "less than a minute (the median)"]),
        (timedelta(hours=3), timedelta(minutes=2), ["3 hours", "2 minutes (the median)"]),
        (timedelta(days=1, hours=12), timedelta(hours=4, minutes=30), ["1.5 days", "4.5 hours (the median)"]),
    ],
)
def test_a_short_time_is_told_in_a_unit_that_shows_it(
    app: Flask, nurtured: timedelta, answered: timedelta, told: list[str]
) -> None:
    began = NOON - timedelta(days=9)
    lead = a_lead("ada@analytical.example", at=began)
    a_submission(lead, a_page(), at=began)
    mql = an_mql(lead, at=began + nurtured)
    by = Teller("cli", Source.STUDIO)
    sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), by, at=began + nurtured + answered)
    studio, address = Studio(app), "/studio/reports/?since=2026-09-01&until=2026-09-30"

    page = re.sub(r"<[^>]+>", " ", studio.get(address))

    assert [words for words in told if re.search(rf"(?<!\S){re.escape(words)}(?!\S)", page)] == told
    studio.post("/studio/people/me/language", language="de")
    assert "(Median)" in studio.get(address)


def test_a_person_says_which_column_of_a_file_of_costs_is_which_and_it_is_remembered(app: Flask) -> None:
    studio, data = Studio(app), b"Invoice,Fair,Net,VAT\n17,Spring fair,1000.00,190.00\n"

    def post(status: int, **more: object) -> str:
        return studio.post("/studio/reports/costs", status, kind="booth", **more)

    shown = post(422, file=(io.BytesIO(data), "fair.csv"))
    assert "no row with the headers" in shown
    text = html.unescape(re.findall(r'<textarea name="text"[^>]*>([^<]*)</textarea>', shown)[0])
    said = {
        "text": text,
        "name": "fair.csv",
        "line": "0",
        "column-1": "",
        "column-2": "campaign",
        "column-3": "amount",
        "column-4": "",
    }
    assert "No column has the day" in post(422, **said)
    assert "or neither" in post(422, **said, since="2026-09-02", until="2026-09-01")
    days = {"since": "2026-09-01", "until": "2026-09-04"}
    seen = post(200, **said, **days)
    assert "1,000.00 EUR" in seen
    assert re.findall(r'<option value="(\w*)" selected>', seen.split('id="columns-head"')[1]) == [
        "",
        "campaign",
        "amount",
        "",
        "",
    ]
    post(303, **said, **days, load="1")
    assert [(row.day.day, row.kind, row.amount, row.campaign) for row in every(Spend)] == [
        (day, SpendKind.BOOTH, 25000, "Spring fair") for day in (1, 2, 3, 4)
    ]
    assert "loaded before" in post(422, file=(io.BytesIO(data), "fair.csv"), **days, load="1")
    post(303, file=(io.BytesIO(data.replace(b"17", b"18")), "fair.csv"), **days, load="1")
    assert len(every(Spend)) == 8
    span = "since=2026-09-01&until=2026-09-30&by=campaign"
    assert "Spring fair" in studio.get(f"/studio/reports/?{span}&kind=booth")
    assert "Spring fair" not in studio.get(f"/studio/reports/?{span}&kind=agency")
