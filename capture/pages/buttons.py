"""What the button of a page says where its marketer says nothing."""

from collections.abc import Mapping

from capture.languages import say
from magnets.definition import MagnetKind, Voice

BUTTONS: Mapping[Voice, Mapping[MagnetKind, str]] = {
    Voice.VISITOR: {
        MagnetKind.EBOOK: say("Send me the guide"),
        MagnetKind.CHECKLIST: say("Send me the checklist"),
        MagnetKind.ASSESSMENT: say("Show me my result"),
        MagnetKind.WEBINAR: say("Save my seat"),
        MagnetKind.FILE: say("Send me the document"),
    },
    Voice.DIRECT: {
        MagnetKind.EBOOK: say("Get the guide"),
        MagnetKind.CHECKLIST: say("Get the checklist"),
        MagnetKind.ASSESSMENT: say("See your result"),
        MagnetKind.WEBINAR: say("Reserve a seat"),
        MagnetKind.FILE: say("Get the document"),
    },
}
