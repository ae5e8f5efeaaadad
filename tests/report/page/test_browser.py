"""The page in headless Chromium: it draws, switches, prints, asks for nothing, and runs no name."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest

import simulator

from .conftest import ARRANGEMENTS, HOSTILE, MARKET

CONTRAST = """() => {
  const light = (color) => {
    const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
    const linear = (c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
    const [R, G, B] = [r, g, b].map((c) => linear(c / 255));
    return { value: .2126 * R + .7152 * G + .0722 * B, opaque: a > 0 };
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const found = light(getComputedStyle(each).backgroundColor);
      if (found.opaque && getComputedStyle(each).backgroundColor !== "rgba(0, 0, 0, 0)") return found.value;
    }
    return 1;
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest("script, noscript, .skip, .unseen")) continue;
    const style = getComputedStyle(element);
    const color = element.closest("svg") ? style.fill : style.color;
    const [one, other] = [light(color).value, ground(element)];
    const ratio = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
    if (ratio < 4.5) low.push(`${element.tagName} ${color} ${ratio} ${element.textContent.trim()}`);
  }
  return low;
}"""

OVERLAPS = """(id) => {
  const boxes = [...document.querySelectorAll(`#${CSS.escape(id)} .mark-text text`)]
    .filter((text) => text.textContent).map((text) => [text.textContent, text.getBoundingClientRect()]);
  const pairs = [];
  for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
    const [a, b] = [boxes[i][1], boxes[j][1]];
    const beside = a.left >= b.right || b.left >= a.right;
    // The box of a text has room above and below its letters.
    const below = a.top + 3 >= b.bottom || b.top + 3 >= a.bottom;
    if (!beside && !below) pairs.push([boxes[i][0], boxes[j][0]]);
  }
  return { named: boxes.length, pairs };
}"""


def marks(page, chart: str, kind: str) -> int:
    """Marks of a kind that a chart of the first run shows."""
    return page.locator(f"#run-1-{chart} g.mark-{kind}.role-mark path").count()


@pytest.mark.parametrize("name", ["market", "hostile"])
def test_it_opens_without_a_word_and_asks_for_nothing_but_itself(request, open_page, name):
    result = request.getfixturevalue(name)
    path = result.saved_in / "report.html"
    with open_page(path) as page:
        assert page.said == []
        assert page.asked == [path.as_uri()]
        assert page.locator(".canvas svg").count() == page.locator(".canvas").count() >= 8


def test_marks_are_those_of_the_result_and_a_click_in_the_legend_changes_them(open_page, market):
    arrangements, types = len(MARKET["arrangements"]), market.participants["type"].n_unique()
    wide = market.participants.group_by("arrangement", "participant").agg(pl.col("liquidity_need").mean())
    wide = wide.pivot("arrangement", index="participant", values="liquidity_need")
    both = sum(
        wide.filter((pl.col("net") > 0) & (pl.col(other) > 0)).height for other in ("gross", "limited")
    )
    with open_page(market.saved_in / "report.html") as page:
        counted = [
            ("cash_in_use", "line", arrangements, arrangements - 1),
            ("need_by_type", "rect", arrangements * types, (arrangements - 1) * types),
            ("net_against_gross", "symbol", both, None),
        ]
        for chart, kind, before, after in counted:
            assert marks(page, chart, kind) == before, chart
            figure = page.locator(f"#figure-run-1-{chart}")
            button = figure.get_by_role("button", name="gross", exact=True)
            button.click()
            assert button.get_attribute("aria-pressed") == "false"
            page.wait_for_function(
                f"document.querySelectorAll('#run-1-{chart} g.mark-{kind}.role-mark path').length < {before}"
            )
            assert after is None or marks(page, chart, kind) == after, chart
            button.press("Space")  # and back, from the keyboard
            page.wait_for_function(
                f"document.querySelectorAll('#run-1-{chart} g.mark-{kind}.role-mark path').length == {before}"
            )
        assert page.said == []


def test_pointing_at_a_bar_tells_its_value_in_peoples_units(open_page, market):
    need = market.participants.filter(arrangement="net", type="client_broker").group_by("day")
    mean = need.agg(pl.col("liquidity_need").sum())["liquidity_need"].mean() / 100
    with open_page(market.saved_in / "report.html") as page:
        bar = page.locator("#run-1-need_by_type g.mark-rect.role-mark path").first
        bar.scroll_into_view_if_needed()
        bar.hover()
        told = page.locator("#vg-tooltip-element.visible").inner_text()
    assert "Client brokers" in told
    assert "net" in told
    amount, unit = told.split("Need")[1].split()[:2]
    assert float(amount) * {"M": 1e6, "bn": 1e9}[unit] == pytest.approx(mean, rel=5e-3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_all_text_stands_out_and_nothing_runs_off_the_side(open_page, market, scheme, width):
    with open_page(market.saved_in / "report.html", width, color_scheme=scheme) as page:
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for box in page.locator(".canvas svg").all():
            assert box.bounding_box()["width"] <= width
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, ground[4:-1].split(","))) < 384) == (scheme == "dark")


def test_on_paper_charts_and_config_are_there_and_what_is_for_the_screen_is_not(open_page, market):
    with open_page(market.saved_in / "report.html", color_scheme="dark") as page:
        printed = page.pdf(format="A4")
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate(CONTRAST) == []
        assert page.locator(".canvas svg").first.is_visible()
        assert not page.locator("nav").is_visible()
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#config pre").is_visible()
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert not page.locator("#config details").get_attribute("open")
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") >= 4


def test_without_scripts_the_numbers_stand_there(open_page, market):
    path = market.saved_in / "report.html"
    with open_page(path, drawn=False, java_script_enabled=False) as page:
        assert page.get_by_text("scripts are off").is_visible()
        for behind in page.locator("details.behind table").all():
            assert behind.is_visible()
        assert not page.locator(".canvas").first.is_visible()


def test_hostile_names_stand_there_as_they_are_and_do_nothing(open_page, hostile):
    with open_page(hostile.saved_in / "report.html") as page:
        assert page.said == []
        assert page.locator("img, b, i, iframe, object").count() == 0
        assert "alert" in page.title()  # the experiment's name, as text
        heads = page.locator("#comparison table").first.locator("thead th > bdi").all_inner_texts()
        assert heads == list(ARRANGEMENTS)
        legend = page.locator("#figure-run-1-cash_in_use .legend button").all_inner_texts()
        assert legend == list(ARRANGEMENTS)
        drawn = page.locator("#run-1-network_before .mark-text text").all_text_contents()
        assert "中文银行" in drawn
        assert "turned\\u202ea…" in drawn  # what would turn the line around is spelled out
        members = page.locator("#figure-run-1-network_before tbody th").all_text_contents()
        assert sorted(members) == sorted(name.replace("\u202e", "\\u202e") for name in HOSTILE)


@pytest.mark.parametrize(("members", "drawn", "part"), [(5, 5, False), (150, 41, True), (2000, 41, True)])
def test_the_network_can_be_read_at_any_size_and_says_when_it_is_a_part(
    open_page, tmp_path, members, drawn, part
):
    config = {
        **MARKET,
        "days": 1,
        "flow": {"daily_value": "3 bn", "trades_per_day": 30 * members, "securities": {"count": 5}},
        "participants": {"count": members},
        "arrangements": {"net": {"layer": 2}, "gross": {"layer": 3, "block": "10 min"}},
    }
    result = simulator.run(config, out=tmp_path / "run")
    for width in (390, 1280):
        with open_page(result.saved_in / "report.html", width) as page:
            assert page.said == []
            for chart in ("network_before", "network_after"):
                hub = 1 if chart == "network_after" else 0
                assert marks(page, chart, "symbol") == drawn + hub
                read = page.evaluate(OVERLAPS, f"run-1-{chart}")
                assert read["named"] >= min(5, members) + hub
                assert read["pairs"] == []
                told = page.locator(f"#figure-run-1-{chart} figcaption").inner_text()
                assert ("drawn together as one" in told) is part
            assert marks(page, "network_before", "rule") == 0  # rules are lines, not paths
            lines = page.locator("#run-1-network_before g.mark-rule.role-mark line").count()
            assert 1 <= lines <= 300


def test_several_runs_stand_side_by_side_to_one_scale(open_page, market, hostile, tmp_path):
    page_file = simulator.report(
        market.saved_in, hostile.saved_in, market.saved_in, out=tmp_path / "all.html"
    )
    with open_page(page_file) as page:
        assert page.said == []
        assert page.locator("#comparison table").first.locator("thead tr").last.locator("th").count() == 10
        left = page.locator("#run-1-cash_in_use .role-axis-label text").all_text_contents()
        right = page.locator("#run-2-cash_in_use .role-axis-label text").all_text_contents()
        assert [each for each in left if "M" in each] == [each for each in right if "M" in each] != []


def test_everything_can_be_reached_from_the_keyboard_and_read_aloud(open_page, market):
    with open_page(market.saved_in / "report.html") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        assert [each.inner_text() for each in page.locator("h1").all()] == ["market"]
        for canvas in page.locator(".canvas").all():
            assert len(canvas.get_attribute("aria-label")) > 40
            figure = canvas.locator("xpath=ancestor::figure")
            assert figure.locator("details table tbody tr").count() > 0
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4')].map((head) => Number(head.tagName[1]))"
        )
        assert all(after - before <= 1 for before, after in pairwise(levels))
        names = page.locator("main > section > h2").all_inner_texts()
        assert names == [
            "Finding", "Comparison", "Charts", "Method", "Config", "Provenance", "Definitions"
        ]  # fmt: skip
