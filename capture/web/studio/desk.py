"""What the screens of a draft share: finding it, saying who writes, answering people and scripts alike."""

import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO

from flask import abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import staff
from capture.catalogue import drafts, parcels
from capture.catalogue.models import Draft
from capture.errors import DraftChanged, Refusal, SeveralRefused
from capture.journey import branding
from capture.journey.drafting import Scribe
from capture.languages import joined, say
from capture.pages import sheets
from capture.web import current
from capture.web.filters import time_of_day
from capture.web.language import told
from capture.web.studio.access import actor


@dataclass(frozen=True, slots=True)
class Desk:
    """A draft with its magnet.toml; `table` is None while that does not parse."""

    draft: Draft
    text: str
    table: Mapping[str, object] | None


def find(public_id: str) -> Draft:
    """The draft of this id, or the page that says that there is none."""
    return drafts.by_public_id(public_id) or abort(404)


def shown(public_id: str) -> Draft:
    """The draft of this id, or what would begin with the installation's brand, to look at."""
    return branding.specimen(current.settings()) if public_id == branding.SPECIMEN else find(public_id)


def desk(public_id: str) -> Desk:
    """The draft with its magnet.toml."""
    draft = find(public_id)
    text = parcels.read(current.settings(), draft.files, parcels.DEFINITION).decode("utf-8-sig", "replace")
    try:
        return Desk(draft, text, sheets.table_of(text))
    except tomllib.TOMLDecodeError:
        return Desk(draft, text, None)


def scribe() -> Scribe:
    """Who is logged in, as the one who writes."""
    return Scribe(actor(), current.settings(), clock.now())


def sent(key: str) -> tuple[IO[bytes], str]:
    """An uploaded file and its name; an empty one without a name where none was chosen."""
    upload = request.files.get(key)
    return (upload.stream, upload.filename or "") if upload else (io.BytesIO(), "")


def searched() -> tuple[str, int]:
    """What a list is searched for, and which part of it is shown, counted from 1."""
    text, number = request.args.get("q", "").replace("\x00", "")[:200].strip(), request.args.get("page", 1, type=int)
    return text, max(1, min(number, 100_000))


def wants_json() -> bool:
    """Whether a script asks, which stays on the page."""
    return request.accept_mimetypes.best == "application/json"


def saved(address: str, mark: str, faults: Mapping[str, str] = MappingProxyType({})) -> ResponseReturnValue:
    """What was typed is kept: a script gets the mark to save with next time, a person the screen again.

    `faults`, by control, are what keeps it from being published.
    """
    if wants_json():
        at = time_of_day(clock.now(), current.settings().timezone)
        said = say("Saved at %(time)s. What is marked cannot be published yet.", time=at)
        said = said if faults else say("Saved at %(time)s", time=at)
        return jsonify(mark=mark, said=told(said), faults={name: told(words) for name, words in faults.items()})
    return redirect(f"{address}?saved=1", 303)


def clash(template: str, refusal: DraftChanged, /, **values: object) -> ResponseReturnValue:
    """Somebody else saved first: nothing is overwritten, and both texts are shown."""
    who = staff.names().get(refusal.by, say("Somebody else"))
    at = time_of_day(refusal.at, current.settings().timezone)
    said = say("%(who)s changed this at %(time)s. Nothing was overwritten: below is what you typed.", who=who, time=at)
    if wants_json():
        return jsonify(said=f"{told(said)} {told(say('Save by the button to see both.'))}"), 409
    return render_template(template, clash=said, **values), 409


def refused(said: str, template: str, /, **values: object) -> ResponseReturnValue:
    """A deliberate no, beside what was typed; a value `faulty` is the id of the control in which that stands."""
    if wants_json():
        return jsonify(said=told(said)), 422
    return render_template(template, refusal=said, **values), 422


def wrong(refusal: Refusal, otherwise: str = "") -> dict[str, str]:
    """What a screen says of a deliberate no, and beside which control; `otherwise` is that where it does not say."""
    return {"refusal": str(refusal), "faulty": getattr(refusal, "field", "") or otherwise}


def all_wrong(refusal: Refusal, otherwise: str = "", within: str = "") -> dict[str, object]:
    """The same, where several things may be wrong: each stands beside its own control.

    `within` is what the ids of the controls begin with.
    """
    if not isinstance(refusal, SeveralRefused):
        told = wrong(refusal, otherwise)
        return {**told, "faulty": f"{within}{told['faulty']}"}
    wrongs = [(f"{within}{fault.field or otherwise}", str(fault)) for fault in refusal.faults]
    beside = {
        control: joined([words for place, words in wrongs if place == control], " ")
        for control in dict.fromkeys(place for place, _ in wrongs)
    }
    return {"refusal": str(refusal), "wrongs": wrongs, "beside": beside}
