"""What a run may still spend, shared by all who work at the same time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from remit.state.vocabulary import Limit


class Left(NamedTuple):
    """What remains of the budgets that a call can use up; `None` is unlimited."""

    micros: int | None
    tokens: int | None


def unlimited() -> Left:
    """Nothing is limited."""
    return Left(None, None)


@dataclass(slots=True)
class Purse:
    """Reserves the most that a call can cost before it is made.

    A reservation stands until it is freed: once the answer is journalled, its real cost counts.
    """

    left: Callable[[], Left] = unlimited
    """What the journal leaves, reservations not counted."""
    _held: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    _lock: Lock = field(default_factory=Lock)

    def reserve(self, key: str, micros: int, tokens: int) -> tuple[Limit, ...]:
        """The budgets in which a call does not fit; empty when it is reserved.

        Args:
            key: the assignment; several calls of one add up.
            micros: the most that the call can cost, millionths of a dollar.
            tokens: the most that it can take, in and out.
        """
        with self._lock:
            left = self.left()
            wanted = (
                (Limit.DOLLARS, micros + sum(one[0] for one in self._held.values()), left.micros),
                (Limit.TOKENS, tokens + sum(one[1] for one in self._held.values()), left.tokens),
            )
            short = tuple(limit for limit, most, has in wanted if has is not None and most > has)
            if not short:
                before = self._held.get(key, (0, 0))
                self._held[key] = (before[0] + micros, before[1] + tokens)
            return short

    def settle(self, key: str, micros: int, tokens: int) -> None:
        """A call of the assignment was answered: hold what it did cost in place of the most."""
        with self._lock:
            before = self._held.get(key, (0, 0))
            self._held[key] = (max(0, before[0] + micros), max(0, before[1] + tokens))

    def hold(self, key: str, micros: int, tokens: int) -> None:
        """Hold what an assignment has cost before; nothing is asked of what is left."""
        with self._lock:
            self._held[key] = (micros, tokens)

    def book(self, key: str, enter: Callable[[], None]) -> None:
        """The assignment's answer is journalled: from one moment to the next it counts by itself.

        Args:
            key: the assignment.
            enter: has `left` count the answer. Whoever reserves meanwhile waits, so that nobody
                finds it counted twice, or not at all.
        """
        with self._lock:
            enter()
            self._held.pop(key, None)

    def free(self, key: str) -> None:
        """The assignment's answer will not come."""
        with self._lock:
            self._held.pop(key, None)
