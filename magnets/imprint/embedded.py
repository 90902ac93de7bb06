"""A font that an edition carries: sets plain letters pair by pair, so that a lead's name costs a few microseconds."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import add

import uharfbuzz as hb

from magnets.imprint.typeface import Glyph, Line, Typeface, decoded, is_mark

_MOST_PAIRS = 20_000

Pair = tuple[bytes, int, int, int]
"""Of a letter before another: its code with the kerning behind it, its advance, its top and bottom."""


class EmbeddedFace(Typeface):
    """Remembers how HarfBuzz sets each pair of letters: where no marks or ligatures are, a line is its pairs.

    A test compares such lines with lines that were shaped as a whole.
    """

    __slots__ = ("_pairs",)

    def __init__(self, font: hb.Font, texts: Mapping[int, str]) -> None:
        super().__init__(font, texts)
        self._pairs = _Pairs(self)

    def line(self, text: str, resource: bytes, direction: str = "ltr") -> Line | None:
        if direction == "ltr" and text:
            found = [*map(self._pairs.__getitem__, map(add, text, text[1:])), self._pairs[text[-1]]]
            pairs = [pair for pair in found if pair]
            if len(pairs) == len(text):
                return self._joined(text, pairs, resource)
        return super().line(text, resource, direction)

    def _joined(self, text: str, pairs: Sequence[Pair], resource: bytes) -> Line:
        codes, advances, tops, bottoms = zip(*pairs, strict=True)
        width = sum(advances)
        first, last = self._glyph(text[0]), self._glyph(text[-1])
        return Line(
            text,
            strips=((resource, 0, b"<%s>" % b"".join(codes)),),
            width=width,
            left=min(0, first.left),
            right=max(width, width - last.advance + last.right),
            top=max(0, *tops),
            bottom=min(0, *bottoms),
            exact=True,
        )

    def _glyph(self, letter: str) -> Glyph:
        return self.glyphs[self._font.get_nominal_glyph(ord(letter)) or 0]

    def pair(self, letters: str) -> Pair | None:
        """How the first of two letters, or a last one, is set; None where HarfBuzz has to see the whole text."""
        buffer = self.shaped(letters)
        glyphs = [info.codepoint for info in buffer.glyph_infos]
        plain = [self._font.get_nominal_glyph(ord(letter)) for letter in letters]
        moves = [position.position for position in buffer.glyph_positions]
        if glyphs != plain or 0 in glyphs or any(map(is_mark, letters)):
            return None
        if [self._texts.get(glyph) for glyph in glyphs] != list(letters) or any(x or y for x, y, _, _ in moves):
            return None
        first, last, advance = self.glyphs[glyphs[0]], self.glyphs[glyphs[-1]], moves[0][2]
        if moves[-1][2] != last.advance:
            return None
        kerning = b">%d<" % (first.advance - advance) if first.advance != advance else b""
        return first.code + kerning, advance, first.top, first.bottom


class _Pairs(dict[str, Pair | None]):
    """Pairs by their letters, set when first used."""

    def __init__(self, face: EmbeddedFace) -> None:
        super().__init__()
        self._face = face

    def __missing__(self, letters: str) -> Pair | None:
        if len(self) >= _MOST_PAIRS:
            self.clear()
        pair = self[letters] = self._face.pair(letters)
        return pair


@lru_cache(maxsize=32)
def embedded(program: bytes, to_unicode: bytes) -> EmbeddedFace:
    """Editions of one theme carry the same fonts: they are read once. `to_unicode` is what encoded() wrote."""
    return EmbeddedFace(hb.Font(hb.Face(hb.Blob(program))), decoded(to_unicode))
