"""Tables of destinations whose columns were changed here, and of what advertisers were told."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonList, Key, Ref, Short


class DestinationColumns(Base):
    """The columns of a destination as somebody set them, in the place of the shipped ones."""

    __tablename__ = "destination_columns"

    id: Mapped[Key]
    destination: Mapped[Short] = mapped_column(unique=True)
    columns: Mapped[JsonList]  # [{"header", "source", "most", "required"}]
    changed_at: Mapped[datetime]


class ToldConversion(Base):
    """What an advertiser was told of an MQL: when as a conversion, of which value by now, when it was taken back."""

    __tablename__ = "told_conversion"
    __table_args__ = (CheckConstraint("(value IS NULL) = (currency IS NULL)", name="money"),)

    mql_id: Mapped[Ref] = mapped_column(ForeignKey("mql.id"), primary_key=True)
    told_at: Mapped[datetime | None]  # none: by no file of ours that we know of
    value: Mapped[int | None] = mapped_column(BigInteger)  # that was told last, in minor units of the currency
    currency: Mapped[str | None] = mapped_column(String(3))
    changed_at: Mapped[datetime | None]  # when sales said that value, where an adjustment told it
    retracted_at: Mapped[datetime | None]
