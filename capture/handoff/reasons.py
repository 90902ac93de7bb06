"""Why sales rejects, and what follows: never again, again later with new evidence, or once the data are mended.

The list is the admins' to change. What followed from an answer is kept with the answer, and no change of the list
changes it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import select

from capture.db import session
from capture.errors import DispositionRefused, ParameterRefused
from capture.handoff.models import Disposition, Follows, Outcome, RejectReasonRow
from capture.languages import kept, numeral, say, say_many

LIST = "reject_reasons"  # its name in `revisions`
MOST_OFFERED = 20
MOST_KEPT = 200
MOST_DAYS = 3_650
LONGEST_LABEL = 60
LONGEST_KEY = 40
_KEY = re.compile(r"[a-z][a-z0-9_]*")

WORDS: Mapping[Follows, str] = {
    Follows.LATER: say("Later, if active"),
    Follows.MEND: say("Once mended"),
    Follows.NEVER: say("Never"),
}


@dataclass(frozen=True, slots=True)
class Consequence:
    """What becomes of the lead; `days` counts for LATER."""

    follows: Follows
    days: int = 0

    @property
    def words(self) -> str:
        """For the one who decides."""
        if self.follows is Follows.LATER:
            return say_many(
                "again after %(num)s day, with new activity",
                "again after %(num)s days, with new activity",
                self.days or 0,
            )
        return say("never again") if self.follows is Follows.NEVER else say("again once the data are mended")


@dataclass(frozen=True, slots=True)
class RejectReason:
    """A reason for a rejection. `key` is what programs and history say, for ever; `label` is what people read."""

    key: str
    label: str
    then: Consequence
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a new list changes, as the audit log tells it."""

    action: str
    subject: str
    detail: Mapping[str, str]


PRESET = (
    RejectReason("unreachable", kept("Cannot be reached"), Consequence(Follows.LATER, 30)),
    RejectReason("wrong_data", kept("Wrong data"), Consequence(Follows.MEND)),
    RejectReason("no_need", kept("No need now"), Consequence(Follows.LATER, 90)),
    RejectReason("no_budget", kept("No budget now"), Consequence(Follows.LATER, 180)),
    RejectReason("no_fit", kept("Does not fit"), Consequence(Follows.LATER, 365)),
    RejectReason("customer", kept("Is a customer"), Consequence(Follows.NEVER)),
    RejectReason("competitor", kept("Is a competitor"), Consequence(Follows.NEVER)),
    RejectReason("duplicate", kept("Is known already"), Consequence(Follows.NEVER)),
)

AFTER: Mapping[Outcome, Consequence] = MappingProxyType(
    {Outcome.RECYCLED: Consequence(Follows.LATER, 30), Outcome.LOST: Consequence(Follows.LATER, 180)}
)


def listed() -> dict[str, RejectReason]:
    """Every reason in its order, those that are retired last; the preset until somebody changes it."""
    query = select(RejectReasonRow).order_by(RejectReasonRow.is_retired, RejectReasonRow.place)
    kept = [
        RejectReason(row.key, row.label, Consequence(row.follows, row.days), row.is_retired)
        for row in session().scalars(query)
    ]
    return {reason.key: reason for reason in kept or PRESET}


def offered() -> dict[str, RejectReason]:
    """The reasons that may be chosen now."""
    return {key: reason for key, reason in listed().items() if not reason.is_retired}


def unknown(key: str, among: Mapping[str, RejectReason]) -> str:
    """Why this is no reason, and which are."""
    return say(
        "“%(key)s” is not a reason here, or not any more. Choose one of these: %(among)s.",
        key=key[:LONGEST_KEY],
        among=", ".join(among),
    )


def consequence(outcome: Outcome, key: str | None) -> Consequence | None:
    """What follows from a decision that is made now; None while sales has the lead. Raises DispositionRefused."""
    if key is None:
        return AFTER.get(outcome)
    may_be = offered()
    if key not in may_be:
        raise DispositionRefused("reason", unknown(key, may_be))
    return may_be[key].then


def promised(row: Disposition) -> Consequence | None:
    """What followed from a decision when it was made; None while sales has the lead."""
    return Consequence(row.follows, row.follows_days or 0) if row.follows else None


def named(label: str) -> str:
    """A key out of the wording: letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:LONGEST_KEY].strip("_")


def replace(wanted: Sequence[RejectReason]) -> list[Change]:
    """Keep the reasons so and in this order; gives what that changes. What is not named stays as it is, at the end.

    Raises ParameterRefused, naming the reason.
    """
    before = listed()
    keys = [reason.key for reason in wanted]
    if twice := [reason.label for reason in wanted if keys.count(reason.key) > 1]:
        raise ParameterRefused(
            twice[-1],
            say("another reason has this name in the API already, perhaps a retired one."),
            "key",
        )
    after = {reason.key: reason for reason in [*wanted, *(one for one in before.values() if one.key not in keys)]}
    _judge(list(after.values()))
    rows = {row.key: row for row in session().scalars(select(RejectReasonRow))}
    for place, reason in enumerate(after.values(), 1):
        row = rows.get(reason.key) or RejectReasonRow(key=reason.key)
        row.place, row.label, row.is_retired = place, reason.label, reason.is_retired
        row.follows, row.days = reason.then.follows, reason.then.days
        session().add(row)
    session().flush()
    return _changes(before, after)


def _judge(reasons: Sequence[RejectReason]) -> None:
    open_ones = [reason for reason in reasons if not reason.is_retired]
    if not 1 <= len(open_ones) <= MOST_OFFERED or len(reasons) > MOST_KEPT:
        raise ParameterRefused(
            say("Reasons"),
            say(
                "offer 1 to %(most_offered)s of them, and keep %(most_kept)s at most.",
                most_offered=MOST_OFFERED,
                most_kept=MOST_KEPT,
            ),
        )
    labels = [reason.label.lower() for reason in open_ones]
    for reason in reasons:
        if not 0 < len(reason.label) <= LONGEST_LABEL:
            raise ParameterRefused(
                reason.key,
                say("write what people read, in at most %(longest_label)s letters.", longest_label=LONGEST_LABEL),
                "label",
            )
        if labels.count(reason.label.lower()) > 1:
            raise ParameterRefused(reason.label, say("two reasons read like this."), "label")
        if not (_KEY.fullmatch(reason.key) and len(reason.key) <= LONGEST_KEY):
            raise ParameterRefused(
                reason.label,
                say(
                    "give it a name for the API: a letter, then letters, digits and _, at most %(longest_key)s.",
                    longest_key=LONGEST_KEY,
                ),
                "key",
            )
        if reason.then.follows is Follows.LATER and not 1 <= reason.then.days <= MOST_DAYS:
            raise ParameterRefused(
                reason.label,
                say("write after how many days, 1 to %(most_days)s.", most_days=numeral(MOST_DAYS)),
                "days",
            )


def _changes(before: Mapping[str, RejectReason], after: Mapping[str, RejectReason]) -> list[Change]:
    found = []
    for key, new in after.items():
        old = before.get(key)
        if old is None:
            found.append(Change("reject_reason.added", key, {"wording": new.label, "follows": new.then.words}))
            continue
        detail = {}
        if old.label != new.label:
            detail["wording"] = f"{old.label} → {new.label}"
        if old.then != new.then:
            detail["follows"] = f"{old.then.words} → {new.then.words}"
        if detail:
            found.append(Change("reject_reason.changed", key, detail))
        if old.is_retired != new.is_retired:
            found.append(Change(f"reject_reason.{'retired' if new.is_retired else 'offered_again'}", key, {}))
    stay = [key for key, old in before.items() if not old.is_retired and not after[key].is_retired]
    if [key for key in after if key in stay] != stay:
        order = ", ".join(key for key, new in after.items() if not new.is_retired)
        found.append(Change("reject_reasons.ordered", LIST, {"order": order}))
    return found
