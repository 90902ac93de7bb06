from flask import Flask

from capture.config import Settings
from capture.db import transaction
from capture.handoff import mail
from capture.handoff.models import Mql
from capture.leads.models import Lead
from capture.outbox.mail import Mail
from tests.factories import NOON, a_good_lead, a_salesperson, an_mql


def the_alert(settings: Settings, mql: Mql) -> Mail | None:
    return mail.mql_alert(settings, {"mql_id": mql.id, "key": "mql_alert:1"})


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


def test_markup_in_a_name_stays_text(app: Flask, settings: Settings) -> None:
    a_salesperson()

    letter = the_alert(settings, an_mql(a_good_lead(name="<b>Ada</b>")))

    assert letter is not None
    assert "&lt;b&gt;Ada&lt;/b&gt;" in letter.html
