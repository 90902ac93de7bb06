"""Marks of what somebody saw: one goes along with a form, so that nobody overwrites what he has not seen."""

import hashlib
import json
from datetime import datetime

from capture.accounts import audit
from capture.errors import DraftChanged


def of(shown: object) -> str:
    """A short digest of what is shown: when it differs on saving, somebody else was here."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:20]


def refuse_if_changed(seen: str | None, now: str, subject: str, *actions: str, at: datetime) -> None:
    """Raises DraftChanged where `now` is not the mark that was `seen`; None: whatever stands is replaced.

    Who was here says the audit log: the last of these `actions` upon the subject.
    """
    if seen is None or seen == now:
        return
    last = audit.last(subject, actions)
    raise DraftChanged(last.actor if last else "", last.at if last else at)
