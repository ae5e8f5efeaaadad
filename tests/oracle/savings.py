"""Liquidity-saving rules: the groups that one call of a rule settles, in order.

``ring_offset`` and ``batch_auction`` choose among many sets by search; they have no second reading here,
only properties (``properties.py``).
"""

from __future__ import annotations

from collections import defaultdict

from .book import Account, Instruction
from .offset import largest_offset
from .wallets import Wallets, net_outflow


def groups_of(rule: str, waiting: list[Instruction], wallets: Wallets) -> list[list[Instruction]]:
    if rule == "multilateral_offset":
        return [largest_offset(waiting, wallets)]
    if rule == "bilateral_offset":
        return bilateral_groups(waiting, wallets)
    assert rule == "exact_optimum"
    return [best_subset(waiting, wallets)]


def bilateral_groups(waiting: list[Instruction], wallets: Wallets) -> list[list[Instruction]]:
    """Pair by pair, of each pool by itself, in the order of the pair's first: the largest set of a prefix of
    either direction.

    What earlier groups of the call paid is gone, what they received is not there yet.
    """
    pairs = list(dict.fromkeys((frozenset((one.buyer, one.seller)), one.pool) for one in waiting))
    spent_cash: dict[Account, int] = defaultdict(int)
    spent_units: dict[tuple[str, str], int] = defaultdict(int)

    def fits(group: list[Instruction]) -> bool:
        cash, units = net_outflow(group)
        return all(
            out <= 0 or wallets.can_pay_in_group(account, out + spent_cash[account])
            for account, out in cash.items()
        ) and all(
            out <= 0 or wallets.can_deliver(*position, out + spent_units[position])
            for position, out in units.items()
        )

    groups = []
    for pair, pool in pairs:
        between = [one for one in waiting if {one.buyer, one.seller} == pair and one.pool == pool]
        first = between[0].buyer
        there = [one for one in between if one.buyer == first]
        back = [one for one in between if one.buyer != first]
        sets = [there[:i] + back[:j] for i in range(len(there) + 1) for j in range(len(back) + 1)]
        feasible = [group for group in sets if fits(group)]
        largest = max(feasible, key=len)
        # Such sets close under union, so the largest holds every other one.
        assert all(one in largest for group in feasible for one in group)
        if len({one.buyer for one in largest}) == 2:
            cash, units = net_outflow(largest)
            for account, out in cash.items():
                spent_cash[account] += max(0, out)
            for position, out in units.items():
                spent_units[position] += max(0, out)
            groups.append([one for one in between if one in largest])
    return groups


FIRST = 20


def best_subset(waiting: list[Instruction], wallets: Wallets) -> list[Instruction]:
    """Of the first twenty waiting, the feasible set of the most cash; then of the most instructions;
    then the one whose members come first in the queue."""
    first = waiting[:FIRST]
    assert len(first) <= 12, "a book for this rule is small enough to try every set"
    best, best_rank = [], (0, 0, ())
    for mask in range(1, 1 << len(first)):
        chosen = [k for k in range(len(first)) if mask >> k & 1]
        group = [first[k] for k in chosen]
        rank = (sum(one.cash for one in group), len(group), tuple(-k for k in chosen))
        if rank > best_rank and wallets.feasible(group):
            best, best_rank = group, rank
    return best
