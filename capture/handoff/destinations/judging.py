"""Rows as a destination takes them: what it would refuse is mended or left out, and said."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from capture.handoff.destinations import scratch, sources
from capture.handoff.destinations.sources import ADJUSTMENT, OWNER_ID, SOURCES, WON_VALUE, clicked_at
from capture.handoff.destinations.tables import CONSTANT, Column, Destination, Rule
from capture.handoff.models import Outcome
from capture.handoff.rows import FeedRow
from capture.languages import say

_OF_ADVERTISERS = {Rule.CONVERTS, Rule.ADJUSTS, Rule.TRACKING_AGREED}  # whose systems mail nobody
REMEMBERED = timedelta(days=90)  # how long the advertisers know a click
GOOGLE_CLICKS = ("gclid", "gbraid", "wbraid")  # a conversion is told by the first one that is known, in its own file
_WHOLE = ("email", "phone")  # what may not be cut


# What no system is to take for new.
OVER: Mapping[str, str] = {
    Outcome.REJECTED: say("Left out: sales rejected it"),
    Outcome.LOST: say("Left out: the deal was lost"),
}
TAKEN = say("Taken as it is")
# What is no new lead any more.
BEYOND: Mapping[str, str] = {
    Outcome.OPPORTUNITY: say("Left out: it is an open deal by now, and no new lead"),
    Outcome.WON: say("Left out: it is a customer by now, and no new lead"),
}


def tells_conversions(destination: Destination) -> bool:
    """Whether the file is for an advertiser, who hears of what was handed over and of what came of it."""
    return bool(destination.rules & {Rule.CONVERTS, Rule.ADJUSTS})


@dataclass(frozen=True, slots=True)
class Judged:
    """A row of the file, or None where it is left out; `remarks` say what was done and why.

    `idless` are those of them that say that Team has no id of the owner there: one entry of Team mends all of these.
    `barred` says that one may not mail a person who stands in the file all the same, and by which column it tells.
    """

    row: FeedRow
    cells: tuple[str, ...] | None
    remarks: tuple[str, ...]
    is_over: bool = False  # left out for what sales said
    idless: tuple[str, ...] = ()
    barred: str = ""

    @property
    def told(self) -> tuple[str, ...]:
        """All that is to say of the row, never nothing."""
        return (*self.remarks, *filter(None, [self.barred])) or (TAKEN,)


class _Addresses:
    """The addresses of a file: as many as there may be, in as much memory as a few.

    Whole addresses are compared, so that none is ever taken for another.
    """

    def __init__(self) -> None:
        self._known = scratch.opened("known (address TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, address: str) -> bool:
        """Whether it was not there before."""
        return self._known.execute("INSERT OR IGNORE INTO known VALUES (?)", (address.lower(),)).rowcount == 1

    def close(self) -> None:
        self._known.close()


class Judge:
    """Judges rows one after the other; knows the addresses that stand in the file. To be closed.

    `with_over`: also of what sales rejected or lost.
    """

    def __init__(self, destination: Destination, *, zone: ZoneInfo, at: datetime, with_over: bool = False) -> None:
        self._destination = destination
        self._zone = zone
        self._at = at
        self._over = {} if with_over or tells_conversions(destination) else OVER
        self._addresses = _Addresses()
        filled = {column.source for column in destination.columns}
        self._click = next((name for name in (*GOOGLE_CLICKS, "li_fat_id") if name in filled), "")
        self._knows_mail = not destination.rules & _OF_ADVERTISERS
        self._says_all = {ADJUSTMENT, WON_VALUE} <= {column.source for column in destination.columns}

    def close(self) -> None:
        """Forget what stands in the file."""
        self._addresses.close()

    def rows(
        self, told: Iterable[FeedRow], *, tracked: Set[str], customers: Set[str] = frozenset()
    ) -> Iterator[Judged]:
        """Each row judged; `tracked` are the ids of those leads of them who agreed to tracking, `customers` of those of
        whom an MQL was won.
        """
        for row in told:
            over = self._over.get(row.outcome or "", "")
            why = over or self._why_not(row, tracked, customers)
            yield Judged(row, None, (why,), is_over=bool(over)) if why else self._once(self._filled(row))

    def _why_not(self, row: FeedRow, tracked: Set[str], customers: Set[str]) -> str:
        rules = self._destination.rules
        came_to = Outcome.WON if row.lead_id in customers else row.outcome or ""
        if Rule.NEW_LEADS in rules and (beyond := BEYOND.get(came_to)):
            return beyond
        if Rule.MAY_BE_MAILED in rules and not row.consent.may_mail:
            return say("Left out: one may not mail this person. %(mail)s", mail=row.consent.mail)
        if Rule.TRACKING_AGREED in rules and row.lead_id not in tracked:
            return say("Left out: this person did not agree to tracking")
        if row.continues_as and not tells_conversions(self._destination):
            return say("Left out: it goes on in another MQL of the same person")
        clicks = [name for name in GOOGLE_CLICKS if SOURCES[name].take(row, self._zone)]
        if Rule.BY_GOOGLE_CLICK in rules and not clicks:
            return say("Left out: this person did not come by a Google click, so no conversion was told")
        if Rule.FIRST_CLICK_ID in rules and self._click in clicks[1:]:
            return say("Left out: the file for %(other)s tells of this conversion", other=clicks[0])
        if Rule.NINETY_DAYS in rules and self._is_forgotten(row):
            return say("Left out: older than 90 days")
        if Rule.ADJUSTS in rules and row.outcome != Outcome.REJECTED and not self._says_all:
            return say("Left out: the columns do not say that it is a RESTATE, and for which value")
        return ""

    def _once(self, judged: Judged) -> Judged:
        """Left out where an earlier row of the file has the same address; one that was left out itself is no such."""
        email = judged.row.person.email
        if judged.cells is None or Rule.ONE_PER_ADDRESS not in self._destination.rules or not email:
            return judged
        if self._addresses.add(email):
            return judged
        why = say("Left out: this address stands in the file already")
        return replace(judged, cells=None, remarks=(why,), barred="")

    def _is_forgotten(self, row: FeedRow) -> bool:
        by_google = GOOGLE_CLICKS if Rule.BY_GOOGLE_CLICK in self._destination.rules else ()
        names = (self._click,) if self._click else by_google or ("li_fat_id",)
        clicked = next(filter(None, (clicked_at(row, name) for name in names)), None)
        oldest = min(row.qualified_at, clicked or row.qualified_at)
        return oldest < self._at - REMEMBERED

    def _filled(self, row: FeedRow) -> Judged:
        cells, remarks, idless = [], [], []
        for column in self._destination.columns:
            text, done = self._cell(row, column)
            lacks_id = bool(done) and column.source.startswith(OWNER_ID) and not text
            if column.required and not text:
                if not done:
                    return Judged(row, None, (say("Left out: there is no %(header)s", header=column.header),))
                why = (say("Left out: %(why)s", why=done[-1]),)
                return Judged(row, None, why, idless=why if lacks_id else ())
            cells.append(text)
            remarks += done
            idless += done if lacks_id else []
        return Judged(row, tuple(cells), tuple(remarks), idless=tuple(idless), barred=self._barred(row))

    def _barred(self, row: FeedRow) -> str:
        if row.consent.may_mail or not self._knows_mail:
            return ""
        header, mail = self._destination.permission, row.consent.mail
        if header:
            return say("One may not mail this person, as “%(header)s” says. %(mail)s", header=header, mail=mail)
        return say("One may not mail this person, and no column says so. %(mail)s", mail=mail)

    def _cell(self, row: FeedRow, column: Column) -> tuple[str, list[str]]:
        if column.source.startswith(CONSTANT):
            return column.source.removeprefix(CONSTANT), []
        source = sources.of(column.source)
        text = source.take(row, self._zone) if source else ""
        done: list[str] = []
        if column.source.startswith(OWNER_ID) and not text and row.owner is not None:
            done.append(
                say("%(header)s: Team has no id of %(owner)s there", header=column.header, owner=row.owner.name)
            )
        if Rule.AT_ONLY_IN_EMAIL in self._destination.rules and column.source != "email" and "@" in text:
            text = text.replace("@", " at ")
            done.append(say("%(header)s: @ was written as “at”", header=column.header))
        if column.most is not None and len(text) > column.most and column.source in _WHOLE:
            text = ""  # a part of it would reach somebody else
            done.append(say("%(header)s is longer than %(most)s characters", header=column.header, most=column.most))
        elif column.most is not None and len(text) > column.most:
            text = text[: column.most].rstrip()
            done.append(say("%(header)s: cut to %(most)s characters", header=column.header, most=column.most))
        return text, done
