"""What ``netgross list`` shows: all there is, one line each."""

from typing import get_args

import pytest

from simulator.config.chain import REUSES
from simulator.config.schema import QUEUE_ORDERS, Facility
from simulator.measures.catalogue import MEASURES
from simulator.report.listing import COLLATERAL, QUEUES, REUSE, question_of, render_listing, sections
from simulator.rules import GROUPING


def test_every_value_of_a_choice_has_its_line():
    assert set(QUEUES) == set(QUEUE_ORDERS)
    assert set(REUSE) == set(REUSES)
    assert set(COLLATERAL) == set(get_args(Facility.model_fields["against"].annotation))


def test_every_config_rule_and_measure_has_its_line():
    listed = {name: told for _, entries in sections() for name, told in entries}
    assert {"two_banks", "ring", "floorsheet", "markets/us_equities", *GROUPING} <= set(listed)
    assert {measure.name for measure in MEASURES} <= set(listed)
    assert all(listed.values())


@pytest.mark.parametrize("width", [60, 80, 200])
def test_lines_fit_the_terminal(width):
    assert max(map(len, render_listing(width).splitlines())) <= width


def test_the_question_is_the_first_paragraph_of_a_config(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("# Question: what if\n#   it rains?\n# Source: none\nflow: {}\n")
    assert question_of(path) == "what if it rains?"
    path.write_text("flow: {}\n")
    assert question_of(path) == ""


def test_every_rate_of_costs_has_its_line():
    rates = dict(sections())["Rates: costs.*"]
    assert {"liquidity", "margin", "default_fund.amount", "committed_lines.rate", "principal"} <= dict(
        rates
    ).keys()
    assert "extends" not in dict(rates)
