"""A life at the clearing house: novated as it enters, settled in the cycle in which it falls due."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from simulator.config.units import format_duration
from simulator.study.words import count_of, describe_arrangement

from .gross import final_at
from .life import Life
from .rows import Row
from .setting import Setting
from .words import money, net, units


def trace_netted(setting: Setting, row: Row, part: tuple[int, int] | None) -> Life:
    """What became of a row under an arrangement of layer 2."""
    arrangement, currency = setting.config.arrangements[row.arrangement], setting.config.flow.currency
    settled_at = row.settled_at
    steps = [
        setting.step(row, row.time, "It entered, and the clearing house became counterparty to both sides.")
    ]
    count = None
    if settled_at is None:
        steps.append(setting.step(row, row.time, "It fell due in no cycle of the run."))
    else:
        cycle = _add_up(setting, row)
        count = cycle.count
        total = money(cycle.value, currency)
        told = (
            f"It fell due in the netting cycle, {format_duration(settled_at - row.time)} after it entered, "
        )
        told += f"as one of {count_of(count, 'instruction')} worth {total}."
        steps.append(setting.step(row, settled_at, told))
        steps.append(setting.step(row, settled_at, _tell_nets(cycle, row, currency)))
        withheld = setting.withheld(row)
        if withheld and arrangement.carry:
            short = f"At the close {money(withheld, currency)} was open for units not delivered, "
            short += "fails of earlier days among it, by net positions: no instruction alone fails."
            steps.append(setting.step(row, settled_at, short))
        elif withheld:
            short = (
                f"Of what was due that day {money(withheld, currency)} was withheld for units not delivered, "
            )
            short += "by net positions: no instruction alone fails."
            steps.append(setting.step(row, settled_at, short))
        steps.append(setting.step(row, settled_at, "It settled with them, and was final with that."))
    return Life(
        arrangement=row.arrangement,
        words=describe_arrangement(arrangement, currency),
        part=part,
        entered=row.time,
        first_eligible=row.time if settled_at is None else settled_at,
        waited_for=row.waited_for,
        freed_by=(),
        settled_at=settled_at,
        final_at=None if settled_at is None else final_at(settled_at),
        group=count,
        lacking_cash=None,
        lacking_units=None,
        steps=tuple(steps),
    )


@dataclass
class _Cycle:
    """What all instructions of a row's cycle add up to.

    ``cash`` is what its buyer and its seller paid less received, ``units`` what they got less gave of its
    security.
    """

    count: int
    value: int
    cash: dict[str, int]
    units: dict[str, int]


def _add_up(setting: Setting, row: Row) -> _Cycle:
    """Row group by row group: a cycle can hold most of the day."""
    members = dict.fromkeys((row.buyer, row.seller), 0)
    cycle = _Cycle(0, 0, dict(members), dict(members))
    columns = ["settled_at", "buyer", "seller", "security", "units", "cash"]
    days = (row.day, row.day)
    for table in setting.rows.tables(row.arrangement, columns, days, settled_at=row.settled_at):
        due = _flags(pc.equal(table["settled_at"], row.settled_at))
        cash, units = (table[name].to_numpy()[due] for name in ("cash", "units"))
        cycle.count += len(cash)
        cycle.value += int(cash.sum())
        traded = _flags(pc.equal(table["security"], row.security))[due]
        for member in members:
            buys, sells = (_flags(pc.equal(table[side], member))[due] for side in ("buyer", "seller"))
            cycle.cash[member] += int(cash[buys].sum()) - int(cash[sells].sum())
            cycle.units[member] += int(units[buys & traded].sum()) - int(units[sells & traded].sum())
    return cycle


def _tell_nets(cycle: _Cycle, row: Row, currency: str) -> str:
    """What the buyer and the seller owed on net, in cash and in the row's security."""
    told = []
    for member, cash in cycle.cash.items():
        text = net(member, cash, currency).removesuffix(" on net")
        if row.security is not None:
            due = cycle.units[member]
            text += f" and {'was due' if due >= 0 else 'owed'} {units(abs(due), row.security)}"
        told.append(text)
    return f"Netted over the cycle, {'; '.join(told)}."


def _flags(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return pc.fill_null(column, False).to_numpy()
