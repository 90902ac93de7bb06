"""Points proposed from what sales answered: fitted on earlier weeks, held against later ones, for a person to judge."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, count

from sqlalchemy import select

from capture.db import session
from capture.errors import CannotFit
from capture.handoff.models import Mql, Outcome
from capture.languages import kept, numeral, say
from capture.leads import leads, ours
from capture.leads.models import Lead
from capture.pages import countries
from capture.reports.daily import ACCEPTED, came_to
from capture.reports.simulation import Share
from capture.scoring import counting, decay, fitting, rulefile, scores
from capture.scoring.conditions import Condition, Facts, Question
from capture.scoring.counting import Due, Occurrence
from capture.scoring.fitting import Area
from capture.scoring.rules import Cap, EngagementRule, FitRule, Rules
from capture.scoring.titles import Function, Seniority

# The sentences of proposed rules, as they are kept with them.
RANKS = kept("The job title ranks as %(rank)s")
WORKS_IN = kept("Works in %(part)s")
IS_IN = kept("Is in %(country)s")
SIZE = kept("The company has %(low)s to %(high)s people")
SIZE_AND_MORE = kept("The company has %(low)s people or more")

FEWEST = 200  # answers, before anything can be learned from them
FEWEST_OF_A_KIND = 20  # in the earlier weeks and in the later ones; also leads, before a new rule is tried
EARLIER = 0.7  # of the answers; the rest is held out
MOST = 20_000  # the newest answers
AT_ONCE = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIZES = ((1, 9), (10, 49), (50, 249), (250, 999), (1_000, None))
_COUNTRIES = 8


@dataclass(frozen=True, slots=True)
class Case:
    """An MQL that sales answered: what was known of the lead and what it had done by then, and if it was accepted."""

    at: datetime
    facts: Facts
    acts: Sequence[Occurrence]
    accepted: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well rules order the held-out MQLs: over all of them, and how many of the better half sales accepted."""

    area: Area
    better_half: Share


@dataclass(frozen=True, slots=True)
class Proposal:
    """Rules with fitted points, what they were learned from, and how they and those in force do in later weeks."""

    rules: Rules
    learned_from: int
    held_out: int
    held_out_since: datetime
    present: Ranking
    proposed: Ranking

    @property
    def is_better(self) -> bool:
        """Whether the later weeks speak for it."""
        return self.proposed.area.value > self.present.area.value


def propose(in_force: Rules, *, at: datetime) -> Proposal:
    """Points fitted from what sales answered, at thresholds that make as many MQLs as now. Changes nothing.

    Raises CannotFit where there are too few answers, or scikit-learn is not installed. Seconds for a million events.
    """
    cases = _cases(in_force)
    earlier, later = _split(cases)
    rules = _fitted(in_force, earlier)
    if not rules.fit and not rules.engagement:
        raise CannotFit(say("Nothing that the rules look at tells those whom sales accepted from those it rejected."))
    return Proposal(
        rules=_at_present_volume(rules, in_force, until=(at - _EPOCH) / timedelta(days=1)),
        learned_from=len(earlier),
        held_out=len(later),
        held_out_since=later[0].at,
        present=_ranking(in_force, later),
        proposed=_ranking(rules, later),
    )


# --- what sales answered ----------------------------------------------------------------------------------------------


def _cases(rules: Rules) -> list[Case]:
    """The answered MQLs, the oldest first. A few queries for each few hundred of them."""
    accepted = came_to(ACCEPTED)
    query = select(Mql.qualified_at, leads.whose(), accepted).join(Lead, Lead.id == Mql.lead_id)
    query = query.where(accepted | (Mql.outcome == Outcome.REJECTED))
    newest = session().execute(query.order_by(Mql.qualified_at.desc(), Mql.id.desc()).limit(MOST)).all()
    answered = [(qualified_at, lead_id, bool(is_accepted)) for qualified_at, lead_id, is_accepted in reversed(newest)]
    cases = []
    for first in range(0, len(answered), AT_ONCE):
        part = answered[first : first + AT_ONCE]
        lead_ids = sorted({lead_id for _, lead_id, _ in part})
        whose = leads.members(lead_ids)
        done = scores.occurrences(whose, rules)
        living = Lead.id.in_(lead_ids), Lead.erased_at.is_(None), Lead.merged_into_id.is_(None), ours.is_prospect()
        rows = session().scalars(select(Lead).where(*living))
        known = {lead.id: lead for lead in rows}
        here = [(when, known[lead_id], accepted) for when, lead_id, accepted in part if lead_id in known]
        facts = scores.facts_by_then(whose, [(lead, when) for when, lead, _ in here], rules)
        cases += [
            Case(when, then, [act for act in done[lead.id] if act.at <= when], is_accepted)
            for (when, lead, is_accepted), then in zip(here, facts, strict=True)
        ]
    return cases


def _split(cases: Sequence[Case]) -> tuple[Sequence[Case], Sequence[Case]]:
    """Earlier and later, divided between two weeks. Raises CannotFit where one of them says too little."""
    if len(cases) < FEWEST:
        raise CannotFit(
            say(
                "Sales has answered %(cases)s MQLs of those still known. Points can be proposed when it has "
                "answered %(fewest)s.",
                cases=numeral(len(cases)),
                fewest=FEWEST,
            )
        )
    turn = cases[int(len(cases) * EARLIER)].at.isocalendar()[:2]
    earlier = [case for case in cases if case.at.isocalendar()[:2] < turn]
    later = [case for case in cases if case.at.isocalendar()[:2] >= turn]
    for name, part in ((say("earlier"), earlier), (say("later"), later)):
        accepted = sum(case.accepted for case in part)
        if min(accepted, len(part) - accepted) < FEWEST_OF_A_KIND:
            raise CannotFit(
                say(
                    "In the %(which)s weeks sales accepted %(accepted)s and rejected %(rejected)s. At least "
                    "%(fewest)s of each are needed in the earlier weeks and in the later ones.",
                    which=name,
                    accepted=numeral(accepted),
                    rejected=numeral(len(part) - accepted),
                    fewest=FEWEST_OF_A_KIND,
                )
            )
    return earlier, later


# --- fitting ----------------------------------------------------------------------------------------------------------


def _fitted(in_force: Rules, cases: Sequence[Case]) -> Rules:
    """The rules in force and what else job, size and country may say, with points that these answers speak for."""
    fit = [replace(rule, group="") for rule in in_force.fit if not rule.disqualifies]
    taken = {rule.key for rule in in_force.fit} | {rule.key for rule in in_force.engagement}
    tried = [rule for rule in _tried(cases) if rule.when not in {one.when for one in fit}]
    fit += [replace(rule, key=_free(rule.key, taken)) for rule in tried]
    rows = []
    for case in cases:
        done = _left(counting.engagement(in_force, case.acts), at=case.at)
        who = [float(rule.when.holds(case.facts)) for rule in fit]
        rows.append(who + [done.get(rule.key, 0.0) / rule.points for rule in in_force.engagement])
    # What people do keeps its sign: points above zero fade and points below do not, which is another measure.
    signs = [0] * len(fit) + [1 if rule.points > 0 else -1 for rule in in_force.engagement]
    present = [rule.points for rule in fit] + [rule.points for rule in in_force.engagement]
    # What nearly all of the answered have, or nearly none, they say nothing about: its points stay.
    telling = [
        FEWEST_OF_A_KIND <= sum(1 for row in rows if row[place]) <= len(rows) - FEWEST_OF_A_KIND
        for place in range(len(signs))
    ]
    seen = [[value if tells else 0.0 for value, tells in zip(row, telling, strict=True)] for row in rows]
    learned = fitting.points(seen, [case.accepted for case in cases], signs)
    worth = [new if tells else old for new, tells, old in zip(learned, telling, present, strict=True)]
    keys = [*(rule.key for rule in fit), *(rule.key for rule in in_force.engagement)]
    given = dict(zip(keys, worth, strict=True))
    engagement = tuple(replace(rule, points=given[rule.key]) for rule in in_force.engagement if given[rule.key])
    return Rules(
        fit_threshold=in_force.fit_threshold,
        engagement_threshold=in_force.engagement_threshold,
        fit=(
            *(replace(rule, points=given[rule.key]) for rule in fit if given[rule.key]),
            *(rule for rule in in_force.fit if rule.disqualifies),
        ),
        engagement=engagement,
        caps=_caps(in_force, engagement),
    )


def _tried(cases: Sequence[Case]) -> list[FitRule]:
    """Rules that are not there yet and may tell something; each holds for enough of these leads, and not for all."""
    named = Counter(country for case in cases for country in case.facts.get("country", ()))
    rules = [
        *(
            FitRule(f"rank_{rank}", RANKS % {"rank": rank}, 0, _asks(Question.SENIORITY, "job_title", rank))
            for rank in Seniority
        ),
        *(
            FitRule(f"works_in_{part}", WORKS_IN % {"part": part}, 0, _asks(Question.FUNCTION, "job_title", part))
            for part in Function
        ),
        *(
            FitRule(
                f"size_from_{low}",
                (SIZE if high else SIZE_AND_MORE) % {"low": f"{low:,}", "high": f"{high:,}" if high else ""},
                0,
                Condition(Question.RANGE, "company_size", low=low, high=high),
            )
            for low, high in _SIZES
        ),
        *(
            FitRule(
                f"country_{country.lower()}",
                IS_IN % {"country": countries.names("en").get(country, country)},
                0,
                _asks(Question.EQUALS, "country", country),
            )
            for country, _ in sorted(named.items(), key=lambda item: (-item[1], item[0]))[:_COUNTRIES]
        ),
    ]
    held = {rule.key: sum(rule.when.holds(case.facts) for case in cases) for rule in rules}
    return [rule for rule in rules if FEWEST_OF_A_KIND <= held[rule.key] <= len(cases) - FEWEST_OF_A_KIND]


def _free(key: str, taken: Set[str]) -> str:
    """The key, or where another rule has it, the key with a number."""
    return next(one for one in chain([key], (f"{key}_{number}" for number in count(2))) if one not in taken)


def _asks(question: Question, field: str, value: str) -> Condition:
    return Condition(question, field, (str(value),))


def _caps(in_force: Rules, engagement: Iterable[EngagementRule]) -> dict[str, Cap]:
    """Caps in the new points: a group gives at most as many of its best acts as before."""
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for points, rules in ((before, in_force.engagement), (after, tuple(engagement))):
        for rule in rules:
            points[rule.group] = max(points.get(rule.group, 0), rule.points)
    return {
        group: replace(cap, points=max(after[group], round(cap.points * after[group] / before[group])))
        for group, cap in in_force.caps.items()
        if after.get(group, 0) > 0
    }


def _at_present_volume(rules: Rules, in_force: Rules, *, until: float) -> Rules:
    """The rules with thresholds under which history makes about as many MQLs as under those in force."""
    from capture.scoring import replay  # brings numpy: see simulation.simulate

    without = replace(rules, fit_threshold=0, engagement_threshold=0)
    now, then = replay.play_each([in_force, without], until_day=until)
    mqls = len(now.reached(in_force.fit_threshold, in_force.engagement_threshold))
    good = int((now.best_fits() >= in_force.fit_threshold).sum())
    best_fits = then.best_fits()
    best = sorted(best_fits.tolist(), reverse=True)
    fit = max(0, min(rulefile.MOST_POINTS, best[good - 1] if good else 0))
    peaks, _ = then.peaks(fit)
    engagement = decay.whole(peaks[min(mqls, len(peaks)) - 1]) if peaks and mqls else in_force.engagement_threshold
    return replace(rules, fit_threshold=fit, engagement_threshold=max(0, min(rulefile.MOST_POINTS, engagement)))


# --- how well it ranks ------------------------------------------------------------------------------------------------


def _ranking(rules: Rules, cases: Sequence[Case]) -> Ranking:
    told = [_total(rules, case) for case in cases]
    best = sorted(range(len(cases)), key=lambda number: (-told[number], number))[: len(cases) // 2]
    accepted = sum(cases[number].accepted for number in best)
    return Ranking(fitting.area(told, [case.accepted for case in cases]), Share(accepted, len(best)))


def _total(rules: Rules, case: Case) -> float:
    """Fit and engagement at the moment of the MQL, together: only to put leads in an order."""
    fit = sum(due.points for due in counting.fit(rules, case.facts))
    return fit + sum(_left(counting.engagement(rules, case.acts), at=case.at).values())


def _left(dues: Iterable[Due], *, at: datetime) -> Mapping[str, float]:
    """What is left of each rule's points."""
    left: dict[str, float] = {}
    for due in dues:
        points = decay.left(due.points, due.occurred_at or at, due.half_life, at=at)
        left[due.rule_key] = left.get(due.rule_key, 0.0) + points
    return left
