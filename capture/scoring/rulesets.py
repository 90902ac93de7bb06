"""Versions of the rules. The newest activated one is in force; none is ever edited."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import bindparam, select, update

from capture.db import JsonObject, insert_once, session
from capture.errors import NotFound, RulesChanged
from capture.pages import pages
from capture.scoring import preset, rewriting, rulefile, rules
from capture.scoring.models import RuleDraft, RuleSet
from capture.scoring.rules import Json, Rules

# The preset is in force from the beginning, so that every question about the past has a version to answer it.
_HIGHEST = 2**31 - 1  # that a number can be in the database
_THE_DRAFT = 1  # its key: two cannot be begun at once
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Version:
    """A rule set under its number."""

    number: int
    rules: Rules


@dataclass(frozen=True, slots=True)
class Told:
    """All that is known of a version: what it says, who made it when and why, and how long it was in force."""

    number: int
    rules: Rules
    created_at: datetime | None  # None: the preset, which nobody has written down yet
    created_by: str
    note: str
    activated_at: datetime | None
    until: datetime | None
    choice: str  # see handoff.gate.Handover
    daily: int

    @property
    def is_preset(self) -> bool:
        """Whether it is what an installation starts with."""
        return self.number == _PRESET.number


_PRESET = Version(1, preset.DEFAULT)


def in_force(*, at: datetime) -> Version:
    """The newest version that had been activated by `at`; the preset is version 1 until it is written down."""
    return _newest(at) or _PRESET


def established(*, at: datetime) -> Version:
    """The version in force, for a journey that writes under it: the preset is written down where there is none."""
    found = _newest(at)
    if found is None:
        write_down_preset(at=at)
    return found or _PRESET


_NEWEST = (
    select(RuleSet.version, RuleSet.definition)
    .where(RuleSet.activated_at <= bindparam("at"))
    .order_by(RuleSet.activated_at.desc(), RuleSet.version.desc())
    .limit(1)
)


def _newest(at: datetime) -> Version | None:
    found = session().execute(_NEWEST, {"at": at}).one_or_none()
    return Version(found.version, _read(found.definition)) if found else None


def as_of_now(definition: Rules) -> Rules:
    """The rules with the present addresses of the pages that they name: one that has moved is the same page."""
    moved = pages.moved({slug for rule in definition.engagement for slug in rule.pages})
    if not moved:
        return definition
    return replace(
        definition,
        engagement=tuple(
            replace(rule, pages=tuple(dict.fromkeys(moved.get(slug, slug) for slug in rule.pages)))
            for rule in definition.engagement
        ),
    )


def _read(stored: JsonObject) -> Rules:
    return as_of_now(rules.from_json(stored))


def write_down_preset(*, at: datetime) -> None:
    """Keep the preset as version 1, so that a later release with another preset changes no score."""
    if session().scalar(select(RuleSet.id).limit(1)) is None:
        insert_once(_row(_PRESET.number, _PRESET.rules, created_at=at, activated_at=_BEGINNING))


def create(
    definition: Rules,
    *,
    at: datetime,
    handover: JsonObject | None = None,
    by: str = "",
    note: str = "",
    text: str = "",
) -> int:
    """Keep a new version, not yet in force; returns its number.

    `handover` is kept for its activation; `note` says why there is this version; `text` is the file it was written in.
    """
    write_down_preset(at=at)
    newest = session().scalar(select(RuleSet.version).order_by(RuleSet.version.desc()).limit(1)) or 0
    row = _row(newest + 1, definition, created_at=at, activated_at=None)
    row.handover, row.created_by, row.note, row.text = handover or {}, by, note, text
    session().add(row)
    session().flush()
    return newest + 1


def activate(number: int, *, at: datetime) -> None:
    """Put a version in force from `at`. Its entries must have been written before (`scores.prepare`)."""
    row = session().scalars(select(RuleSet).where(RuleSet.version == number)).one()
    row.activated_at = at
    session().flush()


def by_number(number: int) -> Version:
    """The version with this number. Raises NotFound."""
    is_one = 0 < number <= _HIGHEST
    stored = session().scalar(select(RuleSet.definition).where(RuleSet.version == number)) if is_one else None
    if stored is None:
        if number != _PRESET.number:
            raise NotFound("version of the rules")
        return _PRESET
    return Version(number, _read(stored))


def activated_at(number: int) -> datetime:
    """When a version was put in force; the preset was from the beginning, also while nobody has written it down."""
    return session().scalar(select(RuleSet.activated_at).where(RuleSet.version == number)) or _BEGINNING


def held(number: int) -> RuleSet:
    """A version's row, held until the transaction ends. Raises NotFound."""
    query = select(RuleSet).where(RuleSet.version == number).with_for_update()
    row = session().scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound("version of the rules")
    return row


def prepared_to(number: int) -> int:
    """The last lead whose entries of a version were written before its activation; 0: none. Holds the version's row."""
    query = select(RuleSet.prepared_to).where(RuleSet.version == number).with_for_update()
    return session().scalars(query).one() or 0


def mark_prepared(number: int, *, to: int) -> None:
    """Write down how far a version is, and that alone: its row has the rules in it, too."""
    session().execute(update(RuleSet).where(RuleSet.version == number).values(prepared_to=to))


def told() -> list[Told]:
    """All versions with what is known of them, the newest first; the preset where none was written down. One query."""
    columns = RuleSet.definition, RuleSet.created_at, RuleSet.created_by, RuleSet.note
    query = select(RuleSet.version, RuleSet.activated_at, RuleSet.handover, *columns)
    rows = session().execute(query.order_by(RuleSet.version.desc())).all()
    if not rows:
        return [Told(_PRESET.number, _PRESET.rules, None, "", "", _BEGINNING, None, "", 0)]
    found, until = [], None
    for number, activated_at, handover, definition, created_at, created_by, note in rows:
        choice, daily = str(handover.get("choice", "")), int(handover.get("daily", 0))
        known = _read(definition)
        found.append(Told(number, known, created_at, created_by, note, activated_at, until, choice, daily))
        until = activated_at or until
    return found


def text_of(number: int) -> str:
    """A version as a file: as it was written, or written as new. Raises NotFound."""
    known = by_number(number)
    written = session().scalar(select(RuleSet.text).where(RuleSet.version == number))
    return written or rulefile.write(known.rules)


def being_prepared() -> RuleSet | None:
    """The version whose entries are being written now."""
    return session().scalar(select(RuleSet).where(RuleSet.activated_at.is_(None)).order_by(RuleSet.version).limit(1))


# --- the draft ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    """Rules that somebody is working on. A change names the `revision` that it was made of."""

    rules: Rules
    revision: int
    changed_at: datetime
    changed_by: str
    text: str  # as a file


def draft() -> Draft | None:
    """The draft, if there is one."""
    row = session().scalar(select(RuleDraft))
    return _draft(row) if row and row.definition else None


def _draft(row: RuleDraft) -> Draft:
    known = _read(row.definition)
    return Draft(known, row.revision, row.changed_at, row.changed_by, row.text or rulefile.write(known))


def worked_on(*, at: datetime) -> tuple[dict[str, Json], int]:
    """The draft as a table, or the rules in force where there is none, and the revision that a change has to name."""
    known = draft()
    return (rules.to_json(known.rules), known.revision) if known else (rules.to_json(in_force(at=at).rules), 0)


def keep_draft(definition: Rules, revision: int, *, by: str, at: datetime, text: str | None = None) -> int:
    """Keep a change of the draft; revision 0 begins one. Gives the new revision. Raises RulesChanged.

    `text` is the file that says it; None: the file that there is, changed where the rules did.
    """
    row = _held_draft()
    stands = _draft(row) if row and row.definition else None
    if (stands.revision if stands else 0) != revision:
        raise RulesChanged(stands.changed_by if stands else "")
    told, before = rules.to_json(definition), stands.text if stands else text_of(in_force(at=at).number)
    written = rewriting.rewritten(before, definition) if text is None else text
    if row is None:
        row = RuleDraft(id=_THE_DRAFT, definition=told, revision=1, changed_at=at, changed_by=by, text=written)
        if not insert_once(row):
            raise RulesChanged
        return 1
    row.text, row.definition, row.changed_at, row.changed_by, row.revision = written, told, at, by, row.revision + 1
    session().flush()
    return row.revision


def _held_draft() -> RuleDraft | None:
    return session().scalar(select(RuleDraft).with_for_update().execution_options(populate_existing=True))


def drop_draft(revision: int) -> Draft:
    """Take the draft away; gives what it held. Raises RulesChanged.

    Its row stays, empty: no later draft has a revision that somebody may still name who saw this one.
    """
    row = _held_draft()
    if row is None or not row.definition or row.revision != revision:
        raise RulesChanged
    dropped = _draft(row)
    row.definition, row.text = {}, ""
    session().flush()
    return dropped


def _row(number: int, definition: Rules, *, created_at: datetime, activated_at: datetime | None) -> RuleSet:
    return RuleSet(
        version=number,
        definition=rules.to_json(definition),
        fit_threshold=definition.fit_threshold,
        engagement_threshold=definition.engagement_threshold,
        created_at=created_at,
        activated_at=activated_at,
        time_zero=created_at,
    )
