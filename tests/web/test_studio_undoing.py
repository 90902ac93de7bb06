"""What cannot be taken back is asked for once; what can is done at once and brought back; and it is said afterwards."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from capture.accounts.models import Role, Staff
from capture.db import transaction
from capture.handoff.webhooks.models import WebhookEndpoint
from capture.pages.models import Experiment
from capture.reports.models import SavedView, SpendImport
from capture.worker import Worker
from tests.factories import every
from tests.web.everything import COSTS
from tests.web.studio import Studio
from tests.web.test_studio_drafts import a_webinar
from tests.web.test_studio_imports import LIST

Step = tuple[str, str, str]  # the screen, the address of the step, and what is said afterwards


def a_token(studio: Studio) -> Step:
    place = "/studio/settings/tokens"
    studio.post(place, 200, name="CRM", scopes="mqls:read")
    return place, "/revoke", "The token is revoked"


def an_endpoint(studio: Studio) -> Step:
    studio.post("/studio/webhooks/", 200, url="https://crm.northwind.example/a", name="CRM", kinds="mql.created")
    return f"/studio/webhooks/{every(WebhookEndpoint)[0].public_id}", "/remove", "The endpoint is removed"


def a_file(studio: Studio) -> Step:
    place = studio.post("/studio/imports/", file=(io.BytesIO(LIST.encode()), "booth.csv"))
    return place, "/undo", "The file is thrown away"


def costs(studio: Studio) -> Step:
    studio.post("/studio/reports/costs", file=(io.BytesIO(COSTS), "costs.csv"), kind="ads", load="1")
    assert every(SpendImport)
    return "/studio/reports/costs", "/back", "The file is taken back"


def the_rules(studio: Studio) -> Step:
    studio.post("/studio/scoring/draft", fit_threshold="30", engagement_threshold="20", revision="0")
    return "/studio/scoring/draft", "/discard", "The draft is discarded"


def an_experiment(studio: Studio) -> Step:
    draft = a_webinar(studio)
    studio.post(f"{draft}/publish")
    Worker(studio.client.application).do_one("render")
    studio.post(f"{draft}/experiment")
    return f"{draft}/experiment", f"{every(Experiment)[0].public_id}/discard", "The experiment is thrown away"


def a_second_factor(studio: Studio) -> Step:
    studio.post("/studio/people/", email="sam@northwind.example", name="Sam Ode", role="sales")
    with transaction() as writing:
        sam = next(person for person in writing.scalars(select(Staff)) if person.name == "Sam Ode")
        sam.totp_secret, step = "A" * 32, f"{sam.public_id}/second-factor/reset"
    return "/studio/people/", step, "The second factor is reset"


FURNISHED = [a_token, an_endpoint, a_file, costs, the_rules, an_experiment, a_second_factor]


@pytest.mark.parametrize("furnish", FURNISHED)
def test_a_step_that_nobody_can_undo_is_asked_for_once(app: Flask, furnish: Callable[[Studio], Step]) -> None:
    studio = Studio(app, Role.ADMIN)
    screen, step, said = furnish(studio)

    page = studio.get(screen)
    [asked] = [
        part for part in re.findall(r'<details class="asked-once.*?</details>', page, re.S) if f'{step}"' in part
    ]
    [action] = re.findall(r'action="([^"]+)"', asked)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', asked))

    assert page.count(f'action="{action}"') == 1, "there is no other way to it on the screen"
    assert re.search(r"<p>[^<]{30,}</p>", asked), "it says what goes"
    assert said not in page
    assert said in studio.get(studio.post(action, **hidden))


def test_a_view_that_was_removed_is_brought_back_as_it_was(app: Flask) -> None:
    studio = Studio(app)
    studio.post("/studio/leads/views", name="Engines", q="engine", channel="Paid social")
    [view] = every(SavedView)

    page = studio.get(studio.post(f"/studio/leads/views/{view.public_id}/remove"))
    [back] = re.findall(r'<form class="undo".*?</form>', page, re.S)
    gone = every(SavedView)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', back))
    again = studio.get(studio.post("/studio/leads/views", **hidden))

    assert "The view “Engines” is removed" in back
    assert gone == []
    assert [(one.name, one.sought) for one in every(SavedView)] == [(view.name, view.sought)]
    assert "The view “Engines” is kept" in again
