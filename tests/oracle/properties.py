"""What must hold of a rule that chooses among many sets, whatever it chooses, read off what settled.

For receipts used at once, where balances after an instant are those before it less what settled then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .book import Arrangement, Book, Instruction
from .hours import blocks_of, entered, hours_of
from .wallets import Wallets, net_outflow


def broken(book: Book, arrangement: Arrangement, rows: list[dict]) -> Iterator[str]:
    """What settled when it could not, and what could settle alone and did not."""
    wallets = Wallets(book, arrangement)
    for day in range(book.trade_days):
        wallets.open_day(day)
        waiting = [one for one in entered(book, arrangement) if one.day == day]
        for time, group in instants(waiting, rows):
            if early := [one for one in group if one.time > time]:
                yield f"{time}: settled before they entered: {orders(early)}"
            if not wallets.feasible(group):
                yield f"{time}: what settled is not feasible: {orders(group)}"
                return
            wallets.apply(*net_outflow(group))
            waiting = [one for one in waiting if one not in group]
            if alone := [one for one in waiting if one.time <= time and wallets.obstacle(one) is None]:
                yield f"{time}: could settle alone and did not: {orders(alone)}"


def left_apart(book: Book, arrangement: Arrangement, rows: list[dict]) -> Iterator[str]:
    """Blocks, each with an auction, at which all that waited could settle together and did not."""
    wallets = Wallets(book, arrangement)
    for day in range(book.trade_days):
        wallets.open_day(day)
        waiting = [one for one in entered(book, arrangement) if one.day == day]
        settled = dict(instants(waiting, rows))
        for block in blocks_of(arrangement, *hours_of(book, day)):
            due, group = [one for one in waiting if one.time <= block], settled.get(block, [])
            if wallets.feasible(due) and due != group:
                yield f"{block}: {orders(due)} could settle together, and {orders(group)} did"
            wallets.apply(*net_outflow(group))
            waiting = [one for one in waiting if one not in group]


def instants(waiting: list[Instruction], rows: list[dict]) -> list[tuple[int, list[Instruction]]]:
    """What settled at each instant, in time."""
    settled_at = {int(row["id"]): row["settled_at"] for row in rows}
    found = defaultdict(list)
    for one in waiting:
        if settled_at[one.order] is not None:
            found[settled_at[one.order]].append(one)
    return sorted(found.items())


def orders(group: list[Instruction]) -> list[int]:
    return [one.order for one in group]
