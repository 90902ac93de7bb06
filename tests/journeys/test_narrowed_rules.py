"""Rules that name a campaign or a chapter: the ledger and the replay of history count alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import Flask

from capture import clock
from capture.db import transaction
from capture.delivery.models import Grant
from capture.engagement.models import EventKind
from capture.journey import reader, visitor
from capture.journey.acceptance import Receipt
from capture.leads.models import Lead
from capture.pages.definition import Cookies
from capture.scoring import preset, replay, rulesets, scores
from capture.scoring.rules import EngagementRule
from tests import stories
from tests.factories import every
from tests.stories import a_page, an_arrival, submit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FILLED = EngagementRule("autumn", "Filled in the form", 20, EventKind.FORM_SUBMITTED, campaigns=("autumn",))
FOLLOWED = EngagementRule("costs", "Asked what it costs", 7, EventKind.LINK_FOLLOWED, sections=("What it costs",))


def put_in_force(*engagement: EngagementRule) -> None:
    with transaction():
        rules = replace(preset.DEFAULT, engagement=engagement)
        rulesets.activate(rulesets.create(rules, at=clock.now()), at=clock.now())


def engagement() -> list[float]:
    """Of each lead, oldest first; by the ledger and by the replay."""
    at, leads = clock.now(), every(Lead)
    told = [scores.current(lead.id, at=at).exact_engagement for lead in leads]
    done = replay.play(rulesets.in_force(at=at).rules, until_day=(at - EPOCH) / timedelta(days=1))
    assert (done.leads.tolist(), done.latest.tolist()) == ([lead.id for lead in leads], told)
    return told


def come(query: str, *, cookie: str | None = None) -> str | None:
    arrival = an_arrival(query=query, cookie=cookie)
    return visitor.arrive("pricing-guide", arrival, settings=stories.settings(), at=clock.now())


def filled_by(name: str, cookie: str | None, query: str = "", cookies: Cookies = Cookies.ALWAYS) -> Receipt:
    answers = stories.a_fill(email=f"{name}@analytical.example")
    return submit(a_page(cookies=cookies), answers, an_arrival(cookie=cookie, query=query), form_key=name)


def test_a_fill_counts_by_the_campaign_by_which_the_browser_came_last(app: Flask) -> None:
    put_in_force(FILLED)
    a_page()
    autumn, spring, again, never = (come(f"utm_campaign={one}") for one in ("autumn", "spring", "autumn", ""))
    come("utm_campaign=spring", cookie=again)

    for name, cookie in (("ada", autumn), ("bo", spring), ("cy", again), ("di", never)):
        filled_by(name, cookie)

    assert engagement() == [20, 0, 0, 0]


def test_a_rule_takes_campaigns_as_the_marketers_aliases_do(app: Flask) -> None:
    spring = replace(FILLED, key="spring", points=3, campaigns=("Spring-*",))
    platform = replace(FILLED, key="platform", points=5, campaigns=("2210*", "spring-kickoff"))
    put_in_force(FILLED, spring, platform)
    a_page()
    queries = ["utm_campaign=AUTUMN", "utm_campaign=spring-sale", "utm_campaign=Spring-Kickoff", "utm_campaign=spring"]
    queries += ["utm_campaign={{campaign.name}}", "utm_source=google&utm_campaign=brand&gad_campaignid=22101234"]

    for number, query in enumerate(queries):
        filled_by(f"person{number}", come(query))

    assert engagement() == [20, 3, 8, 0, 0, 5]


def test_where_no_browser_is_known_what_counts_is_the_campaign_of_the_last_fill(app: Flask) -> None:
    read = EngagementRule("read", "Downloaded it", 7, EventKind.MAGNET_DOWNLOADED, campaigns=("autumn",))
    put_in_force(FILLED, read)

    receipts = [
        filled_by(name, None, f"utm_campaign={by}", Cookies.NEVER) for name, by in (("ada", "autumn"), ("bo", "spring"))
    ]
    for receipt in receipts:
        stories.download(receipt)

    assert [receipt.new_cookie for receipt in receipts] == [None, None]
    assert engagement() == [27, 0]


def test_a_link_counts_by_the_chapter_in_which_it_was_followed(app: Flask) -> None:
    put_in_force(FOLLOWED)
    a_page()
    browsers = [come("") for _ in range(3)]
    receipts = [filled_by(f"person{number}", cookie) for number, cookie in enumerate(browsers)]

    for receipt, cookie, chapter in zip(receipts, browsers, ("What it costs", "What costs it", ""), strict=True):
        [token] = [grant.token for grant in every(Grant) if grant.public_id == receipt.grant]
        told, arrival = ("https://x.example", chapter), an_arrival(cookie=cookie)
        reader.follow_link(token, 1, *told, arrival, settings=stories.settings(), at=clock.now())

    assert engagement() == [7, 0, 0]
