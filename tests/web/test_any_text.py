"""Any text in a field, query, Referer or User-Agent is refused in words or kept clean: no crash, no markup."""

import unicodedata
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given
from hypothesis import settings as rules
from hypothesis import strategies as some

from capture.leads.models import Lead, Submission
from capture.pages import pages
from tests.factories import every
from tests.stories import a_page
from tests.web.test_forms import FIELDS

KEYS = [field.key for field in FIELDS]
AWKWARD = "\x00\x07\x1b\r\n\t\x85\u200b\u200f\u202e\u2028\ufeff\ufffe<>&'\"=+-@%\\;{}a1é\u0301😀"
ANY_TEXT = some.one_of(
    some.text(max_size=200),
    some.text(some.sampled_from(AWKWARD), max_size=60),
    some.sampled_from(["x" * 10_000, "=HYPERLINK(1)", "<script>alert(1)</script>", "%00", "{{ 7 * 7 }}", "\x00"]),
)
HEADER = some.text(some.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=3_000)
A_FILL = {"email": "ada@company.example", "errors": "51+"}


@rules(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(
    fill=some.dictionaries(some.sampled_from(KEYS), ANY_TEXT),
    query=some.dictionaries(some.sampled_from(["utm_source", "utm_term", "gclid", "campaign", "x"]), ANY_TEXT),
    referrer=HEADER,
    agent=HEADER,
)
@example(fill={"company": "\x00", "data": "a\x00b"}, query={"utm_source": "\x00"}, referrer="\x7f", agent="\x80")
def test_any_text_is_refused_in_words_or_kept_clean(
    app: Flask, client: FlaskClient, fill: dict[str, str], query: dict[str, str], referrer: str, agent: str
) -> None:
    _ = pages.by_slug("any-text") or a_page(slug="any-text", fields=FIELDS)
    path = "/any-text?" + urlencode({name: text.encode("utf-8", "replace") for name, text in query.items()})
    posted = {name: text.encode("utf-8", "replace") for name, text in (A_FILL | fill).items()}

    shown = client.get(path, headers={"Referer": referrer, "User-Agent": agent})
    answer = client.post(path, data=posted, headers={"Referer": referrer, "User-Agent": agent})

    assert shown.status_code == 200
    assert answer.status_code in (303, 422)
    assert "<script>alert" not in answer.text
    if answer.status_code == 422:
        assert "There is a problem" in answer.text
    for submission in every(Submission):
        for said in submission.answers.values():
            assert not isinstance(said, str) or is_clean(said)
    for lead in every(Lead):
        assert all(is_clean(said) for said in (lead.email, lead.company, lead.phone, lead.country, lead.website))


def is_clean(said: str) -> bool:
    return not [char for char in said if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t"]
