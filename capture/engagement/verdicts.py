"""Was it a person? A verdict with its reason in words. Plain arithmetic; proof comes from what is done later."""

from functools import lru_cache

from crawleruseragents import is_crawler

from capture.engagement.models import Verdict
from capture.languages import kept

FORM_FILLED_LATER = kept("this browser filled in a form later")
_LONGEST = 1_000  # characters of a User-Agent that are looked at


def judge(user_agent: str, *, known_lead: bool, method: str = "GET") -> tuple[Verdict, str]:
    """Judge a request by what it says of itself.

    `known_lead` is whether the browser's cookie belongs to somebody who filled in a form. Speed is never a proof:
    real mail programs open and follow within a second.
    """
    if method == "HEAD":
        return Verdict.MACHINE, kept("asked for the headers only, as link checkers do")
    if not user_agent.strip():
        return Verdict.MACHINE, kept("does not say which program it is")
    if _is_machine(user_agent[:_LONGEST]):
        return Verdict.MACHINE, kept("says that it is a robot or a tool")
    if known_lead:
        return Verdict.HUMAN, kept("the browser of somebody who filled in a form")
    return Verdict.UNPROVEN, kept("a browser that has not filled in a form yet")


@lru_cache(maxsize=4096)  # a thousand patterns are slow to try, and few browsers are many visits
def _is_machine(user_agent: str) -> bool:
    return is_crawler(user_agent)
