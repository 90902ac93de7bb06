"""The studio's first room: log in; pages with their numbers; one lead."""

from dataclasses import replace
from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user

from capture import clock
from capture.accounts import staff
from capture.accounts.models import Role
from capture.catalogue import drafts
from capture.errors import LoginRefused, ParameterRefused
from capture.handoff import returning
from capture.journey import staff as staff_journey
from capture.languages import say
from capture.reports import behind
from capture.reports import days as page_days
from capture.reports import leads as lead_reports
from capture.reports import pages as page_reports
from capture.reports import story as whole_story
from capture.reports.behind import Behind, Counted
from capture.scoring import scores
from capture.web import charts, language
from capture.web.current import settings
from capture.web.security import limiter
from capture.web.studio import desk, entrance
from capture.web.studio.access import actor, me, only, session_id
from capture.web.studio.forms import ButtonForm, LoginForm

bp = Blueprint("studio", __name__, url_prefix="/studio")

_FIRST_DAY = date(1971, 1, 1)


@bp.get("/")
def home() -> ResponseReturnValue:
    person = me()
    if person is None:
        return redirect(url_for(".login"), 303)
    return redirect(url_for(".pages" if person.is_marketer else "inbox.listing"), 303)


# --- logging in -------------------------------------------------------------------------------------------


@bp.get("/login")
def login() -> ResponseReturnValue:
    return entrance.page()


@bp.post("/login")
@limiter.limit("10 per minute; 60 per hour")
def log_in() -> ResponseReturnValue:
    form = LoginForm()
    if not entrance.takes_passwords():
        abort(403)
    if not form.validate():
        return entrance.page(form, status=422)
    try:
        person = staff_journey.log_in(form.email.data, form.password.data, at=clock.now())
    except LoginRefused as refusal:
        return entrance.page(form, str(refusal), 422)
    return entrance.enter(person, by="password")


@bp.get("/login/<token>")
def login_link(token: str) -> ResponseReturnValue:
    """One button: opening the link uses nothing up, since mail scanners open links."""
    is_open = staff.link_is_open(token, at=clock.now())
    return render_template("studio/login_link.html", form=ButtonForm(), is_open=is_open), 200 if is_open else 410


@bp.post("/login/<token>")
@limiter.limit("10 per minute; 60 per hour")
def redeem_login_link(token: str) -> ResponseReturnValue:
    if not ButtonForm().validate():
        abort(403)
    try:
        person = staff_journey.redeem_login_link(token, at=clock.now())
    except LoginRefused:
        return render_template("studio/login_link.html", form=ButtonForm(), is_open=False), 410
    return entrance.enter(person, by="link")


@bp.post("/logout")
def log_out() -> ResponseReturnValue:
    if not ButtonForm().validate():
        abort(403)
    left = entrance.came_by() == "provider" or None
    if me() is not None:
        staff_journey.end_session(actor(), session_id(), at=clock.now())
    logout_user()
    session.clear()
    return redirect(url_for(".login", left=left and "provider"), 303)


# --- lists ------------------------------------------------------------------------------------------------


@bp.get("/pages")
@only(Role.MARKETER)
def pages() -> ResponseReturnValue:
    """Every page, or those found by a text, with what they brought."""
    text, number = desk.searched()
    shown = page_reports.overview(text=text, number=number, at=clock.now())
    written = drafts.ids_of(page.magnet for page in shown.pages)
    return render_template(
        "studio/pages.html", shown=shown, pages=shown.pages, text=text, times=drafts.times(), drafts=written
    )


@bp.get("/days")
@bp.get("/days/<slug>")
@only(Role.MARKETER)
def days(slug: str | None = None) -> ResponseReturnValue:
    """What one page, or all of them, brought in the last weeks: by day and by channel."""
    told = page_days.of(slug, zone=settings().zone, at=clock.now()) or abort(404)
    shown = [
        (language.current().short_date(day), figures, Behind(Counted.FILLS, day, day)) for day, figures in told.days
    ]
    since, until = told.days[0][0], told.days[-1][0]
    whole = Behind(Counted.FILLS, since, until)

    def link(name: str, of: Behind) -> str:
        """Where the leads behind a figure are listed; those of visits and of forms begun are not known."""
        counted = behind.OF_FIGURES.get(name)
        if counted is None:
            return ""
        channel, page = of.channel or None, told.slug or None
        return url_for(
            "leads.listing", counted=counted.value, since=of.since, until=of.until, channel=channel, filled=page
        )

    return render_template(
        "studio/page_days.html",
        told=told,
        days=page_days.DAYS,
        chart=charts.Bars(
            [label for label, _, _ in shown],
            [figures.visits for _, figures, _ in shown],
            [figures.fills for _, figures, _ in shown],
        ),
        lines=shown[::-1],
        channels=[(channel, figures, replace(whole, channel=channel)) for channel, figures in told.channels],
        whole=whole,
        link=link,
        definitions=page_days.DEFINITIONS,
    )


@bp.get("/leads/<public_id>")
@only(Role.MARKETER, Role.SALES)
def lead(public_id: str) -> ResponseReturnValue:
    """One lead, its score now or at the end of a past day. Sales sees those who were handed over."""
    typed, now, refusal = request.args.get("on", ""), clock.now(), ""
    try:
        at = scores.end_of(_day(typed), settings().zone, now=now) if typed else now
    except ParameterRefused as refused:
        at, refusal = now, str(refused)
    story = lead_reports.story(public_id, zone=settings().zone, at=at) or abort(404)
    if story.lead.public_id != public_id:  # merged since
        return redirect(url_for(".lead", public_id=story.lead.public_id), 303)
    person = me()
    if story.mql is None and not (person and person.is_marketer):
        abort(404)
    before = request.args.get("before", "")
    shown = render_template(
        "studio/lead.html",
        story=story,
        lead=story.lead,
        whole=whole_story.of(story.lead.id, before=before, until=at),
        before=before,
        on=_day(typed) if at < now else None,
        typed=typed,
        refusal=refusal,
        wrong=returning.complaint(story.lead.id) if story.mql and at == now else None,
    )
    return (shown, 422) if refusal else shown


def _day(typed: str) -> date:
    """The day of a date picker. Raises ParameterRefused."""
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        found = date.min
    if found < _FIRST_DAY:
        raise ParameterRefused(say("On"), say("write the day as 2026-03-31."))
    return found
