"""Columns of a destination, changed by people: what is in force, and what cannot be."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import delete, select

from capture.accounts import marks
from capture.db import session
from capture.errors import NotFound, ParameterRefused
from capture.handoff.destinations import sources
from capture.handoff.destinations.models import DestinationColumns
from capture.handoff.destinations.tables import CONSTANT, DESTINATIONS, Column, Destination, Rule
from capture.languages import say

MOST_COLUMNS = 100
IMPERSONAL = frozenset(
    {
        *("gclid", "gbraid", "wbraid", "mql_id"),
        *("won_value", "won_currency", "adjustment_type"),
        *("qualified_wall_clock", "qualified_day", "qualified_epoch_ms", "outcome_wall_clock"),
    }
)


def in_force(key: str) -> Destination:
    """The destination with the columns that are in force here. Raises NotFound."""
    shipped = DESTINATIONS.get(key)
    if shipped is None:
        raise NotFound("destination")
    changed = session().scalar(select(DestinationColumns).where(DestinationColumns.destination == key))
    return shipped if changed is None else replace(shipped, columns=tuple(Column(**row) for row in changed.columns))


def hold(key: str) -> Destination:
    """The destination, its columns held until the transaction ends. Raises NotFound."""
    session().execute(
        select(DestinationColumns.id).where(DestinationColumns.destination == key).with_for_update()
    ).all()
    return in_force(key)


def mark(destination: Destination) -> str:
    """The mark of its columns."""
    return marks.of([asdict(column) for column in destination.columns])


def change(key: str, columns: Sequence[Column], *, at: datetime) -> None:
    """Put these columns in force. Raises NotFound, or ParameterRefused saying which column cannot be."""
    shipped = DESTINATIONS.get(key)
    if shipped is None:
        raise NotFound("destination")
    _judge(shipped, columns)
    reset(key)
    row = DestinationColumns(destination=key, columns=[asdict(column) for column in columns], changed_at=at)
    session().add(row)
    session().flush()


def reset(key: str) -> None:
    """Go back to the shipped columns."""
    session().execute(delete(DestinationColumns).where(DestinationColumns.destination == key))


def _judge(shipped: Destination, columns: Sequence[Column]) -> None:
    if not 1 <= len(columns) <= MOST_COLUMNS:
        raise ParameterRefused(
            say("Columns"), say("a file has 1 to %(most_columns)s of them", most_columns=MOST_COLUMNS)
        )
    headers = [column.header for column in columns]
    for column in columns:
        if not column.header.strip():
            raise ParameterRefused(say("Columns"), say("every column needs a header"))
        if headers.count(column.header) > 1:
            raise ParameterRefused(column.header, say("this header stands twice"), "header")
        if not column.source.startswith(CONSTANT) and sources.of(column.source) is None:
            raise ParameterRefused(column.header, say("choose what it is filled with"), "source")
        is_personal = not column.source.startswith(CONSTANT) and column.source not in IMPERSONAL
        if Rule.NO_PERSONAL_DATA in shipped.rules and is_personal:
            raise ParameterRefused(
                column.header, say("%(title)s takes no personal data", title=shipped.title), "source"
            )
