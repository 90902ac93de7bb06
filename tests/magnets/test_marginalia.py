from hypothesis import given
from hypothesis import strategies as st

from magnets.marginalia import GAP, Note, Place, Room, place

ROOM = Room(top=100, bottom=900)


def test_a_note_stands_beside_its_call() -> None:
    assert place([Note("a", 1, 300, 50)], {1: ROOM}) == [Place("a", 1, 300)]


def test_notes_that_are_called_close_together_stand_below_each_other() -> None:
    notes = [Note("a", 1, 300, 50), Note("b", 1, 310, 50)]

    assert place(notes, {1: ROOM}) == [Place("a", 1, 300), Place("b", 1, 350 + GAP)]


def test_a_note_steps_aside_for_what_already_stands_in_the_margin() -> None:
    assert place([Note("a", 1, 300, 50)], {1: Room(100, 900, ((320, 400),))}) == [Place("a", 1, 400 + GAP)]


def test_notes_called_at_the_end_of_a_page_are_pushed_up() -> None:
    notes = [Note("a", 1, 860, 60), Note("b", 1, 880, 60)]

    assert place(notes, {1: ROOM}) == [Place("a", 1, 840 - GAP - 60), Place("b", 1, 840)]


def test_what_a_margin_cannot_hold_goes_to_the_next_page() -> None:
    notes = [Note("a", 1, 300, 500), Note("b", 1, 400, 500), Note("c", 2, 200, 50)]

    assert place(notes, {1: ROOM, 2: ROOM}) == [Place("a", 1, 300), Place("b", 2, 100), Place("c", 2, 600 + GAP)]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(100, 890), st.integers(10, 300)), max_size=12),
    st.lists(st.tuples(st.integers(100, 800), st.integers(5, 200)), max_size=3),
)
def test_notes_never_lie_over_each_other_or_over_anything_else(
    calls: list[tuple[int, int, int]], taken: list[tuple[int, int]]
) -> None:
    notes = [Note(str(at), *call) for at, call in enumerate(sorted(calls))]
    stretches = tuple((float(start), float(start + length)) for start, length in taken)
    heights = {note.key: note.height for note in notes}

    places = place(notes, dict.fromkeys(range(1, 20), Room(100, 900, stretches)))

    assert [found.key for found in places] == [note.key for note in notes]
    for page in range(1, 20):
        here = [(found.y, found.y + heights[found.key]) for found in places if found.page == page]
        for at, (top, bottom) in enumerate(here):
            assert all(bottom <= other_top or other_bottom <= top for other_top, other_bottom in here[at + 1 :])
            assert all(bottom <= start or end <= top for start, end in stretches)
