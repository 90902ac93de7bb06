"""What an entry of the sales feed can tell of, in words."""

from collections.abc import Mapping
from types import MappingProxyType

from capture.languages import say

CREATED = "mql.created"
ANSWERED = "mql.answered"
PASSED_ON = "mql.passed_on"
ACTIVE = "lead.active"
CORRECTED = "lead.corrected"
WITHDRAWN = "lead.withdrawn"
MERGED = "lead.merged"
SEPARATED = "lead.separated"
ERASED = "lead.erased"

KINDS: Mapping[str, str] = MappingProxyType(
    {
        CREATED: say("A lead became an MQL"),
        ANSWERED: say("Sales answered the MQL: see its outcome"),
        PASSED_ON: say("The MQL has another owner"),
        ACTIVE: say("A lead that sales has did something again"),
        CORRECTED: say("Something that is known of the person changed"),
        WITHDRAWN: say("The person does not want to be contacted any more"),
        MERGED: say("The person proved to be one with another record: lead_id is the one that is kept"),
        SEPARATED: say("That was a mistake: the two are two people again"),
        ERASED: say("The person was erased: erase your copy too"),
    }
)
