"""ids of platforms, macros that came unfilled, and values that are left aside

What earlier visits sent is read from their queries, which were kept; days are counted again where that changes them.

Revision ID: 0041
Revises: 0040
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

import sqlalchemy as sa
from alembic import op

import capture.db

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

AT_ONCE = 5000
UTM_KEYS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
ID_KEYS = ("utm_id", "gad_campaignid", "hsa_cam", "campaign_id", "campaignid")
MACRO = re.compile(r"^(?:\{.*\}|%[A-Za-z_.]+%|\[.*\]|__[A-Za-z_]+__|\$\{.*\})$", re.DOTALL)
LEFT_BARE = re.compile(r"=(%[A-Za-z_.]+%)(?=&|$)")
ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
Kind = sa.String(length=320)


def upgrade() -> None:
    op.create_table(
        "left_aside",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parameter", Kind, nullable=False),
        sa.Column("value", Kind, nullable=False),
        sa.Column("after", sa.Date(), nullable=True),
        sa.Column("by", Kind, nullable=False),
        sa.Column("at", capture.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_left_aside")),
        sa.UniqueConstraint("parameter", "value", name=op.f("uq_left_aside_parameter_value")),
    )
    op.add_column("touch", sa.Column("named_by", Kind, server_default="", nullable=False))
    op.add_column("touch", sa.Column("unfilled", sa.Text(), server_default="", nullable=False))
    _read_again()


def downgrade() -> None:
    op.drop_column("touch", "unfilled")
    op.drop_column("touch", "named_by")
    op.drop_table("left_aside")


def _read_again() -> None:
    connection = op.get_bind()
    touch = sa.table("touch", sa.column("id"), sa.column("campaign"), sa.column("raw_query"),
                     sa.column("named_by"), sa.column("unfilled"))  # fmt: skip
    query = sa.select(touch.c.id, touch.c.campaign, touch.c.raw_query).where(touch.c.raw_query != "")
    last, names_something = 0, False
    while rows := connection.execute(query.where(touch.c.id > last).order_by(touch.c.id).limit(AT_ONCE)).all():
        last = rows[-1].id
        for row in rows:
            named_by, unfilled = _said(row.raw_query, row.campaign)
            if named_by or unfilled:
                names_something = names_something or bool(named_by)
                told = sa.update(touch).where(touch.c.id == row.id).values(named_by=named_by, unfilled=unfilled)
                connection.execute(told)
    if names_something:
        op.execute("DELETE FROM tally")  # the worker counts all days again; until then, they stand as they are


def _said(query: str, campaign: str) -> tuple[str, str]:
    given: dict[str, list[str]] = {}
    bare = LEFT_BARE.sub(lambda found: "=" + found[1].replace("%", "%25"), query)
    try:
        pairs = parse_qsl(bare, keep_blank_values=True, errors="replace", max_num_fields=300)
    except ValueError:
        return "", ""
    for key, value in pairs:
        given.setdefault(key.strip().lower(), []).append(CONTROL.sub(" ", value).strip()[:200].strip())
    ids = dict.fromkeys(value for key in ID_KEYS if (value := _value(given, key)) and len(value) <= 39)
    unfilled = dict(_unfilled(given))
    macro = "" if campaign else unfilled.get("utm_campaign", "") or unfilled.get("utm_id", "")
    return "\t".join(list(ids)[:3]) or macro, "\n".join(f"{key}={value}" for key, value in unfilled.items())


def _value(given: dict[str, list[str]], key: str) -> str:
    return next((one for one in given.get(key, ()) if one and not MACRO.match(one) and not ADDRESS.search(one)), "")


def _unfilled(given: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for key in (*UTM_KEYS, *ID_KEYS):
        if not _value(given, key):
            yield from ((key, one) for one in given.get(key, ()) if MACRO.match(one) and not ADDRESS.search(one))
