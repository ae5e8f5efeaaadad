"""One instruction's life: what a trace gives back, and how it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from simulator.study.words import legible


@dataclass(frozen=True, slots=True)
class Step:
    """One moment: ``time`` in µs since the run's first midnight, ``when`` as people write it."""

    time: int
    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Life:
    """What became of an instruction, or of one part of it, under one arrangement. Times as ``Step.time``.

    Attributes
    ----------
    arrangement, words : its name, and what it does
    part : (1, 2) for the first of two parts, None where it settled whole or not at all
    entered : when it entered
    first_eligible : the first event that could have settled it
    waited_for : the first block it met, None if it settled at that event
    freed_by : ids of what freed it, where rows tell: an instruction, or all of a group
    settled_at, final_at : None if it never settled
    group : how many instructions settled with it on net effect, itself included; None if it was alone
    lacking_cash, lacking_units : what it still lacked at the close, None if it settled or rows do not tell
    steps : the same in sentences
    """

    arrangement: str
    words: str
    part: tuple[int, int] | None
    entered: int
    first_eligible: int
    waited_for: str | None
    freed_by: tuple[int | str, ...]
    settled_at: int | None
    final_at: int | None
    group: int | None
    lacking_cash: int | None
    lacking_units: int | None
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def title(self) -> str:
        """The arrangement, and which part of the instruction this is."""
        part = f", part {self.part[0]} of {self.part[1]}" if self.part else ""
        return f"{legible(self.arrangement)} ({legible(self.words)}){part}"


@dataclass(frozen=True, slots=True)
class Trace:
    """An instruction's life under every arrangement asked for, the parts of one in order.

    ``print`` and a notebook show it in sentences.
    """

    id: int | str
    day: int
    headline: str
    lives: tuple[Life, ...]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.headline
        for life in self.lives:
            yield ""
            yield life.title
            width = max(len(step.when) for step in life.steps)
            yield from (f"  {step.when:<{width}}  {step.text}" for step in life.steps)

    def _repr_html_(self) -> str:
        lines = ["<div>", f"<p><b>{escape(self.headline)}</b></p>"]
        for life in self.lives:
            lines.append(f'<p>{escape(life.title)}</p><table style="text-align:left"><tbody>')
            for step in life.steps:
                when = f'<th style="text-align:left;white-space:nowrap">{escape(step.when)}</th>'
                lines.append(f'<tr>{when}<td style="text-align:left">{escape(step.text)}</td></tr>')
            lines.append("</tbody></table>")
        return "\n".join([*lines, "</div>"])
