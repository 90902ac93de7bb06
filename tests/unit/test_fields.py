"""Field rules: whatever is typed becomes a clean answer or a sentence that says what to do."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from capture.pages import countries, emails, patterns
from capture.pages.fields import Field, FieldKind, Option, Purpose, clean

SIZES = (Option("1-50", "1 to 50"), Option("51-500", "51 to 500"))


def a_field(kind: FieldKind, **changes: object) -> Field:
    options = SIZES if kind in (FieldKind.SELECT, FieldKind.RADIO, FieldKind.CHECKBOXES) else ()
    purpose = Purpose.MARKETING_EMAIL if kind is FieldKind.CONSENT else None
    return Field(**{"key": "it", "kind": kind, "label": "It", "options": options, "purpose": purpose} | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (FieldKind.EMAIL, " Ada@Example.COM ", "Ada@example.com"),
        (FieldKind.EMAIL, "ada@example.com\u200b", "ada@example.com"),
        (FieldKind.TEXT, "  Ada \t Lovelace ", "Ada Lovelace"),
        (FieldKind.TEXT, "Ame\u0301lie", "Amélie"),
        (FieldKind.TEXT, "a\x00b", "ab"),
        (FieldKind.TEXT, "\u202eevil", "evil"),
        (FieldKind.TEXT, "=HYPERLINK(1)", "=HYPERLINK(1)"),
        (FieldKind.TEXT, "<b>bold</b>", "<b>bold</b>"),
        (FieldKind.LONGTEXT, "one\r\ntwo\rthree", "one\ntwo\nthree"),
        (FieldKind.SELECT, "1-50", "1-50"),
        (FieldKind.RADIO, "51-500", "51-500"),
        (FieldKind.COUNTRY, "de", "DE"),
        (FieldKind.PHONE, "+49 (30) 90-1820", "+4930901820"),
        (FieldKind.PHONE, "030 901820", "+4930901820"),
        (FieldKind.NUMBER, "1 500", 1500),
        (FieldKind.NUMBER, "-2,5", -2.5),
        (FieldKind.NUMBER, "٣٤", 34),
        (FieldKind.URL, "northwind.example/a?b=c", "https://northwind.example/a?b=c"),
        (FieldKind.URL, "HTTPS://Northwind.example", "https://Northwind.example"),
        (FieldKind.CONSENT, "yes", True),
        (FieldKind.CONTACT_ME, "", False),
    ],
)
def test_what_was_typed_is_kept_in_its_clean_form(kind: FieldKind, typed: str, kept: object) -> None:
    answer = clean(a_field(kind), [typed], region="DE")

    assert (answer.value, answer.problem) == (kept, None)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        (a_field(FieldKind.EMAIL), "ada", "such as name@company.com"),
        (a_field(FieldKind.EMAIL, work_email=True), "ada@gmail.com", "work e-mail"),
        (a_field(FieldKind.EMAIL, blocked_domains=("rival.example",)), "eve@mail.rival.example", "another one"),
        (a_field(FieldKind.EMAIL, required=True, label="Work e-mail"), " ", "fill in “Work e-mail”"),
        (a_field(FieldKind.TEXT, max_length=3), "four", "4 characters"),
        (a_field(FieldKind.TEXT), "x" * 10_000, "shorten it to 200"),
        (a_field(FieldKind.TEXT), "x" * 50_000, "far too long"),
        (a_field(FieldKind.TEXT, min_length=5), "four", "at least 5"),
        (a_field(FieldKind.TEXT, pattern="[A-Z]{2}", pattern_message="Two capitals."), "x1", "Two capitals."),
        (a_field(FieldKind.TEXT, required=True), "\u200b\x00\u202e", "fill in"),
        (a_field(FieldKind.SELECT), "none of them", "one of the options"),
        (a_field(FieldKind.CHECKBOXES, required=True), "", "choose"),
        (a_field(FieldKind.COUNTRY), "XX", "from the list"),
        (a_field(FieldKind.PHONE), "030 901820", "country code"),
        (a_field(FieldKind.PHONE), "call me", "telephone number"),
        (a_field(FieldKind.PHONE), "+1 20", "too many or too few"),
        (a_field(FieldKind.NUMBER), "1.500", "thousands separators"),
        (a_field(FieldKind.NUMBER), "NaN", "digits only"),
        (a_field(FieldKind.NUMBER, minimum=1), "0", "at least 1"),
        (a_field(FieldKind.NUMBER, maximum=9), "10", "at most 9"),
        (a_field(FieldKind.URL), "javascript:alert(1)", "web address"),
        (a_field(FieldKind.URL), "javascript://x.example/%0aalert(1)", "web address"),
        (a_field(FieldKind.URL), "https://user@northwind.example", "web address"),
        (a_field(FieldKind.URL), 'https://northwind.example/"onload=', "web address"),
        (a_field(FieldKind.URL), "https://[::1", "web address"),
        (a_field(FieldKind.CONSENT, required=True), "", "tick this box"),
    ],
)
def test_a_problem_says_what_to_do(field: Field, typed: str, words: str) -> None:
    answer = clean(field, [typed])

    assert answer.value is None
    assert words in (answer.problem or "")


def test_nothing_is_a_number_too() -> None:
    assert clean(a_field(FieldKind.NUMBER, required=True), ["0"]).value == 0


def test_several_ticks_come_in_the_order_of_the_options_and_once_each() -> None:
    assert clean(a_field(FieldKind.CHECKBOXES), ["51-500", "1-50", "51-500"]).value == ["1-50", "51-500"]


def test_a_field_left_empty_is_no_answer() -> None:
    for kind in FieldKind:
        assert clean(a_field(kind), []).value in (None, False)


def test_a_throw_away_address_is_taken_and_told_apart() -> None:
    answer = clean(a_field(FieldKind.EMAIL, work_email=True), ["ada@mailinator.com"])

    assert (answer.value, answer.problem) == ("ada@mailinator.com", None)
    assert emails.is_disposable("ada@mailinator.com")
    assert not emails.is_disposable("ada@gmail.com")


AWKWARD = "\x00\x07\x1b\r\n\t\x85\ud800\udfff\u200f\u202e\u2028\ufffe<>&'\"=+-@a1é\u0301"
ANY_TEXT = some.one_of(
    some.text(some.characters(), max_size=300),
    some.text(
        some.sampled_from("\x00\x07\x1b\r\n\t\x85\ud800\udfff\u200f\u202e\u2028\ufffe<>&'\"=+-@a1é\u0301"), max_size=60
    ),
    some.builds(lambda text, times: text * times, some.text(max_size=5), some.integers(0, 3000)),
)


@given(typed=some.lists(ANY_TEXT, max_size=4), kind=some.sampled_from(FieldKind), required=some.booleans())
def test_any_text_gives_a_problem_or_an_answer_that_every_database_can_keep(
    typed: list[str], kind: FieldKind, required: bool
) -> None:
    field = a_field(kind, required=required)

    answer = clean(field, typed, region="DE")

    if answer.problem is not None:
        assert answer.value is None
        return
    stored = json.dumps(answer.value, ensure_ascii=False)
    stored.encode("utf-8")
    assert "\\u0000" not in json.dumps(answer.value)
    for text in answer.value if isinstance(answer.value, list) else [answer.value]:
        if isinstance(text, str):
            assert not [char for char in text if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t"]
            assert clean(field, [text], region="DE").problem is None


@given(typed=some.text(max_size=60), kind=some.sampled_from([FieldKind.TEXT, FieldKind.LONGTEXT, FieldKind.EMAIL]))
def test_cleaning_what_is_clean_changes_nothing(typed: str, kind: FieldKind) -> None:
    first = clean(a_field(kind), [typed])

    if first.problem is None:
        assert clean(a_field(kind), [str(first.value or "")]).value == first.value


def test_no_pattern_can_hang_the_server() -> None:
    assert not patterns.fits("(a+)+", "a" * 4_999 + "b")


def test_a_pattern_that_could_hang_it_is_refused_by_name() -> None:
    with pytest.raises(patterns.BadPattern, match=r"\(\?="):
        patterns.compiled("(?=a)a")


def test_countries_are_named_in_the_language_of_the_page() -> None:
    assert countries.names("de")["FR"] == "Frankreich"
    assert countries.names("en")["KR"] == "South Korea"
    assert countries.names("tlh") == countries.names("en")
    assert list(countries.names("de")).index("AT") < list(countries.names("de")).index("PT")  # Österreich with O


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("ada@mail.rival.co.uk", "rival.co.uk"),
        ("ada@sub.rival.example", "rival.example"),
        ("ada@bücher.de", "xn--bcher-kva.de"),
        ("co.uk", ""),
    ],
)
def test_the_company_domain_is_the_registrable_one(address: str, domain: str) -> None:
    assert emails.company_domain(address) == domain
