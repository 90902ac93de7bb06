from datetime import timedelta

from flask import Flask

from capture.attribution import visitors
from capture.db import transaction
from capture.engagement import events, timeline
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from tests.factories import NOON, a_lead, a_page, an_event, every


def a_visitor() -> int:
    with transaction():
        return visitors.mint(at=NOON)[0].id


def test_an_event_with_a_known_key_is_counted_once(app: Flask) -> None:
    lead = a_lead()

    with transaction():
        once = [
            events.record(
                EventKind.MAGNET_DOWNLOADED,
                at=NOON,
                lead_id=lead.id,
                verdict=Verdict.HUMAN,
                reason="took every byte",
                dedupe_key="download:1",
            )
            for _ in range(3)
        ]

    assert [event is not None for event in once] == [True, False, False]
    assert len(every(EngagementEvent)) == 1


def test_a_visitor_who_fills_in_a_form_brings_what_he_did_before(app: Flask) -> None:
    lead, stranger = a_lead(), a_lead()
    visitor, bystander = a_visitor(), a_visitor()
    an_event(EventKind.PAGE_VIEWED, visitor_id=visitor, verdict=Verdict.UNPROVEN)
    an_event(EventKind.PAGE_VIEWED, visitor_id=visitor, verdict=Verdict.MACHINE)
    an_event(EventKind.PAGE_VIEWED, stranger, visitor_id=visitor, verdict=Verdict.UNPROVEN)
    an_event(EventKind.PAGE_VIEWED, visitor_id=bystander, verdict=Verdict.UNPROVEN)
    an_event(EventKind.PAGE_VIEWED, visitor_id=visitor, verdict=Verdict.UNPROVEN, at=NOON + timedelta(days=1))

    with transaction():
        claimed = events.claim(visitor, lead.id, at=NOON + timedelta(hours=1))

    assert claimed == 2
    assert [(event.lead_id, event.verdict) for event in every(EngagementEvent)] == [
        (lead.id, Verdict.HUMAN),
        (lead.id, Verdict.MACHINE),
        (stranger.id, Verdict.UNPROVEN),
        (None, Verdict.UNPROVEN),
        (None, Verdict.UNPROVEN),
    ]


def test_the_timeline_tells_in_sentences_what_happened_newest_first(app: Flask) -> None:
    lead, page = a_lead(), a_page(title="One pipeline")
    an_event(EventKind.PAGE_VIEWED, lead, page)
    an_event(EventKind.FORM_SUBMITTED, lead, page, at=NOON + timedelta(minutes=1))
    an_event(EventKind.CONTACT_WITHDRAWN, lead, at=NOON + timedelta(minutes=2))
    an_event(EventKind.FORM_SUBMITTED, a_lead(), page)

    assert [item.sentence for item in timeline.of(lead.id)] == [
        "Asked not to be contacted any more",
        "Filled in the form for “One pipeline”",
        "Looked at the page of “One pipeline”",
    ]


def test_a_summary_counts_what_people_did_and_leaves_machines_out(app: Flask) -> None:
    lead, other, page = a_lead(), a_lead(), a_page()
    for minute in range(7):
        an_event(EventKind.PAGE_VIEWED, lead, page, at=NOON + timedelta(minutes=minute))
    an_event(EventKind.FORM_SUBMITTED, lead, page, at=NOON + timedelta(minutes=9))
    an_event(EventKind.LINK_FOLLOWED, lead, page, at=NOON + timedelta(hours=1), verdict=Verdict.MACHINE)

    summary, nothing = (timeline.summaries([lead.id, other.id])[key] for key in (lead.id, other.id))

    assert summary.sentence == "7 page views, 1 form filled in"
    assert (summary.first_at, summary.last_at) == (NOON, NOON + timedelta(minutes=9))
    assert [item.kind for item in summary.latest] == [EventKind.FORM_SUBMITTED] + 4 * [EventKind.PAGE_VIEWED]
    assert nothing.sentence == "Nothing yet"
