"""Absences in a form: the days from and to, a line each, of somebody's own or of a salesperson's whom an admin sets."""

from flask import request

from capture.errors import UploadRefused
from capture.handoff.reps import Work
from capture.languages import say


def check() -> None:
    """Whether each absence can be. Raises UploadRefused."""
    if any(not since or (until and until < since) for since, until in _chosen()):
        raise UploadRefused(say("An absence has a first day, and no last day before it."), "off")


def typed() -> str:
    """The days off that were chosen, where they have a first day, as lines."""
    return "\n".join(f"{since} to {until}" if until > since else since for since, until in _chosen() if since)


def shown(own: Work, again: bool) -> list[tuple[str, str]]:
    """The lines of the form: what is kept, or what was chosen and is shown again, and an empty one."""
    kept = [(since, until or since) for since, _, until in (line.partition(" to ") for line in own.off.splitlines())]
    return [*(_chosen() if again else kept), ("", "")]


def _chosen() -> list[tuple[str, str]]:
    """The first and the last day of each absence, as they were chosen."""
    pairs = zip(request.form.getlist("since"), request.form.getlist("until"), strict=False)
    return [(since[:10], until[:10]) for since, until in pairs if since or until]
