"""Two leads become one, and two again, while both fill forms and use links: nothing is lost, nobody is two at once."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from flask import Flask

from capture import clock
from capture.db import db, session, transaction
from capture.errors import MergeRefused
from capture.journey import merging, privacy, reader, visitor
from capture.leads import leads
from capture.leads.models import Lead, LeadAddress, LeadMerge, LeadVisitor, Submission
from capture.pages.pages import LivePage
from capture.scoring import rulesets, scores, standings
from capture.scoring.models import Axis
from tests.factories import every
from tests.faults.test_handoff_races import at_once
from tests.stages.test_ledger_property import sum_of_ledger
from tests.stories import a_fill, a_page, an_arrival, settings, submit

pytestmark = pytest.mark.real_commits

ROUNDS = 4


def quietly(act: Callable[[], object]) -> None:
    """Whoever comes too late is told so."""
    with suppress(MergeRefused):
        act()


def merge(kept: str, merged: str) -> None:
    merging.merge(kept, merged, note="", settings=settings(), actor="cli", at=clock.now())


def acts(page: LivePage, turn: int) -> list[Callable[[], object]]:
    """What both may do at one moment: forms with either address, a page, a link, a withdrawal."""
    work, home = f"work{turn}@alder.example", f"home{turn}@alder.example"
    given = {mail: submit(page, a_fill(email=mail), form_key=f"first-{mail}") for mail in (work, home)}
    at, seen = clock.now(), an_arrival(cookie=given[home].new_cookie)
    one, other = (lead.public_id for lead in every(Lead)[-2:])
    return [
        partial(merge, one, other),
        partial(merge, other, one),
        partial(submit, page, a_fill(email=home), form_key=f"second-{home}"),
        partial(submit, page, a_fill(email=work), form_key=f"second-{work}"),
        partial(visitor.arrive, page.slug, seen, settings=settings(), at=at),
        partial(reader.redeem_link, given[home].grant, an_arrival(), by_mail=True, settings=settings(), at=at),
        partial(privacy.withdraw, other, at=at),
    ]


def test_whatever_both_do_while_they_become_one_is_that_ones(app: Flask) -> None:
    page = a_page()
    for turn in range(ROUNDS):
        at_once(app, [partial(quietly, act) for act in acts(page, turn)])
        session().expire_all()
        both = every(Lead)[-2:]
        [kept] = [lead for lead in both if lead.merged_into_id is None]
        [merged] = [lead for lead in both if lead.merged_into_id == kept.id]
        ids = {kept.id, merged.id}

        assert {row.lead_id for row in every(LeadAddress) if row.lead_id in ids} == {kept.id}
        assert {row.lead_id for row in every(LeadVisitor) if row.lead_id in ids} == {kept.id}
        assert len([fill for fill in every(Submission) if fill.lead_id in ids]) == 4
        with transaction():
            scores.after(kept.id, at=clock.now())
        told = scores.current(kept.id, at=clock.now())
        of_both = sum(sum_of_ledger(lead, Axis.ENGAGEMENT, clock.now()) for lead in both)
        assert abs(told.exact_engagement - of_both) < 1e-6
        ranked = standings.scores(rulesets.in_force(at=clock.now()).number, at=clock.now(), lead_ids=list(ids))
        assert [row.lead_id for row in session().execute(db.select(ranked))] == [kept.id]

    with_merge = every(LeadMerge)
    assert len(with_merge) == ROUNDS


def test_a_fill_while_two_are_parted_is_of_whoever_has_the_address_then(app: Flask) -> None:
    page = a_page()
    for turn in range(ROUNDS):
        home = f"home{turn}@alder.example"
        for mail in (f"work{turn}@alder.example", home):
            submit(page, a_fill(email=mail), form_key=f"first-{mail}")
        kept, merged = every(Lead)[-2:]
        merge(kept.public_id, merged.public_id)
        part = partial(merging.part, every(LeadMerge)[-1].public_id, actor="cli", at=clock.now())
        fill = partial(submit, page, a_fill(email=home), form_key=f"second-{home}")

        at_once(app, [partial(quietly, act) for act in (part, fill)])
        session().expire_all()

        owner = leads.of_address(home)
        is_parted = every(LeadMerge)[-1].undone_at is not None
        assert owner == (merged.id if is_parted else kept.id)
        [last] = [row for row in every(Submission) if row.form_key == f"second-{home}"]
        assert last.lead_id == owner
