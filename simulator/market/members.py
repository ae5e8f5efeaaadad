"""Who takes part, in which order, and what each brings: cash, credit and holdings, from config or files."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulator.config.errors import InputError, nearest
from simulator.config.tree import join_key
from simulator.config.units import BOUND
from simulator.market.amounts import UNITS, cash_scale, take_share
from simulator.market.flow import Bools, Flow, Int32, Int64
from simulator.market.member_files import MemberFile
from simulator.market.recorded import refuse_totals
from simulator.market.table import SHOWN

if TYPE_CHECKING:
    from simulator.config.schema import Arrangement, Config, Funding, Holdings


@dataclass(frozen=True, slots=True)
class OpeningHoldings:
    """Units held at the first open, where above 0: parallel columns by (member, security), each pair once."""

    member: Int32
    security: Int32
    units: Int64


@dataclass(frozen=True, slots=True)
class LendingLimits:
    """Units that may be borrowed, where above 0: parallel columns by (member, security), each pair once."""

    member: Int32
    security: Int32
    units: Int64


@dataclass(frozen=True, slots=True)
class Endowment:
    """What the members of a flow bring to one arrangement.

    Attributes
    ----------
    cash : int64, minor units of prefunding by member; None is unlimited
    credit_limit : int64, minor units of intraday credit by member
    holdings : None is ample
    """

    cash: Int64 | None
    credit_limit: Int64
    holdings: OpeningHoldings | None


def order_members(config: Config, trading: Collection[str]) -> tuple[str, ...]:
    """The members that trade: as listed under participants or in its funding file, else by name.

    Raises
    ------
    InputError : a member trades that the list lacks.
    """
    participants = config.participants
    if participants.members is not None:
        listed: Iterable[str] = participants.members
        where = "participants.members does not list it"
        key = "participants.members"
    elif participants.funding.kind == "file":
        file = MemberFile(_path(participants.funding))
        listed = file.funding(cash_scale(config.flow.currency))[0]
        where, key = f"{file.table.name} does not list it", "participants.funding"
    else:
        return tuple(sorted(trading))
    places = dict.fromkeys(listed)
    _refuse_missing(config, key, [name for name in trading if name not in places], places, where)
    wanted = set(trading)
    return tuple(name for name in places if name in wanted)


def endow(config: Config, arrangement: Arrangement, flow: Flow) -> Endowment:
    """What each member of ``flow`` brings to ``arrangement``, whose own funding and holdings go first.

    Raises
    ------
    InputError : a list that lacks a member of the flow, a bad file, or totals that could reach 2^62.
    """
    participants = config.participants
    own = _name_of(arrangement, config)
    funding, holdings = arrangement.funding, arrangement.holdings
    cash, credit = _fund(
        config,
        funding or participants.funding,
        f"arrangements.{own}.funding" if funding else "participants.funding",
        flow,
    )
    held = _hold(config, holdings or participants.holdings, flow)
    _refuse_sums(config, flow, cash, credit, held)
    return Endowment(cash, credit, held)


def divide_holdings(book: Endowment, chain: Endowment, share: Fraction) -> tuple[Endowment, Endowment]:
    """Two endowments between which members' units are divided: floor(share × units) of each stand on chain.

    Ample holdings stay ample on either side.

    Examples
    --------
    >>> held = OpeningHoldings(np.array([0]), np.array([0]), np.array([7]))
    >>> mine = Endowment(None, np.array([0]), held)
    >>> [each.holdings.units.tolist() for each in divide_holdings(mine, mine, Fraction(1, 2))]
    [[4], [3]]
    """
    if book.holdings is None or chain.holdings is None:
        return book, chain
    held = book.holdings
    tokens = take_share(held.units, share)
    return (
        replace(book, holdings=replace(held, units=held.units - tokens)),
        replace(chain, holdings=replace(held, units=tokens)),
    )


def lending_limits(
    config: Config, arrangement: Arrangement, flow: Flow, holdings: OpeningHoldings
) -> LendingLimits:
    """What each member may borrow of each security: days of its expected sales, or a share of its holding.

    Parameters
    ----------
    arrangement : one with ``securities_lending``
    holdings : what its members hold at the first open; a share of it is rounded down

    Raises
    ------
    InputError : units held, traded and lent that could reach 2^62.
    """
    lending = arrangement.securities_lending
    assert lending is not None
    amount = lending.limit.amount
    if lending.limit.kind == "days":
        limits = LendingLimits(*_days_of_sales(amount, flow))
    else:
        units = take_share(holdings.units, amount)
        some = units > 0
        limits = LendingLimits(holdings.member[some], holdings.security[some], units[some])
    lent, held = sum(limits.units.tolist()), sum(holdings.units.tolist())
    source = f"{config.name}, holdings and what may be borrowed included"
    refuse_totals(source, flow.size.total_cash, flow.size.total_units + held + lent)
    return limits


def settling_in_part(config: Config, arrangement: Arrangement, flow: Flow) -> Bools:
    """Whether each member of ``flow`` settles in parts, one entry a member; nobody without windows.

    Raises
    ------
    InputError : a name that is no member.
    """
    partial = arrangement.partial_settlement
    if partial is None:
        return np.zeros(len(flow.members), np.bool_)
    if partial.members is None:
        return np.ones(len(flow.members), np.bool_)
    known = {*flow.members, *(config.participants.members or ())}
    key = ("arrangements", _name_of(arrangement, config), "partial_settlement", "members")
    unknown = [(at, name) for at, name in enumerate(partial.members) if name not in known]
    if unknown:
        told = ((at, f"{name} is not a member{nearest(name, known)}") for at, name in unknown[:SHOWN])
        raise InputError(*(config.problem(join_key((*key, at)), message) for at, message in told))
    return np.isin(np.array(flow.members), partial.members)


def _name_of(arrangement: Arrangement, config: Config) -> str:
    return next((name for name, one in config.arrangements.items() if one is arrangement), "")


def _fund(config: Config, funding: Funding, key: str, flow: Flow) -> tuple[Int64 | None, Int64]:
    count = len(flow.members)
    if funding.kind == "unlimited":
        return None, np.zeros(count, np.int64)
    if funding.kind == "uniform":
        return _prefunding(funding, flow), np.full(count, funding.credit_limit)
    if funding.kind == "members":
        members = config.participants.members or {}
        where = "participants.members does not list it"
        missing = [name for name in flow.members if name not in members]
        _refuse_missing(config, "participants.members", missing, members, where)
        pairs = [(members[name].cash, members[name].credit_limit) for name in flow.members]
        return np.array([cash for cash, _ in pairs]), np.array([credit for _, credit in pairs])
    file = MemberFile(_path(funding))
    names, cash, credit = file.funding(cash_scale(config.flow.currency))
    places = {name: at for at, name in enumerate(names)}
    missing = [name for name in flow.members if name not in places]
    _refuse_missing(config, key, missing, places, f"{file.table.name} does not list it")
    rows = [places[name] for name in flow.members]
    return cash[rows], credit[rows]


def _prefunding(funding: Funding, flow: Flow) -> Int64:
    """What each member opens the first day with: an amount, or a share of what it is expected to pay."""
    opening = funding.first if funding.history is not None else funding.prefunding_outflow
    if isinstance(opening, Fraction):
        return take_share(flow.expected_payments(), opening)
    return np.full(len(flow.members), funding.prefunding if opening is None else opening)


def _hold(config: Config, holdings: Holdings, flow: Flow) -> OpeningHoldings | None:
    if holdings.kind == "ample":
        return None
    if holdings.kind == "days":
        return OpeningHoldings(*_days_of_sales(Fraction(str(holdings.days)), flow))
    securities = {name: at for at, name in enumerate(flow.securities)}
    members = {name: at for at, name in enumerate(flow.members)}
    names: list[tuple[str, ...]] = []
    if holdings.kind == "members":
        listed = config.participants.members or {}
        names = [(name, security) for name, member in listed.items() for security in member.holdings]
        units = np.array([listed[name].holdings[security] for name, security in names], np.int64)
    else:
        names, (units,) = MemberFile(_path(holdings)).read("member", "security", units=UNITS)
    # Units of a security that nobody trades, or of a member that does not, can never move.
    kept = [
        (members[name], securities[security], at)
        for at, (name, security) in enumerate(names)
        if name in members and security in securities and units[at] > 0
    ]
    columns = np.array(sorted(kept), np.int64).reshape(-1, 3)
    member, security = columns[:, 0].astype(np.int32), columns[:, 1].astype(np.int32)
    return OpeningHoldings(member, security, units[columns[:, 2]])


def _days_of_sales(days: Fraction, flow: Flow) -> tuple[Int32, Int32, Int64]:
    """``days`` × expected sales a day of every member and security, rounded half to even, exactly.

    Columns of member, security and units, where above 0.
    """
    members, securities, units = [], [], []
    for member in range(len(flow.members)):
        sales = flow.expected_sales(member)
        sold = np.flatnonzero(sales)
        held = _times(sales[sold], days)
        members.append(np.full(np.count_nonzero(held), member, np.int32))
        securities.append(sold[held > 0].astype(np.int32))
        units.append(held[held > 0])
    return np.concatenate(members), np.concatenate(securities), np.concatenate(units)


def _times(values: Int64, factor: Fraction) -> Int64:
    """values × factor, rounded half to even.

    >>> _times(np.array([1, 3, 5, 10]), Fraction(1, 2))
    array([0, 2, 2, 5])
    """
    above, below = factor.numerator, factor.denominator
    if len(values) and int(values.max()) * above + below >= BOUND:  # too wide for int64: in Python integers
        wide = [min(round(value * factor), BOUND) for value in values.tolist()]
        return np.array(wide, np.int64)
    whole, rest = np.divmod(values * above, below)
    return whole + ((rest > below - rest) | ((rest == below - rest) & (whole % 2 == 1)))


def _refuse_sums(
    config: Config, flow: Flow, cash: Int64 | None, credit: Int64, held: OpeningHoldings | None
) -> None:
    """A balance can grow to all the cash there is: funding and flow together stay below 2^62."""
    own_cash = sum(credit.tolist()) + (sum(cash.tolist()) if cash is not None else 0)
    own_units = sum(held.units.tolist()) if held is not None else 0
    source = f"{config.name}, opening funding and holdings included"
    refuse_totals(source, flow.size.total_cash + own_cash, flow.size.total_units + own_units)


def _refuse_missing(config: Config, key: str, missing: list[str], listed: Iterable[str], where: str) -> None:
    if not missing:
        return
    listed = list(listed)
    told = [f'"{name}" trades, but {where}{nearest(name, listed)}' for name in missing[:SHOWN]]
    if len(missing) > SHOWN:
        told.append(f"and {len(missing) - SHOWN:_} more members that trade")
    raise InputError(*(config.problem(key, message) for message in told))


def _path(listed: Funding | Holdings) -> Path:
    assert listed.path is not None  # the schema gives every kind "file" a path
    return listed.path
