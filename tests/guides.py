"""Real guides as real input: copied with a definition of ours, and cleaned the way an editor would."""

import os
import re
import shutil
from pathlib import Path

MESSY = Path(__file__).parent / "magnets" / "messy-guide"

DEFINITION = """format = 1

[magnet]
slug = "{slug}"
kind = "ebook"
title = "{title}"
summary = "A guide that was written for another tool, cleaned for print."
authors = [{{ name = "The field guide team" }}]
language = "en"
theme = "folio"

[brand]
name = "Northwind Works"
colour = "#0f5c4d"
website = "https://northwind.example"

[page]
headline = "{title}"
promise = "What works, from people who did it."
outcomes = ["Plan with less risk", "Ask better questions", "Know when to stop"]
audience = ["People who start projects"]
button = "Send me the guide"

[[form.fields]]
key = "email"
kind = "email"
label = "Work e-mail"
required = true
fills = "email"

[[form.fields]]
key = "name"
kind = "text"
label = "Name"
required = true
fills = "name"
"""


def folders() -> list[Path]:
    """The guides in the folder LODESTONE_GUIDES, or else a messy one of our own with the same kinds of faults."""
    given = os.environ.get("LODESTONE_GUIDES")
    return sorted(path for path in Path(given).iterdir() if path.is_dir()) if given else [MESSY]


def as_bundle(guide: Path, into: Path) -> Path:
    """The guide as it is, with nothing but a magnet.toml added."""
    folder = into / guide.name
    folder.mkdir(parents=True)
    for file in sorted(guide.iterdir()):
        shutil.copy(file, folder / file.name)
        (folder / file.name).chmod(0o644)
    title = guide.name.replace("-", " ").capitalize()
    (folder / "magnet.toml").write_text(DEFINITION.format(slug=guide.name, title=title), "utf-8")
    return folder


def cleaned(guide: Path, into: Path) -> Path:
    """The guide as a bundle that can be published: every text stays, what only another tool understands goes."""
    folder = as_bundle(guide, into)
    for chapter in folder.glob("*.md"):
        chapter.write_text(clean_chapter(chapter.read_text("utf-8")), "utf-8")
    return folder


def clean_chapter(text: str) -> str:
    title, body = _title_and_body(text)
    for step in (
        _without_html,
        _without_directives,
        _without_pictures,
        _without_dead_links,
        _without_loose_notes,
        _tidy,
    ):
        body = step(body)
    return f"---\ntitle: {title!r}\n---\n{body}"


def _title_and_body(text: str) -> tuple[str, str]:
    matter = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if not matter:
        heading = re.match(r"# (.+)\n", text)
        return (heading.group(1), text[heading.end() :]) if heading else ("Chapter", text)
    title = re.search(r"^title:\s*['\"]?(.*?)['\"]?\s*$", matter.group(1), re.MULTILINE)
    return title.group(1) if title else "Chapter", text[matter.end() :]


def _without_html(body: str) -> str:
    """Pull quotes keep their words; layout boxes, labels and pictures by tag go."""
    body = re.sub(r"<img\b[^>]*>", "", body)
    body = re.sub(r"<a href=\"(#[^\"]*|/[^\"]*)\"[^>]*>(.*?)</a>", r"\2", body, flags=re.DOTALL)
    return re.sub(r"</?(?:aside|p|div|label|input|br|span|nav|script|section)\b[^>]*>", "", body)


def _without_directives(body: str) -> str:
    body = re.sub(r"\[([^\]]*)\]\(\{\{.*?\}\}[^)]*\)", r"\1", body)
    body = re.sub(r"\{%.*?%\}", "", body, flags=re.DOTALL)
    body = re.sub(r"\{\{.*?\}\}", "", body, flags=re.DOTALL)
    return re.sub(r"\{:[^}]*\}", "", body)


def _without_pictures(body: str) -> str:
    return re.sub(r"!\[[^\]]*\]\([^)]*\)", "", body)


def _without_dead_links(body: str) -> str:
    """Links into a site that is not here become plain words; links to the web stay."""
    return re.sub(r"(?<!!)\[([^\]\[]*)\]\((?!https?://|mailto:)[^)]*\)", r"\1", body)


def _without_loose_notes(body: str) -> str:
    """A call without a note goes; notes themselves all stay."""
    written = set(re.findall(r"^\[\^([^\]\s]+)\]:", body, re.MULTILINE))
    return re.sub(r"\[\^([^\]\s]+)\](?!:)", lambda call: call.group(0) if call.group(1) in written else "", body)


def _tidy(body: str) -> str:
    """A heading above the notes has nothing below it any more: notes stand at the foot of their page."""
    return re.sub(r"^#+ (?:Footnotes|Notes)\s*$", "", body, flags=re.MULTILINE)
