"""One rule of the draft as a form: what it looks at, what it gives, and the sentence that explains it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock, languages
from capture.accounts.models import Role
from capture.attribution import campaigns, patterns
from capture.catalogue.models import MagnetKind
from capture.engagement.models import EventKind
from capture.engagement.timeline import SENTENCES
from capture.errors import RulesChanged, RulesRefused
from capture.journey import rules as rules_journey
from capture.languages import Phrase, said, say
from capture.leads import leads, persons
from capture.reports import campaigns as campaign_reports
from capture.scoring import carried, choices, editing, rulesets, scores, titles
from capture.scoring import rules as rule_sets
from capture.scoring.conditions import Question
from capture.scoring.editing import Table
from capture.scoring.models import Axis
from capture.scoring.rules import TITLE, Json, Per
from capture.scoring.scores import Trial
from capture.web.current import settings
from capture.web.studio.access import actor, only

bp = Blueprint("ruling", __name__, url_prefix="/studio/scoring/draft/rule")

TEMPLATE = "studio/scoring_rule.html"
LISTS = (Question.EQUALS, Question.ONE_OF, Question.CONTAINS, Question.DOMAINS, Question.KEYWORDS)
PER: dict[str, str] = {
    Per.LEAD: say("in all"),
    Per.PAGE: say("for each page"),
    Per.MAGNET: say("for each magnet"),
}
_NEW: dict[str, Table] = {
    "fit": {"asks": Question.KNOWN.value, "field": "job_title", "points": 10},
    "engagement": {"event": EventKind.FORM_SUBMITTED.value, "points": 10, "at_most": 1, "days": 30, "half_life": 30},
}


@bp.get("/")
@only(Role.MARKETER)
def rule() -> ResponseReturnValue:
    """A rule of the draft by its key, or a new one of an axis."""
    table, revision = rulesets.worked_on(at=clock.now())
    axis, key, known = _asked_for(table)
    return _shown(axis, key, known, table, revision)


@bp.post("/")
@only(Role.MARKETER)
def save() -> ResponseReturnValue:
    """Put the rule into the draft; a fault is said in words, and what was typed stays."""
    table, _ = rulesets.worked_on(at=clock.now())
    axis, key, known = _asked_for(table)
    revision = request.form.get("revision", 0, type=int)
    typed = _fit() if axis == "fit" else _engagement(known)
    because = typed["because"] or _explained(axis, typed) or "…"  # nothing explains a rule in which more is wrong
    told: Table = {name: value for name, value in {**typed, "because": because}.items() if value not in (None, "", [])}
    changed = deepcopy(table)  # what stands is shown again where this is refused
    editing.put(changed, axis, told, key=key)
    try:
        rules_journey.draft(changed, revision, actor=actor(), at=clock.now())
    except RulesRefused as refused:
        beside = dict(_beside(axis, typed, refused))
        faults = [spoken(fault) for fault in refused.faults]
        return _shown(axis, key, typed, table, revision, faults=faults, beside=beside), 422
    except RulesChanged as refused:
        return _shown(axis, key, typed, table, revision, faults=[str(refused)]), 409
    return redirect(url_for("scoring.edit", kept=1, _anchor=axis), 303)


@bp.get("/try")
@only(Role.MARKETER)
def trial() -> ResponseReturnValue:
    """What a person would have under the draft, beside the rules in force."""
    typed = " ".join(request.args.get("person", "").split())[:320]
    lead_id = persons.find(typed) if typed else None
    if lead_id is None:
        refusal = say("There is no lead of this address.") if typed else ""
        return render_template("studio/scoring_trial.html", typed=typed, refusal=refusal), 404 if typed else 200
    lead, at, draft = leads.by_id(lead_id), clock.now(), rulesets.draft()
    sets = [(say("In force"), rulesets.in_force(at=at).rules)] + ([(say("Draft"), draft.rules)] if draft else [])
    trials = [(name, scores.tried(lead, rules, at=at)) for name, rules in sets]
    return render_template(
        "studio/scoring_trial.html", typed=typed, refusal="", lead=lead, trials=trials, lines=_lines_of(trials)
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A reason for points, and what is left of them under each set of rules; None: it gives none."""

    because: str
    at: datetime | None
    bars: bool
    points: tuple[float | None, ...]


def _lines_of(trials: Sequence[tuple[str, Trial]]) -> list[Line]:
    found: dict[tuple[Axis, str, datetime | None], list[float | None]] = {}
    for number, (_, trial) in enumerate(trials):
        for one, left in zip(trial.reasons, scores.shown(trial.score, trial.reasons), strict=True):
            when = one.occurred_at if one.axis is Axis.ENGAGEMENT else None
            points = found.setdefault((one.axis, one.because, when), [None] * len(trials))
            points[number] = (points[number] or 0.0) + left
    return [Line(because, when, axis is Axis.BAR, tuple(points)) for (axis, because, when), points in found.items()]


def _asked_for(table: Table) -> tuple[str, str, Table]:
    """The axis, the key and the rule that the address is about; no key: a new one."""
    key, axis = request.args.get("key", ""), request.args.get("axis", "fit")
    if not key:
        return (axis, "", dict(_NEW[axis])) if axis in editing.AXES else abort(404)
    return (found[0], key, found[1]) if (found := editing.find(table, key)) else abort(404)


_TICKED = {Question.SENIORITY.value: "ranks", Question.FUNCTION.value: "works"}

# As the controls are called whose keys stand in what is said of a text file.
LABELS: Mapping[str, str] = {
    "field": say("Field"),
    "asks": say("Condition"),
    "values": say("What is looked for"),
    "one_of": choices.QUESTIONS[Question.ONE_OF],
    "low": say("From"),
    "high": say("To"),
    "event": say("What was done"),
    "at_most": say("Times"),
    "per": say("Counted"),
    "days": say("In any span of days"),
    "half_life": say("Halves every … days"),
    "pages": say("Pages"),
    "magnets": say("Magnets"),
    "magnet_kinds": say("Kinds of magnet"),
    "sections": say("Sections"),
    "campaigns": say("Campaigns"),
    "because": say("The sentence that explains the points"),
}
_CALLED = re.compile(rf"(?<=[“„])({'|'.join(LABELS)})(?=[”“])")


def spoken(words: str) -> Phrase:
    """What is said of a text file, with its keys called as the forms call them."""
    return Phrase(lambda language: _CALLED.sub(lambda key: said(LABELS[key[1]], language), said(words, language)))


def _beside(axis: str, typed: Table, refused: RulesRefused) -> Iterator[tuple[str, str]]:
    """What is wrong with the rule that was typed, by the control: the draft that it came into had no fault."""
    ticked = _TICKED.get(str(typed.get("asks")))
    for path, words in refused.values.items():
        if path[0] == axis:
            name = str(path[-1])
            yield (ticked, say("Choose at least one.")) if ticked and name == "values" else (name, spoken(words))


def _shown(
    axis: str,
    key: str,
    known: Table,
    table: Table,
    revision: int,
    *,
    faults: Sequence[str] = (),
    beside: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The form of a rule; `beside` is what is wrong with it, by the control."""
    offered = choices.offered()
    groups = {str(one["group"]) for name in editing.AXES for one in editing.rules_of(table, name) if one.get("group")}
    caps = table.get("caps")
    return render_template(
        TEMPLATE,
        axis=axis,
        key=key,
        rule=known,
        revision=revision,
        faults=faults,
        beside=beside,
        fields=_with(offered.fields, known.get("field")),
        questions=choices.QUESTIONS,
        lists=LISTS,
        ranks=titles.RANKS,
        works=titles.WORKS,
        events={**choices.COUNTING, **_in_the_rule(known)},
        lacking=carried.lacking,
        pages=_with(offered.pages, *_listed(known, "pages")),
        magnets=_with(offered.magnets, *_listed(known, "magnets")),
        campaigns=_campaigns(_listed(known, "campaigns")) if axis == "engagement" else None,
        kinds=list(MagnetKind),
        per=PER,
        groups=sorted(groups | set(caps if isinstance(caps, dict) else {})),
        often="every" if known.get("at_most") is None else "once" if known["at_most"] == 1 else "most",
    )


@dataclass(frozen=True, slots=True)
class Known:
    """A campaign for a rule: one of the team's, or a value that came and that none of them takes."""

    name: str
    patterns: Sequence[str]
    is_chosen: bool
    visits: int | None = None  # that carried it; None: the team's own


@dataclass(frozen=True, slots=True)
class Offered:
    """The campaigns that are offered, and what else stands in the rule."""

    listed: Sequence[Known]
    others: Sequence[str]


def _campaigns(chosen: Sequence[Json]) -> Offered:
    """Chosen is a campaign of which the rule has every name."""
    wanted = {patterns.normal(str(one)) for one in chosen}
    named = campaigns.aliases().by_name()
    came = campaign_reports.unmatched(settings().zone)
    known = [
        *(Known(name, some, wanted.issuperset(some)) for name, some in named.items()),
        *(Known(one.raw, [one.raw], patterns.normal(one.raw) in wanted, one.visits) for one in came if one.visits),
    ]
    ticked = {patterns.normal(one) for each in known if each.is_chosen for one in each.patterns}
    return Offered(known, [str(one) for one in chosen if patterns.normal(str(one)) not in ticked])


def _in_the_rule(known: Table) -> dict[EventKind, str]:
    """What the rule looks for, also where it can never count."""
    event = known.get("event")
    return {EventKind(str(event)): choices.EVENTS[EventKind(str(event))]} if event in list(EventKind) else {}


def _with(offered: Mapping[str, str], *keys: Json) -> dict[str, str]:
    """What is offered, and what stands in the rule though nobody offers it any more."""
    return {**{str(key): str(key) for key in keys if key}, **offered}


def _listed(known: Table, name: str) -> list[Json]:
    listed = known.get(name)
    return listed if isinstance(listed, list) else []


# --- what was typed -------------------------------------------------------------------------------------------------


def _fit() -> Table:
    form, asks = request.form, request.form.get("asks", "")
    values: list[Json] = []
    if asks in LISTS:
        values = _lines("values")
    elif asks in (Question.SENIORITY, Question.FUNCTION):
        values = [*form.getlist("ranks" if asks == Question.SENIORITY else "works")]
    is_range = asks == Question.RANGE
    return {
        **_common(),
        "asks": asks,
        "field": form.get("other_field", "").strip() or form.get("field", ""),
        "values": values,
        "low": _number("low") if is_range else None,
        "high": _number("high") if is_range else None,
    }


def _engagement(known: Table) -> Table:
    form, often = request.form, request.form.get("often")
    counted = often in ("once", "most")
    return {
        **_common(),
        "event": form.get("event", ""),
        **{name: _as_it_stood(known, name, form.getlist(name)) for name in ("pages", "magnets", "magnet_kinds")},
        "sections": _lines("sections"),
        "campaigns": _as_it_stood(known, "campaigns", _typed("known_campaigns", "campaigns")),
        "at_most": 1 if often == "once" else _number("at_most") if often == "most" else None,
        "days": _number("days") if counted else None,
        "per": form.get("per", "") if counted and form.get("per") != Per.LEAD else None,
        "half_life": _number("half_life"),
    }


def _as_it_stood(known: Table, name: str, typed: Iterable[str]) -> list[Json]:
    """What was chosen, in the order and the spelling of the rule: a rule that was only looked at does not change."""
    chosen = {patterns.normal(one): one for one in typed}
    stood = [one for one in _listed(known, name) if patterns.normal(str(one)) in chosen]
    return [*stood, *(one for key, one in chosen.items() if key not in {patterns.normal(str(one)) for one in stood})]


def _common() -> Table:
    form = request.form
    because, bars = " ".join(form.get("because", "").split()), form.get("gives") == "bars"
    return {
        "because": because,
        "points": None if bars else _number("points"),
        "disqualifies": bars or None,
        "group": " ".join(form.get("group", "").split()),
    }


def _lines(name: str) -> list[Json]:
    return [*_typed(name)]


def _typed(*names: str) -> Iterator[str]:
    """The lines of all controls of these names, but for empty ones."""
    texts = (text for name in names for text in request.form.getlist(name))
    return (line.strip() for text in texts for line in text.splitlines() if line.strip())


def _number(name: str) -> Json:
    """What was typed as a number; what is none stays a text, and is refused in words."""
    typed = request.form.get(name, "").strip().replace(",", ".")
    for kind in (int, float):
        try:
            return kind(typed)
        except ValueError:
            continue
    return typed or None


def _explained(axis: str, typed: Table) -> str:
    """The sentence of a rule for which nobody wrote one, in the language of whoever made it."""
    language = languages.spoken()
    if axis == "engagement":
        event = str(typed["event"])
        if event not in list(EventKind):
            return ""
        of_ours, in_general = SENTENCES[EventKind(event)]
        is_elsewhere = event == EventKind.MET_IN_PERSON  # and about nothing that has a title here
        return languages.said(in_general if is_elsewhere else of_ours(TITLE), language)
    try:
        alone: list[Json] = [{**typed, "key": "new", "points": 1}]
        [known] = rule_sets.from_json({"fit_threshold": 0, "engagement_threshold": 0, "fit": alone}).fit
    except (KeyError, TypeError, ValueError):
        return ""
    return languages.said(choices.condition(known, choices.offered().fields), language)
