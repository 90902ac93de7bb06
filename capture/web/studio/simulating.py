"""The simulator on screen: which rules are tried, the curve as it is drawn, and the leads behind each number."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from types import MappingProxyType

from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from capture import clock
from capture.accounts.models import Role
from capture.handoff import spreadsheet
from capture.journey import staff as staff_journey
from capture.languages import Phrase, Value, joined, numeral, say
from capture.reports import simulation
from capture.reports.simulation import LeadsBehind, Point, Simulation
from capture.scoring import rulefile, rulesets
from capture.scoring.rules import Rules
from capture.scoring.rulesets import Draft
from capture.web import charts, language
from capture.web.current import settings
from capture.web.studio.access import actor, only
from capture.web.studio.separating import separator
from capture.web.studio.shelf import FRESH, SHOWN, shelf

bp = Blueprint("simulating", __name__, url_prefix="/studio/scoring/simulate")

PAGE_SIZE = 50

# Whom a number holds, where another one might be taken for the same.
MEANT: Mapping[str, str] = MappingProxyType(
    {
        "entering": say(
            "Over the thresholds on some day of the whole history by these rules, and on none by those in force; also "
            "who has lost the points since, or was with sales already. Not who asked to be contacted."
        ),
        "leaving": say(
            "Over the thresholds on some day by the rules in force, and on none by these. Who was handed over stays so."
        ),
        "waiting": say(
            "Over them today, with the points that are left today, and never with sales. “Would enter” looks at the "
            "whole history instead, so the two numbers differ."
        ),
        "raised": say("They are handed over for asking, not for points: no rules bring them or take them away."),
    }
)
WIDTH, HEIGHT = 640, 340  # of the curve, in units of the SVG
ROWS = 127, 114  # where labels stand above it, on the scale of the percentages
ROOM = 0.27  # of the width, which a label may need on a telephone too
DOT = 3.5


@dataclass(frozen=True, slots=True)
class Tried:
    """What is simulated: the draft or the rules in force, perhaps under other thresholds."""

    rules: Rules
    start: Rules
    in_force: Rules
    draft: Draft | None
    misread: Sequence[str] = ()  # what was asked for as a threshold and is none

    @property
    def place(self) -> dict[str, str | int]:
        """What the address of a screen about it says."""
        place: dict[str, str | int] = {"of": "draft"} if self.draft else {}
        return place | {"fit": self.rules.fit_threshold, "engagement": self.rules.engagement_threshold}

    def play(self, *, within: timedelta | None = FRESH) -> Simulation:
        """The whole history under it: as it was replayed within that time, while sales has answered nothing since."""
        now = clock.now()
        return shelf(Simulation).of(
            (self.rules, self.in_force),
            lambda: simulation.simulate(self.rules, self.in_force, zone=settings().zone, at=now),
            signs=simulation.answers(),
            at=now,
            within=within,
        )

    def behind(self, who: str) -> LeadsBehind:
        """The leads of a number, out of the simulation that was shown: they are as many as it said. Aborts with 404."""
        return self.play(within=SHOWN).behind(who) or abort(404)


def tried(values: Mapping[str, str], *, of_draft: bool) -> Tried:
    """What an address or a form asks for."""
    in_force = rulesets.in_force(at=clock.now()).rules
    draft = rulesets.draft() if of_draft else None
    start = draft.rules if draft else in_force
    rules = replace(
        start,
        fit_threshold=_threshold(values.get("fit"), start.fit_threshold),
        engagement_threshold=_threshold(values.get("engagement"), start.engagement_threshold),
    )
    taken = {"fit": rules.fit_threshold, "engagement": rules.engagement_threshold}
    misread = [told for name, number in taken.items() if _is_other(told := values.get(name, ""), number)]
    return Tried(rules, start, in_force, draft, misread)


def _is_other(told: str, number: int) -> bool:
    try:
        return int(told) != number
    except ValueError:
        return bool(told.strip())


def _threshold(typed: str | None, default: int) -> int:
    try:
        return max(0, min(int(typed or ""), rulefile.MOST_POINTS))
    except ValueError:
        return default


# --- who stands behind a number -----------------------------------------------------------------------------


@bp.get("/leads")
@only(Role.MARKETER)
def leads() -> ResponseReturnValue:
    """Those behind a number of the simulator, a page at a time, the latest first."""
    asked, who = tried(request.args, of_draft=request.args.get("of") == "draft"), request.args.get("who", "")
    behind = asked.behind(who)
    number = max(1, min(request.args.get("page", 1, type=int), 1_000_000))
    first = (number - 1) * PAGE_SIZE
    return render_template(
        "studio/scoring_leads.html",
        behind=behind,
        people=simulation.people(behind, first, PAGE_SIZE),
        who=who,
        meant=MEANT.get(who, ""),
        tried=asked,
        number=number,
        has_older=first + PAGE_SIZE < len(behind.leads),
    )


@bp.post("/leads.csv")
@only(Role.MARKETER)
def file() -> ResponseReturnValue:
    """The same as a file, all of them. Noted in the audit log."""
    asked, who = tried(request.form, of_draft=request.form.get("of") == "draft"), request.form.get("who", "")
    behind = asked.behind(who)
    staff_journey.note_export("simulated", actor=actor(), rows=len(behind.leads), at=clock.now())
    answer = Response(stream_with_context(spreadsheet.csv_of(_rows(behind), separator())), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="simulated.csv"'
    return answer


def _rows(behind: LeadsBehind) -> Iterator[list[str]]:
    size = 10 * PAGE_SIZE
    parts = (simulation.people(behind, first, size) for first in range(0, len(behind.leads), size))
    yield ["Name", "E-mail", "Company", "Reached on", "Sales said"]
    for one in chain.from_iterable(parts):
        yield [one.name, one.email, one.company, one.reached_on.isoformat() if one.reached_on else "", str(one.said)]


# --- the curve ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Label:
    """Where the label of a point stands above the curve, beside a line that leads down to it."""

    row: int
    is_left: bool  # of its line


@dataclass(frozen=True, slots=True)
class Curve:
    """Precision by volume: a point for each threshold, and what is told of two of them."""

    points: Sequence[Point]
    chosen: Point | None
    present: Point | None  # what the rules in force come to, which need not lie on the line of others

    @property
    def has_thin(self) -> bool:
        """Whether the numbers behind a point are too small to tell."""
        return any(point.precision.is_thin for point in self._shown)

    @property
    def _shown(self) -> list[Point]:
        return [*self.points, *([self.present] if self.present and self.present not in self.points else [])]

    def drawn(self, key: str, title: str, unit: str, names: Mapping[str, str]) -> Markup:
        """The drawing, with the intervals in which the truth lies; `names` are those of the chosen and the present."""
        spoken = language.current()
        told = {"chosen": self.chosen, "present": self.present}
        marked = {name: point for name, point in told.items() if point}
        most = max(point.mqls for point in self._shown)
        drawing = charts.pygal().XY(
            **charts.look("curve"),
            width=WIDTH,
            height=HEIGHT,
            x_labels=charts.ticks(most),
            x_value_formatter=spoken.number,
            x_title=unit,
            range=(0, ROWS[0]),
            y_labels=list(range(0, 101, 25)),
            value_formatter=lambda value: spoken.percent(value / 100),
            allow_interruptions=True,
            print_labels=True,
        )
        for name, is_thin in (("interval", False), ("thin", True)):
            spans = [_span(point) for point in self._shown if point.precision.is_thin == is_thin]
            drawing.add(name, list(chain.from_iterable(spans)), show_dots=False)
        drawing.add("curve", [_place(point) for point in self.points], dots_size=DOT)
        stands = labels({name: point.mqls / most for name, point in marked.items()})
        is_within = len({_place(point) for point in marked.values()}) < len(marked)
        for name, point in marked.items():
            label, text = stands[name], f"{names[name]}: {point.threshold}"
            drawing.add(
                f"{name} left" if label.is_left else name,
                [
                    {"value": (point.mqls, label.row), "label": text, "node": {"r": 0}},
                    {"value": _span(point)[1], "node": {"r": 0}},
                    None,
                    {"value": _place(point)},
                ],
                dots_size=DOT if is_within and name == "present" else 2 * DOT,
            )
        return charts.svg(drawing, key, title, joined([_said(point) for point in self.points], " ").said(spoken))


def curve(done: Simulation, in_force: Rules) -> Curve | None:
    """What of a simulation is drawn; None while sales has not answered."""
    points = [point for point in done.curve if point.precision.value is not None and point.mqls]
    now = Point(in_force.engagement_threshold, done.present.mqls, done.present.precision, done.present.recall)
    chosen = done.rules.engagement_threshold if done.rules != in_force else None
    if not points:
        return None
    return Curve(
        points,
        chosen=next((point for point in points if point.threshold == chosen), None),
        present=now if now.precision.value is not None else None,
    )


def labels(places: Mapping[str, float]) -> dict[str, Label]:
    """Where each label stands, by its place from 0 to 1, so that no line leads through another one, however near each
    other they are."""
    names = sorted(places, key=lambda name: places[name])
    is_left = [places[name] > 1 - ROOM for name in names]
    if is_left[-1:] == [True] and places[names[0]] > 1 - 2 * ROOM:
        is_left = [True] * len(names)
    rows = reversed(ROWS) if all(is_left) else ROWS[-len(names) :]
    return {name: Label(row, left) for name, row, left in zip(names, rows, is_left, strict=False)}


def _place(point: Point) -> tuple[int, float]:
    return point.mqls, 100 * (point.precision.value or 0.0)


def _span(point: Point) -> tuple[tuple[int, float], tuple[int, float], None]:
    """From one end of its interval to the other, and no further."""
    low, high = point.precision.interval
    return (point.mqls, 100 * low), (point.mqls, 100 * high), None


def _said(point: Point) -> Phrase:
    def percent(share: float) -> Value:
        return lambda spoken: spoken.percent(share)

    low, high = point.precision.interval
    return say(
        "Threshold %(threshold)s: %(mqls)s MQLs, %(share)s accepted (%(low)s to %(high)s).",
        threshold=numeral(point.threshold),
        mqls=numeral(point.mqls),
        share=percent(point.precision.value or 0.0),
        low=percent(low),
        high=percent(high),
    )
