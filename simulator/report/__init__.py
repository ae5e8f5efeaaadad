"""What people look at: tables, the finding, charts, the page, result files.

``simulator.report(DIR, …)`` makes the page anew, so the room itself can be called.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType


class _Room(ModuleType):
    """The room of this name, which is a function of the public API too."""

    def __call__(self, *places: str | os.PathLike[str], out: str | os.PathLike[str] | None = None) -> Path:
        """As ``simulator.api.report``."""
        from simulator.report.page.write import rebuild_page

        return rebuild_page(places, out)


sys.modules[__name__].__class__ = _Room
