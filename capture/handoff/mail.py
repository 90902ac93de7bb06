"""The mails that tell salespeople: of an MQL, and of what a customer or an open deal did."""

from collections.abc import Mapping
from datetime import datetime

from capture.accounts import staff
from capture.accounts.models import Role, Staff
from capture.addresses import Addresses
from capture.config import Settings
from capture.db import JsonList, JsonObject, session
from capture.engagement import timeline
from capture.handoff import dispositions, exclusions, mqls, permissions, reasons
from capture.handoff.models import HAND_RAISED, Mql, Outcome
from capture.handoff.webhooks.models import EndpointState, WebhookEndpoint
from capture.languages import Phrase, again, ended, say
from capture.leads import imports, leads
from capture.leads.models import Exclusion, ExclusionKind, Lead
from capture.outbox.colleagues import mail_to, soon
from capture.outbox.mail import Mail
from capture.scoring.models import Axis

MOST_REASONS = 5
OF_EACH_AXIS = 2  # at the least, where there are as many
MOST_NAMED = 20
SAID: Mapping[Outcome, Phrase] = {
    Outcome.ACCEPTED: say("accepted"),
    Outcome.QUALIFIED: say("qualified (SQL)"),
    Outcome.OPPORTUNITY: say("opportunity"),
    Outcome.WON: say("won"),
    Outcome.LOST: say("lost"),
    Outcome.REJECTED: say("rejected"),
    Outcome.RECYCLED: say("back to marketing"),
}


def mql_alert(settings: Settings, payload: JsonObject) -> Mail | None:
    """To the owner, or to the first admin where nobody owns it: who, why, by when, and where to look."""
    mql = session().get(Mql, payload["mql_id"])
    receiver = _receiver(mql) if mql else None
    lead = leads.now_of(mql.lead_id) if mql else None
    if mql is None or lead is None or receiver is None or lead.erased_at is not None:
        return None
    may = permissions.of([lead.id], zone=settings.zone)[lead.id]
    former = session().get(Staff, payload["left_by"]) if payload.get("left_by") else None
    return mail_to(
        receiver,
        "mql_alert",
        settings,
        payload["key"],
        is_nobodys=receiver.id != mql.owner_id,
        former=former.name if former else "",
        mail=ended(may.mail),
        call=ended(may.call),
        asked=mql.priority == HAND_RAISED,
        outcome=SAID[mql.outcome] if mql.outcome else "",
        **_whom(mql, lead, settings),
        job_title=lead.job_title,
        email=lead.email,
        phone=lead.phone,
        fit=mql.fit,
        fit_threshold=mql.fit_threshold,
        engagement=mql.engagement,
        engagement_threshold=mql.engagement_threshold,
        reasons=[again(because) for because in _telling(mql.explanation)],
        due=soon(mql.due_at, settings),
    )


def _telling(explanation: JsonList) -> list[str]:
    """The first reasons in their order, and of each axis some."""
    places: list[int] = []
    for axis in Axis:
        places += [place for place, told in enumerate(explanation) if told["axis"] == axis.value][:OF_EACH_AXIS]
    others = [place for place in range(len(explanation)) if place not in places]
    chosen = sorted([*places, *others[: max(0, MOST_REASONS - len(places))]])
    return [explanation[place]["because"] for place in chosen]


def mql_reminder(settings: Settings, payload: JsonObject) -> Mail | None:
    """To the owner, before the time is over. None where it was answered meanwhile."""
    mql = session().get(Mql, payload["mql_id"])
    return _pressed("mql_reminder", settings, payload, mql, _receiver(mql)) if mql else None


def _whom(mql: Mql, lead: Lead, settings: Settings) -> dict[str, str]:
    """Whom a mail is about, and where he is answered."""
    link = Addresses(settings.base_url).studio(f"mqls/{mql.public_id}")
    return {"person": lead.full_name or lead.email, "company": lead.company, "link": link}


def mql_escalation(settings: Settings, payload: JsonObject) -> Mail | None:
    """To the first admin, once the time is over. None where it was answered meanwhile."""
    mql = session().get(Mql, payload["mql_id"])
    return _pressed("mql_escalation", settings, payload, mql, staff.first_admin()) if mql else None


def mql_taken(settings: Settings, payload: JsonObject) -> Mail | None:
    """To whoever had it before: who has accepted it. None where it is his again."""
    mql, former = session().get(Mql, payload["mql_id"]), session().get(Staff, payload["former"])
    by = session().get(Staff, payload["by"])
    lead = leads.now_of(mql.lead_id) if mql else None
    if mql is None or lead is None or former is None or by is None or lead.erased_at is not None:
        return None
    if former.disabled_at is not None or mql.owner_id == former.id:
        return None
    return mail_to(
        former,
        "mql_taken",
        settings,
        payload["key"],
        **_whom(mql, lead, settings),
        by=by.name,
    )


def mql_answered(settings: Settings, payload: JsonObject) -> Mail | None:
    """To its owner: what a colleague has said of it. None where that stands no more, or it is another's by now."""
    mql, owner = session().get(Mql, payload["mql_id"]), session().get(Staff, payload["owner"])
    said = dispositions.standing(mql.id) if mql else None
    lead = leads.now_of(mql.lead_id) if mql else None
    if mql is None or lead is None or owner is None or said is None or lead.erased_at is not None:
        return None
    if owner.disabled_at is not None or mql.owner_id != owner.id or said.id != payload["disposition_id"]:
        return None
    why = reasons.listed().get(said.reason or "")
    return mail_to(
        owner,
        "mql_answered",
        settings,
        payload["key"],
        **_whom(mql, lead, settings),
        by=staff.names().get(said.actor, said.actor),
        outcome=SAID[said.outcome],
        why=again(why.label) if why else "",
        note=said.note,
    )


def mql_passed_on(settings: Settings, payload: JsonObject) -> Mail | None:
    """To whoever had it before: who has it now, and by whom. None where it is his again."""
    mql, former = session().get(Mql, payload["mql_id"]), session().get(Staff, payload["former"])
    owner = session().get(Staff, mql.owner_id) if mql and mql.owner_id is not None else None
    by = session().get(Staff, payload["by"]) if payload["by"] is not None else None
    lead = leads.now_of(mql.lead_id) if mql else None
    if mql is None or lead is None or former is None or owner is None or lead.erased_at is not None:
        return None
    if former.disabled_at is not None or owner.id == former.id:
        return None
    return mail_to(
        former,
        "mql_passed_on",
        settings,
        payload["key"],
        **_whom(mql, lead, settings),
        owner=owner.name,
        by=by.name if by else "",
    )


def mql_asked_again(settings: Settings, payload: JsonObject) -> Mail | None:
    """To whoever works on it, or to the first admin where nobody does: the person asks to be contacted."""
    mql = session().get(Mql, payload["mql_id"])
    receiver = _receiver(mql) if mql else None
    lead = leads.now_of(mql.lead_id) if mql else None
    if mql is None or lead is None or receiver is None or lead.erased_at is not None:
        return None
    may = permissions.of([lead.id], zone=settings.zone)[lead.id]
    return mail_to(
        receiver,
        "mql_asked_again",
        settings,
        payload["key"],
        mail=ended(may.mail),
        call=ended(may.call),
        **_whom(mql, lead, settings),
        email=lead.email,
        phone=lead.phone,
        did=[item.sentence for item in timeline.summaries([lead.id])[lead.id].latest],
    )


def work_passed_on(settings: Settings, payload: JsonObject) -> Mail | None:
    """To whoever got what somebody worked on who left: all that he got then and still has. None where that is none."""
    owner, former = session().get(Staff, payload["owner"]), session().get(Staff, payload["former"])
    got = mqls.passed_on(payload["owner"], at=datetime.fromisoformat(payload["passed_at"]))
    told = [(lead, mql.outcome) for mql in got if (lead := leads.now_of(mql.lead_id)).erased_at is None]
    if owner is None or former is None or owner.disabled_at is not None or not told:
        return None
    named = [(lead.full_name or lead.email, lead.company, SAID[said]) for lead, said in told[:MOST_NAMED] if said]
    return mail_to(
        owner,
        "work_passed_on",
        settings,
        payload["key"],
        former=former.name,
        number=len(told),
        named=named,
        more=len(told) - len(named),
        link=Addresses(settings.base_url).studio("mqls?view=progress"),
    )


def lead_corrected(settings: Settings, payload: JsonObject) -> Mail | None:
    """To whoever has leads of whom a list or a colleague said something else. None where he has none of them now."""
    owner = session().get(Staff, payload["owner"])
    changed = mqls.corrected(payload["owner"], since=datetime.fromisoformat(payload["since"]))
    people = leads.now({mql.lead_id for mql in changed})
    told = [lead for mql in changed if (lead := people[mql.lead_id]).erased_at is None]
    if owner is None or owner.disabled_at is not None or not told:
        return None
    named = told[:MOST_NAMED]
    may = permissions.of([lead.id for lead in named], zone=settings.zone)
    return mail_to(
        owner,
        "lead_corrected",
        settings,
        payload["key"],
        number=len(told),
        named=[(lead.full_name or lead.email, lead.company, may[lead.id].mail) for lead in named],
        more=len(told) - len(named),
        link=Addresses(settings.base_url).studio("mqls?view=mine"),
    )


def _pressed(name: str, settings: Settings, payload: JsonObject, mql: Mql, receiver: Staff | None) -> Mail | None:
    lead = leads.now_of(mql.lead_id)
    if receiver is None or lead.erased_at is not None or mql.outcome is not None or mql.continues_id is not None:
        return None
    late = session().get(Staff, payload["late"]) if payload.get("late") else None
    owner = session().get(Staff, mql.owner_id) if mql.owner_id else None
    return mail_to(
        receiver,
        name,
        settings,
        payload["key"],
        **_whom(mql, lead, settings),
        late=late.name if late else "",
        owner=owner.name if owner and owner is not late else "",
        due=soon(mql.due_at, settings),
    )


def account_notice(settings: Settings, payload: JsonObject) -> Mail | None:
    """To whoever owns a customer or an open deal, or to the first admin: what somebody of it did. No MQL was made.

    There is a link for whoever may follow it: a salesperson has no screen of a lead that sales never had.
    """
    lead = leads.now_of(payload["lead_id"])
    listed = session().get(Exclusion, payload["exclusion_id"]) or exclusions.of(lead)  # the list may be another by now
    owner, receiver = _looking_after(listed)
    if listed is None or receiver is None or lead.erased_at is not None:
        return None
    past = timeline.summaries([lead.id])[lead.id]
    is_sales = receiver.role not in (Role.ADMIN, Role.MARKETER)
    may_look = not is_sales or (receiver.id is not None and mqls.newest_of(lead.id) is not None)
    return mail_to(
        receiver,
        "account_notice",
        settings,
        payload["key"],
        person=lead.full_name or lead.email,
        is_customer=listed.kind is ExclusionKind.CUSTOMER,
        is_nobodys=receiver is not owner,
        former=owner.name if owner and owner is not receiver else "",
        pattern=listed.pattern,
        link=Addresses(settings.base_url).studio(f"leads/{lead.public_id}") if may_look else "",
        asked=payload.get("asked", False),
        company=lead.company or listed.pattern,
        email=lead.email,
        did=[item.sentence for item in past.latest],
    )


def _looking_after(listed: Exclusion | None) -> tuple[Staff | None, Staff | None]:
    """The owner of a line, and who hears of it: he, or the first admin where there is none any more."""
    owner = session().get(Staff, listed.owner_id) if listed and listed.owner_id else None
    if listed and listed.owner_email:
        owner = Staff(name=listed.owner_email, email=listed.owner_email)  # of no account: this is never kept
    return owner, owner if owner and owner.disabled_at is None else staff.first_admin()


def list_notice(settings: Settings, payload: JsonObject) -> Mail | None:
    """To whoever owns customers or open deals, or to the first admin: whom of them a list met. No MQL was made."""
    imported = imports.by_public_id(payload["import_id"])
    people = leads.now(payload["lead_ids"]).values()
    named = list({lead.id: lead for lead in people if lead.erased_at is None}.values())
    met_on = imported.met_on
    if not named or met_on is None or not imports.is_let_go(imported):
        return None
    listed = session().get(Exclusion, payload["exclusion_id"]) or exclusions.of(named[0])  # may be another by now
    owner, receiver = _looking_after(listed)
    if listed is None or receiver is None:
        return None
    return mail_to(
        receiver,
        "list_notice",
        settings,
        payload["key"],
        is_nobodys=receiver is not owner,
        former=owner.name if owner and owner is not receiver else "",
        where=imported.campaign or imported.name,
        day=Phrase(lambda language: language.calendar_day(met_on)),
        number=payload["number"],
        named=[(lead.full_name or lead.email, lead.company, lead.email) for lead in named],
        more=max(0, payload["number"] - len(payload["lead_ids"])),
    )


def webhook_gone(settings: Settings, payload: JsonObject) -> Mail | None:
    """To an admin: an endpoint answered 410 and is told nothing more. None where it was started again meanwhile."""
    endpoint, admin = session().get(WebhookEndpoint, payload["endpoint_id"]), session().get(Staff, payload["admin"])
    if endpoint is None or endpoint.state is not EndpointState.GONE or admin is None or admin.disabled_at is not None:
        return None
    return mail_to(
        admin,
        "webhook_gone",
        settings,
        payload["key"],
        endpoint=endpoint.name,
        address=endpoint.url,
        since=soon(endpoint.state_since, settings),
        link=Addresses(settings.base_url).studio(f"webhooks/{endpoint.public_id}"),
    )


def _receiver(mql: Mql) -> Staff | None:
    owner = session().get(Staff, mql.owner_id) if mql.owner_id is not None else None
    return owner if owner is not None and owner.disabled_at is None else staff.first_admin()
