"""What securities secure, and credit too large to count."""

import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.market.collateral import check_credit, credit_values
from simulator.market.members import endow
from simulator.market.open import open_flow

TRADE = {"time": "10:00", "buyer": "A", "seller": "B", "security": "X", "units": 2, "cash": "90.74"}
OTHER = {"time": "11:00", "buyer": "A", "seller": "B", "security": "Y", "units": 1, "cash": "0.99"}


def build(credit: dict, *trades: dict, participants: dict | None = None):
    config = load_config(
        {
            "flow": {"instructions": list(trades) or [TRADE, OTHER]},
            "participants": participants or {"funding": {"prefunding": 1}, "holdings": "1 day"},
            "arrangements": {"gross": {"layer": 3, "credit": credit}},
        }
    )
    flow = open_flow(config)
    return config, flow, endow(config, config.arrangements["gross"], flow)


@pytest.mark.parametrize(
    ("haircut", "values"),
    [
        ("0 %", [4537, 99]),
        ("10 %", [4083, 89]),  # 4083.3 and 89.1, down
        ("100 %", [0, 0]),
        ({"default": "10 %", "Y": "50 %", "X": "0.5 bp"}, [4536, 49]),  # 4536.77… and 49.5
    ],
)
def test_a_unit_secures_its_opening_price_less_the_haircut_rounded_down(haircut, values):
    config, flow, _ = build({"auto": {"against": "flow", "haircut": haircut}})
    assert credit_values(flow, config.credit_of("gross")["auto"]).tolist() == values


def test_prices_too_wide_for_an_int64_product_stay_exact():
    dear = {**TRADE, "units": 1, "cash": "12_345_678_901_234_567.89"}
    config, flow, _ = build({"auto": {"against": "flow", "haircut": "0.01 bp"}}, dear)
    # 1234567890123456789 × 0.999999
    assert credit_values(flow, config.credit_of("gross")["auto"]).tolist() == [1_234_566_655_555_566_665]


@pytest.mark.parametrize(
    "credit",
    [
        {"line": {"cap": "30_000 tn"}},  # for each of two members
        {"bank": {"against": "pledge", "pledge": "100 %"}},
        {"own": {"against": "stock"}},
        {"auto": {"against": "flow"}},
    ],
)
def test_credit_that_could_wrap_around_is_refused(credit):
    first = {**TRADE, "units": 1, "cash": "1_000_000"}
    bulk = {**TRADE, "time": "11:00", "units": 10**11, "cash": 5}  # at the first price, 10^17 in money
    config, flow, endowment = build(credit, first, bulk)
    with pytest.raises(InputError, match=r"funding and credit included: .* must stay below 2\^62"):
        check_credit(config, "gross", flow, endowment)


def test_a_cap_bounds_what_a_pledge_can_add():
    first = {**TRADE, "units": 1, "cash": "1_000_000"}
    bulk = {**TRADE, "time": "11:00", "units": 10**11, "cash": 5}
    bounded = {"bank": {"against": "pledge", "pledge": "100 %", "cap": "1 M"}}
    config, flow, endowment = build(bounded, first, bulk)
    check_credit(config, "gross", flow, endowment)


def test_a_tape_may_lack_securities_that_have_a_haircut(tmp_path):
    (tmp_path / "t.csv").write_text("t,b,s,x,u,c\n10:00,A,B,X,2,90.74\n")
    columns = {"time": "t", "buyer": "b", "seller": "s", "security": "x", "units": "u", "cash": "c"}
    haircut = {"default": "10 %", "Z": "50 %"}
    config = load_config(
        {
            "flow": {"tape": {"path": str(tmp_path / "t.csv"), "columns": columns}},
            "participants": {"funding": {"prefunding": 1}},
            "credit": {"auto": {"against": "flow", "haircut": haircut}},
            "arrangements": {"gross": {"layer": 3}},
        }
    )
    flow = open_flow(config)
    check_credit(config, "gross", flow, endow(config, config.arrangements["gross"], flow))
    assert credit_values(flow, config.credit_of("gross")["auto"]).tolist() == [4083]
