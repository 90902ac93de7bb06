"""Where the documents and page pictures of editions lie, by content hash: a folder, or a bucket that speaks S3."""

from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from capture.config import Settings
from capture.errors import BadSetting
from capture.languages import say
from magnets.shelf import Shelf
from magnets.store import LocalStore, Store, StoreUnavailable

SETTING = "LODESTONE_DOCUMENTS"
SHELF = "set-lately"


def store(settings: Settings) -> Store:
    """The store of this installation."""
    return at(settings, settings.documents)


def shelf(settings: Settings) -> Shelf:
    """What was set here within the hour, to look at or to publish."""
    return Shelf(settings.data / SHELF)


@cache
def at(settings: Settings, place: str) -> Store:
    """The store at a place, written as LODESTONE_DOCUMENTS is. Opens no connection. Raises BadSetting."""
    if place.startswith("folder:"):
        named = place.removeprefix("folder:")
        return LocalStore(Path(named).expanduser() if named else settings.data / "documents")
    if is_bucket(place):
        return _bucket(settings, place)
    raise BadSetting(SETTING, f"write it like folder:/var/lib/documents or s3://bucket/prefix, not {place!r}")


def is_bucket(place: str) -> bool:
    """Whether it is elsewhere, so that only copies lie here."""
    return place.startswith("s3:")


def whereabouts(settings: Settings) -> str:
    """Where documents lie, in words."""
    if is_bucket(settings.documents):
        parts = urlsplit(settings.documents)
        return say("the bucket %(name)s at %(place)s", name=parts.netloc, place=settings.s3_endpoint or "Amazon")
    named = settings.documents.removeprefix("folder:")
    folder = Path(named).expanduser() if named else settings.data / "documents"
    return say("the folder %(folder)s", folder=str(folder))


def try_out(settings: Settings, *, at: datetime) -> None:
    """Keep a few bytes, and read back that they are there.

    Raises StoreUnavailable, with a sentence for whoever runs this, where the one or the other does not work.
    """
    place = store(settings)
    try:
        if place.is_intact(place.put(f"A test of {at.isoformat()}\n".encode())):
            return
    except OSError as fault:
        raise StoreUnavailable(
            say(
                "Nothing can be kept in %(whereabouts)s: %(fault)s.",
                whereabouts=whereabouts(settings),
                fault=str(fault.strerror),
            )
        ) from fault
    raise StoreUnavailable(
        say("What was put into %(whereabouts)s did not come back as it was.", whereabouts=whereabouts(settings))
    )


def check(settings: Settings) -> None:
    """Raises BadSetting for a LODESTONE_DOCUMENTS in which nothing can lie; opens no connection."""
    store(settings)


def _bucket(settings: Settings, place: str) -> Store:
    from magnets.bucket import BucketStore, Place  # Slow to import; a folder does not need it.

    parts = urlsplit(place)
    if not parts.netloc or parts.query or parts.fragment:
        raise BadSetting(SETTING, f"write a bucket like s3://bucket/prefix, not {place!r}")
    if bool(settings.s3_key_id) != bool(settings.s3_secret):
        raise BadSetting("LODESTONE_S3_SECRET", "is set together with LODESTONE_S3_KEY_ID, or neither is")
    where = Place(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        key_id=settings.s3_key_id,
        secret=settings.s3_secret,
    )
    return BucketStore(where, settings.data / "at-hand", most=settings.document_cache * 1_000_000)
