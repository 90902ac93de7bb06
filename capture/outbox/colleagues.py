"""Mails to people who work with the product, each in the language of the account."""

from datetime import datetime

from capture.accounts.models import Staff
from capture.config import Settings
from capture.languages import Phrase, say
from capture.outbox import letters
from capture.outbox.mail import Mail, message_id


def mail_to(receiver: Staff, name: str, settings: Settings, key: str, **values: object) -> Mail:
    """The letter of this name to somebody of ours; where the account has no language, in the installation's."""
    language = receiver.language or settings.language
    letter = letters.write(
        name,
        language=language,
        greeting=say("Hello %(name)s,", name=receiver.name),
        organisation=settings.organisation,
        privacy_url=settings.privacy_url_in(language),
        legal_url=settings.legal_url_in(language),
        withdraw=None,
        **values,
    )
    return Mail(receiver.email, letter.subject, letter.text, letter.html, message_id(settings, key))


def soon(at: datetime, settings: Settings) -> Phrase:
    """A time that is near, in the zone of the installation: `Thursday 10 December, 16:00 (Europe/Berlin)`."""
    return Phrase(lambda language: f"{language.near(at, settings.timezone)} ({settings.timezone})")
