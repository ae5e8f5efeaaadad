"""Arrangements in a few words."""

import pytest

from simulator.config.load import load_config
from simulator.study.words import describe_arrangement, describe_endowment


def describe(**arrangement):
    config = load_config(
        {
            "flow": {"daily_value": "1 bn", "trades_per_day": 1000},
            "participants": {"count": 10, "funding": {"prefunding": "1 M"}, "holdings": "1 day"},
            "arrangements": {"one": {"layer": 3, "block": "1 min", **arrangement}},
        }
    )
    return describe_arrangement(config.arrangements["one"]).removeprefix("gross, 1 min blocks, ")


@pytest.mark.parametrize(
    ("arrangement", "words"),
    [
        ({"queue": "fifo_strict"}, "strict FIFO"),
        ({"queue": "largest_first"}, "largest first"),
        ({"queue": "smallest_first"}, "smallest first"),
        ({"queue": "by_deadline"}, "by deadline"),
        ({"queue": "my.rules:order"}, "queue my.rules:order"),
        ({"release": "my.rules:noon"}, "release my.rules:noon"),
        ({"liquidity_saving": {"rule": "batch_auction"}}, "batch_auction"),
        (
            {
                "liquidity_saving": [
                    {"rule": "bilateral_offset", "every": "5 min"},
                    {"rule": "ring_offset", "longer_than": 100},
                ]
            },
            "bilateral_offset every 5 min, ring_offset if more than 100 wait",
        ),
        ({"partial_settlement": {"every": "30 min"}}, "parts every 30 min"),
        (
            {"partial_settlement": {"every": "1 h", "minimum": "100 k", "members": ["A", "B"]}},
            "parts from 100 k USD every 1 h between 2 members",
        ),
        (
            {"securities_lending": {"limit": "0.5 days", "fee": "50 bp"}},
            "borrowing up to 0.5 days of expected sales",
        ),
        ({"securities_lending": {"limit": "20 %"}}, "borrowing up to 20 % of the opening holding"),
        ({"credit": {}}, "no credit"),
        (
            {"chain": {"capacity": {"gas_limit": "60 M", "gas": "150 k"}, "block_times": "memoryless"}},
            "memoryless blocks, room for 400 a block",
        ),
        ({"chain": {"preset": "canton"}}, "on canton, final after 5 s, fee 0.01 USD"),
        (
            {"chain": {"capacity": "4 a block", "inclusion": "fee", "bids": {"median": "0.02"}}},
            "room for 4 a block, highest bid first",
        ),
        ({"cash_leg": {"usdc": {"kind": "stablecoin"}}}, "cash usdc (stablecoin)"),
        ({"cash_leg": {}}, "no cash leg"),
        ({"treasury": {}}, "no treasurers"),
        (
            {"treasury": {"every": "5 min", "top_up": {"below": "2 M", "to": "8 M"}, "release": "paced"}},
            "treasurers top up below 2.00 M USD to 8.00 M USD and pace every 5 min",
        ),
        (
            {
                "treasury": {
                    "every": "1 h",
                    "withdraw": {"above": "9 M", "to": "8 M"},
                    "release": "wait_for_inflow",
                    "reserve": "1 M",
                }
            },
            (
                "treasurers give back above 9.00 M USD to 8.00 M USD and wait for inflow and keep 1.00 M USD "
                "for what is urgent every 1 h"
            ),
        ),
        (
            {"treasury": {"every": "1 h", "policy": "my.rules:Own"}},
            "treasurers follow my.rules:Own every 1 h",
        ),
        ({"wallets": {"registered": {"except": ["A", "B"]}}}, "all wallets but 2 registered"),
        (
            {
                "faults": [
                    {"kind": "chain_outage", "start": "11:00"},
                    {"kind": "chain_outage", "rate": "1 a day"},
                ]
            },
            "faults: 2 × chain outage",
        ),
        (
            {
                "credit": {
                    "bank": {"against": "pledge", "pledge": "50 %", "cap": "5 M"},
                    "line": {"cap": "my.rules:caps"},
                }
            },
            "credit bank against pledge 5.00 M USD, line capped by my.rules:caps",
        ),
    ],
)
def test_what_an_arrangement_does_is_told(arrangement, words):
    assert describe(**arrangement) == words


@pytest.mark.parametrize(
    ("prefunding", "words"),
    [
        ({"prefunding": "10 % of expected outflow"}, "prefunding 10 % of expected outflow"),
        ({"prefunding": "99 % of history", "first": "1 M"}, "prefunding 99 % of history"),
    ],
)
def test_prefunding_from_what_a_member_pays_is_told(prefunding, words):
    assert f"{words}, credit limit 0.00 USD a member" in describe(funding=prefunding)


def test_re_use_of_cash_and_units_is_told_apart_where_it_differs():
    assert "re-use at_finality" in describe(reuse="at_finality")
    reuse = {"cash": "at_finality", "units": "next_block"}
    assert "re-use at_finality (cash), next_block (units)" in describe(reuse=reuse)


def test_credit_for_all_is_told_with_what_members_bring():
    config = load_config(
        {
            "flow": {"currency": "EUR", "daily_value": "1 bn", "trades_per_day": 1000},
            "participants": {"count": 10, "funding": {"prefunding": "1 M"}},
            "credit": {"line": {"cap": "20 M"}},
            "arrangements": {"one": {"layer": 3}},
        }
    )
    brings = "prefunding 1.00 M, credit limit 0.00 EUR a member, holdings ample"
    assert describe_endowment(config) == f"{brings}, credit line 20.0 M EUR"
