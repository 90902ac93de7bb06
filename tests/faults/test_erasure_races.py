"""Somebody is erased while his form, his page view, his list, his mail and his webhook are under way: nothing stays."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from capture import clock
from capture.attribution.models import Touch
from capture.catalogue.models import Edition
from capture.db import db, session
from capture.delivery import mail as delivery_mail
from capture.delivery.models import Grant
from capture.errors import NotFound, PersonErased
from capture.handoff import kinds
from capture.handoff.models import FeedEntry, Mql
from capture.handoff.webhooks import deliveries
from capture.handoff.webhooks.models import WebhookAttempt, WebhookDelivery
from capture.journey import importing, privacy, reader, visitor
from capture.journey import webhooks as webhook_journey
from capture.leads import submissions
from capture.leads.imports import Said
from capture.leads.models import Lead, LeadAddress, LeadVisitor, Submission
from capture.outbox import mail
from capture.outbox.posting import Answer
from capture.pages.pages import LivePage
from capture.worker import Worker
from tests.factories import NOON, every
from tests.faults.test_handoff_races import at_once
from tests.journeys.test_erasure import left_over
from tests.stories import a_fill, a_page, an_arrival, settings, submit, the_zone

pytestmark = pytest.mark.real_commits

ROUNDS = 12
GRACE = "grace@compiler.example"
LIST = b"Mail,Name\ngrace@compiler.example,Grace Hopper\n"


def quietly(act: Callable[[], object]) -> None:
    """Whoever comes too late is told so."""
    with suppress(PersonErased, NotFound):
        act()


def at_the_same_time(page: LivePage, turn: int) -> list[Callable[[], object]]:
    """A lead, a fill that waits and a list with him in it; then all that may happen while he is erased."""
    at, fill = clock.now(), a_fill(email=GRACE, first_name="Grace", last_name="Hopper", talk=True)
    given = submit(page, fill, form_key=f"first-{turn}")
    waits = submit(page, fill, form_key=f"waits-{turn}", suspicion="too fast")
    listed = importing.look_at(f"list-{turn}.csv", LIST, actor="cli", at=at).import_id
    told = Said(("email", "name"), "Fair", NOON.date(), "mail", "You may write to me.")
    importing.describe(listed, told, at=at)
    importing.begin(listed, actor="cli", at=at)
    seen = an_arrival(
        cookie=given.new_cookie, query="utm_term=Hopper", referrer="https://mail.example/?to=grace@compiler.example"
    )
    [edition] = every(Edition)
    redeem = partial(reader.redeem_link, by_mail=True, settings=settings(), at=at)
    return [
        partial(privacy.erase, GRACE, actor="cli", at=at),
        partial(visitor.arrive, page.slug, seen, settings=settings(), at=at),
        partial(redeem, given.grant, seen),
        partial(redeem, waits.grant, an_arrival()),
        partial(reader.hand_out, given.grant, edition.id, seen, length=9, start=0, stop=9, settings=settings(), at=at),
        partial(importing.run, settings(), {"import_id": listed}),
        partial(submit, page, fill, form_key=f"second-{turn}"),
    ]


def test_what_is_under_way_while_somebody_is_erased_is_somebody_new_or_leaves_nothing(app: Flask) -> None:
    page = a_page()
    for turn in range(ROUNDS):
        at_once(app, [partial(quietly, act) for act in at_the_same_time(page, turn)])

        # The fill came before, and went with the rest, or after, and is somebody new: never half of each.
        living = [lead for lead in every(Lead) if lead.erased_at is None]
        assert len(living) == len(every(LeadAddress)) <= 1
        assert all(submissions.of_lead(lead.id) for lead in living)
        erased = {lead.id for lead in every(Lead)} - {lead.id for lead in living}
        handed = [mql.id for mql in every(Mql) if mql.lead_id in erased]
        told = [entry.kind for entry in every(FeedEntry) if entry.mql_id in handed]
        assert told.count(kinds.ERASED) == len(handed)
        if living:
            privacy.erase(GRACE, actor="cli", at=clock.now() + timedelta(seconds=1))
        assert [place for place in left_over() if not place.startswith("touch.")] == []  # a stranger may come by the ad
    theirs = select(Touch).where(Touch.visitor_id.in_(select(LeadVisitor.visitor_id)))
    assert not any(touch.raw_query or touch.referrer for touch in session().scalars(theirs))
    assert not any(fill.answers for fill in every(Submission))
    db.session.remove()


def test_what_is_being_sent_meanwhile_leaves_nothing_behind_either(app: Flask) -> None:
    webhook_journey.add("https://crm.example/hook", "CRM", (kinds.CREATED,), trusted=(), actor="cli", at=clock.now())
    submit(a_page(), a_fill(email=GRACE, last_name="Hopper", talk=True))
    [grant] = every(Grant)
    letter = delivery_mail.magnet_mail(settings(), {"grant_id": grant.id, "key": f"magnet_mail:{grant.id}"})
    sent = deliveries.prepare(every(WebhookDelivery)[0].id, zone=the_zone(), at=clock.now())
    assert letter is not None
    assert b"Hopper" in sent.body
    session().commit()
    worker = Worker(app)

    privacy.erase(GRACE, actor="cli", at=clock.now())
    db.session.remove()
    assert worker.do_one("slow")
    mail.send(settings(), letter)
    webhook_journey.note(sent, Answer(200, f"Thanks for {GRACE}", 9), at=clock.now())

    [attempt] = every(WebhookAttempt)
    assert (attempt.status, attempt.answer, attempt.headers) == (200, "", {})
    assert left_over() == []
    assert any(GRACE in kept.to for kept in mail.kept(settings()))
    db.session.remove()
    with pytest.MonkeyPatch.context() as later:
        later.setattr(clock, "now", lambda: NOON + privacy.ONCE_MORE + timedelta(seconds=1))
        assert worker.do_one("slow")
    assert not any(GRACE in kept.to for kept in mail.kept(settings()))
