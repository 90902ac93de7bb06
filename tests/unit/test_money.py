import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.errors import DispositionRefused
from capture.handoff import money


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12500", "EUR", 1_250_000),
        ("12,500", "EUR", 1_250_000),
        ("12.500,50", "EUR", 1_250_050),
        ("12,500.5", "USD", 1_250_050),
        ("1 250 000", "EUR", 125_000_000),
        ("0.99", "EUR", 99),
        ("1500", "JPY", 1500),
        ("1.500", "KWD", 1500),
        ("1,234.500", "KWD", 1_234_500),
        ("1,234,567", "KWD", 1_234_567_000),
    ],
)
def test_an_amount_is_understood_as_people_write_it(amount: str, currency: str, minor: int) -> None:
    assert money.minor_units(amount, currency) == minor


@pytest.mark.parametrize(
    "amount", ["", "12.345.6.7", "-5", "1e5", "١٢", "12,50,00", "1.5.5", "€5", "5 EUR", "9" * 2 + "x"]
)
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(DispositionRefused) as refusal:
        money.minor_units(amount, "EUR")

    assert refusal.value.field == "value"


@pytest.mark.parametrize("amount", ["1234.567", "1,234.567", "1.234,567", "1'234.567", "0.125", "0,500"])
def test_three_digits_behind_a_mark_that_parts_no_thousands_are_never_taken_for_whole_ones(amount: str) -> None:
    with pytest.raises(DispositionRefused, match="2 digits behind the mark"):
        money.minor_units(amount, "EUR")


@pytest.mark.parametrize(("amount", "currency", "field"), [("5", "EURO", "currency"), ("5.5", "JPY", "value")])
def test_a_currency_is_one_of_iso_4217_with_its_digits(amount: str, currency: str, field: str) -> None:
    with pytest.raises(DispositionRefused) as refusal:
        money.minor_units(amount, currency)

    assert refusal.value.field == field


@given(st.integers(0, 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_what_is_written_is_read_again(minor: int, currency: str) -> None:
    amount, _, code = money.written(minor, currency).rpartition(" ")

    assert money.minor_units(amount, code) == minor
