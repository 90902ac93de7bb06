"""What is found in a bundle, in the words of the studio's screens."""

import pytest

from capture.pages.screens import spoken


@pytest.mark.parametrize(
    ("message", "table", "said"),
    [
        ("Say in [page] `promise` what one gets.", "", "Say in “Promise” what one gets."),
        ("Give [form fields 3] `label` a value.", "", "Give “Label” of field 3 a value."),
        ("Give [page faq 2] `answer` a value.", "", "Give “Answer” of “Questions people ask”, number 2 a value."),
        ("Add `summary`: two or three sentences.", "magnet", "Add “Summary”: two or three sentences."),
        ("An assessment has its own steps; take `step` out.", "form.fields", "An assessment has its own steps; take"
         " “Begins a step of the form called” out."),
        ("Write two of [assessment questions 2] `answers` or more, each as a table with `value` and `label`.", "",
         "Write two of “Answers” of question 2 or more."),
        ("[magnet] `tilte` is not a key of this format.", "magnet", "[magnet] `tilte` is not a key of this format."),
    ],
)  # fmt: skip
def test_a_key_is_called_as_its_screen_calls_it(message: str, table: str, said: str) -> None:
    assert spoken(message, table) == said
