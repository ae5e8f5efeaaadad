"""The counterparty network: who may trade with whom, how much, and which way."""

import networkx as nx
import numpy as np
import pytest

from simulator.market.network import (
    LARGEST_SHARE,
    CounterpartyNetwork,
    count_core,
    fit_network,
    nearest_feasible,
)
from simulator.market.participants import number_names, zipf_shares

MARKETS = [
    (2, 1.15, 2),
    (3, 0.0, 3),
    (3, 1.15, 2),
    (4, 10.0, 2),
    (20, 0.5, 6),
    (150, 1.15, 30),
    (150, 0.0, 150),
    (150, 0.0, 30),
    (150, 10.0, 2),
    (5000, 1.15, 1000),
    (5000, 0.8, 2),
]


def dense_weights(network: CounterpartyNetwork) -> np.ndarray:
    weights = np.outer(network.strength, network.strength)
    np.fill_diagonal(weights, 0.0)
    weights[network.core :, network.core :] = 0.0
    return weights


@pytest.mark.parametrize(("members", "concentration", "core"), MARKETS)
def test_every_member_trades_as_much_as_its_activity(members, concentration, core):
    network = fit_network(zipf_shares(members, concentration), core)
    weights = dense_weights(network)
    assert weights.min() >= 0.0
    assert weights.sum() / 2 == pytest.approx(1.0, abs=1e-9)
    assert weights.sum(axis=1) == pytest.approx(2 * network.activity, rel=1e-7)


def test_activity_is_the_zipf_share_where_a_network_can_carry_it():
    wanted = zipf_shares(150, 1.15)
    assert fit_network(wanted, 30).activity == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("members", "concentration", "core"), MARKETS)
def test_nobody_and_no_periphery_stands_on_more_than_half_of_all_sides(members, concentration, core):
    activity = nearest_feasible(zipf_shares(members, concentration), core)
    assert activity.sum() == pytest.approx(1.0)
    assert activity.max() <= (0.5 if members == 2 else LARGEST_SHARE + 1e-12)
    assert activity[core:].sum() <= LARGEST_SHARE + 1e-12


def test_weights_are_those_that_iterative_proportional_fitting_converges_to():
    shares, core = zipf_shares(12, 0.9), 4
    fitted = np.outer(shares, shares)
    np.fill_diagonal(fitted, 0.0)
    fitted[core:, core:] = 0.0
    for _ in range(20_000):
        scale = np.sqrt(2 * shares / fitted.sum(axis=1))
        fitted *= np.outer(scale, scale)
    assert dense_weights(fit_network(shares, core)) == pytest.approx(fitted, rel=1e-9)


def test_three_members_of_known_activity_have_the_weights_worked_out_by_hand():
    # Sides 0.8, 0.7, 0.5 of two a trade: w12 = (0.8 + 0.7 − 0.5)/2, and so on.
    weights = dense_weights(fit_network(np.array([0.4, 0.35, 0.25]), 3))
    assert weights[0, 1] == pytest.approx(0.5)
    assert weights[0, 2] == pytest.approx(0.3)
    assert weights[1, 2] == pytest.approx(0.2)


@pytest.mark.parametrize(("members", "concentration", "core"), MARKETS[:-2])
def test_tilts_give_every_member_exactly_its_imbalance(members, concentration, core):
    network = fit_network(zipf_shares(members, concentration), core)
    imbalances = np.random.default_rng(1).normal(0.0, 0.07, members)
    imbalances -= np.average(imbalances, weights=network.activity)
    potentials, weights = network.tilts(imbalances), dense_weights(network)
    bought_less_sold = (weights * (potentials[:, None] - potentials[None, :])).sum(axis=1)
    assert bought_less_sold == pytest.approx(2 * network.activity * imbalances, abs=1e-12)


def test_tilts_solve_the_laplacian_equation_of_the_graph():
    network = fit_network(zipf_shares(12, 0.9), 4)
    graph = network.graph(number_names("M", 12, 3), ("custodian",) * 12)
    imbalances = np.linspace(-0.1, 0.1, 12)
    imbalances -= np.average(imbalances, weights=network.activity)
    laplacian = nx.laplacian_matrix(graph).toarray()
    expected = np.linalg.lstsq(laplacian, 2 * network.activity * imbalances, rcond=None)[0]
    potentials = network.tilts(imbalances)
    assert potentials - potentials[0] == pytest.approx(expected - expected[0], abs=1e-12)


def test_graph_joins_the_core_to_all_and_the_periphery_to_the_core_alone():
    network = fit_network(zipf_shares(10, 1.0), 3)
    names = number_names("M", 10, 3)
    graph = network.graph(names, ("client_broker",) * 10)
    assert list(graph.nodes) == list(names)
    assert graph.number_of_edges() == 3 + 3 * 7
    assert [graph.nodes[name]["core"] for name in names] == [True] * 3 + [False] * 7
    assert set(graph["M010"]) == {"M001", "M002", "M003"}
    assert graph.nodes["M002"]["type"] == "client_broker"
    for name in names:
        assert graph.degree(name, weight="weight") == pytest.approx(2 * graph.nodes[name]["activity"])


def test_core_holds_its_share_of_members_and_never_fewer_than_two():
    assert [count_core(0.2, members) for members in (2, 3, 9, 150, 5000)] == [2, 2, 2, 30, 1000]
    assert count_core(0.0, 150) == 2
    assert count_core(1.0, 150) == 150
