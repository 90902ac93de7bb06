"""Every language says all that the product says, and nothing that anybody sees is left out of the catalogues."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from capture import languages
from capture.catalogue import sentences
from capture.journey.opening import Part
from capture.languages import quoted, say
from capture.web.studio.words import DEEDS, WORDS
from magnets import tomlwords
from magnets.sentences import sentence
from tools import translations

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "templates"
TRANSLATED = [language for language in languages.shipped() if language != languages.ENGLISH]

# What people see. The API's reference is for programmers, who read English everywhere.
SHOWN = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for place in ("base.html", "_macros", "public", "studio", "errors", "emails/_letter.html")
    for path in ([TEMPLATES / place] if "." in place else (TEMPLATES / place).rglob("*.html"))
    if path.name != "api.html"
)
MAILS = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for path in (TEMPLATES / "emails").rglob("*.*")
    if path.name != "_letter.html"
)
SAID_BY = {"_", "gettext", "ngettext", "pgettext"}
SPOKEN_ATTRIBUTES = r'\b(?:alt|title|aria-label|placeholder|content|data-[a-z-]+)="([^"]*)"'
SCRIPTS = sorted((ROOT / "capture/static/js").glob("*.js"))
CODE = re.compile(r"""light dark|magnet\.toml|"?\s*[a-z-]+(="[a-z]*)?"?""")  # classes, and attributes that macros write


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_has_every_text_once_and_each_is_translated(language: str) -> None:
    wanted = {(message.id, message.context) for message in translations.said() if message.id}
    catalogue = translations.catalogue(language)
    known = {(message.id, message.context): message for message in catalogue if message.id}

    assert sorted(map(str, wanted - known.keys())) == [], "make translations"
    assert sorted(map(str, known.keys() - wanted)) == [], "make translations"
    assert [key for key, message in known.items() if not translations.is_whole(message.string)] == []
    assert [message.id for message in known.values() if message.fuzzy] == []
    assert not catalogue.obsolete
    assert [error for message in known.values() for error in message.check(catalogue)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_takes_the_values_and_the_markup_of_its_text(language: str) -> None:
    for message in translations.catalogue(language):
        if not message.id:
            continue
        one, *many = translations.forms(message.id)
        allowed = values_in(one) | {value for text in many for value in values_in(text)}
        for string in translations.forms(message.string):
            assert values_in(string) - allowed == set(), message.id
            assert allowed - values_in(string) <= {"%(num)s"}, message.id
            assert len(string) < 3 * max(len(one), 20), message.id  # as when it was pasted several times
            assert re.findall(r"</?\w+", string) == re.findall(r"</?\w+", one), message.id
            assert '"' not in re.sub(r"<[^>]*>|`[^`]*`|\[\".*\]", "", string), (
                "quotation marks are those of the language"
            )


def values_in(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|\{\w+\}", text))


@pytest.mark.parametrize("name", [*SHOWN, *MAILS])
def test_a_template_says_nothing_that_is_not_in_the_catalogues(app: Flask, name: str) -> None:
    assert list(unmarked(app, (TEMPLATES / name).read_text())) == []


@pytest.mark.parametrize("name", [*SHOWN, *MAILS])
def test_quotation_marks_of_a_template_are_those_of_the_language(name: str) -> None:
    source = re.sub(
        r"{#.*?#}|{{.*?}}|{%-? *trans\b.*?endtrans *-?%}", "", (TEMPLATES / name).read_text(), flags=re.DOTALL
    )

    assert re.findall(r".{0,40}[“”„].{0,40}", source) == [], "they stand in no _()"


def unmarked(app: Flask, source: str) -> Iterator[str]:
    """Words of a template that stand in no `_()` and no `{% trans %}`."""
    said: list[bool] = []
    markup, in_trans, previous = "", False, ""
    for _line, kind, value in app.jinja_env.lex(source):
        if kind == "data" and not in_trans:
            markup += value
        elif kind in ("variable_begin", "block_begin"):
            said, previous, markup = [], "", markup + "\0"
        elif kind == "name" and value in ("trans", "endtrans") and not previous:
            in_trans = value == "trans"
        elif kind == "operator" and value in "()":
            said = [*said, previous in SAID_BY] if value == "(" else said[:-1]
        elif kind == "string" and not any(said) and is_spoken(value[1:-1].strip()):
            yield value
        previous = value if kind not in ("whitespace", "variable_begin", "block_begin") else previous
    markup = re.sub(r"<!--.*?-->|<(script|style)\b.*?</\1>", "", markup, flags=re.DOTALL)
    yield from (
        words for words in re.findall(SPOKEN_ATTRIBUTES, markup) if is_spoken(words) and not CODE.fullmatch(words)
    )
    for words in re.split(r"<[^<>]*>|\0|\s{2,}|\n", markup):
        if re.search(r"[A-Za-z]{2}", re.sub(r"&\w+;|\S+@\S+", "", words)) and not CODE.fullmatch(words):
            yield words


def is_spoken(value: str) -> bool:
    """Whether a value is for people: a capital at its beginning, or several words with letters only."""
    return bool(re.match(r"[A-Z][a-z]+\b(?!-)", value) or re.fullmatch(r"[a-z]+( [a-z]+)+[.,:;?]?", value))


def test_what_is_not_marked_is_found(app: Flask) -> None:
    template = """<p title="Look here">Read me {{ _("Marked") }} {{ "Bare" if x else _("Marked") }}</p>
    {% trans %}Marked too{% endtrans %} <b class="plain">{{ name|join("· ") }}</b>"""

    assert list(unmarked(app, template)) == ['"Bare"', "Look here", "Read me "]


def test_a_script_has_no_words_of_its_own() -> None:
    keys = {"Enter", "ArrowLeft", "ArrowRight"}
    for path in SCRIPTS:
        code = re.sub(r"//[^\n]*", "", path.read_text())
        words = re.findall(r"[\"'`>]([A-Z][a-z]+[^\"'`<>]*)[\"'`<]", code)
        assert set(words) - keys == set(), path.name


def test_a_language_is_taken_from_its_nearest_relative_and_english_stands_in_for_strangers() -> None:
    assert languages.of("de-CH").gettext("Thank you") == "Vielen Dank"
    assert languages.of("de-CH").number(12345.5) == "12’345.5"
    assert languages.of("fr").gettext("Thank you") == "Thank you"
    assert languages.of("fr").number(12345.5) == languages.of("en").number(12345.5) == "12,345.5"
    assert languages.of("en-US").filesize(1_230_000) == "1.2 MB"
    assert languages.of("xx-unheard-of").minutes(80) == "1 hour 20 minutes"
    assert (languages.name_of("de"), languages.name_of("fr")) == ("Deutsch", "Français")


def test_every_deed_that_the_audit_log_keeps_has_words() -> None:
    deeds, details = {part.value for part in Part}, set()
    for path in (ROOT / "capture").rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        for call in (call for call in calls if ast.unparse(call.func) == "audit.record"):
            deeds |= {part.value for part in ast.walk(call.args[1]) if _is_name(part)}  # type: ignore[attr-defined]
            details |= {keyword.arg for keyword in call.keywords if keyword.arg and keyword.arg != "at"}

    assert deeds > {"staff.logged_in", "staff.changed", "link.kept"}
    assert deeds - DEEDS.keys() == set()
    assert details - WORDS.keys() == set()


def _is_name(part: ast.AST) -> bool:
    return isinstance(part, ast.Constant) and isinstance(part.value, str) and not part.value.endswith(".")


def test_what_somebody_wrote_stands_between_the_quotation_marks_of_the_reader() -> None:
    asked = say("%(name)s cannot be a key: lower-case letters, digits and _, and none of ours.", name=quoted("Größe"))
    wrong = tomlwords.why(tomllib.TOMLDecodeError("Expected '=' after a key in a key/value pair (at line 1, column 3)"))
    found = sentence("This is not valid TOML: %(reason)s.", reason=wrong)

    assert str(asked).startswith("“Größe” cannot be a key")
    assert languages.said(asked, languages.of("de")).startswith("„Größe“")
    assert languages.said(sentences.phrase(found), languages.of("de")).endswith("nach einem Namen fehlt ein „=“.")
    assert languages.said(quoted("a\nb\x1b"), languages.of("de")) == "„a\\nb\\x1b“"
    code = [path for room in ("capture", "magnets") for path in (ROOT / room).rglob("*.py")]
    assert not [path.name for path in code if re.search(r"\b\w+=repr\(", path.read_text("utf-8"))]
