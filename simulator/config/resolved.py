"""A config written out in full: exact, in people's units, and read back to an equal one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from simulator.config.book_entry import resolved_book_entry
from simulator.config.costs import resolved_costs
from simulator.config.credit import Facility, Haircut, SecuritiesLending, write_fraction
from simulator.config.funding import Funding
from simulator.config.gross import LiquiditySaving, PartialSettlement
from simulator.config.market import OneFlow
from simulator.config.repo import Repo
from simulator.config.resolved_chain import layer_3, without_none
from simulator.config.resolved_clearing import clearing
from simulator.config.resolved_margin import write_margin
from simulator.config.resolved_pilot import pilot_section
from simulator.config.resolved_routing import write_routing
from simulator.config.resolved_sweep import write_size, write_sweep
from simulator.config.schema import Arrangement, Config, Flow, Participants
from simulator.config.shapes import Cycles, Holdings, write_hours
from simulator.config.units import write_duration, write_money, write_share, write_time


def resolved(config: Config) -> dict[str, Any]:
    """Every key that has a meaning for this config, defaults included, as plain dicts, lists and text."""
    currency = config.flow.currency
    return without_none(
        {
            "name": config.name,
            "seed": config.seed,
            "days": config.days,
            "flow": _several(config.flow) if config.flow.markets else _flow(config.flow),
            "participants": _participants(config.participants, config.flow),
            "arrangements": {
                name: _arrangement(arrangement, currency) for name, arrangement in config.arrangements.items()
            },
            "credit": _credit(config.credit, currency),
            **layer_3(config, currency),
            "margin": write_margin(config.margin, currency),
            "costs": resolved_costs(config.costs, currency),
            "baseline": config.baseline,
            "sweep": None if config.sweep is None else write_sweep(config.sweep),
            "size": None if config.size is None else write_size(config.size),
        }
    )


def _flow(flow: OneFlow) -> dict[str, Any]:
    written: dict[str, Any] = {
        "currency": flow.currency,
        "hours": write_hours(flow.hours) if flow.hours else None,
    }
    written["start"] = None if flow.start is None else flow.start.isoformat()
    written["calendar"] = flow.calendar
    written["settles"] = f"T+{flow.settles}"
    written["class_days"] = flow.class_days
    if flow.kind == "synthetic":
        written["daily_value"] = _money(flow.daily_value, flow.currency)
        written["trades_per_day"] = flow.trades_per_day
        written["size_cv"] = flow.size_cv
        written["whole_size_cv"] = flow.whole_size_cv
        written["market"] = flow.market
        written["profile"] = list(flow.profile)
        written["securities"] = _securities(flow)
        written["prices"] = {
            "median": write_money(flow.prices.median, flow.currency),
            "sigma": flow.prices.sigma,
        }
        if flow.priorities is not None:
            shares = {str(priority): write_share(share) for priority, share in flow.priorities.items()}
            written["priorities"] = shares
    if flow.repo is not None:
        written["market"] = flow.market
        written["securities"] = _securities(flow)
        written["prices"] = {
            "median": write_money(flow.prices.median, flow.currency),
            "sigma": flow.prices.sigma,
        }
        written["repo"] = _repo(flow.repo, flow.currency)
    if flow.tape is not None:
        columns = flow.tape.columns.model_dump(exclude_none=True)
        tape = {"path": str(flow.tape.path), "currency": flow.tape.currency, "columns": columns}
        written["tape"] = without_none(tape)
    if flow.instructions is not None:
        written["instructions"] = [
            without_none(
                {
                    **instruction.model_dump(),
                    "time": write_time(instruction.time),
                    "cash": write_money(instruction.cash, flow.currency),
                    "deadline": _time(instruction.deadline),
                    "hold_until": _time(instruction.hold_until),
                }
            )
            for instruction in flow.instructions
        ]
    return without_none(written)


def _repo(repo: Repo, currency: str) -> dict[str, Any]:
    segments = {
        name: {
            "share": _share(one.share),
            "lenders": list(one.lenders),
            "borrowers": list(one.borrowers),
            "tenors": {
                "overnight" if days == 1 else f"{days} days": _share(share)
                for days, share in one.tenors.items()
            },
            "intraday": _share(one.intraday),
            "lasts": write_duration(one.lasts),
            "rate": _share(one.rate),
            "haircut": _share(one.haircut),
            "opens": write_hours(one.opens),
            "unwind": write_time(one.unwind),
            "rolls": _share(one.rolls),
            "roll_net": "yes" if one.roll_net else "no",
            "substitution": _share(one.substitution),
        }
        for name, one in repo.segments.items()
    }
    return {
        "exposure": write_money(repo.exposure, currency),
        "size": write_money(repo.size, currency),
        "size_cv": repo.size_cv,
        "segments": segments,
    }


def _several(flow: Flow) -> dict[str, Any]:
    written: dict[str, Any] = {
        "currency": flow.currency,
        "start": None if flow.start is None else flow.start.isoformat(),
        "calendar": flow.calendar,
        "settles": f"T+{flow.settles}",
        "members": flow.members,
        "markets": {
            name: {"flow": _flow(one.flow), "participants": _traders(one.participants, one.flow)}
            for name, one in (flow.markets or {}).items()
        },
    }
    return without_none(written)


def _securities(flow: OneFlow) -> dict[str, Any]:
    securities = flow.securities
    if securities.classes is None:
        return {"count": securities.count, "concentration": securities.concentration}
    classes = {
        name: without_none(
            {
                "count": one.count,
                "share": write_share(one.share),
                "price": _money(one.price, flow.currency),
            }
        )
        for name, one in securities.classes.items()
    }
    return {"classes": classes, "concentration": securities.concentration}


def _participants(participants: Participants, flow: OneFlow) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if flow.kind in ("synthetic", "repo"):
        written = _traders(participants, flow)
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


def _traders(participants: Participants, flow: OneFlow) -> dict[str, Any]:
    """Who trades a synthetic market, or repos."""
    written: dict[str, Any] = {
        "count": participants.count,
        "concentration": participants.concentration,
        "types": {name: write_share(share) for name, share in participants.types.items()},
    }
    if flow.repo is not None:
        return written
    return {
        **written,
        "imbalance": write_share(participants.imbalance),
        "core": write_share(participants.core),
        "issuers": "yes" if participants.issuers else "no",
    }


def _arrangement(arrangement: Arrangement, currency: str) -> dict[str, Any]:
    written: dict[str, Any] = {"layer": arrangement.layer, "settles": f"T+{arrangement.settles}"}
    if arrangement.netted:
        written["cycles"] = _cycles(arrangement.cycles)
        written["cut_off"] = _time(arrangement.cut_off)
        written |= clearing(arrangement)
        if arrangement.book_entry is not None:
            written["book_entry"] = resolved_book_entry(arrangement.book_entry, currency)
        written["pilot"] = pilot_section(arrangement.pilot)
        written["routing"] = write_routing(arrangement.routing, currency)
    else:
        block = arrangement.block
        written["block"] = "continuous" if block is None else write_duration(block)
        reuse = arrangement.reuse
        written["reuse"] = reuse.cash if reuse.cash == reuse.units else reuse.model_dump()
        written["queue"] = arrangement.queue
        written["release"] = arrangement.release
        written["liquidity_saving"] = _savings(arrangement.liquidity_saving)
        written["partial_settlement"] = _partial(arrangement.partial_settlement, currency)
        written["securities_lending"] = _lending(arrangement.securities_lending)
        written |= layer_3(arrangement, currency)
    written["credit"] = _credit(arrangement.credit, currency)
    written["margin"] = write_margin(arrangement.margin, currency)
    written["funding"] = _funding(arrangement.funding, currency)
    written["holdings"] = _holdings(arrangement.holdings)
    return without_none(written)


def _savings(savings: tuple[LiquiditySaving, ...] | None) -> Any:
    if savings is None:
        return None
    written = [
        without_none(
            {"rule": saving.rule, "every": _duration(saving.every), "longer_than": saving.longer_than}
        )
        for saving in savings
    ]
    return written[0] if len(written) == 1 else written


def _partial(partial: PartialSettlement | None, currency: str) -> dict[str, Any] | None:
    if partial is None:
        return None
    return {
        "every": write_duration(partial.every),
        "minimum": write_money(partial.minimum, currency),
        "members": "all" if partial.members is None else list(partial.members),
    }


def _credit(facilities: dict[str, Facility] | None, currency: str) -> dict[str, Any] | None:
    if facilities is None:
        return None
    return {name: _facility(facility, currency) for name, facility in facilities.items()}


def _facility(facility: Facility, currency: str) -> dict[str, Any]:
    cap, against = facility.cap, facility.against
    return without_none(
        {
            "against": against,
            "cap": _money(cap, currency) if isinstance(cap, int) else cap,
            "every": _duration(facility.every),
            "pledge": _share(facility.pledge) if against == "pledge" else None,
            "haircut": None if against == "nothing" else _haircut(facility.haircut),
            "rate": _share(facility.rate),
            "day_count": facility.day_count,
            "repay": facility.repay if facility.tenor is None else None,
            "tenor": _duration(facility.tenor),
        }
    )


def _haircut(haircut: Haircut) -> str | dict[str, str]:
    if not haircut.securities:
        return _share(haircut.default)
    shares = {"default": haircut.default, **haircut.securities}
    return {name: _share(share) for name, share in shares.items()}


def _lending(lending: SecuritiesLending | None) -> dict[str, Any] | None:
    if lending is None:
        return None
    amount = lending.limit.amount
    days = lending.limit.kind == "days"
    return without_none(
        {
            "limit": f"{write_fraction(amount):f} days" if days else _share(amount),
            "fee": _share(lending.fee),
            "recall": _time(lending.recall),
            "day_count": lending.day_count,
        }
    )


def _share(share: Fraction) -> str:
    return write_share(write_fraction(share))


def _duration(duration: int | None) -> str | None:
    return None if duration is None else write_duration(duration)


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
    prefunding, first = write_money(funding.prefunding, currency), funding.first
    if funding.prefunding_outflow is not None:
        prefunding = f"{_share(funding.prefunding_outflow)} of expected outflow"
    elif funding.history is not None:
        prefunding = f"{_share(funding.history)} of history"
    if isinstance(first, Fraction):
        opening = f"{_share(first)} of expected outflow"
    else:
        opening = "" if first is None else write_money(first, currency)
    written = {"prefunding": prefunding, "credit_limit": write_money(funding.credit_limit, currency)}
    return {**written, "first": opening} if opening else written


def _holdings(holdings: Holdings | None) -> str | None:
    if holdings is None or holdings.path is not None:
        return None if holdings is None else str(holdings.path)
    return f"{holdings.days} days" if holdings.kind == "days" else holdings.kind


def _time(time: int | None) -> str | None:
    return None if time is None else write_time(time)


def _money(minor: int | None, currency: str) -> str | None:
    return None if minor is None else write_money(minor, currency)
