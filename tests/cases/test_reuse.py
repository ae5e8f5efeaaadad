"""The shipped case of re-use, against what its opening comment works out by hand."""

import polars as pl
import pytest

from .shipped import cents, measures, settle

NEED = {"at_once": 100, "next_block": 200, "at_finality": 300, "at_close": 400}


@pytest.fixture(scope="module")
def result():
    return settle("reuse")


@pytest.mark.parametrize("arrangement", NEED)
def test_what_members_must_bring_grows_with_the_time_receipts_are_locked(result, arrangement):
    assert measures(result, arrangement)["liquidity_need"] == cents(NEED[arrangement])


def test_locked_is_what_was_received_within_the_time_of_finality(result):
    minute = 60_000_000
    table = result.timeline.filter(pl.col("arrangement") == "at_finality")
    locked = {row["time"] // minute: row["locked_value"] for row in table.to_dicts()}
    hour = 60
    assert locked[10 * hour] == cents(200)  # 0 and 1, in the block of 10:00
    assert locked[10 * hour + 10] == cents(300)  # and 2
    # In blocks what is final is freed by the next one: at 10:20 of 0 and 1, at 10:30 of 2.
    assert locked[10 * hour + 20] == cents(100)
    assert locked[10 * hour + 30] == 0
