"""Campaigns: name, budget, dates, and the raw values that belong to them; a changed alias regroups all history."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, delete, literal_column, select

from capture.accounts import marks
from capture.attribution.models import Campaign, CampaignAlias, Touch
from capture.attribution.patterns import APART, LONGEST, MOST, Aliases, normal, takes_everything
from capture.db import public_id, session
from capture.errors import NotFound, ParameterRefused
from capture.languages import say

_NOTHING: ColumnElement[str] = literal_column("''")  # no parameters: days are grouped by it
_APART: ColumnElement[str] = literal_column(f"'{APART}'")
COUNTED_AS = case(
    (Touch.named_by == _NOTHING, Touch.campaign), else_=Touch.campaign.concat(_APART).concat(Touch.named_by)
)
"""The campaign of a touch as days count it: utm_campaign, and behind APART what else names it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a marketer says of a campaign. `budget` is in minor units of the reports' currency."""

    name: str
    aliases: Sequence[str]
    budget: int | None = None
    begins: date | None = None
    ends: date | None = None


def aliases() -> Aliases:
    """Every alias with the name of its campaign; a campaign's own name is one too. One query."""
    query = select(CampaignAlias.pattern, Campaign.name).join(Campaign, Campaign.id == CampaignAlias.campaign_id)
    return Aliases({row.pattern: row.name for row in session().execute(query)})


def listed() -> Sequence[Campaign]:
    """Every campaign, by name."""
    return session().scalars(select(Campaign).order_by(Campaign.name)).all()


def known(public_id: str) -> Campaign:
    """The campaign with this public id. Raises NotFound."""
    found = session().scalar(select(Campaign).where(Campaign.public_id == public_id))
    if found is None:
        raise NotFound("campaign")
    return found


def is_there(public_id: str) -> bool:
    """Whether there is a campaign with this public id."""
    return session().scalar(select(Campaign.id).where(Campaign.public_id == public_id)) is not None


def hold(public_id: str) -> Campaign:
    """The campaign, held until the transaction ends. Raises NotFound."""
    query = select(Campaign).where(Campaign.public_id == public_id).with_for_update()
    found = session().scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("campaign")
    return found


def plan_of(campaign: Campaign) -> Plan:
    """What it says now."""
    aliases = [pattern for pattern in patterns_of(campaign) if pattern != normal(campaign.name)]
    return Plan(campaign.name, aliases, campaign.budget, campaign.begins, campaign.ends)


def mark(campaign: Campaign) -> str:
    """The mark of what it says now."""
    return marks.of(asdict(plan_of(campaign)))


def patterns_of(campaign: Campaign) -> list[str]:
    """Its aliases, its name first."""
    query = select(CampaignAlias.pattern).where(CampaignAlias.campaign_id == campaign.id).order_by(CampaignAlias.id)
    return list(session().scalars(query))


def add(plan: Plan, *, at: datetime, known_as: str | None = None) -> Campaign:
    """A new campaign; `known_as` is the public id of one that comes back. Raises ParameterRefused."""
    campaign = Campaign(name=_name(plan.name), created_at=at, public_id=known_as or public_id())
    if session().scalar(select(Campaign.id).where(Campaign.name == campaign.name)) is not None:
        raise ParameterRefused(say("Name"), say("there is a campaign of this name already"), "name")
    session().add(campaign)
    session().flush()
    change(campaign, plan)
    return campaign


def change(campaign: Campaign, plan: Plan) -> None:
    """Set everything that the plan says. Raises ParameterRefused; then nothing was changed."""
    if plan.begins and plan.ends and plan.ends < plan.begins:
        raise ParameterRefused(say("Ends"), say("the last day lies before the first"), "ends")
    name = _name(plan.name)
    patterns = list(dict.fromkeys(normal(text) for text in (name, *plan.aliases) if normal(text)))
    if len(patterns) > MOST or any(len(pattern) > LONGEST for pattern in patterns):
        raise ParameterRefused(
            say("Also known as"),
            say("at most %(most)s names of at most %(longest)s characters", most=MOST, longest=LONGEST),
            "aliases",
        )
    for pattern in patterns:
        _refuse_everything(pattern)
    taken = (
        session()
        .execute(
            select(CampaignAlias.pattern, Campaign.name)
            .join(Campaign, Campaign.id == CampaignAlias.campaign_id)
            .where(CampaignAlias.pattern.in_(patterns), CampaignAlias.campaign_id != campaign.id)
        )
        .first()
    )
    if taken is not None:
        raise ParameterRefused(
            say("Also known as"),
            say("%(pattern)s belongs to %(name)s already", pattern=taken.pattern, name=taken.name),
            "aliases",
        )
    campaign.name, campaign.budget, campaign.begins, campaign.ends = name, plan.budget, plan.begins, plan.ends
    session().execute(delete(CampaignAlias).where(CampaignAlias.campaign_id == campaign.id))
    session().add_all(CampaignAlias(campaign_id=campaign.id, pattern=pattern) for pattern in patterns)
    session().flush()


def take(campaign: Campaign, raw: str) -> None:
    """Let a raw value belong to the campaign, whatever took it before. Raises ParameterRefused for no value."""
    pattern = normal(raw)
    _refuse_everything(pattern)
    session().execute(delete(CampaignAlias).where(CampaignAlias.pattern == pattern))
    session().add(CampaignAlias(campaign_id=campaign.id, pattern=pattern))
    session().flush()


def _refuse_everything(pattern: str) -> None:
    if takes_everything(pattern):
        raise ParameterRefused(say("Also known as"), say("a lone * would take everything"), "aliases")


def remove(campaign: Campaign) -> None:
    """The campaign goes; the raw values that belonged to it stand for themselves again."""
    session().execute(delete(CampaignAlias).where(CampaignAlias.campaign_id == campaign.id))
    session().delete(campaign)
    session().flush()


def _name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())
    if not name or len(name) > LONGEST or "*" in name:
        raise ParameterRefused(
            say("Name"), say("write 1 to %(longest)s characters, without *", longest=LONGEST), "name"
        )
    return name
