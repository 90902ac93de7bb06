"""Which consent stands: the one of the latest moment, whenever it was written; only the person takes a no back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count, permutations

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from capture.db import session, transaction
from capture.delivery import looks
from capture.delivery.models import Grant
from capture.handoff import permissions
from capture.leads import consents, imports
from capture.leads.consents import MARKETING_EMAIL, MARKETING_PHONE, TRACKING, Agreement
from capture.leads.imports import Said
from capture.leads.models import Consent, ConsentAction, Lead
from tests.factories import NOON, a_lead, every
from tests.stories import a_page, submit, the_zone

DAY = timedelta(days=1)
PURPOSES = {"mail": (MARKETING_EMAIL,), "phone": (MARKETING_PHONE,), "both": (MARKETING_EMAIL, MARKETING_PHONE)}
WITHDRAWN = "no"
numbers = count(1)
days_ago = st.integers(min_value=0, max_value=9)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("form"), st.sampled_from(sorted(PURPOSES)), st.just(0)),
        st.tuples(st.just("list"), st.sampled_from(sorted(PURPOSES)), days_ago),
        st.just((WITHDRAWN, "", 0)),
    ),
    max_size=7,
)
Steps = Sequence[tuple[str, str, int]]


def a_list_says(lead: Lead, basis: str, wording: str, *, met: datetime, at: datetime) -> None:
    with transaction():
        one = imports.look_at("fair.csv", f"E-mail\n{lead.email}\n".encode(), by="cli", at=at)
        imports.describe(one, Said(["email"], "Fair", met.date(), basis, wording))
        taken = imports.take(one, at=at)
        assert taken is not None
        imports.remember(one, taken, met=met, at=at)


def happens(lead: Lead, told: Steps) -> None:
    """One step a day: a form in the morning, a withdrawal in the afternoon, a list in the evening of a noon before."""
    for number, (what, basis, ago) in enumerate(told):
        day, wording = NOON + number * DAY, f"wording {number}"
        if what == "list":
            a_list_says(lead, basis, wording, met=day - ago * DAY, at=day + timedelta(hours=6))
            continue
        with transaction():
            if what == WITHDRAWN:
                consents.withdraw(lead.id, wording=wording, at=day + timedelta(hours=3))
            else:
                said = [Agreement(purpose, wording) for purpose in PURPOSES[basis]]
                at = day - timedelta(hours=3)
                consents.give(lead.id, said, page_version_id=None, submission_id=None, at=at)


def due(told: Steps, purpose: str) -> str | None:
    """The wording of the consent that must stand; None where there is none."""
    yes: list[tuple[datetime, int]] = []
    shut, withdrawn = False, NOON - 99 * DAY
    for number, (what, basis, ago) in enumerate(told):
        day = NOON + number * DAY
        if what == WITHDRAWN:
            shut, withdrawn = True, day + timedelta(hours=3)
        elif purpose in PURPOSES[basis] and what == "form":
            shut = False
            yes.append((day - timedelta(hours=3), number))
        elif purpose in PURPOSES[basis] and not shut:
            yes.append((day - ago * DAY, number))
    at, number = max(yes, default=(NOON - 99 * DAY, -1))
    return f"wording {number}" if number >= 0 and at > withdrawn else None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(told=[("form", "mail", 0), ("list", "mail", 9)])
@example(told=[("form", "mail", 0), (WITHDRAWN, "", 0), ("list", "both", 9)])
@example(told=[("form", "mail", 0), (WITHDRAWN, "", 0), ("form", "mail", 0), ("list", "both", 2)])
@example(told=[("list", "both", 0), ("form", "phone", 0), ("list", "mail", 1), (WITHDRAWN, "", 0), ("list", "mail", 0)])
@given(told=steps)
def test_the_consent_with_the_latest_moment_stands_in_its_own_words(app: Flask, told: Steps) -> None:
    lead, bystander = (a_lead(f"one-{next(numbers)}@analytical.example") for _ in range(2))

    happens(lead, told)

    may = permissions.of([lead.id, bystander.id], zone=the_zone())
    mail, phone = due(told, MARKETING_EMAIL), due(told, MARKETING_PHONE)
    assert (may[lead.id].may_mail, may[lead.id].may_call) == (mail is not None, phone is not None)
    assert mail is None or f"“{mail}”" in may[lead.id].mail
    assert phone is None or f"“{phone}”" in may[lead.id].call
    assert consents.state(lead.id) == {
        MARKETING_EMAIL: mail is not None,
        MARKETING_PHONE: phone is not None,
        TRACKING: False,
    }
    ids = {lead.public_id, bystander.public_id}
    assert consents.agreeing(ids, MARKETING_EMAIL) == ({lead.public_id} if mail else set())
    if mail or phone:
        assert not consents.has_withdrawn([lead.id]) or any(what == WITHDRAWN for what, *_ in told)
    assert not may[bystander.id].may_mail


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whichever_order_rows_are_written_the_same_one_stands(app: Flask, order: tuple[int, ...]) -> None:
    submit(a_page())
    [lead], [grant] = every(Lead), every(Grant)
    rows = [(ConsentAction.GIVEN, "early"), (ConsentAction.WITHDRAWN, "no"), (ConsentAction.GIVEN, "late")]

    def tell(number: int) -> None:
        action, wording = rows[number]
        facts = {"lead_id": lead.id, "wording": wording, "wording_digest": "", "at": NOON + number * DAY}
        with transaction() as writing:
            for purpose in (TRACKING, MARKETING_EMAIL):
                writing.add(Consent(purpose=purpose, action=action, **facts))
                writing.flush()

    for written in range(3):
        tell(order[written])
        session().expire_all()
        action, wording = rows[max(order[: written + 1])]
        look = looks.of(grant.public_id, None)
        assert look is not None
        assert look.is_tracked is (action is ConsentAction.GIVEN)
        assert consents.state(lead.id)[TRACKING] is (action is ConsentAction.GIVEN)
        assert consents.has_withdrawn([lead.id]) == (set() if action is ConsentAction.GIVEN else {lead.id})
        may = permissions.of([lead.id], zone=the_zone())[lead.id]
        assert may.may_mail is (action is ConsentAction.GIVEN)
        assert not may.may_mail or f"“{wording}”" in may.mail
