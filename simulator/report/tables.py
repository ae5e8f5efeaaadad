"""The comparison drawn as a table, for a terminal of any width, a file, or a notebook."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from textwrap import wrap
from typing import IO, TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.config.units import format_money
from simulator.report.headline import Row, headline_rows
from simulator.study.words import count_of, describe_endowment, legible

if TYPE_CHECKING:
    from simulator.report.result import Result

WIDEST_NAME = 16
"""Columns of an arrangement's name; a longer one is broken."""

WIDEST_TITLE = 24
"""Columns of a measure's title where room is short."""

GAP = 2
"""Columns between columns; the table draws one of them itself."""


def console_of(file: IO[str], width: int, color: bool) -> Console:
    """A console that writes text as it is: nothing in names is markup, and colour only where asked for."""
    return Console(
        file=file,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def render_text(result: Result, width: int = 80, *, color: bool = False) -> str:
    """Flow, notices, arrangements, comparison and finding as text of at most ``width`` columns."""
    file = io.StringIO()
    console = console_of(file, max(width, 40), color)
    console.print(Text.assemble((legible(result.config.name), "bold"), f": {describe_flow(result)}"))
    for notice in result.notices:
        console.print(Text(f"Note: {notice}", style="yellow"))
    console.print()
    console.print(_legend(result))
    console.print()
    rows = list(headline_rows(result.summary))
    for table in _tables(result, rows, console.width):
        console.print(table)
        console.print()
    console.print(Text(result.finding, style="bold"))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def describe_flow(result: Result) -> str:
    """What was traded, by how many, over how many days, and what members bring."""
    summary, flow = result.summary, result.summary["flow"]
    facts = [
        f"{count_of(flow['trades'], 'trade')} worth {format_money(flow['gross_value'], summary['currency'])}",
        count_of(flow["participants"], "participant"),
        count_of(flow["securities"], "security", "securities"),
        count_of(flow["days"], "day"),
        describe_endowment(result.config),
    ]
    return ", ".join(facts)


def _legend(result: Result) -> Table:
    """A line an arrangement: its name and what it does."""
    table = Table.grid(padding=(0, 0, 0, GAP), expand=False)
    table.add_column(style="cyan", overflow="fold", max_width=WIDEST_NAME)
    table.add_column()
    baseline = result.summary["comparison"]["baseline"]
    for name, words in result.words.items():
        more = ", the baseline" if name == baseline and len(result.words) > 1 else ""
        table.add_row(Text(legible(name)), Text(words + more))
    return table


# ---------------------------------------------------------------------------------------- a terminal


@dataclass(frozen=True, slots=True)
class _Column:
    """An arrangement's place in the table, and how many columns of text its parts take."""

    at: int
    name: str
    value: int
    ratio: int

    def width(self, beside: bool) -> int:
        """Columns of text with the gap before, ratios beside the values or below them."""
        head = min(cell_len(self.name), WIDEST_NAME)
        below = max(self.value, self.ratio)
        return GAP + max(head, self.value + 1 + self.ratio if beside and self.ratio else below)

    def cell(self, row: Row, beside: bool) -> Text:
        """Value and ratio of a measure."""
        value, ratio = row.values[self.at], row.ratios[self.at]
        if beside and self.ratio:
            return Text.assemble(value, (f" {ratio:>{self.ratio}}", "dim"))
        return Text.assemble(value, (f"\n{ratio}" if ratio else "", "dim"))


def _tables(result: Result, rows: Sequence[Row], width: int) -> Iterator[Table]:
    """One table, or several with the baseline in each where arrangements do not fit side by side."""
    names = list(result.summary["arrangements"])
    columns = [
        _Column(
            at,
            legible(name),
            max((cell_len(row.values[at]) for row in rows), default=0),
            max((cell_len(row.ratios[at]) for row in rows), default=0),
        )
        for at, name in enumerate(names)
    ]
    longest = max((cell_len(row.measure.title) for row in rows), default=0) + 2
    short = min(longest, WIDEST_TITLE)
    currency = result.summary["currency"]
    for label, beside in ((longest, True), (short, True), (longest, False), (short, False)):
        if label + sum(column.width(beside) for column in columns) <= width:
            yield _table(currency, rows, columns, label, beside)
            return
    baseline = columns.pop(names.index(result.summary["comparison"]["baseline"]))
    room = width - short - baseline.width(beside=False)
    while columns:
        taken = 1
        while taken < len(columns) and sum(each.width(False) for each in columns[: taken + 1]) <= room:
            taken += 1
        yield _table(currency, rows, [baseline, *columns[:taken]], short, beside=False)
        del columns[:taken]


def _table(currency: str, rows: Sequence[Row], columns: list[_Column], label: int, beside: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0, 0, GAP - 1), pad_edge=False, show_edge=False)
    table.add_column(Text(f"in {currency}", style="dim"), width=label, overflow="fold")
    for column in columns:
        name = Text(column.name, style="cyan")
        table.add_column(name, justify="right", width=column.width(beside) - GAP, overflow="fold")
    for group, members in groupby(rows, key=lambda row: row.group):
        table.add_row(Text(group, style="bold"))
        for row in members:
            title = "\n".join(wrap(row.measure.title, label, initial_indent="  ", subsequent_indent="  "))
            table.add_row(Text(title), *(column.cell(row, beside) for column in columns))
    return table


# --------------------------------------------------------------------------------------- a notebook

_STYLE = "text-align:right;padding:2px 10px"
_DIM = "opacity:.6;font-size:90%"


def render_html(result: Result) -> str:
    """The same as HTML for a notebook."""
    summary = result.summary
    lines = [
        "<div>",
        f"<p><b>{escape(legible(result.config.name))}</b>: {escape(describe_flow(result))}</p>",
        *(f"<p>Note: {escape(notice)}</p>" for notice in result.notices),
        "<table><thead><tr>",
        f'<th style="text-align:left">in {escape(summary["currency"])}</th>',
    ]
    for name, words in result.words.items():
        baseline = ", the baseline" if name == summary["comparison"]["baseline"] else ""
        below = f'<br><span style="{_DIM};font-weight:normal">{escape(words + baseline)}</span>'
        lines.append(f'<th style="{_STYLE}">{escape(legible(name))}{below}</th>')
    lines.append("</tr></thead><tbody>")
    for group, members in groupby(headline_rows(summary), key=lambda row: row.group):
        lines.append(
            f'<tr><th style="text-align:left" colspan="{len(result.words) + 1}">{escape(group)}</th></tr>'
        )
        for row in members:
            told = escape(row.measure.description, quote=True)
            cells = "".join(
                f'<td style="{_STYLE}">{escape(value)}'
                + (f'<br><span style="{_DIM}">{escape(ratio)}</span>' if ratio else "")
                + "</td>"
                for value, ratio in zip(row.values, row.ratios, strict=True)
            )
            lines.append(
                f'<tr><td style="text-align:left" title="{told}">{escape(row.measure.title)}</td>{cells}</tr>'
            )
    lines += ["</tbody></table>", f"<p><b>{escape(result.finding)}</b></p>", "</div>"]
    return "\n".join(lines)
