"""A config written out in full: exact, in people's units, and read back to an equal one."""

from __future__ import annotations

from typing import Any

from simulator.config.schema import Arrangement, Config, Flow, Participants
from simulator.config.shapes import Cycles, Funding, Holdings, Hours
from simulator.config.units import write_duration, write_money, write_share, write_time


def resolved(config: Config) -> dict[str, Any]:
    """Every key that has a meaning for this config, defaults included, as plain dicts, lists and text."""
    currency = config.flow.currency
    return _without_none(
        {
            "name": config.name,
            "seed": config.seed,
            "days": config.days,
            "flow": _flow(config.flow),
            "participants": _participants(config.participants, config.flow),
            "arrangements": {
                name: _arrangement(arrangement, currency) for name, arrangement in config.arrangements.items()
            },
            "baseline": config.baseline,
        }
    )


def _flow(flow: Flow) -> dict[str, Any]:
    written: dict[str, Any] = {"currency": flow.currency, "hours": _hours(flow.hours)}
    if flow.kind == "synthetic":
        written["daily_value"] = _money(flow.daily_value, flow.currency)
        written["trades_per_day"] = flow.trades_per_day
        written["size_cv"] = flow.size_cv
        written["profile"] = list(flow.profile)
        written["securities"] = flow.securities.model_dump()
        written["prices"] = {
            "median": write_money(flow.prices.median, flow.currency),
            "sigma": flow.prices.sigma,
        }
    if flow.tape is not None:
        columns = flow.tape.columns.model_dump(exclude_none=True)
        tape = {"path": str(flow.tape.path), "currency": flow.tape.currency, "columns": columns}
        written["tape"] = _without_none(tape)
    if flow.instructions is not None:
        written["instructions"] = [
            _without_none(
                {
                    **instruction.model_dump(),
                    "time": write_time(instruction.time),
                    "cash": write_money(instruction.cash, flow.currency),
                }
            )
            for instruction in flow.instructions
        ]
    return _without_none(written)


def _participants(participants: Participants, flow: Flow) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if flow.kind == "synthetic":
        written["count"] = participants.count
        written["concentration"] = participants.concentration
        written["types"] = {name: write_share(share) for name, share in participants.types.items()}
        written["imbalance"] = write_share(participants.imbalance)
        written["core"] = write_share(participants.core)
    written["funding"] = _funding(participants.funding, flow.currency)
    written["holdings"] = _holdings(participants.holdings)
    if participants.members is not None:
        written["members"] = {
            name: {
                "cash": write_money(member.cash, flow.currency),
                "credit_limit": write_money(member.credit_limit, flow.currency),
                "holdings": dict(member.holdings),
            }
            for name, member in participants.members.items()
        }
    return written


def _arrangement(arrangement: Arrangement, currency: str) -> dict[str, Any]:
    written: dict[str, Any] = {"layer": arrangement.layer, "settles": f"T+{arrangement.settles}"}
    if arrangement.layer == 2:
        written["cycles"] = _cycles(arrangement.cycles)
        written["cut_off"] = None if arrangement.cut_off is None else write_time(arrangement.cut_off)
    else:
        block, saving = arrangement.block, arrangement.liquidity_saving
        written["block"] = "continuous" if block is None else write_duration(block)
        written["reuse"] = arrangement.reuse
        written["queue"] = arrangement.queue
        if saving is not None:
            written["liquidity_saving"] = {"rule": saving.rule, "every": write_duration(saving.every)}
    written["funding"] = _funding(arrangement.funding, currency)
    written["holdings"] = _holdings(arrangement.holdings)
    return _without_none(written)


def _hours(hours: Hours | None) -> str | None:
    return None if hours is None else f"{write_time(hours.opens)}–{write_time(hours.closes)}"


def _cycles(cycles: Cycles | None) -> str | list[str] | int | None:
    if cycles is None:
        return None
    if cycles.every is not None:
        return f"every {write_duration(cycles.every)}"
    return cycles.count if cycles.times is None else [write_time(time) for time in cycles.times]


def _funding(funding: Funding | None, currency: str) -> str | dict[str, str] | None:
    if funding is None or funding.path is not None:
        return None if funding is None else str(funding.path)
    if funding.kind != "uniform":
        return funding.kind
    return {
        "prefunding": write_money(funding.prefunding, currency),
        "credit_limit": write_money(funding.credit_limit, currency),
    }


def _holdings(holdings: Holdings | None) -> str | None:
    if holdings is None or holdings.path is not None:
        return None if holdings is None else str(holdings.path)
    return f"{holdings.days} days" if holdings.kind == "days" else holdings.kind


def _money(minor: int | None, currency: str) -> str | None:
    return None if minor is None else write_money(minor, currency)


def _without_none(written: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in written.items() if value is not None}
