"""Campaigns regroup what platforms really send, history included; raw values stay as they came."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from capture.attribution import campaigns, touches
from capture.attribution.arrival import Arrival
from capture.attribution.campaigns import Plan
from capture.attribution.models import Campaign, Touch
from capture.config import Settings
from capture.db import transaction
from capture.errors import NotFound, ParameterRefused
from capture.journey import campaigning, reporting
from capture.reports import campaigns as campaign_reports
from capture.reports import finding
from capture.reports.campaigns import Standing
from capture.reports.finding import Sought
from capture.reports.kpis import By
from tests.factories import NOON, every
from tests.stages.test_reports import EUR, LATER, a_captured_lead, figures, loaded, seen
from tests.web.studio import Studio


def add(name: str, *aliases: str, **more: object) -> str:
    return campaigning.add(Plan(name, aliases, **more), actor="cli", at=NOON)  # type: ignore[arg-type]


def standings(settings: Settings) -> dict[str, Standing]:
    told = campaign_reports.standings(zone=settings.zone, rates=EUR, at=LATER)
    return {one.name: one for one in told}


def test_what_waits_and_differs_in_capitals_alone_waits_once_as_most_visits_wrote_it(
    app: Flask, settings: Settings
) -> None:
    for number, written in enumerate(("fair", "Fair", "Fair")):
        a_captured_lead(f"p{number}@company.example", campaign=written)
    loaded(b"day,campaign,amount\n2026-09-15,FAIR,5\n")
    reporting.count_days(settings, at=LATER)

    [one] = campaign_reports.unmatched(settings.zone)

    assert (one.raw, one.visits, one.has_costs) == ("Fair", 3, True)


def test_what_came_on_a_day_that_is_not_kept_yet_waits_too(app: Flask, settings: Settings) -> None:
    a_captured_lead("ada@company.example", campaign="fair")
    loaded(b"day,campaign,amount\n2026-09-15,Fair,5\n")

    [one] = campaign_reports.unmatched(settings.zone)

    assert (one.raw, one.visits, one.last_seen) == ("fair", 1, NOON.date())
    assert seen(settings, By.SOURCE).unmatched == 0


def test_a_changed_alias_regroups_all_history_and_leaves_the_raw_values(app: Flask, settings: Settings) -> None:
    a_captured_lead("ada@analytical.example", campaign="LI_DE_2026")
    a_captured_lead("grace@compiler.example", campaign="120099")
    reporting.count_days(settings, at=LATER)
    autumn = add("Autumn", "li_*_2026", budget=100_00)

    assert figures(seen(settings, By.CAMPAIGN), "Autumn").leads == 1
    campaigning.change(autumn, Plan("Autumn push", ("li_*", "1200*"), begins=date(2026, 9, 1)), actor="cli", at=NOON)

    assert figures(seen(settings, By.CAMPAIGN), "Autumn push").leads == 2
    assert figures(seen(settings, By.CAMPAIGN), "LI_DE_2026").leads == 0
    assert {touch.campaign for touch in every(Touch)} == {"LI_DE_2026", "120099"}
    assert standings(settings)["Autumn push"].figures.leads == 2
    assert sorted(campaign_reports.raw_values("autumn PUSH", settings.zone)) == ["120099", "LI_DE_2026", "autumn PUSH"]
    campaigning.remove(autumn, actor="cli", at=NOON)
    assert figures(seen(settings, By.CAMPAIGN), "LI_DE_2026").leads == 1


def test_costs_follow_the_aliases_too(app: Flask, settings: Settings) -> None:
    a_captured_lead("ada@analytical.example", campaign="li_de_2026")
    reporting.count_days(settings, at=LATER)
    loaded(b"Day,Campaign,Cost\n2026-09-15,Push (DE),20\n2026-09-15,Nobody,5\n")

    assert seen(settings, By.CAMPAIGN).unmatched == 2500
    add("Autumn", "li_*", "push (de)")

    report = seen(settings, By.CAMPAIGN)
    assert (figures(report, "Autumn").spent, report.unmatched) == (2000, 500)
    assert [one.raw for one in campaign_reports.unmatched(settings.zone)] == ["Nobody"]


def test_a_campaign_whose_very_name_another_took_keeps_its_aliases(app: Flask) -> None:
    one = campaigning.add(Plan("One", []), actor="cli", at=NOON)
    two = campaigning.add(Plan("Two", ["second"]), actor="cli", at=NOON)

    campaigning.take(one, "Two", actor="cli", at=NOON)

    assert campaigns.plan_of(campaigns.known(two)).aliases == ["second"]
    assert campaigns.plan_of(campaigns.known(one)).aliases == ["two"]
    assert "second" in Studio(app).get(f"/studio/campaigns/{two}")


def test_a_value_of_stars_alone_is_taken_by_nobody_though_somebody_sent_it(app: Flask, settings: Settings) -> None:
    a_captured_lead("ada@analytical.example", campaign="**")
    reporting.count_days(settings, at=LATER)
    one = add("One")

    answer = Studio(app).open("POST", "/studio/campaigns/take", data={"campaign": one, "raw": "**"})

    assert answer.status_code == 422
    assert campaigns.plan_of(campaigns.known(one)).aliases == []


def test_a_value_that_waits_is_given_to_a_campaign(app: Flask, settings: Settings) -> None:
    a_captured_lead("ada@analytical.example", campaign="Mystery  7")
    reporting.count_days(settings, at=LATER)
    autumn = add("Autumn")
    assert [(one.raw, one.visits) for one in campaign_reports.unmatched(settings.zone)] == [("Mystery  7", 1)]

    campaigning.take(autumn, "Mystery  7", actor="cli", at=NOON)

    assert campaign_reports.unmatched(settings.zone) == []
    assert standings(settings)["Autumn"].figures.visits == 1


def test_an_alias_of_a_platforms_id_takes_visits_by_it_history_included(app: Flask, settings: Settings) -> None:
    a_captured_lead("ada@analytical.example", campaign="push", named_by="120099")
    a_captured_lead("grace@compiler.example", campaign="", named_by="120099\t77")
    reporting.count_days(settings, at=LATER)
    told = {(one.parameter, one.raw): (one.visits, one.is_id) for one in campaign_reports.unmatched(settings.zone)}
    assert told == {("utm_campaign", "push"): (1, False), ("id", "120099"): (2, True), ("id", "77"): (1, True)}
    assert figures(seen(settings, By.CAMPAIGN), "push").leads == 1

    autumn = add("Autumn", "120099")

    assert figures(seen(settings, By.CAMPAIGN), "Autumn").leads == 2
    assert campaign_reports.unmatched(settings.zone) == []
    behind = Sought(campaign="Autumn")
    assert finding.count(behind, zone=settings.zone) == 2
    campaigning.change(autumn, Plan("Autumn", ()), actor="cli", at=NOON)
    assert figures(seen(settings, By.CAMPAIGN), "Autumn").leads == 0
    assert {touch.named_by for touch in every(Touch)} == {"120099", "120099\t77"}


def arrive(query: str, *, at: datetime = NOON) -> None:
    with transaction():
        arrival = Arrival(None, "/guide", query, "", "", "localhost:8000")
        assert touches.record(arrival, visitor_id=None, page_id=None, at=at)


def unfilled(settings: Settings) -> dict[str, tuple[int, tuple[str, ...]]]:
    told = campaign_reports.unfilled(since=NOON - timedelta(days=1), zone=settings.zone)
    return {f"{one.parameter}={one.raw}": (one.visits, one.pages) for one in told}


def test_macros_that_a_platform_left_unfilled_are_listed_with_their_pages(app: Flask, settings: Settings) -> None:
    macros = ("%7B%7Bcampaign.name%7D%7D", "{campaignid}", "%25CAMPAIGN%25", "")
    for query in (*(f"utm_source=x&utm_campaign={macro}&utm_term=__KEY__" for macro in macros), "q={x}"):
        arrive(query)

    once = (1, ("/guide",))
    listed = {"utm_term=__KEY__": (4, ("/guide",)), "utm_campaign={{campaign.name}}": once}
    assert unfilled(settings) == listed | {"utm_campaign={campaignid}": once, "utm_campaign=%CAMPAIGN%": once}
    campaigning.take(add("Autumn"), "{CampaignId}", actor="cli", at=NOON)
    assert "utm_campaign={campaignid}" not in unfilled(settings)
    with transaction():
        assert campaigns.aliases().label_of("\t{campaignid}") == "Autumn"


def test_what_is_left_aside_waits_no_more_until_it_is_taken_back_or_comes_again(app: Flask, settings: Settings) -> None:
    a_captured_lead("ada@analytical.example", campaign="Mystery")
    reporting.count_days(settings, at=LATER)
    arrive("utm_content={{ad.name}}")
    day = NOON.date()

    campaigning.leave_aside("utm_campaign", "mystery", after=None, actor="cli", at=NOON)
    campaigning.leave_aside("utm_content", "{{ad.name}}", after=day, actor="cli", at=NOON)
    assert (campaign_reports.unmatched(settings.zone), unfilled(settings)) == ([], {})

    campaigning.take_back("utm_campaign", "Mystery", actor="cli", at=NOON)
    assert [one.raw for one in campaign_reports.unmatched(settings.zone)] == ["Mystery"]
    arrive("utm_content={{ad.name}}", at=NOON + timedelta(days=1))
    assert unfilled(settings) == {"utm_content={{ad.name}}": (2, ("/guide",))}
    with pytest.raises(ParameterRefused):
        campaigning.leave_aside("nothing", "x", after=None, actor="cli", at=NOON)


@pytest.mark.parametrize(
    "plan",
    [
        Plan("", ()),
        Plan("x" * 201, ()),
        Plan("All*", ()),
        Plan("Fine", ("*",)),
        Plan("Fine", ("**",)),
        Plan("Fine", ("taken",)),
        Plan("Taken", ()),
        Plan("Fine", (), begins=date(2026, 2, 1), ends=date(2026, 1, 1)),
    ],
)
def test_a_campaign_that_cannot_be_is_refused_and_nothing_is_kept(app: Flask, plan: Plan) -> None:
    add("Taken")

    with pytest.raises(ParameterRefused):
        campaigning.add(plan, actor="cli", at=NOON)

    assert [one.name for one in every(Campaign)] == ["Taken"]
    with pytest.raises(NotFound), transaction():
        campaigns.known("nothing")
