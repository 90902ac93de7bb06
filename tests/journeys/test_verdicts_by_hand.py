"""Somebody of staff says that it was a machine, or a person: the score, sales and the reports follow."""

from datetime import timedelta

import pytest
from flask import Flask

from capture.accounts.models import AuditEntry
from capture.config import Settings
from capture.db import transaction
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from capture.errors import NotFound
from capture.handoff import feed, kinds, mail, permissions
from capture.handoff.models import Mql
from capture.journey import judging, merging, privacy, reporting
from capture.leads.models import Lead
from capture.outbox.models import OutboxMessage
from capture.pages.models import Page
from capture.reports import daily
from capture.reports.models import DailyFigure
from capture.scoring import ledger, preset, rulesets, scores
from tests import stories
from tests.factories import NOON, a_good_lead, a_lead, a_page, a_salesperson, an_event, an_mql, every
from tests.stories import the_zone

DAY = timedelta(days=1)


@pytest.fixture
def settings(app: Flask) -> Settings:
    return stories.settings()


def judge(lead: Lead, event_id: int, verdict: Verdict, because: str = "Our mail scanner") -> None:
    at = NOON + DAY
    judging.judge(
        lead.public_id,
        event_id,
        verdict,
        because,
        name="Mara",
        settings=stories.settings(),
        actor="mara",
        at=at,
    )


def engagement(lead: Lead) -> int:
    return scores.current(lead.id, at=NOON + DAY).engagement


def almost(page: Page) -> tuple[Lead, int]:
    """A good lead, one act short of the threshold, and that act, of which nobody knows who it was."""
    lead = a_good_lead()
    an_event(EventKind.FORM_SUBMITTED, lead, page)
    an_event(EventKind.WEBINAR_REGISTERED, lead, page)
    return lead, an_event(EventKind.WEBINAR_ATTENDED, lead, page, verdict=Verdict.UNPROVEN)


def test_what_a_machine_did_gives_no_points_and_the_day_before_stays_as_it_was(app: Flask) -> None:
    lead, other, page = a_good_lead(), a_good_lead(), a_page()
    acts = [an_event(EventKind.FORM_SUBMITTED, one, page) for one in (lead, other)]
    with transaction():
        for one in (lead, other):
            scores.after(one.id, at=NOON)

    judge(lead, acts[0], Verdict.MACHINE)

    assert (engagement(lead), engagement(other)) == (0, 14)
    assert scores.current(lead.id, at=NOON).engagement == 15
    [entry] = [one for one in every(AuditEntry) if one.action == "event.judged"]
    assert (entry.actor, entry.subject, entry.detail["verdict"]) == ("mara", f"lead:{lead.public_id}", "machine")
    assert every(EngagementEvent)[0].reason == "Mara says so: Our mail scanner"


def test_what_a_person_did_after_all_may_make_an_mql_at_once(app: Flask) -> None:
    lead, act = almost(a_page())

    judge(lead, act, Verdict.HUMAN, "He spoke in it")

    [made] = every(Mql)
    assert (made.lead_id, made.reason.value) == (lead.id, "score")
    assert [row.event for row in feed.rows(0, 9, zone=the_zone())] == [kinds.CREATED]
    judge(lead, act, Verdict.HUMAN, "Said once more")
    assert len(every(Mql)) == len(feed.rows(0, 9, zone=the_zone())) == 1
    assert every(EngagementEvent)[-1].reason == "Mara says so: He spoke in it"


def test_sales_hears_that_what_it_was_told_was_a_machines_and_that_nobody_asked_to_be_contacted(
    app: Flask, settings: Settings
) -> None:
    ann, lead = a_salesperson("Ann"), a_lead("ada@analytical.example", name="Ada")
    act = an_event(EventKind.CONTACT_REQUESTED, lead, a_page())
    mql, bystander = an_mql(lead), an_mql()
    assert permissions.of([lead.id], zone=the_zone())[lead.id].may_mail

    judge(lead, act, Verdict.MACHINE, "It fills in every form")

    [told] = [row for row in feed.rows(0, 9, zone=the_zone()) if row.event == kinds.CORRECTED]
    assert (told.mql_id, told.consent.may_mail, told.timeline.summary) == (mql.public_id, False, "Nothing yet")
    assert bystander.public_id != mql.public_id
    [message] = [one for one in every(OutboxMessage) if one.kind == "lead_corrected"]
    letter = mail.lead_corrected(settings, message.payload | {"key": message.idempotency_key})
    assert letter
    assert letter.to == ann.email
    assert "- Ada. May one write? No, never agreed" in letter.text


def test_where_contact_is_as_it_was_the_feed_tells_of_it_and_nobody_is_mailed(app: Flask) -> None:
    a_salesperson("Ann")
    lead = a_good_lead()
    act = an_event(EventKind.PAGE_VIEWED, lead, a_page())
    an_mql(lead)

    judge(lead, act, Verdict.MACHINE)

    assert [row.event for row in feed.rows(0, 9, zone=the_zone())] == [kinds.CREATED, kinds.CORRECTED]
    assert "lead_corrected" not in {one.kind for one in every(OutboxMessage)}


def test_a_download_that_was_a_machines_is_counted_in_no_report(app: Flask, settings: Settings) -> None:
    on = NOON - 9 * DAY
    lead, page = a_lead(at=on), a_page()
    acts = [an_event(EventKind.MAGNET_DOWNLOADED, lead, page, at=on) for _ in range(2)]
    day = daily.a_day(on.date(), settings.zone)
    before = [downloads(settings), sum(row["downloads"] for row in daily.count(day))]

    judge(lead, acts[0], Verdict.MACHINE)

    assert (before, downloads(settings)) == ([2, 2], 1)


def downloads(settings: Settings) -> int:
    """As they are kept, once what is to be counted is counted."""
    while reporting.count_days(settings, at=NOON + DAY):
        pass
    return sum(row.downloads for row in every(DailyFigure))


def test_rules_that_are_on_their_way_hear_of_it(app: Flask) -> None:
    lead, page = a_good_lead(), a_page()
    act = an_event(EventKind.FORM_SUBMITTED, lead, page)
    with transaction():
        scores.after(lead.id, at=NOON)
        number = rulesets.create(preset.DEFAULT, at=NOON)
        scores.prepare(number, [lead.id], at=NOON)

    judge(lead, act, Verdict.MACHINE)

    with transaction():
        rulesets.activate(number, at=NOON + DAY)
    assert scores.current(lead.id, at=NOON + DAY).rule_version == number
    assert engagement(lead) == 0


def test_of_a_merged_person_all_may_be_judged_and_nothing_of_anybody_else(app: Flask, settings: Settings) -> None:
    kept, merged, other, page = a_good_lead(), a_lead(), a_lead(), a_page()
    act, foreign = (an_event(EventKind.FORM_SUBMITTED, one, page) for one in (merged, other))
    merging.merge(kept.public_id, merged.public_id, note="", settings=settings, actor="cli", at=NOON)
    before = engagement(kept)

    judge(kept, act, Verdict.MACHINE)

    assert (before, engagement(kept)) == (14, 0)
    with pytest.raises(NotFound):
        judge(kept, foreign, Verdict.MACHINE)


@pytest.mark.parametrize("kind", [EventKind.LINK_FORWARDED, EventKind.CONTACT_WITHDRAWN, EventKind.MET_IN_PERSON])
def test_what_no_browser_of_the_lead_did_is_not_judged(app: Flask, kind: EventKind) -> None:
    lead = a_lead()
    act = an_event(kind, lead, a_page(), verdict=Verdict.UNPROVEN)

    with pytest.raises(NotFound):
        judge(lead, act, Verdict.HUMAN)


def test_the_reason_goes_with_the_person_who_is_erased(app: Flask) -> None:
    lead = a_lead("ada@analytical.example")
    act = an_event(EventKind.FORM_SUBMITTED, lead, a_page())
    judge(lead, act, Verdict.MACHINE, "Ada told us on the phone")

    privacy.erase(lead.email, actor="cli", at=NOON + 2 * DAY)

    assert [(one.reason, one.detail) for one in every(EngagementEvent)] == [("", {})]
    assert ledger.of(lead.id, 1) == []
    with pytest.raises(NotFound):
        judge(lead, act, Verdict.HUMAN)
