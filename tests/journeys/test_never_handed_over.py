"""Who stands on a list is never handed over; what customers and open deals do is told to their owner."""

from datetime import timedelta

import pytest
from flask import Flask

from capture.accounts.models import Role
from capture.db import session
from capture.errors import UploadRefused
from capture.handoff import exclusions, mail
from capture.handoff.models import Mql
from capture.journey import sales
from capture.journey import staff as staff_journey
from capture.leads.models import Exclusion, ExclusionKind, Lead
from capture.outbox.models import OutboxMessage
from tests import stories
from tests.conftest import NOON
from tests.factories import every
from tests.stories import a_fill, a_page, submit
from tests.web.studio import Studio


def keep(kind: ExclusionKind, text: str) -> int:
    return sales.never_hand_over(kind, text.encode(), actor="cli", at=NOON)


def asks(email: str) -> None:
    """Somebody asks to be contacted."""
    submit(a_page(f"page-{email.partition('@')[0]}"), a_fill(email=email, talk=True), form_key=email)


def notices() -> list[OutboxMessage]:
    return [message for message in every(OutboxMessage) if message.kind == "account_notice"]


@pytest.mark.parametrize("kind", list(ExclusionKind))
@pytest.mark.parametrize(
    "line", ["acme.example", "ada@acme.example", "@acme.example", "Domain\nACME.example", "mail.acme.example"]
)
def test_who_is_on_a_list_is_not_handed_over_even_when_asking(app: Flask, kind: ExclusionKind, line: str) -> None:
    keep(kind, f"other.example\n{line}\n" if "\n" not in line else line)

    asks("Ada@mail.acme.example" if line.startswith("mail") else "Ada@acme.example")
    asks("bystander@elsewhere.example")

    assert len(every(Mql)) == 1
    assert len(notices()) == (kind in (ExclusionKind.CUSTOMER, ExclusionKind.OPEN_DEAL))


@pytest.mark.parametrize("kind", list(ExclusionKind))
@pytest.mark.parametrize("line", ["eu.acme.example", "acme.example", "x.eu.acme.example"])
def test_a_listed_domain_covers_all_that_ends_in_it_as_a_named_account_does(
    app: Flask, kind: ExclusionKind, line: str
) -> None:
    keep(kind, line)

    asks("ada@x.eu.acme.example")
    asks("bo@us.acme.example.elsewhere.example")
    asks("cy@notacme.example")

    assert len(every(Mql)) == 2
    [kept] = [lead for lead in every(Lead) if lead.email.startswith("ada")]
    assert kept.is_ours == (kind is ExclusionKind.STAFF)
    listed = exclusions.of(kept)
    assert listed
    assert listed.pattern == line
    assert exclusions.kept_back([(kept.id, kept.email)]) == {kept.id}


def test_a_line_shorter_than_a_company_keeps_nobody_back(app: Flask) -> None:
    keep(ExclusionKind.COMPETITOR, "co.uk\nrival.co.uk\n")

    asks("ada@mail.acme.co.uk")
    asks("bo@mail.eu.rival.co.uk")

    assert [mql.lead_id for mql in every(Mql)] == [every(Lead)[0].id]


def test_of_two_listed_domains_the_longer_one_says_whose_it_is(app: Flask) -> None:
    keep(ExclusionKind.CUSTOMER, "acme.example, rhys@northwind.example\neu.acme.example, mara@northwind.example")

    asks("ada@mail.eu.acme.example")

    [told] = notices()
    letter = mail.account_notice(stories.settings(), told.payload | {"key": told.idempotency_key})
    assert letter
    assert letter.to == "mara@northwind.example"


def test_who_has_access_here_is_not_handed_over_with_any_list_or_none(app: Flask) -> None:
    staff_journey.add_person("Rhys@acme.example", "Rhys", Role.MARKETER, actor="cli", at=NOON)

    asks("rhys@ACME.example")
    asks("bystander@acme.example")

    assert len(every(Mql)) == 1
    assert notices() == []


def test_the_owner_of_a_customer_is_told_what_was_done_once_a_day(app: Flask) -> None:
    staff_journey.add_person("rhys@northwind.example", "Rhys", Role.SALES, actor="cli", at=NOON)
    keep(ExclusionKind.CUSTOMER, "acme.example, rhys@northwind.example")

    for name in ("ada", "ada", "grace"):
        asks(f"{name}@acme.example")

    first, second = notices()
    letter = mail.account_notice(stories.settings(), first.payload | {"key": first.idempotency_key})
    assert letter
    assert letter.to == "rhys@northwind.example"
    assert "This is a customer of yours" in letter.text
    assert "Asked to be contacted" in letter.text
    assert second.payload != first.payload


def test_a_day_of_a_customer_begins_at_midnight_of_the_zone_of_the_installation(app: Flask) -> None:
    keep(ExclusionKind.CUSTOMER, "acme.example, rhys@northwind.example")
    before_midnight, after_midnight, that_morning = (
        NOON + timedelta(hours=hours) for hours in (9, 11, 20)
    )  # of Berlin
    for number, at in enumerate((before_midnight, after_midnight, that_morning)):
        submit(a_page(f"page-{number}"), a_fill(email="ada@acme.example"), form_key=str(number), at=at)

    assert [told.created_at for told in notices()] == [before_midnight, after_midnight]


def test_that_a_customer_asks_to_be_contacted_is_told_each_time_whatever_was_told_that_day_and_by_whichever_list(
    app: Flask,
) -> None:
    keep(ExclusionKind.CUSTOMER, "acme.example, rhys@northwind.example")
    for number, talk in enumerate((False, False, True)):
        submit(a_page(f"page-{number}"), a_fill(email="ada@acme.example", talk=talk), form_key=str(number))

    _, asked = notices()
    keep(ExclusionKind.CUSTOMER, "acme.example, mara@northwind.example")
    letter = mail.account_notice(stories.settings(), asked.payload | {"key": asked.idempotency_key})

    assert letter
    assert letter.to == "mara@northwind.example"
    assert "your customer asks to be contacted" in letter.subject
    assert "asked to be contacted. Please answer." in letter.text


def test_a_hand_that_is_raised_and_what_follows_that_day_are_one_mail(app: Flask) -> None:
    keep(ExclusionKind.CUSTOMER, "acme.example, rhys@northwind.example")

    asks("ada@acme.example")
    submit(a_page("other"), a_fill(email="ada@acme.example"), form_key="other")

    [told] = notices()
    assert told.payload["asked"] is True


def test_an_admin_who_is_told_for_want_of_an_owner_reads_so_and_gets_a_way_to_the_lead(app: Flask) -> None:
    staff_journey.add_person("ada@northwind.example", "Ada", Role.ADMIN, actor="cli", at=NOON)
    left = staff_journey.add_person("rhys@northwind.example", "Rhys", Role.SALES, actor="cli", at=NOON)
    keep(ExclusionKind.CUSTOMER, "acme.example\nleft.example, rhys@northwind.example")
    staff_journey.disable(left.public_id, actor="cli", sla_hours=24, at=NOON)

    for email in ("ada@acme.example", "bo@left.example"):
        asks(email)

    nobodys, former = (
        mail.account_notice(stories.settings(), one.payload | {"key": one.idempotency_key}) for one in notices()
    )
    assert nobodys
    assert former
    assert nobodys.to == former.to == "ada@northwind.example"
    assert "acme.example is on the list of customers, so no MQL was made of it." in nobodys.text
    assert "you are an admin: no owner stands beside this company on the list" in nobodys.text
    assert "asks to be contacted, and no owner is listed" in nobodys.subject
    assert "you are an admin: Rhys, whose company this is, has no access any more" in former.text
    for letter, lead in ((nobodys, every(Lead)[0]), (former, every(Lead)[1])):
        assert "of yours" not in letter.text
        assert "look after this company" not in letter.text + letter.html
        assert f"http://localhost:8000/studio/leads/{lead.public_id}" in letter.text
        assert f"/studio/leads/{lead.public_id}" in letter.html


def test_an_address_on_a_list_goes_before_its_domain(app: Flask) -> None:
    keep(ExclusionKind.CUSTOMER, "acme.example, rhys@northwind.example\nada@acme.example, mara@northwind.example")

    asks("ada@acme.example")

    [told] = notices()
    letter = mail.account_notice(stories.settings(), told.payload | {"key": told.idempotency_key})
    assert letter
    assert letter.to == "mara@northwind.example"


def test_an_owner_without_access_is_told_at_his_address(app: Flask) -> None:
    keep(ExclusionKind.OPEN_DEAL, "acme.example, Partner@agency.example")

    asks("ada@acme.example")

    [told] = notices()
    letter = mail.account_notice(stories.settings(), told.payload | {"key": told.idempotency_key})
    assert letter
    assert letter.to == "partner@agency.example"
    assert "You have an open deal there" in letter.text
    assert exclusions.text(ExclusionKind.OPEN_DEAL) == "acme.example,partner@agency.example\n"


def test_a_new_list_takes_the_place_of_the_one_before_and_a_bad_one_changes_nothing(app: Flask) -> None:
    assert keep(ExclusionKind.COMPETITOR, "rival.example\nfoe.example\n") == 2
    assert keep(ExclusionKind.COMPETITOR, "rival.example\n") == 1
    assert keep(ExclusionKind.CUSTOMER, "rival.example\n") == 1

    with pytest.raises(UploadRefused, match="Line 2"):
        keep(ExclusionKind.CUSTOMER, "a.example\nnot a domain\n")
    with pytest.raises(UploadRefused, match="rhys is not the e-mail address of an owner"):
        keep(ExclusionKind.CUSTOMER, "a.example, rhys\n")

    assert [(row.kind, row.pattern) for row in every(Exclusion)] == [(ExclusionKind.CUSTOMER, "rival.example")]


def test_a_list_is_kept_in_the_studio_and_shown_as_it_may_be_loaded_again(app: Flask) -> None:
    studio = Studio(app)

    studio.post("/studio/mqls/never", kind="customer", text="acme.example, mara@northwind.example\r\nb.example")

    assert "acme.example,mara@northwind.example\nb.example\n</textarea>" in studio.get("/studio/mqls/never")
    assert "Line 1" in studio.post("/studio/mqls/never", 422, kind="customer", text="?.?", seen=1)
    assert session().query(Exclusion).count() == 2


def test_who_saves_a_list_past_another_is_told_and_sees_both(app: Flask) -> None:
    mara, boss = Studio(app), Studio(app, Role.ADMIN, "boss@northwind.example")
    boss.post("/studio/mqls/never", kind="competitor", text="theirs.example", seen=0)

    told = mara.post("/studio/mqls/never", 409, kind="competitor", text="mine.example", seen=0)

    mine, _, theirs = told.partition("The list that stands now")
    assert "Nothing was overwritten" in mine
    assert "mine.example" in mine
    assert "theirs.example" in theirs
    assert [row.pattern for row in every(Exclusion)] == ["theirs.example"]
    mara.post("/studio/mqls/never", kind="competitor", text="mine.example", seen=1)
    assert [row.pattern for row in every(Exclusion)] == ["mine.example"]
