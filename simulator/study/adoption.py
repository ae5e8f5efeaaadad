"""How much of each market is on chain by year: figures, friction ladder, arithmetic and paths, from a file.

Nothing here is simulated: ``projection`` settles each market at the share that a path gives it.
"""

from __future__ import annotations

from fractions import Fraction
from math import exp, log
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ValidationError, model_validator

from simulator.config import fields, units
from simulator.config.document import read_file
from simulator.config.errors import FaultsError, InputError, NotAllowedError, Problem, nearest
from simulator.config.market import Section
from simulator.config.tree import join_key, locate, plain

SHIPPED = Path(__file__).with_name("adoption.yaml")

SCENARIOS = ("low", "central", "high")

MOST = 10_000
"""Times what is outstanding today."""


def _times(given: Any) -> Fraction:
    """A share such as 0.5 %, or a multiple such as 5, exact."""
    return Fraction(units.parse_share(fields.bare(given), MOST))


def _low_high(parse: Any) -> BeforeValidator:
    """One value, or the low and the high one, as a pair."""

    def read(given: Any, info: Any) -> tuple[Any, Any]:
        several = list(given) if isinstance(given, list | tuple) else [given, given]
        if len(several) != 2:
            raise NotAllowedError(f"{len(several)} values", "give one, or the low and the high one")
        low, high = (parse(each, info) for each in several)
        if low > high:
            raise NotAllowedError(several[0], "the low one is given first")
        return low, high

    return BeforeValidator(read)


def _dollars(given: Any, info: Any) -> int:  # noqa: ARG001
    return units.parse_money(fields.bare(given), "USD")


def _multiple(given: Any, info: Any) -> Fraction:  # noqa: ARG001
    return _times(given)


Dollars = Annotated[tuple[int, int], _low_high(_dollars)]
Year = Annotated[int, fields.count(1900, 2999, "a year")]
Times = Annotated[Fraction, BeforeValidator(_times)]


class Figure(Section):
    """What is known of a market, US cents, low and high: outstanding, and traded a day."""

    outstanding: Dollars | None = None
    traded_a_day: Dollars | None = None
    source: Annotated[str, fields.text("a source")]


class Rung(Section):
    """A rung of the friction ladder, and the markets that stand on it."""

    rung: Annotated[str, fields.text("a rung")]
    markets: tuple[Annotated[str, fields.text("a market")], ...]


class Derived(Section):
    """A figure derived from others: the sum of some, times a share or a multiple, low and high."""

    what: Annotated[str, fields.text("what it is")]
    of: tuple[Annotated[str, fields.text("a figure such as repo.outstanding")], ...]
    times: Annotated[tuple[Fraction, Fraction], _low_high(_multiple)]
    printed: Annotated[str, fields.text("what the article says")]


class AdoptionPath(Section):
    """The share of a market on chain over the years: a logistic curve, or steps."""

    logistic: tuple[Times, Year, Annotated[float, fields.number(0.1, 100)]] | None = None
    steps: dict[Year, Times] | None = None

    @model_validator(mode="before")
    @classmethod
    def _one(cls, given: Any) -> Any:
        if isinstance(given, dict) and len({"logistic", "steps"} & given.keys()) != 1:
            message = "give logistic: [ceiling, year of half of it, years from 10 to 90 % of it], or steps"
            raise FaultsError([((), message)])
        return given

    def share(self, year: int) -> float:
        """The share of the outstanding value on chain, a multiple of it above 1.

        A logistic path grows from a tenth to nine tenths of its ceiling in the years stated, which is
        ln 81 of its own time; steps hold until the next, and are 0 before the first.

        Examples
        --------
        >>> path = AdoptionPath(logistic=["2 %", 2030, 4])
        >>> path.share(2030), round(path.share(2032) / 0.02, 6), round(path.share(2028) / 0.02, 6)
        (0.01, 0.9, 0.1)
        >>> [AdoptionPath(steps={2027: "1 %", 2029: 5}).share(year) for year in (2026, 2028, 2030)]
        [0.0, 0.01, 5.0]
        """
        if self.logistic is not None:
            ceiling, half, years = self.logistic
            return float(ceiling) / (1.0 + exp(-log(81.0) / years * (year - half)))
        past = [at for at in self.steps or {} if at <= year]
        return float((self.steps or {})[max(past)]) if past else 0.0


class MarketPath(Section):
    """A market's paths by scenario, and what turns its share of value into flow, margin and collateral."""

    low: AdoptionPath
    central: AdoptionPath
    high: AdoptionPath
    turnover: Annotated[float, fields.number(0, 1)] = 0.0
    volatility: Annotated[float, fields.share()] = 0.0
    postable: tuple[Times, Times, Times] | None = None

    def of(self, scenario: str) -> AdoptionPath:
        """The path of a scenario."""
        path: AdoptionPath = getattr(self, scenario)
        return path

    def postable_in(self, scenario: str) -> Fraction:
        """The share of the value on chain that contracts take as collateral; 0 where none is stated."""
        return Fraction(0) if self.postable is None else self.postable[SCENARIOS.index(scenario)]


class Adoption(Section):
    """All of it: figures by market, the ladder, the arithmetic, years and paths."""

    figures: dict[str, Figure]
    ladder: tuple[Rung, ...]
    arithmetic: tuple[Derived, ...]
    years: tuple[Year, ...]
    paths: dict[str, MarketPath]

    @model_validator(mode="after")
    def _known(self) -> Adoption:
        """Whatever names a market or a figure names one there is."""
        faults: list[tuple[tuple[str | int, ...], str]] = []
        for at, one in enumerate(self.arithmetic):
            for place, name in enumerate(one.of):
                if self._figure(name) is None:
                    known = [
                        f"{market}.{key}"
                        for market, figure in self.figures.items()
                        for key in ("outstanding", "traded_a_day")
                        if getattr(figure, key) is not None
                    ]
                    faults.append((("arithmetic", at, "of", place), _unknown(name, known)))
        for at, rung in enumerate(self.ladder):
            for place, name in enumerate(rung.markets):
                if name not in self.figures:
                    faults.append((("ladder", at, "markets", place), _unknown(name, list(self.figures))))
        for name in self.paths:
            if self.figures.get(name) is None or self.figures[name].outstanding is None:
                having = [each for each, one in self.figures.items() if one.outstanding is not None]
                faults.append((("paths", name), _unknown(name, having)))
        if faults:
            raise FaultsError(faults)
        return self

    def _figure(self, name: str) -> tuple[int, int] | None:
        market, _, key = name.partition(".")
        found = self.figures.get(market)
        if found is None or key not in ("outstanding", "traded_a_day"):
            return None
        figure: tuple[int, int] | None = getattr(found, key)
        return figure

    def derive(self, one: Derived) -> tuple[Fraction, Fraction]:
        """A derived figure, US dollars, low and high, exact.

        Examples
        --------
        >>> adoption = load_adoption()
        >>> [float(side) / 1e9 for side in adoption.derive(adoption.arithmetic[0])]  # 1 % of 67.7 tn
        [677.0, 677.0]
        """
        sums = [Fraction(0), Fraction(0)]
        for name in one.of:
            figure = self._figure(name)
            assert figure is not None
            for side in (0, 1):
                sums[side] += Fraction(figure[side], 100)
        return sums[0] * one.times[0], sums[1] * one.times[1]


def _unknown(name: str, known: list[str]) -> str:
    return f"{name} is not among the figures, which are {', '.join(known)}{nearest(name, known)}"


def load_adoption(path: str | Path = SHIPPED) -> Adoption:
    """Figures, ladder, arithmetic and paths of a file; by default those shipped.

    Raises
    ------
    InputError : all that is wrong with the file, each at its line.
    """
    tree, problems = read_file(Path(path))
    try:
        adoption = Adoption.model_validate(plain(tree), context={"currency": "USD"})
    except ValidationError as error:
        problems += [
            _problem(tree, *found) for each in error.errors(include_url=False) for found in _told(each)
        ]
        raise InputError(*problems) from None
    if problems:
        raise InputError(*problems)
    return adoption


def _told(error: Any) -> list[tuple[tuple[Any, ...], str]]:
    """Where, and in which words, of one error that pydantic found."""
    path = tuple(step for step in error["loc"] if step != "[key]")
    fault = error.get("ctx", {}).get("error")
    if isinstance(fault, FaultsError):
        return [((*path, *below), message) for below, message in fault.faults]
    if fault is not None:
        return [(path, str(fault))]
    section = _section_at(path[:-1])
    known = ", ".join(section.model_fields) if section else ""
    if error["type"] == "extra_forbidden":
        near = nearest(str(path[-1]), list(section.model_fields)) if section else ""
        return [(path, f"not a known key; known here are {known}{near}")]
    if error["type"] == "missing":
        return [(path, f"missing; needed are {known}")]
    return [(path, "not allowed here; give a list, or a mapping of known keys")]


def _section_at(path: tuple[Any, ...]) -> type[BaseModel] | None:
    from simulator.config.describe import section_of

    section: type[BaseModel] | None = Adoption
    steps = list(path)
    while steps and section is not None:
        field = section.model_fields.get(str(steps.pop(0)))
        section, many = section_of(field.annotation) if field else (None, "")
        if many and steps:
            steps.pop(0)
    return section


def _problem(tree: Any, path: tuple[Any, ...], message: str) -> Problem:
    place, written = locate(tree, path)
    return Problem(message, join_key(written), place.file, place.line)
