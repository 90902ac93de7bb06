"""What sales hears of a lead that it has: activity, corrections, withdrawal, erasure, with the same mql_id."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from capture.accounts.models import Staff
from capture.db import transaction
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from capture.handoff import afterwards, feed, kinds, mail, mqls
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import FeedEntry, Mql, Outcome, Source
from capture.journey import privacy, sales
from capture.leads import leads
from capture.leads.models import Lead
from capture.outbox.models import OutboxMessage
from capture.reports import inbox
from capture.reports.inbox import View
from capture.scoring import scores
from tests import stories
from tests.conftest import NOON
from tests.factories import a_good_lead, a_salesperson, an_event, every
from tests.factories import a_page as a_page_row
from tests.stories import a_fill, a_page, submit, the_zone

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def mql(app: Flask) -> Mql:
    """Somebody who asked to be contacted."""
    submit(a_page(), a_fill(talk=True, company="Analytical", news=True))
    [made] = every(Mql)
    return made


def told() -> list[str]:
    """What the feed tells, and that it is of the one MQL."""
    found = feed.rows(0, 100, zone=the_zone())
    assert len({row.mql_id for row in found}) == 1
    return [row.event for row in found]


def fill_again(number: int, *, at: datetime | None = None, **answers: object) -> None:
    page = a_page(f"another-{number}")
    submit(page, a_fill(**answers), form_key=f"again-{number}", at=at or NOON + number * HOUR)


def test_new_activity_is_told_once_a_day_and_not_of_what_follows_at_once(mql: Mql) -> None:
    for number in (0, 1, 2, 25, 26):
        fill_again(number)

    assert told() == [kinds.CREATED, kinds.ACTIVE, kinds.ACTIVE]


def test_a_day_of_activity_begins_at_midnight_of_the_zone_of_the_installation(mql: Mql) -> None:
    before_midnight, after_midnight, that_morning = NOON + 9 * HOUR, NOON + 11 * HOUR, NOON + 20 * HOUR  # of Berlin
    for number, at in enumerate((before_midnight, after_midnight, that_morning)):
        fill_again(number, at=at)

    active = [entry.at for entry in every(FeedEntry) if entry.kind == kinds.ACTIVE]
    assert active == [before_midnight, after_midnight]


def test_what_follows_within_the_hour_belongs_to_the_handover_but_for_who_asks_to_be_contacted(mql: Mql) -> None:
    fill_again(1, at=NOON + HOUR / 2)
    quiet = told()
    fill_again(2, at=NOON + HOUR / 2 + HOUR / 6, talk=True)

    assert (quiet, told()) == ([kinds.CREATED], [kinds.CREATED, kinds.ACTIVE])


def a_keen_mql(email: str) -> Mql:
    """Somebody whom his score handed over."""
    lead = a_good_lead(email)
    for kind in (EventKind.FORM_SUBMITTED, EventKind.WEBINAR_ATTENDED):
        an_event(kind, lead, a_page_row(), at=NOON)
    with transaction():
        made = mqls.qualify(lead.id, scores.after(lead.id, at=NOON), sla_hours=24, at=NOON)
    assert made
    return made


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.QUALIFIED, Outcome.OPPORTUNITY])
def test_whoever_works_on_it_hears_of_each_time_that_the_person_asks_to_be_contacted(
    app: Flask, outcome: Outcome
) -> None:
    sam = a_salesperson("Sam")
    made = a_keen_mql("ada@analytical.example")
    sales.decide(made.public_id, Decision(outcome), Teller(sam.public_id, Source.STUDIO), at=NOON)
    fill_again(2)
    before = told()

    for hours in (3, 4):
        fill_again(hours, talk=True)

    [first, second] = [one for one in every(OutboxMessage) if one.kind == "mql_asked_again"]
    letter = mail.mql_asked_again(stories.settings(), first.payload | {"key": first.idempotency_key})
    assert letter
    assert letter.to == sam.email
    assert "asked to be contacted" in letter.text
    assert f"/studio/mqls/{made.public_id}" in letter.text
    assert second.idempotency_key != first.idempotency_key
    assert told() == [*before, kinds.ACTIVE, kinds.ACTIVE]
    assert feed.rows(0, 1, zone=the_zone())[0].why.endswith("has asked to be contacted since")


def test_a_customer_who_asks_to_be_contacted_waits_in_the_inbox_of_whoever_won_him(app: Flask) -> None:
    sam = a_salesperson("Sam")
    won = a_keen_mql("ada@analytical.example")
    sales.decide(won.public_id, Decision(Outcome.WON), Teller(sam.public_id, Source.STUDIO), at=NOON)
    rhys = a_salesperson("Rhys")
    fill_again(2)
    assert [mql.public_id for mql in every(Mql)] == [won.public_id]

    fill_again(3, talk=True)
    fill_again(4, talk=True)

    _, new = every(Mql)
    assert (new.cycle, new.reason, new.owner_id, new.routed_by) == (2, "hand_raised", sam.id, "won this customer")
    assert new.due_at > NOON + 3 * HOUR
    [group] = inbox.inbox(View.MINE, sam.id, at=NOON + 5 * HOUR).groups()
    assert (group[0], [line.mql_id for line in group[1]]) == ("Asked for contact", [new.public_id])
    assert inbox.inbox(View.MINE, rhys.id, at=NOON + 5 * HOUR).lines == []
    assert every(Mql)[0].outcome is Outcome.WON
    mailed = [(one.kind, one.payload["mql_id"]) for one in every(OutboxMessage) if one.kind.startswith("mql_")]
    assert mailed == [("mql_alert", won.id), ("mql_alert", new.id)]


def test_a_customer_whose_salesperson_left_goes_to_a_colleague(app: Flask) -> None:
    sam = a_salesperson("Sam")
    won = a_keen_mql("ada@analytical.example")
    sales.decide(won.public_id, Decision(Outcome.WON), Teller(sam.public_id, Source.STUDIO), at=NOON)
    rhys = a_salesperson("Rhys")
    with transaction() as writing:
        writing.get_one(Staff, sam.id).disabled_at = NOON + HOUR

    fill_again(3, talk=True)

    assert [(mql.owner_id, mql.routed_by) for mql in every(Mql)][1:] == [(rhys.id, "round robin")]


def test_a_lead_that_sales_gave_back_is_marketings_again(mql: Mql) -> None:
    by = Teller("sam", Source.STUDIO)
    sales.decide(mql.public_id, Decision(Outcome.REJECTED, reason="competitor"), by, at=NOON)

    fill_again(30)

    assert told() == [kinds.CREATED, kinds.ANSWERED]


def test_what_becomes_known_or_changes_is_told(mql: Mql) -> None:
    fill_again(0)
    fill_again(2, company="Analytical Ltd")

    assert told() == [kinds.CREATED, kinds.CORRECTED, kinds.ACTIVE]
    assert feed.rows(0, 9, zone=the_zone())[-1].company.name == "Analytical Ltd"


def test_a_withdrawal_is_told_and_the_row_says_that_one_may_not_write(mql: Mql) -> None:
    lead = every(Lead)[0].public_id

    for _ in range(2):
        privacy.withdraw(lead, at=NOON + HOUR)

    assert told() == [kinds.CREATED, kinds.WITHDRAWN]
    row = feed.rows(0, 9, zone=the_zone())[-1]
    assert (row.consent.may_mail, row.consent.mail) == (False, "No, withdrawn on 15 September 2026")
    assert row.what == "The person does not want to be contacted any more"


def test_who_agrees_again_is_told_of_and_so_is_a_second_withdrawal_on_one_day(mql: Mql) -> None:
    lead = every(Lead)[0].public_id

    privacy.withdraw(lead, at=NOON + HOUR)
    fill_again(2, news=True)
    again = feed.rows(0, 9, zone=the_zone())[-2]
    privacy.withdraw(lead, at=NOON + 3 * HOUR)

    assert told() == [kinds.CREATED, kinds.WITHDRAWN, kinds.CORRECTED, kinds.ACTIVE, kinds.WITHDRAWN]
    assert again.consent.may_mail


def test_an_erasure_is_told_with_nothing_of_the_person_in_the_row(mql: Mql) -> None:
    with transaction() as writing:
        lead = writing.get_one(Lead, mql.lead_id)
        lead.email = lead.first_name = lead.last_name = lead.company = ""
        lead.erased_at = NOON
        afterwards.tell(mql.lead_id, kinds.ERASED, at=NOON)

    assert told() == [kinds.CREATED, kinds.ERASED]
    assert feed.rows(0, 9, zone=the_zone())[-1].person.email == ""


def test_who_looks_on_is_not_told_of(mql: Mql) -> None:
    page = a_page("another")
    submit(page, a_fill(email="grace@compiler.example"), form_key="grace", at=NOON + 2 * HOUR)

    assert told() == [kinds.CREATED]
    assert len(every(EngagementEvent)) > 2


def test_what_a_machine_did_or_perhaps_nobody_is_no_activity_and_an_hour_ends_on_its_last_moment(mql: Mql) -> None:
    page, [lead] = a_page_row(), every(Lead)

    def done(verdict: Verdict) -> list[str]:
        an_event(EventKind.MAGNET_DOWNLOADED, lead, page, at=NOON + HOUR, verdict=verdict)
        with transaction():
            afterwards.note(leads.hold(lead.id), zone=stories.settings().zone, at=NOON + HOUR)
        return told()

    assert done(Verdict.MACHINE) == done(Verdict.UNPROVEN) == [kinds.CREATED]
    assert done(Verdict.HUMAN) == [kinds.CREATED, kinds.ACTIVE]
