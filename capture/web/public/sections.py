"""In which order a landing page says what it has to say, and which of its sections have anything to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capture.pages.definition import Definition, Section
from capture.web.public.showcase import Occasion, Showcase

PROOF = (Section.OUTCOMES, Section.AUDIENCE)


@dataclass(frozen=True, slots=True)
class Band:
    """A section across the whole page. Questions and who wrote it, where they follow each other, are one."""

    template: str
    is_tinted: bool
    has_faq: bool = False
    has_authors: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The hero, the form beside it or further down, what stands below both in the same columns, and the bands."""

    has_form_beside: bool
    proof: tuple[str, ...]
    bands: tuple[Band, ...]


def layout(definition: Definition, show: Showcase, when: Occasion | None) -> Layout:
    """The sections of the page that have something to say, in the order of its definition."""
    has = _contents(definition, show, when)
    sections = [section for section in definition.copy.sections if has[section]]
    rest = [section for section in sections if section is not Section.HERO]
    has_form_beside = rest[:1] == [Section.FORM]
    rest = rest[has_form_beside:]
    proof = []
    while has_form_beside and rest and rest[0] in PROOF:
        proof.append(rest.pop(0).value)
    return Layout(has_form_beside, tuple(proof), tuple(_bands(rest)))


def _contents(definition: Definition, show: Showcase, when: Occasion | None) -> Mapping[Section, bool]:
    copy = definition.copy
    return {
        Section.HERO: True,
        Section.FORM: True,
        Section.OUTCOMES: bool(copy.outcomes),
        Section.AUDIENCE: bool(copy.audience),
        Section.AGENDA: when is not None and bool(when.agenda),
        Section.SPEAKERS: when is not None and bool(when.speakers),
        Section.INSIDE: when is None and len(show.chapters) > 1,
        Section.LOOK: when is None and bool(show.leaves),
        Section.QUOTES: bool(copy.quotes),
        Section.FAQ: bool(copy.faq),
        Section.AUTHORS: bool(definition.brand.about or (show.authors and when is None)),
    }


def _bands(sections: Sequence[Section]) -> list[Band]:
    bands: list[Band] = []
    pair = {Section.FAQ, Section.AUTHORS}
    for at, section in enumerate(sections):
        is_tinted = len(bands) % 2 == 0
        if section not in pair:
            bands.append(Band(section.value, is_tinted))
        elif at and sections[at - 1] in pair:
            bands[-1] = Band("questions", bands[-1].is_tinted, has_faq=True, has_authors=True)
        else:
            has_faq = section is Section.FAQ
            bands.append(Band("questions", is_tinted, has_faq=has_faq, has_authors=not has_faq))
    return bands
