"""Webhooks in the studio: endpoints, their secrets, the log of what was sent, and sending it once more."""

from collections.abc import Mapping
from datetime import date, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.errors import DraftChanged, SentBefore, TargetRefused
from capture.handoff.kinds import KINDS
from capture.handoff.webhooks import deliveries, endpoints
from capture.handoff.webhooks.models import EndpointState, WebhookEndpoint
from capture.journey import webhooks as webhooks_journey
from capture.languages import say
from capture.web.current import settings
from capture.web.studio import desk
from capture.web.studio.access import actor, only
from capture.web.studio.forms import EndpointForm, SpanForm

bp = Blueprint("webhooks", __name__, url_prefix="/studio/webhooks")

TEMPLATE = "studio/webhook.html"
ENTRIES = 50
STATES: Mapping[EndpointState, str] = {
    EndpointState.ACTIVE: say("Active"),
    EndpointState.PAUSED: say("Stopped"),
    EndpointState.GONE: say("Stopped: it answered 410"),
}


@bp.get("/")
@only()
def listing() -> ResponseReturnValue:
    return _listing(_form(formdata=None))


@bp.post("/")
@only()
def add() -> ResponseReturnValue:
    form = _form()
    if not form.validate():
        return _listing(form), 422
    try:
        endpoint_id, secret = webhooks_journey.add(
            form.url.data.strip(),
            form.name.data.strip(),
            form.kinds.data,
            trusted=settings().webhook_hosts,
            key=form.key.data,
            actor=actor(),
            at=clock.now(),
        )
    except SentBefore as refusal:
        return _to(refusal.public_id, done="again")
    except TargetRefused as refusal:
        form.url.errors = (str(refusal),)
        return _listing(form), 422
    return _endpoint(endpoint_id, secret=secret)


@bp.get("/<endpoint_id>")
@only()
def endpoint(endpoint_id: str) -> ResponseReturnValue:
    return _endpoint(endpoint_id)


@bp.post("/<endpoint_id>")
@only()
def change(endpoint_id: str) -> ResponseReturnValue:
    form = _form()
    if not form.validate():
        return _endpoint(endpoint_id, form=form, mark=request.form.get("mark", "")), 422
    try:
        webhooks_journey.change(
            endpoint_id,
            form.url.data.strip(),
            form.name.data.strip(),
            form.kinds.data,
            trusted=settings().webhook_hosts,
            seen=request.form.get("mark", ""),
            actor=actor(),
            at=clock.now(),
        )
    except DraftChanged as refusal:
        return desk.clash(TEMPLATE, refusal, there=_told(endpoint_id), **_shown(endpoint_id, form=form))
    except TargetRefused as refusal:
        form.url.errors = (str(refusal),)
        return _endpoint(endpoint_id, form=form, mark=request.form.get("mark", "")), 422
    return _to(endpoint_id, done="changed")


@bp.post("/<endpoint_id>/secret")
@only()
def rotate(endpoint_id: str) -> ResponseReturnValue:
    try:
        secret = webhooks_journey.rotate_secret(
            endpoint_id, seen=request.form.get("mark"), actor=actor(), at=clock.now()
        )
    except DraftChanged:
        return _to(endpoint_id, done="again")
    return _endpoint(endpoint_id, secret=secret)


@bp.post("/<endpoint_id>/stop")
@only()
def stop(endpoint_id: str) -> ResponseReturnValue:
    webhooks_journey.set_state(endpoint_id, EndpointState.PAUSED, actor=actor(), at=clock.now())
    return _to(endpoint_id)


@bp.post("/<endpoint_id>/start")
@only()
def start(endpoint_id: str) -> ResponseReturnValue:
    webhooks_journey.set_state(endpoint_id, EndpointState.ACTIVE, actor=actor(), at=clock.now())
    return _to(endpoint_id, done="started")


@bp.post("/<endpoint_id>/remove")
@only()
def remove(endpoint_id: str) -> ResponseReturnValue:
    webhooks_journey.remove(endpoint_id, actor=actor(), at=clock.now())
    return redirect(url_for(".listing", removed=1), 303)


@bp.post("/<endpoint_id>/test")
@only()
def test(endpoint_id: str) -> ResponseReturnValue:
    delivery_id = webhooks_journey.send_test(endpoint_id, actor=actor(), at=clock.now())
    return redirect(url_for(".delivery", endpoint_id=endpoint_id, delivery_id=delivery_id), 303)


@bp.post("/<endpoint_id>/span")
@only()
def send_span(endpoint_id: str) -> ResponseReturnValue:
    """Everything that happened from one day to another, the days of the installation's zone."""
    form = SpanForm()
    if not form.validate():
        return _endpoint(endpoint_id, span=form), 422
    since, until = form.instants(settings().zone)
    number = webhooks_journey.send_span(endpoint_id, since, until, actor=actor(), at=clock.now())
    return _to(endpoint_id, sent=number)


@bp.get("/<endpoint_id>/<delivery_id>")
@only()
def delivery(endpoint_id: str, delivery_id: str) -> ResponseReturnValue:
    """One event: every try with what was sent and what came back."""
    known = endpoints.known(endpoint_id)
    sent = deliveries.known(known, delivery_id)
    return render_template(
        "studio/webhook_delivery.html",
        endpoint=known,
        delivery=deliveries.logged(sent),
        attempts=deliveries.attempts(sent),
        body=deliveries.body(sent, zone=settings().zone),
        kinds=KINDS,
    )


@bp.post("/<endpoint_id>/<delivery_id>")
@only()
def send_again(endpoint_id: str, delivery_id: str) -> ResponseReturnValue:
    webhooks_journey.send_again(endpoint_id, delivery_id, actor=actor(), at=clock.now())
    return redirect(url_for(".delivery", endpoint_id=endpoint_id, delivery_id=delivery_id), 303)


def _listing(form: EndpointForm) -> str:
    return render_template(
        "studio/webhooks.html",
        endpoints=endpoints.listed(),
        waiting=deliveries.waiting(),
        form=form,
        kinds=KINDS,
        states=STATES,
        most=endpoints.MOST,
    )


def _endpoint(endpoint_id: str, **shown: object) -> str:
    return render_template(TEMPLATE, **_shown(endpoint_id, **shown))


def _told(endpoint_id: str) -> list[tuple[str, str]]:
    """What an endpoint says now, in the words of its form."""
    known = endpoints.known(endpoint_id)
    return [(say("Address"), known.url), (say("Name"), known.name), (say("Tell it when"), ", ".join(known.kinds))]


def _shown(endpoint_id: str, **given: object) -> dict[str, object]:
    known = endpoints.known(endpoint_id)
    number = max(1, min(request.args.get("page", 1, type=int), 1_000_000))
    log = deliveries.log(known, number=number, size=ENTRIES)
    return {
        "endpoint": known,
        "mark": endpoints.mark(known),
        "secret_mark": endpoints.secret_mark(known),
        "state": STATES[known.state],
        "form": _filled(known),
        "span": SpanForm(formdata=None, since=_day(known.state_since), until=_day(clock.now())),
        "secret": "",
        "log": log[:ENTRIES],
        "has_older": len(log) > ENTRIES,
        "number": number,
        "kinds": KINDS,
        **given,
    }


def _form(**given: object) -> EndpointForm:
    return EndpointForm(**given).let_through(settings().webhook_hosts)


def _filled(known: WebhookEndpoint) -> EndpointForm:
    return _form(formdata=None, url=known.url, name=known.name, kinds=known.kinds)


def _day(instant: datetime) -> date:
    return instant.astimezone(settings().zone).date()


def _to(endpoint_id: str, *, done: str = "", sent: int | None = None) -> ResponseReturnValue:
    return redirect(url_for(".endpoint", endpoint_id=endpoint_id, done=done or None, sent=sent), 303)
