"""Everything that answering the link to a copy needs to know, by one statement: thousands ask at once."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Executable, ScalarSelect, bindparam, func, select

from capture.attribution import visitors
from capture.attribution.models import Visitor
from capture.catalogue.models import Edition
from capture.db import JsonObject, session
from capture.delivery import grants
from capture.delivery.models import Download, Grant
from capture.errors import PersonErased
from capture.leads import consents, leads
from capture.leads.models import Consent, ConsentAction, Lead, LeadVisitor, QuarantinedFill, Submission
from capture.pages.models import Page, PageVersion


@dataclass(frozen=True, slots=True)
class Look:
    """A grant, what its link serves now, and who asks.

    `lead_id` is the lead that the person is now. `answers` and `page_version_id` are those of the fill behind it, None
    once it was erased; `visitor_id` is the browser that sent it, None also where that had no cookie. `reader` is the
    lead whose browser asks now, if anybody's. `benchmark` is what others had scored when the grant was given.
    `is_counted`: this document was handed out to the end before.
    """

    subject: str
    lead_id: int | None
    token: str
    granted_at: datetime
    needs_confirmation: bool
    confirmed_at: datetime | None
    benchmark: JsonObject | None
    edition_id: int
    number: int
    title: str
    language: str
    document: str | None
    personalised: bool
    submission_id: int | None
    visitor_id: int | None
    answers: JsonObject | None
    page_version_id: int | None
    page_digest: str | None
    slug: str | None
    reader: int | None
    tracking: ConsentAction | None
    is_counted: bool

    @property
    def is_open(self) -> bool:
        """Whether the document may be given."""
        return not self.needs_confirmation or self.confirmed_at is not None

    @property
    def is_tracked(self) -> bool:
        """Whether the lead agreed that followed links are noted."""
        return self.tracking is ConsentAction.GIVEN

    def is_by_the_lead(self, *, by_mail: bool, at: datetime) -> bool:
        """Whether the browser is known as that of the lead who was given the grant.

        `by_mail`: the link came by mail, which people forward; then a fill made just now without a cookie proves
        nothing.
        """
        if self.lead_id is None:
            return False
        if self.reader == self.lead_id:
            return True
        without_cookie = self.submission_id is not None and self.visitor_id is None
        return not by_mail and without_cookie and at - self.granted_at < grants.FRESH


def of(subject: str, cookie: str | None) -> Look | None:
    """What there is to know of the grant that a link names, for the browser with this cookie. Raises PersonErased."""
    asked = {"subject": subject, "cookie_hash": visitors.hashed(cookie)}
    # Values, not rows of the session: the ORM would take as long over them as the database.
    found = session().connection().execute(_question(), asked).one_or_none()
    if found is None:
        return None
    is_erased, *told = found
    if is_erased:
        raise PersonErased(found.language)
    return Look(*told)


@cache
def _question() -> Executable:
    """Put together once: that costs more than asking."""
    return (
        select(
            grants.is_erased().label("is_erased"),
            Grant.public_id.label("subject"),
            _lead().label("lead_id"),
            Grant.token,
            Grant.created_at.label("granted_at"),
            Grant.needs_confirmation,
            Grant.confirmed_at,
            Grant.benchmark,
            Edition.id.label("edition_id"),
            Edition.number,
            Edition.title,
            Edition.language,
            Edition.document,
            Edition.personalised,
            Submission.id.label("submission_id"),
            Submission.visitor_id,
            func.coalesce(Submission.answers, QuarantinedFill.answers).label("answers"),
            PageVersion.id.label("page_version_id"),
            PageVersion.digest.label("page_digest"),
            _slug().label("slug"),
            _reader().label("reader"),
            _tracking().label("tracking"),
            _is_counted().label("is_counted"),
        )
        .select_from(Grant)
        .where(Grant.public_id == bindparam("subject"))
        .join(Edition, Edition.id == grants.served_key())
        .outerjoin(Submission, Submission.id == Grant.submission_id)
        .outerjoin(QuarantinedFill, QuarantinedFill.id == Grant.quarantined_fill_id)
        .outerjoin(
            PageVersion,
            PageVersion.id == func.coalesce(Submission.page_version_id, QuarantinedFill.page_version_id),
        )
    )


def _slug() -> ScalarSelect[str]:
    of_magnet = select(Page.slug).where(Page.magnet_id == Grant.magnet_id).order_by(Page.id).limit(1)
    return of_magnet.correlate(Grant).scalar_subquery()


def _lead() -> ScalarSelect[int]:
    return select(leads.whose()).where(Lead.id == Grant.lead_id).correlate(Grant).scalar_subquery()


def _reader() -> ScalarSelect[int]:
    of_browser = select(LeadVisitor.lead_id).join(Visitor, Visitor.id == LeadVisitor.visitor_id)
    return of_browser.where(Visitor.cookie_hash == bindparam("cookie_hash")).scalar_subquery()


def _tracking() -> ScalarSelect[ConsentAction]:
    newest = (
        select(Consent.action)
        .where(Consent.lead_id == Grant.lead_id, Consent.purpose == consents.TRACKING)
        .order_by(*consents.LATEST_FIRST)
        .limit(1)
    )
    return newest.correlate(Grant).scalar_subquery()


def _is_counted() -> ColumnElement[bool]:
    whole = select(Download.id).where(
        Download.grant_id == Grant.id, Download.edition_id == Edition.id, Download.completed_at.is_not(None)
    )
    return whole.correlate(Grant, Edition).exists()
