"""What is known of a lead is put right in the studio; whom sales gave back because of it goes to sales again."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from capture import clock
from capture.accounts.models import AuditEntry, Role, Staff
from capture.config import Settings
from capture.db import transaction
from capture.handoff import feed
from capture.handoff.dispositions import Teller
from capture.handoff.models import Mql, Outcome, Source
from capture.handoff.reps import Work
from capture.journey import correcting, merging, privacy, sales
from capture.leads import leads, values
from capture.leads.models import Lead, LeadValue
from capture.reports import story
from capture.scoring import scores
from tests.factories import NOON, a_good_lead, a_lead, a_salesperson, an_mql, every
from tests.stages.test_dispositions import DAY, a_keen_lead, decide, qualify
from tests.stages.test_returning import said, with_data
from tests.stories import the_zone
from tests.web.studio import Studio, typed
from tests.web.test_studio_team import words

BEFORE = NOON - timedelta(hours=1)


@pytest.fixture
def studio(app: Flask) -> Studio:
    return Studio(app, Role.MARKETER, "mia@northwind.example")


def form(lead: Lead) -> str:
    return f"/studio/leads/{lead.public_id}/correct"


def correct(studio: Studio, lead: Lead, status: int = 303, /, **changes: str) -> str:
    """Send the form as it stands with some fields changed."""
    return studio.post(form(lead), status, **typed(studio.get(form(lead))) | changes)


def test_what_is_corrected_takes_the_place_even_of_what_was_proven_and_says_by_whom(studio: Studio) -> None:
    lead, bystander = with_data("phone", at=BEFORE), with_data("phone", at=BEFORE)

    onward = correct(studio, lead, phone="+49 30 901821", country="DE")

    assert "Corrected, and noted" in studio.get(onward)
    ada, other = every(Lead)
    assert (ada.phone, ada.country, other.phone) == ("+4930901821", "DE", "+4930901820")
    said = [(row.key, row.value, row.before, row.verified) for row in every(LeadValue) if row.corrected_by]
    assert said == [("phone", "+4930901821", "+4930901820", True), ("country", "DE", "IE", True)]
    [noted] = [row for row in every(AuditEntry) if row.action == "lead.corrected"]
    assert (noted.subject, noted.detail) == (f"lead:{lead.public_id}", {"fields": "country, phone"})
    assert {row.corrected_by for row in every(LeadValue)} == {None, noted.actor}
    told = {moment.sentence: moment.more for moment in story.of(lead.id, until=NOON + DAY).moments}
    assert told["Corrected: Phone"] == "Mara Lind · +4930901820 → +4930901821"
    assert told["Sales: rejected"] == "A command · Wrong data · Phone"
    assert bystander.id == other.id


def test_the_lead_tells_who_corrected_what_and_what_stood_before(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, long, bystander = a_lead(job_title="CEO", country="IE", at=BEFORE), "Works " * 20, a_lead(at=BEFORE)
    with transaction():
        name = every(Staff)[0].name

    correct(studio, lead, job_title="CFO", country="DE", company=long.strip())
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=1))
    correct(studio, lead, company="Alder")
    screen = words(studio.get(f"/studio/leads/{lead.public_id}"))

    moments = story.of(lead.id, until=NOON + DAY).moments[1:]
    assert {one.sentence: one.more for one in moments if one.kind == "correction"} == {
        "Corrected: Country": f"{name} · Ireland → Germany",
        "Corrected: Job title": f"{name} · CEO → CFO",
        "Corrected: Company": f"{name} · – → {long[:60].strip()}…",
    }
    assert f"Corrected: Company {name} · {long[:60].strip()}… → Alder" in screen
    assert re.search(rf"CFO corrected by {name}, [^:]+:\d\d ?: “CEO” before", screen)
    assert "orrected by" not in words(studio.get(f"/studio/leads/{bystander.public_id}"))


def test_a_value_that_was_proven_since_is_no_correction_any_more(studio: Studio) -> None:
    lead = a_lead(job_title="CEO", at=BEFORE)
    correct(studio, lead, job_title="CFO")
    with transaction() as writing:
        known = writing.get_one(Lead, lead.id)
        values.learn(known, {"job_title": "COO"}, submission_id=None, verified=True, at=NOON + DAY)

    screen = words(studio.get(f"/studio/leads/{lead.public_id}"))

    assert "CEO → CFO" in screen
    assert "corrected by" not in screen


def test_a_stranger_does_not_overwrite_what_was_corrected_and_a_list_that_is_taken_back_neither(
    studio: Studio,
) -> None:
    lead = a_lead(phone="+4930901820")
    correct(studio, lead, phone="+4930901821")

    with transaction() as writing:
        known = writing.get_one(Lead, lead.id)
        values.learn(known, {"phone": "+4930901822"}, submission_id=None, at=NOON + DAY)
        values.unlearn_all([known], import_id=1)

    assert every(Lead)[0].phone == "+4930901821"


def test_who_was_given_back_because_of_wrong_data_goes_to_sales_again_once_they_are_corrected(studio: Studio) -> None:
    lead = with_data("phone", at=BEFORE)

    correct(studio, lead, company="Alder Castings Limited")
    before = len(every(Mql))
    correct(studio, lead, phone="+4930901821")

    assert (before, [mql.cycle for mql in every(Mql)]) == (1, [1, 2])


def test_who_had_asked_to_be_contacted_goes_to_sales_again_whatever_the_points_but_not_who_wants_that_no_more(
    studio: Studio,
) -> None:
    asked, silent = a_lead(at=BEFORE - DAY), a_lead(at=BEFORE - DAY)
    for lead in (asked, silent):
        an_mql(lead, at=BEFORE)
        decide(every(Mql)[-1], Outcome.REJECTED, reason="wrong_data", wrong="phone", at=BEFORE)
    privacy.withdraw(silent.public_id, at=BEFORE)

    for lead in (asked, silent):
        correct(studio, lead, company="Alder")
        correct(studio, lead, phone="+4930901821")

    assert [(mql.lead_id, mql.cycle, mql.reason.value) for mql in every(Mql)][2:] == [(asked.id, 2, "hand_raised")]


def test_sales_is_told_of_a_correction_of_whom_it_has_and_the_score_follows(studio: Studio) -> None:
    lead = a_good_lead(company_size="1-9", at=BEFORE)
    an_mql(lead, at=BEFORE)
    with transaction():
        small = scores.after(lead.id, at=NOON)

    correct(studio, lead, company_size="50-249")
    correct(studio, lead)

    assert [row.event for row in feed.rows(0, 9, zone=the_zone())] == ["mql.created", "lead.corrected"]
    assert feed.rows(0, 9, zone=the_zone())[-1].company.size == "50-249"
    with transaction():
        assert scores.after(lead.id, at=NOON).fit > small.fit


def test_a_value_that_was_known_before_is_a_correction_too(app: Flask, settings: Settings) -> None:
    lead = a_good_lead(at=BEFORE)
    an_mql(lead, at=BEFORE)

    for days, company in enumerate(("Elder Castings", "Alder Castings")):
        told = {"company": company}
        correcting.correct(lead.public_id, told, seen=None, settings=settings, actor="mia", at=NOON + days * DAY)

    assert [row.event for row in feed.rows(0, 9, zone=the_zone())] == [
        "mql.created",
        "lead.corrected",
        "lead.corrected",
    ]


def test_what_cannot_be_kept_is_refused_beside_its_field_and_nothing_is_kept(studio: Studio) -> None:
    lead = a_lead(first_name="Ada")

    refusal = correct(studio, lead, 422, phone="12", website="no address", company="Alder")

    assert re.findall(r'<p class="field__error" id="(\w+)-error"', refusal) == ["phone", "website"]
    assert 'name="company" value="Alder"' in refusal
    assert (every(Lead)[0].company, every(LeadValue)) == ("", [])


def test_what_is_wrong_may_be_taken_away_and_that_mends_nothing(studio: Studio) -> None:
    lead = with_data("phone", at=BEFORE)

    correct(studio, lead, phone="")

    assert (every(Lead)[0].phone, len(every(Mql))) == ("", 1)
    assert "Sales says that this is wrong: Phone." in studio.get(f"/studio/leads/{lead.public_id}")


def test_nobody_corrects_past_what_became_known_meanwhile(studio: Studio) -> None:
    lead = a_lead(company="Alder")
    fields = typed(studio.get(form(lead)))
    with transaction() as writing:
        values.learn(writing.get_one(Lead, lead.id), {"company": "Alder Ltd"}, submission_id=None, at=NOON + DAY)

    clash = studio.post(form(lead), 409, **fields | {"company": "Elder"})

    assert "Nothing was overwritten" in clash
    assert "<dd>Alder Ltd</dd>" in clash
    assert every(Lead)[0].company == "Alder Ltd"
    studio.post(form(lead), 303, **typed(clash))
    assert every(Lead)[0].company == "Elder"


def test_a_name_is_asked_for_as_it_is_known(studio: Studio) -> None:
    whole, parts = a_lead(name="Ada Lovelace"), a_lead(first_name="Ada")

    asked = [
        re.findall(r'<label class="field__label" for="(\w*name)"', studio.get(form(one))) for one in (whole, parts)
    ]
    correct(studio, whole, name="Ada King")

    assert asked == [["name"], ["first_name", "last_name"]]
    assert [lead.full_name for lead in every(Lead)] == ["Ada King", "Ada"]


def test_a_salesperson_corrects_whom_sales_was_given_and_nobody_else(app: Flask) -> None:
    sales = Studio(app, Role.SALES, "sam@northwind.example")
    given, other = a_keen_lead(), a_lead()
    qualify(given)

    correct(sales, given, company="Elder Castings")

    sales.get(form(other), 404)
    assert [lead.company for lead in every(Lead)] == ["Elder Castings", ""]


@pytest.mark.parametrize("role", [Role.SALES, Role.MARKETER, Role.ADMIN])
def test_from_an_mql_one_gets_to_what_is_to_be_corrected_of_its_lead_and_back(app: Flask, role: Role) -> None:
    given, _ = with_data("phone", at=BEFORE), an_mql(at=BEFORE)
    person = Studio(app, role, "sam@northwind.example")
    about = f"/studio/leads/{given.public_id}"

    screen = person.get(f"/studio/mqls/{every(Mql)[0].public_id}")
    onward = correct(person, given, phone="+4930901821")

    ways = re.findall(r'href="(/studio/leads/[^"]+)"', screen)
    assert ways == ([f"{about}/correct"] if role is Role.SALES else [f"{about}/correct", about])
    back = re.findall(r'href="/studio/mqls/([^"?]{22})', person.get(onward))
    assert len(back) == 2
    assert back == [mql.public_id for mql in reversed(every(Mql)) if mql.lead_id == given.id]


def test_an_mql_of_somebody_who_was_merged_leads_to_who_that_is_now(studio: Studio, settings: Settings) -> None:
    kept, gone = a_keen_lead(), a_keen_lead()
    qualify(gone)
    merging.merge(kept.public_id, gone.public_id, note="", settings=settings, actor="cli", at=NOON)

    screen = studio.get(f"/studio/mqls/{every(Mql)[0].public_id}")

    assert f'href="/studio/leads/{kept.public_id}/correct"' in screen
    assert gone.public_id not in screen


def test_marketing_finds_whom_sales_says_something_is_wrong_of_until_it_is_mended(
    studio: Studio, settings: Settings
) -> None:
    phone, company, address, merged = (with_data(field, at=BEFORE) for field in ("phone", None, "email", "email"))
    name, lost, open_one = with_data("name", at=BEFORE), a_keen_lead(), a_keen_lead()
    qualify(lost)
    decide(every(Mql)[-1], Outcome.LOST)
    qualify(open_one)
    merging.merge(open_one.public_id, merged.public_id, note="", settings=settings, actor="cli", at=NOON)

    def listed() -> set[str]:
        return set(re.findall(r'href="/studio/leads/([\w-]{22})"', studio.get("/studio/leads?handed=wrong")))

    silent = with_data("phone", at=BEFORE)
    privacy.withdraw(silent.public_id, at=NOON)

    before = listed()
    correct(studio, silent, phone="+4930901821")
    correct(studio, phone, company="Elder")
    correct(studio, company, company="Elder")
    correct(studio, name, last_name="Byron")
    with transaction() as writing:
        writing.get_one(Lead, address.id).verified_at = NOON

    assert before == {one.public_id for one in (phone, company, address, name, silent)}
    assert listed() == {phone.public_id}
    assert {one.public_id for one in (phone, company)} <= {leads.by_id(mql.lead_id).public_id for mql in every(Mql)}


def test_what_was_wrong_and_is_mended_goes_to_whoever_said_so_and_the_new_mql_tells_of_it(
    app: Flask, studio: Studio
) -> None:
    sam = Studio(app, Role.SALES, "sam@northwind.example")
    [person] = [one for one in every(Staff) if one.role is Role.SALES]
    lead = with_data("company", at=BEFORE)
    a_salesperson("Ann")
    [old] = every(Mql)
    told = {"reason": "wrong_data", "wrong": "phone", "note": "Rings elsewhere"}
    decide(old, Outcome.REJECTED, by=Teller(person.public_id, Source.STUDIO), at=BEFORE + timedelta(minutes=1), **told)

    correct(studio, lead, phone="+4930901821")

    new = every(Mql)[1]
    assert (new.owner_id, new.routed_by) == (person.id, "said what was wrong, and that is mended")
    screen = sam.get(f"/studio/mqls/{new.public_id}")
    assert f'<a href="/studio/mqls/{old.public_id}">Before, as another MQL</a>: Rejected: Wrong data (Phone)' in screen
    assert "Rings elsewhere" in screen
    assert "Mended since: Phone · Mara Lind" in screen
    rows = [(row.event, row.mql_id) for row in feed.rows(0, 9, zone=the_zone())]
    assert rows[-2:] == [("mql.created", new.public_id), ("lead.corrected", old.public_id)]
    assert len([event for event, _ in rows if event == "lead.corrected"]) == 1


@pytest.mark.parametrize(
    ("named_by", "away", "because"),
    [
        ("bob", "", "said what was wrong, and that is mended"),
        ("bob", "bob", "had this lead before its data were mended"),
        ("cli", "", "had this lead before its data were mended"),
        ("cli", "ann", "round robin"),
    ],
)
def test_who_is_away_or_no_salesperson_gets_nobody_back(app: Flask, named_by: str, away: str, because: str) -> None:
    ann = a_salesperson("Ann")
    lead = a_lead(at=BEFORE - DAY)
    an_mql(lead, at=BEFORE)
    people = {"ann": ann, "bob": a_salesperson("Bob"), "cid": a_salesperson("Cid")}
    by = Teller(people[named_by].public_id if named_by in people else named_by, Source.API)
    decide(every(Mql)[0], Outcome.REJECTED, by=by, reason="wrong_data", wrong="company", at=BEFORE)
    for name in filter(None, [away]):
        work = Work(zone="UTC", off="2026-09-10 to 2026-12-31")
        sales.set_work(people[name].public_id, work, actor="cli", at=BEFORE)
    said(lead, company="Alder", at=NOON)

    qualify(lead)

    new = every(Mql)[1]
    expected = {"said": "bob", "had": "ann"}.get(because.split()[0])
    assert new.routed_by == because
    assert (new.owner_id == people[expected].id) if expected else (new.owner_id != people[away].id)
