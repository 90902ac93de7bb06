import threading
from datetime import timedelta

import pytest
from flask import Flask

from capture import clock
from capture.delivery.models import Grant
from capture.engagement.models import EngagementEvent, EventKind
from capture.errors import PageClosed, SessionFull
from capture.handoff.models import Mql, Reason
from capture.leads.models import Consent, Lead, LeadAddress, LeadVisitor, QuarantinedFill, Submission
from capture.outbox.models import OutboxMessage
from capture.pages.definition import Delivery
from tests import stories
from tests.factories import every
from tests.stories import a_fill, a_page, an_arrival, submit


def test_a_valid_fill_becomes_a_lead_with_everything_that_follows(app: Flask) -> None:
    page = a_page()

    receipt = submit(page, a_fill(news=True))

    [lead] = every(Lead)
    [submission] = every(Submission)
    [consent] = every(Consent)
    [grant] = every(Grant)
    assert (lead.email, lead.full_name, lead.company) == ("ada@analytical.example", "Ada Byron", "Analytical")
    assert submission.answers["first_name"] == "Ada"
    assert (consent.purpose, consent.wording) == ("marketing_email", stories.MARKETING)
    assert (grant.public_id, grant.lead_id) == (receipt.grant, lead.id)
    assert [message.kind for message in every(OutboxMessage)] == ["magnet_mail"]
    assert EventKind.FORM_SUBMITTED in [event.kind for event in every(EngagementEvent)]


def test_the_same_form_sent_twice_is_one_submission_with_one_receipt(app: Flask) -> None:
    page = a_page()

    first, again = submit(page), submit(page)

    assert first.grant == again.grant
    assert len(every(Submission)) == len(every(Grant)) == len(every(OutboxMessage)) == 1


def test_addresses_that_differ_in_case_are_one_person(app: Flask) -> None:
    page = a_page()

    submit(page, a_fill(email="Ada@Analytical.EXAMPLE"))
    submit(page, a_fill(email="ada@analytical.example"), form_key="key-2")
    submit(page, a_fill(email="a.da+news@analytical.example"), form_key="key-3")

    assert [lead.email for lead in every(Lead)] == ["ada@analytical.example", "a.da+news@analytical.example"]


def test_a_strangers_input_never_overwrites_a_proven_value(app: Flask) -> None:
    page = a_page(delivery=Delivery.CONFIRMED)
    receipt = submit(page)
    stories.confirm(receipt)

    submit(page, a_fill(first_name="Mallory", company="Evil", job_title="Countess"), form_key="key-2")

    [lead] = every(Lead)
    assert (lead.full_name, lead.company) == ("Ada Byron", "Analytical")
    assert lead.job_title == "Countess"


def test_before_anything_is_proven_the_newer_value_counts(app: Flask) -> None:
    page = a_page()
    submit(page)

    submit(page, a_fill(company="Difference Engines"), form_key="key-2", at=clock.now() + timedelta(days=1))

    [lead] = every(Lead)
    assert lead.company == "Difference Engines"


def test_a_second_address_from_one_browser_is_a_second_lead_who_inherits_nothing(app: Flask) -> None:
    page = a_page()
    cookie = submit(page, arrival=an_arrival(query="utm_source=LinkedIn")).new_cookie

    other = submit(page, a_fill(email="charles@analytical.example"), an_arrival(cookie=cookie), form_key="key-2")

    first, second = every(Lead)
    assert other.new_cookie not in (None, cookie)
    assert second.first_touch_id != first.first_touch_id
    assert len({link.visitor_id for link in every(LeadVisitor)}) == 2
    assert {event.lead_id for event in every(EngagementEvent) if event.visitor_id == 2} <= {second.id}


def test_a_fill_that_looks_like_a_machines_waits_and_the_document_goes_by_mail(app: Flask) -> None:
    page = a_page()

    receipt = submit(page, suspicion="the hidden field was filled")

    [fill] = every(QuarantinedFill)
    assert every(Lead) == []
    assert receipt.waits
    assert fill.reason == "the hidden field was filled"
    assert [message.kind for message in every(OutboxMessage)] == ["magnet_mail"]


def test_whoever_opens_the_mail_of_a_quarantined_fill_was_no_machine(app: Flask) -> None:
    page = a_page()
    receipt = submit(page, a_fill(news=True), suspicion="sent within a second")

    stories.redeem(receipt, by_mail=True)

    [lead] = every(Lead)
    [fill] = every(QuarantinedFill)
    assert lead.verified_at is not None
    assert fill.released_at is not None
    assert len(every(Submission)) == len(every(Consent)) == 1


def test_nothing_is_given_before_the_button_of_the_double_opt_in(app: Flask) -> None:
    page = a_page(delivery=Delivery.CONFIRMED)

    receipt = submit(page)

    assert receipt.waits
    assert [message.kind for message in every(OutboxMessage)] == ["confirmation_mail"]
    stories.confirm(receipt)
    assert [message.kind for message in every(OutboxMessage)] == ["confirmation_mail", "magnet_mail"]


def test_whoever_asks_to_be_contacted_goes_to_sales_at_once(app: Flask) -> None:
    submit(a_page(), a_fill(talk=True))

    [mql] = every(Mql)
    assert (mql.reason, mql.priority) == (Reason.HAND_RAISED, 1)


def test_one_fill_with_its_download_never_makes_an_mql(app: Flask) -> None:
    page = a_page()
    receipt = submit(page, a_fill(job_title="Head of Marketing", company_size="250+", country="DE", news=True))

    stories.download(receipt)

    assert EventKind.MAGNET_DOWNLOADED in [event.kind for event in every(EngagementEvent)]
    assert every(Mql) == []


def test_a_closed_page_takes_no_fill(app: Flask) -> None:
    page = a_page()
    stories.close(page)

    with pytest.raises(PageClosed):
        submit(page)

    assert not every(Lead)
    assert not every(LeadAddress)


@pytest.mark.real_commits
def test_fifty_posts_of_one_address_at_once_are_one_lead(app: Flask) -> None:
    page = a_page()
    start = threading.Barrier(50)
    faults: list[BaseException] = []

    def post(number: int) -> None:
        with app.app_context():
            start.wait()
            try:
                submit(page, form_key=f"key-{number}")
            except BaseException as fault:
                faults.append(fault)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert len(every(Lead)) == len(every(LeadAddress)) == 1
    assert len(every(Submission)) == 50


def test_a_full_webinar_takes_nobody_and_leaves_nothing(app: Flask) -> None:
    page = stories.a_webinar(seats=1)
    submit(page)

    with pytest.raises(SessionFull):
        submit(page, a_fill(email="charles@analytical.example"), form_key="key-2")

    assert [lead.email for lead in every(Lead)] == ["ada@analytical.example"]
