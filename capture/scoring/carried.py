"""What an event carries that a rule may look at, and whether it can count at all."""

from collections.abc import Mapping, Set

from capture.engagement.models import EventKind
from capture.scoring.rules import EngagementRule, Per

ORDER = PAGE, MAGNET, SECTION, CAMPAIGN = "page", "magnet", "section", "campaign"

CARRIED: Mapping[EventKind, Set[str]] = {
    EventKind.PAGE_VIEWED: {PAGE, MAGNET, CAMPAIGN},
    EventKind.FORM_SUBMITTED: {PAGE, MAGNET, CAMPAIGN},
    EventKind.MAGNET_DOWNLOADED: {MAGNET, CAMPAIGN},
    EventKind.LINK_FOLLOWED: {MAGNET, SECTION, CAMPAIGN},
    EventKind.LINK_FORWARDED: set(),
    EventKind.ADDRESS_CONFIRMED: {MAGNET, CAMPAIGN},
    EventKind.WEBINAR_REGISTERED: {PAGE, MAGNET, CAMPAIGN},
    EventKind.WEBINAR_ATTENDED: {MAGNET, CAMPAIGN},
    EventKind.WEBINAR_REPLAYED: {MAGNET, CAMPAIGN},
    EventKind.CONTACT_REQUESTED: {PAGE, MAGNET, CAMPAIGN},
    EventKind.CONTACT_WITHDRAWN: set(),
    EventKind.MET_IN_PERSON: set(),
}
NEVER_COUNTS = frozenset({EventKind.LINK_FORWARDED})  # another person opens it, and nobody knows who
NARROWED: Mapping[str, str] = {
    "pages": PAGE,
    "magnets": MAGNET,
    "magnet_kinds": MAGNET,
    "sections": SECTION,
    "campaigns": CAMPAIGN,
}


def lacking(event: str) -> list[str]:
    """What this event does not carry."""
    carried = CARRIED[EventKind(event)]
    return [one for one in ORDER if one not in carried]


def never_held(rule: EngagementRule) -> list[str]:
    """The keys of the rule by which it can never hold."""
    if rule.event not in list(EventKind):
        return []
    lacks = lacking(rule.event)
    counted = ["per"] if rule.per is not Per.LEAD and rule.per.value in lacks else []
    return [name for name, what in NARROWED.items() if what in lacks and getattr(rule, name)] + counted
