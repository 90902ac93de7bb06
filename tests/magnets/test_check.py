"""A bundle is judged like an editor would: file, line, and what to do."""

from pathlib import Path

import pytest

from magnets import bundle
from magnets.editor import contrast_with_white
from magnets.findings import Finding
from magnets.manuscript import compose
from tests.magnets.bundles import a_bundle, a_folder, a_picture, findings, places

LONG_SENTENCE = "Organisational transformation necessitates comprehensive stakeholder alignment " * 8


def stopping(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.place) for finding in found if finding.stops]


def advised(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.place) for finding in found if not finding.stops]


def test_a_picture_without_an_address_is_advice_and_prints_nothing(tmp_path: Path) -> None:
    given = a_bundle(tmp_path, "# Maps\n\nUseful:\n\n![A map]()\n")

    assert ("picture-left-behind", "chapters/01-one.md:5") in advised(bundle.check(given))
    assert compose(given).chapters[0].html.count("<p") == 1


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("![A chart](gone.png)", "missing-image", 3),
        ("a\nb ![A chart](gone.png)", "missing-image", 4),
        ("![A chart](https://a.example/chart.png)", "remote-image", 3),
        ("![A chart](notes.txt)", "not-a-picture", 3),
        ("![](here.png)", "missing-alt-text", 3),
        ("[back](#nowhere)", "link-to-nowhere", 3),
        ("[next](09-nine.md)", "link-to-nowhere", 3),
        ("[next](02-two.md#nowhere)", "link-to-nowhere", 3),
        ("[site](/pricing)", "link-to-nowhere", 3),
        ("[file](notes.txt)", "link-to-nowhere", 3),
        ("[empty]()", "link-to-nowhere", 3),
        ("a\n[x](javascript:alert(1))", "bad-scheme", 4),
        ("[call](tel:+4930123)", "bad-scheme", 3),
        ("[x](//a.example)", "bad-address", 3),
        ("[x](https://)", "bad-address", 3),
        ("[x](https://a.example:port/)", "bad-address", 3),
        ("[x](https://[::1/)", "bad-address", 3),
        ("[x](mailto:nobody)", "bad-address", 3),
        ("a\n\nb {% include 'x.html' %}", "leftover", 5),
        ("{% include 'x.html' %}", "leftover", 3),
        ("{{ site.title }}", "leftover", 3),
        ("a\n\nFor {{compny|you}}.", "unknown-slot", 5),
        ("For {{company}}.", "no-fallback", 3),
        ("## For {{company|you}}", "slot-misplaced", 3),
        ("[see {{company|you}}](https://a.example/)", "slot-misplaced", 3),
        ("A claim.[^n]\n\n[^n]: By {{company|you}}.", "slot-misplaced", 5),
        ("Beside it {{qr https://a.example/|Call}}", "slot-misplaced", 3),
        ("For {{company|you|wide}}.", "bad-width", 3),
        ("{{qr a.example|Call}}", "bad-address", 3),
        ("{{qr https://a.example/}}", "no-label", 3),
        ("{{bar company|Yours}}", "not-a-number", 3),
        ("{{bar size|Yours}}", "unknown-slot", 3),
        ("{{radar}}", "unknown-slot", 3),
        ('[x]({{ "/a/" | url }})', "leftover", 3),
        ("text\n{: .lead}", "leftover", 4),
        ("[[_TOC_]]", "leftover", 3),
        ("!!! note\n    x", "leftover", 3),
        ("<%= title %>", "leftover", 3),
        ("import Chart from './chart.js'", "leftover", 3),
        ("<aside>\nwords\n</aside>", "leftover-html", 3),
        ('a\n<img src="here.png" alt="x">', "leftover-html", 4),
        ("<b>never closed", "unclosed-html", 3),
        ("closed</b> before", "unclosed-html", 3),
        ("claim[^gone]", "note-missing", 3),
        ("a[^n] b\n\n[^n]: One.\n\n[^n]: Two.", "note-twice", 7),
        ("::: callout\nnever closed", "unclosed-block", 3),
        ("::: spoiler\nx\n:::", "unknown-block", 3),
        ("##\n\nwords", "empty-heading", 3),
        ("a\u0007b", "control-character", 3),
        ('```chart\nkind = "cake"\n```', "bad-chart", 3),
        ('```chart\nkind = "bar"\nrows = nine\n```', "bad-chart", 5),
    ],
)
def test_a_fault_that_would_be_printed_stops(tmp_path: Path, text: str, code: str, line: int) -> None:
    a_picture(tmp_path / "here.png")
    (tmp_path / "notes.txt").write_text("x", "utf-8")

    found = findings(tmp_path, f"# Start\n\n{text}\n\nMore words.\n", "# Two\n\nWords.\n")

    assert (code, f"chapters/01-one.md:{line}") in stopping(found)


@pytest.mark.parametrize(
    "text",
    [
        "`{{ code }}` and ``{% code %}``",
        "```\n{% include 'x' %}\n::: nothing\n[^x]\n```",
        "    {{ indented code }}",
        "<!-- more -->\n\nwords\n\n<!-- a comment\n\nwith {{ braces? no }} -->".replace("{{ braces? no }}", "braces"),
        "a <kbd>Ctrl</kbd> H<sub>2</sub>O<br>new line",
        '<a href="https://a.example">a link</a>',
        "<mail@a.example> and <https://a.example/x?y=1#z>",
        "[x](https://bücher.example/ä) [y](HTTPS://A.EXAMPLE)",
        "[^0-9] in `[^0-9]`\n\n[^0-9]: a note",
        ":::: callout\n::: pull\nx\n:::\n::::",
        "a\n\n---\n\nb",
        "{.lead}\nA first paragraph.",
        "![leaf](here.png){.decorative}",
        "50 % {a set} of {things}",
    ],
)
def test_what_is_right_is_left_alone(tmp_path: Path, text: str) -> None:
    a_picture(tmp_path / "here.png")

    found = findings(tmp_path, f"# Start\n\n![A picture](here.png)\n\n{text}\n\nMore words.\n")

    assert found == []


def test_front_matter_that_does_not_parse_names_its_line(tmp_path: Path) -> None:
    assert places(findings(tmp_path, "---\ntitle: a\ntags: [a, b\n---\n\n# T\n\nx\n"), "front-matter") == [
        "chapters/01-one.md:4"
    ]
    assert places(findings(tmp_path, "---\na: b\nc: d: e\n---\n\n# T\n\nx\n"), "front-matter") == [
        "chapters/01-one.md:3"
    ]
    assert places(findings(tmp_path, "---\njust words\n---\n\n# T\n\nx\n"), "front-matter") == ["chapters/01-one.md:1"]
    assert places(findings(tmp_path, "---\ntitle: a\n\n# T\n\nx\n"), "front-matter") == ["chapters/01-one.md:1"]


@pytest.mark.parametrize(
    "matter",
    [
        "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]",
        "a: !!python/object/apply:os.system ['true']",
        "a: !unknown x",
        "when: 2031-99-99",
    ],
)
def test_front_matter_is_read_but_never_built(tmp_path: Path, matter: str) -> None:
    assert findings(tmp_path, f"---\n{matter}\ntitle: T\n---\n\nwords\n") == []


def test_front_matter_that_is_too_deep_is_a_fault_and_no_crash(tmp_path: Path) -> None:
    found = findings(tmp_path, f"---\na: {'[' * 3000}{']' * 3000}\n---\n\n# T\n\nx\n")

    assert stopping(found) == [("front-matter", "chapters/01-one.md:1")]


def test_lines_stay_true_below_front_matter(tmp_path: Path) -> None:
    found = findings(tmp_path, "---\ntitle: T\nlayout: page\n---\n\nwords\n\n[x](#gone)\n")

    assert stopping(found) == [("link-to-nowhere", "chapters/01-one.md:8")]


def test_a_chapter_needs_a_title_and_a_text(tmp_path: Path) -> None:
    found = findings(tmp_path, "words only\n", "# A title only\n", "")

    assert places(found, "no-chapter-title") == ["chapters/01-one.md:1", "chapters/03-three.md:1"]
    assert places(found, "empty-chapter") == ["chapters/02-two.md:1", "chapters/03-three.md:1"]


def test_a_chapter_in_another_encoding_names_its_line(tmp_path: Path) -> None:
    place = a_folder(tmp_path)
    (place / "chapters" / "01-one.md").write_bytes("# Start\n\nFür alle\n".encode("latin-1"))

    assert stopping(bundle.check(bundle.read(place))) == [("not-utf-8", "chapters/01-one.md:3")]


def test_advice_leaves_the_choice_to_the_author(tmp_path: Path) -> None:
    a_picture(tmp_path / "stray.png")
    text = "# Start\n\n#### Deep\n\na\n\n# Second\n\nb {.x}\n\n`c`{.shiny}\n\n[^n]: Never called.\n\n## Last\n"

    found = findings(tmp_path, text)

    assert advised(found) == [
        ("heading-skips-level", "chapters/01-one.md:3"),
        ("second-title", "chapters/01-one.md:7"),
        ("unknown-class", "chapters/01-one.md:11"),
        ("note-not-called", "chapters/01-one.md:13"),
        ("empty-section", "chapters/01-one.md:15"),
        ("unused-file", "stray.png"),
    ]
    assert stopping(found) == []


def test_what_stops_comes_first(tmp_path: Path) -> None:
    found = findings(tmp_path, "# A\n\n#### Deep\n\n[x](#gone)\n")

    assert [finding.stops for finding in found] == [True, False]


def test_every_finding_says_what_to_do(tmp_path: Path) -> None:
    for finding in findings(tmp_path, "[x](#gone) ![](a.png) {{ x }} <aside> [^n]\n"):
        assert finding.message.endswith(".")
        assert any(verb in finding.message for verb in ("Take", "Delete", "correct", "add", "Begin", "write"))


def test_a_near_miss_is_answered_with_the_right_name(tmp_path: Path) -> None:
    a_picture(tmp_path / "Funnel.png")

    messages = [
        finding.message
        for finding in findings(tmp_path, "# T\n\n![f](funnel.png)\n\n[x](#the-fannel)\n\n## The funnel\n\ny\n")
    ]

    assert any("Did you mean “Funnel.png”?" in message for message in messages)
    assert any("Did you mean #the-funnel?" in message for message in messages)


def test_a_link_that_could_mean_two_headings_asks_which(tmp_path: Path) -> None:
    part = "# T\n\n## Part\n\ntext\n"

    found = findings(tmp_path, "# T\n\n[x](#part)\n", part, part)

    [finding] = found
    assert finding.message == "Several chapters have a heading #part; write 02-two.md#part or 03-three.md#part."


def test_pictures_that_print_badly_are_named(tmp_path: Path) -> None:
    a_picture(tmp_path / "small.png", width=200)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (tmp_path / "drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', "utf-8")
    (tmp_path / "page.svg").write_text("<html></html>", "utf-8")
    (tmp_path / "bomb.svg").write_text('<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>', "utf-8")
    names = ("small.png", "broken.png", "drawing.svg", "page.svg", "bomb.svg")

    found = findings(tmp_path, "# T\n\n" + "\n\n".join(f"![A picture]({name})" for name in names))

    assert stopping(found) == [("unreadable-image", name) for name in ("bomb.svg", "broken.png", "page.svg")]
    assert advised(found) == [("small-image", "small.png")]
    assert found[-1].message == "200 pixels print sharply up to 33 mm; use 354 or more for 60 mm."


def test_a_picture_of_absurd_size_is_not_opened(tmp_path: Path) -> None:
    header = bytes.fromhex("89504e470d0a1a0a0000000d49484452000186a0000186a00802000000")
    (tmp_path / "bomb.png").write_bytes(header + b"\0\0\0\0")

    found = findings(tmp_path, "# T\n\n![A picture](bomb.png)\n")

    assert [(code, place) for code, place in stopping(found) if place == "bomb.png"] != []


def test_a_cover_has_to_fill_a_page(tmp_path: Path) -> None:
    a_picture(tmp_path / "cover.png", width=800, height=1100)

    found = findings(tmp_path, more='cover = "cover.png"\n')

    assert advised(found) == [("small-image", "cover.png")]


def test_a_wide_table_a_pale_colour_and_a_long_title_are_pointed_out(tmp_path: Path) -> None:
    row = "|" + " a |" * 7
    table = f"{row}\n|{'---|' * 7}\n{row}\n"
    title = "A title that goes on and on until it no longer fits on the cover of a book"

    book = a_bundle(tmp_path, f"# T\n\n{table}", more='[brand]\ncolour = "#ffe680"\n')
    (tmp_path / "magnet.toml").write_text((tmp_path / "magnet.toml").read_text().replace("One pipeline", title))

    assert advised(bundle.check(book)) == [("wide-table", "chapters/01-one.md:3"), ("pale-colour", "magnet.toml:9")]
    assert ("long-title", "magnet.toml:6") in advised(bundle.check(bundle.read(tmp_path)))


def test_contrast_is_measured_as_browsers_do() -> None:
    assert contrast_with_white("#000000") == pytest.approx(21)
    assert contrast_with_white("#ffffff") == pytest.approx(1)
    assert contrast_with_white("#767676") == pytest.approx(4.54, abs=0.01)


def test_hard_reading_is_pointed_out_and_plain_words_are_not(tmp_path: Path) -> None:
    hard = f"# Hard\n\n{LONG_SENTENCE}.\n\n{LONG_SENTENCE}.\n\n{LONG_SENTENCE}.\n\n{LONG_SENTENCE}.\n"
    plain = "# Plain\n\n" + "Call the lead today. Say who you are. Ask what they need. " * 20

    found = findings(tmp_path, hard, plain)

    assert advised(found) == [("hard-reading", "chapters/01-one.md:1")]
