"""People who work with the studio: who may do what, invitations, one's own password, and the audit log."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock, languages
from capture.accounts import audit, marks, passkeys, sessions, staff
from capture.accounts.models import Role, Staff
from capture.errors import DraftChanged, LastAdmin, ParameterRefused, UploadRefused
from capture.handoff import absences, pressing, reps, routing
from capture.journey import sales
from capture.journey import staff as staff_journey
from capture.journey.sales import HandedOn
from capture.languages import say, say_many
from capture.reports import audited
from capture.web import language
from capture.web.current import settings
from capture.web.studio import absent, auditing, desk, entrance
from capture.web.studio.access import actor, only, session_id
from capture.web.studio.forms import InviteForm, PasswordForm

bp = Blueprint("people", __name__, url_prefix="/studio/people")

ENTRIES = 50
SOUGHT = ("who", "what", "of", "since", "until")
ROLES = {
    Role.ADMIN: say("Admin: everything, people too"),
    Role.MARKETER: say("Marketer: pages and leads"),
    Role.SALES: say("Sales: what was handed over"),
}

DONE = {
    "disabled": say("The access is taken away, and every session is over with its next request"),
    "enabled": say("The access is given back"),
    "reset": say("The second factor is reset, and every session is over. The next login asks for none"),
    "ended": say("Every session is over with its next request"),
    "unlinked": say("Unlinked: the next account at the provider with this address becomes theirs"),
    "role": say("The role is set"),
}


@bp.get("/")
@only()
def listing() -> ResponseReturnValue:
    return _listing(InviteForm(formdata=None))


@bp.post("/")
@only()
def invite() -> ResponseReturnValue:
    """Somebody new gets a mail with a login link; somebody who has access gets another one."""
    form = InviteForm()
    if not form.validate():
        return _listing(form), 422
    name, role = " ".join(form.name.data.split()), Role(form.role.data)
    staff_journey.invite(form.email.data, name, role, actor=actor(), at=clock.now())
    return redirect(url_for(".listing", sent="1"), 303)


@bp.post("/<public_id>/role")
@only()
def change_role(public_id: str) -> ResponseReturnValue:
    wanted = request.form.get("role", "")
    if wanted not in list(Role):
        abort(400)
    seen = request.form.get("mark", "")
    try:
        went = staff_journey.change_role(
            public_id, Role(wanted), sla_hours=settings().sla_hours, seen=seen, actor=actor(), at=clock.now()
        )
    except DraftChanged as refusal:
        person = _known(public_id)
        shown = _shown(InviteForm(formdata=None), {public_id: Role(wanted)})
        there = [(person.name, ROLES[person.role])]
        return desk.clash("studio/people.html", refusal, there=there, other=url_for(".listing"), **shown)
    except LastAdmin as refusal:
        return _listing(InviteForm(formdata=None), refusal=str(refusal), faulty=f"role-{public_id}"), 422
    return _done("role", went)


@bp.post("/<public_id>/disable")
@only()
def disable(public_id: str) -> ResponseReturnValue:
    try:
        went = staff_journey.disable(
            _known(public_id).public_id, sla_hours=settings().sla_hours, actor=actor(), at=clock.now()
        )
    except LastAdmin as refusal:
        return _listing(InviteForm(formdata=None), refusal=str(refusal)), 422
    return _done("disabled", went)


def _done(what: str, went: HandedOn) -> ResponseReturnValue:
    taken, nobodys, answered = went.taken or None, went.nobodys or None, went.answered or None
    return redirect(url_for(".listing", done=what, taken=taken, nobodys=nobodys, answered=answered), 303)


@bp.post("/<public_id>/enable")
@only()
def enable(public_id: str) -> ResponseReturnValue:
    staff_journey.enable(_known(public_id).public_id, actor=actor(), at=clock.now())
    return redirect(url_for(".listing", done="enabled"), 303)


@bp.post("/<public_id>/second-factor/reset")
@only()
def reset_second_factor(public_id: str) -> ResponseReturnValue:
    """For somebody who lost the telephone and the recovery codes."""
    staff_journey.reset_second_factor(_known(public_id).public_id, actor=actor(), at=clock.now())
    return redirect(url_for(".listing", done="reset"), 303)


@bp.post("/<public_id>/sessions/end")
@only()
def end_sessions(public_id: str) -> ResponseReturnValue:
    """Log somebody out everywhere."""
    staff_journey.end_sessions(_known(public_id).public_id, actor=actor(), at=clock.now())
    return redirect(url_for(".listing", done="ended"), 303)


@bp.post("/<public_id>/unlink")
@only()
def unlink(public_id: str) -> ResponseReturnValue:
    """For somebody who got another account at the provider, or an address that was somebody else's."""
    staff_journey.unlink(_known(public_id).public_id, actor=actor(), at=clock.now())
    return redirect(url_for(".listing", done="unlinked"), 303)


@bp.get("/me")
@only(Role.MARKETER, Role.SALES)
def me() -> ResponseReturnValue:
    return _me(PasswordForm())


@bp.post("/me")
@only(Role.MARKETER, Role.SALES)
def choose_password() -> ResponseReturnValue:
    """A password for oneself."""
    form = PasswordForm()
    if not entrance.takes_passwords():
        abort(403)
    if not form.validate():
        return _me(form), 422
    entrance.log_in(staff_journey.choose_password(actor(), form.password.data, at=clock.now()))
    return redirect(url_for(".me", saved="1"), 303)


@bp.post("/me/language")
@only(Role.MARKETER, Role.SALES)
def choose_language() -> ResponseReturnValue:
    """The language of the studio, and of its mails, for oneself."""
    try:
        staff_journey.choose_language(actor(), request.form.get("language", ""))
    except ParameterRefused:
        abort(400)
    return redirect(url_for(".me", spoken="1"), 303)


@bp.post("/me/absences")
@only(Role.SALES)
def set_my_absences() -> ResponseReturnValue:
    """When one is away oneself; hours, share and limits are an admin's to set."""
    seen, zone = request.form.get("mark", ""), settings().timezone
    try:
        absent.check()
        sales.set_absences(actor(), absent.typed(), zone=zone, seen=seen, actor=actor(), at=clock.now())
    except DraftChanged as refusal:
        return desk.clash("studio/me.html", refusal, other=url_for(".me"), **_mine(PasswordForm(formdata=None), True))
    except UploadRefused as refusal:
        shown = _mine(PasswordForm(formdata=None), True) | desk.all_wrong(refusal, "off")
        return render_template("studio/me.html", **shown), 422
    return redirect(url_for(".me", away="1", _anchor="absences"), 303)


@bp.post("/me/sessions/end")
@only(Role.MARKETER, Role.SALES)
def end_my_other_sessions() -> ResponseReturnValue:
    """Log oneself out everywhere but here."""
    ended = staff_journey.end_other_sessions(actor(), session_id(), at=clock.now())
    return redirect(url_for(".me", ended=ended), 303)


@bp.post("/me/sessions/<one>/end")
@only(Role.MARKETER, Role.SALES)
def end_my_session(one: str) -> ResponseReturnValue:
    """Log oneself out in one browser."""
    ended = staff_journey.end_session(actor(), one, at=clock.now())
    return redirect(url_for(".me", ended=int(ended)), 303)


@bp.get("/audit")
@only()
def audit_log() -> ResponseReturnValue:
    """All of it, or what one person did, one kind of deed, what was done to one thing, a span of days."""
    given = {name: request.args.get(name, "").replace("\x00", "")[:320] for name in SOUGHT}
    since, until = _midnight(given["since"]), _midnight(given["until"])
    sought = audit.Sought(given["who"], given["what"], given["of"], since, until and until + timedelta(days=1))
    entries, names = audit.found(sought, before=request.args.get("before", type=int), size=ENTRIES), staff.names()
    meanings = audited.meanings(entries, given["of"], zone=settings().zone)
    return render_template(
        "studio/audit.html",
        entries=entries[:ENTRIES],
        has_older=len(entries) > ENTRIES,
        given={name: value for name, value in given.items() if value},
        actions=audit.actions(),
        subjects={entry.id: auditing.subject(entry, names, meanings) for entry in entries},
        details={entry.id: auditing.details(entry, names, meanings) for entry in entries},
        sought=auditing.meant(given["of"], names, meanings).label,
        names=names,
        things=meanings.things,
    )


def _midnight(typed: str) -> datetime | None:
    """The beginning of a day of a date picker; None for none and for what is no day of this calendar."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return datetime.combine(day, time(), settings().zone) if 1971 <= day.year < 9000 else None


def _me(form: PasswordForm) -> str:
    return render_template("studio/me.html", **_mine(form))


def _mine(form: PasswordForm, again: bool = False) -> dict[str, object]:
    """One's own account; `again` with the absences as they were typed."""
    person = staff.by_public_id(actor()) or abort(403)
    own = reps.of([person.id])[person.id] if person.role is Role.SALES else None
    return {
        "form": form,
        "spoken": [(tag, languages.name_of(tag)) for tag in languages.shipped()],
        "preferred": languages.name_of(language.preferred(settings())),
        "takes_passwords": entrance.takes_passwords(),
        "has_second_factor": person.totp_secret is not None,
        "passkeys": passkeys.number_of(person),
        "sessions": sessions.of(person, at=clock.now()),
        "this_one": session_id(),
        "days_off": absent.shown(own, again) if own else None,
        "mark": reps.mark(own) if own else "",
        "missed": len(absences.waiting(at=clock.now()).get(person.id, ())) if own else 0,
    }


def _listing(form: InviteForm, refusal: str = "", faulty: str = "") -> str:
    return render_template("studio/people.html", refusal=refusal, faulty=faulty, **_shown(form))


def _shown(form: InviteForm, wanted: Mapping[str, Role] = MappingProxyType({})) -> dict[str, object]:
    people, unanswered, named = staff.everybody(), pressing.unanswered(), routing.named()
    return {
        "people": people,
        "marks": {person.public_id: marks.of(person.role) for person in people},
        "roles": ROLES,
        "wanted": wanted,
        "done": DONE,
        "went_on": _went_on(),
        "parting": {
            person.public_id: _parting(person, unanswered.get(person.id, 0), named.get(person.id)) for person in people
        },
        "form": form,
        "with_passkeys": passkeys.owners(),
        "by_groups": bool(settings().oidc_roles),
    }


def _went_on() -> list[str]:
    """What became of MQLs that waited for somebody, as the address says it."""
    names = ("taken", "nobodys", "answered")
    taken, nobodys, answered = (max(0, min(request.args.get(name, 0, type=int), 10**6)) for name in names)
    to_colleagues = say_many(
        "%(num)s open MQL went on to a colleague, who was told",
        "%(num)s open MQLs went on to colleagues, who were told",
        taken,
    )
    to_nobody = say_many(
        "%(num)s open MQL is nobody’s now: whoever is away, has had their most or let its time pass is passed over. "
        "An admin was told, and it is tried each hour",
        "%(num)s open MQLs are nobody’s now: whoever is away, has had their most or let the time of one pass is "
        "passed over. An admin was told, and it is tried each hour",
        nobodys,
    )
    stays = say_many(
        "%(num)s MQL that they had accepted stays theirs until somebody passes it on",
        "%(num)s MQLs that they had accepted stay theirs until somebody passes them on",
        answered,
    )
    said = (to_colleagues, taken), (to_nobody, nobodys), (stays, answered)
    return [words for words, number in said if number]


def _parting(person: Staff, unanswered: int, named: routing.Named | None) -> list[str]:
    """What follows for this person, for what waits for his answer, and for whoever takes his access away."""
    if person.public_id == actor():
        return [say("This is you: you are logged out at once, and only another admin can give your access back.")]
    if person.role is Role.SALES:
        follows = say(
            "%(name)s is logged out with the next click and can log in no more. What waits for an answer of theirs "
            "goes on to colleagues by the routing rules; what they had accepted is passed on under Team.",
            name=person.name,
        )
        waits = say_many(
            "%(num)s MQL waits for an answer: where no colleague may have it, it is nobody’s until one may.",
            "%(num)s MQLs wait for an answer: those that no colleague may have are nobody’s until one may.",
            unanswered,
        )
        alone = say(
            "The routing rules that name nobody else find nobody then: %(rules)s.",
            rules=", ".join(f"“{name}”" for name in named.alone) if named else "",
        )
        accounts = say_many(
            "%(num)s named account is theirs: give it to somebody else under Routing.",
            "%(num)s named accounts are theirs: give them to somebody else under Routing.",
            named.accounts if named else 0,
        )
        told = (waits, unanswered), (alone, named and named.alone), (accounts, named and named.accounts)
        return [follows, *(words for words, some in told if some)]
    return [say("%(name)s is logged out with the next click and can log in no more.", name=person.name)]


def _known(public_id: str) -> Staff:
    return staff.known(public_id) or abort(404)
