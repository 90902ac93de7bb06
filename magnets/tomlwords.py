"""What is wrong with TOML, in our words: those of its reader are English, with the reader's own quotation marks."""

import tomllib

from magnets.sentences import Sentence, sentence

# How a sentence of the reader begins, and ours.
_WHY = (
    ("Expected '='", sentence("a “=” is missing after a name")),
    ("Expected newline", sentence("something stands on this line that does not belong there")),
    ("Expected ']", sentence("a “]” is missing")),
    ("Cannot overwrite", sentence("a name stands there twice")),
    ("Cannot declare", sentence("a table stands there twice")),
    ("Cannot mutate", sentence("a table stands there twice")),
    ("Cannot redefine", sentence("a table stands there twice")),
    ("Duplicate inline table key", sentence("a name stands there twice")),
    ("Unterminated string", sentence("a text is never closed")),
    ("Unclosed array", sentence("a list is never closed")),
    ("Unclosed inline table", sentence("a “}” is missing")),
    ("Illegal character", sentence("a text is never closed, or holds a character that has to be written otherwise")),
    ("Unescaped", sentence("a “\\” in a text has to be written twice")),
    ("Invalid date", sentence("this is not a date")),
    ("Invalid initial character", sentence("a name is missing, or begins with a character that a name may not have")),
    ("Invalid statement", sentence("a line begins with something that is no name")),
    ("Invalid value", sentence("a value is missing, or not written as TOML has it")),
)
_OTHER = sentence("something is not written as TOML has it")


def why(wrong: tomllib.TOMLDecodeError | RecursionError) -> Sentence:
    """The reason of a fault, without its place."""
    return next((ours for begins, ours in _WHY if str(wrong).startswith(begins)), _OTHER)
