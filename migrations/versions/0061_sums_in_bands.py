"""sums of the ledger in bands: thousands that are written at once change few pages of the index

Revision ID: 0061
Revises: 0060
"""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

BY_POINTS = "ix_score_sum_rule_version_axis_half_life_days_points"
BY_BAND = "ix_score_sum_ranks"
BAND = (
    "CASE WHEN half_life_days = 0 THEN CAST(floor(points) AS INTEGER) "
    "WHEN points > 1e-300 THEN CAST(floor(ln(points) * 16) AS INTEGER) ELSE -20000 END"
)


def upgrade() -> None:
    op.drop_index(op.f(BY_POINTS), table_name="score_sum")
    kept = "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"  # SQLite adds no other
    op.execute(f"ALTER TABLE score_sum ADD COLUMN band INTEGER GENERATED ALWAYS AS ({BAND}) {kept} NOT NULL")
    columns = ["rule_version", "axis", "half_life_days", "band", "lead_id", "points"]
    op.create_index(BY_BAND, "score_sum", columns)


def downgrade() -> None:
    op.drop_index(BY_BAND, table_name="score_sum")
    op.execute("ALTER TABLE score_sum DROP COLUMN band")
    op.create_index(op.f(BY_POINTS), "score_sum", ["rule_version", "axis", "half_life_days", "points"])
