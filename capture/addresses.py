"""Every public URL of the product, from the configured base URL and never from the Host header."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_SERVED = "address"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Full addresses below one base URL (without a slash at its end)."""

    base: str

    def page(self, slug: str) -> str:
        """A landing page."""
        return f"{self.base}/{quote(slug)}"

    def thanks(self, token: str) -> str:
        """The page after a fill."""
        return f"{self.base}/thanks/{token}"

    def download(self, token: str) -> str:
        """The lead's own copy."""
        return f"{self.base}/get/{token}"

    def confirm(self, token: str) -> str:
        """The page with the button of a double opt-in."""
        return f"{self.base}/confirm/{token}"

    def withdraw(self, token: str) -> str:
        """The one-button page that withdraws contact; also the RFC 8058 target."""
        return f"{self.base}/withdraw/{token}"

    def join(self, token: str) -> str:
        """The one-button page that leads into a webinar."""
        return f"{self.base}/join/{token}"

    def inside(self, grant_token: str) -> str:
        """Prefix of the tracked links inside a document; the link's number follows."""
        return f"{self.base}/l/{grant_token}/"

    def picture(self, sha: str, ending: str = "webp") -> str:
        """A page picture or a cover of a published edition."""
        return f"{self.base}/pictures/{sha}.{ending}"

    def studio(self, path: str = "") -> str:
        """A screen of the studio."""
        return f"{self.base}/studio/{path}"

    def studio_login(self, token: str) -> str:
        """The page with the button that redeems a one-time login link."""
        return f"{self.base}/studio/login/{token}"

    def studio_provider(self) -> str:
        """Where the provider sends people back to."""
        return f"{self.base}/studio/login/provider/return"

    def mql_feed(self) -> str:
        """The sales feed."""
        return f"{self.base}/api/v1/mqls"


def remember(served: str, data: Path) -> None:
    """Keep the address that is served, so that other commands print links to it and not to the default port."""
    (data / _SERVED).write_text(served, encoding="utf-8")


def last_served(data: Path) -> str | None:
    """The address that this data folder was last served at."""
    path = data / _SERVED
    return path.read_text(encoding="utf-8").strip() or None if path.exists() else None
