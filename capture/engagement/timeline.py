"""The timeline of a lead in plain sentences, for people who will speak to the person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from capture.db import session
from capture.engagement import history
from capture.engagement.history import Act
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from capture.leads import leads

# What happened, about a thing and about nothing in particular.
SENTENCES: Mapping[EventKind, tuple[str, str]] = {
    EventKind.PAGE_VIEWED: ("Looked at the page of “{}”", "Looked at a page"),
    EventKind.FORM_SUBMITTED: ("Filled in the form for “{}”", "Filled in a form"),
    EventKind.MAGNET_DOWNLOADED: ("Downloaded “{}”", "Downloaded a document"),
    EventKind.LINK_FOLLOWED: ("Followed a link inside “{}”", "Followed a link inside a document"),
    EventKind.LINK_FORWARDED: ("Passed the link to “{}” on to somebody", "Passed a link on to somebody"),
    EventKind.ADDRESS_CONFIRMED: ("Confirmed the e-mail address", "Confirmed the e-mail address"),
    EventKind.WEBINAR_REGISTERED: ("Registered for the webinar “{}”", "Registered for a webinar"),
    EventKind.WEBINAR_ATTENDED: ("Joined the webinar “{}”", "Joined a webinar"),
    EventKind.WEBINAR_REPLAYED: ("Watched the recording of “{}”", "Watched the recording of a webinar"),
    EventKind.CONTACT_REQUESTED: ("Asked to be contacted", "Asked to be contacted"),
    EventKind.CONTACT_WITHDRAWN: ("Asked not to be contacted any more", "Asked not to be contacted any more"),
    EventKind.MET_IN_PERSON: ("Was met: {}", "Was met in person"),
}

# For counts: one and many.
_COUNTED: Mapping[EventKind, tuple[str, str]] = {
    EventKind.PAGE_VIEWED: ("page view", "page views"),
    EventKind.FORM_SUBMITTED: ("form filled in", "forms filled in"),
    EventKind.MAGNET_DOWNLOADED: ("download", "downloads"),
    EventKind.LINK_FOLLOWED: ("link followed", "links followed"),
    EventKind.LINK_FORWARDED: ("link passed on", "links passed on"),
    EventKind.WEBINAR_REGISTERED: ("webinar registration", "webinar registrations"),
    EventKind.WEBINAR_ATTENDED: ("webinar joined", "webinars joined"),
    EventKind.WEBINAR_REPLAYED: ("recording watched", "recordings watched"),
    EventKind.CONTACT_REQUESTED: ("request to be contacted", "requests to be contacted"),
    EventKind.MET_IN_PERSON: ("meeting in person", "meetings in person"),
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


NOTHING = Summary("Nothing yet", None, None, ())


def of(lead_id: int, *, limit: int = 200) -> list[TimelineItem]:
    """What the lead did, newest first, machines and what is unproven included and marked."""
    return [item(act) for act in history.newest(lead_id, limit=limit)]


def item(act: Act) -> TimelineItem:
    """The line for one event."""
    about = act.title or ". ".join(str(act.detail[key]) for key in ("where", "warmth", "note") if act.detail.get(key))
    return TimelineItem(act.at, act.kind, sentence(act.kind, about), act.verdict, act.reason)


def sentence(kind: EventKind, title: str) -> str:
    """What happened, in words; `title` names the magnet, or is empty."""
    about, plain = SENTENCES[kind]
    return about.format(title) if title else plain


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
    parts = [
        f"{counts[kind]} {one if counts[kind] == 1 else many}"
        for kind, (one, many) in _COUNTED.items()
        if kind in counts
    ]
    return ", ".join(parts) or NOTHING.sentence
