"""The story of sales: machines that fetch what was handed over, and what is decided about it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from capture import clock
from capture.accounts import audit, marks, staff, tokens
from capture.config import Settings
from capture.db import JsonObject, journey
from capture.errors import Faults, NotFound, PersonErased, WentOn
from capture.handoff import (
    absences,
    dispositions,
    exclusions,
    feed,
    kinds,
    left_behind,
    mqls,
    owners,
    pressing,
    reasons,
    reps,
    revisions,
    routing,
)
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Disposition, Mql, Outcome, Source
from capture.handoff.reasons import RejectReason
from capture.handoff.reps import Work
from capture.journey import telling
from capture.languages import kept
from capture.leads import leads
from capture.leads.models import ExclusionKind
from capture.outbox.queue import enqueue
from capture.scoring import scores

RETURN = "mql_return"  # the message for the day on which somebody whom sales gave back may come again


@journey
def use_token(token_id: int, *, at: datetime) -> None:
    """A program used its token: staff shall see which tokens are alive."""
    tokens.note_use(token_id, at=at)


@dataclass(frozen=True, slots=True)
class Decided:
    """A disposition as it was recorded."""

    disposition_id: str
    mql_id: str
    outcome: Outcome
    reason: str | None
    wrong: str | None
    value: int | None
    currency: str | None
    note: str
    crm_id: str | None
    decided_at: datetime


@journey
def decide(
    mql_id: str,
    decision: Decision,
    by: Teller,
    *,
    key: str | None = None,
    seen: str | None = None,
    decided: datetime | None = None,
    at: datetime,
) -> Decided:
    """Sales says what became of an MQL. The same `key` again gives what was recorded the first time.

    Whoever accepts it in the studio takes it over; of anything else that somebody says there of what is another's, the
    owner is told. What a program or a file says leaves it with its owner.
    `seen` is the disposition that the person had before his eyes ("" for none). Raises NotFound, PersonErased,
    DispositionRefused, KeyUsed, AnsweredMeanwhile where another stands by now, or WentOn where sales would work on what
    went on as another MQL.
    """
    named, mql = mqls.by_public_id(mql_id), mqls.held(mql_id)
    since = min(named.qualified_at, mql.qualified_at) if named else None  # it may go on in another
    is_new, stood = key is None or dispositions.by_key(key) is None, dispositions.standing(mql.id)
    if is_new and decision.outcome in dispositions.IN_PROGRESS and _would_stand(mql, decided):
        _refuse_if_it_went_on(mql)
    row = dispositions.record(mql, decision, by, decided=decided, since=since, key=key, seen=seen, at=at)
    if is_new:
        audit.record(by.actor, "mql.answered", f"mql:{mql_id}", at=at, outcome=row.outcome.value)
        if stood is None or stood.outcome not in dispositions.WORKED_ON:  # else it corrects what its owner works on
            _take_over(mql, row, at=at)
        mqls.tell_owner(mql, row, at=at)
        if by.source is Source.STUDIO or _is_news(mql, row, stood):
            feed.append(mql, kinds.ANSWERED, key=f"{kinds.ANSWERED}:{row.public_id}", at=at)
        if again := dispositions.comes_again(row):
            enqueue(RETURN, key=f"{RETURN}:{row.public_id}", at=at, due=again, lead_id=mql.lead_id)
    return Decided(
        disposition_id=row.public_id,
        mql_id=mqls.by_key(row.mql_id).public_id,  # said again it is the first answer, whatever it goes on in since
        outcome=row.outcome,
        reason=row.reason,
        wrong=row.wrong,
        value=row.value,
        currency=row.currency,
        note=row.note,
        crm_id=row.crm_id,
        decided_at=row.at,
    )


def look_again(settings: Settings, payload: JsonObject) -> None:
    """The days are over for which sales gave somebody back: what he did in them counts now, if it is enough."""
    _weigh_again(int(payload["lead_id"]), sla_hours=settings.sla_hours, at=clock.now())


@journey
def _weigh_again(lead_id: int, *, sla_hours: int, at: datetime) -> None:
    lead = leads.now_of(lead_id)
    if lead.erased_at is None:
        mqls.qualify(lead.id, scores.after(lead.id, at=at), sla_hours=sla_hours, at=at)


def _would_stand(mql: Mql, decided: datetime | None) -> bool:
    return decided is None or mql.outcome_at is None or decided >= mql.outcome_at


def _refuse_if_it_went_on(mql: Mql) -> None:
    if other := mqls.instead_of([mql]).get(mql.id):
        raise WentOn(other.public_id)


def _is_news(mql: Mql, row: Disposition, stood: Disposition | None) -> bool:
    """Whether an answer of a program or a file stands now, and says something else than the one that stood.

    Two systems that tell each other what they have heard would go on for ever, were the same said again told of.
    """
    now = dispositions.standing(mql.id)
    return now is row and (stood is None or dispositions.decided(row) != dispositions.decided(stood))


def _take_over(mql: Mql, row: Disposition, *, at: datetime) -> None:
    if row.outcome is not Outcome.ACCEPTED or row.source is not Source.STUDIO:
        return
    person = staff.by_public_id(row.actor)
    if person is None or person.id == mql.owner_id:
        return
    former = staff.by_key(mql.owner_id) if mql.owner_id is not None else None
    told = {"former": former.public_id} if former else {}
    audit.record(row.actor, "mql.taken_over", f"mql:{mql.public_id}", at=at, **told)
    mqls.take(mql, person, at=at)


@journey
def pass_on(mql_id: str, to: str, *, sla_hours: int, actor: str, at: datetime) -> None:
    """Another salesperson takes the MQL over, and is told, as is whoever had it.

    Raises NotFound, also for somebody who gets no MQLs.
    """
    mql = mqls.held(mql_id)
    person = owners.salesperson(to)
    if mql.owner_id == person.id:
        return
    audit.record(actor, "mql.passed_on", f"mql:{mql_id}", at=at, to=to)
    mqls.tell_former(mql, mql.owner_id, by=actor, at=at)
    mqls.give(mql, person, because=kept("passed on by hand"), sla_hours=sla_hours, at=at)


@journey
def acknowledge(token_id: int, position: int, *, at: datetime) -> None:
    """A program has read the feed so far, and keeps its cursor here."""
    feed.keep(token_id, position, at=at)


@journey
def never_hand_over(kind: ExclusionKind, data: bytes, *, seen: int | None = None, actor: str, at: datetime) -> int:
    """A list of people who are never handed over takes the place of the one before. Raises UploadRefused.

    Those on the list of our own people leave all numbers, what they did before included. `seen` is the revision that
    the person had before his eyes; none: of what stands. Raises DraftChanged where somebody has changed a list since.
    """
    revisions.turn(exclusions.LISTS, seen, by=actor, at=at)
    done = exclusions.replace(kind, data, at=at)
    telling.tell_apart(at=at)
    told = {"more": done.more, "fewer": done.fewer, "rows": done.rows}
    audit.record(actor, "exclusions.loaded", f"never:{kind}", at=at, **told)
    return done.rows


@dataclass(frozen=True, slots=True)
class HandedOn:
    """How many MQLs went on to colleagues of somebody who is away or left sales, and how many found nobody.

    What waited for somebody who left is nobody's then (`nobodys`); else it stays with its owner (`stay`), as all does
    that he had answered (`answered`), until somebody passes it on.
    """

    taken: int = 0
    nobodys: int = 0
    stay: int = 0
    answered: int = 0


def hand_on(staff_id: int, *, sla_hours: int, actor: str, at: datetime) -> HandedOn:
    """Let colleagues take over what waits for somebody who left sales, a transaction for each.

    What is broken off the worker goes on with, as it does where somebody leaves by another way (`press_on`).
    """
    went = [_hand_on(mql_id, sla_hours=sla_hours, actor=actor, at=at) for mql_id in pressing.left_by(staff_id, at=at)]
    answered = len(left_behind.of(staff_id, at=at))
    return HandedOn(taken=went.count(True), nobodys=went.count(False), answered=answered)


@journey
def _hand_on(mql_id: str, *, sla_hours: int, actor: str, at: datetime) -> bool | None:
    """Whether somebody took it; None where it did not go on."""
    with suppress(PersonErased):  # since it was looked for
        mql = mqls.held(mql_id)
        if pressing.hand_on(mql, sla_hours=sla_hours, at=at):
            _note_passed_on(mql, actor=actor, at=at)
            return mql.owner_id is not None
    return None


def pass_work_on(public_id: str, to: str, *, sla_hours: int, actor: str, at: datetime) -> HandedOn:
    """Give all that somebody worked on who can answer no more to one salesperson, or by the rules where `to` is empty.

    A transaction for each. Raises NotFound.
    """
    former = staff.known(public_id)
    if former is None:
        raise NotFound("person")
    if to:
        owners.salesperson(to)
    left = left_behind.of(former.id, at=at)
    went = [_pass_work_on(mql_id, former.id, to, sla_hours=sla_hours, actor=actor, at=at) for mql_id in left]
    return HandedOn(taken=went.count(True), stay=went.count(False))


@journey
def _pass_work_on(mql_id: str, owner_id: int, to: str, *, sla_hours: int, actor: str, at: datetime) -> bool | None:
    """Whether somebody has it now; None where it was not left behind any more."""
    with suppress(PersonErased):  # since it was looked for
        mql = mqls.held(mql_id)
        colleague = owners.salesperson(to) if to else None
        went = left_behind.pass_on(mql, owner_id, colleague, sla_hours=sla_hours, at=at)
        if went:
            _note_passed_on(mql, actor=actor, at=at)
        return went
    return None


def cover(public_id: str, *, sla_hours: int, actor: str, at: datetime) -> HandedOn:
    """Let colleagues take over what waits for a salesperson who is away, a transaction for each. Raises NotFound."""
    person = owners.salesperson(public_id)
    waiting = absences.waiting(at=at).get(person.id, ())
    went = [_cover(mql_id, person.id, sla_hours=sla_hours, actor=actor, at=at) for mql_id in waiting]
    return HandedOn(taken=went.count(True), stay=went.count(False))


@journey
def _cover(mql_id: str, owner_id: int, *, sla_hours: int, actor: str, at: datetime) -> bool | None:
    """Whether a colleague took it; None where it waits for this person no more."""
    with suppress(PersonErased):  # since it was looked for
        mql = mqls.held(mql_id)
        went = absences.hand_on(mql, owner_id, sla_hours=sla_hours, at=at)
        if went:
            _note_passed_on(mql, actor=actor, at=at)
        return went
    return None


def _note_passed_on(mql: Mql, *, actor: str, at: datetime) -> None:
    owner = staff.by_key(mql.owner_id) if mql.owner_id is not None else None
    to = {"to": owner.public_id} if owner else {}
    audit.record(actor, "mql.passed_on", f"mql:{mql.public_id}", at=at, **to)


def press_on(*, sla_hours: int, at: datetime) -> int:
    """Remind, escalate and give away what nobody answers, a transaction for each; gives how many were looked at."""
    waiting = pressing.waiting(at=at)
    for mql_id in waiting:
        _press(mql_id, sla_hours=sla_hours, at=at)
    return len(waiting)


@journey
def _press(mql_id: str, *, sla_hours: int, at: datetime) -> None:
    with suppress(PersonErased):  # since it was looked for
        pressing.press(mqls.held(mql_id), sla_hours=sla_hours, at=at)


@journey
def set_work(public_id: str, work: Work, *, seen: str | None = None, actor: str, at: datetime) -> None:
    """How a salesperson works: hours, days off, share, ids.

    `seen` is the mark of what the person had before his eyes; none: of what stands. Raises NotFound, UploadRefused, and
    DraftChanged where somebody has changed it since.
    """
    person = staff.known_and_held(owners.salesperson(public_id).public_id)
    marks.refuse_if_changed(seen, reps.mark(reps.of([person.id])[person.id]), public_id, "rep.changed", at=at)
    reps.keep(person.id, work)
    audit.record(actor, "rep.changed", public_id, at=at)


@journey
def set_absences(public_id: str, off: str, *, zone: str, seen: str | None = None, actor: str, at: datetime) -> None:
    """When a salesperson is away, as they say themselves; how they work else stays. `zone` counts where none is kept.

    `seen` and what it raises are those of `set_work`.
    """
    person = staff.known_and_held(owners.salesperson(public_id).public_id)
    own = reps.of([person.id])[person.id]
    marks.refuse_if_changed(seen, reps.mark(own), public_id, "rep.changed", at=at)
    reps.keep(person.id, replace(own, off=off, zone=own.zone or zone))
    audit.record(actor, "rep.changed", public_id, at=at)


@journey
def set_routing(rules: str, accounts: str, *, seen: int | None = None, actor: str, at: datetime) -> None:
    """Whose MQLs are whose: rules and named accounts take the place of those before.

    `seen` is the revision that the person had before his eyes; none: of those that stand. Raises UploadRefused, and
    DraftChanged where somebody has changed them since.
    """
    revisions.turn(routing.LIST, seen, by=actor, at=at)
    faults, told = Faults(), {}
    with faults.noted():
        told["rules"] = routing.replace_rules(rules)
    with faults.noted():
        told["accounts"] = routing.replace_accounts(accounts)
    faults.refuse()
    audit.record(actor, "routing.changed", "routing", at=at, **told)


@journey
def set_reasons(wanted: Sequence[RejectReason], *, seen: int, actor: str, at: datetime) -> None:
    """Why sales may reject from now on, and what follows from then on; what was answered keeps what was promised.

    `seen` is the revision that the person had before his eyes. Raises ParameterRefused, and DraftChanged where somebody
    has changed the list since.
    """
    number = revisions.turn(reasons.LIST, seen, by=actor, at=at)
    for change in reasons.replace(wanted):
        audit.record(actor, change.action, change.subject, at=at, revision=number, **change.detail)
