"""Not a chart but what those of members share: a row a member and arrangement, means over days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.study.words import legible

if TYPE_CHECKING:
    import polars as pl

    from simulator.report.result import Result

UNTYPED = "All members"


def needs_of_members(result: Result) -> pl.DataFrame:
    """arrangement, participant, type (as shown), need and bought: minor units, means over days."""
    import polars as pl

    frame = result.participants.group_by("arrangement", "participant", maintain_order=True).agg(
        pl.col("type").first(),
        pl.col("liquidity_need").mean().alias("need"),
        pl.col("bought_value").mean().alias("bought"),
    )
    kinds = frame.get_column("type").unique().to_list()
    return frame.with_columns(pl.col("type").replace({kind: read_type(kind) for kind in kinds}))


def read_type(kind: str | None) -> str:
    """A type of member as people read it: ``Market makers``.

    Examples
    --------
    >>> read_type("market_maker"), read_type("")
    ('Market makers', 'All members')
    """
    if not kind:
        return UNTYPED
    words = legible(kind).replace("_", " ")
    plural = words if words.endswith("s") else f"{words}s"
    return plural[:1].upper() + plural[1:]


def types_of(members: pl.DataFrame) -> Sequence[str]:
    """The types that there are, by name."""
    return sorted(members.get_column("type").unique().to_list())
