"""What a variant says otherwise than its page, and which browser is shown which one. Plain arithmetic."""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from capture.pages import conditions
from capture.pages.definition import Definition, Section
from capture.pages.fields import Field, FieldKind

LETTERS = "ABCD"  # A is the page as it is
MOST_PARTS = 100  # of a weight
PICTURE = "picture"  # in the place of a drawing: the cover has a picture of the marketer's


@dataclass(frozen=True, slots=True)
class Overrides:
    """What is said in the place of the page's own words; what is empty stays the page's.

    `left_out`: keys of fields that are not asked, `optional` of those that need no answer; `one_step`: the form is
    asked at once, where the page asks it in steps. `cover_art`: another drawing on the cover, or PICTURE, which
    `cover_file` names by its hash in the store and its ending; it stays known while a drawing is chosen.
    """

    headline: str = ""
    promise: str = ""
    button: str = ""
    sections: tuple[Section, ...] = ()
    left_out: tuple[str, ...] = ()
    cover_art: str = ""
    cover_file: str = ""
    optional: tuple[str, ...] = ()
    one_step: bool = False

    @property
    def cover(self) -> str:
        """The drawing on the cover, or the picture as `cover_file` names it; empty where it is the page's."""
        return self.cover_file if self.cover_art == PICTURE else self.cover_art

    def applied(self, page: Definition) -> Definition:
        """The page as the variant shows it."""
        copy = replace(
            page.copy,
            headline=self.headline or page.copy.headline,
            promise=self.promise or page.copy.promise,
            button=self.button or page.copy.button,
            sections=self.sections or page.copy.sections,
        )
        fields = [
            replace(
                field,
                required=field.required and field.key not in self.optional,
                step="" if self.one_step else field.step,
            )
            for field in conditions.without(page.fields, self.left_out)
        ]
        return replace(page, copy=copy, fields=tuple(fields))

    def to_json(self) -> dict[str, object]:
        """Plain JSON; `from_json` gives equal overrides back."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "Overrides":
        """Stored overrides; what this version does not know is passed over."""
        words = {key: str(stored.get(key, "")) for key in _WORDS}
        sections = tuple(Section(name) for name in _listed(stored, "sections") if name in list(Section))
        left_out, optional = tuple(_listed(stored, "left_out")), tuple(_listed(stored, "optional"))
        one_step = stored.get("one_step") is True
        return cls(**words, sections=sections, left_out=left_out, optional=optional, one_step=one_step)


@dataclass(frozen=True, slots=True)
class Shown:
    """A variant of a running experiment."""

    variant_id: int
    letter: str
    weight: int
    overrides: Overrides


@dataclass(frozen=True, slots=True)
class Running:
    """An experiment that goes on. Its variants and weights do not change any more."""

    experiment_id: int
    key: str
    variants: tuple[Shown, ...]

    def of(self, cookie: str | None) -> Shown | None:
        """The variant of the browser that holds this cookie: always the same one. None without a cookie."""
        if not cookie:
            return None
        mark = hmac.new(self.key.encode(), cookie.encode("utf-8", "replace"), sha256).digest()
        place = int.from_bytes(mark[:8], "big") * sum(shown.weight for shown in self.variants) >> 64
        for shown in self.variants:
            place -= shown.weight
            if place < 0:
                return shown
        raise AssertionError("unreachable")

    def named(self, letter: str) -> Shown | None:
        """The variant with this letter."""
        return next((shown for shown in self.variants if shown.letter == letter), None)


def can_be_optional(page: Definition) -> Iterator[Field]:
    """The fields that the page wants an answer to, and could do without."""
    return (field for field in can_be_left_out(page) if field.required)


def has_steps(page: Definition) -> bool:
    """Whether the fields name steps of the form; those of an assessment are its own."""
    return any(field.step for field in page.fields)


_WORDS = ("headline", "promise", "button", "cover_art", "cover_file")


def can_be_left_out(page: Definition) -> Iterator[Field]:
    """The fields of a form without which it still does what it is for."""
    questions = {question.key for question in page.assessment.questions} if page.assessment else set()
    for field in page.fields:
        if field.kind not in (FieldKind.EMAIL, FieldKind.HIDDEN) and field.key not in questions:
            yield field


def _listed(stored: Mapping[str, object], key: str) -> list[str]:
    value = stored.get(key)
    return [str(part) for part in value] if isinstance(value, list) else []
