"""Scores: fit and engagement, two numbers, each the sum of its ledger at any moment, never only their sum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from capture.db import session
from capture.engagement import history
from capture.engagement.history import Act
from capture.errors import ParameterRefused
from capture.languages import say
from capture.leads import leads, submissions, values
from capture.leads.models import Lead
from capture.pages.fields import LEAD_FIELDS
from capture.scoring import counting, decay, ledger, outcomes, rulesets, standings
from capture.scoring.conditions import Facts
from capture.scoring.counting import Due, Occurrence
from capture.scoring.models import Axis, ScoreSum
from capture.scoring.openings import Entry
from capture.scoring.rules import Rules, asked_for
from capture.scoring.rulesets import Version

if TYPE_CHECKING:
    from capture.scoring import afresh as afresh_


@dataclass(frozen=True, slots=True)
class Score:
    """A lead's score at one moment. `fit` and `engagement` are rounded down to whole points."""

    fit: int
    engagement: int
    exact_fit: float
    exact_engagement: float
    rule_version: int
    fit_threshold: int
    engagement_threshold: int
    is_disqualified: bool = False

    @property
    def qualifies(self) -> bool:
        """Whether both axes are at or over their thresholds, and nothing disqualifies the lead."""
        return self.is_over and not self.is_disqualified

    @property
    def is_over(self) -> bool:
        """Whether both axes are at or over their thresholds."""
        return self.fit >= self.fit_threshold and self.engagement >= self.engagement_threshold


@dataclass(frozen=True, slots=True)
class Explanation:
    """One reason for a score: a sentence, its points when it happened and what is left of them.

    Of what is known of a lead `occurred_at` is since when it is so, and `counted_since` since when it counts by these
    rules, where that is later: they were put in force then.
    """

    entry_id: int
    axis: Axis
    points_now: float
    points: int
    because: str
    occurred_at: datetime
    half_life_days: int | None
    counted_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A score that a lead would have, and the reasons for it; no entry of a ledger stands behind them."""

    score: Score
    reasons: Sequence[Explanation]


def after(lead_id: int, *, at: datetime) -> Score:
    """Bring the lead's ledger up to date and give the score at `at`. Holds the lead's row."""
    lead = leads.hold(lead_id)
    version = rulesets.established(at=at)
    settle([lead], version, at=at)
    return _scores([lead.id], version, at=at)[lead.id]


def settle(held: Sequence[Lead], version: Version, *, at: datetime) -> None:
    """Write into the ledger what these leads' values and human events are worth under a version of the rules.

    A fixed number of statements, however many leads; none for none.
    """
    if not held:
        return
    whose = leads.members(lead.id for lead in held)
    told, done = said(whose, version.rules), occurrences(whose, version.rules)
    due = {}
    for lead in held:
        known = facts(lead, told[lead.id])
        due[lead.id] = {
            Axis.FIT: counting.fit(version.rules, known),
            Axis.ENGAGEMENT: counting.engagement(version.rules, done[lead.id]),
            Axis.BAR: counting.bars(version.rules, known),
        }
    ledger.settle(version.number, due, whose, at=at)


def prepare(number: int, lead_ids: Sequence[int], *, at: datetime) -> None:
    """Write these leads' entries of a version before it is activated; to do it again changes nothing.

    Holds the leads' rows: a few hundred at a time, a transaction each.
    """
    from capture.scoring import afresh  # and with it numpy: see reports.simulation

    version, held = rulesets.by_number(number), leads.hold_keys(Lead.id.in_(lead_ids))
    begun = ledger.begun(ScoreSum.lead_id.in_(held), number)
    if new := [lead_id for lead_id in held if lead_id not in begun]:
        afresh.write(afresh.Reckoner(version).of(new), number, at=at)
    if begun:
        settle(leads.hold_all(sorted(begun)), version, at=at)


def prepare_as_read(due: "afresh_.Due", number: int, *, at: datetime) -> None:
    """The same for leads whose entries were reckoned before their rows are held.

    Whoever was erased or merged meanwhile is left out; what else happened is for `rescoring.catch_up`.
    """
    from capture.scoring import afresh

    first, last = int(due.leads[0]), int(due.leads[-1])
    begun = ledger.begun(ScoreSum.lead_id.between(first, last), number)
    afresh.write(due, number, at=at, without=begun.union(leads.gone(Lead.id.between(first, last))))
    if begun:
        settle(leads.hold_all(sorted(begun)), rulesets.by_number(number), at=at)


def settle_afresh(held: Sequence[Lead], *, at: datetime) -> None:
    """These have become one, or two again: their ledgers and sums under the rules in force, and under those to come."""
    ledger.unpack(list(leads.members(lead.id for lead in held)))
    standings.keep_afresh([lead.id for lead in held])
    to_come = rulesets.being_prepared()
    for version in (rulesets.established(at=at), *([rulesets.by_number(to_come.version)] if to_come else [])):
        settle(held, version, at=at)


def said(whose: Mapping[int, int], rules: Rules) -> dict[int, dict[str, object]]:
    """What each person answered, and what that comes to in assessments that the rules look at."""
    answers, results = submissions.answers(whose), outcomes.newest(asked_for(rules), whose)
    return {lead_id: {**answers.get(lead_id, {}), **results.get(lead_id, {})} for lead_id in whose.values()}


def facts(lead: Lead, told: Mapping[str, object]) -> Facts:
    """What is known of a lead: its own fields, and the newest answer of every other one."""
    own = {name: getattr(lead, name) for name in LEAD_FIELDS} | {"email": lead.email, "name": lead.full_name}
    return _facts(own, told)


def facts_by_then(whose: Mapping[int, int], moments: Sequence[tuple[Lead, datetime]], rules: Rules) -> list[Facts]:
    """What was known of leads at moments since they are known, but for addresses: those are the ones of now.

    A few queries. `whose` is of `leads.members` of them.
    """
    places = [(lead.id, when) for lead, when in moments]
    told = zip(
        submissions.answers_by_then(whose, places),
        outcomes.by_then(asked_for(rules), whose, places),
        values.by_then(places),
        strict=True,
    )
    found = []
    for (lead, _), (answers, results, known) in zip(moments, told, strict=True):
        own = {name: getattr(lead, name) for name in LEAD_FIELDS} | known
        named = own["name"] or f"{own['first_name']} {own['last_name']}".strip()
        found.append(_facts({**own, "email": lead.email, "name": named}, {**answers, **results}))
    return found


def _facts(own: Mapping[str, str], told: Mapping[str, object]) -> Facts:
    known = {key: _texts(answer) for key, answer in told.items()}
    return known | {name: (value,) for name, value in own.items() if value}


def together(kept: Lead, merged: Lead, stands: Mapping[str, str], *, at: datetime) -> Score:
    """The score that two leads would have as one, of which these values would stand."""
    version = rulesets.in_force(at=at)
    rules, whose = version.rules, dict.fromkeys(leads.members([kept.id, merged.id]), kept.id)
    name = stands["name"] or f"{stands['first_name']} {stands['last_name']}".strip()
    known = _facts({**stands, "email": kept.email, "name": name}, said(whose, rules)[kept.id])
    due = _due(kept.id, whose, known, rules)
    points = {
        (kept.id, axis): sum(decay.left(one.points, one.occurred_at or at, one.half_life, at=at) for one in some)
        for axis, some in due.items()
    }
    return _told([kept.id], version, points)[kept.id]


def tried(lead: Lead, rules: Rules, *, at: datetime) -> "Trial":
    """What a lead would have under these rules, and for what."""
    whose = leads.members([lead.id])
    due = _due(lead.id, whose, facts(lead, said(whose, rules)[lead.id]), rules)
    reasons = [_as_explained(axis, one, at) for axis, some in due.items() for one in some]
    points = {(lead.id, axis): sum(one.points_now for one in reasons if one.axis is axis) for axis in Axis}
    return Trial(_told([lead.id], Version(0, rules), points)[lead.id], sorted(reasons, key=_telling))


def _due(lead_id: int, whose: Mapping[int, int], known: Facts, rules: Rules) -> dict[Axis, list[Due]]:
    """What is due to a person under these rules, but for what was struck."""
    due = {
        Axis.ENGAGEMENT: counting.engagement(rules, occurrences(whose, rules)[lead_id]),
        Axis.FIT: counting.fit(rules, known),
        Axis.BAR: counting.bars(rules, known),
    }
    return ledger.without_struck(lead_id, whose, due)


def _as_explained(axis: Axis, due: Due, at: datetime) -> Explanation:
    when = due.occurred_at or at
    left = decay.left(due.points, when, due.half_life, at=at)
    return Explanation(0, axis, left, due.points, due.because, when, due.half_life)


def occurrences(whose: Mapping[int, int], rules: Rules) -> dict[int, list[Occurrence]]:
    """What each person did, as rules look at it: human events only."""
    done: dict[int, list[Occurrence]] = {lead_id: [] for lead_id in whose.values()}
    for act in history.human(list(whose), with_campaigns=any(rule.campaigns for rule in rules.engagement)):
        done[whose[act.lead_id]].append(_occurrence(act))
    return done


def _occurrence(act: Act) -> Occurrence:
    return Occurrence(
        event_id=act.event_id,
        event=act.kind,
        at=act.at,
        page=act.page,
        magnet=act.magnet,
        magnet_kind=act.magnet_kind,
        title=act.title,
        section=str(act.detail.get("section", "")),
        campaign=act.campaign,
    )


def current(lead_id: int, *, at: datetime) -> Score:
    """The score at `at`, also of a day long past: what had been recorded by then, under the rules in force then."""
    return for_leads([lead_id], at=at)[lead_id]


def end_of(day: date, zone: ZoneInfo, *, now: datetime) -> datetime:
    """The last instant of a day, by which all of it was written; now, where the day is not over.

    Raises ParameterRefused for a day that has not begun.
    """
    if day > now.astimezone(zone).date():
        raise ParameterRefused(
            say("On"), say("this day is still to come, and what it brings is not known. Choose today or a past day.")
        )
    return min(now, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(microseconds=1))


def for_leads(lead_ids: Sequence[int], *, at: datetime) -> Mapping[int, Score]:
    """The scores of many leads, in two queries whatever their number."""
    return _scores(lead_ids, rulesets.in_force(at=at), at=at)


def explain(lead_id: int, *, at: datetime) -> list[Explanation]:
    """Why the score is what it is: the entries that stand. Their `points_now` add up to it, axis by axis.

    What was done comes first, the newest before; then who it is, what counts most before.
    """
    version = rulesets.in_force(at=at)
    recorded = [entry for entry in ledger.of(lead_id, version.number) if entry.recorded_at <= at]
    standing = ledger.standing(recorded)
    reasons = [
        Explanation(
            entry_id=entry.id,
            axis=entry.axis,
            points_now=decay.left(entry.points, entry.occurred_at, entry.half_life_days, at=at),
            points=entry.points,
            because=entry.because,
            occurred_at=entry.occurred_at,
            half_life_days=entry.half_life_days,
        )
        for entry in standing
    ]
    known = {entry.id: entry for entry in standing if entry.axis is not Axis.ENGAGEMENT}
    if known:
        reasons = _dated(reasons, known, lead_id, version, at=at)
    return sorted(reasons, key=_telling)


def shown(score: Score, reasons: Sequence[Explanation]) -> list[float]:
    """What is left for each reason, with one decimal, so that all of an axis add up to its score with one decimal."""
    told = [reason.points_now for reason in reasons]
    for axis, exact in ((Axis.FIT, score.exact_fit), (Axis.ENGAGEMENT, score.exact_engagement)):
        places = [place for place, reason in enumerate(reasons) if reason.axis is axis]
        for place, points in zip(places, decay.parts_in_tenths([told[place] for place in places], exact), strict=True):
            told[place] = points
    return told


def _dated(
    reasons: Sequence[Explanation], known: Mapping[int, Entry], lead_id: int, version: Version, *, at: datetime
) -> list[Explanation]:
    """With the times of what is known: an entry has when it was written, as all of new rules have when these came."""
    in_force, held = rulesets.activated_at(version.number), _held_since(lead_id, version.rules, at=at)

    def dated(reason: Explanation, entry: Entry) -> Explanation:
        is_so = min(held.get(entry.rule_key, entry.occurred_at), entry.occurred_at)
        counts = max(entry.recorded_at, in_force)
        return replace(reason, occurred_at=is_so, counted_since=counts if counts > is_so else None)

    return [dated(one, known[one.entry_id]) if one.entry_id in known else one for one in reasons]


def _held_since(lead_id: int, rules: Rules, *, at: datetime) -> Mapping[str, datetime]:
    """By the key of a fit rule, since when it has held without a break by `at`, by what was said. A few queries."""
    lead, whose = session().get_one(Lead, lead_id), leads.members([lead_id])
    moments = [when for when in sorted({lead.created_at, *values.moments(whose)}) if when <= at]
    held: dict[str, datetime] = {}
    facts_then = facts_by_then(whose, [(lead, when) for when in moments], rules)
    for when, known in zip(moments, facts_then, strict=True):
        for rule in rules.fit:
            if rule.when.holds(known):
                held.setdefault(rule.key, when)
            else:
                held.pop(rule.key, None)
    return held


def _telling(reason: Explanation) -> tuple[bool, float, int]:
    is_fit = reason.axis is Axis.FIT
    return is_fit, 0 if is_fit else -reason.occurred_at.timestamp(), -abs(reason.points)


def _scores(lead_ids: Sequence[int], version: Version, *, at: datetime) -> dict[int, Score]:
    return _told(lead_ids, version, ledger.sums(lead_ids, version.number, at=at))


def _told(lead_ids: Sequence[int], version: Version, found: Mapping[tuple[int, Axis], float]) -> dict[int, Score]:
    return {
        lead_id: Score(
            fit=decay.whole(found.get((lead_id, Axis.FIT), 0.0)),
            engagement=decay.whole(found.get((lead_id, Axis.ENGAGEMENT), 0.0)),
            exact_fit=found.get((lead_id, Axis.FIT), 0.0),
            exact_engagement=found.get((lead_id, Axis.ENGAGEMENT), 0.0),
            rule_version=version.number,
            fit_threshold=version.rules.fit_threshold,
            engagement_threshold=version.rules.engagement_threshold,
            is_disqualified=found.get((lead_id, Axis.BAR), 0.0) > 0,
        )
        for lead_id in lead_ids
    }


def _texts(answer: object) -> tuple[str, ...]:
    values = answer if isinstance(answer, list) else [answer]
    return tuple(str(value) for value in values if value not in (None, "", False))
