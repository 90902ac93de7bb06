"""Values that need no decision: left aside until they are taken back, or until they come again after a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select

from capture.attribution.models import LeftAside
from capture.attribution.origin import ID_KEYS, UTM_KEYS
from capture.attribution.patterns import normal
from capture.db import session, upsert
from capture.errors import ParameterRefused
from capture.languages import say

CAMPAIGN = "utm_campaign"
ID = "id"
"""Stands for any parameter that carries a platform's id."""

TAKEN_BY_CAMPAIGNS = (CAMPAIGN, ID, "utm_id")
PARAMETERS = (ID, *(f"utm_{key}" for key in UTM_KEYS), *ID_KEYS)
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left aside, each with the last day on which it is; None: for good."""

    until: Mapping[tuple[str, str], date | None]

    def covers(self, parameter: str, raw: str, seen: date | None) -> bool:
        """Whether this value, last seen on that day, is left aside."""
        key = (parameter, normal(raw))
        if key not in self.until:
            return False
        after = self.until[key]
        return after is None or seen is None or seen <= after


def kept() -> Kept:
    """All of it. One query."""
    rows = session().execute(select(LeftAside.parameter, LeftAside.value, LeftAside.after))
    return Kept({(parameter, value): after for parameter, value, after in rows})


def listed() -> Sequence[LeftAside]:
    """Every value that is left aside, the newest first."""
    return session().scalars(select(LeftAside).order_by(LeftAside.at.desc(), LeftAside.id.desc())).all()


def leave(parameter: str, raw: str, *, after: date | None, by: str, at: datetime) -> None:
    """Leave a value aside: for good, or up to this day. Raises ParameterRefused."""
    value = normal(raw)
    if parameter not in PARAMETERS or not value or len(value) > LONGEST:
        raise ParameterRefused(say("Value"), say("there is nothing to leave aside"))
    row = {"parameter": parameter, "value": value, "after": after, "by": by, "at": at}
    written = upsert(LeftAside).values(**row)
    session().execute(written.on_conflict_do_update(index_elements=["parameter", "value"], set_=row))


def take_back(parameter: str, raw: str) -> None:
    """The value waits for a decision again."""
    session().execute(delete(LeftAside).where(LeftAside.parameter == parameter, LeftAside.value == normal(raw)))
