"""Every screen of the studio, whatever it shows, asks the database as often for many rows as for few."""

from datetime import datetime

from flask import Flask

from capture.accounts.models import Role
from capture.pages import permissions
from capture.reports.proposals import Proposal
from capture.reports.simulation import Simulation
from capture.web.studio.shelf import shelf
from tests import crowd, screens
from tests.web.studio import Studio


def test_no_screen_asks_more_often_with_three_times_as_many_rows(app: Flask, now: datetime) -> None:
    studio = Studio(app, Role.ADMIN)
    crowd.settle(studio, at=now)
    told = []
    for pages, leads in ((4, 220), (12, 700)):  # the MQL on top was rejected at either size
        crowd.grow(pages=pages, leads=leads, at=now)
        permissions._asked.clear()
        for kind in (Simulation, Proposal):
            shelf(kind).clear()
        told.append({address: _asked(studio, address) for address in screens.addresses(app)})

    few, many = told

    assert {address: (few[address], asked) for address, asked in many.items() if asked != few[address]} == {}
    assert sum(asked > 0 for asked in many.values()) > 70


def _asked(studio: Studio, address: str) -> int:
    with screens.statements() as asked:
        answer = studio.open("GET", address)
    assert answer.status_code in (200, 303, 404, 410), (address, answer.status_code)
    return len(asked)
