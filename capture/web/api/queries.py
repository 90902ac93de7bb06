"""What a program asked for: the parameters of a feed request, typed and judged."""

from collections.abc import Collection
from dataclasses import dataclass

from werkzeug.datastructures import MIMEAccept, MultiDict

from capture.errors import ParameterRefused
from capture.handoff.export import Form

MOST = 1_000
USUAL = 100
ALL = "all"  # as `limit`: the whole feed, as a stream
KEPT = "kept"  # as `after`: behind the cursor that was acknowledged
PARAMETERS = ("after", "limit", "format", "for")
MEDIA: dict[Form, str] = {
    Form.JSON: "application/json",
    Form.NDJSON: "application/x-ndjson",
    Form.CSV: "text/csv",
}


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """`limit` is 1 to MOST rows, or None: all of them; `for_people` makes a CSV safe for spreadsheets."""

    after: str
    limit: int | None
    form: Form
    for_people: bool


def refuse_unknown(args: MultiDict[str, str], known: Collection[str] = ()) -> None:
    """Whoever misspells a parameter is told so, and not answered as if it were not there. Raises ParameterRefused."""
    if unknown := sorted(set(args) - set(known)):
        offered = f"those known are {', '.join(known)}" if known else "there are none here"
        raise ParameterRefused(unknown[0][:100], f"is no parameter of this address; {offered}")


def read(args: MultiDict[str, str], accept: MIMEAccept) -> FeedQuery:
    """The query of a request. Raises ParameterRefused, naming the parameter."""
    refuse_unknown(args, PARAMETERS)
    form = _form(args.get("format", ""), accept)
    limit = _limit(args.get("limit", ""))
    if limit is None and form is Form.JSON:
        raise ParameterRefused("limit", "all is for format=ndjson and format=csv, which are sent as they are read")
    return FeedQuery(args.get("after", ""), limit, form, _for_people(args.get("for", ""), form))


def _limit(raw: str) -> int | None:
    if not raw:
        return USUAL
    if raw == ALL:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 4 and 1 <= int(raw) <= MOST):
        raise ParameterRefused("limit", f"must be a whole number from 1 to {MOST}, or {ALL}")
    return int(raw)


def _form(raw: str, accept: MIMEAccept) -> Form:
    if not raw:
        best = accept.best_match(MEDIA.values(), default=MEDIA[Form.JSON])
        return next(form for form, media in MEDIA.items() if media == best)
    if raw not in {form.value for form in Form}:
        raise ParameterRefused("format", f"must be one of {', '.join(Form)}")
    return Form(raw)


def _for_people(raw: str, form: Form) -> bool:
    if raw not in ("", "people", "machines"):
        raise ParameterRefused("for", "must be people or machines")
    if raw == "people" and form is not Form.CSV:
        raise ParameterRefused("for", "people is for format=csv; the other formats are for machines")
    return raw == "people"
