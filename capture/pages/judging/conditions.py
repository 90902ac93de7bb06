"""On what a field depends: [form.fields.when], a field of the same form and the answers that it may have."""

from collections.abc import Sequence

from capture.languages import all_quoted, quoted, say
from capture.pages import conditions, countries
from capture.pages.fields import WITH_OPTIONS, Condition, Field, FieldKind
from magnets.tables import Table

MOST_ANSWERS = 300


def define(table: Table) -> Condition | None:
    """The condition as it is written; `judge` holds it against the other fields."""
    if "when" not in table:
        return None
    when = table.table("when")
    when.refuse_unknown("field", "is")
    return Condition(when.text("field", limit=40), when.texts("is", limit=200, most=MOST_ANSWERS))


def judge(tables: Sequence[Table], fields: Sequence[Field], every: Sequence[Field]) -> None:
    """Stops for conditions that can never hold; `every` field of the form may be named, also those before these."""
    circle = conditions.in_a_circle(every)
    known = {field.key: field for field in every}
    for table, field in zip(tables, fields, strict=True):
        if field.when is None:
            continue
        when, other = table.table("when"), known.get(field.when.field)
        if field.kind is FieldKind.EMAIL:
            table.stop("when", "email-conditional", say("The address is always asked; take `when` out."))
        elif not field.when.field:
            when.stop("field", "empty-condition", say("Say in `when` which `field` has to be answered before."))
        elif other is None:
            message = say(
                "The form has no field %(field)s; there are %(known)s.",
                field=quoted(field.when.field),
                known=all_quoted(key for key in known if key != field.key),
            )
            when.stop("field", "unknown-field", message)
        elif field.key in circle:
            message = say(
                "Whether %(key)s is asked depends on %(other)s, and that on it: nobody would be asked.",
                key=quoted(field.key),
                other=quoted(other.key),
            )
            when.stop("field", "circular-condition", message)
        elif field.when.values:
            _judge_values(when, other, field.when)


def _judge_values(when: Table, other: Field, condition: Condition) -> None:
    if other.kind in WITH_OPTIONS:
        possible = [option.value for option in other.options]
    elif other.kind is FieldKind.COUNTRY:
        possible = list(countries.names("en"))
    elif other.kind is FieldKind.HIDDEN:
        return
    else:
        message = say(
            "%(key)s is not chosen from a list; take `is` out, and any answer to it will do.", key=quoted(other.key)
        )
        when.stop("is", "rule-unused", message)
        return
    unknown = [value for value in condition.values if value not in possible]
    if unknown:
        some = ", ".join(possible[:12])
        when.stop(
            "is",
            "unknown-answer",
            say(
                "%(key)s has no answer %(unknown)s; there are %(some)s.",
                key=quoted(other.key),
                unknown=", ".join(unknown),
                some=some,
            ),
        )
