"""Amounts as people and CRMs write them, as whole minor units of a currency and back: plain arithmetic."""

import re

from babel.numbers import list_currencies

from capture import currencies
from capture.errors import DispositionRefused
from capture.languages import say

_AMOUNT = re.compile(r"\d+(?:[.,'\s]\d{3})*(?:[.,]\d{1,3})?")


# Codes of ISO 4217 in which nothing is sold: metals, funds of banks, tests, and none at all.
_NO_MONEY = frozenset(["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"])


def is_currency(code: str) -> bool:
    """Whether this is a currency by ISO 4217 in which people pay."""
    return code in list_currencies() and code not in _NO_MONEY


def check_currency(code: str) -> None:
    """Raises DispositionRefused for what is no currency."""
    if is_currency(code):
        return
    if re.fullmatch("[A-Z]{3}", code):
        raise DispositionRefused(
            "currency", say("%(code)s is no currency of ISO 4217 in which people pay. Euros are EUR.", code=code)
        )
    raise DispositionRefused("currency", say("Give the currency by its three capital letters, for instance EUR."))


def minor_units(amount: str, currency: str) -> int:
    """12,500.50 or 12.500,50 EUR as 1250050. Raises DispositionRefused for what is no amount or no currency."""
    check_currency(currency)
    digits = currencies.digits(currency)
    said = " ".join(amount.split())
    if not said.isascii() or not _AMOUNT.fullmatch(said):
        raise DispositionRefused("value", say("Write the amount in digits, for instance 12500 or 12500.50."))
    try:
        whole, behind = parted(said, digits=digits)
    except ValueError:
        raise DispositionRefused("value", say("Write the amount in digits, for instance 12500 or 12500.50.")) from None
    if len(behind) > digits:
        raise DispositionRefused(
            "value", say("%(currency)s has %(digits)s digits behind the mark.", currency=currency, digits=digits)
        )
    return int(re.sub(r"\D", "", whole) + behind.ljust(digits, "0"))


def parted(amount: str, *, digits: int = 2) -> tuple[str, str]:
    """What stands before the mark of decimals and what behind it: of 12.500,50 `12.500` and `50`.

    A mark with three digits behind it and one to three before parts thousands: 12.500 is twelve thousand five hundred,
    where the currency has not three `digits`. In 1,234.500 and 1234.500 it can not, so that it is one of decimals.
    Raises ValueError where no mark can be that.
    """
    found = re.fullmatch(r"(.*)([.,])(\d*)", amount)
    if found is None:
        return amount, ""
    whole, mark, behind = found.groups()
    if len(behind) == 3 and (mark in whole or (digits < 3 and re.fullmatch(r"[1-9]\d{0,2}", whole))):
        return amount, ""
    if mark in whole:
        raise ValueError(amount)
    return whole, behind


def plain(value: int, currency: str) -> str:
    """1250050 as `12500.50`, for machines."""
    digits = currencies.digits(currency)
    whole, behind = divmod(value, 10**digits)
    return f"{whole}.{behind:0{digits}}" if digits else str(whole)


def written(value: int, currency: str) -> str:
    """1250050 as `12,500.50 EUR`; without the part behind the point where it is nothing and nobody could mistake it."""
    digits = currencies.digits(currency)
    whole, behind = divmod(value, 10**digits)
    return f"{whole:,}{f'.{behind:0{digits}}' if behind or digits == 3 else ''} {currency}"
