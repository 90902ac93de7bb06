"""The story of campaigns: planned, changed, and given the values that the ad platforms really send."""

from datetime import date, datetime

from capture.accounts import audit
from capture.attribution import aside, campaigns
from capture.attribution.campaigns import Plan
from capture.db import journey


@journey
def add(plan: Plan, *, actor: str, at: datetime) -> str:
    """A new campaign; gives its public id. Raises ParameterRefused."""
    made = campaigns.add(plan, at=at)
    audit.record(actor, "campaign.added", f"campaign:{made.public_id}", at=at)
    return made.public_id


@journey
def change(campaign_id: str, plan: Plan, *, actor: str, at: datetime) -> None:
    """Another name, budget, dates or aliases: all history is regrouped. Raises NotFound or ParameterRefused."""
    campaigns.change(campaigns.known(campaign_id), plan)
    audit.record(actor, "campaign.changed", f"campaign:{campaign_id}", at=at, aliases=len(plan.aliases))


@journey
def take(campaign_id: str, raw: str, *, actor: str, at: datetime) -> None:
    """A raw value belongs to this campaign from now on, for all history. Raises NotFound."""
    campaigns.take(campaigns.known(campaign_id), raw)
    audit.record(actor, "campaign.changed", f"campaign:{campaign_id}", at=at, took=raw[:200])


@journey
def remove(campaign_id: str, *, actor: str, at: datetime) -> None:
    """The campaign goes; its raw values stay. Raises NotFound."""
    campaigns.remove(campaigns.known(campaign_id))
    audit.record(actor, "campaign.removed", f"campaign:{campaign_id}", at=at)


@journey
def leave_aside(parameter: str, raw: str, *, after: date | None, actor: str, at: datetime) -> None:
    """This value needs no decision: for good, or until it comes again after a day. Raises ParameterRefused."""
    aside.leave(parameter, raw, after=after, by=actor, at=at)
    audit.record(actor, "campaign.left_aside", parameter, at=at, value=raw[:200])


@journey
def take_back(parameter: str, raw: str, *, actor: str, at: datetime) -> None:
    """A value that was left aside waits for a decision again."""
    aside.take_back(parameter, raw)
    audit.record(actor, "campaign.taken_back", parameter, at=at, value=raw[:200])
