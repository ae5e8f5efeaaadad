"""Files that list members: what cash, credit or units each brings, every faulty row told by its line."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from simulator.config.errors import InputError, Problem
from simulator.market.amounts import Scale, parse_amounts, read_amount
from simulator.market.flow import Int64
from simulator.market.table import SHOWN, Findings, Table, as_text, explain_cell, holds_text, says


class MemberFile:
    """A file of ``member,cash,credit_limit`` or ``member,security,units``."""

    def __init__(self, path: Path) -> None:
        self.table = Table(path)

    def funding(self, scale: Scale) -> tuple[list[str], Int64, Int64]:
        """The members as listed, their cash and their credit limits."""
        names, (cash, credit) = self.read("member", cash=scale, credit_limit=scale)
        return [name for (name,) in names], cash, credit

    def read(self, *keys: str, **amounts: Scale) -> tuple[list[tuple[str, ...]], list[Int64]]:
        """The names in each row under ``keys``, and one array for each of ``amounts``."""
        columns = [*keys, *amounts]
        if missing := self.table.missing(dict(zip(columns, columns, strict=True))):
            raise InputError(*(message for _, message in missing))
        for column in columns:
            if not holds_text(self.table.dtype(column)):
                message = f"holds {self.table.dtype(column)} values; give text or numbers"
                raise InputError(Problem(message, key=column, file=self.table.name))
        findings = Findings(self.table)
        names: list[tuple[str, ...]] = []
        lines: list[int] = []
        parts: dict[str, list[Int64]] = {column: [] for column in amounts}
        for rows, batch in self.table.batches(columns):
            texts = {column: as_text(batch[column]) for column in columns}
            for key in keys:
                texts[key] = texts[key].fill_null("").str.strip_chars()
                blank = (texts[key] == "").to_numpy()
                findings.add(rows, blank, key, says(f"empty; name the {key}"))
            names.extend(zip(*(texts[key].to_list() for key in keys), strict=True))
            lines.extend(rows.tolist())
            for column, scale in amounts.items():
                parsed = parse_amounts(texts[column], scale)
                explain = explain_cell(texts[column], partial(read_amount, scale=scale))
                findings.add(rows, parsed.bad | parsed.empty, column, explain)
                parts[column].append(parsed.values)
        self._note_twice(findings, keys, names, lines)
        findings.raise_any()
        if not names:
            raise InputError(Problem("lists no members", file=self.table.name))
        return names, [np.concatenate(parts[column]) for column in amounts]

    def _note_twice(
        self, findings: Findings, keys: tuple[str, ...], names: list[tuple[str, ...]], rows: list[int]
    ) -> None:
        first: dict[tuple[str, ...], int] = {}
        twice: list[tuple[int, int, str]] = []  # (row, row where first listed, name)
        for name, row in zip(names, rows, strict=True):
            if first.setdefault(name, row) != row and all(name):
                twice.append((row, first[name], ", ".join(name)))
        earlier = self.table.lines([row for _, row, _ in twice[:SHOWN]])
        findings.add(
            np.array([row for row, _, _ in twice], np.int64),
            np.ones(len(twice), bool),
            ", ".join(keys),
            lambda at: f'"{twice[at][2]}" is listed twice, first in {self.table.line_word} {earlier[at]}',
        )
