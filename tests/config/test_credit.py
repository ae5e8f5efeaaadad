"""Credit and lending as written, to exact values."""

from fractions import Fraction

import pytest

from simulator.config.load import load_config
from simulator.config.schema import LendingLimit

MINUTE = 60_000_000

CREDIT = """
flow: {daily_value: 1 bn, trades_per_day: 1000}
participants: {count: 10, funding: {prefunding: 5 M}, holdings: 1 day}
arrangements:
  gross: {layer: 3}
  lent:  {layer: 3, credit: {}, securities_lending: {limit: LIMIT, fee: 50 bp, recall: "15:00"}}
credit:
  central_bank: {against: pledge, pledge: 50 %, haircut: {default: 10 %, S0002: 0.5}, rate: 0 bp}
  overdraft:    {cap: 20 M, rate: 50 bp, day_count: 365}
  ruled:        {cap: my.rules:caps, every: 30 min}
  repo:         {cap: 100 M, rate: 4.1 %, tenor: 60 min}
  auto:         {against: flow, haircut: 12.5 %, repay: at_close}
"""


def test_facilities_are_exact_and_stand_in_the_order_written(write):
    facilities = load_config(write(CREDIT.replace("LIMIT", "20 %"))).credit_of("gross")
    assert list(facilities) == ["central_bank", "overdraft", "ruled", "repo", "auto"]
    bank, overdraft, ruled, repo, auto = facilities.values()
    assert (bank.against, bank.pledge, bank.cap, bank.rate) == ("pledge", Fraction(1, 2), None, 0)
    assert (bank.haircut.of("S0001"), bank.haircut.of("S0002")) == (Fraction(1, 10), Fraction(1, 2))
    assert (overdraft.against, overdraft.cap, overdraft.rate) == ("nothing", 2_000_000_000, Fraction(5, 1000))
    assert (bank.day_count, overdraft.day_count) == (360, 365)
    assert (ruled.cap, ruled.every) == ("my.rules:caps", 30 * MINUTE)
    assert (repo.rate, repo.tenor) == (Fraction(41, 1000), 60 * MINUTE)
    assert (auto.haircut.of("any"), auto.repay, auto.tenor) == (Fraction(1, 8), "at_close", None)


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        ("0.5 days", LendingLimit(kind="days", amount=Fraction(1, 2))),
        ("1 day", LendingLimit(kind="days", amount=Fraction(1))),
        ("20 %", LendingLimit(kind="share", amount=Fraction(1, 5))),
        ("150 %", LendingLimit(kind="share", amount=Fraction(3, 2))),
    ],
)
def test_lending_is_limited_in_days_of_sales_or_by_a_share_of_the_holding(write, given, limit):
    lending = load_config(write(CREDIT.replace("LIMIT", given))).arrangements["lent"].securities_lending
    assert lending.limit == limit
    assert (lending.fee, lending.recall, lending.day_count) == (Fraction(1, 200), 15 * 60 * MINUTE, 360)
