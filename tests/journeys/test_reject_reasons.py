"""The reasons for rejections are the admins' list: they change it, and what was answered before keeps its promise."""

import re
import threading
from datetime import timedelta

import pytest
from flask import Flask

from capture import clock
from capture.accounts.models import AuditEntry, Role
from capture.db import db
from capture.errors import DispositionRefused, DraftChanged, UploadRefused
from capture.handoff import outcomes, reasons
from capture.handoff.models import Follows, Mql, Outcome
from capture.handoff.reasons import PRESET, Consequence, RejectReason
from capture.journey import sales
from capture.outbox.models import OutboxMessage
from tests.api.test_description import described
from tests.factories import NOON, a_good_lead, an_mql, every
from tests.stages.test_dispositions import DAY, a_keen_lead, decide, does_something, qualify
from tests.web.studio import Studio, typed

SCREEN = "/studio/mqls/reasons"


@pytest.fixture
def admin(app: Flask) -> Studio:
    return Studio(app, Role.ADMIN, "boss@northwind.example")


def save(admin: Studio, status: int = 303, /, *, without: str = "", **changes: str) -> str:
    """Post the form as it stands with some fields changed."""
    fields = typed(admin.get(SCREEN)) | changes
    fields.pop(without, None)
    return admin.post(SCREEN, status, **fields)


def after(days: int) -> Consequence:
    return Consequence(Follows.LATER, days)


def test_an_admin_adds_renames_changes_orders_and_retires_and_everything_shows_it(app: Flask, admin: Studio) -> None:
    rejected = an_mql()
    decide(rejected, Outcome.REJECTED, reason="no_fit")

    save(
        admin,
        without="offered-no_fit",
        **{"label-no_budget": "No money this year", "days-no_budget": "90", "place-duplicate": "0"},
        **{"label-1": "Wrong country", "follows-1": "never"},
    )

    known = reasons.listed()
    assert known["no_budget"] == RejectReason("no_budget", "No money this year", after(90))
    assert known["wrong_country"] == RejectReason("wrong_country", "Wrong country", Consequence(Follows.NEVER))
    assert list(known) == [
        *("duplicate", "unreachable", "wrong_data", "no_need", "no_budget", "customer", "competitor", "wrong_country"),
        "no_fit",
    ]
    waiting = an_mql()
    screen = admin.get(f"/studio/mqls/{waiting.public_id}")
    assert "No money this year" in screen
    assert "again after 90 days" in screen
    assert re.findall(r'name="reason" value="(\w+)"', screen) == list(known)[:-1]
    told = described(admin.client)["components"]["schemas"]["Decision"]["properties"]["reason"]
    assert told["enum"] == [*list(known)[:-1], None]
    assert "`no_budget`: No money this year, again after 90 days" in told["description"]
    assert "Does not fit" in admin.get(f"/studio/mqls/{rejected.public_id}")
    assert "Does not fit" in admin.get("/studio/reports/")
    changes = {(entry.action, entry.subject): entry.detail for entry in every(AuditEntry) if "reason" in entry.action}
    assert changes[("reject_reason.changed", "no_budget")] == {
        "revision": 1,
        "wording": "No budget now → No money this year",
        "follows": "again after 180 days, with new activity → again after 90 days, with new activity",
    }
    assert {key for key, _ in changes} == {
        *("reject_reason.added", "reject_reason.changed", "reject_reason.retired", "reject_reasons.ordered"),
    }


def test_a_retired_reason_is_refused_everywhere_with_those_that_may_be_given(admin: Studio) -> None:
    mql = an_mql()
    first = decide(mql, Outcome.REJECTED, reason="no_fit", key="k")
    save(admin, without="offered-no_fit")

    with pytest.raises(DispositionRefused, match=r"“no_fit” is not a reason here.*no_budget, customer"):
        decide(mql, Outcome.REJECTED, reason="no_fit")
    with pytest.raises(UploadRefused, match=r"Line 19 .*“no_fit” is not a reason here"):
        outcomes.meanings(outcomes.USUAL)
    assert decide(mql, Outcome.REJECTED, reason="no_fit", key="k") == first

    save(admin, **{"offered-no_fit": "on"})
    decide(mql, Outcome.REJECTED, reason="no_fit")


def test_what_an_answer_promised_stays_when_the_list_changes(admin: Studio) -> None:
    before = a_keen_lead()
    qualify(before)
    decide(every(Mql)[0], Outcome.REJECTED, reason="unreachable")

    save(admin, **{"days-unreachable": "5", "label-unreachable": "Does not answer"})
    later = a_keen_lead()
    qualify(later)
    decide(every(Mql)[1], Outcome.REJECTED, reason="unreachable")

    screen = admin.get(f"/studio/mqls/{every(Mql)[0].public_id}")
    assert "Does not answer" in screen
    assert "again after 30 days" in screen
    assert [does_something(lead, at=NOON + 6 * DAY) for lead in (before, later)] == [None, 2]
    assert does_something(before, at=NOON + 30 * DAY) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"days-no_need": "0"}, "No need now: write after how many days"),
        ({"days-no_need": "soon"}, "No need now: write after how many days"),
        ({"label-no_need": " "}, "no_need: write what people read"),
        ({"label-no_need": "wrong DATA"}, "two reasons read like this"),
        ({"label-1": "No budget", "days-1": "9"}, "another reason has this name in the API"),
        ({"label-1": "价格", "days-1": "9"}, "give it a name for the API"),
        ({"label-1": "Wrong country", "key-1": "9 no", "days-1": "9"}, "give it a name for the API"),
    ],
)
def test_a_list_that_cannot_be_is_refused_by_name_and_what_was_typed_stays(
    admin: Studio, changes: dict[str, str], said: str
) -> None:
    screen = save(admin, 422, **changes | {"label-customer": "Buys already"})

    assert said in screen
    assert "Buys already" in screen
    assert list(reasons.listed().values()) == list(PRESET)


def test_a_list_without_any_reason_is_refused(admin: Studio) -> None:
    fields = {name: value for name, value in typed(admin.get(SCREEN)).items() if not name.startswith("offered-")}

    assert "offer 1 to 20 of them" in admin.post(SCREEN, 422, **fields)


def test_who_saves_past_another_is_told_sees_both_and_may_still_save(app: Flask, admin: Studio) -> None:
    fields = typed(admin.get(SCREEN))
    save(Studio(app, Role.ADMIN, "ada@northwind.example"), **{"days-no_need": "7", "label-1": "Theirs", "days-1": "3"})

    told = admin.post(SCREEN, 409, **fields | {"label-no_fit": "Mine"})

    assert "Nothing was overwritten" in told
    mine, _, theirs = told.partition("The reasons that stand now")
    assert 'value="Mine"' in mine
    assert "again after 7 days" in theirs
    assert reasons.listed()["no_fit"].label == "Does not fit"
    admin.post(SCREEN, **typed(told))
    assert reasons.listed()["no_fit"].label == "Mine"
    assert "theirs" in reasons.offered()


@pytest.mark.real_commits
def test_of_those_who_save_at_the_same_moment_one_wins(app: Flask) -> None:
    told: list[str] = []
    together = threading.Barrier(4)

    def saves(days: int) -> None:
        with app.app_context():
            together.wait()
            try:
                sales.set_reasons([RejectReason("no_need", "No need", after(days))], seen=0, actor="cli", at=NOON)
                told.append("kept")
            except DraftChanged:
                told.append("refused")
            db.session.remove()

    threads = [threading.Thread(target=saves, args=(days,)) for days in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["kept", "refused", "refused", "refused"]


@pytest.mark.parametrize(
    ("over_for", "is_active", "cycles"),
    [(timedelta(0), True, [1, 2]), (timedelta(0), False, [1]), (-timedelta(minutes=5), True, [1])],
    ids=["active meanwhile", "not active", "too early"],
)
def test_what_somebody_did_while_sales_had_given_him_back_counts_on_the_day_on_which_that_is_over(
    app: Flask, over_for: timedelta, is_active: bool, cycles: list[int]
) -> None:
    said_at = clock.now() - 90 * DAY - over_for
    lead = a_good_lead()
    does_something(lead, at=said_at - DAY)
    decide(every(Mql)[0], Outcome.REJECTED, reason="no_need", at=said_at)
    [message] = [one for one in every(OutboxMessage) if one.kind == sales.RETURN]
    assert message.due_at == said_at + 90 * DAY
    if is_active:
        assert does_something(lead, at=said_at + 89 * DAY) is None

    for _ in range(2):
        sales.look_again(app.extensions["lodestone"], message.payload)

    assert [one.cycle for one in every(Mql)] == cycles
