"""Charts: pygal draws them as SVG, and only classes are left of what it adds of its own.

Colours, type, the dark and what a telephone shows come from our style sheet; the content policy refuses a drawing that
brings its own. pygal is loaded with the first chart: no page for visitors and no command waits for it.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from markupsafe import Markup

from capture.web import language

WIDTH, HEIGHT = 760, 248  # in units of the SVG
MOST_LABELS = 12  # below the bars
IDLE = {"background", "tooltip-overlay"}  # parts which pygal's own scripts or styles would use
IDLE_TAGS = {"defs", "desc"}


@dataclass(frozen=True, slots=True)
class Bars:
    """For each label two bars side by side, of the whole and of a part of it."""

    labels: Sequence[str]
    whole: Sequence[int]
    part: Sequence[int]

    @property
    def rows(self) -> Iterable[tuple[str, int, int]]:
        """The same for a table."""
        return zip(self.labels, self.whole, self.part, strict=True)

    def drawn(self, key: str, title: str, words: str, names: Sequence[str]) -> Markup:
        """The drawing, with the names of both for whoever points at a bar. Nothing is no bar."""
        number, series = language.current().number, {"whole": self.whole, "part": self.part}
        scale = ticks(max(*self.whole, *self.part, 1), steps=3)
        if scale[-1] < max(*self.whole, *self.part):
            scale.append(scale[-1] + scale[1])
        chart = pygal().Bar(
            **look("bars"),
            width=WIDTH,
            height=HEIGHT,
            x_labels=list(self.labels),
            x_labels_major_every=-(-len(self.labels) // MOST_LABELS),
            show_minor_x_labels=False,
            y_labels=scale,
            value_formatter=number,
            no_data_text="",
        )
        for (told, values), name in zip(series.items(), names, strict=True):
            said = [f"{label}: {number(value)} {name}" for label, value in zip(self.labels, values, strict=True)]
            chart.add(
                told,
                [{"value": value or None, "tooltip": text} for value, text in zip(values, said, strict=True)],
            )
        return svg(chart, key, title, words)


def ticks(most: int, *, steps: int = 5) -> list[int]:
    """Whole numbers as people count, from 0 up to `most` at the most: in so many steps of 1, 2 or 5 with zeros."""
    sizes = (factor * 10**zeros for zeros in range(len(str(most))) for factor in (1, 2, 5))
    size = next(size for size in (*sizes, most) if most // size <= steps)
    return [*range(0, most + 1, size)]


def pygal() -> Any:
    """The library. What it hangs into the process, a finder for maps that we do not have, is taken out again."""
    import pygal as library

    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, library.PluginImportFixer)]
    return library


def look(kind: str) -> dict[str, Any]:
    """What all charts are drawn with; the sizes leave room for the letters of a telephone."""
    return {
        "classes": ["chart", f"chart--{kind}"],
        "css": [],
        "js": [],
        "no_prefix": True,
        "show_legend": False,
        "truncate_label": -1,
        "margin": 8,
        "margin_right": 24,
        "margin_bottom": 16,
        "style": pygal().style.Style(label_font_size=16, title_font_size=16, value_font_size=8),
    }


def svg(chart: Any, key: str, title: str, words: str) -> Markup:
    """The drawing as part of a page, named and described in the visitor's language; `key` tells it from others there.

    The names of a series are classes of its marks.
    """
    names = [about["title"] for _, about in chart.raw_series]
    chart.add_xml_filter(partial(_plain, names=names))
    chart.add_xml_filter(partial(_named, key=key, title=title, words=words))
    return Markup(chart.render(disable_xml_declaration=True))  # noqa: S704  (written as XML by the library)


def _plain(drawing: Element, *, names: Sequence[str]) -> Element:
    """Without styles, scripts, comments and what is there for them; each class is one of a chart's."""
    for parent in list(drawing.iter()):
        for node in list(parent):
            classes = [] if not isinstance(node.tag, str) else node.get("class", "").split()
            if not isinstance(node.tag, str) or node.tag in IDLE_TAGS or IDLE & {*classes} or _repeats(parent, node):
                parent.remove(node)
            elif classes[:1] == ["series"]:
                node.set("class", _ours(names[int(classes[1].removeprefix("serie-"))].split()))
            elif classes:
                node.set("class", _ours(classes))
    return drawing


def _ours(classes: Sequence[str]) -> str:
    return " ".join(f"chart__{name}" for name in classes)


def _repeats(parent: Element, node: Element) -> bool:
    """Whether it says once more what the number beside a line says."""
    return node.tag == "title" and "guides" in parent.get("class", "")


def _named(drawing: Element, *, key: str, title: str, words: str) -> Element:
    del drawing.attrib["id"]
    drawing.attrib.update({"role": "img", "aria-labelledby": f"{key}-title", "aria-describedby": f"{key}-desc"})
    for name in drawing.findall("title"):
        drawing.remove(name)  # that of the library
    for tag, text in (("desc", words), ("title", title)):
        node = drawing.makeelement(tag, {"id": f"{key}-{tag}"})
        node.text = text
        drawing.insert(0, node)
    return drawing
