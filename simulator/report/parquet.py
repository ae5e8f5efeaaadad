"""Parquet files whose bytes hang on their rows alone: fixed row groups, one writer, no time of writing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

ROW_GROUP = 1 << 18
"""Rows a row group: some 20 MB while it is written, enough for a reader to skip by."""


def open_writer(path: Path, schema: pa.Schema, rising: Sequence[str] = ()) -> pq.ParquetWriter:
    """A writer with the settings of every result file.

    ``rising`` names integer columns that mostly rise: kept as differences, instructions take half the
    time to write and two thirds of the space.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    named = [one.name for one in schema if not pa.types.is_integer(one.type)]
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        version="2.6",
        data_page_version="1.0",
        use_dictionary=named,
        column_encoding=dict.fromkeys(rising, "DELTA_BINARY_PACKED") or None,
    )


def save_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write a table."""
    import pyarrow as pa

    table = frame.to_arrow()
    # Polars gives 64-bit offsets, which not every reader knows.
    fields = [
        one.with_type(pa.string()) if pa.types.is_large_string(one.type) else one for one in table.schema
    ]
    # Pages break where pieces end, and how Polars cut a column is nobody's business.
    table = table.cast(pa.schema(fields)).combine_chunks()
    with open_writer(path, table.schema) as writer:
        writer.write_table(table, row_group_size=ROW_GROUP)
