"""Why sales rejects, and what follows: never again, again later with new evidence, or once the data are mended."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from capture.handoff.models import Outcome


class Follows(StrEnum):
    NEVER = "never"
    LATER = "later"  # after so many days, and only with something that the person did since
    MEND = "mend"  # once something that we know of the person has been corrected


@dataclass(frozen=True, slots=True)
class Consequence:
    """What becomes of the lead; `days` counts for LATER."""

    follows: Follows
    days: int = 0

    @property
    def words(self) -> str:
        """For the one who decides."""
        if self.follows is Follows.LATER:
            return f"again after {self.days} days, with new activity"
        return "never again" if self.follows is Follows.NEVER else "again once the data are mended"


@dataclass(frozen=True, slots=True)
class RejectReason:
    """A reason that a salesperson may choose."""

    key: str
    label: str
    then: Consequence


REASONS: Mapping[str, RejectReason] = MappingProxyType(
    {
        reason.key: reason
        for reason in (
            RejectReason("unreachable", "Cannot be reached", Consequence(Follows.LATER, 30)),
            RejectReason("wrong_data", "Wrong data", Consequence(Follows.MEND)),
            RejectReason("no_need", "No need now", Consequence(Follows.LATER, 90)),
            RejectReason("no_budget", "No budget now", Consequence(Follows.LATER, 180)),
            RejectReason("no_fit", "Does not fit", Consequence(Follows.LATER, 365)),
            RejectReason("customer", "Is a customer", Consequence(Follows.NEVER)),
            RejectReason("competitor", "Is a competitor", Consequence(Follows.NEVER)),
            RejectReason("duplicate", "Is known already", Consequence(Follows.NEVER)),
        )
    }
)

_RECYCLED = Consequence(Follows.LATER, 30)
_LOST = Consequence(Follows.LATER, 180)


def consequence(outcome: Outcome | None, reason: str | None) -> Consequence | None:
    """What follows from the newest disposition; None while sales still has the lead."""
    if outcome is Outcome.REJECTED:
        known = REASONS.get(reason or "")
        return known.then if known else Consequence(Follows.NEVER)
    return {Outcome.RECYCLED: _RECYCLED, Outcome.LOST: _LOST}.get(outcome) if outcome else None
