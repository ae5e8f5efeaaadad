"""People's units into exact integers: money into minor units, durations and times into microseconds.

Every ``parse_…`` takes text as typed in a file, or a number given from Python, and raises
``NotAllowedError`` with what it would take instead. Nothing here passes through binary floating point
on its way to an integer; a float given from Python counts as the decimal that Python prints for it.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from numbers import Integral, Real
from typing import Any

from simulator.config.errors import NotAllowedError
from simulator.config.formats import (
    EXACT,
    MICROSECONDS,
    MULTIPLES,
    format_count,
    format_duration,
    format_money,
    format_share,
    minor_digits,
    write_duration,
    write_money,
    write_share,
    write_time,
)

__all__ = [
    "BOUND",
    "EXACT",
    "MICROSECONDS",
    "MULTIPLES",
    "format_count",
    "format_duration",
    "format_money",
    "format_share",
    "minor_digits",
    "parse_count",
    "parse_decimal",
    "parse_duration",
    "parse_money",
    "parse_number",
    "parse_quantity",
    "parse_share",
    "parse_time",
    "parse_trade_days",
    "write_duration",
    "write_money",
    "write_share",
    "write_time",
]

BOUND = 2**62
"""Totals stay below this, so that the sum of two of them still fits an int64."""

MOST_DIGITS = 400
"""Digits before the point, or after it, beyond which a number is refused rather than expanded."""

_NUMBER = r"-?(?:[0-9]+(?:_[0-9]+)*)?(?:\.[0-9]*(?:_[0-9]+)*)?(?:[eE][+-]?[0-9]{1,4})?"
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?")
_TIME_WITH_ZONE = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9.]+)?\s*(?:[+-][0-9:]+|[A-Za-z][A-Za-z/_+0-9-]*)")
_NOT_FINITE = re.compile(r"[+-]?\.?(?:s?nan|inf(?:inity)?)", re.IGNORECASE)


def parse_money(given: Any, currency: str | None = "USD", digits: int | None = None) -> int:
    """An amount in minor units of ``currency``, exact. ``currency`` None takes any code.

    ``digits`` after the point make a smaller unit than the currency's own: 6 for millionths.

    Examples
    --------
    >>> parse_money("798 bn"), parse_money("20M USD"), parse_money("0.01"), parse_money(12.3)
    (79800000000000, 2000000000, 1, 1230)
    """
    unit = currency or "USD"
    allowed = f"give an amount of {unit} such as 100.00, 5_000, 20 M or 1.5 bn {unit} (suffixes k M bn tn)"
    number, code = _quantity(given, allowed)
    if code is not None and currency is not None and code != currency:
        if not re.fullmatch("[A-Z]{3}", code):
            raise NotAllowedError(given, allowed)
        raise NotAllowedError(given, f"amounts are in {currency}, the flow's currency")
    if number < 0:
        raise NotAllowedError(given, "give 0 or more")
    finest = minor_digits(unit) if digits is None else digits
    minor = _integer(number.scaleb(finest, EXACT))
    whole = "minor units" if digits is None else "millionths"
    if minor is None:
        smallest = write_money(1, unit, digits)
        raise NotAllowedError(given, f"give whole {whole}: the smallest amount is {smallest}")
    if minor >= BOUND:
        largest = format_money(BOUND * 10 ** minor_digits(unit) // 10**finest, unit)
        raise NotAllowedError(given, f"amounts stay below 2^62 {whole}, about {largest}")
    return minor


def parse_count(given: Any, least: int = 0, most: int = BOUND - 1, of: str = "a whole number") -> int:
    """A whole number, with suffixes and grouped digits.

    Examples
    --------
    >>> parse_count("5_000_000"), parse_count("1.5 k"), parse_count(7.0)
    (5000000, 1500, 7)
    """
    allowed = f"give {of} such as 150, 5_000 or 5 M"
    number, code = _quantity(given, allowed)
    count = None if code is not None else _integer(number)
    if count is None:
        raise NotAllowedError(given, allowed)
    if count < least:
        raise NotAllowedError(given, f"give at least {least}")
    if count > most:
        raise NotAllowedError(given, f"give at most {_grouped(most)}")
    return count


def parse_quantity(given: Any) -> Fraction:
    """A number of 0 or more, exact, with suffixes and grouped digits.

    Examples
    --------
    >>> parse_quantity("0.5"), parse_quantity("2 k")
    (Fraction(1, 2), Fraction(2000, 1))
    """
    allowed = "give a number such as 0.5, 33 or 2 k"
    number, code = _quantity(given, allowed)
    if code is not None or not 0 <= number < BOUND:
        raise NotAllowedError(given, allowed)
    return Fraction(number)


def parse_number(given: Any, least: float = 0.0, most: float = 1e6) -> float:
    """A plain finite number between ``least`` and ``most``."""
    return float(_plain(given, least, most))


def parse_decimal(given: Any, most: int) -> Decimal:
    """A plain number from 0 to ``most``, exact.

    Examples
    --------
    >>> parse_decimal("1.20", 10)
    Decimal('1.20')
    """
    return _plain(given, 0, most)


def _plain(given: Any, least: float, most: float) -> Decimal:
    allowed = f"give a number from {least:g} to {most:_.15g}"
    number, suffix = _decimal_and_rest(given, allowed)
    if suffix or not least <= number <= most:
        raise NotAllowedError(given, allowed)
    return number


def parse_share(given: Any, most: int = 1) -> Decimal:
    """A share as an exact fraction of one: ``60 %``, ``25 bp`` or ``0.6``.

    Examples
    --------
    >>> parse_share("60 %"), parse_share("25 bp"), parse_share(0.6)
    (Decimal('0.60'), Decimal('0.0025'), Decimal('0.6'))
    """
    allowed = f"give a share from 0 to {100 * most} % such as 60 %, 25 bp or 0.6"
    number, suffix = _decimal_and_rest(given, allowed)
    if suffix not in ("", "%", "bp"):
        raise NotAllowedError(given, allowed)
    share = number.scaleb({"": 0, "%": -2, "bp": -4}[suffix], EXACT)
    if not 0 <= share <= most:
        raise NotAllowedError(given, allowed)
    return share


def parse_duration(given: Any, least: int = 0, most: int | None = None, otherwise: str = "") -> int:
    """A duration in µs, exact; ``otherwise`` names what else the key takes, for messages.

    Examples
    --------
    >>> parse_duration("12 s"), parse_duration("0.4 s"), parse_duration("1 min")
    (12000000, 400000, 60000000)
    """
    allowed = f"give a duration with its unit, such as 400 ms, 12 s, 1 min or 1 h{otherwise}"
    if isinstance(given, datetime.timedelta):
        duration: int | None = given // datetime.timedelta(microseconds=1)
    else:
        number, unit = _decimal_and_rest(given, allowed)
        unit = "us" if unit in ("µs", "μs") else unit
        if unit not in MICROSECONDS:
            raise NotAllowedError(given, allowed)
        duration = _integer(EXACT.multiply(number, Decimal(MICROSECONDS[unit])))
    if duration is None:
        raise NotAllowedError(given, "give whole microseconds")
    if duration < least:
        raise NotAllowedError(given, f"give at least {write_duration(least)}{otherwise}")
    if most is not None and duration > most:
        raise NotAllowedError(given, f"give at most {write_duration(most)}{otherwise}")
    return duration


def parse_time(given: Any) -> int:
    """A time of the day, market time, in µs since midnight.

    Examples
    --------
    >>> parse_time("09:30"), parse_time("16:00:00.000001")
    (34200000000, 57600000001)
    """
    allowed = "give a time of the day as HH:MM, HH:MM:SS or HH:MM:SS.ffffff, such as 09:30"
    zoned = "times are market-local: leave the zone out"
    if isinstance(given, datetime.time):
        if given.tzinfo is not None:
            raise NotAllowedError(given, zoned)
        given = given.isoformat()
    text = given.strip() if isinstance(given, str) else ""
    match = _TIME.fullmatch(text)
    if match is None:
        am_or_pm = text.lower().endswith(("am", "pm"))
        raise NotAllowedError(given, zoned if _TIME_WITH_ZONE.fullmatch(text) and not am_or_pm else allowed)
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise NotAllowedError(given, "give a time from 00:00 to 23:59:59.999999")
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + int((match[4] or "").ljust(6, "0"))


def parse_trade_days(given: Any, most: int = 366) -> int:
    """The n of ``T+n``, in trade days.

    Examples
    --------
    >>> parse_trade_days("T+1")
    1
    """
    match = re.fullmatch(r"[Tt]\s?\+\s?([0-9]{1,9})", given.strip()) if isinstance(given, str) else None
    if match is None or int(match[1]) > most:
        raise NotAllowedError(given, f"give T+n with n from 0 to {most}, such as T+1")
    return int(match[1])


def _decimal_and_rest(given: Any, allowed: str) -> tuple[Decimal, str]:
    """The number at the head of ``given`` and the text after it."""
    if isinstance(given, bool):
        raise NotAllowedError(given, allowed)
    if isinstance(given, Integral):
        return Decimal(int(given)), ""
    if isinstance(given, Decimal):
        number, rest = given, ""
    elif isinstance(given, Real):
        number, rest = Decimal(repr(float(given))), ""
    elif isinstance(given, str):
        number, rest = _head(given, allowed)
    else:
        raise NotAllowedError(given, allowed)
    if not number.is_finite():
        raise NotAllowedError(given, f"a finite number is needed: {allowed}")
    exponent = number.as_tuple().exponent
    if number and (number.adjusted() > MOST_DIGITS or int(exponent) < -MOST_DIGITS):
        raise NotAllowedError(given, f"that is out of range: {allowed}")
    return number, rest


def _head(given: str, allowed: str) -> tuple[Decimal, str]:
    text = given.strip()
    if _NOT_FINITE.fullmatch(text):
        return Decimal("nan"), ""
    match = re.match(_NUMBER, text)
    digits = match[0] if match else ""
    try:
        return Decimal(digits.replace("_", "")), text[len(digits) :].strip()
    except InvalidOperation:
        raise NotAllowedError(given, allowed) from None


def _quantity(given: Any, allowed: str) -> tuple[Decimal, str | None]:
    """A number with its suffix multiplied in, and the currency code that follows, if any."""
    number, rest = _decimal_and_rest(given, allowed)
    suffix, _, code = rest.partition(" ")
    if suffix not in MULTIPLES and not code:
        suffix, code = "", suffix
    power = MULTIPLES.get(suffix, 0) if suffix else 0
    if suffix and suffix not in MULTIPLES:
        raise NotAllowedError(given, allowed)
    code = code.strip()
    if code and not re.fullmatch("[A-Z]{3}", code):
        raise NotAllowedError(given, allowed)
    return number.scaleb(power, EXACT), code or None


def _integer(number: Decimal) -> int | None:
    """``number`` as an integer, None where it has a fraction."""
    whole = int(number)
    return whole if whole == number else None


def _grouped(number: int) -> str:
    return f"{number:_}"
