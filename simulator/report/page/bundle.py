"""What draws the charts in the page: Vega, Vega-Lite and Vega-Embed as one script, with no network.

vl-convert carries it and takes two seconds to put it together, so it is kept in the user's cache.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from functools import cache
from pathlib import Path

from simulator.report.charts.pictures import VEGA_LITE
from simulator.report.provenance import version_of


@cache
def vega_bundle() -> str:
    """The script; it sets ``vegaEmbed``."""
    place = cache_folder() / f"vega-{VEGA_LITE}-{version_of('vl-convert-python')}.js"
    # A cache that cannot be read or written costs two seconds, nothing else.
    with contextlib.suppress(OSError):
        return place.read_text(encoding="utf-8")
    script = _put_together()
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f"{place.name}-{secrets.token_hex(6)}")
        beside.write_text(script, encoding="utf-8")
        beside.replace(place)
    return script


def cache_folder() -> Path:
    """Where the script is kept."""
    told = os.environ.get("XDG_CACHE_HOME")
    with contextlib.suppress(RuntimeError):  # there may be no home
        return Path(told) / "netgross" if told else Path.home() / ".cache" / "netgross"
    return Path(os.devnull)


def _put_together() -> str:
    import vl_convert

    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
    # Inside a page a script ends where its closing tag stands, be it in a text.
    return script.replace("</script", "<\\/script")
