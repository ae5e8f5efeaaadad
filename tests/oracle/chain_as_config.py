"""A chain's terms as a person would type them."""

from __future__ import annotations

from fractions import Fraction

from .book import HOUR, MINUTE, SECOND, Arrangement
from .terms import Fault, Leg, Prefunding, Registry, Treasury, WalletEvent


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def millionths(amount: int) -> str:
    return f"{amount // 10**6}.{amount % 10**6:06d}"


def clock(time: int) -> str:
    assert time % SECOND == 0
    return f"{time // HOUR:02d}:{time // MINUTE % 60:02d}:{time // SECOND % 60:02d}"


def duration(time: int) -> str:
    return f"{time // 1000} ms"


def share(part: Fraction) -> str:
    basis_points = part * 10_000
    assert basis_points.denominator == 1
    return f"{basis_points} bp"


def percent(part: Fraction) -> str:
    return f"{float(part * 100):g} %"


def chain_config(arrangement: Arrangement) -> dict:
    """All that an arrangement says of its chain, by the keys of an arrangement; nothing of what is off."""
    assert arrangement.block_times is None, "drawn by the engine"
    typed: dict = {}
    if arrangement.reuse_units is not None:
        typed["reuse"] = {"cash": arrangement.reuse, "units": arrangement.reuse_units}
    chain: dict = {}
    if arrangement.finality:
        chain["finality"] = duration(arrangement.finality)
    if arrangement.capacity is not None:
        chain["capacity"] = f"{arrangement.capacity} a block"
    if arrangement.fee:
        chain["fee"] = millionths(arrangement.fee)
    if chain:
        typed["chain"] = chain
    if arrangement.wallets is not None:
        typed["wallets"] = registry_config(arrangement.wallets)
    if arrangement.legs:
        typed["cash_leg"] = {leg.name: leg_config(leg) for leg in arrangement.legs}
    if arrangement.treasury is not None:
        typed["treasury"] = treasury_config(arrangement.treasury)
    if arrangement.faults:
        typed["faults"] = [fault_config(fault) for fault in arrangement.faults]
    return typed


def registry_config(registry: Registry) -> dict:
    typed: dict = {"unregistered": "refuse" if registry.refuse else "wait"}
    typed["registered"] = "all" if registry.registered is None else list(registry.registered)
    if registry.events:
        typed["events"] = [event_config(event) for event in registry.events]
    return typed


def event_config(event: WalletEvent) -> dict:
    typed: dict = {"time": clock(event.time), "action": event.action, "member": event.member}
    if event.day is not None:
        typed["day"] = event.day
    if event.action == "transfer":
        typed |= {"to": event.to, "security": event.security, "units": event.units}
    return typed


def fault_config(fault: Fault) -> dict:
    typed: dict = {"kind": fault.kind, "start": clock(fault.start)}
    if fault.end is not None:
        typed["end"] = clock(fault.end)
    for key in ("day", "member", "leg"):
        if getattr(fault, key) is not None:
            typed[key] = getattr(fault, key)
    if fault.kind == "congestion":
        typed["capacity"] = share(fault.share)
    return typed


def leg_config(leg: Leg) -> dict:
    first, last = (clock(time) for time in leg.hours or (0, 0))
    typed: dict = {
        "kind": leg.kind,
        "hours": f"{first}–{last}" if leg.hours else "00:00–23:59:59.999999",
        "days": "weekdays" if leg.weekdays else "all",
        "mint": duration(leg.mint),
        "rate": share(leg.rate),
        "day_count": leg.day_count,
    }
    if leg.share is not None:
        typed["share"] = share(leg.share)
    if leg.payers:
        typed["payers"] = list(leg.payers)
    if leg.pool is not None:
        typed["pool"] = leg.pool
    if leg.supply is not None:
        typed["supply"] = money(leg.supply)
    return typed


def treasury_config(treasury: Treasury) -> dict:
    typed: dict = {"every": duration(treasury.every), "release": treasury.release}
    if treasury.top_up:
        typed["top_up"] = dict(zip(("below", "to"), map(money, treasury.top_up), strict=True))
    if treasury.withdraw:
        typed["withdraw"] = dict(zip(("above", "to"), map(money, treasury.withdraw), strict=True))
    if treasury.reserve:
        typed["reserve"] = money(treasury.reserve)
    if treasury.urgent != 2:
        typed["urgent"] = treasury.urgent
    return typed


def prefunding_config(terms: Prefunding) -> dict:
    expected = f"{percent(terms.share)} of expected outflow"
    typed: dict = {"prefunding": expected, "credit_limit": money(terms.credit_limit)}
    if terms.history is not None:
        typed["prefunding"] = f"{percent(terms.history)} of history"
        typed["first"] = expected if terms.first is None else money(terms.first)
    return typed
