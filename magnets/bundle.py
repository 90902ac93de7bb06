"""A magnet as a folder: read it, and judge the document in it like an editor before it goes to print."""

from magnets.definition import (
    Author,
    Brand,
    CoverArt,
    Lettering,
    LinkPolicy,
    MagnetDefinition,
    MagnetKind,
    PageSize,
    Theme,
    Voice,
)
from magnets.editor import remarks
from magnets.findings import Finding, in_reading_order
from magnets.folder import Bundle, BundleUnreadable, read
from magnets.manuscript import compose

__all__ = [
    "Author",
    "Brand",
    "Bundle",
    "BundleUnreadable",
    "CoverArt",
    "Lettering",
    "LinkPolicy",
    "MagnetDefinition",
    "MagnetKind",
    "PageSize",
    "Theme",
    "Voice",
    "check",
    "read",
]


def check(bundle: Bundle) -> list[Finding]:
    """Every fault of the document part with file and line, what stops publishing first.

    The tables [page], [form] and the others that make the landing page are judged where pages are defined.
    """
    manuscript = compose(bundle)
    findings = [*bundle.faults, *manuscript.findings, *remarks(bundle, manuscript)]
    if bundle.magnet.kind is MagnetKind.FILE:
        from magnets import finished  # and with it all that opens a PDF, which nothing else is judged by

        findings += finished.judge(bundle)
    return in_reading_order(findings)
