"""A magnet as a folder: read it, and judge the document in it like an editor before it goes to print."""

from magnets.definition import (
    Author,
    Brand,
    CoverArt,
    LinkPolicy,
    MagnetDefinition,
    MagnetKind,
    PageSize,
    Theme,
)
from magnets.findings import Finding, in_reading_order, stop
from magnets.folder import Bundle, BundleUnreadable, read
from magnets.manuscript import compose

__all__ = [
    "Author",
    "Brand",
    "Bundle",
    "BundleUnreadable",
    "CoverArt",
    "LinkPolicy",
    "MagnetDefinition",
    "MagnetKind",
    "PageSize",
    "Theme",
    "check",
    "read",
]


def check(bundle: Bundle) -> list[Finding]:
    """Every fault of the document part with file and line, what stops publishing first.

    The tables [page], [form] and the others that make the landing page are judged where pages are defined.
    """
    return in_reading_order([*bundle.faults, *_chapters(bundle), *compose(bundle).findings])


def _chapters(bundle: Bundle) -> list[Finding]:
    missing = [
        stop(
            "missing-chapter",
            f"There is no file {path}; correct the name or add it.",
            "magnet.toml",
            bundle.line_of("magnet", "chapters", number),
        )
        for number, path in enumerate(bundle.magnet.chapters)
        if path not in bundle.files
    ]
    if not bundle.chapters and bundle.magnet.kind is not MagnetKind.WEBINAR:
        missing.append(stop("no-chapters", "Add at least one Markdown file in chapters/.", "magnet.toml"))
    return missing
