"""The mails that tell salespeople: of an MQL, and of what a customer or an open deal did."""

from capture.accounts import staff
from capture.accounts.models import Staff
from capture.addresses import Addresses
from capture.config import Settings
from capture.db import JsonObject, session
from capture.engagement import timeline
from capture.handoff import permissions
from capture.handoff.models import HAND_RAISED, Mql
from capture.leads import leads
from capture.leads.models import Exclusion, ExclusionKind
from capture.outbox import letters
from capture.outbox.mail import Mail, message_id

MOST_REASONS = 5


def mql_alert(settings: Settings, payload: JsonObject) -> Mail | None:
    """To the owner, or to the first admin where nobody owns it: who, why, by when, and where to look."""
    mql = session().get(Mql, payload["mql_id"])
    receiver = _receiver(mql) if mql else None
    lead = leads.now_of(mql.lead_id) if mql else None
    if mql is None or lead is None or receiver is None or lead.erased_at is not None:
        return None
    may = permissions.of([lead.id])[lead.id]
    letter = letters.write(
        "mql_alert",
        mail=may.mail,
        call=may.call,
        greeting=f"Hello {receiver.name},",
        asked=mql.priority == HAND_RAISED,
        person=lead.full_name or lead.email,
        company=lead.company,
        job_title=lead.job_title,
        email=lead.email,
        phone=lead.phone,
        fit=mql.fit,
        fit_threshold=mql.fit_threshold,
        engagement=mql.engagement,
        engagement_threshold=mql.engagement_threshold,
        reasons=[reason["because"] for reason in mql.explanation][:MOST_REASONS],
        due=f"{mql.due_at.astimezone(settings.zone):%A %-d %B, %H:%M} ({settings.timezone})",
        link=Addresses(settings.base_url).studio(f"mqls/{mql.public_id}"),
        organisation=settings.organisation,
        privacy_url=settings.privacy_url,
        legal_url=settings.legal_url,
        withdraw=None,
    )
    return Mail(receiver.email, letter.subject, letter.text, letter.html, message_id(settings, payload["key"]))


def mql_reminder(settings: Settings, payload: JsonObject) -> Mail | None:
    """To the owner, before the time is over. None where it was answered meanwhile."""
    mql = session().get(Mql, payload["mql_id"])
    return _pressed("mql_reminder", settings, payload, mql, _receiver(mql)) if mql else None


def mql_escalation(settings: Settings, payload: JsonObject) -> Mail | None:
    """To the first admin, once the time is over. None where it was answered meanwhile."""
    mql = session().get(Mql, payload["mql_id"])
    return _pressed("mql_escalation", settings, payload, mql, staff.first_admin()) if mql else None


def _pressed(name: str, settings: Settings, payload: JsonObject, mql: Mql, receiver: Staff | None) -> Mail | None:
    lead = leads.now_of(mql.lead_id)
    if receiver is None or lead.erased_at is not None or mql.outcome is not None or mql.continues_id is not None:
        return None
    late = session().get(Staff, payload["late"]) if payload.get("late") else None
    owner = session().get(Staff, mql.owner_id) if mql.owner_id else None
    letter = letters.write(
        name,
        greeting=f"Hello {receiver.name},",
        person=lead.full_name or lead.email,
        company=lead.company,
        late=late.name if late else "",
        owner=owner.name if owner and owner is not late else "",
        due=f"{mql.due_at.astimezone(settings.zone):%A %-d %B, %H:%M} ({settings.timezone})",
        link=Addresses(settings.base_url).studio(f"mqls/{mql.public_id}"),
        organisation=settings.organisation,
        privacy_url=settings.privacy_url,
        legal_url=settings.legal_url,
        withdraw=None,
    )
    return Mail(receiver.email, letter.subject, letter.text, letter.html, message_id(settings, payload["key"]))


def account_notice(settings: Settings, payload: JsonObject) -> Mail | None:
    """To whoever owns a customer or an open deal, or to the first admin: what somebody of it did. No MQL was made."""
    lead, listed = leads.now_of(payload["lead_id"]), session().get(Exclusion, payload["exclusion_id"])
    owner = session().get(Staff, listed.owner_id) if listed and listed.owner_id else None
    receiver = owner if owner and owner.disabled_at is None else staff.first_admin()
    if listed is None or receiver is None or lead.erased_at is not None:
        return None
    past = timeline.summaries([lead.id])[lead.id]
    letter = letters.write(
        "account_notice",
        greeting=f"Hello {receiver.name},",
        person=lead.full_name or lead.email,
        is_customer=listed.kind is ExclusionKind.CUSTOMER,
        company=lead.company or listed.pattern,
        email=lead.email,
        did=[item.sentence for item in past.latest],
        organisation=settings.organisation,
        privacy_url=settings.privacy_url,
        legal_url=settings.legal_url,
        withdraw=None,
    )
    return Mail(receiver.email, letter.subject, letter.text, letter.html, message_id(settings, payload["key"]))


def _receiver(mql: Mql) -> Staff | None:
    owner = session().get(Staff, mql.owner_id) if mql.owner_id is not None else None
    return owner if owner is not None and owner.disabled_at is None else staff.first_admin()
