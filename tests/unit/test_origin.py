import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.attribution import origin

US = "guides.example"


def read(query: str = "", referrer: str = "") -> origin.Origin:
    return origin.read(query, referrer, own_host=US)


@pytest.mark.parametrize(
    ("query", "referrer", "source", "channel"),
    [
        ("utm_source=LinkedIn&utm_medium=cpc", "", "LinkedIn", "Paid social"),
        ("utm_source=google&utm_medium=cpc&utm_campaign=brand", "", "google", "Paid search"),
        ("utm_source=newsletter&utm_medium=email", "", "newsletter", "E-mail"),
        ("gclid=abc", "https://www.google.com/", "google", "Paid search"),
        ("li_fat_id=abc", "", "linkedin", "Paid social"),
        ("fbclid=abc", "https://l.facebook.com/", "facebook", "Organic social"),
        ("", "https://www.google.co.uk/", "Google", "Organic search"),
        ("", "https://lnkd.in/x", "LinkedIn", "Organic social"),
        ("", "https://chatgpt.com/", "ChatGPT", "AI assistants"),
        ("", "https://blog.example/post", "blog.example", "Referral"),
        ("", "", "", "Direct"),
        ("utm_source=fair&utm_medium=qr", "", "fair", "Offline"),
        ("utm_source=partner&utm_medium=whatever", "", "partner", "Other"),
    ],
)
def test_an_arrival_tells_its_source_and_channel(query: str, referrer: str, source: str, channel: str) -> None:
    found = read(query, referrer)

    assert (found.source, found.channel) == (source, channel)


def test_the_first_value_that_is_no_macro_wins() -> None:
    found = read("utm_campaign={{campaign.name}}&utm_campaign=&utm_campaign=spring&utm_campaign=static")

    assert found.campaign == "spring"


def test_a_macro_is_kept_as_it_came_where_no_value_came_with_it() -> None:
    query = "utm_campaign=%25CAMPAIGN%25&utm_content={{ad.name}}&utm_term=%CAMP%&utm_id={{campaign.id}}&utm_id=77"
    found = read(f"{query}&utm_source=[a@b.example]")

    assert (found.campaign, found.content, found.term, found.named_by) == ("", "", "", "77")
    assert found.unfilled.split("\n") == ["utm_campaign=%CAMPAIGN%", "utm_term=%CAMP%", "utm_content={{ad.name}}"]
    assert read("utm_campaign=%CAMPAIGN%").named_by == "%CAMPAIGN%"
    assert read("utm_campaign={x}&utm_campaign=spring").unfilled == ""


@pytest.mark.parametrize(
    ("query", "ids", "source"),
    [
        ("utm_id=12&hsa_cam=12&utm_source=meta", ["12"], "meta"),
        ("gad_source=1&gad_campaignid=2301", ["2301"], "google"),
        ("utm_source=li&CAMPAIGN_ID=8&utm_id=abc", ["abc", "8"], "li"),
        ("utm_id=" + "9" * 40 + "&utm_id=", [""], ""),
        ("utm_id=ada@engine.example", [""], ""),
    ],
)
def test_the_ids_by_which_platforms_name_a_campaign_are_read(query: str, ids: list[str], source: str) -> None:
    found = read(query)

    assert (found.named_by.split("\t"), found.source) == (ids, source)


def test_keys_in_odd_case_are_read_and_the_raw_query_is_kept() -> None:
    found = read("UTM_Source=LinkedIn&Utm_Medium=CPC")

    assert (found.source, found.medium, found.raw_query) == ("LinkedIn", "CPC", "UTM_Source=LinkedIn&Utm_Medium=CPC")


def test_long_values_are_cut() -> None:
    assert len(read("utm_source=" + "x" * 4000).source) == origin.LONGEST_VALUE


def test_a_page_of_ours_as_referrer_says_nothing_new() -> None:
    assert read("", f"https://{US}/other").is_internal
    assert not read("utm_source=a", f"https://{US}/other").is_internal


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_breaks_the_reading(query: str, referrer: str) -> None:
    found = read("utm_source=" + query, referrer)

    assert "\x00" not in found.source + found.raw_query + found.referrer
    found.source.encode("utf-8")


@pytest.mark.parametrize("query", ["utm_source=%", "utm_source=%ff%fe", "utm_source=%E0%A4%A", "&&&=;=", "a" * 30_000])
def test_broken_encodings_are_taken_as_they_are(query: str) -> None:
    assert isinstance(read(query).source, str)
