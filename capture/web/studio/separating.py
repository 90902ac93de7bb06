"""What parts the cells of CSV files for people: what a browser chose, or what spreadsheets of its language expect.

Files for machines always have commas.
"""

from urllib.parse import urlsplit

from babel import numbers
from flask import Blueprint, Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from capture.accounts.models import Role
from capture.handoff.spreadsheet import Separator
from capture.web import language
from capture.web.studio.access import only, own_path

bp = Blueprint("separating", __name__, url_prefix="/studio")

_KEPT = "separator"


def install(app: Flask) -> None:
    """Tell templates what parts a file for people."""
    app.jinja_env.globals.update(csv_separator=separator)


def separator() -> Separator:
    """What parts the cells of a file for whoever asks."""
    chosen = session.get(_KEPT)
    if chosen in list(Separator):
        return Separator(chosen)
    has_comma = numbers.get_decimal_symbol(language.current().locale) == ","
    return Separator.SEMICOLON if has_comma else Separator.COMMA


@bp.post("/separator")
@only(Role.MARKETER, Role.SALES)
def choose() -> ResponseReturnValue:
    """The other one from now on, in this browser until it logs out; then back to where the file is."""
    if request.form.get("separator") in list(Separator):
        session[_KEPT] = request.form["separator"]
    back = request.form.get("back", "")
    query = urlsplit(back).query
    return redirect(f"{own_path(back) or url_for('studio.home')}{'?' if query else ''}{query}", 303)
