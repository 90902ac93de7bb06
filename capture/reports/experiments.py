"""What an experiment says so far: the numbers of each variant, and what can and cannot be said of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, select

from capture.attribution.models import Exposure
from capture.db import session
from capture.engagement.models import EngagementEvent, Verdict
from capture.handoff.models import Mql
from capture.languages import Phrase, numeral, say
from capture.leads import ours
from capture.leads.models import Submission
from capture.pages.models import Experiment, Variant
from capture.reports import sequential

# How often, at most, something is said that is not so. A winner by fills or by MQLs: together 5 in 100.
FILLS_ALPHA, MQLS_ALPHA, SPLIT_ALPHA = 0.04, 0.01, 0.001
RATE_ALPHA = 0.05  # of the range beside a variant's own fill rate

FOUR_WEEKS = timedelta(weeks=4)

Numbers = tuple[str, int, int, int, int]  # letter, weight, visitors, fills, MQLs


@dataclass(frozen=True, slots=True)
class Line:
    """A variant and what it brought: visitors, and of these whoever filled the form, and became an MQL, afterwards.

    `against_a`: between which factors its fill rate lies of A's; None for A itself.
    """

    letter: str
    weight: int
    visitors: int
    fills: int
    mqls: int
    share: float
    against_a: tuple[float, float] | None

    @property
    def rate(self) -> float | None:
        """Fills for each visitor; None before the first visitor."""
        return self.fills / self.visitors if self.visitors else None

    @property
    def per_hundred(self) -> str:
        """How many fills it brings for every 100 of A, seen by as many people; empty for A itself."""
        return per_hundred(self.against_a) if self.against_a else ""

    @property
    def rate_between(self) -> tuple[float, float]:
        """Where the rate lies, however often one looks."""
        return sequential.rate(self.fills, self.visitors, RATE_ALPHA)


@dataclass(frozen=True, slots=True)
class Result:
    """The lines by letter, the winner if one is named, and what to say. `is_split_wrong` keeps any winner back."""

    lines: Sequence[Line]
    winner: str
    is_split_wrong: bool
    sentences: Sequence[str]

    @property
    def visitors(self) -> int:
        """All that were counted."""
        return sum(line.visitors for line in self.lines)


def of(experiment: Experiment, variants: Sequence[Variant]) -> Result:
    """What is known now. Two queries whatever the numbers, the variants among them."""
    counted = _counted(experiment.id)
    numbers = [(variant.letter, variant.weight, *counted.get(variant.id, (0, 0, 0))) for variant in variants]
    return judged(numbers, has_ended=experiment.stopped_at is not None)


def pace(page_id: int, *, at: datetime) -> float:
    """Fills of a page in a week, by the last four; those of our own people are left out."""
    lately = Submission.page_id == page_id, Submission.at > at - FOUR_WEEKS, Submission.at <= at
    fills = select(func.count()).where(*lately, Submission.lead_id.not_in(ours.leads()))
    return (session().scalar(fills) or 0) / 4


def judged(numbers: Sequence[Numbers], *, has_ended: bool = False) -> Result:
    """What letters, weights, visitors, fills and MQLs say, A first."""
    whole = sum(weight for _, weight, *_ in numbers)
    lines = [
        Line(letter, weight, visitors, fills, mqls, weight / whole, _against(numbers, place) if place else None)
        for place, (letter, weight, visitors, fills, mqls) in enumerate(numbers)
    ]
    return _said(lines, has_ended=has_ended)


def _against(numbers: Sequence[Numbers], place: int) -> tuple[float, float]:
    """Between which factors a fill rate lies of A's, going by the split that was meant and by the one that was seen."""
    (_, weight, visitors, fills, _), (_, weight_of_a, visitors_of_a, fills_of_a, _) = numbers[place], numbers[0]
    alpha = sequential.alpha_of_a_pair(FILLS_ALPHA, len(numbers))
    found = [
        sequential.ratio(fills, fills_of_a, mine / (mine + of_a), alpha)
        for mine, of_a in ((weight, weight_of_a), (visitors, visitors_of_a))
        if mine and of_a
    ]
    return min(low for low, _ in found), max(high for _, high in found)


def _said(lines: Sequence[Line], *, has_ended: bool) -> Result:
    told = sequential.evidence([line.visitors for line in lines], [line.share for line in lines], sequential.SPLIT)
    if told >= math.log(1 / SPLIT_ALPHA):
        return Result(lines, "", True, _alarm(lines))
    splits = [line.visitors for line in lines], [line.weight for line in lines]
    by_fills = sequential.best([line.fills for line in lines], *splits, FILLS_ALPHA)
    by_mqls = sequential.best([line.mqls for line in lines], *splits, MQLS_ALPHA)
    if by_fills is not None and by_mqls is not None and by_fills != by_mqls:
        return Result(lines, "", False, _torn(lines[by_fills], lines[by_mqls]))
    found = by_mqls if by_fills is None else by_fills
    if found is None:
        return Result(lines, "", False, _open(lines, has_ended=has_ended))
    return Result(lines, lines[found].letter, False, _won(lines, lines[found], by_fills, by_mqls))


def _counted(experiment_id: int) -> dict[int, tuple[int, int, int]]:
    """Visitors, fills and MQLs by variant; our own people and whoever has shown to be a machine are left out."""
    query = (
        select(
            Exposure.variant_id, func.count(), func.count(Exposure.filled_at), func.sum(case((_is_mql(), 1), else_=0))
        )
        .where(Exposure.experiment_id == experiment_id, ~_is_machine(), ours.is_counted(Exposure.visitor_id))
        .group_by(Exposure.variant_id)
    )
    return {variant: (visitors, fills, int(mqls or 0)) for variant, visitors, fills, mqls in session().execute(query)}


def _is_machine() -> ColumnElement[bool]:
    return exists().where(EngagementEvent.visitor_id == Exposure.visitor_id, EngagementEvent.verdict == Verdict.MACHINE)


def _is_mql() -> ColumnElement[bool]:
    after = exists().where(
        EngagementEvent.visitor_id == Exposure.visitor_id,  # and not whose browser it is now: leads may have merged
        Mql.lead_id == EngagementEvent.lead_id,
        Mql.qualified_at >= Exposure.at,
    )
    return and_(Exposure.filled_at.is_not(None), after)


# --- in words -----------------------------------------------------------------------------------------


def _alarm(lines: Sequence[Line]) -> list[str]:
    whole = sum(line.visitors for line in lines)
    split = _listed(
        [
            say(
                "%(letter)s %(visitors)s where about %(due)s were due",
                letter=line.letter,
                visitors=numeral(line.visitors),
                due=numeral(round(whole * line.share)),
            )
            for line in lines
        ]
    )
    return [
        say("The visitors are not split as the weights say: %(split)s.", split=split),
        say(
            "Chance alone does that in fewer than 1 of 1,000 experiments, so something sends visitors away or "
            "counts them "
            "unevenly: a variant that breaks in some browsers, a machine that was not known as one, a link that "
            "leads past "
            "the page. Until that is found no winner is named, and the numbers below should not be trusted."
        ),
    ]


def _torn(by_fills: Line, by_mqls: Line) -> list[str]:
    return [
        say(
            "%(letter)s brings more fills than every other variant, and %(other)s more MQLs.",
            letter=by_fills.letter,
            other=by_mqls.letter,
        ),
        say("So no winner is named: decide what the page is for."),
    ]


def _open(lines: Sequence[Line], *, has_ended: bool) -> list[str]:
    if not any(line.visitors for line in lines):
        return [say("It ended before anybody was counted.") if has_ended else say("Nobody has been counted yet.")]
    return [say("It ended without a winner.") if has_ended else say("No winner can be named yet."), _known(lines)]


def _won(lines: Sequence[Line], winner: Line, by_fills: int | None, by_mqls: int | None) -> list[str]:
    letter = winner.letter
    if None not in (by_fills, by_mqls):
        brings = say("%(letter)s brings more fills and more MQLs than every other variant.", letter=letter)
    elif by_fills is None:
        brings = say("%(letter)s brings more MQLs than every other variant.", letter=letter)
    else:
        brings = say("%(letter)s brings more fills than every other variant.", letter=letter)
    return [
        brings,
        _known(lines),
        say(
            "Where all variants were alike, a winner would be named in at most 5 of 100 experiments, however often one "
            "looks."
        ),
    ]


def _known(lines: Sequence[Line]) -> str:
    known = [
        say("%(letter)s brings %(number)s", letter=line.letter, number=per_hundred(line.against_a))
        for line in lines
        if line.against_a
    ]
    return say("For every 100 fills of A, seen by as many people, %(listed)s.", listed=_listed(known))


def per_hundred(between: tuple[float, float]) -> str:
    """`88 to 140`: how many fills for every 100 of A."""
    low, high = (round(100 * factor) if factor < math.inf else None for factor in between)
    if high is None:
        return say("%(low)s or more", low=numeral(low)) if low else say("any number")
    return (
        say("%(low)s to %(high)s", low=numeral(low), high=numeral(high))
        if low
        else say("at most %(high)s", high=numeral(high))
    )


def _listed(parts: Sequence[Phrase]) -> str:
    return Phrase(lambda language: language.all_of([part.said(language) for part in parts]))
