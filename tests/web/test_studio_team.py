"""Team: how each salesperson works, and what an absence that is entered later leaves waiting."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from capture import clock
from capture.accounts.models import Role, Staff
from capture.config import Settings
from capture.db import db, transaction
from capture.handoff import absences, reps
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Mql, Outcome, Source
from capture.handoff.reps import Work
from capture.journey import sales
from capture.reports import inbox
from tests.factories import a_lead, a_salesperson, an_mql, every
from tests.web.studio import Studio

TEAM = "/studio/mqls/team"
MY = "/studio/people/me"


@pytest.fixture
def admin(app: Flask) -> Studio:
    """Somebody who may see Team."""
    return Studio(app, Role.ADMIN)


def words(screen: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", screen).split())


def go_away(admin: Studio, person: Staff) -> str:
    """Enter that somebody is away from today; gives where it leads."""
    today = clock.now().date()
    days = f"{today} to {today + timedelta(days=30)}"
    return admin.post_seen(f"{TEAM}/{person.public_id}", on=TEAM, zone="UTC", off=days)


def test_whoever_enters_an_absence_is_told_what_waits_and_passes_it_on(admin: Studio) -> None:
    ann = a_salesperson("Ann")
    an_mql(at=clock.now())
    an_mql(at=clock.now())
    bob = a_salesperson("Bob")

    asked = words(admin.get(go_away(admin, ann)))
    told = words(admin.get(admin.post(f"{TEAM}/{ann.public_id}/cover")))

    assert "Kept" in asked
    assert "2 MQLs wait for Ann, who is away now or when the answer is due" in asked
    assert "Pass on now Leave with Ann" in asked
    assert "2 MQLs went on to colleagues, who were told." in told
    assert "wait for Ann" not in told
    assert {mql.owner_id for mql in every(Mql)} == {bob.id}


def test_absences_are_chosen_as_days_stand_there_again_and_are_told_where_work_is_passed_on(admin: Studio) -> None:
    ann, bob, _ = (a_salesperson(name) for name in ("Ann", "Bob", "Cid"))
    mql, today = an_mql(at=clock.now()), clock.now().date()
    sales.pass_on(mql.public_id, ann.public_id, sla_hours=24, actor="cli", at=clock.now())
    sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.STUDIO), at=clock.now())
    admin.post(f"/studio/people/{ann.public_id}/disable")
    path, back = f"{TEAM}/{bob.public_id}", today + timedelta(days=9)
    days = {"since": [f"{today}", "2030-12-24", ""], "until": [f"{back}", "", ""]}

    admin.post_seen(path, on=TEAM, zone="UTC", off="2031-05-01", **days)
    kept = admin.get(TEAM)
    refused = admin.post_seen(path, 422, on=TEAM, zone="UTC", since="2031-02-03", until="2031-02-01")

    assert reps.of([bob.id])[bob.id].off.splitlines() == [
        f"{today} to {back}",
        "2030-12-24",
        "2031-05-01",
    ]
    fields = re.findall(r'name="(?:since|until)" type="date" value="([^"]*)"', kept)
    assert fields == [f"{today}", f"{back}", "2030-12-24", "2030-12-24", "2031-05-01", "2031-05-01", *[""] * 4]
    takers = re.findall(r"<option[^>]*>(?!Whose turn)(.*?)</option>", kept)
    assert takers == ["Cid", f"Bob (away until {back:%-d %B %Y})"]
    assert 'value="2031-02-03"' in refused
    assert "An absence has a first day, and no last day before it." in refused
    assert "no last day before it" in admin.post_seen(path, 422, on=TEAM, zone="UTC", since="", until="2031-02-01")


def test_all_that_is_wrong_with_how_somebody_works_is_said_at_once(admin: Studio) -> None:
    ann = a_salesperson("Ann")
    wrong = {
        "zone": "Mars/Olympus",
        "week": "never\nMon-Fri 09:00-17:00\nlate",
        "since": "2026-12-24",
        "until": "2026-12-01",
        "off": "soon",
        "weight": "0",
        "daily": "some",
        "weekly": "0",
        "crm_ids": "salesforce",
    }

    told = admin.post(f"{TEAM}/{ann.public_id}", 422, **wrong)

    for field, said in {
        "zone": "Choose a time zone",
        "week": "“never”: write hours as",
        "off": "An absence has a first day",
        "weight": "A share is a whole number",
        "daily": "are whole numbers",
        "weekly": "is 1 or more",
        "crm": "“salesforce”: write ids",
    }.items():
        assert re.search(rf'<a href="#of-{ann.public_id}-{field}">[^<]*{said}', told), field
        assert re.search(rf'id="of-{ann.public_id}-{field}-error">.*?{said}', told), field
    assert all(said in told for said in ("“late”: write hours as", "“soon”: write days as"))


def test_what_is_left_with_whoever_is_away_is_still_told_beside_the_absence(admin: Studio) -> None:
    ann = a_salesperson("Ann")
    an_mql(at=clock.now())
    go_away(admin, ann)

    assert "1 MQL waits for an answer meanwhile. Pass on or leave : Ann" in words(admin.get(TEAM))
    told = words(admin.get(admin.post(f"{TEAM}/{ann.public_id}/cover")))
    assert "1 MQL stays where it is: nobody else may have it." in told
    assert every(Mql)[0].owner_id == ann.id


def test_a_colleague_who_let_the_time_pass_is_not_said_to_be_busy(admin: Studio) -> None:
    ann = a_salesperson("Ann")
    bob = a_salesperson("Bob")
    mql = an_mql(at=clock.now())
    with transaction() as writing:
        kept = writing.get_one(Mql, mql.id)
        kept.owner_id, kept.late_ids = ann.id, [bob.id]
    go_away(admin, ann)

    told = words(admin.get(admin.post(f"{TEAM}/{ann.public_id}/cover")))
    left = words(admin.get(admin.post(f"/studio/people/{ann.public_id}/disable")))

    assert "nobody else may have it. Whoever is away, has had their most or let its time pass is passed over." in told
    assert "1 open MQL is nobody’s now: whoever is away, has had their most or let its time pass is passed" in left
    assert "nobody else was free" not in told + left


def test_an_absence_of_whoever_has_nothing_asks_nothing(admin: Studio) -> None:
    ann = a_salesperson("Ann")

    assert go_away(admin, ann) == f"{TEAM}?done=1"


def test_the_number_of_queries_does_not_grow_with_who_is_away_or_left(admin: Studio) -> None:
    def queries() -> int:
        seen: list[str] = []

        def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        admin.get(TEAM)
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    def more(name: str) -> None:
        person, other = a_salesperson(name), a_salesperson(f"{name}er")
        an_mql(at=clock.now())
        sales.decide(an_mql().public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.STUDIO), at=clock.now())
        go_away(admin, person)
        with transaction() as writing:
            writing.get_one(Staff, other.id).disabled_at = clock.now()

    more("Ann")
    few = queries()
    for name in ("Bob", "Cid", "Dee"):
        more(name)

    assert queries() == few


def test_what_somebody_worked_on_whose_access_is_taken_away_is_listed_and_passed_on(app: Flask, admin: Studio) -> None:
    ann = a_salesperson("Ann")
    for name in ("Ada", "Grace"):
        mql = an_mql(a_lead(first_name=name, company="Alder"), at=clock.now())
        sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.STUDIO), at=clock.now())
    bob = a_salesperson("Bob")

    told = words(admin.get(admin.post(f"/studio/people/{ann.public_id}/disable")))
    hint = words(admin.get("/studio/mqls"))
    listed = words(admin.get(TEAM))
    went = words(admin.get(admin.post(f"{TEAM}/{ann.public_id}/work", to=bob.public_id)))

    assert "2 MQLs that they had accepted stay theirs until somebody passes them on: Team" in told
    assert "2 MQLs in progress belong to people who are not in sales any more. Pass on" in hint
    assert "Ann has no access any more" in listed
    assert "Ada , Alder Accepted, no news for" in listed
    assert "2 MQLs went on to colleagues, who were told." in went
    assert "has no access any more" not in went
    assert {mql.owner_id for mql in every(Mql)} == {bob.id}
    assert "not in sales any more" not in admin.get("/studio/mqls")
    assert "2 MQLs in progress" not in Studio(app, Role.SALES, "sam@northwind.example").get("/studio/mqls")


def test_before_and_after_access_goes_it_is_told_what_waits_and_that_it_may_be_nobodys(admin: Studio) -> None:
    ann = a_salesperson("Ann")
    mql = an_mql(at=clock.now())
    one = f"/studio/mqls/{mql.public_id}"
    why = "No colleague could have it: whoever is away, has had their most or let its time pass is passed over."

    asked = words(admin.get("/studio/people/"))
    before = admin.get(TEAM) + admin.get(one)
    admin.post(f"/studio/people/{ann.public_id}/disable")
    team, shown = admin.get(TEAM), words(admin.get(one))

    assert "1 MQL waits for an answer: where no colleague may have it, it is nobody’s until one may." in asked
    assert "MQL waits for an answer:" not in words(admin.get("/studio/people/"))
    assert "1 open MQL is nobody’s. Answer or give away" in words(team)
    assert f'href="{one}?view=mine"' in admin.get(re.findall(r'href="([^"]*view=mine)"', team)[0])
    assert "Nobody’s yet: take it" in shown
    assert why in shown
    assert "nobody’s." not in before
    assert why not in before


def test_of_many_that_somebody_left_the_first_are_listed_and_the_others_counted(
    admin: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LEFT_SHOWN", 2)
    ann = a_salesperson("Ann")
    for name in ("Ada", "Grace", "Mary"):
        mql = an_mql(a_lead(first_name=name), at=clock.now())
        sales.decide(mql.public_id, Decision(Outcome.QUALIFIED), Teller("cli", Source.STUDIO), at=clock.now())
    a_salesperson("Bob")
    admin.post_seen(f"/studio/people/{ann.public_id}/role", on="/studio/people/", role="marketer")

    listed = words(admin.get(TEAM))

    assert "Ann is not in sales any more" in listed
    assert "Mary" not in listed
    assert "and 1 more" in listed


def test_a_salesperson_enters_when_he_is_away_himself_and_changes_nothing_else_of_how_he_works(app: Flask) -> None:
    sales_room = Studio(app, Role.SALES, "sam@northwind.example")
    [sam] = [one for one in every(Staff) if one.email == "sam@northwind.example"]
    other = a_salesperson("Rhys")
    with transaction():
        reps.keep(sam.id, Work(zone="Europe/Paris", week="Mon-Fri 09:00-17:00", weight=3, crm_ids="hubspot = 5"))
    today = clock.now().date()
    since, until = f"{today}", f"{today + timedelta(days=9)}"
    before = reps.of([sam.id])[sam.id]

    place = sales_room.post_seen(f"{MY}/absences", on=MY, since=since, until=until, weight="9", zone="UTC")

    assert reps.of([sam.id])[sam.id] == replace(before, off=f"{since} to {until}")
    assert reps.of([other.id])[other.id] == Work()
    page = sales_room.get(place)
    assert "Your absences are kept" in page
    assert f'name="since" type="date" value="{since}"' in page
    assert sam.id in absences.away([sam.id, other.id], at=clock.now())


def test_without_a_zone_of_their_own_absences_count_in_that_of_the_installation(app: Flask, settings: Settings) -> None:
    sales_room = Studio(app, Role.SALES, "sam@northwind.example")
    [sam] = [one for one in every(Staff) if one.email == "sam@northwind.example"]
    an_mql(a_lead("ada@company.example"))
    today = clock.now().date()

    place = sales_room.post_seen(f"{MY}/absences", on=MY, since=f"{today}", until=f"{today + timedelta(days=400)}")

    assert reps.of([sam.id])[sam.id].zone == settings.timezone
    assert "1 MQL waits for an answer meanwhile." in sales_room.get(place)


def test_an_absence_that_cannot_be_is_shown_again_and_what_an_admin_changed_meanwhile_is_kept(app: Flask) -> None:
    sales_room = Studio(app, Role.SALES, "sam@northwind.example")
    [sam] = [one for one in every(Staff) if one.email == "sam@northwind.example"]

    refused = sales_room.post_seen(f"{MY}/absences", 422, on=MY, since="2026-10-09", until="2026-10-01")

    assert "An absence has a first day, and no last day before it." in refused
    assert 'value="2026-10-09"' in refused
    mark = reps.mark(reps.of([sam.id])[sam.id])
    with transaction():
        reps.keep(sam.id, Work(zone="UTC", off="2026-12-24"))
    clash = sales_room.post(f"{MY}/absences", 409, mark=mark, since="2026-10-09", until="2026-10-10")
    assert "Nothing was overwritten" in clash
    assert reps.of([sam.id])[sam.id].off == "2026-12-24"


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ADMIN])
def test_who_gets_no_mqls_has_no_absences_to_enter(app: Flask, role: Role) -> None:
    studio = Studio(app, role)

    assert "Holidays and absences" not in studio.get(MY)
    assert studio.open("POST", f"{MY}/absences", since="2026-10-09").status_code in (403, 404)
