"""What is found in a bundle, in the words of the studio's screens."""

import pytest

from capture.pages.fields import LEAD_FIELDS
from capture.pages.screens import LEAD_WORDS, spoken
from capture.pages.sheets import Path

FIELD = ("form", "fields", 2)
TABLE = {"form": {"fields": [{}, {}, {"label": "Company"}]}}


@pytest.mark.parametrize(
    ("message", "at", "said"),
    [
        ("Say in [page] `promise` what one gets.", (), "Say in “Promise” what one gets."),
        ("Give [form fields 2] `label` a value.", (), "Give “Label” of field 2 a value."),
        ("Give [form fields 3] `hint` a value.", FIELD, "Give “Hint” of “Company” a value."),
        ("Give [page faq 2] `answer` a value.", (), "Give “Answer” of “Questions people ask”, number 2 a value."),
        ("Add `summary`: two or three sentences.", ("magnet",), "Add “Summary”: two or three sentences."),
        ("An assessment has its own steps; take `step` out.", (*FIELD, "step"), "An assessment has its own steps; take"
         " “Begins a step of the form called” out."),
        ("Write two of [assessment questions 2] `answers` or more, each as a table with `value` and `label`.", (),
         "Write two of “Answers” of question 2 or more."),
        ("[magnet] `tilte` is not a key of this format.", ("magnet", "tilte"),
         "[magnet] `tilte` is not a key of this format."),
        ("Take `required` out, or write [consent] `exchange = true`.", FIELD, "Take “An answer is required” out, or"
         " write “The page openly says that contact is the price”: “Yes”."),
        ('The form needs a field: `kind = "email"`.', ("form", "fields"),
         "The form needs a field: “Kind”: “E-mail address”."),
        ('Say what is agreed to: `purpose` is "tracking" or "x".', FIELD,
         'Say what is agreed to: “What is agreed to” is “Noting what is read” or "x".'),
    ],
)  # fmt: skip
def test_a_key_is_called_as_its_screen_calls_it(message: str, at: Path, said: str) -> None:
    assert spoken(message, at, TABLE) == said


def test_every_field_of_the_lead_has_its_word() -> None:
    assert tuple(LEAD_WORDS) == LEAD_FIELDS
