"""What a landing page says and asks: the typed form of a page version, as it is stored, cached and rendered."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints

from capture.pages.fields import Field, FieldKind, JsonValue
from magnets.assessment import Assessment
from magnets.definition import Brand, Theme

T = TypeVar("T")

JsonObject: TypeAlias = dict[str, JsonValue]

_types: Callable[[type], Mapping[str, object]] = cache(get_type_hints)  # of a dataclass of ours, by its fields' names


class Delivery(StrEnum):
    """How the magnet reaches the lead; the mail with the link is sent in any case."""

    PAGE = "page"  # at once, on the thank-you page
    MAIL = "mail"  # only by mail, so that the address is real
    CONFIRMED = "confirmed"  # by mail after a button was pressed (double opt-in)


class Cookies(StrEnum):
    """When the visitor's first-party cookie may be set."""

    ALWAYS = "always"
    AFTER_CONSENT = "after_consent"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Question:
    question: str
    answer: str


class Section(StrEnum):
    """A part of the page; one that has nothing to say is not shown."""

    HERO = "hero"  # headline, promise and the document itself
    FORM = "form"
    OUTCOMES = "outcomes"
    AUDIENCE = "audience"
    AGENDA = "agenda"
    SPEAKERS = "speakers"
    INSIDE = "inside"  # the chapters
    LOOK = "look"  # pages to leaf through
    QUOTES = "quotes"
    FAQ = "faq"
    AUTHORS = "authors"


@dataclass(frozen=True, slots=True)
class Quote:
    words: str
    name: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """What the page says above and beside the form, and in which order; the hero is always first."""

    headline: str
    promise: str = ""
    outcomes: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    faq: tuple[Question, ...] = ()
    button: str = ""
    quotes: tuple[Quote, ...] = ()
    sections: tuple[Section, ...] = tuple(Section)


@dataclass(frozen=True, slots=True)
class NextStep:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Thanks:
    headline: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Seo:
    """`image` is a file of the bundle; empty: the cover."""

    title: str = ""
    description: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Speaker:
    name: str
    role: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Webinar:
    """`starts_at` is the instant, `zone` the one in which it is announced; seats 0: no limit."""

    starts_at: datetime
    zone: str
    minutes: int
    seats: int
    room_url: str
    replay_url: str = ""
    speakers: tuple[Speaker, ...] = ()
    agenda: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything of a page version. `exchange`: the page openly states that contact is the price of the magnet;
    `ask_at_most`: how many queued fields are asked at once;
    `embed_on`: the origins whose pages may show the form.
    """

    language: str
    theme: Theme
    brand: Brand
    copy: Copy
    fields: tuple[Field, ...]
    exchange: bool = False
    delivery: Delivery = Delivery.PAGE
    cookies: Cookies = Cookies.ALWAYS
    next_step: NextStep | None = None
    thanks: Thanks = Thanks()
    mail: Mail = Mail()
    seo: Seo = Seo()
    webinar: Webinar | None = None
    assessment: Assessment | None = None
    ask_at_most: int = 2
    embed_on: tuple[str, ...] = ()

    @property
    def email(self) -> Field:
        """The field whose answer is the lead's address."""
        return next(field for field in self.fields if field.kind is FieldKind.EMAIL)

    @property
    def consents(self) -> tuple[Field, ...]:
        """The consent fields in the order of the form."""
        return tuple(field for field in self.fields if field.kind is FieldKind.CONSENT)

    def field(self, key: str) -> Field | None:
        """The field of that key."""
        return next((field for field in self.fields if field.key == key), None)

    def to_json(self) -> JsonObject:
        """Plain JSON; `from_json` gives an equal definition back."""
        return _plain(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "Definition":
        """A stored definition; keys that a later version added have their defaults, unknown ones are passed over."""
        return _typed(cls, stored)

    def digest(self) -> str:
        """SHA-256 in hex; equal for equal definitions."""
        return sha256(json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _plain(one: object) -> JsonObject:
    return {key: _plain_value(getattr(one, key)) for key in _types(type(one))}


def _plain_value(value: object) -> JsonValue:
    if isinstance(value, tuple):
        return [_plain_value(part) for part in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return _plain(value) if is_dataclass(value) else cast(JsonValue, value)


def _typed(kind: type[T], stored: Mapping[str, object]) -> T:
    """A frozen dataclass of ours from its JSON, by the types of its fields."""
    types = _types(kind)
    return kind(**{key: _value(types[key], value) for key, value in stored.items() if key in types})


def _value(kind: object, stored: object) -> object:
    if stored is None:
        return None
    if type(None) in get_args(kind):
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], part) for part in cast(list[object], stored))
    if isinstance(kind, type) and is_dataclass(kind):
        return _typed(kind, cast(Mapping[str, object], stored))
    if kind is datetime:
        return datetime.fromisoformat(str(stored))
    return kind(str(stored)) if isinstance(kind, type) and issubclass(kind, StrEnum) else stored
