"""What a person may ask of us: withdraw contact, be given his data, be erased."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from capture import clock
from capture.accounts import audit
from capture.config import Settings
from capture.db import JsonList, JsonObject, journey, public_id, wipe
from capture.delivery import benchmarks, grants
from capture.engagement import events, form_starts
from capture.engagement.models import EventKind, Verdict
from capture.errors import NotFound, NotWipedYet
from capture.handoff import afterwards, dispositions, exclusions, gate, kinds, mqls, revisions
from capture.handoff.webhooks import deliveries
from capture.languages import kept
from capture.leads import consents, leads, persons
from capture.leads.persons import Person
from capture.outbox import mail
from capture.outbox import queue as outbox
from capture.reports import held, saved
from capture.scoring import ledger, rulesets, scores
from capture.webinars import registrations

log = structlog.get_logger()

WITHDRAWAL = "Please do not contact me any more."

CLEAR = "clear_traces"  # the kind of the outbox message
ONCE_MORE = timedelta(minutes=10)  # by then every mail that was being written at the time has been written


@journey
def withdraw(lead_subject: str, *, at: datetime) -> None:
    """Withdraw every consent to contact. To press the button twice is harmless. Raises NotFound and PersonErased."""
    lead = leads.by_public_id(lead_subject)
    if lead is None:
        raise NotFound("link")
    lead = leads.hold(lead.id)
    withdrawn = consents.withdraw(lead.id, wording=WITHDRAWAL, at=at)
    pressed = events.record(
        EventKind.CONTACT_WITHDRAWN,
        at=at,
        lead_id=lead.id,
        verdict=Verdict.HUMAN,
        reason=kept("pressed the button of the withdrawal page"),
        dedupe_key=f"contact_withdrawn:{lead.id}:{at:%Y%m%d}",
    )
    if pressed is not None:
        scores.settle([lead], rulesets.established(at=at), at=at)
    if withdrawn or pressed is not None:
        afterwards.tell(lead.id, kinds.WITHDRAWN, at=at)


@journey
def give_data(subject: str, *, actor: str, at: datetime) -> JsonObject:
    """All that is held of whoever has this address or public id, to be given to him. Raises NotFound."""
    person = persons.of(subject)
    if not person.is_known:
        raise NotFound("person")
    audit.record(actor, "person.exported", _subject(person), at=at)
    return held.of(person, at=at)


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: how many fills were emptied, of how many MQLs sales is told, and the keys of its mails."""

    fills: int
    mqls: int
    mail_keys: tuple[str, ...]


@journey
def erase(subject: str, *, actor: str, at: datetime) -> Erased:
    """Erase whoever has this address or public id, everywhere and for good; sales is told for each MQL it was given.

    Rows that figures count stay, with nothing in them. Links that he was given say so. Raises NotFound, also for
    somebody who was erased before: nobody can tell him from somebody who never was here.
    """
    person = persons.held(subject)
    if not person.is_known:
        raise NotFound("person")
    told = _about(person)
    keys: JsonList = [*outbox.keys_about(told)]
    audit.record(actor, "person.erased", _subject(person), at=at)
    _forget(person, told, actor=actor, at=at)
    for due in (at, at + ONCE_MORE):
        outbox.enqueue(CLEAR, key=f"{CLEAR}:{public_id()}", at=at, due=due, lane="slow", keys=keys)
    for lead_id in person.lead_ids:
        afterwards.tell(lead_id, kinds.ERASED, at=at)
    return Erased(
        fills=len(person.submission_ids) + len(person.fill_ids), mqls=len(told["mql_id"]), mail_keys=tuple(keys)
    )


def _forget(person: Person, told: dict[str, JsonList], *, actor: str, at: datetime) -> None:
    """Every room forgets what is its own, the latest first: each still finds by what the earlier ones have."""
    saved.forget(persons.words(person))
    deliveries.forget(person.lead_ids)
    dispositions.forget(person.lead_ids)
    mqls.forget(person.lead_ids)
    gate.forget(person.lead_ids)
    if exclusions.forget(person.spellings):
        revisions.turn(exclusions.LISTS, None, by=actor, at=at)
    ledger.forget(person.lead_ids)
    events.forget(person.lead_ids)
    form_starts.forget(person.form_keys)
    registrations.forget(person.lead_ids, at=at)
    benchmarks.forget(person.lead_ids)
    grants.forget(told["grant_id"])
    persons.forget(person, at=at)
    outbox.forget(told, at=at)


def _about(person: Person) -> dict[str, JsonList]:
    """By which keys messages of the outbox name him."""
    return {
        "lead_id": list(person.lead_ids),
        "grant_id": list(grants.of_person(person.lead_ids, person.fill_ids)),
        "registration_id": list(registrations.of_leads(person.lead_ids)),
        "mql_id": list(mqls.keys_of(person.lead_ids)),
    }


def _subject(person: Person) -> str:
    """Who it is in the audit log: somebody who is no lead has no name there."""
    return f"lead:{leads.by_id(person.lead_id).public_id}" if person.lead_id is not None else "person"


def clear_traces(settings: Settings, payload: JsonObject) -> None:
    """What the outbox message asks for: mails in the folder, and what the database keeps of what it has deleted."""
    mail.forget(settings, payload["keys"])
    if not wipe(held.OF_A_PERSON):
        raise NotWipedYet
    log.info("traces cleared", at=clock.now().isoformat())
