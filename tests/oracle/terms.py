"""The terms that an arrangement may set: of a chain wallets, faults, cash legs and treasuries; of a
clearing house what it carries; of a depository what it delivers by book entry, and what of it is tokenized.

Times are µs of the day, money minor units, shares and rates fractions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True)
class WalletEvent:
    """``register``, ``freeze`` or ``unfreeze`` a member, or ``transfer`` units from it by force; ``day``
    None is every day."""

    time: int
    action: str
    member: str
    day: int | None = None
    to: str | None = None
    security: str | None = None
    units: int = 0


@dataclass(frozen=True)
class Registry:
    """Who has a wallet at first (None: all), what befalls the others' instructions, what changes."""

    registered: tuple[str, ...] | None = None
    refuse: bool = False
    events: tuple[WalletEvent, ...] = ()


@dataclass(frozen=True)
class Fault:
    """One of the spec's kinds, in force after ``start``'s blocks and up to ``end``'s (None: the close).

    ``share`` is what a congestion leaves of the room; ``day`` None is every day.
    """

    kind: str
    start: int
    end: int | None = None
    day: int | None = None
    member: str | None = None
    leg: str | None = None
    share: Fraction = Fraction(1)


@dataclass(frozen=True)
class Leg:
    """A cash leg. ``share`` None: what the shares of others leave, for whom no ``payers`` list names.

    ``pool`` None is its own name, ``hours`` None the whole day; ``mint`` is how long minting takes.
    """

    name: str
    kind: str = "tokenized_deposit"
    share: Fraction | None = None
    payers: tuple[str, ...] = ()
    pool: str | None = None
    hours: tuple[int, int] | None = None
    weekdays: bool = False
    mint: int = 0
    rate: Fraction = Fraction(0)
    day_count: int = 360
    supply: int | None = None

    @property
    def money(self) -> str:
        """The pool whose money it pays in."""
        return self.pool or self.name

    @property
    def lends(self) -> bool:
        return self.kind != "stablecoin"


@dataclass(frozen=True)
class Treasury:
    """When treasurers act, and how: ``top_up`` (below, to), ``withdraw`` (above, to), what is held back.

    ``release`` is ``at_once``, ``paced`` or ``wait_for_inflow``; priorities up to ``urgent`` are urgent.
    """

    every: int
    top_up: tuple[int, int] | None = None
    withdraw: tuple[int, int] | None = None
    release: str = "at_once"
    reserve: int = 0
    urgent: int = 2


@dataclass(frozen=True)
class Prefunding:
    """A member's cash as a share of its expected outflow, or a quantile of its own peak outflows.

    With ``history`` the first day opens at ``first`` (money) or ``share`` of the expected outflow.
    """

    share: Fraction = Fraction(0)
    history: Fraction | None = None
    first: int | None = None
    credit_limit: int = 0


@dataclass(frozen=True)
class BuyIn:
    """Longs open for so many settlement days are bought in, at so much above the price."""

    after: int
    premium: Fraction = Fraction(0)


@dataclass(frozen=True)
class Carry:
    """What was not delivered stays open.

    ``night`` is a time of the settlement date; ``exemptions`` are securities by member, None all of them;
    a member's ``priority`` is 5 if not said, and a lower one receives first.
    """

    night: int | None = None
    exemptions: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    priority: dict[str, int] = field(default_factory=dict)
    buy_in: BuyIn | None = None


@dataclass(frozen=True)
class BookEntry:
    """Deliveries one by one over running balances, beside the netted flow.

    ``members`` are those either side of whose trades goes there, None all; with ``share`` it is drawn.
    ``cap`` and ``fund`` are of every member or by member with ``default``, ``haircut`` one share or by
    security with it; ``cap`` None is no limit. An order of more than ``above``, or of a time of the day from
    ``after`` on, is approved ``takes`` later. ``progress`` is every, when and to: shares of the cap. Times
    without days are of the day.
    """

    members: tuple[str, ...] | None = None
    share: Fraction | None = None
    cap: int | dict[str, int] | None = None
    fund: int | dict[str, int] = 0
    haircut: Fraction | dict[str, Fraction] = Fraction(1, 10)
    monitor: bool = True
    look_ahead: int | None = None
    above: int | None = None
    after: int | None = None
    takes: int = 0
    until: int | None = None
    progress: tuple[int, Fraction, Fraction] | None = None

    @property
    def takes_all(self) -> bool:
        return self.members is None and self.share is None

    def takes_in(self, buyer: str, seller: str) -> bool:
        return self.members is None or buyer in self.members or seller in self.members


@dataclass(frozen=True)
class ShareRule:
    """What all members do alike: with a share of every position, at a time of day 0, or of every day."""

    share: Fraction
    at: int
    every_day: bool = False


@dataclass(frozen=True)
class TokenEvent:
    """``tokenize``, ``transfer``, ``reverse`` or ``detokenize`` units of a member, or an ``outage`` that
    lasts so long; ``day`` None is every day."""

    time: int
    action: str
    member: str | None = None
    security: str | None = None
    units: int = 0
    to: str | None = None
    lasts: int = 0
    day: int | None = None


@dataclass(frozen=True)
class PilotTerms:
    """Who may tokenize what (None: all), how long it takes, when it is done.

    ``eligible`` are the securities, or the share of them that is drawn; ``orders`` is the share of trades
    whose buyer wants tokens.
    """

    eligible: tuple[str, ...] | Fraction | None = None
    registered: tuple[str, ...] | None = None
    settlement_value: Fraction = Fraction(0)
    minting: int = 60_000_000
    returning: int = 900_000_000
    cut_off: int | None = None
    tokenize: ShareRule | None = None
    detokenize: ShareRule | None = None
    orders: Fraction | None = None
    events: tuple[TokenEvent, ...] = ()
