"""The inbox: what was handed over, one MQL after the other, each answered by one press."""

import secrets
from collections.abc import Mapping, Sequence

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import staff
from capture.accounts.models import Role
from capture.errors import AnsweredMeanwhile, DispositionRefused, DraftChanged, Faults, UploadRefused, WentOn
from capture.handoff import (
    absences,
    exclusions,
    left_behind,
    listed,
    money,
    outcomes,
    owners,
    pressing,
    reasons,
    reps,
    revisions,
    routing,
    wrong,
)
from capture.handoff.dispositions import IN_PROGRESS, Decision, Teller
from capture.handoff.layouts import ColumnsUnknown, Layout
from capture.handoff.models import Follows, Outcome, Source
from capture.handoff.reps import Work
from capture.journey import outcomes as outcomes_journey
from capture.journey import sales
from capture.languages import say, say_many
from capture.leads.models import ExclusionKind
from capture.pages import text
from capture.reports import inbox
from capture.reports.inbox import Opened, View
from capture.web import current
from capture.web.studio import absent, desk, layouts
from capture.web.studio.access import actor, me, only
from capture.web.studio.words import WORDS

bp = Blueprint("inbox", __name__, url_prefix="/studio/mqls")

WORK = ("zone", "week", "off", "weight", "daily", "weekly", "crm_ids")
NUMBERS = ("weight", "daily", "weekly")
SHOWN = 200  # lines of a preview

GAVE_BACK = (Outcome.REJECTED, Outcome.RECYCLED, Outcome.LOST)
DEALS = (Outcome.OPPORTUNITY, Outcome.WON, Outcome.LOST, Outcome.RECYCLED)
# The answers that come next after the one that stands; whatever else may be said is a change of the answer.
AT_HAND: Mapping[Outcome | None, Sequence[Outcome]] = {
    None: (Outcome.ACCEPTED,),
    Outcome.ACCEPTED: (Outcome.QUALIFIED, *DEALS),
    Outcome.QUALIFIED: DEALS,
    Outcome.OPPORTUNITY: DEALS,  # its value may change
    Outcome.WON: (),
    **dict.fromkeys(GAVE_BACK, (Outcome.ACCEPTED,)),
}


@bp.get("")
@only(Role.MARKETER, Role.SALES)
def listing() -> ResponseReturnValue:
    """The list, with the most urgent one open beside it where the screen has room."""
    shown = _inbox()
    first = inbox.opened(shown.lines[0].mql_id, zone=current.settings().zone, at=clock.now()) if shown.lines else None
    return _page(shown, first, is_listing=True)


@bp.get("/outcomes")
@only(Role.MARKETER)
def report() -> ResponseReturnValue:
    """The way back from the CRM: a file, and what its statuses mean."""
    return _report(outcomes.kept_meanings())


@bp.post("/outcomes")
@only(Role.MARKETER)
def load_report() -> ResponseReturnValue:
    """First what the file would record, then, by the second button, that it is recorded."""
    statuses = request.form.get("statuses", "")[:20_000]
    given, _ = layouts.given()
    if not given:
        return _report(statuses, refusal=say("Choose the file."), faulty="file"), 422
    typed, told_before = "", None if layouts.is_fresh() else layouts.said(request.form)
    try:
        known = outcomes.meanings(statuses)
        typed = layouts.typed(given)
        own = current.settings()
        told = outcomes.read(given, known, currency=own.currency, zone=own.zone, at=clock.now(), said=told_before)
    except ColumnsUnknown as unknown:
        return _report(statuses, refusal=str(unknown), layout=unknown.layout, typed=typed), 422
    except UploadRefused as refusal:
        return _report(statuses, refusal=str(refusal), faulty=refusal.field or "file"), 422
    if "load" not in request.form:
        return _report(statuses, preview=told, layout=told.layout, typed=typed)
    loaded = outcomes_journey.load(told, known, Teller(actor(), Source.REPORT), at=clock.now())
    return _report(statuses, loaded=loaded)


@bp.get("/team")
@only()
def team() -> ResponseReturnValue:
    """How each salesperson works."""
    return render_template("studio/team.html", **_team())


@bp.post("/team/<public_id>")
@only()
def set_work(public_id: str) -> ResponseReturnValue:
    """Hours, days off, share, most in a week, ids in the CRM."""
    given = {name: request.form.get(name, "").strip() for name in WORK}
    try:
        work = _work(given)
        sales.set_work(public_id, work, seen=request.form.get("mark", ""), actor=actor(), at=clock.now())
    except DraftChanged as refusal:
        shown = _team(about=public_id)
        return desk.clash("studio/team.html", refusal, there=_told(public_id), other=url_for(".team"), **shown)
    except UploadRefused as refusal:
        told = desk.all_wrong(refusal, "zone", f"of-{public_id}-")
        return render_template("studio/team.html", **_team(about=public_id) | told), 422
    is_missed = owners.salesperson(public_id).id in absences.waiting(at=clock.now())
    return redirect(url_for(".team", done=1, away=public_id if is_missed else None), 303)


@bp.post("/team/<public_id>/cover")
@only()
def cover(public_id: str) -> ResponseReturnValue:
    """What waits for somebody who is away goes on to colleagues."""
    went = sales.cover(public_id, sla_hours=current.settings().sla_hours, actor=actor(), at=clock.now())
    return redirect(url_for(".team", taken=went.taken, stay=went.stay or None), 303)


@bp.post("/team/<public_id>/work")
@only()
def pass_work_on(public_id: str) -> ResponseReturnValue:
    """What somebody worked on who can answer no more goes to one colleague, or by the rules."""
    to, hours = request.form.get("to", ""), current.settings().sla_hours
    went = sales.pass_work_on(public_id, to, sla_hours=hours, actor=actor(), at=clock.now())
    return redirect(url_for(".team", taken=went.taken, stay=went.stay or None), 303)


def _work(given: Mapping[str, str]) -> Work:
    """How somebody works, as it was typed. Raises UploadRefused, naming all that is to be mended."""
    faults, numbers = Faults(), {name: given[name] for name in NUMBERS}
    for name, typed in numbers.items():
        if typed and not (typed.isascii() and typed.isdigit()):
            faults.note(UploadRefused(say("Share, most in a day and most in a week are whole numbers."), name))
            numbers[name] = ""
    with faults.noted():
        absent.check()
    work = Work(
        zone=given["zone"],
        week=text.lines(given["week"]),
        off="\n".join(filter(None, [absent.typed(), text.lines(given["off"])])),
        weight=int(numbers["weight"][:4] or 1),
        weekly=int(numbers["weekly"][:6]) if numbers["weekly"] else None,
        crm_ids=text.lines(given["crm_ids"]),
        daily=int(numbers["daily"][:6]) if numbers["daily"] else None,
    )
    with faults.noted():
        reps.check(work)
    faults.refuse()
    return work


def _team(*, about: str = "") -> dict[str, object]:
    people = owners.salespeople()
    work, waiting = reps.of([person.id for person in people]), absences.waiting(at=clock.now())
    away = absences.away([person.id for person in people], at=clock.now())
    return {
        "people": people,
        "work": work,
        "days_off": absent.shown,
        "away": away,
        "takers": sorted(people, key=lambda person: person.id in away),
        "missed": {person.id: len(waiting[person.id]) for person in people if person.id in waiting},
        "nobodys": pressing.unanswered().get(None, 0),
        "left_behind": inbox.left_behind_by(at=clock.now()),
        "gone": routing.gone(),
        "now": clock.now(),
        "went_on": _went_on(),
        "marks": {key: reps.mark(own) for key, own in work.items()},
        "about": about,
        "usual": current.settings().timezone,
        "sla_hours": current.settings().sla_hours,
    }


def _went_on() -> list[str]:
    """What became of MQLs of somebody who is away or left, as the address says it."""
    taken, stay = (max(0, min(request.args.get(name, 0, type=int), 10**6)) for name in ("taken", "stay"))
    to_colleagues = say_many(
        "%(num)s MQL went on to a colleague, who was told.",
        "%(num)s MQLs went on to colleagues, who were told.",
        taken,
    )
    to_nobody = say_many(
        "%(num)s MQL stays where it is: nobody else may have it. "
        "Whoever is away, has had their most or let its time pass is passed over.",
        "%(num)s MQLs stay where they are: nobody else may have them. "
        "Whoever is away, has had their most or let the time of one pass is passed over.",
        stay,
    )
    return [words for words, number in ((to_colleagues, taken), (to_nobody, stay)) if number]


def _told(public_id: str) -> list[tuple[str, str]]:
    """How somebody works now, in the words of the screen."""
    person = owners.salesperson(public_id)
    own = reps.of([person.id])[person.id]
    numbers = [
        (say("Share"), own.weight),
        (say("Most in 24 hours"), own.daily),
        (say("Most in seven days"), own.weekly),
    ]
    texts = [(say("Time zone"), own.zone), (say("Hours"), own.week), (say("Holidays and absences"), own.off)]
    told = [(name, "" if number is None else str(number)) for name, number in numbers]
    return [*texts, *told, (say("Ids in other systems"), own.crm_ids)]


@bp.get("/routing")
@only(Role.MARKETER)
def show_routing() -> ResponseReturnValue:
    """Whose MQLs are whose."""
    return render_template("studio/routing.html", **_routing())


@bp.post("/routing")
@only(Role.MARKETER)
def set_routing() -> ResponseReturnValue:
    """Rules and named accounts take the place of those that were seen."""
    given = {name: text.lines(request.form.get(name, "")) for name in ("rules", "accounts")}
    seen = request.form.get("seen", 0, type=int)
    try:
        sales.set_routing(**given, seen=seen, actor=actor(), at=clock.now())
    except DraftChanged as refusal:
        kept = _routing()
        theirs = {name: kept[name] for name in given if kept[name] != given[name]}
        return desk.clash("studio/routing.html", refusal, **kept | given | {"theirs": theirs})
    except UploadRefused as refusal:
        shown = _routing() | given | {"seen": seen} | desk.all_wrong(refusal, "rules")
        return render_template("studio/routing.html", **shown), 422
    return redirect(url_for(".show_routing", done=1), 303)


def _routing() -> dict[str, object]:
    return {
        "rules": routing.rules_text(),
        "accounts": routing.accounts_text(),
        "seen": revisions.of(routing.LIST),
        "people": owners.salespeople(),
        "gone": routing.gone(),
    }


@bp.get("/never")
@only(Role.MARKETER)
def never() -> ResponseReturnValue:
    """Who is never handed over."""
    return render_template("studio/never.html", **_never())


@bp.post("/never")
@only(Role.MARKETER)
def load_never() -> ResponseReturnValue:
    """A list takes the place of the one that was seen."""
    upload, kind = request.files.get("file"), request.form.get("kind", "")
    if kind not in list(ExclusionKind):
        return render_template("studio/never.html", **_never(), refusal=say("Choose whose list this is.")), 422
    given = upload.read() if upload and upload.filename else request.form.get("text", "").encode()
    typed, seen = given.decode("utf-8-sig", "replace"), request.form.get("seen", 0, type=int)
    try:
        number = sales.never_hand_over(ExclusionKind(kind), given, seen=seen, actor=actor(), at=clock.now())
    except DraftChanged as refusal:
        kept = _never()
        both = {"typed": typed, "theirs": kept["typed"], "other": url_for(".never", kind=kind)}
        return desk.clash("studio/never.html", refusal, **kept | both)
    except UploadRefused as refusal:
        shown = _never() | {"typed": typed, "seen": seen} | desk.wrong(refusal, "text")
        return render_template("studio/never.html", **shown), 422
    return redirect(url_for(".never", kind=kind, loaded=number), 303)


def _never() -> dict[str, object]:
    wanted = request.values.get("kind", "")
    chosen = ExclusionKind(wanted) if wanted in list(ExclusionKind) else ExclusionKind.CUSTOMER
    loaded = request.args.get("loaded", type=int)
    return {
        "lists": exclusions.listed(),
        "words": exclusions.WORDS,
        "chosen": chosen,
        "typed": exclusions.text(chosen),
        "seen": revisions.of(exclusions.LISTS),
        "loaded": loaded,
        "kept": listed.with_sales(chosen) if loaded is not None else None,
        "free": exclusions.free_hosts(chosen),
    }


def _report(
    statuses: str,
    *,
    refusal: str = "",
    faulty: str = "",
    preview: outcomes.Preview | None = None,
    layout: Layout | None = None,
    typed: str = "",
    loaded: int | None = None,
) -> str:
    return render_template(
        "studio/outcomes.html",
        statuses=statuses,
        refusal=refusal,
        faulty=faulty,
        preview=preview,
        layout=layout,
        words=layouts.words(outcomes.HEADERS),
        orders=layouts.ORDERS,
        typed=typed,
        loaded=loaded,
        reasons=reasons.offered().values(),
        most=SHOWN,
    )


@bp.get("/<mql_id>")
@only(Role.MARKETER, Role.SALES)
def one(mql_id: str) -> ResponseReturnValue:
    return _page(_inbox(), _opened(mql_id))


@bp.post("/<mql_id>")
@only(Role.SALES)
def decide(mql_id: str) -> ResponseReturnValue:
    """One press: accept, or reject with the reason of the button; or what became of it later."""
    found = _opened(mql_id)
    try:
        decision = _decision()
        sales.decide(
            mql_id,
            decision,
            Teller(actor(), Source.STUDIO),
            key=f"studio:{mql_id}:{request.form.get('press', '')[:40]}",
            seen=request.form.get("seen", ""),
            at=clock.now(),
        )
    except AnsweredMeanwhile as refusal:
        who = staff.names().get(refusal.by, say("Somebody else"))
        return _page(
            _inbox(),
            _opened(mql_id),
            refusal=say("%(who)s has answered this meanwhile: %(outcome)s.", who=who, outcome=WORDS[refusal.outcome]),
        ), 409
    except WentOn as refusal:
        return _page(_inbox(), _opened(mql_id), refusal=str(refusal)), 409
    except DispositionRefused as refusal:
        return _page(_inbox(), found, refusal=str(refusal), faulty=refusal.field), 422
    return _onward(mql_id, done=decision.outcome.value)


@bp.post("/<mql_id>/owner")
@only(Role.SALES)
def pass_on(mql_id: str) -> ResponseReturnValue:
    """Somebody else takes it, and is told by mail."""
    hours = current.settings().sla_hours
    sales.pass_on(mql_id, request.form.get("to", ""), sla_hours=hours, actor=actor(), at=clock.now())
    return _onward(mql_id, done="passed_on")


def _onward(mql_id: str, *, done: str) -> ResponseReturnValue:
    """On to what is most urgent now; on a phone to the list."""
    return redirect(url_for(".listing", view=_view(), done=done, about=mql_id), 303)


_CONTROLS = {"value": "amount", "currency": "currency", "note": "note", "crm_id": "crm_id"}


def _page(
    shown: inbox.Inbox, found: Opened | None, *, is_listing: bool = False, refusal: str = "", faulty: str = ""
) -> str:
    about = inbox.opened(request.args.get("about", ""), zone=current.settings().zone, at=clock.now())
    person = me()
    offered = reasons.offered().values()
    went_on = found is not None and found.went_on is not None
    at_hand = () if went_on else AT_HAND[found.mql.outcome if found else None]
    offered_not = (*at_hand, Outcome.REJECTED, *(IN_PROGRESS if went_on else ()))
    people = () if went_on else owners.salespeople()
    colleagues = [one for one in people if found is None or one.id != found.mql.owner_id]
    away = absences.away([one.id for one in colleagues], at=clock.now())
    return render_template(
        "studio/inbox.html",
        inbox=shown,
        mql=found,
        is_listing=is_listing,
        refusal=refusal,
        faulty=_CONTROLS.get(faulty, ""),
        about=about,
        reasons=offered,
        mending=[one for one in offered if one.then.follows is Follows.MEND],
        data=wrong.WORDS,
        at_hand=at_hand,
        others=[one for one in Outcome if one not in offered_not],
        gave_back=GAVE_BACK,
        went_back=(Outcome.REJECTED, Outcome.RECYCLED),
        colleagues=sorted(colleagues, key=lambda one: one.id in away),
        away=away,
        may_answer=person is not None and person.role in (Role.ADMIN, Role.SALES),
        press=secrets.token_urlsafe(16),
        currency=current.settings().currency,
        left_behind=left_behind.number(at=clock.now()) if person is not None and person.role is Role.ADMIN else 0,
        now=clock.now(),
    )


def _inbox() -> inbox.Inbox:
    person = staff.by_public_id(actor()) or abort(403)
    number = max(1, min(request.args.get("page", 1, type=int), 1_000_000))
    return inbox.inbox(View(_view()), person.id, number=number, at=clock.now())


def _view() -> str:
    wanted = request.values.get("view", "")
    person = me()
    usual = View.MINE if person and person.role is Role.SALES else View.TEAM
    return wanted if wanted in list(View) else usual.value


def _opened(mql_id: str) -> Opened:
    return inbox.opened(mql_id, zone=current.settings().zone, at=clock.now()) or abort(404)


def _decision() -> Decision:
    """What the pressed button and the fields beside it say. Raises DispositionRefused."""
    reason, _, which = request.form.get("reason", "").partition(":")
    wanted = Outcome.REJECTED if reason else request.form.get("outcome", "")
    if wanted not in list(Outcome):
        raise DispositionRefused("outcome", say("Choose what became of it."))
    amount, currency = request.form.get("amount", "").strip(), request.form.get("currency", "").strip().upper()
    return Decision(
        outcome=Outcome(wanted),
        reason=reason or None,
        wrong=which or None,
        value=money.minor_units(amount, currency) if amount else None,
        currency=currency if amount else None,
        note=text.lines(request.form.get("note", "")),
        crm_id=text.bare(request.form.get("crm_id", "")) or None,
    )
