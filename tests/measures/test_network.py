"""The counterparty network against graphs worked by hand, against networkx, and against the flow itself."""

import networkx as nx
import numpy as np
import polars as pl
import pytest

import simulator
from simulator.measures.network import (
    FIGURES,
    counterparty_graph,
    degrees_and_cores,
    describe_network,
    liquidity_centrality,
)

CONFIG = {
    "days": 3,
    "flow": {"daily_value": "50 M", "trades_per_day": 400, "securities": {"count": 3}},
    "participants": {"count": 25},
    "arrangements": {
        "net": {"layer": 2},
        "gross": {"layer": 3, "block": "10 min", "funding": {"prefunding": "500 k"}},
    },
}


def table(*pairs):
    """Rows of (buyer, seller, value), one trade each."""
    buyers, sellers, value = zip(*pairs, strict=True) if pairs else ((), (), ())
    schema = {"buyer": pl.String, "seller": pl.String, "value": pl.Int64, "trades": pl.Int64}
    return pl.DataFrame([buyers, sellers, value, [1] * len(pairs)], schema=schema)


def members(names, bought, sold, day=0):
    """One day's rows of participants."""
    return pl.DataFrame(
        {
            "arrangement": "net",
            "day": day,
            "participant": list(names),
            "bought_value": bought,
            "sold_value": sold,
        },
        schema_overrides={"day": pl.Int64, "bought_value": pl.Int64, "sold_value": pl.Int64},
    )


# A, B, C and D all trade with each other; E trades with A and F alone, G with itself alone.
# Between the four 10 + 20 + 30 + 40 + 50 + 60 + 70 = 280; A–E 100, F–E 20: 400 in all.
PAIRS = table(
    ("A", "B", 10),
    ("B", "A", 20),
    ("A", "C", 30),
    ("A", "D", 40),
    ("B", "C", 50),
    ("D", "B", 60),
    ("C", "D", 70),
    ("E", "A", 100),
    ("F", "E", 20),
)
PAID = {"A": 80, "B": 70, "C": 70, "D": 60, "E": 100, "F": 20, "G": 0}
PAID_TO = {"A": 120, "B": 70, "C": 80, "D": 110, "E": 20, "F": 0, "G": 0}
MEMBERS = members("ABCDEFG", list(PAID.values()), list(PAID_TO.values()))


def test_the_figures_of_a_network_worked_by_hand():
    system = describe_network(PAIRS, MEMBERS).system
    assert list(system) == list(FIGURES)
    assert system["members"] == 6  # G trades with nobody else
    assert system["pairs"] == 9
    assert system["density"] == 9 / 30
    assert system["reciprocity"] == 2 / 9  # A and B alone trade both ways
    assert system["mean_counterparties"] == (4 + 3 + 3 + 3 + 2 + 1) / 6
    assert system["most_counterparties"] == 4
    assert (system["core_degree"], system["core_members"]) == (3, 4)
    assert system["core_share"] == 280 / 400
    assert system["top_10_share"] == 1  # there are no more than ten
    # Net: A −40, B 0, C −10, D −50, E 80, F 20.
    assert (system["net_payers"], system["net_receivers"], system["net_value"]) == (2, 3, 100)


def test_the_figures_by_member():
    frame = describe_network(PAIRS, MEMBERS).by_member
    assert frame["participant"].to_list() == list("ABCDEFG")
    assert frame["counterparties"].to_list() == [4, 3, 3, 3, 2, 1, 0]
    assert dict(frame.select("participant", "bought_value").iter_rows()) == PAID
    assert dict(frame.select("participant", "sold_value").iter_rows()) == PAID_TO
    assert frame["core_number"].to_list() == [3, 3, 3, 3, 1, 1, 0]
    assert frame["in_core"].to_list() == [True] * 4 + [False] * 3
    assert frame["centrality"].sum() == pytest.approx(1, abs=1e-12)


def test_the_ten_largest_are_those_who_trade_most():
    """Twelve members in a ring who pay the next 1, 2 … 12: sides of n + (n − 1), the first 1 + 12."""
    names = [f"M{n:02d}" for n in range(1, 13)]
    ring = table(*((names[n], names[(n + 1) % 12], n + 1) for n in range(12)))
    sides = sorted([13, *(n + n - 1 for n in range(2, 13))])
    nothing = [0] * 12
    system = describe_network(ring, members(names, nothing, nothing)).system
    assert system["top_10_share"] == sum(sides[2:]) / (2 * 78)
    assert (system["reciprocity"], system["core_degree"], system["core_members"]) == (0, 2, 12)
    # The next member gets all that one pays, whatever its size: cash is everywhere alike.
    assert system["largest_centrality"] == pytest.approx(1 / 12, abs=1e-12)


def test_the_star_that_netting_leaves_is_counted_day_by_day():
    days = pl.concat([members("ABC", [5, 0, 0], [0, 3, 2], 1), members("ABC", [0, 8, 0], [8, 0, 0], 2)])
    figures = describe_network(table(("A", "B", 3), ("A", "C", 2), ("B", "A", 8)), days)
    assert figures.after_netting.rows() == [(1, 1, 2, 5), (2, 1, 1, 8)]
    # Means of 1 and 1, of 2 and 1, of 5 and 8, half to even.
    assert [figures.system[name] for name in ("net_payers", "net_receivers", "net_value")] == [1, 2, 6]


def test_where_nobody_trades_with_another_shares_are_undefined():
    system = describe_network(table(), members("A", [0], [0])).system
    undefined = {"density", "reciprocity", "mean_counterparties", "top_10_share", "core_share"}
    assert {name for name, value in system.items() if value is None} == undefined | {"largest_centrality"}
    assert {value for value in system.values() if value is not None} == {0}


def test_deliveries_for_nothing_make_a_network_without_value():
    system = describe_network(table(("A", "B", 0)), members("AB", [0, 0], [0, 0])).system
    assert (system["pairs"], system["density"], system["core_share"]) == (1, 0.5, None)
    assert system["largest_centrality"] == pytest.approx(0.5, abs=1e-12)


def drawn(seed):
    """A random network of 2–60 members, sparse or dense, some of them alone, some paying nobody."""
    draw = np.random.default_rng([11, seed])
    count = int(draw.integers(2, 61))
    keys = np.flatnonzero(draw.random(count**2) < draw.choice([0.02, 0.1, 0.5, 0.9]))
    keys = keys[keys // count != keys % count]
    buyers, sellers = np.divmod(keys, count)
    return count, buyers, sellers, draw.integers(0, draw.choice([2, 1_000_000]), size=len(keys))


def graph_of(count, buyers, sellers, value):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_weighted_edges_from(zip(buyers.tolist(), sellers.tolist(), value.tolist(), strict=True))
    return graph


@pytest.mark.parametrize("seed", range(40))
def test_networkx_finds_the_same(seed):
    count, buyers, sellers, value = drawn(seed)
    graph = graph_of(count, buyers, sellers, value)
    degrees, cores = degrees_and_cores(count, buyers, sellers)
    assert degrees.tolist() == [degree for _, degree in graph.to_undirected().degree()]
    assert cores.tolist() == list(nx.core_number(graph.to_undirected()).values())
    ranks = nx.pagerank(graph, alpha=0.85, tol=1e-14, max_iter=1000)
    found = liquidity_centrality(count, buyers, sellers, value)
    assert found == pytest.approx(np.array(list(ranks.values())), abs=1e-9)
    names = np.array([f"M{m:02d}" for m in range(count)])
    pairs = table(*zip(names[buyers].tolist(), names[sellers].tolist(), value.tolist(), strict=True))
    system = describe_network(pairs, members(names.tolist(), [0] * count, [0] * count)).system
    traded = graph.subgraph([member for member, degree in graph.degree() if degree])
    if len(traded):
        assert system["density"] == pytest.approx(nx.density(traded), rel=1e-12)
        assert system["reciprocity"] == pytest.approx(nx.overall_reciprocity(traded), rel=1e-12)
    arrows = counterparty_graph(pairs).edges(data="value")
    assert set(arrows) == {(names[b], names[s], weight) for b, s, weight in graph.edges(data="weight")}


@pytest.fixture(scope="module")
def result():
    return simulator.run(CONFIG, instructions=True)


def test_pairs_are_those_of_the_flow_counted_once(result):
    rows = result.instructions.filter(pl.col("arrangement") == "gross", pl.col("buyer") != pl.col("seller"))
    by_pair = rows.group_by(pl.col("buyer", "seller").cast(pl.String)).agg(
        value=pl.col("cash").sum(), trades=pl.len().cast(pl.Int64)
    )
    assert result.network.equals(by_pair.sort("buyer", "seller"))  # members are numbered by name here


def test_what_pairs_trade_adds_up_to_the_flow(result):
    flow = result.summary["flow"]
    assert result.network["value"].sum() == flow["gross_value"] - flow["internalised_value"]
    network = result.summary["network"]
    assert network["pairs"] == len(result.network)
    assert network["net_value"] == result.summary["arrangements"]["net"]["net_debit"]


def test_every_wait_stands_in_its_bin(result):
    """Gross: from the first block at or after entry, every 10 min from 09:30, to settlement or the close."""
    second = 1_000_000
    block, opens, closes, day = 600 * second, 34_200 * second, 57_600 * second, 86_400 * second
    rows = result.instructions.filter(pl.col("arrangement") == "gross").with_columns(
        clock=pl.col("time") - pl.col("day") * day
    )
    first = opens + -((opens - pl.col("clock")) // block) * block
    rows = rows.with_columns(
        waited=pl.col("settled_at").fill_null(pl.col("day") * day + closes)
        - pl.col("day") * day
        - pl.min_horizontal(first, closes)
    )
    delays = result.delays.filter(pl.col("arrangement") == "gross")
    assert delays["to_seconds"].max() > 600  # some do wait
    for of_day in range(3):
        bins = delays.filter(pl.col("day") == of_day)
        waits = rows.filter(pl.col("day") == of_day)
        inside = [
            waits.filter(pl.col("waited").is_between(round(low * second), round(high * second) - 1))[
                "cash"
            ].sum()
            for low, high in bins.select("from_seconds", "to_seconds").iter_rows()
        ]
        assert inside == bins["value"].to_list()
        assert bins["value"].sum() == waits["cash"].sum()
    assert (result.delays["value"] > 0).all()


def test_what_is_netted_waits_for_nothing_after_its_cycle(result):
    netted = result.delays.filter(pl.col("arrangement") == "net")
    assert netted["day"].to_list() == [1, 2, 3]
    assert set(netted.select("from_seconds", "to_seconds").rows()) == {(0.0, 1e-6)}
