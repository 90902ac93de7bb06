"""May one mail this person, may one call? An answer in words, apart from any score."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from capture.db import session
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from capture.languages import Value, say
from capture.leads import consents, leads
from capture.leads.consents import MARKETING_EMAIL, MARKETING_PHONE
from capture.leads.models import Consent, ConsentAction, Lead


@dataclass(frozen=True, slots=True)
class Permissions:
    """What one may do: `may_mail` and `may_call` are for machines, `mail` and `call` say why, for people."""

    may_mail: bool
    mail: str
    may_call: bool
    call: str


def allowed(lead_ids: Sequence[int]) -> Mapping[int, tuple[bool, bool]]:
    """Whether one may mail and may call each of these leads, without the words. Two queries for all."""
    said, asked = consents.standing(lead_ids), _requests(lead_ids)
    return {
        lead_id: (
            _judge(said.get((lead_id, MARKETING_EMAIL)), asked.get(lead_id))[0],
            _judge(said.get((lead_id, MARKETING_PHONE)), asked.get(lead_id))[0],
        )
        for lead_id in lead_ids
    }


def of(lead_ids: Sequence[int], whose: Mapping[int, int] | None = None, *, zone: ZoneInfo) -> Mapping[int, Permissions]:
    """The permissions of every lead, in three queries for all, and one more where some were merged.

    The words tell days of the zone. `whose` are their `leads.members`, where they are known already.

    Whether one may is asked of the lead itself, whose address is written to first: nothing is gained by a merge. What
    was agreed with another address of the same person is told in words, for that address.
    """
    whose = leads.members(lead_ids) if whose is None else whose
    said, asked = consents.standing(whose), _requests(list(whose))
    told = {}
    for lead_id in lead_ids:
        may_mail, mail = _judge(said.get((lead_id, MARKETING_EMAIL)), asked.get(lead_id))
        may_call, call = _judge(said.get((lead_id, MARKETING_PHONE)), asked.get(lead_id))
        told[lead_id] = Permissions(may_mail, mail(zone), may_call, call(zone))
    merged = [member for member, lead_id in whose.items() if member != lead_id]
    for member, email in session().execute(select(Lead.id, Lead.email).where(Lead.id.in_(merged))) if merged else ():
        known = told[whose[member]]
        may_mail, mail = _judge(said.get((member, MARKETING_EMAIL)), asked.get(member))
        may_call, call = _judge(said.get((member, MARKETING_PHONE)), asked.get(member))
        told[whose[member]] = replace(
            known,
            mail=say("%(known)s. To %(email)s: %(mail)s", known=known.mail, email=email, mail=mail(zone))
            if may_mail
            else known.mail,
            call=say("%(known)s. With %(email)s: %(call)s", known=known.call, email=email, call=call(zone))
            if may_call
            else known.call,
        )
    return told


def _judge(newest: Consent | None, asked_at: datetime | None) -> tuple[bool, Callable[[ZoneInfo], str]]:
    """Whether one may, and why in words, for the zone whose days they tell."""
    if newest is not None and newest.action is ConsentAction.GIVEN:
        return True, lambda zone: say(
            "Yes, agreed on %(day)s: “%(wording)s”", day=_day(newest.at, zone), wording=newest.wording
        )
    if asked_at is not None and (newest is None or newest.at < asked_at):
        return True, lambda zone: say(
            "Yes, to answer the request of %(day)s; nothing else was agreed", day=_day(asked_at, zone)
        )
    if newest is not None:
        return False, lambda zone: say("No, withdrawn on %(day)s", day=_day(newest.at, zone))
    return False, lambda zone: say("No, never agreed")


def _day(at: datetime, zone: ZoneInfo) -> Value:
    return lambda language: language.day(at, zone.key, weekday=False)


def _requests(lead_ids: Sequence[int]) -> dict[int, datetime]:
    """When each lead last asked to be contacted."""
    rows = session().execute(
        select(EngagementEvent.lead_id, func.max(EngagementEvent.at, type_=EngagementEvent.at.type).label("at"))
        .where(
            EngagementEvent.lead_id.in_(lead_ids),
            EngagementEvent.kind == EventKind.CONTACT_REQUESTED,
            EngagementEvent.verdict == Verdict.HUMAN,
        )
        .group_by(EngagementEvent.lead_id)
    )
    return {row.lead_id: row.at for row in rows}
