"""What stands in the way of a draft, the publish button, and the page that comes of it."""

from datetime import datetime

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts.models import Role
from capture.catalogue import drafts, magnets, parcels, proofs, sentences
from capture.catalogue.editions import AS_PROMISED, CORRECTION, Succession
from capture.catalogue.models import Draft, MagnetKind, Proof, Publication, PublicationState
from capture.errors import ParameterRefused
from capture.journey import drafting, marketer
from capture.languages import numeral, say, say_many
from capture.pages import opening, pages
from capture.pages.models import PageStatus
from capture.pages.pages import LivePage
from capture.web.current import settings
from capture.web.studio import desk, remarks, todo
from capture.web.studio.access import actor, only
from capture.web.studio.assessing import bp as bp
from capture.web.studio.remarks import Remark

STAGES = {
    "reading": say("Reading the draft"),
    "composing": say("Putting the chapters together"),
    "measuring": say("Measuring the pages"),
    "setting": say("Setting the pages"),
    "drawing": say("Drawing the pages"),
    "done": say("Preparing personal copies"),
}
_SUCCESSIONS = {
    "correction": CORRECTION,
    "newest": Succession(keeps_earlier=False),
    "pinned": Succession(keeps_earlier=True),
}


@bp.get("/<draft>/check")
@only(Role.MARKETER)
def check(draft: str) -> ResponseReturnValue:
    return _check(draft)


def _check(draft: str, refusal: str = "", faulty: str = "") -> str:
    here, at = desk.desk(draft), clock.now()
    with parcels.laid_out(settings(), here.draft.files) as folder:
        findings = marketer.check(folder, settings=settings(), at=at)
    last, whole = drafts.newest_publication(here.draft), proofs.of(here.draft, proofs.WHOLE)
    faults = _faults_of_the_press(here.draft, last, whole)
    listed = remarks.of(here, findings)
    is_published = drafts.live_files(here.draft) == here.draft.files
    is_settable = here.draft.kind is not MagnetKind.WEBINAR and not any(
        remarks.is_of_document(here, one) for one in findings
    )
    stops = [*(remark for remark in listed if remark.stops), *faults]
    magnet = magnets.by_slug(here.draft.slug)
    page = pages.of_magnet(magnet.id) if magnet else None
    timed = drafts.timed(here.draft)
    return render_template(
        "studio/draft_check.html",
        timed=timed,
        is_timed_as_it_stands=timed is not None and timed.files == here.draft.files,
        draft=here.draft,
        stops=stops,
        advice=[*(remark for remark in listed if not remark.stops), *_left_to_translate(here.draft)],
        complaints=remarks.of_setting(here, whole),
        page=page,
        is_open=page is not None and page.is_open(at),
        stands=opening_words(page, at) if page else "",
        refusal=refusal,
        faulty=faulty,
        typed=request.form,
        last=last,
        whole=whole,
        is_settable=is_settable,
        is_to_be_set=is_settable and not is_published and (whole is None or whole.finished_at is None),
        has_pages=whole is not None and proofs.has_pages(whole, at=at),
        has_document=magnet is not None and magnet.kind is not MagnetKind.WEBINAR,
        is_published=is_published,
    )


def _left_to_translate(draft: Draft) -> list[Remark]:
    left = len(todo.of(draft))
    words = say_many("%(num)s text is not translated yet.", "%(num)s texts are not translated yet.", left)
    place = url_for(".languages_of", draft=draft.public_id)
    return [Remark(words, say("Languages"), place, stops=False)] if left else []


def opening_words(page: LivePage, at: datetime) -> str:
    """When visitors may fill the form of a page."""
    if page.status is PageStatus.CLOSED:
        return say("Taken off: visitors are told where to go.")
    return opening.sentence(page.window, settings().zone, at=at)


def _faults_of_the_press(draft: Draft, last: Publication | None, whole: Proof | None) -> list[Remark]:
    """Why these very files could not be set, where that was tried: by a proof, or by publishing."""
    said = [whole.fault] if whole and whole.fault else []
    if last and last.state is PublicationState.STOPPED and last.files == draft.files:
        said += last.faults
    place = url_for(".text", draft=draft.public_id)
    return [
        Remark(
            say("The document cannot be set. %(fault)s", fault=sentences.recalled(fault)), say("The document"), place
        )
        for fault in dict.fromkeys(said)
    ]


@bp.post("/<draft>/publish")
@only(Role.MARKETER)
def publish(draft: str) -> ResponseReturnValue:
    succession = _SUCCESSIONS.get(request.form.get("as", ""), AS_PROMISED)
    found, at = desk.find(draft), clock.now()
    try:
        window = opening.window(request.form.get("from", ""), request.form.get("until", ""), settings().zone, at=at)
        due = opening.due(request.form.get("at", ""), settings().zone, at=at)
        if due is not None and succession.keeps_earlier is None and drafts.live_files(found) == found.files:
            raise ParameterRefused("at", say("Nothing has changed since it was published."))
    except ParameterRefused as refusal:
        control = refusal.parameter if refusal.parameter != "at" else f"at-{request.form.get('which', '')}"
        return _check(draft, refusal.why, control), 422
    asked = drafting.ask_to_publish(
        found.public_id, succession=succession, window=window, due=due, actor=actor(), at=at
    )
    if due is not None:
        return redirect(url_for(".check", draft=draft, _anchor="timed"), 303)
    return redirect(url_for(".publication", draft=draft, publication=asked), 303)


@bp.post("/<draft>/publications/<publication>/cancel")
@only(Role.MARKETER)
def cancel_publication(draft: str, publication: str) -> ResponseReturnValue:
    """What waits for its time is not published."""
    drafting.cancel_publication(desk.find(draft).public_id, publication, actor=actor(), at=clock.now())
    return redirect(url_for(".check", draft=draft), 303)


@bp.get("/<draft>/publications/<publication>")
@only(Role.MARKETER)
def publication(draft: str, publication: str) -> ResponseReturnValue:
    """How far it is, and what came of it."""
    found, asked = desk.find(draft), drafts.publication(publication) or abort(404)
    if asked.draft_id != found.id:
        abort(404)
    is_finished = asked.state in (PublicationState.LIVE, PublicationState.STOPPED)
    return render_template(
        "studio/publication.html", draft=found, asked=asked, said=_said(asked), is_finished=is_finished
    )


def _said(asked: Publication) -> str:
    if asked.state is PublicationState.WAITING:
        return say("Waiting for the press")
    stage = STAGES.get(asked.stage, say("Publishing"))
    if not asked.total:
        return stage
    return say("%(stage)s: %(done)s of %(total)s", stage=stage, done=numeral(asked.done), total=numeral(asked.total))
