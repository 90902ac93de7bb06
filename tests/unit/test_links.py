from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from capture.config import Settings
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.errors import LinkExpired, LinkRefused

AT = datetime(2026, 9, 15, 12, tzinfo=UTC)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


def some_settings(*keys: str) -> Settings:
    return Settings(data=Path("unused"), secret_keys=keys or ("k" * 32,))


def a_link(settings: Settings, purpose: Purpose = Purpose.COPY) -> str:
    return links.sign(settings, purpose, "grant-1", expires=AT + timedelta(days=1))


def test_a_link_names_its_subject() -> None:
    assert links.read(some_settings(), Purpose.COPY, a_link(some_settings()), at=AT) == "grant-1"


def test_no_position_of_a_link_can_be_changed() -> None:
    token = a_link(some_settings())

    for place, present in enumerate(token):
        for other in ALPHABET.replace(present, ""):
            with pytest.raises(LinkRefused):
                links.read(some_settings(), Purpose.COPY, token[:place] + other + token[place + 1 :], at=AT)


@pytest.mark.parametrize("wrong", ["", ".", "..", "a.b", "a" * 5000, "=", "🙂", "\x00", "a.b.c", "-_-.-_-"])
def test_what_is_no_link_is_refused(wrong: str) -> None:
    with pytest.raises(LinkRefused):
        links.read(some_settings(), Purpose.COPY, wrong, at=AT)


@pytest.mark.parametrize("made_for", list(Purpose))
@pytest.mark.parametrize("used_for", list(Purpose))
def test_one_purpose_is_never_accepted_for_another(made_for: Purpose, used_for: Purpose) -> None:
    token = a_link(some_settings(), made_for)

    if made_for is used_for:
        assert links.read(some_settings(), used_for, token, at=AT) == "grant-1"
    else:
        with pytest.raises(LinkRefused):
            links.read(some_settings(), used_for, token, at=AT)


def test_an_expired_link_says_what_it_named() -> None:
    with pytest.raises(LinkExpired) as refusal:
        links.read(some_settings(), Purpose.COPY, a_link(some_settings()), at=AT + timedelta(days=2))

    assert refusal.value.subject == "grant-1"


def test_a_clock_that_stepped_back_refuses_nobody() -> None:
    assert links.read(some_settings(), Purpose.COPY, a_link(some_settings()), at=AT - timedelta(hours=1)) == "grant-1"


def test_keys_rotate_without_breaking_links_already_given() -> None:
    old, new = "o" * 32, "n" * 32
    token = a_link(some_settings(old))

    assert links.read(some_settings(new, old), Purpose.COPY, token, at=AT) == "grant-1"
    with pytest.raises(LinkRefused):
        links.read(some_settings(new), Purpose.COPY, token, at=AT)
