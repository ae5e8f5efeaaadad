"""The article's arithmetic from code, and paths, by hand; what is wrong with a file is told at its line."""

import pytest

from simulator.config.errors import InputError
from simulator.config.load import load_config
from simulator.study.adoption import SCENARIOS, SHIPPED, AdoptionPath, load_adoption


def test_every_derived_figure_of_the_article_comes_out_of_the_figures():
    adoption = load_adoption()
    bn = 10**9
    derived = [tuple(float(side / bn) for side in adoption.derive(one)) for one in adoption.arithmetic]
    assert derived == [
        (677, 677),  # 1 % of 67.7 tn of equities
        (67.7, 67.7),  # 0.1 %
        (3.99, 3.99),  # 0.5 % of 798 bn a day, "4 bn"
        (63, 252),  # 0.5 to 2 % of 12.6 tn of repo
        (46.25, 185),  # 9.25 bn × 5 to 20
        (20, 100),  # 100 to 200 bn × 20 to 50 %
        (1_058, 1_058),  # 1 % of 30.3 + 7.8 + 67.7 tn: more than 1 tn
    ]
    assert [one.printed for one in adoption.arithmetic] == [
        "677 bn",
        "67.7 bn",
        "4 bn",
        "63–252 bn",
        "46–185 bn, rounded to 40–180 bn",
        "20–100 bn",
        "more than 1 tn",
    ]


def test_figures_are_those_of_the_article():
    """Outstanding and traded a day, bn USD; None where it prints none."""
    printed = {
        "us_equities": (67_700, 798),
        "treasuries": (30_300, 1_047),
        "repo": (12_600, None),
        "corporate_bonds": (11_500, 27.6),
        "fixed_income": (None, 1_478),
        "mutual_funds": (31_300, None),
        "stablecoins": (308, None),
        "housing": (46_090, None),
    }
    figures = load_adoption().figures
    for name, expected in printed.items():
        found = [figures[name].outstanding, figures[name].traded_a_day]
        assert tuple(None if one is None else one[0] / 100 / 1e9 for one in found) == expected
    assert [side / 1e14 for side in figures["private_credit"].outstanding] == [1.7, 2.28]
    assert [figures[name].outstanding[0] / 1e11 for name in ("money_market_funds", "etfs")] == [7_800, 13_170]
    assert [figures[name].traded_a_day[0] / 1e9 for name in ("agency_mbs", "non_agency_mbs_abs")] == [
        35_120,
        374,
    ]


def test_what_a_market_trades_is_what_its_preset_trades():
    adoption = load_adoption()
    for name, path in adoption.paths.items():
        if path.turnover and name != "repo":
            (low, high), flow = adoption.figures[name].traded_a_day, load_config(f"markets/{name}").flow
            assert low == high == flow.daily_value


def test_paths_grow_and_keep_their_order():
    adoption = load_adoption()
    for path in adoption.paths.values():
        by_scenario = [[path.of(one).share(year) for year in adoption.years] for one in SCENARIOS]
        for shares in by_scenario:
            assert shares == sorted(shares)
        for year in range(len(adoption.years)):
            assert by_scenario[0][year] <= by_scenario[1][year] <= by_scenario[2][year]
    assert set(adoption.paths) == {name for rung in adoption.ladder for name in rung.markets}


def test_a_logistic_path_is_at_half_and_at_nine_tenths_when_it_says():
    path = AdoptionPath(logistic=["8 %", 2030, 4])
    assert path.share(2030) == pytest.approx(0.04)
    assert path.share(2032) == pytest.approx(0.072)
    assert path.share(2028) == pytest.approx(0.008)


def test_what_is_wrong_with_a_file_is_told_at_its_line(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8")
    text = text.replace("of: [us_equities.traded_a_day]", "of: [us_equity.traded_a_day]")
    text = text.replace(
        "    central: {logistic: [1 %, 2028, 4]}\n", "    centre: {logistic: [1 %, 2028, 4]}\n"
    )
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    line = text.splitlines().index("    centre: {logistic: [1 %, 2028, 4]}") + 1
    with pytest.raises(InputError) as caught:
        load_adoption(tmp_path / "mine.yaml")
    told = str(caught.value)
    assert f"mine.yaml:{line}: paths.repo.centre: not a known key" in told
    assert 'did you mean "central"?' in told
    assert "paths.repo.central: missing" in told
    good = text.replace("centre:", "central:")
    (tmp_path / "mine.yaml").write_text(good, encoding="utf-8")
    line = next(at for at, one in enumerate(good.splitlines(), 1) if "[us_equity.traded_a_day]" in one)
    with pytest.raises(
        InputError, match=rf"mine.yaml:{line}: arithmetic.2.of.0: us_equity.traded_a_day is not"
    ):
        load_adoption(tmp_path / "mine.yaml")
