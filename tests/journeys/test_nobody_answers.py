"""No answer is no yes: the owner is reminded, an admin is told, a colleague takes over; each once, in working hours."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from capture import clock, languages
from capture.accounts.models import Role, Staff
from capture.engagement.models import EventKind
from capture.handoff import mail, owners, pressing
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Disposition, FeedEntry, Mql, Outcome, Source
from capture.handoff.reps import Work
from capture.handoff.routing import Facts
from capture.journey import sales
from capture.journey import staff as staff_journey
from capture.outbox.models import OutboxMessage
from capture.reports import answers
from tests import stories
from tests.factories import NOON, a_good_lead, a_page, a_salesperson, an_event, an_mql, every
from tests.web.studio import Studio

HOUR = timedelta(hours=1)
UTC_ZONE = ZoneInfo("UTC")


def press_on(at: datetime) -> list[str]:
    """What is sent then."""
    before = len(every(OutboxMessage))
    for _ in range(3):
        sales.press_on(sla_hours=24, at=at)
    return [message.kind for message in every(OutboxMessage)[before:]]


def works(person: Staff, **how: object) -> None:
    sales.set_work(person.public_id, Work(zone="Europe/Berlin", **how), actor="cli", at=NOON)  # type: ignore[arg-type]


def turns(number: int) -> list[int | None]:
    return [an_mql().owner_id for _ in range(number)]


def test_the_owner_is_reminded_once_then_an_admin_is_told_and_a_colleague_takes_over(app: Flask) -> None:
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    an_mql()

    sent = {hour: press_on(NOON + hour * HOUR) for hour in (17, 18, 23, 24, 25)}

    assert sent == {17: [], 18: ["mql_reminder"], 23: [], 24: ["mql_escalation", "mql_alert"], 25: []}
    [mql] = every(Mql)
    assert (ann.id, mql.owner_id, mql.due_at) == (ann.id, bob.id, NOON + 48 * HOUR)
    assert [entry.kind for entry in every(FeedEntry)] == ["mql.created", "mql.passed_on"]
    assert every(Disposition) == []


def test_once_everybody_had_it_an_admin_is_told_and_it_stays(app: Flask) -> None:
    a_salesperson("Ann")
    bob = a_salesperson("Bob")
    an_mql()
    press_on(NOON + 24 * HOUR)

    assert press_on(NOON + 48 * HOUR) == ["mql_escalation"]
    assert press_on(NOON + 49 * HOUR) == []
    why = pressing.why_it_stays(every(Mql)[0], at=NOON + 49 * HOUR)
    assert "Ann and Bob let the time pass" in why
    assert "Ann und Bob ließen die Zeit verstreichen" in languages.said(why, languages.of("de"))
    assert every(Mql)[0].owner_id == bob.id


def test_what_waits_for_somebody_who_left_by_any_way_goes_on_and_to_whoever_comes_free(app: Flask) -> None:
    ann = a_salesperson("Ann")
    an_mql()
    staff_journey.add_person(ann.email, "Ann", Role.MARKETER, actor="cli", at=NOON)

    assert press_on(NOON + HOUR) == ["mql_alert"]
    assert every(Mql)[0].owner_id is None

    cid = a_salesperson("Cid")
    assert press_on(NOON + 1.5 * HOUR) == []
    assert press_on(NOON + 2 * HOUR) == ["mql_alert"]
    assert every(Mql)[0].owner_id == cid.id
    assert [entry.kind for entry in every(FeedEntry)] == ["mql.created", "mql.passed_on", "mql.passed_on"]


def test_whoever_comes_free_later_takes_it_over_and_the_admin_hears_of_it_each_week(app: Flask) -> None:
    a_salesperson("Ann")
    an_mql()
    press_on(NOON + 24 * HOUR)
    weekly = [press_on(NOON + 24 * HOUR + timedelta(days=days)) for days in (1, 7, 8, 14)]
    cid = a_salesperson("Cid")

    later = NOON + timedelta(days=20)

    assert weekly == [[], ["mql_escalation"], [], ["mql_escalation"]]
    assert press_on(later) == ["mql_alert"]  # of these two weeks the admin has heard
    [mql] = every(Mql)
    assert (mql.owner_id, mql.due_at, mql.escalations) == (cid.id, later + 24 * HOUR, 1)


def test_what_is_nobodys_goes_to_the_first_who_is_free_before_its_time_is_over(app: Flask) -> None:
    an_mql()
    assert press_on(NOON + 18 * HOUR) == []
    ann = a_salesperson("Ann")

    assert (press_on(NOON + 18 * HOUR), press_on(NOON + 19 * HOUR)) == ([], ["mql_alert"])
    [mql] = every(Mql)
    assert (mql.owner_id, mql.routed_by, mql.escalations) == (ann.id, "round robin", 0)


def test_for_what_found_nobody_somebody_is_sought_again_after_an_hour(app: Flask) -> None:
    ann = a_salesperson("Ann")
    works(ann, daily=1)
    an_mql()
    an_mql()
    works(ann)

    assert (press_on(NOON + HOUR - timedelta(seconds=1)), press_on(NOON + HOUR)) == ([], ["mql_alert"])
    assert [mql.owner_id for mql in every(Mql)] == [ann.id] * 2


def test_another_owner_does_not_put_off_what_sales_had_promised(app: Flask) -> None:
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    late, passed, quick = an_mql(), an_mql(), an_mql()
    other = {ann.id: bob, bob.id: ann}[passed.owner_id or 0]
    sales.pass_on(passed.public_id, other.public_id, sla_hours=24, actor="cli", at=NOON + 23 * HOUR)
    press_on(NOON + 24 * HOUR)
    accepted = Decision(Outcome.ACCEPTED), Teller("ann", Source.STUDIO)
    sales.decide(quick.public_id, *accepted, at=NOON + 24 * HOUR)
    for mql in (late, passed):
        sales.decide(mql.public_id, *accepted, at=NOON + 45 * HOUR)

    told = answers.between(NOON.date(), NOON.date(), zone=UTC_ZONE, at=NOON + 48 * HOUR)

    assert (told.handed_over, told.answered, told.in_time) == (3, 3, 1)
    assert all(mql.due_at > NOON + 45 * HOUR for mql in every(Mql) if mql.id != quick.id)


def test_who_has_answered_is_not_pressed(app: Flask) -> None:
    a_salesperson("Ann")
    mql = an_mql()
    sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), Teller("ann", Source.STUDIO), at=NOON)

    assert [press_on(NOON + hour * HOUR) for hour in (18, 24, 48)] == [[], [], []]


def test_what_lay_while_nobody_looked_is_escalated_all_the_same(app: Flask) -> None:
    a_salesperson("Ann")
    a_salesperson("Bob")
    an_mql()

    assert press_on(NOON + timedelta(days=90)) == ["mql_escalation", "mql_alert"]


def test_the_mails_say_who_waits_by_when_and_who_has_it_now(app: Flask) -> None:
    staff_journey.add_person("boss@northwind.example", "Boss", Role.ADMIN, actor="cli", at=NOON)
    a_salesperson("Ann")
    a_salesperson("Bob")
    an_mql()
    press_on(NOON + 18 * HOUR)
    press_on(NOON + 24 * HOUR)

    told = {message.kind: message.payload | {"key": message.idempotency_key} for message in every(OutboxMessage)}
    escalation = mail.mql_escalation(stories.settings(), told["mql_escalation"])
    reminder = mail.mql_reminder(stories.settings(), told["mql_reminder"])

    assert escalation
    assert escalation.to == "boss@northwind.example"
    assert "handed over to Ann, and nobody has answered in time. Bob has it now" in escalation.text
    assert reminder
    assert "Please accept or reject by" in reminder.text


def test_the_time_to_answer_counts_the_hours_of_the_owner(app: Flask) -> None:
    works(a_salesperson("Ann"), week="Mon-Fri 09:00-17:00", off="2026-09-17")
    lead = a_good_lead()
    for kind in (EventKind.FORM_SUBMITTED, EventKind.WEBINAR_ATTENDED, EventKind.MAGNET_DOWNLOADED):
        an_event(kind, lead, a_page())

    mql = an_mql(lead, hand_raised=False)  # on Tuesday at 14:00 in Berlin

    assert mql.due_at == datetime(2026, 9, 21, 12, tzinfo=UTC)


def test_whoever_asked_is_answered_within_one_working_day_of_the_owner(app: Flask) -> None:
    ann = a_salesperson("Ann")
    works(ann, week="Mon-Fri 09:00-17:00", off="2026-09-16")
    an_mql()
    bob = a_salesperson("Bob")  # of whom no hours are known
    passed = an_mql()

    assert [(mql.owner_id, mql.due_at) for mql in every(Mql)] == [
        (ann.id, datetime(2026, 9, 17, 12, tzinfo=UTC)),
        (bob.id, NOON + 24 * HOUR),
    ]
    sales.pass_on(passed.public_id, ann.public_id, sla_hours=72, actor="cli", at=NOON)
    assert {mql.due_at for mql in every(Mql)} == {datetime(2026, 9, 17, 12, tzinfo=UTC)}


def test_whoever_leaves_before_the_time_is_over_is_passed_over_but_where_all_do(app: Flask) -> None:
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    works(ann, week="Mon-Fri 09:00-17:00", off="2026-09-16 to 2026-10-06")
    works(bob, week="Mon-Fri 09:00-17:00")

    assert turns(3) == [bob.id] * 3
    works(bob, week="Mon-Fri 09:00-17:00", off="2026-09-16")
    assert set(turns(2)) == {ann.id, bob.id}


def test_mqls_go_round_by_share_and_past_who_is_away_or_has_enough(app: Flask) -> None:
    ann, bob, cid = a_salesperson("Ann"), a_salesperson("Bob"), a_salesperson("Cid")
    works(ann, weight=2)
    works(bob, weekly=2)
    works(cid, off="2026-09-14 to 2026-09-20")

    given = turns(8)

    assert (given.count(ann.id), given.count(bob.id), given.count(cid.id)) == (6, 2, 0)
    assert given[:6].count(ann.id) == 4
    with app.app_context():
        turn = owners.next_owner(Facts("", "", (), "", ""), sla_hours=24, at=NOON, without=[ann.id])
    assert turn.staff_id is None


@pytest.mark.parametrize(
    "wrong",
    [{"zone": "Mars"}, {"week": "always"}, {"weight": "0"}, {"weekly": "many"}, {"daily": "0"}, {"crm_ids": "x"}],
)
def test_how_somebody_works_is_set_in_the_studio_or_refused(app: Flask, wrong: dict[str, str]) -> None:
    ann, studio = a_salesperson("Ann"), Studio(app, Role.ADMIN)
    known = {"zone": "Europe/Berlin", "week": "Mon-Fri 09:00-17:00", "weight": "2", "weekly": "", "crm_ids": "sf = 5"}

    place, screen = f"/studio/mqls/team/{ann.public_id}", "/studio/mqls/team"
    assert "Nothing was changed" in studio.post_seen(place, 422, on=screen, **known | wrong)
    studio.post_seen(place, on=screen, **known)

    assert "Mon-Fri 09:00-17:00" in studio.get("/studio/mqls/team")


def test_why_what_is_overdue_stays_is_said_on_its_screen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    a_salesperson("Ann")
    mql = an_mql()
    screen = f"/studio/mqls/{mql.public_id}"
    studio = Studio(app)
    assert "overdue" not in studio.get(screen)

    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=1, hours=1))
    assert "a colleague takes over within a minute" in studio.get(screen)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=9))

    assert press_on(NOON + timedelta(days=9)) == ["mql_escalation"]
    assert "Each hour it is tried whether a colleague is free" in studio.get(screen)
