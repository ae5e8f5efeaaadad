"""Results into the text of a page, and that into a file."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.report.page.bundle import vega_bundle
from simulator.report.page.figures import embedded, make_runs, page_theme, specs_of
from simulator.report.page.sections import SECTIONS
from simulator.report.result import Result

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
NO_BREAK = chr(0xA0)
UNIT = re.compile(
    r"(?<=\d) (?=(?:bp|k|M|bn|tn|h|min|s|ms|days?|[A-Z]{3})\b|[%×])"
    r"|(?<=\d (?:bn|tn)) (?=[A-Z]{3}\b)|(?<=\d [kM]) (?=[A-Z]{3}\b)|(?<=×) (?=\d)"
)
"""A space between a figure and what it counts."""

MARK = '<meta name="generator" content="netgross">'
"""What tells a page of ours from a file that is somebody else's."""


def render_page(results: list[Result]) -> str:
    """One page of one or several results, side by side; everything in it is text of its own."""
    runs = make_runs(results)
    pages = environment()
    sections = [
        (section, pages.get_template(f"{section.name}.html").render(runs=runs, **section.context(runs)))
        for section in SECTIONS
    ]
    scripts = [vega_bundle(), text_of("page.js")]
    return pages.get_template("page.html").render(
        runs=runs,
        sections=[(section, markup(html)) for section, html in sections],
        style=markup(text_of("page.css")),
        scripts=[markup(script) for script in scripts],
        specs=markup(embedded({"theme": page_theme(), "figures": specs_of(runs)})),
        policy=policy(scripts),
        generator=markup(MARK),
    )


def policy(scripts: list[str]) -> str:
    """What a browser may do with the page: run these very scripts, and fetch nothing."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{each}'" for each in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def environment() -> Environment:
    """What makes text of the templates."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["unbroken"] = unbroken
    return made


def unbroken(text: str) -> str:
    """A text whose figures keep together with their units, whatever the width of the line.

    Examples
    --------
    >>> unbroken("1.40 × the 26.0 bn USD").replace(chr(0xA0), "_")
    '1.40_× the 26.0_bn_USD'
    """
    return UNIT.sub(NO_BREAK, text)


def text_of(name: str) -> str:
    """A file of the templates."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def markup(text: str):  # type: ignore[no-untyped-def]
    """Text that is HTML already."""
    from markupsafe import Markup

    return Markup(text)
