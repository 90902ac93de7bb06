"""Which fields of a form are asked, by the answers that others have."""

from collections.abc import Collection, Mapping, Sequence

from capture.pages.fields import Ask, Condition, Field, JsonValue


def asked(fields: Sequence[Field], answers: Mapping[str, JsonValue]) -> frozenset[str]:
    """The keys of the fields that are asked; one that depends on a field that is not asked is not asked either."""
    known = {field.key: field for field in fields}
    return frozenset(field.key for field in fields if _is_asked(field, known, answers))


def left_out(fields: Sequence[Field], at_most: int, answered: Collection[str]) -> frozenset[str]:
    """The keys of the fields that need not be asked or whose turn it is not, and of all that depend on them.

    `answered` holds keys of fields, and names of the lead's fields that they fill. Of the queued ones that are open the
    first `at_most` are asked, and one more for each field that need not be asked a second time.
    """
    done = {field.key for field in fields if field.key in answered or field.fills in answered}
    once = {field.key for field in fields if field.ask is Ask.ONCE and field.key in done}
    queued = [field.key for field in fields if field.ask is Ask.QUEUED]
    waiting = [key for key in queued if key not in done]
    out = once | set(queued) - set(waiting[: at_most + len(once)])
    return frozenset(field.key for field in fields) - {field.key for field in without(fields, out)}


def without(fields: Sequence[Field], out: Collection[str]) -> tuple[Field, ...]:
    """The fields besides these and all that depend on them."""
    known = {field.key: field for field in fields}
    return tuple(field for field in fields if not set(out) & {field.key, *_depends_on(field, known)})


def in_a_circle(fields: Sequence[Field]) -> frozenset[str]:
    """The keys of the fields that depend on themselves, over others or at once."""
    known = {field.key: field for field in fields}
    return frozenset(field.key for field in fields if field.key in _depends_on(field, known))


def _is_asked(field: Field, known: Mapping[str, Field], answers: Mapping[str, JsonValue]) -> bool:
    chain = [field, *(known[key] for key in _depends_on(field, known))]
    return all(_holds(link.when, answers) for link in chain if link.when)


def _depends_on(field: Field, known: Mapping[str, Field]) -> list[str]:
    """The keys of the fields on which this one depends, the nearest first; a circle is walked once."""
    found: list[str] = []
    while field.when and field.when.field in known and field.when.field not in found:
        found.append(field.when.field)
        field = known[field.when.field]
    return found


def _holds(condition: Condition, answers: Mapping[str, JsonValue]) -> bool:
    answer = answers.get(condition.field)
    if not condition.values:
        return answer is not None and answer is not False
    given = answer if isinstance(answer, list) else [answer]
    return any(value in given for value in condition.values)
