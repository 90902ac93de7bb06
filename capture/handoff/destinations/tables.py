"""The destinations as data: columns, limits and rules of each system, changed here and nowhere else.

Sources: the import pages of Salesforce, HubSpot, Outreach, Apollo, Google Ads and LinkedIn; Salesloft's and
Mailshake's file layouts are not published, so theirs follow the field names of their interfaces.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from capture.languages import say

CONSTANT = "="  # a source that begins with this is the text itself
PERMISSIONS = ("opt_out", "may_mail", "mail_consent")  # sources that say whether one may mail
ANSWER = "answer:"  # and with this, the newest answer to the form's field of the key behind it


class Rule(StrEnum):
    """What a system refuses, beyond what a column says."""

    ONE_PER_ADDRESS = "one_per_address"
    AT_ONLY_IN_EMAIL = "at_only_in_email"
    MAY_BE_MAILED = "may_be_mailed"  # the system writes to people by itself
    TRACKING_AGREED = "tracking_agreed"  # the person's data goes to an advertiser
    NINETY_DAYS = "ninety_days"
    NO_PERSONAL_DATA = "no_personal_data"
    BY_GOOGLE_CLICK = "by_google_click"
    FIRST_CLICK_ID = "first_click_id"  # of several click ids, the file of the first one tells
    CONVERTS = "converts"  # what the file tells is kept, so that it can be adjusted
    NEW_LEADS = "new_leads"  # the system takes every row for somebody whom nobody has spoken to, or writes so
    ADJUSTS = "adjusts"  # the file takes back or changes what an earlier one told


@dataclass(frozen=True, slots=True)
class Column:
    """`source` is a key of SOURCES, an answer's key behind `answer:`, or a constant behind `=`. `most` counts
    characters.
    """

    header: str
    source: str
    most: int | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """A file that a system takes. `first_line` stands above the headers; `{zone}` in it is the installation's zone."""

    key: str
    title: str
    about: str
    columns: tuple[Column, ...]
    rules: frozenset[Rule] = frozenset()
    most_rows: int | None = None
    most_bytes: int | None = None
    first_line: str = ""

    @property
    def permission(self) -> str:
        """The header of the column that says whether one may mail each person; empty where none does."""
        return next((column.header for column in self.columns if column.source in PERMISSIONS), "")


_PERSON = (
    Column("Email", "email", required=True),
    Column("First Name", "given_name"),
    Column("Last Name", "family_name"),
    Column("Title", "job_title"),
)

_CONVERSION = (
    Column("Conversion Name", "=MQL", required=True),
    Column("Conversion Time", "qualified_wall_clock", required=True),
    Column("Conversion Value", "won_value"),
    Column("Conversion Currency", "won_currency"),
    Column("Order ID", "mql_id", required=True),
)
_CONVERSIONS = frozenset({Rule.CONVERTS, Rule.NINETY_DAYS, Rule.NO_PERSONAL_DATA})
_IN_ZONE = "Parameters:TimeZone={zone}"

DESTINATIONS: Mapping[str, Destination] = MappingProxyType(
    {
        destination.key: destination
        for destination in (
            Destination(
                "salesforce",
                "Salesforce, Data Import Wizard",
                say("New leads by hand in Salesforce. Choose “Leads” and let it match by e-mail."),
                (
                    Column("First Name", "given_name", 40),
                    Column("Last Name", "family_name_or_unknown", 80, required=True),
                    Column("Company", "company_or_domain", 255, required=True),
                    Column("Title", "job_title", 128),
                    Column("Email", "email", 80, required=True),
                    Column("Email Opt Out", "opt_out"),
                    Column("Phone", "phone", 40),
                    Column("City", "answer:city", 40),
                    Column("State/Province", "answer:state", 80),
                    Column("Country", "country", 80),
                    Column("Lead Source", "lead_source", 40),
                    Column("Lead Status", "salesforce_status", 40),
                    Column("Description", "why", 32000),
                    Column("Record Owner", "owner_id_salesforce"),
                ),
                frozenset({Rule.ONE_PER_ADDRESS, Rule.NEW_LEADS}),
                most_rows=50_000,
            ),
            Destination(
                "salesforce-loader",
                "Salesforce, Data Loader",
                say("The same with the names of fields that Data Loader and the interfaces use."),
                (
                    Column("LastName", "family_name_or_unknown", 80, required=True),
                    Column("Company", "company_or_domain", 255, required=True),
                    Column("FirstName", "given_name", 40),
                    Column("Email", "email", 80, required=True),
                    Column("HasOptedOutOfEmail", "opt_out"),
                    Column("Title", "job_title", 128),
                    Column("Phone", "phone", 40),
                    Column("Website", "company_website", 255),
                    Column("City", "answer:city", 40),
                    Column("State", "answer:state", 80),
                    Column("Country", "country", 80),
                    Column("LeadSource", "lead_source", 40),
                    Column("Status", "salesforce_status", 40),
                    Column("Description", "why", 32000),
                    Column("OwnerId", "owner_id_salesforce"),
                ),
                frozenset({Rule.ONE_PER_ADDRESS, Rule.NEW_LEADS}),
            ),
            Destination(
                "hubspot",
                "HubSpot contacts",
                say(
                    "HubSpot matches by e-mail; an empty cell overwrites nothing. Who may not be mailed is no column "
                    "there: load those people as an opt-out list too."
                ),
                (
                    Column("First name", "given_name"),
                    Column("Last name", "family_name"),
                    Column("Email", "email", required=True),
                    Column("Phone number", "phone"),
                    Column("Job title", "job_title"),
                    Column("Company name", "company"),
                    Column("Website URL", "company_website"),
                    Column("City", "answer:city"),
                    Column("State/Region", "answer:state"),
                    Column("Country/Region", "country"),
                    Column("Lifecycle stage", "hubspot_stage"),
                    Column("Lead status", "hubspot_status"),
                    Column("Contact owner", "owner_email"),
                ),
                frozenset({Rule.ONE_PER_ADDRESS}),
                most_rows=249_999,
                most_bytes=150_000_000,
            ),
            Destination(
                "outreach",
                "Outreach prospects",
                say("Outreach writes to people: who may not be mailed is left out. Columns are matched by hand."),
                (
                    *_PERSON,
                    Column("Company", "company"),
                    Column("Phone", "phone"),
                    Column("Source", "lead_source"),
                    Column("Custom 1", "why"),
                    Column("Custom 2", "score"),
                    Column("Owner", "owner_id_outreach"),
                ),
                frozenset({Rule.ONE_PER_ADDRESS, Rule.MAY_BE_MAILED, Rule.NEW_LEADS}),
                most_rows=100_000,
            ),
            Destination(
                "salesloft",
                "Salesloft people",
                say("Salesloft writes to people: who may not be mailed is left out. It matches by address."),
                (
                    Column("email_address", "email", required=True),
                    Column("first_name", "given_name"),
                    Column("last_name", "family_name"),
                    Column("title", "job_title"),
                    Column("phone", "phone"),
                    Column("company_name", "company"),
                    Column("company_website", "company_website"),
                ),
                frozenset({Rule.ONE_PER_ADDRESS, Rule.MAY_BE_MAILED, Rule.NEW_LEADS}),
            ),
            Destination(
                "apollo",
                "Apollo contacts",
                say("Apollo writes to people: who may not be mailed is left out. Ten thousand rows a file."),
                (
                    Column("First Name", "given_name"),
                    Column("Last Name", "family_name"),
                    Column("Contact Email", "email", required=True),
                    Column("Title", "job_title"),
                    Column("Company Name", "company_or_domain", required=True),
                    Column("Company Website", "domain"),
                    Column("Phone", "phone"),
                ),
                frozenset({Rule.ONE_PER_ADDRESS, Rule.MAY_BE_MAILED, Rule.NEW_LEADS}),
                most_rows=10_000,
            ),
            Destination(
                "mailshake",
                "Mailshake recipients",
                say(
                    "Mailshake writes to people: who may not be mailed is left out. Other columns become merge fields."
                ),
                (
                    Column("email", "email", required=True),
                    Column("first", "given_name"),
                    Column("last", "family_name"),
                    Column("company", "company"),
                    Column("title", "job_title"),
                    Column("why", "why"),
                ),
                frozenset({Rule.ONE_PER_ADDRESS, Rule.MAY_BE_MAILED, Rule.NEW_LEADS}),
            ),
            Destination(
                "generic",
                say("Any other system"),
                say("What most systems can be taught to read."),
                (
                    *_PERSON,
                    Column("May Be Mailed", "may_mail"),
                    Column("Company", "company"),
                    Column("Company Website", "company_website"),
                    Column("Phone", "phone"),
                    Column("City", "answer:city"),
                    Column("State", "answer:state"),
                    Column("Country", "country"),
                    Column("Lead Source", "lead_source"),
                    Column("MQL Reason", "why"),
                    Column("MQL Score", "score"),
                    Column("MQL Date", "qualified_day"),
                    Column("Lead ID", "lead_id"),
                ),
            ),
            Destination(
                "google-ads",
                "Google Ads, click conversions",
                say(
                    "One conversion for each MQL that came by a Google click of the last 90 days, with what it "
                    "was won for "
                    "by then. No personal data."
                ),
                (
                    Column("Google Click ID", "gclid", required=True),
                    *_CONVERSION,
                ),
                _CONVERSIONS,
                first_line=_IN_ZONE,
            ),
            *(
                Destination(
                    f"google-ads-{name.lower()}",
                    f"Google Ads, conversions by {name}",
                    say(
                        "The same for clicks that came with a %(name)s and without an id that says more, as of apps "
                        "on iOS: Google takes one kind of id in a file.",
                        name=name,
                    ),
                    (Column(name, name.lower(), required=True), *_CONVERSION),
                    _CONVERSIONS | {Rule.FIRST_CLICK_ID},
                    first_line=_IN_ZONE,
                )
                for name in ("GBRAID", "WBRAID")
            ),
            Destination(
                "google-ads-adjustments",
                "Google Ads, adjustments",
                say(
                    "Takes back the conversions of MQLs that sales rejected (RETRACT), and says what those of an "
                    "earlier "
                    "file were won for, where that is something else now (RESTATE). Without a first day it holds "
                    "what no "
                    "file told yet. Load the click conversions first: both files name the MQL in Order ID."
                ),
                (
                    Column("Order ID", "mql_id", required=True),
                    Column("Conversion Name", "=MQL", required=True),
                    Column("Adjustment Time", "outcome_wall_clock", required=True),
                    Column("Adjustment Type", "adjustment_type", required=True),
                    Column("Adjusted Value", "won_value"),
                    Column("Adjusted Value Currency", "won_currency"),
                ),
                frozenset({Rule.ADJUSTS, Rule.BY_GOOGLE_CLICK, Rule.NINETY_DAYS, Rule.NO_PERSONAL_DATA}),
                first_line="Parameters:TimeZone={zone}",
            ),
            Destination(
                "linkedin",
                "LinkedIn, offline conversions",
                say(
                    "One conversion for each MQL of the last 90 days who agreed to tracking, with what it was won for "
                    "by then. Matched by address and name."
                ),
                (
                    Column("email", "email", required=True),
                    Column("firstname", "given_name", 35),
                    Column("lastname", "family_name", 35),
                    Column("employeecompany", "company"),
                    Column("title", "job_title"),
                    Column("country", "country", 2),
                    Column("timestamp", "qualified_epoch_ms", required=True),
                    Column("eventtype", "=MQL", required=True),
                    Column("amount", "won_value"),
                    Column("currency", "won_currency"),
                ),
                frozenset({Rule.NINETY_DAYS, Rule.AT_ONLY_IN_EMAIL, Rule.TRACKING_AGREED}),
                most_rows=300_000,
                most_bytes=20_000_000,
            ),
        )
    }
)
