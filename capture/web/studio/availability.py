"""Address and dates of a published page: when it is open, what it says when it is not, where it lies, whose it is."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import staff
from capture.accounts.models import Role
from capture.catalogue import magnets
from capture.catalogue.models import Draft
from capture.errors import DraftChanged, ParameterRefused
from capture.journey import marketer
from capture.journey import opening as opening_journey
from capture.languages import say
from capture.pages import opening, pages
from capture.web.current import settings
from capture.web.studio import desk
from capture.web.studio.access import actor, only
from capture.web.studio.pressing import bp as bp
from capture.web.studio.pressing import opening_words

TEMPLATE = "studio/draft_availability.html"


@bp.get("/<draft>/availability")
@only(Role.MARKETER)
def availability(draft: str) -> ResponseReturnValue:
    return render_template(TEMPLATE, **_shown(draft))


@bp.post("/<draft>/open")
@only(Role.MARKETER)
def set_window(draft: str) -> ResponseReturnValue:
    """Open from a time and until a time; without either, open from now on."""

    def change(found: Draft) -> None:
        at = clock.now()
        typed = request.form.get("from", ""), request.form.get("until", "")
        window = opening.window(*typed, settings().zone, at=at)
        opening_journey.open_from(found.slug, window, seen=_seen(), actor=actor(), at=at)

    return _changed(draft, change)


@bp.post("/<draft>/close")
@only(Role.MARKETER)
def close(draft: str) -> ResponseReturnValue:
    """Unpublish: the page says what was typed beside the button, links already given go on working."""

    def change(found: Draft) -> None:
        _say_when_closed(found)
        opening_journey.close(found.slug, actor=actor(), at=clock.now())

    return _changed(draft, change)


@bp.post("/<draft>/reopen")
@only(Role.MARKETER)
def reopen(draft: str) -> ResponseReturnValue:
    """Take fills again from now on, with the version that was live last."""
    return _changed(draft, lambda found: opening_journey.open_from(found.slug, actor=actor(), at=clock.now()))


@bp.post("/<draft>/farewell")
@only(Role.MARKETER)
def say_when_closed(draft: str) -> ResponseReturnValue:
    """What visitors of the closed page read, and where they are led."""
    return _changed(draft, _say_when_closed)


def _say_when_closed(found: Draft) -> None:
    typed = {name: request.form[name].strip() for name in ("farewell", "to") if name in request.form}
    if typed.items() <= _shown(found.public_id)["kept"].items():
        return
    farewell, to = typed.get("farewell"), typed.get("to")
    opening_journey.say_when_closed(found.slug, farewell, to, seen=_seen(), actor=actor(), at=clock.now())


@bp.post("/<draft>/address")
@only(Role.MARKETER)
def rename(draft: str) -> ResponseReturnValue:
    """Another address at once; the old one redirects."""
    slug = request.form.get("slug", "").strip()

    def change(found: Draft) -> None:
        opening_journey.rename(found.slug, slug, settings=settings(), seen=_seen(), actor=actor(), at=clock.now())

    return _changed(draft, change)


@bp.post("/<draft>/owner")
@only(Role.MARKETER)
def give_to(draft: str) -> ResponseReturnValue:
    """Somebody else looks after the page."""
    owner = request.form.get("owner", "")

    def change(found: Draft) -> None:
        opening_journey.give_to(found.slug, owner, seen=_seen(), actor=actor(), at=clock.now())

    return _changed(draft, change)


@bp.post("/<draft>/cancel")
@only(Role.MARKETER)
def cancel_webinar(draft: str) -> ResponseReturnValue:
    """The webinar does not take place: everybody registered is told, and the page says so."""
    magnet = magnets.by_slug(desk.find(draft).slug)
    page = (pages.of_magnet(magnet.id) if magnet else None) or abort(404)
    told = marketer.cancel_webinar(page.slug, actor=actor(), at=clock.now())
    return redirect(url_for(".sheet", draft=draft, screen="event", told=told), 303)


def _seen() -> str:
    """The mark of what stood there when the form was opened."""
    return request.form.get("mark", "")


def _changed(draft: str, change: Callable[[Draft], None]) -> ResponseReturnValue:
    try:
        change(desk.find(draft))
    except ParameterRefused as refusal:
        shown = _shown(draft, refusal.parameter, refusal.why)
        return render_template(TEMPLATE, **shown), 422
    except DraftChanged as refusal:
        shown = _shown(draft)
        return desk.clash(TEMPLATE, refusal, there=_there(shown), **shown)
    return redirect(url_for(".availability", draft=draft, saved=1), 303)


def _there(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What stands now in the place of each field that was typed."""
    names = {"from": say("From"), "until": say("Until"), "farewell": say("What visitors read")}
    names |= {"to": say("Where the button leads"), "slug": say("Address"), "owner": say("Owner")}
    kept = {**shown["kept"], "owner": staff.names().get(shown["kept"]["owner"], "")}
    return [(name, kept[field]) for field, name in names.items() if field in request.form]


def _shown(draft: str, faulty: str = "", refusal: str = "") -> dict[str, Any]:
    found, at, zone = desk.find(draft), clock.now(), settings().zone
    magnet = magnets.by_slug(found.slug)
    page = (pages.of_magnet(magnet.id) if magnet else None) or abort(404)
    others = {public_id: slug for public_id, slug in pages.slugs() if public_id != page.public_id}
    kept = {
        "from": opening.typed(page.window.opens_at, zone),
        "until": opening.typed(page.window.closes_at, zone),
        "slug": page.slug,
        "farewell": page.farewell,
        "to": others.get(page.leads_to, ""),
        "owner": page.owner,
    }
    people = [person for person in staff.everybody() if person.disabled_at is None and person.role is not Role.SALES]
    return {
        "draft": found,
        "page": page,
        "standing": page.standing(at),
        "stands": opening_words(page, at),
        "kept": kept,
        "marks": {part.name.lower(): mark for part, mark in opening_journey.seen_of(page).items()},
        "values": {**kept, **request.form},
        "others": others.values(),
        "people": people,
        "faulty": faulty,
        "refusal": refusal,
    }
