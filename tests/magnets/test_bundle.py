"""Reading a magnet from a folder."""

import os
from pathlib import Path

import pytest

from magnets import bundle, folder
from magnets.bundle import Brand, BundleUnreadable, LinkPolicy, MagnetKind, PageSize, Theme
from tests.magnets.bundles import DEFINITION, a_bundle, a_folder, a_picture, findings, places


def refused(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(BundleUnreadable) as refusal:
        bundle.read(folder)
    return [(finding.code, finding.place) for finding in refusal.value.findings]


def test_a_folder_with_a_definition_and_a_chapter_is_a_magnet(tmp_path: Path) -> None:
    book = a_bundle(tmp_path)

    assert book.magnet.title == "One pipeline"
    assert book.magnet.kind is MagnetKind.EBOOK
    assert book.chapters == ("chapters/01-one.md",)
    assert bundle.check(book) == []


def test_what_is_not_said_has_a_sensible_default(tmp_path: Path) -> None:
    magnet = a_bundle(tmp_path).magnet

    assert (magnet.theme, magnet.page_size, magnet.links) == (Theme.FOLIO, PageSize.A4, LinkPolicy.NEWEST)
    assert (magnet.language, magnet.personalised, magnet.cover, magnet.cover_art) == ("en", True, None, None)
    assert magnet.brand == Brand()


def test_the_definition_is_read_as_typed_values(tmp_path: Path) -> None:
    more = """authors = [{ name = "Revenue team", role = "Northwind Works" }, { name = "Second" }]
language = "de-CH"
page_size = "Letter"
personalised = false
links = "pinned"

[brand]
name = "Northwind Works"
colour = "#0F5C4D"

[page]
button = "Send me the guide"
"""
    book = a_bundle(tmp_path, more=more)

    assert [author.name for author in book.magnet.authors] == ["Revenue team", "Second"]
    assert (book.magnet.page_size, book.magnet.links) == (PageSize.LETTER, LinkPolicy.PINNED)
    assert book.magnet.brand.colour == "#0F5C4D"
    assert book.table["page"] == {"button": "Send me the guide"}
    assert bundle.check(book) == []


def test_a_folder_without_a_definition_says_what_is_missing(tmp_path: Path) -> None:
    assert refused(tmp_path) == [("no-definition", "magnet.toml")]
    assert refused(tmp_path / "nowhere") == [("no-folder", "magnet.toml")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('format = 1\n[magnet]\ntitle = "open\n', 3),
        ("format = 1\nformat = 2\n", 2),
        ("[" * 5000, 1),
        ("format = 1\n[magnet\n", 2),
    ],
)
def test_a_definition_that_does_not_parse_names_its_line(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "magnet.toml").write_text(text, "utf-8")

    assert refused(tmp_path) == [("does-not-parse", f"magnet.toml:{line}")]


def test_a_definition_in_another_encoding_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "magnet.toml").write_bytes('format = 1\n[magnet]\ntitle = "Für alle"\n'.encode("latin-1"))

    assert refused(tmp_path) == [("not-utf-8", "magnet.toml:3")]


def test_a_definition_from_windows_is_read_with_true_lines(tmp_path: Path) -> None:
    a_folder(tmp_path)
    (tmp_path / "magnet.toml").write_bytes(b"\xef\xbb\xbf" + DEFINITION.replace("\n", "\r\n").encode())

    assert bundle.read(tmp_path).line_of("magnet", "title") == 6


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('kind = "brochure"', "unknown-kind"),
        ('slug = "One Pipeline"', "bad-slug"),
        ('slug = "-pipeline"', "bad-slug"),
        ('slug = "../etc"', "bad-slug"),
        ('theme = "neon"', "unknown-theme"),
        ('page_size = "A5"', "unknown-page-size"),
        ('language = "english please"', "bad-language"),
        ('personalised = "yes"', "wrong-type"),
        ("title = 7", "wrong-type"),
        ('title = " "', "missing-key"),
        ('title = "a\\u0007b"', "control-character"),
        (f'title = "{"long " * 40}"', "too-long"),
        ('subtitel = "…"', "unknown-key"),
        ('authors = ["Ada"]', "wrong-type"),
        ('authors = [{ role = "Editor" }]', "missing-key"),
        ('chapters = "chapters/01-one.md"', "wrong-type"),
        ('chapters = ["chapters/09.md"]', "missing-chapter"),
        ('chapters = ["../01-one.md"]', "missing-chapter"),
        ('chapters = ["chapters/01-one.md", "chapters/01-one.md"]', "chapter-twice"),
        ('chapters = ["magnet.toml"]', "not-markdown"),
        ('cover = "cover.png"', "missing-cover"),
        ('cover = "magnet.toml"', "not-a-picture"),
    ],
)
def test_a_bad_value_stops_with_its_line(tmp_path: Path, line: str, code: str) -> None:
    key = line.split()[0]
    kept = [old for old in DEFINITION.splitlines() if not old.startswith(f"{key} =")]
    definition = "\n".join([*kept, line, ""])

    found = findings(tmp_path, definition=definition)

    assert places(found, code) == [f"magnet.toml:{len(kept) + 1}"]
    assert any(finding.stops for finding in found)


@pytest.mark.parametrize("key", ["slug", "kind", "title"])
def test_a_key_that_has_to_be_there_is_asked_for(tmp_path: Path, key: str) -> None:
    definition = "\n".join(line for line in DEFINITION.splitlines() if not line.startswith(f"{key} ="))

    assert places(findings(tmp_path, definition=definition), "missing-key") == ["magnet.toml:3"]


def test_a_misspelt_key_is_answered_with_the_right_one(tmp_path: Path) -> None:
    [finding] = findings(tmp_path, more='\n[brand]\ncolor = "#0f5c4d"\n')

    assert finding.place == "magnet.toml:10"
    assert finding.message == "[brand] `color` is not a key of this format. Did you mean `colour`?"


def test_a_later_format_is_refused_by_name(tmp_path: Path) -> None:
    found = findings(tmp_path, definition=DEFINITION.replace("format = 1", "format = 2"))

    assert places(found, "unknown-format") == ["magnet.toml:1"]


def test_chapters_are_read_in_name_order_or_as_listed(tmp_path: Path) -> None:
    assert a_bundle(tmp_path, "# A\n\na", "# B\n\nb").chapters == ("chapters/01-one.md", "chapters/02-two.md")
    listed = a_bundle(
        tmp_path, "# A\n\na", "# B\n\nb", more='chapters = ["chapters/02-two.md", "chapters/01-one.md"]\n'
    )
    assert listed.chapters == ("chapters/02-two.md", "chapters/01-one.md")


def test_chapters_may_lie_beside_the_definition(tmp_path: Path) -> None:
    (tmp_path / "magnet.toml").write_text(DEFINITION, "utf-8")
    for name in ("1-a.md", "2-b.md", "README.md", "LICENSE.md"):
        (tmp_path / name).write_text("# T\n\ntext", "utf-8")

    assert bundle.read(tmp_path).chapters == ("1-a.md", "2-b.md")


def test_a_webinar_needs_no_chapters_and_an_ebook_does(tmp_path: Path) -> None:
    (tmp_path / "magnet.toml").write_text(DEFINITION, "utf-8")
    assert places(bundle.check(bundle.read(tmp_path)), "no-chapters") == ["magnet.toml:3"]

    (tmp_path / "magnet.toml").write_text(DEFINITION.replace('"ebook"', '"webinar"'), "utf-8")
    assert bundle.check(bundle.read(tmp_path)) == []


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("# Secret\n\nnot yours", "utf-8")
    place = a_folder(tmp_path / "magnet")
    (place / "chapters" / "02-two.md").symlink_to(secret)
    (place / "pictures").symlink_to(tmp_path)

    book = bundle.read(place)

    assert sorted(book.files) == ["chapters/01-one.md", "magnet.toml"]
    assert places(bundle.check(book), "link-leads-outside") == ["chapters/02-two.md", "pictures"]
    assert any(finding.stops for finding in bundle.check(book))


def test_a_definition_that_is_a_link_outside_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "outside.toml").write_text(DEFINITION, "utf-8")
    place = tmp_path / "magnet"
    place.mkdir()
    (place / "magnet.toml").symlink_to(tmp_path / "outside.toml")

    assert ("link-leads-outside", "magnet.toml") in refused(place)


def test_a_link_inside_the_folder_is_a_file_like_any_other(tmp_path: Path) -> None:
    place = a_folder(tmp_path)
    (place / "chapters" / "02-two.md").symlink_to("01-one.md")

    assert bundle.read(place).chapters == ("chapters/01-one.md", "chapters/02-two.md")


def test_a_pipe_or_a_circle_of_links_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    place = a_folder(tmp_path)
    os.mkfifo(place / "pipe")
    (place / "round").symlink_to("round")

    assert places(bundle.check(bundle.read(place)), "not-a-file") == ["pipe", "round"]


def test_absurd_sizes_are_refused(tmp_path: Path) -> None:
    place = a_folder(tmp_path)
    (place / "chapters" / "01-one.md").write_text("# Long\n\n" + "word " * 500_000, "utf-8")
    assert places(bundle.check(bundle.read(place)), "too-large") == ["chapters/01-one.md"]

    with (place / "film.bin").open("wb") as film:
        film.truncate(folder.MOST_BYTES + 1)
    assert places(bundle.check(bundle.read(place)), "too-large") == ["chapters/01-one.md", "film.bin"]

    (place / "magnet.toml").write_text("#" * (folder.LARGEST_DEFINITION + 1), "utf-8")
    assert refused(place) == [("too-large", "magnet.toml")]


def test_a_folder_with_too_many_files_is_refused(tmp_path: Path) -> None:
    place = a_folder(tmp_path)
    for number in range(folder.MOST_FILES + 1):
        (place / f"{number:05}.txt").touch()

    assert [code for code, _ in refused(place)] == ["too-large"]


def test_hidden_files_are_not_part_of_a_magnet(tmp_path: Path) -> None:
    place = a_folder(tmp_path)
    (place / ".git").mkdir()
    (place / ".git" / "config").write_text("x", "utf-8")
    (place / ".DS_Store").write_text("x", "utf-8")

    assert sorted(bundle.read(place).files) == ["chapters/01-one.md", "magnet.toml"]


def test_equal_folders_have_equal_digests(tmp_path: Path) -> None:
    assert a_bundle(tmp_path / "a").digest() == a_bundle(tmp_path / "b").digest()


def test_another_text_or_another_name_gives_another_digest(tmp_path: Path) -> None:
    place = a_folder(tmp_path)
    before = bundle.read(place).digest()

    (place / "chapters" / "01-one.md").rename(place / "chapters" / "02-two.md")
    renamed = bundle.read(place).digest()
    (place / "chapters" / "02-two.md").write_text("# Start\n\nAnother sentence.\n", "utf-8")
    rewritten = bundle.read(place).digest()

    assert len({before, renamed, rewritten}) == 3


def test_a_picture_for_search_engines_counts_as_used(tmp_path: Path) -> None:
    a_picture(tmp_path / "card.png")
    a_picture(tmp_path / "stray.png")

    found = findings(tmp_path, more='\n[seo]\nimage = "card.png"\n')

    assert places(found, "unused-file") == ["stray.png"]
