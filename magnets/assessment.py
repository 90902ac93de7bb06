"""An assessment: questions, dimensions, levels and recommendations, and what a set of answers comes to.

All scores are whole numbers from 0 to 100. Nothing here knows a form, a lead or a document: answers are plain values by
the key of their question, as a form gives them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

BEST = 100
"""The end of every scale."""

Answers = Mapping[str, object]


class QuestionKind(StrEnum):
    CHOICE = "choice"  # one of several answers, each with its points
    SEVERAL = "several"  # any of several answers; their points add up
    SCALE = "scale"  # steps between two ends
    YES_NO = "yes_no"
    NUMBER = "number"  # between the worst and the best number


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that can be chosen."""

    value: str
    label: str
    points: float = 0


@dataclass(frozen=True, slots=True)
class Question:
    """`answers` are for the kinds that are chosen from, a scale's being its steps; `worst` and `best` are a number's.

    With kind `several`, `enough` is the number of points that counts as all of them.
    """

    key: str
    kind: QuestionKind
    text: str
    dimension: str
    hint: str = ""
    weight: float = 1
    required: bool = True
    answers: tuple[Answer, ...] = ()
    enough: float = 0
    worst: float = 0
    best: float = 0

    def share(self, answer: object) -> float | None:
        """What the answer is worth, from 0 to 1; None where nothing was answered."""
        if answer is None or answer == "" or answer == []:
            return None
        if self.kind is QuestionKind.NUMBER:
            return _between(answer, self.worst, self.best)
        chosen = answer if isinstance(answer, list | tuple) else [answer]
        points = sum(known.points for known in self.answers if known.value in chosen)
        return min(1.0, max(0.0, points / self.most)) if self.most else 0.0

    @property
    def most(self) -> float:
        """The points of the best answer."""
        given = [known.points for known in self.answers if known.points > 0]
        if self.kind is QuestionKind.SEVERAL:
            return self.enough or sum(given)
        return max(given, default=0)

    @property
    def ends(self) -> tuple[float, float]:
        """What the worst and the best answer are worth, from 0 to 1."""
        if self.kind is QuestionKind.NUMBER:
            return 0.0, 1.0
        values = [answer.value for answer in self.answers]
        shares = [self.share(value) or 0.0 for value in values]
        if self.kind is QuestionKind.SEVERAL:
            good = [answer.value for answer in self.answers if answer.points > 0]
            bad = [answer.value for answer in self.answers if answer.points < 0]
            shares += [self.share(some) or 0.0 for some in (good, bad) if some]
        return min(shares, default=0.0), max(shares, default=0.0)


def _between(answer: object, worst: float, best: float) -> float | None:
    if not isinstance(answer, int | float) or isinstance(answer, bool) or worst == best:
        return None
    return min(1.0, max(0.0, (answer - worst) / (best - worst)))


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that is measured. `benchmark` is what others score, where the author knows it."""

    key: str
    title: str
    about: str = ""
    weight: float = 1
    benchmark: int | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A name for scores from `start` up to the next level."""

    key: str
    title: str
    start: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """All that is given has to hold: a score (of a dimension, or the whole), a level, or an answer."""

    dimension: str = ""
    below: int | None = None
    at_least: int | None = None
    level: str = ""
    question: str = ""
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Advice for those to whom all of `when` applies; without conditions for everybody."""

    key: str
    title: str
    text: str
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """`shown` recommendations at most are chosen; `benchmark_after` people make a benchmark of earlier answers."""

    dimensions: tuple[Dimension, ...]
    questions: tuple[Question, ...]
    levels: tuple[Level, ...]
    recommendations: tuple[Recommendation, ...] = ()
    shown: int = 3
    benchmark_after: int = 30
    benchmark_source: str = ""

    def asked_for(self, dimension: Dimension) -> tuple[Question, ...]:
        """The questions of a dimension, in their order: one step of the form."""
        return tuple(question for question in self.questions if question.dimension == dimension.key)

    def level_of(self, score: int) -> Level:
        """The highest level that the score reaches."""
        reached = [level for level in self.levels if level.start <= score]
        return max(reached, key=lambda level: level.start) if reached else self.levels[0]

    @property
    def given_benchmark(self) -> "Benchmark | None":
        """What the author says others score; None where a dimension lacks it."""
        known = {part.key: part.benchmark for part in self.dimensions if part.benchmark is not None}
        if not known or len(known) < len(self.dimensions):
            return None
        return Benchmark(_whole(self, known), known, source=self.benchmark_source)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What others score. `people` is how many answered; 0 where the author gave the numbers and says from where."""

    score: int
    dimensions: Mapping[str, int]
    people: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A dimension with its score."""

    dimension: Dimension
    score: int


@dataclass(frozen=True, slots=True)
class Result:
    """What the answers come to; the recommendations with the weakest dimension first."""

    score: int
    level: Level
    dimensions: tuple[Scored, ...]
    recommendations: tuple[Recommendation, ...]

    @property
    def by_dimension(self) -> dict[str, int]:
        return {scored.dimension.key: scored.score for scored in self.dimensions}


def result(assessment: Assessment, answers: Answers) -> Result:
    """The scores, the level, and the recommendations that apply. Questions left open do not count."""
    scores = {part.key: _score(assessment.asked_for(part), answers) for part in assessment.dimensions}
    score = _whole(assessment, scores)
    level = assessment.level_of(score)
    return Result(
        score=score,
        level=level,
        dimensions=tuple(Scored(part, scores[part.key]) for part in assessment.dimensions),
        recommendations=_chosen(assessment, answers, scores, score, level),
    )


def reach(assessment: Assessment) -> dict[str, tuple[int, int]]:
    """The lowest and the highest score that answers can come to, by dimension; under "" those of the whole."""
    scores = {part.key: _reach(assessment.asked_for(part)) for part in assessment.dimensions}
    ends = [_whole(assessment, {key: both[end] for key, both in scores.items()}) for end in (0, 1)]
    return {**scores, "": (ends[0], ends[1])}


def _reach(questions: Sequence[Question]) -> tuple[int, int]:
    """A question that may be left open counts where that makes the score lower, or higher."""
    found = []
    for end in (0, 1):
        counted = [(asked.weight, asked.ends[end]) for asked in questions if asked.required]
        left = [(asked.weight, asked.ends[end]) for asked in questions if not asked.required]
        for weight, share in sorted(left, key=lambda one: one[1], reverse=end == 1):
            mean = _mean(counted)
            if (end == 1 and share > mean) or (end == 0 and counted and share < mean):
                counted.append((weight, share))
        found.append(rounded(BEST * _mean(counted)))
    return found[0], found[1]


def benchmark_of(assessment: Assessment, people: int, totals: Mapping[str, int]) -> Benchmark | None:
    """The mean of what earlier people scored, from the sums of their scores by dimension; None while too few."""
    if people < max(1, assessment.benchmark_after):
        return None
    means = {part.key: rounded(totals.get(part.key, 0) / people) for part in assessment.dimensions}
    return Benchmark(_whole(assessment, means), means, people=people)


def question_set(assessment: Assessment) -> str:
    """A name for everything that scores depend on: only answers to the same questions can be compared.

    Words may change, what is worth how much may not.
    """
    weighed = [
        [[part.key, part.weight] for part in assessment.dimensions],
        [
            [
                *(asked.key, asked.kind.value, asked.dimension, asked.weight, asked.enough, asked.worst, asked.best),
                [[answer.value, answer.points] for answer in asked.answers],
            ]
            for asked in assessment.questions
        ],
    ]
    return hashlib.sha256(json.dumps(weighed).encode()).hexdigest()


def values(found: Result, benchmark: Benchmark | None) -> dict[str, str | float | Sequence[float]]:
    """A result by the names of the places in a document where it is printed.

    `score`, `level` and `score.KEY` for each dimension; the same with `benchmark` for what others score, and `people`,
    where there is one. `profile-own` and `profile-others` are for radars: no key that an author writes has a hyphen.
    """
    printed: dict[str, str | float | Sequence[float]] = {
        "score": found.score,
        "level": found.level.title,
        "profile-own": [scored.score for scored in found.dimensions],
    }
    printed |= {f"score.{key}": score for key, score in found.by_dimension.items()}
    if benchmark is not None:
        printed |= {
            "benchmark": benchmark.score,
            "profile-others": [benchmark.dimensions[key] for key in found.by_dimension],
        }
        printed |= {f"benchmark.{key}": benchmark.dimensions[key] for key in found.by_dimension}
        if benchmark.people:
            printed["people"] = benchmark.people
    return printed


def sections(found: Result, benchmark: Benchmark | None) -> tuple[str, ...]:
    """The pages of the document that the lead's copy keeps, by the names of their sections."""
    return (
        section_of(found.level),
        *([COMPARISON] if benchmark else []),
        *(section_of(recommendation) for recommendation in found.recommendations),
    )


COMPARISON = "benchmark"
"""The section that shows what others score."""


def section_of(part: Level | Recommendation) -> str:
    """The name of the section that is there for those who reached a level, or to whom a recommendation applies."""
    return f"{'level' if isinstance(part, Level) else 'advice'}.{part.key}"


def rounded(value: float) -> int:
    """To the nearest whole number, halves up: as people round, and the same on every machine."""
    return int(value + 0.5)


def _score(questions: Sequence[Question], answers: Answers) -> int:
    shares = [(question.weight, question.share(answers.get(question.key))) for question in questions]
    return rounded(BEST * _mean([(weight, share) for weight, share in shares if share is not None]))


def _whole(assessment: Assessment, scores: Mapping[str, int]) -> int:
    return rounded(_mean([(part.weight, scores[part.key]) for part in assessment.dimensions]))


def _mean(weighted: Sequence[tuple[float, float]]) -> float:
    total = sum(weight for weight, _ in weighted)
    return sum(weight * value for weight, value in weighted) / total if total else 0.0


def _chosen(
    assessment: Assessment, answers: Answers, scores: Mapping[str, int], score: int, level: Level
) -> tuple[Recommendation, ...]:
    def applies(condition: Condition) -> bool:
        measured = scores.get(condition.dimension, score)
        return (
            (condition.below is None or measured < condition.below)
            and (condition.at_least is None or measured >= condition.at_least)
            and condition.level in ("", level.key)
            and (not condition.question or _is_given(answers.get(condition.question), condition.answers))
        )

    def weakest(recommendation: Recommendation) -> int:
        return min((scores.get(part.dimension, BEST) for part in recommendation.when), default=BEST)

    fitting = [one for one in assessment.recommendations if all(applies(part) for part in one.when)]
    return tuple(sorted(fitting, key=weakest)[: assessment.shown])


def _is_given(answer: object, wanted: Sequence[str]) -> bool:
    return any(value in wanted for value in _chosen_values(answer))


def _chosen_values(answer: object) -> Iterator[str]:
    yield from map(str, answer if isinstance(answer, list | tuple) else [] if answer is None else [answer])
