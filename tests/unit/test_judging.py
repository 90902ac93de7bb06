"""The page part of a bundle: read into a definition, and judged."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from capture.config import Settings
from capture.pages import judging
from capture.pages.definition import Definition, Delivery, NextStep
from capture.pages.fields import FieldKind, Purpose
from capture.pages.keys import FIELD_KEYS
from magnets import bundle
from magnets.findings import Finding

AT = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
SETTINGS = Settings(privacy_url="https://northwind.example/privacy", legal_url="https://northwind.example/legal")

MAGNET = """format = 1
[magnet]
slug = "one-pipeline"
kind = "ebook"
title = "One pipeline"
summary = "What marketing and sales agree on."
"""
PAGE = """
[page]
promise = "A guide for two teams."
outcomes = ["Agree on one profile"]
"""
FORM = """
[[form.fields]]
key = "email"
kind = "email"
label = "Work e-mail"
required = true
"""
WEBINAR = """
[webinar]
zone = "Europe/Berlin"
starts = 2026-12-10T16:00:00
room_url = "https://meet.example/room"
"""


def read(folder: Path, *parts: str) -> bundle.Bundle:
    (folder / "magnet.toml").write_text("".join(parts), "utf-8")
    return bundle.read(folder)


def judged(folder: Path, *parts: str, settings: Settings = SETTINGS) -> list[Finding]:
    return judging.judge(read(folder, *parts), settings, at=AT)


def defined(folder: Path, *parts: str) -> Definition:
    definition, findings = judging.define(read(folder, *parts), SETTINGS, at=AT)
    assert [finding for finding in findings if finding.stops] == []
    return definition


def test_a_short_page_is_complete_by_its_defaults(tmp_path: Path) -> None:
    page = defined(tmp_path, MAGNET, PAGE, FORM)

    assert page.copy.headline == "One pipeline"
    assert page.copy.button == "Send me the guide"
    assert page.seo.description == "What marketing and sales agree on."
    assert page.delivery is Delivery.PAGE
    assert page.email.fills == "email"
    assert judged(tmp_path, MAGNET, PAGE, FORM) == []


def test_a_stored_definition_comes_back_as_it_was(tmp_path: Path) -> None:
    step = 'next_step = { label = "Book a call", url = "https://northwind.example/call" }\n'
    question = 'faq = [{ question = "Is it free?", answer = "Yes." }]\n'
    consent = a_field(key='"mail"', kind='"consent"', purpose='"marketing_email"', wording='"Write to me."')
    size = a_field(key='"size"', kind='"select"', label='"Size"', options='["A", { value = "b", label = "B" }]')
    magnet = MAGNET.replace("ebook", "webinar")

    page = defined(tmp_path, magnet, PAGE, step, question, FORM, consent, size, WEBINAR)

    assert Definition.from_json(json.loads(json.dumps(page.to_json()))) == page
    assert page.next_step == NextStep("Book a call", "https://northwind.example/call")
    assert page.consents[0].purpose is Purpose.MARKETING_EMAIL
    assert page.webinar is not None
    assert page.webinar.starts_at == datetime(2026, 12, 10, 15, 0, tzinfo=UTC)


def test_a_definition_stored_by_an_older_version_is_still_read(tmp_path: Path) -> None:
    stored = defined(tmp_path, MAGNET, PAGE, FORM).to_json()
    del stored["cookies"]
    stored["gone"] = 1

    assert Definition.from_json(stored).email.kind is FieldKind.EMAIL


def test_a_webinar_may_start_some_days_from_now(tmp_path: Path) -> None:
    start = WEBINAR.replace("starts = 2026-12-10T16:00:00", 'starts_in_days = 9\nat = "16:00"')

    page = defined(tmp_path, MAGNET.replace("ebook", "webinar"), PAGE, FORM, start)

    assert page.webinar is not None
    assert page.webinar.starts_at == datetime(2026, 9, 24, 14, 0, tzinfo=UTC)


def a_field(**values: str) -> str:
    return "\n[[form.fields]]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())


def a_text(**rules: str) -> str:
    return a_field(**rules, key='"note"', kind='"text"', label='"Note"')


A_TOOL = a_field(key='"tool"', kind='"select"', label='"Tool"', options='["A", "B"]')


@pytest.mark.parametrize(
    ("code", "line", "parts"),
    [
        ("unknown-kind", 'kind = "colour"', (MAGNET, PAGE, FORM, a_field(key='"it"', kind='"colour"', label='"It"'))),
        ("duplicate-key", 'key = "email"', (MAGNET, PAGE, FORM, a_field(key='"email"', kind='"text"', label='"It"'))),
        ("no-options", "[[form.fields]]", (MAGNET, PAGE, FORM, a_field(key='"it"', kind='"select"', label='"It"'))),
        (
            "bad-pattern",
            "pattern",
            (MAGNET, PAGE, FORM, a_text(pattern='"(a"')),
        ),
        (
            "bad-pattern",
            "pattern",
            (MAGNET, PAGE, FORM, a_text(pattern='"(?=a)"')),
        ),
        (
            "rule-unused",
            "work_email",
            (MAGNET, PAGE, FORM, a_text(work_email="true")),
        ),
        ("always-asked", "ask", (MAGNET, PAGE, FORM, 'ask = "queued"\n')),
        ("step-alone", "step", (MAGNET, PAGE, FORM, 'step = "One"\n', a_text())),
        ("step-missing", "[[form.fields]]", (MAGNET, PAGE, FORM, a_text(step='"Two"'))),
        ("bad-origin", "embed_on", (MAGNET, PAGE, 'embed_on = ["http://www.a.example/x"]\n', FORM)),
        ("unknown-field", "when", (MAGNET, PAGE, FORM, a_text(when='{ field = "tool" }'))),
        ("circular-condition", "when", (MAGNET, PAGE, FORM, a_text(when='{ field = "note" }'))),
        ("empty-condition", "when", (MAGNET, PAGE, FORM, a_text(when='{ is = ["x"] }'))),
        ("rule-unused", "when", (MAGNET, PAGE, FORM, a_text(when='{ field = "email", is = ["x"] }'))),
        ("email-conditional", "when", (MAGNET, PAGE, FORM, 'when = { field = "note" }\n', a_text())),
        ("unknown-answer", "when", (MAGNET, PAGE, FORM, A_TOOL, a_text(when='{ field = "tool", is = ["None", "A"] }'))),
        ("unknown-fills", "fills", (MAGNET, PAGE, FORM, a_text(fills='"id"'))),
        ("bad-key", 'key = "Form key"', (MAGNET, PAGE, FORM, a_field(key='"Form key"', kind='"text"', label='"It"'))),
        ("unknown-key", "lable", (MAGNET, PAGE, FORM, a_text(lable='"It"'))),
        (
            "no-wording",
            "[[form.fields]]",
            (MAGNET, PAGE, FORM, a_field(kind='"consent"', purpose='"tracking"', key='"c"')),
        ),
        ("no-purpose", "[[form.fields]]", (MAGNET, PAGE, FORM, a_field(key='"c"', kind='"consent"', wording='"Yes."'))),
        ("no-email", None, (MAGNET, PAGE)),
        ("email-optional", "required = false", (MAGNET, PAGE, FORM.replace("true", "false"))),
        ("two-emails", 'kind = "email"', (MAGNET, PAGE, FORM, FORM.replace('"email"\nkind', '"other"\nkind'))),
        ("unknown-delivery", "delivery", (MAGNET, PAGE, 'delivery = "pigeon"\n', FORM)),
        ("bad-address", "next_step", (MAGNET, PAGE, 'next_step = { label = "Go", url = "javascript:go()" }\n', FORM)),
        ("reserved-slug", "slug", (MAGNET, PAGE, 'slug = "studio"\n', FORM)),
        ("bad-slug", "slug", (MAGNET, PAGE, 'slug = "Studio/x"\n', FORM)),
        ("reserved-slug", 'slug = "api"', (MAGNET.replace("one-pipeline", "api"), PAGE, FORM)),
        ("no-description", "[magnet]", (MAGNET.replace("summary", "# "), PAGE, FORM)),
        ("no-start", "[webinar]", (MAGNET.replace("ebook", "webinar"), PAGE, FORM, WEBINAR.replace("starts", "# "))),
        ("unknown-zone", "zone", (MAGNET.replace("ebook", "webinar"), PAGE, FORM, WEBINAR.replace("Berlin", "Bonn"))),
        ("webinar-unused", "[webinar]", (MAGNET, PAGE, FORM, WEBINAR)),
    ],
)
def test_a_fault_that_stops_says_where_it_stands(
    tmp_path: Path, code: str, line: str | None, parts: tuple[str, ...]
) -> None:
    [found] = [finding for finding in judged(tmp_path, *parts) if finding.stops]

    assert (found.code, found.path) == (code, "magnet.toml")
    if line is not None:
        assert found.line is not None
        assert "".join(parts).splitlines()[found.line - 1].startswith(line)


def test_consent_that_cannot_be_refused_needs_an_open_exchange(tmp_path: Path) -> None:
    consent = a_field(key='"c"', kind='"consent"', wording='"Yes."', purpose='"marketing_email"', required="true")
    exchange = "\n[consent]\nexchange = true\n"

    assert [f.code for f in judged(tmp_path, MAGNET, PAGE, FORM, consent)] == ["forced-consent"]
    assert judged(tmp_path, MAGNET, PAGE, FORM, consent, exchange) == []
    tracking = consent.replace("marketing_email", "tracking")
    assert [f.code for f in judged(tmp_path, MAGNET, PAGE, FORM, tracking, exchange)] == ["forced-tracking"]


def test_without_privacy_and_legal_notice_nothing_is_published(tmp_path: Path) -> None:
    found = judged(tmp_path, MAGNET, PAGE, FORM, settings=Settings())

    assert [(f.code, f.stops) for f in found] == [("no-legal-notice", True), ("no-privacy-notice", True)]
    assert "LODESTONE_PRIVACY_URL" in found[1].message


@pytest.mark.parametrize(
    ("size", "codes"),
    [
        ((1200, 630), []),
        ((1600, 900), []),
        ((600, 315), ["small-shared-image"]),
        ((1400, 1400), ["cut-shared-image"]),
        ((0, 0), ["unreadable-image"]),
    ],
)
def test_a_picture_that_would_be_blurred_or_cut_where_the_page_is_shared_is_named(
    tmp_path: Path, size: tuple[int, int], codes: list[str]
) -> None:
    if any(size):
        Image.new("RGB", size).save(tmp_path / "shared.png")
    else:
        (tmp_path / "shared.png").write_bytes(b"no picture")

    found = judged(tmp_path, MAGNET, PAGE, FORM, '[seo]\nimage = "shared.png"\n')

    assert [one.code for one in found if "image" in one.code] == codes


@pytest.mark.parametrize("table", ["page", "form", "consent", "thanks", "mail", "seo", "webinar"])
@pytest.mark.parametrize("nonsense", ["1", '"x"', "[1, 2]", "[[1]]", "1979-05-27", "nan"])
def test_nonsense_is_a_finding_and_never_a_crash(tmp_path: Path, table: str, nonsense: str) -> None:
    whole = MAGNET.replace("format = 1", f"format = 1\n{table} = {nonsense}")
    keys = [
        "starts",
        "starts_in_days",
        "at",
        "zone",
        "seats",
        "fields",
        "faq",
        "next_step",
        "headline",
        "exchange",
        "subject",
        "image",
        "button",
    ]
    inner = "".join(f"{key} = {nonsense}\n" for key in keys)

    assert any(f.stops for f in judged(tmp_path, whole))
    assert any(f.stops for f in judged(tmp_path, MAGNET, f"[{table}]\n", inner))


@pytest.mark.parametrize("nonsense", ["1", '"x"', "[1, 2]", "[[1]]", "1979-05-27", "nan", "{ a = 1 }"])
def test_nonsense_in_a_field_is_a_finding_and_never_a_crash(tmp_path: Path, nonsense: str) -> None:
    for kind in FieldKind:
        rules = {key: nonsense for key in FIELD_KEYS if key not in ("key", "kind")}
        field = a_field(key='"it"', kind=f'"{kind}"', **rules)

        assert any(f.stops for f in judged(tmp_path, MAGNET, PAGE, FORM, field))
