"""The form of a landing page: built from the page's definition, judged by the rules of pages.fields."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

from flask import request
from flask_babel import gettext
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, Signer
from werkzeug.datastructures import MultiDict
from wtforms import Field as WTField

from capture.config import Settings, signing_keys
from capture.pages import conditions, countries, text
from capture.pages.fields import TICKED, WITH_OPTIONS, Cleaned, Field, FieldKind, JsonValue, Option, clean
from capture.pages.pages import LivePage
from capture.web import current, language

# Nobody fills it: a name that browsers do not know from address books, and that no field of a page may have.
DECOY = "subject_line"
TOO_FAST = timedelta(seconds=2)
BUCKET = timedelta(minutes=10)

_KEY = re.compile(r"[A-Za-z0-9_-]{22}")

# What browsers know about people, by the lead's field that an answer fills (WHATWG HTML, autofill field names).
AUTOCOMPLETE: Mapping[str, str] = {
    "email": "email",
    "first_name": "given-name",
    "last_name": "family-name",
    "name": "name",
    "company": "organization",
    "job_title": "organization-title",
    "phone": "tel",
    "country": "country",
    "website": "url",
}
AUTOCOMPLETE_BY_KIND: Mapping[FieldKind, str] = {
    FieldKind.EMAIL: "email",
    FieldKind.PHONE: "tel",
    FieldKind.COUNTRY: "country",
    FieldKind.URL: "url",
}
INPUT_TYPES: Mapping[FieldKind, str] = {FieldKind.EMAIL: "email", FieldKind.PHONE: "tel", FieldKind.URL: "url"}
INPUT_MODES: Mapping[FieldKind, str] = {
    FieldKind.EMAIL: "email",
    FieldKind.PHONE: "tel",
    FieldKind.URL: "url",
    FieldKind.NUMBER: "decimal",
}


class Answer(WTField):
    """One field with what was typed into it. Templates read its properties; nothing here makes markup."""

    def __init__(self, asked: Field, language: str, region: str, **kwargs: object) -> None:
        super().__init__(label=asked.label, id=f"field-{asked.key}", **kwargs)  # type: ignore[no-untyped-call]
        self.given: list[str] = []
        self.asked = asked
        self.cleaned = Cleaned()
        self._language = language
        self._region = region

    def process(self, formdata: MultiDict[str, str] | None, *_args: object, **_kwargs: object) -> None:
        """Take what was posted under the field's name; before a post, a hidden field takes it from the query."""
        self.errors = ()
        self.given = list(formdata.getlist(self.name)) if formdata is not None else self._preset()
        self.raw_data, self.data = self.given, None

    def validate(self, *_args: object, **_kwargs: object) -> bool:
        """Judge by the rules of the field."""
        self.cleaned = clean(self.asked, self.given, region=self._region, language=self._language)
        self.data = self.cleaned.value
        self.errors = (self.cleaned.problem,) if self.cleaned.problem else ()
        return not self.errors

    def pass_over(self) -> None:
        """Take it as not asked: whatever was typed is no answer, and no problem."""
        self.cleaned, self.data, self.errors = Cleaned(), None, ()

    def _preset(self) -> list[str]:
        return [request.args.get(self.name) or self.asked.value] if self.kind is FieldKind.HIDDEN else []

    @property
    def kind(self) -> FieldKind:
        return self.asked.kind

    @property
    def is_group(self) -> bool:
        """Several inputs under one question: a fieldset with a legend."""
        return self.kind in (FieldKind.RADIO, FieldKind.CHECKBOXES)

    @property
    def is_tick(self) -> bool:
        """One box with its sentence."""
        return self.kind in TICKED

    @property
    def is_select(self) -> bool:
        return self.kind in (FieldKind.SELECT, FieldKind.COUNTRY)

    @property
    def is_required(self) -> bool:
        """Whether it has to be answered whatever the other answers are."""
        return self.asked.required and self.asked.when is None

    @property
    def awaited(self) -> str:
        """The values that the answer on which this one depends may have, as JSON."""
        return json.dumps(self.asked.when.values) if self.asked.when else ""

    @property
    def problem(self) -> str:
        """The sentence that says what to do, or nothing."""
        return self.cleaned.problem or ""

    @property
    def described_by(self) -> str:
        """The ids of hint and error, for aria-describedby."""
        when = f"{self.id}-when" if self.asked.when else ""
        hint = f"{self.id}-hint" if self.asked.hint else ""
        error = f"{self.id}-error" if self.problem else ""
        return " ".join(f"{when} {hint} {error}".split())

    @property
    def typed(self) -> str:
        """What was typed, as it may be shown again."""
        first = next((part for part in self.given if part), "")
        return text.lines(first[: text.MOST_TYPED])

    @property
    def options(self) -> list[Option]:
        if self.kind is FieldKind.COUNTRY:
            return [Option(code, name) for code, name in countries.names(self._language).items()]
        return list(self.asked.options) if self.kind in WITH_OPTIONS else []

    def has(self, option: Option) -> bool:
        """Whether the option was chosen."""
        return option.value in self.given

    @property
    def input_type(self) -> str:
        return INPUT_TYPES.get(self.kind, "text")

    @property
    def inputmode(self) -> str:
        return INPUT_MODES.get(self.kind, "text")

    @property
    def autocomplete(self) -> str:
        return AUTOCOMPLETE.get(self.asked.fills) or AUTOCOMPLETE_BY_KIND.get(self.kind, "off")


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the error summary: `target` is the id of the first input that it is about."""

    target: str
    message: str


@dataclass(frozen=True, slots=True)
class Step:
    """Some fields that are asked together; the last step of an assessment asks who answers."""

    title: str
    about: str
    answers: tuple[Answer, ...]


class PageForm(FlaskForm):
    """A fill of a landing page. No CSRF token: it needs no session, and posts are checked for their origin."""

    class Meta:
        csrf = False

    page: LivePage
    at: datetime
    posted: MultiDict[str, str] | None
    left_out: frozenset[str]
    could_be_kept = True

    def validate(self, extra_validators: Mapping[str, Sequence[object]] | None = None) -> bool:
        """Judge every field that is asked, by the answers that the others have."""
        super().validate(extra_validators)  # type: ignore[no-untyped-call]
        asked = conditions.asked(self.page.definition.fields, self.answers())
        for answer in self._answers():
            if answer.name not in asked:
                answer.pass_over()
        return not self.problems

    def condition_of(self, answer: Answer) -> str:
        """When an answer is asked, in words; nothing where it always is."""
        when = answer.asked.when
        other = self.page.definition.field(when.field) if when else None
        if when is None or other is None:
            return ""
        labels = {option.value: option.label for option in other.options}
        if other.kind is FieldKind.COUNTRY:
            labels = dict(countries.names(self.page.definition.language))
        question = other.label or other.wording or other.key
        chosen = [gettext("“%(words)s”", words=labels.get(value, value)) for value in when.values]
        if not chosen:
            return gettext("Only if you answered “%(question)s”.", question=question)
        awaited = language.current().any_of(chosen)
        return gettext("Only if your answer to “%(question)s” is %(answer)s.", question=question, answer=awaited)

    @property
    def questions(self) -> list[Answer]:
        """The fields that are seen, in order."""
        return [answer for answer in self._answers() if answer.kind is not FieldKind.HIDDEN]

    @property
    def steps(self) -> list[Step]:
        """The questions of an assessment by dimension and what is asked besides, or the steps that the fields name."""
        assessment, seen = self.page.definition.assessment, self.questions
        if assessment is None:
            return self._named_steps(seen)
        of = {question.key: question.dimension for question in assessment.questions}
        steps = [
            Step(part.title, part.about, tuple(answer for answer in seen if of.get(answer.name) == part.key))
            for part in assessment.dimensions
        ]
        return [
            *steps,
            Step(
                gettext("Your result"),
                gettext("Say where it goes. You see it on the next page, at once."),
                tuple(answer for answer in seen if answer.name not in of),
            ),
        ]

    def _named_steps(self, seen: Sequence[Answer]) -> list[Step]:
        titles: dict[str, str] = {}
        for field in self.page.definition.fields:
            titles[field.key] = field.step or next(reversed(titles.values()), "")
        named = [title for title in dict.fromkeys(titles[answer.name] for answer in seen) if title]
        steps = [Step(title, "", tuple(answer for answer in seen if titles[answer.name] == title)) for title in named]
        return steps if len(steps) > 1 else []

    @property
    def carried(self) -> list[Answer]:
        """The hidden fields."""
        return [answer for answer in self._answers() if answer.kind is FieldKind.HIDDEN]

    @property
    def problems(self) -> list[Problem]:
        """The error summary, in the order of the form."""
        return [Problem(answer.id, answer.problem) for answer in self._answers() if answer.problem]

    def answers(self) -> dict[str, JsonValue]:
        """Clean values by field key, after validate(); what was left empty is not among them."""
        return {answer.name: answer.cleaned.value for answer in self._answers() if answer.cleaned.value is not None}

    @cached_property
    def key(self) -> str:
        """Names this filling: random in a fresh form, posted back by it, and the same again on a double click.

        A form that came without one (from a shared cache) has it derived from what was answered, in ten-minute steps.
        """
        posted = self._posted("form_key")
        if posted is not None and _KEY.fullmatch(posted):
            return posted
        return secrets.token_urlsafe(16) if self.posted is None else self._derived_key()

    @property
    def rendered_at(self) -> str:
        """The signed instant of this rendering; on showing a form again, the first one stays."""
        posted = self._posted("rendered_at")
        signed = _stamper(current.settings()).sign(str(_milliseconds(self.at))).decode("ascii")
        return posted if posted is not None and _stamped(posted) is not None else signed

    @property
    def is_ours(self) -> bool:
        """Whether what was posted carries the key and the stamp of a form that was shown."""
        key, stamp = self._posted("form_key") or "", self._posted("rendered_at") or ""
        return _KEY.fullmatch(key) is not None and _stamped(stamp) is not None

    @property
    def decoy(self) -> str:
        """The name of the field that nobody sees."""
        return DECOY

    def suspicion(self) -> str | None:
        """Why this fill looks like a machine's, in words for the studio. Never a reason to refuse it."""
        if self._posted(DECOY):
            return "The hidden field was filled."
        stamp = self._posted("rendered_at")
        if not stamp:
            return None
        rendered = _stamped(stamp)
        if rendered is None:
            return "The time stamp of the form was changed."
        took = timedelta(milliseconds=_milliseconds(self.at) - rendered)
        return f"Filled in {took.total_seconds():.1f} seconds." if took < TOO_FAST else None

    def _answers(self) -> Iterator[Answer]:
        return (field for field in self if isinstance(field, Answer) and field.name not in self.left_out)

    def _posted(self, name: str) -> str | None:
        return self.posted.get(name) if self.posted is not None else None

    def _derived_key(self) -> str:
        bucket = int(self.at.timestamp() // BUCKET.total_seconds())
        said = json.dumps([self.page.version_id, self.answers(), bucket], sort_keys=True)
        return base64.urlsafe_b64encode(hashlib.sha256(said.encode()).digest()[:16]).decode("ascii").rstrip("=")


def for_page(page: LivePage, *, at: datetime, answered: frozenset[str] = frozenset()) -> PageForm:
    """The form of a page: fresh, or with what this request posted. `at` is now.

    `answered` is not asked again where the field is asked once or queued; what was typed into it all the same, in
    another tab for instance, is kept.
    """
    posted = request.form if request.method == "POST" else None
    kind = _class_of(page.definition.fields, page.definition.language, current.settings().phone_region)
    form = kind(formdata=posted)
    form.page, form.at, form.posted = page, at, posted
    out = conditions.left_out(page.definition.fields, page.definition.ask_at_most, answered)
    form.left_out = frozenset(key for key in out if posted is None or not any(posted.getlist(key)))
    return form


def tried(field: Field, language: str, given: MultiDict[str, str]) -> Answer:
    """One field by itself, with what somebody tries out; its control is called `try-` and the key of the field."""
    kind = _class_of((replace(field, when=None),), language, current.settings().phone_region)
    form = kind(formdata=given, prefix="try")
    form.left_out = frozenset()
    [answer] = form._answers()
    return answer


@lru_cache(maxsize=500)
def _class_of(fields: tuple[Field, ...], language: str, region: str) -> type[PageForm]:
    """One class for each version of a form. Attributes are numbered: a key may be any word, also `data` or `errors`."""
    members = {f"answer_{at:03}": _unbound(field, language, region) for at, field in enumerate(fields)}
    return type("PageForm", (PageForm,), members)


def _unbound(field: Field, language: str, region: str) -> object:
    return Answer(field, language, region, name=field.key)


def _stamper(settings: Settings) -> Signer:
    # The library signs with the last key and tries them all; ours stand newest first.
    return Signer(list(reversed(signing_keys(settings))), salt="form rendered at")


def _stamped(stamp: str) -> int | None:
    try:
        return int(_stamper(current.settings()).unsign(stamp.encode("utf-8", "replace")))
    except (BadSignature, ValueError):
        return None


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
