"""Experiments of a published page: its variants while they are written, its numbers once visitors see them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts.models import Role
from capture.catalogue import magnets
from capture.errors import DraftChanged, ParameterRefused, UploadRefused
from capture.journey import covers, experimenting
from capture.languages import joined, say
from capture.pages import experiments, pages, screens, variants
from capture.pages.definition import Definition
from capture.pages.models import Experiment, Variant
from capture.pages.pages import LivePage
from capture.pages.variants import LETTERS, PICTURE, Overrides, Shown
from capture.reports import experiments as results
from capture.reports import sequential
from capture.web import current, forms, language
from capture.web.public import landing
from capture.web.security import TELLS_NOBODY, let_the_studio_frame_it
from capture.web.studio import desk, variant_form
from capture.web.studio.access import actor, only
from capture.web.studio.embedding import bp as bp
from capture.web.studio.variant_form import Typed

TEMPLATE = "studio/draft_experiment.html"
WORTH = 1.2  # a difference that people hope for, to say how many fills it takes to see one


@bp.get("/<draft>/experiment")
@only(Role.MARKETER)
def experiment(draft: str) -> ResponseReturnValue:
    """The newest experiment of the page, or the one that is asked for; a script asks how far a start is."""
    if desk.wants_json():
        page = _page(draft)
        going_on = experiments.going_on(page.page_id)
        drawn = covers.progress(page, covers.of(going_on)) if going_on else None
        is_waiting = drawn is not None and not drawn.fault and bool(going_on and going_on.start_asked_at)
        done, total = (drawn.done, drawn.total) if drawn else (0, 0)
        return jsonify(finished=not is_waiting, said=_drawn(done, total), done=done, total=total)
    return _shown(draft)


@bp.post("/<draft>/experiment")
@only(Role.MARKETER)
def begin_experiment(draft: str) -> ResponseReturnValue:
    experimenting.begin(_page(draft).page_id, actor=actor(), at=clock.now())
    return redirect(url_for(".experiment", draft=draft), 303)


@bp.post("/<draft>/experiment/<experiment>/variants")
@only(Role.MARKETER)
def save_variants(draft: str, experiment: str) -> ResponseReturnValue:
    """What was typed is kept; then one more variant, one less, or the start."""
    page = _page(draft)
    said, then = variant_form.typed(page, _told(_one(page, experiment))), request.form.get("then", "")
    if wrong := variant_form.problems(said):
        return desk.refused(wrong, TEMPLATE, **_values(draft) | _as_typed(page, said))
    kept = [(one.parts, one.overrides) for one in said]
    if then == "add" and len(kept) < len(LETTERS):
        kept.append((1, Overrides()))
    elif then in LETTERS[1 : len(kept)] and len(kept) > 2:
        del kept[LETTERS.index(then)]
    try:
        experimenting.write(experiment, kept, seen=request.form.get("mark", ""), actor=actor(), at=clock.now())
        if then == "start":
            experimenting.start(experiment, actor=actor(), at=clock.now())
    except DraftChanged as refusal:
        shown = _values(draft)
        return desk.clash(TEMPLATE, refusal, there=_there(shown), **shown | _as_typed(page, said))
    except ParameterRefused as refusal:
        return desk.refused(refusal.why, TEMPLATE, **_values(draft))
    if desk.wants_json():
        return desk.saved(request.path, experiments.mark(experiments.variants(_one(page, experiment))))
    step, is_saved = variant_form.STEP.fullmatch(then), None if then == "start" else 1
    place = f"{step[2]}-{step[3]}" if step else None
    return redirect(url_for(".experiment", draft=draft, saved=is_saved, _anchor=place), 303)


@bp.post("/<draft>/experiment/<experiment>/<any(B, C, D):letter>/cover")
@only(Role.MARKETER)
def set_variant_cover(draft: str, experiment: str, letter: str) -> ResponseReturnValue:
    """A picture for the cover of a variant."""
    _variant(_one(_page(draft), experiment), letter)
    upload = request.files.get("picture")
    name, content = (upload.filename or "", upload.read()) if upload else ("", b"")
    try:
        cover = covers.keep(current.settings(), name, content)
        experimenting.set_cover(experiment, letter, cover, actor=actor(), at=clock.now())
    except UploadRefused as refusal:
        return desk.refused(str(refusal), TEMPLATE, faulty=f"{letter}-picture", **_values(draft))
    except ParameterRefused as refusal:
        return desk.refused(refusal.why, TEMPLATE, **_values(draft))
    return redirect(url_for(".experiment", draft=draft, saved=1, _anchor=f"{letter}-cover"), 303)


@bp.post("/<draft>/experiment/<experiment>/<any(stop, discard, change):move>")
@only(Role.MARKETER)
def end_experiment(draft: str, experiment: str, move: str) -> ResponseReturnValue:
    _one(_page(draft), experiment)
    try:
        if move == "stop":
            experimenting.stop(experiment, actor=actor(), at=clock.now())
        elif move == "change":
            experimenting.change(experiment)
        else:
            experimenting.discard(experiment, actor=actor(), at=clock.now())
    except ParameterRefused as refusal:
        return _shown(draft, refusal.why), 422
    return redirect(url_for(".experiment", draft=draft, discarded=1 if move == "discard" else None), 303)


@bp.post("/<draft>/experiment/<experiment>/take-over")
@only(Role.MARKETER)
def take_variant_over(draft: str, experiment: str) -> ResponseReturnValue:
    """The draft says what the variant says; publishing it is the next screen."""
    variant = _variant(_one(_page(draft), experiment), request.form.get("variant", ""))
    overrides = Overrides.from_json(variant.overrides)
    try:
        experimenting.take_over(desk.find(draft), experiment, variant.letter, overrides, desk.scribe())
    except DraftChanged:
        return _shown(draft, say("Somebody saved the draft at the same moment. Please try again.")), 422
    return redirect(url_for(".check", draft=draft, took=variant.letter), 303)


@bp.get("/<draft>/experiment/<experiment>/<letter>")
@only(Role.MARKETER)
def variant_preview(draft: str, experiment: str, letter: str) -> ResponseReturnValue:
    """The page as visitors of the variant see it. Nobody is counted."""
    page, at = _page(draft), clock.now()
    variant = _variant(_one(page, experiment), letter)
    let_the_studio_frame_it(TELLS_NOBODY)
    live = page.with_variant(Shown(variant.id, letter, variant.weight, Overrides.from_json(variant.overrides)))
    return landing.shown(live, forms.for_page(live, at=at), at=at)


def _page(draft: str) -> LivePage:
    magnet = magnets.by_slug(desk.find(draft).slug)
    return (pages.of_magnet(magnet.id) if magnet else None) or abort(404)


def _one(page: LivePage, public_id: str) -> Experiment:
    found = (one for one in experiments.of_page(page.page_id) if one.public_id == public_id)
    return next(found, None) or abort(404)


def _variant(experiment: Experiment, letter: str) -> Variant:
    found = (variant for variant in experiments.variants(experiment) if variant.letter == letter)
    return next(found, None) or abort(404)


def _told(experiment: Experiment) -> dict[str, Overrides]:
    return {one.letter: Overrides.from_json(one.overrides) for one in experiments.variants(experiment)}


def _as_typed(page: LivePage, said: Sequence[Typed]) -> dict[str, object]:
    """Variants of which nothing is kept yet, to be shown again."""
    return {
        "said": said,
        "told": {one.letter: one.overrides for one in said},
        "order": {one.letter: variant_form.order(page, one.overrides) for one in said},
        "problems": {one.letter: one.problem for one in said},
    }


def _there(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What each variant says now, in the words of the screens."""
    weights, told = {variant.letter: str(variant.weight) for variant in shown["said"]}, language.told
    return [
        (letter, " · ".join([weights[letter], *(f"{told(name)}: {told(words)}" for name, words in differences)]))
        for letter, differences in shown["differences"].items()
    ]


def _shown(draft: str, refusal: str = "") -> str:
    return render_template(TEMPLATE, refusal=refusal, **_values(draft))


def _values(draft: str) -> dict[str, Any]:
    page, asked = _page(draft), request.args.get("of", "")
    listed = experiments.of_page(page.page_id)
    shown = _one(page, asked) if asked else next(iter(listed), None)
    said = experiments.variants(shown) if shown else []
    told = _told(shown) if shown else {}
    alpha = sequential.alpha_of_a_pair(results.FILLS_ALPHA, len(said) or 2)
    progress = covers.progress(page, covers.of(shown)) if shown and shown.start_asked_at else None
    return {
        "draft": desk.find(draft),
        "page": page,
        "experiment": shown,
        "mark": experiments.mark(said),
        "earlier": [one for one in listed if one is not shown and one.started_at],
        "said": said,
        "told": told,
        "differences": {letter: list(_differences(one, page.definition)) for letter, one in told.items()},
        "result": results.of(shown, said) if shown and shown.started_at else None,
        "order": {one.letter: variant_form.order(page, told[one.letter]) for one in said},
        "problems": {},
        "section_words": screens.SECTION_WORDS,
        "picture": PICTURE,
        "covers": screens.COVERS if page.kind in covers.DRAWN else (),
        "fields": list(variants.can_be_left_out(page.definition)),
        "required": list(variants.can_be_optional(page.definition)),
        "has_steps": variants.has_steps(page.definition),
        "fills_needed": round(sequential.fills_to_tell(WORTH, 1 / 2, alpha), -2),
        "pace": results.pace(page.page_id, at=clock.now()) if shown and not shown.started_at else 0,
        "drawn": progress,
        "said_of_covers": _drawn(progress.done, progress.total) if progress else "",
        "can_grow": len(said) < len(LETTERS),
    }


def _drawn(done: int, total: int) -> str:
    return language.told(say("%(done)s of %(total)s covers drawn", done=done, total=total))


def _differences(said: Overrides, page: Definition) -> Iterator[tuple[str, str]]:
    """What a variant says otherwise, in the words of the screens."""
    for name, words in ((say("Headline"), said.headline), (say("Promise"), said.promise), (say("Button"), said.button)):
        if words:
            yield name, words
    if said.sections:
        yield say("Sections"), joined([screens.SECTION_WORDS[section][0] for section in said.sections])
    if said.cover_art == PICTURE:
        yield say("What is on the cover"), say("A picture of your own")
    elif said.cover_art:
        yield say("Drawing on the cover"), dict(screens.COVERS).get(said.cover_art, said.cover_art)
    asked = {field.key: field.label or field.wording or field.key for field in page.fields}
    for name, keys in ((say("Not asked"), said.left_out), (say("Need no answer"), said.optional)):
        if keys:
            yield name, ", ".join(asked.get(key, key) for key in keys)
    if said.one_step:
        yield say("Form"), say("All in one step")
