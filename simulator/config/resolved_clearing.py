"""The keys of clearing written out in full: carried fails, night cycle, buy-ins, settling banks."""

from __future__ import annotations

from typing import Any

from simulator.config.arrangement import Arrangement
from simulator.config.clearing import BuyIn
from simulator.config.credit import write_fraction
from simulator.config.units import write_share, write_time


def clearing(arrangement: Arrangement) -> dict[str, Any]:
    """The keys that say something, None where one does not."""
    night, exempt = arrangement.night_cycle, arrangement.exemptions
    banks = arrangement.settling_banks
    return {
        "carry": "yes" if arrangement.carry else None,
        "night_cycle": None if night is None else write_time(night),
        "exemptions": {name: "all" if kept is None else list(kept) for name, kept in exempt.items()} or None,
        "delivery_priority": dict(arrangement.delivery_priority) or None,
        "buy_in": None if arrangement.buy_in is None else _buy_in(arrangement.buy_in),
        "settling_banks": {bank: list(members) for bank, members in banks.items()} or None,
    }


def _buy_in(buy_in: BuyIn) -> dict[str, str]:
    days = "day" if buy_in.after == 1 else "days"
    return {"after": f"{buy_in.after} {days}", "premium": write_share(write_fraction(buy_in.premium))}
