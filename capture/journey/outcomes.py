"""The story of a report out of the CRM: looked at first, then recorded line by line; once more changes nothing."""

from collections.abc import Mapping
from datetime import datetime

from capture.accounts import audit
from capture.db import journey
from capture.errors import AnsweredMeanwhile, DispositionRefused, KeyUsed, PersonErased, WentOn
from capture.handoff import layouts, outcomes
from capture.handoff.dispositions import Teller
from capture.handoff.layouts import Layout
from capture.handoff.outcomes import Preview
from capture.handoff.statuses import Meaning
from capture.journey import sales


def load(preview: Preview, known: Mapping[str, Meaning], by: Teller, *, at: datetime) -> int:
    """Record what is new in the preview, a transaction for each line; gives how many.

    A line that somebody has recorded since the preview is left out, and so is one whose reason was retired, whose
    person was erased, or whose MQL went on as another since.
    """
    _keep(known, preview.layout, at=at, actor=by.actor, rows=len(preview.new))
    loaded = 0
    for row in preview.new:
        assert row.decision is not None  # noqa: S101  `new` chose them
        try:
            sales.decide(row.mql_id, row.decision, by, key=row.key, decided=row.decided, at=at)
            loaded += 1
        except (AnsweredMeanwhile, DispositionRefused, KeyUsed, PersonErased, WentOn):
            continue
    return loaded


@journey
def _keep(known: Mapping[str, Meaning], layout: Layout, *, at: datetime, actor: str, rows: int) -> None:
    outcomes.keep_meanings(known)
    layouts.remember(layout, outcomes.PURPOSE)
    audit.record(actor, "outcomes.loaded", "mqls", at=at, rows=rows)
