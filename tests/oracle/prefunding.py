"""What each member brings to a day: as listed, one amount for all, or by what it paid before."""

from __future__ import annotations

from collections import defaultdict

from .book import Arrangement, Book
from .terms import Prefunding


def expected_outflow(book: Book, member: str) -> int:
    """Cash paid to others, a mean over the trade days, rounded down."""
    paid = sum(one.cash for one in book.instructions if one.buyer == member != one.seller)
    return paid // book.trade_days


class Funding:
    """(cash, credit limit) of every member, with the peak outflows of earlier days."""

    def __init__(self, book: Book, arrangement: Arrangement) -> None:
        self.book = book
        self.kind = arrangement.funding or ("unlimited" if book.unlimited else "members")
        self.peaks: dict[str, list[int]] = defaultdict(list)

    @property
    def unlimited(self) -> bool:
        return self.kind == "unlimited"

    def of(self, member: str) -> tuple[int, int]:
        if self.unlimited:
            return 0, 0
        if isinstance(self.kind, tuple):
            return self.kind
        if isinstance(self.kind, Prefunding):
            return self.by_outflow(member, self.kind), self.kind.credit_limit
        listed = self.book.members[member]
        return listed.cash, listed.credit_limit

    def by_outflow(self, member: str, terms: Prefunding) -> int:
        """A quantile of the earlier peaks, the ⌈q·n⌉-th smallest; else a share of what is expected."""
        earlier = sorted(self.peaks[member])
        if terms.history is not None and earlier:
            at = -int(-terms.history * len(earlier) // 1)
            return earlier[max(1, at) - 1]
        if terms.history is not None and terms.first is not None:
            return terms.first
        return int(terms.share * expected_outflow(self.book, member))
