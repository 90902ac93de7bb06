"""What somebody wrote, as a sentence about it says it again."""

import pytest

from capture import languages
from magnets import sentences


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("a", "“a”"),
        ("two\nlines", "“two\\nlines”"),
        (7, "“7”"),
        (["a"], "“a”"),
        (["a", "b", 3], "“a”, “b”, “3”"),
        ([], "“[]”"),
    ],
)
def test_a_list_is_told_part_by_part_and_anything_else_on_one_line(written: object, told: str) -> None:
    assert str(languages.quoted(written)) == told
    assert str(sentences.quoted(written)) == told
