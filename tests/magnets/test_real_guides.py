"""Guides that were written for other tools: refused as they are, fit to print once they are cleaned."""

import re
from pathlib import Path

import pytest

from magnets import bundle
from magnets.findings import Finding
from magnets.manuscript import compose
from tests import guides

NOTE = re.compile(r"^\[\^[^\]\s]+\]:[ ]*(.+)$", re.MULTILINE)


def of_guides(guide: Path) -> str:
    return guide.name


every_guide = pytest.mark.parametrize("guide", guides.folders(), ids=of_guides)


def stopping(folder: Path) -> list[Finding]:
    return [finding for finding in bundle.check(bundle.read(folder)) if finding.stops]


@every_guide
def test_a_guide_is_refused_as_it_is(tmp_path: Path, guide: Path) -> None:
    found = stopping(guides.as_bundle(guide, tmp_path))

    assert {"leftover", "leftover-html"} & {finding.code for finding in found}
    assert all(finding.path.endswith(".md") and finding.line for finding in found)


def test_the_kinds_of_faults_that_real_guides_have_are_all_found(tmp_path: Path) -> None:
    codes = {finding.code for guide in guides.folders() for finding in stopping(guides.as_bundle(guide, tmp_path))}

    assert codes >= {"leftover", "leftover-html", "link-to-nowhere", "missing-image"}


@every_guide
def test_every_fault_stands_in_the_line_that_is_named(tmp_path: Path, guide: Path) -> None:
    signs = {
        "leftover": r"\{%|\{\{|\{:",
        "leftover-html": "<",
        "link-to-nowhere": r"\]\(|<a ",
        "missing-image": r"!\[",
    }
    folder = guides.as_bundle(guide, tmp_path)

    for finding in stopping(folder):
        line = (folder / finding.path).read_text("utf-8").splitlines()[(finding.line or 0) - 1]
        assert re.search(signs.get(finding.code, ""), line), f"{finding.place}: {finding.code}: {line}"


@every_guide
def test_a_cleaned_guide_can_be_published(tmp_path: Path, guide: Path) -> None:
    assert stopping(guides.cleaned(guide, tmp_path)) == []


@every_guide
def test_a_cleaned_guide_keeps_its_chapters_and_their_titles(tmp_path: Path, guide: Path) -> None:
    chapters = compose(bundle.read(guides.cleaned(guide, tmp_path))).chapters

    files = [path for path in sorted(guide.glob("*.md")) if path.stem.lower() != "license"]
    assert [chapter.path for chapter in chapters] == [path.name for path in files]
    assert all(chapter.title in path.read_text("utf-8") for chapter, path in zip(chapters, files, strict=True))
    assert all(chapter.words > 50 and chapter.minutes >= 1 for chapter in chapters)


@every_guide
def test_no_footnote_is_lost(tmp_path: Path, guide: Path) -> None:
    folder = guides.cleaned(guide, tmp_path)

    for chapter in compose(bundle.read(folder)).chapters:
        printed = re.findall(r'<span class="footnote">(.*?)</span>', chapter.html, re.DOTALL)
        written = NOTE.findall((folder / chapter.path).read_text("utf-8"))
        assert len(printed) >= len(written)
        for note in written:
            first_words = re.findall(r"\w+", re.sub(r"<[^>]*>|\[|\]\([^)]*\)", " ", note))[:4]
            assert any(re.findall(r"\w+", re.sub(r"<[^>]*>", " ", text))[:4] == first_words for text in printed)


@every_guide
def test_nothing_of_another_tool_is_printed(tmp_path: Path, guide: Path) -> None:
    html = "".join(chapter.html for chapter in compose(bundle.read(guides.cleaned(guide, tmp_path))).chapters)

    assert not re.search(r"\{%|\{\{|\{:|markdown=|&lt;(?:aside|div|img)", html)
