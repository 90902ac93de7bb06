"""The whole story of a person: everything that was done, said and sent, once each, in parts that fit together."""

from dataclasses import replace
from datetime import timedelta

from flask import Flask

from capture import clock
from capture.attribution.arrival import Arrival
from capture.db import transaction
from capture.engagement.models import EventKind
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Mql, Outcome, Source
from capture.journey import merging, privacy, sales, visitor
from capture.leads import values
from capture.leads.models import Lead
from capture.reports import story
from capture.reports.story import Moment, Place
from capture.scoring import preset, rulesets, scores
from capture.worker import Worker
from tests.factories import NOON, a_lead, a_salesperson, an_event, every
from tests.stages.test_feed_rows import counted_queries
from tests.stories import a_fill, a_page, a_webinar, an_arrival, download, settings, submit


def told(lead: Lead) -> list[Moment]:
    """All parts after one another."""
    found: list[Moment] = []
    before = ""
    while True:
        part = story.of(lead.id, before=before, until=NOON + timedelta(days=9))
        found += part.moments
        if part.older is None:
            return found
        before = part.older


def test_everything_about_a_person_stands_in_the_story_once(app: Flask) -> None:
    a_salesperson("Sam")
    page = a_page()
    seen: Arrival = an_arrival(query="utm_source=LinkedIn&utm_medium=cpc&utm_campaign=autumn")
    cookie = visitor.arrive(page.slug, seen, settings=settings(), at=clock.now())
    given = submit(page, a_fill(talk=True, news=True), an_arrival(cookie=cookie), form_key="one")
    submit(a_webinar(), a_fill(), form_key="seat")
    submit(page, a_fill(email="ada@home.example"), form_key="two")
    download(given)
    worker = Worker(app)
    while worker.do_one("mail"):
        pass
    sales.decide(
        every(Mql)[0].public_id, Decision(Outcome.ACCEPTED, note="Called her."), Teller("cli", Source.STUDIO), at=NOON
    )
    privacy.withdraw(every(Lead)[0].public_id, at=clock.now())
    ada, home = every(Lead)
    merging.merge(ada.public_id, home.public_id, note="She said so", settings=settings(), actor="cli", at=NOON)

    moments = told(ada)
    sentences = [moment.sentence for moment in moments]

    for wanted in (
        "Came by Paid social · LinkedIn · autumn",
        "Looked at the page of “Pricing guide”",
        "Downloaded “Pricing guide”",
        "Agreed to e-mail",
        "Withdrew the consent to e-mail",
        "Was sent the invitation to “Pricing, live”",
        "Sales: accepted",
        "ada@home.example proved to be this person",
    ):
        assert sentences.count(wanted) == 1, wanted
    assert sentences.count("Was sent the link to “Pricing guide”") == 2
    assert sentences.count("Filled in the form for “Pricing guide”") == 3, "with either address"
    assert any(one.startswith("Score: ") and "engagement +" in one for one in sentences)
    assert any(moment.more == "Called her." or "Called her." in moment.more for moment in moments)
    assert len({moment.place for moment in moments}) == len(moments)
    assert [moment.place for moment in moments] == sorted((moment.place for moment in moments), reverse=True)


def test_what_new_rules_make_of_a_score_is_told_as_a_score_and_not_as_points_won(app: Flask) -> None:
    submit(a_page(), a_fill(), form_key="one")
    [lead] = every(Lead)
    at = clock.now() - timedelta(minutes=1)
    with transaction():
        number = rulesets.create(replace(preset.DEFAULT, engagement_threshold=40), at=at)
        scores.prepare(number, [lead.id], at=at)
        rulesets.activate(number, at=at)
    submit(a_page("other"), a_fill(), form_key="two")

    newest, anew = [one for one in told(lead) if one.kind == "score"]

    assert anew.sentence == f"Scored anew by version {number} of the rules"
    assert anew.more.startswith("fit ")
    assert "+" not in anew.more
    assert newest.sentence.startswith("Score: engagement +")


def test_a_long_story_is_read_in_parts_with_as_many_queries_as_a_short_one(app: Flask) -> None:
    page = a_page()
    submit(page, form_key="one")
    [lead] = every(Lead)
    with counted_queries() as few:
        short = story.of(lead.id, until=NOON + timedelta(days=9))
    for number in range(3 * story.PAGE_SIZE):
        an_event(EventKind.PAGE_VIEWED, lead, at=NOON + timedelta(minutes=number // 3))
    with counted_queries() as many:
        first = story.of(lead.id, until=NOON + timedelta(days=9))
    with counted_queries() as later:
        story.of(lead.id, before=first.older or "", until=NOON + timedelta(days=9))

    assert short.older is None
    assert len(first.moments) == story.PAGE_SIZE
    assert len(few) == len(many) == len(later)
    places = [moment.place for moment in told(lead)]
    assert len(places) == len(set(places)) == 3 * story.PAGE_SIZE + len(short.moments)
    past = story.of(lead.id, until=NOON + timedelta(minutes=5))
    assert max(moment.at for moment in past.moments) <= NOON + timedelta(minutes=5)


def test_what_follows_from_a_correction_stands_above_it(app: Flask) -> None:
    a_salesperson("Sam")
    lead = a_lead(at=NOON - timedelta(days=1))
    with transaction() as writing:
        known = writing.get_one(Lead, lead.id)
        values.learn(known, {"job_title": "Head of Sales"}, submission_id=None, corrected_by="cli", at=NOON)
        scores.settle([known], rulesets.established(at=NOON), at=NOON)

    kinds = [moment.kind for moment in told(lead)]

    assert kinds[:2] == ["score", "correction"]


def test_what_is_no_place_begins_at_the_newest(app: Flask) -> None:
    for bad in ("", "x", "1-2", "1-2-3-4", "-1-2-3", "9" * 30 + "-1-1", "²-1-1"):
        assert Place.read(bad) is None
    assert Place.read("5-1-3") == Place(5, 1, 3)
