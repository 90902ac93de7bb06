"""The story of files that leave for other systems: their columns are set, they are looked at, and made."""

from collections.abc import Sequence
from datetime import datetime

from capture.accounts import audit
from capture.db import journey
from capture.handoff.destinations import editing
from capture.handoff.destinations.files import Form, Report
from capture.handoff.destinations.tables import Column


@journey
def set_columns(destination: str, columns: Sequence[Column], *, actor: str, at: datetime) -> None:
    """Other columns from now on. Raises NotFound, or ParameterRefused saying which column cannot be."""
    editing.change(destination, columns, at=at)
    audit.record(actor, "destination.changed", f"destination:{destination}", at=at, columns=len(columns))


@journey
def reset_columns(destination: str, *, actor: str, at: datetime) -> None:
    """The shipped columns again."""
    editing.reset(destination)
    audit.record(actor, "destination.reset", f"destination:{destination}", at=at)


@journey
def note_file(destination: str, form: Form, report: Report, *, actor: str, at: datetime) -> None:
    """Keep in the audit log that a file left, and how many rows it held."""
    audit.record(actor, "mqls.exported", f"destination:{destination}", at=at, form=form.value, rows=report.written)
