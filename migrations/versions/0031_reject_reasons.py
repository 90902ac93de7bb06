"""reject reasons

What followed from a decision is kept with it: until now the list was fixed, so what it said then is known.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("never", "later", "mend")
LATER = (("unreachable", 30), ("no_need", 90), ("no_budget", 180), ("no_fit", 365))
GIVEN_BACK = (("recycled", 30), ("lost", 180))


def upgrade() -> None:
    op.create_table(
        "reject_reason",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("label", sa.String(length=320), nullable=False),
        sa.Column(
            "follows",
            sa.Enum(*KINDS, name="follows", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reject_reason")),
        sa.UniqueConstraint("key", name=op.f("uq_reject_reason_key")),
    )
    op.execute(
        "ALTER TABLE disposition ADD COLUMN follows VARCHAR(40) "
        f"CONSTRAINT ck_disposition_follows CHECK (follows IN ({', '.join(repr(kind) for kind in KINDS)}))"
    )
    op.add_column("disposition", sa.Column("follows_days", sa.Integer(), nullable=True))
    op.execute("UPDATE disposition SET follows = 'never' WHERE outcome = 'rejected'")
    op.execute("UPDATE disposition SET follows = 'mend' WHERE reason = 'wrong_data'")
    for column, told in (("reason", LATER), ("outcome", GIVEN_BACK)):
        for value, days in told:
            op.execute(
                f"UPDATE disposition SET follows = 'later', follows_days = {days} WHERE {column} = '{value}'"  # noqa: S608
            )


def downgrade() -> None:
    op.drop_column("disposition", "follows_days")
    op.drop_column("disposition", "follows")
    op.drop_table("reject_reason")
