"""The list of leads: filtered, kept as a view for the team, taken out as it is filtered."""

import html
import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from flask import Flask

from capture import clock
from capture.db import transaction
from capture.engagement.models import EventKind
from capture.leads.models import Lead
from capture.scoring import preset, rulesets, scores
from capture.scoring.models import Axis
from tests.factories import NOON, a_lead, a_page, a_submission, a_touch, an_event, an_mql, every
from tests.stories import a_fill, submit
from tests.stories import a_page as a_story_page
from tests.web.studio import Studio

DAY = timedelta(days=1)
XSS = "<script>alert(1)</script>"


def three_leads() -> None:
    """One by an ad, with sales; one by search who filled a page; one of a month before."""
    ada, grace = a_lead("ada@analytical.example", company="Analytical"), a_lead("grace@compiler.example")
    a_lead("old@company.example", at=NOON - timedelta(days=30))
    ad, search = a_touch(), a_touch(channel="Organic search")
    with transaction() as writing:
        writing.get_one(Lead, ada.id).first_touch_id = ad.id
        writing.get_one(Lead, grace.id).first_touch_id = search.id
    an_mql(ada)
    a_submission(grace, a_page("guide"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"ada", "grace", "old"}),
        ("q=analytical", {"ada"}),
        ("q=ADA@analytical.example", {"ada"}),
        ("q=da@analytical.example", {"ada"}),
        ("channel=Paid+social", {"ada"}),
        ("channel=Organic+search&handed=no", {"grace"}),
        ("filled=guide", {"grace"}),
        ("handed=yes", {"ada"}),
        ("handed=no", {"grace", "old"}),
        ("since=2026-09-15", {"ada", "grace"}),
        ("until=2026-09-14", {"old"}),
        ("since=never&handed=perhaps", {"ada", "grace", "old"}),
        ("filled=nothing", set()),
    ],
)
def test_leads_are_filtered_and_the_file_holds_the_same(app: Flask, query: str, found: set[str]) -> None:
    three_leads()
    studio = Studio(app)

    page = studio.get(f"/studio/leads?{query}")
    wanted = dict(part.split("=") for part in query.replace("+", " ").split("&") if part)
    file = studio.open("POST", "/studio/leads.csv", **wanted).text

    for name in ("ada", "grace", "old"):
        assert (f"{name}@" in page) == (name in found), name
        assert (f"{name}@" in file) == (name in found), name


def test_a_view_is_kept_for_the_team_and_taken_away(app: Flask) -> None:
    three_leads()
    studio, other = Studio(app), Studio(app, email="other@northwind.example")

    assert "write 1 to 60" in studio.post("/studio/leads/views", 422, name=" ", handed="yes")
    leads_to = studio.post("/studio/leads/views", name=f"Ripe {XSS}", handed="yes", channel="Paid social")
    assert "already" in studio.post("/studio/leads/views", 422, name=f"Ripe {XSS}", handed="no")

    assert leads_to == f"/studio/leads?channel=Paid+social&handed=yes&{urlencode({'kept': f'Ripe {XSS}'})}"
    page = other.get(leads_to)
    assert "Ripe &lt;script&gt;" in page
    assert XSS not in page
    place = page.split('action="/studio/leads/views/')[1].split('"')[0]
    other.post(f"/studio/leads/views/{place}")
    assert "Ripe" not in other.get("/studio/leads")


def test_a_long_list_goes_on_behind_its_last_lead_and_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PAGE_SIZE", "FEW"):
        monkeypatch.setattr(f"capture.reports.finding.{name}", 2)
    for number in range(5):
        a_lead(f"p{number}@company.example", at=NOON + timedelta(minutes=number // 2))
    studio = Studio(app)

    def shown(page: str) -> str:
        return "".join(re.findall(r"p(\d)@", page))

    def led_on(page: str, rel: str) -> str:
        [way] = re.findall(rf'rel="{rel}" href="([^"]+)"', page)
        return studio.get(html.unescape(way))

    first = studio.get("/studio/leads?q=company")
    second = led_on(first, "next")
    third = led_on(second, "next")

    assert [shown(page) for page in (first, second, third)] == ["43", "21", "0"]
    assert 'rel="prev"' not in first
    assert 'rel="next"' not in third
    assert shown(led_on(third, "prev")) == "21"
    assert shown(led_on(second, "prev")) == "43"
    assert "More than 2 leads" in second
    assert shown(studio.get("/studio/leads?behind=nobody")) == "43"


def test_words_are_found_as_they_stand_now_and_signs_mean_themselves(app: Flask) -> None:
    lead = a_lead("grace@compiler.example", name="Grace Hopper", company="100%_sure / Sons")
    a_lead("bystander@company.example", company="100 pounds, surely, Sons")
    studio = Studio(app)

    def found(query: str) -> int:
        return len(
            re.findall(r'href="/studio/leads/[^"?]{22}"', studio.get(f"/studio/leads?{urlencode({'q': query})}"))
        )

    assert [found(query) for query in ("HOPPER", "ace comp", "hoppercomp", "%_S", "/", "0%", "_", "sons")] == [
        *(1, 1, 0, 1, 1, 1, 1, 2),
    ]
    with transaction() as writing:
        writing.get_one(Lead, lead.id).name = "Grace Murray"
    assert (found("hopper"), found("murray")) == (0, 1)


def test_of_very_many_leads_the_best_have_a_place(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FEW", "MOST_RANKED"):
        monkeypatch.setattr(f"capture.reports.finding.{name}", 2)
    for number in range(4):
        company = "Alder Castings" if number < 3 else ""
        lead = a_lead(f"p{number}@{'gmail.com' if number == 1 else 'company.example'}", company=company)
        with transaction():
            scores.after(lead.id, at=NOON)

    page = Studio(app).get("/studio/leads?order=fit")

    assert "The 2 that come first" in page
    assert re.findall(r"p(\d)@", page) == ["2", "0"]


def test_what_is_written_of_faded_points_adds_up_to_the_sum_that_is_written(app: Flask) -> None:
    fresh, faded = a_lead(job_title="CTO", at=NOON - 3 * DAY), a_lead(job_title="CTO", at=NOON - 3 * DAY)
    for lead, ago in ((fresh, (0,)), (faded, (1, 2, 5))):
        for days in ago:
            an_event(EventKind.FORM_SUBMITTED, lead, a_page(), at=NOON - days * DAY)
        with transaction():
            scores.after(lead.id, at=NOON)
    studio = Studio(app)

    told = [_ledger_of(studio.get(f"/studio/leads/{one.public_id}")) for one in (fresh, faded)]

    for one in told:
        assert all(Decimal(whole) == sum(map(Decimal, parts)) for whole, parts in one)
    rounded = sum(round(one.points_now, 1) for one in scores.explain(faded.id, at=NOON) if one.axis is Axis.ENGAGEMENT)
    assert round(rounded, 1) != float(told[1][1][0]), "each rounded alone they do not"
    assert "need not add up" not in studio.get(f"/studio/leads/{faded.public_id}")


def _ledger_of(page: str) -> list[tuple[str, list[str]]]:
    """The written sum of each axis, and the written parts."""
    [table] = re.findall(r'<table class="ledger">.*?</table>', page, re.DOTALL)
    axes = [re.findall(r'class="figure"[^>]*>([^<]*)<', body) for body in table.split("<tbody>")[1:]]
    return [(whole, [part.replace("−", "-") for part in parts]) for whole, *parts in axes]


def test_what_is_known_is_dated_by_the_form_and_says_since_when_it_counts_by_these_rules(app: Flask) -> None:
    said, counts = (clock.now() - timedelta(days=days) for days in (5, 2))
    submit(a_story_page(at=said), a_fill(job_title="Head of Marketing"), at=said)
    [lead] = every(Lead)
    with transaction():
        number = rulesets.create(replace(preset.DEFAULT, fit_threshold=20), at=counts)
    with transaction():
        scores.prepare(number, [lead.id], at=counts)
    with transaction():
        rulesets.activate(number, at=counts)
    studio = Studio(app)

    def row(on: str = "") -> str:
        page = studio.get(f"/studio/leads/{lead.public_id}{on}")
        [cells] = re.findall(r"<tr>\s*<td>The job title speaks of leading a dep.*?</tr>", page, re.DOTALL)
        return str(cells).split("<td>")[2]

    told, before = row(), row(f"?on={(counts - DAY).date()}")
    words = " ".join(re.sub(r"<[^>]+>", " ", told).split())
    times = [datetime.fromisoformat(one) for one in re.findall(r'datetime="([^"]+)"', told)]
    assert times == [said.replace(microsecond=0), counts.replace(microsecond=0)]
    assert re.search(r"since .* counts by these rules since ", words)
    assert "counts by these rules" not in before
