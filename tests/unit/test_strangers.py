import pytest

from capture import strangers


@pytest.mark.parametrize(
    "text", ["", "[" * 1000, '{"a":' * 100_000, "[" * 5000 + "]" * 5000, "9" * 5000, "[1,", b"\xff"]
)
def test_what_is_no_json_or_deeper_than_can_be_followed_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        strangers.read(text)


def test_what_is_json_is_read() -> None:
    assert strangers.read('{"a": [1, null, "é"]}') == strangers.read('{"a": [1, null, "é"]}'.encode())
    assert strangers.read('{"a": [1, null, "é"]}') == {"a": [1, None, "é"]}
