"""Why sales may reject, in the studio: wording, what follows, order, and what is no longer offered."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.errors import DraftChanged, ParameterRefused
from capture.handoff import reasons, revisions
from capture.handoff.models import Follows
from capture.handoff.reasons import Consequence, RejectReason
from capture.journey import sales
from capture.pages import text
from capture.web.studio import desk
from capture.web.studio.access import actor, only

bp = Blueprint("reasons", __name__, url_prefix="/studio/mqls/reasons")

SPARE = ("1", "2")  # what the fields of the empty lines end in: no key begins with a digit
LAST = 10_000


@bp.get("")
@only()
def listing() -> ResponseReturnValue:
    return render_template("studio/reasons.html", **_shown(reasons.listed()))


@bp.post("")
@only()
def save() -> ResponseReturnValue:
    """The list as it was typed takes the place of the one that was seen."""
    typed, seen = _typed(), request.form.get("seen", 0, type=int)
    try:
        sales.set_reasons(list(typed.values()), seen=seen, actor=actor(), at=clock.now())
    except DraftChanged as refusal:
        return desk.clash("studio/reasons.html", refusal, theirs=reasons.listed().values(), **_shown(typed))
    except ParameterRefused as refusal:
        line = next((line for line, one in typed.items() if str(refusal.parameter) in (one.label, one.key)), "")
        shown = _shown(typed) | {"seen": seen} | desk.wrong(refusal)
        shown |= {"faulty": f"{refusal.field}-{line}" if refusal.field else ""}
        return render_template("studio/reasons.html", **shown), 422
    return redirect(url_for(".listing", done=1), 303)


def _shown(lines: Mapping[str, RejectReason]) -> dict[str, object]:
    """The lines of the form by what their fields end in, with room for new ones."""
    empty = {spare: RejectReason("", "", Consequence(Follows.LATER)) for spare in SPARE if spare not in lines}
    return {
        "lines": {**lines, **empty},
        "spare": SPARE,
        "words": reasons.WORDS,
        "seen": revisions.of(reasons.LIST),
    }


def _typed() -> dict[str, RejectReason]:
    """The lines of the form in the order of their places; a spare one that is left empty says nothing."""
    given = request.form
    lines = [key for key in reasons.listed() if f"label-{key}" in given]
    lines += [spare for spare in SPARE if given.get(f"label-{spare}", "").strip()]
    lines.sort(key=lambda line: given.get(f"place-{line}", LAST, type=int))
    return {line: _typed_line(line) for line in lines}


def _typed_line(line: str) -> RejectReason:
    given = request.form
    label, days = text.line(given.get(f"label-{line}", "")), given.get(f"days-{line}", "").strip()
    wanted = given.get(f"follows-{line}", "")
    follows = Follows(wanted) if wanted in list(Follows) else Follows.LATER
    counts = follows is Follows.LATER and days.isascii() and days.isdigit()
    is_new = line in SPARE
    return RejectReason(
        key=text.bare(given.get(f"key-{line}", "")) or reasons.named(label) if is_new else line,
        label=label,
        then=Consequence(follows, int(days[:6]) if counts else 0),
        is_retired=not is_new and f"offered-{line}" not in given,
    )
