"""The live line of a terminal: which seats are at work, how much of each answer has come.

It is drawn by Rich below the lines that stay, and is gone before the next of them is written. In a
pipe, a file or a terminal that cannot erase, nothing of it is written.
"""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from remit.agents.watch import followed
from remit.screen import Screen
from remit.state.vocabulary import Seat

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

A_SECOND = 4
"""How often the line is drawn."""


class Following:
    """Told of the answers of seats as they come; shows them until it is cleared."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._lock = threading.Lock()
        self._seats: dict[Seat, tuple[int, float]] = {}
        """Characters so far, and since when the seat is at work (`time.monotonic`)."""
        self._live: Live | None = None

    def __call__(self, seat: Seat, count: int) -> None:
        """Show how far a seat has come."""
        with self._lock:
            since = self._seats[seat][1] if seat in self._seats else time.monotonic()
            self._seats[seat] = (count, since)
            if self._live is None:
                self._live = self._started()

    def _started(self) -> "Live":
        from rich.live import Live

        live = Live(
            console=self._screen.console, get_renderable=self.text, transient=True,
            refresh_per_second=A_SECOND, redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        with suppress(OSError):  # A terminal that is gone ends the line, not the run.
            live.start()
        return live

    def clear(self) -> None:
        """Take the line away: what was shown is done, or something else is to be said."""
        with self._lock:
            live, self._live = self._live, None
        if live is not None:
            with suppress(OSError):
                live.stop()
        self._seats = {}

    def text(self) -> "Text":
        """The line; seats and figures only, so nothing of what a model says is in it."""
        from rich.text import Text

        at_work = [(seat, self._seats.get(seat)) for seat in Seat]
        come = [f"{seat} {one[0]:,}" for seat, one in at_work if one and one[0]]
        waits = [str(seat) for seat, one in at_work if one and not one[0]]
        told = [f"{', '.join(come)} characters"] if come else []
        told += [f"waiting for {', '.join(waits)}"] if waits else []
        now = time.monotonic()
        longest = max((now - one[1] for _, one in at_work if one), default=0)
        line = Text(f"      {'; '.join(told)}; {longest:.0f} s", style="dim")
        line.truncate(self._screen.width - 1, overflow="ellipsis")
        return line


@contextmanager
def following(screen: Screen) -> Generator[None]:
    """Shows the work of the block as it comes, where the screen is a terminal."""
    if not screen.live:
        yield
        return
    shown = Following(screen)
    with screen.cleared_by(shown.clear), followed(shown):
        try:
            yield
        finally:
            shown.clear()
