"""The table [assessment] of magnet.toml as an assessment, and every fault in it."""

import re
from collections.abc import Collection, Sequence
from typing import TypeVar

from magnets.assessment import BEST, Answer, Assessment, Condition, Dimension, Level, Question, QuestionKind
from magnets.assessment import Recommendation as Advice
from magnets.sentences import quoted, sentence
from magnets.tables import Table
from magnets.words import Words, words

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
A_KEY = sentence("lower-case letters, digits and _, beginning with a letter")

ASSESSMENT_KEYS = (
    *("dimensions", "questions", "levels", "recommendations"),
    *("shown", "benchmark_after", "benchmark_source"),
)
DIMENSION_KEYS = ("key", "title", "about", "weight", "benchmark")
QUESTION_KEYS = (
    *("key", "kind", "text", "hint", "dimension", "weight", "required"),
    *("answers", "enough", "steps", "lowest", "highest", "good", "worst", "best"),
)
ANSWER_KEYS = ("value", "label", "points")
LEVEL_KEYS = ("key", "title", "from", "text")
RECOMMENDATION_KEYS = ("key", "title", "text", "when")
CONDITION_KEYS = ("dimension", "below", "at_least", "level", "question", "is")

TAKEN = frozenset({"name", "company", "date", "score", "level", "benchmark", "people"})
"""Values of every copy, which no question may hide."""

MOST_DIMENSIONS, MOST_QUESTIONS, MOST_LEVELS, MOST_RECOMMENDATIONS = 8, 60, 8, 40
FEWEST_FOR_A_RADAR = 3

Keyed = TypeVar("Keyed", Dimension, Question, Level, Advice)

_ONLY_FOR = {
    "answers": (QuestionKind.CHOICE, QuestionKind.SEVERAL),
    "enough": (QuestionKind.SEVERAL,),
    "steps": (QuestionKind.SCALE,),
    "lowest": (QuestionKind.SCALE,),
    "highest": (QuestionKind.SCALE,),
    "good": (QuestionKind.YES_NO, QuestionKind.SCALE),
    "worst": (QuestionKind.NUMBER,),
    "best": (QuestionKind.NUMBER,),
}


def define(table: Table, language: str) -> Assessment:
    """The assessment as far as it can be used; what is wrong with it is reported by its tables."""
    table.refuse_unknown(*ASSESSMENT_KEYS)
    dimensions = _listed(
        table, "dimensions", MOST_DIMENSIONS, [_dimension(part) for part in table.tables("dimensions")]
    )
    of = [part.key for part in dimensions]
    questions = _listed(
        table, "questions", MOST_QUESTIONS, [_question(part, of, words(language)) for part in table.tables("questions")]
    )
    levels = _listed(table, "levels", MOST_LEVELS, [_level(part) for part in table.tables("levels")])
    _judge_levels(table, levels)
    _judge_dimensions(table, dimensions, questions)
    tables = table.tables("recommendations")
    advice = [_recommendation(part, of, questions, [level.key for level in levels]) for part in tables]
    return Assessment(
        dimensions=dimensions,
        questions=questions,
        levels=levels or (Level("none", "", 0),),
        recommendations=_listed(table, "recommendations", MOST_RECOMMENDATIONS, advice, required=False),
        shown=table.whole("shown", low=1, high=12, default=3),
        benchmark_after=table.whole("benchmark_after", low=5, high=10_000, default=30),
        benchmark_source=table.text("benchmark_source", limit=200),
    )


def _listed(table: Table, name: str, most: int, found: Sequence[Keyed], *, required: bool = True) -> tuple[Keyed, ...]:
    """What was read, each key once; a list that is missing or too long is a fault."""
    if required and not found:
        table.stop(
            name,
            "missing-key",
            sentence(
                "Write at least one of %(named)s, as a table [[assessment.%(name)s]].",
                named=table.named(name),
                name=name,
            ),
        )
    if len(found) > most:
        table.stop(
            name, "too-long", sentence("%(named)s takes %(most)s tables at most.", named=table.named(name), most=most)
        )
    kept: dict[str, Keyed] = {}
    for part, entry in zip(table.tables(name), found, strict=True):
        if entry.key in kept:
            part.stop(
                "key",
                "duplicate-key",
                sentence(
                    "Two of %(named)s have the key %(key)s; give each its own.",
                    named=table.named(name),
                    key=quoted(entry.key),
                ),
            )
        kept.setdefault(entry.key, entry)
    return tuple(kept.values())[:most]


def _key(table: Table) -> str:
    return table.matching("key", KEY, A_KEY, limit=40, required=True)


def _dimension(table: Table) -> Dimension:
    table.refuse_unknown(*DIMENSION_KEYS)
    return Dimension(
        key=_key(table),
        title=table.text("title", limit=60, required=True),
        about=table.paragraphs("about", limit=400),
        weight=_weight(table),
        benchmark=table.whole("benchmark", low=0, high=BEST) if "benchmark" in table else None,
    )


def _weight(table: Table) -> float:
    weight = table.number("weight")
    if weight is not None and not 0 < weight <= BEST:
        table.stop(
            "weight",
            "bad-number",
            sentence("Write %(named)s as a number above 0, up to %(best)s.", named=table.named("weight"), best=BEST),
        )
        return 1
    return 1 if weight is None else weight


def _question(table: Table, dimensions: Collection[str], said: Words) -> Question:
    table.refuse_unknown(*QUESTION_KEYS)
    kind = table.choice("kind", QuestionKind, QuestionKind.CHOICE, required=True)
    for rule, kinds in _ONLY_FOR.items():
        if rule in table and kind not in kinds:
            names = " and ".join(one.value for one in kinds)
            table.stop(
                rule,
                "rule-unused",
                sentence(
                    "%(named)s is for %(names)s questions; take it out here.", named=table.named(rule), names=names
                ),
            )
    worst, best = _ends(table) if kind is QuestionKind.NUMBER else (0.0, 0.0)
    question = Question(
        key=_key(table),
        kind=kind,
        text=table.text("text", limit=150, required=True),
        dimension=_one_of(table, "dimension", dimensions, required=True),
        hint=table.text("hint", limit=300),
        weight=_weight(table),
        required=table.flag("required", default=True),
        answers=_answers(table, kind, said),
        enough=table.number("enough") or 0,
        worst=worst,
        best=best,
    )
    if question.key in TAKEN:
        table.stop(
            "key",
            "taken-key",
            sentence("Documents print something else as %(key)s; choose another key.", key=quoted(question.key)),
        )
    if kind in (QuestionKind.CHOICE, QuestionKind.SEVERAL) and question.answers and question.most <= 0:
        table.stop(
            "answers", "no-points", sentence("Give one of %(named)s `points` above 0.", named=table.named("answers"))
        )
    return question


def _ends(table: Table) -> tuple[float, float]:
    worst, best = table.number("worst"), table.number("best")
    if worst is None or best is None or worst == best:
        table.stop(
            "best", "bad-number", sentence("Write which number is `worst` and which is `best`; they have to differ.")
        )
        return 0, 1
    return worst, best


def _answers(table: Table, kind: QuestionKind, said: Words) -> tuple[Answer, ...]:
    if kind is QuestionKind.YES_NO:
        good = table.text("good", limit=3, default="yes")
        if good not in ("yes", "no"):
            table.stop(
                "good",
                "unknown-good",
                sentence('%(named)s can be "yes" or "no"; not %(good)s.', named=table.named("good"), good=quoted(good)),
            )
        return tuple(
            Answer(value, label, float(value == good)) for value, label in (("yes", said.yes), ("no", said.no))
        )
    if kind is QuestionKind.SCALE:
        return _steps(table)
    if kind is QuestionKind.NUMBER:
        return ()
    found = tuple(_answer(part) for part in table.tables("answers"))
    if len(found) < 2:
        table.stop(
            "answers",
            "no-options",
            sentence(
                "Write two of %(named)s or more, each as a table with `value` and `label`.",
                named=table.named("answers"),
            ),
        )
    if len({answer.value for answer in found}) != len(found):
        table.stop("answers", "duplicate-option", sentence("Two answers have the same value; give each its own."))
    return found


def _steps(table: Table) -> tuple[Answer, ...]:
    """The steps of a scale as answers; only the ends have words."""
    steps = table.whole("steps", low=3, high=10, default=5)
    good = table.text("good", limit=7, default="highest")
    if good not in ("lowest", "highest"):
        table.stop(
            "good",
            "unknown-good",
            sentence(
                '%(named)s can be "lowest" or "highest"; not %(good)s.', named=table.named("good"), good=quoted(good)
            ),
        )
    ends = {1: table.text("lowest", limit=60, required=True), steps: table.text("highest", limit=60, required=True)}
    return tuple(
        Answer(
            str(step),
            f"{step} – {ends[step]}" if ends.get(step) else str(step),
            float(steps - step if good == "lowest" else step - 1),
        )
        for step in range(1, steps + 1)
    )


def _answer(table: Table) -> Answer:
    table.refuse_unknown(*ANSWER_KEYS)
    return Answer(
        value=table.text("value", limit=200, required=True),
        label=table.text("label", limit=200, required=True),
        points=table.number("points") or 0,
    )


def _one_of(table: Table, key: str, known: Collection[str], *, required: bool = False) -> str:
    given = table.text(key, limit=40, required=required)
    if given and given not in known:
        table.stop(
            key,
            "unknown-name",
            sentence(
                "%(named)s can be %(known)s; not %(given)s.",
                named=table.named(key),
                known=", ".join(known),
                given=quoted(given),
            ),
        )
    return given


def _level(table: Table) -> Level:
    table.refuse_unknown(*LEVEL_KEYS)
    return Level(
        key=_key(table),
        title=table.text("title", limit=60, required=True),
        start=table.whole("from", low=0, high=BEST),
        text=table.paragraphs("text", limit=800),
    )


def _judge_levels(table: Table, levels: Sequence[Level]) -> None:
    starts = [level.start for level in levels]
    if levels and (starts[0] != 0 or starts != sorted(set(starts))):
        message = sentence("Let the first level begin at 0 and each other one above the one before it.")
        table.stop("levels", "levels-disordered", message)


def _judge_dimensions(table: Table, dimensions: Sequence[Dimension], questions: Sequence[Question]) -> None:
    for part, dimension in zip(table.tables("dimensions"), dimensions, strict=False):
        if not any(question.dimension == dimension.key and question.required for question in questions):
            part.stop(
                "key",
                "dimension-unasked",
                sentence("Ask a required question for %(title)s, or take it out.", title=quoted(dimension.title)),
            )
    known = [dimension.benchmark for dimension in dimensions if dimension.benchmark is not None]
    if known and len(known) < len(dimensions):
        table.stop("dimensions", "half-benchmark", sentence("Give each dimension a `benchmark`, or none of them."))
    if known and not table.text("benchmark_source", limit=200):
        table.advise(
            "dimensions", "no-benchmark-source", sentence("Say in `benchmark_source` where the numbers come from.")
        )
    if 0 < len(dimensions) < FEWEST_FOR_A_RADAR:
        message = sentence("With fewer than three dimensions there is no radar; three to six make a clear one.")
        table.advise("dimensions", "few-dimensions", message)


def _recommendation(
    table: Table, dimensions: Collection[str], questions: Sequence[Question], levels: Collection[str]
) -> Advice:
    table.refuse_unknown(*RECOMMENDATION_KEYS)
    return Advice(
        key=_key(table),
        title=table.text("title", limit=120, required=True),
        text=table.paragraphs("text", limit=4000, required=True),
        when=tuple(_condition(part, dimensions, questions, levels) for part in table.tables("when")),
    )


def _condition(
    table: Table, dimensions: Collection[str], questions: Sequence[Question], levels: Collection[str]
) -> Condition:
    table.refuse_unknown(*CONDITION_KEYS)
    condition = Condition(
        dimension=_one_of(table, "dimension", dimensions),
        below=table.whole("below", low=1, high=BEST) if "below" in table else None,
        at_least=table.whole("at_least", low=0, high=BEST) if "at_least" in table else None,
        level=_one_of(table, "level", levels),
        question=_one_of(table, "question", [question.key for question in questions]),
        answers=table.texts("is", limit=200, most=50),
    )
    if condition == Condition() or (condition.dimension and condition.below is None and condition.at_least is None):
        table.stop(
            "",
            "empty-condition",
            sentence("Say what has to hold: `below` or `at_least`, `level`, or `question` with `is`."),
        )
    if bool(condition.question) != bool(condition.answers):
        table.stop("question", "empty-condition", sentence("Write `question` and `is` together."))
    asked = next((question for question in questions if question.key == condition.question), None)
    unknown = set(condition.answers) - {answer.value for answer in asked.answers} if asked else set()
    if unknown:
        table.stop(
            "is", "unknown-answer", sentence("The question has no answer %(known)s.", known=", ".join(sorted(unknown)))
        )
    return condition
