"""Always-valid tests and intervals for counts: they hold however often one looks, and whenever one stops.

By Lindon and Malek, "Anytime-Valid Inference for Multinomial Count Data" (NeurIPS 2022, arXiv:2011.03567); the formulas
and what they promise stand in docs/experiments.md. Plain arithmetic.
"""

import math
from collections.abc import Callable, Sequence

# How strongly a mixture expects the shares that are to be expected: for fills, differences of 15 to 30 % are found
# soonest; a split of visitors that is worth an alarm is off by a few points.
FILLS, SPLIT = 100.0, 500.0
_STEPS = 40  # halvings: far finer than anything that is shown


def evidence(counts: Sequence[int], shares: Sequence[float], strength: float = FILLS) -> float:
    """The natural logarithm of the evidence against these shares, which sum to 1.

    Whatever stands in the data by chance alone, it ever reaches log(1/a) with a probability of at most a.
    """
    mixture = math.lgamma(strength) - math.lgamma(strength + sum(counts))
    for count, share in zip(counts, shares, strict=True):
        mixture += math.lgamma(strength * share + count) - math.lgamma(strength * share) - count * math.log(share)
    return mixture


def best(counts: Sequence[int], visitors: Sequence[int], weights: Sequence[int], alpha: float) -> int | None:
    """The one that brings more than every other; None while that is not told.

    Where all bring the same, one is ever named with a probability of at most `alpha`. It has to be told against the
    split that was meant, which makes that promise exact, and against the one that was seen: where visitors of a
    variant are lost, the others bring more of everything.
    """
    splits = weights, visitors
    for one in range(len(counts)):
        others = [other for other in range(len(counts)) if other != one]
        if all(_beats(counts, split, one, other, alpha) for other in others for split in splits):
            return one
    return None


def alpha_of_a_pair(alpha: float, variants: int) -> float:
    """What each comparison of two may err, so that all of them together err with `alpha` (Bonferroni)."""
    return alpha / math.comb(variants, 2)


def _beats(counts: Sequence[int], split: Sequence[int], one: int, other: int, alpha: float) -> bool:
    if not split[other] or counts[one] * split[other] <= counts[other] * split[one]:
        return False
    share = split[one] / (split[one] + split[other])
    told = evidence((counts[one], counts[other]), (share, 1 - share))
    return told >= math.log(1 / alpha_of_a_pair(alpha, len(counts)))


def ratio(mine: int, other: int, share: float, alpha: float) -> tuple[float, float]:
    """Between which factors my rate lies of the other's, wrong ever with a probability of at most `alpha`.

    `share` is mine of the visitors of both. The upper end may be infinite.
    """
    low, high = _interval(mine, other, FILLS * share, FILLS * (1 - share), alpha)
    odds = share / (1 - share)
    return low / (1 - low) / odds, high / (1 - high) / odds if high < 1 else math.inf


def rate(part: int, whole: int, alpha: float) -> tuple[float, float]:
    """Between which bounds the rate lies of which `part` of `whole` are seen."""
    return _interval(part, whole - part, 0.5, 0.5, alpha)


def fills_to_tell(factor: float, share: float, alpha: float) -> int:
    """How many fills of both it takes, as they are to be expected, until a difference of this factor is told."""
    mine = share * factor / (share * factor + 1 - share)
    few, many = 1, 10_000_000
    while few < many:
        fills = (few + many) // 2
        counts = round(fills * mine), fills - round(fills * mine)
        is_told = evidence(counts, (share, 1 - share)) >= math.log(1 / alpha)
        few, many = (few, fills) if is_told else (fills + 1, many)
    return few


def _interval(hits: int, misses: int, a: float, b: float, alpha: float) -> tuple[float, float]:
    """The shares of hits against which the evidence of a Beta(a, b) mixture is below 1/alpha."""
    mixture = _log_beta(a + hits, b + misses) - _log_beta(a, b)

    def is_out(share: float) -> bool:
        return mixture - hits * math.log(share) - misses * math.log1p(-share) >= math.log(1 / alpha)

    seen = hits / (hits + misses) if hits + misses else 0.5
    return (_edge(seen, 0.0, is_out) if hits else 0.0), (_edge(seen, 1.0, is_out) if misses else 1.0)


def _edge(inside: float, outside: float, is_out: Callable[[float], bool]) -> float:
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        if is_out(middle):
            outside = middle
        else:
            inside = middle
    return outside


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
