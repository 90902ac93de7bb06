"""The studio's sheets of [assessment]: what can be said about a dimension, a question, a level, a recommendation."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import StrEnum

from capture.languages import ENGLISH, Phrase, kept, say
from capture.pages import parts
from capture.pages.parts import Values
from capture.pages.sheets import Entry, Path, Shape, Sheet
from magnets import questionnaire
from magnets.assessment import Assessment, QuestionKind
from magnets.tables import Table

ROOT: Path = ("assessment",)


class Part(StrEnum):
    """The lists of [assessment]."""

    DIMENSIONS = "dimensions"
    QUESTIONS = "questions"
    LEVELS = "levels"
    RECOMMENDATIONS = "recommendations"

    @property
    def path(self) -> Path:
        return (*ROOT, self.value)


KINDS: Mapping[QuestionKind, str] = {
    QuestionKind.CHOICE: say("Choose one answer"),
    QuestionKind.SEVERAL: say("Choose several answers"),
    QuestionKind.SCALE: say("A scale between two ends"),
    QuestionKind.YES_NO: say("Yes or no"),
    QuestionKind.NUMBER: say("A number"),
}
OF_KINDS: Mapping[QuestionKind, Collection[str]] = {
    QuestionKind.CHOICE: ("answers",),
    QuestionKind.SEVERAL: ("answers", "enough"),
    QuestionKind.SCALE: ("steps", "lowest", "highest", "good"),
    QuestionKind.YES_NO: ("good",),
    QuestionKind.NUMBER: ("worst", "best"),
}
"""The keys that only questions of some kinds have."""

DIMENSION: Sheet = (
    Entry(("title",), Shape.LINE, say("Name")),
    Entry(("about",), Shape.TEXT, say("Short text"), say("A sentence on what it measures. It stands with its score.")),
    Entry(
        ("weight",),
        Shape.NUMBER,
        say("Weight"),
        say("How much it counts in the whole; 1 unless you want more."),
        default="1",
    ),
)
LEVEL: Sheet = (
    Entry(("title",), Shape.LINE, say("Name")),
    Entry(("from",), Shape.NUMBER, say("From a score of"), say("0 to 100. The first level begins at 0."), default="0"),
    Entry(("text",), Shape.TEXT, say("Text"), say("What it means to have reached it.")),
)
RECOMMENDATION: Sheet = (
    Entry(("title",), Shape.LINE, say("What to do")),
    Entry(
        ("text",), Shape.TEXT, say("How"), say("It is a page of the document. An empty line begins another paragraph.")
    ),
)
RESULT: Sheet = (
    Entry(
        ("shown",),
        Shape.NUMBER,
        say("Recommendations at most"),
        say("Those for the weakest dimension come first."),
        "3",
    ),
    Entry(
        ("benchmark_after",),
        Shape.NUMBER,
        say("Say what others scored once so many people have answered"),
        say("5 to 10,000. Until then nothing is said of others. It does not count where you give numbers below."),
        "30",
    ),
    Entry(
        ("benchmark_source",), Shape.LINE, say("Where your own numbers come from"), say("Such as “Our survey of 2026”.")
    ),
)


_ROWS = (
    *(
        ("answers", say("Answers")),
        ("answers.label", say("Answer")),
        ("answers.points", say("Points")),
        ("when", say("For whom")),
    ),
    *(
        ("when.dimension", say("What is looked at")),
        ("when.at_least", say("is at least")),
        ("when.below", say("is below")),
    ),
    *(
        ("when.level", say("The level reached")),
        ("when.question", say("The answer to")),
        ("when.is", say("… is one of")),
    ),
)
ONE_OF: Mapping[Path, Phrase] = {
    Part.DIMENSIONS.path: say("“%(label)s” of dimension %(number)s"),
    Part.QUESTIONS.path: say("“%(label)s” of question %(number)s"),
    Part.LEVELS.path: say("“%(label)s” of level %(number)s"),
    Part.RECOMMENDATIONS.path: say("“%(label)s” of recommendation %(number)s"),
    (*Part.QUESTIONS.path, "answers"): say("“%(label)s” of answer %(number)s"),
    (*Part.RECOMMENDATIONS.path, "when"): say("“%(label)s” of condition %(number)s"),
}
"""A key of one table of a list, as sentences call it."""


def labels() -> Iterator[tuple[Path, str]]:
    """The words of the screens for the keys of [assessment]."""
    yield from (((*ROOT, *entry.path), entry.label) for entry in RESULT)
    yield (*Part.DIMENSIONS.path, "benchmark"), say("Others score")
    sheets = {
        Part.DIMENSIONS: [DIMENSION],
        Part.QUESTIONS: [question({"kind": kind.value}, ()) for kind in reversed(QuestionKind)],
        Part.LEVELS: [LEVEL],
        Part.RECOMMENDATIONS: [RECOMMENDATION],
    }
    for part, listed in sheets.items():
        yield part.path, part.value.capitalize()
        yield from (((*part.path, *path.split(".")), words) for path, words in _ROWS)
        for entry in (entry for sheet in listed for entry in sheet):
            yield (*part.path, *entry.path), entry.label


def part_of(table: object, part: Part) -> list[tuple[int, Values]]:
    """The tables of a list of [assessment] with their numbers."""
    return parts.listed(table, part.path)


def named(part: Values) -> str:
    """The words by which a dimension, a question, a level or a recommendation is known."""
    return str(part.get("title") or part.get("text") or part.get("key") or "…")[:200]


def kind_of(question: Values) -> QuestionKind:
    """The kind of a question; one that does not say it lets choose one answer."""
    kind = str(question.get("kind"))
    return QuestionKind(kind) if kind in list(QuestionKind) else QuestionKind.CHOICE


def sheet(table: object, part: Part, one: Values) -> Sheet:
    """What can be said about one of them."""
    if part is Part.QUESTIONS:
        dimensions = [(str(known.get("key")), named(known)) for _, known in part_of(table, Part.DIMENSIONS)]
        return question(one, dimensions)
    if part is Part.RECOMMENDATIONS:
        return (*RECOMMENDATION, *_conditions(table, one))
    return DIMENSION if part is Part.DIMENSIONS else LEVEL


def question(asked: Values, dimensions: Sequence[tuple[str, str]]) -> Sheet:
    """The sheet of a question, with a pair of entries for each answer that has points of its own."""
    return (
        Entry(("text",), Shape.LINE, say("Question")),
        Entry(("hint",), Shape.LINE, say("Help"), say("One line below the question.")),
        *_OF_KIND[kind_of(asked)](asked),
        Entry(
            ("dimension",),
            Shape.CHOICE,
            say("Measures"),
            say("The questions of a dimension are one step of the form."),
            choices=tuple(dimensions),
        ),
        Entry(
            ("weight",),
            Shape.NUMBER,
            say("Weight"),
            say("How much it counts among the questions of its dimension; 1 unless you want more."),
            default="1",
        ),
        Entry(
            ("required",),
            Shape.FLAG,
            say("An answer is required"),
            say("An open question does not count."),
            default=True,
        ),
    )


def _chosen(asked: Values) -> Sheet:
    found: list[Entry] = []
    for number, _ in parts.listed(asked, ("answers",)):
        found.append(Entry(("answers", number, "label"), Shape.LINE, say("Answer %(number)s", number=number + 1)))
        found.append(
            Entry(
                ("answers", number, "points"),
                Shape.NUMBER,
                say("Points of answer %(number)s", number=number + 1),
                default="0",
            )
        )
    return found


def _several(asked: Values) -> Sheet:
    hint = say("Empty: all points together.")
    return (*_chosen(asked), Entry(("enough",), Shape.NUMBER, say("Points that count as all of them"), hint))


def _scale(_: Values) -> Sheet:
    ends = (("highest", say("The last step is the best")), ("lowest", say("The first step is the best")))
    return (
        Entry(("lowest",), Shape.LINE, say("What the first step is called")),
        Entry(("highest",), Shape.LINE, say("What the last step is called")),
        Entry(("steps",), Shape.NUMBER, say("Steps"), say("3 to 10."), default="5"),
        Entry(("good",), Shape.CHOICE, say("Which end has the points"), default="highest", choices=ends),
    )


def _yes_no(_: Values) -> Sheet:
    choices = (("yes", say("Yes")), ("no", say("No")))
    return (Entry(("good",), Shape.CHOICE, say("The answer with the points"), default="yes", choices=choices),)


def _number(_: Values) -> Sheet:
    between = say("Between both, points rise evenly.")
    return (
        Entry(("worst",), Shape.NUMBER, say("The number from which there is nothing to lose")),
        Entry(("best",), Shape.NUMBER, say("The number from which there is nothing to win"), between),
    )


_OF_KIND: Mapping[QuestionKind, Callable[[Values], Sheet]] = {
    QuestionKind.CHOICE: _chosen,
    QuestionKind.SEVERAL: _several,
    QuestionKind.SCALE: _scale,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.NUMBER: _number,
}


def others(table: object) -> Sheet:
    """What the result says of others, and how much it advises."""
    return (
        *RESULT,
        *(
            Entry(
                (Part.DIMENSIONS.value, number, "benchmark"),
                Shape.NUMBER,
                say("Others score in “%(name)s”", name=named(part)),
            )
            for number, part in part_of(table, Part.DIMENSIONS)
        ),
    )


# --- for whom a recommendation is ---------------------------------------------------------------------


def _conditions(table: object, advice: Values) -> Iterator[Entry]:
    for number, condition in parts.listed(advice, ("when",)):
        for key in _keys_of(condition):
            yield _condition(table, condition, number, key)


def _keys_of(condition: Values) -> list[str]:
    """The controls of a condition: those of what it is about."""
    keys = []
    if condition.keys() & {"dimension", "below", "at_least"} or not condition:
        keys += ["dimension", "at_least", "below"]
    if "level" in condition:
        keys.append("level")
    if condition.keys() & {"question", "is"}:
        keys += ["question", "is"]
    return keys or ["dimension", "at_least", "below"]


def _condition(table: object, condition: Values, number: int, key: str) -> Entry:
    path: Path = ("when", number, key)
    if key == "dimension":
        choices = (("", say("The whole score")), *_choices(table, Part.DIMENSIONS, kept("Score in “%(name)s”")))
        return Entry(path, Shape.CHOICE, say("What is looked at"), choices=choices)
    if key == "level":
        return Entry(
            path, Shape.CHOICE, say("The level reached"), choices=tuple(_choices(table, Part.LEVELS, "%(name)s"))
        )
    if key == "question":
        return Entry(
            path, Shape.CHOICE, say("The answer to"), choices=tuple(_choices(table, Part.QUESTIONS, "%(name)s"))
        )
    if key == "is":
        return Entry(path, Shape.ANY, say("… is one of"), choices=_answers(table, condition))
    return Entry(path, Shape.NUMBER, say("is at least") if key == "at_least" else say("is below"))


def _choices(table: object, part: Part, words: str) -> Iterator[tuple[str, str]]:
    for _, one in part_of(table, part):
        yield str(one.get("key")), _about(words, named(one))


def _about(words: str, name: str) -> str:
    return Phrase(lambda language: language.gettext(words, name=name))


def _answers(table: object, condition: Values) -> tuple[tuple[str, str], ...]:
    """The answers of the question that a condition is about, and what it names besides."""
    asked = next((one for _, one in part_of(table, Part.QUESTIONS) if one.get("key") == condition.get("question")), {})
    known = dict(labels_of(asked))
    given = condition.get("is")
    for value in given if isinstance(given, list) else ():
        known.setdefault(str(value), say("%(value)s (no such answer)", value=value))
    return tuple(known.items())


def labels_of(asked: Values) -> Iterator[tuple[str, str]]:
    """The answers that can be chosen for a question: values with their labels."""
    kind = kind_of(asked)
    if kind is QuestionKind.YES_NO:
        yield from (("yes", say("Yes")), ("no", say("No")))
    elif kind is QuestionKind.SCALE:
        steps = asked.get("steps", 5)
        for step in range(1, min(steps if isinstance(steps, int) else 5, 10) + 1):
            yield str(step), str(step)
    for _, answer in parts.listed(asked, ("answers",)):
        yield str(answer.get("value")), str(answer.get("label") or answer.get("value"))


def new_condition(wanted: str) -> dict[str, object] | None:
    """What a condition begins with: `score:KEY` (empty for the whole), `level:KEY` or `question:KEY`."""
    about, _, key = wanted.partition(":")
    if about == "score":
        return {"dimension": key, "below": 50} if key else {"below": 50}
    if about == "level" and key:
        return {"level": key}
    return {"question": key, "is": []} if about == "question" and key else None


def conditions_to_add(table: object) -> list[tuple[str, str]]:
    """What a condition can be about, with its words."""
    return [
        ("score:", say("The whole score")),
        *((f"score:{key}", words) for key, words in _choices(table, Part.DIMENSIONS, kept("The score in “%(name)s”"))),
        *((f"level:{key}", words) for key, words in _choices(table, Part.LEVELS, kept("Having reached “%(name)s”"))),
        *(
            (f"question:{key}", words)
            for key, words in _choices(table, Part.QUESTIONS, kept("The answer to “%(name)s”"))
        ),
    ]


# --- new, gone, in another order ----------------------------------------------------------------------


def new_question(kind: QuestionKind, text: str, dimension: str, key: str) -> dict[str, object]:
    """What a question begins with; what it still needs the check asks for."""
    return {"key": key, "kind": kind.value, "text": text, "dimension": dimension, **_seed(kind)}


def _seed(kind: QuestionKind) -> dict[str, object]:
    if kind in (QuestionKind.CHOICE, QuestionKind.SEVERAL):
        return {"answers": [{"value": "answer_1", "points": 1}, {"value": "answer_2"}]}
    return {}


def new_answer(question: Values) -> dict[str, object]:
    """One more answer, with a value that no other has; its words are still to be written."""
    known = {str(answer.get("value")) for _, answer in parts.listed(question, ("answers",))}
    return {"value": next(value for value in (f"answer_{n}" for n in range(1, 10_000)) if value not in known)}


def of_another_kind(text: str, path: Path, asked: Values, kind: QuestionKind) -> str:
    """The magnet.toml with another kind of question, without what only the kind before knew."""
    seed = {} if "answers" in asked else _seed(kind)
    gone = {key for keys in OF_KINDS.values() for key in keys} - set(OF_KINDS[kind])
    if kind in (QuestionKind.SCALE, QuestionKind.YES_NO):
        gone.add("good")  # The same word, other answers.
    return parts.changed(text, path, {"kind": kind.value, **seed}, gone)


def uses(table: object, part: Part, key: str) -> list[str]:
    """What would hang in the air without this dimension, question or level, by its words."""
    found = []
    if part is Part.DIMENSIONS:
        found += [named(asked) for _, asked in part_of(table, Part.QUESTIONS) if asked.get("dimension") == key]
    for _, advice in part_of(table, Part.RECOMMENDATIONS):
        conditions = [condition for _, condition in parts.listed(advice, ("when",))]
        if part is not Part.RECOMMENDATIONS and any(one.get(part.value[:-1]) == key for one in conditions):
            found.append(named(advice))
    return found


def levels_in_order(table: object) -> list[int]:
    """The numbers of the levels, the one with the lowest score first."""
    levels = dict(part_of(table, Part.LEVELS))

    def start(number: int) -> float:
        found = levels.get(number, {}).get("from", 0)
        return float(found) if isinstance(found, int | float) else 0.0

    return sorted(levels, key=start)


def assessment_of(table: Mapping[str, object]) -> Assessment:
    """The assessment of a magnet.toml as far as it can be used."""
    magnet = table.get("magnet")
    language = magnet.get("language") if isinstance(magnet, dict) else None
    given = Table(table.get("assessment"), ROOT, lambda *_: None, [])
    return questionnaire.define(given, language if isinstance(language, str) else ENGLISH)
