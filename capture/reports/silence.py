"""Whether silence is chance: plain arithmetic on visits and fills."""

from math import exp, lgamma

FEWEST_VISITS = 20  # fewer say nothing
FEWEST_FILLS = 5
IMPROBABLE = 0.01


def chance_of_none(visits: int, *, usual_visits: int, usual_fills: int) -> float:
    """How probable it is that none of so many visitors fills, 0 to 1, going by what was usual.

    The usual rate is known only as well as its numbers allow, so it is a beta distribution and not a point; the
    answer is the beta-binomial probability of zero (Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.4).
    1 where nobody ever filled.
    """
    fills = min(usual_fills, usual_visits)
    if fills <= 0:
        return 1.0
    rest = usual_visits - fills + 1
    return exp(lgamma(rest + visits) - lgamma(rest) + lgamma(fills + rest) - lgamma(fills + rest + visits))


def is_silent(visits: int, fills: int, *, usual_visits: int, usual_fills: int) -> bool:
    """Whether it is worth a mail that visits went on and fills did not."""
    if fills or visits < FEWEST_VISITS:
        return False
    return chance_of_none(visits, usual_visits=usual_visits, usual_fills=usual_fills) < IMPROBABLE
