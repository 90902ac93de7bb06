"""Reads the page's part of a bundle, and judges it like somebody who has to answer for it in public."""

from capture.pages.judging.page import define, judge, slug_of

__all__ = ["define", "judge", "slug_of"]
