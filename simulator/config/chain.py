"""What a config says of the chain: its blocks, its finality, its room, what inclusion costs.

One frozen model a section, one line a key with its unit, reason and source. ``CHAIN_PRESETS`` gives what
is known of chains that are there; a key given wins over the preset.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BeforeValidator, Field, model_validator

from simulator.config import fields, units
from simulator.config.errors import FaultsError, NotAllowedError, nearest
from simulator.config.fields import bare, unknown_key
from simulator.config.market import Section
from simulator.config.shapes import Shape
from simulator.config.tree import KeyPath

SECOND = units.MICROSECONDS["s"]

MILLIONTHS = 6
"""Digits after the point of what is paid to a chain: fees are cents, and parts of cents."""

WhenFree = Literal["at_once", "next_block", "at_finality", "at_close"]
REUSES: tuple[str, ...] = get_args(WhenFree)


class ChainPreset(NamedTuple):
    """What is known of a chain, in people's units; the fee in units of the flow's currency."""

    meaning: str
    block: str
    finality: str
    capacity: str | dict[str, str] = "none"
    fee: str = "0.01"
    block_times: str = "fixed"


CHAIN_PRESETS = {
    "ethereum": ChainPreset(
        "12 s slots, final after two epochs of 32 (consensus specification); 60 M gas a block; 150 k gas a "
        "settlement, an estimate; fee unverified.",
        block="12 s",
        finality="768 s",
        capacity={"gas_limit": "60 M", "gas": "150 k"},
        fee="0.02",
    ),
    "rollup": ChainPreset(
        "On Ethereum: blocks of 1 s (they are 0.25 to 2 s), final with Ethereum after about 13 min; no limit "
        "of capacity known; fee unverified.",
        block="1 s",
        finality="13 min",
    ),
    "solana": ChainPreset(
        "400 ms slots, final after 32 of them; 2_000 settlements a second (of 2 to 4 k) unverified, as the "
        "fee.",
        block="400 ms",
        finality="12.8 s",
        capacity="2_000 a second",
    ),
    "avalanche": ChainPreset(
        "Blocks of 1 s, final in 1 s (both are 1 to 2 s); no limit of capacity known; fee unverified.",
        block="1 s",
        finality="1 s",
    ),
    "besu_qbft": ChainPreset(
        "Permissioned: blocks of 5 s, final at once; 200 settlements a second (of 200 to 1_000) unverified, "
        "as the fee.",
        block="5 s",
        finality="0 s",
        capacity="200 a second",
    ),
    "canton": ChainPreset(
        "No public block, so continuous; final in seconds, 5 s unverified, as the fee; no limit of capacity "
        "known.",
        block="continuous",
        finality="5 s",
    ),
}
"""Chains by name. Not verified by us where a line says so; otherwise from the chains' own documents."""


class Reuse(Shape):
    """When what was received can be used again: cash, and units."""

    cash: WhenFree = "at_once"
    units: WhenFree = "at_once"

    @property
    def text(self) -> str:
        """One word where cash and units agree, else both."""
        return self.cash if self.cash == self.units else f"{self.cash} (cash), {self.units} (units)"


class Capacity(Shape):
    """Room for settlements, in exactly one of three ways: a block, a second, or by gas."""

    per_block: int | None = None
    per_second: Fraction | None = None
    gas_limit: int | None = None
    gas: int | None = None

    def room(self, block: int) -> int:
        """Settlements that a block of ``block`` µs has room for.

        Examples
        --------
        >>> Capacity(per_second=Fraction(33)).room(12_000_000), Capacity(gas_limit=100, gas=30).room(1_000)
        (396, 3)
        """
        if self.per_block is not None:
            return self.per_block
        if self.per_second is not None:
            return int(self.per_second * block // SECOND)
        assert self.gas_limit is not None
        assert self.gas
        return self.gas_limit // self.gas


def parse_reuse(given: Any) -> Reuse:
    """One word for cash and units alike, or ``{cash, units}``.

    Examples
    --------
    >>> parse_reuse("at_close").units, parse_reuse({"cash": "at_finality"}).text
    ('at_close', 'at_finality (cash), at_once (units)')
    """
    value = bare(given)
    if isinstance(value, Reuse):
        return value
    if not isinstance(value, dict):
        word = _when_free(value)
        return Reuse(cash=word, units=word)
    if not value:
        raise NotAllowedError("an empty mapping", "give one word, or {cash: at_finality, units: at_once}")
    known = ("cash", "units")
    faults: list[tuple[KeyPath, str]] = [((k,), unknown_key(k, known)) for k in value if k not in known]
    try:
        parts = fields.parse_each(((key, value[key]) for key in known if key in value), _when_free)
    except FaultsError as error:
        raise FaultsError([*faults, *error.faults]) from None
    if faults:
        raise FaultsError(faults)
    return Reuse(**{str(key): word for key, word in parts.items()})


def _when_free(value: Any) -> Any:
    if not isinstance(value, str) or value not in REUSES:
        raise NotAllowedError(value, f"give {' or '.join(REUSES)}{nearest(value, REUSES)}")
    return value


CAPACITY = "give 33 a second, 400 a block, {gas_limit: 60 M, gas: 150 k}, or none"


def parse_capacity(given: Any) -> Capacity | None:
    """``33 a second``, ``400 a block``, ``{gas_limit, gas}``, or ``none``.

    Examples
    --------
    >>> parse_capacity("2 k a second").per_second, parse_capacity("400 a block").per_block
    (Fraction(2000, 1), 400)
    """
    value = bare(given)
    if isinstance(value, Capacity):
        return value
    if isinstance(value, dict):
        return _by_gas(value)
    text = value.strip() if isinstance(value, str) else ""
    if text == "none":
        return None
    match = re.fullmatch(r"(.+?)\s+(?:a|per)\s+(\S+)", text)
    if match is None or match[2] not in ("second", "block"):
        raise NotAllowedError(value, f"{CAPACITY}{nearest(match[2], ['second', 'block']) if match else ''}")
    try:
        if match[2] == "block":
            return Capacity(per_block=units.parse_count(match[1]))
        return Capacity(per_second=units.parse_quantity(match[1]))
    except NotAllowedError:
        raise NotAllowedError(value, CAPACITY) from None


def _by_gas(given: dict[str, Any]) -> Capacity:
    known = ("gas_limit", "gas")
    faults: list[tuple[KeyPath, str]] = [((k,), unknown_key(k, known)) for k in given if k not in known]
    for key, of in (("gas_limit", "60 M, the gas of a block"), ("gas", "150 k, the gas of a settlement")):
        if key not in given:
            faults.append(((key,), f"missing; give it, such as {key}: {of}"))
    try:
        parts = fields.parse_each(
            ((key, given[key]) for key in known if key in given),
            lambda value: units.parse_count(value, 1, of="an amount of gas"),
        )
    except FaultsError as error:
        raise FaultsError([*faults, *error.faults]) from None
    if faults:
        raise FaultsError(faults)
    return Capacity(gas_limit=parts["gas_limit"], gas=parts["gas"])


class Bids(Section):
    """What is bid for block space, lognormal over instructions."""

    median: Annotated[int, fields.money(least=1, digits=MILLIONTHS)] = Field(
        description="Median bid for a settlement, money, exact to a millionth of the currency's unit."
    )
    cv: Annotated[float, fields.number(0, 1000)] = Field(
        default=1.0,
        description="Coefficient of variation of bids, lognormal; 0 for one bid. Unverified, a round figure.",
    )


class ChainSection(Section):
    """The chain that an arrangement settles on."""

    preset: Annotated[str, fields.choice(CHAIN_PRESETS)] | None = Field(
        default=None,
        description=f"What is known of a chain, for block and the keys here: {', '.join(CHAIN_PRESETS)}; "
        "keys given win. Default: none.",
    )
    block_times: Annotated[Literal["fixed", "memoryless"], fields.choice(("fixed", "memoryless"))] = Field(
        default="fixed",
        description="fixed (default), a block every interval; or memoryless, exponential intervals whose "
        "mean is block.",
    )
    finality: Annotated[int, fields.duration(least=0)] = Field(
        default=0,
        description="From settlement to finality, a duration of 0 s to 24 h, for reuse: at_finality. Default "
        "the preset's, else 0 s: what settles is final.",
    )
    capacity: Annotated[Capacity | None, BeforeValidator(parse_capacity)] = Field(
        default=None,
        description="Room for settlements: 33 a second, 400 a block, {gas_limit: 60 M, gas: 150 k} (gas of a "
        "block, gas of a settlement), or none. Default the preset's, else none: no limit.",
    )
    inclusion: Annotated[Literal["queue", "fee"], fields.choice(("queue", "fee"))] = Field(
        default="queue",
        description="Who gets a block's room: queue (default), as queue orders; fee, the highest bid first.",
    )
    bids: Bids | None = Field(default=None, description="With inclusion: fee, what is bid for block space.")
    fee: Annotated[int, fields.money(digits=MILLIONTHS)] = Field(
        default=0,
        description="Fee of a settlement, money, exact to a millionth of the currency's unit; the buyer "
        "bears it. Default the preset's, else 0.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        """Keys not given are the preset's; of gas, each of its two figures by itself."""
        if isinstance(bare(given), str) and bare(given) in CHAIN_PRESETS:
            raise NotAllowedError(given, f"give a mapping, such as {{preset: {bare(given)}}}")
        name = bare(given.get("preset")) if isinstance(given, dict) else None
        preset = CHAIN_PRESETS.get(name) if isinstance(name, str) else None
        if preset is None:
            return given
        known = {key: getattr(preset, key) for key in ("block_times", "finality", "capacity", "fee")}
        filled = {**known, **given}
        if isinstance(preset.capacity, dict) and isinstance(filled["capacity"], dict):
            filled["capacity"] = {**preset.capacity, **filled["capacity"]}
        return filled
