"""Known and unknown addresses are answered alike: same status, same body, and medians of their times within 10 %.

The time is that of the thread that answers, so that other work on the machine does not stand in the figure.
"""

import re
import statistics
import time
from datetime import timedelta

import pytest
from flask import Flask

from capture import clock
from capture.leads.models import Lead, QuarantinedFill
from capture.web.security import limiter
from tests.factories import every
from tests.stories import a_fill, a_page, submit

TRIES = 80


def body(text: str) -> str:
    """A page without what is new in each answer: tokens, form keys, the address that was typed."""
    return re.sub(r"[\w-]{20,}(\.[\w-]+)*|(known|new)\d*@analytical\.example", "", text)


@pytest.mark.real_commits
def test_a_known_and_an_unknown_address_get_the_same_answer_in_the_same_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", False)
    moment = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    page = a_page()
    for number in range(TRIES):
        submit(page, a_fill(email=f"known{number}@analytical.example"), form_key=f"first-{number}")

    def fill(email: str) -> tuple[int, str, float]:
        browser = app.test_client()
        form = browser.get(f"/{page.slug}").text
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        moment[0] += timedelta(minutes=1)  # a fill within a second would wait in quarantine
        began = time.thread_time()
        answer = browser.post(f"/{page.slug}", data={**hidden, "email": email, "first_name": "Ada"})
        took = time.thread_time() - began
        return answer.status_code, body(browser.get(answer.location).text), took

    known, unknown = [], []
    for number in range(TRIES):
        known.append(fill(f"known{number}@analytical.example"))
        unknown.append(fill(f"new{number}@analytical.example"))

    assert not every(QuarantinedFill)
    assert len(every(Lead)) == 2 * TRIES
    assert {answer[:2] for answer in known} == {answer[:2] for answer in unknown}
    ratio = statistics.median(a[2] for a in known) / statistics.median(a[2] for a in unknown)
    assert 0.9 < ratio < 1.1, f"known addresses take {ratio:.2f} of the time of unknown ones"
