"""The story of figures: days are counted when they are over, files of costs are loaded and taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog

from capture.accounts import audit
from capture.config import Settings
from capture.db import journey
from capture.errors import ParameterRefused
from capture.languages import say
from capture.reports import closing, daily, nurtures, responses, saved, spending
from capture.reports.spending import Preview, Rates

log = structlog.get_logger()


def rates(settings: Settings) -> Rates:
    """The currency of the reports and the set rates."""
    return Rates(settings.currency, dict(settings.rates))


def count_days(settings: Settings, *, at: datetime) -> int:
    """Count the closed days that are due; gives how many were.

    Days of which something new is known are counted again; of the others at most MOST_DAYS_AT_ONCE, so that a long
    history is counted call by call. Each day is a short transaction of its own: fills go on meanwhile.
    """
    before, due = daily.counted_until(), daily.due(zone=settings.zone, at=at)
    for day in due:
        _count_day(day, zone=settings.zone)
    if due:
        _note_counted(max(due), before=before, looked_at=at)
        log.info("days counted", days=len(due))
    return len(due)


@journey
def _count_day(day: date, *, zone: ZoneInfo) -> None:
    counted = daily.a_day(day, zone)
    daily.keep(counted)
    responses.keep(counted)
    nurtures.keep(counted)


@journey
def _note_counted(until: date, *, before: date | None, looked_at: datetime) -> None:
    daily.note_counted(until, before=before, looked_at=looked_at)


def close_months(settings: Settings, *, at: datetime) -> int:
    """Close the months that are due, each in a transaction of its own; gives how many were."""
    due = closing.due(today=daily.day_of(at, settings.zone))
    for month in due:
        _close_month(month, settings, at=at)
        log.info("month closed", month=f"{month:%Y-%m}")
    return len(due)


@journey
def _close_month(month: date, settings: Settings, *, at: datetime) -> None:
    closing.close(month, zone=settings.zone, rates=rates(settings), at=at)


@journey
def close_month(month: date, settings: Settings, *, actor: str, at: datetime) -> None:
    """Close a month by hand, before its time; once more changes nothing. Nobody can open it again.

    Raises ParameterRefused for any other than the one that is `closing.ready`.
    """
    if month != closing.ready():
        raise ParameterRefused(say("Month"), say("this one is closed already, or still to be counted"))
    if closing.close(month, zone=settings.zone, rates=rates(settings), at=at):
        audit.record(actor, "month.closed", f"month:{month:%Y-%m}", at=at)
        log.info("month closed", month=f"{month:%Y-%m}")


@journey
def load_costs(data: bytes, preview: Preview, name: str, *, actor: str, at: datetime) -> int | None:
    """Load a file of costs as it was read; gives its rows, or None where this very file was loaded before."""
    loaded = spending.load(data, preview, name, by=actor, at=at)
    if loaded is None:
        return None
    audit.record(actor, "costs.loaded", f"costs:{loaded.public_id}", at=at, rows=loaded.rows)
    return loaded.rows


@journey
def take_costs_back(public_id: str, *, actor: str, at: datetime) -> None:
    """Undo a file of costs. Raises NotFound."""
    rows = spending.take_back(public_id).rows
    audit.record(actor, "costs.taken_back", f"costs:{public_id}", at=at, rows=rows)


@dataclass(frozen=True, slots=True)
class RemovedView:
    """What a view was that is none any more."""

    name: str
    sought: Mapping[str, str]


@journey
def save_view(name: str, sought: Mapping[str, str], *, actor: str, at: datetime) -> None:
    """Keep a filter of the leads for the team. Raises ParameterRefused."""
    view = saved.save(name, sought, by=actor, at=at)
    audit.record(actor, "view.saved", f"view:{view.public_id}", at=at)


@journey
def remove_view(public_id: str, *, actor: str, at: datetime) -> RemovedView:
    """Take a saved view away; gives what it was, so that it can be kept again. Raises NotFound."""
    view = saved.remove(public_id)
    audit.record(actor, "view.removed", f"view:{public_id}", at=at)
    return RemovedView(view.name, {key: str(value) for key, value in view.sought.items()})
