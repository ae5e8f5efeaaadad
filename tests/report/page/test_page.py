"""What the page says, read as a file: every figure is the one of ``summary.json``, every name is text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

import simulator
from simulator.config.errors import InputError
from simulator.measures.catalogue import MEASURES
from simulator.report.page.figures import embedded
from simulator.report.page.write import write_page

from .conftest import HOSTILE

MULTIPLES = {"": 1, "k": 1e3, "M": 1e6, "bn": 1e9, "tn": 1e12, "%": 0.01, "bp": 1e-4}
SECONDS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400}


class Page(HTMLParser):
    """Cells that carry a figure, with their text; all tags; what each script holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[tuple[dict, str]] = []
        self.tags: list[tuple[str, dict]] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "td":
            self.cells.append((dict(attrs), ""))
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._inside = "" if tag in ("td", "script") else self._inside

    def handle_data(self, data):
        if self._inside == "td":
            self.cells[-1] = (self.cells[-1][0], self.cells[-1][1] + data)
        elif self._inside == "script":
            self.scripts[-1] += data


def page_of(result: simulator.Result) -> Page:
    return Page((result.saved_in / "report.html").read_text(encoding="utf-8"))


def read_by_people(text: str, unit: str) -> float:
    """What a person reads off a cell, in the unit of the files."""
    number, _, suffix = text.strip().replace("\u00a0", " ").partition(" ")
    sizes = SECONDS if unit == "seconds" else MULTIPLES
    value = float(number.replace(",", "")) * (sizes[suffix] if suffix else 1)
    if unit == "basis_points":
        return value * 1e4
    return value * 100 if unit in ("money", "money_hours") else value


@pytest.mark.parametrize("name", ["market", "hostile"])
def test_every_figure_on_the_page_is_the_one_of_the_summary(request, name):
    result = request.getfixturevalue(name)
    summary = json.loads((result.saved_in / "summary.json").read_text(encoding="utf-8"))
    units = {measure.name: measure.unit for measure in MEASURES}
    shown = set()
    for cell, text in page_of(result).cells:
        if "data-measure" not in cell:
            continue
        arrangement, measure = cell["data-arrangement"], cell["data-measure"]
        value = summary["arrangements"][arrangement][measure]
        assert float(cell["data-value"]) == value
        assert read_by_people(text, units[measure]) == pytest.approx(value, rel=6e-3, abs=1e-6)
        shown.add((arrangement, measure))
    known = {
        (arrangement, measure)
        for arrangement, measures in summary["arrangements"].items()
        for measure, value in measures.items()
        if measure in units and value is not None
    }
    assert shown == known


def test_of_two_runs_a_measure_that_only_one_has_stands_in_its_group(market, lent, tmp_path):
    """Credit that costs something, in the second run alone: under Credit, with the 0 of the first."""
    write_page([market, lent], tmp_path / "both.html")
    text = (tmp_path / "both.html").read_text(encoding="utf-8")
    compared = text[text.index('id="comparison"') : text.index("<summary>Every measure")]
    groups = re.findall(r'<th scope="rowgroup"[^>]*>([^<]+)</th>', compared)
    assert groups == list(dict.fromkeys(groups))
    credit = compared.partition(">Credit</th>")[2].partition('scope="rowgroup"')[0]
    values = re.findall(r'data-measure="credit_cost" data-value="(\d+)"', credit)
    assert values == ["0", "0", "0", "278"]


def test_every_multiple_on_the_page_is_the_one_of_the_comparison(market):
    compared = market.summary["comparison"]
    text = (market.saved_in / "report.html").read_text(encoding="utf-8")
    cells = re.findall(
        r'data-arrangement="(\w+)" data-measure="(\w+)"[^>]*>[^<]*<span class="ratio" data-ratio="([^"]+)"',
        text,
    )
    assert len(cells) >= 20
    for arrangement, measure, ratio in cells:
        assert float(ratio) == compared[arrangement][measure]["ratio"]


def test_every_figure_behind_a_chart_reads_as_its_exact_value(market):
    """Cells of chart tables carry minor units, shares or counts beside the text."""
    for cell, text in page_of(market).cells:
        if "data-value" in cell and "data-measure" not in cell:
            value = float(cell["data-value"])
            unit = "share" if "%" in text or "bp" in text else "money"
            if value == int(value) and text.strip() == str(int(value)):
                unit = "count"
            assert read_by_people(text, unit) == pytest.approx(value, rel=6e-3, abs=0.51)


def test_the_page_is_one_file_that_may_fetch_nothing(hostile):
    page = page_of(hostile)
    links = [attrs[key] for _, attrs in page.tags for key in ("src", "href", "action") if key in attrs]
    assert links
    assert all(link.startswith("#") for link in links)
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert len(page.scripts) == 3  # the specifications, Vega, and what draws


def test_hostile_names_neither_open_a_tag_nor_end_a_script(hostile):
    page = page_of(hostile)
    assert not {tag for tag, _ in page.tags} & {"b", "i", "img", "iframe", "svg", "object"}
    specs = json.loads(page.scripts[0])
    members = {row["member"] for row in specs["figures"]["run-1-network_before"]["data"]["values"]}
    assert members == {name.replace("\u202e", "\\u202e") for name in HOSTILE}
    assert json.loads(embedded(HOSTILE)) == list(HOSTILE)
    assert not re.search("[<>&\u2028]", embedded([*HOSTILE, "\u2028"]))


def test_every_id_is_there_once_and_every_link_within_leads_somewhere(market):
    page = page_of(market)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in page.tags:
        for key in ("href", "aria-labelledby"):
            if key in attrs:
                assert attrs[key].removeprefix("#") in ids


def test_the_page_defines_every_measure_with_its_formula(market):
    text = (market.saved_in / "report.html").read_text(encoding="utf-8")
    for measure in MEASURES:
        assert f'id="measure-{measure.name}"' in text


def test_the_finding_comes_first(market):
    text = (market.saved_in / "report.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert text.index(market.finding) < text.index('id="comparison"') < text.index('id="charts"')


def test_a_file_that_is_not_a_page_of_ours_is_left_as_it_is(market, tmp_path):
    mine = tmp_path / "mine.html"
    mine.write_text("<p>mine</p>")
    with pytest.raises(InputError, match="is not a page of netgross"):
        write_page([market], mine)
    assert mine.read_text() == "<p>mine</p>"
    with pytest.raises(InputError, match="cannot be written there"):
        write_page([market], tmp_path / "nowhere" / "report.html")
    assert [each.name for each in tmp_path.iterdir()] == ["mine.html"]


def test_without_a_cache_for_the_script_it_is_the_same(tmp_path, monkeypatch):
    from simulator.report.page import bundle

    kept = bundle.vega_bundle()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("no folder")
    bundle.vega_bundle.cache_clear()
    assert bundle.vega_bundle() == kept
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "new"))
    bundle.vega_bundle.cache_clear()
    assert bundle.vega_bundle() == kept
    assert len(list((tmp_path / "new" / "netgross").iterdir())) == 1
