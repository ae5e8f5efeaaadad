"""The finding: what the comparison shows, in one sentence computed from the summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.config.units import format_count, format_money, format_share
from simulator.study.words import count_of, legible

SLICES_TOLD = 2  # of several hybrids the finding tells the first; the comparison has all


@dataclass(frozen=True, slots=True)
class _Side:
    """One arrangement of the comparison."""

    name: str
    words: str
    measures: Mapping[str, Any]
    per_day: bool
    currency: str

    @property
    def delivered(self) -> bool:
        """Whether everything is delivered by book entry."""
        return self.words.startswith("book entry")

    @property
    def netted(self) -> bool:
        return self.measures.get("layer") in (1, 2) and not self.delivered

    @property
    def verb(self) -> str:
        if self.delivered:
            return "delivering by book entry"
        return "netting" if self.netted else "settling gross"

    @property
    def full_name(self) -> str:
        """Verb and description: ``settling gross (gross: 12 s blocks)``."""
        words = self.words.removeprefix("netting ").removeprefix("gross, ").removeprefix("book entry ")
        return f"{self.verb} ({legible(self.name)}{': ' + words if words else ''})"

    @property
    def unsettled(self) -> int:
        return self.measures.get("unsettled_count") or 0

    def amount(self, measure: str) -> int:
        return self.measures.get(measure) or 0

    def money(self, measure: str) -> str:
        return format_money(self.amount(measure), self.currency) + (" a day" if self.per_day else "")


def state_finding(summary: Mapping[str, Any], words: Mapping[str, str] | None = None) -> str:
    """The finding of a summary; ``words`` describe its arrangements.

    It sets the baseline against an arrangement of the other layer under which everything settles; where
    there is none, against the next best, and says what stays unsettled.

    Examples
    --------
    >>> net = {"layer": 2, "liquidity_need": 112_00, "securities_need": 50, "value_moved": 123,
    ...        "gross_value": 1000}
    >>> gross = {"layer": 3, "liquidity_need": 136_64, "securities_need": 85}
    >>> print(state_finding({"currency": "NPR", "flow": {"days": 1}, "arrangements":
    ...     {"t1": net, "now": gross}, "comparison": {"baseline": "t1"}}, {"t1": "netting T+1"}))
    Settling gross (now) needs 1.22 × the cash of netting (t1: T+1), 136.64 against 112.00 NPR, and \
1.70 × the securities; netting moves 12.3 % of gross value.
    """
    sides = {
        name: _Side(
            name, (words or {}).get(name, ""), measures, summary["flow"]["days"] > 1, summary["currency"]
        )
        for name, measures in summary["arrangements"].items()
    }
    baseline = sides[summary["comparison"]["baseline"]]
    other = _opponent(baseline, [side for side in sides.values() if side is not baseline])
    if other is None:
        clauses = [f"{baseline.full_name} needs {_alone(baseline)}", *_moves(baseline), *_left(baseline)]
    else:
        clauses = [_compared(other, baseline)]
        clauses += [moves for side in (baseline, other) if side.netted for moves in _moves(side)][:1]
        clauses += [left for side in (other, baseline) for left in _left(side)]
    sentences = ["; ".join(clauses), *_slices(sides.values()), *_cheapest(list(sides.values()))]
    return " ".join(f"{each[:1].upper()}{each[1:]}." for each in sentences)


def _slices(sides: Iterable[_Side]) -> list[str]:
    """What a slice sent to the chain needs, against what it adds to netting and would net to alone."""
    told = []
    for side in sides:
        value, need = side.amount("routed_value"), side.amount("routed_need")
        if not value or not need:
            continue
        share = format_share(value / side.amount("gross_value"))
        against = [
            f"{format_ratio(need / of)} × what it {what}"
            for of, what in (
                (side.amount("marginal_net_debit"), "adds to netting"),
                (side.amount("routed_net_debit"), "would net to alone"),
            )
            if of > 0
        ]
        lost = -side.amount("marginal_net_debit")
        if lost > 0:
            against.append(f"and its leaving costs netting {format_money(lost, side.currency)}")
        sent = f"{share} of value, sent to the chain under {legible(side.name)}"
        told.append(", ".join([f"{sent}, needs {side.money('routed_need')} there", *against]))
    return told[:SLICES_TOLD]


def _cheapest(sides: list[_Side]) -> list[str]:
    """Which arrangement costs least, and by how much, where costs were asked for."""
    priced = sorted(
        (side for side in sides if side.measures.get("cost_bp") is not None),
        key=lambda side: side.measures["cost_bp"],
    )
    if len(priced) < 2:
        return []
    first, second = priced[:2]
    costs, more = first.measures["cost_bp"], second.measures["cost_bp"] - first.measures["cost_bp"]
    if more == 0:
        both = f"{legible(first.name)} and {legible(second.name)}"
        return [f"the cheapest are {both}, {format_basis_points(costs)} each"]
    least = f"the cheapest is {legible(first.name)}, {format_basis_points(costs)} of gross value"
    return [f"{least}, {format_basis_points(more)} less than {legible(second.name)}"]


def _opponent(baseline: _Side, others: list[_Side]) -> _Side | None:
    """The other layer before the baseline's, all settled before some, earlier before later."""
    return min(
        others,
        key=lambda side: (side.netted == baseline.netted, side.unsettled > 0),
        default=None,
    )


def _compared(other: _Side, baseline: _Side) -> str:
    cash = _against(other, baseline, "liquidity_need", "cash", amounts=True)
    text = f"{other.full_name} needs {cash}"
    if other.amount("securities_need") or baseline.amount("securities_need"):
        text += f", and {_against(other, baseline, 'securities_need', 'securities', amounts=False)}"
    return text


def _against(other: _Side, baseline: _Side, measure: str, what: str, *, amounts: bool) -> str:
    """What one needs as a multiple of what the other needs; the baseline is named where ``amounts`` are."""
    named = baseline.full_name if amounts else baseline.verb
    needed, known = other.amount(measure), baseline.amount(measure)
    if known == needed == 0:
        return f"no {what}, like {named}"
    if known == 0:
        return f"{other.money(measure)} of {what} where {named} needs none"
    if needed == 0:
        return f"no {what} where {named} needs {baseline.money(measure)}"
    if needed == known:
        multiple = f"as much {what}" if what == "cash" else f"as many {what}"
        return f"{multiple} as {named}" + (f", {other.money(measure)}" if amounts else "")
    multiple = f"{format_ratio(needed / known)} × the {what}"
    if not amounts:
        return multiple
    bare = format_money(needed, other.currency).removesuffix(f" {other.currency}")
    return f"{multiple} of {named}, {bare} against {baseline.money(measure)}"


def _alone(side: _Side) -> str:
    cash = f"{side.money('liquidity_need')} of cash" if side.amount("liquidity_need") else "no cash"
    if not side.amount("securities_need"):
        return cash
    return f"{cash} and {side.money('securities_need')} of securities"


def _moves(side: _Side) -> list[str]:
    """What netting leaves to be paid."""
    gross = side.amount("gross_value")
    if not side.netted or not gross:
        return []
    return [f"{side.verb} moves {format_share(side.amount('value_moved') / gross)} of gross value"]


def _left(side: _Side) -> list[str]:
    """What does not settle."""
    if not side.unsettled and not side.amount("unsettled_value"):
        return []
    value = side.amount("unsettled_value")
    due = side.amount("gross_value") + side.amount("carried_value")  # a carried fail is due anew each day
    if value and due:
        return [f"{format_share(value / due)} of value does not settle under {legible(side.name)}"]
    what = "position not delivered in full" if side.netted else "instruction not settled"
    things = what.replace(" not", "s not")
    return [f"{count_of(side.unsettled, what, things)} under {legible(side.name)}"]


def format_ratio(ratio: float) -> str:
    """A multiple to be read: two digits after the point, three significant ones where that says more.

    Examples
    --------
    >>> [format_ratio(ratio) for ratio in (0, 6e-5, 0.0432, 1.2249, 12.34, 1234.5, 4e7)]
    ['0', '< 0.001', '0.0432', '1.22', '12.3', '1234', '40.0 M']
    """
    if ratio == 0:
        return "0"
    if ratio >= 10_000:
        return format_count(round(ratio))
    if ratio >= 100:
        return f"{ratio:.0f}"
    if ratio >= 10:
        return f"{ratio:.1f}"
    if ratio < 0.001:
        return "< 0.001"
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.3g}"


def format_basis_points(value: float) -> str:
    """Basis points to be read, three significant digits.

    Examples
    --------
    >>> [format_basis_points(value) for value in (0, 0.002781, 0.11389, 4.5, 1234.5)]
    ['0 bp', '0.00278 bp', '0.114 bp', '4.50 bp', '1_234 bp']
    """
    if value == 0:
        return "0 bp"
    if abs(value) >= 100:
        return f"{value:_.0f} bp"
    if abs(value) < 0.0001:
        return "< 0.0001 bp"
    return f"{value:#.3g} bp"
