"""The story of sales: machines that fetch what was handed over."""

from datetime import datetime

from capture.accounts import tokens
from capture.db import journey


@journey
def fetch_with_token(token_id: int, *, at: datetime) -> None:
    """A program used its token: staff shall see which tokens are alive."""
    tokens.note_use(token_id, at=at)
