"""Rules as a text file: written, and read with every fault in plain words."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields, replace
from itertools import chain
from types import MappingProxyType
from typing import cast

import tomlkit
from tomlkit.exceptions import (
    EmptyKeyError,
    InvalidCharInStringError,
    InvalidControlChar,
    InvalidDateError,
    InvalidNumberError,
    ParseError,
    UnexpectedEofError,
)

from capture.attribution import patterns
from capture.engagement.models import EventKind
from capture.errors import RulesRefused
from capture.languages import Phrase, again, capitalised, numeral, said, say
from capture.pages.fields import LEAD_FIELDS
from capture.scoring import carried
from capture.scoring import rules as rule_sets
from capture.scoring.conditions import Question
from capture.scoring.rules import (
    SHORTEST_HALF_LIFE,
    STRUCK,
    EngagementRule,
    FitRule,
    Json,
    Per,
    Rules,
    untitled,
)
from capture.scoring.titles import Function, Seniority

LARGEST = 200_000  # characters of a file
MOST_RULES = 200
MOST_POINTS = 1_000
MOST_UNDER_CAP = 100_000
MOST_DAYS = 10_000  # also how often a rule counts at most

_HEADING = (
    "The scoring rules of this installation. An MQL has fit and engagement both at or over their thresholds.",
    "Read it back with: lodestone score rules import FILE",
)
_LARGEST_NUMBER = 10**15  # that an answer is held against
_LISTED = (Question.EQUALS, Question.ONE_OF, Question.CONTAINS, Question.DOMAINS, Question.KEYWORDS)
_NAMED: Mapping[Question, Sequence[str]] = {Question.SENIORITY: list(Seniority), Question.FUNCTION: list(Function)}
_CONSENTS = ("consent", "marketing_email", "marketing_phone", "tracking", "permission", "opt_in", "newsletter")
_OF = "campaigns"
_SETS = ("fit_threshold", "engagement_threshold", "fit", "engagement", "caps")
FIT_KEYS = ("key", "because", "points", "asks", "field", "values", "low", "high", "group", "disqualifies")
ENGAGEMENT_KEYS = tuple(field.name for field in fields(EngagementRule))
CAP_KEYS = ("points", "days")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the rules that a person should know. One that `stops` must be mended first.

    `of` is fit or engagement and the number of the rule, or caps and a group; `value` the key of what is wrong.
    """

    place: str
    message: str
    stops: bool = True
    of: tuple[str, int | str] = ("", 0)
    value: str = ""

    @property
    def path(self) -> tuple[str | int, ...]:
        """The way to the value: fit, the number of the rule and the key, or the name of a threshold alone."""
        return (*self.of, self.value) if self.of[0] else (self.value,)

    def __str__(self) -> str:
        return Phrase(lambda language: f"{said(self.place, language)}: {said(self.message, language)}")


def write(rules: Rules) -> str:
    """The rules as TOML."""
    document = tomlkit.document()
    for line in _HEADING:
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    stored = rule_sets.to_json(rules)
    for name in ("fit_threshold", "engagement_threshold"):
        document.add(name, tomlkit.item(stored[name]))
    for name in ("caps", "fit", "engagement"):
        if stored[name]:
            document.add(name, tomlkit.item(stored[name]))
    return tomlkit.dumps(document)


def read(text: str, *, permissions: Collection[str] = ()) -> Rules:
    """The rules of a file. `permissions` are keys of boxes on pages. Raises RulesRefused with every fault."""
    if len(text) > LARGEST:
        raise RulesRefused([say("The file is larger than %(largest)s characters.", largest=numeral(LARGEST))])
    try:
        table = tomlkit.parse(text).unwrap()
    except ParseError as fault:
        raise RulesRefused(
            [say("This is no TOML at line %(line)s: %(why)s.", line=fault.line, why=_why(fault))]
        ) from None
    return of_table(table, text=text, permissions=permissions)


def of_table(table: Mapping[str, object], *, text: str = "", permissions: Collection[str] = ()) -> Rules:
    """The rules of a table as a form, or the file `text`, has it. Raises RulesRefused with every fault."""
    faults = list(_faults(table, {*_CONSENTS, *permissions}.difference(LEAD_FIELDS, ("email",))))
    if faults:
        lines = _Lines(text)
        told = [lines.said(finding) if text else _of_form(finding, table) for finding in faults]
        raise RulesRefused(told, _by_value(faults))
    try:
        rules = rule_sets.from_json(cast("Mapping[str, Json]", table))
    except KeyError as missing:
        raise RulesRefused([say("The rules do not say “%(name)s”.", name=str(missing.args[0]))]) from None
    except (TypeError, ValueError):
        raise RulesRefused([say("The rules hold a value that does not fit where it stands.")]) from None
    stopping = [finding for finding in check(rules) if finding.stops]
    if stopping:
        told = [str(finding) if text else capitalised(str(finding)) for finding in stopping]
        raise RulesRefused(told, _by_value(stopping))
    return rules


def _why(fault: ParseError) -> str:
    """What is wrong with TOML, in our words: those of its reader are English, with the reader's own quotation marks."""
    if twice := re.search(r'Key "(.*)" already exists', str(fault)):
        return say("“%(name)s” stands there twice", name=twice[1])
    return next((why for kind, why in _NO_TOML.items() if isinstance(fault, kind)), _NOT_TOML)


_NOT_TOML = say("something is missing here, or does not belong here")
_NO_TOML: Mapping[type[ParseError], str] = MappingProxyType(
    {
        EmptyKeyError: say("there is no name before the “=”"),
        UnexpectedEofError: say("the file ends before this is complete"),
        InvalidNumberError: say("this is not a number"),
        InvalidDateError: say("this is not a date"),
        InvalidCharInStringError: say("a text holds a character that has to be written otherwise"),
        InvalidControlChar: say("a text is never closed, or holds a line break"),
    }
)


def _by_value(findings: Sequence[Finding]) -> dict[tuple[str | int, ...], str]:
    return {one.path: capitalised(one.message) for one in reversed(findings) if one.value}


def check(rules: Rules) -> list[Finding]:
    """What a set of rules does that its author may not have meant."""
    return [*_unreachable(rules), *_never(rules), *_groups(rules)]


# --- faults ---------------------------------------------------------------------------------------------------------


def _faults(table: Mapping[str, object], permissions: Set[str]) -> Iterator[Finding]:
    for name in sorted(set(table) - set(_SETS)):
        yield Finding(name, say("is not known here. A rule set has %(sets)s.", sets=", ".join(_SETS)))
    for name in ("fit_threshold", "engagement_threshold"):
        if not _is_whole(table.get(name)) or not 0 <= cast(int, table[name]) <= MOST_POINTS:
            told = say("must be a whole number from 0 to %(most_points)s.", most_points=numeral(MOST_POINTS))
            yield Finding(name, told, value=name)
    seen: set[str] = set()
    for axis in ("fit", "engagement"):
        rules = table.get(axis, [])
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            yield Finding(axis, say("must be a list of rules: write [[%(axis)s]] before each.", axis=axis))
            continue
        if len(rules) > MOST_RULES:
            yield Finding(axis, say("has more than %(most_rules)s rules.", most_rules=MOST_RULES))
            continue
        for number, rule in enumerate(rules, 1):
            key = str(rule.get("key", ""))
            place = (
                say("%(axis)s rule “%(key)s”", axis=axis, key=key)
                if key
                else say("%(axis)s rule %(number)s", axis=axis, number=number)
            )
            of = (axis, number)
            if key in seen:
                yield Finding(place, say("has the key of another rule. Give each its own."), of=of)
            seen.add(key)
            faults = _fit_faults(place, rule, permissions) if axis == "fit" else _engagement_faults(place, rule)
            known = FIT_KEYS if axis == "fit" else ENGAGEMENT_KEYS
            yield from (replace(fault, of=of) for fault in chain(_common(place, rule, known), faults))
    yield from _cap_faults(table.get("caps", {}))


def _of_form(finding: Finding, table: Mapping[str, object]) -> str:
    """The fault, with its rule called by its sentence: forms show no keys."""
    kind, which = finding.of
    place = _THRESHOLDS.get(finding.value.removesuffix("_threshold"), finding.place)
    if kind in ("fit", "engagement"):
        rule = cast("Sequence[Mapping[str, object]]", table[kind])[int(which) - 1]
        if because := str(rule.get("because") or ""):
            place = say("Rule “%(rule)s”", rule=again(untitled(because)))
    return capitalised(str(replace(finding, place=place)))


class _Lines:
    """A file, line by line."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._known: dict[int, dict[str, int]] = {}

    def said(self, finding: Finding) -> str:
        """The fault, and in which line of the file it is: that of the value which it names, or of the rule."""
        kind, which = finding.of
        header = rf"\s*\[\[{kind}\]\]" if kind != "caps" else rf"\s*\[caps\.[\"']?{re.escape(str(which))}[\"']?\]"
        found = [number for number, line in enumerate(self._lines) if re.match(header, line)] if kind else []
        place = int(which) - 1 if isinstance(which, int) else 0
        if kind and place >= len(found):
            return str(finding)  # written in another way than one under the other
        start = found[place] if kind else 0
        said_of, keys = re.findall(r"\w+", f"{finding.place if not kind else ''} {finding.message}"), self._keys(start)
        line = next((keys[word] for word in said_of if word in keys), start if kind else None)
        return str(finding) if line is None else say("Line %(line)s: %(fault)s", line=line + 1, fault=str(finding))

    def _keys(self, start: int) -> Mapping[str, int]:
        """In which line each key stands of those between this one and the next header."""
        if start not in self._known:
            lines = self._lines
            end = next((n for n in range(start + 1, len(lines)) if lines[n].lstrip().startswith("[")), len(lines))
            written = reversed([*enumerate(lines[start:end], start)])
            self._known[start] = {line.partition("=")[0].strip(): n for n, line in written if "=" in line}
        return self._known[start]


def _common(place: str, rule: Mapping[str, object], known: Sequence[str]) -> Iterator[Finding]:
    for name in sorted(set(rule) - set(known)):
        yield Finding(place, say("says “%(name)s”, which is not known here.", name=name))
    for name, hint in (
        ("key", say("a short name without spaces")),
        ("because", say("the sentence that explains its points")),
    ):
        if not isinstance(rule.get(name), str) or not str(rule[name]).strip():
            yield Finding(place, say("needs “%(name)s”: %(hint)s.", name=name, hint=hint), value=name)
    if len(str(rule.get("key", ""))) > 100 or any(letter.isspace() for letter in str(rule.get("key", ""))):
        yield Finding(place, say("has a key with spaces or of more than 100 characters."))
    for name in (name for name, value in rule.items() if not _can_be_kept(value)):
        yield Finding(place, say("“%(name)s” holds a character that cannot be kept.", name=name), value=name)
    if rule.get("key") == STRUCK:
        yield Finding(place, say("has a key that the ledger keeps for itself. Give it another."), value="key")
    for name in ("field", "group"):
        if not isinstance(rule.get(name, ""), str):
            yield Finding(place, say("“%(name)s” must be a text.", name=name), value=name)
    if not isinstance(rule.get("disqualifies", False), bool):
        yield Finding(place, say("“%(name)s” must be true, or left out.", name="disqualifies"), value="disqualifies")
    points = rule.get("points")
    if rule.get("disqualifies") is True:
        if points not in (None, 0):
            told = say("disqualifies, and therefore gives no points. Leave the points out.")
            yield Finding(place, told, value="points")
    elif not _is_whole(points) or not 0 < abs(cast(int, points)) <= MOST_POINTS:
        most = numeral(MOST_POINTS)
        told = say("needs points: a whole number that is not 0, at most %(most_points)s.", most_points=most)
        yield Finding(place, told, value="points")
    for name in ("values", "pages", "magnets", "magnet_kinds", "sections", "campaigns"):
        listed = rule.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            yield Finding(place, say("“%(name)s” must be a list of texts.", name=name), value=name)
        elif not all(one.strip() for one in listed):
            yield Finding(place, say("“%(name)s” holds a text with nothing in it.", name=name), value=name)
        elif name == _OF:
            yield from _campaign_faults(place, listed)


def _campaign_faults(place: str, listed: Sequence[str]) -> Iterator[Finding]:
    most, longest = patterns.MOST, patterns.LONGEST
    if len(listed) > most or any(len(one) > longest for one in listed):
        told = say("“%(name)s” takes %(most)s texts of %(longest)s characters.", name=_OF, most=most, longest=longest)
        yield Finding(place, told, value=_OF)
    if any(map(patterns.takes_everything, listed)):
        told = say("“%(name)s” holds a lone *, which takes everything. Leave them out where any will do.", name=_OF)
        yield Finding(place, told, value=_OF)


def _fit_faults(place: str, rule: Mapping[str, object], permissions: Set[str]) -> Iterator[Finding]:
    field = str(rule.get("field", ""))
    if not field:
        yield Finding(place, say("needs “field”: which answer it looks at."), value="field")
    if field in permissions:
        told = say("looks at a permission. Whether one may write or call says nothing about fit; it is kept apart.")
        yield Finding(place, told, value="field")
    if rule.get("asks") not in list(Question):
        yield Finding(place, say("needs “asks”: one of %(questions)s.", questions=", ".join(Question)), value="asks")
        return
    asks = Question(str(rule["asks"]))
    values = rule.get("values") or []
    if asks in _LISTED and not values:
        yield Finding(place, say("needs “values”: what is looked for."), value="values")
    if asks is Question.EQUALS and isinstance(values, list) and len(values) > 1:
        told = say("“values” must be one text alone. Where several are meant, ask “one_of”.")
        yield Finding(place, told, value="values")
    looked_at = ("values",) if asks in {*_LISTED, *_NAMED} else ("low", "high") if asks is Question.RANGE else ()
    for name in ("values", "low", "high"):
        if name not in looked_at and rule.get(name) not in (None, []):
            told = say("says “%(name)s”, at which “%(asks)s” does not look.", name=name, asks=asks)
            yield Finding(place, told, value=name)
    if asks in _NAMED and (not values or not all(one in _NAMED[asks] for one in cast("list[object]", values))):
        told = say("needs “values” out of %(named)s.", named=", ".join(_NAMED[asks]))
        yield Finding(place, told, value="values")
    low, high = rule.get("low"), rule.get("high")
    if strange := [name for name, one in (("low", low), ("high", high)) if one is not None and not _is_number(one)]:
        yield Finding(place, say("“low” and “high” must be numbers."), value=strange[0])
    elif asks is Question.RANGE and low is None and high is None:
        yield Finding(place, say("needs “low” or “high”, or both."), value="low")
    elif low is not None and high is not None and cast(float, low) > cast(float, high):
        yield Finding(place, say("has a “low” over its “high”: nothing lies between."), value="high")


def _engagement_faults(place: str, rule: Mapping[str, object]) -> Iterator[Finding]:
    if rule.get("event") not in list(EventKind):
        yield Finding(place, say("needs “event”: one of %(events)s.", events=", ".join(EventKind)), value="event")
    if rule.get("per", "lead") not in list(Per):
        yield Finding(place, say("“per” must be one of %(per)s.", per=", ".join(Per)), value="per")
    most = numeral(MOST_DAYS)
    for name, least in (("at_most", 1), ("days", 1), ("half_life", SHORTEST_HALF_LIFE)):
        value = rule.get(name)
        if value is not None and (not _is_whole(value) or not least <= cast(int, value) <= MOST_DAYS):
            told = (
                say("“%(name)s” must be a whole number from %(least)s to %(most)s.", name=name, least=least, most=most)
                if name == "at_most"
                else say(
                    "“%(name)s” must be a whole number of days, from %(least)s to %(most)s.",
                    name=name,
                    least=least,
                    most=most,
                )
            )
            yield Finding(place, told, value=name)
    if rule.get("days") is not None and rule.get("at_most") is None:
        told = say("counts every time, so that a span of days means nothing. Say how often with “at_most”.")
        yield Finding(place, told, value="at_most")


def _cap_faults(caps: object) -> Iterator[Finding]:
    if not isinstance(caps, dict):
        yield Finding("caps", say("must be a table: write [caps.NAME] before each."))
        return
    for group, cap in caps.items():
        points, days = (cap.get("points"), cap.get("days")) if isinstance(cap, dict) else (None, None)
        place, of = say("cap “%(group)s”", group=again(str(group))), ("caps", str(group))
        if not group.strip() or not _can_be_kept(group):
            yield Finding(place, say("needs the name of a group."), of=of)
        for name in sorted(set(cap) - set(CAP_KEYS)) if isinstance(cap, dict) else ():
            yield Finding(place, say("says “%(name)s”, which is not known here.", name=name), of=of)
        if not _is_whole(points) or not 1 <= cast(int, points) <= MOST_UNDER_CAP:
            told = say("needs points: a whole number from 1 to %(most)s.", most=numeral(MOST_UNDER_CAP))
            yield Finding(place, told, of=of, value="points")
        if days is not None and (not _is_whole(days) or not 1 <= cast(int, days) <= MOST_DAYS):
            told = say("“days” must be a whole number from 1 to %(most)s, or left out.", most=numeral(MOST_DAYS))
            yield Finding(place, told, of=of, value="days")


_THRESHOLDS = {"fit": say("fit threshold"), "engagement": say("engagement threshold")}


def _unreachable(rules: Rules) -> Iterator[Finding]:
    for name, threshold, all_rules in (
        ("fit", rules.fit_threshold, rules.fit),
        ("engagement", rules.engagement_threshold, rules.engagement),
    ):
        most = _most(rules, all_rules)
        if most is not None and most < threshold:
            yield Finding(
                _THRESHOLDS[name],
                say(
                    "is %(threshold)s, but all rules together give %(most)s at most: nobody gets there.",
                    threshold=threshold,
                    most=most,
                ),
                value=f"{name}_threshold",
            )
        if threshold == 0:
            yield Finding(
                _THRESHOLDS[name],
                say("is 0: everybody reaches it, whatever the %(name)s.", name=name),
                stops=False,
            )


def _most(rules: Rules, some: Sequence[FitRule | EngagementRule]) -> int | None:
    """The most points that these rules can give; None where there is no end."""
    groups: dict[str, int] = {}
    total = 0
    for rule in some:
        cap = rules.caps.get(rule.group)
        is_endless = isinstance(rule, EngagementRule) and (rule.at_most != 1 or rule.days or rule.per is not Per.LEAD)
        if rule.points <= 0:
            continue
        if isinstance(rule, EngagementRule) and cap and cap.days:
            cap = None  # after these days there is room again
        if is_endless and cap is None:
            return None
        if cap is None:
            total += rule.points
        else:
            groups[rule.group] = min(
                cap.points, groups.get(rule.group, 0) + (cap.points if is_endless else rule.points)
            )
    return total + sum(groups.values())


def _never(rules: Rules) -> Iterator[Finding]:
    """Rules that look for what their event never has."""
    for number, rule in enumerate(rules.engagement, 1):
        place, of = say("%(axis)s rule “%(key)s”", axis="engagement", key=rule.key), ("engagement", number)
        if rule.event in carried.NEVER_COUNTS:
            told = say("can never count: another person opens a link that was passed on. Choose another “event”.")
            yield Finding(place, told, of=of, value="event")
        for name in carried.never_held(rule):
            told = (
                say("“per” counts for each of something that “event” never has: it would be once for each lead.")
                if name == "per"
                else say("“%(name)s” narrows to what “event” never has: the rule would never count.", name=name)
            )
            yield Finding(place, told, of=of, value=name)


def _groups(rules: Rules) -> Iterator[Finding]:
    used = {rule.group for rule in rules.fit} | {rule.group for rule in rules.engagement}
    for group in sorted(set(rules.caps) - used):
        yield Finding(
            say("cap “%(group)s”", group=again(group)), say("is of no rule: it changes nothing."), stops=False
        )
    for group in sorted(used - set(rules.caps) - {""}):
        yield Finding(
            say("group “%(group)s”", group=again(group)),
            say("has no cap: its rules count as if they had no group."),
            stops=False,
        )


def _can_be_kept(value: object) -> bool:
    """Whether databases and files take what is written here: no NUL, and no half of a character."""
    texts = value if isinstance(value, list) else [value]
    return not any("\0" in text or re.search("[\ud800-\udfff]", text) for text in texts if isinstance(text, str))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST_NUMBER
