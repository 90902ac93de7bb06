"""A crowd: pages and leads with their histories, in any number, written by SQL alone. Everybody in it is invented.

The first draft with its page, and what stands beside them once, are made by the product, so that every screen of the
studio can be opened; all other pages are copies under other names. A later call goes on where the one before ended.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from sqlalchemy import Column, Table, func, select, text
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from capture.attribution.campaigns import Plan
from capture.catalogue.models import (
    Draft,
    DraftVersion,
    Edition,
    Magnet,
    Proof,
    ProofPage,
    Publication,
    PublicationState,
)
from capture.db import Base, Json, is_sqlite, session, transaction
from capture.handoff.models import FeedCounter
from capture.handoff.webhooks.models import WebhookEndpoint
from capture.journey import campaigning, experimenting
from capture.leads.models import Lead, LeadImport
from capture.pages import pages as live_pages
from capture.pages.models import Page, PageVersion
from capture.pages.variants import Overrides
from capture.reports import daily, responses
from capture.reports.models import Tally
from capture.scoring import rulesets, standings
from capture.scoring.models import Axis
from tests.factories import a_page
from tests.web.studio import Studio

YEAR = timedelta(days=365)
UTC = ZoneInfo("UTC")
MICROSECONDS = 365 * 86_400 * 1_000_000
EACH_MQL = 20  # leads for one of them
EACH_CAMPAIGN = 4  # pages for one of them
MOST_CAMPAIGNS, MOST_COLLEAGUES = 100, 50

FIRST_NAMES = ("Ada", "Grace", "Edith", "Alan", "Hedy", "Claude", "Mary", "Konrad", "Katherine", "Tim", "Radia")
LAST_NAMES = ("Byron", "Hopper", "Clarke", "Turing", "Lamarr", "Shannon", "Jackson", "Zuse", "Johnson", "Perlman")
COMPANIES = ("Alder Castings", "Birch Optics", "Cedar Freight", "Dogwood Dairy", "Elm Software", "Fir & Daughters")
TITLES = ("Head of Marketing", "CTO", "Engineer", "VP Sales", "Student", "Account manager", "")
CHANNELS = ("Paid social", "Organic search", "Direct", "Email", "Paid search", "Referral", "Organic social")
SOURCES = ("linkedin", "google", "", "newsletter", "bing", "partner.example", "mastodon")
MEDIUMS = ("cpc", "organic", "", "email", "cpc", "referral", "social")
WHY = (
    '[{"axis": "fit", "points": 15, "points_then": 15, "because": "Named the company", '
    '"at": "2026-01-05T09:00:00+00:00"}]'
)


def settle(studio: Studio, *, at: datetime) -> None:
    """The first of every kind: a draft with a picture and a proof, published; a campaign, an endpoint, a list."""
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    place = studio.start()
    studio.post(f"{place}/files", files=(io.BytesIO(picture.getvalue()), "chart.png"))
    studio.post("/studio/webhooks/", 200, url="https://crm.example/hook", name="CRM", kinds="mql.created")
    studio.post("/studio/imports/", file=(io.BytesIO(b"Mail\nnew@company.example\n"), "booth.csv"))
    campaigning.add(Plan("Campaign 1", ()), actor="cli", at=at)
    with transaction() as writing:
        rulesets.write_down_preset(at=at - YEAR)
        draft = writing.scalars(select(Draft)).one()
        page = {"sha": "0" * 64, "width": 8, "height": 8}
        facts = {"draft_id": draft.id, "files": draft.files, "asked_at": at, "finished_at": at}
        writing.add(Proof(key="0" * 64, part="front", pages=[page], count=1, fault="", **facts))
        writing.add(ProofPage(draft_id=draft.id, sha="0" * 64, webp=b"RIFF", used_at=at))
        writing.add(Publication(state=PublicationState.LIVE, slug=draft.slug, edition=1, asked_by="cli", **facts))
        slug, kind = draft.slug, draft.kind
    offer = a_page(slug, kind=kind, title="Answer fast", at=at - YEAR)
    experiment = experimenting.begin(offer.id, actor="cli", at=at)
    experimenting.write(experiment, [(1, Overrides()), (1, Overrides(button="Answer me fast"))], actor="cli", at=at)
    experimenting.start(experiment, actor="cli", at=at)
    live_pages.by_slug(slug)  # what is shown is read once in the life of a process


def grow(*, pages: int, leads: int, at: datetime) -> None:
    """So many in all. Leads are spread over the year before `at`, the newest among them of today."""
    have_pages, have_leads = (_count(kind) for kind in (Page, Lead))
    _more_pages(have_pages + 1, pages)
    _more_campaigns(*_these(have_pages, pages, MOST_CAMPAIGNS), at)
    _more_of_the_house(*_these(have_pages, pages, MOST_COLLEAGUES), at)
    _more_leads(have_leads + 1, leads, pages, at)
    _more_mqls(have_leads // EACH_MQL + 1, leads // EACH_MQL, at)
    with transaction() as writing:
        for table in ("daily_figure", "daily_total"):
            writing.execute(text(f"DELETE FROM {table}"))  # noqa: S608
        writing.execute(text(_days(at)))
        for dimension, column in daily.DIMENSIONS.items():
            writing.execute(text(_totals(dimension, column or "''")))
        writing.execute(text(_link_totals(at)))
        for week in range(54):
            daily.keep_week(daily.monday_of(at.date()) - timedelta(weeks=week))
        writing.merge(Tally(id=1, counted_until=(at - timedelta(days=1)).date(), looked_at=at))
        writing.merge(FeedCounter(id=1, position=leads // EACH_MQL))
    with transaction() as writing:
        writing.execute(text("ANALYZE"))


def answer(*, at: datetime) -> None:
    """Keep what sales made of every day that is over, as the worker does; without it, it is counted from the facts."""
    with transaction():
        for number in range(1, YEAR.days + 1):
            responses.keep(daily.a_day((at - timedelta(days=number)).date(), UTC))


def _these(had: int, pages: int, most: int) -> tuple[int, int]:
    """First and last number of what there is one of for some pages each."""
    return min(had // EACH_CAMPAIGN, most) + 1, min(pages // EACH_CAMPAIGN, most)


def _count(kind: type[Base]) -> int:
    return session().scalar(select(func.count()).select_from(kind)) or 0


# --- pages --------------------------------------------------------------------------------------------


def _more_pages(first: int, last: int) -> None:
    ids = {kind: session().scalar(select(func.min(kind.id))) or 0 for kind in (Magnet, Page, Draft)}
    magnet, page, draft = (f"{ids[kind]} + n - 1" for kind in (Magnet, Page, Draft))
    slug = "'page-' || n"
    title = "'How to answer fast, part ' || n"
    _copies(Magnet, first, last, id=magnet, public_id="'magnet-' || n", slug=slug)
    _copies(Edition, first, last, public_id="'edition-' || n", magnet_id=magnet, title=title)
    _copies(Page, first, last, id=page, public_id="'page-' || n", slug=slug, magnet_id=magnet)
    _copies(PageVersion, first, last, page_id=page, digest="'version-' || n")
    _copies(Draft, first, last, id=draft, public_id="'draft-' || n", slug=slug, title=title)
    _copies(DraftVersion, first, last, draft_id=draft)
    _copies(Publication, first, last, public_id="'publication-' || n", draft_id=draft, slug=slug)


def _more_campaigns(first: int, last: int, at: datetime) -> None:
    name = "'Campaign ' || (n + 1)"
    facts = {"id": "n + 1000000", "public_id": "'campaign-' || n", "name": name, "created_at": _instant(at)}
    _rows("campaign", first, last, **facts)
    _rows("campaign_alias", first, last, campaign_id="n + 1000000", pattern="'autumn-' || n")


def _more_of_the_house(first: int, last: int, at: datetime) -> None:
    """Salespeople, tokens, kept views, lists, endpoints, files of costs, and companies that are left alone."""
    when, by = _instant(at), "'cli'"
    name = {"name": "'Name ' || n"}
    _rows("staff", first, last, public_id="'staff-' || n", email="'sales' || n || '@northwind.example'", **name,
          role="'sales'", session_mark="''", created_at=when)  # fmt: skip
    _rows("api_token", first, last, public_id="'token-' || n", token_hash="'token-' || n", **name,
          scope="'mqls:read'", created_at=when)  # fmt: skip
    _rows("saved_view", first, last, public_id="'view-' || n", sought="'{}'", by=by, at=when, **name)
    _rows("spend_import", first, last, id="n", public_id="'spend-' || n", digest="'spend-' || n", rows="1", by=by,
          at=when, **name)  # fmt: skip
    _rows("spend", first, last, import_id="n", day=f"'{at.date()}'", kind="'ads'", source="''",
          campaign="'autumn-' || n", amount="1000", currency="'EUR'")  # fmt: skip
    page = f"{session().scalar(select(func.min(Page.id)))}"
    _rows("kept_link", first, last, id="n", public_id="'link-' || n", page_id=page,
          **dict.fromkeys(("medium", "campaign", "content", "term"), "''"), source="'source-' || n", made_by=by,
          made_at=when, **name)  # fmt: skip
    _rows("word", first, last, public_id="'word-' || n", kind="'channel'", word="'Channel ' || n", source="'a-' || n",
          medium="'social'")  # fmt: skip
    _rows("exclusion", first, last, kind="'customer'", pattern="'customer' || n || '.example'", loaded_at=when)
    _copies(LeadImport, first, last, public_id="'import-' || n")
    _copies(WebhookEndpoint, first, last, public_id="'endpoint-' || n")


# --- people -------------------------------------------------------------------------------------------


def _more_leads(first: int, last: int, pages: int, at: datetime) -> None:
    """Each came, filled a form and took the magnet; as many visitors came and went."""
    step = MICROSECONDS // max(1, last - first + 1)
    when = _instant(at - YEAR, f"(n - {first} + 1) * {step}")
    # Every tenth goes to the first page: pages are not equally loved.
    page_number = f"CASE WHEN n % 10 = 0 THEN 0 ELSE n * 7919 % {pages} END"
    page = f"{session().scalar(select(func.min(Page.id)))} + {page_number}"
    magnet = f"{session().scalar(select(func.min(Magnet.id)))} + {page_number}"
    version = f"{session().scalar(select(func.min(PageVersion.id)))}"
    empty = dict.fromkeys(("phone", "website", "disqualified", "name"), "''")
    touch = {
        "at": when,
        "page_id": page,
        "link_id": "(SELECT id FROM kept_link WHERE id = n % 97 + 1)",
        "landing_path": "'/page'",
        "raw_query": "CASE n % 50 WHEN 0 THEN 'utm_campaign={{campaign}}' ELSE 'utm_campaign=x' END",
        "referrer": "''",
        "source": _one_of(SOURCES),
        "medium": _one_of(MEDIUMS),
        "campaign": f"CASE n % 50 WHEN 0 THEN '' ELSE 'autumn-' || (n % {max(2, pages // 8)}) END",
        "term": "''",
        "content": "''",
        "channel": _one_of(CHANNELS),
        "click_ids": "'{}'",
        "device": "'desktop'",
    }
    event = {"at": when, "page_id": page, "magnet_id": magnet, "detail": "'{}'", "verdict": "'human'", "reason": "''"}
    _rows("visitor", first, last, id="n * 2", cookie_hash="'known-' || n", created_at=when)
    _rows("visitor", first, last, id="n * 2 + 1", cookie_hash="'unknown-' || n", created_at=when)
    _rows("touch", first, last, id="n * 2", visitor_id="n * 2", **touch)
    _rows("touch", first, last, id="n * 2 + 1", visitor_id="n * 2 + 1", **touch)
    called, family = _one_of(FIRST_NAMES), _one_of(LAST_NAMES, 7)
    in_order, turned = f"{called} || ' ' || {family}", f"{family} || ' ' || {called}"
    email = f"lower({_one_of(FIRST_NAMES)}) || '.' || lower({_one_of(LAST_NAMES, 7)}) || n || '@company' || (n % 5000)"
    _rows(
        "lead",
        first,
        last,
        id="n",
        public_id="'lead-' || n",
        email=f"{email} || '.example'",
        first_name=_one_of(FIRST_NAMES),
        last_name=_one_of(LAST_NAMES, 7),
        name_key=f"lower(CASE WHEN {called} < {family} THEN {in_order} ELSE {turned} END)",
        company=f"{_one_of(COMPANIES, 13)} || ' ' || (n % 5000)",
        job_title=_one_of(TITLES, 3),
        country="'IE'",
        company_size="'50-249'",
        created_at=when,
        first_touch_id="n * 2",
        last_touch_id="n * 2",
        **empty,
    )
    address = f"{email} || '.example'"
    _rows("lead_address", first, last, address_key=address, address=address, lead_id="n", is_primary="TRUE")
    _rows("lead_visitor", first, last, visitor_id="n * 2", lead_id="n", at=when)
    _rows(
        "submission",
        first,
        last,
        id="n",
        public_id="'submission-' || n",
        lead_id="n",
        page_id=page,
        page_version_id=version,
        visitor_id="n * 2",
        touch_id="n * 2",
        form_key="'form-' || n",
        answers="""'{"company": "Alder", "hurdle": "' || CASE n % 2 WHEN 0 THEN 'few' ELSE 'slow' END || '"}'""",
        at=when,
    )
    edition = f"{session().scalar(select(func.min(Edition.id)))}"
    _rows("grant", first, last, id="n", public_id="'grant-' || n", token="'token-' || n", magnet_id=magnet,
          edition_id=edition, link_policy="'newest'", lead_id="n", submission_id="n", created_at=when)  # fmt: skip
    for number, kind in enumerate(("page_viewed", "form_submitted", "magnet_downloaded")):
        known = {"id": f"n * 4 + {number}", "public_id": f"'event-{number}-' || n", "kind": f"'{kind}'"}
        if kind == "magnet_downloaded":
            known["dedupe_key"] = "'magnet_downloaded:' || n"
        _rows("engagement_event", first, last, **known, visitor_id="n * 2", lead_id="n", **event)
    unknown = {"id": "n * 4 + 3", "public_id": "'event-3-' || n", "kind": "'page_viewed'", "visitor_id": "n * 2 + 1"}
    _rows("engagement_event", first, last, **unknown, **event)
    _more_scores(first, last, when)
    _rows(
        "consent",
        first,
        last,
        lead_id="n",
        purpose="'marketing_email'",
        action="'given'",
        wording="'You may send me notes by e-mail.'",
        wording_digest="'digest'",
        page_version_id=version,
        submission_id="n",
        at=when,
    )
    for kind, status, payload in (
        ("magnet_mail", "done", "'{}'"),
        ("webhook", "done", "'{\"delivery_id\": ' || n || '}'"),
    ):
        _rows(
            "outbox_message",
            first,
            last,
            kind=f"'{kind}'",
            lane="'mail'",
            idempotency_key=f"'{kind}-' || n",
            payload=payload,
            status=f"CASE n % 1000 WHEN 1 THEN 'parked' ELSE '{status}' END",
            attempts="1",
            created_at=when,
            due_at=when,
            done_at=when,
        )
    _rows("audit_entry", first, last, at=when, actor="'cli'", action="'lead.exported'", subject="'lead'", detail="'{}'")


def _more_scores(first: int, last: int, when: str) -> None:
    for number, (axis, points, half_life) in enumerate((("fit", "n * 7 % 60", 0), ("engagement", "n * 11 % 50", 30))):
        _rows(
            "score_entry",
            first,
            last,
            id=f"n * 2 + {number}",
            lead_id="n",
            axis=f"'{axis}'",
            rule_key="'company_known'",
            rule_version="1",
            points=points,
            because="'Named the company'",
            occurred_at=when,
            recorded_at=when,
            half_life_days=str(half_life or "NULL"),
            dedupe_key=f"'{axis}-' || n",
        )
        kind = str(standings.kind(Axis(axis), half_life))
        _rows("score_sum", first, last, lead_id="n", rule_version="1", kind=kind, points=points)


def _more_mqls(first: int, last: int, at: datetime) -> None:
    """Sales answered nine in ten, and each is in the feed and was told to the endpoint."""
    step = MICROSECONDS // max(1, last - first + 1)
    when = _instant(at - YEAR, f"(n - {first} + 1) * {step}")
    is_open = "n % 10 = 0"
    lead = f"n * {EACH_MQL}"
    _rows(
        "mql",
        first,
        last,
        id="n",
        public_id="'mql-' || n",
        lead_id=lead,
        cycle="1",
        reason="'score'",
        priority="1 + n % 2",
        fit="40",
        engagement="30",
        fit_threshold="30",
        engagement_threshold="20",
        rule_version="1",
        explanation=f"'{WHY}'",
        submission_id=lead,
        owner_id="NULL",
        routed_by="''",
        late_ids="'[]'",
        qualified_at=when,
        due_at=when,
        promised_at=when,
        escalations="0",
        answered_at=f"CASE WHEN {is_open} THEN NULL ELSE {when} END",
        outcome=f"CASE WHEN {is_open} THEN NULL ELSE {_one_of(('accepted', 'qualified', 'rejected'))} END",
        outcome_at=f"CASE WHEN {is_open} THEN NULL ELSE {when} END",
    )
    _rows(
        "disposition",
        first,
        last,
        public_id="'disposition-' || n",
        mql_id="n",
        outcome=_one_of(("accepted", "qualified", "rejected")),
        reason="CASE n % 3 WHEN 2 THEN 'bad_data' END",
        note="''",
        actor="'cli'",
        source="'studio'",
        at=when,
        recorded_at=when,
        where=f"NOT ({is_open})",
    )
    _rows("feed_entry", first, last, position="n", kind="'mql.created'", mql_id="n", at=when)
    endpoint = "(SELECT min(id) FROM webhook_endpoint)"
    delivery = {"id": "n", "public_id": "'delivery-' || n", "endpoint_id": endpoint, "kind": "'mql.created'"}
    told = {"position": "n", "sendings": "1", "outbox_key": "'webhook-' || n", "created_at": when, "delivered_at": when}
    _rows("webhook_delivery", first, last, **delivery, **told)
    sent = {"headers": "'{}'", "bytes": "900", "digest": "'digest'", "status": "200", "answer": "''"}
    _rows("webhook_attempt", first, last, delivery_id="n", at=when, milliseconds="40", **sent)


def _days(at: datetime) -> str:
    """The days before the one of `at`, counted roughly from the touches of leads; UTC, as a measure needs no zone."""
    day = "date(t.at / 1000000, 'unixepoch')" if is_sqlite() else "CAST(t.at AT TIME ZONE 'UTC' AS date)"
    counted = ("visits", "fills", "leads", "ripened", "mqls", "accepted", "rejected", "sqls")
    assert counted == daily.MEASURES  # its steps stay 0
    mqls = f"sum(CASE WHEN l.id % {EACH_MQL} = 0 THEN 1 ELSE 0 END)"
    way = f"{day}, t.page_id, t.channel, t.source, t.campaign"
    return (
        f"INSERT INTO daily_figure (day, page_id, channel, source, campaign, {', '.join(counted)}) "  # noqa: S608
        f"SELECT {way}, 2 * count(*), count(*), count(*), {mqls}, {mqls}, {mqls}, 0, 0 FROM lead l "
        f"JOIN touch t ON t.id = l.first_touch_id WHERE {day} < '{at.date()}' GROUP BY {way}"
    )


def _totals(dimension: str, column: str) -> str:
    value = f"CAST({column} AS TEXT)"
    sums = ", ".join(f"sum({measure})" for measure in daily.MEASURES)
    return (
        f"INSERT INTO daily_total (day, dimension, value, {', '.join(daily.MEASURES)}) "  # noqa: S608
        f"SELECT day, '{dimension}', {value}, {sums} FROM daily_figure GROUP BY day, {value}"
    )


def _link_totals(at: datetime) -> str:
    """Half of the visits by a link filled the form."""
    day = "date(at / 1000000, 'unixepoch')" if is_sqlite() else "CAST(at AT TIME ZONE 'UTC' AS date)"
    none = ", ".join(f"{measure}" for measure in daily.MEASURES if measure not in daily.BY_LINK)
    zeros = ", ".join("0" for measure in daily.MEASURES if measure not in daily.BY_LINK)
    return (
        f"INSERT INTO daily_total (day, dimension, value, visits, fills, downloads, mqls, {none}) "  # noqa: S608
        f"SELECT {day}, '{daily.LINK}', CAST(link_id AS TEXT), count(*), count(*) / 2, count(*) / 2, 0, {zeros} "
        f"FROM touch WHERE link_id IS NOT NULL AND {day} < '{at.date()}' GROUP BY {day}, link_id"
    )


# --- SQL ----------------------------------------------------------------------------------------------


def _rows(table: str, first: int, last: int, /, *, where: str = "TRUE", **columns: str) -> None:
    """A row for each number n from the first to the last, both included; columns are expressions of n."""
    _insert(Base.metadata.tables[table], first, last, columns, f"FROM s WHERE {where}")


def _copies(kind: type[Base], first: int, last: int, **changes: str) -> None:
    """The first row of a table again, for each number n, with these changes."""
    table = Base.metadata.tables[kind.__tablename__]
    columns = {
        column.name: changes.get(column.name, f"t.{column.name}")
        for column in table.columns
        if column.name != "id" or "id" in changes
    }
    eldest = session().scalar(select(func.min(table.c.id)))
    _insert(table, first, last, columns, f"FROM s JOIN {table.name} t ON t.id = {eldest}")


def _insert(table: Table, first: int, last: int, columns: Mapping[str, str], source: str) -> None:
    if first > last:
        return
    columns = _defaults(table) | dict(columns)
    series = f"WITH RECURSIVE s(n) AS (SELECT CAST({first} AS bigint) UNION ALL SELECT n + 1 FROM s WHERE n < {last})"  # noqa: S608
    values = ", ".join(_typed(table.c[name], expression) for name, expression in columns.items())
    statement = f'INSERT INTO "{table.name}" ({", ".join(columns)}) {series} SELECT {values} {source}'
    with transaction() as writing:
        writing.execute(text(statement.replace(":", r"\:")))


def _defaults(table: Table) -> dict[str, str]:
    """What the models give to columns that nobody named, so that a new column needs no word here."""
    given = {
        column.name: column.default.arg
        for column in table.columns
        if isinstance(column.default, ScalarElementColumnDefault)
    }
    return {name: str(value).upper() if isinstance(value, bool) else f"'{value}'" for name, value in given.items()}


def _typed(column: Column[Any], expression: str) -> str:
    return f"CAST({expression} AS jsonb)" if isinstance(column.type, Json) and not is_sqlite() else expression


def _instant(base: datetime, microseconds: str = "0") -> str:
    """An instant so many microseconds after the base, as the database keeps it."""
    begun = round(base.timestamp() * 1_000_000)
    later = f"({begun} + {microseconds})"
    return later if is_sqlite() else f"to_timestamp(({begun} + CAST({microseconds} AS bigint)) / 1000000.0)"


def _one_of(words: Sequence[str], step: int = 1) -> str:
    """One of the words, by n."""
    cases = " ".join(f"WHEN {number} THEN '{word}'" for number, word in enumerate(words))
    return f"CASE n / {step} % {len(words)} {cases} END"
