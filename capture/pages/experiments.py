"""Experiments: variants of a page against each other, begun, started and stopped by a person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from capture.accounts import marks
from capture.db import public_id, session
from capture.errors import NotFound, ParameterRefused
from capture.languages import say
from capture.pages.definition import Cookies, Definition
from capture.pages.models import Experiment, Variant
from capture.pages.variants import LETTERS, MOST_PARTS, Overrides, Running, Shown

NOTHING = Overrides()


def of_page(page_id: int) -> Sequence[Experiment]:
    """The experiments of a page, the newest first."""
    query = select(Experiment).where(Experiment.page_id == page_id).order_by(Experiment.id.desc())
    return session().scalars(query).all()


def hold(experiment_id: str) -> Experiment:
    """The experiment of this public id, fresh and held until the transaction ends. Raises NotFound."""
    query = select(Experiment).where(Experiment.public_id == experiment_id).with_for_update()
    found = session().scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("experiment")
    return found


def variants(experiment: Experiment) -> Sequence[Variant]:
    """Its variants by letter; the first is the page as it is."""
    query = select(Variant).where(Variant.experiment_id == experiment.id).order_by(Variant.letter)
    return session().scalars(query).all()


def mark(said: Sequence[Variant]) -> str:
    """The mark of what these variants say."""
    return marks.of([(variant.letter, variant.weight, variant.overrides) for variant in said])


def going_on(page_id: int) -> Experiment | None:
    """The experiment of a page that has not ended, started or not."""
    newest = next(iter(of_page(page_id)), None)
    return newest if newest is not None and newest.stopped_at is None else None


def begin(page_id: int, *, by: str, at: datetime) -> Experiment:
    """An experiment with the page as it is and one variant that says nothing else yet."""
    experiment = Experiment(page_id=page_id, key=public_id(), created_at=at, created_by=by)
    session().add(experiment)
    session().flush()
    write(experiment, [(1, NOTHING), (1, NOTHING)])
    return experiment


def write(experiment: Experiment, said: Sequence[tuple[int, Overrides]]) -> None:
    """Its variants from A on, each with its weight; what A says is the page's. Raises ParameterRefused once started."""
    if experiment.started_at is not None:
        raise ParameterRefused(
            "experiment", say("It has started: variants and weights stay as they are until its end.")
        )
    experiment.start_asked_at = None
    session().execute(delete(Variant).where(Variant.experiment_id == experiment.id))
    for letter, (weight, overrides) in zip(LETTERS, said, strict=False):
        weight = min(max(weight, 1), MOST_PARTS)
        given = overrides if letter != LETTERS[0] else NOTHING
        session().add(Variant(experiment_id=experiment.id, letter=letter, weight=weight, overrides=given.to_json()))
    session().flush()


def ask_to_start(experiment: Experiment, page: Definition, *, by: str, at: datetime) -> None:
    """It starts as soon as everything that it shows is there. Raises ParameterRefused with what stands in the way."""
    _check(experiment, page)
    experiment.start_asked_at, experiment.start_asked_by = at, by


def start(experiment: Experiment, page: Definition, *, at: datetime) -> None:
    """From now on visitors are shown its variants. Raises ParameterRefused with what stands in the way."""
    _check(experiment, page)
    experiment.started_at, experiment.running_on, experiment.start_asked_at = at, experiment.page_id, None
    session().flush()


def _check(experiment: Experiment, page: Definition) -> None:
    reason = _in_the_way(variants(experiment), page)
    if reason:
        raise ParameterRefused("experiment", reason)


def _in_the_way(said: Sequence[Variant], page: Definition) -> str:
    told = [Overrides.from_json(variant.overrides) for variant in said]
    shown = [(one.applied(page), one.cover) for one in told]
    if page.cookies is Cookies.NEVER:
        return say("This page never sets the visitor's cookie, so nobody could stay on a variant. See Settings.")
    for number, variant in enumerate(said):
        if shown[number] in shown[:number]:
            same = said[shown.index(shown[number])].letter
            return say(
                "%(letter)s says the same as %(same)s. Change something in it, or take it out.",
                letter=variant.letter,
                same=same,
            )
    return ""


def stop(experiment: Experiment, *, at: datetime) -> None:
    """From now on everybody sees the page as it is. Twice is harmless."""
    experiment.running_on = None
    experiment.stopped_at = experiment.stopped_at or at


def discard(experiment: Experiment) -> None:
    """One that never started leaves nothing behind."""
    if experiment.started_at is not None:
        raise ParameterRefused("experiment", say("It has started: stop it instead."))
    session().execute(delete(Variant).where(Variant.experiment_id == experiment.id))
    session().delete(experiment)


_MOST_KEPT = 500
_by_key: dict[str, Running] = {}


def running(experiment: Experiment) -> Running:
    """What visitors are shown: read once in the life of the process, since it does not change any more."""
    if experiment.key not in _by_key:
        if len(_by_key) >= _MOST_KEPT:
            _by_key.clear()
        shown = [
            Shown(variant.id, variant.letter, variant.weight, Overrides.from_json(variant.overrides))
            for variant in variants(experiment)
        ]
        _by_key[experiment.key] = Running(experiment.id, experiment.key, tuple(shown))
    return _by_key[experiment.key]
