"""The story of a proof: somebody writes, pauses, and sees the pages as they will be printed."""

from datetime import datetime

from capture import clock
from capture.catalogue import drafts, proofs
from capture.catalogue.models import Draft
from capture.catalogue.parcels import Files
from capture.config import Settings
from capture.db import JsonObject, db, journey, public_id
from capture.errors import NotFound
from capture.outbox.queue import enqueue


@journey
def ask_for_proof(draft_id: str, part: str, *, afresh: bool = False, at: datetime) -> str:
    """The pages of this part, as the draft is now, are to be set, unless they are already. Gives the proof's id.

    `afresh`: also where that failed before, or where the pages are gone since.
    """
    draft = drafts.hold(draft_id)
    if draft is None or (part not in proofs.PARTS and part not in draft.files):
        raise NotFound("draft")
    return _ask(draft, part, afresh=afresh, at=at)


@journey
def ask_for_specimen(files: Files, *, at: datetime) -> str:
    """The front of what is no draft is to be set, to see how it looks. Gives the proof's id."""
    return _ask(Draft(files=dict(files)), proofs.FRONT, at=at)


def _ask(draft: Draft, part: str, *, afresh: bool = False, at: datetime) -> str:
    asked, is_new = proofs.ask(draft, part, afresh=afresh, at=at)
    if is_new:
        lane = "render" if part == proofs.WHOLE else "proof"
        enqueue("proof", key=f"proof:{asked.public_id}:{public_id()}", lane=lane, at=at, proof=asked.public_id)
    return asked.public_id


def make_proof(settings: Settings, payload: JsonObject) -> None:
    """What the outbox message asks for. One that is no longer the newest of its part is passed over: nobody waits.

    So is the whole of what is on its way to the press anyway: it would be set twice.
    """
    asked = proofs.by_public_id(payload["proof"])
    if asked is None or asked.finished_at is not None or not proofs.is_newest(asked):
        return
    key, files, part = asked.id, dict(asked.files), asked.part
    if part == proofs.WHOLE and drafts.is_at_the_press(asked.draft_id, files):
        _drop(key)
        return
    db.session.remove()  # Rendering takes a second or more: no snapshot is held open meanwhile.
    from capture.catalogue import proofpress  # see marketer.publish

    result = proofpress.make(settings, files, part)
    _finish(key, result, at=clock.now())


@journey
def _drop(proof_id: int) -> None:
    proofs.drop(proof_id)


@journey
def _finish(proof_id: int, result: proofs.Result, *, at: datetime) -> None:
    proofs.finish(proof_id, result, at=at)
