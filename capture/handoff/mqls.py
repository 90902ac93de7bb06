"""MQLs: the fact that a lead qualified, once in a cycle, and its handoff with owner and due time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import exists, select, update

from capture.accounts.models import Staff
from capture.db import JsonList, insert_once, session
from capture.errors import NotFound
from capture.handoff import dispositions, exclusions, feed, gate, kinds, owners, reps, returning, routing
from capture.handoff.models import BY_SCORE, HAND_RAISED, Disposition, FeedEntry, Follows, Mql, Outcome, Reason, Source
from capture.handoff.owners import Turn
from capture.languages import kept
from capture.leads import leads
from capture.outbox import queue as outbox
from capture.scoring import ledger, scores
from capture.scoring.models import Axis
from capture.scoring.scores import Score

log = structlog.get_logger()

FIRST_CYCLE = 1
SOON = timedelta(minutes=1)  # until all that is passed on at a moment is, so that one mail tells of it
A_WHILE = timedelta(minutes=10)  # until a long list is through
ACCEPTED_IT = kept("accepted it")


def qualify(
    lead_id: int,
    score: Score,
    *,
    sla_hours: int,
    at: datetime,
    submission_id: int | None = None,
    hand_raised: bool = False,
    in_turn: bool = False,
) -> Mql | None:
    """Hand the lead over if it is due: both thresholds reached, or the person asked to be contacted. Once in a cycle.

    A new cycle begins where sales gave the lead back, as its disposition says (`returning`), and never where that was
    said of any of them; and where it was won and the person asks to be contacted, for whoever won it. What was wrong
    and is mended is for whoever said so, else for whoever had it; who had asked before asks still, whatever the points.
    None where it is not due, is with sales already, or never may be (disqualified, or on a list of `exclusions`); and
    where rules or a list alone brought it over, unless it has its turn (`in_turn`) or has done something since. A
    hand raised by a lead that sales already has gives its MQL the first priority and alerts again, each time once it
    was answered. Call it last in a journey: it takes the lead's row and then the feed's counter, which all other
    handoffs wait for until the commit.
    """
    lead = leads.hold(lead_id)
    is_kept = lead.disqualified or score.is_disqualified or lead.erased_at is not None
    if is_kept:
        return None
    known = of_person(lead.id)
    is_asking = hand_raised or (bool(known) and lead.id in returning.asking_still([lead.id], at=at))
    if not (is_asking or score.qualifies):
        return None
    if not is_asking and gate.blocks(lead.id):
        return None
    if exclusions.of(lead) is not None:
        return None
    standing = [mql for mql in known if mql.continues_id is None]
    if not (is_asking or in_turn or standing) and gate.waits(lead.id, at=at):
        return None
    newest = {mql.lead_id: mql for mql in standing}  # of each lead that this person is or was
    if standing and lead.id not in returning.among([lead.id], hand_raised=hand_raised, at=at):
        for mql in newest.values() if hand_raised else ():
            _hurry(mql, sla_hours=sla_hours, at=at)
        return None
    facts = routing.facts_of(lead, submission_id)
    turn = owners.next_owner(facts, sla_hours=sla_hours, at=at, before=_who_knows(standing))
    priority = HAND_RAISED if is_asking else BY_SCORE
    due_at, remind_at = _due(turn.staff_id, priority, sla_hours=sla_hours, at=at)
    mql = Mql(
        lead_id=lead.id,
        cycle=max((mql.cycle + 1 for mql in known if mql.lead_id == lead.id), default=FIRST_CYCLE),
        reason=Reason.HAND_RAISED if is_asking else Reason.SCORE,
        priority=priority,
        fit=score.fit,
        engagement=score.engagement,
        fit_threshold=score.fit_threshold,
        engagement_threshold=score.engagement_threshold,
        rule_version=score.rule_version,
        explanation=_explanation(lead.id, score, at=at),
        submission_id=submission_id,
        owner_id=turn.staff_id,
        routed_by=turn.because,
        qualified_at=at,
        due_at=due_at,
        promised_at=due_at,
        remind_at=remind_at,
    )
    if not insert_once(mql):
        return None
    ledger.unpack(list(leads.members([lead.id])), score.rule_version)  # reports join the rows of who was handed over
    return _hand_over(mql, at=at)


def by_public_id(public_id: str) -> Mql | None:
    """The MQL with this public id."""
    return session().scalar(select(Mql).where(Mql.public_id == public_id))


def by_key(key: int) -> Mql:
    """The MQL with this key."""
    return session().get_one(Mql, key)


def held(public_id: str) -> Mql:
    """The MQL, fresh, with its lead's row held until the transaction ends; the one in which it goes on, if it does.

    Raises NotFound and PersonErased.
    """
    mql = by_public_id(public_id)
    if mql is None:
        raise NotFound("MQL")
    leads.hold(mql.lead_id)
    session().refresh(mql)
    while mql.continues_id is not None:
        mql = session().get_one(Mql, mql.continues_id, populate_existing=True)
    return mql


def continues_as(mql: Mql) -> str | None:
    """The public id of the MQL in which this one goes on; None where it stands for itself."""
    return session().scalar(select(Mql.public_id).where(Mql.id == mql.continues_id)) if mql.continues_id else None


def instead_of(given_back: Sequence[Mql]) -> dict[int, Mql]:
    """By the keys of MQLs that sales works on no more: the other one of the same person that counts now, where there is
    one: what sales works on, else the newest that came later. Two queries, however many.
    """
    over = [mql for mql in given_back if mql.continues_id is None and mql.outcome not in _WORKED_ON]
    if not over:
        return {}
    persons = leads.now({mql.lead_id for mql in over})
    whose = leads.members({lead.id for lead in persons.values()})
    query = select(Mql).where(Mql.lead_id.in_(whose), Mql.continues_id.is_(None))
    counts: dict[int, Mql] = {}
    for mql in session().scalars(query.order_by(Mql.qualified_at, Mql.id)):
        stands = counts.get(whose[mql.lead_id])
        if stands is None or stands.outcome not in _WORKED_ON or mql.outcome in _WORKED_ON:
            counts[whose[mql.lead_id]] = mql
    found = {mql.id: counts[persons[mql.lead_id].id] for mql in over}
    return {
        mql.id: found[mql.id] for mql in over if found[mql.id].outcome in _WORKED_ON or _is_later(found[mql.id], mql)
    }


def _is_later(one: Mql, than: Mql) -> bool:
    return (one.qualified_at, one.id) > (than.qualified_at, than.id)


def of_person(lead_id: int) -> Sequence[Mql]:
    """Every MQL of a lead, the newest last, with those of the leads that were merged into it."""
    mine = select(Mql).where(Mql.lead_id.in_(leads.of_person([lead_id])))
    return session().scalars(mine.order_by(Mql.qualified_at, Mql.id)).all()


def newest_of(lead_id: int) -> Mql | None:
    """The MQL by which sales has a person now, or had last."""
    known = of_person(lead_id)
    return next((mql for mql in reversed(known) if mql.continues_id is None), None)


def give(mql: Mql, owner: Staff, *, because: str, sla_hours: int, at: datetime, former: int | None = None) -> None:
    """Another owner, who has his own time to answer and is told by mail, as the feed is; `because` says why he.

    With `former`, who left this and more behind, one mail tells of all that the owner gets at this moment.
    What sales as a whole had promised stays. The lead's row must be held; call it last.
    """
    mql.owner_id, mql.routed_by, mql.passed_at = owner.id, because, at
    if mql.outcome is None:
        mql.due_at, mql.remind_at = _due(owner.id, mql.priority, sla_hours=sla_hours, at=at)
        mql.escalated_at = None
    _tell_of_owner(mql, former, at=at)
    log.info("mql passed on", mql=mql.public_id, owner=owner.public_id)


def give_to_nobody(mql: Mql, *, at: datetime) -> None:
    """Its owner has it no more, and nobody else can take it: an admin is told, and the feed. Its times stay.

    The lead's row must be held; call it last.
    """
    former = mql.owner_id
    mql.owner_id, mql.routed_by = None, ""
    key = f"mql_alert:{mql.public_id}:None:{at.timestamp()}"
    outbox.enqueue("mql_alert", key=key, at=at, mql_id=mql.id, left_by=former)
    feed.append(mql, kinds.PASSED_ON, at=at)
    log.info("mql passed on", mql=mql.public_id, owner=None)


def _tell_of_owner(mql: Mql, former: int | None = None, *, at: datetime) -> None:
    if former is None:
        key = f"mql_alert:{mql.public_id}:{mql.owner_id}:{at.timestamp()}"
        outbox.enqueue("mql_alert", key=key, at=at, mql_id=mql.id)
    else:
        key = f"work_passed_on:{mql.owner_id}:{at.timestamp()}"
        told = {"passed_at": at.isoformat()}
        outbox.enqueue("work_passed_on", key=key, at=at, due=at + SOON, owner=mql.owner_id, former=former, **told)
    feed.append(mql, kinds.PASSED_ON, at=at)


def take(mql: Mql, owner: Staff, *, at: datetime) -> None:
    """Who has accepted it has it from now on. Whoever had it before is told by mail, and the feed is.

    The lead's row must be held; call it last.
    """
    former = mql.owner_id
    mql.owner_id, mql.routed_by, mql.passed_at = owner.id, ACCEPTED_IT, at
    if former is not None:
        key = f"mql_taken:{mql.public_id}:{former}:{at.timestamp()}"
        outbox.enqueue("mql_taken", key=key, at=at, mql_id=mql.id, former=former, by=owner.id)
    feed.append(mql, kinds.PASSED_ON, at=at)
    log.info("mql taken over", mql=mql.public_id, owner=owner.public_id)


def tell_owner(mql: Mql, said: Disposition, *, at: datetime) -> None:
    """Its owner is told by mail what a colleague has said of it in the studio. The lead's row must be held."""
    if said.source is Source.STUDIO and mql.owner_id not in (None, _key_of(said.actor)):
        key = f"mql_answered:{said.public_id}"
        outbox.enqueue("mql_answered", key=key, at=at, mql_id=mql.id, owner=mql.owner_id, disposition_id=said.id)


def tell_former(mql: Mql, former: int | None, *, by: str, at: datetime) -> None:
    """Whoever had it is told by mail that somebody else (`by`) gave it away. The lead's row must be held."""
    person = _key_of(by)
    if former not in (None, person):
        key = f"mql_passed_on:{mql.public_id}:{former}:{at.timestamp()}"
        outbox.enqueue("mql_passed_on", key=key, at=at, mql_id=mql.id, former=former, by=person)


def tell_owners(lead_ids: Sequence[int], occasion: str, *, at: datetime) -> None:
    """Whoever has one of these people is told that something else is known of them: by one mail for one occasion.

    The mail waits a while for what else comes of the occasion. To be called before the feed is told.
    """
    theirs = select(Mql.owner_id).where(Mql.lead_id.in_(leads.of_person(lead_ids)), Mql.owner_id.is_not(None), *_OPEN)
    for owner in session().scalars(theirs.distinct()) if lead_ids else ():
        key = f"lead_corrected:{owner}:{occasion}"
        outbox.enqueue("lead_corrected", key=key, at=at, due=at + A_WHILE, owner=owner, since=at.isoformat())


def corrected(staff_id: int, *, since: datetime) -> Sequence[Mql]:
    """What somebody has of which something else became known since then, what is due first before the others."""
    told = exists().where(FeedEntry.mql_id == Mql.id, FeedEntry.kind == kinds.CORRECTED, FeedEntry.at >= since)
    query = select(Mql).where(Mql.owner_id == staff_id, told, *_OPEN)
    return session().scalars(query.order_by(Mql.due_at, Mql.id)).all()


_OPEN = (Mql.outcome.is_(None) | Mql.outcome.in_(dispositions.IN_PROGRESS), Mql.continues_id.is_(None))


def _key_of(actor: str) -> int | None:
    """The key of a person of staff; None of a program or a command."""
    return session().scalar(select(Staff.id).where(Staff.public_id == actor))


def passed_on(staff_id: int, *, at: datetime) -> Sequence[Mql]:
    """What somebody got at this moment and still has, first what was without news for longest."""
    told = exists().where(FeedEntry.mql_id == Mql.id, FeedEntry.kind == kinds.PASSED_ON, FeedEntry.at == at)
    query = select(Mql).where(Mql.owner_id == staff_id, Mql.outcome.is_not(None), told)
    return session().scalars(query.order_by(Mql.outcome_at, Mql.id)).all()


def keys_of(lead_ids: Sequence[int]) -> Sequence[int]:
    """The keys of all MQLs of these leads."""
    return session().scalars(select(Mql.id).where(Mql.lead_id.in_(lead_ids))).all()


def forget(lead_ids: Sequence[int]) -> None:
    """Why these leads were handed over, to whom and to which record of the CRM is known no more; that they were is."""
    mine = update(Mql).where(Mql.lead_id.in_(lead_ids))
    session().execute(mine.values(explanation=[], routed_by="", crm_id=None, remind_at=None))


def _who_knows(standing: Sequence[Mql]) -> list[Turn]:
    """Who gets somebody who comes again before all others: whoever won him, or knew what was wrong, or had him then."""
    won = next((mql for mql in reversed(standing) if mql.outcome is Outcome.WON), None)
    if won is not None:
        return [Turn(won.owner_id, owners.WON_BEFORE)]
    said = dispositions.standing(standing[-1].id) if standing else None
    if said is None or said.follows is not Follows.MEND:
        return []
    return [Turn(_key_of(said.actor), owners.SAID_WRONG), Turn(standing[-1].owner_id, owners.HAD_BEFORE)]


def _due(owner_id: int | None, priority: int, *, sla_hours: int, at: datetime) -> tuple[datetime, datetime]:
    """By when its owner answers, and when he is reminded: whoever asked to be contacted waits a working day at most."""
    return reps.due(owner_id, sla_hours=sla_hours, within_a_day=priority == HAND_RAISED, at=at)


def _hand_over(mql: Mql, *, at: datetime) -> Mql:
    outbox.enqueue("mql_alert", key=f"mql_alert:{mql.public_id}", at=at, mql_id=mql.id)
    feed.append(mql, kinds.CREATED, at=at)
    log.info("mql created", mql=mql.public_id, reason=mql.reason.value, fit=mql.fit, engagement=mql.engagement)
    return mql


def _hurry(mql: Mql, *, sla_hours: int, at: datetime) -> None:
    """Sales has the lead already; now the person asks to be contacted. Whoever works on it hears of each time."""
    if mql.outcome in dispositions.WORKED_ON:
        mql.priority = HAND_RAISED
        key = f"mql_asked_again:{mql.public_id}:{at.timestamp()}"
        outbox.enqueue("mql_asked_again", key=key, at=at, mql_id=mql.id)
    if mql.priority == HAND_RAISED or mql.outcome is not None:
        return
    mql.priority = HAND_RAISED
    due_at, remind_at = _due(mql.owner_id, mql.priority, sla_hours=sla_hours, at=at)
    if due_at < mql.due_at:
        mql.due_at, mql.remind_at = due_at, remind_at
        mql.promised_at = min(mql.promised_at, due_at)
    outbox.enqueue("mql_alert", key=f"mql_alert:{mql.public_id}:hand_raised", at=at, mql_id=mql.id)


def join(mqls: Sequence[Mql], *, sla_hours: int, at: datetime) -> dict[int, dict[str, object]]:
    """Of those that sales works on for one person one stands, and the others go on in it: what is furthest, then whom
    somebody asked for, then the oldest.

    Gives what stood before on those that changed, for `part`. The lead's row must be held.
    """
    open_ones = _worked_on(mqls)
    if len(open_ones) < 2:
        return {}
    stands, *others = open_ones
    before = {mql.id: {name: _plain(getattr(mql, name)) for name in _JOINED} for mql in open_ones}
    for mql in others:
        mql.continues_id, mql.remind_at = stands.id, None
    if any(mql.priority == HAND_RAISED for mql in others):
        _hurry(stands, sla_hours=sla_hours, at=at)
    session().flush()
    return before


def that_goes_on(mqls: Sequence[Mql]) -> Mql | None:
    """The one that would stand by `join`; None where it would change nothing."""
    open_ones = _worked_on(mqls)
    return open_ones[0] if len(open_ones) > 1 else None


def _worked_on(mqls: Sequence[Mql]) -> list[Mql]:
    """Those that sales works on, first the one that stands before the others."""
    found = [mql for mql in mqls if mql.continues_id is None and mql.outcome in _WORKED_ON]
    return sorted(found, key=lambda mql: (-_WORKED_ON.index(mql.outcome), mql.priority, mql.qualified_at))


def part(before: Mapping[str, Mapping[str, Any]]) -> None:
    """What `join` did is undone, as far as nobody has answered since. Whoever got one since keeps his time for it."""
    for key, told in before.items():
        mql = session().get_one(Mql, int(key))
        mql.continues_id, mql.priority = None, told["priority"]
        if mql.outcome is None:
            mql.promised_at = datetime.fromisoformat(told["promised_at"])
        if mql.outcome is None and mql.owner_id == told["owner_id"]:
            mql.due_at = datetime.fromisoformat(told["due_at"])
            mql.remind_at = datetime.fromisoformat(told["remind_at"]) if told["remind_at"] else None
    session().flush()


# How far sales is with what it works on.
_WORKED_ON = (None, Outcome.ACCEPTED, Outcome.QUALIFIED, Outcome.OPPORTUNITY)
_JOINED = ("priority", "owner_id", "due_at", "promised_at", "remind_at")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _explanation(lead_id: int, score: Score, *, at: datetime) -> JsonList:
    reasons = scores.explain(lead_id, at=at)
    return [
        {
            "axis": reason.axis.value,
            "points": reason.points,
            "points_then": points,
            "because": reason.because,
            "at": reason.occurred_at.isoformat(),
        }
        for reason, points in zip(reasons, scores.shown(score, reasons), strict=True)
        if reason.axis is not Axis.BAR
    ]
