"""The forms of the studio, each with its CSRF token."""

from flask_wtf import FlaskForm
from wtforms import EmailField, Field, PasswordField, StringField
from wtforms.validators import AnyOf, EqualTo, InputRequired, Length, ValidationError

from capture.accounts.models import Role
from capture.accounts.staff import SHORTEST_PASSWORD
from capture.pages import emails


class LoginForm(FlaskForm):
    email = EmailField(
        "E-mail",
        validators=[InputRequired("Enter your e-mail address."), Length(max=320)],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        "Password",
        validators=[InputRequired("Enter your password."), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )


class ButtonForm(FlaskForm):
    """A form that is only its button."""


def _is_address(_form: FlaskForm, field: Field) -> None:
    if emails.normal(field.data or "") is None:
        raise ValidationError("Write an e-mail address such as name@company.com.")


class InviteForm(FlaskForm):
    email = EmailField("E-mail", validators=[InputRequired("Enter the e-mail address."), _is_address])
    name = StringField("Name", validators=[InputRequired("Enter the name."), Length(max=120)])
    role = StringField(
        "May do",
        default=Role.MARKETER.value,
        validators=[AnyOf([role.value for role in Role], "Choose what this person may do.")],
    )


class PasswordForm(FlaskForm):
    password = PasswordField(
        "New password",
        description=f"At least {SHORTEST_PASSWORD} characters. Several words are easier to remember.",
        validators=[
            InputRequired("Enter a password."),
            Length(min=SHORTEST_PASSWORD, max=1000, message=f"Use at least {SHORTEST_PASSWORD} characters."),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        "The same once more",
        validators=[EqualTo("password", "The two passwords differ. Enter both again.")],
        render_kw={"autocomplete": "new-password"},
    )
