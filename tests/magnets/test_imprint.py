import subprocess
import tracemalloc
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from outloud.cli import main as outloud

from magnets.imprint import NotAnEdition, PreparationFailed, Prepared, prepare
from tests.magnets.documents import (
    a_document,
    a_guide,
    an_edition,
    complaints,
    link_targets,
    saved,
    slot,
    structure_faults,
    words,
)

ADA = {"name": "Ada Lovelace", "company": "Analytical Engines Ltd"}
PREFIX = "https://northwind.example/l/aaaaaaaaaaaaaaaaaaaaaa/"


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return an_edition(a_guide(), tmp_path_factory.mktemp("guide"))


def a_copy(
    edition: Prepared, folder: Path, values: Mapping[str, str] = ADA, *, link_prefix: str | None = PREFIX
) -> Path:
    return saved(edition.copy(values, link_prefix=link_prefix), folder)


def test_a_copy_shows_the_leads_name_and_company(guide: Prepared, tmp_path: Path) -> None:
    copy = a_copy(guide, tmp_path)

    assert "Guide Ada Lovelace Analytical Engines Ltd Chapter 1" in words(copy)


def test_every_reader_finds_the_name_and_qpdf_finds_no_fault(guide: Prepared, tmp_path: Path) -> None:
    copy = a_copy(guide, tmp_path)

    mupdf = subprocess.run(
        ["mutool", "draw", "-q", "-F", "txt", copy, "1"], capture_output=True, check=True
    ).stdout.decode()
    with pypdfium2.PdfDocument(copy) as document:
        pdfium = document[0].get_textpage().get_text_range()

    assert "Ada Lovelace" in mupdf
    assert "Ada Lovelace" in pdfium
    assert complaints(copy) == ""
    assert complaints(guide.path) == ""


def test_a_copy_is_the_edition_and_an_update_behind_it(guide: Prepared, tmp_path: Path) -> None:
    copy = a_copy(guide, tmp_path)

    assert copy.read_bytes().startswith(guide.path.read_bytes())
    assert copy.stat().st_size < guide.path.stat().st_size + 4000


def test_the_same_inputs_give_the_same_bytes_and_others_another_etag(guide: Prepared) -> None:
    one, same = (guide.copy(ADA, link_prefix=PREFIX) for _ in range(2))
    others = [
        guide.copy(ADA | {"name": "Ada King"}, link_prefix=PREFIX),
        guide.copy(ADA, link_prefix=PREFIX.replace("a/", "b/")),
        guide.copy(ADA, link_prefix=None),
        guide.copy({}, link_prefix=PREFIX),
    ]

    assert b"".join(one.chunks()) == b"".join(same.chunks())
    assert one.etag == same.etag
    assert len({one.etag, *(other.etag for other in others)}) == 5


def test_preparing_twice_gives_the_same_edition(guide: Prepared) -> None:
    assert prepare(a_guide()) == guide.path.read_bytes()


@pytest.mark.parametrize("name", [None, "", "   ", "\x00\x07\u202e\u200b"])
def test_a_value_that_is_missing_or_cannot_be_seen_gives_way_to_the_fallback(
    guide: Prepared, tmp_path: Path, name: str | None
) -> None:
    copy = a_copy(guide, tmp_path, {} if name is None else {"name": name})

    assert "Guide you your company Chapter 1" in words(copy)


def test_the_edition_itself_shows_the_fallbacks(guide: Prepared) -> None:
    assert "Guide you your company Chapter 1" in words(guide.path)


def test_every_web_link_becomes_the_leads_own_and_other_links_stay(guide: Prepared, tmp_path: Path) -> None:
    copy = a_copy(guide, tmp_path)

    assert guide.targets == tuple(f"https://reading.example/{page}/{at}" for page in (1, 2) for at in range(4))
    assert [target for target in link_targets(copy) if target.startswith("http")] == [f"{PREFIX}{n}" for n in range(8)]
    assert link_targets(copy).count("mailto:desk@northwind.example") == 2
    assert not any(target.startswith("slot:") for target in link_targets(copy))


def test_without_a_prefix_links_stay_plain(guide: Prepared, tmp_path: Path) -> None:
    copy = a_copy(guide, tmp_path, link_prefix=None)

    assert [target for target in link_targets(copy) if target.startswith("http")] == list(guide.targets)
    assert "Ada Lovelace" in words(copy)


@pytest.mark.parametrize(
    ("prefix", "leads_to"),
    [
        (r"https://h.example/)>>\(/", r"https://h.example/)>>\(/0"),
        ("https://h.example/\n\x00 é/", "https://h.example/%0A%00%20%C3%A9/0"),
        ("", "0"),
        ("https://h.example/" + "x" * 900 + "/", "https://h.example/" + "x" * 900 + "/0"),
    ],
)
def test_any_prefix_stays_the_address_that_was_given(
    guide: Prepared, tmp_path: Path, prefix: str, leads_to: str
) -> None:
    copy = a_copy(guide, tmp_path, link_prefix=prefix)

    assert link_targets(copy)[0] == leads_to
    assert complaints(copy) == ""


@given(start=st.integers(0, 300_000), stop=st.integers(0, 300_000) | st.none(), size=st.integers(500, 100_000))
@settings(deadline=None)
def test_any_range_of_a_copy_equals_that_slice_of_it(guide: Prepared, start: int, stop: int | None, size: int) -> None:
    copy = guide.copy(ADA, link_prefix=PREFIX)
    whole = b"".join(copy.chunks())

    assert len(whole) == copy.length
    assert b"".join(copy.chunks(start, stop, size)) == whole[start:stop]


def test_ranges_around_the_seam_are_right(guide: Prepared) -> None:
    copy = guide.copy(ADA, link_prefix=PREFIX)
    whole, seam = b"".join(copy.chunks()), guide.length

    for start, stop in [(seam - 1, seam + 1), (seam, seam + 5), (seam - 5, seam), (copy.length - 1, copy.length)]:
        assert b"".join(copy.chunks(start, stop)) == whole[start:stop]


def test_what_is_typed_is_never_pdf_syntax_or_markup(guide: Prepared, tmp_path: Path) -> None:
    name = r"Ada) Tj ET >> endstream endobj <b>x</b> & \101"

    copy = a_copy(guide, tmp_path, {"name": name})

    assert name in words(copy)
    assert complaints(copy) == ""
    assert name.encode() not in copy.read_bytes()


def test_a_name_may_stand_on_many_pages(tmp_path: Path) -> None:
    foot = slot("name", size=9)
    pages = "".join(f'<p style="break-before: page">Page {page}</p>{foot}' for page in range(2, 6))

    copy = a_copy(an_edition(a_document(foot + pages), tmp_path), tmp_path)

    assert words(copy) == "Guide Ada Lovelace " + " ".join(f"Page {page} Ada Lovelace" for page in range(2, 6))
    assert structure_faults(copy) == []
    assert complaints(copy) == ""


def test_tags_stay_sound_when_slots_replace_links(guide: Prepared, tmp_path: Path) -> None:
    copy = a_copy(guide, tmp_path)

    assert structure_faults(guide.path) == []
    assert structure_faults(copy) == []
    with pikepdf.open(copy) as pdf:
        marked = b"".join(stream.read_bytes() for stream in pdf.pages[0].obj.Contents)
        assert b"/P<</MCID 1>>BDC" in marked


def test_an_accessibility_checker_finds_no_error(guide: Prepared, tmp_path: Path) -> None:
    copy = a_copy(guide, tmp_path)

    for path in (guide.path, copy):
        report = CliRunner().invoke(outloud, [str(path), "--layer", "conformance", "--fail-on", "warning"])
        assert report.exit_code == 0, report.output


def test_a_slot_within_a_sentence_is_a_span_and_its_placeholder_is_not_printed(tmp_path: Path) -> None:
    body = (
        "<p>For " + slot("name", style="display: inline-block; width: 60mm", inside="<b>PLACEHOLDER</b>") + " only</p>"
    )

    edition = an_edition(a_document(body), tmp_path)
    copy = a_copy(edition, tmp_path)

    assert "PLACEHOLDER" not in words(copy)
    assert "Ada Lovelace" in words(copy)
    assert structure_faults(copy) == []
    with pikepdf.open(copy) as pdf:
        assert b"/Span<</MCID 4>>BDC" in pdf.pages[0].obj.Contents[-1].read_bytes()


@pytest.mark.parametrize("body", ["<p>plain</p>", '<p><a href="https://a.example/">a</a></p>', slot("name")])
def test_documents_without_slots_or_links_work(tmp_path: Path, body: str) -> None:
    edition = an_edition(a_document(body), tmp_path)

    copy = a_copy(edition, tmp_path)

    assert complaints(copy) == ""
    assert link_targets(copy) == [f"{PREFIX}0"] * ("https" in body)


@pytest.mark.filterwarnings("ignore:.*sRGB2014.icc")
@pytest.mark.parametrize("variant", [None, "pdf/a-3u"])
def test_documents_without_tags_work(tmp_path: Path, variant: str | None) -> None:
    edition = an_edition(a_document(slot("name"), variant=variant), tmp_path)

    copy = a_copy(edition, tmp_path)

    assert "Guide Ada Lovelace" in words(copy)
    assert complaints(copy) == ""


def test_a_document_with_object_streams_works(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain.pdf", tmp_path / "packed.pdf"
    plain.write_bytes(a_guide())
    with pikepdf.open(plain) as pdf:
        pdf.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True)

    copy = a_copy(an_edition(packed.read_bytes(), tmp_path), tmp_path)

    assert "Ada Lovelace" in words(copy)
    assert structure_faults(copy) == []


def test_fifty_threads_make_the_copies_that_one_makes(guide: Prepared) -> None:
    def one(number: int) -> bytes:
        return b"".join(guide.copy({"name": f"Ada {number % 5}"}, link_prefix=PREFIX + "x" * (number % 7)).chunks())

    with ThreadPoolExecutor(50) as pool:
        made = list(pool.map(one, range(200)))

    assert made == [one(number) for number in range(200)]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("slot:?size=1", "begins with a letter"),
        ("slot:name?size=huge", "slot “name” on page 1"),
        ("slot:name?colour=reddish", "six hexadecimal digits"),
        ("slot:name?bold=1", "no setting bold"),
        ("slot:name?align=top", "slot “name” on page 1"),
    ],
)
def test_a_slot_that_cannot_be_read_is_named(address: str, says: str) -> None:
    with pytest.raises(PreparationFailed, match=says):
        prepare(a_document(f'<a class=slot href="{address}"></a>'))


def test_a_slot_without_a_size_is_refused() -> None:
    with pytest.raises(PreparationFailed, match="slot “name” on page 1 cannot be read: its box has no size"):
        prepare(a_document("<p>For " + slot("name", style="display: inline") + "</p>"))


def test_what_is_no_pdf_or_an_edition_already_is_refused(guide: Prepared, tmp_path: Path) -> None:
    plain = tmp_path / "plain.pdf"
    plain.write_bytes(a_document("<p>plain</p>"))

    with pytest.raises(PreparationFailed, match=r"^The document is not a sound PDF; export it again\.$"):
        prepare(b"not a PDF")
    with pytest.raises(PreparationFailed, match="edition already"):
        prepare(guide.path.read_bytes())
    with pytest.raises(NotAnEdition, match="plain"):
        Prepared.open(plain)
    plain.write_bytes(b"not a PDF")
    with pytest.raises(NotAnEdition, match="plain"):
        Prepared.open(plain)


def test_a_password_is_named_as_the_reason(tmp_path: Path) -> None:
    plain, locked = tmp_path / "plain.pdf", tmp_path / "locked.pdf"
    plain.write_bytes(a_document("<p>plain</p>"))
    with pikepdf.open(plain) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="owner", user="user"))

    with pytest.raises(PreparationFailed, match="password"):
        prepare(locked.read_bytes())


def test_an_open_edition_holds_no_copy_of_its_file(tmp_path: Path) -> None:
    large = tmp_path / "large.pdf"
    large.write_bytes(prepare(a_guide()))
    with pikepdf.open(large, allow_overwriting_input=True) as pdf:
        pdf.Root.Ballast = pdf.make_stream(bytes(40_000_000))
        pdf.save(large, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)

    tracemalloc.start()
    copies = [Prepared.open(large).copy(ADA, link_prefix=PREFIX) for _ in range(20)]
    read = sum(len(chunk) for copy in copies for chunk in copy.chunks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert read > 20 * 40_000_000
    assert peak < 4_000_000


def test_an_edition_that_is_cut_short_is_noticed_while_sending(tmp_path: Path) -> None:
    edition = an_edition(a_guide(), tmp_path)
    copy = edition.copy(ADA, link_prefix=None)
    with edition.path.open("r+b") as file:
        file.truncate(1000)

    with pytest.raises(OSError, match="cut short"):
        list(copy.chunks())
