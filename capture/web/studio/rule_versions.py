"""Versions of the scoring rules: listed, opened, compared, and taken as the draft again."""

from itertools import pairwise

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts import staff
from capture.accounts.models import Role
from capture.catalogue import comparing
from capture.errors import NotFound, RulesChanged
from capture.handoff import gate
from capture.journey import rules as rules_journey
from capture.scoring import choices, rulesets, rulewords
from capture.web.studio.access import actor, only

bp = Blueprint("rule_versions", __name__, url_prefix="/studio/scoring/versions")

DRAFT = "draft"


@bp.get("/")
@only(Role.MARKETER)
def listing() -> ResponseReturnValue:
    told = rulesets.told()
    pairs = pairwise(told)
    return render_template(
        "studio/scoring_versions.html",
        versions=told,
        changes={one.number: rulewords.difference(before.rules, one.rules) for one, before in pairs},
        in_force=rulesets.in_force(at=clock.now()).number,
        names=staff.names(),
        has_draft=rulesets.draft() is not None,
    )


@bp.get("/<int:number>")
@only(Role.MARKETER)
def one(number: int) -> ResponseReturnValue:
    """A version: its rules, and what differs from another one, or from the draft."""
    return _one(number)


@bp.post("/<int:number>/take")
@only(Role.MARKETER)
def take(number: int) -> ResponseReturnValue:
    """Make a version the draft again, in place of the one there is."""
    try:
        rules_journey.take(number, request.form.get("revision", 0, type=int), actor=actor(), at=clock.now())
    except RulesChanged as refused:
        return _one(number, refusal=str(refused)), 409
    return redirect(url_for("scoring.edit", kept=1), 303)


def _one(number: int, refusal: str = "") -> str:
    told, draft = {version.number: version for version in rulesets.told()}, rulesets.draft()
    if number not in told:
        raise NotFound("version of the rules")
    in_force = rulesets.in_force(at=clock.now()).number
    others = [str(other) for other in told if other != number] + ([DRAFT] if draft else [])
    asked = request.args.get("against", "")
    other = asked if asked in others else next((one for one in others if one != DRAFT and int(one) < number), "")
    here = there = rulesets.text_of(number)
    rules = before = told[number].rules
    if draft and other == DRAFT:
        before, there = draft.rules, draft.text
    elif other:
        before, there = told[int(other)].rules, rulesets.text_of(int(other))
    return render_template(
        "studio/scoring_version.html",
        version=told[number],
        rules=rules,
        others=others,
        other=other,
        changes=rulewords.difference(before, rules),
        passages=list(comparing.passages(there.splitlines(), here.splitlines())),
        draft=draft,
        in_force=in_force,
        names=staff.names(),
        choices=choices,
        fields=choices.offered().fields,
        handovers=gate.WORDS,
        queue=gate.queue() if number == in_force else None,
        refusal=refusal,
    )
