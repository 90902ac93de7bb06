"""What the form asks: [[form.fields]] and their rules."""

import re
from collections.abc import Mapping, Sequence

from capture.languages import quoted, say
from capture.pages import emails, patterns, text
from capture.pages.fields import (
    LEAD_FIELDS,
    LENGTHS,
    TEXTUAL,
    TICKED,
    WITH_OPTIONS,
    Ask,
    Field,
    FieldKind,
    Option,
    Purpose,
)
from capture.pages.judging import conditions
from capture.pages.keys import FIELD_KEYS, OURS
from magnets.tables import Table

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


# What an answer may fill.
FILLS = ("email", *LEAD_FIELDS)


def define(form: Table, *, exchange: bool, asked: Sequence[Field] = ()) -> tuple[Field, ...]:
    """The fields in order, behind those `asked` before; `exchange`: the page says that contact is the price."""
    form.refuse_unknown("fields")
    tables = form.tables("fields")
    fields = tuple(define_field(table, exchange=exchange) for table in tables)
    _judge_keys(tables, fields, asked)
    _judge_address(form, tables, fields)
    _judge_steps(tables, fields, asked)
    conditions.judge(tables, fields, (*asked, *fields))
    return (*asked, *fields)


def _judge_keys(tables: Sequence[Table], fields: Sequence[Field], asked: Sequence[Field]) -> None:
    known = {field.key for field in asked}
    for table, field in zip(tables, fields, strict=True):
        if field.key and field.key in known:
            table.stop(
                "key",
                "duplicate-key",
                say("Two fields have the key %(key)s; give each its own.", key=quoted(field.key)),
            )
        known.add(field.key)


def _judge_address(form: Table, tables: Sequence[Table], fields: Sequence[Field]) -> None:
    asking = [(table, field) for table, field in zip(tables, fields, strict=True) if field.kind is FieldKind.EMAIL]
    if not asking:
        form.stop("fields", "no-email", say('The form needs a field for the address: `kind = "email"`.'))
    for table, field in asking[:1]:
        if not field.required:
            message = say("Write `required = true`: without an address nothing can be delivered.")
            table.stop("required", "email-optional", message)
    for table, _ in asking[1:]:
        table.stop("kind", "two-emails", say("The form takes one field for the address only."))


def _judge_steps(tables: Sequence[Table], fields: Sequence[Field], asked: Sequence[Field]) -> None:
    seen = [(table, field) for table, field in zip(tables, fields, strict=True) if field.kind is not FieldKind.HIDDEN]
    steps = [(table, field) for table, field in seen if field.step]
    if asked and steps:
        steps[0][0].stop("step", "step-unused", say("An assessment has its own steps; take `step` out."))
    elif steps and not seen[0][1].step:
        seen[0][0].stop("step", "step-missing", say("Name the first step too: give the first field a `step`."))
    elif len(steps) == 1:
        steps[0][0].stop(
            "step", "step-alone", say("One step is none. Begin a second one at a later field, or take it out.")
        )


def define_field(table: Table, *, exchange: bool) -> Field:
    """One field, judged by itself; what it waits for is held against the others by `define`."""
    table.refuse_unknown(*FIELD_KEYS)
    kind = table.optional_choice("kind", FieldKind)
    if "kind" not in table:
        table.stop(
            "kind",
            "missing-key",
            say("Give %(named)s a value: %(kinds)s.", named=table.named("kind"), kinds=", ".join(FieldKind)),
        )
    kind = kind or FieldKind.TEXT
    longest = 10_000 if kind in TEXTUAL else LENGTHS.get(kind, 0)
    field = Field(
        key=_key(table),
        kind=kind,
        label=table.text("label", limit=150, required=kind not in (FieldKind.HIDDEN, FieldKind.CONSENT)),
        hint=table.text("hint", limit=300),
        required=table.flag("required"),
        fills=_fills(table, kind),
        options=_options(table, kind),
        min_length=table.whole("min_length", low=0, high=longest),
        max_length=table.whole("max_length", low=1, high=longest) if longest else 0,
        minimum=table.number("min"),
        maximum=table.number("max"),
        pattern=_pattern(table),
        pattern_message=table.text("pattern_message", limit=300),
        work_email=table.flag("work_email"),
        blocked_domains=_domains(table),
        purpose=table.optional_choice("purpose", Purpose),
        wording=table.paragraphs("wording", limit=2000),
        value=table.text("value", limit=500),
        when=conditions.define(table),
        ask=table.choice("ask", Ask, Ask.ALWAYS),
        step=table.text("step", limit=60),
    )
    _judge_rules(table, field)
    if kind is FieldKind.CONSENT:
        _judge_consent(table, field, exchange=exchange)
    return field


def _key(table: Table) -> str:
    key = table.text("key", limit=40, required=True)
    if key and (not KEY.fullmatch(key) or key in OURS):
        table.stop(
            "key",
            "bad-key",
            say("%(key)s cannot be a key: lower-case letters, digits and _, and none of ours.", key=quoted(key)),
        )
    return key


def _fills(table: Table, kind: FieldKind) -> str:
    """Where the answer goes besides the submission; by default the lead's field of the same name."""
    given = table.text("fills", limit=40)
    if given and given not in FILLS:
        table.stop(
            "fills",
            "unknown-fills",
            say(
                "%(named)s can be %(fills)s; not %(given)s.",
                named=table.named("fills"),
                fills=", ".join(FILLS),
                given=quoted(given),
            ),
        )
        return ""
    if kind is FieldKind.EMAIL:
        return "email"
    key = table.value("key")
    return given or (key if isinstance(key, str) and key in FILLS and key != "email" else "")


def _options(table: Table, kind: FieldKind) -> tuple[Option, ...]:
    given = table.value("options")
    if kind not in WITH_OPTIONS:
        if given is not None:
            table.stop(
                "options",
                "options-unused",
                say("A field of kind %(kind)s has no options; take them out.", kind=kind.value),
            )
        return ()
    options = tuple(_option(part) for part in given) if isinstance(given, list) else ()
    if not options or None in options:
        table.stop(
            "options",
            "no-options",
            say('Give %(named)s a list: ["A", { value = "b", label = "B" }].', named=table.named("options")),
        )
    found = tuple(option for option in options if option is not None)
    if len({option.value for option in found}) != len(found):
        table.stop("options", "duplicate-option", say("Two options have the same value; give each its own."))
    return found


def _option(given: object) -> Option | None:
    if isinstance(given, str):
        given = {"value": given, "label": given}
    if not isinstance(given, dict) or set(given) - {"value", "label"}:
        return None
    value, label = given.get("value"), given.get("label", given.get("value"))
    if not isinstance(value, str) or not isinstance(label, str) or not text.line(value) or not text.line(label):
        return None
    return Option(text.line(value)[:200], text.line(label)[:200])


def _pattern(table: Table) -> str:
    pattern = table.text("pattern", limit=patterns.LONGEST)
    if pattern:
        try:
            patterns.compiled(pattern)
        except patterns.BadPattern as wrong:
            table.stop(
                "pattern",
                "bad-pattern",
                say("%(named)s cannot be used: %(wrong)s.", named=table.named("pattern"), wrong=str(wrong)),
            )
            return ""
    return pattern


def _domains(table: Table) -> tuple[str, ...]:
    domains = table.texts("blocked_domains", limit=253, most=500)
    for domain in domains:
        if not emails.company_domain(domain):
            table.stop(
                "blocked_domains",
                "bad-domain",
                say("%(domain)s is not a domain such as rival.com.", domain=quoted(domain)),
            )
    return domains


_ONLY_FOR: Mapping[str, frozenset[FieldKind]] = {
    "work_email": frozenset({FieldKind.EMAIL}),
    "blocked_domains": frozenset({FieldKind.EMAIL}),
    "pattern": TEXTUAL,
    "min_length": TEXTUAL,
    "min": frozenset({FieldKind.NUMBER}),
    "max": frozenset({FieldKind.NUMBER}),
    "purpose": frozenset({FieldKind.CONSENT}),
    "wording": frozenset({FieldKind.CONSENT}),
    "value": frozenset({FieldKind.HIDDEN}),
}


def _judge_rules(table: Table, field: Field) -> None:
    for rule, kinds in _ONLY_FOR.items():
        if rule in table and field.kind not in kinds:
            names = " and ".join(sorted(kind.value for kind in kinds))
            table.stop(
                rule,
                "rule-unused",
                say("%(named)s is for %(names)s fields; take it out here.", named=table.named(rule), names=names),
            )
    if field.max_length and field.min_length > field.max_length:
        table.stop("min_length", "bad-number", say("`min_length` is larger than `max_length`: nobody could answer."))
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        table.stop("min", "bad-number", say("`min` is larger than `max`: nobody could answer."))
    if field.kind is FieldKind.HIDDEN and field.required:
        table.stop("required", "hidden-required", say("Nobody can fill a hidden field; take `required` out."))
    if field.step and field.kind is FieldKind.HIDDEN:
        table.stop("step", "rule-unused", say("A hidden field is in no step; take `step` out."))
    if field.ask is not Ask.ALWAYS and field.kind in (FieldKind.EMAIL, FieldKind.HIDDEN, *TICKED):
        message = say("A field of kind %(kind)s is there every time; take `ask` out.", kind=field.kind.value)
        table.stop("ask", "always-asked", message)
    if field.pattern and not field.pattern_message:
        table.advise("pattern", "no-pattern-message", say("Say in `pattern_message` what form is expected."))


def _judge_consent(table: Table, field: Field, *, exchange: bool) -> None:
    if field.purpose is None and "purpose" not in table:
        table.stop(
            "purpose",
            "no-purpose",
            say(
                "Say what is agreed to: `purpose` is %(purpose)s.",
                purpose=" or ".join(f'"{purpose.value}"' for purpose in Purpose),
            ),
        )
    if not field.wording:
        table.stop(
            "wording",
            "no-wording",
            say("Write the exact sentence that is agreed to in `wording`; it is kept as proof."),
        )
    if field.required and not exchange:
        message = say(
            "Consent that one cannot refuse is none. Take `required` out, "
            "or state the exchange openly on the page and write [consent] `exchange = true`."
        )
        table.stop("required", "forced-consent", message)
    if field.required and field.purpose is Purpose.TRACKING:
        table.stop("required", "forced-tracking", say("Consent to tracking is never the price; take `required` out."))
