"""Visitors stay on their variant, machines and staff are left out, and a correction does not disturb an experiment."""

from dataclasses import replace
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from capture.attribution.models import Exposure
from capture.db import transaction
from capture.engagement.models import EventKind, Verdict
from capture.errors import ParameterRefused
from capture.journey import experimenting
from capture.leads.models import Submission
from capture.pages import experiments, pages
from capture.pages.definition import Cookies, Copy, Section
from capture.pages.models import Experiment, Variant
from capture.pages.pages import LivePage
from capture.pages.variants import Overrides
from capture.reports import experiments as results
from capture.reports.experiments import Result
from capture.web.visitor import COOKIE
from tests import screens
from tests.factories import an_event, every
from tests.stories import PERSON, a_fill, a_page, an_arrival, redeem, submit

SHORT = Overrides(headline="Set your price in an hour", left_out=("company", "job_title"), button="Get it")


def an_experiment(page: LivePage, at: datetime, *said: Overrides, weights: tuple[int, ...] = (1, 1)) -> str:
    experiment = experimenting.begin(page.page_id, actor="cli", at=at)
    experimenting.write(
        experiment, list(zip(weights, (Overrides(), *(said or (SHORT,))), strict=True)), actor="cli", at=at
    )
    experimenting.start(experiment, actor="cli", at=at)
    return experiment


def visit(client: FlaskClient, *, cookie: str | None = None, agent: str = PERSON, **headers: str) -> tuple[str, str]:
    """The page as a browser sees it, and the cookie that it holds afterwards."""
    if cookie:
        client.set_cookie(COOKIE, cookie)
    else:
        client.delete_cookie(COOKIE)
    answer = client.get("/pricing-guide", headers={"User-Agent": agent, **headers})
    held = client.get_cookie(COOKIE)
    return answer.text, held.value if held else ""


def told(experiment: str) -> Result:
    [one] = [one for one in every(Experiment) if one.public_id == experiment]
    return results.of(one, experiments.variants(one))


def counts(experiment: str) -> list[tuple[int, int, int]]:
    return [(line.visitors, line.fills, line.mqls) for line in told(experiment).lines]


def test_a_visitor_stays_on_a_variant_and_is_counted_once(client: FlaskClient, now: datetime) -> None:
    page = a_page()
    a_page("bystander")
    experiment = an_experiment(page, now)

    seen = {}
    for _ in range(6):
        shown, cookie = visit(client)
        seen[cookie] = SHORT.headline in shown
        assert (SHORT.headline in visit(client, cookie=cookie)[0]) == seen[cookie]

    assert counts(experiment) == [(6 - sum(seen.values()), 0, 0), (sum(seen.values()), 0, 0)]
    assert SHORT.headline not in client.get("/bystander").text


def test_a_fill_counts_for_the_variant_of_its_visitor_and_keeps_it(client: FlaskClient, now: datetime) -> None:
    page = a_page()
    experiment = an_experiment(page, now, weights=(1, 100))
    shown, _ = visit(client)
    while SHORT.headline not in shown:
        shown, _ = visit(client)
    assert 'name="company"' not in shown
    assert "Get it" in shown

    posted = {"email": "ada@analytical.example", "page_variant": "B"}
    for _ in range(2):  # a second fill of the same browser is no second one
        assert client.post("/pricing-guide", data=posted, headers={"User-Agent": PERSON}).status_code == 303

    assert counts(experiment)[1][1] == 1
    letters = {variant.id: variant.letter for variant in every(Variant)}
    assert {letters[fill.variant_id or 0] for fill in every(Submission)} == {"B"}
    assert not any("company" in fill.answers for fill in every(Submission))


def test_machines_staff_and_browsers_without_a_cookie_see_a_page_and_are_left_out(
    client: FlaskClient, now: datetime
) -> None:
    page = a_page()
    experiment = an_experiment(page, now)

    for agent in ("Googlebot/2.1 (+http://www.google.com/bot.html)", ""):
        assert "Price with confidence" in visit(client, agent=agent)[0]
    visit(client, **{"Sec-Purpose": "prefetch"})
    client.set_cookie("studio", "somebody")
    visit(client)
    client.delete_cookie("studio")
    submit(page)  # from a browser that keeps no cookie

    assert counts(experiment) == [(0, 0, 0), (0, 0, 0)]


def test_a_fill_that_waits_counts_once_it_is_believed(client: FlaskClient, now: datetime) -> None:
    page = a_page()
    experiment = an_experiment(page, now)
    _, cookie = visit(client)

    receipt = submit(page, arrival=an_arrival(cookie=cookie), suspicion="too fast")
    assert sum(line.fills for line in told(experiment).lines) == 0

    redeem(receipt, by_mail=True)
    assert sum(line.fills for line in told(experiment).lines) == 1


def test_an_mql_counts_for_the_variant_and_a_machine_that_shows_itself_later_does_not(
    client: FlaskClient, now: datetime
) -> None:
    page = a_page()
    experiment = an_experiment(page, now)
    _, cookie = visit(client)
    submit(page, a_fill(talk=True), an_arrival(cookie=cookie))
    assert sorted(counts(experiment)) == [(0, 0, 0), (1, 1, 1)]

    visit(client)
    an_event(EventKind.PAGE_VIEWED, verdict=Verdict.MACHINE, visitor_id=every(Exposure)[1].visitor_id)

    assert sorted(counts(experiment)) == [(0, 0, 0), (1, 1, 1)]


def test_a_visit_costs_one_statement_more_and_none_on_other_pages(client: FlaskClient, now: datetime) -> None:
    page = a_page()
    a_page("bystander")
    visit(client)
    asked = {}
    for when in ("before", "first", "while"):
        for slug in ("pricing-guide", "bystander"):
            with screens.statements() as said:
                client.get(f"/{slug}", headers={"User-Agent": PERSON})
            asked[when, slug] = len(said)
        if when == "before":
            an_experiment(page, now)

    assert asked["while", "pricing-guide"] == asked["before", "pricing-guide"] + 1
    assert asked["while", "bystander"] == asked["before", "bystander"]


def test_a_correction_of_the_page_does_not_reset_it(client: FlaskClient, now: datetime) -> None:
    page = a_page()
    experiment = an_experiment(page, now, Overrides(button="Get it"))
    seen = {}
    for _ in range(6):
        shown, cookie = visit(client)
        seen[cookie] = "Get it" in shown
    before = counts(experiment)

    corrected = replace(page.definition, copy=replace(page.definition.copy, headline="Price with more confidence"))
    with transaction():
        pages.publish(page.magnet_id, page.slug, corrected, at=now)

    for cookie, was_b in seen.items():
        shown, _ = visit(client, cookie=cookie)
        assert "Price with more confidence" in shown
        assert ("Get it" in shown) == was_b
    assert counts(experiment) == before


def test_once_it_has_stopped_everybody_sees_the_page_and_nothing_counts(client: FlaskClient, now: datetime) -> None:
    page = a_page()
    experiment = an_experiment(page, now)
    _, cookie = visit(client)
    before = counts(experiment)

    experimenting.stop(experiment, actor="cli", at=now)
    submit(page, arrival=an_arrival(cookie=cookie))

    assert all("Price with confidence" in visit(client)[0] for _ in range(5))
    assert counts(experiment) == before
    assert len(every(Exposure)) == 1


@pytest.mark.parametrize(
    ("changes", "said", "reason"),
    [
        ({}, Overrides(headline="Price with confidence"), "says the same"),
        ({"cookies": Cookies.NEVER}, SHORT, "never sets"),
    ],
)
def test_what_cannot_tell_anything_does_not_start(
    client: FlaskClient, now: datetime, changes: dict, said: Overrides, reason: str
) -> None:
    page = a_page(**changes)

    with pytest.raises(ParameterRefused, match=reason):
        an_experiment(page, now, said)

    assert pages.by_slug("pricing-guide").experiment is None  # type: ignore[union-attr]


def test_variants_and_weights_stay_as_they_are_while_it_runs(client: FlaskClient, now: datetime) -> None:
    page = a_page()
    experiment = an_experiment(page, now)

    with pytest.raises(ParameterRefused):
        experimenting.write(experiment, [(1, Overrides()), (9, SHORT)], actor="cli", at=now)

    assert experimenting.begin(page.page_id, actor="cli", at=now) == experiment
    assert [variant.weight for variant in every(Variant)] == [1, 1]


def test_sections_and_fields_of_a_variant(client: FlaskClient, now: datetime) -> None:
    page = a_page(copy=Copy("Price with confidence", outcomes=("Set a price",), audience=("Founders",)))
    sections = (Section.HERO, Section.AUDIENCE, Section.FORM)

    shown = Overrides(sections=sections, left_out=("email", "company")).applied(page.definition)

    assert shown.copy.sections == sections
    assert Overrides.from_json(Overrides(sections=sections, left_out=("company",)).to_json()).sections == sections
    assert submit(page, a_fill()).grant
