import pytest

from capture.engagement import verdicts
from capture.engagement.models import Verdict

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    ("user_agent", "known_lead", "verdict"),
    [
        (FIREFOX, True, Verdict.HUMAN),
        (FIREFOX, False, Verdict.UNPROVEN),
        (GOOGLEBOT, False, Verdict.MACHINE),
        (GOOGLEBOT, True, Verdict.MACHINE),
        ("curl/8.5.0", True, Verdict.MACHINE),
        ("", True, Verdict.MACHINE),
        ("x" * 100_000, False, Verdict.UNPROVEN),
        ("\x00\u202e<script>", False, Verdict.UNPROVEN),
    ],
)
def test_a_request_is_judged_by_what_it_says_of_itself(user_agent: str, known_lead: bool, verdict: Verdict) -> None:
    found, reason = verdicts.judge(user_agent, known_lead=known_lead)

    assert found is verdict
    assert " " in reason


def test_a_request_for_the_headers_only_is_a_machine_s() -> None:
    assert verdicts.judge(FIREFOX, known_lead=True, method="HEAD")[0] is Verdict.MACHINE
