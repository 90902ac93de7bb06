"""Forms that people begin: how many, and after which field those stop who do not send them. Nobody is named."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from capture.attribution.models import Touch
from capture.attribution.origin import Origin
from capture.db import public_id, session, upsert
from capture.engagement.models import FormStart

PATIENCE = timedelta(minutes=30)
"""How long a form that was begun may lie before it counts as left."""

KEPT = timedelta(days=90)


def note(form_key: str, *, page_id: int, field: str, way: Touch | Origin, at: datetime) -> None:
    """Somebody has begun, or has come as far as this field; of a form that was sent nothing more is noted.

    One statement.
    """
    came = {"channel": way.channel, "source": way.source, "campaign": way.campaign}
    row = {"form_key": form_key, "page_id": page_id, "field": field, "at": at, "is_sent": False}
    begun = upsert(FormStart).values(**row, **came)
    further = begun.on_conflict_do_update(
        index_elements=["form_key"], set_={"field": field}, where=FormStart.is_sent.is_(False)
    )
    session().execute(further)


def note_sent(form_key: str) -> None:
    """The form was filled; one of which no beginning is known stays unknown."""
    session().execute(update(FormStart).where(FormStart.form_key == form_key).values(is_sent=True))


def left(page_id: int, *, since: datetime, at: datetime) -> Sequence[tuple[str, int]]:
    """Of the forms of a page that were begun and not sent: the last field that was answered, and how often it was."""
    many = func.count()
    query = (
        select(FormStart.field, many)
        .where(FormStart.page_id == page_id, FormStart.at >= since, FormStart.at < at - PATIENCE)
        .where(FormStart.is_sent.is_(False))
        .group_by(FormStart.field)
        .order_by(many.desc(), FormStart.field)
    )
    return [(field, number) for field, number in session().execute(query)]


def forget_old(*, at: datetime) -> None:
    """Nothing is asked of what is older."""
    session().execute(delete(FormStart).where(FormStart.at < at - KEPT))


def forget(form_keys: Collection[str]) -> None:
    """That these were forms of somebody who is erased can be told from nothing any more; they stay counted."""
    for start in session().scalars(select(FormStart).where(FormStart.form_key.in_(form_keys))):
        start.form_key = public_id()
