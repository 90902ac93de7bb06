"""costs, those of closed months and budgets in minor units of their currency, no more in hundredths of any

A budget and a closed month are of the currency that is set for reports.

Revision ID: 0070
Revises: 0069
"""

import sqlalchemy as sa
from alembic import op
from babel.numbers import get_currency_precision
from flask import current_app, has_app_context

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("closed_month", sa.Column("currency", sa.String(3), nullable=False, server_default=""))
    own = _currency()
    op.execute(sa.text("UPDATE closed_month SET currency = :own").bindparams(own=own))
    _scale(own, forth=True)


def downgrade() -> None:
    _scale(_currency(), forth=False)
    op.drop_column("closed_month", "currency")


def _currency() -> str:
    return str(current_app.extensions["lodestone"].currency) if has_app_context() else "EUR"


def _scale(own: str, *, forth: bool) -> None:
    used = op.get_bind().execute(sa.text("SELECT DISTINCT currency FROM spend")).scalars().all()
    for code in used:
        if change := _change("amount", code, forth=forth):
            op.execute(sa.text(f"UPDATE spend SET {change} WHERE currency = :code").bindparams(code=code))  # noqa: S608
    for table, column in (("closed_cost", "amount"), ("campaign", "budget")):
        if change := _change(column, own, forth=forth):
            op.execute(f"UPDATE {table} SET {change}")  # noqa: S608


def _change(column: str, currency: str, *, forth: bool) -> str:
    """From hundredths to minor units, or back; empty where they are the same. No amount is below nothing."""
    more = get_currency_precision(currency) - 2
    if not more:
        return ""
    factor = 10 ** abs(more)
    if (more > 0) == forth:
        return f"{column} = {column} * {factor}"
    return f"{column} = ({column} + {factor // 2}) / {factor}"
