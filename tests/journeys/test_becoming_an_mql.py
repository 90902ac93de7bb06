"""From the first visit to a row in the feed, by the story alone."""

from datetime import timedelta

from flask import Flask

from capture import clock
from capture.attribution.arrival import Arrival
from capture.handoff import feed
from capture.handoff.models import Mql
from capture.journey import visitor
from capture.leads.models import Lead
from capture.scoring import scores
from tests import stories
from tests.factories import every
from tests.stories import a_fill, a_page, a_webinar, an_arrival, submit, the_zone

A_MARKETER = a_fill(job_title="Head of Marketing", company_size="50-249", country="IE", news=True)


def visit(slug: str, arrival: Arrival, *, days: int = 0) -> str | None:
    return visitor.arrive(slug, arrival, settings=stories.settings(), at=clock.now() + timedelta(days=days))


def test_what_is_missing_after_the_download_is_a_second_visit_and_the_webinar(app: Flask) -> None:
    guide, webinar = a_page(), a_webinar()
    cookie = visit(guide.slug, an_arrival(query="utm_source=linkedin&utm_medium=cpc"))
    receipt = submit(guide, A_MARKETER, an_arrival(cookie=cookie))
    stories.download(receipt, cookie=cookie)
    assert every(Mql) == []

    visit(webinar.slug, an_arrival(cookie=cookie, path=f"/{webinar.slug}"), days=2)
    assert every(Mql) == []
    submit(webinar, A_MARKETER, an_arrival(cookie=cookie), form_key="key-2", at=clock.now() + timedelta(days=2))

    [row] = feed.rows(0, 10, zone=the_zone())
    assert row.person.email == "ada@analytical.example"
    assert row.first_touch is not None
    assert row.first_touch.channel == "Paid social"
    assert row.offer is not None
    assert row.offer.page == webinar.slug
    assert row.scores.fit.points >= row.scores.fit.threshold
    assert row.scores.engagement.points >= row.scores.engagement.threshold
    assert [why.because for why in row.scores.reasons if why.axis == "engagement"]
    assert row.timeline.summary == "2 page views, 2 forms filled in, 1 download, 1 webinar registration"
    assert row.consent.may_mail
    assert not row.consent.may_call


def test_what_a_visitor_did_before_he_was_known_counts_once_he_is(app: Flask) -> None:
    guide, other = a_page(), a_page("second-guide")
    cookie = visit(guide.slug, an_arrival())
    visit(other.slug, an_arrival(cookie=cookie))
    submit(guide, A_MARKETER, an_arrival(cookie=cookie))

    [lead] = every(Lead)
    assert scores.current(lead.id, at=clock.now()).engagement == 8 + 8 + 15


def test_somebody_else_at_the_same_browser_starts_from_nothing(app: Flask) -> None:
    guide, other = a_page(), a_page("second-guide")
    cookie = visit(guide.slug, an_arrival())
    visit(other.slug, an_arrival(cookie=cookie))
    submit(guide, A_MARKETER, an_arrival(cookie=cookie))

    submit(guide, a_fill(email="charles@analytical.example"), an_arrival(cookie=cookie), form_key="key-2")

    charles = next(lead for lead in every(Lead) if lead.email.startswith("charles"))
    assert scores.current(charles.id, at=clock.now()).engagement == 15
