"""The way back from the CRM: a CSV of outcomes, read row by row against what is known, before anything is recorded."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select

from capture.db import session
from capture.errors import DispositionRefused, UploadRefused
from capture.handoff import dates, dispositions, layouts, money, mqls, reasons, spreadsheet, statuses
from capture.handoff.dates import DateOrder
from capture.handoff.dispositions import Decision
from capture.handoff.layouts import Layout, Purpose, Said
from capture.handoff.models import CrmStatus, Disposition, Follows, Mql, Outcome, Source
from capture.handoff.statuses import Meaning, Told
from capture.languages import numeral, say
from capture.leads import leads
from capture.leads.models import Lead, LeadAddress

MOST_ROWS = 20_000
_AT_ONCE = 500

# The columns that are understood, by the headers that CRMs give them.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "mql_id": ("mql_id", "mql id", "lodestone id", "mql"),
    "email": ("email", "e-mail", "email address", "e-mail address"),
    "status": ("status", "lead status", "outcome"),
    "stage": ("lifecycle stage", "deal stage", "opportunity stage", "stage"),
    "wrong": ("wrong", "wrong data", "wrong field"),
    "amount": ("amount", "value", "deal amount", "opportunity amount"),
    "currency": ("currency", "currency iso code", "deal currency"),
    "crm_id": ("crm_id", "crm id", "lead id", "record id", "record id - contact", "opportunity id", "deal id", "id"),
    "date": ("date", "decided_at", "close date", "last modified date", "status date"),
}

PURPOSE = Purpose(
    "outcomes",
    HEADERS,
    lambda told: bool(told & {"status", "stage"}) and bool(told & {"mql_id", "email"}),
    say("There is no line with the headers Status (or Stage) and MQL ID (or Email) among the first 30."),
)

# What CRMs call it out of the box; every word can be mapped otherwise.
USUAL = "".join(f"{status} = {means}\n" for status, means in statuses.USUAL.items())


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file, as the file counts. It says something new where there is a decision, else `why_not`.

    `remark` is what becomes of a decision that will not stand.
    """

    line: int
    who: str
    status: str
    mql_id: str
    decision: Decision | None
    decided: datetime | None
    key: str
    why_not: str
    is_fault: bool
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What loading the file would record, what stands already, and what has to be mended first."""

    rows: Sequence[Row]
    layout: Layout

    @property
    def new(self) -> list[Row]:
        """What would be recorded."""
        return [row for row in self.rows if row.decision is not None]

    @property
    def faults(self) -> list[Row]:
        """What cannot be recorded until somebody mends it."""
        return [row for row in self.rows if row.is_fault]

    @property
    def left_out(self) -> int:
        """How many lines say nothing that is to be recorded, and need nobody: each says why."""
        return len(self.rows) - len(self.new) - len(self.faults)

    @property
    def unmapped(self) -> list[str]:
        """Statuses that nothing is said about yet."""
        return sorted({row.status for row in self.rows if row.why_not == _UNMAPPED})


Line = tuple[int, Mapping[str, str]]  # its number, and its cells by what they are

_WENT_ON = say("Went on as another MQL: what is said of that one counts.")
_UNMAPPED = say("Say what this status means.")


def meanings(text: str) -> dict[str, Meaning]:
    """A mapping as people write it, `status = outcome` or `status = rejected: reason` a line. Raises UploadRefused."""
    found, offered = {}, reasons.offered()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        status, mark, told = (part.strip().lower() for part in line.rpartition("="))
        outcome, _, reason = (part.strip() for part in told.partition(":"))
        is_known = outcome == statuses.IGNORED or outcome in list(Outcome)
        if not (status and mark and is_known and (outcome == "rejected") == bool(reason)):
            raise UploadRefused(
                say(
                    "Line %(number)s of the statuses: write “status = outcome”, such as “closed won = won”.",
                    number=number,
                ),
                "statuses",
            )
        if reason and reason not in offered:
            raise UploadRefused(
                say(
                    "Line %(number)s of the statuses: %(unknown)s",
                    number=number,
                    unknown=reasons.unknown(reason, offered),
                ),
                "statuses",
            )
        mends = bool(reason) and offered[reason].then.follows is Follows.MEND
        found[status] = Meaning(None if outcome == statuses.IGNORED else Outcome(outcome), reason or None, mends)
    return found


def kept_meanings() -> str:
    """The mapping that was used last, as `meanings` reads it; the usual one before."""
    rows = session().scalars(select(CrmStatus).order_by(CrmStatus.id)).all()
    return "".join(f"{row.status} = {row.means}\n" for row in rows) or USUAL


def keep_meanings(known: Mapping[str, Meaning]) -> None:
    """Keep the mapping for the next time; the usual one is not kept, and follows what ships."""
    session().execute(delete(CrmStatus))
    told = {status: one.text for status, one in known.items()}
    if told and told != statuses.USUAL:
        session().execute(insert(CrmStatus), [{"status": status, "means": means} for status, means in told.items()])


def read(
    data: bytes,
    known: Mapping[str, Meaning],
    *,
    currency: str,
    zone: ZoneInfo,
    at: datetime,
    said: Said | None = None,
) -> Preview:
    """Every line against what is known now: the number of queries grows with hundreds of lines, not with each.

    `currency` counts where a line has an amount alone, `zone` for days without an hour; `said` is which column is
    which, where a person says it. Raises UploadRefused, and ColumnsUnknown where somebody has to say it first.
    """
    table = spreadsheet.table(data)
    layout = layouts.found(table, PURPOSE) if said is None else layouts.said(table, PURPOSE, said)
    lines = [
        (number, layout.cells(cells))
        for number, cells in enumerate(table[layout.line + 1 :], layout.line + 2)
        if any(cell.strip() for cell in cells)
    ]
    if len(lines) > MOST_ROWS:
        raise UploadRefused(say("The file has more than %(most_rows)s lines. Divide it.", most_rows=numeral(MOST_ROWS)))
    last = _last_words(lines, known)
    order = layout.order or dates.order_of(told.get("date", "") for _, told in lines)
    when = _When(order, zone, at)
    rows = []
    for begin in range(0, len(lines), _AT_ONCE):
        rows += _judged(lines[begin : begin + _AT_ONCE], known, last, currency=currency, when=when)
    return Preview(rows, layout)


def _last_words(lines: Sequence[Line], known: Mapping[str, Meaning]) -> dict[str, int]:
    """The last line about each person or MQL that has no date: of several, that is how it stands."""
    return {
        _about(told): number
        for number, told in lines
        if not told.get("date") and not _unknown(told, known) and _meant(told, known).meaning.outcome
    }


def _statuses(told: Mapping[str, str]) -> list[str]:
    return [one for one in (told.get("stage", ""), told.get("status", "")) if one]


def _unknown(told: Mapping[str, str], known: Mapping[str, Meaning]) -> str:
    """A status of the line of which nobody has said what it means."""
    return next((one for one in _statuses(told) if one.lower() not in known), "")


def _meant(told: Mapping[str, str], known: Mapping[str, Meaning]) -> Told:
    return statuses.read([(one, known[one.lower()]) for one in _statuses(told)])


def _about(told: Mapping[str, str]) -> str:
    return told.get("mql_id") or _address(told.get("email", ""))


@dataclass(frozen=True, slots=True)
class _When:
    """How dates are read: in which order, in which zone, and up to now."""

    order: DateOrder | None
    zone: ZoneInfo
    now: datetime

    def moment(self, told: str) -> "_Moment | None":
        """None for no date; a day without an hour is its last moment, today's is now. Raises DispositionRefused."""
        if not told:
            return None
        try:
            found = dates.read(told, self.order)
        except ValueError as fault:
            raise DispositionRefused("date", str(fault)) from None
        local = found if found.tzinfo else found.replace(tzinfo=self.zone)
        day = None if found.time() != time() or found.tzinfo else local.date()
        if day is None:
            return _Moment(local.astimezone(UTC), None)
        last = datetime.combine(day, time.max, self.zone)
        is_today = day == self.now.astimezone(self.zone).date()
        return _Moment(self.now if is_today else last.astimezone(UTC), day)


@dataclass(frozen=True, slots=True)
class _Moment:
    """When something was decided; `day` where no more is known."""

    at: datetime
    day: date | None

    def not_before(self, handed_over: datetime) -> "_Moment":
        """The same, or when it was handed over where another clock is a little behind."""
        is_behind = self.at < handed_over and not dispositions.is_before(self.at, handed_over)
        return _Moment(handed_over, self.day) if is_behind else self

    def is_of(self, row: Disposition, zone: ZoneInfo) -> bool:
        """Whether a recorded decision is of this moment."""
        return row.at == self.at if self.day is None else row.at.astimezone(zone).date() == self.day


def _judged(
    lines: Sequence[Line],
    known: Mapping[str, Meaning],
    last: Mapping[str, int],
    *,
    currency: str,
    when: _When,
) -> list[Row]:
    meant = _mqls(told for _, told in lines)
    stands = dispositions.history([mql.id for mql in meant.values()])
    went_on = mqls.instead_of(list(meant.values())).keys()
    judged = []
    for number, told in lines:
        mql = meant.get(told.get("mql_id", "")) or meant.get(_address(told.get("email", "")))
        is_last = last.get(_about(told), number) == number
        row = _row(number, told, mql, stands, known, is_last=is_last, currency=currency, when=when)
        goes_on = bool(mql and mql.id in went_on and row.decision and row.decision.outcome in dispositions.IN_PROGRESS)
        judged.append(replace(row, decision=None, why_not=_WENT_ON) if goes_on and not row.remark else row)
    return judged


def _row(
    number: int,
    told: Mapping[str, str],
    mql: Mql | None,
    stands: Mapping[int, Sequence[Disposition]],
    known: Mapping[str, Meaning],
    *,
    is_last: bool,
    currency: str,
    when: _When,
) -> Row:
    who, unknown = told.get("email") or told.get("mql_id", ""), _unknown(told, known)
    status = unknown or ", ".join(_statuses(told))

    def no(why: str, *, is_fault: bool = True) -> Row:
        return Row(number, who, status, mql.public_id if mql else "", None, None, "", why, is_fault)

    if mql is None:
        return no(say("Nobody of this id or address was handed over."))
    if unknown:
        return no(_UNMAPPED)
    meant = _meant(told, known)
    if meant.meaning.outcome is None:
        return no(say("Says nothing about the outcome."), is_fault=False)
    if not told.get("date") and not is_last:
        return no(say("A line below says how it stands."), is_fault=False)
    try:
        decision = _decision(meant.meaning, told, currency)
        decided = when.moment(told.get("date", ""))
        if decided and decided.at > when.now:
            return no(say("The date lies in the future."))
    except DispositionRefused as refusal:
        return no(str(refusal))
    if decided:
        decided = decided.not_before(mql.qualified_at)
    before = stands[mql.id]
    is_other_record = bool(decision.crm_id and mql.crm_id and decision.crm_id != mql.crm_id)
    stood = None if is_other_record else _stood(before, decided)
    if stood and stood.outcome is decision.outcome and decision.value is None:  # of the amount the line says nothing
        decision = replace(decision, value=stood.value, currency=stood.currency)
    if _is_said(decision, decided, before, when.zone):
        return no(say("Is recorded already."), is_fault=False)
    if decided is None and _is_told_again(decision, before):
        return no(say("Was recorded before, and something else was said since."), is_fault=False)
    if stood and _says_less(meant, stood, is_dated=decided is not None):
        return no(say("Says no more than what is recorded."), is_fault=False)
    if decided and decided.at < mql.qualified_at:
        return no(_too_early(mql, when.zone), is_fault=bool(told.get("mql_id")))
    last = before[0].public_id if before and decided is None else ""
    moment = decided and (decided.day or decided.at)
    key = f"report:{hashlib.sha256(repr((mql.public_id, decision, moment, last)).encode()).hexdigest()}"
    at = decided.at if decided else None
    is_late = bool(at and before and at < before[0].at)
    remark = say("Something later was said: that goes on standing.") if is_late else ""
    return Row(number, who, status, mql.public_id, decision, at, key, "", is_fault=False, remark=remark)


def _too_early(mql: Mql, zone: ZoneInfo) -> str:
    return say(
        "The date lies before the hand-over: %(handed_over)s.",
        handed_over=lambda language: language.instant(mql.qualified_at, zone.key),
    )


def _decision(meaning: Meaning, told: Mapping[str, str], currency: str) -> Decision:
    assert meaning.outcome is not None  # noqa: S101  asked before
    amount = told.get("amount", "") if meaning.outcome in dispositions.VALUED else ""
    code = (told.get("currency", "") or currency).upper()
    decision = Decision(
        outcome=meaning.outcome,
        reason=meaning.reason,
        value=money.minor_units(amount, code) if amount else None,
        currency=code if amount else None,
        crm_id=told.get("crm_id") or None,
        wrong=_wrong(meaning, told.get("wrong", "")),
    )
    dispositions.check(decision)
    return decision


def _wrong(meaning: Meaning, told: str) -> str | None:
    """Which data are wrong, by name or in words; nothing of an answer after which nothing is to be mended."""
    return told.lower().replace("-", "").replace(" ", "_") if told and meaning.mends else None


def _is_said(decision: Decision, decided: _Moment | None, before: Sequence[Disposition], zone: ZoneInfo) -> bool:
    """Whether it stands already, or, with a date, was recorded for that date at any time."""
    return any(
        _is_same(decision, row) and (decided is None or decided.is_of(row, zone))
        for row in (before if decided else before[:1])
    )


def _is_told_again(decision: Decision, before: Sequence[Disposition]) -> bool:
    """Whether a file said it last time, too: then it is not news, whatever was said elsewhere since."""
    of_files = (row for row in before if row.source is Source.REPORT)
    last = max(of_files, key=lambda row: (row.recorded_at, row.id), default=None)
    return last is not None and _is_same(decision, last)


def _stood(before: Sequence[Disposition], decided: _Moment | None) -> Disposition | None:
    """What stood when it was decided."""
    return next((row for row in before if decided is None or row.at <= decided.at), None)


def _says_less(meant: Told, stood: Disposition, *, is_dated: bool) -> bool:
    """Whether what stood is an answer for which the status may stand too.

    Or, where no day says that the line is later, whether it lies further on and was said by another way than a file.
    """
    outcome = meant.meaning.outcome or stood.outcome
    if statuses.may_mean(meant, stood.outcome, stood.reason):
        return (outcome, meant.meaning.reason) != (stood.outcome, stood.reason)
    return not is_dated and stood.source is not Source.REPORT and statuses.is_earlier(outcome, stood.outcome)


def _is_same(decision: Decision, row: Disposition) -> bool:
    facts = (decision.outcome, decision.reason, decision.value, decision.currency)
    is_as_plain = decision.wrong is None or decision.wrong == row.wrong
    is_of_record = decision.crm_id is None or decision.crm_id == row.crm_id
    return is_of_record and is_as_plain and (row.outcome, row.reason, row.value, row.currency) == facts


def _address(told: str) -> str:
    try:
        return leads.address_key(told) if told else ""
    except ValueError:
        return ""


def _mqls(lines: Iterable[Mapping[str, str]]) -> dict[str, Mql]:
    """The MQLs of these lines, by public id, and by address the newest of the person that does not go on in another."""
    ids, keys = set(), set()
    for told in lines:
        ids.add(told.get("mql_id", ""))
        keys.add(_address(told.get("email", "")))
    of_living = select(Mql).join(Lead, Lead.id == Mql.lead_id).where(Lead.erased_at.is_(None))
    found = {mql.public_id: mql for mql in session().scalars(of_living.where(Mql.public_id.in_(ids - {""})))}
    named = select(LeadAddress.address_key, LeadAddress.lead_id).where(LeadAddress.address_key.in_(keys - {""}))
    by_address = dict(session().execute(named).all())
    whose = leads.members(by_address.values())
    query = select(Mql).where(Mql.lead_id.in_(whose), Mql.continues_id.is_(None)).order_by(Mql.id)
    newest = {whose[mql.lead_id]: mql for mql in session().scalars(query)}
    return found | {key: newest[lead_id] for key, lead_id in by_address.items() if lead_id in newest}
