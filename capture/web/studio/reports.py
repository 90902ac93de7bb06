"""Reports in the studio: the seven figures of a span, by what one asks for, and the files of costs behind them."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, timedelta
from types import MappingProxyType
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock, currencies
from capture.accounts.models import Role
from capture.errors import ParameterRefused, UploadRefused
from capture.handoff import spreadsheet
from capture.handoff.layouts import ColumnsUnknown, Layout
from capture.journey import reporting
from capture.journey import staff as staff_journey
from capture.languages import Value, say
from capture.reports import answers, behind, closed, closing, daily, kpis, sheet, spending
from capture.reports.behind import Behind, Counted
from capture.reports.kpis import DEFINITIONS, By, Line, Report
from capture.reports.models import SpendKind
from capture.web import charts, language
from capture.web.current import settings
from capture.web.studio import layouts
from capture.web.studio.access import actor, me, only
from capture.web.studio.forms import SpanForm
from capture.web.studio.separating import separator

bp = Blueprint("reports", __name__, url_prefix="/studio/reports")

USUAL = timedelta(weeks=12)
BYS: Mapping[By, str] = {
    By.WEEK: say("Week"),
    By.CHANNEL: say("Channel"),
    By.SOURCE: say("Source"),
    By.CAMPAIGN: say("Campaign"),
    By.PAGE: say("Page"),
}
MOST_WEEKS = 26  # in the chart
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_FILE = 10_000_000  # bytes of a file of costs


@bp.get("/")
@only(Role.MARKETER, Role.SALES)
def figures() -> ResponseReturnValue:
    today = daily.day_of(clock.now(), settings().zone)
    given = request.args if request.args.get("since") or request.args.get("until") else None
    form = SpanForm(given, since=today - USUAL, until=today, meta={"csrf": False})
    by = _by()
    if given is not None and not form.validate():
        return render_template(
            "studio/reports.html", form=form, by=by, bys=BYS, kinds=list(SpendKind), report=None
        ), 422
    report = kpis.report(
        form.since.data,
        form.until.data,
        by,
        zone=settings().zone,
        rates=reporting.rates(settings()),
        at=clock.now(),
        kind=_kind(),
    )
    told = answers.between(report.since, report.until, zone=settings().zone, at=clock.now())
    has_changed = report.has_changed or told.now is not None
    return render_template(
        "studio/reports.html",
        form=form,
        by=by,
        bys=BYS,
        kinds=list(SpendKind),
        report=report,
        chart=_chart(report),
        answers=told,
        definitions={**DEFINITIONS, **answers.DEFINITIONS},
        zone=settings().zone.key,
        currency=settings().currency,
        unrated=spending.unrated(reporting.rates(settings())),
        closed=closed.words(report.closed, has_changed=has_changed, zone=settings().zone),
        change=_change,
        behind=_links(report),
        behind_answer=_answer_links(report),
    )


@bp.get("/figures.<any(csv, xlsx):form>")
@only(Role.MARKETER, Role.SALES)
def download(form: str) -> ResponseReturnValue:
    """The figures of a span as a file, every row of them; without one, of the last weeks."""
    today = daily.day_of(clock.now(), settings().zone)
    given = {"since": str(today - USUAL), "until": str(today)} | request.args.to_dict()
    since, until = (_day(given[name]) or abort(404) for name in ("since", "until"))
    by = _by()
    rates, only_of = reporting.rates(settings()), _kind()
    told = kpis.report(since, until, by, zone=settings().zone, rates=rates, at=clock.now(), most=None, kind=only_of)
    rows = sheet.table(told, BYS[by], currency=settings().currency, zone=settings().zone)
    is_csv = form == "csv"
    content, kind = (
        ("".join(spreadsheet.csv_of(rows, separator())), "text/csv") if is_csv else (sheet.xlsx_of(rows), XLSX)
    )
    name = f"figures-{told.since}-{told.until}-{by.value}.{form}"
    staff_journey.note_export(name, actor=actor(), rows=len(told.lines), at=clock.now())
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _by() -> By:
    return By(request.args["by"]) if request.args.get("by") in list(By) else By.WEEK


def _kind() -> SpendKind | None:
    return SpendKind(request.args["kind"]) if request.args.get("kind") in list(SpendKind) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@bp.get("/months")
@only(Role.MARKETER)
def months() -> ResponseReturnValue:
    """The months that are closed, and the one that may be."""
    return _months()


@bp.post("/months")
@only(Role.MARKETER)
def close_month() -> ResponseReturnValue:
    """Close a month before it closes by itself: marketing's figures, and marketing answers for them."""
    month = _day(f"{request.form.get('month', '')}-01")
    try:
        reporting.close_month(month or date.min, settings(), actor=actor(), at=clock.now())
    except ParameterRefused as refusal:
        return _months(str(refusal)), 409
    return redirect(url_for(".months", closed=f"{month:%Y-%m}"), 303)


def _months(refusal: str = "") -> str:
    ready = closing.ready()
    return render_template(
        "studio/months.html",
        closed=closed.every(),
        ready=ready,
        closes_on=closing.closes_on(ready) if ready else None,
        just_closed=request.args.get("closed", ""),
        refusal=refusal,
    )


@bp.get("/costs")
@only(Role.MARKETER)
def costs() -> ResponseReturnValue:
    return _costs()


@bp.post("/costs")
@only(Role.MARKETER)
def load_costs() -> ResponseReturnValue:
    """Look at a file first and say which column is which, or load it; the same file is never counted twice."""
    kind = request.form.get("kind", "")
    data, name = layouts.given()
    if not data or kind not in list(SpendKind):
        return _costs(refusal=say("Choose a file, and what it is about."), faulty="file"), 422
    shown = {"name": name, "kind": kind, "typed": ""}
    try:
        if len(data) > LARGEST_FILE:
            raise UploadRefused(say("This file is larger than 10 MB; load it in parts."))
        shown["typed"] = layouts.typed(data)
        preview = _read_costs(data, SpendKind(kind))
        if "load" not in request.form or preview.faults:
            known = spending.is_loaded(data)
            return _costs(shown, preview=preview, layout=preview.layout, known=known), 422 if preview.faults else 200
        rows = reporting.load_costs(data, preview, name, actor=actor(), at=clock.now())
    except ColumnsUnknown as unknown:
        return _costs(shown, refusal=str(unknown), layout=unknown.layout), 422
    except UploadRefused as refusal:
        return _costs(refusal=str(refusal), faulty="file"), 422
    if rows is None:
        return _costs(refusal=say("This very file was loaded before; nothing was counted twice."), faulty="file"), 422
    uncounted = preview.uncounted(reporting.rates(settings()))
    return redirect(url_for(".costs", loaded=rows, uncounted=uncounted or None), 303)


def _read_costs(data: bytes, kind: SpendKind) -> spending.Preview:
    since, until = (_day(request.form.get(name, "")) for name in ("since", "until"))
    if (since is None) != (until is None) or (since and until and until < since):
        raise UploadRefused(say("Say the first and the last day of the file, or neither."))
    period = spending.Period(since, until) if since and until else None
    said = None if layouts.is_fresh() else layouts.said(request.form)
    return spending.read(data, currency=settings().currency, kind=kind, period=period, said=said)


@bp.post("/costs/<public_id>/back")
@only(Role.MARKETER)
def take_back(public_id: str) -> ResponseReturnValue:
    reporting.take_costs_back(public_id, actor=actor(), at=clock.now())
    return redirect(url_for(".costs", back=1), 303)


def _costs(
    shown: Mapping[str, str] = MappingProxyType({}),
    *,
    refusal: str = "",
    faulty: str = "",
    preview: spending.Preview | None = None,
    layout: Layout | None = None,
    known: bool = False,
) -> str:
    imports = spending.imports()
    return render_template(
        "studio/costs.html",
        imports=imports,
        held=spending.held(imports),
        unrated=spending.unrated(reporting.rates(settings()), looked_at=preview.totals if preview else ()),
        refusal=refusal,
        faulty=faulty,
        preview=preview,
        known=known,
        twice=spending.twice(preview.rows) if preview and not known else [],
        shut=closed.of({row.day for row in preview.rows}) if preview else [],
        layout=layout,
        words=layouts.words(spending.HEADERS),
        orders=layouts.ORDERS,
        kinds=list(SpendKind),
        currency=settings().currency,
        **{"name": "", "kind": SpendKind.ADS.value, "typed": "", **shown},
    )


_PLACES = {"page": "filled"}  # what the address of the list calls it
_ABOUT = tuple(field.name for field in fields(Behind) if field.name != "counted")


def _links(report: Report) -> Callable[[str, Line | None], str]:
    """Where the leads behind a figure are listed, by its name and its line; empty where there are none to list."""
    pages, person, listing = behind.slugs(report), me(), url_for("leads.listing")
    may_see = bool(person and person.is_marketer)

    known: dict[str | None, str] = {}  # a row has ten figures, and one way to them

    def about(line: Line | None) -> str:
        key = line.key if line else None
        if key not in known:
            told = behind.of_line(report, line, Counted.LEADS, pages)
            wanted = {_PLACES.get(name, name): getattr(told, name) for name in _ABOUT}
            known[key] = urlencode({name: value for name, value in wanted.items() if value})
        return known[key]

    def link(name: str, line: Line | None = None) -> str:
        counted = behind.OF_FIGURES.get(name)
        told = (report.now or report.whole) if line is None else (line.now or line.figures)
        if counted is None or not may_see or not getattr(told, counted.value, told.mqls):
            return ""
        return f"{listing}?counted={counted.value}&{about(line)}"

    return link


def _answer_links(report: Report) -> Callable[..., str]:
    """The same behind what sales answered: of all of the span, or of a reason or a rule."""
    person, listing = me(), url_for("leads.listing")

    def link(counted: str, number: int, **more: str) -> str:
        if not (person and person.is_marketer and number):
            return ""
        about = {"counted": counted, "since": str(report.since), "until": str(report.until), **more}
        return f"{listing}?{urlencode(about)}"

    return link


def _change(then: float | None, now: float | None, kind: str) -> str:
    """How what is known now differs from what was closed; empty where it does not, or was not known then."""
    if then == now or then is None or now is None:
        return say("not known any more") if then is not None and now is None else ""
    more, currency = now - then, settings().currency
    digits = currencies.digits(currency)
    told: dict[str, Value] = {
        "money": lambda language: f"{language.signed(more / 10**digits, digits)} {currency}",
        "share": say("%(more)s points", more=lambda language: language.signed(more * 100, 1)),
        "days": lambda language: language.signed(more, 1),
        "hours": lambda language: language.signed(more, 1),
    }
    return say("%(difference)s since", difference=told.get(kind, lambda language: language.signed(more)))


def _chart(report: Report) -> charts.Bars | None:
    """Leads and MQLs week by week, the oldest first; weeks without either stand empty."""
    if report.by is not By.WEEK:
        return None
    lines = {line.key: line.figures for line in report.lines}
    first = report.since - timedelta(days=report.since.weekday())
    mondays = [first + timedelta(weeks=week) for week in range((report.until - first).days // 7 + 1)][-MOST_WEEKS:]
    told = [lines.get(monday.isoformat(), kpis.Figures()) for monday in mondays]
    return charts.Bars([_short(monday) for monday in mondays], [one.leads for one in told], [one.mqls for one in told])


def _short(monday: date) -> str:
    return language.current().short_date(monday)
