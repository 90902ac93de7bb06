"""A finished PDF of the marketer's: looked at, cleaned, marked and made smaller in a limited child process."""

from magnets.finished.marking import LINE
from magnets.finished.press import Examined, FileUnusable, Pressed, examine, judge, press

__all__ = ["LINE", "Examined", "FileUnusable", "Pressed", "examine", "judge", "press"]
