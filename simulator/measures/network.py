"""The counterparty network: who trades with whom before netting, and the star that netting leaves of it.

An arrow runs from buyer to seller, along which cash flows, and weighs the cash of their trades. Nothing
here hangs on how the flow settles, so there is one network a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from simulator.market.flow import Int64

from .exact import mean, ratio

if TYPE_CHECKING:
    import networkx as nx

    from simulator.simulation import FinishedRun

Float64 = npt.NDArray[np.float64]

TOP = 10
DAMPING = 0.85
"""Share of cash paid on rather than spread over all; Brin and Page's own."""
TOLERANCE = 1e-12
GONE = np.iinfo(np.int64).max


class Figure(NamedTuple):
    """What one figure of the network is called, counts, and comes from."""

    title: str
    unit: str
    description: str
    source: str = ""


FIGURES = {
    "members": Figure("Members", "count", "members that trade with another"),
    "pairs": Figure("Pairs", "count", "ordered pairs of buyer and seller that trade over the run"),
    "density": Figure("Density", "share", "pairs / (members × (members − 1))"),
    "reciprocity": Figure(
        "Reciprocity",
        "share",
        "share of pairs that trade the other way too",
        "Garlaschelli and Loffredo 2004, equation 1",
    ),
    "mean_counterparties": Figure(
        "Counterparties, mean", "ratio", "mean over members of how many others each trades with"
    ),
    "most_counterparties": Figure("Counterparties, most", "count", "how many others the widest trader has"),
    "top_10_share": Figure(
        "Ten largest", "share", "share of the ten most active members in Σ over members of bought + sold"
    ),
    "core_degree": Figure(
        "Core, degree",
        "count",
        "largest k such that some members each trade with k others of them; they are the core",
        "Seidman 1983",
    ),
    "core_members": Figure("Core, members", "count", "members of the core", "Seidman 1983"),
    "core_share": Figure("Core, value", "share", "share of value traded between two members of the core"),
    "largest_centrality": Figure(
        "Largest centrality of liquidity",
        "share",
        "largest share of one member in where cash is, if each pays on what it gets as it pays over the run",
        "Bech, Chapman and Garratt 2010; damping 0.85 of Brin and Page 1998",
    ),
    "net_payers": Figure("Net payers", "count", "members that owe on net over a day, mean over days"),
    "net_receivers": Figure("Net receivers", "count", "members owed on net over a day, mean over days"),
    "net_value": Figure(
        "Net value", "money", "Σ over members of max(0, bought − sold) over a day, mean over days: net debit"
    ),
}
"""Every figure of ``summary.json``'s network, in order."""


@dataclass(frozen=True, slots=True, eq=False)
class NetworkFigures:
    """The network in figures.

    Attributes
    ----------
    system : by the names of ``FIGURES``; None where undefined
    by_member : ``participant``, ``counterparties``, ``bought_value`` and ``sold_value`` over the run,
        ``core_number`` (largest k whose k-core holds it), ``in_core``, ``centrality`` (summing to 1)
    after_netting : one row a settlement day: ``net_payers``, ``net_receivers``, ``net_value``
    """

    system: dict[str, int | float | None]
    by_member: pl.DataFrame
    after_netting: pl.DataFrame


def trade_network(run: FinishedRun) -> pl.DataFrame:
    """Each ordered pair of different members that traded: ``buyer``, ``seller``, ``value``, ``trades``."""
    buyers, sellers, value, trades = run.pairs.totals()
    names = pl.Series(run.flow.members, dtype=pl.String)
    return pl.DataFrame(
        {"buyer": names.gather(buyers), "seller": names.gather(sellers), "value": value, "trades": trades}
    )


def describe_network(network: pl.DataFrame, participants: pl.DataFrame) -> NetworkFigures:
    """The figures of a run's ``network`` and ``participants`` tables.

    A pays B 30 and C 10, and B pays A 20: three pairs of six possible ones, two of them both ways.

    >>> network = pl.DataFrame({"buyer": ["A", "A", "B"], "seller": ["B", "C", "A"],
    ...                         "value": [30, 10, 20], "trades": [1, 1, 1]})
    >>> participants = pl.DataFrame({"arrangement": "net", "day": 0, "participant": ["A", "B", "C"],
    ...                              "bought_value": [40, 20, 0], "sold_value": [20, 30, 10]})
    >>> system = describe_network(network, participants).system
    >>> system["density"], round(system["reciprocity"], 3), system["net_payers"], system["net_value"]
    (0.5, 0.667, 1, 20)
    """
    frame = participants.filter(pl.col("arrangement") == pl.col("arrangement").first())
    traders = frame["participant"].unique(maintain_order=True)
    numbered = pl.Enum(traders)
    buyers, sellers = (
        network[side].cast(numbered).to_physical().cast(pl.Int64).to_numpy() for side in ("buyer", "seller")
    )
    value = network["value"].to_numpy()
    count = len(traders)
    bought, sold = (_sums(count, side, value) for side in (buyers, sellers))
    counterparties, core_number = degrees_and_cores(count, buyers, sellers)
    in_core = (core_number == core_number.max(initial=0)) & (core_number > 0)
    centrality = liquidity_centrality(count, buyers, sellers, value)
    netted = net_by_day(frame)
    members = int(np.count_nonzero(counterparties))
    total, inside = sum(value.tolist()), sum(value[in_core[buyers] & in_core[sellers]].tolist())
    sides = sorted((bought + sold).tolist(), reverse=True)
    system: dict[str, int | float | None] = {
        "members": members,
        "pairs": len(network),
        "density": ratio(len(network), members * (members - 1)),
        "reciprocity": ratio(count_mutual(count, buyers, sellers), len(network)),
        "mean_counterparties": ratio(int(counterparties.sum()), members),
        "most_counterparties": int(counterparties.max(initial=0)),
        "top_10_share": ratio(sum(sides[:TOP]), 2 * total),
        "core_degree": int(core_number.max(initial=0)),
        "core_members": int(np.count_nonzero(in_core)),
        "core_share": ratio(inside, total),
        "largest_centrality": float(centrality.max()) if members else None,
        **{name: mean(netted[name].to_list()) for name in ("net_payers", "net_receivers", "net_value")},
    }
    by_member = pl.DataFrame(
        {
            "participant": traders,
            "counterparties": counterparties,
            "bought_value": bought,
            "sold_value": sold,
            "core_number": core_number,
            "in_core": in_core,
            "centrality": centrality,
        }
    )
    return NetworkFigures(system, by_member, netted)


def net_by_day(participants: pl.DataFrame) -> pl.DataFrame:
    """What is left of the network once each settlement day is netted: a star around the clearing house.

    ``participants`` of one arrangement; the flow, so the star, is the same in all.
    """
    net = pl.col("bought_value") - pl.col("sold_value")
    return (
        participants.group_by("day", maintain_order=True)
        .agg(
            net_payers=(net > 0).sum().cast(pl.Int64),
            net_receivers=(net < 0).sum().cast(pl.Int64),
            net_value=net.clip(lower_bound=0).sum(),
        )
        .sort("day")
    )


def count_mutual(count: int, buyers: Int64, sellers: Int64) -> int:
    """How many of the ordered pairs, each given once, stand there the other way round too.

    >>> count_mutual(3, np.array([0, 1, 0]), np.array([1, 0, 2]))
    2
    """
    return int(np.isin(buyers * count + sellers, sellers * count + buyers).sum())


def degrees_and_cores(count: int, buyers: Int64, sellers: Int64) -> tuple[Int64, Int64]:
    """Each member's number of counterparties, and the largest k whose k-core it belongs to.

    The k-core is what remains when members with fewer than k counterparties are taken out until there are
    none (Seidman 1983, Social Networks 5). Members go in order of their remaining degree (Batagelj and
    Zaveršnik 2003), on sorted arrays: a tenth of the time of networkx where pairs are many.

    A triangle 0, 1, 2 with a tail 2 — 3, and an idle member 4:

    >>> degrees, cores = degrees_and_cores(5, np.array([0, 1, 2, 2]), np.array([1, 2, 0, 3]))
    >>> degrees.tolist(), cores.tolist()
    ([2, 2, 3, 1, 0], [2, 2, 2, 1, 0])
    """
    linked = np.sort(np.concatenate([buyers * count + sellers, sellers * count + buyers]))
    linked = linked[np.diff(linked, prepend=-1) > 0]  # np.unique hashes, which takes ten times as long
    members, neighbours = np.divmod(linked, max(count, 1))
    starts = np.searchsorted(members, np.arange(count + 1))
    degrees = np.diff(starts)
    left, cores, core = degrees.copy(), np.zeros(count, dtype=np.int64), 0
    for _ in range(count):
        member = int(left.argmin())
        core = max(core, int(left[member]))
        cores[member] = core
        left[neighbours[starts[member] : starts[member + 1]]] -= 1
        left[member] = GONE
    return degrees, cores


def liquidity_centrality(count: int, buyers: Int64, sellers: Int64, value: Int64) -> Float64:
    """Each member's share of where cash is in the long run, if every member pays on as it does in the flow.

    The stationary distribution of a unit of cash that moves from i to j with probability Σ cash i pays j
    / Σ cash i pays: "Which bank is the central bank?" (Bech, Chapman and Garratt 2010, Journal of Monetary
    Economics 57). As in PageRank (Brin and Page 1998) a share 1 − ``DAMPING`` of all cash, and what reaches
    a member that pays nobody, spreads evenly, so that there is always one such distribution.

    Two members that pay only a third one, which pays each the same:

    >>> buyers, sellers = np.array([0, 1, 2, 2]), np.array([2, 2, 0, 1])
    >>> liquidity_centrality(3, buyers, sellers, value=np.array([7, 7, 5, 5])).round(4)
    array([0.2568, 0.2568, 0.4865])
    """
    if count == 0:
        return np.zeros(0)
    paid = np.bincount(buyers, value, count)
    moves = np.divide(value, paid[buyers], out=np.zeros(len(value)), where=paid[buyers] > 0)
    held = np.full(count, 1.0 / count)
    while True:
        spread = (1 - DAMPING + DAMPING * held[paid == 0].sum()) / count
        after = DAMPING * np.bincount(sellers, moves * held[buyers], count) + spread
        moved = float(np.abs(after - held).sum())
        held = after
        if moved < TOLERANCE:
            return held


def counterparty_graph(network: pl.DataFrame) -> nx.DiGraph:
    """The network for networkx: arrows from buyer to seller with ``value`` and ``trades``.

    >>> counterparty_graph(pl.DataFrame({"buyer": ["A"], "seller": ["B"], "value": [5], "trades": [1]})).edges
    OutEdgeView([('A', 'B')])
    """
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_edges_from(
        (buyer, seller, {"value": value, "trades": trades})
        for buyer, seller, value, trades in network.iter_rows()
    )
    return graph


def _sums(count: int, members: Int64, value: Int64) -> Int64:
    """Σ value by member, in integers."""
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, members, value)
    return sums
