"""What a chart is: a module with a title, a way to read it, and ``draw``, which gives a ``Drawing``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Spec = dict[str, Any]
"""A Vega-Lite specification, or a part of one."""

Row = dict[str, Any]


class Cell(NamedTuple):
    """A figure of the table behind a chart: as people read it, and exact.

    ``measure`` and ``arrangement`` name the figure of ``summary.json`` that it is, where it is one.
    """

    text: str
    value: float | None = None
    measure: str = ""
    arrangement: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind a chart: rows whose first cell names them; ``note`` says what is left out."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """The entries that can be switched on and off: by which field, and each in its place in the palette.

    ``absent`` are names that have a place and no marks.
    """

    by: str
    names: Sequence[str]
    absent: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart of one result.

    Attributes
    ----------
    spec : the picture, in Vega-Lite; page, PNG, SVG and notebook all draw this
    says : what can be seen in it, in a sentence or two, for who does not see it
    table : the numbers behind it
    legend : what can be switched on and off, None where there is one thing only
    note : what is shown in part, left out or uncertain
    """

    spec: Spec
    says: str
    table: Table
    legend: Legend | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Nothing:
    """In place of a drawing: why there is nothing to draw."""

    why: str
    table: Table | None = field(default=None)
