"""Real days settled by a hybrid, by member and by size: both sides balance to the last minor unit."""

from __future__ import annotations

import polars as pl
import pytest

import simulator

from .test_reference import COLUMNS, DAYS, FOLDER, reference  # noqa: F401

pytestmark = pytest.mark.real_days


@pytest.mark.parametrize("date", DAYS[:2])
def test_a_hybrid_by_member_and_by_size_is_the_day_split_in_two(date, reference):  # noqa: F811
    """Recomputed from the tape: what goes, what it nets to, what stays, and what it adds to netting."""
    path = FOLDER / f"nepse_{date}.csv.gz"
    tape = pl.read_csv(path, infer_schema=False).select(
        pl.col(COLUMNS["buyer"]).alias("buyer"),
        pl.col(COLUMNS["seller"]).alias("seller"),
        (pl.col(COLUMNS["cash"]).cast(pl.Decimal(20, 2)) * 100).cast(pl.Int64).alias("cash"),
    )
    member = tape["buyer"].mode().sort()[0]
    ways = {
        "by_member": ({"members": [member]}, (pl.col("buyer") == member) | (pl.col("seller") == member)),
        "by_size": ({"above": "1 M"}, pl.col("cash") > 100_000_000),
    }
    result = simulator.run(
        {
            "flow": {"tape": {"path": str(path), "currency": "NPR", "columns": COLUMNS}},
            "arrangements": {
                "gross": {"layer": 3, "block": "12 s", "reuse": "next_block"},
                **{
                    name: {"layer": 2, "settles": "T+0", "routing": {"to": "gross", **given}}
                    for name, (given, _) in ways.items()
                },
            },
        },
        instructions=True,
    )
    for name, (_, sent) in ways.items():
        told, slice_, rest = result.summary["arrangements"][name], tape.filter(sent), tape.filter(~sent)
        assert 0 < len(slice_) < len(tape)
        assert told["gross_value"] == tape["cash"].sum() == reference[date]["gross_value"]
        assert told["routed_value"] == slice_["cash"].sum()
        assert told["routed_net_debit"] == net_debit(slice_)
        assert told["marginal_net_debit"] == reference[date]["net_debit"] - net_debit(rest)
        assert told["liquidity_need"] - told["routed_need"] == net_debit(rest)
        assert told["settled_value"] == told["gross_value"]
        rows = result.instructions.filter(arrangement=name)
        assert rows["id"].n_unique() == len(rows) == len(tape)
        # What is netted settles with the close, what is sent within 12 s.
        close = rows["settled_at"].max()
        assert rows.filter(pl.col("settled_at") < close)["cash"].sum() <= slice_["cash"].sum()
        assert rows.filter(settled_at=close)["cash"].sum() >= rest["cash"].sum()


def net_debit(trades: pl.DataFrame) -> int:
    """Σ over members of max(0, paid less received)."""
    paid = trades.group_by(member="buyer").agg(pl.col("cash").sum())
    received = trades.group_by(member="seller").agg(-pl.col("cash").sum())
    net = pl.concat([paid, received]).group_by("member").agg(pl.col("cash").sum())
    return net.filter(pl.col("cash") > 0)["cash"].sum()
