"""Proofs: the pages of a draft to look at while it is written, set by the worker and kept for an hour."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from capture.catalogue.models import Draft, Proof, ProofPage
from capture.catalogue.parcels import Files
from capture.db import session, upsert

FRONT = "front"  # cover, contents and the first chapter
WHOLE = "whole"  # all of it, as it will be published
PARTS = (FRONT, WHOLE)
KEPT = timedelta(hours=1)
VERDICTS_KEPT = timedelta(days=30)  # whether the whole can be set is known longer than its pages are shown
WIDTH = 560  # pixels: about half a page on a screen, sharp on a dense one
MOST_DRAWN = 40


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page of a proof as a picture."""

    sha: str
    width: int
    height: int
    webp: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a proof: its pages, how many there are in all, what was remarked, or why there are none."""

    pages: tuple[Drawn, ...] = ()
    count: int = 0
    fault: str = ""
    complaints: tuple[str, ...] = ()


def key(files: Files, part: str) -> str:
    """What exactly is set: of the texts only the chapter itself, so that writing in one leaves the others' proofs."""
    names = sorted(files)
    shown = {name: files[name] for name in names if part in PARTS or name == part or not name.lower().endswith(".md")}
    return hashlib.sha256(json.dumps([part, names, shown]).encode()).hexdigest()


def of(draft: Draft, part: str) -> Proof | None:
    """The proof of this part as it is now, if it was asked for lately."""
    return session().scalar(select(Proof).where(Proof.draft_id == draft.id, Proof.key == _keyed(draft, part)))


def by_public_id(public_id: str) -> Proof | None:
    """The proof of this id."""
    return session().scalar(select(Proof).where(Proof.public_id == public_id))


def is_newest(asked: Proof) -> bool:
    """Whether nobody has asked for a later proof of the same part."""
    later = select(Proof.id).where(
        Proof.draft_id == asked.draft_id, Proof.part == asked.part, Proof.id > asked.id, Proof.finished_at.is_(None)
    )
    return session().scalar(later.limit(1)) is None


def page(draft: Draft, sha: str) -> bytes | None:
    """The picture of a page as WebP."""
    found = select(ProofPage.webp).where(ProofPage.draft_id == draft.id, ProofPage.sha == sha)
    return session().scalar(found.limit(1))


def has_pages(asked: Proof, *, at: datetime) -> bool:
    """Whether its pages can be looked at: they are kept for an hour."""
    return asked.finished_at is not None and not asked.fault and asked.asked_at >= at - KEPT


def ask(draft: Draft, part: str, *, afresh: bool = False, at: datetime) -> tuple[Proof, bool]:
    """The proof of this part as it is now, and whether it is new and has to be set.

    `afresh`: set again what was set without success, or so long ago that its pages are gone.
    """
    found = of(draft, part)
    is_overtaken = found is not None and found.finished_at is None and not is_newest(found)
    is_old = afresh and found is not None and found.finished_at is not None and not has_pages(found, at=at)
    if found is not None and not is_overtaken and not is_old:
        return found, False
    if found is not None:
        session().delete(found)
        session().flush()
    is_verdict = (Proof.part == WHOLE) & Proof.finished_at.is_not(None)
    session().execute(delete(Proof).where(Proof.asked_at < at - KEPT, ~is_verdict))
    session().execute(delete(Proof).where(Proof.asked_at < at - VERDICTS_KEPT))
    made = Proof(key=_keyed(draft, part), draft_id=draft.id, part=part, files=draft.files, asked_at=at)
    session().add(made)
    session().flush()
    return made, True


def finish(proof_id: int, result: Result, *, at: datetime) -> None:
    """What came of it; pictures that nobody used for an hour go."""
    asked = session().get(Proof, proof_id)
    if asked is None:
        return
    for drawn in result.pages:
        row = {"draft_id": asked.draft_id, "sha": drawn.sha, "webp": drawn.webp, "used_at": at}
        kept = upsert(ProofPage).values(row)
        session().execute(
            kept.on_conflict_do_update(index_elements=["draft_id", "sha"], set_={"used_at": kept.excluded.used_at})
        )
    session().execute(delete(ProofPage).where(ProofPage.used_at < at - KEPT))
    asked.pages = [{"sha": drawn.sha, "width": drawn.width, "height": drawn.height} for drawn in result.pages]
    asked.count, asked.fault, asked.finished_at = result.count, result.fault, at
    asked.complaints = list(result.complaints)


def drop(proof_id: int) -> None:
    """Nobody needs it: what is published says itself whether it could be set."""
    session().execute(delete(Proof).where(Proof.id == proof_id))


def _keyed(draft: Draft, part: str) -> str:
    return hashlib.sha256(f"{draft.id} {key(draft.files, part)}".encode()).hexdigest()
