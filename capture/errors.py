"""Refusals: every deliberate "no" of the product, carrying the facts that an answer needs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from capture.languages import Phrase, joined, kept, numeral, said, say

_NOTHING_SENT = kept("Nothing is sent there: %(because)s.")
_ANSWERED = kept("The receiver answered %(status)s.")


class Refusal(Exception):
    """A deliberate no. Its text is a sentence for the person who asked; web/errors.py alone gives it a status."""


@dataclass
class NotFound(Refusal):
    """There is no such thing, or nobody may know that there is."""

    what: str

    def __str__(self) -> str:
        return f"There is no such {self.what}."


@dataclass
class PageClosed(Refusal):
    """The page exists and takes no fills any more: what it says instead, and the page to which it leads."""

    slug: str
    farewell: str = ""
    leads_to: str = ""  # a slug; empty: to all that is on offer
    headline: str = ""  # of that page
    language: str = "en"  # of the page that is closed

    def __str__(self) -> str:
        return "This page is closed."


@dataclass
class PageNotOpenYet(Refusal):
    """The page is published and opens later."""

    slug: str
    opens_at: datetime
    language: str = "en"

    def __str__(self) -> str:
        return "This page is not open yet."


@dataclass
class LinkRefused(Refusal):
    """A signed link whose signature, purpose or shape is wrong."""

    purpose: str

    def __str__(self) -> str:
        return "This link is not complete. Please copy it again from the mail, or ask for a new one."


@dataclass
class LinkExpired(Refusal):
    """A genuine link after its time. `subject` is what it named, so that a new one can be sent."""

    purpose: str
    subject: str
    expired_at: datetime

    def __str__(self) -> str:
        return "This link has expired. We can send you a new one."


@dataclass
class PersonErased(Refusal):
    """What was asked for belonged to somebody whose data were erased: nothing of it is here any more."""

    language: str = ""  # of what it led to; empty where that is not known

    def __str__(self) -> str:
        return "The data of this person were erased."


@dataclass
class MergeRefused(Refusal):
    """Two leads cannot be made one, or not be made two again."""

    why: str

    def __str__(self) -> str:
        return self.why


class NotWipedYet(Refusal):
    """What was deleted is still in the database's log: somebody reads from it. It goes with the next try."""

    def __str__(self) -> str:
        return "Somebody still reads from the database's log. What was erased goes out of it with the next try."


@dataclass
class StorageUnavailable(Refusal):
    """Nothing can be saved now: the disk is full, or the database is away or too busy. What was saved stays."""

    def __str__(self) -> str:
        return say("Nothing can be saved right now. Please try again in a minute.")


@dataclass
class SessionFull(Refusal):
    """Every seat of the webinar session is taken."""

    session: str

    def __str__(self) -> str:
        return say("Every seat of this webinar is taken.")


@dataclass
class LoginRefused(Refusal):
    """Wrong password, used or expired login link: the answer never says which."""

    reason: str

    def __str__(self) -> str:
        return say("That did not work. Please check what you typed, or ask for a new login link.")


@dataclass
class PublishingStopped(Refusal):
    """A bundle with faults that stop publishing; the live page is as it was."""

    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "Publishing stopped: " + "; ".join(self.faults)


@dataclass
class BadSetting(Refusal):
    """A setting that the product cannot start with."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


@dataclass
class CannotStart(Refusal):
    """Something around the program stops it: a port, a library, a folder."""

    why: str

    def __str__(self) -> str:
        return self.why


@dataclass
class DocumentsDamaged(Refusal):
    """Documents whose bytes are not what their hash says."""

    hashes: tuple[str, ...]

    def __str__(self) -> str:
        named = ", ".join(self.hashes)
        return f"{len(self.hashes)} are damaged and were left out; bring them back from a backup: {named}"


@dataclass
class BadCursor(Refusal):
    """A feed cursor that this feed never gave out."""

    cursor: str

    def __str__(self) -> str:
        return "The cursor is not one of this feed. Give one as the feed gave it, or an empty one for the beginning."


@dataclass
class Undeliverable(Refusal):
    """The receiver said no for good: trying again will not help."""

    why: str

    def __str__(self) -> str:
        return self.why


@dataclass
class TokenRefused(Refusal):
    """A request of a program without a token, or with one that is unknown or revoked."""

    was_given: bool

    def __str__(self) -> str:
        if self.was_given:
            return "This token is not known, or it was revoked."
        return "Send a token in the header: Authorization: Bearer TOKEN."


@dataclass
class ScopeMissing(Refusal):
    """A genuine token that does not open this door."""

    scope: str

    def __str__(self) -> str:
        return f"This token does not open {self.scope}."


@dataclass
class ParameterRefused(Refusal):
    """A query parameter that means nothing here."""

    parameter: str
    why: str
    field: str = ""  # the control of the studio in which it stands

    def __str__(self) -> str:
        return Phrase(lambda language: f"{said(self.parameter, language)}: {said(self.why, language)}")


@dataclass
class UploadRefused(Refusal):
    """A file or a text that nothing can be made of."""

    why: str
    field: str = ""  # the control of the studio in which it stands

    def __str__(self) -> str:
        return self.why


@dataclass
class SeveralRefused(UploadRefused):
    """Several things are wrong at once: `why` says all of them, a line each, and `faults` has them one by one."""

    faults: Sequence[UploadRefused | ParameterRefused] = ()


class Faults:
    """What is wrong, gathered so that all of it is said at once."""

    def __init__(self) -> None:
        self._found: list[UploadRefused | ParameterRefused] = []

    def note(self, refusal: UploadRefused | ParameterRefused) -> None:
        """One more thing is wrong."""
        self._found.extend(refusal.faults if isinstance(refusal, SeveralRefused) else [refusal])

    @contextmanager
    def noted(self) -> Iterator[None]:
        """What is refused in here is noted, and what stands behind it goes on."""
        try:
            yield
        except (UploadRefused, ParameterRefused) as refusal:
            self.note(refusal)

    def refuse(self) -> None:
        """Raises what was noted: one fault as it was, several as SeveralRefused."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            told = [str(fault) for fault in self._found]
            raise SeveralRefused(joined(told, "\n"), self._found[0].field, self._found)


@dataclass
class DraftChanged(Refusal):
    """Somebody else changed what is being saved; nothing was overwritten."""

    by: str
    at: datetime

    def __str__(self) -> str:
        return say("Somebody else has changed this meanwhile. Nothing was overwritten.")


@dataclass
class LastAdmin(Refusal):
    """The only admin who can log in would be none any more."""

    def __str__(self) -> str:
        return say("This is the only admin. Make somebody else an admin first.")


@dataclass
class TargetRefused(Refusal):
    """An address to which the product posts nothing."""

    why: str

    def __str__(self) -> str:
        return say(_NOTHING_SENT, because=self.why)


@dataclass
class NotTaken(Refusal):
    """A receiver that answered, but did not take what it was sent; another try may help."""

    status: int

    def __str__(self) -> str:
        return say(_ANSWERED, status=self.status)


@dataclass
class NoAnswer(Refusal):
    """A receiver that could not be reached, or did not answer; another try may help."""

    why: str

    def __str__(self) -> str:
        return self.why


@dataclass
class DispositionRefused(Refusal):
    """A decision about an MQL that does not hold together; `field` names what is to be mended."""

    field: str
    why: str

    def __str__(self) -> str:
        return self.why


@dataclass
class KeyUsed(Refusal):
    """An Idempotency-Key that has been used for another decision."""

    key: str

    def __str__(self) -> str:
        return say("This Idempotency-Key was used for another decision. Use a new key for each decision.")


@dataclass
class SentBefore(Refusal):
    """A form that was sent again, of which a secret was made and shown the first time."""

    public_id: str

    def __str__(self) -> str:
        return say("This form was sent before. Nothing was made again.")


@dataclass
class AnsweredMeanwhile(Refusal):
    """Somebody else has decided about this MQL since it was looked at; nothing was changed."""

    outcome: str
    by: str
    at: datetime

    def __str__(self) -> str:
        return say("Somebody else has answered this meanwhile. Nothing was changed.")


@dataclass
class WentOn(Refusal):
    """An MQL of somebody with whom sales went on in another one: it is not taken up again."""

    mql_id: str  # the other one

    def __str__(self) -> str:
        return say("Sales went on with this person in another MQL: answer %(mql_id)s.", mql_id=self.mql_id)


@dataclass
class RulesRefused(Refusal):
    """Scoring rules with faults; the rules in force are as they were.

    `values` are the same by the value that is wrong: fit, engagement or caps, the number of the rule or the group, and
    its key; a threshold by its name alone.
    """

    faults: list[str]
    values: Mapping[tuple[str | int, ...], str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(self.faults)


@dataclass
class RulesChanged(Refusal):
    """Somebody else changed the draft of the rules meanwhile, or activated or discarded it."""

    by: str = ""

    def __str__(self) -> str:
        return say(
            "Somebody else has changed the draft meanwhile. Nothing was overwritten: look at it again, then repeat."
        )


@dataclass
class MoreThanSeen(Refusal):
    """More leads would go to sales than the person saw who let them go."""

    seen: int
    now: int

    def __str__(self) -> str:
        return say(
            "%(now)s would go over now; it was %(seen)s when you looked. Nobody was released: choose again.",
            now=numeral(self.now),
            seen=numeral(self.seen),
        )


@dataclass
class CannotFit(Refusal):
    """Points cannot be proposed."""

    why: str

    def __str__(self) -> str:
        return self.why


@dataclass
class CodeRefused(Refusal):
    """A second factor that is wrong or was used before."""

    def __str__(self) -> str:
        return say("This code is not right, or it was used before. Wait for the next one and try again.")


@dataclass
class ProviderAway(Refusal):
    """The provider with which people log in cannot be asked, or says what makes no sense. `why` is for the operator."""

    why: str

    def __str__(self) -> str:
        return say("The provider cannot be asked: %(why)s.", why=self.why)


@dataclass
class IdentityRefused(Refusal):
    """Somebody who comes from the provider and may not come in. `reason` is a key of the sentences below."""

    reason: str
    provider: str
    email: str = ""

    def __str__(self) -> str:
        sentence = _IDENTITY_REFUSED[self.reason]
        return Phrase(lambda language: said(sentence, language) % {"provider": self.provider, "email": self.email})


_IDENTITY_REFUSED = {
    "attempt": say("This login took too long, was begun in another browser, or is over already. Please begin again."),
    "declined": say("The login with %(provider)s was broken off. Please begin again."),
    "code": say("The login with %(provider)s is over already, or was refused there. Please begin again."),
    "token": say("What came from %(provider)s cannot be trusted, so nobody was logged in. The server's log says why."),
    "unverified": say("Your e-mail address is not verified at %(provider)s. Ask who looks after your account there."),
    "elsewhere": say("Your account at %(provider)s is not one of those that may come in here."),
    "unknown": say("Nobody with the address %(email)s has access here. Ask an admin to invite you."),
    "groups": say("Your account at %(provider)s is in no group that has access here. Ask who looks after the groups."),
    "other": say(
        "The address %(email)s belongs to another account at %(provider)s. An admin can unlink that one under People."
    ),
}


@dataclass
class PasskeyRefused(Refusal):
    """A passkey that cannot be kept, or that does not open the studio. `reason` is a key of the sentences below."""

    reason: str

    def __str__(self) -> str:
        return _PASSKEY_REFUSED[self.reason]


_PASSKEY_REFUSED = {
    "wrong": say("That passkey did not work here. Try again, or take another way."),
    "late": say("That took too long. Please try again."),
    "full": say("That are all the passkeys that one person can have. Remove one first."),
}


@dataclass
class PasskeyCopied(Refusal):
    """A passkey whose counter went back: somebody has a copy of it, or its device was reset."""

    passkey: str

    def __str__(self) -> str:
        return say("That passkey may have been copied, so it was not taken. Remove it, and add a new one.")
