"""The story of files that leave for other systems: their columns are set, they are looked at, and made."""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime

from capture.accounts import audit, marks
from capture.db import journey
from capture.handoff.destinations import conversions, editing
from capture.handoff.destinations.conversions import Telling
from capture.handoff.destinations.files import Form, Report
from capture.handoff.destinations.tables import Column, Destination, Rule

CHANGED, RESET = "destination.changed", "destination.reset"


@journey
def set_columns(
    destination: str, columns: Sequence[Column], *, seen: str | None = None, actor: str, at: datetime
) -> None:
    """Other columns from now on.

    `seen` is the mark of the columns that the person had before his eyes; none: of those that stand. Raises NotFound,
    ParameterRefused saying which column cannot be, and DraftChanged where somebody has changed them since.
    """
    before, subject = editing.mark(editing.hold(destination)), f"destination:{destination}"
    marks.refuse_if_changed(seen, before, subject, CHANGED, RESET, at=at)
    editing.change(destination, columns, at=at)
    audit.record(actor, CHANGED, subject, at=at, columns=len(columns))


@journey
def reset_columns(destination: str, *, actor: str, at: datetime) -> None:
    """The shipped columns again."""
    editing.reset(destination)
    audit.record(actor, RESET, f"destination:{destination}", at=at)


def note_file(destination: Destination, form: Form, report: Report, *, actor: str, at: datetime) -> None:
    """Keep in the audit log that a file left, and how many rows it held; and what an advertiser hears by it."""
    if report.told is not None:
        with closing(report.told) as told:
            for part in told.parts():
                _keep_told(destination, part, at=at)
    _note(destination, form, report, actor=actor, at=at)


@journey
def _keep_told(destination: Destination, part: Sequence[Telling], *, at: datetime) -> None:
    keep = conversions.keep_adjustments if Rule.ADJUSTS in destination.rules else conversions.keep_conversions
    keep(part, at=at)


@journey
def _note(destination: Destination, form: Form, report: Report, *, actor: str, at: datetime) -> None:
    subject = f"destination:{destination.key}"
    audit.record(actor, "mqls.exported", subject, at=at, form=form.value, rows=report.written)
