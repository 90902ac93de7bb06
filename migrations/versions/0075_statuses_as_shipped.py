"""who never changed what the statuses of a CRM mean reads them as they ship

Revision ID: 0075
Revises: 0074
"""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

SHIPPED = {
    "new": "ignore",
    "open - not contacted": "ignore",
    "accepted": "accepted",
    "working": "accepted",
    "working - contacted": "accepted",
    "in progress": "accepted",
    "connected": "accepted",
    "qualified": "qualified",
    "sql": "qualified",
    "sales qualified lead": "qualified",
    "closed - converted": "qualified",
    "opportunity": "opportunity",
    "negotiation": "opportunity",
    "proposal": "opportunity",
    "won": "won",
    "closed won": "won",
    "customer": "won",
    "lost": "lost",
    "closed lost": "lost",
    "unqualified": "rejected: no_fit",
    "closed - not converted": "rejected: no_need",
    "attempted to contact": "ignore",
    "bad timing": "rejected: no_need",
    "recycled": "recycled",
    "nurture": "recycled",
}


def upgrade() -> None:
    rows = op.get_bind().execute(sa.text("SELECT status, means FROM crm_status"))
    if {row.status: row.means for row in rows} == SHIPPED:
        op.execute("DELETE FROM crm_status")


def downgrade() -> None:
    """Nothing: the mapping is kept once more when a file is loaded."""
