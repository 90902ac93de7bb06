"""What a public page shows of a magnet, ready to be shown: the cover, the pages, the real contents, the facts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask_babel import gettext, ngettext

from capture import languages
from capture.addresses import Addresses
from capture.catalogue import editions
from capture.catalogue.editions import ContentsEntry, PagePicture
from capture.catalogue.models import Edition, MagnetKind
from capture.languages import say
from capture.pages.pages import LivePage, Spoken
from capture.web import filters, language
from capture.webinars import sessions
from capture.webinars.models import SessionStatus, WebinarSession

MOST_LEAVES = 6
SHEETS = 4  # up to so many pages a document is a few sheets and no book
MOST_PARTS = 4
KINDS = {
    MagnetKind.EBOOK: say("Guide"),
    MagnetKind.CHECKLIST: say("Checklist"),
    MagnetKind.ASSESSMENT: say("Assessment"),
    MagnetKind.WEBINAR: say("Webinar"),
    MagnetKind.FILE: say("Document"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """An image in the sizes that we have; `large` is the widest of them."""

    url: str
    large: str
    srcset: str
    width: int
    height: int
    page: int


@dataclass(frozen=True, slots=True)
class Chapter:
    number: int
    title: str
    minutes: int
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Speaker:
    name: str
    role: str
    about: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """A webinar's date as it stands on its ticket. `seats_left` is None where seats are not limited."""

    starts_at: datetime
    ends_at: datetime
    zone: str
    zone_words: str
    minutes: int
    seats_left: int | None
    is_over: bool
    is_cancelled: bool
    speakers: tuple[Speaker, ...]
    agenda: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Showcase:
    """One magnet on a public page. `is_read`: from the first page to the last, so that its chapters take time.

    `length` is how many pages a copy has, in words: of an assessment it depends on the answers.
    """

    kind: str
    title: str
    subtitle: str
    summary: str
    authors: tuple[tuple[str, str], ...]
    cover: Picture | None
    leaves: tuple[Picture, ...]
    chapters: tuple[Chapter, ...]
    is_read: bool
    pages: int
    length: str
    minutes: int
    size: int
    thickness: str
    facts: tuple[tuple[str, str], ...]


def of(edition: Edition, kind: MagnetKind) -> Showcase:
    """The magnet that this edition is."""
    leaves = tuple(
        picture for page in _worth_a_look(edition) if (picture := _picture(editions.pictures(edition, page)))
    )
    return Showcase(
        kind=gettext(KINDS[kind]),
        title=edition.title,
        subtitle=edition.subtitle,
        summary=edition.summary,
        authors=tuple((author["name"], author.get("role", "")) for author in edition.authors),
        cover=_picture(editions.pictures(edition, 1)),
        leaves=leaves,
        chapters=chapters(editions.contents(edition)),
        is_read=kind in (MagnetKind.EBOOK, MagnetKind.FILE),
        pages=edition.pages,
        length=_length(edition, kind),
        minutes=edition.minutes,
        size=edition.document_bytes,
        thickness="sheets" if edition.pages <= SHEETS else "slim" if edition.pages < 16 else "",
        facts=_facts(edition, kind),
    )


def with_cover(show: Showcase, edition: Edition, cover: str) -> Showcase:
    """With the cover that has another drawing or picture, once there is one."""
    other = _picture(editions.pictures(edition, editions.other_cover(cover))) if cover else None
    return replace(show, cover=other) if other else show


def chapters(contents: Sequence[ContentsEntry]) -> tuple[Chapter, ...]:
    """The chapters of a table of contents, each with the first of its parts; of a single chapter, its parts."""
    found: list[tuple[ContentsEntry, list[str]]] = []
    for entry in contents:
        if entry.level == 1:
            found.append((entry, []))
        elif found and entry.level == 2:
            found[-1][1].append(re.sub(r"^\d+\.\s+", "", entry.title))
    if len(found) == 1:
        return tuple(Chapter(number, part, 0, ()) for number, part in enumerate(found[0][1], start=1))
    return tuple(
        Chapter(number, entry.title, entry.minutes, tuple(parts[:MOST_PARTS]))
        for number, (entry, parts) in enumerate(found, start=1)
    )


def occasion(session: WebinarSession, *, seats_left: int | None, at: datetime) -> Occasion:
    """The date of a webinar."""
    ends_at = sessions.ends_at(session)
    return Occasion(
        starts_at=session.starts_at,
        ends_at=ends_at,
        zone=session.zone,
        zone_words=_zone_words(session.starts_at, session.zone),
        minutes=session.minutes,
        seats_left=seats_left,
        is_over=at >= ends_at,
        is_cancelled=session.status is SessionStatus.CANCELLED,
        speakers=tuple(Speaker(who["name"], who.get("role", ""), who.get("about", "")) for who in session.speakers),
        agenda=tuple(session.agenda),
    )


def structured(page: LivePage, edition: Edition, when: Occasion | None, addresses: Addresses) -> dict[str, object]:
    """The page for search engines, as a schema.org document (JSON-LD)."""
    url = addresses.page(page.slug)
    brand = page.definition.brand
    publisher = {"@type": "Organization", "name": brand.name, **({"url": brand.website} if brand.website else {})}
    about: dict[str, object] = {"@context": "https://schema.org", "url": url, "inLanguage": edition.language}
    if when is not None:
        about |= {
            "@type": "Event",
            "name": edition.title,
            "description": edition.summary,
            "startDate": when.starts_at.astimezone(ZoneInfo(when.zone)).isoformat(),
            "endDate": when.ends_at.astimezone(ZoneInfo(when.zone)).isoformat(),
            "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
            "eventStatus": f"https://schema.org/Event{'Cancelled' if when.is_cancelled else 'Scheduled'}",
            "location": {"@type": "VirtualLocation", "url": url},
            "organizer": publisher,
            "isAccessibleForFree": True,
        }
    else:
        about |= {
            "@type": "Book" if page.kind is MagnetKind.EBOOK else "CreativeWork",
            "name": edition.title,
            "alternativeHeadline": edition.subtitle,
            "description": edition.summary,
            "author": [{"@type": "Organization", "name": author["name"]} for author in edition.authors],
            "publisher": publisher,
            "datePublished": edition.published_at.date().isoformat(),
            "isAccessibleForFree": True,
        }
        if page.kind is MagnetKind.EBOOK:
            about |= {"bookFormat": "https://schema.org/EBook", "numberOfPages": edition.pages}
    if image := shared_picture(edition):
        about["image"] = addresses.picture(image.sha, image.ending)
    return about


@dataclass(frozen=True, slots=True)
class Version:
    """The same page in some language; `is_here` for the one that is shown."""

    language: str
    name: str
    path: str
    url: str
    is_original: bool
    is_here: bool


def versions(page: LivePage, spoken: Sequence[Spoken], addresses: Addresses) -> tuple[Version, ...]:
    """The versions of a page in other languages and its own, each by the name that its speakers give the language."""
    return tuple(
        Version(
            one.language,
            languages.name_of(one.language),
            f"/{one.slug}",
            addresses.page(one.slug),
            one.is_original,
            one.slug == page.slug,
        )
        for one in spoken
    )


def shared_picture(edition: Edition) -> PagePicture | None:
    """What other sites show beside a link to the page: the picture made for that, or the cover."""
    found = editions.pictures(edition, editions.SHARED) or editions.pictures(edition, 1)
    return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class SocialCard:
    """What other sites show of the page beside a link to it (ogp.me, and X's summary cards)."""

    title: str
    description: str
    domain: str  # as the large platforms show it
    picture: PagePicture | None
    picture_url: str

    @property
    def is_wide(self) -> bool:
        """Whether the picture stands above the words; else it is a stamp beside them."""
        return self.picture is not None and self.picture.width > self.picture.height


def social_card(page: LivePage, show: Showcase, picture: PagePicture | None, addresses: Addresses) -> SocialCard:
    """The card of this page with this picture, if there is one."""
    copy, seo = page.definition.copy, page.definition.seo
    host = urlsplit(addresses.page(page.slug)).hostname or ""
    return SocialCard(
        title=seo.title or copy.headline,
        description=seo.description or copy.promise or show.summary,
        domain=host.removeprefix("www."),
        picture=picture,
        picture_url=addresses.picture(picture.sha, picture.ending) if picture else "",
    )


def logo(edition: Edition) -> Picture | None:
    """The brand's logo, for the head of the page."""
    return _picture(editions.pictures(edition, editions.LOGO))


def _worth_a_look(edition: Edition) -> list[int]:
    first = 1 if edition.pages <= SHEETS else 2  # a few sheets have no cover: all of them are inside
    return [page for page in editions.pictured_pages(edition) if page >= first][:MOST_LEAVES]


def _picture(found: Sequence[PagePicture]) -> Picture | None:
    if not found:
        return None
    return Picture(
        url=_url(found[0]),
        large=_url(found[-1]),
        srcset=", ".join(f"{_url(size)} {size.width}w" for size in found) if len(found) > 1 else "",
        width=found[0].width,
        height=found[0].height,
        page=found[0].page,
    )


def _url(picture: PagePicture) -> str:
    return f"/pictures/{picture.sha}.webp"


def _length(edition: Edition, kind: MagnetKind) -> str:
    pages = ngettext("%(num)s page", "%(num)s pages", edition.pages)
    return gettext("about %(pages)s", pages=pages) if kind is MagnetKind.ASSESSMENT else pages


def _facts(edition: Edition, kind: MagnetKind) -> tuple[tuple[str, str], ...]:
    if not edition.pages:
        return ()
    length = _length(edition, kind)
    facts = [(gettext("Length"), length[0].upper() + length[1:])]
    if kind is MagnetKind.CHECKLIST:
        facts.append((gettext("To fill in"), gettext("On screen or on paper")))
    elif edition.minutes:
        facts.append((gettext("Reading time"), filters.minutes(edition.minutes)))
    facts.append((gettext("Format"), f"PDF, {filters.filesize(edition.document_bytes)}"))
    if edition.personalised:
        facts.append((gettext("Your copy"), gettext("Made out to you, by name")))
    return tuple(facts)


def _zone_words(instant: datetime, zone: str) -> str:
    """`Europe/Berlin` as `Berlin time (UTC+1)`."""
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    sign = "−" if offset < timedelta() else "+"
    shift = f"{sign}{hours}" + (f":{minutes:02}" if minutes else "")
    city = language.current().city(zone) if zone != "UTC" else ""
    return gettext("%(city)s time (UTC%(shift)s)", city=city, shift=shift) if city else "UTC"
