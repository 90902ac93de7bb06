"""Magnets: what is given for the answers, each known by its slug."""

from datetime import datetime

from sqlalchemy import select

from capture.catalogue.models import Magnet, MagnetKind
from capture.db import insert_once, session


def by_slug(slug: str) -> Magnet | None:
    """The magnet of that slug."""
    return session().scalars(select(Magnet).where(Magnet.slug == slug)).one_or_none()


def find_or_create(slug: str, kind: MagnetKind, *, at: datetime) -> Magnet:
    """The magnet of that slug, held until the transaction ends, so that two publishings come one after the other."""
    insert_once(Magnet(slug=slug, kind=kind, created_at=at))
    return session().scalars(select(Magnet).where(Magnet.slug == slug).with_for_update()).one()
