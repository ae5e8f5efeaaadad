"""What freed an instruction, against a replay of the journal with nothing but dictionaries."""

from collections import defaultdict

import numpy as np
import polars as pl
import pytest

import simulator
from simulator.report.trace import tell
from simulator.report.trace.rows import InstructionRows
from simulator.report.trace.setting import Setting

NAMES = "ABCD"
ARRANGEMENTS = {
    "now": {"layer": 3},
    "blocks": {"layer": 3, "block": "10 min"},
    "locked": {"layer": 3, "block": "10 min", "reuse": "next_block"},
    "strict": {"layer": 3, "queue": "fifo_strict"},
    "strict_locked": {"layer": 3, "block": "10 min", "queue": "fifo_strict", "reuse": "next_block"},
    "unlimited": {"layer": 3, "funding": "unlimited"},
    "offset": {
        "layer": 3,
        "block": "10 min",
        "liquidity_saving": {"rule": "multilateral_offset", "every": "20 min"},
    },
}


def book(seed):
    """Two days of 30 instructions each between four members who are short of cash and of two securities."""
    draw = np.random.default_rng([23, seed])
    instructions = []
    for day in (0, 1):
        for minute in np.sort(draw.integers(0, 60, size=30)).tolist():
            buyer, seller = draw.choice(4, size=2, replace=False).tolist()
            kind = draw.random()
            one = {"day": day, "time": f"09:{minute:02d}", "buyer": NAMES[buyer], "seller": NAMES[seller]}
            if kind < 0.85:
                one["cash"] = int(draw.integers(1, 30))
            if kind > 0.3:
                one |= {"security": "XY"[int(draw.integers(2))], "units": int(draw.integers(1, 8))}
            instructions.append(one)
    brought = {
        name: {"cash": int(draw.integers(0, 40)), "holdings": {s: int(draw.integers(0, 12)) for s in "XY"}}
        for name in NAMES
    }
    return {
        "flow": {"hours": "09:00–10:00", "currency": "JPY", "instructions": instructions},
        "participants": {"members": brought},
        "arrangements": ARRANGEMENTS,
    }


class Replay:
    """One arrangement's rows, settled one by one; what is received is free at once or from the next event."""

    def __init__(self, config, name, rows):
        self.rows, self.brought = rows, config["participants"]["members"]
        self.unlimited = name == "unlimited"
        self.locks = "locked" in name
        self.strict = "strict" in name
        self.units = defaultdict(int)
        for member, one in self.brought.items():
            for security, held in one["holdings"].items():
                self.units[member, security] = held

    def feasible(self, row):
        cash_enough = self.unlimited or row["cash"] <= self.cash[row["buyer"]]
        return cash_enough and row["units"] <= self.units[row["seller"], row["security"]]

    def behind(self, row, waiting):
        return self.strict and any(
            (one["time"], one["id"]) < (row["time"], row["id"])
            and (
                (one["cash"] and row["cash"] and one["buyer"] == row["buyer"])
                or (
                    one["units"]
                    and row["units"]
                    and (one["seller"], one["security"]) == (row["seller"], row["security"])
                )
            )
            for one in waiting
        )

    def freed_by(self, day):
        """By id, the last step of the day after which each settled row could settle: an id, or ids freed."""
        today = [row for row in self.rows if row["day"] == day]
        settled = [row for row in today if row["settled_at"] is not None]
        self.cash = {member: one["cash"] for member, one in self.brought.items()}
        turned, could = {}, {}
        locked = []
        waiting = list(today)

        def look(by):
            for row in waiting:
                can = self.feasible(row) and not self.behind(row, waiting)
                if can and not could.get(row["id"], False):
                    turned[row["id"]] = by
                could[row["id"]] = can

        look(None)
        for at, row in enumerate(settled):
            if locked and settled[at - 1]["settled_at"] < row["settled_at"]:
                self.release(locked)
                look(("released", {one["id"] for one in locked}))
                locked = []
            self.cash[row["buyer"]] -= row["cash"]
            self.units[row["seller"], row["security"]] -= row["units"]
            waiting.remove(row)
            if self.locks:
                locked.append(row)
            else:
                self.release([row])
            look(row["id"])
        self.release(locked)
        return turned

    def release(self, rows):
        for row in rows:
            self.cash[row["seller"]] += row["cash"]
            self.units[row["buyer"], row["security"]] += row["units"]


@pytest.mark.parametrize("seed", range(8))
def test_a_replay_finds_the_same_that_freed_it(seed):
    config = book(seed)
    result = simulator.run(config, instructions=True)
    setting = Setting(result.config, result.days, InstructionRows.of_frame(result.instructions))
    compared = 0
    for name in ARRANGEMENTS:
        if name == "offset":
            continue
        rows = result.instructions.filter(pl.col("arrangement") == name).to_dicts()
        replay = Replay(config, name, rows)
        for day in (0, 1):
            turned = replay.freed_by(day)
            for row in rows:
                if row["day"] != day or row["settled_at"] is None or row["waited_for"] is None:
                    continue
                (life,) = tell(setting, row["id"], name, None).lives
                by = turned[row["id"]]
                if isinstance(by, tuple):
                    assert len(life.freed_by) == 1
                    assert set(life.freed_by) <= by[1], (name, row)
                else:
                    assert life.freed_by == (by,), (name, row)
                compared += 1
    assert compared > 10


@pytest.mark.parametrize("seed", range(8))
def test_what_is_lacking_at_the_close_is_what_a_replay_leaves_lacking(seed):
    config = book(seed)
    result = simulator.run(config, instructions=True)
    setting = Setting(result.config, result.days, InstructionRows.of_frame(result.instructions))
    for name in ("now", "blocks", "unlimited"):
        rows = result.instructions.filter(pl.col("arrangement") == name).to_dicts()
        replay = Replay(config, name, rows)
        for day in (0, 1):
            replay.freed_by(day)
            for row in rows:
                if row["day"] == day and row["settled_at"] is None:
                    (life,) = tell(setting, row["id"], name, None).lives
                    cash = 0 if replay.unlimited else max(0, row["cash"] - replay.cash[row["buyer"]])
                    units = max(0, row["units"] - replay.units[row["seller"], row["security"]])
                    assert (life.lacking_cash, life.lacking_units) == (cash, units), (name, row)
                    assert cash or units


@pytest.mark.parametrize("rows", [1, 7, 50])
def test_where_row_groups_end_changes_no_word(tmp_path, monkeypatch, rows):
    config = book(0)
    kept = simulator.run(config, instructions=True)
    monkeypatch.setattr("simulator.report.journal.ROW_GROUP", rows)
    written = simulator.run(config, instructions=True, out=tmp_path / "run")
    for number in range(0, 60, 7):
        assert written.trace(number) == kept.trace(number)
        assert str(written.trace(number)) == str(kept.trace(number))


def test_what_was_offset_says_so():
    """Whatever settled in a group is told with it; nothing is told to have been freed by itself."""
    offset = 0
    for seed in range(4):
        result = simulator.run(book(seed), instructions=True)
        rows = result.instructions.filter(pl.col("arrangement") == "offset")
        groups = rows.filter(pl.col("group").is_not_null())
        offset += len(groups)
        for row in groups.to_dicts():
            (life,) = result.trace(row["id"], "offset").lives
            own = groups.filter(pl.col("day") == row["day"], pl.col("group") == row["group"])
            assert sorted(life.freed_by) == sorted(own["id"].to_list())
            assert life.group == len(own)
    assert offset > 5
