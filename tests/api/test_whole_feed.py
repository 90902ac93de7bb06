"""The whole feed in one answer, however long it is: its first row comes at once, and no more is held than a window."""

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from capture.accounts.models import Role
from capture.handoff import feed
from capture.handoff.models import FeedEntry
from tests import crowd
from tests.api.test_mqls import FEED, bearer
from tests.factories import a_token
from tests.web.studio import Studio

FEW, MANY = 2_500, 10_000
WARM = 5_000  # rows after which all caches are full
LINES_BEFORE = {"ndjson": 0, "csv": 1, "csv&for=people": 2}  # the names of the columns, and a mark for Excel
OF_CHANCE = 3_000  # blocks of memory that are alive at one row and not at another, of a million


def test_an_export_of_four_times_the_rows_begins_as_soon_and_holds_no_more(
    app: Flask, client: FlaskClient, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "EACH_MQL", 1)
    crowd.settle(Studio(app, Role.ADMIN), at=now)
    token, read_first = a_token(), []
    for number in (FEW, MANY):
        crowd.grow(pages=4, leads=number, at=now)
        read_first.append([_read_before_the_first_row(client, token, form) for form in LINES_BEFORE])

    held = _held(client, token)

    few, many = read_first
    assert few == many
    assert max(many) <= 2 * feed._WINDOW
    assert max(held) - held[0] < OF_CHANCE


def _read_before_the_first_row(client: FlaskClient, token: str, form: str) -> int:
    """How many entries of the feed were read when the first row has come."""
    with _entries_read() as read, _pieces(client, token, form) as pieces:
        for _ in range(LINES_BEFORE[form] + 1):
            next(pieces)
        return len(read)


def _held(client: FlaskClient, token: str) -> list[int]:
    """How many blocks of memory were alive while the whole was read, from row WARM on."""
    held = []
    gc.freeze()  # what was there before stays, and takes long to look through
    with _pieces(client, token, "ndjson") as pieces:
        for number, piece in enumerate(pieces):  # noqa: B007
            if number >= WARM and number % 1_000 == 0:
                gc.collect()
                held.append(sys.getallocatedblocks())
    assert json.loads(piece)["rows"] == number == MANY
    return held


@contextmanager
def _pieces(client: FlaskClient, token: str, form: str) -> Iterator[Iterator[bytes]]:
    """The body of the answer, as it comes."""
    answer = client.get(f"{FEED}?limit=all&format={form}", headers=bearer(token))
    assert answer.status_code == 200
    try:
        yield answer.iter_encoded()
    finally:
        answer.close()


@contextmanager
def _entries_read() -> Iterator[list[int]]:
    read: list[int] = []

    def note(entry: FeedEntry, _: object) -> None:
        read.append(1)

    event.listen(FeedEntry, "load", note)
    try:
        yield read
    finally:
        event.remove(FeedEntry, "load", note)
