"""Where links and pictures of a chapter lead to: inside the document, to the web, or to nowhere."""

import difflib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from magnets.sentences import quoted, sentence

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg")


class NoTarget(Exception):
    """Carries the code and the sentence of the finding."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Book:
    """What can be linked to: the names of the files, and the anchors of each chapter by its path."""

    files: frozenset[str]
    anchors: Mapping[str, Mapping[str, str]]

    def link(self, href: str, chapter: str) -> str:
        """The address to print: #anchor, http, https or mailto; raises NoTarget."""
        href = href.strip()
        scheme = SCHEME.match(href)
        if scheme:
            return _outside(scheme.group(1).lower(), href)
        if href.startswith("//"):
            raise NoTarget(
                "bad-address", sentence("Write the whole address with https: before %(href)s.", href=quoted(href))
            )
        path, _, fragment = href.partition("#")
        if not path:
            return self._inside(chapter, unquote(fragment))
        return self._other_file(unquote(path.partition("?")[0]), unquote(fragment), chapter)

    def picture(self, address: str, chapter: str) -> str:
        """The path of the file in the bundle; raises NoTarget."""
        if SCHEME.match(address) or address.startswith("//"):
            raise NoTarget(
                "remote-image",
                sentence(
                    "Put the picture itself into the folder; %(address)s is not fetched.", address=quoted(address[:80])
                ),
            )
        wanted = unquote(address.partition("?")[0].partition("#")[0])
        for path in (_beside(chapter, wanted), _beside("", wanted)):
            if path in self.files:
                return _a_picture(path)
        near = difflib.get_close_matches(wanted.rsplit("/", 1)[-1], [f.rsplit("/", 1)[-1] for f in self.files], n=1)
        hint = sentence(" Did you mean %(near)s?", near=quoted(near[0])) if near else ""
        raise NoTarget(
            "missing-image",
            sentence(
                "There is no picture %(wanted)s; add it or take it out.%(hint)s", wanted=quoted(wanted), hint=hint
            ),
        )

    def _inside(self, chapter: str, fragment: str) -> str:
        """An anchor of this chapter, else the only one of that name in the document."""
        if not fragment:
            raise NoTarget(
                "link-to-nowhere", sentence("This link has no address; write one, or take the brackets away.")
            )
        if fragment in self.anchors[chapter]:
            return "#" + self.anchors[chapter][fragment]
        elsewhere = [path for path, anchors in self.anchors.items() if fragment in anchors]
        if len(elsewhere) == 1:
            return "#" + self.anchors[elsewhere[0]][fragment]
        if elsewhere:
            wanted = " or ".join(
                f"{posixpath.relpath(path, posixpath.dirname(chapter))}#{fragment}" for path in elsewhere
            )
            raise NoTarget(
                "link-to-nowhere",
                sentence(
                    "Several chapters have a heading #%(fragment)s; write %(wanted)s.", fragment=fragment, wanted=wanted
                ),
            )
        every = [name for anchors in self.anchors.values() for name in anchors if name]
        near = difflib.get_close_matches(fragment, every, n=1)
        hint = sentence(" Did you mean #%(near)s?", near=near[0]) if near else ""
        raise NoTarget(
            "link-to-nowhere",
            sentence("There is no heading #%(fragment)s; correct the link.%(hint)s", fragment=fragment, hint=hint),
        )

    def _other_file(self, path: str, fragment: str, chapter: str) -> str:
        candidates = [_beside(chapter, path), _beside("", path)]
        for found in (name for name in candidates if name in self.anchors):
            anchors = self.anchors[found]
            if fragment in anchors:
                return "#" + anchors[fragment]
            raise NoTarget(
                "link-to-nowhere",
                sentence("%(found)s has no heading #%(fragment)s; correct the link.", found=found, fragment=fragment),
            )
        if any(name in self.files for name in candidates):
            message = sentence(
                "A reader cannot open %(path)s from the document; link to where it is published.", path=quoted(path)
            )
            raise NoTarget("link-to-nowhere", message)
        raise NoTarget(
            "link-to-nowhere",
            sentence("%(path)s leads to nowhere; write the whole address or a chapter's file name.", path=quoted(path)),
        )


def _outside(scheme: str, href: str) -> str:
    if scheme == "mailto":
        if MAIL.fullmatch(unquote(href[7:].partition("?")[0])):
            return href
        raise NoTarget("bad-address", sentence("%(href)s has no complete e-mail address.", href=quoted(href)))
    if scheme not in ("http", "https"):
        raise NoTarget(
            "bad-scheme",
            sentence("Links begin with https:, http: or mailto:; %(scheme)s: is not allowed.", scheme=scheme),
        )
    try:
        parts = urlsplit(href)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        host = ""
    if not host or not re.fullmatch(r"[^\s<>\"'\\^`{|}]+", href):
        raise NoTarget("bad-address", sentence("%(href)s is not a complete web address.", href=quoted(href[:80])))
    return href


def _beside(chapter: str, path: str) -> str:
    """A path as written in a chapter, seen from the bundle's folder; what leads outside is not found there."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(chapter), path.lstrip("/") if not chapter else path))


def _a_picture(path: str) -> str:
    if not path.lower().endswith(PICTURES):
        raise NoTarget(
            "not-a-picture",
            sentence("%(path)s cannot be printed; use %(known)s.", path=quoted(path), known=", ".join(PICTURES)),
        )
    return path


def address_of(path: str) -> str:
    """A bundle path as it stands in HTML."""
    return quote(path)
