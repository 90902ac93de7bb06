"""The demo is published and played: its pages, its people and their month."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import magnets
from capture import logs
from capture.accounts.models import Role
from capture.config import Settings
from capture.db import transaction
from capture.demo import answers, mark_in, month
from capture.handoff.reps import Work
from capture.journey import marketer, sales, staff
from capture.outbox import queue
from capture.pages import pages

DAYS = 35  # how long ago the invented company began
HOME = "https://northwind.example"  # what its documents call its website

STAFF = (
    ("imke@northwind.example", "Imke Aldous", Role.ADMIN),
    ("rhys@northwind.example", "Rhys Okonedo", Role.SALES),
    ("piet@northwind.example", "Piet Vanderlaan", Role.SALES),
    ("nora@northwind.example", "Nora Castellanos", Role.SALES),
)
# When each works, and the first and the last day of an absence, in days from now.
WORK: Mapping[str, tuple[Work, tuple[int, int] | None]] = {
    "rhys@northwind.example": (Work(zone="Europe/London", week="Mon-Fri 08:30-17:00"), None),
    "piet@northwind.example": (Work(zone="Europe/Amsterdam", week="Mon-Thu 08:00-16:30\nFri 08:00-13:00"), (9, 20)),
    "nora@northwind.example": (Work(zone="America/New_York", week="Mon-Fri 09:00-18:00"), None),
}

Teller = Callable[[str], None]


def furnish(settings: Settings, *, at: datetime, tell: Teller) -> bool:
    """Publish the library and play the month before `at`, unless something else is published or this was done before.

    Whether it was done now. A start that was broken off is taken up again. No mail is sent.
    """
    mark = mark_in(settings.data)
    begun = mark.exists()
    if (begun and mark.read_text() == "done") or (pages.all_live(at=at) and not begun):
        return False
    mark.write_text("begun")
    began = at - timedelta(days=DAYS)
    for email, name, role in STAFF:
        person = staff.add_person(email, name, role, actor="demo", at=began)
        if email in WORK:
            sales.set_work(person.public_id, _work(*WORK[email], today=at.date()), actor="demo", at=began)
    with logs.silence():
        for folder in bundles():
            tell(f"Publishing the demo: {folder.name}")
            with _at_home(folder, settings.base_url) as bundle:
                marketer.publish(bundle, settings=settings, at=began, actor="demo")
        tell("Playing a month of visits, fills and downloads")
        month.play(settings, began=began, until=at)
        answers.play(settings, until=at)
    _forgo_mail(at=at)
    mark.write_text("done")
    return True


def _work(work: Work, absence: tuple[int, int] | None, *, today: date) -> Work:
    if absence is None:
        return work
    first, last = (today + timedelta(days=days) for days in absence)
    return replace(work, off=f"{first} to {last}")


def bundles() -> list[Path]:
    """The magnets that the product ships, by name."""
    return sorted(path.parent for path in (Path(magnets.__file__).parent / "library").glob("*/magnet.toml"))


@contextmanager
def _at_home(folder: Path, base_url: str) -> Iterator[Path]:
    """The bundle with its links between the company's pages leading to this installation."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / folder.name
        shutil.copytree(folder, copy)
        definition = copy / "magnet.toml"
        text = definition.read_text(encoding="utf-8")
        for other in bundles():
            text = text.replace(f'"{HOME}/{other.name}"', f'"{base_url}/{other.name}"')
        text = text.replace("starts_in_days = 9", f"starts_in_days = {DAYS + 9}")
        definition.write_text(text, encoding="utf-8")
        yield copy


def _forgo_mail(*, at: datetime) -> None:
    """Invented people get no mail: what was promised to them counts as said."""
    with transaction():
        for lane in queue.LANES:
            while (held := queue.claim(lane, worker="demo", at=at)) is not None:
                queue.done(held, at=at)
