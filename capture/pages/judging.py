"""Reads the page's part of a bundle and judges it like somebody who has to answer for it in public."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from capture.config import Settings
from capture.pages import emails, patterns, text
from capture.pages.definition import (
    Cookies,
    Copy,
    Definition,
    Delivery,
    Mail,
    NextStep,
    Question,
    Seo,
    Speaker,
    Thanks,
    Webinar,
)
from capture.pages.fields import LENGTHS, TEXTUAL, WITH_OPTIONS, Field, FieldKind, Option, Purpose, is_web_address
from magnets.bundle import Bundle, MagnetKind
from magnets.findings import Finding, in_reading_order
from magnets.tables import Table

# First parts of addresses that the product itself answers.
RESERVED = frozenset(
    {"about", "admin", "api", "assets", "beacon", "confirm", "embed", "favicon", "get", "healthz", "join", "l"}
    | {"login", "logout", "metrics", "open", "pictures", "readyz", "replay", "robots", "sitemap", "static", "studio"}
    | {"thanks", "withdraw"}
)
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")

# The lead's own fields that an answer may fill.
FILLS = (
    "email",
    "first_name",
    "last_name",
    "name",
    "company",
    "job_title",
    "phone",
    "country",
    "company_size",
    "website",
)
BUTTONS: Mapping[MagnetKind, str] = {
    MagnetKind.EBOOK: "Send me the guide",
    MagnetKind.CHECKLIST: "Send me the checklist",
    MagnetKind.WEBINAR: "Save my seat",
}


def slug_of(bundle: Bundle) -> str:
    """The page's slug: [page] slug, or the magnet's."""
    page = bundle.table.get("page")
    given = page.get("slug") if isinstance(page, dict) else None
    return given if isinstance(given, str) and given else bundle.magnet.slug


def judge(bundle: Bundle, settings: Settings, *, at: datetime) -> list[Finding]:
    """Every fault of the page part, what stops publishing first. Slugs of other pages are the journey's question."""
    return in_reading_order(define(bundle, settings, at=at)[1])


def define(bundle: Bundle, settings: Settings, *, at: datetime) -> tuple[Definition, list[Finding]]:
    """The definition with its faults; it may be published only where none of them stops.

    `at` is the instant from which a webinar's `starts_in_days` counts.
    """
    top = Table(bundle.table, (), bundle.line_of, [])
    magnet = bundle.magnet
    _judge_settings(top, settings)
    page = top.table("page")
    page.refuse_unknown(
        "slug", "headline", "promise", "outcomes", "audience", "faq", "button", "delivery", "cookies", "next_step"
    )
    _judge_slug(bundle, page)
    consent = top.table("consent")
    consent.refuse_unknown("exchange")
    exchange = consent.flag("exchange")
    definition = Definition(
        language=magnet.language,
        theme=magnet.theme,
        brand=magnet.brand,
        copy=_copy(page, magnet.title, BUTTONS[magnet.kind]),
        fields=_fields(top.table("form"), exchange=exchange),
        exchange=exchange,
        delivery=page.choice("delivery", Delivery, Delivery.PAGE),
        cookies=page.choice("cookies", Cookies, Cookies.ALWAYS),
        next_step=_next_step(page),
        thanks=_thanks(top.table("thanks")),
        mail=_mail(top.table("mail"), magnet.title),
        seo=_seo(top.table("seo"), bundle),
        webinar=_webinar(top, magnet.kind, at),
    )
    return definition, top.findings


def _judge_settings(top: Table, settings: Settings) -> None:
    every_page = "every page needs a link to it."
    if not settings.privacy_url:
        top.stop("page", "no-privacy-notice", f"Set LODESTONE_PRIVACY_URL to the privacy notice: {every_page}")
    if not settings.legal_url:
        top.stop("page", "no-legal-notice", f"Set LODESTONE_LEGAL_URL to the legal notice: {every_page}")


def _judge_slug(bundle: Bundle, page: Table) -> None:
    slug = slug_of(bundle)
    where = page if "slug" in page else Table(bundle.table.get("magnet"), ("magnet",), bundle.line_of, page.findings)
    if "slug" in page and (not isinstance(page.value("slug"), str) or not SLUG.fullmatch(slug) or len(slug) > 80):
        where.stop("slug", "bad-slug", "Write [page] `slug` with lower-case letters, digits and single hyphens.")
    if slug in RESERVED:
        where.stop("slug", "reserved-slug", f"The product itself answers /{slug}; choose another slug.")


def _copy(page: Table, title: str, button: str) -> Copy:
    promise = page.paragraphs("promise", limit=600)
    if not promise:
        page.advise("promise", "no-promise", "Say in [page] `promise` what one gets and for whom.")
    outcomes = page.texts("outcomes", limit=200, most=6)
    if not outcomes:
        page.advise("outcomes", "no-outcomes", "List in [page] `outcomes` three things that one will be able to do.")
    return Copy(
        headline=page.text("headline", limit=150, default=title),
        promise=promise,
        outcomes=outcomes,
        audience=page.texts("audience", limit=200, most=6),
        faq=tuple(_question(entry) for entry in page.tables("faq")),
        button=page.text("button", limit=40, default=button),
    )


def _question(entry: Table) -> Question:
    entry.refuse_unknown("question", "answer")
    return Question(
        entry.text("question", limit=200, required=True), entry.paragraphs("answer", limit=1200, required=True)
    )


def _next_step(page: Table) -> NextStep | None:
    step = page.table("next_step")
    if not step:
        return None
    step.refuse_unknown("label", "url")
    return NextStep(step.text("label", limit=80, required=True), _address(step, "url", required=True))


def _thanks(thanks: Table) -> Thanks:
    thanks.refuse_unknown("headline", "text")
    return Thanks(thanks.text("headline", limit=150), thanks.paragraphs("text", limit=2000))


def _mail(mail: Table, title: str) -> Mail:
    mail.refuse_unknown("subject", "text")
    return Mail(mail.text("subject", limit=150, default=title), mail.paragraphs("text", limit=5000))


def _seo(seo: Table, bundle: Bundle) -> Seo:
    seo.refuse_unknown("title", "description", "image")
    image = seo.text("image", limit=300)
    if image and image not in bundle.files:
        seo.stop("image", "missing-image", f"There is no file {image}; correct the name or add it.")
    description = seo.text("description", limit=320, default=text.line(bundle.magnet.summary)[:320])
    if not description:
        seo.stop("description", "no-description", "Describe the page for search engines in [seo] `description`.")
    return Seo(seo.text("title", limit=120, default=bundle.magnet.title), description, image)


def _address(table: Table, key: str, *, required: bool = False) -> str:
    address = table.text(key, limit=500, required=required)
    if address and not is_web_address(address):
        table.stop(key, "bad-address", f"Write {table.named(key)} as a full address such as https://company.com/talk.")
        return ""
    return address


# --- [form] ------------------------------------------------------------------------------------------


def _fields(form: Table, *, exchange: bool) -> tuple[Field, ...]:
    form.refuse_unknown("fields")
    tables = form.tables("fields")
    fields = tuple(_field(table, exchange=exchange) for table in tables)
    for key, times in Counter(field.key for field in fields).items():
        if times > 1 and key:
            again = [table for table, field in zip(tables, fields, strict=True) if field.key == key][1]
            again.stop("key", "duplicate-key", f"Two fields have the key {key!r}; give each its own.")
    asked = [field for field in fields if field.kind is FieldKind.EMAIL]
    if not asked:
        form.stop("fields", "no-email", 'The form needs a field for the address: `kind = "email"`.')
    elif len(asked) > 1:
        tables[fields.index(asked[1])].stop("kind", "two-emails", "The form takes one field for the address only.")
    elif not asked[0].required:
        tables[fields.index(asked[0])].stop(
            "required", "email-optional", "Write `required = true`: without an address nothing can be delivered."
        )
    return fields


FIELD_KEYS = (
    "key",
    "kind",
    "label",
    "hint",
    "required",
    "fills",
    "options",
    "min_length",
    "max_length",
    "min",
    "max",
    "pattern",
    "pattern_message",
    "work_email",
    "blocked_domains",
    "purpose",
    "wording",
    "value",
)


def _field(table: Table, *, exchange: bool) -> Field:
    table.refuse_unknown(*FIELD_KEYS)
    kind = table.optional_choice("kind", FieldKind)
    if "kind" not in table:
        table.stop("kind", "missing-key", f"Give {table.named('kind')} a value: {', '.join(FieldKind)}.")
    kind = kind or FieldKind.TEXT
    longest = 10_000 if kind in TEXTUAL else LENGTHS.get(kind, 0)
    field = Field(
        key=_key(table),
        kind=kind,
        label=table.text("label", limit=150, required=kind not in (FieldKind.HIDDEN, FieldKind.CONSENT)),
        hint=table.text("hint", limit=300),
        required=table.flag("required"),
        fills=_fills(table, kind),
        options=_options(table, kind),
        min_length=table.whole("min_length", low=0, high=longest),
        max_length=table.whole("max_length", low=1, high=longest) if longest else 0,
        minimum=table.number("min"),
        maximum=table.number("max"),
        pattern=_pattern(table),
        pattern_message=table.text("pattern_message", limit=300),
        work_email=table.flag("work_email"),
        blocked_domains=_domains(table),
        purpose=table.optional_choice("purpose", Purpose),
        wording=table.paragraphs("wording", limit=2000),
        value=table.text("value", limit=500),
    )
    _judge_rules(table, field)
    if kind is FieldKind.CONSENT:
        _judge_consent(table, field, exchange=exchange)
    return field


def _key(table: Table) -> str:
    key = table.text("key", limit=40, required=True)
    if key and (not KEY.fullmatch(key) or key in _OURS):
        table.stop("key", "bad-key", f"{key!r} cannot be a key: lower-case letters, digits and _, and none of ours.")
    return key


# Names that the form itself posts.
_OURS = frozenset({"form_key", "rendered_at", "contact_reference", "csrf_token"})


def _fills(table: Table, kind: FieldKind) -> str:
    """Where the answer goes besides the submission; by default the lead's field of the same name."""
    given = table.text("fills", limit=40)
    if given and given not in FILLS:
        table.stop("fills", "unknown-fills", f"{table.named('fills')} can be {', '.join(FILLS)}; not {given!r}.")
        return ""
    if kind is FieldKind.EMAIL:
        return "email"
    key = table.value("key")
    return given or (key if isinstance(key, str) and key in FILLS and key != "email" else "")


def _options(table: Table, kind: FieldKind) -> tuple[Option, ...]:
    given = table.value("options")
    if kind not in WITH_OPTIONS:
        if given is not None:
            table.stop("options", "options-unused", f"A field of kind {kind.value} has no options; take them out.")
        return ()
    options = tuple(_option(part) for part in given) if isinstance(given, list) else ()
    if not options or None in options:
        table.stop(
            "options", "no-options", f'Give {table.named("options")} a list: ["A", {{ value = "b", label = "B" }}].'
        )
    found = tuple(option for option in options if option is not None)
    if len({option.value for option in found}) != len(found):
        table.stop("options", "duplicate-option", "Two options have the same value; give each its own.")
    return found


def _option(given: object) -> Option | None:
    if isinstance(given, str):
        given = {"value": given, "label": given}
    if not isinstance(given, dict) or set(given) - {"value", "label"}:
        return None
    value, label = given.get("value"), given.get("label", given.get("value"))
    if not isinstance(value, str) or not isinstance(label, str) or not text.line(value) or not text.line(label):
        return None
    return Option(text.line(value)[:200], text.line(label)[:200])


def _pattern(table: Table) -> str:
    pattern = table.text("pattern", limit=patterns.LONGEST)
    if pattern:
        try:
            patterns.compiled(pattern)
        except patterns.BadPattern as wrong:
            table.stop("pattern", "bad-pattern", f"{table.named('pattern')} cannot be used: {wrong}.")
            return ""
    return pattern


def _domains(table: Table) -> tuple[str, ...]:
    domains = table.texts("blocked_domains", limit=253, most=500)
    for domain in domains:
        if not emails.company_domain(domain):
            table.stop("blocked_domains", "bad-domain", f"{domain!r} is not a domain such as rival.com.")
    return domains


_ONLY_FOR: Mapping[str, frozenset[FieldKind]] = {
    "work_email": frozenset({FieldKind.EMAIL}),
    "blocked_domains": frozenset({FieldKind.EMAIL}),
    "pattern": TEXTUAL,
    "min_length": TEXTUAL,
    "min": frozenset({FieldKind.NUMBER}),
    "max": frozenset({FieldKind.NUMBER}),
    "purpose": frozenset({FieldKind.CONSENT}),
    "wording": frozenset({FieldKind.CONSENT}),
    "value": frozenset({FieldKind.HIDDEN}),
}


def _judge_rules(table: Table, field: Field) -> None:
    for rule, kinds in _ONLY_FOR.items():
        if rule in table and field.kind not in kinds:
            names = " and ".join(sorted(kind.value for kind in kinds))
            table.stop(rule, "rule-unused", f"{table.named(rule)} is for {names} fields; take it out here.")
    if field.max_length and field.min_length > field.max_length:
        table.stop("min_length", "bad-number", "`min_length` is larger than `max_length`: nobody could answer.")
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        table.stop("min", "bad-number", "`min` is larger than `max`: nobody could answer.")
    if field.kind is FieldKind.HIDDEN and field.required:
        table.stop("required", "hidden-required", "Nobody can fill a hidden field; take `required` out.")
    if field.pattern and not field.pattern_message:
        table.advise("pattern", "no-pattern-message", "Say in `pattern_message` what form is expected.")


def _judge_consent(table: Table, field: Field, *, exchange: bool) -> None:
    if field.purpose is None and "purpose" not in table:
        table.stop("purpose", "no-purpose", f"Say what is agreed to: `purpose` is {' or '.join(Purpose)}.")
    if not field.wording:
        table.stop(
            "wording", "no-wording", "Write the exact sentence that is agreed to in `wording`; it is kept as proof."
        )
    if field.required and not exchange:
        message = (
            "Consent that one cannot refuse is none. Take `required` out, "
            "or state the exchange openly on the page and write [consent] `exchange = true`."
        )
        table.stop("required", "forced-consent", message)
    if field.required and field.purpose is Purpose.TRACKING:
        table.stop("required", "forced-tracking", "Consent to tracking is never the price; take `required` out.")


# --- [webinar] ---------------------------------------------------------------------------------------


def _webinar(top: Table, kind: MagnetKind, at: datetime) -> Webinar | None:
    webinar = top.table("webinar")
    if kind is not MagnetKind.WEBINAR:
        if webinar:
            top.stop("webinar", "webinar-unused", f'[webinar] is for `kind = "webinar"`, not for {kind.value}.')
        return None
    webinar.refuse_unknown(
        "starts", "starts_in_days", "at", "zone", "minutes", "seats", "room_url", "replay_url", "speakers", "agenda"
    )
    zone = _zone(webinar)
    return Webinar(
        starts_at=_start(webinar, zone, at),
        zone=zone.key,
        minutes=webinar.whole("minutes", low=5, high=600, default=45),
        seats=webinar.whole("seats", low=0, high=1_000_000),
        room_url=_address(webinar, "room_url", required=True),
        replay_url=_address(webinar, "replay_url"),
        speakers=tuple(_speaker(entry) for entry in webinar.tables("speakers")),
        agenda=webinar.texts("agenda", limit=300, most=20),
    )


def _zone(webinar: Table) -> ZoneInfo:
    name = webinar.text("zone", limit=60, required=True)
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        webinar.stop("zone", "unknown-zone", f"{name!r} is not a time zone; write one such as Europe/Berlin.")
        return ZoneInfo("UTC")


def _start(webinar: Table, zone: ZoneInfo, at: datetime) -> datetime:
    starts = webinar.value("starts")
    if isinstance(starts, datetime) and 2000 < starts.year < 9000:
        if (instant := (starts if starts.tzinfo else starts.replace(tzinfo=zone)).astimezone(UTC)) < at:
            webinar.advise("starts", "past-start", "This webinar lies in the past: its page offers the replay only.")
        return instant
    if "starts_in_days" in webinar:
        day = at.astimezone(zone).date() + timedelta(days=webinar.whole("starts_in_days", low=0, high=3650))
        return datetime.combine(day, _clock_time(webinar), tzinfo=zone).astimezone(UTC)
    webinar.stop("starts", "no-start", "Write [webinar] `starts` as a date with a time: 2026-12-10T16:00:00.")
    return at


def _clock_time(webinar: Table) -> time:
    given = webinar.value("at")
    try:
        return given if isinstance(given, time) else time.fromisoformat(str(given))
    except ValueError:
        webinar.stop("at", "bad-time", 'Write [webinar] `at` as a time of day: "16:00".')
        return time(12)


def _speaker(entry: Table) -> Speaker:
    entry.refuse_unknown("name", "role", "about")
    return Speaker(
        name=entry.text("name", limit=120, required=True),
        role=entry.text("role", limit=160),
        about=entry.paragraphs("about", limit=600),
    )
