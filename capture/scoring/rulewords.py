"""Rules as sentences: what one asks, counts and gives, and what is different between two sets of them."""

from collections.abc import Iterator, Mapping, Sequence

from capture.engagement.models import EventKind
from capture.engagement.timeline import SENTENCES
from capture.languages import Phrase, Value, again, said, say, say_many
from capture.scoring.conditions import Question
from capture.scoring.rules import EngagementRule, FitRule, Per, Rules, untitled
from capture.scoring.titles import RANKS, WORKS


def difference(before: Rules, after: Rules) -> list[str]:
    """What changed, a sentence each; empty where nothing did."""
    told: list[str] = []
    for name, old, new in (
        ("fit", before.fit_threshold, after.fit_threshold),
        ("engagement", before.engagement_threshold, after.engagement_threshold),
    ):
        if old != new:
            told.append(
                say("The fit threshold goes from %(old)s to %(new)s.", old=old, new=new)
                if name == "fit"
                else say("The engagement threshold goes from %(old)s to %(new)s.", old=old, new=new)
            )
    told += _rules_changed(before.fit, after.fit)
    told += _rules_changed(before.engagement, after.engagement)
    for group in sorted({*before.caps, *after.caps}):
        old_cap, new_cap = before.caps.get(group), after.caps.get(group)
        if old_cap != new_cap:
            told.append(
                say(
                    "The cap of “%(group)s” goes from %(old)s to %(new)s.",
                    group=again(group),
                    old=_cap(before, group),
                    new=_cap(after, group),
                )
            )
    return told


def counted(rule: EngagementRule) -> str:
    """How often a rule counts: "once for each page in 30 days"."""
    if rule.at_most is None:
        often = say("every time")
    else:
        often = say("once") if rule.at_most == 1 else say("%(number)s times", number=rule.at_most)
    each = {
        Per.PAGE: say("%(often)s for each page", often=often),
        Per.MAGNET: say("%(often)s for each magnet", often=often),
    }
    told = each.get(rule.per, often)
    return say_many("%(told)s in %(num)s day", "%(told)s in %(num)s days", rule.days, told=told) if rule.days else told


def asked(rule: FitRule) -> str:
    """What a fit rule asks, in words: "is 50 to 999"."""
    when = rule.when
    values = ", ".join(when.values)
    between = {
        (False, False): say("has a number"),
        (True, False): say("is %(low)s or more", low=_number(when.low)),
        (False, True): say("is %(high)s or less", high=_number(when.high)),
        (True, True): say("is %(low)s to %(high)s", low=_number(when.low), high=_number(when.high)),
    }[when.low is not None, when.high is not None]
    return {
        Question.KNOWN: say("is filled in"),
        Question.EQUALS: say("is %(values)s", values=values),
        Question.ONE_OF: say("is one of %(values)s", values=values),
        Question.CONTAINS: say("contains %(values)s", values=values),
        Question.RANGE: between,
        Question.DOMAINS: say("lies at %(values)s", values=values),
        Question.KEYWORDS: say("has the word %(values)s", values=values),
        Question.SENIORITY: say("speaks of this rank: %(values)s", values=_any_of(when.values, RANKS)),
        Question.FUNCTION: say("speaks of this work: %(values)s", values=_any_of(when.values, WORKS)),
        Question.WORK_EMAIL: say("is at work: neither a free-mail nor a throw-away host"),
        Question.THROWAWAY_EMAIL: say("is at a throw-away host"),
    }[when.asks]


def _any_of(values: Sequence[str], words: Mapping[str, str]) -> str:
    return Phrase(lambda language: language.any_of([said(words.get(value, value), language) for value in values]))


def about(rule: EngagementRule) -> str:
    """What an engagement rule is narrowed to; empty where it is about anything."""
    parts = (
        (say("page"), rule.pages),
        (say("magnet"), rule.magnets),
        (say("kind"), rule.magnet_kinds),
        (say("section"), rule.sections),
        (say("campaign"), rule.campaigns),
    )
    told = [(name, values) for name, values in parts if values]
    return Phrase(
        lambda language: "; ".join(f"{name.said(language)} {language.any_of(values)}" for name, values in told)
    )


def _rules_changed(
    before: Sequence[FitRule] | Sequence[EngagementRule], after: Sequence[FitRule] | Sequence[EngagementRule]
) -> Iterator[str]:
    old, new = ({rule.key: rule for rule in rules} for rules in (before, after))
    for key, rule in old.items():
        if key not in new:
            yield say("Gone: “%(rule)s” (%(worth)s).", rule=_because(rule), worth=worth(rule))
    for key, rule in new.items():
        if key not in old:
            yield say("New: “%(rule)s” (%(worth)s).", rule=_because(rule), worth=worth(rule))
        elif old[key] != rule:
            yield _changed(old[key], rule)
    kept = [key for key in old if key in new]
    if kept != [key for key in new if key in old]:
        yield say("Rules stand in another order: where a group has a cap, the first count first.")


def worth(rule: FitRule | EngagementRule) -> str:
    """What a rule gives: "+15", or "disqualifies"."""
    return say("disqualifies") if isinstance(rule, FitRule) and rule.disqualifies else _points(rule)


def _changed(old: FitRule | EngagementRule, new: FitRule | EngagementRule) -> str:
    parts: list[str] = []
    if worth(old) != worth(new):
        parts.append(say("%(old)s becomes %(new)s", old=worth(old), new=worth(new)))
    if isinstance(old, FitRule) and isinstance(new, FitRule) and old.when != new.when:
        parts.append(
            say(
                "“%(field)s %(asked)s” becomes “%(new_field)s %(now_asked)s”",
                field=old.when.field,
                asked=asked(old),
                new_field=new.when.field,
                now_asked=asked(new),
            )
        )
    if isinstance(old, EngagementRule) and isinstance(new, EngagementRule):
        if counted(old) != counted(new):
            parts.append(say("%(old)s becomes %(new)s", old=counted(old), new=counted(new)))
        if old.half_life != new.half_life:
            parts.append(
                say("the half-life goes from %(old)s to %(new)s", old=_days(old.half_life), new=_days(new.half_life))
            )
        if (old.event, about(old)) != (new.event, about(new)):
            parts.append(say("“%(old)s” becomes “%(new)s”", old=_looks_at(old), new=_looks_at(new)))
    if old.group != new.group:
        parts.append(say("its group goes from %(old)s to %(new)s", old=_group(old), new=_group(new)))
    if old.because != new.because:
        parts.append(say("it now says “%(words)s”", words=new.because))
    because = _because(old)
    return Phrase(
        lambda language: language.gettext(
            "“%(rule)s”: %(changes)s.",
            rule=said(because, language),
            changes=", ".join(said(part, language) for part in parts),
        )
    )


def _looks_at(rule: EngagementRule) -> str:
    """An act, and what it is narrowed to."""
    act = SENTENCES[EventKind(rule.event)][1] if rule.event in list(EventKind) else rule.event
    narrowed = about(rule)
    return Phrase(lambda language: "; ".join(filter(None, (said(act, language), said(narrowed, language)))))


def _because(rule: FitRule | EngagementRule) -> str:
    return again(untitled(rule.because))


def _group(rule: FitRule | EngagementRule) -> str:
    return again(rule.group) if rule.group else say("none")


def _cap(rules: Rules, group: str) -> str:
    cap = rules.caps.get(group)
    if cap is None:
        return say("none")
    return (
        say_many("%(points)s in %(num)s day", "%(points)s in %(num)s days", cap.days, points=cap.points)
        if cap.days
        else str(cap.points)
    )


def _days(half_life: int | None) -> str:
    return say("none") if half_life is None else say_many("%(num)s day", "%(num)s days", half_life)


def _points(rule: FitRule | EngagementRule) -> str:
    return Phrase(lambda language: language.signed(rule.points))


def _number(value: float | None) -> Value:
    return lambda language: "" if value is None else language.exact(value)
