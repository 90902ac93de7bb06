"""Documents in languages whose script the themes' own fonts do not have."""

import re
import subprocess
from pathlib import Path

import pytest

from magnets.definition import Theme
from magnets.folder import read
from magnets.typeset import Typeset, typeset

THEMES = Path(__file__).parents[2] / "templates" / "magnets"

TEXTS = {
    "ar": ("دليل الصيانة", "الصيانة الجيدة لا يلاحظها أحد، وهذا هو المقصود منها."),
    "he": ("מדריך תחזוקה", "תחזוקה טובה היא כזו שאיש אינו מבחין בה."),
    "hi": ("रखरखाव की पुस्तिका", "अच्छा रखरखाव वही है जिस पर किसी का ध्यान नहीं जाता।"),
    "ja": ("保守の手引き", "良い保守とは、だれにも気づかれない保守である。"),
    "el": ("Οδηγός συντήρησης", "Η καλή συντήρηση περνά απαρατήρητη."),
    "uk": ("Посібник з обслуговування", "Добре обслуговування ніхто не помічає."),
    "vi": ("Sổ tay bảo dưỡng", "Bảo dưỡng tốt là khi không ai để ý."),
}


def a_document(folder: Path, language: str, title: str, text: str, theme: Theme) -> Typeset:
    (folder / "chapters").mkdir()
    (folder / "chapters" / "1.md").write_text(f"# {title}\n\n{text} **{text}**\n\n- {text}\n")
    (folder / "magnet.toml").write_text(
        f'format = 1\n[magnet]\nslug = "x"\nkind = "ebook"\ntitle = "{title}"\n'
        f'language = "{language}"\ntheme = "{theme}"\n'
    )
    return typeset(read(folder), themes=THEMES)


def fonts_for(language: str) -> bool:
    """Whether the themes bring a font for the language, or this machine has one."""
    known = subprocess.run(["fc-list", f":lang={language}"], capture_output=True, text=True).stdout
    return language != "ja" or bool(known.strip())


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("language", TEXTS)
def test_a_document_is_set_in_its_own_script(language: str, theme: Theme, tmp_path: Path) -> None:
    title, text = TEXTS[language]

    document = a_document(tmp_path, language, title, text, theme)

    if not fonts_for(
        language
    ):  # Chinese, Japanese and Korean fonts are large: they come with the machine or not at all
        assert "install a font" in document.findings[0].message
        return
    path = tmp_path / "made.pdf"
    path.write_bytes(document.pdf)
    words = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True).stdout
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True).stdout
    for word in re.findall(r"\w{4,}", text):
        assert word in re.sub(r"[\u200e\u200f\u202a-\u202e\s]+", " ", words).replace(" ", "") or word in words
    assert "DejaVu" not in fonts
    assert document.findings == ()


def test_a_sign_that_no_font_has_is_told(tmp_path: Path) -> None:
    document = a_document(tmp_path, "en", "Signs", "A sign from nowhere: \U0001342f.", Theme.FOLIO)

    [finding] = document.findings
    assert "U+1342F" in finding.message


def test_the_theme_speaks_the_language_of_the_document(tmp_path: Path) -> None:
    document = a_document(tmp_path, "de-AT", "Leise Maschinen", "Gute Wartung merkt niemand.", Theme.ATLAS)

    path = tmp_path / "made.pdf"
    path.write_bytes(document.pdf)
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True).stdout
    assert "Inhalt" in text
    assert "1 Minute Lesezeit" in text
    assert "Contents" not in text
