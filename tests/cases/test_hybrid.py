"""The shipped case of hybrid settlement, against the hand in its opening comment."""

import pytest

from simulator.config.errors import InputError

from .shipped import cents, measures, rows, settle


@pytest.fixture(scope="module")
def result():
    return settle("hybrid")


def by_member(result, arrangement, column):
    return dict(result.participants.filter(arrangement=arrangement).select("participant", column).rows())


def members(a, b, c):
    return {"A": cents(a), "B": cents(b), "C": cents(c)}


def test_what_is_sent_settles_at_once_and_the_rest_a_day_later(result):
    ways = {row["id"]: row["settled_at"] // 3_600_000_000 for row in rows(result, "hybrid")}
    assert ways == {0: 9, 3: 11, 1: 40, 2: 40, 4: 40}
    assert measures(result, "hybrid")["routed_value"] == cents(160)


def test_both_pools_are_needed_and_the_whole_nets_less(result):
    assert measures(result, "net")["liquidity_need"] == cents(30)
    assert by_member(result, "hybrid", "liquidity_need") == members(100, 40, 0)
    assert by_member(result, "hybrid", "routed_need") == members(100, 0, 0)
    assert measures(result, "hybrid")["net_debit"] == cents(30)
    # Each settled trade on chain is a group of its own; of the rest B pays 40 in one.
    assert by_member(result, "hybrid", "value_moved") == members(100, 100, 0)


def test_the_slice_is_held_against_what_it_adds_to_netting(result):
    assert by_member(result, "hybrid", "routed_net_debit") == members(40, 0, 0)
    assert by_member(result, "hybrid", "marginal_net_debit") == members(30, -40, 0)
    assert measures(result, "hybrid")["marginal_net_debit"] == cents(-10)


def test_one_purse_pays_for_both(result):
    """A is out 100, then 40, then 30 at the close; B is in 100, then in 0 as it pays 60 and 40."""
    assert by_member(result, "one_purse", "liquidity_need") == members(100, 0, 0)
    assert measures(result, "one_purse")["routed_need"] == 0


def test_pairs_are_sent_whichever_buys(result):
    assert measures(result, "by_pair")["routed_value"] == cents(50)
    assert by_member(result, "by_pair", "routed_need") == members(0, 0, 30)
    assert by_member(result, "by_pair", "marginal_net_debit") == members(-10, 0, 0)


def test_a_trace_tells_both_ways(result):
    """The first is sent to the chain and settles at once, the second is netted the day after."""
    sent = {life.arrangement: life for life in result.trace(0).lives}
    assert sent["hybrid"].settled_at == sent["gross"].settled_at
    assert [step.text for step in sent["hybrid"].steps] == [
        "It was traded. It was sent to the chain.",
        "It settled at once.",
    ]
    netted = {life.arrangement: life for life in result.trace(1).lives}
    assert "Netted over the cycle, B paid 40.00 USD" in " ".join(step.text for step in netted["hybrid"].steps)
    at_t0 = [step.text for step in netted["one_purse"].steps]
    assert at_t0[0] == "It was traded. It was sent to the chain, or novated by the clearing house."
    assert at_t0[1] == "It settled, 6 h after it was traded."


def test_one_purse_is_of_one_pool():
    leg = "arrangements.gross.cash_leg."
    coin = {f"{leg}coin.kind": "stablecoin", f"{leg}coin.share": "60 %"}
    bank = {f"{leg}bank.kind": "tokenized_deposit", f"{leg}bank.share": "40 %"}
    with pytest.raises(InputError, match="shared needs one pool of cash; gross has several cash legs"):
        settle("hybrid", {**coin, **bank})
