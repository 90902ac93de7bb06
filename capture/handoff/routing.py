"""Whose an MQL is before anybody's turn counts: named accounts by domain, then rules in their order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import delete, func, insert, select

from capture import languages
from capture.accounts.models import Role, Staff
from capture.catalogue import drafts
from capture.db import session
from capture.errors import Faults, UploadRefused
from capture.handoff.models import NamedAccount, RoutingRule
from capture.languages import kept, numeral, say
from capture.leads import leads
from capture.leads.models import Lead, Submission
from capture.pages import countries, emails, pages
from capture.pages.models import Page

NAMED_ACCOUNT = kept("named account %(domain)s")  # why an MQL is its owner's

LIST = "routing"  # its name in `revisions`
MOST_RULES = 200
MOST_ACCOUNTS = 50_000
MOST_NAME = 80
MOST_OFFERED = 20  # are named where something else was asked for


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules may ask of a lead, in lower case. Language and page are those of the fill behind the MQL."""

    country: str
    size: str
    domains: tuple[str, ...]  # the hosts of all addresses, of the one that is written to first
    language: str
    page: str


ASKS: Mapping[str, Callable[[Facts, str], bool]] = {
    "country": lambda facts, wanted: facts.country == wanted,
    "language": lambda facts, wanted: facts.language == wanted or facts.language.startswith(f"{wanted}-"),
    "size": lambda facts, wanted: facts.size == wanted,
    "domain": lambda facts, wanted: any(f".{domain}".endswith(f".{wanted}") for domain in facts.domains),
    "page": lambda facts, wanted: facts.page == wanted,
}


class Offered:
    """What rules may ask for: what leads can be found to have. Read once, and only of what is asked."""

    def meant(self, asked: str, value: str, where: str) -> str:
        """A value as it is kept: a country's name is its code, a domain is written as hosts of addresses are.

        Raises UploadRefused for what fits no lead ever.
        """
        if asked == "country":
            if code := countries.coded(value).lower():
                return code
            said = kept("%(where)s: “%(value)s” is no country. Write its code, such as DE, or its name.")
        elif asked == "language" and value.partition("-")[0] not in languages.locale("en").languages:
            said = kept("%(where)s: “%(value)s” is no language. Write its code; those of the pages are %(offered)s.")
        elif asked == "size" and not self._has_size(value):
            said = kept("%(where)s: no form offers the size “%(value)s”. Offered are %(offered)s.")
        elif asked == "page" and value not in self._pages and value not in pages.moved([value]):
            said = kept("%(where)s: there is no page “%(value)s”. There are %(offered)s.")
        else:
            return _host(value) if asked == "domain" else value
        few = self._known(asked)[:MOST_OFFERED]
        told = ", ".join(few) if few else say("none yet")
        raise UploadRefused(say(said, where=where, value=value[:60], offered=told), "rules")

    def _known(self, asked: str) -> Sequence[str]:
        return {"language": self._languages, "size": self._sizes, "page": [*self._pages]}.get(asked, ())

    @cached_property
    def _languages(self) -> Sequence[str]:
        return sorted({page.definition.language for page in self._live})

    @cached_property
    def _pages(self) -> Sequence[str]:
        return [*dict.fromkeys([*(slug for _, slug in pages.slugs()), *(draft.slug for draft in drafts.listed())])]

    @cached_property
    def _sizes(self) -> Sequence[str]:
        asked = [one for page in self._live for one in page.definition.fields if one.fills == "company_size"]
        return [*dict.fromkeys(option.value for one in asked for option in one.options)]

    @cached_property
    def _live(self) -> Sequence[pages.LivePage]:
        return pages.every()

    def _has_size(self, value: str) -> bool:
        """Also what came with a list; everything where no form gives a choice."""
        if not self._sizes or value in [size.lower() for size in self._sizes]:
            return True
        return session().scalar(select(Lead.id).where(func.lower(Lead.company_size) == value).limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Pool:
    """Among whom the next owner is chosen, and why. A named account's owner has no limit: it is his."""

    staff_ids: tuple[int, ...]
    because: str
    is_named: bool = False


def facts_of(lead: Lead, submission_id: int | None) -> Facts:
    """What is known of the lead; of the newest fill where the MQL has none of its own."""
    fills = select(Submission.page_version_id, Page.slug).join(Page, Page.id == Submission.page_id)
    of_person = Submission.lead_id.in_(leads.of_person([lead.id]))
    which = Submission.id == submission_id if submission_id is not None else of_person
    addresses = [lead.email, *(one.address_key for one in leads.addresses(lead.id))]
    fill = session().execute(fills.where(which).order_by(Submission.at.desc(), Submission.id.desc()).limit(1)).first()
    return Facts(
        country=lead.country.lower(),
        size=lead.company_size.lower(),
        domains=tuple(dict.fromkeys(map(emails.host, addresses))),
        language=pages.definition_of(fill.page_version_id).language.lower() if fill else "",
        page=fill.slug if fill else "",
    )


def pools(facts: Facts) -> list[Pool]:
    """Who comes first for such a lead: the named account's owner, then the people of every rule that fits.

    Of several accounts that of the longest domain, and of two as long that of the address that is written to.
    """
    hosts = [domain.split(".") for domain in facts.domains]
    domains = [".".join(parts[place:]) for parts in hosts for place in range(len(parts) - 1)]
    query = select(NamedAccount).where(NamedAccount.domain.in_(domains))
    named = sorted(session().scalars(query), key=lambda one: (-len(one.domain), domains.index(one.domain)))
    found = [Pool((account.owner_id,), NAMED_ACCOUNT % {"domain": account.domain}, is_named=True) for account in named]
    rules = session().scalars(select(RoutingRule).order_by(RoutingRule.place)).all()
    moved = pages.moved({slug for rule in rules for slug in rule.conditions.get("page", ())})
    for rule in rules:
        asks = rule.conditions | {"page": [moved.get(slug, slug) for slug in rule.conditions.get("page", ())]}
        if all(any(ASKS[asked](facts, one) for one in asks[asked]) for asked in rule.conditions):
            found.append(Pool(tuple(rule.staff_ids), f"rule: {rule.name}"))
    return found


@dataclass(frozen=True, slots=True)
class Named:
    """Where rules and named accounts name somebody."""

    person: Staff
    is_in_sales: bool  # only who is gets any
    alone: Sequence[str]  # the rules that name nobody else who is in sales
    beside: Sequence[str]  # the other ones
    accounts: int


def named() -> dict[int, Named]:
    """Everybody whom rules and named accounts name, by key. A few queries."""
    rules = session().scalars(select(RoutingRule).order_by(RoutingRule.place)).all()
    per_owner = select(NamedAccount.owner_id, func.count()).group_by(NamedAccount.owner_id)
    accounts: dict[int, int] = dict(session().execute(per_owner).all())
    theirs = {*accounts, *(staff_id for rule in rules for staff_id in rule.staff_ids)}
    in_sales = {*_people().values()}

    def of(person: Staff) -> Named:
        mine = {rule.name: in_sales.intersection(rule.staff_ids) for rule in rules if person.id in rule.staff_ids}
        alone = [name for name, others in mine.items() if others <= {person.id}]
        beside = [name for name in mine if name not in alone]
        return Named(person, person.id in in_sales, alone, beside, accounts.get(person.id, 0))

    people = session().scalars(select(Staff).where(Staff.id.in_(theirs)).order_by(Staff.name)) if theirs else ()
    return {person.id: of(person) for person in people}


def gone() -> list[Named]:
    """Those of them who are in sales no more."""
    return [one for one in named().values() if not one.is_in_sales]


def replace_rules(text: str) -> int:
    """Keep these rules instead of those before, one a line; gives how many. Raises UploadRefused, naming all lines that
    are wrong and what is offered instead.

    A line reads `DACH: country = DE, AT, CH; size = 50-249 -> ann@northwind.example, bob@northwind.example`.
    """
    people, offered, faults = _people_known(), Offered(), Faults()
    rules = [_rule(number, line, people, offered, faults) for number, line in _lines(text)]
    names = [str(rule["name"]).lower() for rule in rules]
    for twice in dict.fromkeys(name for name in names if name and names.count(name) > 1):
        said = say("Two rules are called “%(twice)s”. Give each a name of its own.", twice=twice)
        faults.note(UploadRefused(said, "rules"))
    if len(rules) > MOST_RULES:
        faults.note(UploadRefused(say("There are at most %(most_rules)s rules.", most_rules=MOST_RULES), "rules"))
    faults.refuse()
    session().execute(delete(RoutingRule))
    if rules:
        session().execute(insert(RoutingRule), [rule | {"place": place} for place, rule in enumerate(rules, 1)])
    return len(rules)


def replace_accounts(text: str) -> int:
    """Keep these named accounts, `alder.example, ann@northwind.example` a line; gives how many.

    Raises UploadRefused.
    """
    people, rows, faults = _people_known(), {}, Faults()
    for number, line in _lines(text):
        with faults.noted():
            domain, owner_id = _account(number, line, people)
            rows[domain] = owner_id
    if len(rows) > MOST_ACCOUNTS:
        said = say("There are at most %(most_accounts)s named accounts.", most_accounts=numeral(MOST_ACCOUNTS))
        faults.note(UploadRefused(said, "accounts"))
    faults.refuse()
    session().execute(delete(NamedAccount))
    if rows:
        session().execute(
            insert(NamedAccount), [{"domain": domain, "owner_id": owner_id} for domain, owner_id in rows.items()]
        )
    return len(rows)


def rules_text() -> str:
    """The rules as they may be kept again, also where they name somebody who is in sales no more."""
    emails_of = {staff_id: email for email, staff_id in _people_known().items()}
    lines = []
    for rule in session().scalars(select(RoutingRule).order_by(RoutingRule.place)):
        asks = [name for name in ASKS if name in rule.conditions]  # PostgreSQL keeps no order of its own
        asked = "; ".join(f"{name} = {', '.join(rule.conditions[name])}" for name in asks)
        to = ", ".join(emails_of[staff_id] for staff_id in rule.staff_ids if staff_id in emails_of)
        lines.append(f"{rule.name}: {asked} -> {to}\n")
    return "".join(lines)


def accounts_text() -> str:
    """The named accounts as they may be kept again."""
    query = select(NamedAccount.domain, Staff.email).join(Staff, Staff.id == NamedAccount.owner_id)
    return "".join(f"{domain}, {owner}\n" for domain, owner in session().execute(query.order_by(NamedAccount.domain)))


def _account(number: int, line: str, people: Mapping[str, int]) -> tuple[str, int]:
    told, _, owner = (part.strip().lower() for part in line.partition(","))
    domain = _host(told)
    if "." not in domain or " " in domain or not owner:
        raise UploadRefused(
            say(
                "Named accounts, line %(number)s: write domain, owner such as alder.example, ann@northwind.example.",
                number=number,
            ),
            "accounts",
        )
    if emails.is_free(domain):
        raise UploadRefused(
            say(
                "Named accounts, line %(number)s: %(domain)s gives addresses to everybody.",
                number=number,
                domain=domain,
            ),
            "accounts",
        )
    return domain, _person(owner, people, say("Named accounts, line %(number)s", number=number), "accounts")


def _host(told: str) -> str:
    """A domain as people write it down: *.alder.example and @alder.example, too."""
    return emails.host(told.lstrip("@*."))


def _rule(number: int, line: str, people: Mapping[str, int], offered: Offered, faults: Faults) -> dict[str, object]:
    """A line as a row; whatever is wrong with it is noted."""
    where = say("Rules, line %(number)s", number=number)
    told, arrow, to = line.rpartition("->")
    name, colon, asked = (part.strip() for part in told.partition(":"))
    if not (arrow and colon and name and asked and to.strip()):
        said = say("%(where)s: write name: country = DE, AT -> ann@northwind.example.", where=where)
        faults.note(UploadRefused(said, "rules"))
        return {"name": ""}
    if len(name) > MOST_NAME:
        said = say("%(where)s: a name has at most %(most_name)s letters.", where=where, most_name=MOST_NAME)
        faults.note(UploadRefused(said, "rules"))
    conditions: dict[str, list[str]] = {}
    for part in filter(None, (part.strip() for part in asked.split(";"))):
        field, mark, values = (piece.strip().lower() for piece in part.partition("="))
        wanted = [value.strip() for value in values.split(",") if value.strip()]
        if field not in ASKS or not mark or not wanted:
            said = say(
                "%(where)s: “%(part)s” asks nothing. Ask for one of %(asks)s.",
                where=where,
                part=part[:60],
                asks=", ".join(ASKS),
            )
            faults.note(UploadRefused(said, "rules"))
        for value in wanted if field in ASKS else ():
            with faults.noted():
                conditions.setdefault(field, []).append(offered.meant(field, value, where))
    owners = []
    for one in filter(None, (one.strip().lower() for one in to.split(","))):
        with faults.noted():
            owners.append(_person(one, people, where))
    return {"name": name, "conditions": conditions, "staff_ids": owners}


def _lines(text: str) -> Sequence[tuple[int, str]]:
    """What is told, with the numbers of its lines; empty lines and those that begin with # say nothing."""
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in lines if line and not line.startswith("#")]


def _people() -> dict[str, int]:
    query = select(Staff.email, Staff.id).where(Staff.role == Role.SALES, Staff.disabled_at.is_(None))
    return {email.lower(): staff_id for email, staff_id in session().execute(query)}


def _people_known() -> dict[str, int]:
    """Who may be named: everybody in sales, and whoever is named already."""
    return {one.person.email.lower(): staff_id for staff_id, one in named().items()} | _people()


def _person(email: str, people: Mapping[str, int], where: str, field: str = "rules") -> int:
    if email not in people:
        raise UploadRefused(
            say(
                "%(where)s: nobody with the role Sales has the address %(email)s.",
                where=where,
                email=email[:100] or "(none)",
            ),
            field,
        )
    return people[email]
