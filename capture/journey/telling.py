"""What follows when a list or who has access has changed: who is one of our own people leaves all numbers."""

from datetime import datetime

from capture.delivery import benchmarks
from capture.leads import ours


def tell_apart(address: str | None = None, *, at: datetime) -> None:
    """Look again at every lead, or at that of an address: sums are mended now, and days when they are counted next."""
    for lead in ours.tell_apart(address, at=at):
        benchmarks.tell_apart(lead)
