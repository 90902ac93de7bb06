"""Versions of the rules. The newest activated one is in force; none is ever edited."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from capture.db import insert_once, session
from capture.scoring import preset, rules
from capture.scoring.models import RuleSet
from capture.scoring.rules import Rules

# The preset is in force from the beginning, so that every question about the past has a version to answer it.
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Version:
    """A rule set under its number."""

    number: int
    rules: Rules


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


def _newest(at: datetime) -> Version | None:
    query = (
        select(RuleSet.version, RuleSet.definition)
        .where(RuleSet.activated_at <= at)
        .order_by(RuleSet.activated_at.desc(), RuleSet.version.desc())
        .limit(1)
    )
    found = session().execute(query).one_or_none()
    return Version(found.version, rules.from_json(found.definition)) if found else None


def write_down_preset(*, at: datetime) -> None:
    """Keep the preset as version 1, so that a later release with another preset changes no score."""
    if session().scalar(select(RuleSet.id).limit(1)) is None:
        insert_once(_row(_PRESET.number, _PRESET.rules, created_at=at, activated_at=_BEGINNING))


def create(definition: Rules, *, at: datetime) -> int:
    """Keep a new version, not yet in force; returns its number."""
    write_down_preset(at=at)
    newest = session().scalar(select(RuleSet.version).order_by(RuleSet.version.desc()).limit(1)) or 0
    session().add(_row(newest + 1, definition, created_at=at, activated_at=None))
    session().flush()
    return newest + 1


def activate(number: int, *, at: datetime) -> None:
    """Put a version in force from `at`. Its entries must have been written before (`scores.prepare`)."""
    row = session().scalars(select(RuleSet).where(RuleSet.version == number)).one()
    row.activated_at = at
    session().flush()


def by_number(number: int) -> Version:
    """The version with this number."""
    stored = session().scalar(select(RuleSet.definition).where(RuleSet.version == number))
    if stored is None and number == _PRESET.number:
        return _PRESET
    return Version(number, rules.from_json(stored or {}))


def _row(number: int, definition: Rules, *, created_at: datetime, activated_at: datetime | None) -> RuleSet:
    return RuleSet(
        version=number,
        definition=rules.to_json(definition),
        fit_threshold=definition.fit_threshold,
        engagement_threshold=definition.engagement_threshold,
        created_at=created_at,
        activated_at=activated_at,
    )
