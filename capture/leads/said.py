"""What a fill says: read from its answers by the form's definition. Plain arithmetic, no database."""

from collections.abc import Mapping

from capture import languages
from capture.leads.consents import Agreement
from capture.pages import countries
from capture.pages.definition import Definition
from capture.pages.fields import TICKED, WITH_OPTIONS, Field, FieldKind, JsonValue, Purpose

Answers = Mapping[str, JsonValue]


def email(definition: Definition, answers: Answers) -> str:
    """The address that was typed."""
    return str(answers[definition.email.key])


def by_lead_field(definition: Definition, answers: Answers) -> dict[str, str]:
    """The answers by the lead field that they fill; text only, empty ones left out."""
    found: dict[str, str] = {}
    for field in definition.fields:
        answer = answers.get(field.key)
        if field.fills and isinstance(answer, str | int | float) and not isinstance(answer, bool) and str(answer):
            found[field.fills] = str(answer)
    return found


def as_printed(definition: Definition, answers: Answers) -> dict[str, str | float]:
    """Every answer by the key of its field, as people read it: labels instead of values, numbers as numbers."""
    found: dict[str, str | float] = {}
    for field in definition.fields:
        answer = answers.get(field.key)
        if field.kind not in TICKED and answer is not None:
            found[field.key] = _in_words(field, answer, definition.language)
    return found


def _in_words(field: Field, answer: JsonValue, language: str) -> str | float:
    if field.kind is FieldKind.NUMBER and isinstance(answer, int | float):
        return answer
    chosen = [str(value) for value in answer] if isinstance(answer, list) else [str(answer)]
    if field.kind in WITH_OPTIONS:
        labels = {option.value: option.label for option in field.options}
        return ", ".join(labels.get(value, value) for value in chosen)
    return countries.names(language).get(chosen[0], chosen[0]) if field.kind is FieldKind.COUNTRY else chosen[0]


def agreements(definition: Definition, answers: Answers) -> list[Agreement]:
    """The boxes that were ticked, with their wording."""
    return [
        Agreement(str(field.purpose), field.wording) for field in definition.consents if answers.get(field.key) is True
    ]


def agrees(definition: Definition, answers: Answers, purpose: Purpose) -> bool:
    """Whether the box of this purpose was ticked."""
    return any(agreement.purpose == purpose for agreement in agreements(definition, answers))


def asks_for_contact(definition: Definition, answers: Answers) -> bool:
    """Whether the person asked to be contacted."""
    return any(field.kind is FieldKind.CONTACT_ME and answers.get(field.key) is True for field in definition.fields)


def name_of(told: Mapping[str, str]) -> str:
    """The name as one would print it, or an empty string."""
    return told.get("name") or f"{told.get('first_name', '')} {told.get('last_name', '')}".strip()


def greeting(told: Mapping[str, str], language: str) -> str:
    """ "Hello Ada,", or "Hello," where no name was given. One line, whatever was typed.

    Some languages greet strangers by their whole name: their catalogue says so.
    """
    say = languages.of(language)
    by_first_name = say.pgettext("which name stands in a greeting: first or full", "first") == "first"
    called = (told.get("first_name") or name_of(told)) if by_first_name else name_of(told)
    name = " ".join(called.split())[:60]
    return say.gettext("Hello %(name)s,", name=name) if name else say.gettext("Hello,")


def paragraphs(text: str) -> list[str]:
    """Plain text as paragraphs."""
    return [" ".join(block.split()) for block in text.split("\n\n") if block.strip()]
