"""Two leads side by side in the studio: who it may be, what would stand, one press, and undone again."""

from flask import Flask

from capture import clock
from capture.accounts.models import Role
from capture.delivery.models import Grant
from capture.journey import reader
from capture.leads.models import Lead
from capture.reports import lookalikes
from tests.factories import a_lead, every
from tests.stages.test_feed_rows import counted_queries
from tests.stories import a_fill, a_page, an_arrival, submit
from tests.web.studio import Studio


def test_whoever_may_be_the_same_person_is_proposed_and_nobody_else(app: Flask) -> None:
    ada = a_lead("ada@analytical.example", name="Ada Byron", company="Analytical", phone="+44 20 1")
    a_lead("a.byron@analytical.example", first_name="Áda", last_name="BYRON")
    a_lead("ada.byron@gmail.com", name="Byron Ada")
    a_lead("ada@elsewhere.example", name="Ada Byron", company="Engines")
    a_lead("switchboard@engines.example", phone="+44 20 1")
    a_lead("grace@compiler.example", name="Grace Hopper")
    page = a_page()
    here = submit(page, a_fill(email="reader@alder.example", first_name=None, last_name=None), form_key="here")
    submit(page, a_fill(email="second@alder.example", first_name=None, last_name=None), form_key="there")
    theirs = next(grant for grant in every(Grant) if grant.public_id != here.grant)
    opened(theirs, here.new_cookie or "")

    def because(lead: Lead) -> dict[str, list[str]]:
        return {one.lead.email: list(one.because) for one in lookalikes.of(lead)}

    assert because(ada) == {
        "a.byron@analytical.example": ["the same name at the same company"],
        "ada.byron@gmail.com": ["the same name, with a private address"],
        "switchboard@engines.example": ["the same phone number"],
    }
    first, second = (lead for lead in every(Lead) if lead.email.endswith("@alder.example"))
    assert because(first) == {"second@alder.example": ["the same browser"]}
    assert because(second) == {"reader@alder.example": ["the same browser"]}
    with counted_queries() as few:
        lookalikes.of(ada)
    for number in range(9):
        a_lead(f"ada{number}@analytical.example", name="Ada Byron", phone="+44 20 1")
    with counted_queries() as many:
        lookalikes.of(ada)
    assert len(few) == len(many)


def opened(grant: Grant, cookie: str) -> None:
    """A link of one lead is used in the browser of another."""
    reader.note_unknown_reader(grant.public_id, an_arrival(cookie=cookie), at=clock.now())


def test_a_marketer_compares_merges_and_undoes(app: Flask) -> None:
    page = a_page()
    submit(page, a_fill(email="ada@analytical.example", job_title="Countess"), form_key="one")
    submit(page, a_fill(email="ada@home.example", company="Engines", talk=True), form_key="two")
    ada, home = every(Lead)
    studio, place = Studio(app), f"/studio/leads/{ada.public_id}"

    assert "ada@home.example" in studio.get(f"{place}/merge?q=home.example")
    assert f"{place}/merge/{home.public_id}" in studio.get(f"{place}/merge?q=ada@home.example")
    side_by_side = studio.get(f"{place}/merge/{home.public_id}")
    assert "Merge, and keep Ada Byron" in side_by_side
    assert f"/studio/leads/{home.public_id}/merge/{ada.public_id}" in side_by_side
    told = studio.post(f"{place}/merge/{home.public_id}", note="She said so")
    shown = studio.get(told)
    assert "ada@home.example" in shown
    assert "She said so" in shown
    assert studio.open("GET", f"/studio/leads/{home.public_id}").location.endswith(place)
    assert "meanwhile" in studio.post(f"{place}/merge/{home.public_id}", 422)
    undo = shown.partition("/merges/")[2].partition('"')[0]
    assert "they are two people again" in studio.get(studio.post(f"{place}/merges/{undo}"))
    assert "ada@home.example" not in studio.get(place)

    studio.post(f"{place}/merge/{home.public_id}")
    submit(page, a_fill(email="ada@home.example"), form_key="three")
    shown = studio.get(place)
    assert "it stays one person" in shown
    assert "/undo" not in shown
    sales = Studio(app, Role.SALES, "sam@northwind.example")
    sales.get(f"{place}/merge", 403)
    sales.post(f"{place}/merge/{home.public_id}", 403)
