"""What freed an instruction that waited, in a sentence and by id."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from simulator.study.words import count_of, legible

from .balances import Path
from .rows import Row
from .setting import Setting
from .waiting import Waiting
from .words import money, net, units

Freed = tuple[str, tuple[int | str, ...]]
"""The sentence, and the ids of what it speaks of."""


def tell_freed(waiting: Waiting) -> Freed:
    """What an instruction that waited and settled was freed by."""
    if waiting.row.group is not None:
        return _by_its_group(waiting)
    step, ahead = waiting.freeing, waiting.ahead
    if ahead is not None and (step is None or _is_later(waiting, ahead[0], step)):
        first = waiting.setting.rows.at(ahead[0])
        return f"Instruction {first.id}, which stood before it in a queue, settled and freed it.", (first.id,)
    if step is not None:
        return _by_step(waiting, step)
    if waiting.turn is not None:
        return "It came to its turn.", ()
    if waiting.never_enough and waiting.arrangement.liquidity_saving is not None:
        return "It was offset: it settled together with others, on their net effect.", ()
    return _by_last_receipt(waiting)


def _is_later(waiting: Waiting, place: int, step: int) -> bool:
    """Whether the row at a place settled after a step; what comes free does so after all of its block."""
    path, moves = waiting.path, waiting.moves
    assert path is not None
    assert moves is not None
    if path.freed[step]:
        settled_at = waiting.setting.rows.at(place).settled_at
        return settled_at is not None and settled_at > path.time[step]
    return place > int(moves.place[path.last[step]])


def _by_step(waiting: Waiting, step: int) -> Freed:
    """The settlement, group or release since which there was enough."""
    path, moves, row, rows = waiting.path, waiting.moves, waiting.row, waiting.setting.rows
    assert path is not None
    assert moves is not None
    before = path.after(step - 1)
    for_cash = before.cash is not None and before.cash < row.cash
    for_units = before.units is not None and before.units < row.units
    left = _left(waiting, path, step, for_cash, for_units)
    first, last = int(path.first[step]), int(path.last[step])
    if path.freed[step]:
        return _by_release(waiting, first, last, for_cash, left)
    by = rows.at(int(moves.place[first]))
    if by.group is not None:
        ids = tuple(group_of(waiting.setting, by)["id"].to_pylist())
        return f"{_count(len(ids))} that were offset freed it; {left}.", ids
    return f"Instruction {by.id} freed it: {_did(waiting, by, for_cash, for_units)}; {left}.", (by.id,)


def _left(waiting: Waiting, path: Path, step: int, cash: bool, delivery: bool) -> str:
    """What there was after the step, of what had been lacking before."""
    row, after, told = waiting.row, path.after(step), []
    if cash and after.cash is not None:
        told.append(f"{legible(row.buyer)} could then spend {money(after.cash, waiting.setting.currency)}")
    if delivery and after.units is not None:
        told.append(f"{legible(row.seller)} then had {units(after.units, row.security)}")
    return " and ".join(told)


def _did(waiting: Waiting, by: Row, cash: bool, delivery: bool) -> str:
    """What a settlement did for the instruction: paid its buyer, delivered to its seller, or both."""
    told = []
    if cash:
        for_units = f" for {units(by.units, by.security)}" if by.units else ""
        paid = money(by.cash, waiting.setting.currency)
        told.append(f"{legible(by.buyer)} paid {legible(by.seller)} {paid}{for_units}")
    if delivery:
        what = units(by.units, by.security)
        told.append(f"{legible(by.seller)} delivered {what} to {legible(by.buyer)}")
    return " and ".join(told)


def _by_release(waiting: Waiting, first: int, last: int, cash: bool, left: str) -> Freed:
    """Receipts of an earlier block that could be used from the next on."""
    moves, row, setting = waiting.moves, waiting.row, waiting.setting
    assert moves is not None
    received = (moves.cash if cash else moves.units)[first : last + 1] > 0
    places = moves.place[first : last + 1][received]
    latest = setting.rows.at(int(places[-1]))
    by = f"instruction {latest.id}"
    if len(places) > 1:
        by = f"{_count(len(places))}, the last of them {latest.id}"
    member, what = (row.buyer, "cash") if cash else (row.seller, row.security or "")
    when = setting.clock(row, int(moves.settled_at[first]))
    told = f"The {legible(what)} that {legible(member)} received at {when} by {by} freed it"
    return f"{told}, to be used from the next block on; {left}.", (latest.id,)


def _by_its_group(waiting: Waiting) -> Freed:
    """The group that it settled in, and what that left its two sides to pay."""
    row, currency = waiting.row, waiting.setting.currency
    table = group_of(waiting.setting, row)
    nets = []
    for member in (row.buyer, row.seller):
        paid, received = (
            pc.sum(table.filter(pc.equal(table[side], member))["cash"]).as_py() or 0
            for side in ("buyer", "seller")
        )
        nets.append(net(member, paid - received, currency))
    worth = money(pc.sum(table["cash"]).as_py() or 0, currency)
    ids = tuple(table["id"].to_pylist())
    told = f"{_count(len(ids))} worth {worth} settled together on their net effect; {' and '.join(nets)}"
    return f"It was offset: {told}.", ids


def _by_last_receipt(waiting: Waiting) -> Freed:
    """Where balances cannot be followed, the last settlement that can have helped."""
    place = waiting.last_receipt() if waiting.row.waited_for in ("cash", "securities") else None
    if place is None:
        return "What freed it, these rows do not tell.", ()
    by, cash = waiting.setting.rows.at(place), waiting.row.waited_for == "cash"
    did = _did(waiting, by, cash, not cash)
    return f"The last settlement before it that helped was instruction {by.id}: {did}.", (by.id,)


def group_of(setting: Setting, row: Row) -> pa.Table:
    """All rows of the group that a row settled in."""
    return setting.rows.pick(
        row.arrangement,
        ["id", "buyer", "seller", "cash", "group"],
        lambda table: pc.fill_null(pc.equal(table["group"].cast(pa.int64()), row.group), False),
        (row.day, row.day),
    )


def _count(instructions: int) -> str:
    return count_of(instructions, "instruction")
