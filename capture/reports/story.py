"""The whole story of a person, the newest first: what he did, said and was sent, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import aliased

from capture.accounts.models import Staff
from capture.attribution.models import Touch
from capture.catalogue.models import Edition
from capture.db import session
from capture.delivery.models import Grant
from capture.engagement import events, history, timeline
from capture.engagement.history import Act
from capture.engagement.models import EngagementEvent, Verdict
from capture.handoff import kinds, money, mqls, reasons, wrong
from capture.handoff.models import Disposition, FeedEntry, Outcome
from capture.languages import Phrase, again, kept, numeral, said, say, signed
from capture.leads import consents, leads
from capture.leads.models import (
    Consent,
    ConsentAction,
    Lead,
    LeadImport,
    LeadImportRow,
    LeadMerge,
    LeadValue,
    LeadVisitor,
)
from capture.outbox.models import OutboxMessage, Status
from capture.reports import corrections
from capture.scoring import choices, ledger, rulesets
from capture.scoring.models import Axis
from capture.scoring.openings import Entry
from capture.webinars.models import Registration, WebinarSession

PAGE_SIZE = 40
REASONS = 5  # of a change of the score that are told; of more it is told how many
MOST_MAILS = 200

_AXES = {Axis.FIT: kept("fit %(points)s"), Axis.ENGAGEMENT: kept("engagement %(points)s")}
_OUTCOMES = {
    Outcome.ACCEPTED: say("Sales: accepted"),
    Outcome.QUALIFIED: say("Sales: qualified"),
    Outcome.OPPORTUNITY: say("Sales: opportunity"),
    Outcome.WON: say("Sales: won"),
    Outcome.LOST: say("Sales: lost"),
    Outcome.REJECTED: say("Sales: rejected"),
    Outcome.RECYCLED: say("Sales: recycled"),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PURPOSES = {
    consents.MARKETING_EMAIL: (say("Agreed to e-mail"), say("Withdrew the consent to e-mail")),
    consents.MARKETING_PHONE: (say("Agreed to calls"), say("Withdrew the consent to calls")),
    consents.TRACKING: (say("Agreed to noted reading"), say("Withdrew the consent to noted reading")),
}
_TOLD = {kinds.MERGED: say("Two leads proved to be one person"), kinds.SEPARATED: say("The two are two people again")}
_MAILS = {
    "magnet_mail": lambda title: say("Was sent the link to “%(title)s”", title=title),
    "confirmation_mail": lambda title: say("Was asked by mail to confirm the address for “%(title)s”", title=title),
    "webinar_mail": lambda title: say("Was sent the invitation to “%(title)s”", title=title),
}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the story something stands. Of one instant, what follows from another thing stands above it."""

    micros: int
    rank: int
    key: int

    def __str__(self) -> str:
        return f"{self.micros}-{self.rank}-{self.key}"

    @classmethod
    def read(cls, told: str) -> "Place | None":
        """The place that an address tells; None for what is none."""
        parts = told.split("-")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
            return None
        micros, rank, key = map(int, parts)
        return cls(micros, rank, key) if micros < 250_000_000_000_000_000 else None


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing: a sentence, and below it what else there is to say. `kind` says what sort of thing it is."""

    place: Place
    at: datetime
    kind: str
    sentence: str
    more: str = ""
    judged: int | None = None  # the key of what was done, where a person may say who it was

    @property
    def is_quiet(self) -> bool:
        """Whether a machine did it, or nobody knows who."""
        return self.kind in ("machine", "unproven")


@dataclass(frozen=True, slots=True)
class Story:
    """A part of it, and where the next, older one begins."""

    moments: Sequence[Moment]
    older: str | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """Of whom, and behind which place."""

    lead_id: int
    mine: Select[int]
    behind: Place

    def first(self, query: Select[*tuple[Any, ...]], rank: int, at: Any, key: Any) -> Sequence[Any]:
        """The rows of a table that come next, and one more than a part has."""
        instant, place = _EPOCH + self.behind.micros * _MICROSECOND, self.behind
        which: ColumnElement[bool] = at < instant
        if rank < place.rank:
            which = at <= instant
        elif rank == place.rank:
            which = (at <= instant) & ((at < instant) | (key < place.key))
        return session().execute(query.where(which).order_by(at.desc(), key.desc()).limit(PAGE_SIZE + 1)).all()


def of(lead_id: int, *, before: str = "", until: datetime) -> Story:
    """A part of a person's story: what comes behind a place, or (an empty one) the newest up to `until`.

    A fixed number of queries, however long the story is.
    """
    behind = Place.read(before) or Place((until - _EPOCH) // _MICROSECOND, 99, 0)
    asked = _Asked(lead_id, leads.of_person([lead_id]), behind)
    found = [moment for source in _SOURCES for moment in source(asked) if moment.place < behind]
    found.sort(key=lambda moment: moment.place, reverse=True)
    part = found[:PAGE_SIZE]
    return Story(part, str(part[-1].place) if len(found) > PAGE_SIZE else None)


def _moment(rank: int, at: datetime, key: int, kind: str, sentence: str, more: str = "") -> Moment:
    return Moment(Place((at - _EPOCH) // _MICROSECOND, rank, key), at, kind, sentence, more)


def _joined(mark: str, parts: Sequence[str]) -> Phrase:
    return Phrase(lambda language: mark.join(said(part, language) for part in parts if part))


def _verdict(act: Act) -> str:
    """Why something counts or not; nothing of what counts because a person's browser did it."""
    reason = again(act.reason)
    if act.verdict is Verdict.MACHINE:
        return say("Machine: %(reason)s. No points.", reason=reason)
    if act.verdict is Verdict.UNPROVEN:
        return say("Unproven: %(reason)s. No points.", reason=reason)
    return say("Human: %(reason)s", reason=reason) if events.BY_HAND in act.detail else ""


# --- what there is of a person, in the order in which one thing follows from another ------------------------------


def _arrivals(asked: _Asked) -> Iterator[Moment]:
    browsers = select(LeadVisitor.visitor_id).where(LeadVisitor.lead_id == asked.lead_id)
    for (touch,) in asked.first(select(Touch).where(Touch.visitor_id.in_(browsers)), 0, Touch.at, Touch.id):
        came = _joined(" · ", [again(touch.channel or ""), touch.source or "", touch.campaign or ""])
        yield _moment(0, touch.at, touch.id, "arrival", say("Came by %(what)s", what=came), touch.landing_path)


def _acts(asked: _Asked) -> Iterator[Moment]:
    event = EngagementEvent
    keys = asked.first(select(event.id).where(event.lead_id.in_(asked.mine)), 1, event.at, event.id)
    for act in history.of_keys([key for (key,) in keys]):
        target = str(act.detail.get("target", ""))
        told = _moment(1, act.at, act.event_id, act.verdict.value, timeline.item(act).sentence, _verdict(act) or target)
        yield replace(told, judged=act.event_id) if act.kind in events.JUDGED else told


def _consents(asked: _Asked) -> Iterator[Moment]:
    twin = aliased(Consent)  # one press withdraws for each address
    same = (getattr(twin, name) == getattr(Consent, name) for name in ("purpose", "action", "wording_digest", "at"))
    again = select(twin.id).where(twin.lead_id.in_(asked.mine), twin.id < Consent.id, *same)
    carried = {key for (moved,) in session().execute(_merged(asked, LeadMerge.moved)) for key in moved["consent"]}
    query = select(Consent).where(Consent.lead_id.in_(asked.mine), Consent.id.not_in(carried), ~again.exists())
    for (row,) in asked.first(query, 2, Consent.at, Consent.id):
        agreed, withdrew = _PURPOSES[row.purpose]
        did = agreed if row.action is ConsentAction.GIVEN else withdrew
        yield _moment(2, row.at, row.id, "consent", did, say("“%(words)s”", words=row.wording))


def _imports(asked: _Asked) -> Iterator[Moment]:
    query = select(LeadImportRow.id, LeadImportRow.made, LeadImport.name, LeadImport.created_at)
    query = query.join(LeadImport, LeadImport.id == LeadImportRow.import_id)
    mine = query.where(LeadImportRow.lead_id.in_(asked.mine))
    for key, made, name, at in asked.first(mine, 3, LeadImport.created_at, LeadImportRow.id):
        sentence = (
            say("Became a lead by the list “%(name)s”", name=name)
            if made
            else say("Was added to by the list “%(name)s”", name=name)
        )
        yield _moment(3, at, key, "import", sentence)


def _corrections(asked: _Asked) -> Iterator[Moment]:
    mine = corrections.told(LeadValue.id, LeadValue.value).where(LeadValue.lead_id.in_(asked.mine))
    for row in asked.first(mine, 4, LeadValue.at, LeadValue.id):
        change = _joined(" → ", [corrections.short(row.key, told) for told in (row.before, row.value)])
        sentence = say("Corrected: %(what)s", what=choices.OWN.get(row.key, row.key))
        yield _moment(4, row.at, row.id, "correction", sentence, _joined(" · ", [again(row.who), change]))


def _mails(asked: _Asked) -> Iterator[Moment]:
    """By the names under which each was promised: the outbox has an index of these alone."""
    titles = _titles(asked)
    query = select(OutboxMessage).where(OutboxMessage.idempotency_key.in_(titles))
    for message in session().scalars(query):
        title, at = titles[message.idempotency_key], message.done_at or message.created_at
        sentence = _MAILS[message.idempotency_key.partition(":")[0]](title)
        waits = (
            say("The mail waits to be sent")
            if message.status is not Status.PARKED
            else say("The mail was not sent: %(reason)s", reason=message.reason or "")
        )
        yield _moment(5, at, message.id, "mail", sentence, "" if message.done_at else waits)


def _titles(asked: _Asked) -> dict[str, str]:
    granted = (
        select(Grant.id, Edition.title)
        .join(Edition, Edition.id == Grant.edition_id)
        .where(Grant.lead_id.in_(asked.mine))
        .order_by(Grant.id.desc())
        .limit(MOST_MAILS)
    )
    seats = (
        select(Registration.id, WebinarSession.title, WebinarSession.sequence)
        .join(WebinarSession, WebinarSession.id == Registration.session_id)
        .where(Registration.lead_id.in_(asked.mine))
        .order_by(Registration.id.desc())
        .limit(MOST_MAILS)
    )
    titles: dict[str, str] = {}
    for key, title in session().execute(granted):
        titles |= dict.fromkeys((f"magnet_mail:{key}", f"confirmation_mail:{key}"), title)
    for key, title, sequence in session().execute(seats):
        titles |= dict.fromkeys((f"webinar_mail:{key}:{number}" for number in range(sequence + 1)), title)
    return titles


def _scores(asked: _Asked) -> Iterator[Moment]:
    """Changes under the rules in force, those of one moment together; what they opened with is no change."""
    version = rulesets.in_force(at=_EPOCH + asked.behind.micros * _MICROSECOND).number
    entries = sorted(ledger.of(asked.lead_id, version), key=lambda entry: entry.recorded_at)
    known, since = {entry.id: entry for entry in entries}, rulesets.activated_at(version)
    for at, same in groupby(entries, key=lambda entry: entry.recorded_at):
        some = list(same)
        points = {axis: sum(one.points for one in some if one.axis is axis) for axis in (Axis.FIT, Axis.ENGAGEMENT)}
        worths = {axis: worth for axis, worth in points.items() if worth}
        if at <= since and worths:
            told = _joined(", ", [say(_AXES[axis], points=numeral(worth)) for axis, worth in worths.items()])
            yield _moment(6, at, some[0].id, "score", say("Scored anew by version %(v)s of the rules", v=version), told)
        elif worths:
            told = _joined(", ", [say(_AXES[axis], points=signed(worth)) for axis, worth in worths.items()])
            news = sorted(some, key=lambda entry: entry.rule_key != ledger.STRUCK)  # what somebody did comes first
            why = [_why(one, known) for one in news if one.axis is not Axis.BAR]
            left = [say("and %(number)s more", number=len(why) - REASONS)] if len(why) > REASONS else []
            more = _joined("; ", [*why[:REASONS], *left])
            yield _moment(6, at, some[0].id, "score", say("Score: %(changes)s", changes=told), more)


def _why(entry: Entry, known: Mapping[int, Entry]) -> str:
    """The sentence of an entry; of one that somebody struck by hand, with what it was about."""
    struck = known.get(entry.reverses_id) if entry.reverses_id else None
    told = [struck.because, entry.because] if struck and entry.rule_key == ledger.STRUCK else [entry.because]
    return _joined(": ", list(map(again, told)))


def _handovers(asked: _Asked) -> Iterator[Moment]:
    theirs = [mql.id for mql in mqls.of_person(asked.lead_id)]
    query = select(FeedEntry.position, FeedEntry.kind, FeedEntry.at).where(FeedEntry.mql_id.in_(theirs))
    for position, kind, at in asked.first(query, 7, FeedEntry.at, FeedEntry.position):
        yield _moment(7, at, position, "sales", say("Sales was told"), _TOLD.get(kind) or kinds.KINDS.get(kind, kind))


def _answers(asked: _Asked) -> Iterator[Moment]:
    theirs, known = [mql.id for mql in mqls.of_person(asked.lead_id)], reasons.listed()
    by = case((Disposition.actor.startswith("token:"), "The CRM"), else_="A command")
    query = select(Disposition, func.coalesce(Staff.name, by)).outerjoin(Staff, Staff.public_id == Disposition.actor)
    mine = query.where(Disposition.mql_id.in_(theirs))
    for row, who in asked.first(mine, 8, Disposition.recorded_at, Disposition.id):
        why = known[row.reason].label if row.reason in known else row.reason
        worth = money.written(row.value, row.currency) if row.value is not None and row.currency else ""
        more = _joined(" · ", [again(who), again(why or ""), wrong.words(row.wrong), worth, row.note])
        yield _moment(8, row.recorded_at, row.id, "sales", _OUTCOMES[row.outcome], more)


def _merges(asked: _Asked) -> Iterator[Moment]:
    query = _merged(asked, LeadMerge, Lead.email, func.coalesce(Staff.name, "A command"))
    for row, email, who in asked.first(query, 9, LeadMerge.at, LeadMerge.id):
        more = _joined(" · ", [again(who), row.note])
        sentence = say("%(email)s proved to be this person", email=email)
        yield _moment(9, row.at, row.id, "merge", sentence, more)


def _merged(asked: _Asked, *columns: Any) -> Select[*tuple[Any, ...]]:
    query = select(*columns).select_from(LeadMerge).join(Lead, Lead.id == LeadMerge.merged_id)
    query = query.outerjoin(Staff, Staff.public_id == LeadMerge.actor)
    return query.where(LeadMerge.kept_id.in_(asked.mine), LeadMerge.undone_at.is_(None))


_SOURCES = (_arrivals, _acts, _consents, _imports, _corrections, _mails, _scores, _handovers, _answers, _merges)
