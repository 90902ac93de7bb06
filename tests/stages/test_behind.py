"""Every number leads to the leads behind it, and they are as many."""

from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from flask import Flask

from capture.attribution.campaigns import Plan
from capture.attribution.models import Touch
from capture.config import Settings
from capture.db import transaction
from capture.engagement.models import EventKind
from capture.handoff.models import Outcome
from capture.journey import campaigning, merging, reporting, sales
from capture.leads.models import ExclusionKind, Lead, Submission
from capture.reports import answers, behind, finding, kpis
from capture.reports.behind import OF_NO_COLUMN, Behind, Counted
from capture.reports.finding import Sought
from capture.reports.kpis import By, Report
from tests.factories import NOON, a_good_lead, a_lead, a_page, a_submission, an_event, an_mql, every
from tests.stages.test_reports import EUR, a_captured_lead, decide

DAY = timedelta(days=1)
SINCE, UNTIL = date(2026, 9, 3), date(2026, 9, 30)
AT = NOON + 20 * DAY


@pytest.fixture
def story(app: Flask, settings: Settings) -> None:
    """Leads by several ways, pages and weeks: taken, rejected, filled twice, imported, handed over again, and ours."""
    ada = a_captured_lead("ada@analytical.example", at=NOON - 8 * DAY)
    bob = a_captured_lead("bob@alder.example", at=NOON, campaign="spring-1", source="google", channel="Paid search")
    eve = a_captured_lead("eve@elsewhere.example", at=NOON + DAY, campaign="spring-2", source="", channel="")
    a_captured_lead("imke@northwind.example", at=NOON + DAY)
    a_captured_lead("too-early@company.example", at=NOON - 20 * DAY)
    imported = a_lead("list@company.example", at=NOON)
    page = a_page()
    again = a_submission(ada, page, at=NOON + DAY)
    an_event(EventKind.MAGNET_DOWNLOADED, ada, page, at=NOON + 2 * DAY)
    with transaction() as writing:
        writing.get_one(Submission, again.id).touch_id = writing.get_one(Lead, bob.id).first_touch_id
    decide(an_mql(ada, at=NOON + DAY).public_id, Outcome.WON, at=NOON + 2 * DAY)
    decide(an_mql(bob, at=NOON + DAY).public_id, Outcome.RECYCLED, at=NOON + 2 * DAY)
    decide(an_mql(bob, at=NOON + 3 * DAY).public_id, Outcome.ACCEPTED, at=NOON + 4 * DAY)
    decide(an_mql(eve, at=NOON + DAY).public_id, Outcome.REJECTED, reason="no_fit", at=NOON + 2 * DAY)
    an_mql(imported, at=NOON + 17 * DAY)
    campaigning.add(Plan("Spring", ["spring-*"]), actor="cli", at=NOON)
    sales.never_hand_over(ExclusionKind.STAFF, b"northwind.example", actor="cli", at=NOON)
    while reporting.count_days(settings, at=AT):
        pass


def seen(settings: Settings, by: By) -> Report:
    return kpis.report(SINCE, UNTIL, by, zone=settings.zone, rates=EUR, at=AT)


def listed(which: Behind, settings: Settings) -> set[str]:
    sought = Sought(**asdict(which))
    return {row.email for row in finding.listing(sought, zone=settings.zone, at=AT).rows}


@pytest.mark.parametrize("by", list(By))
def test_behind_every_figure_stand_as_many_as_it_says(
    story: None, settings: Settings, by: By, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = seen(settings, by)
    slugs = behind.slugs(report)
    assert len(report.lines) >= 2
    assert all(getattr(report.whole, one.value) for one in Counted if one not in OF_NO_COLUMN)

    for line in (None, *report.lines):
        figures = report.whole if line is None else line.figures
        for counted in set(Counted) - set(OF_NO_COLUMN):
            which = behind.of_line(report, line, counted, slugs)
            told = behind.total(which, settings.zone)

            assert (told.number, which) == (getattr(figures, counted.value), which)
            assert told.leads == told.listed == len(listed(which, settings))
            with monkeypatch.context() as many:  # as it is where they are too many to be looked at one by one
                many.setattr(finding, "FEW", -1)
                many.setattr(behind, "MANY", -1)
                assert len(listed(which, settings)) == told.leads
                assert behind.total(which, settings.zone) == behind.Total(told.number, None, None)


def test_behind_what_sales_answered_stand_as_many_as_it_says(
    story: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = answers.between(SINCE, UNTIL, zone=settings.zone, at=AT)
    numbers = {
        Behind(Counted.ANSWERED): told.answered,
        Behind(Counted.IN_TIME): told.in_time,
        **{Behind(Counted.REJECTED, reason=key): number for _, number, key in told.rejections},
        **{Behind(Counted.MQLS, rule=one.key): one.mqls for one in told.by_rule},
        **{Behind(Counted.ACCEPTED, rule=one.key): one.accepted.part for one in told.by_rule},
    }
    assert sorted(numbers.values())[-2:] == [4, 4]
    assert len(numbers) > 6

    for asked, number in numbers.items():
        which = replace(asked, since=SINCE, until=UNTIL)
        found = behind.total(which, settings.zone)
        assert (found.number, which) == (number, which)
        assert found.leads == len(listed(which, settings))
        by_way = [replace(which, channel=way) for way in ("Paid social", "Paid search", "Direct")]
        with monkeypatch.context() as many:
            many.setattr(finding, "FEW", -1)
            many.setattr(behind, "MANY", -1)
            assert len(listed(which, settings)) == found.leads
            assert behind.total(which, settings.zone).number == number
            assert sum(behind.total(one, settings.zone).number for one in by_way) == number


def test_the_rules_behind_an_mql_are_also_those_of_whoever_had_become_one_with_it_by_then(
    app: Flask, settings: Settings
) -> None:
    first, second, kept, late = (
        a_good_lead(),
        a_lead("a@home.example"),
        a_lead("b@home.example"),
        a_good_lead("c@c.example"),
    )
    for merged, stays in ((first, second), (second, kept)):
        merging.merge(stays.public_id, merged.public_id, note="", settings=settings, actor="cli", at=NOON)
    an_mql(kept, at=NOON + DAY)
    merging.merge(kept.public_id, late.public_id, note="", settings=settings, actor="cli", at=NOON + 2 * DAY)

    told = answers.between(SINCE, UNTIL, zone=settings.zone, at=AT)

    named = {one.key: one.mqls for one in told.by_rule}
    assert named["company_known"] == 1
    which = Behind(Counted.MQLS, SINCE, UNTIL, rule="company_known")
    assert (behind.total(which, settings.zone).number, listed(which, settings)) == (1, {"b@home.example"})
    assert not listed(replace(which, rule="link_followed"), settings)


def test_leads_of_a_campaign_that_has_other_names_too_are_found(app: Flask, settings: Settings) -> None:
    lead = a_captured_lead("ada@analytical.example", at=NOON, campaign="autumn")
    a_captured_lead("bob@alder.example", at=NOON, campaign="autumn-2")
    with transaction() as writing:
        first = writing.get_one(Lead, lead.id).first_touch_id
        writing.get_one(Touch, first).named_by = "120"
    campaigning.add(Plan("Autumn", ["120"]), actor="cli", at=NOON)
    while reporting.count_days(settings, at=AT):
        pass

    [line] = [line for line in seen(settings, By.CAMPAIGN).lines if line.figures.leads and line.key == "Autumn"]

    which = behind.of_line(seen(settings, By.CAMPAIGN), line, Counted.LEADS, {})
    assert listed(which, settings) == {"ada@analytical.example"}


@pytest.mark.parametrize(("by", "field"), [(By.SOURCE, "source"), (By.CAMPAIGN, "campaign")])
def test_behind_a_row_stand_the_leads_of_all_its_capitals_on_days_that_are_kept_and_today(
    app: Flask, settings: Settings, by: By, field: str
) -> None:
    for number, written in enumerate(("google", "Google", "Google", "other")):
        a_captured_lead(f"p{number}@company.example", at=NOON, **{field: written})
    while reporting.count_days(settings, at=AT):
        pass
    a_captured_lead("today@company.example", at=AT, **{field: "GOOGLE"})
    report = kpis.report(SINCE, AT.date(), by, zone=settings.zone, rates=EUR, at=AT)
    [line] = [line for line in report.lines if line.key == "Google"]
    which = behind.of_line(report, line, Counted.LEADS, {})

    assert listed(which, settings) == {f"{name}@company.example" for name in ("p0", "p1", "p2", "today")}
    assert behind.total(which, settings.zone).number == line.figures.leads == 4
    found = finding.listing(Sought(**{field: "gOOgle"}), zone=settings.zone, at=AT)  # type: ignore[arg-type]
    assert {row.email for row in found.rows} == listed(which, settings)


def test_who_is_listed_is_who_was_counted(story: None, settings: Settings) -> None:
    assert listed(Behind(Counted.SQLS, SINCE, UNTIL), settings) == {"ada@analytical.example"}
    assert listed(Behind(Counted.MQLS, SINCE, UNTIL, campaign="Spring"), settings) == {
        "bob@alder.example",
        "eve@elsewhere.example",
    }
    assert listed(Behind(Counted.LEADS, SINCE, UNTIL, page=behind.NONE), settings) == {"list@company.example"}
    assert behind.total(Behind(Counted.MQLS, SINCE, UNTIL), settings.zone) == behind.Total(4, 3, 3)
    assert behind.total(Behind(Counted.FIRST, SINCE, UNTIL), settings.zone) == behind.Total(3, 3, 3)


def test_who_was_erased_stays_in_the_figure_and_is_not_listed(story: None, settings: Settings) -> None:
    with transaction() as writing:
        writing.get_one(Lead, every(Lead)[0].id).erased_at = NOON
    which = Behind(Counted.LEADS, SINCE, UNTIL)

    told = behind.total(which, settings.zone)

    assert (told.number, told.leads, told.listed) == (4, 4, 3)
    assert len(listed(which, settings)) == 3


def test_leads_are_found_by_source_and_campaign_also_where_no_figure_is_asked_about(
    story: None, settings: Settings
) -> None:
    def found(**asked: str) -> set[str]:
        return {row.email for row in finding.listing(Sought(**asked), zone=settings.zone, at=AT).rows}  # type: ignore[arg-type]

    assert found(campaign="Spring") == {"bob@alder.example", "eve@elsewhere.example"}
    assert found(campaign="Spring", source="google") == {"bob@alder.example"}
