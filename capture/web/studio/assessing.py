"""The questions of an assessment, what they measure and what it comes to; tried out without publishing."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture.accounts.models import Role
from capture.catalogue import magnets, parcels, proposals
from capture.catalogue.models import Draft, MagnetKind
from capture.delivery import benchmarks
from capture.errors import DraftChanged
from capture.journey import drafting
from capture.journey.drafting import ADDED, Step, removal
from capture.languages import enumerated, kept, say
from capture.pages import parts, questionnaire, screens, sheets
from capture.pages.parts import Values
from capture.pages.questionnaire import Part
from capture.pages.sheets import Path
from capture.web.studio import desk, tryout
from capture.web.studio.access import only
from capture.web.studio.designing import bp as bp
from capture.web.studio.desk import Desk
from capture.web.studio.editing import ANOTHER_KIND, save, written
from magnets.assessment import QuestionKind
from magnets.findings import Finding
from magnets.questionnaire import TAKEN

PART = "any(dimensions, questions, levels, recommendations):part"
TITLE = say("Questions")
OVERVIEW, ONE = "studio/draft_questions.html", "studio/draft_question.html"
ORDERS = {
    Part.DIMENSIONS: kept("Order of the dimensions"),
    Part.QUESTIONS: kept("Order of the questions"),
    Part.LEVELS: kept("Order of the levels"),
    Part.RECOMMENDATIONS: kept("Order of the recommendations"),
}
NEW = {
    Part.DIMENSIONS: "New dimension",
    Part.QUESTIONS: "New question",
    Part.LEVELS: "New level",
    Part.RECOMMENDATIONS: "New recommendation",
}


@dataclass(frozen=True, slots=True)
class Group:
    """A dimension with its questions: a step of the form. One without a key holds those that measure nothing."""

    key: str
    title: str
    about: str
    questions: Sequence[Values]
    mark: str


# --- all of it ----------------------------------------------------------------------------------------


@bp.get("/<draft>/questions")
@only(Role.MARKETER)
def questions(draft: str) -> ResponseReturnValue:
    here = _assessment(draft)
    if here.table is None:
        return redirect(url_for(".text", draft=draft, path=parcels.DEFINITION), 303)
    return render_template(OVERVIEW, **_as_it_is(here))


@bp.post("/<draft>/questions")
@only(Role.MARKETER)
def save_others(draft: str) -> ResponseReturnValue:
    """What the result says of others."""
    here = _assessment(draft)
    return save(here, questionnaire.others(here.table), questionnaire.ROOT, OVERVIEW, _shown(here))


def _as_it_is(here: Desk) -> dict[str, object]:
    return {**written(here, questionnaire.others(here.table), questionnaire.ROOT), **_shown(here)}


def _shown(here: Desk) -> dict[str, object]:
    listed = {part: [one for _, one in questionnaire.part_of(here.table, part)] for part in Part}
    return {
        "draft": here.draft,
        "title": TITLE,
        "entries": questionnaire.others(here.table),
        "groups": _groups(listed),
        "named": questionnaire.named,
        "kind_of": questionnaire.kind_of,
        "dimensions": listed[Part.DIMENSIONS],
        "dimensions_mark": _mark(listed[Part.DIMENSIONS]),
        "levels": listed[Part.LEVELS],
        "recommendations": listed[Part.RECOMMENDATIONS],
        "recommendations_mark": _mark(listed[Part.RECOMMENDATIONS]),
        "kinds": questionnaire.KINDS,
        "tried": (tried := tryout.of(here.table or {})),
        "people": benchmarks.people(magnet.id, tried.asked) if (magnet := magnets.by_slug(here.draft.slug)) else 0,
    }


def _groups(listed: Mapping[Part, Sequence[Values]]) -> list[Group]:
    found = []
    for part in listed[Part.DIMENSIONS]:
        asked = [one for one in listed[Part.QUESTIONS] if one.get("dimension") == part.get("key")]
        about = str(part.get("about") or "")
        found.append(Group(str(part.get("key")), questionnaire.named(part), about, asked, _mark(asked)))
    known = {part.get("key") for part in listed[Part.DIMENSIONS]}
    left = [one for one in listed[Part.QUESTIONS] if one.get("dimension") not in known]
    return [*found, *([Group("", say("Not measured by any dimension"), "", left, _mark(left))] if left else [])]


def _mark(listed: Sequence[Values]) -> str:
    return sheets.mark({"order": tuple(str(one.get("key")) for one in listed)})


@bp.post(f"/<draft>/questions/<{PART}>")
@only(Role.MARKETER)
def add_part(draft: str, part: str) -> ResponseReturnValue:
    """One more dimension, question, level or recommendation."""
    here, to = _assessment(draft), Part(part)
    if here.table is None:
        abort(409)
    title = " ".join(request.form.get("title", "").split())[:150] or NEW[to]
    known = {str(one.get("key")) for _, one in questionnaire.part_of(here.table, to)}
    if to is Part.QUESTIONS:
        known |= TAKEN | {str(field.get("key")) for _, field in parts.listed(here.table, parts.FIELDS)}
    key = screens.free_key(proposals.slug_of(title), known)
    text = parts.add(here.text, to.path, _new(here.table, to, title, key))
    drafting.save_definition(here.draft, _in_order(text, to), desk.scribe(), Step(ADDED % {"what": title}, apart=True))
    return redirect(url_for(".question", draft=draft, part=part, key=key), 303)


def _new(table: Mapping[str, object], to: Part, title: str, key: str) -> dict[str, object]:
    if to is Part.QUESTIONS:
        kind = request.form.get("kind", "")
        known = QuestionKind(kind) if kind in list(QuestionKind) else QuestionKind.CHOICE
        return questionnaire.new_question(known, title, request.form.get("dimension", "")[:40], key)
    if to is Part.LEVELS:
        starts = [one.get("from", 0) for _, one in questionnaire.part_of(table, Part.LEVELS)]
        last = max((start for start in starts if isinstance(start, int)), default=None)
        return {"key": key, "title": title, "from": 0 if last is None else (last + 101) // 2}
    return {"key": key, "title": title}


def _in_order(text: str, changed: Part) -> str:
    """Levels stand in the order of their scores, whatever was typed last."""
    if changed is not Part.LEVELS:
        return text
    return parts.order(text, Part.LEVELS.path, questionnaire.levels_in_order(sheets.table_of(text)))


@bp.post(f"/<draft>/order/<{PART}>")
@only(Role.MARKETER)
def order_parts(draft: str, part: str) -> ResponseReturnValue:
    """Some of a list as they were dragged, in the places that they have, unless somebody else moved them meanwhile."""
    here, of, wanted = _assessment(draft), Part(part), request.form.get("order", "").split(",")
    known = [str(one.get("key")) for _, one in questionnaire.part_of(here.table, of)]
    before = [key for key in known if key in wanted]
    if here.table is None or sorted(before) != sorted(wanted):
        abort(409)
    if request.form.get("mark") != sheets.mark({"order": tuple(before)}):
        refusal = DraftChanged(here.draft.changed_by, here.draft.changed_at)
        return desk.clash(OVERVIEW, refusal, other=url_for(".questions", draft=draft), **_as_it_is(here))
    _reorder(here, of, wanted)
    return redirect(url_for(".questions", draft=draft), 303)


@bp.post(f"/<draft>/questions/<{PART}>/<key>/<any(up, down, remove):move>")
@only(Role.MARKETER)
def move_part(draft: str, part: str, key: str, move: str) -> ResponseReturnValue:
    """One step among its like, or out, unless something else needs it."""
    here, of = _assessment(draft), Part(part)
    number, one = _found(here, of, key)
    if move == "remove":
        if uses := questionnaire.uses(here.table, of, key):
            said = say(
                "“%(name)s” is still needed by %(others)s. Change that first.",
                name=questionnaire.named(one),
                others=enumerated(uses),
            )
            return desk.refused(said, OVERVIEW, **_as_it_is(here))
        text = parts.remove(here.text, of.path, number)
        drafting.save_definition(here.draft, text, desk.scribe(), removal(questionnaire.named(one)))
        return redirect(url_for(".questions", draft=draft, saved=1), 303)
    like = [
        str(other.get("key"))
        for _, other in questionnaire.part_of(here.table, of)
        if of is not Part.QUESTIONS or other.get("dimension") == one.get("dimension")
    ]
    at = like.index(key)
    to = min(max(at + (1 if move == "down" else -1), 0), len(like) - 1)
    like.insert(to, like.pop(at))
    _reorder(here, of, like)
    return redirect(url_for(".questions", draft=draft, _anchor=f"{part}-{key}"), 303)


def _reorder(here: Desk, of: Part, keys: Sequence[str]) -> None:
    text = parts.order(here.text, of.path, parts.rearranged(here.table, of.path, keys))
    drafting.save_definition(here.draft, text, desk.scribe(), Step(ORDERS[of]))


# --- one of them --------------------------------------------------------------------------------------


@bp.get(f"/<draft>/questions/<{PART}>/<key>")
@only(Role.MARKETER)
def question(draft: str, part: str, key: str) -> ResponseReturnValue:
    """A question; a dimension, a level and a recommendation have the same kind of screen."""
    here, of = _assessment(draft), Part(part)
    if here.table is None:
        return redirect(url_for(".text", draft=draft, path=parcels.DEFINITION), 303)
    number, one = _found(here, of, key)
    shown = written(here, questionnaire.sheet(here.table, of, one), (*of.path, number))
    return render_template(ONE, **shown, **_one(here, of, key))


@bp.post(f"/<draft>/questions/<{PART}>/<key>")
@only(Role.MARKETER)
def save_question(draft: str, part: str, key: str) -> ResponseReturnValue:
    """What was typed; a button may add, move or take out an answer or a condition besides."""
    here, of = _assessment(draft), Part(part)
    number, one = _found(here, of, key)
    at, shown = (*of.path, number), _one(here, of, key)
    entries = questionnaire.sheet(here.table, of, one)
    change = _change(request.form.get("then", ""), (*at, _LISTS[of]), one) if of in _LISTS else None
    if change is None:
        return save(here, entries, at, ONE, shown, then=lambda text: _in_order(text, of))
    place = url_for(".question", draft=draft, part=part, key=key, _anchor=change.anchor)
    return save(here, entries, at, ONE, shown, then=change.write, step=change.step, place=place)


_LISTS = {Part.QUESTIONS: "answers", Part.RECOMMENDATIONS: "when"}
_ADDED = {
    "answers": kept("Added: an answer of “%(question)s”"),
    "when": kept("Added: a condition of “%(recommendation)s”"),
}
_REMOVED = {
    "answers": kept("Removed: an answer of “%(question)s”"),
    "when": kept("Removed: a condition of “%(recommendation)s”"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What a button does to the answers of a question or the conditions of a recommendation, and where it leads."""

    write: Callable[[str], str]
    step: Step
    anchor: str


def _change(then: str, path: Path, one: Values) -> Change | None:
    name, _, number = then.partition(" ")
    listed = str(path[-1])
    rows = [row for _, row in parts.listed(one, (listed,))]
    if name == "add":
        about = request.form.get("about", "")
        row = questionnaire.new_answer(one) if listed == "answers" else questionnaire.new_condition(about)
        step = _step(_ADDED[listed], one)
        return Change(lambda text: parts.add(text, path, row), step, _anchor(listed, len(rows))) if row else None
    if not number.isdecimal() or int(number) >= len(rows):
        return None
    at = int(number)
    if name == "remove":
        return Change(lambda text: parts.remove(text, path, at), _step(_REMOVED[listed], one), listed)
    if name in ("up", "down"):
        by = -1 if name == "up" else 1
        to = min(max(at + by, 0), len(rows) - 1)
        return Change(
            lambda text: parts.move(text, path, at, by), Step(kept("Order of the answers")), _anchor(listed, to)
        )
    return None


def _step(words: str, of: Values) -> Step:
    name = questionnaire.named(of)
    return Step(words % {"question": name, "recommendation": name}, apart=True)


def _anchor(listed: str, number: int) -> str:
    return f"answers-{number}-label" if listed == "answers" else f"when-{number}"


@bp.post("/<draft>/kind/<key>")
@only(Role.MARKETER)
def change_kind(draft: str, key: str) -> ResponseReturnValue:
    """Another kind of question; what only the kind before knew is taken out."""
    here, kind = _assessment(draft), request.form.get("kind", "")
    number, asked = _found(here, Part.QUESTIONS, key)
    if kind not in list(QuestionKind):
        abort(400)
    if questionnaire.kind_of(asked) != kind:
        path = (*Part.QUESTIONS.path, number)
        text = questionnaire.of_another_kind(here.text, path, asked, QuestionKind(kind))
        step = Step((ANOTHER_KIND % {"what": questionnaire.named(asked)})[:300], apart=True)
        drafting.save_definition(here.draft, text, desk.scribe(), step)
    return redirect(url_for(".question", draft=draft, part=Part.QUESTIONS.value, key=key, saved=1), 303)


def _one(here: Desk, of: Part, key: str) -> dict[str, object]:
    number, one = _found(here, of, key)
    listed = [known for _, known in questionnaire.part_of(here.table, of)]
    at = listed.index(one)
    entries = questionnaire.sheet(here.table, of, one)
    return {
        "draft": here.draft,
        "title": TITLE,
        "part": of.value,
        "key": key,
        "one": one,
        "named": questionnaire.named,
        "number": number,
        "entries": entries,
        "by_name": {entry.name: entry for entry in entries},
        "kind": questionnaire.kind_of(one),
        "kinds": questionnaire.KINDS,
        "rows": len(parts.listed(one, (_LISTS[of],))) if of in _LISTS else 0,
        "to_add": questionnaire.conditions_to_add(here.table) if of is Part.RECOMMENDATIONS else [],
        "before": listed[at - 1] if at else None,
        "after": listed[at + 1] if at + 1 < len(listed) else None,
        "tried": tryout.of(here.table or {}),
    }


def _assessment(draft: str) -> Desk:
    here = desk.desk(draft)
    return here if here.draft.kind is MagnetKind.ASSESSMENT else abort(404)


def _found(here: Desk, of: Part, key: str) -> tuple[int, Values]:
    listed = questionnaire.part_of(here.table, of)
    return next(((number, one) for number, one in listed if str(one.get("key")) == key), None) or abort(404)


# --- what is found by the check -----------------------------------------------------------------------

_ANCHORS = {
    "half-benchmark": "dimensions-0-benchmark",
    "no-benchmark-source": "benchmark_source",
    "few-dimensions": "dimensions",
    "levels-disordered": "levels",
}


def place_of(draft: Draft, text: str, finding: Finding) -> str | None:
    """Where what was found is mended: the control of the very question; None where that is no screen."""
    try:
        table = sheets.table_of(text)
    except tomllib.TOMLDecodeError:
        return None
    path = parts.path_at(text, finding.line) if finding.line else questionnaire.ROOT
    if finding.code in _ANCHORS or len(path) < 3 or path[0] not in questionnaire.ROOT:
        anchor = _ANCHORS.get(finding.code) or ("-".join(map(str, path[1:])) or None)
        return url_for(".questions", draft=draft.public_id, _anchor=anchor)
    part, number, *rest = path[1:]
    found = dict(parts.listed(table, path[:2])).get(cast(int, number))
    if found is None or "key" not in found or rest[:1] == ["key"]:
        return None
    if rest == ["benchmark"]:
        return url_for(".questions", draft=draft.public_id, _anchor=f"dimensions-{number}-benchmark")
    return url_for(".question", draft=draft.public_id, part=part, key=found["key"], _anchor=_control(rest))


def _control(path: Sequence[str | int]) -> str | None:
    if path[:1] == ["answers"] and len(path) > 1:
        return f"answers-{path[1]}-{'points' if path[-1] == 'points' else 'label'}"
    return "-".join(map(str, path[:2] if path[:1] == ["when"] else path)) or None
