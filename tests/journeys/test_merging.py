"""Two leads that are one person: what follows from saying so, and from taking it back."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select, update

from capture import cli, clock
from capture.accounts.models import AuditEntry
from capture.cli.common import installation
from capture.db import Base, session, transaction
from capture.delivery import links, mail
from capture.delivery.links import Purpose
from capture.delivery.models import Grant
from capture.errors import MergeRefused, NotFound
from capture.handoff import exclusions, feed, kinds, mqls, outcomes, permissions
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import HAND_RAISED, Disposition, FeedEntry, Mql, Outcome, Source
from capture.journey import merging, privacy, reader, sales, visitor
from capture.leads import consents, imports, leads, values
from capture.leads.models import ExclusionKind, Lead, LeadAddress, LeadMerge, LeadValue, LeadVisitor, Submission
from capture.outbox.models import OutboxMessage
from capture.reports import behind, finding, inbox, lookalikes
from capture.reports.behind import Counted
from capture.reports.finding import Sought
from capture.reports.inbox import View
from capture.scoring import rulesets, scores
from capture.scoring.models import ScoreEntry
from tests.factories import a_salesperson, every
from tests.stories import a_fill, a_lead, a_page, a_webinar, an_arrival, download, settings, submit, the_zone

HOME, WORK, OTHER = "ada@home.example", "ada@analytical.example", "countess@lovelace.example"


def merge(kept: Lead, merged: Lead, note: str = "The same voice on the phone") -> str:
    done = merging.merge(kept.public_id, merged.public_id, note=note, settings=settings(), actor="cli", at=clock.now())
    return done.merge_id


def part(merge_id: str) -> None:
    merging.part(merge_id, actor="cli", at=clock.now())


def fresh(lead: Lead) -> Lead:
    session().expire_all()
    return session().get_one(Lead, lead.id)


def score(lead: Lead) -> tuple[float, float]:
    told = scores.current(lead.id, at=clock.now())
    return round(told.exact_fit, 9), round(told.exact_engagement, 9)


def disposed(mql: Mql, outcome: Outcome) -> None:
    sales.decide(mql.public_id, Decision(outcome), Teller("cli", Source.STUDIO), at=clock.now())


def test_after_a_merge_everything_that_names_either_address_finds_the_lead_that_is_kept(app: Flask) -> None:
    kept, merged, bystander = a_lead(WORK), a_lead(HOME), a_lead("grace@compiler.example")
    page = a_page("prices")
    before = submit(page, a_fill(email=HOME), form_key="before")

    merge(kept, merged)
    submit(page, a_fill(email=HOME.upper()), form_key="after")
    reader.redeem_link(before.grant, an_arrival(), by_mail=True, settings=settings(), at=clock.now())
    download(before)

    assert [fill.lead_id for fill in every(Submission) if fill.form_key == "after"] == [kept.id]
    assert {row.address_key: row.lead_id for row in every(LeadAddress)} == {
        WORK: kept.id,
        HOME: kept.id,
        bystander.email: bystander.id,
    }
    assert {row.lead_id for row in every(LeadVisitor)} == {kept.id, bystander.id}
    assert len(every(Lead)) == 3
    proven = {row.address_key: row.verified_at is not None for row in every(LeadAddress)}
    assert proven == {WORK: False, HOME: True, bystander.email: False}
    assert fresh(kept).verified_at is None, "the link proves the mailbox that had it, and no other"


def test_a_document_goes_to_the_address_that_asked_for_it(app: Flask) -> None:
    kept, merged = a_lead(WORK), a_lead(HOME)
    merge(kept, merged)

    submit(a_page("prices"), a_fill(email=HOME), form_key="after")
    waiting = every(OutboxMessage)[-1]
    told = mail.magnet_mail(settings(), {**waiting.payload, "key": waiting.idempotency_key})

    assert told is not None
    assert told.to == HOME


def test_a_merge_gives_no_permission_and_what_one_withdrew_is_withdrawn_for_both(app: Flask) -> None:
    kept, merged = a_lead(WORK), a_lead(HOME, news=True)
    third = a_lead(OTHER, news=True)

    merge(kept, merged)
    may = permissions.of([kept.id], zone=the_zone())[kept.id]
    assert not may.may_mail
    assert f"To {HOME}: Yes, agreed" in may.mail

    privacy.withdraw(merged.public_id, at=clock.now())
    assert permissions.of([merged.id], zone=the_zone())[merged.id].may_mail is False
    merge(third, kept)
    assert consents.state(third.id)["marketing_email"] is False
    submit(a_page("prices"), a_fill(email=HOME, news=True), form_key="anew")
    assert consents.state(third.id)["marketing_email"] is True


def test_what_is_known_of_the_kept_lead_stands_and_the_rest_comes_from_the_other(app: Flask) -> None:
    kept, merged = a_lead(WORK, company="Analytical"), a_lead(HOME, company="Engines", job_title="Countess")
    with transaction() as writing:
        writing.add(LeadValue(lead_id=merged.id, key="company", value="Engines", verified=True, at=clock.now()))

    merge(kept, merged)

    assert (fresh(kept).company, fresh(kept).job_title) == ("Analytical", "Countess")


@pytest.mark.parametrize(
    ("ours", "theirs", "called"),
    [
        ({}, {"first_name": "Otto", "last_name": None}, "Ada Byron"),
        ({"first_name": None}, {"first_name": "Otto", "last_name": "Lovelace"}, "Byron"),
        ({"first_name": None, "last_name": None}, {"first_name": "Otto", "last_name": None}, "Otto"),
        ({"first_name": None, "last_name": None}, {}, "Ada Byron"),
    ],
)
def test_a_name_goes_whole_and_is_none_that_neither_had(
    app: Flask, ours: dict[str, str | None], theirs: dict[str, str | None], called: str
) -> None:
    kept, merged = a_lead(WORK, **ours), a_lead(HOME, **theirs)
    with transaction() as writing:
        newer = update(LeadValue).where(LeadValue.lead_id == merged.id)
        writing.execute(newer.values(at=clock.now() + timedelta(1)))
    seen = {
        value.label: value.stands for value in lookalikes.pair(kept, merged, zone=the_zone(), at=clock.now()).values
    }

    merge(kept, merged)

    assert fresh(kept).full_name == called
    assert f"{seen.get('First name', '')} {seen.get('Last name', '')}".strip() == called


def test_a_list_that_is_taken_back_after_a_merge_mixes_no_names(app: Flask) -> None:
    kept, merged = a_lead(WORK, first_name=None), a_lead(HOME, first_name="Otto", last_name="Lovelace")
    merge(kept, merged)
    with transaction() as writing:
        listed = imports.look_at("fair.csv", f"E-mail\n{WORK}\n".encode(), by="cli", at=clock.now())
        person = writing.get_one(Lead, kept.id)
        said = {"first_name": "Ada", "company": "Listed"}
        values.learn_all({person: said}, import_id=listed.id, at=clock.now() + timedelta(1))
        assert (person.full_name, person.company) == ("Ada Byron", "Listed")
        values.unlearn_all([person], import_id=listed.id)

    assert (fresh(kept).full_name, fresh(kept).company) == ("Byron", "Analytical")


def everything_of(*people: Lead) -> Mapping[str, object]:
    """What is to be the same after a merge was taken back."""
    session().expire_all()
    tables: tuple[type[Base], ...] = (Lead, LeadAddress, LeadVisitor, LeadValue, Submission, Mql)
    rows = {
        table.__tablename__: [
            {column.name: getattr(row, column.name) for column in table.__table__.columns if column.name != "sought"}
            for row in every(table)
        ]
        for table in tables
    }
    told = {
        lead.email: (score(lead), consents.state(lead.id), permissions.of([lead.id], zone=the_zone()))
        for lead in people
    }
    return {**rows, "told": told}


def test_a_merge_that_is_taken_back_has_changed_nothing(app: Flask) -> None:
    a_salesperson()
    first, second, third = a_lead(WORK, talk=True, news=True), a_lead(HOME, job_title="CEO"), a_lead(OTHER, talk=True)
    privacy.withdraw(second.public_id, at=clock.now())
    submit(a_page("prices"), a_fill(email=HOME), form_key="more")
    before = everything_of(first, second, third)

    one = merge(first, second)
    two = merge(third, first)
    assert fresh(second).merged_into_id == third.id
    with pytest.raises(MergeRefused, match="Undo that merge first"):
        part(one)
    part(two)
    part(one)

    after = everything_of(first, second, third)
    assert after == before
    assert [entry.action for entry in every(AuditEntry)][-4:] == ["leads.merged"] * 2 + ["leads.parted"] * 2
    with pytest.raises(MergeRefused, match="undone already"):
        part(one)


def test_it_can_be_taken_back_while_only_browsers_did_something_and_each_gets_what_his_did(app: Flask) -> None:
    kept, merged, page = a_lead(WORK), a_lead(HOME), a_page("prices")
    given = submit(page, a_fill(email=HOME), form_key="theirs")
    merge_id = merge(kept, merged)

    visitor.arrive("prices", an_arrival(path="/prices", cookie=given.new_cookie), settings=settings(), at=clock.now())
    with_it = score(kept)
    part(merge_id)

    assert score(kept) != with_it
    rules = rulesets.in_force(at=clock.now()).rules
    [*_, last] = scores.occurrences({merged.id: merged.id}, rules)[merged.id]
    assert last.event == "page_viewed"
    again = merge(kept, merged)
    submit(page, a_fill(email=HOME), form_key="once-more")
    with pytest.raises(MergeRefused, match="stays one person"):
        part(again)


def test_of_two_mqls_that_sales_works_on_one_goes_on_and_nothing_is_lost(app: Flask) -> None:
    a_salesperson()
    kept, merged = a_lead(WORK, talk=True), a_lead(HOME, talk=True)
    stays, joins = every(Mql)
    disposed(joins, Outcome.ACCEPTED)  # sales is further with this one

    merge_id = merge(kept, merged)
    session().expire_all()
    told = [row for row in feed.rows(0, 50, zone=the_zone()) if row.event == kinds.MERGED]

    assert {(row.mql_id, row.continues_as) for row in told} == {
        (stays.public_id, joins.public_id),
        (joins.public_id, None),
    }
    assert {row.lead_id for row in told} == {kept.public_id}
    assert {row.person.email for row in told} == {WORK}
    assert {row.person.other_emails for row in told} == {(HOME,)}
    listed = inbox.inbox(View.TEAM, 0, at=clock.now())
    assert (listed.lines, listed.waiting[View.TEAM]) == ([], 0)
    disposed(stays, Outcome.OPPORTUNITY)  # by the id that the CRM has kept
    assert [row.mql_id for row in every(Disposition)] == [joins.id, joins.id]
    known = outcomes.meanings("won = won")
    report = outcomes.read(
        f"email,status\n{HOME},won\n".encode(), known, currency="EUR", zone=settings().zone, at=clock.now()
    )
    assert [row.mql_id for row in report.new] == [joins.public_id]

    part(merge_id)
    session().expire_all()
    assert [mql.continues_id for mql in every(Mql)] == [None, None]
    assert [row.event for row in feed.rows(0, 50, zone=the_zone())][-2:] == [kinds.SEPARATED] * 2


def test_whoever_an_mql_was_passed_on_to_keeps_his_time_when_the_merge_is_taken_back(app: Flask) -> None:
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    merge_id = merge(a_lead(WORK, talk=True), a_lead(HOME, talk=True))
    [stands] = [mql for mql in every(Mql) if mql.continues_id is None]
    to, later = bob if stands.owner_id == ann.id else ann, clock.now() + timedelta(hours=20)
    sales.pass_on(stands.public_id, to.public_id, sla_hours=24, actor="cli", at=later)

    part(merge_id)
    session().expire_all()

    assert session().get_one(Mql, stands.id).due_at == later + timedelta(hours=24)
    assert all(mql.remind_at is not None for mql in every(Mql))


def test_a_person_who_was_merged_is_handed_over_once_in_a_cycle(app: Flask) -> None:
    kept, merged = a_lead(WORK), a_lead(HOME, talk=True)
    merge(kept, merged)
    page = a_page("prices")

    submit(page, a_fill(email=WORK, talk=True), form_key="again")
    assert len(every(Mql)) == 1
    disposed(every(Mql)[0], Outcome.RECYCLED)
    submit(page, a_fill(email=WORK, talk=True), form_key="and again")

    assert [(mql.lead_id, mql.cycle) for mql in every(Mql)] == [(merged.id, 1), (kept.id, 1)]
    assert every(Mql)[-1].priority == HAND_RAISED


def test_who_is_on_a_list_with_one_address_is_not_handed_over_with_the_other(app: Flask) -> None:
    kept, merged = a_lead(WORK), a_lead(HOME)
    sales.never_hand_over(ExclusionKind.CUSTOMER, HOME.encode(), actor="cli", at=clock.now())
    merge(kept, merged)

    submit(a_page("prices"), a_fill(email=WORK, talk=True), form_key="talk")

    assert every(Mql) == []
    assert exclusions.of(fresh(kept)) is not None


def test_no_figure_changes_by_a_merge_and_each_still_leads_to_its_leads(app: Flask) -> None:
    kept, merged = a_lead(WORK), a_lead(HOME)
    day = clock.now().date()
    sought = Sought(counted=Counted.LEADS, since=day, until=day)

    merge(kept, merged)
    listed = finding.listing(sought, zone=settings().zone, at=clock.now())

    assert [row.email for row in listed.rows] == [WORK]
    assert sought.behind is not None
    total = behind.total(sought.behind, settings().zone)
    assert (total.number, total.leads, total.listed) == (2, 1, 1)
    found = finding.listing(Sought(text=HOME), zone=settings().zone, at=clock.now())
    assert [row.email for row in found.rows] == [WORK]
    assert finding.count(Sought(), zone=settings().zone) == 1


def test_a_seat_in_a_webinar_is_the_persons_with_either_address(app: Flask) -> None:
    webinar = a_webinar()
    kept, merged = a_lead(WORK), a_lead(HOME)
    first = submit(webinar, a_fill(email=HOME), form_key="seat")
    merge(kept, merged)

    second = submit(webinar, a_fill(email=WORK), form_key="another")

    assert second.registration == first.registration


def test_whoever_is_erased_is_erased_with_all_that_was_merged(app: Flask) -> None:
    kept, merged, third = a_lead(WORK), a_lead(HOME), a_lead(OTHER)
    merge(kept, merged)
    merge(third, kept, note="zyx told me")

    assert len(privacy.give_data(merged.public_id, actor="cli", at=clock.now())["lead"]) == 3
    privacy.erase(HOME, actor="cli", at=clock.now())
    session().expire_all()

    assert [lead.email for lead in every(Lead)] == ["", "", ""]
    assert every(LeadAddress) == []
    assert every(ScoreEntry) == []
    assert [(row.note, row.moved) for row in every(LeadMerge)] == [("", {}), ("", {})]
    with pytest.raises(NotFound):
        merge(third, kept)


def test_a_merge_is_refused_where_there_are_no_two_people_to_be_one(app: Flask) -> None:
    kept, merged = a_lead(WORK), a_lead(HOME)
    sales.never_hand_over(ExclusionKind.STAFF, OTHER.encode(), actor="cli", at=clock.now())
    with pytest.raises(MergeRefused, match="one lead already"):
        merge(kept, kept)
    with pytest.raises(MergeRefused, match="our own people"):
        merge(kept, a_lead(OTHER))
    merge(kept, merged)
    with pytest.raises(MergeRefused, match="meanwhile"):
        merge(kept, merged)
    part(every(LeadMerge)[0].public_id)


def test_the_command_line_shows_merges_and_parts(app: Flask, tmp_path: Path) -> None:
    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(cli.main, ["leads", *words, "--data", str(tmp_path)])
        assert done.exit_code == code, done.output
        return done.output

    with installation(tmp_path):
        page = a_page("prices")
        submit(page, a_fill(email=WORK), form_key="one")
        submit(page, a_fill(email=HOME, company="Engines"), form_key="two")

    assert "Company: Analytical  (Analytical | Engines)" in run("merge", WORK, HOME)
    merge_id = (
        run("merge", WORK, HOME, "--note", "She said so", "--yes").partition("The merge is ")[2].partition(":")[0]
    )
    assert "one lead already" in run("merge", WORK, HOME, "--yes", code=1)
    assert "two people again" in run("part", merge_id)
    assert "undone already" in run("part", merge_id, code=1)
    assert "no such lead" in run("merge", WORK, "nobody@alder.example", code=1)


def test_a_mail_of_before_withdraws_for_the_person_and_the_documents_links_go_on(app: Flask) -> None:
    client = app.test_client()
    kept, merged = a_lead(WORK, news=True), a_lead(HOME)
    [theirs] = [grant for grant in every(Grant) if grant.lead_id == merged.id]
    merge(kept, merged)
    token = links.sign(settings(), Purpose.WITHDRAW, merged.public_id, expires=clock.now() + timedelta(days=1))

    assert client.get(f"/withdraw/{token}").status_code == 200
    assert client.post(f"/withdraw/{token}").status_code == 200
    assert consents.state(kept.id)["marketing_email"] is False
    followed = client.get(f"/l/{theirs.token}/1-0", headers={"User-Agent": an_arrival().user_agent})
    assert followed.status_code == 302
    copy = links.sign(settings(), Purpose.MAIL, theirs.public_id, expires=clock.now() + timedelta(days=1))
    assert client.get(f"/get/{copy}").status_code == 200
    assert leads.of_address(HOME) == kept.id
    assert json.dumps([entry.kind for entry in every(FeedEntry)]) == "[]"
    assert mqls.newest_of(kept.id) is None
    assert session().scalar(select(LeadMerge.kept_id)) == kept.id
