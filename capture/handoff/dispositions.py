"""Dispositions: what sales decided about an MQL, one after the other."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from capture.db import insert_once, session
from capture.errors import AnsweredMeanwhile, DispositionRefused, KeyUsed
from capture.handoff import money, reasons, wrong
from capture.handoff.models import Disposition, Follows, Mql, Outcome, Source
from capture.languages import say
from capture.leads.models import Lead

log = structlog.get_logger()

LONGEST_NOTE = 2_000
LONGEST_ID = 200
MOST_VALUE = 10**15  # minor units
SKEW = timedelta(minutes=5)  # by which the clock of another system may be ahead of ours, or behind
VALUED = (Outcome.OPPORTUNITY, Outcome.WON)
IN_PROGRESS = (Outcome.ACCEPTED, Outcome.QUALIFIED, Outcome.OPPORTUNITY)
GIVEN_BACK = (Outcome.REJECTED, Outcome.LOST, Outcome.RECYCLED)
WORKED_ON = (*IN_PROGRESS, Outcome.WON)  # somebody of sales has it


@dataclass(frozen=True, slots=True)
class Decision:
    """What sales decided. `value` is in minor units of `currency` (ISO 4217); `wrong` is a name of `wrong.WORDS`."""

    outcome: Outcome
    reason: str | None = None
    value: int | None = None
    currency: str | None = None
    note: str = ""
    crm_id: str | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Teller:
    """Who says so, and by which way. `actor` is a staff public id, "cli", or "token:" and a token's public id."""

    actor: str
    source: Source


def check(decision: Decision) -> None:
    """Raises DispositionRefused for what does not hold together. Whether the reason is offered is asked by `record`."""
    if (decision.outcome is Outcome.REJECTED) != (decision.reason is not None):
        raise DispositionRefused("reason", say("Give a reason with a rejection, and with nothing else."))
    wrong.check(decision.wrong)
    if (decision.value is None) != (decision.currency is None):
        raise DispositionRefused("currency", say("Give value and currency together."))
    if decision.value is not None and decision.outcome not in VALUED:
        raise DispositionRefused("value", say("Give a value with opportunity or won, and with nothing else."))
    if decision.value is not None and not 0 <= decision.value <= MOST_VALUE:
        raise DispositionRefused(
            "value", say("Give a whole number of minor units from 0 to %(most_value)s.", most_value=MOST_VALUE)
        )
    if decision.currency is not None:
        money.check_currency(decision.currency)
    if len(decision.note) > LONGEST_NOTE or "\x00" in decision.note:
        raise DispositionRefused("note", say("Write at most %(longest_note)s characters.", longest_note=LONGEST_NOTE))
    if decision.crm_id is not None and not (0 < len(decision.crm_id) <= LONGEST_ID and "\x00" not in decision.crm_id):
        raise DispositionRefused(
            "crm_id", say("Give an id of 1 to %(longest_id)s characters, or none.", longest_id=LONGEST_ID)
        )


def record(
    mql: Mql,
    decision: Decision,
    by: Teller,
    *,
    decided: datetime | None = None,
    since: datetime | None = None,
    key: str | None = None,
    seen: str | None = None,
    at: datetime,
) -> Disposition:
    """Append what was decided and what follows from it now; the newest decision stands. The lead's row must be held.

    `key` makes it once: a key that is known gives the disposition that it made. `decided` is when it was decided, where
    another system says so (default `at`); it lies between `since`, when that system was told of the MQL (default: when
    it was handed over), and `at`, which are also meant by what lies SKEW outside of them at most. `seen` names the
    disposition that stood for the one who decides, "" for none.
    Raises DispositionRefused, KeyUsed where the key made another decision, and AnsweredMeanwhile.
    """
    check(decision)
    if decided is not None and decided > at + SKEW:
        raise DispositionRefused("decided_at", say("Give a time that is not in the future, or none."))
    known = by_key(key) if key else None
    if known is not None:
        return _same(known, mql, decision, key or "")
    begins = since or mql.qualified_at
    if decided is not None and is_before(decided, begins):
        earliest = begins.isoformat(timespec="seconds").replace("+00:00", "Z")
        why = say("Give a time from %(earliest)s on, when the MQL was handed over, or none.", earliest=earliest)
        raise DispositionRefused("decided_at", why)
    stands = standing(mql.id) if seen is not None else None
    if stands is not None and stands.public_id != seen:
        raise AnsweredMeanwhile(stands.outcome.value, stands.actor, stands.at)
    then = reasons.consequence(decision.outcome, decision.reason)
    if decision.wrong is not None and (then is None or then.follows is not Follows.MEND):
        raise DispositionRefused("wrong", say("Say what is wrong with a reason that waits until it is mended."))
    row = Disposition(
        mql_id=mql.id,
        outcome=decision.outcome,
        reason=decision.reason,
        wrong=decision.wrong,
        follows=then.follows if then else None,
        follows_days=then.days if then and then.follows is Follows.LATER else None,
        value=decision.value,
        currency=decision.currency,
        note=decision.note,
        crm_id=decision.crm_id,
        actor=by.actor,
        source=by.source,
        at=min(max(decided, begins), at) if decided else at,
        recorded_at=at,
        dedupe_key=key,
    )
    if not insert_once(row):  # The same key at the same moment, for another lead: that one was first.
        raise KeyUsed(key or "")
    _stand(mql, row)
    log.info("mql disposed", mql=mql.public_id, outcome=row.outcome.value, reason=row.reason, source=row.source.value)
    return row


def is_before(decided: datetime, handed_over: datetime) -> bool:
    """Whether that is too early for a decision about what was handed over then, however much the clocks differ."""
    return decided < handed_over - SKEW


def _stand(mql: Mql, row: Disposition) -> None:
    answered = max(row.at, mql.qualified_at)  # another system's clock may be late
    mql.answered_at = min(mql.answered_at, answered) if mql.answered_at else answered
    if row.crm_id:
        mql.crm_id = row.crm_id
    if mql.outcome_at is None or row.at >= mql.outcome_at:
        mql.outcome, mql.outcome_at = row.outcome, row.at
    session().flush()


def _same(known: Disposition, mql: Mql, decision: Decision, key: str) -> Disposition:
    if mql.id not in (known.mql_id, _goes_on_in(known.mql_id)) or decided(known) != decision:
        raise KeyUsed(key)
    return known


def decided(row: Disposition) -> Decision:
    """What was decided, without who said it, when and how."""
    return Decision(row.outcome, row.reason, row.value, row.currency, row.note, row.crm_id, row.wrong)


def _goes_on_in(mql_id: int) -> int:
    while (further := session().get_one(Mql, mql_id).continues_id) is not None:
        mql_id = further
    return mql_id


def by_key(key: str) -> Disposition | None:
    """The disposition that was made under this key."""
    return session().scalar(select(Disposition).where(Disposition.dedupe_key == key))


def history(mql_ids: Sequence[int]) -> Mapping[int, Sequence[Disposition]]:
    """What was decided about each MQL, the newest first: one query for all."""
    found: dict[int, list[Disposition]] = {mql_id: [] for mql_id in mql_ids}
    query = select(Disposition).where(Disposition.mql_id.in_(mql_ids))
    for row in session().scalars(query.order_by(Disposition.at.desc(), Disposition.id.desc())):
        found[row.mql_id].append(row)
    return found


def standing(mql_id: int) -> Disposition | None:
    """The decision that stands."""
    return standing_of([mql_id]).get(mql_id)


def standing_of(mql_ids: Sequence[int]) -> Mapping[int, Disposition]:
    """The decision that stands about each MQL that was answered: one query for all, none for nobody."""
    return {mql_id: told[0] for mql_id, told in history(mql_ids).items() if told} if mql_ids else {}


def comes_again(row: Disposition) -> datetime | None:
    """From when on what its person does counts once more; None where no day was promised with this decision."""
    then = reasons.promised(row)
    return row.at + timedelta(days=then.days) if then and then.follows is Follows.LATER else None


def customers(public_ids: Set[str]) -> set[str]:
    """Those of these leads, by public id, of whom an MQL was won, also of one that was merged into them: one query."""
    named = aliased(Lead)
    query = select(Lead.public_id).join(named, (named.id == Lead.id) | (named.merged_into_id == Lead.id))
    won = query.join(Mql, Mql.lead_id == named.id).where(Mql.outcome == Outcome.WON)
    return set(session().scalars(won.where(Lead.public_id.in_(public_ids))))


def forget(lead_ids: Sequence[int]) -> None:
    """Take out what people and programs wrote about these leads; that and how it was decided stays."""
    ours = Disposition.mql_id.in_(select(Mql.id).where(Mql.lead_id.in_(lead_ids)))
    session().execute(update(Disposition).where(ours).values(note="", crm_id=None, dedupe_key=None))
