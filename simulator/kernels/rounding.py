"""Division of whole numbers, rounded half to even and exact, whatever their size."""

from __future__ import annotations


def rounded(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` (> 0), rounded half to even, exactly.

    >>> rounded(5, 2), rounded(7, 2), rounded(8, 3), rounded(-5, 2), rounded(-7, 2)
    (2, 4, 3, -2, -4)
    """
    quotient, remainder = divmod(numerator, denominator)
    if 2 * remainder > denominator or (2 * remainder == denominator and quotient % 2 == 1):
        quotient += 1
    return quotient
