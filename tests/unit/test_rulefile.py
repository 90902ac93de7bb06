import time
from dataclasses import replace
from typing import Any

import pytest

from capture.engagement.models import EventKind
from capture.errors import RulesRefused
from capture.scoring import preset, rewriting, rulefile, rulewords
from capture.scoring import rules as rule_sets
from capture.scoring.conditions import Condition, Question
from capture.scoring.rules import Cap, EngagementRule, FitRule, Per

PRESET = rulefile.write(preset.DEFAULT)


def test_what_is_written_reads_back_the_same() -> None:
    rules = replace(
        preset.DEFAULT,
        fit=(
            *preset.DEFAULT.fit,
            FitRule("rival", "A rival", 0, Condition(Question.DOMAINS, "email", ("a.example",)), disqualifies=True),
        ),
        engagement=(
            replace(
                preset.DEFAULT.engagement[0],
                event="link_followed",
                campaigns=("spring",),
                sections=("pricing",),
                per=Per.LEAD,
            ),
        ),
        engagement_threshold=8,
    )

    assert rulefile.read(PRESET) == preset.DEFAULT
    assert rulefile.read(rulefile.write(rules)) == rules
    assert rulefile.check(preset.DEFAULT) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("fit_threshold = 30", "fit_threshold = ", "no TOML"),
        ("fit_threshold = 30", "fit_threshold = 30\nfit_threshold = 31", "“fit_threshold” stands there twice"),
        ("fit_threshold = 30", "= 30", "there is no name before the “=”"),
        ("fit_threshold = 30", "fit_threshold = 2026-13-01", "this is not a date"),
        ("fit_threshold = 30", "fit_threshold = 030", "this is not a number"),
        ("fit_threshold = 30", "fit_threshold = 'a", "a text is never closed"),
        ("fit_threshold = 30", "fit_threshold = true", "fit_threshold: must be a whole number"),
        ("fit_threshold = 30", "fit_threshold = 300", "nobody gets there"),
        ("engagement_threshold = 45", "engagment_threshold = 45", "engagment_threshold: is not known here"),
        ('points = 15\nasks = "work_email"', 'points = 1.5\nasks = "work_email"', "“work_email”: needs points"),
        ('asks = "work_email"', 'asks = "workmail"', "needs “asks”: one of known"),
        ('field = "country"', 'field = "marketing_email"', "permission"),
        ('key = "title_known"', 'key = "company_known"', "has the key of another rule"),
        ('values = ["top"]', 'values = ["boss"]', "needs “values” out of top"),
        ("half_life = 30", "half_life = 3", "“half_life” must be a whole number of days, from 7 to 10,000"),
        ('event = "page_viewed"', 'event = "page_seen"', "needs “event”: one of page_viewed"),
        ("low = 50\n", "low = 5000\n", "nothing lies between"),
        ("low = 50\n", "low = nan\n", "must be numbers"),
        ("low = 50\n", "low = -inf\n", "must be numbers"),
        ("points = 20\n\n[caps.visits]", "points = 0\n\n[caps.visits]", "cap “seniority”: needs points"),
        ("fit_threshold = 30", "fit_threshold = 1001", "fit_threshold: must be a whole number from 0 to 1,000"),
        ("fit_threshold = 30", "fit_threshold = -1", "fit_threshold: must be a whole number from 0 to 1,000"),
        ('points = 15\nasks = "work_email"', 'points = 1001\nasks = "work_email"', "“work_email”: needs points"),
        ('points = 15\nasks = "work_email"', 'points = 15\nasks = "range"', "needs “low” or “high”, or both"),
        ('asks = "work_email"', 'asks = "work_email"\ndisqualifies = true', "Leave the points out"),
        ('key = "title_known"', f'key = "{"x" * 101}"', "has a key with spaces or of more than 100 characters"),
        ('key = "title_known"', 'key = "title known"', "has a key with spaces or of more than 100 characters"),
        ("at_most = 1\ndays = 30", "days = 30", "Say how often with “at_most”"),
        ('per = "page"', 'per = "week"', "“per” must be one of lead, page, magnet"),
        ("points = 24\ndays = 30", "points = 24\nday = 30", "cap “visits”: says “day”, which is not known here"),
        ("points = 24\ndays = 30", "points = 100001", "cap “visits”: needs points: a whole number from 1 to 100,000"),
        ("points = 24\ndays = 30", "points = 24\ndays = 10001", "“days” must be a whole number from 1 to 10,000"),
        ("[caps.seniority]", '[caps.""]', "needs the name of a group"),
        ("half_life = 30", "half_life = 10001", "“half_life” must be a whole number of days, from 7 to 10,000"),
        ("low = 50\n", "low = 1" + "0" * 400 + "\n", "must be numbers"),
        ('values = ["top"]', "values = [[]]", "needs “values” out of top"),
        ('values = ["top"]', 'values = [" "]', "“values” holds a text with nothing in it"),
        ('group = "visits"', 'campaigns = ["a*", " ** "]', "“campaigns” holds a lone *, which takes everything"),
        ('group = "visits"', f'campaigns = ["{"x" * 201}"]', "“campaigns” takes 200 texts of 200 characters"),
        ('group = "visits"', f"campaigns = {['a'] * 201}", "“campaigns” takes 200 texts of 200 characters"),
        ('values = ["top"]', 'values = ["top"]\nlow = 1', "says “low”, at which “seniority” does not look"),
        ('asks = "work_email"', 'asks = "work_email"\nvalues = ["a"]', "says “values”, at which “work_email” does not"),
        ('asks = "work_email"', 'asks = "equals"\nvalues = ["a", "b"]', "“values” must be one text alone"),
        ('asks = "work_email"', 'asks = "work_email"\ndisqualifies = "yes"', "“disqualifies” must be true"),
        ('group = "visits"', "group = 1", "“group” must be a text"),
        ('field = "country"', 'field = ["country"]', "“field” must be a text"),
        ('key = "title_known"', 'key = "struck"', "has a key that the ledger keeps for itself"),
        ("Named the job", "Named \\u0000 the job", "“because” holds a character that cannot be kept"),
    ],
)
def test_a_fault_is_named_where_it_stands_and_says_what_to_do(before: str, after: str, said: str) -> None:
    text = PRESET.replace("low = 50.0", "low = 50")
    assert before in text

    with pytest.raises(RulesRefused) as refused:
        rulefile.read(text.replace(before, after, 1))

    assert any(said in fault for fault in refused.value.faults), refused.value.faults


def test_a_fault_says_in_which_line_of_the_file_it_is() -> None:
    text = """\
fit_threshold = 10
engagement_threshold = "high"

[caps.visits]
points = 0

# Who decides
[[fit]]
key = "top"
because = "Decides"
points = "many"
asks = "known"
field = "job_title"

[[fit]]
because = "Writes"
points = 5
asks = "workmail"
field = "email"
colour = "red"
"""

    with pytest.raises(RulesRefused) as refused:
        rulefile.read(text)
    with pytest.raises(RulesRefused) as broken:
        rulefile.read(text.replace('"high"', ""))

    assert [fault.partition(":")[0] for fault in refused.value.faults] == [
        *("Line 2", "Line 11", "Line 20", "Line 15", "Line 18", "Line 5")
    ]
    assert "at line 2" in broken.value.faults[0]


def test_a_file_with_thousands_of_rules_is_refused_at_once() -> None:
    rules = "".join(f'[[fit]]\nkey = "rule_{number}"\n' for number in range(6_000))
    before = time.process_time()

    with pytest.raises(RulesRefused) as refused:
        rulefile.read(f"fit_threshold = 1\nengagement_threshold = 1\n{rules}")

    assert refused.value.faults == ["fit: has more than 200 rules."]
    assert time.process_time() - before < 10


@pytest.mark.parametrize(
    "odd", ["“”", '"quoted"', "a\\b", "line\nbreak", "tab\t", "[[fit]]", "# no", "\u2028x", "ﬁ 🙂", "x = 1"]
)
def test_odd_characters_come_back_as_they_went(odd: str) -> None:
    first, *others = preset.DEFAULT.fit
    looks = Condition(Question.CONTAINS, odd, (odd, "other"))
    view = replace(preset.DEFAULT.engagement[0], because=odd, pages=(odd,), group=odd)
    rules = replace(
        preset.DEFAULT,
        fit=(replace(first, because=odd, when=looks, group=odd), *others),
        engagement=(view, *preset.DEFAULT.engagement[1:]),
        caps={odd: Cap(9, 30)},
    )

    written = rulefile.write(rules)

    assert rulefile.read(written) == rules
    assert rulefile.read(rewriting.rewritten(PRESET, rules)) == rules
    assert rewriting.rewritten(written, rules) == written
    assert rulefile.read(rewriting.rewritten(written, preset.DEFAULT)) == preset.DEFAULT


WRITTEN = """\
# Ours, since March
fit_threshold = 10     # was 15
engagement_threshold = 8

# Sales asked for it
[[fit]]
because = "Decides"
key = "top"
points = 20  # more than a leader
asks = "seniority"
field = "job_title"
values = [
  "top",  # and nobody else
]

# Not for long
[[fit]]
key = "named"
because = "Named"
points = 5
asks = "known"
field = "company"

[[engagement]]
key = "viewed"
because = "Looked"
points = 8
event = "page_viewed"
per = "lead"

# No flood
[caps.few]
points = 30
"""


def test_a_file_changes_only_where_its_rules_do() -> None:
    rules = rulefile.read(WRITTEN)
    top, named = rules.fit

    assert rewriting.rewritten(WRITTEN, rules) == WRITTEN
    changed = rewriting.rewritten(
        WRITTEN,
        replace(
            rules,
            fit_threshold=12,
            fit=(named, replace(top, points=25), replace(named, key="new", because="New")),
            caps={"few": Cap(30, 7), "more": Cap(9)},
        ),
    )
    without = rewriting.rewritten(WRITTEN, replace(rules, fit=(top,), caps={}))

    assert "fit_threshold = 12     # was 15\n" in changed
    assert "points = 25  # more than a leader\n" in changed
    assert '  "top",  # and nobody else\n' in changed
    assert changed.index("# Not for long\n[[fit]]") < changed.index("# Sales asked for it\n[[fit]]")
    assert "# No flood\n[caps.few]\npoints = 30\ndays = 7\n" in changed
    assert "Not for long" not in without
    assert "# No flood" not in without
    assert without.startswith(WRITTEN.partition("# Not for long")[0].rstrip("\n"))


def test_a_file_that_cannot_be_changed_in_place_is_written_as_new() -> None:
    rules = rulefile.read(WRITTEN)
    inline = WRITTEN.partition("# No flood")[0] + "\n[caps]\nfew = { points = 30 }\n"
    harder = replace(rules, fit_threshold=11, caps={"few": Cap(31)})

    assert rulefile.read(inline) == rules
    assert rulefile.read(rewriting.rewritten(inline, harder)) == harder
    assert rewriting.rewritten("no file", rules) == rulefile.write(rules)


def test_a_difference_is_a_sentence_for_each_change() -> None:
    view = preset.DEFAULT.engagement[0]
    after = replace(
        preset.DEFAULT,
        fit_threshold=20,
        fit=preset.DEFAULT.fit[1:],
        engagement=(replace(view, points=4, half_life=14, at_most=None, days=None), *preset.DEFAULT.engagement[1:]),
    )

    assert rulewords.difference(preset.DEFAULT, preset.DEFAULT) == []
    assert rulewords.difference(preset.DEFAULT, after) == [
        "The fit threshold goes from 30 to 20.",
        "Gone: “Writes from a work e-mail address” (+15).",
        "“Looked at the page of “…””: +8 becomes +4, once for each page in 30 days becomes every time for each "
        "page, the half-life goes from 30 days to 14 days.",
    ]
    narrowed = replace(view, pages=("prices", "guide"), campaigns=("spring",))
    other = replace(preset.DEFAULT, engagement=(narrowed, *preset.DEFAULT.engagement[1:]))
    assert rulewords.difference(preset.DEFAULT, other) == [
        "“Looked at the page of “…””: “Looked at a page” becomes “Looked at a page; page prices or guide; "
        "campaign spring”.",
    ]


def test_each_part_of_a_rule_and_of_a_cap_that_changes_is_told() -> None:
    first, second, *others = preset.DEFAULT.fit
    [size] = [rule for rule in others if rule.key == "size_medium"]
    view = preset.DEFAULT.engagement[0]

    def told(**changes: object) -> list[str]:
        return rulewords.difference(preset.DEFAULT, replace(preset.DEFAULT, **changes))  # type: ignore[arg-type]

    def of_size(**changes: object) -> list[str]:
        changed = replace(size, **changes)  # type: ignore[arg-type]
        return told(fit=tuple(changed if rule is size else rule for rule in preset.DEFAULT.fit))

    named = "“The company has 50 to 999 people”"
    assert of_size(when=replace(size.when, low=None)) == [
        f"{named}: “company_size is 50 to 999” becomes “company_size is 999 or less”."
    ]
    assert of_size(when=replace(size.when, high=None)) == [
        f"{named}: “company_size is 50 to 999” becomes “company_size is 50 or more”."
    ]
    assert of_size(group="size") == [f"{named}: its group goes from none to size."]
    assert of_size(because="Has a size") == [f"{named}: it now says “Has a size”."]
    assert of_size(points=0, disqualifies=True) == [f"{named}: +15 becomes disqualifies."]
    assert told(fit=(second, first, *others)) == [
        "Rules stand in another order: where a group has a cap, the first count first."
    ]
    assert told(engagement=(*preset.DEFAULT.engagement, replace(view, key="again", points=-3))) == [
        "New: “Looked at the page of “…”” (−3)."
    ]
    assert told(caps={**preset.DEFAULT.caps, "visits": Cap(9), "more": Cap(3, 1)}) == [
        "The cap of “more” goes from none to 3 in 1 day.",
        "The cap of “visits” goes from 24 in 30 days to 9.",
    ]


EVERYTHING: dict[str, Any] = {
    "pages": ("guide",),
    "magnets": ("guide",),
    "magnet_kinds": ("ebook",),
    "sections": ("Start",),
    "campaigns": ("spring",),
}


@pytest.mark.parametrize(
    ("event", "lacks"),
    [
        (EventKind.PAGE_VIEWED, {"sections"}),
        (EventKind.LINK_FOLLOWED, {"pages", "per"}),
        (EventKind.MAGNET_DOWNLOADED, {"pages", "sections", "per"}),
        (EventKind.ADDRESS_CONFIRMED, {"pages", "sections", "per"}),
        (EventKind.WEBINAR_ATTENDED, {"pages", "sections", "per"}),
        (EventKind.WEBINAR_REPLAYED, {"pages", "sections", "per"}),
        (EventKind.CONTACT_WITHDRAWN, {*EVERYTHING, "per"}),
        (EventKind.MET_IN_PERSON, {*EVERYTHING, "per"}),
        (EventKind.LINK_FORWARDED, {"event", *EVERYTHING, "per"}),
    ],
)
def test_what_an_event_never_has_is_refused_and_what_it_has_is_not(event: EventKind, lacks: set[str]) -> None:
    rule = EngagementRule("rule", "So it is", 5, event, at_most=1, per=Per.PAGE)
    rule = replace(rule, **EVERYTHING)
    rules = replace(preset.DEFAULT, engagement=(*preset.DEFAULT.engagement, rule))

    assert {one.value for one in rulefile.check(rules) if one.stops} == lacks
    assert rule_sets.from_json(rule_sets.to_json(rules)) == rules  # what is stored still loads
    with pytest.raises(RulesRefused, match="rule"):
        rulefile.read(rulefile.write(rules))
