"""Two people on one screen: the second is told, nothing of the first is lost, and his own words are still there."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask

from capture.accounts.models import Role, Staff
from capture.attribution.models import Campaign, CampaignAlias
from capture.handoff.webhooks.models import WebhookEndpoint
from capture.pages.models import Experiment
from capture.worker import Worker
from tests.factories import every
from tests.web.studio import Studio, typed
from tests.web.test_studio_drafts import a_webinar
from tests.web.test_studio_imports import LIST

Screen = tuple[str, str, dict[str, str], dict[str, str]]  # its address, where it posts, what the first and second say


def a_campaign(studio: Studio) -> Screen:
    studio.post("/studio/campaigns/", name="Autumn", aliases="autumn*")
    place = f"/studio/campaigns/{every(Campaign)[0].public_id}"
    return place, place, {"aliases": "autumn*\r\nfall-26"}, {"aliases": "autumn*\r\nherbst"}


def an_endpoint(studio: Studio) -> Screen:
    studio.post("/studio/webhooks/", 200, url="https://crm.northwind.example/a", name="CRM", kinds="mql.created")
    place = f"/studio/webhooks/{every(WebhookEndpoint)[0].public_id}"
    kept = {"kinds": "mql.created", "url": "https://crm.northwind.example/a"}
    return place, place, {**kept, "name": "Its sandbox"}, {**kept, "name": "Its archive"}


def columns(_studio: Studio) -> Screen:
    place = "/studio/destinations/generic/columns"
    return place, place, {"header-1": "Their header"}, {"header-1": "My header"}


def a_list(studio: Studio) -> Screen:
    place = studio.post("/studio/imports/", file=(io.BytesIO(LIST.encode()), "booth.csv"))
    return place, place, {"campaign": "Fair of Linz"}, {"campaign": "Fair of Graz"}


def somebodys_work(studio: Studio) -> Screen:
    studio.post("/studio/people/", email="sam@northwind.example", name="Sam Ode", role="sales")
    sam = next(person.public_id for person in every(Staff) if person.name == "Sam Ode")
    kept = {"zone": "Europe/Berlin"}
    return "/studio/mqls/team", f"/studio/mqls/team/{sam}", {**kept, "weekly": "41"}, {**kept, "weekly": "42"}


def a_role(studio: Studio) -> Screen:
    studio.post("/studio/people/", email="sam@northwind.example", name="Sam Ode", role="sales")
    sam = next(person.public_id for person in every(Staff) if person.name == "Sam Ode")
    return "/studio/people/", f"/studio/people/{sam}/role", {"role": "marketer"}, {"role": "admin"}


@pytest.mark.parametrize("furnish", [a_campaign, an_endpoint, columns, a_list, somebodys_work, a_role])
def test_who_saves_second_overwrites_nothing_unseen(app: Flask, furnish: Callable[[Studio], Screen]) -> None:
    mara, sam = Studio(app, Role.ADMIN), Studio(app, Role.ADMIN, "ines@northwind.example")

    the_second_is_told(mara, sam, *furnish(mara))


def the_second_is_told(
    mara: Studio, sam: Studio, screen: str, to: str, first: dict[str, str], mine: dict[str, str]
) -> None:
    """Both open the screen; one saves, the other is told, sees both, and may save then."""
    held = form_of(sam.get(screen), to)
    assert mara.post(to, **{**form_of(mara.get(screen), to), **first})

    told = sam.post(to, 409, **{**held, **mine})

    assert "Nothing was overwritten" in told
    for (name, theirs), own in zip(first.items(), mine.values(), strict=True):
        assert form_of(told, to)[name] == own, "what was typed is still there"
        last = theirs.split("\r\n")[-1]
        assert re.search(re.escape(last), told.partition('role="alert"')[2].partition("</div>\n<")[0], re.I), last
    assert {name: form_of(sam.get(screen), to)[name] for name in first} == first
    sam.post(to, **form_of(told, to))
    assert {name: form_of(sam.get(screen), to)[name] for name in mine} == mine


def form_of(page: str, to: str) -> dict[str, str]:
    """What the form of a page that posts there holds, as a browser would send it back."""
    forms = [form for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL) if 'name="mark"' in form]
    return typed(next((form for form in forms if f'action="{to}"' in form), forms[0]))


def test_address_dates_owner_and_variants_of_a_page_are_each_held_for_themselves(app: Flask) -> None:
    mara, sam = Studio(app, Role.ADMIN), Studio(app, Role.ADMIN, "ines@northwind.example")
    draft = a_webinar(mara)
    mara.post(f"{draft}/publish")
    Worker(app).do_one("render")
    ines = next(person.public_id for person in every(Staff) if person.email == "ines@northwind.example")
    me = next(person.public_id for person in every(Staff) if person.public_id != ines)
    screen = f"{draft}/availability"

    held = {part: form_of(sam.get(screen), f"{draft}/{part}") for part in ("open", "farewell", "address", "owner")}
    the_second_is_told(mara, sam, screen, f"{draft}/open", {"until": "2027-01-02T10:00"}, {"until": "2027-01-03T10:00"})
    the_second_is_told(mara, sam, screen, f"{draft}/farewell", {"farewell": "See you."}, {"farewell": "Good-bye."})
    sam.post(f"{draft}/address", **held["address"] | {"slug": "prices-live"})  # another part, which nobody touched
    the_second_is_told(mara, sam, screen, f"{draft}/address", {"slug": "prices-1"}, {"slug": "prices-2"})
    mara.post_seen(f"{draft}/owner", on=screen, owner=ines)
    assert "Mara Lind" in sam.post(f"{draft}/owner", 409, **held["owner"] | {"owner": me})

    mara.post(f"{draft}/experiment")
    variants = f"{draft}/experiment/{every(Experiment)[0].public_id}/variants"
    said = {"B-headline": "Prices that hold"}, {"B-headline": "Prices for years"}
    the_second_is_told(mara, sam, f"{draft}/experiment", variants, *said)


def test_a_value_that_somebody_gave_a_campaign_meanwhile_stays_with_it(app: Flask) -> None:
    mara, sam = Studio(app), Studio(app, email="sam@northwind.example")
    place = a_campaign(mara)[0]
    held = form_of(sam.get(place), place)
    mara.post("/studio/campaigns/take", raw="li_de_26", campaign=place.rpartition("/")[2])

    sam.post(place, 409, **held | {"name": "Herbst"})

    assert "li_de_26" in [alias.pattern for alias in every(CampaignAlias)]
