"""The marketer's story of an experiment: begun, written, started, stopped, and its winner taken over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from capture import clock
from capture.accounts import audit, marks
from capture.catalogue import drafts, magnets, parcels
from capture.catalogue.models import Draft
from capture.config import Settings
from capture.db import JsonObject, journey
from capture.errors import NotFound, ParameterRefused
from capture.journey import covers, drafting
from capture.journey.drafting import Scribe, Step
from capture.languages import kept
from capture.pages import experiments, pages, parts, screens, sheets
from capture.pages.models import Experiment
from capture.pages.pages import LivePage
from capture.pages.variants import PICTURE, Overrides

WRITTEN = "experiment.written"
VARIANT = kept("Variant %(letter)s")  # what was done, as it is kept with a version


@journey
def begin(page_id: int, *, actor: str, at: datetime) -> str:
    """An experiment to write variants for; gives its public id. One that has not ended is given instead."""
    going_on = experiments.going_on(page_id)
    if going_on is not None:
        return going_on.public_id
    begun = experiments.begin(page_id, by=actor, at=at)
    _note("begun", begun, actor, at)
    return begun.public_id


@journey
def write(
    experiment: str, said: Sequence[tuple[int, Overrides]], *, seen: str | None = None, actor: str, at: datetime
) -> None:
    """Weights and overrides of its variants, A first.

    `seen` is the mark of the variants that the person had before his eyes; none: of those that stand. Raises
    ParameterRefused once it has started, and DraftChanged where somebody has changed them since.
    """
    held = experiments.hold(experiment)
    page, before = _page(held), experiments.mark(experiments.variants(held))
    if held.started_at is None:
        marks.refuse_if_changed(seen, before, f"page:{page.slug}", WRITTEN, at=at)
    experiments.write(held, said)
    covers.ask(page, [overrides.cover for _, overrides in said], at=at)
    if experiments.mark(experiments.variants(held)) != before and not _is_one_sitting(page, actor, at):
        _note("written", held, actor, at, variants=len(said))


@journey
def set_cover(experiment: str, letter: str, cover_file: str, *, actor: str, at: datetime) -> None:
    """This picture stands on the cover of a variant; all else that its variants say stays.

    Raises ParameterRefused once it has started.
    """
    held = experiments.hold(experiment)
    page, said = _page(held), []
    for variant in experiments.variants(held):
        told = Overrides.from_json(variant.overrides)
        if variant.letter == letter:
            told = replace(told, cover_art=PICTURE, cover_file=cover_file)
        said.append((variant.weight, told))
    experiments.write(held, said)
    covers.ask(page, [overrides.cover for _, overrides in said], at=at)
    _note("cover_set", held, actor, at, variant=letter)


@journey
def start(experiment: str, *, actor: str, at: datetime) -> None:
    """Visitors are shown its variants from now on, or from when the last of its covers is drawn.

    Raises ParameterRefused with what stands in the way.
    """
    held = experiments.hold(experiment)
    page, arts = _page(held), covers.of(held)
    if covers.missing(page, arts):
        covers.ask(page, arts, at=at)
        experiments.ask_to_start(held, page.definition, by=actor, at=at)
        return
    experiments.start(held, page.definition, at=at)
    _note("started", held, actor, at)


@journey
def change(experiment: str) -> None:
    """It does not start by itself: its variants are to be changed first."""
    experiments.hold(experiment).start_asked_at = None


def draw(settings: Settings, payload: JsonObject) -> None:
    """What the outbox message asks for; an experiment that waits starts with the last of its covers."""
    covers.draw(settings, payload)
    _start_if_ready(str(payload["magnet"]), at=clock.now())


@journey
def _start_if_ready(magnet_slug: str, *, at: datetime) -> None:
    magnet = magnets.by_slug(magnet_slug)
    page = pages.of_magnet(magnet.id) if magnet else None
    waiting = experiments.going_on(page.page_id) if page else None
    if page is None or waiting is None:
        return
    held = experiments.hold(waiting.public_id)
    if held.start_asked_at is None or covers.missing(page, covers.of(held)):
        return
    try:
        experiments.start(held, page.definition, at=at)
    except ParameterRefused as refusal:  # the page was published otherwise meanwhile
        held.start_asked_at = None
        _note("not_started", held, held.start_asked_by, at, reason=str(refusal.why))
    else:
        _note("started", held, held.start_asked_by, at)


@journey
def stop(experiment: str, *, actor: str, at: datetime) -> None:
    """Everybody sees the page as it is from now on; what was counted stays."""
    _stop(experiments.hold(experiment), actor, at)


@journey
def discard(experiment: str, *, actor: str, at: datetime) -> None:
    """It never was. Raises ParameterRefused once it has started."""
    held = experiments.hold(experiment)
    _note("discarded", held, actor, at)
    experiments.discard(held)


def take_over(draft: Draft, experiment: str, letter: str, overrides: Overrides, scribe: Scribe) -> None:
    """The draft says what the variant says, and the experiment is over; what visitors see changes by publishing.

    Raises DraftChanged.
    """
    text = parcels.read(scribe.settings, draft.files, parcels.DEFINITION).decode("utf-8-sig")
    step = Step(VARIANT % {"letter": letter}, apart=True)
    drafting.save_definition(draft, _with(overrides, text), scribe, step, files=covers.picture(overrides.cover))
    _note_taken_over(experiment, letter, actor=scribe.actor, at=scribe.at)


@journey
def _note_taken_over(experiment: str, letter: str, *, actor: str, at: datetime) -> None:
    held = experiments.hold(experiment)
    _stop(held, actor, at)
    held.taken_over = letter
    _note("taken_over", held, actor, at, variant=letter)


def _is_one_sitting(page: LivePage, actor: str, at: datetime) -> bool:
    """Whether the same person wrote just before: what is saved while somebody types is noted once."""
    last = audit.last(f"page:{page.slug}", (WRITTEN, "experiment.begun"))
    return last is not None and (last.action, last.actor) == (WRITTEN, actor) and last.at > at - drafts.ONE_SITTING


def _stop(held: Experiment, actor: str, at: datetime) -> None:
    if held.started_at is None or held.stopped_at is not None:
        return
    experiments.stop(held, at=at)
    _note("stopped", held, actor, at)


def _note(what: str, held: Experiment, actor: str, at: datetime, **detail: object) -> None:
    audit.record(actor, f"experiment.{what}", f"page:{_page(held).slug}", at=at, experiment=held.public_id, **detail)


def _page(held: Experiment) -> LivePage:
    page = pages.by_id(held.page_id)
    if page is None:
        raise NotFound("page")
    return page


def _without(text: str, key: str, gone: set[str]) -> str:
    """The magnet.toml whose field of this key says nothing of these."""
    place = parts.place(sheets.table_of(text), parts.FIELDS, key)
    return parts.changed(text, place, {}, gone) if place is not None and gone else text


def _with(overrides: Overrides, text: str) -> str:
    """The magnet.toml that says what the variant says."""
    words = {"page-headline": overrides.headline, "page-promise": overrides.promise, "page-button": overrides.button}
    for entry in screens.PAGE:
        if words.get(entry.name):
            text = sheets.write(text, (entry,), {entry.name: words[entry.name]})
    if overrides.sections:
        named = tuple(section.value for section in overrides.sections)
        text = sheets.write(text, screens.SECTIONS, {"page-sections": named})
    if overrides.cover:
        text = covers.on_cover(text, overrides.cover)
    plain = [str(part.get("key")) for _, part in parts.listed(sheets.table_of(text), parts.FIELDS)]
    for key in plain:
        gone = {"required"} if key in overrides.optional else set()
        text = _without(text, key, gone | ({"step"} if overrides.one_step else set()))
    for key in overrides.left_out:
        place = parts.place(sheets.table_of(text), parts.FIELDS, key)
        if place is not None:
            text = parts.remove(text, parts.FIELDS, cast(int, place[-1]))
    return text
