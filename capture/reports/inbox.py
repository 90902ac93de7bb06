"""The inbox of sales: which MQLs wait for an answer, the most urgent first, and everything about one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Subquery, case, func, select
from sqlalchemy.orm import aliased

from capture.accounts import staff
from capture.accounts.models import Staff
from capture.attribution.models import Touch
from capture.db import session
from capture.engagement import history
from capture.engagement.models import EventKind, Verdict
from capture.handoff import absences, dispositions, exclusions, left_behind, mqls, pressing, reasons, returning, wrong
from capture.handoff.models import HAND_RAISED, Disposition, Mql, Outcome
from capture.languages import say
from capture.leads import leads
from capture.leads.models import Lead, LeadValue
from capture.reports import leads as lead_reports
from capture.reports.leads import LeadStory
from capture.scoring import decay
from capture.scoring.choices import OWN

PAGE_SIZE = 50
LEFT_SHOWN = 20  # of what one person has left behind


class View(StrEnum):
    """Which MQLs are looked at."""

    MINE = "mine"  # and nobody's: whoever looks may take them
    TEAM = "team"
    PROGRESS = "progress"  # what the person works on
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Line:
    """An MQL in the list. `outcome` is None while nobody has answered.

    `away`: the last day on which its owner is away, where he is now. `listed`: the list that would keep the person from
    sales, had it not been handed over before.
    """

    mql_id: str
    name: str
    job_title: str
    company: str
    channel: str
    owner: str
    asked: bool
    late: bool
    due_at: datetime
    outcome: Outcome | None
    outcome_at: datetime | None
    away: date | None = None
    listed: str = ""


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of a view; `waiting` counts per view what waits in it, `late` what is overdue."""

    view: View
    lines: Sequence[Line]
    number: int
    has_more: bool
    waiting: Mapping[View, int]
    late: int

    def groups(self) -> list[tuple[str, list[Line]]]:
        """The lines under headings, the most urgent first."""
        if self.view is View.ANSWERED:
            return [(say("Answered"), list(self.lines))] if self.lines else []
        if self.view is View.PROGRESS:
            return [(say("Longest without news first"), list(self.lines))] if self.lines else []
        late = [line for line in self.lines if line.late]
        asked = [line for line in self.lines if line.asked and not line.late]
        rest = [line for line in self.lines if not line.asked and not line.late]
        named = ((say("Overdue"), late), (say("Asked for contact"), asked), (say("By score"), rest))
        return [(heading, lines) for heading, lines in named if lines]


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What somebody worked on who can answer no more: how many MQLs, and the first of them."""

    owner: Staff
    number: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Said:
    """A decision, as a person reads it."""

    outcome: Outcome
    why: str
    wrong: str
    follows: str
    who: str
    note: str
    value: int | None
    currency: str | None
    crm_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """A reason for the scores at the hand-over, with what was left of its points then: of an axis they add up."""

    axis: str
    because: str
    points: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """A magnet that the person has, and what was done with it."""

    title: str
    did: Sequence[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Mended:
    """What sales had said of the MQL before: which data were wrong, and by whom they are mended since."""

    mql_id: str
    said: Said
    since: Sequence[tuple[str, str, datetime]]  # the field, by whom it is another one, and when


@dataclass(frozen=True, slots=True)
class WentOn:
    """The other MQL of the same person by which sales has it since, or still; with whom, empty where it is nobody's."""

    mql_id: str
    owner: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything about one MQL. `seen` names the decision that stands, so that nobody answers past another."""

    mql: Mql
    story: LeadStory
    owner: Staff | None
    away: date | None  # the last day on which the owner is away, where he is now
    why: Sequence[Why]
    said: Sequence[Said]
    read: Sequence[Read]
    seen: str
    why_it_stays: str  # with its owner, though overdue, or nobody's; empty of any other
    continues_as: str | None  # the MQL of the same person in which this one goes on
    went_on: WentOn | None
    mended: Mended | None  # of the MQL before, after which this one came

    @property
    def asked(self) -> bool:
        """Whether the person asked to be contacted."""
        return self.mql.priority == HAND_RAISED


def inbox(view: View, staff_id: int, *, number: int = 1, at: datetime) -> Inbox:
    """A page of a view in the eyes of one person: a fixed number of queries, however many MQLs."""
    found = session().execute(_listed(view, staff_id, number, at=at)).all()
    lines = [_line(mql, lead, owner, channel, at=at) for mql, lead, owner, channel in found[:PAGE_SIZE]]
    if view is not View.ANSWERED:
        lines = _marked(lines, [(mql, lead) for mql, lead, *_ in found[:PAGE_SIZE]], at=at)
    team, mine, late = _waiting(staff_id, at=at)
    waiting = {View.MINE: mine, View.TEAM: team, View.PROGRESS: _in_progress(staff_id)}
    return Inbox(view, lines, number, len(found) > PAGE_SIZE, waiting, late)


def _marked(lines: Sequence[Line], about: Sequence[tuple[Mql, Lead]], *, at: datetime) -> list[Line]:
    """With what is to be known beforehand: whose owner is away, and who is on a list."""
    away = absences.away({mql.owner_id for mql, _ in about if mql.owner_id is not None}, at=at)
    listed = exclusions.of_all([lead for _, lead in about])
    return [
        replace(
            line,
            away=away.get(mql.owner_id or 0),
            listed=exclusions.WORDS[listed[lead.id].kind] if lead.id in listed else "",
        )
        for line, (mql, lead) in zip(lines, about, strict=True)
    ]


def opened(mql_id: str, *, zone: ZoneInfo, at: datetime) -> Opened | None:
    """One MQL with its lead's story; None where there is none, or its lead was erased."""
    mql = mqls.by_public_id(mql_id)
    lead = leads.now_of(mql.lead_id) if mql else None
    story = lead_reports.story(lead.public_id, zone=zone, at=at) if lead else None
    if mql is None or lead is None or story is None:
        return None
    decided = dispositions.history([mql.id])[mql.id]
    return Opened(
        mql=mql,
        story=story,
        owner=session().get(Staff, mql.owner_id) if mql.owner_id else None,
        away=absences.away([mql.owner_id], at=at).get(mql.owner_id) if mql.owner_id else None,
        why=_why(mql),
        said=_said(decided),
        read=_read(lead.id),
        seen=decided[0].public_id if decided else "",
        why_it_stays=pressing.why_it_stays(mql, at=at),
        continues_as=mqls.continues_as(mql),
        went_on=_went_on(mql),
        mended=_mended(mql),
    )


def _mended(mql: Mql) -> Mended | None:
    found = returning.mending(mql)
    if found is None:
        return None
    names = staff.names()
    since = [(OWN[row.key], _by(row, names), row.at) for row in found.learned]
    return Mended(found.before.public_id, _said([found.said])[0], since)


def _by(row: LeadValue, names: Mapping[str, str]) -> str:
    if row.corrected_by:
        return names.get(row.corrected_by, say("Somebody here"))
    return say("A list") if row.import_id else say("The person, in a form")


def _went_on(mql: Mql) -> WentOn | None:
    other = mqls.instead_of([mql]).get(mql.id)
    if other is None:
        return None
    owner = session().get(Staff, other.owner_id) if other.owner_id else None
    return WentOn(other.public_id, owner.name if owner else "", other.qualified_at >= mql.qualified_at)


def _why(mql: Mql) -> list[Why]:
    found: list[Why] = []
    for axis, score in (("engagement", mql.engagement), ("fit", mql.fit)):
        mine = [told for told in mql.explanation if told["axis"] == axis]
        points = decay.parts([told["points_then"] for told in mine], score)
        found += [
            Why(axis, told["because"], part, datetime.fromisoformat(told["at"]))
            for told, part in zip(mine, points, strict=True)
        ]
    return found


def left_behind_by(*, at: datetime) -> list[LeftBehind]:
    """Who can answer no more and still has MQLs in progress: two queries, however many."""
    theirs = left_behind.is_left(at)
    counted = select(Staff, func.count()).join(Mql, Mql.owner_id == Staff.id).join(Lead, Lead.id == Mql.lead_id)
    counted = counted.where(*theirs, Lead.erased_at.is_(None)).group_by(Staff.id).order_by(Staff.name, Staff.id)
    numbers = session().execute(counted).all()
    place = func.row_number().over(partition_by=Mql.owner_id, order_by=(Mql.outcome_at, Mql.id)).label("place")
    ranked = select(Mql.id, place).join(Lead, Lead.id == Mql.lead_id).where(*theirs, Lead.erased_at.is_(None))
    first = ranked.subquery()
    query = _with_names(select(first.c.id).where(first.c.place <= LEFT_SHOWN).subquery())
    lines: dict[int | None, list[Line]] = {}
    for mql, lead, owner, channel in session().execute(query.order_by(Mql.outcome_at, Mql.id)) if numbers else ():
        lines.setdefault(mql.owner_id, []).append(_line(mql, lead, owner, channel, at=at))
    return [LeftBehind(owner, number, lines.get(owner.id, [])) for owner, number in numbers]


def _listed(view: View, staff_id: int, number: int, *, at: datetime) -> Select[Mql, Lead, str, str]:
    """A page's rows and one more. Keys are put in order first: all else is read of those alone."""
    page = (
        select(Mql.id)
        .join(Lead, Lead.id == Mql.lead_id)
        .where(*_in_view(view, staff_id), Lead.erased_at.is_(None))
        .order_by(*_order(view, at))
        .offset((number - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
        .subquery()
    )
    return _with_names(page).order_by(*_order(view, at))


def _with_names(page: Subquery) -> Select[Mql, Lead, str, str]:
    """What a line tells of the MQLs with these keys."""
    named = aliased(Lead)  # as the MQL names the person; `Lead` is who that is now
    return (
        select(Mql, Lead, Staff.name, Touch.channel)
        .join(page, page.c.id == Mql.id)
        .join(named, named.id == Mql.lead_id)
        .join(Lead, Lead.id == func.coalesce(named.merged_into_id, named.id))
        .outerjoin(Staff, Staff.id == Mql.owner_id)
        .outerjoin(Touch, Touch.id == Lead.first_touch_id)
    )


def _order(view: View, at: datetime) -> tuple[ColumnElement[Any], ...]:
    if view is View.ANSWERED:
        return Mql.outcome_at.desc(), Mql.id.desc()
    if view is View.PROGRESS:
        return Mql.outcome_at.asc(), Mql.id.asc()
    return Mql.due_at >= at, Mql.priority.asc(), Mql.due_at.asc(), Mql.id.asc()


def _in_view(view: View, staff_id: int) -> tuple[ColumnElement[bool], ...]:
    if view is View.ANSWERED:
        return (Mql.outcome_at.is_not(None), Mql.outcome.is_not(None))  # the first is for the index of the order
    if view is View.PROGRESS:
        return _is_worked_on_by(staff_id)
    waits = Mql.outcome.is_(None), Mql.continues_id.is_(None)
    return (*waits, _is_mine(staff_id)) if view is View.MINE else waits


def _is_mine(staff_id: int) -> ColumnElement[bool]:
    return (Mql.owner_id == staff_id) | Mql.owner_id.is_(None)


def _is_worked_on_by(staff_id: int) -> tuple[ColumnElement[bool], ...]:
    return Mql.outcome.in_(dispositions.IN_PROGRESS), Mql.owner_id == staff_id, Mql.continues_id.is_(None)


def _in_progress(staff_id: int) -> int:
    """How many this person works on."""
    number = select(func.count()).select_from(Mql).join(Lead, Lead.id == Mql.lead_id)
    return session().scalar(number.where(*_is_worked_on_by(staff_id), Lead.erased_at.is_(None))) or 0


def _waiting(staff_id: int, *, at: datetime) -> tuple[int, int, int]:
    """How many have no answer: of the team, of this person, and of those the late ones."""
    mine = _is_mine(staff_id)
    counts = (func.count(), *(func.sum(case((which, 1), else_=0)) for which in (mine, mine & (Mql.due_at < at))))
    standing = select(*counts).select_from(Mql).join(Lead, Lead.id == Mql.lead_id)
    waits = Mql.outcome.is_(None), Mql.continues_id.is_(None), Lead.erased_at.is_(None)
    told = session().execute(standing.where(*waits)).one()
    team, own, late = (int(number or 0) for number in told)
    return team, own, late


def _line(mql: Mql, lead: Lead, owner: str | None, channel: str | None, *, at: datetime) -> Line:
    return Line(
        mql_id=mql.public_id,
        name=lead.full_name or lead.email,
        job_title=lead.job_title,
        company=lead.company,
        channel=channel or "",
        owner=owner or "",
        asked=mql.priority == HAND_RAISED,
        late=mql.outcome is None and mql.due_at < at,
        due_at=mql.due_at,
        outcome=mql.outcome,
        outcome_at=mql.outcome_at,
    )


def _said(decided: Sequence[Disposition]) -> list[Said]:
    names = dict(
        session()
        .execute(select(Staff.public_id, Staff.name).where(Staff.public_id.in_({row.actor for row in decided})))
        .all()
    )
    told, known = [], reasons.listed()
    for row in decided:
        then = reasons.promised(row)
        told.append(
            Said(
                outcome=row.outcome,
                why=known[row.reason].label if row.reason in known else row.reason or "",
                wrong=wrong.words(row.wrong),
                follows=then.words if then else "",
                who=names.get(row.actor, say("The CRM") if row.actor.startswith("token:") else say("A command")),
                note=row.note,
                value=row.value,
                currency=row.currency,
                crm_id=row.crm_id,
                at=row.at,
            )
        )
    return told


# What people do with a magnet, the closest look first.
_DID: Mapping[EventKind, str] = {
    EventKind.WEBINAR_ATTENDED: say("joined"),
    EventKind.WEBINAR_REPLAYED: say("watched the recording"),
    EventKind.LINK_FOLLOWED: say("followed its links"),
    EventKind.MAGNET_DOWNLOADED: say("downloaded"),
    EventKind.WEBINAR_REGISTERED: say("registered"),
    EventKind.FORM_SUBMITTED: say("asked for it"),
}


def _read(lead_id: int) -> list[Read]:
    """Each magnet once, with all that was done with it, what was touched last first."""
    done: dict[str, dict[EventKind, datetime]] = {}
    for act in history.newest(lead_id, limit=200):
        if act.kind in _DID and act.verdict is Verdict.HUMAN and act.title:
            done.setdefault(act.title, {}).setdefault(act.kind, act.at)
    return [
        Read(title, [words for kind, words in _DID.items() if kind in acts], max(acts.values()))
        for title, acts in done.items()
    ]
