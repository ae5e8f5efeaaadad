"""Offsets by their definitions: which sets are feasible, and which of them each rule should choose.

Slow and plain on purpose: sets are lists of places, what a member needs is added up one by one.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from itertools import permutations

from simulator.rules import Waiting

Left = dict[tuple, int]


def opening(queue: Waiting) -> Left:
    """What each member and each position can give before anything settles."""
    left = {("cash", m): max(0, int(c)) for m, c in enumerate(queue.cash_available)}
    for p, units in enumerate(queue.units_available):
        left["units", p] = max(0, int(units))
    return left


def changes(queue: Waiting, places: Iterable[int]) -> tuple[Left, Left, Left]:
    """What a group surely changes: cash less collateral by member, collateral alone, units by position."""
    cash, collateral, units = defaultdict(int), defaultdict(int), defaultdict(int)
    for i in places:
        buyer, seller = int(queue.buyer[i]), int(queue.seller[i])
        raised = int(queue.credit_value[i])
        cash["cash", buyer] -= int(queue.cash[i]) - raised
        cash["cash", seller] += int(queue.cash[i]) - raised
        collateral["cash", buyer] += raised
        collateral["cash", seller] -= raised
        if queue.units[i]:
            units["units", int(queue.seller_position[i])] -= int(queue.units[i])
            units["units", int(queue.buyer_position[i])] += int(queue.units[i])
    return cash, collateral, units


def worst(queue: Waiting, places: Iterable[int]) -> Left:
    """The worst that a group does to each: locked cash makes up for no collateral that is given up."""
    cash, collateral, units = changes(queue, places)
    if not queue.reuse_at_once:
        cash = {account: min(net, collateral[account]) for account, net in cash.items()}
    return {**cash, **units}


def feasible(queue: Waiting, places: Iterable[int], left: Left) -> bool:
    """Whether nobody gives more than it has left."""
    return all(left[account] + net >= 0 or net >= 0 for account, net in worst(queue, places).items())


def settle(queue: Waiting, places: Iterable[int], left: Left) -> None:
    """Take off what a group takes; what it brings in does not count."""
    for account, net in worst(queue, places).items():
        left[account] += min(0, net)


def queues_of(queue: Waiting, places: Iterable[int]) -> list[list[int]]:
    """Among these places, for whatever can run short, what takes from it, in queue order."""
    queues = defaultdict(list)
    for i in places:
        need = int(queue.cash[i]) - int(queue.credit_value[i])
        if need:
            queues["cash", int(queue.buyer[i] if need > 0 else queue.seller[i])].append(i)
        if queue.units[i]:
            queues["units", int(queue.seller_position[i])].append(i)
        if queue.credit_value[i] and not queue.reuse_at_once:
            queues["collateral", int(queue.seller[i])].append(i)
    return list(queues.values())


def subsets(places: list[int]) -> Iterator[list[int]]:
    """All of them, the empty one too."""
    for mask in range(1 << len(places)):
        yield [place for k, place in enumerate(places) if mask >> k & 1]


def largest_prefixes(queue: Waiting, places: list[int], queues: list[list[int]], left: Left) -> list[int]:
    """The one largest feasible set that is a prefix of every queue; it holds every other such set."""
    found = [
        chosen
        for chosen in subsets(places)
        if all(each[: len(kept)] == kept for each in queues for kept in [[i for i in each if i in chosen]])
        and feasible(queue, chosen, left)
    ]
    largest = max(found, key=len)
    assert all(set(each) <= set(largest) for each in found)
    return largest


def multilateral(queue: Waiting) -> list[list[int]]:
    """The multilateral offset, by trying every set."""
    everything = list(range(len(queue)))
    found = largest_prefixes(queue, everything, queues_of(queue, everything), opening(queue))
    return [found] if found else []


def bilateral(queue: Waiting) -> list[list[int]]:
    """The bilateral offset, by trying every set of every pair."""
    pairs: dict[frozenset[int], list[int]] = {}
    for i in range(len(queue)):
        if queue.buyer[i] != queue.seller[i]:
            pairs.setdefault(frozenset((int(queue.buyer[i]), int(queue.seller[i]))), []).append(i)
    left, groups = opening(queue), []
    for places in pairs.values():
        ways = [[i for i in places if queue.buyer[i] == buyer] for buyer in {*queue.buyer[places].tolist()}]
        if len(ways) == 2:
            found = largest_prefixes(queue, places, [*ways, *queues_of(queue, places)], left)
            if all(set(found) & set(way) for way in ways):
                groups.append(found)
                settle(queue, found, left)
    return groups


def rings(queue: Waiting, longest: int) -> list[list[int]]:
    """The ring offset, by trying rings in the order in which the rule says it looks for them."""
    left, groups = opening(queue), []
    gone: set[int] = set()
    for start in dict.fromkeys(queue.buyer[queue.buyer != queue.seller].tolist()):
        while ring := first_ring(queue, start, longest, gone, left):
            groups.append(sorted(ring))
            settle(queue, ring, left)
            gone |= set(ring)
    return groups


def first_ring(queue: Waiting, start: int, longest: int, gone: set[int], left: Left) -> list[int]:
    """The first feasible ring through a member: shorter ones first, then by queue order of the links."""
    link: dict[tuple[int, int], int] = {}
    for i in range(len(queue)):
        if i not in gone:
            link.setdefault((int(queue.buyer[i]), int(queue.seller[i])), i)
    others = [m for m in range(len(queue.cash_available)) if m != start]
    for length in range(2, longest + 1):
        found = []
        for path in permutations(others, length - 1):
            steps = list(zip((start, *path), (*path, start), strict=True))
            if all(step in link for step in steps):
                found.append([link[step] for step in steps])
        for ring in sorted(found):
            if feasible(queue, ring, left):
                return ring
    return []


def batch(queue: Waiting) -> list[list[int]]:
    """The batch auction: whoever lacks something gives up best fits, in turn; then what fits goes back."""
    kept = list(range(len(queue)))
    lacking = deque(account for account in accounts(queue) if spare(queue, kept, account) < 0)
    while lacking:
        lack = -spare(queue, kept, lacking[0])
        if lack <= 0:
            lacking.popleft()
            continue
        takes = {i: -moved(queue, i).get(lacking[0], 0) for i in kept}
        enough = [i for i in kept if takes[i] >= lack]
        size = min(takes[i] for i in enough) if enough else max(takes.values())
        dropped = max(i for i in kept if takes[i] == size)
        kept.remove(dropped)
        for account in moved(queue, dropped):
            if account not in lacking and spare(queue, kept, account) < 0:
                lacking.append(account)
    left_out: list[int] = []
    while left_out != (left_out := [i for i in range(len(queue)) if i not in kept]):
        for i in left_out:
            if all(spare(queue, [*kept, i], account) >= 0 for account in moved(queue, i)):
                kept.append(i)
    return [sorted(kept)] if kept else []


def accounts(queue: Waiting) -> list[tuple]:
    """Everything that can run short: cash by member, units by position, collateral apart from cash."""
    members = range(len(queue.cash_available))
    positions = [("units", p) for p in range(len(queue.units_available))]
    return [("cash", m) for m in members] + positions + [("collateral", m) for m in members]


def moved(queue: Waiting, i: int) -> Left:
    """What one instruction changes, account by account, in the order of ``accounts``; nothing left out."""
    cash, collateral, units = changes(queue, [i])
    if queue.reuse_at_once:
        collateral = {}
    apart = {("collateral", member): net for (_, member), net in collateral.items()}
    return {account: net for account, net in {**cash, **units, **apart}.items() if net}


def spare(queue: Waiting, kept: list[int], account: tuple) -> int:
    """What an account has left if all that is kept settles."""
    kind, number = account
    available = queue.units_available if kind == "units" else queue.cash_available
    return max(0, int(available[number])) + sum(moved(queue, i).get(account, 0) for i in kept)


def optimum(queue: Waiting) -> list[int]:
    """The feasible set of largest value, then of most instructions, then first in queue order."""
    left = opening(queue)
    sets = (each for each in subsets(list(range(len(queue)))) if feasible(queue, each, left))
    return max(sets, key=lambda each: (int(queue.cash[each].sum()), len(each), [-place for place in each]))
