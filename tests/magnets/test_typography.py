import pytest

from magnets.personal import slot
from magnets.typography import balanced, coloured, extent, groups, notes, row_heads, shown


def test_a_note_becomes_a_call_beside_its_word_and_a_body() -> None:
    text, bodies = notes('<p>One<span class="footnote">A <span class="x">nested</span> note.</span> two.</p>', "n")

    assert text == '<p>One\u2060<sup class="call" id="n-1">1</sup><!--n-1--> two.</p>'
    assert bodies == {"n-1": '<span class="note-number">1</span> A <span class="x">nested</span> note.'}


def test_notes_are_counted_in_the_order_of_their_calls() -> None:
    _, bodies = notes('<span class="footnote">a</span> <span>x</span> <span class="footnote">b</span>', "n")

    assert [body.rsplit(" ", 1)[-1] for body in bodies.values()] == ["a", "b"]


def test_the_first_column_heads_the_rows_where_it_has_no_head_itself() -> None:
    head = '<thead><tr><th scope="col"></th><th scope="col">A</th></tr></thead>'
    table = f"<table>{head}<tr><td>x</td><td>1</td></tr></table>"

    headed = row_heads(table)

    assert '<th scope="row">x</th><td>1</td>' in headed
    assert '<th scope="col"></th>' not in headed


def test_a_table_whose_first_column_has_a_head_stays_as_it_is() -> None:
    table = "<table><thead><tr><th>Name</th></tr></thead><tr><td>x</td></tr></table>"

    assert row_heads(table) == table


def test_the_groups_of_a_checklist_that_have_boxes_share_columns() -> None:
    html = '<p>Go round.</p><h2>A</h2><ul class="tasks"></ul><h2>B</h2><ul class="tasks"></ul><h2>C</h2><table></table>'

    blocks = groups(html)

    assert [part.split('"')[0] for part in blocks.split('<div class="')[1:]] == ["plain", "checks", "plain"]
    assert blocks.count('<section class="group">') == 4


def test_drawings_take_the_colours_of_the_page_and_text_does_not() -> None:
    html = '<p>var(--brand)</p><svg viewBox="0 0 1 1" class="line"><path fill="var(--brand)"/></svg>'

    assert coloured(html, {"brand": "#123456"}) == html.replace('"var(--brand)"', '"#123456"')


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("One Pipeline", ["One Pipeline"]),
        ("How marketing and sales agree on a lead", ["How marketing and", "sales agree on a lead"]),
        ("Donaudampfschifffahrtsgesellschaft", ["Donaudampfschifffahrtsgesellschaft"]),
        ("", [""]),
    ],
)
def test_titles_are_broken_into_lines_of_about_equal_length(title: str, lines: list[str]) -> None:
    assert str(balanced(title, 24)).split("<br>") == lines


def test_a_title_is_text_even_when_it_looks_like_markup() -> None:
    assert str(balanced("<b> & co", 30)) == "&lt;b&gt; &amp; co"


def test_long_titles_are_set_smaller() -> None:
    assert [extent(title) for title in ("One Pipeline", "The hand-off in thirty days", "A" * 60)] == [
        "short",
        "medium",
        "long",
    ]


def test_an_address_is_shown_as_one_reads_it_aloud() -> None:
    assert shown("https://northwind.example/one-pipeline/?utm_source=x") == "northwind.example/one-pipeline"


def test_a_slot_carries_what_the_imprint_needs() -> None:
    address = slot("name", size=15, min=8.5, colour="#16221f", font="serif", fallback="A & B")

    assert address == "slot:name?size=15&min=8.5&colour=16221f&font=serif&fallback=A%20%26%20B"
