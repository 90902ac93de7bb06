"""The forms of the studio, each with its CSRF token."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    DecimalField,
    EmailField,
    Field,
    HiddenField,
    PasswordField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, EqualTo, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from capture import currencies
from capture.accounts.models import Role
from capture.accounts.staff import SHORTEST_PASSWORD
from capture.accounts.tokens import MQLS_READ, SCOPES
from capture.attribution.campaigns import Plan
from capture.db import public_id
from capture.errors import Refusal
from capture.handoff.kinds import KINDS
from capture.languages import say, say_in
from capture.pages import emails


def blame(form: FlaskForm, refusal: Refusal, otherwise: str = "") -> None:
    """Puts a refusal beside the field that it is about, as if the form itself had found it."""
    form[getattr(refusal, "field", "") or otherwise].errors = (str(refusal),)


class LoginForm(FlaskForm):
    email = EmailField(
        say("E-mail"),
        validators=[InputRequired(say("Enter your e-mail address.")), Length(max=320)],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        say("Password"),
        validators=[InputRequired(say("Enter your password.")), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )


class ButtonForm(FlaskForm):
    """A form that is only its button."""


def _is_address(_form: FlaskForm, field: Field) -> None:
    if emails.normal(field.data or "") is None:
        raise ValidationError(say("Write an e-mail address such as name@company.com."))


class InviteForm(FlaskForm):
    email = EmailField(say("E-mail"), validators=[InputRequired(say("Enter the e-mail address.")), _is_address])
    name = StringField(say("Name"), validators=[InputRequired(say("Enter the name.")), Length(max=120)])
    role = StringField(
        say("May do"),
        default=Role.MARKETER.value,
        validators=[AnyOf([role.value for role in Role], say("Choose what this person may do."))],
    )


class PasswordForm(FlaskForm):
    password = PasswordField(
        say("New password"),
        description=say(
            "At least %(number)s characters. Several words are easier to remember.", number=SHORTEST_PASSWORD
        ),
        validators=[
            InputRequired(say("Enter a password.")),
            Length(
                min=SHORTEST_PASSWORD,
                max=1000,
                message=say("Use at least %(number)s characters.", number=SHORTEST_PASSWORD),
            ),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        say("The same once more"),
        validators=[EqualTo("password", say("The two passwords differ. Enter both again."))],
        render_kw={"autocomplete": "new-password"},
    )


_CODE = {
    "label": say("Code"),
    "validators": [InputRequired(say("Enter the code.")), Length(max=40)],
    "render_kw": {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "off"},
}


class CodeForm(FlaskForm):
    code = StringField(**_CODE)


class RenewalForm(FlaskForm):
    """Beside a CodeForm on the same screen: its field has another name."""

    proof = StringField(**_CODE)


_NONE_OF_THEM = say("“%(value)s” is not a valid choice here.", value="%(value)s")


class OnceForm(FlaskForm):
    """A form that makes one thing, however often it is sent: `key` becomes the public id of it."""

    key = HiddenField(default=public_id, validators=[Regexp(r"[0-9A-Za-z_][0-9A-Za-z_-]{21}\Z")])


class TokenForm(OnceForm):
    """A token for a machine: what it is for, and what it opens."""

    name = StringField(
        say("What it is for"),
        description=say("For instance the system that reads"),
        validators=[InputRequired(say("Say what the token is for.")), Length(max=120)],
    )
    scopes = SelectMultipleField(
        say("What it opens"),
        choices=[SelectChoice(value=scope, label=SCOPES[scope]) for scope in SCOPES],
        default=[MQLS_READ],
        invalid_choice_message=_NONE_OF_THEM,
        validators=[InputRequired(say("Choose what the token opens."))],
    )


class EndpointForm(OnceForm):
    """Where another system wants to be told, and of what."""

    def let_through(self, hosts: Sequence[str]) -> "EndpointForm":
        """The same, saying beside the address what may stand there: `hosts` may lie inside."""
        told = say("It is posted to, and begins with https://")
        if hosts:
            told = say(
                "It is posted to, and begins with https://; http:// is let through to %(hosts)s",
                hosts=", ".join(hosts),
            )
        self.url.description = told
        return self

    url = URLField(
        say("Address"),
        validators=[InputRequired(say("Enter the address that is posted to.")), Length(max=2000)],
    )
    name = StringField(
        say("Name"),
        description=say("What you call it here, for instance “CRM”"),
        validators=[InputRequired(say("Enter a name for it.")), Length(max=120)],
    )
    kinds = SelectMultipleField(
        say("Tell it when"),
        choices=[SelectChoice(value=kind, label=words) for kind, words in KINDS.items()],
        default=list(KINDS),
        invalid_choice_message=_NONE_OF_THEM,
        validators=[InputRequired(say("Choose at least one event."))],
    )


class CampaignForm(FlaskForm):
    """A campaign: what it is called here, and what the platforms call it."""

    name = StringField(say("Name"), validators=[InputRequired(say("Enter a name.")), Length(max=200)])
    aliases = TextAreaField(
        say("Also known as"),
        description=say("One to a line: what utm_campaign really says, or the platform's id. * stands for anything."),
        validators=[Length(max=20_000)],
    )
    budget = DecimalField(say("Budget"), validators=[Optional(), NumberRange(0, 10**12, say("Enter an amount."))])
    begins = DateField(say("Begins"), validators=[Optional()])
    ends = DateField(say("Ends"), validators=[Optional()])

    def __init__(self, currency: str, **given: object) -> None:
        super().__init__(**given)
        self._currency = currency
        self.budget.places = currencies.digits(currency)

    def plan(self) -> Plan:
        """What the fields say."""
        return Plan(
            name=self.name.data,
            aliases=(self.aliases.data or "").replace("\x00", "").splitlines(),
            budget=None if self.budget.data is None else currencies.minor(self.budget.data, self._currency),
            begins=self.begins.data,
            ends=self.ends.data,
        )


class SpanForm(FlaskForm):
    """From one day to another, both included."""

    since = DateField(say("From"), validators=[InputRequired(say("Enter the first day."))])
    until = DateField(say_in("to a day", "To"), validators=[InputRequired(say("Enter the last day."))])

    def validate_until(self, field: Field) -> None:
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError(say("The last day lies before the first."))

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The beginning of the first day, and the end of the last."""
        first = datetime.combine(self.since.data, time(), zone)
        return first, datetime.combine(self.until.data + timedelta(days=1), time(), zone)
