"""The simulator on screen: which rules are tried, the curve as it is drawn, and the leads behind each number."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from types import MappingProxyType

from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts.models import Role
from capture.handoff import spreadsheet
from capture.journey import staff as staff_journey
from capture.languages import say
from capture.reports import simulation
from capture.reports.simulation import LeadsBehind, Point, Simulation
from capture.scoring import rulefile, rulesets
from capture.scoring.rules import Rules
from capture.scoring.rulesets import Draft
from capture.web import charts
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
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 332, 48, 24, 60, 50
ROWS = 20, 46  # the lines of writing above the curve
ROOM = 150  # that a label may need, on a telephone too


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
class Mark:
    """A point of the curve where it is drawn; `low` and `high` are the ends of its interval."""

    x: float
    y: float
    low: float
    high: float
    point: Point
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Label:
    """What is written above a mark, beside a line that leads down to it."""

    mark: Mark
    y: int
    is_left: bool  # of its line


@dataclass(frozen=True, slots=True)
class Chart:
    """Precision by volume: the line, its points, what is written at two of them, and the scales."""

    line: str
    marks: list[Mark]
    labels: list[Label]
    present: Mark | None  # what the rules in force come to, which need not lie on the line of others
    columns: list[tuple[float, int]]
    rows: list[tuple[float, int]]

    @property
    def is_chosen_there(self) -> bool:
        """Whether what was chosen lies where the rules in force do: then both are seen, one within the other."""
        chosen = [(mark.x, mark.y) for mark in self.marks if mark.is_chosen]
        return self.present is not None and (self.present.x, self.present.y) in chosen

    @property
    def has_thin(self) -> bool:
        """Whether the numbers behind a point are too small to tell."""
        return any(mark.point.precision.is_thin for mark in self.marks)


def chart(done: Simulation, in_force: Rules) -> Chart | None:
    """Where everything of the curve is drawn; None while sales has not answered."""
    told = [point for point in done.curve if point.precision.value is not None and point.mqls]
    now = Point(in_force.engagement_threshold, done.present.mqls, done.present.precision, done.present.recall)
    has_now = now.precision.value is not None
    if not told:
        return None
    most = max(point.mqls for point in [*told, *([now] if has_now else [])])
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(share: float) -> float:
        return round(TOP + down * (1 - share), 1)

    def mark(point: Point, *, is_chosen: bool) -> Mark:
        x = round(LEFT + across * point.mqls / most, 1)
        low, high = point.precision.interval
        return Mark(x, at(point.precision.value or 0.0), at(low), at(high), point, is_chosen=is_chosen)

    chosen = done.rules.engagement_threshold if done.rules != in_force else None
    marks = [mark(point, is_chosen=point.threshold == chosen) for point in told]
    present = mark(now, is_chosen=False) if has_now else None
    return Chart(
        line=" ".join(f"{one.x},{one.y}" for one in marks),
        marks=marks,
        labels=labels([*([present] if present else []), *(one for one in marks if one.is_chosen)]),
        present=present,
        columns=[(round(LEFT + across * value / most, 1), value) for value in charts.ticks(most)],
        rows=[(at(part / 4), part * 25) for part in range(5)],
    )


def labels(marks: list[Mark]) -> list[Label]:
    """Where each label stands, so that no line leads through another one, however near each other the marks are."""
    across = sorted(marks, key=lambda mark: mark.x)
    is_left = [mark.x > WIDTH - ROOM for mark in across]
    if is_left[-1:] == [True] and across[0].x > 2 * ROOM:
        is_left = [True] * len(across)
    rows = reversed(ROWS) if all(is_left) else ROWS[-len(across) :]
    return [Label(*told) for told in zip(across, rows, is_left, strict=False)]
