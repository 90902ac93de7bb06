"""How the hand-off speaks to salespeople: short sentences, no jargon of ours."""

from capture.handoff.models import HAND_RAISED, Mql, Reason
from capture.pages import countries
from capture.pages.definition import Definition
from capture.pages.fields import FieldKind


def why(mql: Mql) -> str:
    """Why this lead is handed over."""
    numbers = (
        f"fit {mql.fit} ({mql.fit_threshold} needed), engagement {mql.engagement} ({mql.engagement_threshold} needed)"
    )
    if mql.reason is Reason.HAND_RAISED:
        return f"Asked to be contacted; {numbers}"
    since = "; has asked to be contacted since" if mql.priority == HAND_RAISED else ""
    return f"Both scores reached their thresholds: {numbers}{since}"


def answer_text(key: str, value: object, definition: Definition | None) -> tuple[str, str]:
    """The label of a field and what was answered, in the words of the form; the key and the value where it is gone.

    A consent has no text here: what it allows is said by the permissions.
    """
    field = definition.field(key) if definition else None
    if field is None:
        return key, _plain(value)
    if field.kind is FieldKind.CONSENT:
        return field.label, ""
    options = {option.value: option.label for option in field.options}
    labels = countries.names("en") if field.kind is FieldKind.COUNTRY else options
    values = value if isinstance(value, list) else [value]
    return field.label, ", ".join(labels.get(str(one), _plain(one)) for one in values if one not in (None, False))


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)
