"""What there is to choose from: shipped configs, rules, measures; one line each."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from simulator.config.cash_legs import CASH_LEG_KINDS
from simulator.config.chain import CHAIN_PRESETS
from simulator.config.costs import Costs
from simulator.config.describe import EXTENDS, describe
from simulator.config.files import shipped_configs
from simulator.config.pilot import PILOT_ACTIONS
from simulator.measures.catalogue import MEASURES, P99_DELAY
from simulator.rules import GROUPING

QUEUES = {
    "fifo_bypass": "Oldest first; what can settle passes what has to wait (default).",
    "fifo_strict": "Oldest first; nothing passes an earlier one of its buyer, or of its seller and security.",
    "largest_first": "Most cash first.",
    "smallest_first": "Least cash first.",
    "by_deadline": "Earliest deadline first; what has none comes last.",
}
"""Values of ``arrangements.*.queue``; whatever the order, priority 1 settles before 2, and so on to 9."""

COLLATERAL = {
    "nothing": "An uncollateralised line, up to its cap (default).",
    "pledge": "A share of the opening holdings, set aside; worth its price less the haircut.",
    "stock": "Whatever is held free, moving with every delivery and receipt.",
    "flow": "What was bought today and not resold: a purchase needs only the haircut in cash.",
}
"""Values of ``credit.*.against``."""

REUSE = {
    "at_once": "Cash and units received can be used again as soon as they settle (default).",
    "next_block": "From the next block on.",
    "at_finality": "From the first event at or after settlement + chain.finality.",
    "at_close": "Not before the close.",
}
"""Values of ``arrangements.*.reuse``."""


def _kinds() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Chains and kinds of cash that a config can name."""
    chains = [(name, preset.meaning) for name, preset in CHAIN_PRESETS.items()]
    return chains, [(name, kind.meaning) for name, kind in CASH_LEG_KINDS.items()]


YOURS = {
    "liquidity_saving.rule": "Grouping: which of what waits settles together?",
    "queue": "Order: who settles first?",
    "release": "Release: from when may each settle?",
    "credit.*.cap": "Credit: how much may each member draw?",
    "treasury.policy": "Treasury: what does each member top up, give back, and keep?",
    "routing.rule": "Routing: which leave the netted pool for the chain?",
}
"""Keys that take a rule of the user's own; the guide is simulator/rules/README.md."""


def render_listing(width: int = 80) -> str:
    """All of it as text of at most ``width`` columns, names aligned within a part."""
    lines: list[str] = []
    for title, entries in sections():
        lines += ["", title] if lines else [title]
        wide = min(max((len(name) for name, _ in entries), default=0), 32)
        for name, told in entries:
            lines += _entry(name, told, wide, max(width, 40))
    return "\n".join(lines) + "\n"


def sections() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Title, and (name, line) of what stands under it."""
    shipped = [(name, question_of(path)) for name, path in shipped_configs().items()]
    yield "Configs: netgross run NAME", [each for each in shipped if "/" not in each[0]]
    markets = [each for each in shipped if "/" in each[0]]
    if markets:
        yield "Markets: netgross run NAME, or extends: NAME", markets
    yield "Queue orders: arrangements.*.queue", list(QUEUES.items())
    yield "Collateral of intraday credit: credit.*.against", list(COLLATERAL.items())
    yield "Re-use of receipts: arrangements.*.reuse", list(REUSE.items())
    chains, cash = _kinds()
    yield "Chains: chain.preset", chains
    yield "Cash on the chain: cash_leg.*.kind", cash
    yield "Events of a pilot: arrangements.*.pilot.events.*.action", list(PILOT_ACTIONS.items())
    yield "Rates: costs.*", [(key.name, key.meaning) for key in describe(Costs) if key.meaning != EXTENDS]
    rules = [(name, _first_line(home)) for name, home in GROUPING.items()]
    yield "Grouping rules: arrangements.*.liquidity_saving.rule", rules
    yield "A Python function of your own: package.module:name, under", list(YOURS.items())
    tails = ", ".join(f"{one.name}_p99" for one in MEASURES if one.tail)
    yield (
        "Measures",
        [
            *((one.name, one.description) for one in MEASURES),
            (P99_DELAY, "99th percentile of the wait that mean_delay_seconds is the mean of"),
            ("…_p99", f"99th percentile over members and days: {tails}"),
        ],
    )


def question_of(path: Path) -> str:
    """What a config opens with: the first paragraph of its comment, without ``Question:``."""
    words: list[str] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        text = line.removeprefix("#").strip()
        if not line.startswith("#") or text.startswith("Source") or (words and not text):
            break
        words.append(text)
    return " ".join(words).strip().removeprefix("Question:").strip()


def _first_line(home: str) -> str:
    """The first line of a rule's docstring, read from its source: importing it would load the kernels."""
    module, _, function = home.partition(":")
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        return ""
    tree = ast.parse(Path(found.origin).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return ""


def _entry(name: str, told: str, wide: int, width: int) -> list[str]:
    from textwrap import wrap

    first = f"  {name:<{wide}}  "
    if len(first) + 20 > width:
        return [f"  {name}", *wrap(told, width, initial_indent="    ", subsequent_indent="    ")]
    return wrap(told, width, initial_indent=first, subsequent_indent=" " * len(first)) or [first.rstrip()]
