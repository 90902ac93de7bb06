"""GET /api/v1/mqls: the sales feed, oldest first, behind a cursor."""

from urllib.parse import urlencode

from flask import Blueprint, Response, request, stream_with_context

from capture.accounts import tokens
from capture.handoff import export, feed, rows
from capture.handoff.cursors import encode
from capture.handoff.export import Form
from capture.handoff.feed import Window
from capture.web import current
from capture.web.api import callers, description, problems, queries
from capture.web.api.answering import as_json
from capture.web.api.queries import KEPT, MEDIA, FeedQuery
from capture.web.security import limiter

bp = Blueprint("api", __name__, url_prefix="/api")
problems.install(bp)

RATE = "120 per minute"


@bp.get("/v1/mqls")
@limiter.limit(RATE, key_func=lambda: callers.counted_for(tokens.MQLS_READ))
def mqls() -> Response:
    """The MQLs behind the cursor."""
    token = callers.known(tokens.MQLS_READ)
    query = queries.read(request.args, request.accept_mimetypes)
    after = feed.kept(token.id) if query.after == KEPT else feed.position_of(query.after)
    if query.limit is None:
        return _stream(after, query)
    return _answer(feed.window(after, query.limit, zone=current.settings().zone), query)


@bp.get("/openapi.json")
def openapi() -> Response:
    """The description of this API."""
    queries.refuse_unknown(request.args)
    return as_json(description.openapi(current.addresses().base))


def _stream(after: int, query: FeedQuery) -> Response:
    """The whole feed behind a cursor, up to its end of now, sent as it is read: its last line says that it is whole."""
    end = max(after, feed.newest())
    number = feed.number(after, end)
    zone = current.settings().zone
    body = export.whole(feed.stream(after, end, zone=zone), query.form, zone=zone, for_people=query.for_people)
    answer = Response(stream_with_context(body), content_type=f"{MEDIA[query.form]}; charset=utf-8")
    if query.for_people:
        answer.headers["Content-Disposition"] = 'attachment; filename="mqls.csv"'
    answer.headers["Lodestone-Rows"] = str(number)
    answer.headers["Lodestone-Next"] = encode(end)
    answer.vary.update(["Accept", "Authorization"])
    return answer


def _answer(window: Window, query: FeedQuery) -> Response:
    if query.form is Form.JSON:
        items = [rows.to_json(row) for row in window.rows]
        answer = as_json({"items": items, "next": encode(window.end), "more": window.more})
    else:
        zone = current.settings().zone
        body = "".join(export.text(window.rows, query.form, zone=zone, for_people=query.for_people))
        answer = Response(body, content_type=f"{MEDIA[query.form]}; charset=utf-8")
        if query.for_people:
            answer.headers["Content-Disposition"] = 'attachment; filename="mqls.csv"'
    if window.more:
        answer.headers["Link"] = f'<{_address(query, window.end)}>; rel="next"'
    answer.headers["Lodestone-Next"] = encode(window.end)
    answer.vary.update(["Accept", "Authorization"])
    return answer


def _address(query: FeedQuery, end: int) -> str:
    """The same request for what follows; the format is said, so that no header is needed for it."""
    asked = {"after": encode(end), "limit": query.limit, "format": query.form.value}
    return f"{current.addresses().mql_feed()}?{urlencode(asked | ({'for': 'people'} if query.for_people else {}))}"
