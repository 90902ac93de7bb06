"""The table of destinations whose columns were changed here."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from capture.db import Base, JsonList, Key, Short


class DestinationColumns(Base):
    """The columns of a destination as somebody set them, in the place of the shipped ones."""

    __tablename__ = "destination_columns"

    id: Mapped[Key]
    destination: Mapped[Short] = mapped_column(unique=True)
    columns: Mapped[JsonList]  # [{"header", "source", "most", "required"}]
    changed_at: Mapped[datetime]
