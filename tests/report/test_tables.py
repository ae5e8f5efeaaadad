"""The comparison at any width, with any names."""

import pytest
from rich.cells import cell_len

from simulator.report.headline import headline_frame
from simulator.report.tables import render_html, render_text

NET = {
    "layer": 2,
    "liquidity_need": 11_200_000_000_000,
    "system_peak": 11_200_000_000_000,
    "netting_efficiency": 0.877,
    "securities_need": 5_000_000_000_000,
    "settlement_lag": 103_165.5,
    "settled_value": 90_000_000_000_000,
    "unsettled_value": 0,
}
GROSS = {
    "layer": 3,
    "liquidity_need": 13_664_000_000_000,
    "system_peak": 11_200_000_000_000,
    "netting_efficiency": 0.0,
    "securities_need": 8_500_000_000_000,
    "settlement_lag": 0.0,
    "settled_value": 90_000_000_000_000,
    "unsettled_value": None,
}


def five(made):
    names = ("net_t1", "net_hourly", "gross", "gross_now", "gross_lsm")
    kinds = {name: {"layer": 2} if name.startswith("net") else {"layer": 3} for name in names}
    return made({name: (kinds[name], NET if name.startswith("net") else GROSS) for name in names})


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160, 400])
def test_no_line_is_wider_than_the_terminal(made, width):
    lines = render_text(five(made), width).splitlines()
    assert max(map(cell_len, lines)) <= width


def test_five_arrangements_fit_side_by_side_in_80_columns(made):
    text = render_text(five(made), 80)
    heads = [line for line in text.splitlines() if line.startswith("in NPR")]
    assert heads[0].split() == ["in", "NPR", "net_t1", "net_hourly", "gross", "gross_now", "gross_lsm"]
    assert len(heads) == 1


def test_ratios_stand_below_at_80_columns_and_beside_at_160(made):
    narrow = render_text(five(made), 80).splitlines()
    at = next(at for at, line in enumerate(narrow) if "Liquidity need" in line)
    assert narrow[at].split() == ["Liquidity", "need", *["112", "bn"] * 2, *["137", "bn"] * 3]
    assert narrow[at + 1].split() == ["×", "1.00", *["×", "1.22"] * 3]
    wide = render_text(five(made), 160).splitlines()
    line = next(line for line in wide if "Liquidity need" in line)
    assert line.split()[2:8] == ["112", "bn", "112", "bn", "×", "1.00"]


def test_many_arrangements_are_split_with_the_baseline_in_each_part(made):
    many = {f"arrangement{at:02d}": ({"layer": 3}, GROSS) for at in range(20)}
    heads = [line for line in render_text(made(many), 80).splitlines() if line.startswith("in NPR")]
    assert all("arrangement00" in head for head in heads)
    shown = [name for head in heads for name in head.split()[3:]]
    assert shown == [f"arrangement{at:02d}" for at in range(1, 20)]


def test_measures_stand_in_their_groups_and_unknown_values_are_dashes(made):
    lines = [line.rstrip() for line in render_text(five(made), 160).splitlines()]
    assert [line for line in lines if line in ("Cash", "Credit", "Securities", "Time", "Settled")] == [
        "Cash",
        "Securities",
        "Time",
        "Settled",
    ]
    assert lines.index("Cash") < lines.index("Securities") < lines.index("Time") < lines.index("Settled")
    assert next(line for line in lines if "Unsettled value" in line).split()[2:] == ["0", "0", "–", "–", "–"]


def test_what_most_runs_have_none_of_is_shown_only_where_there_is_some(made):
    names = ("credit_cost", "credit_not_repaid", "securities_borrowed", "gridlocked_value", "late_value")
    none = dict.fromkeys(names, 0)
    without = made({"t1": ({"layer": 2}, NET), "now": ({"layer": 3}, GROSS | none)})
    titles = {
        "Interest on credit",
        "Credit not repaid",
        "Securities borrowed",
        "Gridlocked value",
        "Late value",
    }
    assert not titles & set(without.table["measure"])
    some = GROSS | none | {"credit_cost": 159, "late_value": 7_000, "gridlocked_value": 1}
    shown = made({"t1": ({"layer": 2}, NET), "now": ({"layer": 3}, some)})
    assert titles & set(shown.table["measure"]) == {"Interest on credit", "Gridlocked value", "Late value"}
    lines = [line.split() for line in render_text(shown, 160).splitlines()]
    assert lines.index(["Credit"]) < lines.index(["Interest", "on", "credit", "–", "1.59"])
    assert lines.index(["Settled"]) < lines.index(["Late", "value", "–", "70.00"])


def test_a_share_has_no_multiple_of_the_baseline(made):
    line = next(line for line in render_text(five(made), 160).splitlines() if "Netting efficiency" in line)
    assert "×" not in line
    assert "87.7 %" in line


def test_notices_and_finding_are_told(made):
    result = made({"t1": ({"layer": 2}, NET), "now": ({"layer": 3}, GROSS)}, notices=("a slice of a day",))
    text = render_text(result, 200)
    assert "Note: a slice of a day\n" in text
    assert text.rstrip().endswith(result.finding)
    assert "61.0 k trades worth 9.00 bn NPR, 90 participants, 1 security, 1 day" in text


def test_plain_text_holds_no_escape_and_colored_text_does(made):
    result = made({"t1": ({"layer": 2}, NET), "now": ({"layer": 3}, GROSS)})
    assert "\x1b" not in render_text(result, 80)
    assert "\x1b[" in render_text(result, 80, color=True)


@pytest.mark.parametrize(
    "name", ["[red]x", "日本語の名前がとても長い", "👨‍👩‍👧🏦", "بنك", "a" * 90, ":smile:", "measure"]
)
@pytest.mark.parametrize("width", [60, 80, 160])
def test_any_name_is_shown_as_it_is(made, name, width):
    result = made({name: ({"layer": 2}, NET), "now": ({"layer": 3}, GROSS)})
    text = render_text(result, width)
    assert max(map(cell_len, text.splitlines())) <= width
    shown = text.replace("\n", "").replace(" ", "")
    assert name in shown or len(name) > 10
    assert name in headline_frame(result.summary).columns


def test_a_name_that_turns_the_line_around_is_spelled_out(made):
    text = render_text(made({"a\u202eb": ({"layer": 2}, NET)}), 80)
    assert "\u202e" not in text
    assert r"a\u202eb" in text


def test_html_escapes_names(made):
    html = render_html(made({"<script>": ({"layer": 2}, NET), "now": ({"layer": 3}, GROSS)}))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "× 1.22" in html


def test_the_frame_has_a_row_a_measure_and_a_column_an_arrangement(made):
    frame = made({"t1": ({"layer": 2}, NET), "now": ({"layer": 3}, GROSS)}).table
    assert frame.columns == ["measure", "unit", "t1", "now"]
    assert frame.row(0) == ("Liquidity need", "NPR", "112 bn", "137 bn")


def test_a_result_shows_its_comparison_where_it_is_printed(made):
    result = made({"t1": ({"layer": 2}, NET), "now": ({"layer": 3}, GROSS)})
    assert "Liquidity need" in str(result)
    assert repr(result) == str(result)
    assert result._repr_html_().startswith("<div>")
