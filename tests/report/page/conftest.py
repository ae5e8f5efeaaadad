"""Results that pages are made of, and a browser to open them in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import simulator

HOSTILE = (
    "<b>bold</b>&amp;\"'",
    "</script><script>document.title='run'</script>",
    "中文银行",
    "🏦 👩‍💼",
    "بنك القاهرة 12",
    "turned\u202earound",
    '"><img src=x onerror="document.title=\'run\'">',
)
"""Names of members that would steer a page which took them for more than text."""

ARRANGEMENTS = {
    "<img src=x onerror=alert(1)>": {"layer": 2},
    "</script>".replace("/", "") + "&\"'": {"layer": 3, "block": "5 min"},
    "صافي 中 🏦": {"layer": 3},
    "a.b[0]": {"layer": 3, "block": "1 h", "reuse": "at_close"},
}

HOSTILE_CONFIG = {
    "name": "<script>alert(1) 名 بنك & \"'",
    "flow": {
        "instructions": [
            {
                "time": f"{9 + k % 6}:{7 * k % 60:02d}",
                "buyer": HOSTILE[k % 7],
                "seller": HOSTILE[(k + 1 + k % 3) % 7],
                "security": f"<i>S{k % 3}",
                "units": 1 + k % 4,
                "cash": f"{300 + 50 * k}.00",
                "day": k % 2,
            }
            for k in range(60)
        ]
    },
    "participants": {
        "members": {
            name: {"cash": "900.00", "holdings": {f"<i>S{j}": 20 for j in range(3)}} for name in HOSTILE
        }
    },
    "arrangements": ARRANGEMENTS,
    "costs": {},
}

MARKET = {
    "name": "market",
    "seed": 4,
    "days": 3,
    "flow": {"daily_value": "3 bn", "trades_per_day": 4000, "securities": {"count": 20}},
    "participants": {
        "count": 30,
        "types": {"client_broker": "60 %", "market_maker": "20 %", "custodian": "20 %"},
    },
    "arrangements": {
        "net": {"layer": 2},
        "gross": {"layer": 3, "block": "1 min"},
        "limited": {
            "layer": 3,
            "block": "1 min",
            "funding": {"prefunding": "2 M", "credit_limit": "1 M"},
        },
    },
    "costs": {"committed_lines": {"amount": "40 bn"}},
}


@pytest.fixture(scope="session")
def hostile(tmp_path_factory) -> simulator.Result:
    """A run whose every name is hostile, written."""
    return simulator.run(HOSTILE_CONFIG, out=tmp_path_factory.mktemp("hostile") / "run")


@pytest.fixture(scope="session")
def market(tmp_path_factory) -> simulator.Result:
    """Three days of a small market under three arrangements, written."""
    return simulator.run(MARKET, out=tmp_path_factory.mktemp("market") / "run")


@pytest.fixture(scope="session")
def lent() -> simulator.Result:
    """4000.00 lent from 10:00 to the close at 16:00 at 100 % of 360 days: 4000 / 360 / 4 = 2.777… → 2.78."""
    return simulator.run(
        {
            "name": "lent",
            "flow": {
                "hours": "09:00–16:00",
                "instructions": [{"time": "10:00", "buyer": "A", "seller": "B", "cash": 4000}],
            },
            "participants": {"members": {"A": {}, "B": {}}},
            "credit": {"line": {"cap": "4 k", "rate": "100 %"}},
            "arrangements": {"gross": {"layer": 3}},
        }
    )


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Headless Chromium of the system."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("there is no Chromium here; on Debian: apt-get install chromium")
    # As root, as in a container, Chromium has no sandbox to offer.
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    with driver.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=sandbox)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser):
    """Open a page's file; what it logs and asks for is kept on it as ``said`` and ``asked``."""

    @contextmanager
    def opening(path: Path, width: int = 1280, drawn: bool = True, **more) -> Iterator:
        context = browser.new_context(viewport={"width": width, "height": 900}, **more)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("dialog", lambda dialog: page.said.append(f"dialog {dialog.message}") or dialog.dismiss())
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(path.as_uri())
        if drawn:
            page.wait_for_selector("html[data-drawn]")
        yield page
        context.close()

    return opening
