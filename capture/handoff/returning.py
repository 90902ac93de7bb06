"""Who comes to sales once more: once the days are over for which sales gave him back, or what was wrong is mended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select, tuple_
from sqlalchemy.orm import aliased

from capture.db import session
from capture.engagement import events
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from capture.handoff import dispositions, wrong
from capture.handoff.models import HAND_RAISED, Disposition, Follows, Mql, Outcome
from capture.leads import consents, imports, leads, merges, values
from capture.leads.models import CHANGED, Lead, LeadImport, LeadMerge, LeadValue


@dataclass(frozen=True, slots=True)
class _Answered:
    """The newest MQL of one of the leads that a person is or was, and the decision that stands about it."""

    person: int
    mql: Mql
    said: Disposition | None

    @property
    def lead_id(self) -> int:
        """As which he was handed over."""
        return self.mql.lead_id


def among(
    lead_ids: Collection[int], *, hand_raised: bool = False, released: LeadImport | None = None, at: datetime
) -> set[int]:
    """Those of these people, all of whom sales had, who may be handed over once more.

    Somebody who asks to be contacted (`hand_raised`) has not to wait, unless he is never to come back. What was won is
    over, so a customer comes back by asking, and by nothing else. Whoever wants no contact comes back once he asks for
    it, or agrees to it again, himself. The list `released` counts as let go.
    """
    whose = leads.members(lead_ids)
    answered, never = _answered(whose)
    if hand_raised:
        stay = {one.person for one in answered if not _is_over(one.said)}
    else:
        again = _come_again(answered, whose, released, at=at)
        stay = {one.person for one in answered if one not in again} | _want_no_contact(whose)
    return {one.person for one in answered} - stay - never


@dataclass(frozen=True, slots=True)
class Complaint:
    """What sales says is wrong of somebody: in words, empty where it did not say what; its note, and when."""

    what: str
    note: str
    at: datetime


def complaint(lead_id: int) -> Complaint | None:
    """What sales says is wrong of this person, until it is mended."""
    answered, _ = _answered(leads.members([lead_id]))
    wrong_ones = [(one, one.said) for one in answered if one.said and one.said.follows is Follows.MEND]
    mended = _mended(wrong_ones)
    said = next((said for one, said in wrong_ones if one not in mended), None)
    return Complaint(wrong.words(said.wrong), said.note, said.at) if said else None


@dataclass(frozen=True, slots=True)
class Mending:
    """Why an MQL is there: what was said of the one before, and what stood on the lead since then, by when."""

    before: Mql
    said: Disposition
    learned: Sequence[LeadValue]  # what took the place of what was wrong, the newest of each field


def mending(mql: Mql) -> Mending | None:
    """The wrong data after which this MQL came, where it came once they were mended."""
    whose = leads.members([leads.now_of(mql.lead_id).id])
    earlier = (Mql.lead_id.in_(whose), Mql.continues_id.is_(None), Mql.qualified_at < mql.qualified_at)
    query = select(Mql).where(*earlier).order_by(Mql.qualified_at.desc(), Mql.id.desc())
    before = session().scalar(query.limit(1))
    said = dispositions.standing(before.id) if before else None
    if before is None or said is None or said.follows is not Follows.MEND or said.at > mql.qualified_at:
        return None
    which = LeadValue.key.in_(wrong.keys(said.wrong)), LeadValue.value != "", CHANGED
    since = LeadValue.lead_id.in_(whose), LeadValue.at >= said.at, LeadValue.at <= mql.qualified_at
    rows = session().scalars(select(LeadValue).where(*which, *since).order_by(LeadValue.at, LeadValue.id))
    return Mending(before, said, list({row.key: row for row in rows}.values()))


def asking_still(lead_ids: Collection[int], *, at: datetime) -> set[int]:
    """Those of these people who had asked to be contacted, and may come again now that what was wrong is mended."""
    answered, _ = _answered(leads.members(lead_ids))
    asked = {one.person for one in answered if one.mql.priority == HAND_RAISED and _waits_to_be_mended(one.said)}
    return asked & among(asked, at=at) if asked else set()


def to_mend() -> Select[int]:
    """The people of whom sales says that something is wrong, until something else stands there."""
    later, newer, person = aliased(Disposition), aliased(Mql), aliased(Lead)
    is_meant = Disposition.wrong.is_(None) | (Disposition.wrong == LeadValue.key)
    is_of_name = (Disposition.wrong == "name") & LeadValue.key.in_(values.NAME)
    since = (
        LeadValue.lead_id.in_([Lead.id, person.id]),
        LeadValue.at > Disposition.at,
        LeadValue.value != "",
        CHANGED,
        is_meant | is_of_name,
    )
    merged = (LeadMerge.merged_id == Lead.id, LeadMerge.undone_at.is_(None), LeadMerge.at > Disposition.at)
    is_address = Disposition.wrong.is_(None) | (Disposition.wrong == wrong.EMAIL)
    query = select(person.id).join(Lead, person.id == leads.whose()).join(Mql, Mql.lead_id == Lead.id)
    return query.join(Disposition, Disposition.mql_id == Mql.id).where(
        Mql.outcome == Outcome.REJECTED,
        Mql.continues_id.is_(None),
        Disposition.follows == Follows.MEND,
        ~exists().where(later.mql_id == Mql.id, tuple_(later.at, later.id) > tuple_(Disposition.at, Disposition.id)),
        ~exists().where(newer.lead_id == Mql.lead_id, newer.qualified_at > Mql.qualified_at),
        ~exists().where(*since),
        ~exists().where(*merged, is_address),
        ~((Disposition.wrong == wrong.EMAIL) & (func.coalesce(person.verified_at, Disposition.at) > Disposition.at)),
    )


def _answered(whose: Mapping[int, int]) -> tuple[list[_Answered], set[int]]:
    """What stands about the newest MQL of each lead, and of which people it stands that they never come back."""
    query = select(Mql).where(Mql.lead_id.in_(whose), Mql.continues_id.is_(None))
    mqls = session().scalars(query.order_by(Mql.qualified_at, Mql.id)).all()
    said = dispositions.standing_of([mql.id for mql in mqls])
    newest = {mql.lead_id: mql for mql in mqls}
    never = {whose[mql.lead_id] for mql in mqls if mql.id in said and said[mql.id].follows is Follows.NEVER}
    return [_Answered(whose[lead_id], mql, said.get(mql.id)) for lead_id, mql in newest.items()], never


def _waits_to_be_mended(said: Disposition | None) -> bool:
    return said is not None and said.follows is Follows.MEND


def _is_over(said: Disposition | None) -> bool:
    """Whether sales works on it no more."""
    return said is not None and (said.outcome is Outcome.WON or said.follows is not None)


def _come_again(
    answered: Collection[_Answered], whose: Mapping[int, int], released: LeadImport | None, *, at: datetime
) -> list[_Answered]:
    """Those whose days are over and who did something since, or of whom what was wrong is mended."""
    given_back = [(one, one.said) for one in answered if one.said is not None]
    mended = _mended([(one, said) for one, said in given_back if said.follows is Follows.MEND])
    due = [(one, said.at) for one, said in given_back if (day := dispositions.comes_again(said)) and day <= at]
    newest = _newest_signs(whose, released) if due else {}
    return mended + [one for one, since in due if newest.get(one.person, since) > since]


def _newest_signs(whose: Mapping[int, int], released: LeadImport | None) -> dict[int, datetime]:
    """When each of these people last did something that shows interest; to be met does once the list was let go."""
    latest = func.max(EngagementEvent.at, type_=EngagementEvent.at.type)
    theirs = EngagementEvent.lead_id.in_(whose), *events.show_interest()
    is_meeting = EngagementEvent.kind == EventKind.MET_IN_PERSON
    own = select(EngagementEvent.lead_id, latest).where(*theirs, ~is_meeting).group_by(EngagementEvent.lead_id)
    met = session().execute(
        select(EngagementEvent.lead_id, EngagementEvent.at, EngagementEvent.detail).where(*theirs, is_meeting)
    )
    meetings = [(lead_id, at, detail.get("list", "")) for lead_id, at, detail in met]
    let_go = imports.let_go({listed for *_, listed in meetings}) | ({released.public_id} if released else set())
    signs = [*session().execute(own).all(), *((lead_id, at) for lead_id, at, listed in meetings if listed in let_go)]
    found: dict[int, datetime] = {}
    for lead_id, at in signs:
        person = whose[lead_id or 0]
        found[person] = max(at, found.get(person, at))
    return found


def _want_no_contact(whose: Mapping[int, int]) -> set[int]:
    """Those of these people whose last word on contact is that they want none."""
    said_no = consents.said_no(whose)
    asked = select(EngagementEvent.lead_id, EngagementEvent.at).where(
        EngagementEvent.lead_id.in_(whose),
        EngagementEvent.kind == EventKind.CONTACT_REQUESTED,
        EngagementEvent.verdict == Verdict.HUMAN,
    )
    asked_at = [(whose[lead_id or 0], at) for lead_id, at in session().execute(asked)]
    again = {person for person, at in asked_at if at > said_no.get(person, at)}
    return said_no.keys() - again


def _mended(wrong_ones: Sequence[tuple[_Answered, Disposition]]) -> list[_Answered]:
    """Those of whom something else stands now than when sales said that it was wrong; the same once more is nothing."""
    stood = values.by_then([(one.lead_id, said.at) for one, said in wrong_ones])
    ids = {lead_id for one, _ in wrong_ones for lead_id in (one.person, one.lead_id)}
    known = {lead.id: lead for lead in session().scalars(select(Lead).where(Lead.id.in_(ids)))} if ids else {}
    merged = merges.latest([one.lead_id for one, _ in wrong_ones])
    found = []
    for (one, said), then in zip(wrong_ones, stood, strict=True):
        now, was = known[one.person], known[one.lead_id]
        standing = ((getattr(now, key), then.get(key, getattr(was, key))) for key in wrong.keys(said.wrong))
        if any(value and value != before for value, before in standing) or _has_another_address(one, said, now, merged):
            found.append(one)
    return found


def _has_another_address(one: _Answered, said: Disposition, now: Lead, merged: Mapping[int, datetime]) -> bool:
    """Whether the person has another address since, or the one that was said to be wrong was proven."""
    is_proven = said.wrong == wrong.EMAIL and now.verified_at is not None and now.verified_at > said.at
    is_meant = said.wrong in (None, wrong.EMAIL)
    return is_proven or (is_meant and one.person != one.lead_id and merged.get(one.lead_id, said.at) > said.at)
