from xml.etree import ElementTree

import pytest

from magnets.covers import GROUNDS, KINDS, art
from magnets.palette import palette

SIZE = (300.0, 420.0)
every_kind = pytest.mark.parametrize("kind", sorted(KINDS))


@every_kind
def test_the_same_title_gets_the_same_drawing(kind: str) -> None:
    tones = palette("#0f5c4d")

    assert art("One Pipeline", tones, kind=kind, size=SIZE) == art("One Pipeline", tones, kind=kind, size=SIZE)


@every_kind
def test_another_title_gets_another_drawing(kind: str) -> None:
    tones = palette("#0f5c4d")

    assert art("One Pipeline", tones, kind=kind, size=SIZE) != art("Two Pipelines", tones, kind=kind, size=SIZE)


@every_kind
@pytest.mark.parametrize("ground", GROUNDS)
def test_a_drawing_uses_the_tones_of_the_brand_and_no_others(kind: str, ground: str) -> None:
    tones = palette("#b3202c")
    drawing = art("Any title", tones, kind=kind, ground=ground, size=SIZE)

    used = {value for node in ElementTree.fromstring(drawing).iter() for key, value in node.items() if "#" in value}

    own = {value for _, value in tones.items()} | set(tones.deep_tones) | set(tones.loud_tones)
    assert used <= own or kind == "contours"  # whose layers lie between the tones


@every_kind
def test_a_drawing_loads_nothing_and_stays_small(kind: str) -> None:
    drawing = art("Any title", palette(None), kind=kind, size=(595.28, 841.89))

    assert "href" not in drawing
    assert "url(" not in drawing
    assert len(drawing) < 120_000


def test_the_title_chooses_where_nobody_else_does() -> None:
    tones = palette(None)
    drawings = {art(f"Title {number}", tones, size=SIZE)[200:230] for number in range(20)}

    assert len(drawings) > 4


def test_a_kind_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValueError, match="arcs, contours, grid, weave"):
        art("Any title", palette(None), kind="mosaic", size=SIZE)
