"""Reads the page's part of a bundle, and judges it like somebody who has to answer for it in public."""

from capture.pages.judging.page import define, fault_of_slug, judge, slug_of

__all__ = ["define", "fault_of_slug", "judge", "slug_of"]
