"""Who takes part, and what they bring: lists, files, days of sales."""

import gzip
from pathlib import Path

import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.market.members import endow, lending_limits, settling_in_part
from simulator.market.open import open_flow

CASH = "give 0 or more, in whole steps of 0.01 USD, such as 1234.50"

# B buys from A and from C: A sells 5 of X and 3 of Y, C 7 of Y, over one day.
TYPED = [
    {"time": "10:00", "buyer": "B", "seller": "A", "security": "X", "units": 5, "cash": "10.00"},
    {"time": "10:01", "buyer": "B", "seller": "C", "security": "Y", "units": 7, "cash": "2.50"},
    {"time": "10:02", "buyer": "B", "seller": "A", "security": "Y", "units": 3, "cash": "0.01"},
]


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def build(participants: dict | None = None, instructions: list | None = None, **arrangement: object):
    config = load_config(
        {
            "flow": {"instructions": instructions or TYPED},
            "participants": participants or {},
            "arrangements": {"gross": {"layer": 3, **arrangement}},
        }
    )
    flow = open_flow(config)
    return flow, endow(config, config.arrangements["gross"], flow)


def complaint(*args: object, **arrangement: object) -> str:
    with pytest.raises(InputError) as caught:
        build(*args, **arrangement)
    return str(caught.value)


def held(flow, endowment) -> dict[tuple[str, str], int]:
    holdings = endowment.holdings
    columns = zip(holdings.member, holdings.security, holdings.units, strict=True)
    return {
        (flow.members[member], flow.securities[security]): int(units) for member, security, units in columns
    }


def test_nothing_said_is_unlimited_and_ample():
    flow, endowment = build()
    assert flow.members == ("A", "B", "C")
    assert endowment.cash is None
    assert endowment.credit_limit.tolist() == [0, 0, 0]
    assert endowment.holdings is None


def test_uniform_funding_is_the_same_for_all():
    _, endowment = build({"funding": {"prefunding": "20 k", "credit_limit": "0.50"}})
    assert endowment.cash.tolist() == [2_000_000] * 3
    assert endowment.credit_limit.tolist() == [50] * 3


def test_typed_members_bring_what_they_say_and_idle_ones_do_not_count():
    members = {
        "C": {"cash": "1.00", "holdings": {"Y": 7}},
        "Idle": {"cash": "99.00", "holdings": {"X": 99}},
        "B": {"cash": "2.00", "credit_limit": "3.00"},
        "A": {"holdings": {"Y": 4, "X": 5, "Z": 6}},
    }
    flow, endowment = build({"members": members})
    assert flow.members == ("C", "B", "A")
    assert endowment.cash.tolist() == [100, 200, 0]
    assert endowment.credit_limit.tolist() == [0, 300, 0]
    assert held(flow, endowment) == {("C", "Y"): 7, ("A", "X"): 5, ("A", "Y"): 4}


def test_an_arrangements_own_funding_and_holdings_go_first():
    members = {"A": {"cash": "1.00", "holdings": {"X": 5}}, "B": {}, "C": {}}
    _, endowment = build({"members": members}, funding="unlimited", holdings="ample")
    assert endowment.cash is None
    assert endowment.holdings is None
    _, endowment = build({"funding": "unlimited"}, funding={"prefunding": "1.00"})
    assert endowment.cash.tolist() == [100] * 3


@pytest.mark.parametrize(
    ("days", "x_of_a", "y_of_a", "y_of_c"),
    [
        ("1 day", 5, 3, 7),
        ("0.5 days", 2, 2, 4),  # 2.5, 1.5 and 3.5, half to even
        ("1.2 days", 6, 4, 8),  # 6, 3.6 and 8.4
        ("0.1 days", 0, 0, 1),  # 0.5, 0.3 and 0.7
    ],
)
def test_days_of_sales_are_rounded_half_to_even(days, x_of_a, y_of_a, y_of_c):
    flow, endowment = build({"holdings": days})
    expected = {("A", "X"): x_of_a, ("A", "Y"): y_of_a, ("C", "Y"): y_of_c}
    assert held(flow, endowment) == {pair: units for pair, units in expected.items() if units}


def test_days_of_sales_stay_exact_beyond_what_an_int64_product_holds():
    units = 10**17 + 1
    trade = {**TYPED[0], "units": units}
    flow, endowment = build({"holdings": "1.23456789 days"}, [trade])
    assert held(flow, endowment) == {("A", "X"): 123_456_789_000_000_001}


def test_a_funding_file_lists_the_members_and_their_order():
    Path("cash.csv").write_text("member,cash,credit_limit\nC, 1.5e3 ,0\nIdle,1,1\nB,0.01,2_000\nA,0,0\n")
    flow, endowment = build({"funding": "cash.csv"})
    assert flow.members == ("C", "B", "A")
    assert endowment.cash.tolist() == [150_000, 1, 0]
    assert endowment.credit_limit.tolist() == [0, 200_000, 0]


def test_an_arrangements_funding_file_does_not_change_the_order():
    packed = gzip.compress(b"credit_limit,cash,note,member\n0,3,x,C\n0,2,x,B\n0,1,x,A\n")
    Path("cash.csv.gz").write_bytes(packed)
    flow, endowment = build(funding="cash.csv.gz")
    assert flow.members == ("A", "B", "C")
    assert endowment.cash.tolist() == [100, 200, 300]


def test_a_holdings_file_may_leave_members_out_and_name_what_nobody_trades():
    Path("held.csv").write_text("member,security,units\nC,Y,7\nA,Y,2\nA,X,1.0\nA,Z,9\nIdle,X,9\nB,X,0\n")
    flow, endowment = build({"holdings": "held.csv"})
    assert held(flow, endowment) == {("A", "X"): 1, ("A", "Y"): 2, ("C", "Y"): 7}


def test_a_member_of_the_flow_that_a_funding_file_lacks_is_told_with_the_nearest_name():
    trade = {**TYPED[0], "buyer": "Bank North"}
    Path("cash.csv").write_text("member,cash,credit_limit\nBank Nort,1,0\nA,1,0\n")
    expected = '"Bank North" trades, but cash.csv does not list it (did you mean "Bank Nort"?)'
    assert complaint({"funding": "cash.csv"}, [trade]) == f"participants.funding: {expected}"
    assert complaint({}, [trade], funding="cash.csv") == f"arrangements.gross.funding: {expected}"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("A,1,0\nB,1,0\nA,2,0\nC,1,0", '4: member: "A" is listed twice, first in line 2'),
        ("A,1,0\n,1,0", "3: member: empty; name the member"),
        ("A,,0", f"2: cash: empty; {CASH}"),
        ("A,-1,0", f'2: cash: "-1" is negative; {CASH}'),
        (
            "A,1,0.001",
            f'2: credit_limit: "0.001" is a fraction of 0.01 USD; {CASH}',
        ),
        ("", " lists no members"),
    ],
)
def test_a_bad_funding_file_is_refused_by_line(rows, message):
    Path("cash.csv").write_text(f"member,cash,credit_limit\n{rows}\n")
    assert complaint({"funding": "cash.csv"}) == f"cash.csv:{message}"


def test_a_bad_holdings_file_is_refused_by_line():
    Path("held.csv").write_text("member,security,units\nA,X,1\nA,X,2\nA,Y,0.5\n")
    assert complaint({"holdings": "held.csv"}).split("\n") == [
        'held.csv:3: member, security: "A, X" is listed twice, first in line 2',
        'held.csv:4: units: "0.5" is a fraction of a unit; give 0 or more whole units, such as 250',
    ]


def test_a_member_file_without_its_columns_is_refused():
    Path("cash.csv").write_text("member,money,credit_limit\nA,1,0\n")
    assert complaint({"funding": "cash.csv"}) == (
        'cash.csv has no column "cash"; its columns are member, money, credit_limit'
    )


def borrowable(limit: str, holdings: object = "2 days") -> dict[tuple[str, str], int]:
    config = load_config(
        {
            "flow": {"instructions": TYPED},
            "participants": {"holdings": holdings},
            "arrangements": {"gross": {"layer": 3, "securities_lending": {"limit": limit}}},
        }
    )
    flow, gross = open_flow(config), config.arrangements["gross"]
    limits = lending_limits(config, gross, flow, endow(config, gross, flow).holdings)
    columns = zip(limits.member, limits.security, limits.units, strict=True)
    return {
        (flow.members[member], flow.securities[security]): int(units) for member, security, units in columns
    }


@pytest.mark.parametrize(
    ("limit", "x_of_a", "y_of_a", "y_of_c"),
    [
        # Sold in the day: 5 of X and 3 of Y by A, 7 of Y by C; held: twice that.
        ("1 day", 5, 3, 7),
        ("0.5 days", 2, 2, 4),  # 2.5, 1.5 and 3.5, half to even
        ("25 %", 2, 1, 3),  # of 10, 6 and 14: 2.5, 1.5 and 3.5, down
        ("9.9 %", 0, 0, 1),  # 0.99, 0.594 and 1.386
    ],
)
def test_what_may_be_borrowed_is_days_of_sales_or_a_share_of_the_holding(limit, x_of_a, y_of_a, y_of_c):
    expected = {("A", "X"): x_of_a, ("A", "Y"): y_of_a, ("C", "Y"): y_of_c}
    assert borrowable(limit) == {pair: units for pair, units in expected.items() if units}


def test_a_member_may_borrow_what_it_is_expected_to_sell_and_does_not_hold():
    Path("held.csv").write_text("member,security,units\nC,X,100\n")
    assert borrowable("1 day", "held.csv") == {("A", "X"): 5, ("A", "Y"): 3, ("C", "Y"): 7}
    assert borrowable("10 %", "held.csv") == {("C", "X"): 10}


def test_lending_that_could_wrap_around_is_refused():
    Path("held.csv").write_text("member,security,units\nC,X,3e18\n")
    with pytest.raises(InputError, match=r"may be borrowed included: the units .* must stay below 2\^62"):
        borrowable("90 %", "held.csv")


def parts(chosen: object, participants: dict | None = None) -> list[bool]:
    windows = {"every": "1 h", **({"members": chosen} if chosen else {})}
    config = load_config(
        {
            "flow": {"instructions": TYPED},
            "participants": participants or {},
            "arrangements": {"gross": {"layer": 3, "partial_settlement": windows}},
        }
    )
    return settling_in_part(config, config.arrangements["gross"], open_flow(config)).tolist()


def test_all_members_or_those_listed_settle_in_parts():
    assert parts(None) == parts("all") == [True, True, True]
    assert parts(["C", "A"]) == [True, False, True]
    listed = {"members": {"Idle": {}, "C": {}, "B": {}, "A": {}}}
    assert parts(["A", "Idle"], listed) == [False, False, True]


def test_nobody_settles_in_parts_without_windows():
    config = load_config({"flow": {"instructions": TYPED}, "arrangements": {"gross": {"layer": 3}}})
    assert not settling_in_part(config, config.arrangements["gross"], open_flow(config)).any()


def test_a_name_that_is_no_member_is_told_with_the_nearest():
    trade = {**TYPED[0], "buyer": "Bank North"}
    windows = {"every": "1 h", "members": ["A", "Bank Nort"]}
    config = load_config(
        {
            "flow": {"instructions": [trade]},
            "arrangements": {"gross": {"layer": 3, "partial_settlement": windows}},
        }
    )
    with pytest.raises(InputError) as caught:
        settling_in_part(config, config.arrangements["gross"], open_flow(config))
    told = 'Bank Nort is not a member (did you mean "Bank North"?)'
    assert str(caught.value) == f"arrangements.gross.partial_settlement.members.1: {told}"


def test_funding_and_holdings_that_could_wrap_around_are_refused():
    largest = "a run's totals must stay below 2^62"
    Path("cash.csv").write_text("member,cash,credit_limit\n" + "".join(f"{name},2e16,0\n" for name in "ABC"))
    assert complaint({"funding": "cash.csv"}) == (
        "experiment, opening funding and holdings included: the cash, in minor units, add up to "
        f"6_000_000_000_000_001_251; {largest}"
    )
    held = "".join(f"{name},{security},1e18\n" for name in "ABC" for security in "XY")
    Path("held.csv").write_text("member,security,units\n" + held)
    assert complaint({"holdings": "held.csv"}) == (
        "experiment, opening funding and holdings included: the units add up to "
        f"6_000_000_000_000_000_015; {largest}"
    )
