"""Links in the studio: made in the team's own words, kept with their numbers, with QR codes; and those words."""

import io
import json
from collections.abc import Mapping, Sequence

import segno
from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from capture import clock, strangers
from capture.accounts import staff
from capture.accounts.models import Role
from capture.attribution import campaigns, origin, vocabulary
from capture.attribution.kept_links import Words
from capture.attribution.models import WordKind as Kind
from capture.attribution.vocabulary import Said
from capture.catalogue import drafts, editions
from capture.catalogue.models import Edition
from capture.errors import ParameterRefused
from capture.journey import linking
from capture.pages import pages, sharing
from capture.pages.pages import LivePage
from capture.reports import links as link_reports
from capture.reports import vocabulary as vocabulary_reports
from capture.web.current import addresses, settings
from capture.web.public import showcase
from capture.web.public.showcase import SocialCard
from capture.web.studio import desk
from capture.web.studio.access import actor, only

bp = Blueprint("links", __name__, url_prefix="/studio/links")

LONGEST_LINK = 1000
MOST_TAKEN_IN = 200


@bp.get("/")
@only(Role.MARKETER)
def listing() -> ResponseReturnValue:
    """A link with the team's own words in it, how it looks where it is shared, and the kept ones with their numbers."""
    return _listing(request.args)


@bp.post("/")
@only(Role.MARKETER)
def keep() -> ResponseReturnValue:
    """Keep a link."""
    slug = request.form.get("page", "")
    try:
        linking.keep(slug, request.form.get("name", ""), _words(request.form), actor=actor(), at=clock.now())
    except ParameterRefused as refusal:
        return _listing(request.form, **desk.wrong(refusal)), 422
    return redirect(url_for(".listing", page=slug, _anchor="kept"), 303)


@bp.post("/channels")
@only(Role.MARKETER)
def keep_for_channels() -> ResponseReturnValue:
    """One link for each channel of the team."""
    form, slug = request.form, request.form.get("page", "")
    words = origin.clean(form.get("campaign", "")), origin.clean(form.get("content", ""))
    try:
        linking.keep_for_channels(slug, form.getlist("channel"), *words, actor=actor(), at=clock.now())
    except ParameterRefused as refusal:
        return _listing({"page": slug}, **desk.wrong(refusal)), 422
    return redirect(url_for(".listing", page=slug, _anchor="kept"), 303)


@bp.post("/<link_id>/archive")
@only(Role.MARKETER)
def archive(link_id: str) -> ResponseReturnValue:
    linking.archive(link_id, actor=actor(), at=clock.now())
    return redirect(url_for(".listing", page=request.form.get("page") or None, _anchor="kept"), 303)


@bp.post("/<link_id>/back")
@only(Role.MARKETER)
def bring_back(link_id: str) -> ResponseReturnValue:
    linking.bring_back(link_id, actor=actor(), at=clock.now())
    return redirect(url_for(".listing", page=request.form.get("page") or None, _anchor="kept"), 303)


@bp.get("/qr.<any(svg, png):ending>")
@only(Role.MARKETER)
def qr(ending: str) -> ResponseReturnValue:
    """The QR code of a link of ours, for the screen and for print."""
    link = request.args.get("link", "")
    if not link.startswith(settings().base_url + "/") or len(link) > LONGEST_LINK:
        abort(404)
    drawn = io.BytesIO()
    scale = 8 if ending == "svg" else 20  # a PNG for print: some 900 pixels wide
    segno.make(link, error="m", micro=False).save(drawn, kind=ending, scale=scale, border=2, light="#fff")
    answer = Response(drawn.getvalue(), mimetype="image/svg+xml" if ending == "svg" else "image/png")
    if request.args.get("download"):
        answer.headers["Content-Disposition"] = f'attachment; filename="qr-code.{ending}"'
    return answer


@bp.get("/words")
@only(Role.MARKETER)
def words() -> ResponseReturnValue:
    return _of_words()


@bp.post("/words")
@only(Role.MARKETER)
def add_word() -> ResponseReturnValue:
    """A word of the team's own."""
    said = _said(request.form)
    try:
        linking.add_word(said, actor=actor(), at=clock.now())
    except ParameterRefused as refusal:
        return _of_words(str(refusal), f"word-{said.kind.value}"), 422
    return redirect(url_for(".words"), 303)


@bp.post("/words/<word_id>")
@only(Role.MARKETER)
def change_word(word_id: str) -> ResponseReturnValue:
    try:
        linking.change_word(word_id, _said(request.form), actor=actor(), at=clock.now())
    except ParameterRefused as refusal:
        return _of_words(str(refusal), f"word-{word_id}"), 422
    return redirect(url_for(".words"), 303)


@bp.post("/words/<word_id>/remove")
@only(Role.MARKETER)
def remove_word(word_id: str) -> ResponseReturnValue:
    linking.remove_word(word_id, actor=actor(), at=clock.now())
    return redirect(url_for(".words"), 303)


@bp.post("/words/taken-in")
@only(Role.MARKETER)
def take_words_in() -> ResponseReturnValue:
    """Words that links, campaigns or visits carried become the team's own."""
    chosen = [said for text in request.form.getlist("word")[:MOST_TAKEN_IN] if (said := _offered(text))]
    linking.take_words_in(chosen, actor=actor(), at=clock.now())
    return redirect(url_for(".words"), 303)


def _words(given: Mapping[str, str]) -> Words:
    return Words(**{key: origin.clean(given.get(key, "")) for key in origin.UTM_KEYS})


def _listing(given: Mapping[str, str], refusal: str = "", faulty: str = "") -> str:
    live = [slug for _, slug in pages.slugs(at=clock.now())]
    slug = given.get("page", "")
    page = pages.by_slug(slug if slug in live else live[0]) if live else None
    said = _words(given)
    number = request.args.get("part", "")
    listed = link_reports.listing(
        settings().zone,
        slug=slug if slug in live else "",
        are_archived=bool(request.args.get("archived")),
        number=max(1, int(number[:3])) if number.isascii() and number.isdigit() else 1,
    )
    edition = editions.newest(page.magnet_id) if page else None
    card = _card(page, edition) if page and edition else None
    draft = drafts.by_slug(page.magnet_slug) if page else None
    return render_template(
        "studio/links.html",
        pages=live,
        card=card,
        remarks=sharing.remarks(card.picture.width, card.picture.height) if card and card.picture else (),
        draft=draft,
        chosen=page,
        given=said,
        name=given.get("name", "")[:120],
        link=_link(page.slug, said) if page else "",
        is_made=bool(page and said.source),
        suggested=vocabulary.listed(),
        campaigns=[campaign.name for campaign in campaigns.listed()],
        kept=listed,
        links={one.link.id: _link(one.slug, one.words) for one in listed.links},
        of_page=slug if slug in live else "",
        are_archived=bool(request.args.get("archived")),
        names=staff.names(),
        refusal=refusal,
        faulty=faulty,
    )


def _card(page: LivePage, edition: Edition) -> SocialCard:
    picture = showcase.shared_picture(edition)
    return showcase.social_card(page, showcase.of(edition, page.kind), picture, addresses())


def _link(slug: str, words: Words) -> str:
    query = words.query()
    return addresses().page(slug) + (f"?{query}" if query else "")


def _said(given: Mapping[str, str]) -> Said:
    kind = given.get("kind", "")
    texts = (given.get(name, "")[:1000] for name in ("word", "source", "medium"))
    return Said(Kind(kind) if kind in list(Kind) else Kind.SOURCE, *texts)


def _of_words(refusal: str = "", faulty: str = "") -> str:
    offered = vocabulary_reports.offered()
    return render_template(
        "studio/words.html",
        words=vocabulary.listed(),
        own=_by_kind(offered.own),
        seen=_by_kind(offered.seen),
        refusal=refusal,
        faulty=faulty,
    )


def _by_kind(words: Sequence[Said]) -> Mapping[Kind, Sequence[tuple[str, str]]]:
    """Each with what its box says when it is ticked."""
    return {kind: [(said.word, _told(said)) for said in words if said.kind is kind] for kind in Kind}


def _told(said: Said) -> str:
    return json.dumps([said.kind.value, said.word, said.source, said.medium])


def _offered(text: str) -> Said | None:
    """What a ticked box says; None for what none of ours says."""
    try:
        kind, word, source, medium = strangers.read(text[:2000])
        return Said(Kind(kind), str(word), str(source), str(medium))
    except (ValueError, TypeError):
        return None
