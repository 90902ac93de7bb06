"""The variants of an experiment as they stand in its form: weights as they were typed, sections in their order."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import request

from capture.languages import say
from capture.pages import screens, variants
from capture.pages.definition import Section
from capture.pages.fields import Field
from capture.pages.pages import LivePage
from capture.pages.variants import LETTERS, MOST_PARTS, PICTURE, Overrides

STEP = re.compile(r"(up|down) ([B-D]) (\w+)")  # what a button beside a section asks for


@dataclass(frozen=True, slots=True)
class Typed:
    """A variant of which nothing is kept yet; its weight is whatever was typed."""

    letter: str
    weight: str
    overrides: Overrides

    @property
    def parts(self) -> int:
        """The weight as a number; 0 for what is none, or none that a variant can have."""
        number = int(self.weight) if re.fullmatch("[0-9]{1,3}", self.weight) else 0
        return number if number <= MOST_PARTS else 0

    @property
    def problem(self) -> str:
        """What is wrong with the weight, and what to do."""
        return (
            ""
            if self.parts
            else say(
                "Write a whole number from 1 to %(most)s, without %%: 1 and 1 give half of the visitors each.",
                most=MOST_PARTS,
            )
        )


def typed(page: LivePage, before: Mapping[str, Overrides]) -> list[Typed]:
    """What stands in the form that was posted; what is the page's own is none.

    `before` is what the variants said: it knows the pictures that were uploaded for their covers.
    """
    found = []
    for letter in LETTERS:
        if f"{letter}-weight" not in request.form:
            break
        weight = request.form[f"{letter}-weight"].replace("\x00", "").strip()[:20]
        found.append(Typed(letter, weight, _overrides(letter, page, before.get(letter, Overrides()).cover_file)))
    return found


def problems(said: list[Typed]) -> str:
    """One sentence on all weights that are none; empty where there are none."""
    letters = ", ".join(one.letter for one in said if one.problem)
    wrong = say(
        "Nothing was saved: the weight of %(letters)s has to be a whole number from 1 to %(most)s, without %%.",
        letters=letters,
        most=MOST_PARTS,
    )
    return wrong if letters else ""


def order(page: LivePage, said: Overrides) -> list[tuple[Section, bool]]:
    """The sections below the opening as a variant has them, each with whether it is shown; those at the end are not."""
    shown = [section for section in said.sections or _own(page) if section is not Section.HERO]
    rest = [section for section in (*_own(page), *screens.possible_sections(page.kind)) if section is not Section.HERO]
    return [(section, section in shown) for section in dict.fromkeys([*shown, *rest])]


def _overrides(letter: str, page: LivePage, picture: str) -> Overrides:
    def words(name: str, before: str) -> str:
        given = " ".join(request.form.get(f"{letter}-{name}", "").replace("\x00", "").split())[:300]
        return "" if given == before else given

    def chosen(name: str, fields: Iterator[Field]) -> tuple[str, ...]:
        possible = {field.key for field in fields}
        return tuple(key for key in request.form.getlist(f"{letter}-{name}") if key in possible)

    own = page.definition.copy
    art = request.form.get(f"{letter}-cover", "")
    return Overrides(
        headline=words("headline", own.headline),
        promise=words("promise", own.promise),
        button=words("button", own.button),
        sections=_sections(letter, page),
        left_out=chosen("out", variants.can_be_left_out(page.definition)),
        optional=chosen("optional", variants.can_be_optional(page.definition)),
        one_step=f"{letter}-one_step" in request.form and variants.has_steps(page.definition),
        cover_art=art if art in dict(screens.COVERS) or (picture and art == PICTURE) else "",
        cover_file=picture,
    )


def _own(page: LivePage) -> tuple[Section, ...]:
    possible = screens.possible_sections(page.kind)
    return tuple(section for section in page.definition.copy.sections if section in possible)


def _sections(letter: str, page: LivePage) -> tuple[Section, ...]:
    """In the order of the form, those that are ticked; the opening is first, the form stays."""
    listed = list(_moved(letter, request.form.getlist(f"{letter}-order")))
    if not listed:
        return ()
    shown = {*request.form.getlist(f"{letter}-shown"), Section.FORM.value}
    possible = [section for section in screens.possible_sections(page.kind) if section is not Section.HERO]
    ordered = [Section(name) for name in dict.fromkeys([*listed, Section.FORM]) if name in shown and name in possible]
    return () if (Section.HERO, *ordered) == _own(page) else (Section.HERO, *ordered)


def _moved(letter: str, listed: list[str]) -> Iterator[str]:
    """The names with the one moved that a button asks for."""
    step = STEP.fullmatch(request.form.get("then", ""))
    if step and step[2] == letter and step[3] in listed:
        at = listed.index(step[3])
        listed.insert(min(max(at + (1 if step[1] == "down" else -1), 0), len(listed) - 1), listed.pop(at))
    yield from listed
