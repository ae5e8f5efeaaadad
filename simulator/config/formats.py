"""Exact integers back into people's units: ``write_…`` in full, to be read back; ``format_…`` to be read."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Any

from simulator.config.errors import NotAllowedError, nearest

MICROSECONDS = {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000}
"""Units of a duration."""

MULTIPLES = {"k": 3, "M": 6, "bn": 9, "tn": 12}
"""Suffixes of money and counts, as powers of ten."""

# Python's own 28 digits would round a long amount in silence.
EXACT = Context(prec=1_000)

# ISO 4217, list one: the currencies whose minor unit is not a hundredth.
_CODES_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_MINOR_DIGITS = {code: digits for digits, codes in _CODES_BY_DIGITS.items() for code in codes.split()}


def minor_digits(currency: Any) -> int:
    """Decimal digits of a currency's minor unit, by ISO 4217; an unknown code of three capitals has 2.

    Examples
    --------
    >>> minor_digits("USD"), minor_digits("JPY"), minor_digits("KWD")
    (2, 0, 3)
    """
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        upper = str(currency).strip().upper()
        hint = nearest(currency, [upper]) if re.fullmatch("[A-Z]{3}", upper) else ""
        raise NotAllowedError(currency, f"give the three capital letters of a currency, such as USD{hint}")
    return _MINOR_DIGITS.get(currency, 2)


def write_money(minor: int, currency: str = "USD", digits: int | None = None) -> str:
    """An amount in full, to the last minor unit, or the last of ``digits``; ``parse_money`` reads it back.

    Examples
    --------
    >>> write_money(79800000000001), write_money(20_000, digits=6)
    ('798000000000.01 USD', '0.020000 USD')
    """
    digits = minor_digits(currency) if digits is None else digits
    return f"{Decimal(minor).scaleb(-digits, EXACT):.{digits}f} {currency}"


def write_duration(microseconds: int) -> str:
    """A duration in the largest unit that gives a whole number; ``parse_duration`` reads it back.

    Examples
    --------
    >>> write_duration(12_000_000), write_duration(400_000), write_duration(5_400_000_000)
    ('12 s', '400 ms', '90 min')
    """
    for unit, size in reversed(MICROSECONDS.items()):
        if microseconds and microseconds % size == 0:
            return f"{microseconds // size} {unit}"
    return "0 s"


def write_time(microseconds: int) -> str:
    """A time of the day, as short as it is exact; ``parse_time`` reads it back.

    Examples
    --------
    >>> write_time(34_200_000_000), write_time(34_201_500_000)
    ('09:30', '09:30:01.500000')
    """
    seconds, fraction = divmod(microseconds, 1_000_000)
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    if second or fraction:
        text += f":{second:02d}"
    return f"{text}.{fraction:06d}" if fraction else text


def write_share(share: float | Decimal) -> str:
    """A share in per cent, exact; ``parse_share`` reads it back.

    Examples
    --------
    >>> write_share(0.6), write_share(0.07)
    ('60 %', '7 %')
    """
    per_cent = Decimal(repr(share) if isinstance(share, float) else share).scaleb(2, EXACT)
    return f"{per_cent.normalize(EXACT):f} %"


def format_money(minor: int, currency: str = "USD") -> str:
    """An amount to be read: three significant digits from 10 000 up, below that exact.

    Examples
    --------
    >>> format_money(3_412_345_678_901), format_money(10_000), format_money(-1_234_567)
    ('34.1 bn USD', '100.00 USD', '-12.3 k USD')
    """
    amount = Decimal(minor).scaleb(-minor_digits(currency), EXACT)
    if abs(amount) < 10_000:
        return write_money(minor, currency)
    return f"{_three_digits(amount)} {currency}"


def format_count(count: int) -> str:
    """A count to be read: three significant digits from 10 000 up, below that exact.

    Examples
    --------
    >>> format_count(150), format_count(4_987_123)
    ('150', '4.99 M')
    """
    return str(count) if abs(count) < 10_000 else _three_digits(Decimal(count))


def format_duration(microseconds: float) -> str:
    """A duration to be read, to three significant digits in the unit that suits it.

    Examples
    --------
    >>> format_duration(12_000_000), format_duration(768_400_000), format_duration(23_400_000_000)
    ('12 s', '12.8 min', '6.5 h')
    """
    amount = Decimal(repr(microseconds))
    for unit, size in reversed(MICROSECONDS.items()):
        # A figure that three digits round up to the next unit's 1 is still told in the smaller unit.
        if abs(amount) >= size:
            return f"{_rounded(amount / size).normalize():f} {unit}"
    return f"{_rounded(amount).normalize():f} us" if amount else "0 s"


def format_share(share: float) -> str:
    """A share to be read: three significant digits, in per cent, in basis points below 0.1 %.

    Examples
    --------
    >>> format_share(0.60), format_share(0.04321), format_share(0.00012)
    ('60 %', '4.32 %', '1.2 bp')
    """
    amount = Decimal(repr(float(share)))
    if amount and abs(amount) < Decimal("0.001"):
        return f"{_rounded(amount.scaleb(4)).normalize():f} bp"
    return f"{_rounded(amount.scaleb(2)).normalize():f} %"


def _rounded(amount: Decimal) -> Decimal:
    """``amount`` to three significant digits, half to even; whole digits are all kept."""
    if not amount:
        return Decimal(0)
    last = min(amount.adjusted() - 2, 0)
    return amount.quantize(Decimal(1).scaleb(last), context=EXACT)


def _three_digits(amount: Decimal) -> str:
    """Three significant digits and a suffix; above 999 tn the digits before the point are all given."""
    size = amount.quantize(Decimal(1).scaleb(amount.adjusted() - 2), context=EXACT)
    suffix, power = next(
        ((s, p) for s, p in reversed(MULTIPLES.items()) if size.adjusted() >= p),
        ("k", 3),
    )
    scaled = size.scaleb(-power)
    places = max(0, 2 - scaled.adjusted())
    return f"{scaled:.{places}f} {suffix}"
