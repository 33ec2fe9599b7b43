"""One owner of a run, several threads of one process: they own it together, and take turns by task."""

import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field


@dataclass(kw_only=True, slots=True)
class _Owned:
    """A run that threads of this process are at."""

    users: int = 0
    held: ExitStack = field(default_factory=ExitStack)
    turns: dict[str, threading.Lock] = field(default_factory=dict[str, threading.Lock])


class Shared:
    """Ownership of runs that the threads of this process share.

    The first thread in takes hold, the last one out lets go: between steps, and while a run waits
    for a person, nobody owns it.
    """

    def __init__(self, hold: Callable[[str], AbstractContextManager[None]]) -> None:
        self._hold = hold
        self._guard = threading.Lock()
        self._owned: dict[str, _Owned] = {}

    @contextmanager
    def turn(self, run_id: str, task: str) -> Generator[None]:
        """Own a run together with other threads, and a task of it alone, inside the block.

        Raises:
            RunBusy: another process owns the run.
        """
        with self._joined(run_id) as owned:
            with self._guard:
                lock = owned.turns.setdefault(task, threading.Lock())
            with lock:
                yield

    @contextmanager
    def _joined(self, run_id: str) -> Generator[_Owned]:
        with self._guard:
            owned = self._owned.get(run_id)
            if owned is None:
                owned = _Owned()
                owned.held.enter_context(self._hold(run_id))
                self._owned[run_id] = owned
            owned.users += 1
        try:
            yield owned
        finally:
            with self._guard:
                owned.users -= 1
                if not owned.users:
                    del self._owned[run_id]
                    owned.held.close()
