"""The form of a landing page: what it shows, what it takes, and what it finds odd."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser

import pytest
from flask import Flask, get_template_attribute
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as some

from capture.catalogue.models import MagnetKind
from capture.pages.definition import Copy, Definition
from capture.pages.fields import Ask, Condition, Field, FieldKind, Option, Purpose
from capture.pages.keys import OURS
from capture.pages.models import PageStatus
from capture.pages.pages import LivePage
from capture.web import forms
from capture.web.forms import PageForm
from magnets.bundle import Brand, Theme

AT = datetime.fromisoformat("2026-09-15T12:00:00+00:00")
SIZES = (Option("1-50", "1 to 50"), Option("51+", "More"))

EMAIL = Field("email", FieldKind.EMAIL, "Work e-mail", hint="We send it there.", required=True, fills="email")
FIELDS = (
    EMAIL,
    Field("company", FieldKind.TEXT, "Company", fills="company"),
    Field("data", FieldKind.LONGTEXT, "Your goal"),
    Field("size", FieldKind.SELECT, "Size", options=SIZES),
    Field("errors", FieldKind.RADIO, "Team", required=True, options=SIZES),
    Field("topics", FieldKind.CHECKBOXES, "Topics", options=SIZES),
    Field("country", FieldKind.COUNTRY, "Country", fills="country"),
    Field("phone", FieldKind.PHONE, "Phone", fills="phone"),
    Field("seats", FieldKind.NUMBER, "Seats"),
    Field("site", FieldKind.URL, "Website", fills="website"),
    Field("campaign", FieldKind.HIDDEN, "", value="spring"),
    Field("mail", FieldKind.CONSENT, "", purpose=Purpose.MARKETING_EMAIL, wording="Write to me about new guides."),
    Field("call", FieldKind.CONTACT_ME, "Please contact me"),
)


def a_live_page(*fields: Field) -> LivePage:
    definition = Definition("en", Theme.FOLIO, Brand(), Copy("One pipeline"), fields or FIELDS)
    return LivePage(
        page_id=1,
        public_id="p",
        version_id=1,
        version=1,
        digest=definition.digest(),
        slug="one-pipeline",
        status=PageStatus.LIVE,
        magnet_id=1,
        magnet_slug="one-pipeline",
        kind=MagnetKind.EBOOK,
        created_at=AT,
        changed_at=AT,
        definition=definition,
    )


def opened(app: Flask, page: LivePage, query: str = "", *, at: datetime = AT) -> PageForm:
    with app.test_request_context(f"/one-pipeline{query}"):
        form = forms.for_page(page, at=at)
        _ = form.key, form.rendered_at
        return form


def posted(app: Flask, page: LivePage, fill: Mapping[str, object], *, at: datetime = AT) -> PageForm:
    with app.test_request_context("/one-pipeline", method="POST", data=fill):
        form = forms.for_page(page, at=at)
        form.validate()
        return form


def shown(app: Flask, page: LivePage, fill: Mapping[str, object] | None = None, *, query: str = "") -> str:
    method = "GET" if fill is None else "POST"
    with app.test_request_context(f"/one-pipeline{query}", method=method, data=fill):
        form = forms.for_page(page, at=AT)
        if fill is not None:
            form.validate()
        return str(get_template_attribute("_macros/form.html", "whole")(form, "Send me the guide"))


class Markup(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, *names: str) -> Iterator[dict[str, str | None]]:
        return (attrs for tag, attrs in self.tags if tag in names)

    def named(self, name: str) -> dict[str, str | None]:
        return next(attrs for attrs in self.all("input", "select", "textarea") if attrs.get("name") == name)


A_FILL = {"email": "Ada@Example.com", "errors": "51+"}


def test_a_valid_fill_gives_clean_typed_answers(app: Flask) -> None:
    form = posted(
        app, a_live_page(), A_FILL | {"topics": ["51+", "1-50"], "seats": "12", "mail": "yes", "data": "a\r\nb"}
    )

    assert form.problems == []
    assert form.answers() == {
        "email": "Ada@example.com",
        "errors": "51+",
        "topics": ["1-50", "51+"],
        "seats": 12,
        "data": "a\nb",
        "mail": True,
        "call": False,
    }


def test_only_declared_fields_are_answers(app: Flask) -> None:
    form = posted(app, a_live_page(EMAIL), {"email": "ada@example.com", "score": "100", "is_mql": "1", "id": "7"})

    assert form.answers() == {"email": "ada@example.com"}


def test_problems_stand_by_their_fields_and_in_a_summary_that_takes_the_focus(app: Flask) -> None:
    html = shown(app, a_live_page(), {"email": "ada", "company": "Analytical & <Engines>"})
    markup = Markup(html)

    summary = next(attrs for attrs in markup.all("div") if attrs.get("role") == "alert")
    links = [attrs["href"] for attrs in markup.all("a")]
    email = markup.named("email")
    assert (summary["tabindex"], "autofocus" in summary) == ("-1", True)
    assert links == ["#field-email", "#field-errors"]
    assert {f"#{attrs['id']}" for attrs in markup.all("input") if "id" in attrs} >= set(links)
    assert email["aria-invalid"] == "true"
    assert email["aria-describedby"] == "field-email-hint field-email-error"
    assert {attrs.get("id") for attrs in markup.all("p")} >= {"field-email-hint", "field-email-error"}
    assert email["value"] == "ada"
    assert markup.named("company")["value"] == "Analytical & <Engines>"
    assert "<Engines>" not in html


def test_what_was_chosen_stays_chosen(app: Flask) -> None:
    markup = Markup(shown(app, a_live_page(), {"topics": ["51+"], "errors": "1-50", "size": "51+", "call": "yes"}))

    chosen = [(a.get("name"), a.get("value")) for a in markup.all("input") if "checked" in a]
    selected = [a["value"] for a in markup.all("option") if "selected" in a]
    assert chosen == [("errors", "1-50"), ("topics", "51+"), ("call", "yes")]
    assert selected == ["51+"]


def test_consent_is_never_ticked_beforehand(app: Flask) -> None:
    markup = Markup(shown(app, a_live_page(), query="?mail=yes&call=yes"))

    assert not [attrs for attrs in markup.all("input") if "checked" in attrs]


def test_every_input_has_a_label_and_tells_browsers_what_it_is_for(app: Flask) -> None:
    markup = Markup(shown(app, a_live_page()))
    labelled = {attrs["for"] for attrs in markup.all("label")}

    for attrs in markup.all("input", "select", "textarea"):
        if attrs.get("type") == "hidden":
            continue
        assert attrs["id"] in labelled
        if attrs.get("type") not in ("radio", "checkbox"):
            assert attrs.get("autocomplete")
    assert markup.named("company")["autocomplete"] == "organization"
    assert markup.named("phone")["inputmode"] == "tel"
    assert len(list(markup.all("fieldset"))) == len(list(markup.all("legend"))) == 2
    assert "style=" not in shown(app, a_live_page())


def test_a_hidden_field_takes_its_value_from_the_query_or_its_default(app: Flask) -> None:
    assert Markup(shown(app, a_live_page())).named("campaign")["value"] == "spring"
    assert Markup(shown(app, a_live_page(), query="?campaign=<b>")).named("campaign")["value"] == "<b>"


def test_each_rendering_has_a_key_of_its_own_that_comes_back(app: Flask) -> None:
    page = a_live_page()
    first, second = opened(app, page), opened(app, page)

    assert re.fullmatch(r"[\w-]{22}", first.key)
    assert first.key != second.key
    assert posted(app, page, A_FILL | {"form_key": first.key}).key == first.key


@pytest.mark.parametrize("forged", ["", "short", "x" * 23, "a" * 21 + "\x00", "' OR 1=1 --xxxxxxxxxxx"])
def test_a_fill_without_a_proper_key_gets_one_from_what_it_says(app: Flask, forged: str) -> None:
    page = a_live_page()
    fill = A_FILL | {"form_key": forged}

    key = posted(app, page, fill).key

    assert re.fullmatch(r"[\w-]{22}", key)
    assert posted(app, page, fill, at=AT + timedelta(seconds=30)).key == key
    assert posted(app, page, fill | {"email": "eve@example.com"}).key != key
    assert posted(app, page, fill, at=AT + timedelta(hours=1)).key != key


def test_a_person_is_not_suspicious(app: Flask) -> None:
    page = a_live_page()
    stamp = opened(app, page).rendered_at

    assert posted(app, page, A_FILL | {"rendered_at": stamp}, at=AT + timedelta(seconds=20)).suspicion() is None
    assert posted(app, page, A_FILL).suspicion() is None


def test_a_filled_decoy_a_fast_fill_and_a_changed_stamp_are_suspicious_and_still_valid(app: Flask) -> None:
    page = a_live_page()
    stamp = opened(app, page).rendered_at
    odd = {
        "hidden field": A_FILL | {forms.DECOY: "buy"},
        "0.4 seconds": A_FILL | {"rendered_at": stamp},
        "was changed": A_FILL | {"rendered_at": stamp.replace("1", "2", 1)},
    }

    for reason, fill in odd.items():
        form = posted(app, page, fill, at=AT + timedelta(milliseconds=400))
        assert reason in (form.suspicion() or "")
        assert form.problems == []


def test_mending_a_fill_does_not_start_its_time_again(app: Flask) -> None:
    page = a_live_page()
    stamp = opened(app, page).rendered_at

    again = posted(app, page, {"email": "", "rendered_at": stamp}, at=AT + timedelta(seconds=9))

    with app.test_request_context():
        assert again.rendered_at == stamp


def test_the_decoy_is_hidden_by_more_than_one_means(app: Flask) -> None:
    markup = Markup(shown(app, a_live_page()))
    around = next(attrs for attrs in markup.all("div") if attrs.get("class") == "decoy")

    assert forms.DECOY in OURS
    assert {"aria-hidden", "inert", "hidden"} <= around.keys()
    assert (markup.named(forms.DECOY)["tabindex"], markup.named(forms.DECOY)["autocomplete"]) == ("-1", "off")


AWKWARD = some.text(some.one_of(some.characters(), some.sampled_from("\x00\x1b\u202e\u200f<>\"'=")), max_size=80)


@rules(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(fill=some.dictionaries(some.sampled_from([field.key for field in FIELDS]), AWKWARD))
def test_any_fill_is_judged_and_shown_again_without_becoming_markup(app: Flask, fill: dict[str, str]) -> None:
    plain = [tag for tag, _ in Markup(shown(app, a_live_page(), {})).tags]
    sendable = {name: typed.encode("utf-8", "replace").decode() for name, typed in fill.items()}

    html = shown(app, a_live_page(), sendable)

    html.encode("utf-8")
    assert "\x00" not in html
    tags = [tag for tag, _ in Markup(html).tags]
    assert set(tags) <= set(plain) | {"p", "span", "li", "a"}
    assert tags.count("input") == plain.count("input")


def test_a_post_that_is_no_form_is_an_empty_fill(app: Flask) -> None:
    with app.test_request_context("/one-pipeline", method="POST", json={"email": ["ada@example.com", {}]}):
        form = forms.for_page(a_live_page(replace(EMAIL)), at=AT)

        assert not form.validate()
        assert form.problems[0].message == "Please fill in “Work e-mail”."


TOOL = Field("tool", FieldKind.CHECKBOXES, "Tools", options=(Option("crm", "A CRM"), Option("other", "Another")))
WHICH = Field("which", FieldKind.TEXT, "Which one?", required=True, when=Condition("tool", ("other",)))
SINCE = Field("since", FieldKind.NUMBER, "Since when?", when=Condition("which"))


@pytest.mark.parametrize(
    ("typed", "answers", "problems"),
    [
        ({"tool": ["crm"], "which": "Forged", "since": "x"}, {"tool": ["crm"]}, []),
        ({"since": "2020"}, {}, []),
        ({"tool": ["crm", "other"]}, {"tool": ["crm", "other"]}, ["field-which"]),
        (
            {"tool": "other", "which": "Sheets", "since": "2020"},
            {"tool": ["other"], "which": "Sheets", "since": 2020},
            [],
        ),
    ],
)
def test_a_field_whose_condition_does_not_hold_is_neither_required_nor_kept(
    app: Flask, typed: dict[str, object], answers: dict[str, object], problems: list[str]
) -> None:
    form = posted(app, a_live_page(EMAIL, SINCE, WHICH, TOOL), {"email": "ada@example.com", **typed})

    assert [problem.target for problem in form.problems] == problems
    assert form.answers() == {"email": "ada@example.com", **answers}


def test_without_a_script_a_dependent_field_says_when_it_is_asked(app: Flask) -> None:
    page = shown(app, a_live_page(EMAIL, TOOL, WHICH, SINCE))

    assert "Only if your answer to “Tools” is “Another”." in page
    assert "Only if you answered “Which one?”." in page
    which = Markup(page).named("which")
    assert "required" not in which
    assert which["aria-describedby"] == "field-which-when"


def test_fields_that_name_steps_are_asked_in_them_and_a_mistake_stands_in_its_step(app: Flask) -> None:
    fields = (replace(EMAIL, step="Where to"), TOOL, replace(WHICH, when=None, step="About you"), SINCE)

    page = shown(app, a_live_page(*fields), {"email": "ada@example.com"})

    first, second = page.split("data-step>")[1:]
    assert "Step 1 of 2</span> Where to" in first
    assert "Step 2 of 2</span> About you" in second
    assert "field--bad" not in first
    assert "field--bad" in second


def test_queued_fields_are_asked_in_turn_and_what_depends_on_them_with_them(app: Flask) -> None:
    queued = [Field(key, FieldKind.TEXT, key, required=True, ask=Ask.QUEUED) for key in ("one", "two", "three")]
    page = a_live_page(EMAIL, *queued, Field("more", FieldKind.TEXT, "More", when=Condition("one")))
    with app.test_request_context("/one-pipeline"):
        fresh, known = (forms.for_page(page, at=AT, answered=frozenset(keys)) for keys in ([], ["one"]))

        assert [answer.name for answer in fresh.questions] == ["email", "one", "two", "more"]
        assert [answer.name for answer in known.questions] == ["email", "two", "three"]


def test_the_next_queued_field_takes_the_place_of_one_that_is_asked_once(app: Flask) -> None:
    once = Field("name", FieldKind.TEXT, "Name", required=True, fills="first_name", ask=Ask.ONCE)
    queued = [Field(key, FieldKind.TEXT, key, ask=Ask.QUEUED) for key in ("one", "two", "three")]
    page = replace(a_live_page(EMAIL, once, *queued))
    page = replace(page, definition=replace(page.definition, ask_at_most=1))
    with app.test_request_context("/one-pipeline"):
        for answered, asked in (
            ([], ["name", "one"]),
            (["first_name"], ["one", "two"]),
            (["name", "one"], ["two", "three"]),
        ):
            form = forms.for_page(page, at=AT, answered=frozenset(answered))
            assert [answer.name for answer in form.questions] == ["email", *asked]
