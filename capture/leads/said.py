"""What a fill says: read from its answers by the form's definition. Plain arithmetic, no database."""

from collections.abc import Mapping

from capture.leads.consents import Agreement
from capture.pages.definition import Definition
from capture.pages.fields import FieldKind, JsonValue, Purpose

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


def greeting(told: Mapping[str, str]) -> str:
    """ "Hello Ada,", or "Hello," where no name was given. One line, whatever was typed."""
    name = " ".join((told.get("first_name") or name_of(told)).split())[:60]
    return f"Hello {name}," if name else "Hello,"


def paragraphs(text: str) -> list[str]:
    """Plain text as paragraphs."""
    return [" ".join(block.split()) for block in text.split("\n\n") if block.strip()]
