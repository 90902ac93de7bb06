"""A report as a table for spreadsheets: numbers are numbers; beside closed figures stands what is different by now."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from zoneinfo import ZoneInfo

from capture import currencies
from capture.handoff.spreadsheet import Cell
from capture.reports import closed
from capture.reports.kpis import By, Figures, Report

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "visits": "Visits",
        "fills": "Fills",
        "fill_rate": "Form fill rate",
        "leads": "Leads captured",
        "to_mql": "Conversion to MQL",
        "mqls": "MQLs",
        "accepted": "Accepted",
        "rejected": "Rejected",
        "sqls": "SQLs",
        "to_sql": "MQL to SQL",
        "spent": "Spent",
        "cost_per_lead": "Cost per lead",
        "cost_per_mql": "Cost per MQL",
    }
)
NURTURE = "Nurture duration in days"
RIPE = "Ripe"  # whether the leads of a week have had their time to become MQLs
_MONEY = ("spent", "cost_per_lead", "cost_per_mql")  # told in whole units of the currency


def table(report: Report, by: str, *, currency: str, zone: ZoneInfo) -> list[list[Cell]]:
    """Headers, a row for each line, one for all of it, and a sentence where months are closed."""
    heads = [f"{title}, {currency}" if key in _MONEY else title for key, title in COLUMNS.items()] + [NURTURE]
    since = [f"{head}: different since closing by" for head in heads] if report.closed else []
    is_weekly, part = report.by is By.WEEK, 10 ** currencies.digits(currency)
    rows: list[list[Cell]] = [[by, *heads, *since, *([RIPE] if is_weekly else [])]]
    for line in report.lines:
        lasted = line.nurture_days, line.nurture_now
        ripe = ["yes" if line.is_ripe else "no"] if is_weekly else []
        rows.append([line.label or "None", *_cells(line.figures, line.now, lasted, report, part), *ripe])
    lasted = report.nurture_days, report.nurture_now
    rows.append(["All", *_cells(report.whole, report.now, lasted, report, part)])
    told = closed.words(report.closed, has_changed=report.has_changed, zone=zone)
    return [*rows, [told]] if told else rows


def _cells(then: Figures, now: Figures | None, nurture: tuple[Cell, Cell], report: Report, part: int) -> Iterator[Cell]:
    told = [*_numbers(then, part), nurture[0]]
    yield from told
    if report.closed:
        before = replace(then, spent=then.spent or 0)  # costs that came later are all of them a difference
        present = [*_numbers(now or then, part), nurture[1]]
        yield from (_difference(*pair) for pair in zip([*_numbers(before, part), nurture[0]], present, strict=True))


def _numbers(figures: Figures, part: int) -> Iterator[Cell]:
    """What stands in the columns; `part`: so many minor units are one of the currency."""
    for key in COLUMNS:
        value = getattr(figures, key)
        yield value / part if key in _MONEY and value is not None else value


def _difference(then: Cell, now: Cell) -> Cell:
    """None where one of them is unknown."""
    if isinstance(then, int | float) and isinstance(now, int | float):
        return round(now - then, 6)
    return None


def xlsx_of(rows: Sequence[Sequence[Cell]]) -> bytes:
    """The table as a workbook of one sheet."""
    import xlsxwriter  # slow to import, for the few who take workbooks

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("Figures")
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, len(rows[0]), 14)
        head = book.add_format({"bold": True, "text_wrap": True})
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(line, place, cell, head if line == 0 else None)
                elif cell is not None:
                    sheet.write_number(line, place, cell)
    return file.getvalue()
