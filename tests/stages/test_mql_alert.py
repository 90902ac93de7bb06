import re

from flask import Flask

from capture.accounts.models import Role, Staff
from capture.config import Settings
from capture.db import transaction
from capture.handoff import mail, mqls
from capture.handoff.models import Mql
from capture.leads.models import Lead
from capture.outbox.mail import Mail
from capture.outbox.models import OutboxMessage
from tests import stories
from tests.factories import NOON, a_good_lead, a_salesperson, an_mql, every


def the_alert(settings: Settings, mql: Mql) -> Mail | None:
    return mail.mql_alert(settings, {"mql_id": mql.id, "key": "mql_alert:1"})


def an_admin() -> Staff:
    with transaction() as writing:
        admin = Staff(email="ada@northwind.example", name="Ada", role=Role.ADMIN, created_at=NOON)
        writing.add(admin)
    return admin


def test_the_owner_learns_who_it_is_and_by_when_to_answer(app: Flask, settings: Settings) -> None:
    owner = a_salesperson()
    mql = an_mql(a_good_lead("ada@alder.example", name="Ada Byron"))

    letter = the_alert(settings, mql)

    assert letter is not None
    assert letter.to == owner.email
    assert letter.subject == "Please contact Ada Byron, Alder Castings"
    assert "ada@alder.example" in letter.text
    assert "Please answer by Wednesday 16 September, 14:00 (Europe/Berlin)." in letter.text
    assert "http://localhost:8000/studio/mqls/" in letter.text


def test_nobody_is_told_of_somebody_who_was_erased_meanwhile(app: Flask, settings: Settings) -> None:
    a_salesperson()
    mql = an_mql()
    with transaction() as writing:
        writing.get_one(Lead, mql.lead_id).erased_at = NOON

    assert the_alert(settings, mql) is None


def test_without_anybody_to_tell_there_is_no_alert(app: Flask, settings: Settings) -> None:
    assert the_alert(settings, an_mql()) is None


def test_reasons_of_both_axes_are_told_however_much_was_done(app: Flask, settings: Settings) -> None:
    a_salesperson()
    mql = an_mql(a_good_lead("ada@alder.example"))
    done = [{"axis": "engagement", "because": f"Did {number}"} for number in range(9)]
    known = [{"axis": "fit", "because": f"Is {number}"} for number in range(3)]
    with transaction() as writing:
        writing.get_one(Mql, mql.id).explanation = [*done, *known]

    letter = the_alert(settings, mql)

    assert letter is not None
    assert "- Did 0\n- Did 1\n- Did 2\n- Is 0\n- Is 1\n" in letter.text
    assert "Did 3" not in letter.text
    with transaction() as writing:
        writing.get_one(Mql, mql.id).explanation = [done[0], *known]
    again = the_alert(settings, mql)
    assert again is not None
    assert "- Did 0\n- Is 0\n- Is 1\n- Is 2\n" in again.text


def test_a_sentence_that_is_quoted_with_its_stop_gets_no_other(app: Flask, settings: Settings) -> None:
    a_salesperson()
    stories.submit(stories.a_page(), stories.a_fill(talk=True, news=True))
    [mql] = every(Mql)

    letter = the_alert(settings, mql)

    assert letter is not None
    assert f"{stories.MARKETING}”\n" in letter.text
    assert "”." not in letter.text
    assert re.search(r"May one call\? [^\n]*[^.]\.\n", letter.text)


def test_markup_in_a_name_stays_text(app: Flask, settings: Settings) -> None:
    a_salesperson()

    letter = the_alert(settings, an_mql(a_good_lead(name="<b>Ada</b>")))

    assert letter is not None
    assert "&lt;b&gt;Ada&lt;/b&gt;" in letter.html


def test_the_admin_learns_whose_it_was_and_that_nobody_may_take_it(app: Flask, settings: Settings) -> None:
    admin, owner = an_admin(), a_salesperson("Piet")
    mql = an_mql(a_good_lead("ada@alder.example", name="Ada Byron"))
    with transaction() as writing:
        writing.get_one(Staff, owner.id).disabled_at = NOON
        mqls.give_to_nobody(writing.get_one(Mql, mql.id), at=NOON)
    [message] = [one for one in every(OutboxMessage) if "left_by" in one.payload]

    letter = mail.mql_alert(settings, message.payload | {"key": message.idempotency_key})

    assert letter is not None
    assert (letter.to, letter.subject) == (admin.email, "Nobody’s: Ada Byron, Alder Castings")
    assert "Piet is not in sales any more, and Ada Byron is nobody’s" in letter.text
    assert "is yours" not in letter.text
    assert "is yours" not in letter.html


def test_what_comes_while_nobody_may_take_it_is_told_as_nobodys(app: Flask, settings: Settings) -> None:
    an_admin()

    letter = the_alert(settings, an_mql(a_good_lead("ada@alder.example", name="Ada Byron")))

    assert letter is not None
    assert "Ada Byron is nobody’s: none of the salespeople may take the MQL now." in letter.text
    assert "The person asked to be contacted.\nAn answer is promised by Wednesday 16 September" in letter.text
    assert "The person asked to be contacted. An answer is promised by" in letter.html
