"""The program of docs/crm-recipe.md, run against a served Lodestone and a CRM that does what its documentation says."""

import copy
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from capture import schema
from capture.accounts.models import ApiToken, Staff
from capture.app import create_app
from capture.config import Settings
from capture.db import db, session, transaction
from capture.handoff import afterwards, feed, kinds
from capture.handoff.models import Disposition, Mql
from capture.handoff.reps import Work
from capture.journey import privacy, sales
from capture.leads import consents
from capture.leads.consents import MARKETING_EMAIL, Agreement
from capture.leads.models import Lead
from tests import crm as hubspot
from tests.commands.test_serve import Server
from tests.crm import Crm
from tests.factories import a_good_lead, a_salesperson, a_token, an_mql, every

RECIPE = Path(__file__).parent.parent.parent / "docs" / "crm-recipe.md"

# Runs a program and ends it, as a power cut does, when its first change was made and the answer to it is not yet read.
CUT = """
import os, runpy, sys, urllib.request
ask = urllib.request.urlopen
def cut(request, **named):
    answer = ask(request, **named)
    if request.method != "GET" and not request.full_url.endswith(("/search", "/batch/read")):
        os._exit(9)
    return answer
urllib.request.urlopen, sys.argv = cut, sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass
class Installation:
    """A served Lodestone, and the database behind it."""

    app: Flask
    url: str
    owner: Staff

    def person(self, email: str, *, agreed: bool = False, **fields: str) -> Mql:
        """Somebody who was handed over just now."""
        at = datetime.now(UTC)
        lead = a_good_lead(email, at=at, **fields)
        if agreed:
            with transaction():
                said = [Agreement(MARKETING_EMAIL, "You may send me notes.")]
                consents.give(lead.id, said, page_version_id=None, submission_id=None, at=at)
        return an_mql(lead, at=at)

    def changes(self, mql: Mql, kind: str, **fields: str) -> None:
        """The feed tells of the lead, of whom this is now known."""
        with transaction() as writing:
            for name, value in fields.items():
                setattr(writing.get_one(Lead, mql.lead_id), name, value)
            afterwards.tell(mql.lead_id, kind, at=datetime.now(UTC))


@pytest.fixture(scope="module")
def lodestone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("served")
    app = create_app(Settings(data=data, secret_keys=("k" * 64,), rate_limits=""))
    with app.app_context():
        schema.upgrade()
        owner = a_salesperson("Ann")
        with Server(data, LODESTONE_SECRET_KEYS="k" * 64, LODESTONE_RATE_LIMITS="") as server:
            yield Installation(app, server.facts()["url"], owner)
        db.session.remove()
        db.engine.dispose()


@dataclass
class Program:
    """The recipe with its file of state, and a token that begins at the feed's end."""

    folder: Path
    variables: dict[str, str]

    def run(self, *skipped: str, cut: bool = False) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-I", "-S", *(["-c", CUT] if cut else []), str(self.folder / "hubspot.py"), *skipped]
        return subprocess.run(
            command, env=self.variables, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )

    def says(self, *skipped: str) -> str:
        done = self.run(*skipped)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.strip()

    def forget(self, rows: int) -> None:
        """Nothing is known any more of the last rows, and of what was read in the CRM."""
        (self.folder / "hubspot.json").unlink()
        with transaction():
            feed.keep(every(ApiToken)[-1].id, feed.newest() - rows, at=datetime.now(UTC))


@pytest.fixture
def crm(lodestone: Installation) -> Iterator[Crm]:
    with hubspot.serving(Crm(owners={lodestone.owner.email: "7001", "bob@northwind.example": "7002"})) as running:
        yield running


@pytest.fixture
def program(tmp_path: Path, lodestone: Installation, crm: Crm) -> Program:
    [code] = re.findall(r"^```python\n(.*?)^```$", RECIPE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / "hubspot.py").write_text(code)
    token = a_token("mqls:read mqls:write", at=datetime.now(UTC))
    with transaction():
        feed.keep(every(ApiToken)[-1].id, feed.newest(), at=datetime.now(UTC))
    urls = {"LODESTONE_URL": lodestone.url, "HUBSPOT_URL": crm.url}
    return Program(tmp_path, urls | {"LODESTONE_TOKEN": token, "HUBSPOT_TOKEN": hubspot.TOKEN})


def told(mql: Mql) -> list[tuple[str, str | None, str | None]]:
    """What Lodestone was told of an MQL, in order."""
    return [(row.outcome.value, row.reason, row.crm_id) for row in every(Disposition) if row.mql_id == mql.id]


def test_an_mql_becomes_a_contact_and_a_second_run_writes_nothing(
    lodestone: Installation, crm: Crm, program: Program
) -> None:
    mql = lodestone.person("ada@alder.example", agreed=True, first_name="Ada", last_name="Byron", phone="+35312345")

    assert program.says() == "1 rows, 0 outcomes"

    held = crm.by_email("ada@alder.example").properties
    assert (held["firstname"], held["lastname"], held["company"]) == ("Ada", "Byron", "Alder Castings")
    assert (held["jobtitle"], held["phone"], held["country"]) == ("Head of Marketing", "+35312345", "IE")
    assert (held["lodestone_mql_id"], held["hubspot_owner_id"]) == (mql.public_id, "7001")
    assert (held["lifecyclestage"], held["hs_lead_status"]) == ("marketingqualifiedlead", "NEW")
    assert (held["lodestone_may_mail"], held["lodestone_may_call"]) == ("true", "false")
    assert "You may send me notes." in held["lodestone_mail_consent"]
    before, written = copy.deepcopy(crm.contacts), crm.writes()
    program.forget(1)
    assert program.says() == "1 rows, 0 outcomes"
    assert (crm.contacts, crm.writes()) == (before, written)


def test_a_contact_of_sales_keeps_its_owner_and_what_sales_wrote(
    lodestone: Installation, crm: Crm, program: Program
) -> None:
    owned = crm.add(email="bea@alder.example", hubspot_owner_id="7002", jobtitle="CMO", lifecyclestage="opportunity")
    nobodys = crm.add(email="cyd@alder.example", hs_lead_status="CONNECTED")
    crm.owners["ann@crm.example"] = "7003"
    sales.set_work(lodestone.owner.public_id, Work(crm_ids="HubSpot = 7003"), actor="cli", at=datetime.now(UTC))
    for email in ("bea@alder.example", "cyd@alder.example"):
        lodestone.person(email, phone="+35312345")

    assert program.says() == "2 rows, 0 outcomes"

    assert len(crm.contacts) == 2
    assert (owned.properties["hubspot_owner_id"], owned.properties["jobtitle"]) == ("7002", "CMO")
    assert (owned.properties["phone"], owned.properties["lifecyclestage"]) == ("+35312345", "opportunity")
    assert (nobodys.properties["hubspot_owner_id"], nobodys.properties["hs_lead_status"]) == ("7003", "CONNECTED")
    sales.set_work(lodestone.owner.public_id, Work(), actor="cli", at=datetime.now(UTC))


def test_corrections_withdrawals_and_erasures_arrive_and_what_sales_deleted_stays_so(
    lodestone: Installation, crm: Crm, program: Program
) -> None:
    corrected = lodestone.person("dot@alder.example", phone="+35311111", first_name="Dot")
    withdrawn = lodestone.person("eve@alder.example", agreed=True)
    erased = lodestone.person("flo@alder.example")
    deleted = lodestone.person("gus@alder.example")
    program.says()
    dot, eve = crm.by_email("dot@alder.example"), crm.by_email("eve@alder.example")
    crm.set(dot, jobtitle="CMO")
    crm.delete(crm.by_email("gus@alder.example"))

    lodestone.changes(corrected, kinds.CORRECTED, phone="+35322222", email="dot@beech.example")
    privacy.withdraw(session().get_one(Lead, withdrawn.lead_id).public_id, at=datetime.now(UTC))
    lodestone.changes(erased, kinds.ERASED, email="", company="", job_title="", country="")
    lodestone.changes(deleted, kinds.CORRECTED, phone="+35322222")
    program.says()
    program.forget(4)
    program.says()

    assert list(crm.contacts.values()) == [dot, eve]
    assert (dot.properties["email"], dot.properties["phone"]) == ("dot@beech.example", "+35322222")
    assert dot.properties["jobtitle"] == "CMO"
    assert crm.opted_out == {"eve@alder.example"}
    assert (eve.properties["lodestone_may_mail"], eve.properties["lodestone_mail_consent"][:4]) == ("false", "No, ")
    assert crm.blocked == {"flo@alder.example"}


def test_a_program_that_dies_after_each_of_its_steps_loses_and_doubles_nothing(
    lodestone: Installation, crm: Crm, program: Program
) -> None:
    assert [program.run(cut=True).returncode, program.says()] == [9, "0 rows, 0 outcomes"]
    known = lodestone.person("hal@alder.example", agreed=True)
    erased = lodestone.person("ida@alder.example")
    program.says()
    hal = crm.by_email("hal@alder.example")
    crm.set(hal, hs_lead_status="OPEN")
    done = len(crm.writes())
    lodestone.person("jon@alder.example")
    privacy.withdraw(session().get_one(Lead, known.lead_id).public_id, at=datetime.now(UTC))
    lodestone.changes(erased, kinds.ERASED, email="")

    lives = [program.run(cut=True).returncode for _ in range(7)]

    assert lives == [9] * 7
    assert told(known) == [("accepted", None, hal.id)]
    assert program.says() == "0 rows, 1 outcomes"
    steps = ["contacts/batch/upsert", hal.id, "unsubscribe-all", "gdpr-delete"]
    assert [way.endswith(step) for way, step in zip(crm.writes()[done:], steps, strict=True)] == [True] * 4
    assert [contact.properties["email"] for contact in crm.contacts.values()] == [
        "hal@alder.example",
        "jon@alder.example",
    ]
    assert told(known) == [("accepted", None, hal.id)]


def test_each_decision_of_sales_is_told_once_of_the_mql_that_it_was_made_of(
    lodestone: Installation, crm: Crm, program: Program
) -> None:
    crm.ahead = 60
    first = lodestone.person("kit@alder.example")
    lodestone.person("lou@alder.example")
    program.says()
    kit = crm.by_email("kit@alder.example")
    for status in ("OPEN", "UNQUALIFIED"):
        crm.set(kit, hs_lead_status=status)
        time.sleep(0.002)
    crm.set(crm.by_email("lou@alder.example"), jobtitle="CMO")
    crm.unindexed = {kit.id}  # its change comes late into the search, after a later one
    assert program.says() == "0 rows, 0 outcomes"
    crm.unindexed = set()
    decided = [("accepted", None, kit.id), ("rejected", "no_fit", kit.id)]
    assert (program.says(), told(first)) == ("0 rows, 2 outcomes", decided)

    second = an_mql(session().get_one(Lead, first.lead_id), at=datetime.now(UTC))
    program.says()
    assert (kit.properties["lodestone_mql_id"], kit.properties["hs_lead_status"]) == (second.public_id, "NEW")
    crm.set(kit, hs_lead_status="BAD_TIMING", lifecyclestage="customer")
    program.forget(3)
    program.says()

    assert (kit.properties["lodestone_mql_id"], kit.properties["hs_lead_status"]) == (second.public_id, "BAD_TIMING")
    assert told(first) == decided
    assert sorted(told(second)) == [("recycled", None, kit.id), ("won", None, kit.id)]


def test_it_waits_as_long_as_it_is_told_to(lodestone: Installation, crm: Crm, program: Program) -> None:
    program.says()
    mql = lodestone.person("lea@alder.example")
    crm.limit, crm.window, crm.outages, begun = 4, 1.0, 1, time.monotonic()

    assert program.says() == "1 rows, 0 outcomes"

    assert crm.by_email("lea@alder.example").properties["lodestone_mql_id"] == mql.public_id
    statuses = [status for _, _, status in crm.asked]
    assert 503 in statuses
    assert 0 < statuses.count(429) < 4
    assert time.monotonic() - begun > 2


def test_a_row_that_is_refused_holds_the_cursor_and_nobody_else(
    lodestone: Installation, crm: Crm, program: Program
) -> None:
    crm.blocked.add("mia@alder.example")
    refused = lodestone.person("mia@alder.example")
    lodestone.person("nat@alder.example")

    done = program.run()

    assert done.returncode == 1
    assert done.stderr.startswith(f"{refused.public_id}: ")
    assert "INVALID_EMAIL" in done.stderr
    assert crm.by_email("nat@alder.example")
    assert program.says(refused.public_id) == "2 rows, 0 outcomes"
    assert program.says() == "0 rows, 0 outcomes"
