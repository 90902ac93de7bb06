"""Experiments that never were: what is named of variants that are alike, and of one that is better."""

import math
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from capture.pages.variants import Overrides, Running, Shown
from capture.reports import sequential
from capture.reports.experiments import Result, judged

BATCH = 100
RUNS = 200


def looked_at(
    seed: int, rates: Sequence[float], weights: Sequence[int], batches: int, *, arrives: Sequence[float] = (1, 1, 1)
) -> str:
    """Who was named a winner at any look, one after each batch; a fill comes up to three batches after its visit.

    `arrives`: the share of each variant's visitors that is counted at all.
    """
    dice = random.Random(seed)  # noqa: S311  a simulation
    numbers = [[0, 0, 0] for _ in rates]
    fills: list[list[int]] = [[] for _ in range(batches + 3)]
    for batch in range(batches):
        share = 1 + 0.5 * math.sin(batch)  # days are not alike
        for one in dice.choices(range(len(rates)), weights, k=BATCH):
            if dice.random() < arrives[one]:
                numbers[one][0] += 1
                if dice.random() < rates[one] * share:
                    fills[batch + dice.randrange(4)].append(one)
        for one in fills[batch]:
            numbers[one][1] += 1
            numbers[one][2] += dice.random() < 0.3
        told = result(weights, numbers)
        if told.winner:
            return told.winner
    return ""


def result(weights: Sequence[int], numbers: Sequence[Sequence[int]]) -> Result:
    return judged([("ABCD"[at], weight, *numbers[at]) for at, weight in enumerate(weights)])  # type: ignore[misc]


@pytest.mark.parametrize(("rates", "weights"), [((0.2, 0.2), (1, 1)), ((0.2, 0.2, 0.2), (2, 1, 1))])
def test_variants_that_are_alike_have_no_winner_in_95_of_100_runs(
    rates: Sequence[float], weights: Sequence[int]
) -> None:
    named = [looked_at(seed, rates, weights, 20) for seed in range(RUNS)]

    assert sum(map(bool, named)) <= RUNS * 5 // 100


def test_a_better_variant_is_found_and_no_other() -> None:
    named = [looked_at(seed, (0.2, 0.26), (1, 1), 50) for seed in range(10)]

    assert named.count("B") >= 9
    assert "A" not in named


def test_visitors_that_are_not_split_by_the_weights_raise_an_alarm_and_keep_the_winner_back() -> None:
    lossy = [looked_at(seed, (0.5, 0.5), (1, 1), 20, arrives=(1, 0.8)) for seed in range(20)]
    assert lossy.count("") >= 19

    told = result((1, 1), [(5_300, 500, 50), (4_700, 700, 90)])
    assert (told.is_split_wrong, told.winner) == (True, "")
    assert "A 5,300 where about 5,000 were due and B 4,700" in told.sentences[0]
    assert not result((1, 1), [(5_100, 500, 50), (4_900, 500, 50)]).is_split_wrong


def test_the_interval_says_what_the_test_says() -> None:
    alpha = sequential.alpha_of_a_pair(0.04, 2)
    for fills in range(150, 320, 10):
        low, _high = sequential.ratio(fills, 200, 0.5, alpha)
        assert (low >= 1) == (sequential.best((200, fills), (1_000, 1_000), (1, 1), 0.04) == 1)
    assert sequential.ratio(0, 0, 0.5, alpha) == (0, math.inf)
    low, high = sequential.ratio(100, 200, 1 / 3, alpha)
    assert low < 1 < high
    assert sequential.rate(0, 0, 0.05) == (0, 1)


def test_the_words_say_what_is_known_and_what_is_not() -> None:
    early, late = result((1, 1), [(50, 5, 0), (50, 7, 0)]), result((1, 1), [(5_000, 500, 50), (5_000, 700, 90)])

    assert early.sentences[0] == "No winner can be named yet."
    assert early.sentences[1] == "For every 100 fills of A, seen by as many people, B brings 30 to 750."
    assert late.winner == "B"
    assert late.sentences[1] == "For every 100 fills of A, seen by as many people, B brings 115 to 171."
    torn = result((1, 1), [(5_000, 500, 300), (5_000, 700, 90)])
    assert (torn.winner, "A more MQLs" in torn.sentences[0]) == ("", True)


def test_browsers_are_split_by_the_weights_and_stay_where_they_are() -> None:
    running = Running(1, "key", tuple(Shown(at, "ABC"[at], (2, 1, 1)[at], Overrides()) for at in range(3)))

    seen = Counter(running.of(f"cookie-{number}").letter for number in range(4_000))  # type: ignore[union-attr]

    assert seen["A"] == pytest.approx(2_000, abs=100)
    assert seen["B"] == pytest.approx(1_000, abs=100)
    assert running.of("cookie-1") == running.of("cookie-1")
    assert running.of(None) is None
