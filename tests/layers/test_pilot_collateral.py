"""The pilot beside book-entry deliveries: what tokens take off a collateral monitor."""

from __future__ import annotations

import pytest

import simulator

from ..flows import assert_same, results
from .test_continuous_net import random_flow
from .test_pilot import SHORT, event, random_pilot

DELIVERED = {"layer": 2, "settles": "T+0", "book_entry": {"haircut": "10 %"}}
BESIDE = {
    "layer": 2,
    "settles": "T+1",
    "carry": True,
    "book_entry": {"trades": {"share": "50 %"}, "fund": "2.00"},
}


def run(value: str, *events: dict) -> simulator.Result:
    """A holds 10 X, each worth 10.00 less 10 %: a monitor of 90.00. At 12:00 it owes C 60.00."""
    return simulator.run(
        {
            "flow": {
                "hours": "09:30-16:00",
                "instructions": [
                    {
                        "time": "10:00",
                        "buyer": "B",
                        "seller": "C",
                        "security": "X",
                        "units": 1,
                        "cash": "10.00",
                    },
                    {"time": "12:00", "buyer": "A", "seller": "C", "cash": "60.00"},
                ],
            },
            "participants": {
                "funding": "unlimited",
                "members": {
                    "A": {"holdings": {"X": 10}},
                    "B": {"holdings": {"X": 10}},
                    "C": {"holdings": {"X": 1}},
                },
            },
            "arrangements": {
                "net": {**DELIVERED, "pilot": {"settlement_value": value, "events": list(events)}}
            },
        },
        instructions=True,
    )


def paid_at(result: simulator.Result) -> float | None:
    """Hour of the day at which A's payment settles."""
    (time,) = result.instructions.filter(id=1)["settled_at"].to_list()
    return None if time is None else time / 3_600_000_000


IN, OUT, AGAIN = event("11:00", "tokenize", 4), event("13:00", "detokenize", 1), event("14:00", "tokenize", 5)


@pytest.mark.parametrize(
    ("value", "settles", "moved", "reason"),
    [
        # 90 − 4 × 9 = 54 < 60: it waits for credit. A unit is back at 13:15: 63 ≥ 60, 3 are left.
        ("0 %", 13.25, 0, "collateral"),
        # 90 − 4 × 4.50 = 72, 12 are left; 16.50 with the unit back: 3 units of 4.50.
        ("50 %", 12, 3, "collateral"),
        # floor(9.00 × 1/3) = 3.00: 90 − 4 × 6 = 66, 6 left, 12 with the unit back: 2 units of 6.00.
        ("33.34 %", 12, 2, "collateral"),
        ("100 %", 12, 5, None),
    ],
)
def test_a_token_takes_its_value_less_its_settlement_value_off_the_monitor(
    verified, value, settles, moved, reason
):
    result = run(value, IN, OUT, AGAIN)
    assert paid_at(result) == settles
    last = result.events.filter(event="tokenize", asked=5).row(0, named=True)
    assert (last["units"], last["reason"]) == (moved, reason)
    assert result.pilot["refused_collateral"].to_list() == [int(moved == 0)]
    assert verified["enter_book"] == 1


def test_without_tokens_it_settles_at_once_and_what_stays_on_chain_is_never_paid_for():
    assert paid_at(run("0 %")) == 12
    stays = run("0 %", IN)
    assert paid_at(stays) is None
    assert stays.summary["arrangements"]["net"]["unsettled_value_credit"] == 60_00


def test_a_transfer_keeps_the_giver_s_monitor_and_the_root_wallet_does_not_ask(verified):
    """At full value tokens secure as units do: 90 − 60 = 30 is left at 12:00, three tokens of 9.00."""
    moves = event("12:30", "transfer", 4, to="B"), event("12:40", "reverse", 1, to="B")
    result = run("100 %", IN, *moves)
    rows = result.events.filter(event="transfer").select("units", "reason").rows()
    assert rows == [(3, "collateral")]
    assert result.events.filter(event="reverse").select("units", "reason").rows() == [(1, None)]
    assert verified["move_tokens"] == 2


@pytest.mark.parametrize("arrangement", [DELIVERED, BESIDE], ids=["all", "beside"])
@pytest.mark.parametrize("value", ["0 %", "40 %"])
def test_monitors_are_what_fund_units_and_tokens_secure_after_every_call(verified, arrangement, value):
    """``Accounts.verify`` adds them up anew; conservation of units and tokens beside it."""
    pilot = {**random_pilot(1), "settlement_value": value}
    measured, _ = results(random_flow(1), {"net": {**arrangement, "pilot": pilot}}, SHORT)
    for call in ("leave_book", "mint", "move_tokens", "burn", "enter_book"):
        assert verified[call] > 0, call
    assert measured.pilot["tokens"].max() > 0
    assert measured.days["settled_value"].sum() > 0
    assert measured.pilot["orders_flagged"].sum() > measured.pilot["orders_fallen_back"].sum() > 0


@pytest.mark.parametrize("chunk", [1, 7])
def test_how_a_flow_is_cut_moves_no_delivery_and_no_token(chunk):
    """With orders that want tokens as they are delivered."""
    pilot = {**random_pilot(3), "settlement_value": "40 %"}
    arrangements = {"all": {**DELIVERED, "pilot": pilot}, "beside": {**BESIDE, "pilot": pilot}}
    whole, cut = (results(random_flow(2, chunk=size), arrangements, SHORT) for size in (1 << 20, chunk))
    for found, expected in zip(cut[0].days.rows(), whole[0].days.rows(), strict=True):
        assert found == expected
    assert whole[0].pilot.equals(cut[0].pilot)
    assert whole[0].events.equals(cut[0].events)
    assert whole[0].pilot["tokenizations"].sum() > 20


@pytest.mark.parametrize("arrangement", [DELIVERED, BESIDE], ids=["all", "beside"])
def test_a_pilot_in_which_nothing_happens_changes_no_figure(arrangement):
    without, idle = (
        results(random_flow(4), {"net": each}, SHORT) for each in (arrangement, {**arrangement, "pilot": {}})
    )
    assert_same(without, idle)


@pytest.mark.parametrize("arrangement", [DELIVERED, BESIDE], ids=["all", "beside"])
def test_deliveries_at_layer_1_are_those_at_layer_2(arrangement):
    one, two = (results(random_flow(3), {"net": {**arrangement, "layer": layer}}, SHORT) for layer in (1, 2))
    found, expected = (each[0].summary["arrangements"]["net"] for each in (one, two))
    assert (found.pop("layer"), expected.pop("layer")) == (1, 2)
    assert found == expected
    assert one[1] == two[1]
