"""The gate: whoever a change of the rules alone brings over the thresholds does not flood sales."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, Select, delete, exists, func, insert, literal, select
from sqlalchemy.orm import aliased

from capture.db import session
from capture.engagement import events
from capture.engagement.models import EngagementEvent, EventKind
from capture.handoff import dispositions, exclusions, returning
from capture.handoff.models import HAND_RAISED, HeldBack, Mql, Outcome
from capture.languages import numeral, say, say_many
from capture.leads import imports, leads
from capture.leads.models import Lead, LeadAddress, LeadImport, LeadImportRow
from capture.scoring import rulesets, scores, standings
from capture.scoring.rulesets import Version


class Handover(StrEnum):
    """What becomes of those who would all go over at once."""

    EVIDENCE = "evidence"  # each with the next thing that he does
    TRANCHES = "tranches"  # so many a day, the highest engagement first
    NONE = "none"  # nobody, unless he asks to be contacted


WORDS: Mapping[str, str] = {
    Handover.EVIDENCE: say("Each when he does something new"),
    Handover.TRANCHES: say("So many a day, the highest engagement first"),
    Handover.NONE: say("Nobody, unless he asks to be contacted"),
}

ALL = "all"
OF_A_LIST: Mapping[str, str] = {
    ALL: say("All who qualify, at once"),
    Handover.TRANCHES.value: say("So many a day, the highest engagement first"),
    Handover.EVIDENCE.value: say("Each when they do something themselves"),
    Handover.NONE.value: say("Nobody, unless they ask to be contacted"),
}
LATER: Mapping[str, str] = {  # where nobody is over the thresholds, no other choice makes a difference
    Handover.EVIDENCE.value: say("Whoever gets over both thresholds later, at that moment"),
    Handover.NONE.value: OF_A_LIST[Handover.NONE.value],
}
DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
AT_ONCE = 500
_TOGETHER = 5_000


def outlook(choice: str, over: int, *, daily: int) -> str:
    """What a choice means where so many would go over, and `daily` make a tranche; nothing is said of nobody."""
    if not over:
        return ""
    if choice == Handover.NONE:
        return say_many("%(num)s stays here.", "%(num)s stay here.", over)
    if choice == Handover.EVIDENCE:
        return say_many("%(num)s waits; nobody goes over at once.", "%(num)s wait; nobody goes over at once.", over)
    if choice == ALL:
        return say_many("%(num)s goes over at once.", "%(num)s go over at once.", over)
    days = say_many("%(num)s day", "%(num)s days", -(-over // daily))
    return say_many(
        "%(num)s goes over; at %(daily)s a day that takes %(days)s.",
        "%(num)s go over; at %(daily)s a day that takes %(days)s.",
        over,
        daily=numeral(daily),
        days=days,
    )


def is_new_to_sales() -> tuple[ColumnElement[bool], ...]:
    """In a query of leads: who may be handed over and never was, but for those whom a list keeps back."""
    return (*_may_go(), *_without(Mql.id.is_not(None)))


def _may_go(*, released: LeadImport | None = None) -> tuple[ColumnElement[bool], ...]:
    """In a query of leads: who may be handed over, or was. The list `released` counts as let go."""
    return (
        Lead.disqualified == "",
        Lead.erased_at.is_(None),
        Lead.merged_into_id.is_(None),
        Lead.id.not_in(imports.made_by_unreleased(besides=released)),
    )


def _without(such: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """In a query of leads: who has no such MQL, also of those that were merged into him."""
    merged = aliased(Lead)
    return (
        ~exists().where(Mql.lead_id == Lead.id, such),
        ~exists().where(merged.merged_into_id == Lead.id, Mql.lead_id == merged.id, such),
    )


def waiting(version: Version, *, at: datetime) -> Sequence[int]:
    """Leads over the thresholds of a version that sales never had, the highest engagement first.

    Not those of a list that was let go to nobody: of these it is decided.
    """
    return _over(version, *is_new_to_sales(), Lead.id.not_in(_let_go_to_nobody()), at=at)


def _let_go_to_nobody() -> Select[int]:
    """Who is held back because a list was let go to nobody."""
    lists = LeadImport.id == LeadImportRow.import_id, LeadImport.release == Handover.NONE.value
    held = select(HeldBack.lead_id).join(LeadImportRow, LeadImportRow.lead_id == HeldBack.lead_id)
    return held.join(LeadImport, lists[0]).where(lists[1], HeldBack.release_at.is_(None))


def _over(version: Version, *which: ColumnElement[bool], at: datetime) -> list[int]:
    """The leads over the thresholds of a version that are meant, but for those whom a list keeps back."""
    over = standings.qualifying(
        version.number, fit=version.rules.fit_threshold, engagement=version.rules.engagement_threshold, at=at
    ).subquery()
    query = _with_addresses(select(over.c.lead_id).join(Lead, Lead.id == over.c.lead_id), *which)
    return _not_listed(session().execute(query.order_by(over.c.engagement.desc(), over.c.lead_id)).all())


def new_to_sales(lead_ids: Iterable[int]) -> list[int]:
    """Those of these leads who may be handed over by their score and never were. A query for each few thousand."""
    ids = sorted(lead_ids)
    found: list[int] = []
    for first in range(0, len(ids), _TOGETHER):
        some = Lead.id.in_(ids[first : first + _TOGETHER])
        found += _not_listed(session().execute(_with_addresses(select(Lead.id), some, *is_new_to_sales())).all())
    return found


def _with_addresses(query: Select[int], *which: ColumnElement[bool]) -> Select[int, str]:
    """The leads that are meant, a row for each of their addresses."""
    listed = query.add_columns(LeadAddress.address_key).join(LeadAddress, LeadAddress.lead_id == Lead.id)
    return listed.where(*which)


def _not_listed(found: Sequence[Row[int, str]]) -> list[int]:
    rows = [(lead_id, address) for lead_id, address in found]
    back = exclusions.kept_back(rows) if rows else set()
    return [lead_id for lead_id in dict(rows) if lead_id not in back]


def close(version: int, over: Sequence[int], choice: Handover, *, daily: int, at: datetime) -> list[datetime]:
    """Hold back whom a new version brings over, as `waiting` tells; gives the instants of the tranches.

    Earlier choices are void, but for that of a list that was let go to nobody: it stands until the list is let go.
    """
    session().execute(delete(HeldBack).where(HeldBack.lead_id.not_in(_let_go_to_nobody())))
    if choice is Handover.EVIDENCE or not over:
        return []
    if choice is Handover.NONE:
        _hold_back(version, dict.fromkeys(over))
        return []
    turns = _turns(over, daily=daily, at=at)
    _hold_back(version, turns)
    return sorted(set(turns.values()))


def _turns(over: Sequence[int], *, daily: int, at: datetime) -> dict[int, datetime]:
    return {lead_id: at + DAY * (number // daily) for number, lead_id in enumerate(over)}


def _hold_back(version: int, turns: Mapping[int, datetime | None]) -> None:
    rows = [{"lead_id": lead_id, "rule_version": version, "release_at": turn} for lead_id, turn in turns.items()]
    if rows:
        session().execute(insert(HeldBack), rows)


def waiting_of(imported: LeadImport, version: Version, *, at: datetime) -> Sequence[int]:
    """Those of a list who would go over if it were let go: first who asks to be contacted still, then by engagement.

    These are also those whom sales gave back, where their days are over and this meeting is something new.
    """
    mine = (Lead.id.in_(imports.leads_of(imported)), *_may_go(released=imported))
    asking = _asking_still(*mine, at=at)
    over = [*asking, *(lead_id for lead_id in _over(version, *mine, at=at) if lead_id not in asking)]
    had, back = set[int](), set[int](asking)
    for first in range(0, len(over), _TOGETHER):
        some = known(over[first : first + _TOGETHER])
        had |= some
        back |= returning.among(some, released=imported, at=at) if some else set()
    return [lead_id for lead_id in over if lead_id not in had or lead_id in back]


def _asking_still(*which: ColumnElement[bool], at: datetime) -> list[int]:
    """The leads that are meant who had asked, and whose wrong data are mended, but for those whom a list keeps back."""
    merged, waits = aliased(Lead), (Mql.outcome == Outcome.REJECTED, Mql.priority == HAND_RAISED)
    own = exists().where(Mql.lead_id == Lead.id, *waits)
    of_merged = exists().where(merged.merged_into_id == Lead.id, Mql.lead_id == merged.id, *waits)
    query = _with_addresses(select(Lead.id), *which, own | of_merged).order_by(Lead.id)
    asked = _not_listed(session().execute(query).all())
    found = set[int]()
    for first in range(0, len(asked), _TOGETHER):
        found |= returning.asking_still(asked[first : first + _TOGETHER], at=at)
    return [lead_id for lead_id in asked if lead_id in found]


def open_to(imported: LeadImport, version: Version, choice: Handover, *, daily: int, at: datetime) -> list[datetime]:
    """A person lets a list go to sales; gives the instants of the tranches. Earlier choices about its leads are void.

    The import must count as released already.
    """
    mine = imports.leads_of(imported)
    session().execute(delete(HeldBack).where(HeldBack.lead_id.in_(mine)))
    if choice is Handover.EVIDENCE:
        return []
    if choice is Handover.NONE:
        made = LeadImportRow.import_id == imported.id, LeadImportRow.made
        of_all = select(LeadImportRow.lead_id, literal(version.number)).where(*made)
        session().execute(insert(HeldBack).from_select(["lead_id", "rule_version"], of_all))
        new = {*session().scalars(select(LeadImportRow.lead_id).where(*made))}
        over = waiting_of(imported, version, at=at)
        _hold_back(version.number, dict.fromkeys(lead_id for lead_id in over if lead_id not in new))
        return []
    turns = _turns(waiting_of(imported, version, at=at), daily=daily, at=at)
    _hold_back(version.number, turns)
    return sorted(set(turns.values()))


def known(lead_ids: Sequence[int]) -> set[int]:
    """Those of these leads whom sales has or had."""
    whose = leads.members(lead_ids)
    return {whose[lead_id] for lead_id in session().scalars(select(Mql.lead_id).where(Mql.lead_id.in_(whose)))}


def blocks(lead_id: int) -> bool:
    """Whether somebody chose that this lead is not handed over by its score."""
    mine = HeldBack.lead_id.in_(leads.of_person([lead_id]))
    held = select(HeldBack.lead_id).where(mine, HeldBack.release_at.is_(None), HeldBack.released_at.is_(None))
    return session().scalar(held.limit(1)) is not None


def waits(lead_id: int, *, at: datetime) -> bool:
    """Whether rules or a list alone brought this lead, whom sales never had, over the thresholds before this moment.

    He goes over by something that he does himself: not by a robot that follows his links, nor by what the house mends,
    nor by a meeting, which goes with its list. A few queries.
    """
    theirs = EngagementEvent.lead_id.in_(leads.of_person([lead_id]))
    own = [theirs, EngagementEvent.kind != EventKind.MET_IN_PERSON, *events.show_interest()]
    is_let_go = not imports.is_made_by_unreleased(lead_id)
    if is_let_go:
        since = [rulesets.activated_at(rulesets.in_force(at=at).number), imports.released_last(lead_id)]
        own += [EngagementEvent.at >= begin for begin in since if begin is not None]
    if session().scalar(select(exists().where(*own))):
        return False
    return not is_let_go or scores.current(lead_id, at=at - _MOMENT).qualifies


def due(*, at: datetime) -> Sequence[int]:
    """Leads whose turn has come."""
    turn = HeldBack.released_at.is_(None), HeldBack.release_at <= at
    return session().scalars(select(HeldBack.lead_id).where(*turn).order_by(HeldBack.release_at).limit(AT_ONCE)).all()


def release(lead_id: int, *, at: datetime) -> bool:
    """The lead has its turn; False where it has none any more."""
    held = session().get(HeldBack, lead_id, populate_existing=True, with_for_update=True)
    if held is None or held.release_at is None or held.release_at > at or held.released_at is not None:
        return False
    held.released_at = at
    return True


@dataclass(frozen=True, slots=True)
class Queue:
    """How many leads wait for their turns, how many of them within a day at most, and when the last turn is.

    A day is any 24 hours: of two lists that were let go at different hours both count.
    """

    leads: int
    daily: int
    until: datetime


_TURNS = HeldBack.released_at.is_(None), HeldBack.release_at.is_not(None)


def queue() -> Queue | None:
    """Who still waits for his turn, and never went over without it; None where nobody does. Two queries."""
    number, until = session().execute(select(func.count(), func.max(HeldBack.release_at)).where(*_in_turn())).one()
    if until is None:
        return None
    turns = select(HeldBack.release_at, func.count()).where(*_TURNS).group_by(HeldBack.release_at)
    return Queue(number, _most_in_a_day(session().execute(turns.order_by(HeldBack.release_at)).all()), until)


def _most_in_a_day(turns: Sequence[Row[datetime | None, int]]) -> int:
    """Of instants in their order, with how many go over at each."""
    most = within = first = 0
    for at, number in turns:
        within += number
        while at is not None and (begun := turns[first][0]) is not None and begun <= at - DAY:
            within -= turns[first][1]
            first += 1
        most = max(most, within)
    return most


def queued(first: int, most: int) -> Sequence[tuple[Lead, datetime]]:
    """Some of those who wait, in their turns, and when these are. One query."""
    query = select(Lead, HeldBack.release_at).where(*_in_turn()).order_by(HeldBack.release_at, HeldBack.lead_id)
    found = session().execute(query.offset(first).limit(most))
    return [(lead, turn) for lead, turn in found if turn is not None]


def stop() -> int:
    """Nobody has a turn any more: each goes over with the next thing that he does. Gives how many waited."""
    waiting = queue()
    session().execute(delete(HeldBack).where(*_TURNS))
    return waiting.leads if waiting else 0


def _in_turn() -> tuple[ColumnElement[bool], ...]:
    is_with_sales = Mql.outcome.is_(None) | Mql.outcome.not_in(dispositions.GIVEN_BACK)
    return (HeldBack.lead_id == Lead.id, *_TURNS, *_may_go(), *_without(is_with_sales))


def forget(lead_ids: Sequence[int]) -> None:
    """Nothing is waited for any more."""
    session().execute(delete(HeldBack).where(HeldBack.lead_id.in_(lead_ids)))
