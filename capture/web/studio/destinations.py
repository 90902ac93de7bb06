"""Files for other systems in the studio: choose one, see what it would refuse, take the file, change its columns."""

import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request, send_file, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from capture import clock
from capture.accounts.models import Role
from capture.errors import DraftChanged, ParameterRefused
from capture.handoff import spreadsheet
from capture.handoff.destinations import editing, files, sources
from capture.handoff.destinations.files import Form, Report, Span
from capture.handoff.destinations.judging import tells_conversions
from capture.handoff.destinations.sources import SOURCES
from capture.handoff.destinations.tables import ANSWER, CONSTANT, DESTINATIONS, Column, Destination
from capture.journey import exporting
from capture.journey import staff as staff_journey
from capture.languages import again, say
from capture.scoring import choices
from capture.web.current import settings
from capture.web.studio import desk
from capture.web.studio.access import actor, only
from capture.web.studio.forms import SpanForm
from capture.web.studio.separating import separator

bp = Blueprint("destinations", __name__, url_prefix="/studio/destinations")

COLUMNS = "studio/destination_columns.html"
SPARE_COLUMNS = 3  # empty lines below the columns, to add others
FORMS = {"csv": Form.CSV, "people": Form.PEOPLE, "xlsx": Form.XLSX}


@bp.get("/")
@only(Role.MARKETER)
def listing() -> ResponseReturnValue:
    return render_template("studio/destinations.html", destinations=DESTINATIONS.values())


@bp.get("/<key>")
@only(Role.MARKETER)
def destination(key: str) -> ResponseReturnValue:
    """What the file would hold, and what was done about each row that the system would refuse."""
    chosen = editing.in_force(key)
    form = SpanForm(request.args, meta={"csrf": False}) if request.args.get("since") else None
    if form is not None and not form.validate():
        return _shown(chosen, form, None), 422
    with_over = "over" in request.args
    report = files.lint(chosen, _span(form), zone=settings().zone, at=clock.now(), with_over=with_over)
    return _shown(chosen, form, report)


@bp.post("/<key>")
@only(Role.MARKETER)
def take(key: str) -> ResponseReturnValue:
    """The file itself, or a ZIP archive where the system takes it in parts only."""
    chosen, given = editing.in_force(key), request.form
    form = SpanForm(given, meta={"csrf": False}) if given.get("since") else None
    if form is not None and not form.validate():
        return _shown(chosen, form, None), 422
    made = FORMS.get(given.get("form", ""), Form.CSV)
    ending = "xlsx" if made is Form.XLSX else "csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{key}.{ending}"
        beside = Path(folder) / f"{key}-report.csv" if "report" in given else None
        report = files.write(
            path,
            chosen,
            made,
            _span(form),
            zone=settings().zone,
            at=clock.now(),
            remarks=beside,
            with_over="over" in given,
            separator=separator(),
        )
        exporting.note_file(chosen, made, report, actor=actor(), at=clock.now())
        parts = [*report.paths, *([beside] if beside else [])]
        whole = parts[0] if len(parts) == 1 else _archive(Path(folder) / f"{key}.zip", parts)
        return send_file(whole.open("rb"), as_attachment=True, download_name=whole.name)


@bp.get("/<key>/report")
@only(Role.MARKETER)
def report(key: str) -> ResponseReturnValue:
    """What becomes of the newest rows, one by one and by reason, before the file itself."""
    chosen = editing.in_force(key)
    form = SpanForm(request.args, meta={"csrf": False}) if request.args.get("since") else None
    if form is not None and not form.validate():
        return _shown(chosen, form, None), 422
    told = files.newest(chosen, _span(form), zone=settings().zone, at=clock.now(), with_over="over" in request.args)
    return render_template("studio/destination_report.html", destination=chosen, told=told, **_asked(form))


@bp.post("/<key>/report.csv")
@only(Role.MARKETER)
def lint(key: str) -> ResponseReturnValue:
    """What becomes of every row, as a file, before the file itself; read and sent in parts, however many there are."""
    chosen, given = editing.in_force(key), request.form
    form = SpanForm(given, meta={"csrf": False}) if given.get("since") else None
    if form is not None and not form.validate():
        return _shown(chosen, form, None), 422
    span, name = _span(form), f"{key}-report.csv"
    staff_journey.note_export(name, actor=actor(), rows=files.size(chosen, span), at=clock.now())
    rows = files.looked_at(chosen, span, zone=settings().zone, at=clock.now(), with_over="over" in given)
    answer = Response(stream_with_context(spreadsheet.csv_of(rows, separator())), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/<key>/columns")
@only(Role.MARKETER)
def columns(key: str) -> ResponseReturnValue:
    chosen = editing.in_force(key)
    return render_template(COLUMNS, **_columns(chosen, chosen.columns))


@bp.post("/<key>/columns")
@only(Role.MARKETER)
def set_columns(key: str) -> ResponseReturnValue:
    typed = _typed()
    try:
        exporting.set_columns(key, typed, seen=request.form.get("mark", ""), actor=actor(), at=clock.now())
    except DraftChanged as refusal:
        chosen = editing.in_force(key)
        there = [(column.header, _filled(column)) for column in chosen.columns]
        return desk.clash(COLUMNS, refusal, there=there, **_columns(chosen, typed))
    except ParameterRefused as refusal:
        kept = {"mark": request.form.get("mark", "")} | desk.wrong(refusal) | {"faulty": _control(typed, refusal)}
        return render_template(COLUMNS, **_columns(editing.in_force(key), typed) | kept), 422
    return redirect(url_for(".destination", key=key, done=1), 303)


@bp.post("/<key>/columns/reset")
@only(Role.MARKETER)
def reset_columns(key: str) -> ResponseReturnValue:
    exporting.reset_columns(key, actor=actor(), at=clock.now())
    return redirect(url_for(".destination", key=key, done=1), 303)


def _shown(chosen: Destination, form: SpanForm | None, report: Report | None) -> str:
    return render_template(
        "studio/destination.html",
        destination=chosen,
        form=form or SpanForm(formdata=None),
        report=report,
        most=files.MOST_REMARKS,
        has_span=form is not None,
        with_over="over" in request.values,
        takes_over=not tells_conversions(chosen),
        **_asked(form),
    )


def _asked(form: SpanForm | None) -> dict[str, dict[str, object]]:
    """What the addresses beside a file carry: the days alone, and all that was asked for."""
    days = {"since": form.since.data, "until": form.until.data} if form is not None else {}
    return {"days": days, "asked": days | ({"over": 1} if "over" in request.values else {})}


def _span(form: SpanForm | None) -> Span:
    return Span(*form.instants(settings().zone)) if form is not None else Span()


def _archive(path: Path, parts: list[Path]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.write(part, part.name)
    return path


def _filled(column: Column) -> str:
    """What fills a column, in the words of the screen."""
    if column.source.startswith(CONSTANT):
        return f"“{column.source.removeprefix(CONSTANT)}”"
    return _offered([column])[column.source]


def _offered(rows: Sequence[Column]) -> dict[str, str]:
    """What a column can be filled with, in words, and what these are filled with: answers by what forms call them."""
    fields = choices.offered().fields
    answers = {f"{ANSWER}{key}": label for key, label in fields.items() if key not in choices.OWN and "." not in key}
    offered = {name: source.meaning for name, source in SOURCES.items()}
    offered |= {name: say("Answer to “%(field)s”", field=again(label)) for name, label in answers.items()}
    for row in rows:
        if row.source in offered:
            continue
        if row.source.startswith(ANSWER):
            key = row.source.removeprefix(ANSWER)
            offered[row.source] = say("Answer to “%(key)s”, for which no form asks now", key=key)
        elif source := sources.of(row.source):
            offered[row.source] = source.meaning
    return offered


def _columns(chosen: Destination, rows: Sequence[Column]) -> dict[str, object]:
    spare = [Column("", CONSTANT)] * SPARE_COLUMNS
    return {
        "destination": chosen,
        "mark": editing.mark(chosen),
        "rows": [*rows, *spare],
        "sources": _offered(rows),
        "constant": CONSTANT,
    }


def _control(typed: Sequence[Column], refusal: ParameterRefused) -> str:
    """The control that a refusal of a column is about; the last of those that have the same header."""
    numbers = [number for number, column in enumerate(typed, 1) if column.header == str(refusal.parameter)]
    return f"{refusal.field}-{numbers[-1]}" if refusal.field and numbers else ""


def _typed() -> list[Column]:
    """The lines of the form with a header, in the order of their places."""
    given = request.form
    numbers = [n for n in range(1, editing.MOST_COLUMNS + SPARE_COLUMNS + 1) if given.get(f"header-{n}", "").strip()]
    numbers.sort(key=lambda number: given.get(f"place-{number}", number, type=int))
    return [_typed_column(number) for number in numbers]


def _typed_column(number: int) -> Column:
    given = request.form
    source = given.get(f"source-{number}", "")
    text = given.get(f"text-{number}", "").replace("\x00", "").strip()[:500]
    most = given.get(f"most-{number}", 0, type=int)
    return Column(
        header=given[f"header-{number}"].replace("\x00", "").strip()[:200],
        source=CONSTANT + text if source == CONSTANT else source,
        most=most if most > 0 else None,
        required=f"required-{number}" in given,
    )
