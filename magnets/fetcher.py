"""What a document may load: the files it was given by name, and nothing else."""

import mimetypes
import urllib.parse
from collections.abc import Mapping
from pathlib import Path

from weasyprint.urls import URLFetcher, URLFetcherResponse

# WeasyPrint joins relative addresses with urllib, which joins only schemes it has heard of.
for scheme in ("bundle", "theme"):
    for known in (urllib.parse.uses_relative, urllib.parse.uses_netloc):
        if scheme not in known:
            known.append(scheme)


class Denied(ValueError):
    """The document asked for something it was not given."""


class OwnFilesOnly(URLFetcher):
    """Answers for the addresses it was made with by looking them up; no address is ever taken apart or opened.

    There is no scheme, host or path arithmetic to get around: an address is in the table or it is denied.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self._files = dict(files)

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The bytes of one of the given files; raises Denied for any other address."""
        path = self._files.get(urllib.parse.unquote(url))
        if path is None:
            raise Denied(f"the document may load its own files only, not {url[:120]}")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})
