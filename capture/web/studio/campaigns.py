"""Campaigns in the studio: what they brought, and which values belong to them."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock, currencies
from capture.accounts.models import Role
from capture.attribution import aside, campaigns
from capture.attribution.campaigns import Plan
from capture.attribution.models import Campaign
from capture.errors import DraftChanged, ParameterRefused
from capture.journey import campaigning, reporting
from capture.languages import say
from capture.reports import campaigns as campaign_reports
from capture.web.current import settings
from capture.web.filters import amount
from capture.web.studio import desk
from capture.web.studio.access import actor, only
from capture.web.studio.forms import CampaignForm, blame

bp = Blueprint("campaigns", __name__, url_prefix="/studio/campaigns")

MACROS_SINCE = timedelta(days=30)


@bp.get("/")
@only(Role.MARKETER)
def listing() -> ResponseReturnValue:
    return _listing(_empty())


@bp.post("/")
@only(Role.MARKETER)
def add() -> ResponseReturnValue:
    form = CampaignForm(settings().currency)
    if not form.validate():
        return _listing(form), 422
    try:
        campaigning.add(form.plan(), actor=actor(), at=clock.now())
    except ParameterRefused as refusal:
        blame(form, refusal, "name")
        return _listing(form), 422
    return redirect(url_for(".listing"), 303)


@bp.post("/take")
@only(Role.MARKETER)
def take() -> ResponseReturnValue:
    """A raw value that waits is given to a campaign, or becomes one of its own."""
    raw, campaign_id = request.form.get("raw", "")[:300], request.form.get("campaign", "")
    try:
        if campaign_id:
            campaigning.take(campaign_id, raw, actor=actor(), at=clock.now())
        else:
            campaigning.add(Plan(raw, ()), actor=actor(), at=clock.now())
    except ParameterRefused as refusal:
        return _listing(_empty(), str(refusal)), 422
    return redirect(url_for(".listing"), 303)


@bp.post("/aside")
@only(Role.MARKETER)
def leave_aside() -> ResponseReturnValue:
    """A value needs no decision: for good, or until it comes again after the day that is given."""
    parameter, raw = request.form.get("parameter", ""), request.form.get("raw", "")[:300]
    try:
        after = date.fromisoformat(request.form["after"]) if request.form.get("after") else None
    except ValueError:
        return _listing(_empty(), say("After: write a day, such as 2026-11-30.")), 422
    try:
        campaigning.leave_aside(parameter, raw, after=after, actor=actor(), at=clock.now())
    except ParameterRefused as refusal:
        return _listing(_empty(), str(refusal)), 422
    return redirect(url_for(".listing"), 303)


@bp.post("/aside/back")
@only(Role.MARKETER)
def take_back() -> ResponseReturnValue:
    """What was left aside waits for a decision again."""
    parameter, raw = request.form.get("parameter", ""), request.form.get("raw", "")[:300]
    campaigning.take_back(parameter, raw, actor=actor(), at=clock.now())
    return redirect(url_for(".listing"), 303)


@bp.get("/<campaign_id>")
@only(Role.MARKETER)
def one(campaign_id: str) -> ResponseReturnValue:
    known = campaigns.known(campaign_id)
    form = CampaignForm(
        settings().currency,
        formdata=None,
        name=known.name,
        aliases="\n".join(campaigns.plan_of(known).aliases),
        budget=None if known.budget is None else currencies.whole(known.budget, settings().currency),
        begins=known.begins,
        ends=known.ends,
    )
    return render_template("studio/campaign.html", **_one(known, form))


@bp.post("/<campaign_id>")
@only(Role.MARKETER)
def change(campaign_id: str) -> ResponseReturnValue:
    form, known = CampaignForm(settings().currency), campaigns.known(campaign_id)
    if form.validate():
        try:
            seen = request.form.get("mark", "")
            campaigning.change(campaign_id, form.plan(), seen=seen, actor=actor(), at=clock.now())
            return redirect(url_for(".listing", saved=campaign_id), 303)
        except DraftChanged as refused:
            return desk.clash("studio/campaign.html", refused, there=_told(known), **_one(known, form))
        except ParameterRefused as refused:
            blame(form, refused, "name")
    kept = {"mark": request.form.get("mark", "")}
    return render_template("studio/campaign.html", **_one(known, form) | kept), 422


@bp.post("/<campaign_id>/remove")
@only(Role.MARKETER)
def remove(campaign_id: str) -> ResponseReturnValue:
    """It goes at once; the list says so, and brings it back."""
    name = campaigns.known(campaign_id).name
    campaigning.remove(campaign_id, actor=actor(), at=clock.now())
    return redirect(url_for(".listing", removed=campaign_id, name=name), 303)


@bp.post("/<campaign_id>/back")
@only(Role.MARKETER)
def bring_back(campaign_id: str) -> ResponseReturnValue:
    try:
        campaigning.bring_back(campaign_id, actor=actor(), at=clock.now())
    except ParameterRefused as refusal:
        return _listing(_empty(), str(refusal)), 422
    return redirect(url_for(".listing", saved=campaign_id), 303)


def _empty() -> CampaignForm:
    return CampaignForm(settings().currency, formdata=None)


def _one(known: Campaign, form: CampaignForm) -> dict[str, object]:
    return {"campaign": known, "form": form, "mark": campaigns.mark(known), "currency": settings().currency}


def _told(known: Campaign) -> list[tuple[str, str]]:
    """What a campaign says now, in the words of its screen."""
    said = campaigns.plan_of(known)
    days = f"{said.begins or '…'} – {said.ends or '…'}" if said.begins or said.ends else ""
    budget = amount(said.budget, settings().currency) if said.budget is not None else ""
    return [
        (say("Name"), said.name),
        (say("Also known as"), ", ".join(said.aliases)),
        (say("Budget"), budget),
        (say("Dates"), days),
    ]


def _listing(form: CampaignForm, refusal: str = "") -> str:
    at = clock.now()
    standings: Sequence[campaign_reports.Standing] = campaign_reports.standings(
        zone=settings().zone, rates=reporting.rates(settings()), at=at
    )
    return render_template(
        "studio/campaigns.html",
        standings=standings,
        unmatched=campaign_reports.unmatched(settings().zone),
        unfilled=campaign_reports.unfilled(since=at - MACROS_SINCE, zone=settings().zone),
        left_aside=aside.listed(),
        today=at.astimezone(settings().zone).date(),
        form=form,
        refusal=refusal,
        currency=settings().currency,
    )
