"""What rules can be made of, in words: fields and questions of fit rules, acts and offers of engagement rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capture.engagement.models import EventKind
from capture.engagement.timeline import SENTENCES
from capture.languages import Phrase, again, said, say, say_many
from capture.pages import pages
from capture.pages.fields import TICKED
from capture.pages.pages import Stand
from capture.pages.screens import LEAD_WORDS
from capture.scoring import rulewords
from capture.scoring.carried import NEVER_COUNTS
from capture.scoring.conditions import Question
from capture.scoring.rules import Cap, EngagementRule, FitRule, Rules

OWN: Mapping[str, Phrase] = {"email": say("E-mail"), **LEAD_WORDS}
QUESTIONS: Mapping[Question, str] = {
    Question.KNOWN: say("is filled in"),
    Question.EQUALS: say("is exactly …"),
    Question.ONE_OF: say("is one of …"),
    Question.CONTAINS: say("contains one of …"),
    Question.RANGE: say("is a number from … to …"),
    Question.DOMAINS: say("lies at one of these domains …"),
    Question.KEYWORDS: say("has one of these whole words …"),
    Question.SENIORITY: say("is a job title of this rank …"),
    Question.FUNCTION: say("is a job title of this work …"),
    Question.WORK_EMAIL: say("is a work address: neither a free-mail nor a throw-away host"),
    Question.THROWAWAY_EMAIL: say("is an address at a throw-away host"),
}
EVENTS: Mapping[EventKind, str] = {kind: sentence for kind, (_, sentence) in SENTENCES.items()}
COUNTING: Mapping[EventKind, str] = {kind: words for kind, words in EVENTS.items() if kind not in NEVER_COUNTS}


@dataclass(frozen=True, slots=True)
class Choices:
    """By key, in words: the fields that are asked for anywhere, and the pages and magnets that there are."""

    fields: Mapping[str, str]
    pages: Mapping[str, str]
    magnets: Mapping[str, str]

    def field(self, key: str) -> str:
        """A field in words; one that no form has any more by its key."""
        return self.fields.get(key, key)


def offered() -> Choices:
    """What there is now. A fixed number of queries; a page is read once in the life of a process."""
    stands = pages.stands()
    _read(stands)
    fields: dict[str, str] = {**OWN}
    for stand in stands:
        offer = _offers[stand.digest]
        for key, label in offer.questions:
            fields.setdefault(key, label)
        fields |= _results(stand.magnet_slug, offer)
    return Choices(
        fields,
        {stand.slug: _offers[stand.digest].headline or stand.slug for stand in stands},
        {stand.magnet_slug: _offers[stand.digest].headline or stand.magnet_slug for stand in stands},
    )


@dataclass(frozen=True, slots=True)
class _Offer:
    """What rules may look at of a page, by what it says."""

    headline: str
    questions: tuple[tuple[str, str], ...]  # keys and labels of those that fill no field of the lead
    dimensions: tuple[tuple[str, str], ...] | None  # keys and titles; none: it is no assessment


_MOST_OFFERS = 10_000
_offers: dict[str, _Offer] = {}  # by digest


def _read(stands: Sequence[Stand]) -> None:
    if len(_offers) + len(stands) > _MOST_OFFERS:
        _offers.clear()
    fresh = {stand.version_id: stand.digest for stand in stands if stand.digest not in _offers}
    for version_id, told in pages.definitions(fresh).items() if fresh else ():
        asked = told.assessment
        _offers[fresh[version_id]] = _Offer(
            told.copy.headline,
            tuple((one.key, one.label) for one in told.fields if not one.fills and one.kind not in TICKED),
            tuple((one.key, one.title) for one in asked.dimensions) if asked else None,
        )


def _results(slug: str, offer: _Offer) -> dict[str, str]:
    """What the answers to an assessment come to, as fields: see `outcomes`."""
    if offer.dimensions is None:
        return {}
    title = offer.headline
    told: dict[str, str] = {
        f"{slug}.score": say("Score in “%(title)s”", title=title),
        f"{slug}.level": say("Level in “%(title)s”, by its key", title=title),
    }
    for key, dimension in offer.dimensions:
        told[f"{slug}.{key}"] = say("“%(dimension)s” in “%(title)s”", dimension=dimension, title=title)
    return told


def sentence(rule: FitRule | EngagementRule, rules: Rules, fields: Mapping[str, str]) -> str:
    """A rule as a sentence: what it looks at, how often, what is left of it, and what caps it."""
    parts = [condition(rule, fields)] if isinstance(rule, FitRule) else _engagement(rule)
    cap = rules.caps.get(rule.group)
    if cap and rule.points > 0:
        parts.append(
            say("with the others of “%(group)s” %(points)s at most", group=again(rule.group), points=_together(cap))
        )
    return Phrase(lambda language: "; ".join(said(part, language) for part in parts))


def worth(rule: FitRule | EngagementRule) -> str:
    """What a rule gives."""
    return rulewords.worth(rule)


def condition(rule: FitRule, fields: Mapping[str, str]) -> str:
    """What a fit rule asks: `“Job title” is filled in`."""
    field = fields.get(rule.when.field, rule.when.field)
    return say("“%(field)s” %(asked)s", field=field, asked=rulewords.asked(rule))


def _engagement(rule: EngagementRule) -> list[str]:
    act = EVENTS[EventKind(rule.event)] if rule.event in list(EventKind) else rule.event
    parts: list[str] = [say("%(act)s: %(counted)s", act=act, counted=rulewords.counted(rule))]
    if about := rulewords.about(rule):
        parts.append(say("only %(about)s", about=about))
    if rule.points > 0:
        parts.append(
            say_many("halves every %(num)s day", "halves every %(num)s days", rule.half_life)
            if rule.half_life
            else say("does not fade")
        )
    return parts


def _together(cap: Cap) -> str:
    points = say_many("%(num)s point", "%(num)s points", cap.points)
    if not cap.days:
        return points
    days = say_many("%(num)s day", "%(num)s days", cap.days)
    return say("%(points)s in %(days)s", points=points, days=days)
