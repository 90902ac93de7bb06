"""The people of the demo. Nobody here exists: their companies live on example domains."""

import csv
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Plan(StrEnum):
    """What somebody does in the month."""

    READS = "reads"  # the ebook, once
    FORGETS = "forgets"  # asks for the ebook and never opens it
    CHECKS = "checks"  # takes the checklist
    WATCHES = "watches"  # registers for the webinar
    RETURNS = "returns"  # the ebook, then the checklist, then the webinar
    MEASURES = "measures"  # answers the check-up
    ASKS = "asks"  # wants to be contacted


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an arrival comes from: the query of the address and the page before it."""

    query: str = ""
    referrer: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo. `day` counts from the beginning of the month."""

    first_name: str
    last_name: str
    company: str
    job_title: str
    company_size: str
    country: str
    origin: Origin
    plan: Plan
    day: float
    agrees: bool

    @property
    def email(self) -> str:
        """first.last@company.example, in plain letters."""
        return f"{_plain(self.first_name)}.{_plain(self.last_name)}@{_plain(self.company)}.example"


def _plain(words: str) -> str:
    letters = unicodedata.normalize("NFKD", words.lower())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


ORIGINS = {
    "direct": Origin(),
    "linkedin_ad": Origin(
        "utm_source=linkedin&utm_medium=cpc&utm_campaign=one-pipeline&li_fat_id=7c9e6679", "https://www.linkedin.com/"
    ),
    "linkedin_post": Origin("", "https://www.linkedin.com/"),
    "google_ad": Origin(
        "utm_source=google&utm_medium=cpc&utm_campaign=mql-definition&utm_term=what+is+an+mql&gclid=EAIaIQobCh",
        "https://www.google.com/",
    ),
    "google": Origin("", "https://www.google.com/"),
    "bing": Origin("", "https://www.bing.com/"),
    "assistant": Origin("utm_source=chatgpt.com", "https://chatgpt.com/"),
    "newsletter": Origin("utm_source=newsletter&utm_medium=email&utm_campaign=spring-notes"),
    "partner": Origin(
        "utm_source=tidewater&utm_medium=referral&utm_campaign=partner-page", "https://tidewater.example/partners"
    ),
}


def people() -> list[Person]:
    """Everybody in people.csv, in the order in which they arrive."""
    with (Path(__file__).parent / "people.csv").open(encoding="utf-8", newline="") as file:
        return [_person(row) for row in csv.DictReader(file)]


def _person(row: dict[str, str]) -> Person:
    return Person(
        first_name=row["first_name"],
        last_name=row["last_name"],
        company=row["company"],
        job_title=row["job_title"],
        company_size=row["company_size"],
        country=row["country"],
        origin=ORIGINS[row["origin"]],
        plan=Plan(row["plan"]),
        day=float(row["day"]),
        agrees=row["agrees"] == "yes",
    )
