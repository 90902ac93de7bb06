"""rules that change: a draft of the rules, disqualifiers, sums of the ledger, and an index that a replay reads alone

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def axis(*values: str) -> sa.Enum:
    return sa.Enum(*values, name="axis", native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    with op.batch_alter_table("rule_set", schema=None) as batch_op:
        batch_op.add_column(sa.Column("time_zero", capture.db.Instant(), nullable=True))
        batch_op.add_column(sa.Column("prepared_to", KEY, nullable=True))
        batch_op.add_column(sa.Column("handover", capture.db.Json(), nullable=False, server_default="{}"))
    op.execute("UPDATE rule_set SET time_zero = created_at")
    with op.batch_alter_table("rule_set", schema=None) as batch_op:
        batch_op.alter_column("time_zero", existing_type=capture.db.Instant(), nullable=False)
        batch_op.alter_column("handover", existing_type=capture.db.Json(), server_default=None)
    _check_axis("fit", "engagement", "bar")
    op.create_table(
        "rule_draft",
        sa.Column("id", KEY, nullable=False),
        sa.Column("definition", capture.db.Json(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", capture.db.Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=320), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_draft")),
    )
    op.create_table(
        "score_sum",
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("axis", axis("fit", "engagement", "bar"), nullable=False),
        sa.Column("half_life_days", sa.Integer(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_score_sum_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", "rule_version", "axis", "half_life_days", name=op.f("pk_score_sum")),
    )
    with op.batch_alter_table("score_sum", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_score_sum_rule_version_axis_half_life_days_points"),
            ["rule_version", "axis", "half_life_days", "points"],
            unique=False,
        )
    _add_up()
    op.create_table(
        "held_back",
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("release_at", capture.db.Instant(), nullable=True),
        sa.Column("released_at", capture.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_held_back_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_held_back")),
    )
    with op.batch_alter_table("held_back", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_held_back_released_at_release_at"), ["released_at", "release_at"], unique=False
        )
    with op.batch_alter_table("engagement_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_engagement_event_lead_id_at"))
        batch_op.create_index(
            batch_op.f("ix_engagement_event_lead_id_at_kind_verdict_page_id_magnet_id"),
            ["lead_id", "at", "kind", "verdict", "page_id", "magnet_id"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("engagement_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_engagement_event_lead_id_at_kind_verdict_page_id_magnet_id"))
        batch_op.create_index(batch_op.f("ix_engagement_event_lead_id_at"), ["lead_id", "at"], unique=False)
    op.drop_table("held_back")
    op.drop_table("score_sum")
    op.drop_table("rule_draft")
    op.execute("DELETE FROM score_entry WHERE axis = 'bar' AND reverses_id IS NOT NULL")
    op.execute("DELETE FROM score_entry WHERE axis = 'bar'")
    _check_axis("fit", "engagement")
    with op.batch_alter_table("rule_set", schema=None) as batch_op:
        batch_op.drop_column("handover")
        batch_op.drop_column("prepared_to")
        batch_op.drop_column("time_zero")


def _check_axis(*values: str) -> None:
    """What an axis may be is a CHECK: on SQLite the table is written anew with it.

    While it is, rows point to no other row: the old table could not be dropped.
    """
    named = "axis IN ({})".format(", ".join(f"'{value}'" for value in values))
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_score_entry_axis"), "score_entry", type_="check")
        op.create_check_constraint(op.f("ck_score_entry_axis"), "score_entry", named)
        return
    op.execute(
        "CREATE TEMPORARY TABLE pointing AS SELECT id, reverses_id FROM score_entry WHERE reverses_id IS NOT NULL"
    )
    op.execute("UPDATE score_entry SET reverses_id = NULL WHERE reverses_id IS NOT NULL")
    with op.batch_alter_table("score_entry", schema=None, recreate="always") as batch_op:
        batch_op.create_check_constraint(op.f("ck_score_entry_axis"), named)
    op.execute(
        "UPDATE score_entry SET reverses_id = (SELECT p.reverses_id FROM pointing p WHERE p.id = score_entry.id) "
        "WHERE id IN (SELECT id FROM pointing)"
    )
    op.execute("DROP TABLE pointing")


def _add_up() -> None:
    """The sums of what is in the ledger already."""
    if op.get_bind().dialect.name == "postgresql":
        days = "CAST(extract(epoch FROM e.occurred_at - r.time_zero) / 86400.0 AS double precision)"
        least, most = "least", "greatest"
    else:
        days, least, most = "(e.occurred_at - r.time_zero) / 86400000000.0", "min", "max"
    weight = f"pow(CAST(2.0 AS double precision), {least}({most}({days} / e.half_life_days, -1000), 1000))"
    op.execute(
        "INSERT INTO score_sum (lead_id, rule_version, axis, half_life_days, points) "  # noqa: S608
        "SELECT e.lead_id, e.rule_version, e.axis, coalesce(e.half_life_days, 0), "
        f"sum(CASE WHEN e.half_life_days IS NULL THEN e.points ELSE e.points * {weight} END) "
        "FROM score_entry e JOIN rule_set r ON r.version = e.rule_version "
        "GROUP BY e.lead_id, e.rule_version, e.axis, coalesce(e.half_life_days, 0)"
    )
