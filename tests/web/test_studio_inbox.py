"""The inbox: what waits, answered by one press; what another did meanwhile; what an empty one teaches."""

import html
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from capture import clock
from capture.accounts.models import AuditEntry, Role, Staff
from capture.db import db, session, transaction
from capture.engagement.models import EventKind
from capture.handoff import reasons, reps, wrong
from capture.handoff.models import BY_SCORE, HAND_RAISED, Disposition, Mql, Outcome, Source
from capture.handoff.reps import Work
from capture.outbox.models import OutboxMessage
from capture.reports.inbox import View
from tests import factories
from tests.factories import NOON, a_good_lead, a_salesperson, an_event, an_mql, every
from tests.stories import a_fill, a_page, submit
from tests.web.studio import Studio

INBOX = "/studio/mqls"


@pytest.fixture
def sales(app: Flask) -> Studio:
    """Somebody of sales, before anything was handed over."""
    return Studio(app, Role.SALES, "sam@northwind.example")


NAMES = ("sam", "rhys")


def hand_over(*names: str) -> list[Mql]:
    """People who asked to be contacted."""
    page = a_page()
    for name in names:
        submit(page, a_fill(email=f"{name.lower()}@company.example", first_name=name, talk=True), form_key=f"k-{name}")
    return list(every(Mql))


def hidden(screen: str) -> dict[str, str]:
    """What the form of the answer carries along."""
    return dict(re.findall(r'name="(press|seen|view)" value="([^"]*)"', screen))


def press(studio: Studio, mql: Mql, status: int = 303, **button: str) -> str:
    """Look at an MQL and press a button of it."""
    path = f"{INBOX}/{mql.public_id}"
    return studio.post(path, status, **hidden(studio.get(path)), **button)


def test_one_press_accepts_and_leads_on_to_what_is_left(sales: Studio) -> None:
    ada, grace = hand_over("Ada", "Grace")

    onward = press(sales, ada, outcome="accepted")

    [said] = every(Disposition)
    assert (said.mql_id, said.outcome, said.source) == (ada.id, Outcome.ACCEPTED, Source.STUDIO)
    assert said.actor in {person.public_id for person in every(Staff)}
    screen = sales.get(onward)
    assert "Ada Byron: accepted" in screen
    assert f'href="/studio/mqls/{ada.public_id}?view=answered&amp;change=1" data-key="z"' in screen
    assert "Look again at what was answered last" in screen
    assert f'href="/studio/mqls/{grace.public_id}' in screen
    assert 'aria-current="true"' in screen


def test_one_press_rejects_with_its_reason_and_its_note(sales: Studio) -> None:
    [ada] = hand_over("Ada")

    press(sales, ada, reason="no_budget", note="Asked again in spring.\r\nShe was kind.")

    [said] = every(Disposition)
    assert (said.outcome, said.reason, said.note) == (
        Outcome.REJECTED,
        "no_budget",
        "Asked again in spring.\nShe was kind.",
    )
    screen = sales.get(f"{INBOX}/{ada.public_id}")
    assert "No budget now" in screen
    assert "again after 180 days" in screen


def test_the_same_press_twice_is_one_answer(sales: Studio) -> None:
    [ada] = hand_over("Ada")
    form = hidden(sales.get(f"{INBOX}/{ada.public_id}"))

    for _ in range(2):
        sales.post(f"{INBOX}/{ada.public_id}", **form, outcome="accepted")

    assert len(every(Disposition)) == 1


def test_nobody_answers_past_another(app: Flask, sales: Studio) -> None:
    [ada] = hand_over("Ada")
    form = hidden(sales.get(f"{INBOX}/{ada.public_id}"))
    press(Studio(app, Role.ADMIN, "boss@northwind.example"), ada, reason="duplicate")

    screen = sales.post(f"{INBOX}/{ada.public_id}", 409, **form, outcome="accepted")

    assert "has answered this meanwhile" in screen
    assert len(every(Disposition)) == 1


def test_what_became_of_it_is_told_later_with_its_value(sales: Studio) -> None:
    [ada] = hand_over("Ada")
    press(sales, ada, outcome="accepted")

    refusal = press(sales, ada, 422, outcome="won", amount="about 5", currency="EUR")
    press(sales, ada, outcome="won", amount="12.500,50", currency="eur", crm_id="006-1")

    assert "Write the amount in digits" in refusal
    won = every(Disposition)[-1]
    assert (won.value, won.currency, won.crm_id) == (1_250_050, "EUR", "006-1")
    assert "12,500.50 EUR" in sales.get(f"{INBOX}/{ada.public_id}?view=answered")


def test_passing_on_tells_the_other_and_is_noted(app: Flask, sales: Studio) -> None:
    [ada] = hand_over("Ada")
    Studio(app, Role.SALES, "rhys@northwind.example")
    rhys = session().query(Staff).filter_by(email="rhys@northwind.example").one()
    before = len(every(OutboxMessage))

    onward = sales.post(f"{INBOX}/{ada.public_id}/owner", to=rhys.public_id)

    assert "Ada Byron: passed on to Mara Lind." in sales.get(onward)
    assert every(Mql)[0].owner_id == rhys.id
    assert [message.kind for message in every(OutboxMessage)[before:]] == ["mql_alert"]
    assert "mql.passed_on" in [entry.action for entry in every(AuditEntry)]
    assert "You have answered everything" in sales.get(INBOX)
    assert "Ada Byron" in sales.get(f"{INBOX}?view=team")
    sales.post(f"{INBOX}/{ada.public_id}/owner", 404, to="nobody")


def test_whoever_is_away_is_offered_last_with_the_day_and_where_nobody_is_there_it_is_said(sales: Studio) -> None:
    [ada] = hand_over("Ada")
    screen = f"{INBOX}/{ada.public_id}"
    today = clock.now().date()
    off = f"{today} to {today + timedelta(days=1)}\n{today + timedelta(days=2)}"
    for name in ("Ann", "Bob"):
        person = a_salesperson(name)
        if name == "Ann":
            with transaction():
                reps.keep(person.id, Work(zone="UTC", off=off))
    until = f"away until {today + timedelta(days=2):%-d %B %Y}"

    def offered() -> list[str]:
        buttons = re.findall(r'name="to"[^>]*>(.*?)</button>', sales.get(screen), re.DOTALL)
        return [" ".join(re.sub(r"<[^>]*>", " ", button).split()) for button in buttons]

    assert offered() == ["Bob P", f"Ann {until}"]
    assert "Everybody to choose from is away" not in sales.get(screen)

    with transaction() as writing:
        writing.query(Staff).filter_by(name="Bob").one().disabled_at = clock.now()

    assert offered() == [f"Ann P {until}"]
    assert "Everybody to choose from is away" in sales.get(screen)


def test_in_the_list_of_the_team_it_stands_beside_its_owner_that_he_is_away(app: Flask, sales: Studio) -> None:
    today = clock.now().date()
    ann, bob = a_salesperson("Ann"), a_salesperson("Bob")
    handed_over = hand_over("Ada", "Grace")
    with transaction() as writing:
        reps.keep(ann.id, Work(zone="UTC", off=f"{today}"))
        for person, mql in zip((ann, bob), handed_over, strict=True):
            writing.get_one(Mql, mql.id).owner_id = person.id

    def owners(view: str) -> list[str]:
        page = sales.get(f"{INBOX}?view={view}")
        return sorted(re.findall(r'line__foot">.*?</span><span>(.*?)</span></span>', page, re.DOTALL))

    until = f"away until {today:%-d %B %Y}"
    assert owners("team") == [f"Ann · {until}", "Bob"]
    [of_ann, _] = every(Mql)
    assert until in sales.get(f"{INBOX}/{of_ann.public_id}").partition("inbox__due")[2].partition("</p>")[0]


SAYS: dict[Outcome, dict[str, str]] = {
    one: {"outcome": one.value} for one in Outcome if one is not Outcome.REJECTED
} | {Outcome.REJECTED: {"reason": "no_budget"}}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_answer_may_follow_whichever_stands(sales: Studio, outcome: Outcome) -> None:
    [ada] = hand_over("Ada")
    press(sales, ada, 303, **SAYS[outcome])

    screen = sales.get(f"{INBOX}/{ada.public_id}")

    assert "<summary>Change the answer</summary>" in screen
    assert sorted(re.findall(r'name="outcome" value="(\w+)"', screen)) == sorted(set(Outcome) - {Outcome.REJECTED})
    assert re.findall(r'name="reason" value="(\w+)"', screen) == list(reasons.offered())
    assert screen.count('name="amount"') == 1


def test_a_wrong_reason_is_mended_by_another_and_both_stay(sales: Studio) -> None:
    [ada] = hand_over("Ada")
    onward = press(sales, ada, reason="no_budget")
    [again] = re.findall(r'href="([^"]+)" data-key="z">Look again or change it', sales.get(onward))
    screen = sales.get(html.unescape(again))
    assert re.search(r'<details class="answer__change" open>', screen)
    assert len(re.findall(r"stands now", screen)) == 1

    press(sales, ada, reason="competitor")

    assert [row.reason for row in every(Disposition)] == ["no_budget", "competitor"]
    told = re.sub(r"\s+", " ", sales.get(f"{INBOX}/{ada.public_id}").partition('id="said"')[2])
    assert told.index("Is a competitor") < told.index("No budget now")


def test_one_press_rejects_and_names_what_is_wrong(sales: Studio) -> None:
    ada, grace = hand_over("Ada", "Grace")

    press(sales, ada, reason="wrong_data:phone")
    refusal = press(sales, grace, 422, reason="no_budget:phone")

    [row] = every(Disposition)
    assert (row.reason, row.wrong) == ("wrong_data", "phone")
    assert "Say what is wrong with a reason that waits until it is mended." in refusal
    assert "Rejected: Wrong data (Phone)" in sales.get(f"{INBOX}/{ada.public_id}")
    offered = re.findall(r'name="reason" value="wrong_data:(\w+)"', sales.get(f"{INBOX}/{grace.public_id}"))
    assert offered == list(wrong.WORDS)


def test_a_value_is_mended_and_what_was_lost_is_won_after_all(sales: Studio) -> None:
    [ada] = hand_over("Ada")
    press(sales, ada, outcome="opportunity", amount="9600", currency="CHF")
    assert 'name="currency" value="CHF"' in sales.get(f"{INBOX}/{ada.public_id}")

    press(sales, ada, outcome="opportunity", amount="96000", currency="CHF")
    press(sales, ada, outcome="won", amount="9000", currency="CHF")
    press(sales, ada, outcome="won", amount="90000", currency="CHF")
    assert "90,000 CHF" in sales.get(f"{INBOX}/{ada.public_id}")
    press(sales, ada, outcome="lost")
    press(sales, ada, outcome="won", amount="91000", currency="CHF")

    values = [row.value and row.value // 100 for row in every(Disposition)]
    assert values == [9600, 96000, 9000, 90000, None, 91000]
    assert every(Mql)[0].outcome is Outcome.WON


def test_what_was_typed_stays_where_an_answer_is_refused(sales: Studio) -> None:
    [ada] = hand_over("Ada")
    press(sales, ada, outcome="accepted")

    refusal = press(sales, ada, 422, outcome="lost", amount="12,50", currency="sek", crm_id="006-7")

    assert re.findall(r'name="(?:amount|currency|crm_id)" value="([^"]*)"', refusal) == ["12,50", "sek", "006-7"]


@pytest.mark.parametrize(
    ("outcome", "told", "sent", "focused"),
    [
        (
            None,
            "A Accept 1–8 Go to the reason of that number; Enter rejects E T N C Go to what is wrong: e-mail, "
            "telephone, name, company; Enter rejects P Go to passing on",
            "a",
            "12345678cenpt",
        ),
        (Outcome.ACCEPTED, "1–5 Go to the answer of that number; Enter sends it P Go to passing on", "", "12345p"),
        (Outcome.OPPORTUNITY, "1–4 Go to the answer of that number; Enter sends it P Go to passing on", "", "1234p"),
        (Outcome.WON, "P Go to passing on", "", "p"),
        (Outcome.LOST, "A Go to accepting; Enter sends it P Go to passing on", "", "ap"),
        (Outcome.REJECTED, "A Go to accepting; Enter sends it", "", "a"),
    ],
)
def test_the_list_of_keys_tells_what_they_do_here_and_later_answers_are_only_gone_to(
    app: Flask, sales: Studio, outcome: Outcome | None, told: str, sent: str, focused: str
) -> None:
    [ada] = hand_over("Ada")
    Studio(app, Role.SALES, "rhys@northwind.example")
    if outcome:
        press(sales, ada, 303, **SAYS[outcome])

    screen = sales.get(f"{INBOX}/{ada.public_id}")

    [lines] = re.findall(r"<dl>\s*(<div><dt><kbd>J</kbd>.*?)<div><dt><kbd>\?</kbd>", screen, re.DOTALL)
    words = " ".join(re.sub(r"<[^>]+>", " ", lines.replace("</kbd>–<kbd>", "–")).split())
    assert words == f"J The next MQL of the list K The MQL before it {told}"
    assert screen.count("Single keys work in this browser") == 1
    assert "".join(sorted(re.findall(r'data-key="(\w)"', screen))) == "".join(sorted(sent))
    assert "".join(sorted(re.findall(r'data-focus-key="(\w)"', screen))) == "".join(sorted(focused))


def test_the_lines_of_a_hand_over_say_what_was_left_then_and_add_up_to_its_scores(sales: Studio) -> None:
    lead, page = a_good_lead(company_size="250-999"), factories.a_page()
    an_event(EventKind.FORM_SUBMITTED, lead, page, at=NOON)
    fresh = an_mql(lead, at=NOON)
    other = a_good_lead(company_size="1000+")
    an_event(EventKind.FORM_SUBMITTED, other, page, at=NOON - timedelta(days=23))
    faded = an_mql(other, at=NOON)

    whole, less = (sales.get(f"{INBOX}/{mql.public_id}") for mql in (fresh, faded))

    for mql, screen in ((fresh, whole), (faded, less)):
        assert sum(map(int, re.findall(r'"whys__points">([+-]\d+)<', screen))) == mql.fit + mql.engagement
    then = [told["points_then"] for told in faded.explanation if told["axis"] == "engagement"]
    assert sum(map(round, then)) != faded.engagement, "each rounded alone they do not"
    assert "250 to 999 people" in whole
    assert "1,000 or more people" in less


def test_before_somebody_takes_over_what_a_colleague_has_the_screen_says_what_follows(
    app: Flask, sales: Studio
) -> None:
    [ada] = hand_over("Ada")
    rhys = Studio(app, Role.SALES, "rhys@northwind.example")
    says = "Whoever accepts takes it over; Mara Lind is told by mail."

    assert says in rhys.get(f"{INBOX}/{ada.public_id}")
    assert says not in sales.get(f"{INBOX}/{ada.public_id}")

    press(rhys, ada, outcome="accepted")
    [entry] = [entry for entry in every(AuditEntry) if entry.action == "mql.taken_over"]
    assert entry.actor == session().query(Staff).filter_by(email="rhys@northwind.example").one().public_id
    assert "MQL taken over" in Studio(app, Role.ADMIN, "boss@northwind.example").get("/studio/people/audit")


def test_what_i_work_on_is_listed_longest_without_news_first(app: Flask, sales: Studio) -> None:
    names = ("Ada", "Grace", "Hedy", "Joan", "Mary")
    people = dict(zip(names, hand_over(*names), strict=True))
    press(sales, people["Ada"], outcome="accepted")
    press(sales, people["Grace"], outcome="accepted")
    press(sales, people["Hedy"], outcome="opportunity", amount="9600", currency="EUR")
    press(sales, people["Joan"], reason="no_fit")
    rhys = Studio(app, Role.SALES, "rhys@northwind.example")
    press(rhys, people["Mary"], outcome="accepted")
    for name, days in (("Ada", 1), ("Grace", 4)):
        row = session().get_one(Mql, people[name].id)
        row.outcome_at = row.qualified_at - timedelta(days=days)
    session().commit()

    screen = sales.get(f"{INBOX}?view=progress")

    assert re.findall(r'line__name">(\w+) Byron', screen) == ["Grace", "Ada", "Hedy"]
    assert "Accepted, no news for 4 days" in screen
    assert re.search(r'view=progress" aria-current="page">In progress <span class="tally">3<', screen)
    assert re.findall(r'line__name">(\w+) Byron', rhys.get(f"{INBOX}?view=progress")) == ["Mary"]
    press(sales, people["Ada"], outcome="won")
    assert "Ada Byron</span>" not in sales.get(f"{INBOX}?view=progress")
    assert "In progress" not in Studio(app, Role.MARKETER).get(INBOX)


def test_taking_one_oneself_says_whose_it_is_now(app: Flask, sales: Studio) -> None:
    [ada] = hand_over("Ada")
    Studio(app, Role.SALES, "rhys@northwind.example")
    sam, rhys = (session().query(Staff).filter_by(email=f"{name}@northwind.example").one() for name in ("sam", "rhys"))
    sales.post(f"{INBOX}/{ada.public_id}/owner", to=rhys.public_id)

    onward = sales.post(f"{INBOX}/{ada.public_id}/owner", to=sam.public_id)

    assert "Ada Byron: yours now." in sales.get(onward)


def test_mine_are_my_own_and_nobodys_and_no_colleagues(app: Flask, sales: Studio) -> None:
    Studio(app, Role.SALES, "rhys@northwind.example")
    ada, bo, cy = hand_over("Ada", "Bo", "Cy")
    staff_ids = {name: session().query(Staff).filter_by(email=f"{name}@northwind.example").one().id for name in NAMES}
    for mql, owner in ((ada, staff_ids["sam"]), (bo, staff_ids["rhys"]), (cy, None)):
        session().get_one(Mql, mql.id).owner_id = owner
    session().commit()

    mine, team = (sales.get(f"{INBOX}?view={view}") for view in ("mine", "team"))

    listed = [[name for name in ("Ada", "Bo", "Cy") if f">{name} Byron<" in screen] for screen in (mine, team)]
    assert listed == [["Ada", "Cy"], ["Ada", "Bo", "Cy"]]


def test_the_note_stands_above_the_buttons_that_send_and_is_kept_when_they_are_refused(sales: Studio) -> None:
    [ada] = hand_over("Ada")

    form = sales.get(f"{INBOX}/{ada.public_id}").partition('class="answer__form"')[2]
    assert 0 < form.index("<textarea") < form.index("<button")

    refused = press(sales, ada, 422, reason="no_such_reason", note="She was <kind>.")
    assert re.search(r'<details class="answer__note" open>.*She was &lt;kind&gt;\.</textarea>', refused, re.DOTALL)


def test_what_went_on_as_a_new_mql_says_so_and_is_not_accepted_after_all(sales: Studio) -> None:
    lead = factories.a_lead()
    old = an_mql(lead, at=NOON - timedelta(days=1))
    press(sales, old, reason="wrong_data")
    fields = hidden(sales.get(f"{INBOX}/{old.public_id}"))
    new = an_mql(lead, at=clock.now())
    sales.post(f"{INBOX}/{new.public_id}/owner", 303, to=a_salesperson("Ann Ohm").public_id)

    screen = sales.get(f"{INBOX}/{old.public_id}")
    refusal = sales.post(f"{INBOX}/{old.public_id}", 409, **fields, outcome="accepted")

    link = f'<a href="/studio/mqls/{new.public_id}">Went on as a new MQL with Ann Ohm</a>'
    assert link in screen
    assert link in refusal
    assert re.findall(r'name="outcome" value="(\w+)"', screen) == ["won", "lost", "recycled"]
    assert f"answer {new.public_id}" in refusal
    assert 'value="accepted"' in sales.get(f"{INBOX}/{new.public_id}")
    assert [mql.outcome for mql in every(Mql)] == [Outcome.REJECTED, None]


def test_what_was_rejected_is_not_passed_on(app: Flask, sales: Studio) -> None:
    [ada] = hand_over("Ada")
    Studio(app, Role.SALES, "rhys@northwind.example")
    assert "/owner" in sales.get(f"{INBOX}/{ada.public_id}")

    press(sales, ada, reason="no_fit")

    assert "/owner" not in sales.get(f"{INBOX}/{ada.public_id}")


def test_what_is_overdue_comes_first_and_says_by_how_much(sales: Studio) -> None:
    ada, grace = hand_over("Ada", "Grace")
    late = session().get_one(Mql, grace.id)
    late.due_at, late.priority = grace.qualified_at.replace(hour=9), BY_SCORE
    session().commit()
    assert ada.priority == HAND_RAISED

    screen = sales.get(INBOX)

    assert re.search(r"<title>1 overdue", screen)
    assert screen.index("Grace Byron") < screen.index("Ada Byron")
    assert "3 hours overdue" in screen


def test_a_marketer_looks_and_does_not_answer(app: Flask) -> None:
    [ada] = hand_over("Ada")

    screen = Studio(app, Role.MARKETER).get(f"{INBOX}/{ada.public_id}")

    assert "Ada Byron" in screen
    assert "Reject, because" not in screen


def test_an_inbox_in_which_nothing_waits_says_what_comes_and_when(app: Flask, sales: Studio) -> None:
    assert "Nothing waits for an answer" in sales.get(INBOX)
    assert "Nothing has been answered yet" in sales.get(f"{INBOX}?view=answered")
    assert "What you accept comes here and stays until it is won" in sales.get(f"{INBOX}?view=progress")
    with_nobody = Studio(app, Role.ADMIN, "boss@northwind.example")
    session().query(Staff).filter_by(role=Role.SALES).update({"role": Role.MARKETER})
    session().commit()
    assert "Invite a salesperson" in with_nobody.get(INBOX)


@pytest.mark.parametrize("view", list(View))
def test_the_number_of_queries_does_not_grow_with_the_list(sales: Studio, view: View) -> None:
    def queries() -> int:
        seen: list[str] = []

        def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        sales.get(f"{INBOX}?view={view}")
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    def come(*names: str) -> None:
        for mql in hand_over(*names):
            if view in (View.PROGRESS, View.ANSWERED) and mql.outcome is None:
                press(sales, mql, outcome="accepted")

    come("Ada")
    few = queries()
    come(*(f"Person{number}" for number in range(9)))

    assert queries() == few
