"""What a person sees: lines and tables that fit 80 columns, the same piped and without colour."""

import os
import sys
import textwrap
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from remit.state.columns import GAP, LEAST, fit
from remit.state.inert import inert

if TYPE_CHECKING:
    from rich.console import Console

    from remit.graph.course import Course
    from remit.state.assignment import Assignment
    from remit.state.handoff import Handoff
    from remit.state.sheet import Table

MIN_WIDTH, MAX_WIDTH = 40, 120
WRAPPED = 24
"""The least that a last column has that wraps."""


class Screen:
    """A stream of lines. Nobody reading it any more ends the lines, not the work."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        """`None` shows nothing."""
        self._console: Console | None = None
        self._clear: Callable[[], None] | None = None
        """Takes away what stands below the lines."""

    @property
    def width(self) -> int:
        """Columns to write in: the terminal's or `COLUMNS`, else 80."""
        return max(MIN_WIDTH, min(self.console.width, MAX_WIDTH))

    @property
    def live(self) -> bool:
        """Whether a line can be shown and taken away again."""
        stream = self._stream
        if stream is None or not stream.isatty():
            return False
        return self.console.is_terminal and not self.console.is_dumb_terminal

    @contextmanager
    def cleared_by(self, clear: Callable[[], None]) -> Generator[None]:
        """In the block, what stands below the lines is taken away before each of them."""
        self._clear = clear
        try:
            yield
        finally:
            self._clear = None

    @property
    def console(self) -> "Console":
        """Rich's console on this stream; it knows about terminals, NO_COLOR and COLUMNS."""
        if self._console is None:
            from rich.console import Console

            self._console = Console(
                file=self._stream or open(os.devnull, "w"),
                highlight=False,
                markup=False,
                emoji=False,
            )
        return self._console

    def line(self, text: str = "", style: str = "") -> None:
        """Write a line; `style` counts on a terminal only."""
        stream = self._stream
        if stream is None:
            return
        if self._clear is not None:
            self._clear()
        try:
            stream.write((self._styled(text, style) if style and stream.isatty() else text) + "\n")
            stream.flush()
        except OSError:
            self._stream = None
            hush(stream)

    def lines(self, text: str, style: str = "") -> None:
        """Write a text from anywhere, wrapped to the width."""
        for line in textwrap.wrap(inert(text), self.width):
            self.line(line, style)

    def _styled(self, text: str, style: str) -> str:
        from rich.text import Text

        with self.console.capture() as caught:
            self.console.print(Text(text, style=style), soft_wrap=True, end="")
        return caught.get()

    def table(self, shown: "Table", *, wrap: bool = True) -> None:
        """Write a table without rules, its figures set right.

        What is too wide is cut, never a figure; the last column wraps, or is cut as well. Columns
        that are left out for want of room are named below.
        """
        from rich.table import Table
        from rich.text import Text

        columns = fit(
            shown.heads, shown.rows, self.width, last=WRAPPED if wrap else LEAST,
            whole=(*shown.right, *shown.whole), drop=shown.drop,
        )  # fmt: skip
        table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
        for number, width in zip(columns.kept, columns.widths, strict=True):
            wraps = wrap and number == columns.kept[-1]
            table.add_column(
                Text(inert(shown.heads[number])),
                justify="right" if shown.heads[number] in shown.right else "left",
                width=width,
                no_wrap=not wraps,
                overflow="fold" if wraps else "ellipsis",
            )
        for row in shown.rows:
            table.add_row(*(Text(inert(cell)) for cell in columns.of(row)))
        whole = sum(columns.widths) + GAP * len(columns.widths)
        # printed here and not by Rich, which ends the process when nobody reads
        with self.console.capture() as caught:
            self.console.print(table, width=max(whole, self.width), crop=False)
        for line in caught.get().splitlines():
            self.line(line.rstrip())
        if columns.left_out:
            self.lines(f"no room for: {', '.join(columns.left_out)}")


def hush(stream: TextIO) -> None:
    """Nobody reads this stream any more: send what is still in its buffer nowhere."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def tell_summary(screen: Screen, text: str) -> None:
    """A summary's text, its headings set off on a terminal."""
    for number, line in enumerate(text.splitlines()):
        heading = bool(line) and not line.startswith(" ")
        screen.line(line, "bold" if heading and (number == 0 or len(line) < MIN_WIDTH) else "")


class Ticker:
    """Tells of each step as it begins: who works, on what, which limits it spent, cost so far."""

    def __init__(
        self, screen: Screen, pace_s: float = 0, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._screen, self._pace_s, self._sleep = screen, pace_s, sleep
        self._told: int | None = None
        """Handoffs told so far; `None` before the first."""

    def __call__(self, course: "Course", folded: Sequence["Assignment"]) -> None:
        """Progress, as a session tells it; the first call says where the run begins or goes on."""
        rows = course.handoffs
        if self._told is None:
            self._screen.line(_line("step", "stage", "who works", "limits used", "cost"))
            self._told = max(0, len(rows) - len(course.open))
        self._tell(rows[self._told :])
        self._told = len(rows)
        if folded and self._pace_s:
            self._sleep(self._pace_s)

    def _tell(self, rows: Sequence["Handoff"]) -> None:
        for step in dict.fromkeys(row.step for row in rows):
            group = [row for row in rows if row.step == step]
            for line in step_lines(group):
                self._screen.line(line)


def step_lines(group: Sequence["Handoff"]) -> list[str]:
    """A step in a line of at most 80 columns; more limits than fit take a line of their own."""
    from remit.analysis.wording import dollars

    first = group[0]
    who = "end" if first.to is None else _workers(group)
    spent = list(dict.fromkeys(
        f"{one.limit} {one.used}/{'∞' if one.allowed is None else one.allowed}"
        for row in group for one in row.spent
    ))  # fmt: skip
    cost = dollars(first.cost_micros)
    lines = [_line(str(first.step), str(first.stage), who, spent[0] if spent else "", cost)]
    return lines + [_line("", "", "", more, "") for more in spent[1:]]


def _workers(group: Sequence["Handoff"]) -> str:
    own = [str(row.to) for row in group if row.to is row.seat]
    played = [str(row.seat) for row in group if row.to is not row.seat]
    return " ".join([*own, f"human as {', '.join(played)}"] if played else own)


def _line(step: str, stage: str, who: str, spent: str, cost: str) -> str:
    return f"{step:>4}  {stage:<17} {who:<21} {spent:<23}{cost:>9}".rstrip()


def standard(*, quiet: bool = False, to_stderr: bool = False) -> Screen:
    """The screen of a command."""
    return Screen(None if quiet else sys.stderr if to_stderr else sys.stdout)
