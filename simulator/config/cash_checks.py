"""What must hold between the keys of cash legs, of treasuries and of what is lent in cash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from simulator.config.cash_legs import CashLeg, shares_of
from simulator.config.credit import write_fraction
from simulator.config.faults import Fault
from simulator.config.gross_checks import MOVING_COLLATERAL
from simulator.config.layer_3 import written
from simulator.config.market import Flow
from simulator.config.schema import Config
from simulator.config.treasury import Treasury
from simulator.config.tree import KeyPath
from simulator.config.units import write_money, write_share

IN_PLACE_OF = ("top_up", "withdraw", "release", "reserve")
"""Keys of a treasury that a policy of one's own stands in place of."""


def check_cash(config: Config, gross: Sequence[str]) -> Iterator[Fault]:
    """Faults of what is said of cash legs and treasuries; ``gross`` are the arrangements of layer 3."""
    for path, legs in written(config, "cash_leg"):
        yield from _legs(path, legs, config.flow)
    for path, treasury in written(config, "treasury"):
        yield from _treasury(path, treasury, config.flow.currency)
    for name in gross:
        yield from _lending(config, name)
        yield from _pools(config, name)
        yield from _funded(config, name)


def _legs(path: KeyPath, legs: Mapping[str, CashLeg], flow: Flow) -> Iterator[Fault]:
    """Every buyer pays in one leg."""
    stated = [leg.share for leg in legs.values() if leg.share is not None]
    rests_on = tuple((*path, name, "share") for name in legs)
    if stated and sum(stated) != 1:
        total = write_share(write_fraction(sum(stated, Fraction(0))))
        yield Fault(path, f"the shares add up to {total}; make them 100 %", rests_on)
    pays_in: dict[str, str] = {}
    for name, leg in legs.items():
        if stated and leg.share is None and not leg.payers:
            message = "missing; other legs state theirs: give it a share, or payers"
            yield Fault((*path, name, "share"), message, (*rests_on, (*path, name, "payers")))
        for at, payer in enumerate(leg.payers):
            if payer in pays_in:
                message = f"{payer} is not allowed; it pays in {pays_in[payer]} already, and in one leg alone"
                yield Fault((*path, name, "payers", at), message)
            pays_in.setdefault(payer, name)
    if not legs or shares_of(legs):
        return
    buyers = dict.fromkeys(one.buyer for one in flow.instructions or () if one.cash)
    lost = next((buyer for buyer in buyers if buyer not in pays_in), None)
    if lost is not None:
        message = f"{lost} buys and pays in no leg; list it in a leg's payers, or give a leg a share"
        yield Fault(path, message, (*rests_on, *((*path, name, "payers") for name in legs)))


def _treasury(path: KeyPath, treasury: Treasury, currency: str) -> Iterator[Fault]:
    given, every = treasury.model_fields_set, (*path, "every")
    if given and not treasury.every:
        yield Fault(every, "missing; give how often treasurers act, such as every: 5 min", (every,))
    for key in IN_PLACE_OF if treasury.policy is not None else ():
        if key in given:
            yield Fault((*path, key), "leave it out; the policy stands in its place", ((*path, "policy"),))
    top_up, withdraw = treasury.top_up, treasury.withdraw
    if top_up is not None and top_up.to < top_up.below:
        said, below = (write_money(amount, currency) for amount in (top_up.to, top_up.below))
        message = f"{said} is not allowed; cash is topped up below {below}: give that or more"
        yield Fault((*path, "top_up", "to"), message, ((*path, "top_up", "below"),))
    if withdraw is not None and withdraw.to > withdraw.above:
        said, above = (write_money(amount, currency) for amount in (withdraw.to, withdraw.above))
        message = f"{said} is not allowed; cash is given back above {above}: give that or less"
        yield Fault((*path, "withdraw", "to"), message, ((*path, "withdraw", "above"),))
    if top_up is not None and withdraw is not None and top_up.to > withdraw.above:
        said, above = (write_money(amount, currency) for amount in (top_up.to, withdraw.above))
        message = f"{said} is not allowed; above {above} it would be given back (withdraw.above)"
        yield Fault((*path, "top_up", "to"), message, ((*path, "withdraw", "above"),))


def _lending(config: Config, name: str) -> Iterator[Fault]:
    """Where every leg is a stablecoin, nobody lends."""
    legs, one = config.legs_of(name), config.arrangements[name]
    if not legs or any(leg.lends for leg in legs.values()):
        return
    said = f"a stablecoin lends nothing, and the cash of {name} is nothing else"
    at_legs = config.stated(name, "cash_leg")
    if config.credit_of(name):
        message = f"{said}; give it credit: {{}}, or a cash leg that lends, such as tokenized_deposit"
        path: KeyPath = ("arrangements", name, "credit") if one.credit is not None else ("credit",)
        yield Fault(path, message, (at_legs,))
    own: KeyPath = ("arrangements", name) if one.funding is not None else ("participants",)
    funding = one.funding or config.participants.funding
    remedy = f"{said}; give it funding with credit_limit: 0, or a cash leg that lends"
    rests_on = (at_legs, ("arrangements", name, "funding"))
    if funding.credit_limit:
        yield Fault((*own, "funding", "credit_limit"), remedy, rests_on)
    if funding.kind == "members":
        for member, brings in (config.participants.members or {}).items():
            if brings.credit_limit:
                yield Fault(("participants", "members", member, "credit_limit"), remedy, rests_on)


def _pools(config: Config, name: str) -> Iterator[Fault]:
    """Collateral that moves secures one account."""
    pools = {leg.pool for leg in config.legs_of(name).values()}
    if len(pools) < 2:
        return
    path: KeyPath = ("credit",)
    if config.arrangements[name].credit is not None:
        path = ("arrangements", name, "credit")
    for facility, one in config.credit_of(name).items():
        if one.against in MOVING_COLLATERAL:
            message = (
                f"{one.against} is not allowed for {name}, whose cash is of {len(pools)} pools; give it "
            )
            message += "legs of one pool, credit of its own, or credit: {}"
            needs = (config.stated(name, "cash_leg"),)
            yield Fault((*path, facility, "against"), message, needs)


def _funded(config: Config, name: str) -> Iterator[Fault]:
    """A treasurer brings and gives back cash, which is limited."""
    funding = config.arrangements[name].funding or config.participants.funding
    if config.treasury_of(name) is None or funding.kind != "unlimited":
        return
    message = f"unlimited funding needs no treasurer; give {name} funding, such as {{prefunding: 20 M}}"
    needs = tuple((*path, "funding") for path in (("arrangements", name), ("participants",)))
    yield Fault(
        config.stated(name, "treasury"),
        f"{message}, or treasury: {{}}",
        (*needs, ("participants", "members")),
    )
