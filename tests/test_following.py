"""The live line of a terminal while answers come."""

import io
import re
import time

import pytest

from remit.agents.watch import followed, follower
from remit.following import Following, following
from remit.screen import Screen
from remit.state.vocabulary import Seat
from tests.claude import claude, desk_for, good, in_turn
from tests.test_model_agent import PLAN


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_an_answer_that_comes_is_shown_and_taken_away_before_the_next_line() -> None:
    shown = Terminal()
    screen = Screen(shown)
    with following(screen):
        follower(Seat.PM)(0)
        time.sleep(0.3)
        follower(Seat.PM)(12_345)
        time.sleep(0.4)
        screen.line("   3  experience")
    told = plain(shown.getvalue())
    assert "waiting for pm; 0 s" in told
    assert "pm 12,345 characters" in told
    assert shown.getvalue().index("\x1b[2K") < shown.getvalue().index("   3  experience")
    assert shown.getvalue().endswith("   3  experience\n")


def test_the_line_fits_whoever_works_and_says_nothing_of_what_is_said() -> None:
    screen = Screen(Terminal())
    line = Following(screen)
    for seat in Seat:
        line(seat, 10**9)
    told = line.text().plain
    line.clear()
    assert len(told) < 80
    assert told.startswith("      cto 1,000,000,000, pm 1,000,000,000")


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_a_pipe_sees_nothing_of_it(stream: io.StringIO | None) -> None:
    with following(Screen(stream)):
        follower(Seat.PM)(5)
        time.sleep(0.3)
    assert stream is None or stream.getvalue() == ""


def test_a_terminal_that_cannot_erase_sees_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    shown = Terminal()
    with following(Screen(shown)):
        follower(Seat.PM)(5)
    assert shown.getvalue() == ""


def test_a_model_tells_how_much_has_come() -> None:
    told: list[tuple[Seat, int]] = []

    def follow(seat: Seat, count: int) -> None:
        told.append((seat, count))

    says = good(PLAN)
    with claude(in_turn(says)) as (_, agent), followed(follow):
        agent.perform(PLAN, desk_for(PLAN))
    counts = [count for _, count in told]
    assert {seat for seat, _ in told} == {Seat.CTO}
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, len(says.text))
