"""New entries for everybody, written by two processes: whichever is killed, nobody lacks any or has any twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from capture.db import db, session, transaction
from capture.journey import rules as rules_journey
from capture.leads.models import Lead
from capture.scoring import afresh, beside, ledger, preset, reading, rescoring, rulesets
from capture.scoring.models import ScoreOpening, ScoreSum
from tests import stories
from tests.benchmarks import history
from tests.benchmarks.history import NOW

LEADS = 13_000  # the process beside reads 10,000 at once, and a pipe takes few of the rest
MANY = LEADS // 2  # so many are enough here for a second process
AT_ONCE = LEADS // 5  # and so many are read at once, but by that one
OTHERS = replace(
    preset.DEFAULT, engagement=tuple(replace(rule, points=rule.points + 1) for rule in preset.DEFAULT.engagement)
)
RESCORE = """
import sys
from pathlib import Path
from capture.journey import rules
from capture.scoring import reading, rescoring
from tests.benchmarks import history
from tests import stories
rescoring.MANY, reading.AT_ONCE = int(sys.argv[3]), int(sys.argv[4])
with history.past(Path(sys.argv[1]), 0, 0):
    rules.rescore(stories.settings(), {"version": int(sys.argv[2])})
"""


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(reading, "AT_ONCE", AT_ONCE)
    with history.past(tmp_path / "data", LEADS, 40_000, mqls_each=1) as file:
        yield file.parent


def a_version() -> int:
    with transaction():
        return rulesets.create(OTHERS, at=NOW, handover={"marks": rescoring.marks()})


def prepared_to(number: int) -> int:
    db.session.remove()
    return rulesets.held(number).prepared_to or 0


def children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def entries(number: int) -> dict[int, list[tuple[object, ...]]]:
    """What every lead's ledger of a version says."""
    whose = {lead_id: lead_id for lead_id in session().scalars(select(Lead.id))}
    return {
        lead_id: [(one.axis, one.rule_key, one.points, one.because, one.event_id) for one in found]
        for lead_id, found in ledger.of_people(whose, number).items()
    }


def sums(number: int) -> list[object]:
    columns = ScoreSum.lead_id, ScoreSum.kind, ScoreSum.points
    return [*session().execute(select(*columns).where(ScoreSum.rule_version == number).order_by(*columns[:2]))]


def test_killed_while_it_writes_a_version_it_goes_on_where_it_was_and_nobody_is_left_behind(
    past: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "MANY", MANY)
    number, alone = a_version(), a_version()
    reached = [0]
    for _ in range(2):
        writer = subprocess.Popen([sys.executable, "-c", RESCORE, str(past), str(number), str(MANY), str(AT_ONCE)])
        while prepared_to(number) <= reached[-1]:
            assert writer.poll() is None
            time.sleep(0.005)
        reckoners = children(writer.pid)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        reached.append(prepared_to(number))
        while any(Path(f"/proc/{pid}").exists() for pid in reckoners):
            time.sleep(0.01)
    assert 0 < reached[1] < reached[2] < LEADS

    for version in (number, alone):
        rules_journey.rescore(stories.settings(), {"version": version})

    assert prepared_to(number) == LEADS
    assert session().scalar(select(func.count()).where(ScoreOpening.rule_version == number)) == LEADS
    assert entries(number) == entries(alone)
    assert sums(number) == sums(alone)


def test_where_the_process_beside_is_killed_the_other_goes_on_alone(past: Path) -> None:
    number, strangers = a_version(), {*children(os.getpid())}
    dues = beside.everybody(number, 0)
    first = next(dues)
    [reckoner] = {*children(os.getpid())} - strangers
    os.kill(reckoner, signal.SIGKILL)

    told = [first, *dues]

    ours = int(beside._OURS * AT_ONCE)
    alone = [*afresh.everybody(number, 0, upto=ours), *afresh.everybody(number, ours)]
    for one, same in zip(told, alone, strict=True):
        assert (one.after, one.zero, one.reasons) == (same.after, same.zero, same.reasons)
        assert one.leads.tolist() == same.leads.tolist()
        for rows, others in zip((one.known, one.done, one.sums), (same.known, same.done, same.sums), strict=True):
            assert (rows.who.tolist(), rows.cells.tolist()) == (others.who.tolist(), others.cells.tolist())
    assert sum(len(one.leads) for one in told) == LEADS


def test_this_process_reckons_the_first_and_the_one_beside_goes_on_behind_them(
    past: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AT_ONCE", 100)
    monkeypatch.setattr(beside, "_OURS", 1.75)
    number, alone, strangers = a_version(), a_version(), {*children(os.getpid())}
    sizes = []

    for due in beside.everybody(number, 0):
        assert due.after == prepared_to(number)
        sizes.append(len(due.leads))
        for part in due.parts(rescoring.AHEAD):
            with transaction():
                assert rescoring.batch(number, at=NOW, read=part)
        if len(sizes) == 3:
            [reckoner] = {*children(os.getpid())} - strangers
            os.kill(reckoner, signal.SIGKILL)
    rules_journey.rescore(stories.settings(), {"version": alone})

    assert sizes == [100, 75, 10_000, *[100] * 28, 25]
    assert prepared_to(number) == LEADS
    assert entries(number) == entries(alone)
    assert sums(number) == sums(alone)


def test_whoever_is_the_last_of_some_and_goes_meanwhile_does_not_keep_the_next_from_being_next(past: Path) -> None:
    number, upto = a_version(), 100
    with transaction():
        session().execute(update(Lead).where(Lead.id == upto).values(erased_at=NOW))

    [due] = afresh.everybody(number, 0, upto=upto)

    assert (due.upto, len(due.leads)) == (upto, upto - 1)
