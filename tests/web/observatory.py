"""The grade that the HTTP Observatory would give an answer over HTTPS, by its published table of scores.

Source: https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring. Only the outcomes that matter to us are
kept apart; every outcome that is worse than the ones named here costs as much as the worst of its test.
"""

from collections.abc import Iterator

from werkzeug.test import TestResponse

BONUS_FROM = 90
GRADES = ((100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (0, "C or worse"))
PRIVATE_REFERRERS = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
HALF_A_YEAR = 15_552_000


def grade(answer: TestResponse) -> str:
    """`A+` to `C or worse`."""
    changes = list(_changes(answer))
    score = 100 + sum(change for change in changes if change < 0)
    if score >= BONUS_FROM:
        score += sum(change for change in changes if change > 0)
    return next(letter for least, letter in GRADES if score >= least)


def policy(answer: TestResponse) -> dict[str, set[str]]:
    """The content security policy by directive."""
    parts = [part.split() for part in answer.headers.get("Content-Security-Policy", "").split(";") if part.strip()]
    return {name: set(sources) for name, *sources in parts}


def _changes(answer: TestResponse) -> Iterator[int]:
    csp = policy(answer)
    yield _content_security(csp)
    yield from _cookies(answer)
    yield 5 if answer.headers.get("Referrer-Policy") in PRIVATE_REFERRERS else -5
    yield 0 if _max_age(answer) >= HALF_A_YEAR else -20
    yield 0 if answer.headers.get("X-Content-Type-Options") == "nosniff" else -5
    yield 5 if csp.get("frame-ancestors") == {"'none'"} else -20
    yield 10 if answer.headers.get("Cross-Origin-Resource-Policy") == "same-origin" else 0
    yield -50 if "Access-Control-Allow-Credentials" in answer.headers else 0


def _content_security(csp: dict[str, set[str]]) -> int:
    everything = set().union(*csp.values()) if csp else {"*"}
    if not csp or everything & {"'unsafe-inline'", "'unsafe-eval'", "data:", "*", "https:", "http:"}:
        return -25
    own_forms = csp.get("form-action", {"*"}) <= {"'self'", "'none'"}
    return 10 if csp.get("default-src") == {"'none'"} and own_forms else 5


def _cookies(answer: TestResponse) -> Iterator[int]:
    cookies = [cookie.lower() for cookie in answer.headers.getlist("Set-Cookie")]
    if not cookies:
        return
    if not all("secure" in cookie for cookie in cookies):
        yield -40
    elif not all("httponly" in cookie for cookie in cookies):
        yield -30
    elif not all("samesite=lax" in cookie or "samesite=strict" in cookie for cookie in cookies):
        yield -20
    else:
        yield 5


def _max_age(answer: TestResponse) -> int:
    parts = answer.headers.get("Strict-Transport-Security", "").replace(" ", "").split(";")
    return next((int(part.removeprefix("max-age=")) for part in parts if part.startswith("max-age=")), 0)
