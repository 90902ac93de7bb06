"""Generative cover art: four kinds of vector drawing, seeded by the title, in the brand's tones."""

import hashlib
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from magnets.palette import Palette

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where one drawing goes: its size in points, its tones from ground to foreground, its source of chance."""

    width: float
    height: float
    ground: str
    tones: tuple[str, ...]  # from near the ground to far from it
    accent: str
    chance: random.Random

    @property
    def diagonal(self) -> float:
        return math.hypot(self.width, self.height)


def art(
    title: str, palette: Palette, *, kind: str | None = None, ground: str = "deep", size: tuple[float, float]
) -> str:
    """The SVG of a drawing, `size` in points; the same arguments give the same bytes.

    `kind` is one of KINDS, or None to let the title choose. `ground` is deep, loud or paper.
    """
    seed = hashlib.sha256(title.encode()).digest()
    chosen = kind or sorted(KINDS)[seed[0] % len(KINDS)]
    if chosen not in KINDS:
        raise ValueError(f"{chosen!r} is no kind of cover art: choose one of {', '.join(sorted(KINDS))}.")
    background, tones, accent = _tones(palette, ground)
    canvas = Canvas(*size, background, tones, accent, random.Random(seed))  # noqa: S311 - a drawing, not a secret
    width, height = (_number(side) for side in size)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="{background}"/>'
        f"{''.join(KINDS[chosen](canvas))}</svg>"
    )


def ruled(palette: Palette) -> str:
    """A tile of ruled paper for the notes of a checklist: one line every 22 points."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="110pt" height="22pt" viewBox="0 0 110 22">'
        f'<rect y="21.5" width="110" height=".5" fill="{palette.line}"/></svg>'
    )


GROUNDS = ("deep", "loud", "paper")


def _tones(palette: Palette, ground: str) -> tuple[str, tuple[str, ...], str]:
    if ground == "paper":
        return palette.wash, (palette.tint, palette.pale, palette.mid, palette.brand), palette.warm
    if ground == "loud":
        return palette.loud, palette.loud_tones, palette.on_loud
    return palette.deep, palette.deep_tones, palette.glow


# --- contours: the relief of a landscape, cut out of paper --------------------------------------


def contours(canvas: Canvas) -> Iterator[str]:
    step = canvas.diagonal / 110
    columns, rows = math.ceil(canvas.width / step) + 5, math.ceil(canvas.height / step) + 5
    heights = _relief(canvas, columns, rows, step)
    flat = sorted(value for row in heights[2:-2] for value in row[2:-2])
    count = 13
    levels = [flat[round(len(flat) * (0.16 + 0.82 * at / count))] for at in range(count)]
    for at, level in enumerate(levels):
        outline = "".join(_smooth(line) for line in _isolines(heights, level, step))
        tone = _between(canvas.tones, at / (count - 1))
        yield f'<path d="{outline}" fill="{tone}" fill-rule="evenodd" stroke="{canvas.ground}" stroke-width=".5"/>'
    x, y = _summit(heights, step)
    yield f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(canvas.diagonal / 190)}" fill="{canvas.accent}"/>'


def _relief(canvas: Canvas, columns: int, rows: int, step: float) -> list[list[float]]:
    """Heights on a grid that reaches over the edges, sunk at its border so that every line closes outside."""
    chance = canvas.chance
    hills = [
        (
            chance.uniform(-0.1, 1.1) * canvas.width,
            chance.uniform(-0.1, 1.1) * canvas.height,
            chance.uniform(0.1, 0.3) * canvas.diagonal,
            chance.choice((1.0, 1.0, 0.8, -0.6)),
            chance.uniform(0.55, 1.0),
        )
        for _ in range(11)
    ]
    angle, wave = chance.uniform(0, math.tau), chance.uniform(0, math.tau)

    def height(column: int, row: int) -> float:
        if column in (0, columns - 1) or row in (0, rows - 1):
            return -9.0
        x, y = (column - 2) * step, (row - 2) * step
        total = 0.0
        for hill_x, hill_y, reach, rise, squeeze in hills:
            total += rise * math.exp(-(((x - hill_x) / reach) ** 2 + ((y - hill_y) / reach / squeeze) ** 2))
        along = (x * math.cos(angle) + y * math.sin(angle)) / canvas.diagonal
        return total + 0.12 * math.sin(along * 9 + wave) + 0.35 * along

    return [[height(column, row) for column in range(columns)] for row in range(rows)]


def _isolines(heights: Sequence[Sequence[float]], level: float, step: float) -> Iterator[list[Point]]:
    """Closed lines at one height (marching squares; saddles are cut the same way everywhere)."""
    follows: dict[Point, list[Point]] = {}
    for row in range(len(heights) - 1):
        for column in range(len(heights[0]) - 1):
            for start, end in _cell(heights, column, row, level):
                follows.setdefault(start, []).append(end)
    while follows:
        start = next(iter(follows))
        line, here = [], start
        while here in follows:
            ends = follows[here]
            line.append(((here[0] - 2) * step, (here[1] - 2) * step))
            after = ends.pop()
            if not ends:
                del follows[here]
            here = after
        if len(line) > 5:
            yield line


def _cell(heights: Sequence[Sequence[float]], column: int, row: int, level: float) -> Iterator[tuple[Point, Point]]:
    """The pieces of the line inside one cell, higher ground on the left."""
    a, b = heights[row][column], heights[row][column + 1]
    d, c = heights[row + 1][column], heights[row + 1][column + 1]
    case = (a > level) | (b > level) << 1 | (c > level) << 2 | (d > level) << 3
    if case in (0, 15):
        return
    top = (column + _cross(a, b, level), float(row))
    right = (column + 1.0, row + _cross(b, c, level))
    bottom = (column + _cross(d, c, level), row + 1.0)
    left = (float(column), row + _cross(a, d, level))
    pieces = {
        1: ((top, left),),
        2: ((right, top),),
        3: ((right, left),),
        4: ((bottom, right),),
        5: ((top, left), (bottom, right)),
        6: ((bottom, top),),
        7: ((bottom, left),),
        8: ((left, bottom),),
        9: ((top, bottom),),
        10: ((right, top), (left, bottom)),
        11: ((right, bottom),),
        12: ((left, right),),
        13: ((top, right),),
        14: ((left, top),),
    }
    yield from pieces[case]


def _cross(low: float, high: float, level: float) -> float:
    return 0.5 if low == high else round((level - low) / (high - low), 6)


def _smooth(line: Sequence[Point]) -> str:
    """A closed path through the middles of the line's pieces, every second corner a control point."""
    thinned = line[::2] if len(line) > 12 else line
    middles = [
        ((x + next_x) / 2, (y + next_y) / 2)
        for (x, y), (next_x, next_y) in zip(thinned, [*thinned[1:], thinned[0]], strict=True)
    ]
    start = middles[-1]
    curves = "".join(
        f"Q{_number(x)} {_number(y)} {_number(to_x)} {_number(to_y)}"
        for (x, y), (to_x, to_y) in zip(thinned, middles, strict=True)
    )
    return f"M{_number(start[0])} {_number(start[1])}{curves}Z"


def _summit(heights: Sequence[Sequence[float]], step: float) -> Point:
    inside = [
        (value, column, row) for row, line in enumerate(heights[8:-8], 8) for column, value in enumerate(line[8:-8], 8)
    ]
    _, column, row = max(inside)
    return (column - 2) * step, (row - 2) * step


# --- arcs: overlapping discs of concentric rings ------------------------------------------------


def arcs(canvas: Canvas) -> Iterator[str]:
    chance = canvas.chance
    unit = canvas.diagonal / 40
    discs = [
        (
            chance.uniform(-0.05, 1.05) * canvas.width,
            (at + chance.uniform(0.1, 0.9)) / 7 * canvas.height,
            unit * chance.choice((5, 7, 7, 9, 12, 15)),
        )
        for at in range(7)
    ]
    chance.shuffle(discs)
    sun = max(range(len(discs)), key=lambda at: (_inside(canvas, discs[at]), at))
    for at, (x, y, radius) in enumerate(discs):
        if at == sun:
            yield _disc(x, y, radius * 0.62, canvas.accent)
        else:
            yield from _rings(canvas, x, y, radius, unit * chance.choice((0.45, 0.6, 0.9)))


def _inside(canvas: Canvas, disc: tuple[float, float, float]) -> bool:
    x, y, radius = disc
    return (
        radius < canvas.diagonal / 4
        and 0.15 * canvas.width < x < 0.85 * canvas.width
        and 0.15 * canvas.height < y < 0.7 * canvas.height
    )


def _rings(canvas: Canvas, x: float, y: float, radius: float, gap: float) -> Iterator[str]:
    yield _disc(x, y, radius, canvas.ground)
    tone = canvas.chance.choice(canvas.tones[1:])
    solid = canvas.chance.random() < 0.35
    radius_now = radius
    while radius_now > gap:
        width = gap * (0.62 if solid else 0.16)
        yield (
            f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius_now)}" fill="none" '
            f'stroke="{tone}" stroke-width="{_number(width)}"/>'
        )
        radius_now -= gap


def _disc(x: float, y: float, radius: float, tone: str) -> str:
    return f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}" fill="{tone}"/>'


# --- grid: quarter circles, halves and bars in square cells -------------------------------------


def grid(canvas: Canvas) -> Iterator[str]:
    columns = 6 if canvas.width < canvas.height * 1.2 else 10
    side = canvas.width / columns
    rows = math.ceil(canvas.height / side)
    lit = canvas.chance.randrange(columns * rows // 3, columns * rows)
    for cell in range(columns * rows):
        row, column = divmod(cell, columns)
        accent = cell == lit
        shape = canvas.chance.choice(SHAPES if not accent else SHAPES[:2])
        tone = canvas.accent if accent else canvas.chance.choice(canvas.tones)
        under = canvas.chance.choice((canvas.ground, canvas.ground, canvas.tones[0], canvas.tones[1]))
        turn = canvas.chance.choice((0, 90, 180, 270))
        x, y, half = column * side, row * side, side / 2
        yield (
            f'<g transform="translate({_number(x)} {_number(y)})">'
            f'<rect width="{_number(side + 0.3)}" height="{_number(side + 0.3)}" fill="{under}"/>'
            f'<g transform="rotate({turn} {_number(half)} {_number(half)})" fill="{tone}">{shape(side)}</g></g>'
        )


def _quarter(side: float) -> str:
    edge = _number(side)
    return f'<path d="M0 0H{edge}A{edge} {edge} 0 0 1 0 {edge}Z"/>'


def _full(side: float) -> str:
    return f'<circle cx="{_number(side / 2)}" cy="{_number(side / 2)}" r="{_number(side / 2)}"/>'


def _half(side: float) -> str:
    edge, half = _number(side), _number(side / 2)
    return f'<path d="M0 0V{edge}A{half} {half} 0 0 0 0 0Z"/>'


def _leaf(side: float) -> str:
    edge = _number(side)
    return f'<path d="M0 0A{edge} {edge} 0 0 1 {edge} {edge}A{edge} {edge} 0 0 1 0 0Z"/>'


def _bars(side: float) -> str:
    bar = side / 8
    return "".join(
        f'<rect x="0" y="{_number(bar * (2 * at + 0.5))}" width="{_number(side)}" height="{_number(bar)}"/>'
        for at in range(4)
    )


def _dots(side: float) -> str:
    gap = side / 4
    return "".join(
        f'<circle cx="{_number(gap * (column + 0.5))}" cy="{_number(gap * (row + 0.5))}" r="{_number(side / 26)}"/>'
        for row in range(4)
        for column in range(4)
    )


def _nothing(_side: float) -> str:
    return ""


SHAPES: tuple[Callable[[float], str], ...] = (_full, _quarter, _quarter, _quarter, _half, _leaf, _bars, _dots, _nothing)


# --- weave: bands of threads, over and under ----------------------------------------------------


def weave(canvas: Canvas) -> Iterator[str]:
    chance = canvas.chance
    reach = canvas.diagonal * 1.06
    warp, weft = _bands(canvas, reach), _bands(canvas, reach)
    lit = chance.randrange(len(warp) // 3, 2 * len(warp) // 3)
    turn = chance.choice((-35, -28, 28, 35))
    centre = f"{_number(canvas.width / 2)} {_number(canvas.height / 2)}"
    left, top = (canvas.width - reach) / 2, (canvas.height - reach) / 2
    yield f'<g transform="rotate({turn} {centre}) translate({_number(left)} {_number(top)})" fill="none">'
    for at, band in enumerate(warp):
        gaps = [other for other_at, other in enumerate(weft) if (at + other_at) % 2]
        yield _threads(band, gaps, reach, upright=True, tone=canvas.accent if at == lit else None)
    for at, band in enumerate(weft):
        gaps = [other for other_at, other in enumerate(warp) if not (at + other_at) % 2]
        yield _threads(band, gaps, reach, upright=False, tone=None)
    yield "</g>"


@dataclass(frozen=True, slots=True)
class Band:
    start: float
    width: float
    threads: int
    tone: str


def _bands(canvas: Canvas, reach: float) -> list[Band]:
    unit = canvas.diagonal / 100
    bands, at = [], 0.0
    while at < reach:
        threads = canvas.chance.choice((3, 4, 5, 5, 7, 9))
        width = threads * unit * 0.62
        bands.append(Band(at, width, threads, canvas.chance.choice(canvas.tones[1:])))
        at += width + unit * 1.25
    return bands


def _threads(band: Band, gaps: Sequence[Band], reach: float, *, upright: bool, tone: str | None) -> str:
    pitch = band.width / band.threads
    margin = pitch * 0.55
    edges = [0.0, *(edge for gap in gaps for edge in (gap.start - margin, gap.start + gap.width + margin)), reach]
    pieces = []
    for thread in range(band.threads):
        across = _number(band.start + pitch * (thread + 0.5))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if end - start > pitch:
                pieces.append(
                    f"M{across} {_number(start)}V{_number(end)}"
                    if upright
                    else f"M{_number(start)} {across}H{_number(end)}"
                )
    return f'<path d="{"".join(pieces)}" stroke="{tone or band.tone}" stroke-width="{_number(pitch * 0.5)}"/>'


# --- shared -------------------------------------------------------------------------------------

KINDS: dict[str, Callable[[Canvas], Iterator[str]]] = {
    "arcs": arcs,
    "contours": contours,
    "grid": grid,
    "weave": weave,
}


def _between(tones: Sequence[str], part: float) -> str:
    """The colour at `part` (0 to 1) of the way through the tones."""
    at = part * (len(tones) - 1)
    index = min(int(at), len(tones) - 2)
    first, second = tones[index], tones[index + 1]
    mix = at - index
    parts = (round(int(first[p : p + 2], 16) * (1 - mix) + int(second[p : p + 2], 16) * mix) for p in (1, 3, 5))
    return "#" + "".join(f"{value:02x}" for value in parts)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
