"""What is kept as a key and read as a word: kinds, roles, verdicts, channels, deeds of the audit log."""

from collections.abc import Mapping

from flask import Flask

from capture import languages
from capture.languages import Phrase, kept, say, say_in
from capture.web import language

# Channels are kept by their English names: reports and addresses of lists name them.
CHANNELS = (
    kept("Direct"),
    kept("E-mail"),
    kept("Display"),
    kept("Paid search"),
    kept("Paid social"),
    kept("Paid other"),
    kept("Organic social"),
    kept("AI assistants"),
    kept("Organic search"),
    kept("Affiliates"),
    kept("Offline"),
    kept("Referral"),
    kept("Other"),
)

WORDS: Mapping[str, Phrase] = {
    # kinds of magnets
    "ebook": say("Ebook"),
    "checklist": say("Checklist"),
    "assessment": say("Assessment"),
    "webinar": say("Webinar"),
    "file": say("Document"),
    # roles
    "admin": say("Admin"),
    "marketer": say("Marketer"),
    "sales": say_in("a role", "Sales"),
    # what sales decided
    "accepted": say("Accepted"),
    "qualified": say("Qualified (SQL)"),
    "opportunity": say("Opportunity"),
    "won": say("Won"),
    "lost": say("Lost"),
    "rejected": say("Rejected"),
    "recycled": say("Back to marketing"),
    # axes, verdicts, consents
    "fit": say("Fit"),
    "engagement": say("Engagement"),
    "bar": say_in("why a lead is not handed over", "Bar"),
    "human": say("Human"),
    "machine": say("Machine"),
    "unproven": say("Unproven"),
    "given": say_in("a consent", "Given"),
    "withdrawn": say_in("a consent", "Withdrawn"),
    # costs, and the columns of their files
    "ads": say("Ads"),
    "booth": say("Booth"),
    "agency": say("Agency"),
    "other": say("Other"),
    "day": say("Day"),
    "campaign": say("Campaign"),
    "source": say("Source"),
    "amount": say("Amount"),
    "currency": say("Currency"),
    "kind": say("Kind"),
    # fields of a lead
    "email": say("E-mail"),
    "first_name": say("First name"),
    "last_name": say("Last name"),
    "name": say("Name"),
    "company": say("Company"),
    "job_title": say("Job title"),
    "phone": say("Phone"),
    "country": say("Country"),
    "company_size": say("Company size"),
    "website": say("Website"),
    # messages of the outbox
    "magnet_mail": say("Mail with the link"),
    "confirmation_mail": say("Mail that asks to confirm"),
    "webinar_mail": say("Mail of a webinar"),
    "login_mail": say("Mail with a login link"),
    "test_mail": say("Test mail"),
    "mql_alert": say("Mail of a new MQL"),
    "mql_reminder": say("Reminder of an MQL"),
    "mql_escalation": say("Mail of an MQL that nobody answered"),
    "account_notice": say("Mail of a customer or an open deal"),
    "page_live": say("Mail of a page that opened"),
    "page_silent": say("Mail of a page that fell silent"),
    "webhook": say("Webhook"),
    # two leads that are one person
    "kept": say_in("a lead in a merge", "Kept"),
    "merged": say_in("a lead in a merge", "Merged"),
    # how a form stands inside another site
    "inline": say("Inline"),
    "button": say("Button"),
    "slide-in": say("Slide in"),
    # details of the audit log
    "rows": say("Rows"),
    "role": say("Role"),
    "handover": say("Handed over"),
    "events": say("Events"),
    "by": say_in("a way in", "By"),
    "version": say("Version"),
    "to": say_in("a new place", "To"),
    "scope": say("Opens"),
    "revision": say("Revision"),
    "passkey": say("Passkey"),
    "password": say("Password"),
    "link": say("Login link"),
    "provider": say("Provider"),
    "experiment": say("Experiment"),
    "edition": say("Edition"),
    "before": say("Before"),
    "after": say("After"),
    "why": say("Why"),
    "until": say("Until"),
    "since": say("Since"),
    "second_factor": say("Second factor"),
    "code": say("Code"),
    "owner": say("Owner"),
    "month": say("Month"),
    "form": say("Form"),
    "former": say("Formerly"),
    "entry": say("Entry"),
    "columns": say("Columns"),
    "because": say("Reason"),
    "basis": say("Agreed"),
    "aliases": say("Also known as"),
    "wording": say("Wording"),
    "follows": say("Comes back"),
    "order": say("Order"),
    "newest": say("Newest"),
    "pinned": say("Pinned"),
}

# What the audit log keeps, by its key.
DEEDS: Mapping[str, Phrase] = {
    "campaign.added": say("Campaign added"),
    "campaign.changed": say("Campaign changed"),
    "campaign.removed": say("Campaign removed"),
    "costs.loaded": say("Costs loaded"),
    "costs.taken_back": say("Costs taken back"),
    "destination.changed": say("Columns of a file changed"),
    "destination.reset": say("Columns of a file reset"),
    "documents.tested": say("Documents tested"),
    "draft.started": say("Draft started"),
    "draft.saved": say("Draft saved"),
    "draft.restored": say("Draft put back"),
    "exclusions.loaded": say("List of whom to keep loaded"),
    "experiment.started": say("Experiment started"),
    "experiment.stopped": say("Experiment stopped"),
    "exported": say("Exported"),
    "import.released": say("List let go to sales"),
    "import.taken_back": say("List taken back"),
    "leads.imported": say("Leads imported"),
    "leads.merged": say("Leads merged"),
    "leads.parted": say("Merge of leads undone"),
    "mail.tested": say("Mail tested"),
    "month.closed": say("Month closed"),
    "mql.passed_on": say("MQL passed on"),
    "mqls.exported": say("MQLs exported"),
    "outbox.released": say("Message tried again"),
    "outcomes.loaded": say("Outcomes loaded"),
    "page.farewell": say("Words of a closed page changed"),
    "page.owner": say("Owner of a page changed"),
    "page.renamed": say("Address of a page changed"),
    "person.erased": say("Person erased"),
    "person.exported": say("Data of a person exported"),
    "rep.changed": say("Working time changed"),
    "reject_reason.added": say("Reject reason added"),
    "reject_reason.changed": say("Reject reason changed"),
    "reject_reason.retired": say("Reject reason retired"),
    "reject_reason.offered_again": say("Reject reason offered again"),
    "reject_reasons.ordered": say("Reject reasons put in order"),
    "routing.changed": say("Routing changed"),
    "rules.activating": say("Rules activated"),
    "rules.discarded": say("Draft of the rules discarded"),
    "rules.drafted": say("Draft of the rules saved"),
    "rules.imported": say("Rules imported"),
    "score.struck": say("Points struck"),
    "staff.added": say("Access given"),
    "staff.changed": say("Access changed"),
    "staff.disabled": say("Access taken away"),
    "staff.enabled": say("Access given back"),
    "staff.invited": say("Staff invited"),
    "staff.linked": say("Linked with an account at the provider"),
    "staff.logged_in": say("Logged in"),
    "staff.login_link_made": say("Login link made"),
    "staff.login_link_sent": say("Login link sent"),
    "staff.passkey_added": say("Passkey added"),
    "staff.passkey_refused": say("Passkey refused"),
    "staff.passkey_removed": say("Passkey removed"),
    "staff.password_chosen": say("Password chosen"),
    "staff.role_changed": say("Role changed"),
    "staff.second_factor_off": say("Second factor turned off"),
    "staff.second_factor_on": say("Second factor turned on"),
    "staff.second_factor_reset": say("Second factor reset"),
    "staff.sessions_ended": say("Logged out everywhere"),
    "staff.unlinked": say("Unlinked from the provider"),
    "token.created": say("Token made"),
    "token.revoked": say("Token revoked"),
    "view.removed": say("View removed"),
    "view.saved": say("View saved"),
    "webhook.added": say("Webhook added"),
    "webhook.changed": say("Webhook changed"),
    "webhook.removed": say("Webhook removed"),
    "webhook.secret_rotated": say("New secret of a webhook"),
    "webhook.sent_again": say("Webhook sent again"),
    "webhook.tested": say("Webhook tested"),
    "webinar.cancelled": say("Webinar called off"),
}


def install(app: Flask) -> None:
    """Give templates these words."""
    app.jinja_env.filters.update(spoken=spoken, deed=deed)


def spoken(key: str) -> str:
    """The word for a key; the key itself where there is none."""
    return languages.said(WORDS.get(key, key), language.current())


def deed(action: str) -> str:
    """What somebody did, by the key that the audit log keeps."""
    known = DEEDS.get(action)
    return languages.said(known or action.replace(".", " ").replace("_", " ").capitalize(), language.current())
