"""A lead's copy beside a warm WeasyPrint render of the same document, taken in turns in one run."""

import gc
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import weasyprint

from magnets.imprint import Prepared, prepare

EDITIONS = ((21, 95, False), (60, 260, False), (60, 260, True))
"""Pages, web links in them, and whether the name stands at the foot of every page too."""

COPIES = 20_000
RENDERS = 3
GOAL_TIMES, GOAL_MICROSECONDS = 10_000, 100

FIRST = [
    "Ada",
    "Grace",
    "Alan",
    "Jürgen",
    "Zoë",
    "Łukasz",
    "Siân",
    "Ønja",
    "Γεώργιος",
    "Иван",
    "María",
    "Nguyễn",
    "Chloé",
    "Saoirse",
    "Þór",
    "Çelik",
    "Renée",
    "Noor",
]
LAST = [
    "Lovelace",
    "Hopper",
    "Turing",
    "Müller-Lüdenscheidt",
    "Ångström",
    "Παπαδόπουλος",
    "Петров",
    "O’Neill",
    "Żółć",
    "García",
    "Trần",
    "Duarte",
]
FIRMS = [
    "Northwind",
    "Fabrikam",
    "Contoso",
    "Tailspin",
    "Adventure",
    "Woodgrove",
    "Graphic",
    "Litware",
    "Proseware",
    "Wingtip",
    "Blue-Yonder",
]
KINDS = [
    "Works Ltd",
    "& Sons GmbH",
    "Industries S.A.",
    "Energy Group plc",
    "Logistics AB",
    "Consulting BV",
    "Software Inc.",
]

STYLE = """
    @page { size: A4; margin: 20mm 22mm; @bottom-right { content: counter(page) } }
    body { font: 10.5pt/1.5 'Source Serif 4', serif; text-align: justify; hyphens: auto }
    section { break-before: page }
    .slot { display: block; width: 120mm; height: 12mm }
    .foot { height: 5mm }
"""
SENTENCES = (
    "A lead is worth what sales can do with it, and sales can do little with a name alone. "
    "Agree on what makes a lead ready before the first page goes live, and write it down where both sides see it. "
    "Count what arrives, what is accepted and what is handed back, and look at the three numbers together each week. "
    "When a form asks for one field too many, fewer people answer it; when it asks too little, nobody can follow up. "
)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds at the median and at the 95th percentile."""

    median: float
    p95: float


def main() -> None:
    print("\nA lead's copy (name, company and every link rewritten) beside a warm render of the same document")
    print("* the name at the foot of every page too, so that 60 streams change; no goal was set for it")
    print(f"{'':>10}{'links':>7}{'render':>11}{'copy p50':>11}{'copy p95':>11}{'times cheaper':>15}   goals")
    with tempfile.TemporaryDirectory() as folder:
        for pages, links, everywhere in EDITIONS:
            _compare(pages, links, Path(folder), everywhere=everywhere)


def _compare(pages: int, links: int, folder: Path, *, everywhere: bool) -> None:
    html = _document(pages, links, everywhere=everywhere)
    edition, preparing, opening = _edition(_render(html), folder / f"{pages}.pdf")  # the first render warms up
    if len(edition.targets) != links:
        raise AssertionError(f"{len(edition.targets)} links instead of {links}")
    renders: list[float] = []
    copies: list[float] = []
    for turn in range(RENDERS):
        renders.append(_seconds(partial(_render, html)))
        copies += _copying(edition, turn * COPIES // RENDERS, COPIES // RENDERS)
    render, copy = statistics.median(renders), _timing(copies)
    times, microseconds = render / copy.median, copy.p95 * 1e6
    met = "met" if times >= GOAL_TIMES and microseconds < GOAL_MICROSECONDS else "MISSED"
    goal = "" if everywhere else f"{met}: at least {GOAL_TIMES:,} times, p95 under {GOAL_MICROSECONDS} us"
    print(
        f"{pages:>4} pages{'*' if everywhere else ' '}{links:>6}{render * 1e3:>8.0f} ms{copy.median * 1e6:>8.1f} us"
        f"{microseconds:>8.1f} us{times:>15,.0f}   {goal}"
    )
    _remark(f"prepared once in {preparing * 1e3:.0f} ms, opened in {opening * 1e3:.1f} ms")
    _remark(f"{edition.length:,} bytes shared, {_own(edition, 'Ada Lovelace'):,} bytes of each copy its own")
    for script, name in {"Arabic": "محمد عبد الله", "Devanagari": "प्रियंका शर्मा", "Japanese": "山田太郎"}.items():
        timing = _timing([_seconds(partial(_copy, edition, name, 0)) for _ in range(200)])
        _remark(f"a name in {script}: {timing.median * 1e3:.1f} ms, {_own(edition, name):,} bytes")


def _document(pages: int, links: int, *, everywhere: bool) -> str:
    """A cover with two slots and chapters of one full page each, the links spread evenly over them."""
    foot = '<a class="slot foot" href="slot:name?size=8"></a>' if everywhere else ""
    places = [number * (pages - 1) // links for number in range(links)]
    chapters = [
        f"<section><h2>Chapter {page + 1}</h2>"
        + "".join(f"<p>{SENTENCES * 2}</p>" for _ in range(3))
        + "".join(
            f'<p>See <a href="https://reading.example/{number}">source {number}</a> for where this comes from.</p>'
            for number, place in enumerate(places)
            if place == page
        )
        + f"{foot}</section>"
        for page in range(pages - 1)
    ]
    cover = (
        '<h1>One pipeline</h1><p>Prepared for</p><a class="slot" href="slot:name?size=22&amp;weight=600"></a>'
        '<a class="slot" href="slot:company?size=14"></a>'
    )
    return f"<html lang=en><title>One pipeline</title><style>{STYLE}</style><body>{cover}{''.join(chapters)}"


def _render(html: str) -> bytes:
    return bytes(weasyprint.HTML(string=html).write_pdf(pdf_variant="pdf/ua-1"))


def _edition(pdf: bytes, path: Path) -> tuple[Prepared, float, float]:
    started = perf_counter()
    path.write_bytes(prepare(pdf))
    prepared = perf_counter()
    edition = Prepared.open(path)
    return edition, prepared - started, perf_counter() - prepared


def _copying(edition: Prepared, first: int, count: int) -> list[float]:
    """Seconds of each copy; no name, company or link is that of the copy before."""
    gc.collect()
    return [_seconds(partial(_copy, edition, "", number)) for number in range(first, first + count)]


def _copy(edition: Prepared, name: str, number: int) -> object:
    firm = f"{FIRMS[number % len(FIRMS)]} {KINDS[number % len(KINDS)]}"
    name = name or f"{FIRST[number % len(FIRST)]} {LAST[number // 7 % len(LAST)]}"
    return edition.copy({"name": name, "company": firm}, link_prefix=f"https://northwind.example/l/{number:022d}/")


def _own(edition: Prepared, name: str) -> int:
    return len(edition.copy({"name": name, "company": "Northwind Works"}, link_prefix="https://n.example/l/x/").tail)


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _timing(seconds: Sequence[float]) -> Timing:
    return Timing(statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1])


def _remark(text: str) -> None:
    print(f"{'':>10}  {text}")


if __name__ == "__main__":
    main()
