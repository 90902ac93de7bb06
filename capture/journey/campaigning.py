"""The story of campaigns: planned, changed, and given the values that the ad platforms really send."""

from datetime import date, datetime

from capture.accounts import audit, marks
from capture.attribution import aside, campaigns
from capture.attribution.campaigns import Plan
from capture.db import journey
from capture.errors import ParameterRefused
from capture.languages import say

ADDED, CHANGED, REMOVED, BACK = (f"campaign.{step}" for step in ("added", "changed", "removed", "brought_back"))


@journey
def add(plan: Plan, *, actor: str, at: datetime) -> str:
    """A new campaign; gives its public id. Raises ParameterRefused."""
    made = campaigns.add(plan, at=at)
    audit.record(actor, ADDED, f"campaign:{made.public_id}", at=at)
    return made.public_id


@journey
def change(campaign_id: str, plan: Plan, *, seen: str | None = None, actor: str, at: datetime) -> None:
    """Another name, budget, dates or aliases: all history is regrouped.

    `seen` is the mark of what the person had before his eyes; none: of what stands. Raises NotFound, ParameterRefused,
    and DraftChanged where somebody has changed it since.
    """
    campaign, subject = campaigns.hold(campaign_id), f"campaign:{campaign_id}"
    marks.refuse_if_changed(seen, campaigns.mark(campaign), subject, CHANGED, ADDED, BACK, at=at)
    campaigns.change(campaign, plan)
    audit.record(actor, CHANGED, subject, at=at, aliases=len(plan.aliases))


@journey
def take(campaign_id: str, raw: str, *, actor: str, at: datetime) -> None:
    """A raw value belongs to this campaign from now on, for all history. Raises NotFound, ParameterRefused."""
    campaigns.take(campaigns.hold(campaign_id), raw)
    audit.record(actor, CHANGED, f"campaign:{campaign_id}", at=at, took=raw[:200])


@journey
def remove(campaign_id: str, *, actor: str, at: datetime) -> None:
    """The campaign goes; its raw values stay. The audit log keeps what it said. Raises NotFound."""
    campaign = campaigns.hold(campaign_id)
    said = campaigns.plan_of(campaign)
    campaigns.remove(campaign)
    days = {"begins": said.begins and said.begins.isoformat(), "ends": said.ends and said.ends.isoformat()}
    told = {"name": said.name, "aliases": list(said.aliases), "budget": said.budget, **days}
    audit.record(actor, REMOVED, f"campaign:{campaign_id}", at=at, **told)


@journey
def bring_back(campaign_id: str, *, actor: str, at: datetime) -> str:
    """A campaign that was removed says again what it said; gives its name. Raises ParameterRefused."""
    gone = audit.last(f"campaign:{campaign_id}", [REMOVED])
    if gone is None or "name" not in gone.detail or campaigns.is_there(campaign_id):
        raise ParameterRefused(say("Campaign"), say("it was not removed, or before its values were kept"))
    begins, ends = (day and date.fromisoformat(day) for day in (gone.detail["begins"], gone.detail["ends"]))
    said = Plan(gone.detail["name"], gone.detail["aliases"], gone.detail["budget"], begins, ends)
    campaigns.add(said, at=at, known_as=campaign_id)
    audit.record(actor, BACK, f"campaign:{campaign_id}", at=at)
    return said.name


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
