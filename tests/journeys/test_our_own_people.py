"""Our own people are in no number, from when they are known as ours; what they did before included."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from capture.accounts.models import Role
from capture.config import Settings
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Mql, Outcome, Source
from capture.journey import reporting, sales, staff, visitor
from capture.leads.models import ExclusionKind, Lead
from capture.reports import answers, days, kpis, pages, proposals, simulation
from capture.reports.kpis import By
from capture.scoring import preset
from tests import stories
from tests.conftest import NOON
from tests.factories import every
from tests.web.studio import Studio

DAY = timedelta(days=1)


def comes_and_is_handed_over(email: str) -> None:
    """Somebody looks at the page, fills it two days later, fetches the document, and is accepted by sales."""
    at, of = NOON - 10 * DAY, stories.settings()
    cookie = visitor.arrive("guide", stories.an_arrival(query="utm_source=linkedin"), settings=of, at=at)
    told = stories.a_fill(email=email, talk=True)
    page = stories.an_arrival(cookie=cookie)
    given = visitor.submit_form("guide", told, page, form_key=email, suspicion=None, settings=of, at=at + 2 * DAY)
    stories.download(given, cookie=cookie)
    newest = every(Mql)[-1].public_id
    sales.decide(newest, Decision(Outcome.ACCEPTED, None), Teller("cli", Source.STUDIO), at=at + 3 * DAY)


def numbers(settings: Settings, *, at: datetime = NOON) -> list[tuple[int, ...]]:
    """Everything that is counted: of the seven figures, of the days and pages, of sales and of the simulator."""
    while reporting.count_days(settings, at=at):
        pass
    since, zone = NOON.date() - 20 * DAY, settings.zone
    report = kpis.report(since, NOON.date(), By.WEEK, zone=zone, rates=reporting.rates(settings), at=at)
    told, by_day = report.whole, days.of("guide", zone=zone, at=at)
    assert by_day
    said = answers.between(since, NOON.date(), zone=zone, at=at)
    [page] = pages.overview(at=at).pages
    then = simulation.simulate(preset.DEFAULT, preset.DEFAULT, zone=zone, at=at)
    return [
        (told.visits, told.fills, told.leads, told.ripened, told.mqls, told.accepted),
        (by_day.whole.visits, by_day.whole.fills, by_day.whole.downloads),
        (said.handed_over, said.answered),
        (page.visitors, page.fills, page.downloads, page.mqls),
        (then.leads, then.raised, len(proposals._cases(preset.DEFAULT))),  # the last: what points are learned from
    ]


def put_on_the_list(lines: str, *, seconds: int = 1) -> None:
    at = NOON + timedelta(seconds=seconds)
    sales.never_hand_over(ExclusionKind.STAFF, lines.encode(), actor="cli", at=at)


def give_access() -> None:
    staff.add_person("imke@mail.northwind.example", "Imke", Role.SALES, actor="cli", at=NOON + timedelta(seconds=1))


@pytest.mark.parametrize("become", [lambda: put_on_the_list("northwind.example"), give_access])
def test_who_becomes_ours_leaves_all_numbers(app: Flask, settings: Settings, become: Callable[[], None]) -> None:
    stories.a_page("guide", at=NOON - 30 * DAY)
    for email in ("ada@analytical.example", "imke@mail.northwind.example"):
        comes_and_is_handed_over(email)
    assert [set(told) for told in numbers(settings)] == [{2}] * 5

    become()

    assert [set(told) for told in numbers(settings, at=NOON + DAY)] == [{1}] * 5


def test_who_was_ours_from_the_start_counts_once_he_is_off_the_list(app: Flask, settings: Settings) -> None:
    page = stories.a_page("guide", at=NOON - 30 * DAY)
    put_on_the_list("northwind.example", seconds=-9)
    stories.submit(page, stories.a_fill(email="imke@northwind.example"), at=NOON - DAY)
    assert numbers(settings)[0][:3] == (0, 0, 0)

    put_on_the_list("elsewhere.example")

    assert numbers(settings, at=NOON + DAY)[0][:3] == (1, 1, 1)


def test_a_fill_in_a_preview_is_nobodys(app: Flask) -> None:
    studio = Studio(app)
    draft = studio.start()

    studio.post(f"{draft}/landing", 405, email="mara@northwind.example")

    assert every(Lead) == []
