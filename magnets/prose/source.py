"""The text of a chapter before it is Markdown: encoding, front matter, and what other tools left in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from magnets.findings import Finding, stop
from magnets.prose import slots
from magnets.prose.slots import Values
from magnets.sentences import quoted, sentence

UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
LEFTOVERS = (
    (re.compile(r"\{%.*?(%\}|$)"), sentence("a tag of a template engine")),
    (re.compile(r"\{\{.*?(\}\}|$)"), sentence("a placeholder of a template engine")),
    (re.compile(r"\{:.*?(\}|$)"), sentence("an attribute list of another Markdown tool; write {.name} or {#name}")),
    (re.compile(r"<%.*?(%>|$)"), sentence("a tag of a template engine")),
    (
        re.compile(r"^\s*\[\[?_?TOC_?\]?\]\s*$", re.IGNORECASE),
        sentence("a table of contents, which the document has anyway"),
    ),
    (re.compile(r"^\s*!!! \w+"), sentence("an admonition of another tool; write `::: callout`")),
    (re.compile(r"^\s*(?:import|export) .+ from ['\"].+['\"];?\s*$"), sentence("a line of program code")),
)
KEPT_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Source:
    """`text` has as many lines as the file: front matter is blanked, so every line number stays true."""

    path: str
    text: str
    title: str
    findings: tuple[Finding, ...]


def load(path: str, file: Path) -> Source:
    """Never fails: what cannot be used is a finding."""
    findings: list[Finding] = []
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        findings.append(
            stop("not-utf-8", sentence("Save this file as UTF-8; this line has bytes that are not."), path, line)
        )
        text = raw.decode("utf-8", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for unwanted in UNWANTED.finditer(text):
        line = text.count("\n", 0, unwanted.start()) + 1
        findings.append(
            stop("control-character", sentence("Delete the invisible control character in this line."), path, line)
        )
    text = UNWANTED.sub("", text)
    title, text, fault = _front_matter(path, text)
    return Source(path, text, title, (*findings, *([fault] if fault else [])))


def _front_matter(path: str, text: str) -> tuple[str, str, Finding | None]:
    if not re.match(r"---[ \t]*\n", text):
        return "", text, None
    block = FRONT_MATTER.match(text)
    if block is None:
        message = sentence("The front matter has no end; write a line --- below its last key.")
        return "", text, stop("front-matter", message, path, 1)
    rest = "\n" * block.group(0).count("\n") + text[block.end() :]
    try:
        return _title(yaml.compose(block.group(1), Loader=yaml.SafeLoader)), rest, None
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        message = sentence(
            "The front matter does not parse: %(problem)s. Quote the value, or delete the line.",
            problem=wrong.problem or "" or "",
        )
        return "", rest, stop("front-matter", message, path, mark.line + 2 if mark else 1)
    except (yaml.YAMLError, RecursionError, _NotAMapping):
        message = sentence("The front matter does not parse; write `title: …` between two lines ---, or delete it.")
        return "", rest, stop("front-matter", message, path, 1)


class _NotAMapping(Exception):
    pass


def _title(root: yaml.Node | None) -> str:
    """Nodes are read, objects are never built: dates, tags and aliases of other tools do no harm."""
    if root is None:
        return ""
    if not isinstance(root, yaml.MappingNode):
        raise _NotAMapping
    for key, value in root.value:
        if key.value == "title" and isinstance(value, yaml.ScalarNode):
            return " ".join(str(value.value).split())
    return ""


def leftovers(source: Source, code_lines: set[int], known: Values) -> Iterator[Finding]:
    """Directives of other tools outside of code; they would be printed as they are."""
    for number, line in enumerate(source.text.split("\n"), start=1):
        if number in code_lines:
            continue
        prose = slots.without(CODE_SPAN.sub("", line), known)
        for pattern, what in LEFTOVERS:
            if found := pattern.search(prose):
                shown = found.group(0).strip()[:KEPT_LENGTH]
                message = sentence("Delete or replace %(shown)s: it is %(what)s.", shown=quoted(shown), what=what)
                yield stop("leftover", message, source.path, number)
