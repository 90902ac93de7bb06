"""What sales of the demo said of its MQLs: most were answered within hours, the newest wait."""

from datetime import datetime, timedelta

from sqlalchemy import select

from capture.accounts.models import Staff
from capture.config import Settings
from capture.db import session
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Mql, Outcome, Source
from capture.journey import sales

HOUR = timedelta(hours=1)
UNANSWERED = 3  # the newest wait

# One story after the other: hours after the hand-over, and what was decided then.
_STORIES: tuple[tuple[tuple[float, Decision], ...], ...] = (
    (
        (2, Decision(Outcome.ACCEPTED)),
        (50, Decision(Outcome.QUALIFIED, crm_id="00Q-1041")),
        (290, Decision(Outcome.WON, value=1_840_000, currency="EUR", crm_id="006-2210")),
    ),
    ((5, Decision(Outcome.REJECTED, reason="no_budget", note="The next budget is made in spring.")),),
    (
        (1, Decision(Outcome.ACCEPTED)),
        (30, Decision(Outcome.QUALIFIED, crm_id="00Q-1044")),
        (120, Decision(Outcome.OPPORTUNITY, value=960_000, currency="EUR", crm_id="006-2216")),
    ),
    ((20, Decision(Outcome.REJECTED, reason="unreachable")),),
    ((3, Decision(Outcome.ACCEPTED)), (70, Decision(Outcome.QUALIFIED, crm_id="00Q-1050"))),
    ((7, Decision(Outcome.ACCEPTED)), (160, Decision(Outcome.LOST, note="Stays with what they have."))),
    ((4, Decision(Outcome.REJECTED, reason="no_fit")),),
    ((2, Decision(Outcome.ACCEPTED)),),
)


def play(settings: Settings, *, until: datetime) -> None:
    """Answer what was handed over, as its owners would have; then press on with what nobody answered."""
    names = dict(session().execute(select(Staff.id, Staff.public_id)).all())
    told = (
        session()
        .execute(select(Mql.public_id, Mql.owner_id, Mql.qualified_at).order_by(Mql.qualified_at, Mql.id))
        .all()
    )
    for number, (mql_id, owner_id, qualified_at) in enumerate(told[:-UNANSWERED]):
        by = Teller(names.get(owner_id or 0, "demo"), Source.STUDIO)
        for hours, decision in _STORIES[number % len(_STORIES)]:
            if (at := qualified_at + hours * HOUR) < until:
                sales.decide(mql_id, decision, by, at=at)
    # The worker looks every quarter of a minute; here it looked when the first of those who wait became late, each time
    # that he did, and for the others now.
    while (late := _first_late(until)) is not None:
        sales.press_on(sla_hours=settings.sla_hours, at=late)
    sales.press_on(sla_hours=settings.sla_hours, at=until)


def _first_late(until: datetime) -> datetime | None:
    """When the oldest that nobody answered was late, where nobody has been told of it."""
    oldest = select(Mql).where(Mql.outcome.is_(None)).order_by(Mql.qualified_at, Mql.id).limit(1)
    mql = session().scalar(oldest.execution_options(populate_existing=True))
    is_untold = mql is not None and mql.escalated_at is None and mql.due_at < until
    return mql.due_at if mql is not None and is_untold else None
