"""What is kept of faults and of wallets: shipped cases by hand, faults drawn at a rate, the file."""

from __future__ import annotations

import polars as pl
import pytest

import simulator
from simulator.market.flow import HOUR, MINUTE
from simulator.market.streams import stream

from ..cases.shipped import CONFIGS, cents, clock

OPENS, CLOSES = 9 * HOUR, 12 * HOUR


def told(result, arrangement):
    """(time, event, change, instructions waiting, value waiting)."""
    rows = result.events.filter(arrangement=arrangement).rows(named=True)
    return [(clock(r["time"]), r["event"], r["change"], r["queue_count"], r["queue_value"]) for r in rows]


@pytest.fixture(scope="module")
def faults():
    return simulator.run(CONFIGS / "faults.yaml")


@pytest.mark.parametrize(
    ("arrangement", "event", "end", "waits"),
    [
        # Blocks every half hour of two each. At 09:15 no block has taken anything in; by 10:15 that of 10:00
        # holds 0, 1 and 2, in an outage or with B frozen.
        ("outage", "chain_outage", "10:15", 3),
        ("frozen", "wallet_frozen", "10:15", 3),
        # Half the room: 09:30 takes 0, 10:00 takes 1, so 2 waits.
        ("congestion", "congestion", "10:15", 1),
        # What A had to pay is not sent to the end, 12:00, when what waits has been cancelled.
        ("silent", "member_silent", "12:00", 0),
    ],
)
def test_a_fault_is_told_with_what_waits_as_it_begins_and_ends(faults, arrangement, event, end, waits):
    assert told(faults, arrangement) == [
        ("09:15", event, "begins", 0, 0),
        (end, event, "ends", waits, cents(10 * waits)),
    ]


def test_who_is_concerned_is_named(faults):
    by_member = faults.events.filter(change="begins").select("arrangement", "member").rows()
    assert by_member == [("outage", None), ("congestion", None), ("frozen", "B"), ("silent", "A")]
    assert faults.events["arrangement"].unique(maintain_order=True).to_list() == [
        "outage",
        "congestion",
        "frozen",
        "silent",
    ]


def test_what_is_done_to_wallets_is_told_with_what_waits():
    """At 11:00 0 and 1 wait for B's registration, 60; from 11:30 2 waits for A's wallet, 10."""
    result = simulator.run(CONFIGS / "wallets.yaml")
    assert told(result, "waits") == [
        ("11:00", "register", "", 2, cents(60)),
        ("11:15", "freeze", "", 0, 0),
        ("12:00", "unfreeze", "", 1, cents(10)),
        ("12:15", "transfer", "", 0, 0),
    ]
    # What was refused does not wait.
    assert [row[3] for row in told(result, "refuses")] == [0, 0, 1, 0]
    moved = result.events.filter(event="transfer").select("member", "to", "security", "units").rows()
    assert moved == [("C", "D", "X", 2)] * 2


def test_a_forced_transfer_tells_what_moved():
    """C holds 5, buys 2 and sells 1: of 9 asked for, 6 move."""
    source = CONFIGS / "wallets.yaml"
    result = simulator.run(source, overrides={"arrangements.waits.wallets.events.3.units": "9"})
    assert result.events.filter(arrangement="waits", event="transfer")["units"].to_list() == [6]


DRAWN = """\
name: drawn
flow:
  hours: 09:00–12:00
  instructions:
    - {time: "09:00", buyer: A, seller: B, cash: 1.00}
    - {time: "09:00", day: 1, buyer: A, seller: B, cash: 1.00}
participants: {funding: {prefunding: 100}}
seed: 5
arrangements:
  gross:
    layer: 3
    cash_leg: {coin: {kind: stablecoin}}
    faults:
      - {kind: member_silent, member: A, start: "11:00"}
      - {kind: cash_leg_frozen, rate: 3 a day, lasts: 7 min}
"""


def test_drawn_faults_are_told_with_the_times_drawn(tmp_path):
    """The number of a day and then each start, of the stream of that day and of that fault's place."""
    (tmp_path / "drawn.yaml").write_text(DRAWN, encoding="utf-8")
    result = simulator.run(tmp_path / "drawn.yaml", out=tmp_path / "results")
    begins, ends = [], []
    for day in range(2):
        midnight = day * 24 * HOUR
        random = stream(5, "faults", day, 1)
        starts = [
            int(random.integers(midnight + OPENS, midnight + CLOSES)) for _ in range(int(random.poisson(3.0)))
        ]
        begins += [(day, start, "coin") for start in sorted(starts)]
        ends += [(day, min(start + 7 * MINUTE, midnight + CLOSES), "coin") for start in sorted(starts)]
    assert len(begins) > 2
    drawn = result.events.filter(event="cash_leg_frozen")
    for change, expected in (("begins", begins), ("ends", ends)):
        assert drawn.filter(change=change).select("day", "time", "leg").rows() == expected
    assert result.events.filter(event="member_silent")["day"].to_list() == [0, 0, 1, 1]
    assert result.events["time"].is_sorted()
    # The file holds the same, and is read again.
    assert pl.read_parquet(tmp_path / "results" / "events.parquet").equals(result.events)
    assert simulator.read(tmp_path / "results").events.equals(result.events)


def test_without_events_there_is_no_file_and_one_of_before_goes(tmp_path):
    (tmp_path / "drawn.yaml").write_text(DRAWN, encoding="utf-8")
    simulator.run(tmp_path / "drawn.yaml", out=tmp_path / "results")
    without = {"arrangements.gross.faults": []}
    result = simulator.run(tmp_path / "drawn.yaml", out=tmp_path / "results", overrides=without)
    assert result.events is None
    assert not (tmp_path / "results" / "events.parquet").exists()
    assert simulator.read(tmp_path / "results").events is None
