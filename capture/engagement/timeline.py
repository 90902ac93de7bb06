"""The timeline of a lead in plain sentences, for people who will speak to the person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from capture.db import session
from capture.engagement import history
from capture.engagement.history import Act
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from capture.languages import Phrase, again, joined, say, say_many
from capture.leads import leads

# What happened, about a thing and about nothing in particular.
SENTENCES: Mapping[EventKind, tuple[Callable[[str], Phrase], Phrase]] = {
    EventKind.PAGE_VIEWED: (
        lambda title: say("Looked at the page of “%(title)s”", title=title),
        say("Looked at a page"),
    ),
    EventKind.FORM_SUBMITTED: (
        lambda title: say("Filled in the form for “%(title)s”", title=title),
        say("Filled in a form"),
    ),
    EventKind.MAGNET_DOWNLOADED: (
        lambda title: say("Downloaded “%(title)s”", title=title),
        say("Downloaded a document"),
    ),
    EventKind.LINK_FOLLOWED: (
        lambda title: say("Followed a link inside “%(title)s”", title=title),
        say("Followed a link inside a document"),
    ),
    EventKind.LINK_FORWARDED: (
        lambda title: say("Passed the link to “%(title)s” on to somebody", title=title),
        say("Passed a link on to somebody"),
    ),
    EventKind.ADDRESS_CONFIRMED: (lambda _: say("Confirmed the e-mail address"), say("Confirmed the e-mail address")),
    EventKind.WEBINAR_REGISTERED: (
        lambda title: say("Registered for the webinar “%(title)s”", title=title),
        say("Registered for a webinar"),
    ),
    EventKind.WEBINAR_ATTENDED: (
        lambda title: say("Joined the webinar “%(title)s”", title=title),
        say("Joined a webinar"),
    ),
    EventKind.WEBINAR_REPLAYED: (
        lambda title: say("Watched the recording of “%(title)s”", title=title),
        say("Watched the recording of a webinar"),
    ),
    EventKind.CONTACT_REQUESTED: (lambda _: say("Asked to be contacted"), say("Asked to be contacted")),
    EventKind.CONTACT_WITHDRAWN: (
        lambda _: say("Asked not to be contacted any more"),
        say("Asked not to be contacted any more"),
    ),
    EventKind.MET_IN_PERSON: (lambda title: say("Was met: %(title)s", title=title), say("Was met in person")),
}

# For counts: one and many.
_COUNTED: Mapping[EventKind, Callable[[int], Phrase]] = {
    EventKind.PAGE_VIEWED: lambda number: say_many("%(num)s page view", "%(num)s page views", number),
    EventKind.FORM_SUBMITTED: lambda number: say_many("%(num)s form filled in", "%(num)s forms filled in", number),
    EventKind.MAGNET_DOWNLOADED: lambda number: say_many("%(num)s download", "%(num)s downloads", number),
    EventKind.LINK_FOLLOWED: lambda number: say_many("%(num)s link followed", "%(num)s links followed", number),
    EventKind.LINK_FORWARDED: lambda number: say_many("%(num)s link passed on", "%(num)s links passed on", number),
    EventKind.WEBINAR_REGISTERED: lambda number: say_many(
        "%(num)s webinar registration", "%(num)s webinar registrations", number
    ),
    EventKind.WEBINAR_ATTENDED: lambda number: say_many("%(num)s webinar joined", "%(num)s webinars joined", number),
    EventKind.WEBINAR_REPLAYED: lambda number: say_many(
        "%(num)s recording watched", "%(num)s recordings watched", number
    ),
    EventKind.CONTACT_REQUESTED: lambda number: say_many(
        "%(num)s request to be contacted", "%(num)s requests to be contacted", number
    ),
    EventKind.MET_IN_PERSON: lambda number: say_many("%(num)s meeting in person", "%(num)s meetings in person", number),
}


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One line of a timeline. `reason` says why the verdict; only human items count."""

    at: datetime
    kind: EventKind
    sentence: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A lead's history in one sentence, its first and last human event, and the latest few, newest first."""

    sentence: str
    first_at: datetime | None
    last_at: datetime | None
    latest: tuple[TimelineItem, ...]


NOTHING = Summary(say("Nothing yet"), None, None, ())


def of(lead_id: int, *, limit: int = 200) -> list[TimelineItem]:
    """What the lead did, newest first, machines and what is unproven included and marked."""
    return [item(act) for act in history.newest(lead_id, limit=limit)]


def item(act: Act) -> TimelineItem:
    """The line for one event."""
    where, warmth, note = (str(act.detail.get(key) or "") for key in ("where", "warmth", "note"))
    about = act.title or joined([where, again(warmth), note], ". ")
    return TimelineItem(act.at, act.kind, sentence(act.kind, about), act.verdict, act.reason)


def sentence(kind: EventKind, title: str) -> str:
    """What happened, in words; `title` names the magnet, or is empty."""
    about, plain = SENTENCES[kind]
    return about(title) if title else plain


def summaries(lead_ids: Sequence[int]) -> dict[int, Summary]:
    """A summary for every person, human events only, in three queries for all."""
    return summaries_of(leads.members(lead_ids))


def summaries_of(whose: Mapping[int, int], *, each: int = 5) -> dict[int, Summary]:
    """The same by their `leads.members`."""
    latest: dict[int, list[TimelineItem]] = {}
    for act in history.newest_human(whose, each=each):
        latest.setdefault(whose[act.lead_id], []).append(item(act))
    counts: dict[int, dict[EventKind, int]] = {}
    spans: dict[int, tuple[datetime, datetime]] = {}
    for row in session().execute(
        select(
            EngagementEvent.lead_id,
            EngagementEvent.kind,
            func.count().label("number"),
            func.min(EngagementEvent.at, type_=EngagementEvent.at.type).label("first"),
            func.max(EngagementEvent.at, type_=EngagementEvent.at.type).label("last"),
        )
        .where(EngagementEvent.lead_id.in_(whose), EngagementEvent.verdict == Verdict.HUMAN)
        .group_by(EngagementEvent.lead_id, EngagementEvent.kind)
    ):
        lead_id = whose[row.lead_id]
        of_kinds = counts.setdefault(lead_id, {})
        of_kinds[row.kind] = of_kinds.get(row.kind, 0) + row.number
        so_far = spans.get(lead_id, (row.first, row.last))
        spans[lead_id] = min(row.first, so_far[0]), max(row.last, so_far[1])
    return {
        lead_id: Summary(_counted(counts[lead_id]), *spans[lead_id], tuple(latest.get(lead_id, ())))
        if lead_id in counts
        else NOTHING
        for lead_id in whose.values()
    }


def _counted(counts: Mapping[EventKind, int]) -> str:
    parts = [told(counts[kind]) for kind, told in _COUNTED.items() if kind in counts]
    return Phrase(lambda language: ", ".join(part.said(language) for part in parts)) if parts else NOTHING.sentence
