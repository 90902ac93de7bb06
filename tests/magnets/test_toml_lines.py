"""Every key of magnet.toml is found in its line."""

import tomllib
from collections.abc import Iterator

import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from magnets.toml_lines import lines_of

TEXT = '''# a comment with [brackets] and "quotes"
format = 1

[magnet]
title = "a # no comment" # a comment
authors = [
  { name = "A" },   # first
  { name = "B", role = "[x]" },
]
summary = """
two lines, "quoted", with a \\\\""" and an end""""
"odd key".inner = { deep = [1, [2, 3]] }

[[form.fields]]
key = "email"

  [form.fields.rules]
  pattern = '^\\d+ # "]$'

[[form.fields]]
key = 'name'

[form]
extra = 1979-05-27T07:32:00Z
'''.replace('a \\\\"""', 'a \\"""')


def test_keys_elements_and_tables_know_their_lines() -> None:
    lines = lines_of(TEXT)

    assert lines[("format",)] == 2
    assert lines[("magnet",)] == 4
    assert lines[("magnet", "title")] == 5
    assert lines[("magnet", "authors", 1, "role")] == 8
    assert lines[("magnet", "summary")] == 10
    assert lines[("magnet", "odd key", "inner", "deep", 1)] == 12
    assert lines[("form", "fields", 0, "rules", "pattern")] == 18
    assert lines[("form", "fields", 1)] == 20
    assert lines[("form", "fields", 1, "key")] == 21
    assert lines[("form", "extra")] == 24


def paths(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, deeper in inner:
        yield from paths(deeper, (*at, key))


keys = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=6)
scalars = st.one_of(
    st.integers(-(2**60), 2**60), st.booleans(), st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]))
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(keys, values, max_size=5))
def test_every_value_of_any_document_has_a_line(document: dict[str, object]) -> None:
    text = tomlkit.dumps(document)

    lines = lines_of(text)

    assert set(lines) == set(paths(tomllib.loads(text)))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
