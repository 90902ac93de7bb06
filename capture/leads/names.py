"""Names of people and companies as they are compared."""

import re
import unicodedata

LONGEST_KEY = 200


def plain(text: str) -> str:
    """Words without marks and capitals, in the order of the alphabet: `Byron, Áda` is `ada byron`."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(sorted(re.findall(r"\w+", bare.casefold())))


def key(name: str) -> str:
    """What an index keeps of it. Two names that are plainly the same have the same key; others rarely do."""
    return plain(name)[:LONGEST_KEY]
