"""What a run would be, told beforehand: counts by hand."""

import pytest

import simulator
from simulator.config.errors import InputError

HOURS = {"hours": "09:00–17:00", "instructions": [{"time": "10:00", "buyer": "A", "seller": "B", "cash": 5}]}


def events(**arrangement):
    plan = simulator.check({"flow": HOURS, "arrangements": {"one": arrangement}})
    return plan.arrangements[0].events


@pytest.mark.parametrize(
    ("arrangement", "told"),
    [
        ({"layer": 2}, "1 cycle a day"),
        ({"layer": 2, "settles": "T+0"}, "1 cycle a day"),
        # 10:00 … 16:00 and the close
        ({"layer": 2, "settles": "T+0", "cycles": "every 1 h"}, "8 cycles a day"),
        ({"layer": 2, "settles": "T+0", "cycles": ["11:00", "12:00"]}, "3 cycles a day"),
        ({"layer": 2, "settles": "T+0", "cycles": 4}, "4 cycles a day"),
        ({"layer": 3}, "each trade at its time"),
        # 8 h × 300 blocks an hour, and one at the close
        ({"layer": 3, "block": "12 s"}, "2401 blocks a day"),
        # 09:00, 14:00, and the close
        ({"layer": 3, "block": "5 h"}, "3 blocks a day"),
        (
            {
                "layer": 3,
                "block": "12 s",
                "liquidity_saving": {"rule": "multilateral_offset", "every": "1 h"},
            },
            "2401 blocks a day and multilateral_offset 8 times a day",
        ),
        (
            {
                "layer": 3,
                "block": "1 h",
                "liquidity_saving": [
                    {"rule": "batch_auction"},
                    {"rule": "ring_offset", "every": "2 h", "longer_than": 100},
                ],
                "partial_settlement": {"every": "30 min"},
            },
            # no more often than there are blocks: offsets from 11:00, windows from 10:00
            (
                "9 blocks a day, batch_auction 9 times a day, ring_offset at most 4 times a day and "
                "8 windows for parts a day"
            ),
        ),
    ],
)
def test_blocks_and_cycles_of_a_day_are_counted(arrangement, told):
    assert events(**arrangement) == told


def test_the_plan_tells_flow_members_and_hours():
    plan = simulator.check({"flow": HOURS, "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3}}})
    assert (plan.kind, plan.trades, plan.value, plan.participants, plan.securities) == ("typed", 1, 500, 2, 0)
    assert "1 day, 09:00–17:00" in str(plan)
    assert "net    netting T+1; 1 cycle a day, the baseline" in str(plan)
    assert repr(plan) == str(plan)


def test_a_synthetic_market_is_told_in_expectation():
    plan = simulator.check(
        {
            "days": 3,
            "flow": {"daily_value": "798 bn", "trades_per_day": 5_000_000},
            "participants": {"count": 150},
            "arrangements": {"net": {"layer": 2}},
        }
    )
    assert (plan.trades, plan.value, len(plan.days)) == (15_000_000, 3 * 798 * 10**11, 3)
    assert "worth about 2.39 tn USD" in str(plan)


def test_more_trades_and_more_positions_take_more_memory():
    def memory(securities, kind):
        return simulator.check(
            {
                "flow": {"daily_value": "1 bn", "trades_per_day": 10**6, "securities": {"count": securities}},
                "participants": {"count": 100},
                "arrangements": {name: {"layer": 3} for name in kind},
            }
        ).memory

    assert memory(10, "a") < memory(10_000, "a") < memory(10_000, "ab") < 2**30


def test_a_haircut_of_a_security_that_is_not_there_is_found_without_running():
    traded = {"time": "10:00", "buyer": "A", "seller": "B", "security": "NABIL", "units": 1, "cash": 5}
    haircut = {"default": "10 %", "NABLI": "50 %"}
    config = {
        "flow": {"instructions": [traded]},
        "participants": {"funding": {"prefunding": 5}},
        "arrangements": {"gross": {"layer": 3, "credit": {"auto": {"against": "flow", "haircut": haircut}}}},
    }
    with pytest.raises(InputError) as caught:
        simulator.check(config)
    told = 'not a security of the flow (did you mean "NABIL"?)'
    assert str(caught.value) == f"arrangements.gross.credit.auto.haircut.NABLI: {told}"


def test_a_member_that_a_list_lacks_is_found_without_running(tmp_path):
    path = tmp_path / "funding.csv"
    path.write_text("member,cash,credit_limit\nA,5,0\n")
    arrangement = {"layer": 3, "funding": str(path)}
    with pytest.raises(InputError, match='"B" trades'):
        simulator.check({"flow": HOURS, "arrangements": {"gross": arrangement}})
