"""What the page says: [page], [consent], [thanks], [mail] and [seo], and where its links must lead."""

import re
from datetime import datetime

from capture import languages
from capture.config import Settings
from capture.languages import quoted, say
from capture.pages import questions, sharing, text
from capture.pages.buttons import BUTTONS
from capture.pages.definition import (
    Cookies,
    Copy,
    Definition,
    Delivery,
    Mail,
    NextStep,
    Question,
    Quote,
    Section,
    Seo,
    Thanks,
)
from capture.pages.judging import form, webinar
from capture.pages.judging.address import web_address
from magnets import editor
from magnets.bundle import Bundle
from magnets.findings import Finding, in_reading_order
from magnets.tables import Table

# First parts of addresses that the product itself answers.
RESERVED = frozenset(
    {"about", "admin", "api", "assets", "beacon", "confirm", "embed", "favicon", "get", "healthz", "join", "l"}
    | {"login", "logout", "metrics", "open", "pictures", "readyz", "replay", "robots", "sitemap", "static", "studio"}
    | {"thanks", "withdraw"}
)
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

# Without encryption only on one's own machine, to try things out.
ORIGIN = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?|http://(localhost|127\.0\.0\.1)(:\d{1,5})?")


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
        "slug",
        "headline",
        "promise",
        "outcomes",
        "audience",
        "faq",
        "button",
        "delivery",
        "cookies",
        "next_step",
        "quotes",
        "sections",
        "ask_at_most",
        "embed_on",
    )
    _judge_slug(bundle, page)
    consent = top.table("consent")
    consent.refuse_unknown("exchange")
    exchange = consent.flag("exchange")
    definition = Definition(
        language=magnet.language,
        theme=magnet.theme,
        brand=magnet.brand,
        copy=_copy(page, magnet.title, _button(bundle)),
        fields=form.define(top.table("form"), exchange=exchange, asked=questions.fields(magnet.assessment)),
        exchange=exchange,
        delivery=page.choice("delivery", Delivery, Delivery.PAGE),
        cookies=page.choice("cookies", Cookies, Cookies.ALWAYS),
        next_step=_next_step(page),
        thanks=_thanks(top.table("thanks")),
        mail=_mail(top.table("mail"), magnet.title),
        seo=_seo(top.table("seo"), bundle),
        webinar=webinar.define(top, magnet.kind, at),
        assessment=magnet.assessment,
        ask_at_most=page.whole("ask_at_most", low=0, high=20, default=2),
        embed_on=_origins(page),
    )
    return definition, top.findings


def _button(bundle: Bundle) -> str:
    """What the button says where the page has no words for it, in the page's language."""
    magnet = bundle.magnet
    return languages.of(magnet.language).gettext(BUTTONS[magnet.brand.voice][magnet.kind])


def _judge_settings(top: Table, settings: Settings) -> None:
    every_page = say("every page needs a link to it.")
    if not settings.privacy_url:
        top.stop(
            "page",
            "no-privacy-notice",
            say("Set LODESTONE_PRIVACY_URL to the privacy notice: %(every_page)s", every_page=every_page),
        )
    if not settings.legal_url:
        top.stop(
            "page",
            "no-legal-notice",
            say("Set LODESTONE_LEGAL_URL to the legal notice: %(every_page)s", every_page=every_page),
        )


def fault_of_slug(slug: str) -> str:
    """Why no page can have this slug; empty where one can."""
    if not SLUG.fullmatch(slug) or len(slug) > 80:
        return say("Write lower-case letters, digits and single hyphens, 80 at most: pricing-guide.")
    return say("The product itself answers /%(slug)s; choose another address.", slug=slug) if slug in RESERVED else ""


def _judge_slug(bundle: Bundle, page: Table) -> None:
    slug = slug_of(bundle)
    where = page if "slug" in page else Table(bundle.table.get("magnet"), ("magnet",), bundle.line_of, page.findings)
    if "slug" in page and (not isinstance(page.value("slug"), str) or not SLUG.fullmatch(slug) or len(slug) > 80):
        where.stop("slug", "bad-slug", say("Write [page] `slug` with lower-case letters, digits and single hyphens."))
    if slug in RESERVED:
        where.stop(
            "slug", "reserved-slug", say("The product itself answers /%(slug)s; choose another slug.", slug=slug)
        )


def _copy(page: Table, title: str, button: str) -> Copy:
    promise = page.paragraphs("promise", limit=600)
    if not promise:
        page.advise("promise", "no-promise", say("Say in [page] `promise` what one gets and for whom."))
    outcomes = page.texts("outcomes", limit=200, most=6)
    if not outcomes:
        page.advise(
            "outcomes", "no-outcomes", say("List in [page] `outcomes` three things that one will be able to do.")
        )
    return Copy(
        headline=page.text("headline", limit=150, default=title),
        promise=promise,
        outcomes=outcomes,
        audience=page.texts("audience", limit=200, most=6),
        faq=tuple(_question(entry) for entry in page.tables("faq")),
        button=page.text("button", limit=40, default=button),
        quotes=tuple(_quote(entry) for entry in page.tables("quotes")),
        sections=_sections(page),
    )


def _quote(entry: Table) -> Quote:
    entry.refuse_unknown("words", "name", "role")
    return Quote(
        entry.paragraphs("words", limit=600, required=True),
        entry.text("name", limit=120),
        entry.text("role", limit=160),
    )


def _sections(page: Table) -> tuple[Section, ...]:
    """In the order that was written; hero and form are part of every page."""
    named = page.texts("sections", limit=40, most=20)
    if not named:
        return tuple(Section)
    for name in named:
        if name not in list(Section):
            known = ", ".join(Section)
            page.stop(
                "sections",
                "unknown-section",
                say("There is no section %(name)s; there are %(known)s.", name=quoted(name), known=known),
            )
    if len(set(named)) < len(named):
        page.stop("sections", "section-twice", say("A section is listed twice; take one out."))
    listed = dict.fromkeys(Section(name) for name in named if name in list(Section))
    return tuple(dict.fromkeys([Section.HERO, *listed, Section.FORM]))


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
    return NextStep(step.text("label", limit=80, required=True), web_address(step, "url", required=True))


def _origins(page: Table) -> tuple[str, ...]:
    origins = tuple(origin.lower().rstrip("/") for origin in page.texts("embed_on", limit=200, most=50))
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            message = say(
                "%(origin)s is no address of a site: write https:// and its name, such as https://www.company.com.",
                origin=quoted(origin),
            )
            page.stop("embed_on", "bad-origin", message)
    return origins


def _thanks(thanks: Table) -> Thanks:
    thanks.refuse_unknown("headline", "text")
    return Thanks(thanks.text("headline", limit=150), thanks.paragraphs("text", limit=2000))


def _mail(mail: Table, title: str) -> Mail:
    mail.refuse_unknown("subject", "text")
    return Mail(mail.text("subject", limit=150, default=title), mail.paragraphs("text", limit=5000))


def _judge_shared(seo: Table, size: tuple[int, int] | None) -> None:
    if size is None:
        seo.stop("image", "unreadable-image", say("The picture in `image` cannot be opened; use .png, .jpg or .webp."))
        return
    if few := sharing.too_small(*size):
        seo.advise("image", "small-shared-image", few)
    if cut := sharing.cut_off(*size):
        seo.advise("image", "cut-shared-image", cut)


def _seo(seo: Table, bundle: Bundle) -> Seo:
    seo.refuse_unknown("title", "description", "image")
    image = seo.text("image", limit=300)
    if image and image not in bundle.files:
        seo.stop("image", "missing-image", say("There is no file %(image)s; correct the name or add it.", image=image))
    elif image:
        _judge_shared(seo, editor.size_of(bundle.files[image]))
    description = seo.text("description", limit=320, default=text.line(bundle.magnet.summary)[:320])
    if not description:
        told = say(
            "Say what it is in [magnet] `summary`: search engines show it, unless [seo] `description` has another."
        )
        seo.findings.append(bundle.stop("no-description", told, "magnet", "summary"))
    return Seo(seo.text("title", limit=120, default=bundle.magnet.title), description, image)
