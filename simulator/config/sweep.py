"""What a config says of many runs: the sections ``sweep`` and ``size``, one line a key."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from simulator.config import fields, units
from simulator.config.errors import FaultsError, NotAllowedError
from simulator.config.fields import bare
from simulator.config.market import Section
from simulator.config.tree import KeyPath
from simulator.config.varied import Listed, Range, parse_varied, unscaled

Plan = Literal["grid", "latin_hypercube", "sobol", "one_at_a_time"]
PLANS: tuple[str, ...] = ("grid", "latin_hypercube", "sobol", "one_at_a_time")
AXES = ("netting_window",)
OF = ("value", "difference", "ratio")
MEASURES = ("liquidity_need", "securities_need", "liquidity_used", "settlement_delay", "unsettled_value")
"""What tables and intervals are of, unless a sweep says otherwise; every measure is in sweep.parquet."""

MOST_SEEDS = 100_000
MOST_RUNS = 1_000_000

ArrangementName: TypeAlias = Annotated[str, fields.text("the name of an arrangement")]
VariedField: TypeAlias = Annotated[Listed | Range, BeforeValidator(parse_varied)]
MeasureName: TypeAlias = Annotated[str, fields.text("the name of a measure")]


def parse_seeds(given: Any) -> int | tuple[int, ...]:
    """A number of replications, or the seeds themselves."""
    value = bare(given)
    if isinstance(value, list | tuple):
        parsed = fields.parse_each(
            enumerate(value), lambda seed: units.parse_count(seed, 0, 2**63 - 1, "a seed")
        )
        seeds = tuple(parsed.values())
        if not seeds:
            raise NotAllowedError("an empty list", "give at least one seed")
        if len(set(seeds)) < len(seeds):
            raise NotAllowedError(value, "give each seed once")
        return seeds
    return units.parse_count(value, 1, MOST_SEEDS, "a number of seeds, or a list of them")


def parse_scenarios(given: Any) -> dict[str, dict[str, Any]]:
    """Overrides by name of scenario: each a mapping of keys, dotted or nested, to values."""
    value = bare(given)
    if not isinstance(value, dict) or not value:
        raise NotAllowedError(value, "give a mapping of names to overrides, such as calm: {flow.size_cv: 1}")
    faults: list[tuple[KeyPath, str]] = []
    for name, below in value.items():
        if not isinstance(bare(below), dict):
            faults.append(((name,), str(NotAllowedError(below, "give a mapping of keys to values, or {}"))))
    if faults:
        raise FaultsError(faults)
    return {name: unscaled(below) for name, below in value.items()}


def parse_names(given: Any) -> tuple[str, ...]:
    """A list of names; one name stands for a list of it."""
    value = bare(given)
    listed = value if isinstance(value, list | tuple) else [value]
    if not listed:
        raise NotAllowedError("an empty list", "give at least one name, or leave it out")
    return tuple(
        fields.parse_each(enumerate(listed), lambda name: fields.parse_text(name, "a name")).values()
    )


def parse_width(given: Any) -> str:
    """A share of the mean, or a number in the measure's unit; kept as written.

    Examples
    --------
    >>> parse_width("5 %"), parse_width("2.5 M")
    ('5 %', '2.5 M')
    """
    value = str(bare(given)).strip()
    allowed = "give a share of the mean, such as 5 %, or a number in the measure's unit, such as 20 M"
    try:
        width = (
            units.parse_share(value)
            if value.endswith(("%", "bp"))
            else Decimal(float(units.parse_quantity(value)))
        )
    except NotAllowedError:
        raise NotAllowedError(value, allowed) from None
    if width <= 0:
        raise NotAllowedError(value, allowed)
    return value


def parse_multiples(given: Any) -> tuple[float, ...]:
    """Multiples of the volume."""
    value = bare(given)
    if not isinstance(value, list | tuple):
        raise NotAllowedError(value, "give a list of multiples, such as [2, 5]")
    return tuple(
        fields.parse_each(enumerate(value), lambda each: units.parse_number(each, 0.001, 1_000)).values()
    )


class Target(Section):
    """How sure a mean over seeds must be; seeds are added until it is, the same for every variant."""

    measure: MeasureName = Field(description="The measure whose mean must be known well.")
    half_width: Annotated[str, BeforeValidator(parse_width)] = Field(
        description="Half-width of its confidence interval at most: a share of the mean, such as 5 %, or a "
        "number in the measure's unit."
    )
    of: Annotated[Literal["value", "difference", "ratio"], fields.choice(OF)] = Field(
        default="value",
        description="Of the measure's value, or of its paired difference or ratio to the baseline.",
    )
    arrangement: ArrangementName | None = Field(
        default=None, description="In which arrangement. Default: in every one."
    )
    most: Annotated[int, fields.count(2, MOST_SEEDS, "a number of seeds")] = Field(
        default=200, description="Seeds at most, met or not. A round figure."
    )


class Frontier(Section):
    """Funding from the lower to the upper bound of liquidity, against delay and what settles."""

    points: Annotated[int, fields.count(2, 101, "a number of points")] = Field(
        default=9, description="Levels of funding, both bounds included. A round figure."
    )
    arrangements: Annotated[tuple[str, ...], BeforeValidator(parse_names)] | None = Field(
        default=None, description="Which arrangements of layer 3. Default: all."
    )
    without: Annotated[bool, fields.yes_no] = Field(
        default=True,
        description="Whether each arrangement is also run without each of its liquidity-saving mechanisms.",
    )
    rate: Annotated[float, fields.share()] = Field(
        default=0.0387, description="Cost of cash held, a year of 360 days. SOFR of 8 October 2026."
    )


class Stress(Section):
    """What breaks, one thing at a time, and how much harm it does."""

    members: Annotated[int, fields.count(0, 100, "a number of members")] = Field(
        default=3, description="How many of the largest members fall silent, each in turn. A round figure."
    )
    volume: Annotated[tuple[float, ...], BeforeValidator(parse_multiples)] = Field(
        default=(2.0, 5.0), description="Multiples of value and trades, each in turn; synthetic flow only."
    )
    measure: MeasureName = Field(
        default="unsettled_value", description="The measure whose increase is the harm."
    )


class Sweep(Section):
    """Many runs of one config: what varies, over which seeds, and what is asked of them."""

    plan: Annotated[Plan, fields.choice(PLANS)] = Field(
        default="grid",
        description="How values are combined: grid (all with all), latin_hypercube, sobol (Saltelli's plan, "
        "gives sensitivity indices), one_at_a_time (each key to its ends, others as written; a tornado).",
    )
    runs: Annotated[int, fields.count(2, MOST_RUNS, "a number of points")] | None = Field(
        default=None,
        description="Points of latin_hypercube; of sobol the base sample n, a power of 2: n × (keys + 2) "
        "points are run. Default: 64.",
    )
    vary: dict[str, VariedField] = Field(
        default_factory=dict,
        description="Keys by their path, each with a list of values or a range {from, to, steps, scale: "
        "log}. Default: none.",
    )
    seeds: Annotated[int | tuple[int, ...], BeforeValidator(parse_seeds)] = Field(
        default=1,
        description="Replications, seeds counted up from seed, or a list of seeds; the same for all "
        "variants.",
    )
    scenarios: Annotated[dict[str, dict[str, Any]], BeforeValidator(parse_scenarios)] | None = Field(
        default=None, description="Overrides by name of scenario. Default: none."
    )
    axis: Annotated[str, fields.choice(AXES)] | None = Field(
        default=None,
        description="A ready family of arrangements in place of the config's: netting_window, from T+1 to "
        "continuous, with the re-use of receipts beside it. Default: none.",
    )
    frontier: Frontier | None = Field(
        default=None, description="Funding against delay, of each arrangement. Default: not drawn."
    )
    stress: Stress | None = Field(
        default=None, description="What breaks, one thing at a time. Default: nothing."
    )
    target: Target | None = Field(
        default=None, description="Seeds are added until a mean is this sure. Default: seeds alone."
    )
    measures: Annotated[tuple[str, ...], BeforeValidator(parse_names)] = Field(
        default=MEASURES, description="What tables, intervals and sensitivities are of."
    )
    confidence: Annotated[float, fields.share()] = Field(
        default=0.95, description="Confidence of the intervals."
    )


class SizeTarget(Section):
    """What the funding must be enough for."""

    settled: Annotated[float, fields.share()] = Field(
        default=1.0, description="Share of a day's value that settles."
    )
    within: Annotated[int, fields.duration(least=0)] | None = Field(
        default=None,
        description="Within which time after the first event it could settle at, a duration. Default: by the "
        "close.",
    )
    days: Annotated[float, fields.share()] = Field(
        default=1.0, description="Share of days, over all seeds, on which that holds."
    )


BY = ("amount", "scale", "member")
WHAT = ("prefunding", "credit_limit")


class Size(Section):
    """The least funding at which a target holds, for the given order of trades and rule."""

    arrangement: ArrangementName | None = Field(
        default=None, description="Which arrangement of layer 3. Default: the first."
    )
    what: Annotated[Literal["prefunding", "credit_limit"], fields.choice(WHAT)] = Field(
        default="prefunding", description="What members bring: prefunding, or a credit_limit."
    )
    by: Annotated[Literal["amount", "scale", "member"], fields.choice(BY)] = Field(
        default="scale",
        description="amount (the same for each member), scale (one share of each member's own upper bound), "
        "member (from the scale, each member lowered in turn as far as it goes).",
    )
    target: SizeTarget = Field(default_factory=SizeTarget, description="What the funding must be enough for.")
    points: Annotated[int, fields.count(3, 101, "a number of points")] = Field(
        default=17, description="Levels of the first scan, and of each narrowing. A round figure."
    )
    precision: Annotated[float, fields.share()] = Field(
        default=0.001, description="How close to the least, a share of it; 0 is the minor unit."
    )
    seeds: Annotated[int | tuple[int, ...], BeforeValidator(parse_seeds)] = Field(
        default=1, description="Replications, seeds counted up from seed, or a list of seeds."
    )
