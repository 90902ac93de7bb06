"""Everything that reads documents reads them from a bucket too: the press, drafts, pictures, copies."""

import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from flask.testing import FlaskClient
from pypdf import PdfReader

from capture import clock
from capture.catalogue import drafts, editions, magnets, parcels
from capture.config import Settings
from capture.journey import marketer
from capture.web import visitor
from tests import stories
from tests.buckets import ObjectStore
from tests.journeys.test_publishing import PAGE
from tests.magnets.bundles import a_folder
from tests.stories import a_page, submit
from tests.web.test_delivery import a_token


def forget_what_is_at_hand(settings: Settings) -> None:
    shutil.rmtree(settings.data / "at-hand", ignore_errors=True)


def test_a_copy_comes_from_the_bucket(client: FlaskClient, in_a_bucket: Settings) -> None:
    receipt = submit(a_page())
    assert receipt.new_cookie
    client.set_cookie(visitor.COOKIE, receipt.new_cookie)
    forget_what_is_at_hand(in_a_bucket)

    given = client.get(f"/get/{a_token(receipt.grant)}")

    assert given.status_code == 200
    assert "Ada Byron" in PdfReader(BytesIO(given.data)).pages[0].extract_text()


def test_what_is_published_and_written_lies_in_the_bucket(
    client: FlaskClient, in_a_bucket: Settings, tmp_path: Path
) -> None:
    marketer.publish(a_folder(tmp_path / "bundle", more=PAGE), settings=in_a_bucket, at=clock.now())
    forget_what_is_at_hand(in_a_bucket)

    magnet, draft = magnets.by_slug("one-pipeline"), drafts.by_slug("one-pipeline")
    assert magnet is not None
    assert draft is not None
    edition = editions.newest(magnet.id)
    assert edition is not None
    cover = editions.pictures(edition, 1)[0]
    assert client.get(f"/pictures/{cover.sha}.webp").data[8:12] == b"WEBP"
    with parcels.laid_out(in_a_bucket, draft.files) as folder:
        assert (folder / "chapters/01-one.md").read_text() == "# Start\n\nA first sentence.\n"
    with parcels.laid_out(in_a_bucket, draft.files) as folder:
        again = marketer.publish(folder, settings=in_a_bucket, at=clock.now())
    assert not again.is_new_edition
    assert stories.settings() == in_a_bucket


def test_while_the_bucket_does_not_answer_people_are_asked_to_come_back(
    client: FlaskClient, in_a_bucket: Settings, object_store: ObjectStore
) -> None:
    receipt = submit(a_page())
    assert receipt.new_cookie
    client.set_cookie(visitor.COOKIE, receipt.new_cookie)
    forget_what_is_at_hand(in_a_bucket)
    client.application.extensions["lodestone"] = replace(in_a_bucket, s3_endpoint="http://127.0.0.1:9")

    away = client.get(f"/get/{a_token(receipt.grant)}")

    assert away.status_code == 503
    assert b"<h1" in away.data
