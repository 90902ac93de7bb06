"""The minor units of a currency, in which every amount is kept: cents, whole yen, thousandths of a dinar."""

from decimal import ROUND_HALF_EVEN, Decimal

from babel.numbers import get_currency_precision


def digits(currency: str) -> int:
    """How many digits an amount has behind the mark, by ISO 4217."""
    return int(get_currency_precision(currency))


def whole(minor: Decimal | float, currency: str) -> Decimal:
    """1250050 minor units of EUR as 12500.50, of JPY as 1250050."""
    return Decimal(minor).scaleb(-digits(currency))


def minor(amount: Decimal, currency: str) -> int:
    """12500.50 EUR as 1250050; what is less than a minor unit is rounded."""
    return int(amount.scaleb(digits(currency)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
