"""Submissions: accepted form fills, never edited; and fills that wait in quarantine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from capture.db import insert_once, session
from capture.errors import PersonErased
from capture.leads import leads
from capture.leads.models import Lead, LeadValue, QuarantinedFill, Submission
from capture.pages import pages, permissions
from capture.pages.models import PageVersion

MOST_LOOKED_AT = 50  # fills of one browser


def record(
    lead: Lead,
    answers: Mapping[str, Any],
    *,
    page_id: int,
    page_version_id: int,
    visitor_id: int | None,
    touch_id: int | None,
    variant_id: int | None,
    form_key: str,
    at: datetime,
) -> tuple[Submission, bool]:
    """Keep a fill. A form sent twice (double click, reload) is one submission: False says that it was there before."""
    submission = Submission(
        lead_id=lead.id,
        page_id=page_id,
        page_version_id=page_version_id,
        visitor_id=visitor_id,
        touch_id=touch_id,
        variant_id=variant_id,
        form_key=form_key,
        answers=dict(answers),
        at=at,
    )
    if insert_once(submission):
        return submission, True
    return (
        session()
        .scalars(
            select(Submission).where(
                Submission.page_id == page_id, Submission.lead_id == lead.id, Submission.form_key == form_key
            )
        )
        .one(),
        False,
    )


def answered(lead_id: int, visitor_id: int, *, is_proven: bool) -> frozenset[str]:
    """What the lead has answered, as far as this browser may know it: keys of fields, and names of the lead's fields.

    Fills from elsewhere count only where a mail has proven whose browser it is: whoever types somebody's address must
    not learn what that person has answered.
    """
    mine = leads.of_person([lead_id])
    here = () if is_proven else (Submission.visitor_id == visitor_id,)
    theirs = (Submission.lead_id.in_(mine), *here)
    newest = (
        select(Submission.id, Submission.answers).where(*theirs).order_by(Submission.at.desc()).limit(MOST_LOOKED_AT)
    )
    fills = session().execute(newest).all()
    told = select(LeadValue.key).where(
        LeadValue.lead_id.in_(mine), LeadValue.submission_id.in_([fill.id for fill in fills])
    )
    return frozenset(key for fill in fills for key in fill.answers) | frozenset(session().scalars(told))


def language_of(lead_id: int) -> str | None:
    """The language of the page that the lead filled last; None where nothing was filled, or all was erased."""
    mine = Submission.lead_id.in_(leads.of_person([lead_id]))
    newest = select(Submission.page_version_id).where(mine).order_by(Submission.id.desc())
    version = session().scalar(newest.limit(1))
    return pages.definition_of(version).language if version is not None else None


def quarantine(
    email: str,
    answers: Mapping[str, Any],
    reason: str,
    *,
    page_id: int,
    page_version_id: int,
    visitor_id: int | None,
    touch_id: int | None,
    variant_id: int | None,
    form_key: str,
    at: datetime,
) -> QuarantinedFill:
    """Keep a fill that looks like a machine's, with the reason. It makes nobody a lead yet."""
    fill = QuarantinedFill(
        page_id=page_id,
        page_version_id=page_version_id,
        visitor_id=visitor_id,
        touch_id=touch_id,
        variant_id=variant_id,
        form_key=form_key,
        email=email,
        answers=dict(answers),
        reason=reason,
        at=at,
    )
    if insert_once(fill):
        return fill
    return session().scalars(select(QuarantinedFill).where(QuarantinedFill.form_key == form_key)).one()


def address(fill: Submission) -> str:
    """The address that was typed, which is one of those that the lead has; that of the lead where it is not known."""
    typed = fill.answers.get(pages.definition_of(fill.page_version_id).email.key)
    try:
        return leads.address_key(str(typed))
    except ValueError:
        return leads.now_of(fill.lead_id).email


def by_id(submission_id: int) -> Submission | None:
    """The submission with this key."""
    return session().get(Submission, submission_id)


def answers(whose: Mapping[int, int]) -> dict[int, dict[str, Any]]:
    """The newest answer to every field of each person, by `leads.members`, in a query or two.

    What somebody allowed is no answer: permissions are kept apart.
    """
    told: dict[int, dict[str, Any]] = {}
    for lead_id, _, given in _told(whose):
        told.setdefault(whose[lead_id], {}).update(given)
    return told


def answers_by_then(whose: Mapping[int, int], moments: Sequence[tuple[int, datetime]]) -> list[dict[str, Any]]:
    """The answers of people as they were at moments, in a query or two; `whose` as above."""
    told: dict[int, list[tuple[datetime, dict[str, Any]]]] = {}
    for lead_id, at, given in _told(whose):
        told.setdefault(whose[lead_id], []).append((at, given))
    return [
        {key: answer for at, given in told.get(lead_id, ()) if at <= when for key, answer in given.items()}
        for lead_id, when in moments
    ]


def _told(lead_ids: Iterable[int]) -> Iterator[tuple[int, datetime, dict[str, Any]]]:
    """Whose, when and what, but for what is a permission on the page as it stood."""
    query = (
        select(Submission.lead_id, Submission.at, Submission.answers, PageVersion.digest, PageVersion.id)
        .join(PageVersion, PageVersion.id == Submission.page_version_id)
        .where(Submission.lead_id.in_(lead_ids))
        .order_by(Submission.at, Submission.id)
    )
    rows = session().execute(query).all()
    ticked = permissions.ticked({digest: version_id for *_, digest, version_id in rows})
    for lead_id, at, given, digest, _ in rows:
        yield lead_id, at, {key: answer for key, answer in given.items() if key not in ticked[digest]}


def of_lead(lead_id: int) -> list[Submission]:
    """All fills of a lead, oldest first."""
    mine = Submission.lead_id.in_(leads.of_person([lead_id]))
    return list(session().scalars(select(Submission).where(mine).order_by(Submission.at, Submission.id)))


def quarantined(fill_id: int) -> QuarantinedFill | None:
    """The quarantined fill with this key, fresh and held until the transaction ends. Raises PersonErased."""
    fill = session().get(QuarantinedFill, fill_id, with_for_update=True, populate_existing=True)
    if fill is not None and not fill.email:
        raise PersonErased
    return fill
