import io
import os
import re
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magnets.imprint import Prepared, machine
from magnets.imprint.cleaning import LONGEST, SELECTORS, clean
from magnets.imprint.typeface import is_mark
from tests.magnets.documents import (
    a_document,
    a_page_with_one_slot,
    an_edition,
    complaints,
    has_fonts,
    saved,
    slot,
    structure_faults,
    words,
)
from tests.magnets.names import AWKWARD, SCRIPTS

WIDER = "LODESTONE_NAMES" in os.environ  # a longer search, with other names each time
EXAMPLES = int(os.environ.get("LODESTONE_NAMES", "1000"))
FALLBACK, OTHER_FALLBACK = "a dear reader", "your company"
RIGHT_TO_LEFT = {"R", "AL"}


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A page with one wide slot."""
    style = "width: 170mm; height: 25mm"
    return an_edition(
        a_page_with_one_slot(style=style, size=14, min=4, fallback=FALLBACK), tmp_path_factory.mktemp("card")
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A page with a name, an answer in words and one in a number."""
    style = "width: 170mm; height: 25mm"
    body = slot("name", style, size=14, min=4, fallback=FALLBACK)
    body += slot("answer", style, size=12, min=4, fallback=OTHER_FALLBACK)
    body += slot("score", kind="position", alt="Score: {value}", size=9)
    return an_edition(a_document(body, heading=""), tmp_path_factory.mktemp("report"))


@pytest.fixture
def no_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without any font: fontconfig is shown an empty folder."""
    config = tmp_path / "fonts.conf"
    config.write_text(f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path}</cachedir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(config))
    for cache in (machine.find, machine._fonts):
        cache.cache_clear()
    yield
    for cache in (machine.find, machine._fonts):
        cache.cache_clear()


def told(document: pikepdf.Pdf) -> str:
    """What a reader that follows ISO 32000 gets from the last content stream: ActualText, else the fonts' own texts."""
    page = document.pages[0]
    maps = {name: texts_of(font) for name, font in page.resources.Font.items()}
    heard: list[str] = []
    font, silent = "", 0
    for instruction in pikepdf.parse_content_stream(page.obj.Contents[-1]):
        operands = instruction.operands
        match str(instruction.operator):
            case "Tf":
                font = str(operands[0])
            case "BDC" if "/ActualText" in operands[1]:
                heard.append(str(operands[1].ActualText))
                silent += 1
            case "BDC" | "BMC":
                silent += bool(silent)
            case "EMC":
                silent -= bool(silent)
            case "TJ" if not silent:
                codes = b"".join(bytes(part) for part in operands[0] if isinstance(part, pikepdf.String))
                heard += [maps[font][codes[at : at + 2]] for at in range(0, len(codes), 2)]
    return "".join(heard)


def read(pdf: bytes, edition: Prepared) -> list[str]:
    """What PDFium, with which Chrome shows documents, reads at the height of each slot."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        words, width = page.get_textpage(), page.get_width()
        return [words.get_text_bounded(0, slot.box.bottom, width, slot.box.top) for slot in edition.slots]


def as_read(text: str) -> list[str]:
    """Letters but for what PDFium does to them.

    It has signs of its own for a last hyphen, turns quotation marks round beside Arabic, gives a mark that is printed
    twice in one place once, and leaves out selectors.
    """
    found = letters(text.translate(str.maketrans("\ufffe\x02“‘", "--”’", SELECTORS)))
    return [letter for at, letter in enumerate(found) if at == 0 or letter != found[at - 1] or not is_mark(letter)]


def texts_of(font: pikepdf.Object) -> dict[bytes, str]:
    rows = re.findall(rb"^<([0-9A-F]{4})><([0-9a-f]+)>$", font.ToUnicode.read_bytes(), re.MULTILINE)
    return {bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in rows}


def letters(text: str) -> list[str]:
    """Letters in no order: a PDF keeps the order on paper, where brackets may be turned round."""
    plain = unicodedata.normalize("NFKD", text)
    seen = (letter for letter in plain if not letter.isspace() and letter not in "\u200b\u200c\u200d")
    return sorted("(" if unicodedata.mirrored(letter) else letter for letter in seen)


def runs_left(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in text)


@pytest.mark.parametrize("name", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_a_name_in_any_script_is_printed_where_the_machine_has_a_font(
    card: Prepared, tmp_path: Path, name: str
) -> None:
    copy = saved(card.copy({"name": name}, link_prefix=None), tmp_path)

    if not has_fonts(name):
        assert words(copy) == FALLBACK
    elif runs_left(name):
        assert letters(words(copy)) == letters(name)
    else:
        assert words(copy) == name


@pytest.mark.parametrize("name", AWKWARD, ids=ascii)
def test_an_awkward_name_is_printed_or_gives_way_to_the_fallback(card: Prepared, tmp_path: Path, name: str) -> None:
    copy = saved(card.copy({"name": name}, link_prefix=None), tmp_path)

    with pikepdf.open(copy) as document:
        shown = told(document)
    assert letters(shown) in (letters(clean(name)), letters(FALLBACK))
    assert shown.strip() == FALLBACK or has_fonts(clean(name))
    assert structure_faults(copy) == []


AWKWARD_LETTERS = "".join(AWKWARD) + "\x00\x08\u061c\u200e\u202a\u202e\u2066\u2069\u2028\ud800\ufffc\ufffd"
names = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="".join(SCRIPTS.values()), max_size=30),
    st.text(alphabet=AWKWARD_LETTERS, max_size=30),
    st.lists(st.sampled_from([*SCRIPTS.values(), *AWKWARD]), max_size=3).map(" ".join),
)


def test_a_thousand_names_and_answers_each_give_a_sound_copy_that_tells_them(report: Prepared, tmp_path: Path) -> None:
    sample: list[Path] = []
    numbers = count()

    @settings(max_examples=EXAMPLES, derandomize=not WIDER, deadline=None, suppress_health_check=list(HealthCheck))
    @given(name=names, answer=names, score=st.floats(0, 100))
    def each(name: str, answer: str, score: float) -> None:
        copy = report.copy({"name": name, "answer": answer, "score": score}, link_prefix="https://n.example/l/x/")
        pdf = b"".join(copy.chunks())
        said = report.slots[2].said(score)

        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert document.check_pdf_syntax() == []
            shown = told(document)
        one, other, number = map(as_read, read(pdf, report))

        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
        assert letters(shown) in [
            letters(first + second + said)
            for first in (clean(name), FALLBACK)
            for second in (clean(answer), OTHER_FALLBACK)
        ]
        assert one in (as_read(clean(name)), as_read(FALLBACK))
        assert other in (as_read(clean(answer)), as_read(OTHER_FALLBACK))
        assert number == as_read(said)
        if next(numbers) % 50 == 0:
            sample.append(tmp_path / f"{len(sample)}.pdf")
            sample[-1].write_bytes(pdf)

    each()
    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(complaints, sample)] == [""] * len(sample)
    assert len(sample) >= EXAMPLES // 50


def test_without_fonts_on_the_machine_other_scripts_give_way_to_the_fallback(
    card: Prepared, tmp_path: Path, no_fonts: None
) -> None:
    latin = saved(card.copy({"name": "Ada Łoś"}, link_prefix=None), tmp_path)
    assert words(latin) == "Ada Łoś"

    arabic = saved(card.copy({"name": "محمد"}, link_prefix=None), tmp_path)
    assert words(arabic) == FALLBACK


def test_a_name_in_another_script_costs_a_few_kilobytes(card: Prepared) -> None:
    assert len(card.copy({"name": "山田太郎"}, link_prefix=None).tail) < 10_000
    assert len(card.copy({"name": "محمد عبد الله"}, link_prefix=None).tail) < 10_000


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("  Ada \t\r\n Lovelace ", "Ada Lovelace"),
        ("Ada\u3000Lovelace\u00a0II", "Ada Lovelace II"),
        ("Ada\u202e\u2066\u200f\x00\x1b\u00ad\ufeff", "Ada"),
        ("e\u0301" + "\u0301" * 20, "é" + "\u0301" * 4),
        ("\ud800\udfffAda", "Ada"),
        ("علی‌رضا", "علی‌رضا"),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("\u3164\ufe0f \U000e0100", ""),
        ("x" * 10_000, "x" * LONGEST),
    ],
    ids=ascii,
)
def test_only_what_can_be_seen_is_printed(typed: str, printed: str) -> None:
    assert clean(typed) == printed
