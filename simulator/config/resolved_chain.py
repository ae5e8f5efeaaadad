"""The sections of layer 3 written out in full: chain, wallets, cash legs, treasuries, faults."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from simulator.config.arrangement import Arrangement
from simulator.config.cash_legs import CashLeg
from simulator.config.chain import CHAIN_PRESETS, MILLIONTHS, Capacity, ChainSection
from simulator.config.credit import write_fraction
from simulator.config.disruptions import Disruption
from simulator.config.schema import Config
from simulator.config.shapes import write_hours
from simulator.config.treasury import Treasury
from simulator.config.units import write_duration, write_money, write_share, write_time
from simulator.config.wallets import Registered, Wallets


def layer_3(section: Config | Arrangement, currency: str) -> dict[str, Any]:
    """The sections that are stated, each whole, None where one is not."""
    chain, wallets, legs, treasury = section.chain, section.wallets, section.cash_leg, section.treasury
    return {
        "chain": None if chain is None else _chain(chain, currency),
        "wallets": None if wallets is None else _wallets(wallets),
        "cash_leg": None if legs is None else _legs(legs, currency),
        "treasury": None if treasury is None else _treasury(treasury, currency),
        "faults": None if section.faults is None else [_fault(fault) for fault in section.faults],
    }


def _chain(chain: ChainSection, currency: str) -> dict[str, Any]:
    bids = chain.bids
    # Without a word of it, the preset's capacity would come back.
    unlimited = "none" if chain.preset and CHAIN_PRESETS[chain.preset].capacity != "none" else None
    return without_none(
        {
            "preset": chain.preset,
            "block_times": chain.block_times,
            "finality": write_duration(chain.finality),
            "capacity": unlimited if chain.capacity is None else _capacity(chain.capacity),
            "inclusion": chain.inclusion,
            "bids": bids and {"median": write_money(bids.median, currency, MILLIONTHS), "cv": bids.cv},
            "fee": write_money(chain.fee, currency, MILLIONTHS),
        }
    )


def _capacity(capacity: Capacity) -> str | dict[str, int]:
    if capacity.per_block is not None:
        return f"{capacity.per_block} a block"
    if capacity.per_second is not None:
        return f"{write_fraction(capacity.per_second):f} a second"
    assert capacity.gas_limit is not None
    assert capacity.gas is not None
    return {"gas_limit": capacity.gas_limit, "gas": capacity.gas}


def _wallets(wallets: Wallets) -> dict[str, Any]:
    return {
        "registered": write_registered(wallets.registered),
        "unregistered": wallets.unregistered,
        "events": [
            without_none(
                {
                    "time": write_time(event.time),
                    "day": event.day,
                    "action": event.action,
                    "member": event.member,
                    "to": event.to,
                    "security": event.security,
                    "units": event.units or None,
                }
            )
            for event in wallets.events
        ],
    }


def write_registered(registered: Registered) -> str | list[str] | dict[str, list[str]]:
    """Whose wallets are registered, as it is read back."""
    if registered.kind == "all":
        return "all"
    members = list(registered.members)
    return members if registered.kind == "only" else {"except": members}


def _legs(legs: Mapping[str, CashLeg], currency: str) -> dict[str, Any]:
    return {
        name: without_none(
            {
                "kind": leg.kind,
                "issuer": leg.issuer,
                "share": None if leg.share is None else _share(leg.share),
                "payers": list(leg.payers) or None,
                "pool": leg.pool,
                "hours": write_hours(leg.hours),
                "days": leg.days,
                "mint": write_duration(leg.mint),
                "redeem": write_duration(leg.redeem),
                "rate": _share(leg.rate),
                "day_count": leg.day_count,
                "supply": None if leg.supply is None else write_money(leg.supply, currency),
            }
        )
        for name, leg in legs.items()
    }


def _treasury(treasury: Treasury, currency: str) -> dict[str, Any]:
    if not treasury.every:
        return {}
    top_up, withdraw, own = treasury.top_up, treasury.withdraw, treasury.policy is not None
    return without_none(
        {
            "every": write_duration(treasury.every),
            "top_up": top_up
            and {"below": write_money(top_up.below, currency), "to": write_money(top_up.to, currency)},
            "withdraw": withdraw
            and {"above": write_money(withdraw.above, currency), "to": write_money(withdraw.to, currency)},
            "release": None if own else treasury.release,
            "reserve": None if own else write_money(treasury.reserve, currency),
            "urgent": treasury.urgent,
            "policy": treasury.policy,
        }
    )


def _fault(fault: Disruption) -> dict[str, Any]:
    return without_none(
        {
            "kind": fault.kind,
            "start": None if fault.start is None else write_time(fault.start),
            "end": None if fault.end is None else write_time(fault.end),
            "day": fault.day,
            "capacity": None if fault.capacity is None else _share(fault.capacity),
            "leg": fault.leg,
            "member": fault.member,
            "rate": None if fault.rate is None else f"{write_fraction(fault.rate):f} a day",
            "lasts": None if fault.lasts is None else write_duration(fault.lasts),
        }
    )


def without_none(written: dict[str, Any]) -> dict[str, Any]:
    """What is there."""
    return {key: value for key, value in written.items() if value is not None}


def _share(share: Fraction) -> str:
    return write_share(write_fraction(share))
