"""Field kinds and their rules: what was typed becomes a clean answer or a sentence that says what to do."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import urlsplit

from capture import languages
from capture.languages import Language
from capture.pages import countries, emails, patterns, text

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"


class FieldKind(StrEnum):
    EMAIL = "email"
    TEXT = "text"
    LONGTEXT = "longtext"
    SELECT = "select"
    RADIO = "radio"
    CHECKBOXES = "checkboxes"
    COUNTRY = "country"
    PHONE = "phone"
    NUMBER = "number"
    URL = "url"
    HIDDEN = "hidden"
    CONSENT = "consent"
    CONTACT_ME = "contact_me"


class Purpose(StrEnum):
    """What a consent allows."""

    MARKETING_EMAIL = "marketing_email"
    MARKETING_PHONE = "marketing_phone"
    TRACKING = "tracking"


class Ask(StrEnum):
    """Of whom a field is asked."""

    ALWAYS = "always"
    ONCE = "once"  # of whoever is not known to have answered it; then the next queued field takes its place
    QUEUED = "queued"  # likewise, and only when its turn has come


# The lead's own fields that an answer may fill, besides the address.
LEAD_FIELDS = (
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

WITH_OPTIONS = frozenset({FieldKind.SELECT, FieldKind.RADIO, FieldKind.CHECKBOXES})
TEXTUAL = frozenset({FieldKind.TEXT, FieldKind.LONGTEXT, FieldKind.HIDDEN})
TICKED = frozenset({FieldKind.CONSENT, FieldKind.CONTACT_ME})

# Characters at most, unless the field says less (or, for texts, more).
LENGTHS: Mapping[FieldKind, int] = {
    FieldKind.EMAIL: emails.LONGEST,
    FieldKind.TEXT: 200,
    FieldKind.LONGTEXT: 5_000,
    FieldKind.PHONE: 40,
    FieldKind.NUMBER: 40,
    FieldKind.URL: 500,
    FieldKind.HIDDEN: 500,
}


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Another field's answer on which a field depends: one of these values, or any where none is named."""

    field: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `fills` names the lead's own field that the answer goes to, `value` is a hidden
    field's, `step` names the step of the form that begins with it.
    """

    key: str
    kind: FieldKind
    label: str
    hint: str = ""
    required: bool = False
    fills: str = ""
    options: tuple[Option, ...] = ()
    min_length: int = 0
    max_length: int = 0
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""
    pattern_message: str = ""
    work_email: bool = False
    blocked_domains: tuple[str, ...] = ()
    purpose: Purpose | None = None
    wording: str = ""
    value: str = ""
    when: Condition | None = None
    ask: Ask = Ask.ALWAYS
    step: str = ""

    @property
    def longest(self) -> int:
        """Characters that an answer may have; 0 where length means nothing."""
        return self.max_length or LENGTHS.get(self.kind, 0)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A clean answer (None: nothing was answered), or the problem with it."""

    value: JsonValue = None
    problem: str | None = None


class _Problem(Exception):
    """Carries the sentence out of the rule that found it."""


def clean(field: Field, raw: Sequence[str], *, region: str = "", language: str = "en") -> Cleaned:
    """Judge what was typed into a field, whatever it is; never raises.

    `region` is the two-letter country of telephone numbers without a country code, `language` that of the page.
    """
    say = languages.of(language)
    try:
        value = _KINDS[field.kind](field, raw, region, say)
        if field.required and (value is None or value is False):
            raise _Problem(_missing(field, say))
    except _Problem as problem:
        return Cleaned(problem=str(problem))
    return Cleaned(value)


def _missing(field: Field, say: Language) -> str:
    if field.kind in TICKED:
        return say.gettext("Please tick this box to go on.")
    if field.kind in WITH_OPTIONS or field.kind is FieldKind.COUNTRY:
        return say.gettext("Please choose an answer to “%(label)s”.", label=field.label)
    return say.gettext("Please fill in “%(label)s”.", label=field.label)


def _unfit(field: Field, say: Language) -> str:
    return say.gettext("Please check “%(label)s”: it does not have the expected form.", label=field.label)


def _first(raw: Sequence[str], say: Language) -> str:
    typed = next((part for part in raw if part), "")
    if len(typed) > text.MOST_TYPED:
        most = say.number(text.MOST_TYPED)
        raise _Problem(say.gettext("This is far too long. Please keep it under %(most)s characters.", most=most))
    return typed


def _within(field: Field, value: str, say: Language) -> str:
    if len(value) > field.longest:
        raise _Problem(
            say.gettext(
                "This has %(count)s characters. Please shorten it to %(most)s at most.",
                count=say.number(len(value)),
                most=say.number(field.longest),
            )
        )
    if value and len(value) < field.min_length:
        raise _Problem(
            say.ngettext(
                "Please write at least %(num)s character.",
                "Please write at least %(num)s characters.",
                field.min_length,
            )
        )
    return value


def _text(field: Field, raw: Sequence[str], _region: str, say: Language) -> JsonValue:
    tidy = text.lines if field.kind is FieldKind.LONGTEXT else text.line
    value = _within(field, tidy(_first(raw, say)), say)
    if value and field.pattern and not patterns.fits(field.pattern, value):
        raise _Problem(field.pattern_message or _unfit(field, say))
    return value or None


def _email(field: Field, raw: Sequence[str], _region: str, say: Language) -> JsonValue:
    typed = text.bare(_first(raw, say))
    if not typed:
        return None
    address = emails.normal(typed)
    if address is None:
        raise _Problem(say.gettext("Please write an e-mail address such as name@company.com."))
    if field.work_email and emails.is_free(address):
        raise _Problem(say.gettext("Please use your work e-mail: this address belongs to a private mail service."))
    if emails.company_domain(address) in {emails.company_domain(domain) for domain in field.blocked_domains}:
        raise _Problem(say.gettext("We cannot send this to an address of that company. Please use another one."))
    return address


def _choice(field: Field, raw: Sequence[str], _region: str, say: Language) -> JsonValue:
    typed = text.line(_first(raw, say))
    if not typed:
        return None
    if typed not in {option.value for option in field.options}:
        raise _Problem(say.gettext("Please choose one of the options of “%(label)s”.", label=field.label))
    return typed


def _choices(field: Field, raw: Sequence[str], _region: str, say: Language) -> JsonValue:
    if len(raw) > len(field.options) + 100:
        raise _Problem(say.gettext("Please choose from the options shown."))
    typed = {text.line(_first([part], say)) for part in raw} - {""}
    if typed - {option.value for option in field.options}:
        raise _Problem(say.gettext("Please choose from the options of “%(label)s”.", label=field.label))
    chosen: list[JsonValue] = [option.value for option in field.options if option.value in typed]
    return chosen or None


def _country(_field: Field, raw: Sequence[str], _region: str, say: Language) -> JsonValue:
    code = text.line(_first(raw, say)).upper()
    if not code:
        return None
    if code not in countries.names(say.tag):
        raise _Problem(say.gettext("Please choose a country from the list."))
    return code


def _phone(field: Field, raw: Sequence[str], region: str, say: Language) -> JsonValue:
    typed = _within(field, text.bare(_first(raw, say)), say)
    if not typed:
        return None
    import phonenumbers  # a twelfth of what every command and every process takes to start

    try:
        number = phonenumbers.parse(typed, region or None)
    except phonenumbers.NumberParseException as wrong:
        if wrong.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise _Problem(say.gettext("Please begin with the country code, for instance +49 30 901820.")) from None
        raise _Problem(say.gettext("Please write a telephone number, for instance +49 30 901820.")) from None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise _Problem(say.gettext("Please check this telephone number: it has too many or too few digits."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_NUMBER = re.compile(r"([+\-−]?)(\d{1,15})(?:[.,](\d{1,6}))?")
_MAYBE_THOUSANDS = re.compile(r"[+\-−]?\d{1,3}([.,]\d{3})+")


def _number(field: Field, raw: Sequence[str], _region: str, say: Language) -> JsonValue:
    typed = re.sub(r"[\s'’]", "", text.bare(_first(raw, say)))
    if not typed:
        return None
    found = _NUMBER.fullmatch(typed)
    if found is None or _MAYBE_THOUSANDS.fullmatch(typed):
        # 1.500 is fifteen hundred to some and one and a half to others: ask instead of guessing.
        raise _Problem(say.gettext("Please write digits only, without thousands separators, for instance 1500 or 2.5."))
    sign, whole, part = found.groups()
    value: int | float = float(f"{int(whole)}.{part}") if part and int(part) else int(whole)
    value = value if sign in ("", "+") else -value
    if field.minimum is not None and value < field.minimum:
        raise _Problem(say.gettext("Please write a number of at least %(least)s.", least=say.number(field.minimum)))
    if field.maximum is not None and value > field.maximum:
        raise _Problem(say.gettext("Please write a number of at most %(most)s.", most=say.number(field.maximum)))
    return value


_HOST = re.compile(r"(?:[\w](?:[\w-]*[\w])?\.)+[\w-]{2,63}")


def _url(field: Field, raw: Sequence[str], _region: str, say: Language) -> JsonValue:
    typed = _within(field, text.bare(_first(raw, say)), say)
    if not typed:
        return None
    address = typed if "://" in typed else f"https://{typed}"
    if not is_web_address(address):
        raise _Problem(say.gettext("Please write a web address such as https://company.com."))
    scheme, rest = address.split("://", 1)
    return f"{scheme.lower()}://{rest}"


def is_web_address(address: str) -> bool:
    """Whether this is an http or https address with a full host name, no user name, and nothing that breaks markup."""
    if re.search(r"[\s<>\"'`\\{}|^]", address):
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port  # A port that is no number is found only on asking.
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "@" not in parts.netloc and bool(_HOST.fullmatch(parts.hostname or ""))


def _tick(_field: Field, raw: Sequence[str], _region: str, say: Language) -> JsonValue:
    return bool(text.line(_first(raw, say)))


_Rule = Callable[[Field, Sequence[str], str, Language], JsonValue]

_KINDS: Mapping[FieldKind, _Rule] = {
    FieldKind.EMAIL: _email,
    FieldKind.TEXT: _text,
    FieldKind.LONGTEXT: _text,
    FieldKind.SELECT: _choice,
    FieldKind.RADIO: _choice,
    FieldKind.CHECKBOXES: _choices,
    FieldKind.COUNTRY: _country,
    FieldKind.PHONE: _phone,
    FieldKind.NUMBER: _number,
    FieldKind.URL: _url,
    FieldKind.HIDDEN: _text,
    FieldKind.CONSENT: _tick,
    FieldKind.CONTACT_ME: _tick,
}
