"""Whose an MQL is: the named account's owner, then the first rule that fits, then whoever's turn it is; and why."""

from datetime import timedelta

import pytest
from flask import Flask

from capture import languages
from capture.accounts.models import AuditEntry, Role, Staff
from capture.db import transaction
from capture.errors import UploadRefused
from capture.handoff import feed, revisions, routing
from capture.handoff.models import Mql
from capture.handoff.reps import Work
from capture.journey import merging, sales
from capture.leads.models import Lead
from capture.pages import pages
from tests import stories
from tests.factories import NOON, a_lead, a_page, a_salesperson, a_submission, an_mql, every
from tests.stories import the_zone
from tests.web.studio import Studio

SLA = timedelta(hours=24)


def routes(rules: str = "", accounts: str = "") -> None:
    sales.set_routing(rules, accounts, actor="cli", at=NOON)


def works(person: Staff, **how: object) -> None:
    sales.set_work(person.public_id, Work(zone="Europe/Berlin", **how), actor="cli", at=NOON)  # type: ignore[arg-type]


def given(lead: Lead | None = None) -> tuple[int | None, str]:
    mql = an_mql(lead)
    return mql.owner_id, mql.routed_by


def merged(kept: str, joined: str) -> Lead:
    lead, other = a_lead(kept), a_lead(joined)
    merging.merge(lead.public_id, other.public_id, note="One person", settings=stories.settings(), actor="cli", at=NOON)
    return lead


def test_the_owner_of_a_named_account_comes_before_rules_and_rules_come_in_their_order(app: Flask) -> None:
    ann, bob, cid = a_salesperson("Ann"), a_salesperson("Bob"), a_salesperson("Cid")
    routes(
        f"# by country\nDACH: country = DE, at -> {bob.email}, {cid.email}\nLarge: size = 250-999 -> {cid.email}\n",
        f"acme.example, {ann.email}\n",
    )

    assert given(a_lead("x@mail.acme.example", country="DE")) == (ann.id, "named account acme.example")
    assert given(a_lead(country="AT", company_size="250-999")) == (bob.id, "rule: DACH")
    assert given(a_lead(country="DE")) == (cid.id, "rule: DACH")
    assert given(a_lead(country="FR", company_size="250-999")) == (cid.id, "rule: Large")
    assert given(a_lead("x@notacme.example"))[1] == "round robin"


def test_the_longest_domain_of_the_named_accounts_counts_and_a_rule_takes_whole_parts_of_a_domain(app: Flask) -> None:
    ann, bob, _ = a_salesperson("Ann"), a_salesperson("Bob"), a_salesperson("Cid")
    routes(
        f"Ours: domain = rivers.example -> {ann.email}", f"acme.example, {ann.email}\nlabs.acme.example, {bob.email}"
    )

    assert given(a_lead("x@a.labs.acme.example")) == (bob.id, "named account labs.acme.example")
    assert given(a_lead("x@acme.example")) == (ann.id, "named account acme.example")
    assert given(a_lead("x@notrivers.example"))[1] == "round robin"


@pytest.mark.parametrize("told", ["bücher.example", "*.bücher.example", "@Bücher.example", "xn--bcher-kva.example"])
def test_a_domain_may_be_told_as_people_write_it_down(app: Flask, told: str) -> None:
    ann = a_salesperson("Ann")
    lead = a_lead("x@mail.xn--bcher-kva.example")

    routes(f"Books: domain = {told} -> {ann.email}")
    assert given(lead) == (ann.id, "rule: Books")
    routes(accounts=f"{told}, {ann.email}")
    assert given(a_lead("y@xn--bcher-kva.example")) == (ann.id, "named account xn--bcher-kva.example")


def test_a_domain_counts_for_every_address_of_a_person_who_was_merged(app: Flask) -> None:
    ann, bob, cid = a_salesperson("Ann"), a_salesperson("Bob"), a_salesperson("Cid")
    routes(
        f"Rivers: domain = rivers.example -> {cid.email}",
        f"acme.example, {ann.email}\nfirm.example, {bob.email}\nlabs.firm.example, {cid.email}",
    )

    assert given(merged("ada@gmail.com", "ada@acme.example")) == (ann.id, "named account acme.example")
    assert given(merged("bo@gmail.com", "bo@eu.rivers.example")) == (cid.id, "rule: Rivers")
    assert given(merged("cy@firm.example", "cy@acme.example")) == (bob.id, "named account firm.example")
    assert given(merged("di@acme.example", "di@firm.example")) == (ann.id, "named account acme.example")
    assert given(merged("ed@acme.example", "ed@labs.firm.example")) == (cid.id, "named account labs.firm.example")


def test_a_rule_about_a_page_asks_for_the_one_that_was_filled_in_last(app: Flask) -> None:
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    first, last, lead = a_page("first"), a_page("last"), a_lead()
    routes(f"First: page = first -> {ann.email}\nLast: page = last -> {bob.email}")
    for hours, page in ((2, last), (1, first)):
        a_submission(lead, page, at=NOON - timedelta(hours=3 - hours))

    assert given(lead) == (bob.id, "rule: Last")


def test_the_most_of_a_day_is_counted_over_24_hours(app: Flask) -> None:
    ann = a_salesperson("Ann")
    works(ann, daily=1)

    owners = [an_mql(at=at).owner_id for at in (NOON, NOON + SLA - timedelta(seconds=1), NOON + SLA)]

    assert owners == [ann.id, None, ann.id]


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ("language = en; page = pricing-guide", True),
        ("page = other, pricing-guide", True),
        ("page = other", False),
        ("domain = rivers.example", True),
        ("language = en; country = IE", False),
        ("language = de", False),
    ],
)
def test_a_rule_fits_where_all_that_it_asks_does(app: Flask, rule: str, fits: bool) -> None:
    a_salesperson("Ann")
    bob, page, _ = a_salesperson("Bob"), a_page("pricing-guide"), a_page("other")
    routes(f"Ours: {rule} -> {bob.email}")
    lead = a_lead("ada@sub.rivers.example", country="DE")
    a_submission(lead, page)

    assert (given(lead)[1] == "rule: Ours") is fits


def test_a_rule_about_a_page_fits_it_under_its_new_address_too_and_one_about_a_language_all_its_countries(
    app: Flask,
) -> None:
    bob = a_salesperson("Bob")
    page = stories.a_page("pricing-guide", language="pt-BR")
    routes(f"Page: page = pricing-guide -> {bob.email}\nPortuguese: language = pt -> {bob.email}")
    with transaction():
        pages.publish(page.magnet_id, "prices", page.definition, at=NOON)

    stories.submit(page, stories.a_fill(talk=True))
    stories.submit(stories.a_page("other", language="pt-BR"), stories.a_fill(email="bo@b.example", talk=True))

    assert [mql.routed_by for mql in every(Mql)] == ["rule: Page", "rule: Portuguese"]


def test_shares_are_shares_of_all_that_comes(app: Flask) -> None:
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    works(ann, weight=3)

    owners = [given()[0] for _ in range(8)]

    assert (owners.count(ann.id), owners.count(bob.id)) == (6, 2)


def test_who_is_away_or_had_enough_of_the_day_is_passed_over_but_a_named_account_has_no_limit(app: Flask) -> None:
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    routes(f"Ours: country = DE -> {ann.email}", f"acme.example, {ann.email}\nrivers.example, {bob.email}")
    works(ann, daily=1)
    works(bob, off="2026-09-14 to 2026-09-16")

    assert given(a_lead(country="DE")) == (ann.id, "rule: Ours")
    assert given(a_lead(country="DE")) == (None, "")
    assert given(a_lead("x@acme.example")) == (ann.id, "named account acme.example")
    works(bob)
    assert given(a_lead(country="DE")) == (bob.id, "round robin")
    works(bob, off="2026-09-14 to 2026-09-16")
    works(ann)
    assert given(a_lead("x@rivers.example", country="DE")) == (ann.id, "rule: Ours")


def test_what_is_passed_on_counts_for_whoever_gets_it_on_the_day_on_which_he_does(app: Flask) -> None:
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    works(bob, off="2026-09-14 to 2026-09-15", daily=2)
    assert {given()[0] for _ in range(4)} == {ann.id}

    sales.press_on(sla_hours=24, at=NOON + 2 * SLA)
    owners_then = [mql.owner_id for mql in every(Mql)]
    sales.press_on(sla_hours=24, at=NOON + 4 * SLA)

    assert owners_then == [bob.id, bob.id, ann.id, ann.id]  # whoever has no room gets no more than he takes
    assert [mql.owner_id for mql in every(Mql)] == [bob.id] * 4


def test_what_nobody_answers_goes_on_by_the_rules_and_to_nobody_twice(app: Flask) -> None:
    ann, bob, cid = a_salesperson("Ann"), a_salesperson("Bob"), a_salesperson("Cid")
    routes(f"DACH: country = DE -> {bob.email}, {cid.email}", f"acme.example, {cid.email}")
    an_mql(a_lead("x@acme.example", country="DE"))

    told = []
    for step in range(1, 5):
        sales.press_on(sla_hours=24, at=NOON + step * SLA)
        [mql] = every(Mql)
        told.append((mql.owner_id, mql.routed_by))

    assert told[:2] == [
        (bob.id, "nobody answered in time; rule: DACH"),
        (ann.id, "nobody answered in time; round robin"),
    ]
    assert told[2:] == [told[1], told[1]]
    german = languages.of("de")
    assert languages.restated(told[1][1], german) == "niemand antwortete rechtzeitig; reihum"


def test_the_feed_the_inbox_and_who_passes_on_by_hand_say_why(app: Flask) -> None:
    ann, studio = a_salesperson("Ann"), Studio(app, Role.ADMIN)
    bob = a_salesperson("Bob")
    routes(f"DACH: country = DE -> {ann.email}")
    mql = an_mql(a_lead(country="DE"))

    assert "Ann · rule: DACH" in studio.get(f"/studio/mqls/{mql.public_id}")
    sales.pass_on(mql.public_id, bob.public_id, sla_hours=24, actor="cli", at=NOON)

    with app.app_context():
        assert {row.routed_by for row in feed.rows(0, 9, zone=the_zone())} == {"passed on by hand"}


@pytest.mark.parametrize(
    ("rules", "accounts", "said"),
    [
        ("DACH: country = DE", "", "Rules, line 1"),
        ("DACH: planet = Mars -> {ann}", "", "“planet = Mars” asks nothing"),
        ("DACH: country = DE -> eve@northwind.example", "", "nobody with the role Sales has the address eve"),
        ("A: country = DE -> {ann}\na: country = AT -> {ann}", "", "Two rules are called “a”"),
        ("", "gmail.com, {ann}", "gives addresses to everybody"),
        ("", "acme.example, {ann}\nrivers.example", "Named accounts, line 2"),
    ],
)
def test_marketers_edit_routing_and_a_line_that_is_wrong_is_named(
    app: Flask, rules: str, accounts: str, said: str
) -> None:
    ann, studio = a_salesperson("Ann"), Studio(app, Role.MARKETER)
    good = {"rules": f"DACH: country = de, at -> {ann.email}", "accounts": f"acme.example, {ann.email}"}
    studio.post("/studio/mqls/routing", **good)

    refused = studio.post(
        "/studio/mqls/routing", 422, rules=rules.format(ann=ann.email), accounts=accounts.format(ann=ann.email), seen=1
    )

    assert said in refused
    shown = studio.get("/studio/mqls/routing")
    assert "DACH: country = de, at -&gt; " + ann.email in shown
    assert f"acme.example, {ann.email}" in shown
    assert [entry.action for entry in every(AuditEntry)].count("routing.changed") == 1


def test_all_that_no_lead_can_ever_fit_is_named_at_once_with_what_is_offered(app: Flask) -> None:
    ann, studio = a_salesperson("Ann"), Studio(app, Role.MARKETER)
    stories.a_page("pricing-guide")
    rules = [
        f"A: country = Atlantis -> {ann.email}",
        f"B: size = 1-49, big; language = english -> {ann.email}",
        f"C: page = does-not-exist -> {ann.email}, eve@northwind.example",
        f"D: country = DE -> {ann.email}",
        "nonsense",
    ]

    told = studio.post(
        "/studio/mqls/routing",
        422,
        rules="\n".join(rules),
        accounts=f"acme, {ann.email}\ngmail.com, {ann.email}",
        seen=0,
    )

    for said in (
        "Rules, line 1: “atlantis” is no country.",
        "Rules, line 2: no form offers the size “big”. Offered are 1-49, 50-249, 250+.",
        "Rules, line 2: “english” is no language. Write its code; those of the pages are en.",
        "Rules, line 3: there is no page “does-not-exist”. There are pricing-guide.",
        "Rules, line 3: nobody with the role Sales has the address eve@northwind.example.",
        "Rules, line 5: write name",
        "Named accounts, line 1: write domain",
        "Named accounts, line 2: gmail.com gives",
    ):
        assert told.count(said) == 2, said  # above, and beside the field
    assert "line 4" not in told
    assert 'href="#accounts"' in told
    assert 'href="#rules"' in told


def test_a_country_in_a_rule_may_be_told_by_its_name_and_a_size_may_be_one_that_a_list_brought(app: Flask) -> None:
    ann = a_salesperson("Ann")
    a_lead("x@acme.example", company_size="Big")
    stories.a_page("pricing-guide")

    routes(f"A: size = big; country = Germany, Österreich, UK; language = pt -> {ann.email}")

    assert routing.rules_text() == f"A: country = de, at, gb; language = pt; size = big -> {ann.email}\n"


def test_who_saves_routing_past_another_is_told_and_sees_both(app: Flask) -> None:
    ann, mara, boss = a_salesperson("Ann"), Studio(app), Studio(app, Role.ADMIN, "boss@northwind.example")
    mine, theirs = f"Mine: country = DE -> {ann.email}", f"Theirs: country = AT -> {ann.email}"
    boss.post("/studio/mqls/routing", rules=theirs, accounts="", seen=0)

    told = mara.post("/studio/mqls/routing", 409, rules=mine, accounts="", seen=0)

    assert "Nothing was overwritten" in told
    assert "Mine: country = DE" in told.partition("The rules that stand now")[0]
    assert "Theirs: country = at" in told.partition("The rules that stand now")[2]
    assert "Theirs: country = at" in mara.get("/studio/mqls/routing")
    mara.post("/studio/mqls/routing", rules=mine, accounts="", seen=1)
    assert "Mine: country = de" in boss.get("/studio/mqls/routing")


def test_rules_that_name_somebody_who_left_stand_are_told_of_and_may_be_saved_as_they_are(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN)
    ann, piet = a_salesperson("Ann"), a_salesperson("Piet")
    rules = f"DACH: country = de -> {piet.email}\nSmall: size = 1-9 -> {piet.email}, {ann.email}\n"
    routes(rules, f"acme.example, {piet.email}\n")

    assert "find nobody then: “DACH”" in admin.get("/studio/people/")
    assert "1 named account is theirs" in admin.get("/studio/people/")
    admin.post(f"/studio/people/{piet.public_id}/disable")

    shown = admin.get("/studio/mqls/routing")
    assert f"Piet ({piet.email}) is in sales no more" in shown
    assert "find nobody: “DACH”. These name others too: “Small”. 1 named account goes by the rules" in shown
    assert "Routing still names who is in sales no more: Piet." in admin.get("/studio/mqls/team")
    seen = revisions.of(routing.LIST)
    admin.post("/studio/mqls/routing", rules=rules, accounts=f"acme.example, {piet.email}", seen=seen)
    assert routing.rules_text() == rules
    with pytest.raises(UploadRefused):
        routes("DACH: country = de -> cid@northwind.example")
