"""A month of the demo: people arrive, fill, download, come back; the same journeys as in life, with past instants."""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zlib import crc32

from capture.attribution.arrival import Arrival
from capture.catalogue.models import MagnetKind
from capture.config import Settings
from capture.delivery import copies, looks
from capture.demo.cast import ORIGINS, Origin, Person, Plan, people
from capture.journey import reader, visitor
from capture.pages import pages
from capture.pages.fields import Field, FieldKind, JsonValue
from capture.pages.pages import LivePage

Act = Callable[[datetime], None]
Step = tuple[datetime, Act]

PASSERS_BY = 160  # who look at a page and go
LEAVERS = 5  # one of so many who pass by begins the form

# The more often a name stands here, the more passers-by come that way.
_FREQUENT = [
    ORIGINS[name]
    for name in (
        *("linkedin_ad", "linkedin_ad", "linkedin_ad", "google", "google", "google", "direct", "direct", "google_ad"),
        *("google_ad", "newsletter", "assistant", "linkedin_post", "bing", "partner"),
    )
]

_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
    "Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
    "Mobile/15E148 Safari/604.1",
)


def play(settings: Settings, *, began: datetime, until: datetime) -> None:
    """Everything that happened from `began` to `until`, in the order of time. The same every time."""
    chance = random.Random(35)  # noqa: S311  a demo, not a secret
    offers = {page.kind: page.slug for page in pages.all_live(at=until)}
    steps = [*_passing_by(settings, offers, chance, began=began, until=until)]
    for person in people():
        steps += _life(person, _Browser(settings, person.origin, chance), offers, _at_work(began, person.day))
    for at, act in sorted(steps, key=lambda step: step[0]):
        if at < until:
            act(at)


def _passing_by(
    settings: Settings, offers: Mapping[MagnetKind, str], chance: random.Random, *, began: datetime, until: datetime
) -> Iterator[Step]:
    slugs = [offers[MagnetKind.EBOOK], *offers.values()]
    for number in range(PASSERS_BY):
        browser = _Browser(settings, chance.choice(_FREQUENT), chance)
        at, slug = _at_work(began, chance.random() * (until - began).days), chance.choice(slugs)
        yield at, browser.looks_at(slug)
        if number % LEAVERS == 0:
            yield at + timedelta(minutes=1), browser.leaves(slug, number // LEAVERS)


def _at_work(began: datetime, day: float) -> datetime:
    """An instant between 7 and 17 UTC of that day of the month."""
    midnight = began.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=int(day), hours=7 + day % 1 * 10)


def _life(person: Person, browser: "_Browser", offers: Mapping[MagnetKind, str], at: datetime) -> list[Step]:
    """What one person does, beginning at that instant."""
    ebook, checklist, webinar = (offers[kind] for kind in (MagnetKind.EBOOK, MagnetKind.CHECKLIST, MagnetKind.WEBINAR))
    check_up = offers[MagnetKind.ASSESSMENT]
    first = {Plan.CHECKS: checklist, Plan.WATCHES: webinar, Plan.MEASURES: check_up}.get(person.plan, ebook)
    steps = [(at, browser.looks_at(first)), (at + timedelta(minutes=3), browser.fills(first, person))]
    if person.plan not in (Plan.FORGETS, Plan.WATCHES):
        steps.append((at + timedelta(minutes=4), browser.downloads()))
    if person.plan is Plan.RETURNS:
        later, last = at + timedelta(days=2, minutes=-95), at + timedelta(days=3, minutes=40)
        measured = at + timedelta(days=4, minutes=25)
        steps += [
            (later, browser.comes_from(ORIGINS["direct"])),
            (later, browser.looks_at(checklist)),
            (later + timedelta(minutes=2), browser.fills(checklist, person)),
            (later + timedelta(minutes=3), browser.downloads()),
            (last, browser.looks_at(webinar)),
            (last + timedelta(minutes=2), browser.fills(webinar, person)),
            (measured, browser.looks_at(check_up)),
            (measured + timedelta(minutes=5), browser.fills(check_up, person)),
            (measured + timedelta(minutes=6), browser.downloads()),
        ]
    return steps


class _Browser:
    """One person's browser: its cookie, where it came from, and the last grant that it was given."""

    def __init__(self, settings: Settings, origin: Origin, chance: random.Random) -> None:
        self._settings = settings
        self._origin = origin
        self._program = chance.choice(_BROWSERS)
        self._cookie: str | None = None
        self._grant = ""

    def comes_from(self, origin: Origin) -> Act:
        def act(_at: datetime) -> None:
            self._origin = origin

        return act

    def looks_at(self, slug: str) -> Act:
        def act(at: datetime) -> None:
            arrival = self._arrival(slug)
            self._cookie = visitor.arrive(slug, arrival, settings=self._settings, at=at) or self._cookie

        return act

    def leaves(self, slug: str, number: int) -> Act:
        """Begin the form, and think better of it after one of its first fields."""

        def act(at: datetime) -> None:
            page = pages.by_slug(slug)
            assert page is not None  # noqa: S101  published just now
            fields = [field.key for field in page.definition.fields][:4]
            key, last = f"demo:left:{number}", fields[number * number % len(fields)]
            visitor.begin_form(page.page_id, last, self._arrival(slug), form_key=key, at=at)

        return act

    def fills(self, slug: str, person: Person) -> Act:
        def act(at: datetime) -> None:
            page = pages.by_slug(slug)
            assert page is not None  # noqa: S101  published just now
            key = f"demo:{slug}:{person.email}"
            visitor.begin_form(page.page_id, "email", self._arrival(slug), form_key=key, at=at)
            receipt = visitor.submit_form(
                slug,
                dict(_answers(page, person)),
                self._arrival(slug),
                form_key=key,
                suspicion=None,
                settings=self._settings,
                at=at,
            )
            self._cookie, self._grant = receipt.new_cookie or self._cookie, receipt.grant

        return act

    def downloads(self) -> Act:
        def act(at: datetime) -> None:
            look = looks.of(self._grant, self._cookie)
            assert look is not None  # noqa: S101  given just now
            copy = copies.of(look, self._settings)
            reader.hand_out(
                self._grant,
                copy.edition_id,
                self._arrival("get"),
                length=copy.document.length,
                start=0,
                stop=copy.document.length,
                settings=self._settings,
                at=at,
            )

        return act

    def _arrival(self, path: str) -> Arrival:
        return Arrival(
            cookie=self._cookie,
            path=f"/{path}",
            query=self._origin.query,
            referrer=self._origin.referrer,
            user_agent=self._program,
            own_host=urlsplit(self._settings.base_url).netloc,
        )


def _answers(page: LivePage, person: Person) -> Iterator[tuple[str, JsonValue]]:
    """What this person types into the fields of a page."""
    for field in page.definition.fields:
        if field.kind is FieldKind.CONSENT:
            yield field.key, person.agrees
        elif field.kind is FieldKind.CONTACT_ME:
            yield field.key, person.plan is Plan.ASKS
        elif field.fills == "name":
            yield field.key, f"{person.first_name} {person.last_name}"
        elif field.fills:
            yield field.key, getattr(person, field.fills, "")
        elif field.kind is FieldKind.NUMBER:
            yield field.key, _turn(person, field) % 10 + 1
        elif field.kind is FieldKind.CHECKBOXES:
            yield field.key, [option.value for option in field.options[: _turn(person, field) % 4 + 1]]
        elif field.options:
            yield field.key, field.options[_turn(person, field) % len(field.options)].value


def _turn(person: Person, field: Field) -> int:
    """A number that differs from person to person and from question to question, and stays the same."""
    return crc32(f"{person.email} {field.key}".encode())
