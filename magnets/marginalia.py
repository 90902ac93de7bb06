"""Where the notes of a page stand in its margin: beside their calls, never over each other or over what is there.

Plain arithmetic in CSS pixels; the renderer measures, asks here, and sets the notes in a second pass. WeasyPrint's own
footnotes are not used, since it moves them to the next page where a page is full; floats lose lines at a page's end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

GAP = 8.0


@dataclass(frozen=True, slots=True)
class Margin:
    """What one must know of a theme: the height of its foot margin in points, and tags with something beside them."""

    foot: float = 0.0
    beside: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A note that is called on `page` at `y` and needs `height`."""

    key: str
    page: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Room:
    """The margin of one page: from `top` to `bottom`, without the stretches that something else takes."""

    top: float
    bottom: float
    taken: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a note comes to stand; it may be a later page than its call's when the margin is full."""

    key: str
    page: int
    y: float


def place(notes: Iterable[Note], rooms: Mapping[int, Room]) -> list[Place]:
    """A place for every note, in reading order; what does not fit is carried to the margin of the next page."""
    by_page: dict[int, list[Note]] = {}
    for note in notes:
        by_page.setdefault(note.page, []).append(note)
    places: list[Place] = []
    carried: list[Note] = []
    last = max(rooms, default=0)
    for page in sorted(rooms):
        room = rooms[page]
        wanted = [*(Note(note.key, page, room.top, note.height) for note in carried), *by_page.get(page, [])]
        fitting = len(wanted) if page == last else _fitting(wanted, room)
        carried = wanted[fitting:]
        chosen = wanted[:fitting]
        places += (Place(note.key, page, y) for note, y in zip(chosen, _set(chosen, room), strict=True))
    return places


def _fitting(notes: Sequence[Note], room: Room) -> int:
    """How many of the notes the margin holds when they stand close."""
    for count in range(len(notes), 0, -1):
        if _ends(_downwards(notes[:count], room, wishes=False), notes[:count]) <= room.bottom:
            return count
    return 0


def _set(notes: Sequence[Note], room: Room) -> list[float]:
    """Beside the calls where that is possible, else pushed up from the bottom, else close together from the top."""
    beside = _downwards(notes, room, wishes=True)
    if _ends(beside, notes) <= room.bottom:
        return beside
    pushed = _upwards(notes, beside, room)
    return pushed if min(pushed) >= room.top else _downwards(notes, room, wishes=False)


def _downwards(notes: Sequence[Note], room: Room, *, wishes: bool) -> list[float]:
    places: list[float] = []
    free = room.top
    for note in notes:
        y = max(free, note.y) if wishes else free
        for start, end in sorted(room.taken):
            if y < end + GAP and start < y + note.height + GAP:
                y = end + GAP
        places.append(y)
        free = y + note.height + GAP
    return places


def _upwards(notes: Sequence[Note], beside: Sequence[float], room: Room) -> list[float]:
    places: list[float] = []
    limit = room.bottom
    for note, wish in zip(reversed(notes), reversed(beside), strict=True):
        y = min(limit - note.height, wish)
        for start, end in sorted(room.taken, reverse=True):
            if y < end + GAP and start < y + note.height + GAP:
                y = start - GAP - note.height
        places.append(y)
        limit = y - GAP
    return places[::-1]


def _ends(places: Sequence[float], notes: Sequence[Note]) -> float:
    return places[-1] + notes[-1].height if notes else 0.0
