"""Every table, in the order of the rooms: what migrations compare with the database."""

from capture.accounts import models as accounts
from capture.attribution import models as attribution
from capture.catalogue import models as catalogue
from capture.delivery import models as delivery
from capture.engagement import models as engagement
from capture.handoff import models as handoff
from capture.handoff.destinations import models as destinations
from capture.handoff.webhooks import models as webhooks
from capture.leads import models as leads
from capture.outbox import models as outbox
from capture.pages import models as pages
from capture.reports import models as reports
from capture.scoring import models as scoring
from capture.webinars import models as webinars

__all__ = [
    "accounts",
    "attribution",
    "catalogue",
    "delivery",
    "destinations",
    "engagement",
    "handoff",
    "leads",
    "outbox",
    "pages",
    "reports",
    "scoring",
    "webhooks",
    "webinars",
]
