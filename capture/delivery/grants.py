"""Grants: a lead's right to one magnet, with the edition that was promised."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, exists, false, func, null, select, true, update
from sqlalchemy.orm import aliased

from capture.catalogue.models import Edition, LinkPolicy
from capture.db import insert_once, public_id, session
from capture.delivery.models import Answer, Grant, LinkOpening
from capture.errors import NotFound, PersonErased
from capture.leads.models import Lead, QuarantinedFill, Submission


def give(submission: Submission, edition: Edition, *, needs_confirmation: bool = False, at: datetime) -> Grant:
    """The grant of this submission; the same one however often it is asked for."""
    grant = _new(edition, needs_confirmation, at)
    grant.lead_id, grant.submission_id = submission.lead_id, submission.id
    if insert_once(grant):
        return grant
    return of_submission(submission.id, edition.magnet_id)


def give_by_mail(fill: QuarantinedFill, edition: Edition, *, at: datetime) -> Grant:
    """The grant of a quarantined fill: the document goes by mail, and whoever opens it there was no machine."""
    grant = _new(edition, False, at)
    grant.quarantined_fill_id = fill.id
    if insert_once(grant):
        return grant
    query = select(Grant).where(Grant.quarantined_fill_id == fill.id, Grant.magnet_id == edition.magnet_id)
    return session().scalars(query).one()


def _new(edition: Edition, needs_confirmation: bool, at: datetime) -> Grant:
    return Grant(
        token=public_id(),
        magnet_id=edition.magnet_id,
        edition_id=edition.id,
        link_policy=edition.link_policy,
        needs_confirmation=needs_confirmation,
        created_at=at,
    )


def of_submission(submission_id: int, magnet_id: int) -> Grant:
    """The grant of a submission that has one."""
    query = select(Grant).where(Grant.submission_id == submission_id, Grant.magnet_id == magnet_id)
    return session().scalars(query).one()


def by_public_id(subject: str) -> Grant | None:
    """The grant that a signed link names. Raises PersonErased."""
    return _given(Grant.public_id == subject)


def by_id(grant_id: int) -> Grant | None:
    """The grant with this key."""
    return session().get(Grant, grant_id)


def by_token(token: str) -> Grant | None:
    """The grant whose document holds links with this token. Raises PersonErased."""
    return _given(Grant.token == token)


def _given(which: ColumnElement[bool]) -> Grant | None:
    query = select(Grant, Edition.language, is_erased()).join(Edition, Edition.id == Grant.edition_id)
    found = session().execute(query.where(which)).one_or_none()
    if found is None:
        return None
    grant, language, is_gone = found
    if is_gone:
        raise PersonErased(language)
    return grant


def is_erased() -> ColumnElement[bool]:
    """In a query of grants: whether whom it was given to was erased. Of a fill that waited the address is gone then."""
    lead = exists().where(Lead.id == Grant.lead_id, Lead.erased_at.is_not(None))
    fill = exists().where(QuarantinedFill.id == Grant.quarantined_fill_id, QuarantinedFill.email == "")
    return lead.correlate(Grant) | fill.correlate(Grant)


def served_edition(grant: Grant) -> Edition:
    """The edition that the grant's links serve now."""
    query = select(Edition).join(Grant, Edition.id == served_key()).where(Grant.id == grant.id)
    return session().scalars(query).one()


def served_key() -> ColumnElement[int]:
    """The key of the edition that the links of a grant serve, as a part of a question about grants.

    The newest with a document, short of the first new edition that was not to be served by links given before it;
    where there is none, the one that was promised.
    """
    promised, later, given = aliased(Edition), aliased(Edition), aliased(Edition)
    stays = case((Grant.link_policy == LinkPolicy.PINNED, true()), else_=false())
    border = (
        select(func.min(later.number))
        .join(promised, promised.id == Grant.edition_id)
        .where(
            later.magnet_id == Grant.magnet_id,
            later.number > promised.number,
            later.corrects.is_(None),
            func.coalesce(later.keeps_earlier, stays),
        )
        .correlate(Grant)
        .scalar_subquery()
    )
    newest = (
        select(given.id)
        .where(
            given.magnet_id == Grant.magnet_id,
            given.document.is_not(None),
            given.number < func.coalesce(border, given.number + 1),
        )
        .order_by(given.number.desc())
        .limit(1)
        .correlate(Grant)
        .scalar_subquery()
    )
    return func.coalesce(newest, Grant.edition_id)


def edition_numbered(grant: Grant, number: int) -> Edition:
    """The edition with this number of the grant's magnet. Raises NotFound."""
    query = select(Edition).where(Edition.magnet_id == grant.magnet_id, Edition.number == number)
    found = session().scalar(query)
    if found is None:
        raise NotFound("link")
    return found


def fill_behind(grant: Grant) -> Submission | QuarantinedFill | None:
    """What was typed to get this grant; None once it was erased."""
    if session().scalar(select(is_erased()).select_from(Grant).where(Grant.id == grant.id)):
        return None
    if grant.submission_id is not None:
        return session().get(Submission, grant.submission_id)
    return session().get(QuarantinedFill, grant.quarantined_fill_id)


def is_open(grant: Grant) -> bool:
    """Whether the document may be given: at once, or after the button of the double opt-in."""
    return not grant.needs_confirmation or grant.confirmed_at is not None


def note_opening(grant: Grant, answer: Answer, *, visitor_id: int | None, device: str, at: datetime) -> None:
    """Keep that a link was opened in a browser not known as the lead's, and what was answered there."""
    session().add(LinkOpening(grant_id=grant.id, visitor_id=visitor_id, answer=answer, device=device, at=at))


# On a page that sets no cookie the thank-you page is the only proof that this is the browser that filled the form.
FRESH = timedelta(minutes=30)


def is_fresh_without_cookie(grant: Grant, *, at: datetime) -> bool:
    """Whether the fill was made just now by a browser that was given no cookie."""
    submission = session().get(Submission, grant.submission_id) if grant.submission_id else None
    return submission is not None and submission.visitor_id is None and at - grant.created_at < FRESH


def of_person(lead_ids: Collection[int], fill_ids: Collection[int]) -> Sequence[int]:
    """The keys of all grants of these leads and of these fills that wait."""
    theirs = Grant.lead_id.in_(lead_ids) | Grant.quarantined_fill_id.in_(fill_ids)
    return session().scalars(select(Grant.id).where(theirs)).all()


def forget(grant_ids: Sequence[int]) -> None:
    """What others scored when it was given stays in the sums alone. The links stay: they say that nothing is left."""
    session().execute(update(Grant).where(Grant.id.in_(grant_ids)).values(benchmark=null()))
