"""Running it: tokens for machines, and what waits to be said outside, with the reason of what could not be."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import passkeys, provider, tokens
from capture.catalogue import documents
from capture.errors import NotFound, ProviderAway, SentBefore
from capture.handoff.webhooks import deliveries
from capture.journey import staff as staff_journey
from capture.languages import say
from capture.outbox import mail, queue
from capture.web.current import addresses, settings
from capture.web.studio.access import actor, only
from capture.web.studio.forms import TokenForm
from magnets.store import StoreUnavailable

bp = Blueprint("operations", __name__, url_prefix="/studio/settings")

MESSAGES = 100


@bp.get("/tokens")
@only()
def listing() -> ResponseReturnValue:
    return _tokens(TokenForm(formdata=None))


@bp.post("/tokens")
@only()
def make() -> ResponseReturnValue:
    """The token is shown on the screen that follows, once."""
    form = TokenForm()
    if not form.validate():
        return _tokens(form), 422
    name, scope = form.name.data.strip(), " ".join(form.scopes.data)
    try:
        made = staff_journey.make_token(name, scope, key=form.key.data, actor=actor(), at=clock.now())
    except SentBefore:
        return redirect(url_for(".listing", again=1), 303)
    return _tokens(TokenForm(formdata=None), made=made)


@bp.post("/tokens/<token_id>/revoke")
@only()
def revoke(token_id: str) -> ResponseReturnValue:
    staff_journey.revoke_token(token_id, actor=actor(), at=clock.now())
    return redirect(url_for(".listing", revoked=1), 303)


@bp.get("/outbox")
@only()
def outbox() -> ResponseReturnValue:
    return _outbox()


@bp.post("/outbox/documents")
@only()
def test_documents() -> ResponseReturnValue:
    try:
        staff_journey.try_documents(actor(), settings(), at=clock.now())
    except StoreUnavailable as away:
        return _outbox(trouble=str(away)), 503
    return redirect(url_for(".outbox", kept=1), 303)


@bp.post("/outbox/test")
@only()
def test_mail() -> ResponseReturnValue:
    staff_journey.ask_for_test_mail(actor(), at=clock.now())
    return redirect(url_for(".outbox", tested=1), 303)


@bp.post("/outbox/<int:message_id>")
@only()
def release(message_id: int) -> ResponseReturnValue:
    try:
        staff_journey.release_message(message_id, actor=actor(), at=clock.now())
    except NotFound:
        return redirect(url_for(".outbox"), 303)  # it was tried meanwhile
    return redirect(url_for(".outbox", released=1), 303)


@bp.get("/logins")
@only()
def logins() -> ResponseReturnValue:
    return _logins()


@bp.post("/logins/test")
@only()
def test_provider() -> ResponseReturnValue:
    """Ask the provider how it describes itself now, and for its keys."""
    known = provider.of(settings())
    if known is None:
        return redirect(url_for(".logins"), 303)
    try:
        told = say("It answers, and signs with %(keys)s", keys=known.look_again())
    except ProviderAway as away:
        return _logins(trouble=str(away)), 503
    return _logins(told=told)


def _logins(told: str = "", trouble: str = "") -> str:
    return render_template(
        "studio/logins.html",
        known=provider.of(settings()),
        returns_to=addresses().studio_provider(),
        leaves_to=addresses().studio("login"),
        set_to=settings(),
        takes_passkeys=passkeys.site(settings()) is not None,
        told=told,
        trouble=trouble,
    )


def _outbox(trouble: str = "") -> str:
    messages = queue.unsaid(limit=MESSAGES)
    webhooks = {one.id: one.about["delivery_id"] for one in messages if one.kind == deliveries.MESSAGE}
    receivers = deliveries.receivers(webhooks.values())
    return render_template(
        "studio/outbox.html",
        messages=messages,
        receivers={key: receivers[delivery] for key, delivery in webhooks.items() if delivery in receivers},
        goes_to=mail.destination(settings()),
        sender=settings().mail_from,
        whereabouts=documents.whereabouts(settings()),
        trouble=trouble,
    )


def _tokens(form: TokenForm, made: str = "") -> str:
    return render_template("studio/tokens.html", tokens=tokens.listed(), form=form, made=made)
