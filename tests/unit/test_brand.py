"""A draft takes a brand: what it says, and nothing else."""

import tomllib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from capture.catalogue.parcels import Files
from capture.pages import brand, screens, sheets
from capture.pages.models import InstallationBrand

AT = datetime(2026, 9, 1, tzinfo=UTC)
WORDS = st.text(st.characters(categories=["L", "N"]), max_size=20)
LOGO_FILES = st.sampled_from([{}, {"pictures/logo.png": "a" * 64}])
OWN: list[Files] = [
    {},
    {"pictures/logo.png": "a" * 64},
    {"pictures/logo.png": "b" * 64},
    {"pictures/logo.png": "b" * 64, "pictures/logo-2.png": "a" * 64},
]
SAID = st.fixed_dictionaries(
    {
        "magnet-theme": st.sampled_from(["", "folio", "signal", "atlas"]),
        "brand-colour": st.from_regex("#[0-9a-f]{6}", fullmatch=True),
        "brand-lettering": st.sampled_from(["", "serif", "sans"]),
        "brand-voice": st.sampled_from(["visitor", "direct"]),
        "brand-name": WORDS,
        "brand-website": st.sampled_from(["", "https://northwind.example"]),
        "brand-about": WORDS,
    }
)


def a_draft(said: sheets.Values, logo: str) -> str:
    text = '# Ours.\nformat = 1\n\n[magnet]\nslug = "x"\ntitle = "X"  # for now\n\n[page]\npromise = "All of it."\n'
    return sheets.write(text, (*screens.BRAND, *screens.LOGO), {**said, "brand-logo": logo})


@given(SAID, LOGO_FILES, SAID, st.sampled_from(OWN), st.booleans())
def test_a_draft_says_what_the_brand_says_keeps_the_rest_and_takes_it_once(
    said: sheets.Values, logo: Files, own: sheets.Values, files: Files, has_logo: bool
) -> None:
    kept = InstallationBrand(definition=brand.defined(said), files=dict(logo), changed_at=AT, changed_by="cli")
    before = a_draft(own, "pictures/logo.png" if files and has_logo else "")

    text, more = brand.taken(kept, before, files)

    shown = sheets.read(screens.BRAND, tomllib.loads(text))
    earlier = sheets.read(screens.BRAND, tomllib.loads(before))
    assert shown == {name: value or earlier[name] for name, value in brand.values(kept).items()}
    assert all(path not in files for path in more)
    path = sheets.found(tomllib.loads(text), ("brand", "logo"))
    assert {**files, **more}.get(str(path)) == (next(iter(logo.values())) if logo else files.get(str(path)))
    for line in ("# Ours.", 'title = "X"  # for now', 'promise = "All of it."'):
        assert line in text
    assert brand.taken(kept, text, {**files, **more}) == (text, {})
