"""An invented company with pages, people and a month of events, so that a new installation has something to show."""

from collections.abc import Mapping
from pathlib import Path


def defaults(base_url: str) -> Mapping[str, str]:
    """What a demo is told where its owner says nothing: the invented company and its own notices."""
    return {
        "LODESTONE_ORGANISATION": "Northwind Works",
        "LODESTONE_MAIL_FROM": "hello@northwind.example",
        "LODESTONE_PRIVACY_URL": f"{base_url}/about/privacy",
        "LODESTONE_LEGAL_URL": f"{base_url}/about/legal-notice",
        "LODESTONE_PRIVACY_URLS": f"de={base_url}/about/privacy/de",
        "LODESTONE_LEGAL_URLS": f"de={base_url}/about/legal-notice/de",
    }


def is_demo(data: Path) -> bool:
    """Whether this data folder was furnished as a demo."""
    return mark_in(data).exists()


def mark_in(data: Path) -> Path:
    """The file that says of a data folder that the demo was begun, or done."""
    return data / "demo"
