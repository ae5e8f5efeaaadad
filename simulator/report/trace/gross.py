"""A life on chain: which event could first settle an instruction, why it waited, how it ended."""

from __future__ import annotations

from simulator.config.units import format_duration
from simulator.study.words import describe_arrangement, legible

from .freed import tell_freed
from .life import Life, Step
from .rows import Row
from .setting import Setting
from .waiting import Waiting
from .words import money, units


def trace_gross(setting: Setting, row: Row, part: tuple[int, int] | None, whole: Row) -> Life:
    """What became of a row under an arrangement of layer 3; ``whole`` is the instruction as it entered."""
    waiting = Waiting(setting, row)
    in_part = part is not None and part[0] < part[1]
    on_hold = row.waited_for == "hold"
    steps = [] if on_hold else [setting.step(row, row.time, _tell_entry(waiting))]
    freed_by: tuple[int | str, ...] = ()
    if row.waited_for is not None and not on_hold:
        steps.append(setting.step(row, waiting.first, _tell_wait(waiting, whole)))
    if row.settled_at is None:
        steps.append(setting.step(row, waiting.closes, _tell_cancelled(waiting)))
    else:
        if not in_part and (row.waited_for is not None or row.group is not None):
            sentence, freed_by = tell_freed(waiting)
            steps.append(setting.step(row, row.settled_at, sentence))
        steps.append(_tell_settled(waiting, row.settled_at, whole if in_part else None))
    lacking = waiting.lacking if row.settled_at is None and not on_hold else None
    return Life(
        arrangement=row.arrangement,
        words=describe_arrangement(waiting.arrangement, setting.currency),
        part=part,
        entered=row.time,
        first_eligible=waiting.first,
        waited_for=row.waited_for,
        freed_by=freed_by,
        settled_at=row.settled_at,
        final_at=None if row.settled_at is None else final_at(row.settled_at, waiting.finality),
        group=len(freed_by) if row.group is not None else None,
        lacking_cash=lacking[0] if lacking else None,
        lacking_units=lacking[1] if lacking else None,
        steps=tuple(steps),
    )


OTHER_WAITS = {
    "limit": "It waited for a limit: what {buyer} had, it kept for urgent instructions.",
    "capacity": "It waited for room: the block could hold no more settlements.",
    "outage": "It waited for the chain, which stood still.",
    "registration": "It waited for a wallet: that of {buyer} or of {seller} was not registered.",
    "frozen": "It waited for a frozen wallet, of {buyer} or of {seller}, or for a frozen cash leg.",
    "silent": "It waited for a silent member: {buyer} sent no cash, or {seller} no units.",
}
"""What is told of a wait that no balance explains."""


def final_at(settled_at: int, finality: int = 0) -> int:
    """When what settled cannot be undone any more: as it settles, or once the chain holds it for final."""
    return settled_at + finality


def _tell_entry(waiting: Waiting) -> str:
    if waiting.arrangement.block is None:
        return "It entered, and could settle at once."
    if waiting.first == waiting.row.time:
        return "It entered as a block was made, which could settle it."
    return f"It entered; the first block that could settle it was at {_clock(waiting, waiting.first)}."


def _tell_wait(waiting: Waiting, whole: Row) -> str:
    row, had = waiting.row, waiting.had
    buyer, seller = legible(row.buyer), legible(row.seller)
    if row.waited_for == "cash":
        needed = money(whole.cash, waiting.setting.currency)
        if had is None:
            return f"It waited for cash: {buyer} could not spend the {needed} it needed."
        if had.cash is not None and had.cash < whole.cash:
            spend = money(had.cash, waiting.setting.currency)
            return f"It waited for cash: {buyer} could spend {spend} of the {needed} it needed."
        return f"It waited behind an earlier instruction of {buyer}."
    if row.waited_for == "securities":
        needed = units(whole.units, row.security)
        if had is None:
            return f"It waited for securities: {seller} could not deliver {needed}."
        if had.units is not None and had.units < whole.units:
            return f"It waited for securities: {seller} could deliver {had.units} of {needed}."
        return f"It waited behind an earlier delivery of {legible(row.security or '')} by {seller}."
    if row.waited_for == "credit":
        return f"It waited for credit: the delivery takes away collateral that {seller} needed."
    return OTHER_WAITS[row.waited_for or ""].format(buyer=buyer, seller=seller)


def _tell_settled(waiting: Waiting, settled_at: int, cut_from: Row | None) -> Step:
    row, wait = waiting.row, settled_at - waiting.first
    told = "It settled in that block"
    if row.internalised:
        told = "Buyer and seller are one, so it settled without a check and moved nothing"
    elif wait:
        told = f"It settled, {format_duration(wait)} after it first could have"
    elif waiting.arrangement.block is None:
        told = "It settled at once"
    if cut_from is not None:
        told = (
            f"A part settled, {_share(waiting, cut_from)}, {format_duration(wait)} after the whole could have"
        )
    final = final_at(settled_at, waiting.finality)
    when = "with that" if final == settled_at else f"at {_clock(waiting, final)}"
    return waiting.setting.step(row, settled_at, f"{told}, and was final {when}.")


def _share(waiting: Waiting, whole: Row) -> str:
    """How much of an instruction a part is: ``20 of 40 Y for 500.00 USD``."""
    row = waiting.row
    paid = f" for {money(row.cash, waiting.setting.currency)}" if row.cash else ""
    return f"{row.units} of {units(whole.units, whole.security)}{paid}"


def _tell_cancelled(waiting: Waiting) -> str:
    row, told = waiting.row, []
    if row.waited_for == "hold":
        return "It was cancelled at the close, still on hold: it never entered."
    cash, missing = waiting.lacking or (0, 0)
    if cash:
        has, lacks = (money(each, waiting.setting.currency) for each in (row.cash - cash, cash))
        told.append(f"{legible(row.buyer)} could spend {has} and lacked {lacks}")
    if missing:
        has = units(row.units - missing, row.security)
        told.append(f"{legible(row.seller)} could deliver {has} and lacked {missing}")
    if waiting.ahead is not None and not waiting.ahead[1]:
        told.append(f"instruction {waiting.setting.rows.at(waiting.ahead[0]).id} still stood before it")
    if not told and row.waited_for in OTHER_WAITS:
        told.append(f"it first waited for {row.waited_for}")
    if not told:
        told.append("what it lacked, these rows do not tell")
    return f"It was cancelled at the close, never settled: {', and '.join(told)}."


def _clock(waiting: Waiting, time: int) -> str:
    return waiting.setting.clock(waiting.row, time)
