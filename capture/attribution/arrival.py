"""What a request tells of the visitor behind it: plain values, built by web/visitor.py."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request of a visitor. Header values are as sent: any text, of any length."""

    cookie: str | None
    path: str
    query: str
    referrer: str
    user_agent: str
    own_host: str  # host and port of the configured base URL
    is_staff: bool = False  # somebody who has logged in to the studio with this browser
    takes_cookies: bool = True  # not where a form stands inside another site
