import importlib.util
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from capture import schema
from capture.attribution.models import Campaign
from capture.db import Base, db, is_sqlite, session, transaction
from capture.reports.models import ClosedCost, ClosedMonth, Spend, SpendImport, SpendKind
from tests.factories import NOON

VERSIONS = Path(__file__).parent.parent.parent / "migrations" / "versions"


def test_the_migrations_make_exactly_the_models(app: Flask) -> None:
    connection = db.engine
    context = MigrationContext.configure(connection, opts={"compare_type": True})  # type: ignore[arg-type]

    assert compare_metadata(context, Base.metadata) == []


def test_the_newest_migration_is_known_by_the_name_of_its_file() -> None:
    assert schema.newest() == ScriptDirectory.from_config(schema.configuration()).get_current_head()


def test_amounts_in_hundredths_become_minor_units_of_their_currency_and_back(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "lodestone", replace(app.extensions["lodestone"], currency="JPY"))
    month, codes = date(2026, 9, 1), {"EUR": 1234, "JPY": 12, "KWD": 12340}
    with transaction() as writing:
        loaded = SpendImport(name="a.csv", digest="d", rows=3, by="cli", at=NOON)
        writing.add_all([loaded, ClosedMonth(month=month, closed_at=NOON, keeps_nurtures=True, currency="JPY")])
        writing.add(ClosedCost(day=month, source="", campaign="a", amount=500))
        writing.add_all(
            [Campaign(name=name, budget=budget, created_at=NOON) for name, budget in (("a", 20_000), ("b", None))]
        )
        writing.flush()
        for code, amount in codes.items():
            of_a_day = {"day": month, "kind": SpendKind.ADS, "source": "", "campaign": "a"}
            writing.add(Spend(import_id=loaded.id, amount=amount, currency=code, **of_a_day))
    connection = session().connection()
    migration = _migration("minor_units")

    def kept() -> list[object]:
        amounts = connection.execute(text("SELECT currency, amount FROM spend")).all()
        closed = connection.execute(text("SELECT amount FROM closed_cost")).scalars().all()
        budgets = connection.execute(text("SELECT budget FROM campaign ORDER BY name")).scalars().all()
        return [{row.currency: row.amount for row in amounts}, closed, budgets]

    with Operations.context(MigrationContext.configure(connection)):
        migration.downgrade()
        hundredths = kept()
        migration.upgrade()

    assert hundredths == [{"EUR": 1234, "JPY": 1200, "KWD": 1234}, [50_000], [2_000_000, None]]
    assert kept() == [codes, [500], [20_000, None]]
    assert connection.execute(text("SELECT currency FROM closed_month")).scalars().all() == ["JPY"]


def test_who_may_not_create_an_extension_goes_on_without_the_index_of_searches(app: Flask) -> None:
    if is_sqlite():
        return
    connection = session().connection()
    for statement in (
        "DROP EXTENSION pg_trgm CASCADE",
        "CREATE ROLE tenant",
        "GRANT USAGE ON SCHEMA public TO tenant",
        "SET LOCAL ROLE tenant",
    ):
        connection.execute(text(statement))
    migration = _migration("parts_of_words")

    with Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()

    indexes = connection.execute(text("SELECT indexname FROM pg_indexes WHERE tablename = 'lead'")).scalars().all()
    assert "ix_lead_name_key" in indexes
    assert "ix_lead_sought" not in indexes


def _migration(words: str) -> ModuleType:
    """The migration whose file is called so."""
    [script] = VERSIONS.glob(f"*_{words}.py")
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    return migration
