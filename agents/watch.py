"""Who follows work as it comes: nobody, unless it is done in a block that is watched.

A call of a model or a program can take minutes. What is told here is for showing only.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

from remit.state.vocabulary import Seat

Follow = Callable[[Seat, int], None]
"""Told by a seat how many characters of its answer have come so far; 0 as it begins to wait.

It is called from the threads of a group, as often as a piece of an answer comes.
"""


def _unfollowed(seat: Seat, count: int) -> None:
    """Nobody follows."""


_FOLLOW: ContextVar[Follow] = ContextVar("follow", default=_unfollowed)


@contextmanager
def followed(follow: Follow) -> Generator[None]:
    """Tells of the work of the block, in threads that are begun there too."""
    token = _FOLLOW.set(follow)
    try:
        yield
    finally:
        _FOLLOW.reset(token)


def follower(seat: Seat) -> Callable[[int], None]:
    """Whom a seat tells how far it has come."""
    follow = _FOLLOW.get()
    return lambda count: follow(seat, count)
