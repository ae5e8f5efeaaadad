"""Four real days of the Nepal Stock Exchange, against figures computed twice by independent scripts.

The floorsheets are not part of the project: NETGROSS_REAL_DAYS names the folder that holds them.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from simulator.config.load import load_config
from simulator.market.open import open_flow

pytestmark = pytest.mark.real_days

BESIDE = Path(__file__).parents[2].parent / "shared" / "data" / "nepse"
FOLDER = Path(os.environ.get("NETGROSS_REAL_DAYS", BESIDE))
DAYS = ("2024-04-10", "2024-06-25", "2024-07-07", "2024-07-16")
COLUMNS = {
    "time": "tradeTime",
    "order": "contractId",
    "buyer": "buyerMemberId",
    "seller": "sellerMemberId",
    "security": "stockSymbol",
    "units": "contractQuantity",
    "cash": "contractAmount",
}


@pytest.fixture(scope="module")
def reference() -> dict:
    path = FOLDER / "reference.json"
    if not path.exists():
        pytest.skip(f"the real days are not in {FOLDER}")
    return json.loads(path.read_text(encoding="utf-8"))["days"]


@pytest.fixture(scope="module", params=DAYS)
def day(request, reference):
    """A day's flow, its columns as one array each, and its reference figures."""
    path = FOLDER / f"nepse_{request.param}.csv.gz"
    tape = {"path": str(path), "currency": "NPR", "columns": COLUMNS}
    flow = open_flow(load_config({"flow": {"tape": tape}, "arrangements": {"gross": {"layer": 3}}}))
    chunks = list(flow.chunks())
    names = ("time", "buyer", "seller", "security", "units", "cash")
    columns = {name: np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in names}
    return flow, columns, reference[request.param], request.param


def test_the_day_is_read_whole(day):
    flow, columns, expected, date = day
    assert [each.label for each in flow.days] == [date]
    assert flow.size.trades == len(columns["cash"]) == expected["trades"]
    assert len(flow.members) == len({*columns["buyer"], *columns["seller"]}) == expected["participants"]
    assert len(flow.securities) == len({*columns["security"]}) == expected["securities"]


def test_value_is_exact_to_the_last_minor_unit(day):
    flow, columns, expected, _ = day
    internal = columns["buyer"] == columns["seller"]
    assert flow.size.total_cash == int(columns["cash"].sum()) == expected["gross_value"]
    assert int(columns["cash"][internal].sum()) == expected["internalised_value"]


def test_the_nets_of_the_day_are_exact(day):
    flow, columns, expected, _ = day
    paid = np.zeros(len(flow.members), np.int64)
    np.add.at(paid, columns["buyer"], columns["cash"])
    np.subtract.at(paid, columns["seller"], columns["cash"])
    net_debit = int(paid[paid > 0].sum())
    assert net_debit == expected["net_debit"]
    assert round(1 - net_debit / expected["gross_value"], 6) == expected["netting_efficiency"]
    bought = np.zeros((len(flow.members), len(flow.securities)), np.int64)
    np.add.at(bought, (columns["buyer"], columns["security"]), columns["units"])
    np.subtract.at(bought, (columns["seller"], columns["security"]), columns["units"])
    assert int(bought[bought > 0].sum()) == expected["net_units"]


def test_the_order_gives_the_peaks_of_gross_settlement_at_once(day):
    flow, columns, expected, _ = day
    outflow, peak = [0] * len(flow.members), [0] * len(flow.members)
    out = system_peak = 0
    sides = zip(columns["buyer"].tolist(), columns["seller"].tolist(), columns["cash"].tolist(), strict=True)
    for buyer, seller, cash in sides:
        if buyer == seller:
            continue
        for member, change in ((buyer, cash), (seller, -cash)):
            before = outflow[member]
            outflow[member] = before + change
            out += max(0, before + change) - max(0, before)
        peak[buyer] = max(peak[buyer], outflow[buyer])
        system_peak = max(system_peak, out)
    assert sum(peak) == expected["liquidity_need_gross"]
    assert system_peak == expected["system_peak_gross"]
