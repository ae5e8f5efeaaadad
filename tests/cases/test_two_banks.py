"""The shipped case of two banks, against figures worked by hand in the opening comments of its config."""

from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

import simulator

CONFIG = Path(__file__).parents[2] / "configs" / "two_banks.yaml"
MINUTE = 60_000_000
ALL = set(range(12))


def at(clock: str) -> int:
    """µs since midnight."""
    hours, minutes = clock.split(":")
    return (int(hours) * 60 + int(minutes)) * MINUTE


@pytest.fixture(scope="module")
def result():
    return simulator.run(CONFIG, instructions=True)


def measures(result, arrangement: str) -> dict:
    return result.summary["arrangements"][arrangement]


def test_the_flow_is_what_is_typed(result):
    assert result.summary["flow"] == {
        "trades": 12,
        "gross_value": 11_660_00,
        "internalised_value": 360_00,
        "participants": 2,
        "securities": 3,
        "days": 1,
    }


def test_the_net_debit_is_the_same_in_every_arrangement(result):
    assert {measures(result, name)["net_debit"] for name in result.summary["arrangements"]} == {2_100_00}


@pytest.mark.parametrize(
    ("arrangement", "expected"),
    [
        (
            "net",
            {
                "gross_value": 11_660_00,
                "value_moved": 2_100_00,
                "units_moved": 32 + 5 + 2,
                "securities_value_moved": 3_800_00,
                "liquidity_need": 2_100_00,
                "system_peak": 2_100_00,
                "securities_need": 3_800_00,
                "funding_shortfall": 100_00,
                "settled_value": 11_660_00,
                "unsettled_value": 0,
                "unsettled_count": 0,
            },
        ),
        (
            "gross_free",
            {
                "value_moved": 11_660_00 - 360_00,
                "units_moved": 78 + 25 + 2,
                "securities_value_moved": 10_800_00,
                "liquidity_need": 2_800_00 + 1_400_00,
                "liquidity_used": 4_200_00,
                "system_peak": 2_800_00,
                "securities_need": 5_200_00,
                "settled_value": 11_660_00,
                "unsettled_value": 0,
                "unsettled_count": 0,
            },
        ),
        *(
            (
                name,
                {
                    "value_moved": 9_660_00 - 360_00,
                    "units_moved": 58 + 25 + 2,
                    "securities_value_moved": 8_800_00,
                    "liquidity_need": 4_200_00,
                    "liquidity_used": 1_600_00 + 600_00,
                    "peak_intraday_credit": 100_00,
                    "settled_value": 9_660_00,
                    "unsettled_value": 2_000_00,
                    "unsettled_count": 1,
                },
            )
            for name in ("gross", "gross_strict")
        ),
    ],
)
def test_each_arrangement_gives_the_figures_worked_by_hand(result, arrangement, expected):
    found = measures(result, arrangement)
    assert {name: found[name] for name in expected} == expected


def test_efficiency_is_what_netting_saves(result):
    found = measures(result, "net")
    assert found["netting_efficiency"] == pytest.approx(1 - 2100 / 11660, rel=1e-12)
    assert found["netting_efficiency_external"] == pytest.approx(1 - 2100 / 11300, rel=1e-12)
    assert measures(result, "gross")["turnover_ratio"] == pytest.approx(9660 / 2200, rel=1e-12)


# In dollars × minutes. Σ value × (close − entry), instruction by instruction, is 3 258 100; number 11
# waits its two hours in both, number 1 for 5 min, number 4 for 1 h, and if nobody passes 6 for 15 min.
WAITED = 2000 * 120 + 800 * 5 + 1200 * 60
AT_MOST = 3_258_100


@pytest.mark.parametrize(("arrangement", "waited"), [("gross", WAITED), ("gross_strict", WAITED + 500 * 15)])
def test_delay_is_the_share_of_the_longest_possible_wait(result, arrangement, waited):
    found = measures(result, arrangement)
    assert found["settlement_delay"] == pytest.approx(waited / AT_MOST, rel=1e-9)
    assert found["mean_delay_seconds"] == pytest.approx(float(Fraction(waited * 60, 11_660)), rel=1e-9)


@pytest.mark.parametrize(
    ("arrangement", "late"),
    [
        ("gross_free", {}),
        ("gross", {1: "09:45", 4: "11:30"}),
        ("gross_strict", {1: "09:45", 4: "11:30", 6: "11:30"}),
    ],
)
def test_what_waits_is_freed_when_the_hand_says(result, arrangement, late):
    rows = result.instructions.filter(pl.col("arrangement") == arrangement)
    by_id = {row["id"]: row for row in rows.to_dicts()}
    assert set(by_id) == ALL
    never = set() if arrangement == "gross_free" else {11}
    for number, row in by_id.items():
        if number in never:
            assert row["settled_at"] is None
        elif number in late:
            assert row["settled_at"] == at(late[number])
        else:
            assert row["settled_at"] == row["time"]


@pytest.mark.parametrize(
    ("arrangement", "reasons"),
    [
        ("gross_free", {}),
        ("gross", {1: "securities", 4: "cash", 11: "cash"}),
        ("gross_strict", {1: "securities", 4: "cash", 6: "cash", 11: "cash"}),
    ],
)
def test_what_waits_says_what_it_waited_for(result, arrangement, reasons):
    rows = result.instructions.filter(pl.col("arrangement") == arrangement)
    waited = {row["id"]: row["waited_for"] for row in rows.to_dicts()}
    assert waited == {number: reasons.get(number) for number in ALL}
