"""What a clearing house adds to the measures of a day: what it carried, marked and bought in; its banks."""

from __future__ import annotations

from collections import defaultdict

from .book import ONE_POOL
from .book_entry import BookEntryDay
from .continuous import ContinuousDay
from .gross import GrossDay
from .netting import Fail, NettingDay, bank_of

TOTALS_OF_A_HOUSE = ("marks", "carried_value", "bought_in_value", "buy_in_cost")


Settled = GrossDay | NettingDay | BookEntryDay


def netted_part(settled: Settled) -> NettingDay | None:
    """What the clearing house settled."""
    if isinstance(settled, BookEntryDay):
        return settled.netted
    return settled if isinstance(settled, NettingDay) else None


def carried_by(settled: Settled) -> list[Fail]:
    """Short positions that came into the day, at its last price."""
    settled = netted_part(settled)
    return settled.carried if isinstance(settled, ContinuousDay) else []


def of_member(settled: Settled, member: str) -> dict[str, int]:
    """A buy-in is told of the short that bears it; a member's marks are of all its positions."""
    if isinstance(settled, BookEntryDay):
        topped_up = settled.wallets.minting.topped_up[member, ONE_POOL]
        found = {"money_settlement": settled.money_settlement[member], "topped_up": topped_up}
    elif isinstance(settled, NettingDay):
        found = {"money_settlement": sum(max(0, one.get((member, ONE_POOL), 0)) for one in settled.payments)}
    else:
        found = {"money_settlement": 0}
    settled = netted_part(settled)
    if not isinstance(settled, ContinuousDay):
        return found | (dict.fromkeys(TOTALS_OF_A_HOUSE, 0) if settled else {})
    return found | {
        "marks": max(0, settled.marks[member]),
        "carried_value": sum(one.withheld for one in settled.carried if one.member == member),
        "bought_in_value": settled.bought_in[member],
        "buy_in_cost": settled.premium[member],
    }


def of_house(settled: Settled) -> dict[str, int]:
    """What is no sum over members."""
    house = netted_part(settled)
    if house is None:
        return {}
    still_open = house.still_open if isinstance(house, ContinuousDay) else []
    found = {"oldest_fail": max((one.age for one in still_open if one.units < 0), default=0)}
    if isinstance(settled, BookEntryDay):
        # The cycles' payments are not all that a bank pays.
        return found | {"settling_bank_debit": settled.bank_debit}
    return found | {"settling_bank_debit": settling_bank_debit(house)}


def settling_bank_debit(settled: NettingDay) -> int:
    """One figure a bank and cut-off; who has no bank settles for itself."""
    total = 0
    for payment in settled.payments:
        of_bank: dict[str, int] = defaultdict(int)
        for (member, _), out in payment.items():
            of_bank[bank_of(settled.arrangement.settling_banks, member)] += out
        total += sum(max(0, out) for out in of_bank.values())
    return total
