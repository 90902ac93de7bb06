"""Every route of the application, by every method, with everybody who may ask."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest
from flask import Flask, g
from sqlalchemy import Connection, event
from werkzeug.test import TestResponse

from capture import clock
from capture.accounts.models import Role
from capture.db import db
from capture.leads.models import Lead
from capture.web.security import TOKEN_PATHS, limiter
from tests.conftest import NOON, in_a_transaction_thrown_away
from tests.factories import a_token
from tests.stories import settings
from tests.web import everything, hostile
from tests.web.everything import Place, first
from tests.web.studio import Studio

NOBODY, SALES, MARKETER, ADMIN, READER, WRITER, MONITOR = (
    *("nobody", "sales", "marketer", "admin"),
    *("a program that reads", "a program that answers", "the monitoring"),
)
PEOPLE = {NOBODY, SALES, MARKETER, ADMIN}
EVERYBODY = PEOPLE | {READER, WRITER, MONITOR}

# Who reaches what. A route that stands in no line here is a route that nobody has decided about.
REACHED: Mapping[str, set[str]] = {
    endpoint: who
    for who, endpoints in (
        (
            EVERYBODY,
            "landing.index landing.page landing.submit landing.judged landing.started landing.thanks landing.picture "
            "landing.privacy landing.legal_notice landing.robots landing.sitemap "
            "embed.form embed.part embed.judged embed.started embed.submit "
            "delivery.copy delivery.answer delivery.inside delivery.confirm delivery.confirmed "
            "delivery.withdraw delivery.withdrawn webinar.join webinar.joined "
            "static.file static.brand_stylesheet static.favicon health.alive health.ready "
            "api.openapi reference.page "
            "studio.home studio.login studio.log_in studio.login_link studio.redeem_login_link studio.log_out "
            "second_factor.ask second_factor.answer provider.begin provider.back provider.leave "
            "passkeys.entry_options passkeys.enter passkeys.second_options passkeys.second",
        ),
        (
            {SALES, MARKETER, ADMIN},
            "inbox.listing inbox.one reports.figures reports.download studio.lead people.me people.choose_password "
            "people.choose_language people.end_my_session people.end_my_other_sessions "
            "second_factor.mine second_factor.turn_on second_factor.turn_off second_factor.renew second_factor.picture "
            "passkeys.mine passkeys.options passkeys.add passkeys.remove passkeys.renewal_options passkeys.renew "
            "separating.choose correcting.form correcting.correct",
        ),
        ({SALES, ADMIN}, "inbox.decide inbox.pass_on"),
        ({SALES}, "people.set_my_absences"),
        (
            {MARKETER, ADMIN},
            "studio.pages studio.days leads.listing leads.export leads.data leads.save_view leads.remove_view "
            "campaigns.listing campaigns.one campaigns.add campaigns.change campaigns.remove campaigns.take "
            "campaigns.bring_back campaigns.leave_aside campaigns.take_back "
            "links.listing links.keep links.keep_for_channels links.archive links.bring_back links.qr links.words "
            "links.add_word links.change_word links.remove_word links.take_words_in "
            "reports.costs reports.load_costs reports.take_back reports.months "
            "reports.close_month destinations.listing destinations.destination destinations.take destinations.lint "
            "destinations.report "
            "destinations.columns destinations.set_columns destinations.reset_columns "
            "merging.proposals merging.comparison merging.merge merging.part "
            "imports.listing imports.one imports.look_at imports.describe imports.release imports.undo imports.refused "
            "inbox.never inbox.load_never inbox.report inbox.load_report inbox.show_routing inbox.set_routing "
            "scoring.overview scoring.download scoring.edit scoring.save scoring.save_text scoring.discard "
            "ruling.rule ruling.save ruling.trial rule_versions.listing rule_versions.one rule_versions.take "
            "scoring.activate scoring.propose scoring.take_proposal scoring.simulate scoring.strike scoring.judge "
            "scoring.waiting scoring.stop "
            "simulating.leads simulating.file "
            "drafts.listing drafts.new drafts.start drafts.start_from_pdf drafts.markdown drafts.bundle "
            "drafts.text drafts.save_text drafts.order_chapters drafts.add_chapter drafts.add_files drafts.remove_file "
            "drafts.add_picture "
            "drafts.picture drafts.sheet drafts.save_sheet drafts.form drafts.add_field drafts.field "
            "drafts.save_field drafts.move_field drafts.order_fields drafts.change_field_kind "
            "drafts.embed drafts.let_site_in drafts.embed_preview "
            "drafts.sections drafts.order_sections drafts.move_section "
            "drafts.replace_pdf drafts.set_logo drafts.take_brand drafts.judge_colour "
            "drafts.versions drafts.comparison drafts.restore branding.show branding.save branding.set_logo "
            "drafts.languages_of drafts.copy_into_language "
            "drafts.questions drafts.save_others drafts.add_part drafts.order_parts drafts.move_part drafts.question "
            "drafts.save_question drafts.change_kind "
            "drafts.check drafts.publish drafts.publication drafts.availability drafts.set_window drafts.close "
            "drafts.cancel_publication drafts.reopen drafts.cancel_webinar drafts.say_when_closed drafts.rename "
            "drafts.give_to "
            "drafts.experiment drafts.begin_experiment drafts.save_variants drafts.end_experiment "
            "drafts.take_variant_over drafts.variant_preview drafts.set_variant_cover "
            "drafts.ask_for_proof drafts.proof drafts.proof_page drafts.landing",
        ),
        (
            {ADMIN},
            "people.listing people.invite people.change_role people.disable people.enable people.audit_log "
            "people.reset_second_factor people.end_sessions people.unlink operations.logins operations.test_provider "
            "inbox.team inbox.set_work inbox.cover inbox.pass_work_on reasons.listing reasons.save "
            "operations.listing operations.make operations.revoke operations.outbox operations.release "
            "operations.test_mail operations.test_documents webhooks.listing webhooks.add webhooks.endpoint "
            "webhooks.change webhooks.remove webhooks.rotate webhooks.stop webhooks.start webhooks.test "
            "webhooks.send_span webhooks.delivery webhooks.send_again leads.erase",
        ),
        ({READER}, "api.mqls api_answers.cursor api_answers.acknowledge"),
        ({WRITER}, "api_answers.dispose"),
        ({MONITOR}, "health.metrics"),
    )
    for endpoint in endpoints.split()
}
ONWARD = {"static.favicon": 302, "delivery.inside": 302, "studio.home": 303, "second_factor.ask": 303}
ONWARD |= dict.fromkeys(("provider.begin", "provider.back", "provider.leave"), 303)
TO_THE_LOGIN = {"studio.home", "studio.log_out", "second_factor.ask", "second_factor.answer"}
TO_THE_LOGIN |= {"passkeys.second_options", "passkeys.second"}


@dataclass
class Caller:
    """Somebody who asks: the headers that say who it is, and the token of the session's forms."""

    headers: dict[str, str]
    csrf_token: str = ""


class Site:
    """The furnished installation. What a request changes is taken back before the next one."""

    def __init__(self, app: Flask, connection: Connection) -> None:
        self.connection = connection
        self.places = everything.places(app)
        self._client = app.test_client(use_cookies=False)
        self._adapter = app.url_map.bind("localhost:8000")
        self._methods: dict[str, set[str]] = defaultdict(set)
        for place in self.places:
            self._methods[place.path] |= place.methods
        self.callers = {NOBODY: _at_the_browser(Studio.of_nobody(app))}
        for role in Role:
            self.callers[role.value] = _at_the_browser(Studio(app, role, f"{role.value}@northwind.example"))
        for name, token in (
            (READER, a_token("mqls:read")),
            (WRITER, a_token("mqls:write")),
            (MONITOR, app.extensions["lodestone"].metrics_token),
        ):
            nobody = self.callers[NOBODY]
            self.callers[name] = Caller({**nobody.headers, "Authorization": f"Bearer {token}"}, nobody.csrf_token)
        self.written: list[str] = []
        event.listen(connection, "before_cursor_execute", self._note)

    def ask(self, place: Place, method: str, caller: Caller, **form: str) -> TestResponse:
        """Any request, with all that a browser would send along. `written` then has what it changed in the database."""
        self._as_if_alone()
        self.written.clear()
        typed = {"csrf_token": caller.csrf_token, **place.form, **form}
        data = {
            name: (io.BytesIO(said[0]), said[1]) if isinstance(said, tuple) else said for name, said in typed.items()
        }
        with self.connection.begin_nested() as taken_back:
            answer = self._client.open(
                place.path,
                method=method,
                data=None if method in ("GET", "HEAD") else data,
                headers={**place.headers, **caller.headers},
                buffered=True,
            )
            db.session.remove()
            taken_back.rollback()
        return answer

    def at(self, endpoint: str) -> Place:
        """The place of a route."""
        return next(place for place in self.places if place.endpoint == endpoint)

    def other_methods(self, place: Place) -> set[str]:
        """Methods that lead from an address to something that is no place of its own; the router refuses the others."""
        return set(self._adapter.allowed_methods(place.path.partition("?")[0])) - self._methods[place.path]

    def _as_if_alone(self) -> None:
        db.session.remove()
        for name in list(g):
            g.pop(name)

    def _note(self, connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            self.written.append(statement)


def _at_the_browser(studio: Studio) -> Caller:
    studio.client.get("/studio/people/me/second-factor")  # begins to set it up: then its picture is there
    cookie = studio.client.get_cookie("studio")
    assert cookie
    return Caller({"Cookie": f"studio={cookie.value}"}, studio.token)


@pytest.fixture(scope="module")
def site(_app: Flask) -> Iterator[Site]:
    limiter.reset()
    kept = _app.extensions["lodestone"]
    with pytest.MonkeyPatch.context() as patch, _app.app_context(), in_a_transaction_thrown_away(_app) as one:
        patch.setattr(clock, "now", lambda: NOON)
        patch.setitem(_app.extensions, "lodestone", replace(kept, metrics_token="m" * 32))
        yield Site(_app, one)


def test_nobody_reaches_a_route_that_is_not_theirs_by_any_method(site: Site) -> None:
    assert {place.endpoint for place in site.places} == REACHED.keys(), "every route stands in the table"
    other_than_promised = []

    for place in site.places:
        reached = REACHED[place.endpoint]
        for name in whoever_may_differ(place):
            for method in place.methods:
                answer = site.ask(place, method, site.callers[name])
                if not (is_given(answer, place) if name in reached else is_refused(answer) and not site.written):
                    other_than_promised.append((name, method, place.path, answer.status))
        for method in site.other_methods(place) if reached != EVERYBODY else ():
            answer = site.ask(place, method, site.callers[SALES])
            if answer.data and not is_refused(answer):
                other_than_promised.append((SALES, method, place.path, answer.status))

    assert not other_than_promised


def test_sales_sees_of_a_lead_nothing_before_it_is_handed_over(site: Site) -> None:
    waiting = first(Lead, first_name="Ada")
    theirs = [place for place in site.places if SALES in REACHED[place.endpoint] and "GET" in place.methods]

    for place in theirs:
        assert waiting.email not in site.ask(place, "GET", site.callers[SALES]).text, place
    lead = replace(site.at("studio.lead"), path=f"/studio/leads/{waiting.public_id}")
    assert site.ask(lead, "GET", site.callers[SALES]).status_code == 404
    assert waiting.email in site.ask(lead, "GET", site.callers[MARKETER]).text


def whoever_may_differ(place: Place) -> set[str]:
    """Who asks for a place: where everybody may come, and of a token in the studio, one stands for all."""
    if REACHED[place.endpoint] == EVERYBODY:
        return {NOBODY, SALES}
    return PEOPLE | {READER} if place.path.startswith("/studio") else EVERYBODY


def is_given(answer: TestResponse, place: Place) -> bool:
    """Whether the route did what it is for, or said in words what is missing."""
    if answer.request.method == "GET":
        return answer.status_code == ONWARD.get(place.endpoint, 200)
    return answer.status_code in (200, 204, 303, 400, 409, 422) and (
        place.endpoint in TO_THE_LOGIN or not leads_to_the_login(answer)
    )


def is_refused(answer: TestResponse) -> bool:
    with_its_slash = answer.status_code == 308 and answer.location.endswith(f"{answer.request.path}/")
    return answer.status_code in (401, 403, 404, 405) or with_its_slash or leads_to_the_login(answer)


def leads_to_the_login(answer: TestResponse) -> bool:
    return answer.status_code == 303 and answer.location.startswith("/studio/login")


def test_no_change_is_made_without_the_token_of_its_own_session(site: Site) -> None:
    admin, other = site.callers[ADMIN], site.callers[MARKETER]
    taken = []

    for place in site.places:
        for method in place.methods - {"GET"} if place.path.startswith("/studio") else ():
            for token in ("", "forged", other.csrf_token):
                answer = site.ask(place, method, Caller(admin.headers, token))
                says_so = 422 if place.endpoint == "studio.log_in" else 403
                if answer.status_code != says_so or site.written:
                    taken.append((place.endpoint, token, answer.status, *site.written))

    assert not taken
    site.ask(site.at("people.invite"), "POST", admin)
    assert site.written


FROM_ELSEWHERE = ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://rival.example"}, {"Origin": "null"})


def test_no_public_form_is_taken_from_another_site(site: Site) -> None:
    taken = []

    for place in site.places:
        if "POST" not in place.methods or place.path.startswith(("/studio", "/api")):
            continue
        for headers in FROM_ELSEWHERE:
            answer = site.ask(place, "POST", Caller(headers))
            if headers not in taken_by_design(place) and (answer.status_code != 403 or site.written):
                taken.append((place.endpoint, headers, answer.status, *site.written))

    assert not taken
    assert site.ask(site.at("landing.submit"), "POST", Caller({"Sec-Fetch-Site": "same-origin"})).status_code == 303
    assert site.written


def taken_by_design(place: Place) -> tuple[Mapping[str, str], ...]:
    """What says nothing against a post to this place."""
    if place.endpoint == "delivery.withdrawn":
        return FROM_ELSEWHERE  # the button of a mail program: the link itself is the proof
    if place.endpoint in ("embed.judged", "embed.started", "embed.submit"):
        return FROM_ELSEWHERE[:1]  # from a site of the page's list, whose Origin is sent along
    return FROM_ELSEWHERE[2:] if place.path.startswith(TOKEN_PATHS) else ()


HARMLESS = {  # types in which a browser that does not sniff runs nothing of what is kept
    *("application/json", "application/toml", "application/zip", "image/png", "image/webp"),
    *("text/css", "text/csv", "text/javascript", "text/plain"),
}
IN_CSV = {
    "leads.export": "POST",
    "simulating.file": "POST",
    "imports.refused": "POST",
    "destinations.take": "POST",
    "destinations.lint": "POST",
    "reports.download": "GET",
}


@pytest.mark.parametrize("kind", [hostile.markup, hostile.link])
def test_no_text_that_is_kept_becomes_markup_or_a_link_that_runs_on_any_screen(
    site: Site, kind: hostile.Hostile
) -> None:
    shown: set[str] = set()
    harm: dict[str, list[str]] = {}

    with site.connection.begin_nested() as taken_back:
        kept = hostile.overwrite(site.connection, kind)
        hostile.rewrite_drafts(site.connection, settings(), kind)
        for place in everything_to_see(site):
            answer = site.ask(place, "GET", site.callers[ADMIN if place.path.startswith("/studio") else READER])
            assert answer.status_code == ONWARD.get(place.endpoint, 200), place
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            if answer.mimetype in HARMLESS and place.endpoint != "embed.form":
                continue
            page = hostile.Harm(answer.text if answer.mimetype != "application/json" else answer.get_json()["html"])
            harm |= {place.path: page.found} if page.found else {}
            shown |= {column for column in kept for words in page.words if f"{column}." in words}
        taken_back.rollback()

    assert harm == {}
    assert kept >= hostile.free_columns(), "furnish what is new in everything.py, or say in hostile.py what it is"
    assert len(shown) > len(kept) / 2, "most of what is kept is to be seen somewhere"


def everything_to_see(site: Site) -> Iterator[Place]:
    """Every place that shows something, and screens that show something else at another address of their route."""
    draft = site.at("drafts.form").path.removesuffix("/form")
    other = site.at("scoring.strike").path.split("/")[-2]
    yield from (place for place in site.places if "GET" in place.methods and place.endpoint != "health.metrics")
    for endpoint, paths in {
        "landing.page": ("/pricing-live",),
        "studio.lead": (f"/studio/leads/{other}",),
        "inbox.listing": ("?view=answered", "?view=progress"),
        "reports.figures": ("?by=campaign", "?by=source", "?by=channel", "?by=page"),
        "scoring.simulate": ("?of=draft",),
        "scoring.download": ("?of=draft",),
        "drafts.sheet": (f"{draft}/event", f"{draft}/design", f"{draft}/settings"),
        "drafts.text": (site.at("drafts.replace_pdf").path.removesuffix("pdf"),),
        "drafts.comparison": ("?since=1",),
    }.items():
        for path in paths:
            place = site.at(endpoint)
            yield replace(place, path=path if path.startswith("/") else place.path + path)


def test_no_text_that_is_kept_is_worked_out_by_a_spreadsheet(site: Site) -> None:
    with site.connection.begin_nested() as taken_back:
        hostile.overwrite(site.connection, hostile.formula)
        files = {name: site.ask(site.at(name), method, site.callers[ADMIN]) for name, method in IN_CSV.items()}
        taken_back.rollback()

    for name, answer in files.items():
        cells = [cell for row in csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))) for cell in row]
        assert answer.mimetype == "text/csv"
        assert any("=HYPERLINK" in cell for cell in cells), name
        assert not [cell for cell in cells if cell.startswith("=")], name
