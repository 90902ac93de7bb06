"""Scoring in the studio: the rules, their draft, the replay of history, activation, striking, and a past day."""

import html
import io
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import select

from capture import clock
from capture.accounts.models import Role
from capture.config import Settings
from capture.db import transaction
from capture.engagement.models import EngagementEvent, EventKind
from capture.handoff import gate, mqls
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Mql, Outcome, Source
from capture.journey import merging, privacy, sales
from capture.journey import rules as rules_journey
from capture.leads.models import ExclusionKind, Lead
from capture.reports import simulation
from capture.reports.simulation import Share
from capture.scoring import ledger, rulesets, scores
from capture.scoring import rules as rule_sets
from capture.scoring.models import ScoreEntry
from capture.web.studio import simulating
from tests.factories import NOON, a_good_lead, a_lead, a_page, an_event, an_mql, every
from tests.stages.test_proposals import answered
from tests.web.studio import Studio


def a_lead_with_fills(number: int, *, name: str = "") -> Lead:
    lead = a_good_lead(name=name, at=NOON - timedelta(days=20))
    for day in range(number):
        page = a_page()
        for kind in (EventKind.FORM_SUBMITTED, EventKind.WEBINAR_REGISTERED):
            an_event(kind, lead, page, at=NOON - timedelta(days=3 - day))
    with transaction():
        mqls.qualify(lead.id, scores.after(lead.id, at=NOON), sla_hours=24, at=NOON)
    return lead


def test_who_waits_for_a_turn_is_said_beside_the_rules_and_stopped_after_one_question(
    app: Flask, settings: Settings
) -> None:
    for name in ("Ada Waiting", "Bo Waiting", "Cy Waiting"):
        a_lead_with_fills(1, name=name)
    gone = a_lead_with_fills(1, name="Di Gone")
    studio = Studio(app)
    assert "still wait" not in studio.get("/studio/scoring/")
    assert "Nobody waits" in studio.get("/studio/scoring/waiting")
    studio.post("/studio/scoring/draft", fit_threshold="30", engagement_threshold="20", revision="0")
    studio.post("/studio/scoring/draft/activate", revision="1", handover="tranches", daily="2")
    rules_journey.rescore(settings, {"version": 2})
    an_mql(gone)

    for place in ("/studio/scoring/", "/studio/scoring/versions/2"):
        told = studio.get(place)
        assert "3 leads still wait to be handed over" in told
        assert f"2 a day, until about {NOON + timedelta(days=1):%-d %B %Y}" in told
        assert 'href="/studio/scoring/waiting"' in told
        assert "Stop it…" in told
    assert "still wait" not in studio.get("/studio/scoring/versions/1")
    studio.post("/studio/scoring/draft", fit_threshold="30", engagement_threshold="25", revision="0")
    assert "3 leads wait for their turns under the rules in force." in studio.get("/studio/scoring/simulate?of=draft")
    assert "wait for their turns" not in studio.get("/studio/scoring/simulate")
    listed = studio.get("/studio/scoring/waiting")
    assert re.findall(r">(\w\w Waiting|Ada Waiting|Di Gone)</a>", listed) == ["Ada Waiting", "Bo Waiting", "Cy Waiting"]

    told = studio.get(studio.post("/studio/scoring/waiting/stop"))

    assert "Stopped: 3 leads wait for no turn any more" in told
    assert "still wait" not in told


def test_a_draft_is_made_by_forms_simulated_and_activated(app: Flask) -> None:
    a_lead_with_fills(2, name="Ada Present")
    a_lead_with_fills(1, name="Bo Entering")
    studio = Studio(app)
    assert "Registered for the webinar “…”" in studio.get("/studio/scoring/")

    fields = {"fit_threshold": "30", "engagement_threshold": "20", "revision": "0", "page_viewed-points": "9"}
    studio.post("/studio/scoring/draft", **fields)
    shown = studio.get("/studio/scoring/simulate?of=draft")

    assert "The engagement threshold goes from 45 to 20." in shown
    assert "Would enter: 1" in shown
    assert "Bo Entering" in shown
    assert "1 lead would be over the thresholds at once" in shown
    assert "Over them today, with the points that are left today, and never with sales." in shown
    assert "Over the thresholds on some day of the whole history by these rules" in shown
    place = re.search(r'href="(/studio/scoring/simulate/leads\?who=waiting[^"]*)"', shown)
    assert place
    assert "Over them today" in studio.get(html.unescape(place[1]))
    assert "1 waits; nobody goes over at once." in shown
    assert "Choose what becomes of those" in studio.post("/studio/scoring/draft/activate", 422, revision="1", daily="5")
    studio.post("/studio/scoring/draft/activate", revision="1", handover="none", daily="5")
    assert "being written for everybody" in studio.get("/studio/scoring/")
    rules_journey.rescore(app.extensions["lodestone"], {"version": 2})
    assert rulesets.in_force(at=NOON).rules.engagement_threshold == 20
    assert "Version 2 of the rules is in force" in studio.get("/studio/scoring/")


def test_a_draft_that_brings_nobody_over_asks_about_those_who_come_later_and_says_where_it_was_made(app: Flask) -> None:
    studio, path = Studio(app), "/studio/scoring/simulate?of=draft"
    rules = rulesets.in_force(at=NOON).rules
    rules_journey.draft(rule_sets.to_json(replace(rules, fit_threshold=31)), 0, actor="cli", at=NOON)

    nobody = studio.get(path)
    rules_journey.draft(rule_sets.to_json(replace(rules, engagement_threshold=20)), 1, actor="cli", at=NOON)
    a_lead_with_fills(1)
    somebody = studio.get(f"{path}&anew=1")

    assert "What shall become of those who get over them later?" in nobody
    assert "Changed last on the command line, " in nobody
    assert "0 leads" not in nobody.partition("Activate the draft")[2]
    assert "1 lead would be over the thresholds at once and was never handed over.</a> What shall become" in somebody


def test_what_cannot_be_is_said_in_words_and_what_was_typed_stays(app: Flask) -> None:
    studio = Studio(app)

    page = studio.post("/studio/scoring/draft", 422, fit_threshold="thirty", engagement_threshold="45", revision="0")
    text = studio.post("/studio/scoring/draft/text", 422, text="fit_threshold = 30", revision="0")
    clash = studio.post("/studio/scoring/draft", 409, fit_threshold="30", engagement_threshold="45", revision="7")

    assert "Fit threshold: must be a whole number" in page
    assert 'value="thirty"' in page
    assert "engagement_threshold: must be a whole number" in text
    assert "Somebody else has changed the draft" in clash
    assert rulesets.draft() is None


def test_a_fault_in_a_form_calls_the_rule_by_its_sentence_and_one_in_a_text_by_its_key_and_line(app: Flask) -> None:
    studio, in_force = Studio(app), rulesets.in_force(at=NOON)
    rule = next(one for one in in_force.rules.engagement if "{title}" in one.because)
    thresholds = {"fit_threshold": "30", "engagement_threshold": "45", "revision": "0"}

    page = studio.post("/studio/scoring/draft", 422, **thresholds, **{f"{rule.key}-points": "many"})
    before, named, after = rulesets.text_of(in_force.number).partition(f'key = "{rule.key}"')
    broken = before + named + after.replace(f"points = {rule.points}", 'points = "many"', 1)
    text = studio.post("/studio/scoring/draft/text", 422, text=broken, revision="0")

    sentence = rule.because.replace("{title}", "…")
    assert f"<li>Rule “{sentence}”: needs points: a whole number" in page
    assert f"“{rule.key}”" not in page.partition("</ul>")[0]
    assert re.search(rf"<li>Line \d+: engagement rule “{rule.key}”: needs points", text)


def test_the_simulator_holds_thresholds_against_what_sales_said(app: Flask) -> None:
    good, bad = a_lead_with_fills(3), a_lead_with_fills(2)
    for lead, decision in ((good, Decision(Outcome.WON)), (bad, Decision(Outcome.REJECTED, reason="no_fit"))):
        mql = mqls.newest_of(lead.id)
        assert mql is not None
        sales.decide(mql.public_id, decision, Teller("cli", Source.STUDIO), at=NOON)
    in_force = rulesets.in_force(at=NOON).rules
    harder = replace(in_force, engagement_threshold=80)

    done = simulation.simulate(harder, in_force, zone=app.extensions["lodestone"].zone, at=NOON)

    assert (done.present.accepted, done.present.rejected, done.present.precision) == (1, 1, Share(1, 2))
    assert (done.then.accepted, done.then.rejected, done.then.won) == (1, 0, 1)
    assert (done.entering.count, done.leaving.count) == (0, 1)
    assert done.then.recall == Share(1, 1)
    assert done.then.recall.is_thin
    none = simulation.simulate(replace(in_force, engagement_threshold=999), in_force, zone=done.zone, at=NOON).then
    assert (none.recall, none.precision) == (Share(0, 1), Share(0, 0))
    [company] = [one for one in done.contributions if one.key == "company_known"]
    assert (company.mqls, company.decisive) == (1, 0)
    assert {point.threshold for point in done.curve} >= {80}
    assert {one.because: one.decisive for one in done.contributions}["Registered for the webinar “…”"] == 1
    behind = {
        who: [good.id, bad.id].index(found.leads[0]) if found.leads else None
        for who in ("then-mqls", "now-rejected", "leaving", "needed-webinar_registered", "entering", "waiting")
        if (found := done.behind(who))
    }
    assert behind == {
        "then-mqls": 0,
        "now-rejected": 1,
        "leaving": 1,
        "needed-webinar_registered": 0,
        "entering": None,
        "waiting": None,
    }
    assert done.behind("then-nothing") is done.behind("rule-nothing") is None
    for tried in ("", "?engagement=44", "?engagement=80"):
        shown = Studio(app).get(f"/studio/scoring/simulate{tried}")
        assert re.search(r'class="chart__present( chart__left)?"', shown)
        assert f">in force: {in_force.engagement_threshold}<" in shown


def test_the_simulator_counts_whom_a_score_hands_over_and_nobody_else(app: Flask) -> None:
    for email in ("cy@customer.example", "di@mail.rival.example", "ed@prospect.example"):
        lead = a_good_lead(email, at=NOON - timedelta(days=20))
        an_event(EventKind.WEBINAR_REGISTERED, lead, a_page(), at=NOON)
        an_event(EventKind.FORM_SUBMITTED, lead, a_page(), at=NOON)
    his, settings = a_lead("ed@won.example"), app.extensions["lodestone"]
    merging.merge(lead.public_id, his.public_id, note="", settings=settings, actor="cli", at=NOON)
    barred, raised = a_lead_with_fills(1), a_lead_with_fills(1)
    scored = a_lead_with_fills(3)
    with transaction() as writing:
        writing.get_one(Lead, barred.id).disqualified = "a student"
    asked = an_mql(raised, hand_raised=True)
    for mql in (asked, mqls.newest_of(scored.id)):
        assert mql is not None
        sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.STUDIO), at=NOON)
    sales.never_hand_over(ExclusionKind.CUSTOMER, b"customer.example\nwon.example", actor="cli", at=NOON)
    sales.never_hand_over(ExclusionKind.COMPETITOR, b"rival.example", actor="cli", at=NOON)
    in_force = rulesets.in_force(at=NOON).rules
    easier = replace(in_force, engagement_threshold=10)

    done = simulation.simulate(easier, in_force, zone=settings.zone, at=NOON)
    with transaction():
        version = rulesets.in_force(at=NOON)
        waiting = gate.waiting(replace(version, rules=easier), at=NOON)

    assert (done.then.mqls, done.entering.count, done.raised, done.kept_back, done.waiting) == (1, 0, 1, 4, 0)
    assert done.present.recall == Share(1, 1)
    assert (done.then.accepted, list(waiting)) == (1, [])


def test_every_number_of_the_simulator_leads_to_its_leads_and_to_a_file_of_them(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulating, "PAGE_SIZE", 2)
    for number in range(3):
        a_lead_with_fills(2, name=f"Lead {number}")
    sent = mqls.newest_of(a_lead_with_fills(2, name="Di <Won>").id)
    assert sent is not None
    sales.decide(sent.public_id, Decision(Outcome.WON), Teller("cli", Source.STUDIO), at=NOON)
    studio = Studio(app)

    shown = studio.get("/studio/scoring/simulate?fit=20&engagement=40")
    links = [html.unescape(link) for link in re.findall(r'href="(/studio/scoring/simulate/leads[^"]*)"', shown)]
    pages = {parse_qs(urlsplit(link).query)["who"][0]: studio.get(link) for link in links}
    everybody = next(link for link in links if "then-mqls" in link)

    assert {"now-mqls", "then-won", "then-unanswered", "rule-form_submitted", "then-2026-09-07"} <= pages.keys()
    assert "4 leads." in pages["then-mqls"]
    assert pages["then-mqls"].count("/studio/leads/") == 2
    assert 'rel="next"' in pages["then-mqls"]
    assert studio.get(f"{everybody}&page=2").count("/studio/leads/") == 2
    assert "Di &lt;Won&gt;" in pages["then-won"]
    assert "Won" in pages["then-won"]
    file = studio.open("POST", "/studio/scoring/simulate/leads.csv", who="then-mqls", fit="20", engagement="40").text
    assert len(file.splitlines()) == 5
    assert ",2026-09-" in file
    assert 'class="chart__thin"' in shown
    assert "too few to tell" in shown
    studio.get("/studio/scoring/simulate/leads?who=nobody", 404)


def simulated(studio: Studio, more: str = "") -> tuple[str, str]:
    """How many leads are MQLs under these rules, by the simulator, and the address of their list."""
    shown = studio.get(f"/studio/scoring/simulate?fit=20&engagement=40{more}")
    link, number = re.findall(r'href="(/studio/scoring/simulate/leads\?who=then-mqls[^"]*)">(\d+)', shown)[0]
    return number, html.unescape(link)


def test_a_simulation_stays_at_hand_until_sales_answers_somebody_asks_anew_or_ten_minutes_are_over(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another(name: str) -> None:
        lead = a_good_lead(name=name, at=NOON - timedelta(days=20))
        for kind in (EventKind.FORM_SUBMITTED, EventKind.WEBINAR_REGISTERED) * 2:
            an_event(kind, lead, a_page(), at=NOON - timedelta(days=1))

    studio, mql = Studio(app), mqls.newest_of(a_lead_with_fills(2).id)
    assert mql is not None
    number, link = simulated(studio)
    another("Bo Second")

    assert (number, simulated(studio)[0]) == ("1", "1")
    assert "1 lead." in studio.get(link)
    assert simulated(studio, "&anew=1")[0] == "2"
    assert "Bo Second" in studio.get(link)
    another("Cy Third")
    sales.decide(mql.public_id, Decision(Outcome.ACCEPTED), Teller("cli", Source.STUDIO), at=NOON)
    assert "2 leads." in studio.get(link)
    assert simulated(studio)[0] == "3"
    entry = ledger.standing(ledger.of(mql.lead_id, 1))[0]
    [ada] = [lead for lead in every(Lead) if lead.id == mql.lead_id]
    rules_journey.strike(ada.public_id, entry.id, "a test", name="Sam", actor="cli", at=NOON)
    another("Di Fourth")
    assert simulated(studio)[0] == "4"
    another("Ed Fifth")
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=10))
    assert simulated(studio)[0] == "4"
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=11))
    assert simulated(studio)[0] == "5"


def test_a_simulation_that_is_at_hand_names_nobody_who_was_erased_since(app: Flask) -> None:
    studio, lead = Studio(app), a_lead_with_fills(2, name="Ada Gone")
    _, link = simulated(studio)
    assert "Ada Gone" in studio.get(link)

    privacy.erase(lead.email, actor="cli", at=NOON)

    assert "Ada Gone" not in studio.get(link) + studio.get("/studio/scoring/simulate?fit=20&engagement=40")


@pytest.mark.parametrize(
    ("share", "low", "high"), [(Share(0, 0), 0, 1), (Share(8, 10), 0.490, 0.943), (Share(800, 1000), 0.774, 0.824)]
)
def test_an_interval_says_how_much_the_numbers_can_tell(share: Share, low: float, high: float) -> None:
    assert [round(bound, 3) for bound in share.interval] == [low, high]


@pytest.mark.parametrize("told", ["-5", "44.5", "1001", "abc"])
def test_a_threshold_that_is_none_is_said_to_be_none(app: Flask, told: str) -> None:
    shown = Studio(app).get(f"/studio/scoring/simulate?fit={told}&engagement=040")

    assert f"“{told}” is no whole number from 0 to 1,000" in shown
    assert "“040”" not in shown


def test_weeks_before_the_last_ones_are_told_with_their_leads(app: Flask) -> None:
    then = NOON - timedelta(weeks=40)
    lead = a_good_lead("ada@analytical.example", at=then)
    for kind in (EventKind.FORM_SUBMITTED, EventKind.WEBINAR_ATTENDED):
        an_event(kind, lead, a_page(), at=then)
    studio = Studio(app)

    shown = studio.get("/studio/scoring/simulate")

    assert "<summary>15 weeks before: 1 in force, 1 these</summary>" in shown
    [address] = set(re.findall(r'href="([^"]*who=now-2025-12-08[^"]*)"', shown))
    assert "ada@analytical.example" in studio.get(html.unescape(address))


def test_a_marketer_strikes_an_entry_with_a_reason_and_the_day_before_stays_as_it_was(app: Flask) -> None:
    lead = a_lead_with_fills(1)
    entry = next(row for row in every(ScoreEntry) if row.rule_key == "form_submitted")
    studio = Studio(app)
    path = f"/studio/scoring/strike/{lead.public_id}/{entry.id}"

    studio.post(path, because=" ")
    before = scores.current(lead.id, at=NOON).exact_engagement
    studio.post(path, because="Our own test")
    assert scores.current(lead.id, at=NOON).exact_engagement < before - 10
    assert every(ScoreEntry)[-1].because.endswith(": Our own test")
    told = studio.get(f"/studio/leads/{lead.public_id}")
    assert f"{escape(entry.because)}: Struck by Mara Lind: Our own test" in told
    assert "at the end of 1 September 2026" in studio.get(f"/studio/leads/{lead.public_id}?on=2026-09-01")


def test_a_marketer_says_on_the_timeline_that_it_was_a_machine_or_a_person_and_sales_reads_it(app: Flask) -> None:
    lead = a_lead_with_fills(1)
    an_mql(lead)
    act = next(row for row in every(EngagementEvent) if row.kind is EventKind.FORM_SUBMITTED)
    studio, sam = Studio(app), Studio(app, Role.SALES, "sam@northwind.example")
    path, screen = f"/studio/scoring/judge/{lead.public_id}/{act.id}", f"/studio/leads/{lead.public_id}"

    assert f'action="{path}"' in studio.get(screen)
    assert path not in sam.get(screen)
    sam.open("POST", path, because="Not mine to say", verdict="machine")
    assert "judged=no" in studio.post(path, because=" ", verdict="machine")
    assert "judged=no" in studio.post(path, because="Neither", verdict="unproven")
    assert every(EngagementEvent)[0].reason == act.reason
    studio.post(path, because="<Our> scanner", verdict="machine")
    told = sam.get(screen)
    assert "Machine: Mara Lind says so: &lt;Our&gt; scanner. No points." in told
    studio.post(path, because="It was Ada", verdict="human", before="9-9-9")
    assert "Human: Mara Lind says so: It was Ada" in sam.get(screen)
    admin = Studio(app, Role.ADMIN, "ann@northwind.example")
    log = admin.get("/studio/people/audit?what=event.judged")
    assert log.count("Machine or person, said by hand</td>") == 2
    assert "Verdict: Machine" in log
    for none in ("99999", "9" * 30, "0"):
        assert studio.open("POST", f"{path.rpartition('/')[0]}/{none}", because="x", verdict="human").status_code == 404


@pytest.mark.parametrize(
    ("on", "why"),
    [
        (f"{NOON + timedelta(days=1):%Y-%m-%d}", "this day is still to come"),
        ("9999-12-31", "this day is still to come"),
        ("rubbish", "write the day as"),
    ],
)
def test_a_score_is_refused_in_words_for_a_day_to_come_and_for_what_is_no_day(app: Flask, on: str, why: str) -> None:
    lead, studio = a_lead_with_fills(1), Studio(app)

    told = studio.get(f"/studio/leads/{lead.public_id}?on={on}", status=422)

    assert why in told
    assert "What follows is the score of now." in told
    assert f'value="{on}"' in told
    assert "still to come" not in studio.get(f"/studio/leads/{lead.public_id}?on={NOON:%Y-%m-%d}")


def test_versions_are_opened_compared_and_taken_as_the_draft_again_with_who_made_them_and_why(app: Flask) -> None:
    studio, place = Studio(app), "/studio/scoring/versions/"
    assert "The rules that an installation starts with" in studio.get(place)
    written = "# Ours\n" + studio.get("/studio/scoring/rules.toml").replace(
        "engagement_threshold = 45", "engagement_threshold = 40"
    )
    file = (io.BytesIO(written.replace("\n", "\r\n").encode()), "rules.toml")
    studio.post("/studio/scoring/draft/text", revision="0", file=file)
    assert studio.get("/studio/scoring/rules.toml?of=draft") == written

    studio.post("/studio/scoring/draft/activate", revision="1", handover="none", note="Too few <MQLs>")
    rules_journey.rescore(app.extensions["lodestone"], {"version": 2})
    listed, shown = studio.get(place), studio.get(f"{place}2")

    assert "Too few &lt;MQLs&gt;" in listed
    assert "Mara" in listed
    assert listed.index("Version 2</a> <span") < listed.index("Version 1</a>")
    assert "The engagement threshold goes from 45 to 40." in listed
    assert "What differs from version 1" in shown
    assert "engagement_threshold = <del>45</del><ins>40</ins>" in shown
    assert "Nobody, unless he asks to be contacted" in shown
    assert "goes from 40 to 45" in studio.get(f"{place}1?against=2")
    assert studio.get("/studio/scoring/rules.toml?version=1").count("# Ours") == 0
    studio.post(f"{place}1/take", revision="0")
    draft = rulesets.draft()
    assert draft is not None
    assert draft.rules.engagement_threshold == 45
    assert "What differs from the draft" in studio.get(f"{place}2?against=draft")
    assert "Somebody else has changed the draft" in studio.post(f"{place}1/take", 409, revision="0")
    studio.get(f"{place}7", 404)
    for number in ("7", "0", "-1", "99999999999999999999"):
        studio.get(f"/studio/scoring/rules.toml?version={number}", 200 if number == "0" else 404)
    studio.post(f"{place}99999999999999999999/take", 404, revision="0")


def test_a_file_with_faults_is_refused_by_line_and_stands_there_to_be_mended(app: Flask) -> None:
    studio = Studio(app)
    text = studio.get("/studio/scoring/rules.toml").replace("engagement_threshold = 45", "engagement_threshold = 4.5")

    page = studio.post("/studio/scoring/draft/text", 422, revision="0", file=(io.BytesIO(text.encode()), "rules.toml"))

    assert "Line 5: engagement_threshold: must be a whole number" in page
    assert "engagement_threshold = 4.5" in page


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_file_keeps_its_words_however_an_editor_saved_it(app: Flask, encoding: str) -> None:
    studio = Studio(app)
    written = studio.get("/studio/scoring/rules.toml").replace("Named the job", "Named the job at the café")
    saved = io.BytesIO(written.replace("\n", "\r\n").encode(encoding))

    refused = studio.post(
        "/studio/scoring/draft/text", 422, revision="0", file=(io.BytesIO(b"a\x81\xff"), "rules.toml")
    )
    studio.post("/studio/scoring/draft/text", revision="0", file=(saved, "rules.toml"))

    draft = rulesets.draft()
    assert "This file is not saved as UTF-8." in refused
    assert draft is not None
    assert draft.text == written


def test_sales_changes_no_rules(app: Flask) -> None:
    studio = Studio(app, Role.SALES)

    for path in ("/studio/scoring/", "/studio/scoring/draft", "/studio/scoring/simulate", "/studio/scoring/rules.toml"):
        studio.get(path, 403)
    studio.post("/studio/scoring/draft/activate", 403, revision="1")


def test_a_proposal_that_is_another_by_now_is_shown_before_it_is_taken(app: Flask) -> None:
    studio, place = Studio(app), "/studio/scoring/propose"
    answered(240)
    mark = re.search(r'name="mark" value="([^"]+)"', studio.get(place))
    assert mark
    with transaction() as writing:
        for mql in writing.scalars(select(Mql).where(Mql.outcome == Outcome.ACCEPTED).limit(60)):
            mql.outcome = Outcome.REJECTED
    app.extensions.pop("lodestone-Proposal")

    shown = studio.post(place, 409, revision="0", mark=mark[1])

    assert "This is another proposal than the one you saw" in shown
    assert "Accepted among the better half" in shown
    assert rulesets.draft() is None
    other = re.search(r'name="mark" value="([^"]+)"', shown)
    assert other
    assert other[1] != mark[1]
    assert studio.post(place, revision="0", mark=other[1]) == "/studio/scoring/simulate?of=draft"
    assert rulesets.draft() is not None


def test_proposed_points_become_the_draft_and_never_more(app: Flask) -> None:
    studio = Studio(app)
    assert "Points can be proposed when it has answered 200." in studio.get("/studio/scoring/propose")
    assert "has answered 0" in studio.post("/studio/scoring/propose", 409, revision="0")
    answered(240)

    shown = studio.get("/studio/scoring/propose")
    studio.post("/studio/scoring/propose", revision="0")

    assert "Accepted among the better half" in shown
    draft = rulesets.draft()
    assert draft is not None
    assert rulesets.in_force(at=NOON).rules != draft.rules
    assert "in place of the one there is" in studio.get("/studio/scoring/propose")
    assert "Somebody else has changed the draft" in studio.post("/studio/scoring/propose", 409, revision="0")
