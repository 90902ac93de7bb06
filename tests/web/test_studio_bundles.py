"""What goes through the studio comes out byte for byte, but for what somebody changed."""

import io
import re
import zipfile

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import Engine

from capture.accounts.models import Role
from capture.catalogue import parcels
from capture.db import db
from tests import word
from tests.web.studio import Studio
from tests.web.test_studio_drafts import parcel, zipped

DEFINITION = """# What it is
format = 1   # the only one

[magnet]
slug = "answer-fast"
kind = 'ebook'
title = "Answer \\u0066ast"
summary = \"\"\"
Two lines,
as they are.\"\"\"

[page]
promise = "Call back."  # keep this
outcomes = ["One",   "Two"]

[[form.fields]]
key = "email"
kind = "email"
label = "Work e-mail"
required = true
"""

NAMES = some.from_regex(r"(?:chapters|pictures|more/deep)/[a-z0-9][a-z0-9 äß_-]{0,12}", fullmatch=True)
FILES = some.dictionaries(
    some.tuples(NAMES, some.sampled_from([".md", ".png", ".txt", ".bin"])).map("".join),
    some.one_of(
        some.binary(max_size=60), some.sampled_from([b"\xef\xbb\xbf# A\r\n\r\nb\r\n", b"no end", b"\n\n# T\n\n"])
    ),
    max_size=6,
).filter(lambda files: all(parcels.is_path(name) for name in files))
LINE_ENDS = some.sampled_from(["\n", "\r\n"])


@pytest.mark.parametrize("change", ["nothing", "promise", "chapter", "section", "logo and back"])
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES, ends=LINE_ENDS)
def test_untouched_files_come_out_byte_for_byte(app: Flask, change: str, files: dict[str, bytes], ends: str) -> None:
    studio = _studio(app)
    definition = DEFINITION.replace("\n", ends).encode()
    given_files = {**files, "chapters/own.md": b"# Own\r\n\r\nText.\r\n", "magnet.toml": definition}
    draft = studio.post("/studio/drafts/new", file=zipped(given_files)).rstrip("/")

    touched = CHANGES[change](studio, draft)

    taken = parcel(studio, draft)
    assert {name: taken.get(name) for name in given_files if name not in touched} == {
        name: content for name, content in given_files.items() if name not in touched
    }
    again = studio.post("/studio/drafts/new", file=zipped(taken)).rstrip("/")
    assert parcel(studio, again) == taken


def _nothing(studio: Studio, draft: str) -> set[str]:
    for screen in ("page", "design", "settings"):
        studio.save(f"{draft}/{screen}")
    studio.save(f"{draft}/text/chapters/own.md")
    return set()


def _promise(studio: Studio, draft: str) -> set[str]:
    studio.save(f"{draft}/page", **{"page-promise": "Call back today."})
    written = parcel(studio, draft)["magnet.toml"].decode().replace("\r\n", "\n")
    assert written == DEFINITION.replace("Call back.", "Call back today.")
    return {"magnet.toml"}


def _chapter(studio: Studio, draft: str) -> set[str]:
    studio.save(f"{draft}/text/chapters/own.md", text="# Own\r\n\r\nAnother text.\r\n")
    assert parcel(studio, draft)["chapters/own.md"] == b"# Own\r\n\r\nAnother text.\r\n"
    return {"chapters/own.md"}


def _section(studio: Studio, draft: str) -> set[str]:
    before = parcel(studio, draft)["magnet.toml"]
    studio.post(f"{draft}/sections/faq/up")
    studio.post(f"{draft}/sections/faq/down")
    assert parcel(studio, draft)["magnet.toml"] == before
    return set()


def _logo_and_back(studio: Studio, draft: str) -> set[str]:
    newest = re.findall(r'/versions/(\d+)"', studio.get(f"{draft}/versions"))[0]
    studio.post(f"{draft}/logo", logo=(io.BytesIO(word.png()), "a.png"))
    studio.post(f"{draft}/versions/{newest}/restore")
    return set()


CHANGES = {
    "nothing": _nothing,
    "promise": _promise,
    "chapter": _chapter,
    "section": _section,
    "logo and back": _logo_and_back,
}


def _studio(app: Flask) -> Studio:
    """One person for all examples: the drafts of earlier ones are written over."""
    known: dict[Engine, Studio] = app.extensions.setdefault("studios of examples", {})
    if db.engine not in known:
        known.clear()
        known[db.engine] = Studio(app, Role.MARKETER, "mara@northwind.example")
    return known[db.engine]


def test_a_bundle_has_one_folder_and_no_clock(app: Flask) -> None:
    studio = Studio(app)
    draft = studio.start()

    first, second = (studio.client.get(f"{draft}/bundle.zip").data for _ in range(2))

    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as opened:
        assert {name.partition("/")[0] for name in opened.namelist()} == {"answer-fast"}


def test_a_folder_is_a_bundle_like_a_zip_of_it(app: Flask) -> None:
    studio = _studio(app)
    files = {"magnet.toml": DEFINITION.encode(), "chapters/a.md": b"# One\r\n", "pictures/deep/a.bin": b"\0\1"}
    folder = [(io.BytesIO(content), f"guide/{name}") for name, content in files.items()]

    draft = studio.post("/studio/drafts/new", folder=[*folder, (io.BytesIO(b"x"), "guide/.DS_Store")]).rstrip("/")

    with zipfile.ZipFile(io.BytesIO(studio.client.get(f"{draft}/bundle.zip").data)) as opened:
        came = {name.partition("/")[2]: opened.read(name) for name in opened.namelist()}
    assert came == files
    lost = studio.post("/studio/drafts/new", 422, folder=[(io.BytesIO(b"# A"), "notes/a.md")])
    assert "There is no magnet.toml in it" in lost
    assert re.search(r'id="folder"[^>]* aria-invalid="true"', lost)
    assert "cannot be a file of a magnet" in studio.post(
        "/studio/drafts/new", 422, folder=[(io.BytesIO(b"# A"), "notes/../../a.md")]
    )
