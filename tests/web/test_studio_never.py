"""Lists of whom to keep from sales: what keeps a lead back is said where it is looked for, and who stays is named."""

import re

import pytest
from flask import Flask

from capture.accounts.models import Role
from capture.config import Settings
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Outcome, Source
from capture.journey import merging, sales
from capture.leads.models import ExclusionKind
from tests.factories import NOON, a_lead, a_salesperson, an_mql
from tests.web.studio import Studio

NEVER = "/studio/mqls/never"


def listed(kind: ExclusionKind, *lines: str) -> None:
    sales.never_hand_over(kind, "\n".join(lines).encode(), actor="cli", at=NOON)


def saved(studio: Studio, kind: str, text: str) -> str:
    """The screen after a list was saved on it."""
    seen = re.findall(r'name="seen" value="(.*?)"', studio.get(f"{NEVER}?kind={kind}"))[0]
    return studio.get(studio.post(NEVER, kind=kind, seen=seen, text=text))


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.parametrize(
    ("kind", "line", "said"),
    [
        (ExclusionKind.COMPETITOR, "rival.example", "on the list “Competitors”, by the line “rival.example”."),
        (ExclusionKind.CUSTOMER, "eve@rival.example", "on the list “Customers”, by the line “eve@rival.example”."),
        (ExclusionKind.OPEN_DEAL, "other.example", ""),
    ],
)
def test_a_lead_says_by_which_line_of_which_list_it_is_not_handed_over(
    app: Flask, kind: ExclusionKind, line: str, said: str
) -> None:
    eve = a_lead("eve@rival.example")
    listed(kind, line)

    page = Studio(app).get(f"/studio/leads/{eve.public_id}")

    assert (f"Not handed over: {said}" in text_of(page)) == bool(said)
    assert (f'href="{NEVER}?kind={kind.value}"' in page) == bool(said)


def test_a_list_that_is_saved_names_whom_of_it_sales_has_and_the_inbox_marks_them(
    app: Flask, settings: Settings
) -> None:
    ann = a_salesperson("Ann")
    open_one = an_mql(a_lead("eve@rival.example", name="Eve Rival"))
    merged = a_lead("private@home.example", name="Max Home")
    an_mql(merged)
    merging.merge(
        merged.public_id, a_lead("max@rival.example").public_id, note="", settings=settings, actor="cli", at=NOON
    )
    rejected = an_mql(a_lead("gone@rival.example", name="Gone Rival"))
    decision, by = Decision(Outcome.REJECTED, reason="no_fit"), Teller(ann.public_id, Source.STUDIO)
    sales.decide(rejected.public_id, decision, by, at=NOON)
    an_mql(a_lead("bo@other.example", name="Bo Other"))
    studio = Studio(app)
    assert "Competitors" not in studio.get("/studio/mqls?view=team")

    shown = saved(studio, "competitor", "rival.example")

    assert "2 MQLs of this list are with sales and stay there: Max Home , Eve Rival" in text_of(shown)
    assert f'href="/studio/mqls/{open_one.public_id}"' in shown
    assert "Gone Rival" not in shown
    inbox = studio.get("/studio/mqls?view=team")
    assert re.findall(r'line__name">([^<]*) <span class="mark">Competitors<', inbox) == ["Eve Rival", "Max Home"]
    one = text_of(studio.get(f"/studio/mqls/{open_one.public_id}"))
    assert "On the list “Competitors”, by the line “rival.example”: not handed over again." in one
    assert "with sales" not in studio.get(f"{NEVER}?kind=customer&loaded=0")


def test_a_host_that_gives_addresses_to_anybody_is_warned_of_as_long_as_it_stands_on_a_list(app: Flask) -> None:
    studio = Studio(app)

    shown = saved(studio, "customer", "gmail.com\nalder.example\nann@gmx.de")

    warning = "gmail.com gives addresses to anybody: nobody who writes from there is handed over."
    assert warning in shown
    assert warning in studio.get(f"{NEVER}?kind=customer")
    assert warning not in studio.get(f"{NEVER}?kind=competitor")


def test_the_audit_log_says_which_list_changed_and_by_how_many_lines(app: Flask) -> None:
    admin = Studio(app, Role.ADMIN)
    listed(ExclusionKind.CUSTOMER, "acme.example", "alder.example")
    listed(ExclusionKind.CUSTOMER, "acme.example", "birch.example", "cedar.example")

    told = admin.get("/studio/people/audit")

    assert f'<a href="{NEVER}?kind=customer">Customers</a>' in told
    found = re.findall(r"changed Customers Only these entries : Customers ((?:\w+: \d(?:, )?){3})", text_of(told))
    newest, older = ({*one.split(", ")} for one in found)
    assert newest == {"More: 2", "Fewer: 1", "Rows: 3"}
    assert older == {"More: 2", "Fewer: 0", "Rows: 2"}
