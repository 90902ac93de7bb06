"""What CRMs call what sales decided: one table, by which files are written for them and their exports are read.

The names are those that the systems show out of the box.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from capture.handoff.models import Outcome

NO_ANSWER = ""
IGNORED = "ignore"
Answer = str  # an outcome, of a rejection with its reason behind it or whatever that is; or NO_ANSWER

# What is further along than what, where two columns of a CRM say two things: an end counts over what goes on, since a
# stage only ever moves forward, and a customer over all.
_ALONG: Sequence[Answer] = (
    NO_ANSWER,
    *(Outcome.ACCEPTED, Outcome.QUALIFIED, Outcome.OPPORTUNITY),
    *(Outcome.RECYCLED, Outcome.REJECTED, Outcome.LOST, Outcome.WON),
)


@dataclass(frozen=True, slots=True)
class Status:
    """`means`: what it says where nothing is known here. `written`: the answers for which our files hold it.

    `also`: what else it may stand for there. It says no more than what all of these share.
    """

    name: str
    means: str
    written: tuple[Answer, ...] = ()
    also: tuple[Answer, ...] = ()


SALESFORCE_STATUS = (
    Status("Open - Not Contacted", IGNORED, (NO_ANSWER, Outcome.RECYCLED)),
    Status("Working - Contacted", "accepted", (Outcome.ACCEPTED, Outcome.QUALIFIED)),
    Status("Closed - Converted", "qualified", (Outcome.OPPORTUNITY, Outcome.WON), (Outcome.QUALIFIED, Outcome.LOST)),
    Status("Closed - Not Converted", "rejected: no_need", (Outcome.LOST, Outcome.REJECTED)),
)
# The stage is how far the person came, since HubSpot moves it forward alone; how it stands is for the status to say.
HUBSPOT_STAGE = (
    Status("Subscriber", IGNORED),
    Status("Lead", IGNORED),
    Status("Marketing Qualified Lead", IGNORED, (NO_ANSWER, Outcome.ACCEPTED, Outcome.REJECTED, Outcome.RECYCLED)),
    Status("Sales Qualified Lead", "qualified", (Outcome.QUALIFIED,)),
    Status("Opportunity", "opportunity", (Outcome.OPPORTUNITY, Outcome.LOST)),
    Status("Customer", "won", (Outcome.WON,)),
    Status("Evangelist", IGNORED),
    Status("Other", IGNORED),
)
# What sales did not say leaves the status as it is there: HubSpot overwrites nothing by an empty cell.
HUBSPOT_STATUS = (
    Status("", IGNORED, (NO_ANSWER, Outcome.WON)),
    Status("New", IGNORED),
    Status("Open", "accepted"),
    Status("Attempted to Contact", "accepted"),
    Status("In Progress", "accepted", (Outcome.ACCEPTED,)),
    Status("Connected", "qualified", (Outcome.QUALIFIED,)),
    Status("Open Deal", "opportunity", (Outcome.OPPORTUNITY,)),
    Status("Unqualified", "rejected: no_fit", (Outcome.LOST, Outcome.REJECTED)),
    Status("Bad Timing", "recycled", (Outcome.RECYCLED,)),
)
_OF_OTHERS = (
    Status("Accepted", "accepted"),
    Status("Working", "accepted"),
    Status("Qualified", "qualified"),
    Status("SQL", "qualified"),
    Status("Negotiation", "opportunity"),
    Status("Proposal", "opportunity"),
    Status("Won", "won"),
    Status("Closed Won", "won"),
    Status("Lost", "lost"),
    Status("Closed Lost", "lost"),
    Status("Recycled", "recycled"),
    Status("Nurture", "recycled"),
)

# What fills a column of a destination, by its source: how the system calls each answer.
WRITTEN: Mapping[str, Mapping[Answer, str]] = MappingProxyType(
    {
        source: {answer: one.name for answer in (NO_ANSWER, *Outcome) for one in of_system if answer in one.written}
        for source, of_system in (
            ("salesforce_status", SALESFORCE_STATUS),
            ("hubspot_stage", HUBSPOT_STAGE),
            ("hubspot_status", HUBSPOT_STATUS),
        )
    }
)

_READ: Mapping[str, Status] = MappingProxyType(
    {one.name.lower(): one for one in (*SALESFORCE_STATUS, *HUBSPOT_STAGE, *HUBSPOT_STATUS, *_OF_OTHERS) if one.name}
)
USUAL: Mapping[str, str] = MappingProxyType({name: one.means for name, one in _READ.items()})  # in lower case


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a status of a CRM means here; no outcome: it says nothing. `mends`: the data are to be mended then."""

    outcome: Outcome | None
    reason: str | None = None
    mends: bool = False

    @property
    def text(self) -> str:
        """As people write it."""
        return IGNORED if self.outcome is None else f"rejected: {self.reason}" if self.reason else self.outcome.value


@dataclass(frozen=True, slots=True)
class Told:
    """What a line says by its statuses, and which answers it may stand for: any of them that stands here contradicts
    nothing.
    """

    meaning: Meaning
    answers: frozenset[Answer]


_NOTHING = Told(Meaning(None), frozenset())


def read(said: Sequence[tuple[str, Meaning]]) -> Told:
    """What these statuses of one line say together, each with what it means: what both may stand for, and where that
    is nothing, the one that is further along.
    """
    told = [Told(meaning, _answers(name, meaning)) for name, meaning in said]
    furthest = max(told, key=lambda one: _ALONG.index(one.meaning.outcome or NO_ANSWER), default=_NOTHING)
    if furthest.meaning.outcome is None:
        return furthest
    both = furthest.answers.intersection(*(one.answers for one in told if one.answers))
    if not both:
        return furthest
    if {furthest.meaning.outcome.value, furthest.meaning.text} & both:
        return Told(furthest.meaning, both)
    return Told(Meaning(Outcome(min(both, key=_ALONG.index))), both)


def may_mean(told: Told, outcome: Outcome, reason: str | None) -> bool:
    """Whether what was told may stand for this answer."""
    return bool(told.answers & {outcome.value, Meaning(outcome, reason).text})


def is_earlier(outcome: Outcome, stands: Outcome) -> bool:
    """Whether it lies before what stands, on the way to a customer."""
    way = (Outcome.ACCEPTED, Outcome.QUALIFIED, Outcome.OPPORTUNITY, Outcome.WON)
    return outcome in way and stands in way and way.index(outcome) < way.index(stands)


def _answers(name: str, meaning: Meaning) -> frozenset[Answer]:
    """What a status may stand for: as the table has it, or what people say it means."""
    known = _READ.get(name.lower())
    if known is not None and known.means == meaning.text and known.written:
        return frozenset({*known.written, *known.also})
    return frozenset([meaning.text] if meaning.outcome else [])
