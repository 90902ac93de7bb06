"""Charts for documents: a few lines of data in the manuscript become a figure in the style of the page.

Hand-written on purpose. A chart library draws its own fonts, colours and legends into a picture; a document needs the
type and tones of the page around it, labels at the marks, and numbers that can be read aloud. Bars and funnels are
therefore tables (the chart is its own data table), and lines are SVG with a text alternative. Colours stand as
`var(--brand)` and are set when the theme is known (see magnets.document).
"""

import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from magnets import tomlwords
from magnets.sentences import quoted, sentence

KEYS = ("kind", "title", "caption", "unit", "rows", "columns", "alt", "highlight", "threshold", "threshold_label")
MOST_ROWS = 40
SYMBOLS = frozenset("%€$£°")


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as written: each row is a label and its numbers; `columns` names the numbers where there are several."""

    kind: str
    title: str
    caption: str
    unit: str
    rows: tuple[tuple[str, tuple[float, ...]], ...]
    columns: tuple[str, ...]
    alt: str
    highlight: frozenset[str]
    threshold: float | None
    threshold_label: str

    @property
    def highest(self) -> float:
        top = max(max(values) for _, values in self.rows)
        return max(top, self.threshold or 0.0)

    @property
    def base(self) -> float:
        """Where the scale of a line begins: at zero, unless that would flatten everything that happens."""
        lowest = min(min(values) for _, values in self.rows)
        spread = self.highest - lowest
        if lowest < self.highest / 2 or not spread:
            return 0.0
        step = 10.0 ** math.floor(math.log10(spread))
        return max(0.0, math.floor((lowest - spread / 2) / step) * step)

    def shown(self, value: float) -> str:
        """The number as people write it, with the unit where the unit is a sign."""
        whole = f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
        if len(whole) < 6:
            whole = whole.replace(",", "")
        if self.unit in ("€", "$", "£"):
            return self.unit + whole
        return whole + self.unit if self.unit in SYMBOLS else whole

    @property
    def words(self) -> str:
        """The text alternative: the author's, or all numbers in order."""
        numbers = "; ".join(f"{label} {', '.join(map(self.shown, values))}" for label, values in self.rows)
        return self.alt or f"{self.title}: {numbers}."


def chart(source: str) -> str:
    """The HTML figure for one fenced block of TOML; raises ValueError with a sentence that says what to mend."""
    drawn = _read(source)
    body = KINDS[drawn.kind](drawn)
    return f'<figure class="chart chart-{drawn.kind}">{_caption(drawn)}<div class="chart-body">{body}</div></figure>'


def _caption(drawn: Chart) -> str:
    unit = f' <span class="chart-unit">{escape(drawn.unit)}</span>' if drawn.unit and drawn.unit not in SYMBOLS else ""
    title = f'<p class="chart-title">{escape(drawn.title)}{unit}</p>' if drawn.title else ""
    caption = f'<p class="chart-caption">{escape(drawn.caption)}</p>' if drawn.caption else ""
    return f"<figcaption>{title}{caption}</figcaption>" if title or caption else ""


# --- reading ------------------------------------------------------------------------------------


def _read(source: str) -> Chart:
    try:
        values = tomllib.loads(source)
    except tomllib.TOMLDecodeError as wrong:
        line = re.search(r"line (\d+)", str(wrong))
        raise ValueError(
            sentence(
                "The chart is not valid TOML: %(wrong)s (at line %(line)s).",
                wrong=tomlwords.why(wrong),
                line=line[1] if line else str(source.count("\n") + 1),
            )
        ) from wrong
    for key in values:
        if key not in KEYS:
            raise ValueError(
                sentence("A chart has no key %(key)s; it may have %(known)s.", key=quoted(key), known=", ".join(KEYS))
            )
    kind = values.get("kind")
    if kind not in KINDS:
        raise ValueError(
            sentence(
                "Give the chart a kind: %(known)s; not %(kind)s.", known=", ".join(sorted(KINDS)), kind=quoted(kind)
            )
        )
    rows = _rows(values.get("rows"))
    columns = _words(values, "columns")
    width = len(rows[0][1])
    if width > 1 and len(columns) != width:
        raise ValueError(
            sentence(
                "The rows of the chart have %(width)s numbers each; name them: columns = [%(width)s texts].",
                width=width,
            )
        )
    if width > 1 and kind != "line":
        raise ValueError(
            sentence(
                "A %(kind)s chart shows one number for each row; take the others out or make it a line chart.",
                kind=kind,
            )
        )
    if kind == "line" and len(rows) < 2:
        raise ValueError(sentence("A line needs at least two rows."))
    highlight = _words(values, "highlight")
    for label in highlight:
        if label not in [row for row, _ in rows]:
            raise ValueError(
                sentence("The chart highlights %(label)s, which is not the label of a row.", label=quoted(label))
            )
    return Chart(
        kind=str(kind),
        title=_text(values, "title"),
        caption=_text(values, "caption"),
        unit=_text(values, "unit"),
        rows=rows,
        columns=columns,
        alt=_text(values, "alt"),
        highlight=frozenset(highlight),
        threshold=_number(values["threshold"]) if "threshold" in values else None,
        threshold_label=_text(values, "threshold_label"),
    )


def _rows(value: object) -> tuple[tuple[str, tuple[float, ...]], ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(
            sentence('Give the chart rows, each with a label and a number: rows = [["March", 12], ["April", 15]].')
        )
    if len(value) > MOST_ROWS:
        raise ValueError(
            sentence(
                "The chart has %(number)s rows; %(most_rows)s at most can be read.",
                number=len(value),
                most_rows=MOST_ROWS,
            )
        )
    rows = tuple(_row(row) for row in value)
    if len({len(values) for _, values in rows}) > 1:
        raise ValueError(sentence("Give every row of the chart the same number of values."))
    if not any(number for _, numbers in rows for number in numbers):
        raise ValueError(sentence("All numbers of the chart are zero; there is nothing to draw."))
    return rows


def _row(row: object) -> tuple[str, tuple[float, ...]]:
    if not isinstance(row, list) or len(row) < 2 or not isinstance(row[0], str):
        raise ValueError(
            sentence(
                'Write each row of the chart as a label and a number: ["March", 12]; not %(row)s.', row=quoted(row)
            )
        )
    return row[0], tuple(_number(number) for number in row[1:])


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(sentence("The chart needs plain numbers; %(value)s is none.", value=quoted(value)))
    if not 0 <= value < 1e15:
        raise ValueError(sentence("The chart can show numbers from 0 up; %(value)s is outside.", value=quoted(value)))
    return float(value)


def _text(values: Mapping[str, object], key: str) -> str:
    value = values.get(key, "")
    if not isinstance(value, str):
        raise ValueError(sentence("Write the chart's %(key)s as a text in quotation marks.", key=key))
    return value.strip()


def _words(values: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = values.get(key, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
        raise ValueError(sentence('Write the chart\'s %(key)s as a list of texts: ["…", "…"].', key=key))
    return tuple(listed)


# --- bars and funnels: tables whose cells are drawn ---------------------------------------------


def _bars(drawn: Chart) -> str:
    lines = []
    for label, (value,) in drawn.rows:
        quiet = " quiet" if drawn.highlight and label not in drawn.highlight else ""
        share = 84 * value / drawn.highest  # the rest of the cell is for the number
        lines.append(
            f'<tr><th scope="row">{escape(label)}</th><td class="bar-cell">'
            f'<span class="bar{quiet}" style="width:{share:.2f}%"></span> '
            f'<span class="bar-value">{escape(drawn.shown(value))}</span></td></tr>'
        )
    return f'<table class="bars"><tbody>{"".join(lines)}</tbody></table>'


def _funnel(drawn: Chart) -> str:
    lines = []
    before: float | None = None
    for label, (value,) in drawn.rows:
        rate = f"{100 * value / before:.0f}%" if before else ""
        lines.append(
            f'<tr><th scope="row">{escape(label)}</th>'
            f'<td class="funnel-cell"><span class="bar" style="width:{100 * value / drawn.highest:.2f}%"></span></td>'
            f'<td class="funnel-value">{escape(drawn.shown(value))}</td><td class="funnel-rate">{rate}</td></tr>'
        )
        before = value
    head = (
        '<thead><tr><td></td><td></td><td class="funnel-value"></td>'
        '<th scope="col" class="funnel-rate">of the step before</th></tr></thead>'
    )
    return f'<table class="funnel">{head}<tbody>{"".join(lines)}</tbody></table>'


# --- lines: SVG ---------------------------------------------------------------------------------

WIDTH, HEIGHT = 400.0, 170.0
LEFT, RIGHT, TOP, BOTTOM = 8.0, 34.0, 22.0, 22.0
TONES = ("brand", "warm", "mid", "soft")
MOST_LABELS = 12


def _lines(drawn: Chart) -> str:
    count, series = len(drawn.rows), len(drawn.rows[0][1])
    parts = [_baseline(drawn), *_ticks(drawn)]
    if drawn.threshold is not None:
        parts.append(_threshold(drawn, drawn.threshold))
    for at in reversed(range(series)):
        parts += _line(drawn, at, labels=series == 1 and count <= MOST_LABELS)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="line" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" '
        f'font-family="var(--chart-font)" font-size="8.6"><title>{escape(drawn.words)}</title>{"".join(parts)}</svg>'
    )
    return svg if series == 1 and count <= MOST_LABELS else svg + _data(drawn)


def _point(drawn: Chart, row: int, value: float) -> tuple[float, float]:
    across = LEFT + (WIDTH - LEFT - RIGHT) * row / (len(drawn.rows) - 1)
    share = (value - drawn.base) / (drawn.highest - drawn.base)
    return across, HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def _line(drawn: Chart, at: int, *, labels: bool) -> list[str]:
    tone = f"var(--{TONES[at % len(TONES)]})"
    points = [_point(drawn, row, values[at]) for row, (_, values) in enumerate(drawn.rows)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [
        f'<polyline points="{path}" fill="none" stroke="{tone}" stroke-width="1.8" stroke-linejoin="round" '
        'stroke-linecap="round"/>'
    ]
    shown = range(len(points)) if labels else (len(points) - 1,)
    for row in shown:
        x, y = points[row]
        value = drawn.shown(drawn.rows[row][1][at])
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{tone}" stroke="var(--paper)" stroke-width="1"/>'
        )
        if labels:
            parts.append(_label(x, _beside(drawn, y), value, tone="var(--ink)", weight=600))
        else:
            name = drawn.columns[at] if drawn.columns else value
            parts.append(_label(x + 5, y + 2.8, name, tone=tone, anchor="start", weight=600))
    return parts


def _beside(drawn: Chart, y: float) -> float:
    """Above the point, or below where the threshold runs just above it."""
    line = _point(drawn, 0, drawn.threshold)[1] if drawn.threshold is not None else -99.0
    return y + 12 if y - 16 < line <= y else y - 6.5


def _label(x: float, y: float, text: str, *, tone: str, anchor: str = "middle", weight: int = 400) -> str:
    look = f'fill="{tone}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'


def _baseline(drawn: Chart) -> str:
    """The foot of the chart, marked with its value where that is not zero."""
    y, right = HEIGHT - BOTTOM, WIDTH - RIGHT + 8
    line = f'<line x1="0" x2="{right:g}" y1="{y:g}" y2="{y:g}" stroke="var(--line)" stroke-width=".7"/>'
    if not drawn.base:
        return line
    return line + _label(right + 2, y + 2.8, drawn.shown(drawn.base), tone="var(--soft)", anchor="start")


def _ticks(drawn: Chart) -> list[str]:
    """Labels under the line: all of them where they fit, else the first, the last and some between."""
    step = max(1, math.ceil(len(drawn.rows) * max(len(label) for label, _ in drawn.rows) * 4.6 / (WIDTH - RIGHT)))
    rows = [row for row in range(len(drawn.rows)) if row % step == 0]
    anchors = {0: "start"} if LEFT < 10 else {}
    return [
        _label(
            0 if row in anchors else _point(drawn, row, 0)[0],
            HEIGHT - 8,
            drawn.rows[row][0],
            tone="var(--soft)",
            anchor=anchors.get(row, "middle"),
        )
        for row in rows
    ]


def _threshold(drawn: Chart, value: float) -> str:
    _, y = _point(drawn, 0, max(value, drawn.base))
    right = WIDTH - RIGHT + 8
    label = drawn.threshold_label or drawn.shown(value)
    return (
        f'<line x1="0" x2="{right:g}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--warm)" stroke-width=".9" '
        f'stroke-dasharray="3 2.5"/>{_label(right + 2, y + 2.8, label, tone="var(--soft)", anchor="start")}'
    )


def _data(drawn: Chart) -> str:
    """The numbers below a line that has no room for them."""
    names: Sequence[str] = drawn.columns or (drawn.unit or "Value",)
    head = "".join(f'<th scope="col" class="align-right">{escape(name)}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(f'<td class="align-right">{escape(drawn.shown(value))}</td>' for value in values)
        + "</tr>"
        for label, values in drawn.rows
    )
    return f'<table class="chart-data"><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>'


KINDS: dict[str, Callable[[Chart], str]] = {"bar": _bars, "funnel": _funnel, "line": _lines}
