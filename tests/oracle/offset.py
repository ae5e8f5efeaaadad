"""The multilateral offset, by trying every set; a queue too long for that gives up its last entries."""

from __future__ import annotations

from .book import Instruction
from .wallets import Wallets, net_outflow

TRY_EVERY_SET = 10


def before_in_a_queue(one: Instruction, waiting: list[Instruction]) -> list[Instruction]:
    """Who stands before it in its buyer's cash queue or in the queue of its seller and security."""
    return [w for w in waiting if w.place < one.place and (shares_cash(w, one) or shares_units(w, one))]


def shares_cash(first: Instruction, second: Instruction) -> bool:
    """Both need cash of the same account."""
    return first.payer == second.payer and first.cash > 0 and second.cash > 0


def shares_units(first: Instruction, second: Instruction) -> bool:
    """Both need units of the same security from the same seller."""
    same = (first.seller, first.security) == (second.seller, second.security)
    return same and first.units > 0 and second.units > 0


def largest_offset(waiting: list[Instruction], wallets: Wallets) -> list[Instruction]:
    """The largest feasible set that is a prefix of every cash queue and of every units queue."""
    if len(waiting) <= TRY_EVERY_SET:
        return by_trying_every_set(waiting, wallets)
    return by_dropping_the_last(waiting, wallets)


def by_trying_every_set(waiting: list[Instruction], wallets: Wallets) -> list[Instruction]:
    number = {one.order: 1 << k for k, one in enumerate(waiting)}
    before = [sum(number[w.order] for w in before_in_a_queue(one, waiting)) for one in waiting]
    found = []
    for mask in range(1 << len(waiting)):
        chosen = [k for k in range(len(waiting)) if mask >> k & 1]
        if all(before[k] & ~mask == 0 for k in chosen):
            group = [waiting[k] for k in chosen]
            if wallets.feasible(group):
                found.append(mask)
    largest = max(found, key=int.bit_count)
    # Such sets close under union, so the largest holds every other one: it is the only one of its size.
    assert all(mask | largest == largest for mask in found)
    return [one for one in waiting if number[one.order] & largest]


def by_dropping_the_last(waiting: list[Instruction], wallets: Wallets) -> list[Instruction]:
    """Whoever cannot meet the net effect gives up the last entry of that queue, and what stood behind it."""
    before = {one.order: {w.order for w in before_in_a_queue(one, waiting)} for one in waiting}
    group = {one.order: one for one in waiting}
    while not wallets.feasible([*group.values()]):
        cash, units = net_outflow([*group.values()])
        last = None
        for account, out in cash.items():
            if not wallets.can_pay_in_group(account, out):
                last = [one for one in group.values() if one.payer == account and one.cash > 0][-1]
        for (member, security), out in units.items():
            if not wallets.can_deliver(member, security, out):
                last = [one for one in group.values() if (one.seller, one.security) == (member, security)][-1]
        del group[last.order]
        while orphans := [order for order in group if not before[order] <= group.keys()]:
            del group[orphans[-1]]
    return [*group.values()]
