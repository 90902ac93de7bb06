"""Exposures: which visitor was shown which variant, and whether he filled the form after it."""

from datetime import datetime

from sqlalchemy import update

from capture.attribution.models import Exposure
from capture.db import session, upsert
from capture.pages.variants import Shown


def note(visitor_id: int, shown: Shown, *, experiment_id: int, at: datetime) -> None:
    """The visitor was shown this variant; only the first time counts. One statement."""
    row = {"experiment_id": experiment_id, "variant_id": shown.variant_id, "visitor_id": visitor_id, "at": at}
    session().execute(
        upsert(Exposure).values(**row).on_conflict_do_nothing(index_elements=["experiment_id", "visitor_id"])
    )


def note_fill(visitor_id: int, *, experiment_id: int, at: datetime) -> None:
    """The visitor filled the form; only the first fill after the exposure counts. One statement."""
    mine = Exposure.experiment_id == experiment_id, Exposure.visitor_id == visitor_id
    session().execute(update(Exposure).where(*mine, Exposure.filled_at.is_(None)).values(filled_at=at))
