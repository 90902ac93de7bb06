from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from capture import clock
from capture.attribution.models import Touch, Visitor
from capture.config import Settings
from capture.db import session
from capture.engagement.models import EngagementEvent, Verdict
from capture.errors import NotFound
from capture.journey import visitor
from capture.leads.models import Lead
from capture.pages.definition import Cookies
from capture.reports import days
from capture.reports import pages as reports
from tests import stories
from tests.factories import every
from tests.stories import a_fill, a_page, an_arrival, submit

CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def arrive(slug: str = "pricing-guide", **changes: object) -> str | None:
    at = changes.pop("at", None) or clock.now()
    arrival = an_arrival(path=f"/{slug}", **changes)
    return visitor.arrive(slug, arrival, settings=stories.settings(), at=at)  # type: ignore[arg-type]


def first_touch(lead: Lead) -> Touch:
    return session().get_one(Touch, lead.first_touch_id)


def last_touch(lead: Lead) -> Touch:
    return session().get_one(Touch, lead.last_touch_id)


def test_the_first_touch_is_kept_over_pages_and_days_until_the_fill(app: Flask) -> None:
    page, other = a_page(), a_page(slug="other-guide")
    cookie = arrive(query="utm_source=LinkedIn&utm_medium=cpc&utm_campaign=spring")
    for slug in (other.slug, page.slug, other.slug):
        assert arrive(slug, cookie=cookie, referrer="http://localhost:8000/pricing-guide") is None

    submit(page, arrival=an_arrival(cookie=cookie), at=clock.now() + timedelta(days=2))

    [lead] = every(Lead)
    assert (first_touch(lead).source, first_touch(lead).channel) == ("LinkedIn", "Paid social")
    assert last_touch(lead).campaign == "spring"


def test_two_visits_to_one_address_are_two_touches(app: Flask) -> None:
    a_page()
    cookie = arrive(query="utm_source=LinkedIn&utm_medium=cpc")

    arrive(query="utm_source=LinkedIn&utm_medium=cpc", cookie=cookie, at=clock.now() + timedelta(hours=1))

    assert [touch.source for touch in every(Touch)] == ["LinkedIn", "LinkedIn"]


def test_direct_never_overwrites_a_known_source(app: Flask) -> None:
    page = a_page()
    cookie = arrive(query="utm_source=LinkedIn&utm_medium=cpc")
    arrive(cookie=cookie, at=clock.now() + timedelta(days=1))

    submit(page, arrival=an_arrival(cookie=cookie), at=clock.now() + timedelta(days=1))
    arrive(cookie=cookie, at=clock.now() + timedelta(days=2))

    [lead] = every(Lead)
    assert last_touch(lead).source == "LinkedIn"


def test_a_later_known_source_becomes_the_last_touch_of_a_lead(app: Flask) -> None:
    page = a_page()
    cookie = arrive(query="utm_source=LinkedIn&utm_medium=cpc")
    submit(page, arrival=an_arrival(cookie=cookie))

    arrive(cookie=cookie, referrer="https://www.google.com/", at=clock.now() + timedelta(days=2))

    [lead] = every(Lead)
    assert (first_touch(lead).source, last_touch(lead).source) == ("LinkedIn", "Google")


def test_the_touch_of_a_cached_page_comes_from_our_own_record_and_not_from_a_hidden_field(app: Flask) -> None:
    page = a_page()
    cookie = arrive(query="utm_source=LinkedIn&utm_medium=cpc")

    submit(page, a_fill(utm_source="forged"), an_arrival(cookie=cookie))

    [lead] = every(Lead)
    assert first_touch(lead).source == "LinkedIn"
    assert len(every(Touch)) == 1


def test_without_a_cookie_the_address_of_the_form_tells_the_source(app: Flask) -> None:
    page = a_page(cookies=Cookies.NEVER)
    assert arrive(query="utm_source=LinkedIn&utm_medium=cpc") is None

    receipt = submit(page, arrival=an_arrival(query="utm_source=LinkedIn&utm_medium=cpc"))

    [lead] = every(Lead)
    assert first_touch(lead).source == "LinkedIn"
    assert receipt.new_cookie is None
    assert every(Visitor) == []


def test_a_page_that_waits_for_consent_sets_its_cookie_only_with_it(app: Flask) -> None:
    page = a_page(cookies=Cookies.AFTER_CONSENT)

    assert arrive() is None
    assert submit(page).new_cookie is None
    assert submit(page, a_fill(tracked=True), form_key="key-2").new_cookie is not None


def test_a_crawler_leaves_nothing(app: Flask) -> None:
    a_page()

    assert arrive(user_agent=CRAWLER) is None

    assert not every(Touch)
    assert not every(Visitor)


def test_nobody_arrives_at_a_page_that_is_not_there(app: Flask) -> None:
    with pytest.raises(NotFound):
        arrive("nowhere")


@pytest.mark.parametrize(
    "hostile", ["\x00\x1b[31m", "\u202eevil", "x" * 10_000, "<script>alert(1)</script>", "=1+1", "\ud800"]
)
def test_any_header_is_taken_as_text(app: Flask, hostile: str) -> None:
    page = a_page()

    cookie = arrive(query=f"utm_source={hostile}", referrer=f"https://{hostile}/", user_agent=hostile)
    submit(page, arrival=an_arrival(cookie=cookie, query=hostile, referrer=hostile, user_agent=hostile))

    [lead] = every(Lead)
    assert "\x00" not in first_touch(lead).raw_query


def test_whoever_is_left_out_as_a_machine_has_visited_the_page_once_the_form_is_filled_in(
    app: Flask, settings: Settings
) -> None:
    page = a_page()
    arrive(user_agent="curl/8.5")
    sent = an_arrival(user_agent="curl/8.5", path="/pricing-guide", referrer="http://localhost:8000/pricing-guide")

    def counted() -> tuple[list[int], int, int]:
        told = days.of(page.slug, zone=settings.zone, at=clock.now())
        assert told
        [line] = reports.overview(at=clock.now()).pages
        return [told.whole.visits, told.whole.fills], line.visitors, line.fills

    assert counted() == ([0, 0], 0, 0)
    submit(page, a_fill(), replace(sent, query="utm_source=fair&utm_medium=card"))
    assert counted() == ([1, 1], 1, 1)
    waiting = submit(page, a_fill(email="bo@compiler.example"), sent, form_key="key-2", suspicion="too fast")
    assert counted() == ([1, 1], 1, 1)

    stories.redeem(waiting, by_mail=True)

    assert counted()[0] == [2, 2]
    ada = next(lead for lead in every(Lead) if lead.email.startswith("ada"))
    assert (first_touch(ada).source, first_touch(ada).page_id) == ("fair", page.page_id)
    assert {event.verdict for event in every(EngagementEvent)} == {Verdict.HUMAN}
