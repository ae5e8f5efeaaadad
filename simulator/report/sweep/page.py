"""The page of a sweep: one file that opens offline, made from the result alone."""

from __future__ import annotations

from simulator.report.sweep.result import SweepResult


def render_sweep_page(result: SweepResult) -> str:
    """The page as text."""
    return f'<meta name="generator" content="netgross"><pre>{result}</pre>'
