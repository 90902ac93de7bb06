"""New rules: drafted, written for everybody while fills go on, put in force, without flooding sales."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import select

from capture import clock
from capture.accounts.models import AuditEntry
from capture.config import Settings
from capture.db import is_sqlite, session, transaction
from capture.engagement import events
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from capture.errors import NotFound, RulesChanged, RulesRefused
from capture.handoff import gate, mqls
from capture.handoff.gate import Handover
from capture.handoff.models import HeldBack, Mql
from capture.journey import acceptance, correcting, judging, merging, privacy
from capture.journey import rules as rules_journey
from capture.leads import leads
from capture.leads.models import Lead
from capture.outbox.models import OutboxMessage
from capture.pages import pages
from capture.pages.models import Page
from capture.reports import responses
from capture.scoring import ledger, preset, replay, rescoring, rulefile, rulesets, scores, standings
from capture.scoring import rules as rule_sets
from capture.scoring.models import Axis, ScoreEntry, ScoreSum
from capture.scoring.openings import Entry
from capture.scoring.rules import EngagementRule
from tests import stories
from tests.factories import NOON, a_good_lead, a_lead, a_page, an_event, an_mql, every

DAY = timedelta(days=1)
EASIER = replace(preset.DEFAULT, engagement_threshold=10)


def a_fill(lead: Lead) -> None:
    an_event(EventKind.FORM_SUBMITTED, lead, a_page())
    with transaction():
        mqls.qualify(lead.id, scores.after(lead.id, at=NOON), sla_hours=24, at=NOON)


def activated(settings: Settings, choice: Handover, *, daily: int = 1) -> int:
    revision = rules_journey.draft(rule_sets.to_json(EASIER), 0, actor="cli", at=NOON)
    number = rules_journey.activate(revision, choice, daily=daily, actor="cli", at=NOON)
    rules_journey.rescore(settings, {"version": number})
    return number


def test_activating_easier_rules_hands_nobody_over_by_itself(app: Flask, settings: Settings) -> None:
    lead, bystander = a_good_lead(), a_lead("someone@gmail.com")
    a_fill(lead)
    a_fill(bystander)

    number = activated(settings, Handover.EVIDENCE)

    score = scores.current(lead.id, at=NOON)
    assert (score.rule_version, score.qualifies) == (number, True)
    assert every(Mql) == []
    an_event(EventKind.MAGNET_DOWNLOADED, lead, a_page())
    with transaction():
        mqls.qualify(lead.id, scores.after(lead.id, at=NOON + DAY), sla_hours=24, at=NOON + DAY)
    [mql] = every(Mql)
    assert (mql.lead_id, mql.rule_version, mql.due_at) == (lead.id, number, NOON + 2 * DAY)


def by_a_robot(lead: Lead, settings: Settings, *, at: datetime) -> None:
    an_event(EventKind.LINK_FOLLOWED, lead, a_page(), verdict=Verdict.MACHINE, at=at)
    with transaction():
        acceptance.weigh(leads.hold(lead.id), settings=settings, at=at)


def by_a_correction(lead: Lead, settings: Settings, *, at: datetime) -> None:
    correcting.correct(lead.public_id, {"phone": "+353 1 555 0100"}, seen=None, settings=settings, actor="mara", at=at)


def by_a_verdict(lead: Lead, settings: Settings, *, at: datetime) -> None:
    [*_, act] = session().scalars(select(EngagementEvent.id).where(EngagementEvent.lead_id == lead.id))
    told = {"because": "Our mail scanner", "name": "Mara", "actor": "mara"}
    judging.judge(lead.public_id, act, Verdict.MACHINE, **told, settings=settings, at=at)


@pytest.mark.parametrize("nothing_new", [by_a_robot, by_a_correction, by_a_verdict])
@pytest.mark.parametrize("choice", list(Handover))
def test_whom_rules_alone_brought_over_goes_by_what_he_does_and_by_nothing_that_others_do(
    app: Flask, settings: Settings, choice: Handover, nothing_new: Callable[..., None]
) -> None:
    known_since = NOON - 2 * DAY
    first, lead = a_good_lead(at=known_since), a_good_lead(at=known_since)
    for one, kinds in ((first, [EventKind.WEBINAR_REGISTERED]), (lead, [])):
        for kind in (EventKind.FORM_SUBMITTED, *kinds, EventKind.PAGE_VIEWED):
            an_event(kind, one, a_page(), at=NOON - DAY)
        with transaction():
            mqls.qualify(one.id, scores.after(one.id, at=NOON - DAY), sla_hours=24, at=NOON - DAY)
    activated(settings, choice)  # one a day: the turn of the second is tomorrow

    nothing_new(lead, settings, at=NOON + timedelta(hours=1))

    assert scores.current(lead.id, at=NOON + timedelta(hours=1)).qualifies
    assert lead.id not in {mql.lead_id for mql in every(Mql)}
    at = NOON + timedelta(hours=2)
    an_event(EventKind.PAGE_VIEWED, lead, a_page(), at=at)
    with transaction():
        acceptance.weigh(leads.hold(lead.id), settings=settings, at=at)
    assert (lead.id in {mql.lead_id for mql in every(Mql)}) == (choice is not Handover.NONE)


def test_who_waits_for_something_new_and_is_over_only_by_a_correction_goes_by_it(
    app: Flask, settings: Settings
) -> None:
    lead = a_lead("ada@analytical.example", at=NOON - 2 * DAY, company="Analytical")
    an_event(EventKind.FORM_SUBMITTED, lead, a_page(), at=NOON - DAY)
    activated(settings, Handover.EVIDENCE)
    with transaction():
        assert not scores.after(lead.id, at=NOON).qualifies

    better = {"job_title": "Head of Marketing", "company_size": "50-249", "country": "IE"}
    at = NOON + timedelta(hours=1)
    correcting.correct(lead.public_id, better, seen=None, settings=settings, actor="mara", at=at)

    assert [mql.lead_id for mql in every(Mql)] == [lead.id]


def test_tranches_hand_over_so_many_a_day_and_the_time_to_answer_begins_then(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = [a_good_lead() for _ in range(3)]
    for lead in leads:
        a_fill(lead)
    an_event(EventKind.MAGNET_DOWNLOADED, leads[1], a_page())

    activated(settings, Handover.TRANCHES, daily=2)
    turns = session().scalars(select(OutboxMessage.due_at).where(OutboxMessage.kind == rules_journey.RELEASE)).all()
    rules_journey.release(settings, {})

    assert sorted(turns) == [NOON, NOON + DAY]
    assert {mql.lead_id for mql in every(Mql)} == {leads[1].id, leads[0].id}
    assert {mql.due_at for mql in every(Mql)} == {NOON + timedelta(hours=settings.sla_hours)}
    behind = responses.between(NOON.date(), NOON.date(), zone=settings.zone).rules
    assert {key: behind[key].mqls for key in ("form_submitted", "downloaded")} == {"form_submitted": 2, "downloaded": 1}
    monkeypatch.setattr("capture.clock.now", lambda: NOON + DAY)
    rules_journey.release(settings, {})
    assert len(every(Mql)) == 3


def test_turns_go_by_engagement_each_has_to_come_and_whom_sales_knows_by_another_address_has_none(
    app: Flask, settings: Settings
) -> None:
    known, *leads = [a_good_lead() for _ in range(4)]
    for lead in (known, *leads):
        a_fill(lead)
    for lead in leads[1:]:
        an_event(EventKind.MAGNET_DOWNLOADED, lead, a_page())
    an_event(EventKind.MAGNET_DOWNLOADED, leads[2], a_page())
    had = an_mql(a_lead("had@elsewhere.example"))
    merging.merge(known.public_id, every(Lead)[-1].public_id, note="", settings=settings, actor="cli", at=NOON)

    activated(settings, Handover.TRANCHES, daily=1)

    turns = {held.lead_id: held.release_at for held in every(HeldBack)}
    assert turns == {leads[2].id: NOON, leads[1].id: NOON + DAY, leads[0].id: NOON + 2 * DAY}
    with transaction():
        early = gate.release(leads[1].id, at=NOON + DAY - timedelta(seconds=1))
        assert (early, gate.release(leads[1].id, at=NOON + DAY)) == (False, True)
        assert not gate.release(leads[1].id, at=NOON + DAY)
    assert [mql.id for mql in every(Mql)] == [had.id]


def test_what_two_lists_send_at_different_hours_of_a_day_is_told_together(app: Flask) -> None:
    morning, noon = NOON - timedelta(hours=4), NOON
    turns = [*[morning] * 2, *[noon] * 3, *[morning + DAY] * 2, *[noon + DAY] * 3, noon + 3 * DAY]
    for turn in turns:
        lead = a_good_lead()
        with transaction() as writing:
            writing.add(HeldBack(lead_id=lead.id, rule_version=1, release_at=turn))

    assert gate.queue() == gate.Queue(11, 5, noon + 3 * DAY)


def test_turns_that_are_stopped_hand_nobody_over_until_he_does_something_new(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = [a_good_lead() for _ in range(4)]
    for lead in leads:
        a_fill(lead)
    number = activated(settings, Handover.TRANCHES, daily=2)
    rules_journey.release(settings, {})
    waiting, others = [lead for lead, _ in gate.queued(0, 10)], {mql.lead_id for mql in every(Mql)}

    assert gate.queue() == gate.Queue(2, 2, NOON + DAY)
    assert rules_journey.stop_turns(actor="cli", at=NOON) == 2
    monkeypatch.setattr("capture.clock.now", lambda: NOON + DAY)
    rules_journey.release(settings, {})
    rules_journey._release(waiting[0].id, settings, at=NOON + DAY)  # a worker had read its turn before
    assert {mql.lead_id for mql in every(Mql)} == others

    an_event(EventKind.MAGNET_DOWNLOADED, waiting[0], a_page())
    with transaction():
        mqls.qualify(waiting[0].id, scores.after(waiting[0].id, at=NOON + DAY), sla_hours=24, at=NOON + DAY)
    assert {mql.lead_id for mql in every(Mql)} == {*others, waiting[0].id}
    assert gate.queue() is None
    [stopped] = [entry for entry in every(AuditEntry) if entry.action == "rules.turns_stopped"]
    assert (stopped.actor, stopped.subject, stopped.detail) == ("cli", f"rules:{number}", {"rows": 2})
    assert rules_journey.stop_turns(actor="cli", at=NOON) == 0


def test_nobody_means_nobody_but_who_asks_to_be_contacted(app: Flask, settings: Settings) -> None:
    lead, asking = a_good_lead(), a_good_lead()
    for one in (lead, asking):
        a_fill(one)

    activated(settings, Handover.NONE)
    with transaction():
        mqls.qualify(lead.id, scores.after(lead.id, at=NOON), sla_hours=24, at=NOON)
        mqls.qualify(asking.id, scores.after(asking.id, at=NOON), sla_hours=24, at=NOON, hand_raised=True)

    assert [mql.lead_id for mql in every(Mql)] == [asking.id]


def test_what_happens_while_entries_are_written_is_in_them_when_the_rules_switch(
    app: Flask, settings: Settings
) -> None:
    lead, gone = a_good_lead(), a_good_lead()
    a_fill(lead)
    a_fill(gone)
    revision = rules_journey.draft(rule_sets.to_json(EASIER), 0, actor="cli", at=NOON)
    number = rules_journey.activate(revision, Handover.EVIDENCE, daily=1, actor="cli", at=NOON)
    read = next(rescoring.ahead(number), None)
    privacy.erase(gone.email, actor="cli", at=NOON)
    with transaction():
        assert rescoring.batch(number, at=NOON, read=read)
    with transaction():
        assert not rescoring.batch(number, at=NOON, read=read)
    late = a_good_lead()
    a_fill(late)
    an_event(EventKind.PAGE_VIEWED, lead, a_page())
    with transaction():
        scores.after(lead.id, at=NOON)

    rules_journey.rescore(settings, {"version": number})
    rules_journey.rescore(settings, {"version": number})

    assert scores.current(lead.id, at=NOON).engagement == 23
    assert scores.current(late.id, at=NOON).engagement == 15
    assert scores.current(gone.id, at=NOON).engagement == 0
    assert {one.lead_id for one in every(ScoreSum) if one.rule_version == number} == {lead.id, late.id}


@contextmanager
def a_visit_on_its_way(app: Flask, lead: Lead, page: Page) -> Iterator[threading.Event]:
    """It is written down, and on PostgreSQL committed when what is given is set; by then others have higher keys."""
    written, let_go = threading.Event(), threading.Event()

    def visit() -> None:
        with app.app_context(), transaction():
            events.record(
                EventKind.FORM_SUBMITTED,
                at=NOON,
                verdict=Verdict.HUMAN,
                reason="as the test says",
                lead_id=lead.id,
                page_id=page.id,
            )
            written.set()
            assert is_sqlite() or let_go.wait(20)

    with ThreadPoolExecutor(1) as pool:
        visiting = pool.submit(visit)
        assert written.wait(20)
        if is_sqlite():
            visiting.result()
        yield let_go
        visiting.result()


@pytest.mark.real_commits
def test_who_is_on_his_way_while_rules_are_activated_has_entries_of_the_new_ones(
    app: Flask, settings: Settings
) -> None:
    slow, quick, page = a_good_lead(), a_good_lead(), a_page()
    revision = rules_journey.draft(rule_sets.to_json(EASIER), 0, actor="cli", at=NOON)
    with a_visit_on_its_way(app, slow, page) as let_go:
        an_event(EventKind.FORM_SUBMITTED, quick, page)
        number = rules_journey.activate(revision, Handover.EVIDENCE, daily=1, actor="cli", at=NOON)
        threading.Timer(0.3, let_go.set).start()
        rules_journey.rescore(settings, {"version": number})

    told = scores.for_leads([slow.id, quick.id], at=NOON)
    assert {lead_id: score.engagement for lead_id, score in told.items()} == {slow.id: 15, quick.id: 15}


@pytest.mark.real_commits
def test_who_is_on_his_way_while_the_rules_switch_has_entries_of_the_new_ones(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick, page = a_good_lead(), a_good_lead(), a_page()
    revision = rules_journey.draft(rule_sets.to_json(EASIER), 0, actor="cli", at=NOON)
    number = rules_journey.activate(revision, Handover.EVIDENCE, daily=1, actor="cli", at=NOON)
    switch = rules_journey._switch

    with ExitStack() as meanwhile:

        def switch_meanwhile(number: int, over: Sequence[int], *, at: datetime) -> None:
            let_go = meanwhile.enter_context(a_visit_on_its_way(app, slow, page))
            an_event(EventKind.FORM_SUBMITTED, quick, page)
            switch(number, over, at=at)
            threading.Timer(0.1, let_go.set).start()

        monkeypatch.setattr(rules_journey, "_switch", switch_meanwhile)
        rules_journey.rescore(settings, {"version": number})

    told = scores.for_leads([slow.id, quick.id], at=NOON)
    assert {lead_id: score.engagement for lead_id, score in told.items()} == {slow.id: 15, quick.id: 15}


def test_who_did_something_meanwhile_is_looked_at_again_with_few_others_at_a_time(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "AGAIN", 2)
    ticks = count()
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(seconds=next(ticks)))
    people, page = [a_good_lead() for _ in range(7)], a_page()
    revision = rules_journey.draft(rule_sets.to_json(EASIER), 0, actor="cli", at=NOON)
    number = rules_journey.activate(revision, Handover.EVIDENCE, daily=1, actor="cli", at=NOON)
    while rules_journey._prepare(number, None, at=NOON):
        pass
    for lead in people:
        an_event(EventKind.FORM_SUBMITTED, lead, page)

    rules_journey.rescore(settings, {"version": number})

    together = defaultdict(set)  # each transaction has an instant of its own
    for one in every(ScoreEntry):
        if one.rule_version == number and one.event_id is not None:
            together[one.recorded_at].add(one.lead_id)
    assert sorted(map(len, together.values())) == [1, 2, 2, 2]
    assert set.union(*together.values()) == {lead.id for lead in people}


def test_broken_off_after_the_switch_it_looks_again_at_who_was_on_his_way(app: Flask, settings: Settings) -> None:
    lead, page = a_good_lead(), a_page()
    a_fill(lead)
    old = rulesets.established(at=NOON)
    revision = rules_journey.draft(rule_sets.to_json(EASIER), 0, actor="cli", at=NOON)
    number = rules_journey.activate(revision, Handover.EVIDENCE, daily=1, actor="cli", at=NOON)
    while rules_journey._prepare(number, None, at=NOON):
        pass
    rules_journey._switch(number, [], at=NOON)
    an_event(EventKind.MAGNET_DOWNLOADED, lead, page)
    with transaction():
        scores.settle([leads.hold(lead.id)], old, at=NOON)

    before = scores.current(lead.id, at=NOON)
    rules_journey.rescore(settings, {"version": number})

    after = scores.current(lead.id, at=NOON)
    assert (before.rule_version, after.rule_version) == (number, number)
    assert after.engagement > before.engagement == 15


def test_what_a_person_struck_stays_struck_under_every_later_version(app: Flask, settings: Settings) -> None:
    lead, bystander, page = a_good_lead(), a_good_lead(), a_page()
    for one in (lead, bystander):
        an_event(EventKind.FORM_SUBMITTED, one, page)
        an_event(EventKind.MAGNET_DOWNLOADED, one, page)
        settled(one)

    def strike(rule: str) -> None:
        [entry] = [one for one in ledger.standing(entries(lead)) if one.rule_key == rule]
        rules_journey.strike(lead.public_id, entry.id, "a test of ours", name="Sam", actor="cli", at=NOON)

    strike("form_submitted")
    strike("company_known")
    first = rules_journey.draft(rule_sets.to_json(EASIER), 0, actor="cli", at=NOON)
    number = rules_journey.activate(first, Handover.EVIDENCE, daily=1, actor="cli", at=NOON)
    with transaction():
        rescoring.batch(number, at=NOON)
    strike("downloaded")  # while the new entries are being written
    rules_journey.rescore(settings, {"version": number})
    told = [scores.current(lead.id, at=NOON)]
    activated(settings, Handover.EVIDENCE)
    told.append(scores.current(lead.id, at=NOON))
    an_event(EventKind.PAGE_VIEWED, lead, page, at=NOON + DAY)

    assert [(one.rule_version, one.engagement) for one in told] == [(2, 0), (3, 0)]
    assert {one.fit for one in told} == {scores.current(bystander.id, at=NOON).fit - 5}
    assert settled(lead, at=NOON + DAY).engagement == 8
    assert scores.current(bystander.id, at=NOON).engagement == 25
    reasons = [one.because for one in entries(lead) if one.rule_key == ledger.STRUCK]
    assert reasons == ["Struck by Sam: a test of ours"] * 3


def test_an_entry_is_struck_once_and_the_reason_of_whoever_was_first_stays(app: Flask, settings: Settings) -> None:
    lead = a_good_lead()
    an_event(EventKind.FORM_SUBMITTED, lead, a_page())
    settled(lead)
    [entry] = [one for one in ledger.standing(entries(lead)) if one.rule_key == "form_submitted"]

    rules_journey.strike(lead.public_id, entry.id, "a test of ours", name="Sam", actor="sam", at=NOON)
    with pytest.raises(NotFound):
        rules_journey.strike(lead.public_id, entry.id, "made up", name="Mara", actor="mara", at=NOON)
    activated(settings, Handover.EVIDENCE)

    assert {one.because for one in entries(lead) if one.rule_key == ledger.STRUCK} == {"Struck by Sam: a test of ours"}
    assert [entry.actor for entry in every(AuditEntry) if entry.action == "score.struck"] == ["sam"]
    assert scores.current(lead.id, at=NOON).engagement == 0


def test_what_was_struck_of_one_address_is_struck_of_the_person_and_what_another_said_is_not(
    app: Flask, settings: Settings
) -> None:
    kept, merged = a_good_lead(), a_good_lead()
    an_event(EventKind.FORM_SUBMITTED, merged, a_page())
    alone = settled(kept)
    settled(merged)
    for entry in ledger.standing(entries(merged)):
        if entry.rule_key in ("company_known", "form_submitted"):
            rules_journey.strike(merged.public_id, entry.id, "made up", name="Sam", actor="cli", at=NOON)
    merging.merge(kept.public_id, merged.public_id, note="", settings=settings, actor="cli", at=NOON)
    before, stands = scores.current(kept.id, at=NOON), ledger.standing(entries(kept))

    activated(settings, Handover.EVIDENCE)

    after = scores.current(kept.id, at=NOON)
    assert before.fit == alone.fit
    assert {one.lead_id for one in stands} == {kept.id}  # of what both said, what the one said who stays
    assert (after.rule_version, after.fit, after.engagement) == (2, before.fit, 0)


def test_a_rule_about_a_page_counts_the_page_under_its_new_address_too(app: Flask, settings: Settings) -> None:
    guide, other = stories.a_page("guide"), stories.a_page("other")
    for page in (guide, other):
        stories.submit(page, stories.a_fill(), form_key=page.slug)
    [lead] = every(Lead)
    [fill] = [rule for rule in preset.DEFAULT.engagement if rule.key == "form_submitted"]
    only = replace(preset.DEFAULT, engagement=(replace(fill, pages=("guide", "gone")),), engagement_threshold=10)
    revision = rules_journey.draft(rule_sets.to_json(only), 0, actor="cli", at=NOON)
    rules_journey.activate(revision, Handover.NONE, daily=1, actor="cli", at=NOON)
    rules_journey.rescore(settings, {"version": 2})
    before = settled(lead).engagement

    with transaction():
        pages.publish(guide.magnet_id, "guide-of-2027", guide.definition, at=NOON)

    assert (before, settled(lead).engagement) == (15, 15)
    in_force = rulesets.in_force(at=NOON).rules
    assert in_force.engagement[0].pages == ("guide-of-2027", "gone")
    assert replay.play(in_force, until_day=NOON.timestamp() / 86_400).latest.tolist() == [15]


def settled(lead: Lead, *, at: datetime = NOON) -> scores.Score:
    with transaction():
        return scores.after(lead.id, at=at)


def entries(lead: Lead) -> list[Entry]:
    return ledger.of(lead.id, rulesets.in_force(at=NOON).number)


def test_a_draft_that_somebody_else_changed_is_not_overwritten(app: Flask) -> None:
    first = rules_journey.draft(rule_sets.to_json(EASIER), 0, actor="ada", at=NOON)
    rules_journey.draft(rule_sets.to_json(preset.DEFAULT), first, actor="bo", at=NOON)

    with pytest.raises(RulesChanged):
        rules_journey.draft(rule_sets.to_json(EASIER), first, actor="ada", at=NOON)
    with pytest.raises(RulesChanged):
        rules_journey.activate(first, Handover.NONE, daily=1, actor="ada", at=NOON)
    draft = rulesets.draft()
    assert draft is not None
    assert draft.rules == preset.DEFAULT


@pytest.mark.real_commits
def test_of_several_people_at_once_one_begins_a_draft_one_changes_it_and_one_activates_it(app: Flask) -> None:
    table = rule_sets.to_json(EASIER)

    def at_once(what: Callable[[str], object]) -> list[object]:
        together = threading.Barrier(4)

        def one(name: str) -> object:
            with app.app_context():
                together.wait()
                try:
                    return what(name)
                except RulesChanged:
                    return None

        with ThreadPoolExecutor(4) as pool:
            return [done for done in pool.map(one, ("ada", "bo", "cy", "di")) if done is not None]

    begun = at_once(lambda name: rules_journey.draft(table, 0, actor=name, at=NOON))
    changed = at_once(lambda name: rules_journey.draft(table, 1, actor=name, at=NOON))
    activated = at_once(lambda name: rules_journey.activate(2, Handover.NONE, daily=1, actor=name, at=NOON))

    assert (begun, changed, activated) == ([1], [2], [2])
    assert [one.number for one in rulesets.told()] == [2, 1]


@pytest.mark.parametrize("ends", ["discarded", "activated"])
def test_who_saw_a_draft_that_is_gone_leaves_the_next_one_alone(app: Flask, settings: Settings, ends: str) -> None:
    seen = rules_journey.draft(rule_sets.to_json(EASIER), 0, actor="ada", at=NOON)
    if ends == "discarded":
        rules_journey.discard(seen, actor="bo", at=NOON)
    else:
        number = rules_journey.activate(seen, Handover.NONE, daily=1, actor="bo", at=NOON)
        rules_journey.rescore(settings, {"version": number})
    gone = rulesets.draft()
    with pytest.raises(RulesChanged):
        rules_journey.discard(seen, actor="ada", at=NOON)
    rules_journey.draft(rule_sets.to_json(preset.DEFAULT), 0, actor="bo", at=NOON)

    with pytest.raises(RulesChanged):
        rules_journey.draft(rule_sets.to_json(EASIER), seen, actor="ada", at=NOON)
    with pytest.raises(RulesChanged):
        rules_journey.import_file(rulefile.write(EASIER), revision=seen, actor="ada", at=NOON)
    with pytest.raises(RulesChanged):
        rules_journey.activate(seen, Handover.NONE, daily=1, actor="ada", at=NOON)
    with pytest.raises(RulesChanged):
        rules_journey.discard(seen, actor="ada", at=NOON)
    draft = rulesets.draft()
    assert gone is None
    assert draft is not None
    assert (draft.rules, draft.changed_by) == (preset.DEFAULT, "bo")


def test_rules_with_faults_are_refused_in_plain_words(app: Flask) -> None:
    table = rule_sets.to_json(preset.DEFAULT)
    table["fit"] = [{"key": "agreed", "because": "Agreed", "points": 5, "asks": "known", "field": "marketing_email"}]
    with pytest.raises(RulesRefused, match="permission"):
        rules_journey.draft(table, 0, actor="cli", at=NOON)


def test_a_competitor_is_never_handed_over_and_one_sees_why(app: Flask) -> None:
    rules = rule_sets.to_json(EASIER)
    rival = {
        "key": "rival",
        "because": "Works for a competitor",
        "asks": "domains",
        "field": "email",
        "disqualifies": True,
        "values": ["rival.example"],
    }
    rules["fit"] = [*rules["fit"], rival]  # type: ignore[misc, list-item]
    with transaction():
        rulesets.activate(rulesets.create(rule_sets.from_json(rules), at=NOON), at=NOON)
    lead, other = a_good_lead("spy@uk.rival.example"), a_good_lead()
    for one in (lead, other):
        a_fill(one)

    score = scores.current(lead.id, at=NOON)
    assert score.is_over
    assert not score.qualifies
    assert [mql.lead_id for mql in every(Mql)] == [other.id]
    assert [one.because for one in scores.explain(lead.id, at=NOON) if one.axis is Axis.BAR] == [
        "Works for a competitor"
    ]
    assert gate.waiting(rulesets.in_force(at=NOON), at=NOON) == []
    [entry] = [entry for entry in every(ScoreEntry) if entry.axis is Axis.BAR]
    rules_journey.strike(lead.public_id, entry.id, "It is their charity", name="Mara", actor="m", at=NOON)
    assert scores.current(lead.id, at=NOON).qualifies
    assert gate.waiting(rulesets.in_force(at=NOON), at=NOON) == [lead.id]


def test_those_over_the_thresholds_are_found_without_adding_up_everybody(app: Flask) -> None:
    hot, warm, cold = a_good_lead(), a_good_lead(), a_lead("someone@gmail.com")
    for lead, fills in ((hot, 4), (warm, 3), (cold, 4)):
        for _ in range(fills):
            an_event(EventKind.FORM_SUBMITTED, lead, a_page())
        with transaction():
            scores.after(lead.id, at=NOON)

    def over(at: object) -> list[int]:
        return [row.lead_id for row in session().execute(standings.qualifying(1, fit=30, engagement=45, at=at))]  # type: ignore[arg-type]

    assert over(NOON) == [hot.id, warm.id]
    assert over(NOON + DAY) == []
    assert gate.waiting(rulesets.in_force(at=NOON), at=NOON) == [hot.id, warm.id]


def test_who_withdraws_has_what_rules_give_for_it_at_once(app: Flask) -> None:
    rule = EngagementRule("withdrew", "Wants no contact", -20, EventKind.CONTACT_WITHDRAWN, at_most=1)
    rules = replace(preset.DEFAULT, engagement=(*preset.DEFAULT.engagement, rule))
    lead = a_good_lead()
    with transaction():
        rulesets.activate(rulesets.create(rules, at=NOON), at=NOON)
        before = scores.after(lead.id, at=NOON).engagement

    privacy.withdraw(lead.public_id, at=NOON + DAY)

    assert scores.current(lead.id, at=NOON + DAY).engagement == before - 20
    privacy.withdraw(lead.public_id, at=NOON + DAY)
    assert scores.current(lead.id, at=NOON + DAY).engagement == before - 20
