"""Margin of a portfolio of three securities worked by hand to the cent, and what its rules must keep."""

from fractions import Fraction

import numpy as np
import pytest

from simulator.market.margin import MarginTerms
from simulator.rules.close_out import bear, loss_of_close_out
from simulator.rules.margin import (
    deviation,
    exposure,
    gap_risk,
    pro_rata,
    required,
    supplement,
    value_at_risk,
)

TERMS = MarginTerms(correlation=Fraction(1, 4), minimum=25_000_00)


def one(value, volatility, terms=TERMS):
    """Deviation, value at risk and gap of one member's portfolio."""
    owner = np.zeros(len(value), dtype=np.int64)
    value = np.array(value, dtype=np.int64)
    deviations = deviation(owner, value, np.array(volatility), 1, terms.correlation)
    return deviations[0], value_at_risk(deviations, terms)[0], gap_risk(owner, value, 1, terms)[0]


def test_three_securities_by_hand():
    """Long 1,000,000.00 at 2 %, short 600,000.00 at 1.5 %, long 250,000.00 at 1 %.

    w σ = 20,000, −9,000, 2,500; their sum 13,500, squared 182,250,000; squares 400,000,000 + 81,000,000 +
    6,250,000 = 487,250,000. With ρ = 0.25: 45,562,500 + 365,437,500 = 411,000,000; its root is 20,273.1349.
    × 2.326347874 × 1.732050808 = 81,687.61. Gap: 1,000,000 of 1,850,000: 100,000 + 30,000.
    """
    deviations, at_risk, gap = one([1_000_000_00, -600_000_00, 250_000_00], [0.02, 0.015, 0.01])
    assert deviations == pytest.approx(20_273_13.49, abs=0.01)
    assert at_risk == 81_687_61
    assert gap == 130_000_00
    assert required(np.array([at_risk]), np.array([gap]), np.array([12_34]), TERMS)[0] == 211_699_95


def test_correlation_1_adds_up_and_0_does_not():
    """3 and 4 of risk: 7 where they move as one, 5 where neither knows of the other; opposed, 1 and 5."""
    for sign, together in ((1, 7.0), (-1, 1.0)):
        held = [300, sign * 400], [0.01, 0.01]
        assert one(*held, MarginTerms(correlation=Fraction(1)))[0] == pytest.approx(together)
        assert one(*held, MarginTerms(correlation=Fraction(0)))[0] == pytest.approx(5.0)


def test_a_covariance_matrix_says_the_same():
    """√(wᵀΣw), with Σ written out, of many members at once."""
    rng = np.random.default_rng(5)
    members, count = 4, 60
    owner, value = rng.integers(0, members, count), rng.integers(-(10**9), 10**9, count)
    volatility, correlation = rng.uniform(0.001, 0.05, count), 0.3
    told = deviation(owner, value, volatility, members, Fraction(3, 10))
    for member in range(members):
        own = owner == member
        sigma = volatility[own]
        matrix = correlation * np.outer(sigma, sigma)
        np.fill_diagonal(matrix, sigma**2)
        assert told[member] == pytest.approx(np.sqrt(value[own] @ matrix @ value[own]), rel=1e-12)


def test_margin_grows_with_the_root_of_the_close_out_and_exposure_is_of_a_day():
    deviations = np.array([1e9])
    three, one_day = (value_at_risk(deviations, MarginTerms(days=days))[0] for days in (3, 1))
    assert three / one_day == pytest.approx(np.sqrt(3), rel=1e-8)
    assert exposure(deviations, MarginTerms())[0] == one_day


def test_gap_is_of_the_two_largest_whatever_their_order_and_side():
    for value in ([-800, 150, 50], [50, -800, 150], [150, 50, 800]):
        assert gap_risk(np.zeros(3, np.int64), np.array(value), 1, MarginTerms())[0] == 88  # 87.5, to even
    assert gap_risk(np.array([1]), np.array([70]), 3, MarginTerms()).tolist() == [0, 7, 0]


@pytest.mark.parametrize("seed", range(30))
def test_every_unit_is_borne_by_somebody_in_order(seed):
    rng = np.random.default_rng(seed)
    deposits = rng.integers(0, 100, 5)
    failed, own = int(rng.integers(5)), int(rng.integers(0, 50))
    for loss in range(0, 700, 7):
        borne = bear(loss, deposits, failed, own)
        assert borne.deposit + borne.own + int(borne.others.sum()) + borne.uncovered == loss
        assert borne.deposit + borne.returned == deposits[failed]
        assert borne.others[failed] == 0
        assert (borne.others <= np.where(np.arange(5) == failed, 0, deposits)).all()
        if borne.own:
            assert borne.returned == 0
        if borne.others.any():
            assert borne.own == own
        if borne.uncovered:
            assert borne.others.sum() == deposits.sum() - deposits[failed]


def test_a_loss_is_what_was_owed_less_what_it_is_sold_for():
    """Conservation: cash paid for it = what selling it brings + the loss, or a gain is left over."""
    for payable, worth, moved in ((100, 95, 15), (-100, -95, 3), (-100, -120, 7), (0, 0, 0)):
        sold_for = worth - moved
        assert loss_of_close_out(payable, worth, moved) == max(0, payable - sold_for)


@pytest.mark.parametrize("seed", range(30))
def test_supplemental_deposits_bring_what_lacks_for_the_largest_need(seed):
    rng = np.random.default_rng(seed)
    need = rng.integers(0, 1000, 8)
    deposits, committed, largest = (int(rng.integers(0, 400)) for _ in range(3))
    largest %= 9
    brought, lacks = supplement(need, deposits, committed, largest)
    assert int(brought.sum()) + lacks == max(0, max(need.tolist()) - deposits - committed)
    assert np.count_nonzero(brought) <= largest
    if largest and need.any():
        assert lacks == 0


def test_shares_add_up_and_follow_their_weights():
    assert pro_rata(100, np.array([1, 2, 4])).tolist() == [14, 29, 57]  # 14.29, 28.57, 57.14: 28.57 rounds up
    assert pro_rata(2, np.array([5, 5, 5])).tolist() == [1, 1, 0]
