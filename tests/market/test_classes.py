"""Classes of securities, and issuers: what may be said of them, and what follows."""

import numpy as np
import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.market.network import fit_issuers
from simulator.market.participants import zipf_shares


def load(**securities):
    return load_config(
        {
            "flow": {"daily_value": "1 bn", "trades_per_day": 100, "securities": securities},
            "participants": {"count": 10},
        }
    )


@pytest.mark.parametrize(
    ("securities", "message"),
    [
        (
            {"classes": {"a": {"share": "50 %"}, "b": {"share": "49 %"}}},
            r"classes: the shares of the classes add up to 99 %; make them 100 %",
        ),
        (
            {"classes": {"a": {"share": "100 %"}}, "count": 5},
            r"count: classes have their own counts; keep one",
        ),
        ({"classes": {"a": {"count": 3}}}, r"classes\.a\.share: missing; needed: share of the trades"),
        ({"classes": {"a": {"shar": "100 %"}}}, r"classes\.a\.shar: not a known key.*did you mean \"share\""),
        ({"classes": {"a/b": {"share": "100 %"}}}, r"give the name of a class of securities without a slash"),
    ],
)
def test_classes_that_cannot_be_are_refused(securities, message):
    with pytest.raises(InputError, match=message):
        load(**securities)


def test_shares_written_as_decimals_add_up_exactly():
    assert load(classes={name: {"share": "10 %"} for name in "abcdefghij"}).flow.securities.number == 10


def test_issuers_need_investors():
    with pytest.raises(InputError, match="issuers need investors; give core a share below 100 %"):
        load_config(
            {
                "flow": {"daily_value": "1 bn", "trades_per_day": 100},
                "participants": {"count": 10, "issuers": "yes", "core": "100 %"},
            }
        )


def test_tilts_give_issuers_and_investors_their_imbalances():
    """P(i buys from j) = ½(1 + xᵢ − xⱼ), summed over all pairs with their weights, is what each leans."""
    network = fit_issuers(zipf_shares(12, 1.0), 4)
    random = np.random.default_rng(5)
    lean = 0.1 * random.standard_normal(12)
    lean -= np.average(lean, weights=network.activity)
    tilts = network.tilts(lean)
    weights = np.zeros((12, 12))
    weights[:4, 4:] = np.outer(network.strength[:4], network.strength[4:])
    weights += weights.T
    assert weights.sum() / 2 == pytest.approx(1.0)
    bought_less_sold = (weights * (tilts[:, None] - tilts)).sum(axis=1)
    assert bought_less_sold == pytest.approx(lean * 2 * network.activity, abs=1e-12)
